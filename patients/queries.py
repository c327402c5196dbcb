"""Finding patients: by an exact number anywhere in the state, by name or phone where one works."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import District, User
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.identifiers import SearchTerm, search_kind
from patients.matching import Match, Person, compare
from patients.models import ABHA_KINDS, Encounter, IdentifierKind, Patient, PatientIdentifier
from patients.names import name_words
from patients.scans import AbhaCard, abha_card
from patients.states import CardReason

MOST = 20
KINDS = {
    "uhid": _("UHID"),
    "phone": _("mobile"),
    "abha_number": _("ABHA number"),
    "abha_address": _("ABHA address"),
    "identifier": _("old hospital number"),
    "unreadable": _("a code"),
    "name": _("name"),
}
CARD = "patients/documents/card.html"
COMPARED = {
    "name": _("name"),
    "phone": _("mobile"),
    "guardian": _("guardian"),
    "age": _("age"),
    "village": _("village"),
    "abha": _("ABHA"),
}
FOUND = "patients.patient_found_by_identifier"
# As long as one meeting at the counter lasts.
FOUND_FOR = timedelta(minutes=30)

# A misspelt word is looked up in the small dictionary, never in the names of ten million people.
ALIKE = """
    SELECT word FROM patients_nameword
    WHERE word = %s OR word LIKE %s OR word %% %s
    ORDER BY similarity(word, %s) DESC LIMIT 12
"""


def reachable_by(user: Any, *, at: datetime | None = None) -> QuerySet[Patient]:
    """Whom this person may register: those visible here, and those found by an exact identifier just now."""
    since = (at or timezone.now()) - FOUND_FOR
    found = AuditEntry.objects.filter(name=FOUND, actor=user, at__gte=since).values("patient_id")
    visible = Patient.objects.visible_to(user).values("pk")
    return Patient.objects.filter(Q(pk__in=visible) | Q(pk__in=found))


def found_exactly(term: SearchTerm) -> QuerySet[Patient]:
    """Patients of the whole state who bear exactly this UHID, ABHA or old number."""
    bearers = PatientIdentifier.objects.filter(value=term.value, ended_at=None).values("patient_id")
    if term.kind == "uhid":
        known = Patient.objects.filter(uhid=term.value)
        # An old number of eleven digits may fit by chance; a UHID of ours comes first.
        return known if known.exists() else Patient.objects.filter(pk__in=bearers)
    if term.kind in {"abha_number", "abha_address", "identifier"}:
        return Patient.objects.filter(pk__in=bearers)
    return Patient.objects.none()


def found_here(term: SearchTerm, user: Any) -> QuerySet[Patient]:
    """Patients of this person's own hospital by phone, or by name in either script, slips forgiven."""
    visible = Patient.objects.visible_to(user)
    if term.kind == "phone":
        return visible.filter(phone=term.value)
    words = name_words(" ".join(term.words), "") if term.kind == "name" else []
    if not words:  # a percent sign alone is no name, and must not list everybody
        return visible.none()
    for word in words:
        visible = visible.filter(name_words__overlap=words_like(word))
    return visible.filter(phone__endswith=term.digits) if term.digits else visible


def words_like(word: str) -> list[str]:
    """The dictionary's words that sound like this one or begin with it, nearest first; itself at least."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [word, f"{word}%", word, word])
        return [found for (found,) in cursor.fetchall()] or [word]


def with_last_visit(patients: QuerySet[Patient], user: Any) -> list[Patient]:
    """At most twenty for a list, each with its district and when and where it was last seen here."""
    seen = Encounter.objects.visible_to(user).filter(patient=OuterRef("pk")).order_by("-started_at")
    listed = patients.select_related("district").annotate(
        last_seen_at=Subquery(seen.values("started_at")[:1]),
        last_department_id=Subquery(seen.values("department_id")[:1]),
        last_department=Subquery(seen.values("department__name")[:1]),
        last_department_hi=Subquery(seen.values("department__name_hi")[:1]),
    )
    return list(listed[:MOST])


@dataclass(frozen=True)
class Candidate:
    """Somebody on file who may be the person at the counter, and what says so."""

    patient: Patient
    match: Match

    def shown(self) -> list[tuple[str, str]]:
        """(field's name, "same" | "similar") of what matched: no score, the reasons."""
        verdicts = [(label, str(getattr(self.match, name))) for name, label in COMPARED.items()]
        return [(str(label), verdict) for label, verdict in verdicts if verdict in {"same", "similar"}]


def likely_duplicates(new: Person, user: Any) -> list[Candidate]:
    """Those of this hospital whom the person described may be, the surest first."""
    near = _near(new, user).select_related("district").order_by("-registered_at")[:MOST]
    candidates = [Candidate(held, compare(new, person_of(held))) for held in near]
    likely = [one for one in candidates if one.match.likely]
    return sorted(likely, key=lambda one: one.match.strong, reverse=True)[:5]


def _near(new: Person, user: Any) -> QuerySet[Patient]:
    words = name_words(new.name, new.name_hi)
    same_name = Q(name_words__contains=words) if words else Q(pk=None)
    same_phone = Q(phone=new.phone) if new.phone else Q(pk=None)
    return Patient.objects.visible_to(user).filter(same_name | same_phone)


def person_of(patient: Patient) -> Person:
    """What matching compares of somebody on file."""
    return Person(
        name=patient.name,
        name_hi=patient.name_hi,
        sex=patient.sex,
        birth_year=patient.birth_date.year if patient.birth_date else None,
        phone=patient.phone,
        guardian_name=patient.guardian_name,
        village=patient.village,
        district=str(patient.district_id or ""),
        abha="",
    )


@dataclass(frozen=True)
class Change:
    """One change of a patient's row: when, by whom, and each field's words before and after."""

    at: datetime
    by: str
    is_first: bool
    fields: list[tuple[str, str, str]]


# What people do not read, or what follows from another field.
SILENT = {"id", "rev", "name_words", "origin_node", "registered_at", "facility_id", "block_id"}


def history_of(patient: Patient) -> list[Change]:
    """Every change of the patient's row, newest first."""
    events = patient.history_events  # type: ignore[attr-defined]
    versions: list[dict[str, Any]] = list(events.order_by("pgh_created_at", "pgh_id").values())
    people = User.objects.in_bulk({one["pgh_actor_id"] for one in versions if one["pgh_actor_id"]})
    districts = {one.pk: str(one) for one in District.objects.all()} if len(versions) > 1 else {}
    changes: list[Change] = []
    for before, now in zip([{}, *versions], versions, strict=False):
        fields = [
            (label, _shown(column, before[column], districts), _shown(column, now[column], districts))
            for column, label in _labels().items()
            if before and before[column] != now[column]
        ]
        if fields or not before:
            by = people.get(now["pgh_actor_id"])
            changes.append(Change(now["pgh_created_at"], str(by or ""), not before, fields))
    return changes[::-1]


def _labels() -> dict[str, str]:
    fields = [field for field in Patient._meta.concrete_fields if field.attname not in SILENT]
    return {field.attname: str(field.verbose_name) for field in fields}


def _shown(column: str, value: Any, districts: dict[Any, str]) -> str:
    choices = dict(getattr(Patient._meta.get_field(column), "flatchoices", ()))
    if value in choices:
        return str(choices[value])
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    return districts.get(value, "—" if value in (None, "") else str(value))


@dataclass(frozen=True)
class Found:
    """What the search box found: what was understood of the text, who, and who of them is not from here."""

    term: SearchTerm
    patients: list[Patient]
    elsewhere: list[Patient]
    # The ABHA card that was scanned, where it was one.
    card: AbhaCard | None = None

    @property
    def kind_label(self) -> str:
        """What the text was taken for, in words."""
        return str(KINDS.get(self.term.kind, KINDS["name"]))

    @property
    def only(self) -> Patient | None:
        """The one person whom a number of their own names; a phone is often a whole family's."""
        own = self.term.kind in {"uhid", "abha_number", "abha_address"} and not self.term.torn
        return self.patients[0] if own and len(self.patients) == 1 else None

    @property
    def to_keep(self) -> bool:
        """Whether nobody bears what was scanned and it could be kept: an ABHA, or an old hospital number."""
        return not self.patients and (self.term.kind in ABHA_KINDS or bool(self.term.old_kind))

    @property
    def identifiers(self) -> dict[str, str]:
        """{kind: number} of what would be kept: of a card its number and its address."""
        if self.card:
            both = zip(ABHA_KINDS, (self.card.abha_number, self.card.abha_address), strict=True)
            return {str(kind): value for kind, value in both if value}
        return {self.term.old_kind or self.term.kind: self.term.value}

    @property
    def kept_as(self) -> str:
        """The kind of identifier as which it would be kept, in words."""
        return str(IdentifierKind(self.term.old_kind or self.term.kind).label) if self.to_keep else ""


def search(text: str, user: Any) -> Found:
    """Whoever the typed or scanned text means: by exact number in the whole state, else at this hospital."""
    term = search_kind(text)
    card = abha_card(text) if term.kind in ABHA_KINDS else None
    exactly = with_last_visit(found_exactly(term), user)
    if not exactly:
        return Found(term, _nearest_first(term, user), [], card)
    here = set(
        Patient.objects.visible_to(user)
        .filter(pk__in=[one.pk for one in exactly])
        .values_list("pk", flat=True)
    )
    return Found(term, exactly, [one for one in exactly if one.pk not in here], card)


def identifiers_of(patient: Patient) -> list[PatientIdentifier]:
    """The patient's other numbers, those that have ended last."""
    kept = patient.identifiers.select_related("issuer")
    return list(kept.order_by(F("ended_at").desc(nulls_first=True), "kind", "pk"))


def identifiers_within_reach(user: Any) -> QuerySet[PatientIdentifier]:
    """The other numbers of those patients whom this person sees, whichever hospital wrote them down."""
    return PatientIdentifier.objects.filter(patient__in=Patient.objects.visible_to(user).values("pk"))


@dataclass(frozen=True)
class PrintedCard:
    """A card that was printed, and from the second on why."""

    paper: IssuedDocument

    @property
    def reason(self) -> str:
        why = self.paper.context.get("reason")
        return str(CardReason(why).label) if why else ""


def cards_of(patient: Patient, user: Any) -> list[PrintedCard]:
    """The cards that this person's hospital has printed for the patient, newest first."""
    printed = IssuedDocument.objects.filter(about_id=patient.pk, template=CARD)
    here = printed.filter(facility_id=user.posting.facility_id).select_related("issued_by").defer("pdf")
    return [PrintedCard(paper) for paper in here.order_by("-issued_at", "-pk")]


def last_card(patient: Patient, user: Any) -> IssuedDocument | None:
    """The newest ORIGINAL of the patient's card at this person's hospital."""
    return next((card.paper for card in cards_of(patient, user) if not card.paper.copy), None)


def encounters_of(patient: Patient, user: Any) -> list[Encounter]:
    """The patient's contacts with the hospitals this person works at, newest first."""
    visible = Encounter.objects.visible_to(user).filter(patient=patient)
    return list(visible.select_related("department", "facility").order_by("-started_at")[:50])


def _nearest_first(term: SearchTerm, user: Any) -> list[Patient]:
    """Those whose name sounds just so before those whose name only resembles it; the newest first."""
    everyone = found_here(term, user).order_by("-registered_at")
    said = name_words(" ".join(term.words), "")
    just_so = with_last_visit(everyone.filter(name_words__contains=said), user)
    if not said or len(just_so) == MOST:
        return just_so
    held = {one.pk for one in just_so}
    return just_so + with_last_visit(everyone.exclude(pk__in=held), user)[: MOST - len(just_so)]
