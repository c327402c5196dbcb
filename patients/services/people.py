"""What is done with patients: registered, put right, found, met."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel import facts, pdf, requests, throttling
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.edits import refuse_changed, take_over
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.ids import uuid7
from hmis.kernel.models import IssuedDocument
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import documents, queries
from patients.ages import BirthSaid
from patients.identifiers import make_uhid, normal_identifier
from patients.matching import Person
from patients.models import (
    ABHA_KINDS,
    OLD_KINDS,
    AbhaStatus,
    Encounter,
    EncounterClass,
    IdentifierKind,
    NameWord,
    Patient,
    PatientIdentifier,
    RelatedPerson,
)
from patients.names import devanagari_from_latin, latin_from_devanagari, name_words
from patients.queries.merging import same_person
from patients.services.beds import leave_beds_of
from patients.services.beginning import refuse_beginning
from patients.states import ENCOUNTER_MOVES, EncounterStatus

SEARCH_WINDOW_SECONDS = 600
SERIALS_PER_NODE = 10_000_000
MOST_LABELS = 24
# Taken by this process and not yet given; a child that is forked has none of its parent's.
SERIALS_AHEAD = 20
_serials: list[int] = []
os.register_at_fork(after_in_child=_serials.clear)
# That somebody is new: the ids of those on file who were shown and are others; True, whoever is on file.
ConfirmNew = bool | Collection[str]
LINKED = ["facility", "district", "block"]


class LikelyDuplicate(Refusal):
    """Somebody on file is very probably this person; `candidates` says who."""

    def __init__(self, candidates: list[queries.Candidate]) -> None:
        super().__init__(
            _("This person seems to be registered already. Choose them, or say that this one is new.")
        )
        self.candidates = candidates


@act
def register_patient(
    *,
    details: Mapping[str, Any],
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_new: ConfirmNew = False,
) -> Patient:
    """Give a person a UHID. `details` are Patient's fields, and `identifiers` {kind: value}.

    `birth` may say it in place of the birth date, as people do. Refuses a very likely duplicate unless
    `confirm_new`, and whatever a constraint on Patient refuses.
    """
    patient_id, seen = requests.claim(
        request_key, "patients.register_patient", actor=actor, body=claimed(details)
    )
    if seen:
        return Patient.objects.get(pk=patient_id)
    patient, rows = add_patient(
        details=details, actor=actor, at=at, confirm_new=confirm_new, patient_id=patient_id
    )
    write(*rows)
    return patient


def add_patient(
    *,
    details: Mapping[str, Any],
    actor: Any,
    at: datetime,
    confirm_new: ConfirmNew = False,
    patient_id: UUID | None = None,
    uhid: str = "",
    related: Sequence[RelatedPerson] = (),
) -> tuple[Patient, Sequence[models.Model]]:
    """The part of an act that makes a new patient: the patient, and rows for the act to write.

    The act around it has claimed its request key. `uhid` is one that it has taken already, because the name
    says it; `related` are people of this patient.
    """
    fields = born(details, timezone.localdate(at))
    identifiers: dict[str, str] = fields.pop("identifiers", {})
    issuer: Facility | None = fields.pop("issuer", None)
    fields["abha_status"] = _abha_status(fields.get("abha_status", ""), _bears_abha(identifiers))
    patient = described(
        Patient(
            id=patient_id or uuid7(),
            facility=actor.posting.facility,
            registered_at=at,
            **fields,
        )
    )
    if confirm_new is not True:
        _refuse_duplicates(patient, identifiers, actor, others=confirm_new or ())
    patient.uhid = uhid or next_uhid()
    numbers, people = _new_identifiers(patient, identifiers, issuer), _told_of(patient, related)
    fact = facts.rows(
        "patients.patient_registered",
        about=patient,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        abha=str(patient.abha_status),
    )
    return patient, [*_words_of(patient), patient, *numbers, *people, *fact]


def _told_of(patient: Patient, related: Sequence[RelatedPerson]) -> Sequence[RelatedPerson]:
    for one in related:
        one.patient, one.facility = patient, patient.facility
    return related


@act
def edit_patient(
    *, patient: Patient, details: Mapping[str, Any], rev: int, actor: Any, at: datetime
) -> Patient:
    """Put a patient's details right; the history keeps what was.

    Of `identifiers` each takes the place of the newest of its kind, and an empty one ends that; those in
    `further` are kept beside what is on file. Refuses when somebody else changed the row since the form was
    opened (`rev`).
    """
    held = Patient.objects.locked().get(pk=patient.pk)
    refuse_changed(
        held.rev, rev, _("Somebody else changed this patient meanwhile. Look again before you save.")
    )
    fields = born(details, timezone.localdate(at))
    identifiers: dict[str, str] = fields.pop("identifiers", {})
    further: dict[str, str] = fields.pop("further", {})
    issuer: Facility | None = fields.pop("issuer", None)
    before, left, added = _replaced(held, identifiers, issuer, at=at)
    added |= {kind: value for kind, value in further.items() if (kind, value) not in left}
    bears = _bears_abha(added) or _bears_abha(dict(left))
    if "abha_status" in fields:
        fields["abha_status"] = _abha_status(fields["abha_status"], bears)
    elif bears != _bears_abha(dict(before)):
        fields["abha_status"] = _abha_status(held.abha_status if bears else "", bears)
    changed = take_over(held, fields)
    if {"name", "name_hi"} & set(changed):
        held.is_unknown = False  # whoever writes a name has learnt it
    described(held)
    with refusing(Patient):
        held.save()
    facts.record(
        "patients.patient_edited",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.pk,
        new=[*_words_of(held), *_new_identifiers(held, added, issuer)],
        fields=changed,
    )
    held.refresh_from_db()
    return held


@act
def add_identifier(
    *,
    patient: Patient,
    kind: str,
    value: str,
    request_key: UUID,
    actor: Any,
    at: datetime,
    issuer: Facility | None = None,
) -> PatientIdentifier:
    """Keep one more number that the patient is known by; an ABHA also changes the ABHA status.

    Refuses a number that the patient bears already, and an ABHA that somebody else bears.
    """
    value = normal_identifier(kind, value)
    body = [patient.pk, kind, value, issuer and issuer.pk]
    identifier_id, seen = requests.claim(request_key, "patients.add_identifier", actor=actor, body=body)
    if seen:
        return PatientIdentifier.objects.get(pk=identifier_id)
    held = Patient.objects.locked().get(pk=patient.pk)
    (identifier,) = _new_identifiers(held, {kind: value}, issuer)
    identifier.id = identifier_id
    if kind in ABHA_KINDS:
        held.abha_status = _abha_status(held.abha_status, True)
    held.save(update_fields=["abha_status"])  # its `rev` tells an open form that something is new
    facts.record(
        "patients.identifier_added",
        about=identifier,
        actor=actor,
        at=at,
        patient_id=held.pk,
        new=[identifier],
        kind=kind,
    )
    return identifier


@act
def end_identifier(*, identifier: PatientIdentifier, actor: Any, at: datetime) -> PatientIdentifier:
    """The patient is no longer known by this number; the history keeps it. Ended twice is ended once."""
    patient = Patient.objects.locked().get(pk=identifier.patient_id)
    held = PatientIdentifier.objects.locked().get(pk=identifier.pk)
    if held.ended_at:
        return held
    held.ended_at = at
    held.save(update_fields=["ended_at"])
    left = patient.identifiers.filter(kind__in=ABHA_KINDS, ended_at=None)
    if held.kind in ABHA_KINDS and not left.exists():
        patient.abha_status = AbhaStatus.NOT_ASKED
    patient.save(update_fields=["abha_status"])
    facts.record(
        "patients.identifier_ended", about=held, actor=actor, at=at, patient_id=patient.pk, kind=held.kind
    )
    return held


@act
def print_card(
    *, patient: Patient, reason: str, request_key: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    """The patient's card. The first is the ORIGINAL; each further one is a counted DUPLICATE with its reason.

    Details put right since the last card give a new ORIGINAL. Refuses a second card without a reason.
    """
    body = [patient.pk, reason]
    card_id, seen = requests.claim(request_key, "patients.print_card", actor=actor, body=body)
    if seen:
        return IssuedDocument.objects.get(pk=card_id)
    held = Patient.objects.locked().select_related("facility").get(pk=patient.pk)
    last = queries.last_card(held, actor)
    if last and not reason:
        raise Refusal(_("This patient has a card already. Say why it is printed once more."), field="reason")
    card = documents.issue_card(held, card_id=card_id, reason=reason if last else "", actor=actor, at=at)
    if last and documents.says_the_same(card, last):
        card = pdf.reprint(last, actor=actor, at=at, copy_id=card_id, context={"reason": reason})
        new = []
    else:
        new = [card]
    facts.record(
        "patients.card_printed",
        about=card,
        actor=actor,
        at=at,
        patient_id=held.pk,
        new=new,
        copy=card.copy,
        reason=reason if last else "",
    )
    return card


@act
def print_labels(
    *, patient: Patient, count: int, request_key: UUID, actor: Any, at: datetime
) -> IssuedDocument:
    """So many small labels with the patient's name and bar code, for files and tubes."""
    labels_id, seen = requests.claim(
        request_key, "patients.print_labels", actor=actor, body=[patient.pk, count]
    )
    if seen:
        return IssuedDocument.objects.get(pk=labels_id)
    if not 1 <= count <= MOST_LABELS:
        raise Refusal(_("Print one to %(most)s labels at a time."), field="count", most=MOST_LABELS)
    labels = documents.issue_labels(patient, labels_id=labels_id, count=count, actor=actor, at=at)
    facts.record(
        "patients.labels_printed",
        about=labels,
        actor=actor,
        at=at,
        patient_id=patient.pk,
        new=[labels],
        count=count,
    )
    return labels


class TooManySearches(Refusal):
    """This person looked for too many numbers of other hospitals' patients, or of nobody's."""

    status = 429


@act
def find_patients(*, text: str, actor: Any, at: datetime) -> queries.Found:
    """Whoever the typed or scanned text means; that somebody searched is written down, not for what.

    A patient of another hospital, found by an exact number, is thereby opened to this person for a while.
    Refuses for some minutes who counts numbers up; a patient of one's own hospital is found even then.
    """
    found = queries.search(text, actor)
    if found.term.kind == "empty":
        return found
    if found.is_beyond:
        _refuse_counting_up(actor)
    kind = found.term.kind
    facts.record(
        "patients.patients_searched", about=actor, actor=actor, at=at, kind=kind, found=len(found.patients)
    )
    for patient in found.elsewhere:
        facts.record(queries.FOUND, about=patient, actor=actor, at=at, patient_id=patient.pk, by=kind)
    return found


def _refuse_counting_up(actor: Any) -> None:
    tried = throttling.count("search", str(actor.pk), window=SEARCH_WINDOW_SECONDS)
    if tried > settings.SEARCHES_BEYOND:
        raise TooManySearches(
            _(
                "You have searched for many numbers of other hospitals or of nobody. Wait ten minutes. "
                "Your own hospital's patients are found as before."
            )
        )


@act
def offer_duplicates(*, described: Person, actor: Any, at: datetime) -> list[queries.Candidate]:
    """Those on file whom a half-written form may mean; that somebody was shown is written down.

    A patient of another hospital who bears the ABHA is thereby opened to this person, as by a search.
    """
    found = queries.likely_duplicates(described, actor)
    if described.abha:
        strangers, by = queries.strangers_with_abha(described, actor), _abha_kind(described.abha)
        opened = {one.patient for one in strangers}
        for patient in opened:
            facts.record(queries.FOUND, about=patient, actor=actor, at=at, patient_id=patient.pk, by=by)
        found = [*strangers, *(one for one in found if one.patient not in opened)]
    if found:
        facts.record("patients.duplicates_offered", about=actor, actor=actor, at=at, found=len(found))
    return found


def _abha_kind(abha: str) -> str:
    return str(IdentifierKind.ABHA_ADDRESS if "@" in abha else IdentifierKind.ABHA_NUMBER)


@act
def note_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody opened a patient's page."""
    facts.record("patients.patient_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)


@act
def note_encounter_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody opened a contact."""
    patient_id = encounter.patient_id
    facts.record("patients.encounter_viewed", about=encounter, actor=actor, at=at, patient_id=patient_id)


def open_encounter(
    *,
    patient: Patient,
    facility: Facility,
    encounter_class: EncounterClass,
    department: Department,
    at: datetime,
    encounter_id: UUID,
    follows: Encounter | None = None,
    valid_till: date | None = None,
    goes_on: bool = False,
) -> Encounter:
    """The part of an act that begins a contact of this patient with this facility: a row for it to write.

    Refuses somebody whose death is on file, and a record given up, unless an earlier contact goes on.
    """
    if not patient._state.adding:
        refuse_beginning(patient, goes_on=goes_on)
    return Encounter(
        id=encounter_id,
        patient=patient,
        facility=facility,
        encounter_class=encounter_class,
        department=department,
        follows=follows,
        valid_till=valid_till,
        started_at=at,
    )


def finish_encounter(*, encounter: Encounter, at: datetime) -> Encounter:
    """The part of an act that ends a contact; the bed, if the patient lay in one, is free again.

    The act has locked the bed before.
    """
    held = Encounter.objects.locked().select_related("patient", "facility").get(pk=encounter.pk)
    leave_beds_of(held, at=at)
    end_encounter(held, at=at)
    return held


def end_encounter(encounter: Encounter, *, at: datetime) -> None:
    """The part of an act that ends a locked contact in which nobody lies in a bed any more."""
    encounter.ended_at = max(at, encounter.started_at)
    move(encounter, to=EncounterStatus.FINISHED, allowed=ENCOUNTER_MOVES, also=["ended_at"])


def lock_patient(patient: Patient) -> None:
    """The patient, locked until the act ends. Rows that only point to them may still be written meanwhile."""
    held = Patient.objects.select_for_update(of=("self",), no_key=True)
    held.values_list("pk").get(pk=patient.pk)


def lock_encounter(encounter: Encounter) -> Encounter:
    """The encounter, locked until the act ends. Rows that only point to it may still be written meanwhile."""
    return _locked_encounter.one(encounter.pk)


@Composed
def _locked_encounter(encounter_id: UUID) -> models.QuerySet[Encounter]:
    held = Encounter.objects.select_for_update(of=("self",), no_key=True).filter(pk=encounter_id)
    return held.select_related("facility", "department", "patient")


def lock_encounters(keys: Any) -> None:
    """As `lock_encounter`, of several in one order: two acts never wait for each other's."""
    several = Encounter.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
    list(several.order_by("pk").values_list("pk"))


def lock_patients(keys: Any) -> None:
    """As `lock_patient`, of several in one order: two acts never wait for each other's."""
    several = Patient.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=keys)
    list(several.order_by("pk").values_list("pk"))


def cancel_encounter(encounter: Encounter, *, at: datetime) -> None:
    """The part of an act that ends a locked encounter as if it had not been."""
    encounter.ended_at = at
    move(encounter, to=EncounterStatus.CANCELLED, allowed=ENCOUNTER_MOVES, also=["ended_at"])


def send_to_department(encounter: Encounter, department: Department) -> None:
    """The part of an act that sends a locked encounter on to the department that it should have come to."""
    encounter.department = department
    encounter.save(update_fields=["department"])


def keep_valid(encounter: Encounter, day: date) -> None:
    """The part of an act that puts a visit off to this day: its slip holds until then at least."""
    if encounter.valid_till and encounter.valid_till < day:
        encounter.valid_till = day
        encounter.save(update_fields=["valid_till"])


def next_uhid() -> str:
    """The node's next UHID. Gaps are fine: a process takes some ahead, and waits for nobody."""
    if not _serials:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval('patients_uhid_serial') FROM generate_series(1, %s)", [SERIALS_AHEAD]
            )
            _serials.extend(serial for (serial,) in reversed(cursor.fetchall()))
    return uhid_of_serial(_serials.pop())


def uhid_of_serial(serial: int) -> str:
    """A full node takes its next number (`HMIS_NODES`)."""
    nodes = settings.HMIS_NODES
    full, rest = divmod(serial, SERIALS_PER_NODE)
    if full >= len(nodes):
        raise Refusal(_("This node has used up its UHIDs. Give it a second number (HMIS_NODES)."))
    return make_uhid(nodes[full], rest)


def claimed(details: Mapping[str, Any]) -> list[Any]:
    """What of the details a request key stands for."""
    return sorted(
        (key, str(getattr(value, "pk", value))) for key, value in details.items() if value not in ("", None)
    )


def born(details: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Details with a birth date in place of what was said of it (`birth`), where that is among them."""
    fields = dict(details)
    said: BirthSaid | None = fields.pop("birth", None)
    if said is None:
        return fields
    try:
        fields["birth_date"], fields["birth_precision"] = said.on(today)
    except ValueError as error:
        raise Refusal(_("Nobody was born on this day."), field="age") from error
    return fields


def described(patient: Patient) -> Patient:
    """Both scripts of the name, and its words; the fields' own validators have the last word."""
    if not patient.name and patient.name_hi:
        patient.name = latin_from_devanagari(patient.name_hi)
    if not patient.name_hi and patient.name:
        patient.name_hi = devanagari_from_latin(patient.name)
    patient.name_words = name_words(patient.name, patient.name_hi)
    patient.clean_fields(exclude=[*LINKED, "uhid", "name_words"])
    return patient


def _refuse_duplicates(
    patient: Patient, identifiers: Mapping[str, str], actor: Any, *, others: Collection[str]
) -> None:
    abha = next(filter(None, map(identifiers.get, ABHA_KINDS)), "")
    new = replace(queries.person_of(patient), abha=abha)
    # Who has a phone was looked for at home while the form was filled: here others wait.
    found = queries.likely_duplicates(new, actor, at_home=not new.phone)
    strong = [one for one in found if one.match.strong]
    if any(str(one.patient.pk) not in others for one in strong):
        raise LikelyDuplicate(strong)


def _words_of(patient: Patient) -> list[NameWord]:
    """The name's words for the dictionary; sorted, so that two acts never wait for each other."""
    return [NameWord(word=word) for word in patient.name_words]


Numbers = set[tuple[str, str]]


def _replaced(
    patient: Patient, identifiers: Mapping[str, str], issuer: Facility | None, *, at: datetime
) -> tuple[Numbers, Numbers, dict[str, str]]:
    """Ends each number whose place another one, or none, takes: (what was held, what is left, what is new).

    It is the newest of its kind, which the form shows: other hospitals' numbers of the kind stay.
    """
    held = list(patient.identifiers.filter(ended_at=None).order_by("pk"))
    newest = {one.kind: one for one in held}
    for kind, value in identifiers.items():
        one, giver = newest.get(kind), issuer.pk if issuer and kind in OLD_KINDS else None
        if one and (one.value, one.issuer_id) != (value, giver):
            one.ended_at = at
            one.save(update_fields=["ended_at"])
    left = {(one.kind, one.value) for one in held if one.ended_at is None}
    added = {kind: value for kind, value in identifiers.items() if value and (kind, value) not in left}
    return {(one.kind, one.value) for one in held}, left, added


def _abha_status(said: str, bears_one: bool) -> AbhaStatus:
    """How it stands: whoever bears an ABHA is linked, or was helped to it; else what was answered."""
    if bears_one:
        return AbhaStatus.ASSISTED if said == AbhaStatus.ASSISTED else AbhaStatus.LINKED
    if said == AbhaStatus.LINKED:
        raise Refusal(
            _("Write the ABHA number or address, or say why there is none."), field=IdentifierKind.ABHA_NUMBER
        )
    return AbhaStatus(said) if said else AbhaStatus.NOT_ASKED


def _bears_abha(identifiers: Mapping[str, str]) -> bool:
    return any(identifiers.get(kind) for kind in ABHA_KINDS)


def _new_identifiers(
    patient: Patient, identifiers: Mapping[str, str], issuer: Facility | None = None
) -> list[PatientIdentifier]:
    """Numbers as rows to be written.

    An ABHA that somebody else bears is refused: the search finds them; one that a joined record bears, too.
    """
    wanted = [(kind, value) for kind, value in identifiers.items() if value]
    for kind, value in wanted:
        _refuse_anothers(patient, kind, value)
    facility = patient.facility
    return [
        PatientIdentifier(
            patient=patient,
            facility=facility,
            kind=kind,
            value=value,
            issuer=issuer if kind in OLD_KINDS else None,
        )
        for kind, value in wanted
    ]


def _refuse_anothers(patient: Patient, kind: str, value: str) -> None:
    if kind not in ABHA_KINDS:
        return
    others = queries.bearing_abha(value).exclude(pk=patient.pk)
    if not others.exists():
        return
    if others.exclude(pk__in=same_person(patient.pk)).exists():
        raise Refusal(
            _("This ABHA belongs to a registered patient. Search for it and choose them."), field=kind
        )
    raise Refusal(_("This number is kept with this patient already."), field=kind)
