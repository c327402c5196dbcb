"""Finding patients: by an exact number anywhere in the state, by name or phone where one works."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When, Window
from django.db.models.functions import Right, RowNumber
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, BedKind, Department, District, Facility, Span, User
from facilities.queries import misnumbered
from facilities.roles import Grade, Reach
from facilities.states import BedStatus
from hmis.kernel import pdf, scope
from hmis.kernel.composed import Composed
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.numbering import Series
from hmis.kernel.plots import Plot, plot
from hmis.kernel.prepared import prepared
from hmis.kernel.recent import recent
from hmis.kernel.verifying import Fault, holds
from patients import codes
from patients.ages import age_on, birth_shown
from patients.codes import Code
from patients.identifiers import SearchTerm, search_kind
from patients.matching import SIMILAR_AGE_YEARS, Match, Person, compare
from patients.models import (
    ABHA_KINDS,
    END_OF_PHONE,
    AdmissionRequest,
    AllergyIntolerance,
    BedStay,
    Birth,
    BirthPrecision,
    Certificate,
    ClinicalNote,
    Condition,
    DeathNotice,
    Encounter,
    EncounterClass,
    IdentifierKind,
    MedicationRequest,
    MedicoLegalCase,
    NoteAddendum,
    NoteKind,
    NoteSignature,
    NoteTemplate,
    NoteVersion,
    Observation,
    Patient,
    PatientIdentifier,
    PoliceIntimation,
    Referral,
    RelatedPerson,
    SignatureKind,
)
from patients.names import name_words
from patients.ranges import asked_about, body_mass_index
from patients.scans import AbhaCard, abha_card
from patients.sections import digest
from patients.states import (
    OPEN_NOTES,
    OPEN_REQUESTS,
    URGENCY_RANK,
    CardReason,
    CertificateStatus,
    ConditionStatus,
    EncounterStatus,
    MedicationStatus,
    NoteStatus,
)

MOST = 20
KINDS = {
    "uhid": _("UHID"),
    "phone": _("mobile"),
    "abha_number": _("ABHA number"),
    "abha_address": _("ABHA address"),
    "identifier": _("old hospital number"),
    "name": _("name"),
}
SHORT_MOBILE = re.compile(r"[6-9][0-9]{8}")
NOT_SEARCHED = {"empty", "aadhaar", "mistyped_uhid", "unreadable"}
CARD = "patients/documents/card.html"
PRESCRIPTION = "patients/documents/prescription.html"
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


def reachable_by(user: Any, patient_id: UUID | str, *, at: datetime | None = None) -> QuerySet[Patient]:
    """This patient, if visible here, or found by an exact identifier just now.

    Each part asks for the one person: a hospital's patients are never all read.
    """
    since = (at or timezone.now()) - FOUND_FOR
    found = AuditEntry.objects.filter(name=FOUND, actor=user, at__gte=since, patient_id=patient_id)
    visible = Patient.objects.visible_to(user).filter(pk=patient_id)
    either = Q(pk__in=visible.values("pk")) | Q(pk__in=found.values("patient_id"))
    return Patient.objects.filter(either, pk=patient_id)


def found_exactly(term: SearchTerm) -> QuerySet[Patient]:
    """Patients of the whole state who bear exactly this UHID, ABHA or old number."""
    if term.kind == "uhid":
        known = Patient.objects.filter(uhid=term.value)
        # An old number of eleven digits may fit by chance; a UHID of ours comes first.
        return known if known.exists() else bearing(term.value)
    if term.kind in {"abha_number", "abha_address", "identifier"}:
        return bearing(term.value, term.written)
    return bearing(term.written) if term.written else Patient.objects.none()


def bearing(*numbers: str) -> QuerySet[Patient]:
    """Patients of the whole state who bear one of these other numbers, however it is written."""
    borne = PatientIdentifier.objects.written(*numbers).filter(ended_at=None)
    return Patient.objects.filter(pk__in=borne.values("patient_id"))


def bearing_abha(abha: str) -> QuerySet[Patient]:
    """Patients of the whole state who bear this ABHA number or address."""
    borne = PatientIdentifier.objects.written(abha).filter(kind__in=ABHA_KINDS, ended_at=None)
    return Patient.objects.filter(pk__in=borne.values("patient_id"))


def words_alike(said: Iterable[str]) -> list[list[str]]:
    """For each word those of the dictionary that resemble it."""
    return [words_like(word) for word in said]


def words_like(word: str) -> list[str]:
    """The dictionary's words that sound like this one or begin with it, nearest first; itself at least."""
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, [word, f"{word}%", word, word])
        return [found for (found,) in cursor.fetchall()] or [word]


def with_last_visit(patients: QuerySet[Patient], user: Any) -> list[Patient]:
    """Twenty for a list, one more if there are more; each with its district and its last time here."""
    seen = Encounter.objects.visible_to(user).filter(patient=OuterRef("pk")).order_by("-started_at")
    listed = patients.select_related("district").annotate(
        last_seen_at=Subquery(seen.values("started_at")[:1]),
        last_department_id=Subquery(seen.values("department_id")[:1]),
        last_department=Subquery(seen.values("department__name")[:1]),
        last_department_hi=Subquery(seen.values("department__name_hi")[:1]),
    )
    return list(listed[: MOST + 1])


# An index holds each hospital's bearers of each word, newest first, with all words of their names. It is read
# for the rarest word asked for (whose 300th bearer lies furthest back) until enough are found. Of words that
# only resemble what was typed, so many bearers are looked through.
FEW, LOOKED_THROUGH = 300, 5_000
BEARERS = """
    WITH here AS ({here}),
    rarest AS (
        SELECT words FROM (VALUES {asked}) AS asked (words)
        ORDER BY (
            SELECT max(since) FROM here, unnest(words) AS said, LATERAL (
                SELECT registered_at AS since FROM patients_knownname
                WHERE facility_id = place AND word = said ORDER BY registered_at DESC OFFSET {few} LIMIT 1
            ) AS far
        ) NULLS FIRST LIMIT 1
    )
    SELECT patient_id FROM (
        SELECT DISTINCT registered_at, patient_id FROM here, rarest, unnest(words) AS said, LATERAL (
            SELECT registered_at, patient_id FROM (
                SELECT registered_at, patient_id, name_words FROM patients_knownname
                WHERE facility_id = place AND word = said ORDER BY registered_at DESC LIMIT {through}
            ) AS newest
            WHERE {met} ORDER BY registered_at DESC LIMIT {most}
        ) AS met
    ) AS found ORDER BY registered_at DESC LIMIT {most}
"""


def bearers(words: list[list[str]], user: Any, *, most: int, through: int | None = None) -> list[UUID]:
    """The newest patients known at this person's hospital whose name has, of each list, one word at least.

    `through` of the newest bearers of a word are looked through: None for all of them.
    """
    places = _places(user)
    # Of one hospital PostgreSQL knows that it is one, whichever: it keeps the plan.
    one = len(places) == 1
    written = BEARERS.format(
        here="SELECT %s::uuid AS place" if one else "SELECT unnest(%s::uuid[]) AS place",
        asked=", ".join(["(%s::varchar[])"] * len(words)),
        met=" AND ".join(["name_words && %s::varchar[]"] * len(words)),
        few=FEW,
        through="ALL" if through is None else int(through),
        most=int(most),
    )
    with connection.cursor() as cursor:
        cursor.execute(prepared(written, "bearers"), [places[0] if one else places, *words, *words])
        return [patient_id for (patient_id,) in cursor.fetchall()]


def _places(user: Any) -> list[UUID]:
    """The hospitals whose patients this person sees."""
    if user.posting is None:
        return []
    if user.posting.facility_id:
        return [user.posting.facility_id]
    return list(Facility.objects.visible_to(user).values_list("pk", flat=True))


@dataclass(frozen=True)
class Candidate:
    """Somebody on file who may be the person at the counter, and what says so."""

    patient: Patient
    match: Match

    def shown(self) -> list[tuple[str, str]]:
        """(field's name, "same" | "similar") of what matched: no score, the reasons."""
        verdicts = [(label, str(getattr(self.match, name))) for name, label in COMPARED.items()]
        return [(str(label), verdict) for label, verdict in verdicts if verdict in {"same", "similar"}]


# What is compared of somebody on file, after who it is and since when.
PERSONAL = ("name", "name_hi", "sex", "birth_date", "phone", "guardian_name", "village", "district_id")
Held = tuple[Any, ...]
BY_KEY = "SELECT id, registered_at, {columns} FROM patients_patient WHERE id = ANY(%s)"


def likely_duplicates(new: Person, user: Any, *, at_home: bool = True) -> list[Candidate]:
    """Those of this hospital whom the person described may be, the surest first.

    At home is looked, if at all, only where neither number nor name has told.
    """
    matches = _compared(new, _near(new, user))
    if new.abha:
        here = Patient.objects.visible_to(user).values("pk")
        matches |= _with_abha(new, bearing_abha(new.abha).filter(pk__in=here))
    if at_home and new.has_home and not any(one.strong for one in matches.values()):
        matches |= _compared(new, _at_home(new, user))
    likely = [key for key, match in matches.items() if match.likely]
    shown = sorted(likely, key=lambda key: matches[key].strong, reverse=True)[:5]
    held = Patient.objects.select_related("district").in_bulk(shown) if shown else {}
    return [Candidate(held[key], matches[key]) for key in shown]


def strangers_with_abha(new: Person, user: Any) -> list[Candidate]:
    """Those of other hospitals who bear the person's ABHA: whoever shows them writes it down."""
    here = Patient.objects.visible_to(user).values("pk")
    matches = _with_abha(new, bearing_abha(new.abha).exclude(pk__in=here))
    held = Patient.objects.select_related("district").in_bulk(list(matches))
    return [Candidate(held[key], match) for key, match in matches.items()]


def _with_abha(new: Person, bearers: QuerySet[Patient]) -> dict[UUID, Match]:
    return {one.pk: compare(new, replace(person_of(one), abha=new.abha)) for one in bearers}


def _compared(new: Person, near: Iterable[Held]) -> dict[UUID, Match]:
    return {key: compare(new, _person(*known)) for key, _since, *known in near}


def _near(new: Person, user: Any) -> list[Held]:
    """The newest twenty of the same phone, and the newest twenty of the same name; the newest of all first.

    Mostly none of them is meant: no model is made of them.
    """
    span, words = user.posting.span, name_words(new.name, new.name_hi)
    same = _of_phone(span.place_id, new.phone, reach=span.reach) if new.phone else []
    if words and (named := bearers([[word] for word in words], user, most=MOST)):
        with connection.cursor() as cursor:
            cursor.execute(prepared(BY_KEY.format(columns=", ".join(PERSONAL)), "by_key"), [named])
            same += cursor.fetchall()
    return sorted(set(same), key=lambda one: one[1], reverse=True)


# Of one village, sex and about one age, so many older and so many younger ones are held against the guardian:
# in most villages these are all, in a large quarter of a town those nearest in age.
AT_HOME = 100
OF_HOME = """
    SELECT id, registered_at, {columns} FROM (
        (SELECT id, registered_at, {columns} FROM patients_patient
         WHERE {home} AND birth_date < %s AND birth_date >= %s ORDER BY birth_date DESC LIMIT {most})
        UNION ALL
        (SELECT id, registered_at, {columns} FROM patients_patient
         WHERE {home} AND birth_date >= %s AND birth_date < %s ORDER BY birth_date LIMIT {most})
    ) AS near WHERE guardian_name %% %s
"""
HOME = "facility_id = %s AND village <> '' AND upper(village) = upper(%s) AND sex = %s"


def _at_home(new: Person, user: Any) -> list[Held]:
    """Those registered here of the same village and sex, about as old, with a guardian of about this name."""
    year = new.birth_year or 0
    home = [user.posting.facility_id, new.village, new.sex]
    first, last = date(year - SIMILAR_AGE_YEARS, 1, 1), date(year + SIMILAR_AGE_YEARS + 1, 1, 1)
    middle = date(year, 7, 1)
    written = OF_HOME.format(columns=", ".join(PERSONAL), home=HOME, most=AT_HOME)
    with connection.cursor() as cursor:
        asked = [*home, middle, first, *home, middle, last, new.guardian_name]
        cursor.execute(prepared(written, "of_home"), asked)
        return cursor.fetchall()


@Composed
def _of_phone(place_id: UUID, phone: str, *, reach: Reach) -> QuerySet[Patient, Held]:
    # The index has those with a phone: planned once for all values, the statement has to say so.
    alike = Patient.objects.visible_to(Span(reach, place_id)).filter(phone=phone).exclude(phone="")
    return alike.order_by("-registered_at").values_list("pk", "registered_at", *PERSONAL)[:MOST]


def person_of(patient: Patient) -> Person:
    """What matching compares of somebody on file."""
    return _person(*(getattr(patient, name) for name in PERSONAL))


def _person(
    name: str,
    name_hi: str,
    sex: str,
    born: date | None,
    phone: str,
    guardian_name: str,
    village: str,
    district_id: UUID | None,
) -> Person:
    return Person(
        name=name,
        name_hi=name_hi,
        sex=sex,
        birth_year=born.year if born else None,
        phone=phone,
        guardian_name=guardian_name,
        village=village,
        district=str(district_id or ""),
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
SILENT = {
    *("id", "rev", "name_words", "origin_node", "registered_at", "facility_id", "block_id"),
    "birth_precision",
}


def history_of(patient: Patient) -> list[Change]:
    """Every change of the patient's row and of the numbers beside it, newest first."""
    versions = _versions(patient.history_events)  # type: ignore[attr-defined]
    of_numbers = PatientIdentifier.history_events.rel.related_model  # type: ignore[attr-defined]
    numbers = _versions(of_numbers.objects.filter(pgh_obj__in=patient.identifiers.values("pk")))
    people = User.objects.in_bulk({one["pgh_actor_id"] for one in versions + numbers} - {None})
    changes = _row_changes(versions, people) + _number_changes(numbers, people, registered=versions[0])
    return sorted(changes, key=lambda change: change.at)[::-1]


def _versions(events: Any) -> list[dict[str, Any]]:
    return list(events.order_by("pgh_created_at", "pgh_id").values())


def _row_changes(versions: list[dict[str, Any]], people: dict[Any, User]) -> list[Change]:
    districts = {one.pk: str(one) for one in District.objects.all()} if len(versions) > 1 else {}
    changes: list[Change] = []
    for before, now in zip([{}, *versions], versions, strict=False):
        fields = [
            (label, _shown(field, before, districts), _shown(field, now, districts))
            for columns, field, label in _told()
            if before and any(before[column] != now[column] for column in columns)
        ]
        if fields or not before:
            changes.append(Change(now["pgh_created_at"], _by(now, people), not before, fields))
    return changes


def _number_changes(
    numbers: list[dict[str, Any]], people: dict[Any, User], *, registered: dict[str, Any]
) -> list[Change]:
    """Numbers that were added later, and those that hold no more."""
    later = [one for one in numbers if one["pgh_created_at"] > registered["pgh_created_at"]]
    return [Change(one["pgh_created_at"], _by(one, people), False, [_number_told(one)]) for one in later]


def _number_told(one: dict[str, Any]) -> tuple[str, str, str]:
    was, now = ("—", one["value"]) if one["ended_at"] is None else (one["value"], "—")
    return str(IdentifierKind(one["kind"]).label), was, now


def _by(version: dict[str, Any], people: dict[Any, User]) -> str:
    return str(people.get(version["pgh_actor_id"]) or "")


def _told() -> list[tuple[list[str], Any, str]]:
    """(columns, field, its words) of what people read; how sure a birth date is goes with it."""
    fields = [field for field in Patient._meta.concrete_fields if field.attname not in SILENT]
    with_it = {"birth_date": ["birth_precision"]}
    return [
        ([field.attname, *with_it.get(field.attname, [])], field, str(field.verbose_name)) for field in fields
    ]


def _shown(field: Any, version: dict[str, Any], districts: dict[Any, str]) -> str:
    """A value as the screen says it: a choice by its words, a birth date as it was said."""
    value = version[field.attname]
    if value in (None, ""):
        return "—"
    if isinstance(value, date):
        return _born_shown(version)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return districts.get(value) or str(dict(field.flatchoices).get(value, value))


def _born_shown(version: dict[str, Any]) -> str:
    """A birth date, or the age that it was estimated from: how old they were when the version was written."""
    born, precision = version["birth_date"], version["birth_precision"]
    if precision == BirthPrecision.DAY:
        return birth_shown(born, precision)
    return str(age_on(born, timezone.localdate(version["pgh_created_at"])))


# Numbers that one person bears, and that are read to their last sign.
WHOLE = {"uhid", *ABHA_KINDS}


@dataclass(frozen=True)
class Found:
    """What the search box found: what was understood of the text, who, and who of them is not from here."""

    term: SearchTerm
    patients: list[Patient]
    elsewhere: list[Patient]
    # The ABHA card that was scanned, where it was one.
    card: AbhaCard | None = None
    more: bool = False
    # Why nothing was searched, said in the place of the list.
    refused: str = ""

    @property
    def is_beyond(self) -> bool:
        """Whether it led out of this hospital: to another one's patient, or from a whole number to nobody.

        Old numbers are of any length: searched while they are typed, half of one leads to nobody often.
        """
        return bool(self.elsewhere) or (not self.patients and self.term.kind in WHOLE)

    @property
    def kind_label(self) -> str:
        """What the text was taken for, in words; "" where nothing was searched."""
        if self.term.kind in NOT_SEARCHED:
            return ""
        return str(KINDS.get(self.term.kind, KINDS["name"]))

    @property
    def only(self) -> Patient | None:
        """The one person whom a number of their own names; a phone is often a whole family's."""
        own = self.term.kind in WHOLE and not self.term.torn
        return self.patients[0] if own and len(self.patients) == 1 else None

    @property
    def to_keep(self) -> bool:
        """Whether nobody bears what was scanned and it could be kept: an ABHA, or an old hospital number."""
        return not self.patients and (self.term.kind in ABHA_KINDS or bool(self.term.old_kind))

    @property
    def may_be_mobile(self) -> bool:
        """Whether this is a mobile number with a digit missing, rather than an old number of a hospital."""
        return self.term.kind == "identifier" and SHORT_MOBILE.fullmatch(self.term.digits) is not None

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
        nearest = _nearest_first(term, user)
        return Found(term, nearest[:MOST], [], card, more=len(nearest) > MOST)
    if term.kind == "name":  # it was no name: somebody bears it as a number
        term = SearchTerm("identifier", term.written)
    here = set(
        Patient.objects.visible_to(user)
        .filter(pk__in=[one.pk for one in exactly])
        .values_list("pk", flat=True)
    )
    elsewhere = [one for one in exactly[:MOST] if one.pk not in here]
    return Found(term, exactly[:MOST], elsewhere, card, more=len(exactly) > MOST)


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
    return [PrintedCard(paper) for paper in _cards(patient.pk, user.posting.facility_id)]


@Composed
def _cards(patient_id: UUID, place_id: UUID) -> QuerySet[IssuedDocument]:
    printed = IssuedDocument.objects.filter(about_id=patient_id, template=CARD, facility_id=place_id)
    return printed.select_related("issued_by").defer("pdf").order_by("-issued_at", "-pk")


def last_card(patient: Patient, user: Any) -> IssuedDocument | None:
    """The newest ORIGINAL of the patient's card at this person's hospital."""
    return next((card.paper for card in cards_of(patient, user) if not card.paper.copy), None)


def encounters_of(patient: Patient, user: Any) -> list[Encounter]:
    """The patient's contacts with the hospitals this person works at, newest first."""
    visible = Encounter.objects.visible_to(user).filter(patient=patient)
    return list(
        visible.select_related("department", "facility", "medico_legal_case").order_by("-started_at")[:50]
    )


def visit_of(encounters: Iterable[Encounter], day: date) -> Encounter | None:
    """The newest of these that the OPD's desk registered on this day: its slip can be printed again."""
    ambulatory = (one for one in encounters if one.encounter_class == EncounterClass.AMBULATORY)
    of_the_day = (one for one in ambulatory if timezone.localdate(one.started_at) == day)
    return next((one for one in of_the_day if one.status != EncounterStatus.CANCELLED), None)


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


def open_note(encounter: Encounter, kind: str, author: Any) -> ClinicalNote | None:
    """The note of this kind that this person is writing at this encounter."""
    mine = ClinicalNote.objects.filter(encounter=encounter, kind=kind, author=author)
    return mine.filter(status__in=OPEN_NOTES).select_related("template").first()


def notes_here(user: Any) -> QuerySet[ClinicalNote]:
    """The notes that this person may read: what is signed or waits for it, and the own drafts."""
    return notes_of_all(user).filter(readable_by(user))


def readable_by(user: Any) -> Q:
    """Which notes are read at all: what is signed or waits for it, and the own drafts."""
    return Q(status__in=[NoteStatus.AWAITING, NoteStatus.SIGNED]) | Q(author=user)


def notes_charted(user: Any) -> QuerySet[ClinicalNote]:
    """Notes of whose chart is open, from whatever hospital."""
    linked = ("template", "department", "author", "signed_by", "saved_by", "facility")
    return ClinicalNote.objects.filter(readable_by(user)).select_related(*linked)


def notes_of_all(user: Any) -> QuerySet[ClinicalNote]:
    """The notes of this hospital, also drafts of others: for who acts on one, never to be shown."""
    notes = ClinicalNote.objects.visible_to(user)
    return notes.select_related("template", "department", "author", "signed_by", "saved_by")


def own_notes(user: Any) -> QuerySet[ClinicalNote]:
    """What this person wrote or signed: theirs to read, also when the patient is no longer treated here."""
    return notes_here(user).filter(Q(author=user) | Q(signed_by=user))


def is_for_me(note: ClinicalNote, user: Any) -> bool:
    """Whether a note is one's own, or waits for just this doctor's signature or countersignature."""
    signed = list(note.signatures.all())
    if user.pk in {note.author_id, *(one.signed_by_id for one in signed)}:
        return True
    grade = user.posting.grade if user.may("patients.write_notes") else Grade.INTERN
    if grade == Grade.INTERN:
        return False
    countersigned = any(one.kind == SignatureKind.COUNTERSIGNED for one in signed)
    to_countersign = note.needs_countersign and not countersigned and grade != Grade.RESIDENT
    return note.status == NoteStatus.AWAITING or to_countersign


def whole_notes_here(user: Any) -> QuerySet[ClinicalNote]:
    """The same with their signatures and addenda, as a page shows them."""
    addenda = NoteAddendum.objects.select_related("written_by").order_by("number")
    signatures = NoteSignature.objects.select_related("signed_by").order_by("pk")
    notes = notes_here(user).prefetch_related(Prefetch("addenda", queryset=addenda))
    return notes.prefetch_related(Prefetch("signatures", queryset=signatures))


def notes_awaiting(user: Any) -> QuerySet[ClinicalNote]:
    """Interns' notes that wait for a signature here, the longest first."""
    return notes_here(user).filter(status=NoteStatus.AWAITING).order_by("saved_at")


def notes_to_countersign(user: Any) -> QuerySet[ClinicalNote]:
    """Residents' signed notes that no consultant has countersigned, the oldest first."""
    done = NoteSignature.objects.filter(note=OuterRef("pk"), kind=SignatureKind.COUNTERSIGNED)
    residents = notes_here(user).filter(status=NoteStatus.SIGNED, needs_countersign=True)
    return residents.filter(~Exists(done)).order_by("signed_at")


def last_signed_note(note: ClinicalNote, actor: Any) -> ClinicalNote | None:
    """The last signed note of this kind and patient here: the actor's own, else the department's."""
    signed = ClinicalNote.objects.visible_to(actor).filter(
        patient_id=note.patient_id, kind=note.kind, status=NoteStatus.SIGNED
    )
    newest = signed.exclude(pk=note.pk).order_by("-signed_at")
    own = newest.filter(Q(author=actor) | Q(signed_by=actor)).first()
    return own or newest.filter(department_id=note.department_id).first()


def last_note_before(encounter: Encounter, user: Any) -> ClinicalNote | None:
    """The last signed consultation note of this patient, of this department before others.

    Of an earlier contact: what was written at this one stands on its own.
    """
    signed = notes_charted(user).filter(
        patient_id=encounter.patient_id, kind=NoteKind.CONSULTATION, status=NoteStatus.SIGNED
    )
    here = Case(When(department_id=encounter.department_id, then=0), default=1)
    return signed.exclude(encounter=encounter.pk).order_by(here, "-signed_at").first()


def papers_of_note(note: ClinicalNote) -> dict[str, IssuedDocument]:
    """{template: the newest paper of a signed note on it}."""
    papers = IssuedDocument.objects.defer("pdf").filter(about_id=note.pk, copy=0).order_by("pk")
    return {one.template: one for one in papers}


def templates_for(department: Department, kind: str = NoteKind.CONSULTATION) -> list[NoteTemplate]:
    """The templates to choose from: the department's own first, then those for every department."""
    current = NoteTemplate.objects.filter(kind=kind, retired_at=None)
    fitting = current.filter(Q(departments__contains=[department.code]) | Q(departments=[]))
    return sorted(fitting, key=lambda one: (not one.departments, one.code))


def conditions_here(user: Any) -> QuerySet[Condition]:
    """Diagnoses made where this person works."""
    return Condition.objects.visible_to(user).select_related("department", "recorded_by", "patient")


def conditions_charted() -> QuerySet[Condition]:
    """Diagnoses of whose chart is open, from whatever hospital."""
    return Condition.objects.select_related("department", "recorded_by", "facility")


def conditions_of(encounter_id: UUID) -> list[Condition]:
    """An encounter's diagnoses, the main one first; refuted ones are left out."""
    made = Condition.objects.filter(encounter_id=encounter_id).exclude(status=ConditionStatus.REFUTED)
    return list(made.order_by("-is_main", "pk"))


def problems_of(patient_id: UUID) -> QuerySet[Condition]:
    """The problem list of whose chart is open: what is not over, the oldest first."""
    problems = Condition.objects.filter(patient_id=patient_id, is_problem=True, resolved_on=None)
    listed = problems.select_related("department", "recorded_by", "facility")
    return listed.exclude(status=ConditionStatus.REFUTED).order_by("onset_on", "recorded_at")


def diagnosed(patient_id: UUID) -> list[Condition]:
    """The diagnoses of an open chart that stand, the newest encounter's first, its main one first."""
    made = conditions_charted().filter(patient_id=patient_id).exclude(status=ConditionStatus.REFUTED)
    return list(made.order_by("-recorded_on", "-is_main", "pk")[:200])


def diagnoses_of(encounter_id: UUID) -> list[dict[str, Any]]:
    """The diagnoses of an encounter as a signed note keeps them."""
    told = ("code", "title", "title_hi", "words", "status", "is_main")
    return [{name: getattr(one, name) for name in told} for one in conditions_of(encounter_id)]


# What a doctor diagnoses is learnt from as much as this.
LEARNT_FROM = timedelta(days=180)
MOST_FAVOURITES = 12


def favourite_codes(user: Any, department: Department | None = None, *, today: date) -> list[str]:
    """The codes that this doctor uses most here, then those that the department does (docs/adr/0242)."""
    here, since = user.posting.facility_id, today - LEARNT_FROM
    own = _most_used(here, since, "recorded_by_id", user.pk)
    colleagues = _most_used(here, since, "department_id", department.pk) if department else []
    return list(dict.fromkeys(own + colleagues))[:MOST_FAVOURITES]


@recent
def _most_used(facility_id: UUID, since: date, by: str, whose: UUID) -> list[str]:
    """A department's half-year has tens of thousands of rows: not to be counted at each keystroke."""
    used = Condition.objects.filter(facility_id=facility_id, recorded_on__gte=since, **{by: whose})
    used = used.exclude(status=ConditionStatus.REFUTED)
    counted = used.values("code").annotate(times=Count("pk")).order_by("-times", "code")
    return [row["code"] for row in counted[:MOST_FAVOURITES]]


def codes_for(user: Any, typed: str, *, today: date) -> list[Code]:
    """What the text means to this doctor; without a text what is used most."""
    favourites = favourite_codes(user, user.posting.department, today=today)
    return codes.search(typed, preferred=favourites) if typed.strip() else codes.codes_of(favourites)


@holds("patients.signed_notes_stay", _("Every signed note says what was signed."), at_night=True)
def note_faults() -> Iterator[Fault]:
    """Signed notes whose text is not the one under their signature, or not their last version."""
    signed = ClinicalNote.objects.filter(status=NoteStatus.SIGNED)
    last = NoteVersion.objects.filter(note=OuterRef("pk"), number=OuterRef("version"))
    under = NoteSignature.objects.filter(note=OuterRef("pk"), kind=SignatureKind.SIGNED)
    asked = signed.annotate(kept=Subquery(last.values("sections")), under=Subquery(under.values("digest")))
    asked = asked.only("sections", "diagnoses")
    for note in asked.order_by("pk").iterator():
        stands = digest(note.sections, note.diagnoses)
        if stands != note.under or note.kept != note.sections:
            yield Fault(_("The text of note %(row)s is not the one that was signed."), row=note.pk)


def stay_of(encounter: Encounter) -> BedStay | None:
    """The bed that the patient lies in during this contact."""
    lying = BedStay.objects.filter(encounter=encounter, ended_at=None)
    return lying.select_related("bed__room__ward").first()


def death_on_file(patient: Patient) -> DeathNotice | None:
    """The patient's death, written down at whatever hospital and not taken back."""
    # Its contact stands behind the wall of its hospital: joined, it would hide the row.
    standing = DeathNotice.objects.standing().select_related("facility", "said_by")
    return standing.filter(patient=patient).first()


def places(facility: Facility, department: Department | None = None) -> QuerySet[Bed]:
    """Places that a patient may lie in, taken or not: of a department's wards, or of the whole hospital.

    No cradles: a newborn's is put up where its mother lies.
    """
    beds = Bed.objects.filter(facility=facility).exclude(kind=BedKind.CRADLE)
    if department:
        beds = beds.filter(room__ward__department=department)
    return beds.select_related("room__ward").order_by("room__number", "number")


def free_beds(facility: Facility, department: Department | None = None) -> QuerySet[Bed]:
    """Those of them that a patient may be laid into now."""
    taken = BedStay.objects.filter(ended_at=None, bed=OuterRef("pk"))
    beds = places(facility, department).filter(~Exists(taken), is_active=True)
    return beds.exclude(status=BedStatus.OUT_OF_SERVICE)


def _nearest_first(term: SearchTerm, user: Any) -> list[Patient]:
    """Whom a phone or a name means, the newest first; those whose name only resembles it come last."""
    visible = Patient.objects.visible_to(user)
    if term.kind == "phone":
        return with_last_visit(visible.filter(phone=term.value).order_by("-registered_at"), user)
    said = name_words(" ".join(term.words), "") if term.kind == "name" else []
    if not said:  # a percent sign alone is no name, and must not list everybody
        return []
    named = _named_with_phone(said, term.digits, user) if term.digits else _named(said, user)
    found = {one.pk: one for one in with_last_visit(visible.filter(pk__in=named), user)}
    return [found[pk] for pk in named if pk in found]


def namesakes(text: str, user: Any) -> list[UUID]:
    """Those at this person's hospital whose name the text may be, the newest first, some hundreds at most.

    Nobody where it is no name.
    """
    term = search_kind(text)
    said = name_words(" ".join(term.words), "") if term.kind == "name" else []
    if said and term.digits:
        return _named_with_phone(said, term.digits, user)
    return bearers(words_alike(said), user, most=FEW, through=LOOKED_THROUGH) if said else []


def _named(said: list[str], user: Any) -> list[UUID]:
    just_so = bearers([[word] for word in said], user, most=MOST + 1)
    if len(just_so) > MOST:
        return just_so
    most = MOST + 1 + len(just_so)
    resembling = bearers(words_alike(said), user, most=most, through=LOOKED_THROUGH)
    return list(dict.fromkeys(just_so + resembling))[: MOST + 1]


def _named_with_phone(said: list[str], digits: str, user: Any) -> list[UUID]:
    """The end of a phone is shared by so few that their names are looked at one by one."""
    ending = Patient.objects.visible_to(user).annotate(end=Right("phone", END_OF_PHONE))
    ending = ending.filter(end=digits[-END_OF_PHONE:], phone__endswith=digits)
    for alike in words_alike(said):
        ending = ending.filter(name_words__overlap=alike)
    found = list(ending.order_by("-registered_at").values_list("pk", "name_words")[: MOST + 1])
    return [pk for pk, words in sorted(found, key=lambda one: not set(said) <= set(one[1]))]


# ── What was measured, and what is not tolerated ──


def in_reach(model: type[Any], user: Any) -> QuerySet[Any]:
    """Rows of the own hospital, and those of whoever is treated here now."""
    treated = Encounter.objects.visible_to(user).filter(status=EncounterStatus.IN_PROGRESS)
    if user.posting is None:
        return model.objects.none()
    return model.objects.filter(
        user.posting.sees("facility") | Exists(treated.filter(patient=OuterRef("patient")))
    )


def observations_of(patient: Patient) -> QuerySet[Observation]:
    """What was measured of whose chart is open, newest first; what was wrong stays, and says why."""
    linked = Observation.objects.filter(patient=patient).select_related("taken_by", "wrong_by", "facility")
    return linked.order_by("-taken_at", "-pk")


def taken_together(set_id: UUID) -> list[Observation]:
    """One act's vitals, in the order in which they were written."""
    linked = Observation.objects.select_related("taken_by", "wrong_by", "facility")
    return list(linked.filter(taken_together=set_id).order_by("pk"))


def measured_in(encounter: Encounter) -> list[Observation]:
    """What was measured in this contact, newest first; what was wrong too."""
    return list(encounter.observations.select_related("taken_by").order_by("-taken_at", "-pk")[:60])


CURVE = 12


def last_vitals(patients: Iterable[UUID], user: Any) -> dict[UUID, dict[str, list[Observation]]]:
    """{patient id: {vital: its last twelve, oldest first}} of those treated here, wrong ones out."""
    here = Encounter.objects.visible_to(user).filter(patient__in=list(patients))
    treated = set(here.filter(status=EncounterStatus.IN_PROGRESS).values_list("patient_id", flat=True))
    newest = Window(RowNumber(), partition_by=[F("patient_id"), F("code")], order_by=F("taken_at").desc())
    right = Observation.objects.filter(patient__in=treated, wrong_at=None)
    found: dict[UUID, dict[str, list[Observation]]] = {}
    with scope.within(scope.with_charts(treated)):
        for one in right.annotate(place=newest).filter(place__lte=CURVE).order_by("taken_at", "pk"):
            found.setdefault(one.patient_id, {}).setdefault(one.vital, []).append(one)
    return found


def body_mass(vitals: Mapping[str, list[Observation]]) -> Decimal | None:
    """Of the last weight and height; None where either is missing. It is nowhere stored."""
    weight, height = (vitals.get(name) for name in ("weight", "height"))
    if not weight or not height or weight[-1].value is None or height[-1].value is None:
        return None
    return body_mass_index(weight[-1].value, height[-1].value)


def months_old(patient: Patient, day: date) -> int | None:
    """Whole months since birth; None where no birth date is known."""
    born = patient.birth_date
    if born is None:
        return None
    return (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)


@dataclass(frozen=True)
class Trend:
    """What one vital was last, when, and its curve where there is one."""

    last: Observation
    curve: Plot | None


def trend(observed: list[Observation]) -> Trend:
    """Of one vital's last values, oldest first; a blood pressure has two curves."""
    upper = [(one.taken_at, float(one.value)) for one in observed if one.value is not None]
    lower = [(one.taken_at, float(one.diastolic)) for one in observed if one.diastolic is not None]
    return Trend(observed[-1], plot(upper, lower, said=", ".join(one.shown for one in observed)))


@dataclass(frozen=True)
class Reading:
    """One vital as a chart shows it: what it was last, whether today, whether it strikes, its curve."""

    last: Observation
    is_of_now: bool
    is_striking: bool
    curve: Plot | None


def readings(
    patient: Patient, vitals: Mapping[str, list[Observation]], encounter: Encounter
) -> list[Reading]:
    """Each vital, those of this contact first; what a nurse would be asked about strikes."""
    months = months_old(patient, timezone.localdate())
    pregnant = any(one.finding == "yes" for one in vitals.get("pregnant", [])[-1:])

    def strikes(one: Observation) -> bool:
        measured = {one.vital: one.value}
        if one.diastolic is not None:
            measured = {"systolic": one.value, "diastolic": one.diastolic}
        return any(
            value is not None and asked_about(name, value, months=months, pregnant=pregnant)
            for name, value in measured.items()
        )

    found = []
    for observed in vitals.values():
        seen = trend(observed)
        is_of_now = seen.last.encounter_id == encounter.pk
        found.append(Reading(seen.last, is_of_now, strikes(seen.last), seen.curve))
    return sorted(found, key=lambda one: not one.is_of_now)


@dataclass(frozen=True)
class Allergies:
    """What is known of a patient's allergies: a list, "none known" since a day, or nobody has asked."""

    listed: list[AllergyIntolerance]
    none_known: AllergyIntolerance | None = None

    @property
    def is_asked(self) -> bool:
        return bool(self.listed or self.none_known)

    @property
    def unchecked(self) -> list[AllergyIntolerance]:
        """What no medicine is checked against, since the list does not know it by this name."""
        return [one for one in self.listed if not one.is_checked]


def allergies_of(patient: Patient, at: datetime | None = None) -> Allergies:
    """Of one patient, from whatever hospital: it is a matter of life. `at`: what was known then."""
    return allergies_of_all([patient.pk], at)[patient.pk]


def allergies_of_all(patients: Iterable[UUID], at: datetime | None = None) -> dict[UUID, Allergies]:
    """{patient id: what is known}. "None known" is over once an allergy was written after it."""
    asked = list(patients)
    rows = AllergyIntolerance.objects.filter(patient__in=asked).select_related("recorded_by", "facility")
    by_patient: dict[UUID, list[AllergyIntolerance]] = {}
    if at:
        rows = rows.filter(recorded_at__lte=at)
    for row in rows.order_by("recorded_at", "pk"):
        by_patient.setdefault(row.patient_id, []).append(row)
    return {pk: _known(by_patient.get(pk, []), at) for pk in asked}


def _known(rows: list[AllergyIntolerance], at: datetime | None) -> Allergies:
    standing = [one for one in rows if one.refuted_at is None or (at and one.refuted_at > at)]
    listed = [one for one in standing if not one.is_none_known]
    last = rows[-1] if rows else None
    stands = last and last.is_none_known and last in standing
    return Allergies(listed, None if listed or not stands else last)


# ── How a consultation ended ──


@dataclass(frozen=True)
class Outcomes:
    """What one contact came to, each with `paper`, its original; and the referral that it began with."""

    came_by: Referral | None
    referrals: list[Referral]
    admission_requests: list[AdmissionRequest]
    certificates: list[Certificate]

    @property
    def is_empty(self) -> bool:
        return not (self.referrals or self.admission_requests or self.certificates)


def referrals_here(user: Any) -> QuerySet[Referral]:
    """The referrals of the hospitals within reach, newest first."""
    linked = ("patient", "from_department", "to_department", "referred_by", "withdrawn_by")
    return Referral.objects.visible_to(user).select_related(*linked).order_by("-referred_at", "-pk")


def admission_requests_here(user: Any) -> QuerySet[AdmissionRequest]:
    """The requests to admit of the hospitals within reach, newest first."""
    linked = ("patient", "department", "requested_by", "accepted_by", "cancelled_by")
    visible = AdmissionRequest.objects.visible_to(user).select_related(*linked)
    return visible.order_by("-requested_at", "-pk")


def certificates_here(user: Any) -> QuerySet[Certificate]:
    """The certificates of the hospitals within reach, newest first."""
    linked = ("patient", "issued_by", "cancelled_by", "ends")
    return Certificate.objects.visible_to(user).select_related(*linked).order_by("-issued_at", "-pk")


def requests_waiting(user: Any) -> QuerySet[AdmissionRequest]:
    """Those whom a ward still waits for: the most urgent first, then whoever has waited longest."""
    ranks = Case(*(When(urgency=one, then=rank) for one, rank in URGENCY_RANK.items()), default=9)
    waiting = admission_requests_here(user).filter(status__in=OPEN_REQUESTS)
    return waiting.order_by(ranks, "requested_at", "pk")


def outcomes_of(encounter: Encounter, user: Any) -> Outcomes:
    """What this contact came to."""
    came_by = referrals_here(user).filter(led_to=encounter).first()
    sent = list(referrals_here(user).filter(encounter=encounter))
    asked = list(admission_requests_here(user).filter(encounter=encounter))
    given = list(certificates_here(user).filter(encounter=encounter))
    give_papers([*sent, *asked, *given])
    return Outcomes(came_by, sent, asked, given)


def give_papers(rows: Iterable[Referral | AdmissionRequest | Certificate]) -> None:
    """Each with `paper`, its original. A referral to a department has its slip at the contact it began."""
    about = {getattr(row, "led_to_id", None) or row.pk: row for row in rows}
    papers = originals_of(list(about))
    for about_id, row in about.items():
        row.paper = papers.get(about_id)


def sick_certificates_of(patient: Patient, facility_id: UUID) -> QuerySet[Certificate]:
    """Those of this hospital that a fitness certificate may end, newest first."""
    given = patient.certificates.filter(facility=facility_id, status=CertificateStatus.ISSUED)
    return given.filter(to_on__isnull=False).order_by("-issued_at")


def genuine_certificate(check_key: str) -> Certificate | None:
    """The certificate with this key, from whatever hospital; nobody's name is asked for."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        about = pdf.keyed(check_key).values("about_id")
        return Certificate.objects.select_related("facility").filter(pk__in=about).first()


def genuine_prescription(check_key: str) -> IssuedDocument | None:
    """The prescription's paper with this key, from whatever hospital; `of` it, `lines`, `stopped`."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        paper: Any = pdf.keyed(check_key).filter(template=PRESCRIPTION).first()
        if paper is None:
            return None
        paper.of = Facility.objects.get(pk=paper.facility_id)
        signed = MedicationRequest.objects.filter(note_id=paper.about_id, signed_at__isnull=False)
        paper.lines = signed.count()
        paper.stopped = signed.filter(status=MedicationStatus.STOPPED).count()
        return paper  # type: ignore[no-any-return]


@holds("patients.certificates_have_no_gap", _("Certificates are numbered without a gap."))
def certificate_faults() -> Iterator[Fault]:
    """Numbers that were given and have no certificate, and certificates whose number was never given."""
    yield from misnumbered("patients_certificate", "number", Series.CERTIFICATE)


def departments_open(facility_id: UUID) -> QuerySet[Department]:
    """The departments of a hospital that are open, as they stand on its lists."""
    return Department.objects.filter(facility=facility_id, is_active=True).select_related("facility")
