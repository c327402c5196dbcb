"""What is done in casualty: registered first, billed later; triaged, laid down, named, seen off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Department
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.pdf import in_both
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import when
from opd import documents, queries
from opd.models import ALREADY_HERE, CasualtyArrival
from opd.queries import Casualty
from opd.states import BroughtBy, Outcome, Triage
from patients import services as patients
from patients.models import (
    BedStay,
    DeathNotice,
    Encounter,
    EncounterClass,
    Patient,
)
from patients.queries import case_of, death_on_file
from patients.queries.merging import same_person
from patients.services import CaseDetails, OpenedCase, Who

LINKED = ["facility", "encounter", "patient", "triaged_by", "probably_same_as", "cancelled_by"]


@dataclass(frozen=True)
class Escort:
    """Who brought the patient, and from where: the 108 and its vehicle, the police and their station."""

    by: BroughtBy = BroughtBy.NOT_KNOWN
    name: str = ""
    phone: str = ""
    place: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.by, self.name, self.phone, self.place]

    def in_words(self) -> str:
        """In both languages and one line, for the medico-legal register; nothing where nobody knows."""
        brought = " ".join(reversed(in_both(BroughtBy, self.by))) if self.by != BroughtBy.NOT_KNOWN else ""
        said = (brought, self.name, self.phone, self.place)
        return " · ".join(part for part in said if part)


@dataclass(frozen=True)
class Coming:
    """What the casualty desk asks: how urgent, who brought them, and what else is known at the door."""

    department: Department
    triage: Triage
    escort: Escort = field(default_factory=Escort)
    complaint: str = ""
    # Brought dead: at an hour that was said, or now.
    declared_dead_at: Said = None
    declared_dead_now: bool = False
    case: CaseDetails | None = None
    bed: Bed | None = None

    @property
    def is_dead(self) -> bool:
        """Whether they were brought dead."""
        return self.declared_dead_now or self.declared_dead_at is not None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        case = self.case.claimed() if self.case else []
        bed = self.bed and self.bed.pk
        dead = [self.is_dead, self.declared_dead_at]
        return [self.triage, self.escort.claimed(), self.complaint, dead, case, bed]


@act
def register_casualty(
    *,
    who: Who,
    coming: Coming,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_new: patients.ConfirmNew = False,
) -> Casualty:
    """Register somebody in casualty: encounter, arrival, bed, medico-legal case and slip in one act; no bill.

    `who` is somebody on file, somebody nobody knows, or the details of somebody new. Refuses a bed that is
    taken, whoever is in casualty already, and a likely duplicate of somebody new.
    """
    body = [patients.said_of(who), coming.claimed()]
    encounter_id, seen = requests.claim(request_key, "opd.register_casualty", actor=actor, body=body)
    if seen:
        return queries.casualty(encounter_id)
    if coming.bed and coming.is_dead:
        raise Refusal(_("A patient who was brought dead needs no bed."), field="bed")
    patients.lock_beds([coming.bed])  # before all else
    patient = patients.patient_of(who, actor=actor, at=at, confirm_new=confirm_new)
    # On the same record the table refuses it.
    if queries.in_casualty(actor).filter(patient__in=same_person(patient.pk)).exists():
        raise Refusal(ALREADY_HERE)
    encounter = patients.open_encounter(
        patient=patient,
        facility=coming.department.facility,
        encounter_class=EncounterClass.EMERGENCY,
        department=coming.department,
        at=at,
        encounter_id=encounter_id,
    )
    return _register(encounter, coming, actor=actor, at=at)


def _register(encounter: Encounter, coming: Coming, *, actor: Any, at: datetime) -> Casualty:
    stay = patients.take_bed(encounter=encounter, bed=coming.bed, actor=actor, at=at) if coming.bed else None
    arrival = _arrival(encounter, coming, actor=actor, at=at)
    facts.record(
        "opd.casualty_registered",
        about=encounter,
        actor=actor,
        at=at,
        patient_id=encounter.patient_id,
        new=[encounter, arrival, stay],
        triage=arrival.triage,
    )
    if arrival.declared_dead_at:
        patients.note_death(encounter, arrival.declared_dead_at, actor=actor, at=at)
    opened = _case(encounter, coming, actor=actor, at=at)
    slip = documents.issue_casualty_slip(
        arrival=arrival, bed=stay.bed if stay else None, case=opened.case if opened else None, actor=actor
    )
    write(*(opened.rows if opened else []), slip)
    case, letter = (opened.case, opened.paper) if opened else (None, None)
    return Casualty(arrival, stay, case, slip, letter)


def _arrival(encounter: Encounter, coming: Coming, *, actor: Any, at: datetime) -> CasualtyArrival:
    escort = coming.escort
    arrival = CasualtyArrival(
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        arrived_at=encounter.started_at,
        triage=coming.triage,
        triaged_by=actor,
        brought_by=escort.by,
        escort_name=escort.name,
        escort_phone=escort.phone,
        escort_from=escort.place,
        complaint=coming.complaint,
        declared_dead_at=moment_of(coming.declared_dead_at, at) if coming.is_dead else None,
    )
    arrival.clean_fields(exclude=LINKED)
    return arrival


def _case(encounter: Encounter, coming: Coming, *, actor: Any, at: datetime) -> OpenedCase | None:
    if coming.case is None:
        return None
    return patients.add_case(encounter=encounter, details=coming.case, actor=actor, at=at)


@act
def change_triage(
    *,
    arrival: CasualtyArrival,
    triage: Triage,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
) -> CasualtyArrival:
    """Another colour than before; the history keeps both. Refuses one who has left."""
    if requests.was_sent(request_key, "opd.change_triage", actor=actor, body=[arrival.pk, triage]):
        return CasualtyArrival.objects.get(pk=arrival.pk)
    held = _here(arrival)
    was, held.triage, held.triaged_by = held.triage, triage, actor
    with refusing(CasualtyArrival):
        held.save(update_fields=["triage", "triaged_by"])
    _note("opd.casualty_triaged", held, actor=actor, at=at, was=was, now=triage)
    return held


@act
def give_bed(*, arrival: CasualtyArrival, bed: Bed, request_key: UUID, actor: Any, at: datetime) -> BedStay:
    """Lay a patient of casualty into an observation bed, or move them to another one without a gap."""
    body = [arrival.pk, bed.pk]
    stay_id, seen = requests.claim(request_key, "opd.give_bed", actor=actor, body=body)
    if seen:
        return BedStay.objects.select_related("bed__room__ward").get(pk=stay_id)
    held = patients.lock_beds_of([arrival.patient_id], arrival.facility_id, bed, then=lambda: _here(arrival))
    if held.declared_dead_at:
        raise Refusal(_("A patient who was brought dead needs no bed."), field="bed")
    stay = patients.take_bed(encounter=held.encounter, bed=bed, actor=actor, at=at)
    stay.pk = stay_id
    patients.leave_beds_of(held.encounter, at=stay.began_at)
    write(stay)
    _note("opd.casualty_bed_given", held, actor=actor, at=at, bed=stay.bed_id)
    return stay


@act
def see_off(
    *,
    arrival: CasualtyArrival,
    outcome: Outcome,
    request_key: UUID | None = None,
    actor: Any,
    at: datetime,
    confirm: bool = False,
) -> CasualtyArrival:
    """The patient leaves casualty: the contact ends and the bed is free; who died is dead on file.

    Refuses one who has left; unless `confirm`, also to send home who is red or unknown, and who died while
    the death of another contact is on file: that one is taken back first, or this one is not on file.
    """
    if requests.was_sent(request_key, "opd.see_off", actor=actor, body=[arrival.pk, outcome, confirm]):
        return CasualtyArrival.objects.get(pk=arrival.pk)
    held = patients.lock_beds_of([arrival.patient_id], arrival.facility_id, then=lambda: _here(arrival))
    if outcome == Outcome.SENT_HOME and not confirm:
        _ask_about(held)
    patients.finish_encounter(encounter=held.encounter, at=at)
    if outcome == Outcome.DIED and not _is_dead_on_file(held.encounter_id):
        _note_death(held, confirm=confirm, actor=actor, at=at)
    held.outcome, held.left_at = outcome, at
    with refusing(CasualtyArrival):
        held.save(update_fields=["outcome", "left_at"])
    _note("opd.casualty_left", held, actor=actor, at=at, outcome=outcome)
    return held


@act
def cancel_arrival(
    *, arrival: CasualtyArrival, why: str, request_key: UUID, actor: Any, at: datetime
) -> CasualtyArrival:
    """Take back an entry that was a mistake: the bed is free, the contact counts nowhere, the line stays.

    Refuses one who has left, one of which anything was written, ordered or charged, a medico-legal case, and
    a missing reason.
    """
    body = [arrival.pk, why]
    seen = requests.was_sent(request_key, "opd.cancel_arrival", actor=actor, body=body)
    if seen:
        return CasualtyArrival.objects.get(pk=arrival.pk)
    held = patients.lock_beds_of([arrival.patient_id], arrival.facility_id, then=lambda: _here(arrival))
    contact = patients.lock_encounter(held.encounter)
    if not why:
        raise Refusal(_("Say why."), field="why")
    if case_of(contact):
        raise Refusal(_("This is a medico-legal case: its line stays. See the patient off instead."))
    if queries.is_begun(held):
        raise Refusal(
            _("Something was written, ordered or charged at this contact. See the patient off instead.")
        )
    patients.leave_beds_of(contact, at=at)
    patients.cancel_encounter(contact, at=at)
    held.outcome, held.left_at = Outcome.CANCELLED, at
    held.cancelled_by, held.cancelled_why = actor, why
    held.clean_fields(exclude=LINKED)
    with refusing(CasualtyArrival):
        held.save(update_fields=["outcome", "left_at", "cancelled_by", "cancelled_why"])
    _note("opd.casualty_cancelled", held, actor=actor, at=at)
    return held


def _ask_about(held: CasualtyArrival) -> None:
    """Whoever can hardly go home by themselves is not sent there by a slip of the hand."""
    if held.triage == Triage.RED:
        raise Refusal(_("This patient is red. Send home anyway?"), field="confirm")
    if held.patient.is_unknown:
        raise Refusal(_("Nobody knows who this patient is. Send home anyway?"), field="confirm")


def _is_dead_on_file(encounter_id: UUID) -> bool:
    """Whether a death stands that was written down at this contact."""
    return DeathNotice.objects.standing().filter(encounter=encounter_id).exists()


def _note_death(held: CasualtyArrival, *, confirm: bool, actor: Any, at: datetime) -> None:
    other = death_on_file(held.patient)
    if other is None:
        patients.note_death(held.encounter, at, actor=actor, at=at)
    elif not confirm:
        raise Refusal(
            _(
                "Another death of this patient is on file: %(died)s, %(hospital)s. Until a doctor there takes"
                " it back, this one cannot be recorded. Mark the patient as left, dead, anyway?"
            ),
            field="confirm",
            died=when(other.died_at),
            hospital=other.facility,
        )


def leave_for_the_ward(*, encounter_id: UUID, at: datetime) -> bool:
    """A ward took somebody in: if they came by casualty and are still there, they leave it as admitted.

    Told again, nothing more happens. Whether there was somebody.
    """
    return _leave(encounter_id, Outcome.ADMITTED, at=at)


def leave_as_dead(*, encounter_id: UUID, at: datetime) -> bool:
    """A death was certified: whoever lay in casualty has left it, and the bed is free. As above.

    Not whoever was brought dead: they leave with the mortuary's people. Nor whose death was taken back since.
    """
    if not _is_dead_on_file(encounter_id):
        return False
    return _leave(encounter_id, Outcome.DIED, at=at)


def _leave(encounter_id: UUID, outcome: Outcome, *, at: datetime) -> bool:
    arrival = CasualtyArrival.objects.filter(encounter=encounter_id, left_at=None).first()
    if arrival is None or (outcome == Outcome.DIED and arrival.declared_dead_at):
        return False
    see_off(arrival=arrival, outcome=outcome, actor=None, at=at)
    return True


def follow_withdrawn_death(*, encounter_id: UUID, at: datetime) -> bool:
    """A death was taken back: whoever was brought dead by mistake and is still here, lives.

    The colour stays until somebody says another. Told again, nothing more happens. Whether there was such.
    """
    brought_dead = CasualtyArrival.objects.locked().filter(encounter=encounter_id, left_at=None)
    held = brought_dead.exclude(declared_dead_at=None).first()
    if held is None or _is_dead_on_file(encounter_id):
        return False
    held.declared_dead_at = None
    held.save(update_fields=["declared_dead_at"])
    _note("opd.casualty_found_alive", held, actor=None, at=at)
    return True


@act
def name_patient(
    *,
    arrival: CasualtyArrival,
    details: Mapping[str, Any],
    rev: int,
    actor: Any,
    at: datetime,
    probably_same_as: Patient | None = None,
) -> CasualtyArrival:
    """Give somebody who came without a name their own; the history keeps the stand-in.

    If they are on file already, `probably_same_as` says whom: both entries stay.
    """
    held = lock(CasualtyArrival, arrival.pk, "patient")
    if not held.patient.is_unknown:
        raise Refusal(_("This patient has a name already."))
    if probably_same_as is not None and probably_same_as.pk == held.patient_id:
        raise Refusal(_("This is the same entry. Choose the earlier one."), field="same_as")
    patients.edit_patient(patient=held.patient, details=details, rev=rev, actor=actor, at=at)
    held.probably_same_as = probably_same_as
    held.save(update_fields=["probably_same_as"])
    same = probably_same_as.pk if probably_same_as else None
    _note("opd.casualty_named", held, actor=actor, at=at, probably_same_as=same)
    return held


def _here(arrival: CasualtyArrival) -> CasualtyArrival:
    """The arrival, locked; refuses one who has left."""
    linked = ("encounter__facility", "encounter__patient")
    held = lock(CasualtyArrival, arrival.pk, *linked)
    if held.left_at:
        raise Refusal(_("This patient has left casualty."))
    return held


def _note(name: str, arrival: CasualtyArrival, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(
        name,
        about=arrival,
        actor=actor,
        at=at,
        patient_id=arrival.patient_id,
        facility_id=arrival.facility_id,
        **detail,
    )
