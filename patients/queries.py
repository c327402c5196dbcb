"""Finding patients: by an exact number anywhere in the state, by name or phone where one works."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Department, District, Facility, User
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.identifiers import SearchTerm, search_kind
from patients.matching import Match, Person, compare
from patients.models import (
    BedStay,
    Birth,
    Encounter,
    MedicoLegalCase,
    Patient,
    PatientIdentifier,
    PoliceIntimation,
    RelatedPerson,
)
from patients.names import name_words

MOST = 20
KINDS = {
    "uhid": _("UHID"),
    "phone": _("mobile"),
    "abha_number": _("ABHA number"),
    "abha_address": _("ABHA address"),
    "identifier": _("old hospital number"),
    "name": _("name"),
}
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
    if term.kind == "uhid":
        return Patient.objects.filter(uhid=term.value)
    if term.kind in {"abha_number", "abha_address", "identifier"}:
        return Patient.objects.filter(
            pk__in=PatientIdentifier.objects.filter(value=term.value, ended_at=None).values("patient_id")
        )
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
            (label, _shown(before[column], districts), _shown(now[column], districts))
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


def _shown(value: Any, districts: dict[Any, str]) -> str:
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return districts.get(value, "—" if value in (None, "") else str(value))


@dataclass(frozen=True)
class Found:
    """What the search box found: what was understood of the text, who, and who of them is not from here."""

    term: SearchTerm
    patients: list[Patient]
    elsewhere: list[Patient]

    @property
    def kind_label(self) -> str:
        """What the text was taken for, in words."""
        return str(KINDS.get(self.term.kind, KINDS["name"]))

    @property
    def only(self) -> Patient | None:
        """The one person whom a number of their own names; a phone is often a whole family's."""
        own = self.term.kind in {"uhid", "abha_number", "abha_address"}
        return self.patients[0] if own and len(self.patients) == 1 else None


def search(text: str, user: Any) -> Found:
    """Whoever the typed or scanned text means: by exact number in the whole state, else at this hospital."""
    term = search_kind(text)
    exactly = with_last_visit(found_exactly(term), user)
    if not exactly:
        return Found(term, _nearest_first(term, user), [])
    here = set(
        Patient.objects.visible_to(user)
        .filter(pk__in=[one.pk for one in exactly])
        .values_list("pk", flat=True)
    )
    return Found(term, exactly, [one for one in exactly if one.pk not in here])


def encounters_of(patient: Patient, user: Any) -> list[Encounter]:
    """The patient's contacts with the hospitals this person works at, newest first."""
    visible = Encounter.objects.visible_to(user).filter(patient=patient)
    return list(
        visible.select_related("department", "facility", "medico_legal_case").order_by("-started_at")[:50]
    )


def withhold_names(patients: Iterable[Patient]) -> None:
    """Mark those whom a list, register or display must not name (`Patient.listed_name`); one read for all.

    Search results and the patient's own page name everybody: they say nothing of a case.
    """
    listed = list(patients)
    cases = MedicoLegalCase.objects.filter(patient__in={one.pk for one in listed}).select_related("patient")
    withheld = {case.patient_id for case in cases if case.withholds_name()}
    for patient in listed:
        patient.is_withheld = patient.pk in withheld


def cases_here(user: Any) -> QuerySet[MedicoLegalCase]:
    """The medico-legal register of the hospitals that this person works at, newest first."""
    linked = ("patient", "facility", "marked_by", "encounter__department")
    told = PoliceIntimation.objects.select_related("informed_by").order_by("informed_at", "pk")
    register = MedicoLegalCase.objects.visible_to(user).select_related(*linked)
    return register.prefetch_related(Prefetch("intimations", told)).order_by("-pk")


def case_of(encounter: Encounter) -> MedicoLegalCase | None:
    """The medico-legal case that this contact is marked as."""
    return MedicoLegalCase.objects.filter(encounter=encounter).first()


def original_of(about_id: UUID) -> IssuedDocument | None:
    """The paper that was issued about this row."""
    return IssuedDocument.objects.defer("pdf").filter(about_id=about_id, copy=0).first()


def originals_of(about_ids: list[UUID]) -> dict[UUID, IssuedDocument]:
    """{row's id: its paper} of several rows, in one read."""
    papers = IssuedDocument.objects.defer("pdf", "context").filter(about_id__in=about_ids, copy=0)
    return {paper.about_id: paper for paper in papers}


def births_of(mother: Patient) -> list[Birth]:
    """All children that this patient has borne here, the youngest first."""
    return list(mother.births_given.select_related("baby").order_by("-born_at", "place"))


def delivered(delivery: UUID) -> list[Birth]:
    """The children that one act has registered, in their order."""
    return list(Birth.objects.filter(delivery=delivery).select_related("baby").order_by("place"))


def births_about(mother: Patient, at: datetime, *, within: timedelta) -> list[Birth]:
    """This mother's children born about this time, in their order."""
    near = Birth.objects.filter(mother=mother, born_at__gt=at - within, born_at__lt=at + within)
    return list(near.select_related("baby").order_by("place"))


@dataclass(frozen=True)
class Relative:
    """Somebody who belongs to a patient and has a page of their own: a newborn's mother, her children."""

    relation: str
    patient: Patient
    birth: Birth | None


def relatives_of(patient: Patient) -> list[Relative]:
    """Whom the patient's page leads to, and who leads to it."""
    linked = ("relative", "patient__birth")
    either = RelatedPerson.objects.filter(Q(patient=patient, relative__isnull=False) | Q(relative=patient))
    found = []
    for one in either.select_related(*linked).order_by("pk"):
        if one.relative_id == patient.pk:
            found.append(Relative(str(_("child")), one.patient, getattr(one.patient, "birth", None)))
        elif one.relative:
            found.append(Relative(one.get_relation_display(), one.relative, None))
    return found


def stay_of(encounter: Encounter) -> BedStay | None:
    """The bed that the patient lies in during this contact."""
    lying = BedStay.objects.filter(encounter=encounter, ended_at=None)
    return lying.select_related("bed__room__ward").first()


def free_beds(facility: Facility, department: Department | None = None) -> QuerySet[Bed]:
    """Places where nobody lies: of a department's wards, or of the whole hospital."""
    beds = Bed.objects.filter(facility=facility)
    if department:
        beds = beds.filter(room__ward__department=department)
    taken = BedStay.objects.filter(ended_at=None, bed=OuterRef("pk"))
    return beds.filter(~Exists(taken)).select_related("room__ward").order_by("room__number", "number")


def _nearest_first(term: SearchTerm, user: Any) -> list[Patient]:
    """Those whose name sounds just so before those whose name only resembles it; the newest first."""
    everyone = found_here(term, user).order_by("-registered_at")
    said = name_words(" ".join(term.words), "")
    just_so = with_last_visit(everyone.filter(name_words__contains=said), user)
    if not said or len(just_so) == MOST:
        return just_so
    held = {one.pk for one in just_so}
    return just_so + with_last_visit(everyone.exclude(pk__in=held), user)[: MOST - len(just_so)]
