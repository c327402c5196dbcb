"""Admission: one act from the door to a bed, with its number and whoever answers for the patient."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Department, User
from facilities.roles import Role
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.edits import refuse_changed, take_over
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.numbering import Series, next_number
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from ipd import documents, queries
from ipd.models import Admission, CareTeam
from ipd.queries import Admitted
from ipd.services.stays import cradle_beside, end_running, lock_admission, lock_with_beds
from ipd.states import ADMISSION_MOVES, AdmissionStatus, Consent, Source
from patients import services as patients
from patients.models import AdmissionRequest, BedStay, Encounter, EncounterClass, Patient
from patients.queries.merging import same_person
from patients.services import CaseDetails, Who

LINKED = [
    "facility",
    "encounter",
    "patient",
    "request",
    "came_from",
    "number",
    "admitted_by",
    "scale2_by",
    "initiated_by",
    "discharged_by",
    "cancelled_by",
]


# From where somebody comes whom this contact led here.
SOURCES = {EncounterClass.AMBULATORY: Source.OPD, EncounterClass.EMERGENCY: Source.CASUALTY}


@dataclass(frozen=True)
class Attendant:
    """Who stays with the patient, or is told."""

    name: str = ""
    relation: str = ""
    phone: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.name, self.relation, self.phone]


@dataclass(frozen=True)
class Admitting:
    """What the desk asks of an admission: where to, under whom, from where, with whose consent.

    A newborn lies `beside` its mother: no bed is chosen, its cradle stands next to hers.
    """

    department: Department
    bed: Bed | None = None
    beside: Admission | None = None
    consultant: User | None = None
    source: Source = Source.DIRECT
    request: AdmissionRequest | None = None
    came_from: Encounter | None = None
    diagnosis: str = ""
    attendant: Attendant = field(default_factory=Attendant)
    consent: Consent | str = ""
    consent_name: str = ""
    case: CaseDetails | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        rows = (self.department, self.bed, self.beside, self.consultant, self.request, self.came_from)
        said = [self.source, self.diagnosis, self.attendant.claimed(), self.consent, self.consent_name]
        return [[row and row.pk for row in rows], said, self.case.claimed() if self.case else []]


@act
def admit_patient(
    *,
    who: Who,
    admitting: Admitting,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_new: patients.ConfirmNew = False,
    confirm_bed: bool = False,
) -> Admitted:
    """Lay a patient into a bed of a ward: encounter, IPD number, bed, team, case and papers in one act.

    `who` is somebody on file, somebody nobody knows, or the details of somebody new. Refuses whoever is
    admitted already, a bed that is taken, a consultant who is no doctor here, a closed department, and a
    request that is not this patient's; raises DoubtfulBed unless `confirm_bed`. Where no contact is named
    that led here, it is the one that asked, or else `queries.contact_before`.
    """
    body = [patients.said_of(who), admitting.claimed()]
    admission_id, seen = requests.claim(request_key, "ipd.admit_patient", actor=actor, body=body)
    if seen:
        return queries.admitted(admission_id)
    _refuse_unfit(admitting, actor)
    mother = admitting.beside
    moving = [who if isinstance(who, Patient) else None, mother.patient if mother else None]
    # Nothing is locked after them: who is admitted has no stay yet by which they could be laid elsewhere.
    patients.lock_beds_of(moving, actor.posting.facility_id, admitting.bed, then=lambda: None)
    if admitting.request:
        patients.admit_requested(admitting.request, actor=actor, at=at)
    patient = patients.patient_of(who, actor=actor, at=at, confirm_new=confirm_new)
    if _lying_here(actor.posting.facility_id, [patient.pk]):
        raise Refusal(_("This patient is admitted already."))
    admitting = _with_contact(admitting, patient, at)
    _refuse_strangers(admitting, patient)
    encounter = patients.open_encounter(
        patient=patient,
        facility=admitting.department.facility,
        encounter_class=EncounterClass.INPATIENT,
        department=admitting.department,
        at=at,
        encounter_id=uuid7(),
        goes_on=admitting.came_from is not None,
    )
    bed = admitting.bed or cradle_beside(mother, actor=actor, at=at)
    patients.leave_beds(patient=patient, facility_id=encounter.facility_id, at=at)
    stay = patients.take_bed(encounter=encounter, bed=bed, actor=actor, at=at, confirm=confirm_bed)
    if stay.bed.is_for_day_care:
        encounter.encounter_class = EncounterClass.DAYCARE
    return _admit(admission_id, encounter, admitting, stay, actor=actor, at=at)


@Composed
def _lying_here(facility_id: UUID, person: list[UUID]) -> QuerySet[Admission, UUID]:
    lying = Admission.objects.going_on().filter(facility=facility_id, patient__in=same_person(*person))
    return lying.values_list("pk", flat=True)


def _admit(
    admission_id: UUID, encounter: Encounter, admitting: Admitting, stay: BedStay, *, actor: Any, at: datetime
) -> Admitted:
    """Writes what the act has made; the numbers are taken last."""
    attendant = admitting.attendant
    admission = Admission(
        id=admission_id,
        facility=encounter.facility,
        encounter=encounter,
        patient=encounter.patient,
        source=admitting.source,
        request=admitting.request,
        came_from=admitting.came_from,
        diagnosis=admitting.diagnosis,
        attendant_name=attendant.name,
        attendant_relation=attendant.relation,
        attendant_phone=attendant.phone,
        consent=admitting.consent,
        consent_name=admitting.consent_name,
        admitted_by=actor,
        admitted_at=at,
    )
    admission.clean_fields(exclude=LINKED)
    team = CareTeam(
        facility=encounter.facility,
        admission=admission,
        department=admitting.department,
        consultant=admitting.consultant,
        began_at=at,
        given_by=actor,
    )
    admission.number = next_number(encounter.facility, Series.ADMISSION, at=at)
    if admitting.came_from:
        _record("ipd.contact_led_to_admission", admitting.came_from, actor=actor, at=at)
    _record(
        "ipd.patient_admitted",
        admission,
        actor=actor,
        at=at,
        new=[encounter, admission, team, stay],
        source=admission.source,
        bed=stay.bed_id,
    )
    opened = None
    if admitting.case:
        opened = patients.add_case(encounter=encounter, details=admitting.case, actor=actor, at=at)
    # A case that is marked now is not written yet; one that comes along is.
    case = opened.case if opened else queries.case_of_contact(encounter.pk, encounter.patient_id)
    papers = documents.issue_admission_papers(admission, stay, team, case, actor=actor, at=at)
    write(*(opened.rows if opened else []), *papers)
    return Admitted(admission, stay, case)


def _with_contact(admitting: Admitting, patient: Patient, at: datetime) -> Admitting:
    """What the desk asks, with the contact that led here also where it named none: its case comes along."""
    asked, here = admitting.request, admitting.department.facility_id
    led = admitting.came_from or (asked.encounter if asked else queries.contact_before(patient, here, at))
    if led is None:
        return admitting
    is_said = admitting.source != Source.DIRECT
    source = admitting.source if is_said else SOURCES.get(EncounterClass(led.encounter_class), Source.DIRECT)
    return replace(admitting, came_from=led, source=source)


def _refuse_unfit(admitting: Admitting, actor: Any) -> None:
    department, here = admitting.department, actor.posting.facility_id
    if department.facility_id != here or not department.is_active:
        raise Refusal(_("There is no such department here."), field="department")
    if (admitting.bed is None) == (admitting.beside is None):
        raise Refusal(_("Choose the bed. A floor place or a trolley will also do."), field="bed")
    refuse_no_doctor(admitting.consultant, here)


def refuse_no_doctor(consultant: User | None, facility_id: UUID) -> None:
    """Whoever answers for an inpatient is a doctor who is posted at this hospital."""
    if consultant is None:
        return
    if not consultant.is_active or not any(
        posting.facility_id == facility_id and posting.role == Role.DOCTOR
        for posting in consultant.current_postings
    ):
        raise Refusal(_("There is no such doctor here."), field="consultant")


def _refuse_strangers(admitting: Admitting, patient: Patient) -> None:
    """What the desk names, or what led here, belongs to this patient's very record and to this hospital."""
    here = admitting.department.facility_id
    for row in (admitting.request, admitting.came_from):
        if row and (row.patient_id != patient.pk or row.facility_id != here):
            _refuse_other_record(row.patient_id, patient)
            raise Refusal(_("This is another patient's."), field="request")
    mother = admitting.beside
    if mother is None:
        return
    hers = patient.related_people.filter(relative__in=same_person(mother.patient_id))
    if mother.facility_id != here or not hers.exists():
        raise Refusal(_("This is not the child's mother."), field="beside")


def _refuse_other_record(other_id: UUID, patient: Patient) -> None:
    """A contact goes on under the record that it has: its case, its bed and its dues hang there."""
    joined = Patient.objects.filter(pk__in=same_person(patient.pk)).exclude(pk=patient.pk)
    if other := joined.filter(pk=other_id).first():
        raise Refusal(
            _("What led here goes on under another record of the same person. Take UHID %(uhid)s."),
            uhid=other.uhid_shown,
        )


@act
def cancel_admission(
    *, admission: Admission, why: str, request_key: UUID, actor: Any, at: datetime
) -> Admission:
    """Take back an admission that was a mistake: the bed is free, the number stays in its register.

    Refuses one of which anything was written, ordered or charged, and a reason that is missing.
    """
    if requests.was_sent(request_key, "ipd.cancel_admission", actor=actor, body=[admission.pk, why]):
        return Admission.objects.get(pk=admission.pk)
    held = lock_with_beds(admission)
    if not why:
        raise Refusal(_("Say why."), field="why")
    if queries.is_begun(held):
        raise Refusal(
            _("Something was written, ordered or charged in this stay. Discharge the patient instead.")
        )
    patients.leave_beds(patient=held.patient, facility_id=held.facility_id, at=at)
    patients.cancel_encounter(patients.lock_encounter(held.encounter), at=at)
    held.cancelled_by, held.cancelled_at, held.cancelled_why, held.left_at = actor, at, why, at
    held.clean_fields(exclude=LINKED)
    also = ("cancelled_by", "cancelled_at", "cancelled_why", "left_at")
    move(held, to=AdmissionStatus.CANCELLED, allowed=ADMISSION_MOVES, also=also)
    end_running(held.care_teams, at)
    end_running(held.leaves, at, ended_by=actor)
    _record("ipd.admission_cancelled", held, actor=actor, at=at)
    return held


@act
def edit_admission(
    *, admission: Admission, details: Mapping[str, Any], rev: int, actor: Any, at: datetime
) -> Admission:
    """Put the attendant or the diagnosis of the admission right; the history keeps what was.

    Refuses what somebody else changed meanwhile (`rev`).
    """
    held = lock_admission(admission)
    refuse_changed(held.rev, rev, _("Somebody else changed this stay meanwhile. Look again before you save."))
    changed = take_over(held, details)
    held.clean_fields(exclude=LINKED)
    held.save(update_fields=changed)
    _record("ipd.admission_edited", held, actor=actor, at=at, fields=changed)
    held.refresh_from_db(fields=["rev"])
    return held


@act
def change_team(
    *,
    admission: Admission,
    department: Department,
    consultant: User | None,
    why: str,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> CareTeam:
    """Another department or consultant answers for the inpatient from now on; the bed is another matter.

    Refuses no change, a missing reason, and who is no doctor here.
    """
    body = [admission.pk, department.pk, consultant and consultant.pk, why]
    team_id, seen = requests.claim(request_key, "ipd.change_team", actor=actor, body=body)
    if seen:
        return CareTeam.objects.get(pk=team_id)
    held = lock_admission(admission)
    if department.facility_id != held.facility_id or not department.is_active:
        raise Refusal(_("There is no such department here."), field="department")
    refuse_no_doctor(consultant, held.facility_id)
    was = held.care_teams.get(ended_at=None)
    if (was.department_id, was.consultant_id) == (department.pk, consultant and consultant.pk):
        raise Refusal(_("The patient is already under this doctor."), field="consultant")
    if not why:
        raise Refusal(_("Say why."), field="why")
    at = was.ended_at = max(at, was.began_at)
    was.save(update_fields=["ended_at"])
    team = CareTeam(
        id=team_id,
        facility_id=held.facility_id,
        admission=held,
        department=department,
        consultant=consultant,
        began_at=at,
        given_by=actor,
        why=why,
    )
    team.clean_fields(exclude=["facility", "admission", "department", "consultant", "given_by"])
    # Orders and notes of the ward are the department's that answers.
    patients.send_to_department(patients.lock_encounter(held.encounter), department)
    _record("ipd.team_changed", held, actor=actor, at=at, new=[team])
    return team


def _record(name: str, about: Any, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=about, actor=actor, at=at, patient_id=about.patient_id, **detail)
