"""Requests to admit: asked by a doctor, accepted by the ward's desk, or cancelled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import Department
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients import documents
from patients.models import IN_A_WARD, AdmissionRequest, Encounter
from patients.services.beginning import refuse_beginning
from patients.services.people import lock_encounter
from patients.states import (
    ADMISSION_REQUEST_MOVES,
    AdmissionRequestStatus,
    EncounterStatus,
    Urgency,
    WardKind,
)

LINKED = ["facility", "encounter", "patient", "department", "requested_by", "accepted_by", "cancelled_by"]


@dataclass(frozen=True)
class Wish:
    """What a doctor asks of a ward."""

    department: Department
    reason: str
    diagnosis: str
    ward_kind: WardKind = WardKind.GENERAL
    urgency: Urgency = Urgency.ROUTINE

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.department.pk, self.ward_kind, self.urgency, self.reason, self.diagnosis]


@act
def request_admission(
    *, encounter: Encounter, wish: Wish, request_key: UUID, actor: Any, at: datetime
) -> AdmissionRequest:
    """Ask that the patient be admitted; the slip for the counter of admissions is ready to print.

    Refuses a cancelled encounter, a department that is closed or not here, whoever lies in a ward already or
    is dead, and a patient whom an open request asks for.
    """
    body = [encounter.pk, wish.claimed()]
    asked_id, seen = requests.claim(request_key, "patients.request_admission", actor=actor, body=body)
    if seen:
        return AdmissionRequest.objects.get(pk=asked_id)
    held = lock_encounter(encounter)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    if held.encounter_class in IN_A_WARD:
        raise Refusal(_("This patient is admitted already."))
    refuse_beginning(held.patient, goes_on=True)
    if wish.department.facility_id != held.facility_id or not wish.department.is_active:
        raise Refusal(_("There is no such department here."), field="department")
    asked = AdmissionRequest(
        id=asked_id,
        facility=held.facility,
        encounter=held,
        patient=held.patient,
        department=wish.department,
        ward_kind=wish.ward_kind,
        urgency=wish.urgency,
        reason=wish.reason,
        diagnosis=wish.diagnosis,
        requested_by=actor,
        requested_at=at,
    )
    asked.clean_fields(exclude=LINKED)
    write(asked, documents.issue_admission_slip(asked, actor=actor, at=at))
    _record("patients.admission_requested", asked, actor=actor, at=at, urgency=asked.urgency)
    return asked


@act
def accept_admission(
    *, asked: AdmissionRequest, request_key: UUID | None = None, actor: Any, at: datetime
) -> AdmissionRequest:
    """Say that the ward takes the patient."""
    seen = requests.was_sent(request_key, "patients.accept_admission", actor=actor, body=[asked.pk])
    held = lock(AdmissionRequest, asked.pk)
    if seen:
        return held
    held.accepted_by, held.accepted_at = actor, at
    also = ("accepted_by", "accepted_at")
    move(held, to=AdmissionRequestStatus.ACCEPTED, allowed=ADMISSION_REQUEST_MOVES, also=also)
    _record("patients.admission_accepted", held, actor=actor, at=at)
    return held


def admit_requested(asked: AdmissionRequest, *, actor: Any, at: datetime) -> AdmissionRequest:
    """The part of an act that lays the patient into a bed: nobody waits for them any more.

    Refuses a request that was cancelled or led to an admission already.
    """
    held = lock(AdmissionRequest, asked.pk)
    if held.accepted_at is None:
        held.accepted_by, held.accepted_at = actor, at
    also = ("accepted_by", "accepted_at")
    move(held, to=AdmissionRequestStatus.ADMITTED, allowed=ADMISSION_REQUEST_MOVES, also=also)
    return held


@act
def cancel_admission_request(
    *, asked: AdmissionRequest, why: str, request_key: UUID, actor: Any, at: datetime
) -> AdmissionRequest:
    """The patient is not admitted after all: nobody waits for them any more."""
    body = [asked.pk, why]
    seen = requests.was_sent(request_key, "patients.cancel_admission_request", actor=actor, body=body)
    held = lock(AdmissionRequest, asked.pk)
    if seen:
        return held
    if not why:
        raise Refusal(_("Say why."), field="why")
    held.cancelled_by, held.cancelled_at, held.cancelled_why = actor, at, why
    held.clean_fields(exclude=LINKED)
    also = ("cancelled_by", "cancelled_at", "cancelled_why")
    move(held, to=AdmissionRequestStatus.CANCELLED, allowed=ADMISSION_REQUEST_MOVES, also=also)
    _record("patients.admission_request_cancelled", held, actor=actor, at=at)
    return held


def _record(name: str, asked: AdmissionRequest, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=asked, actor=actor, at=at, patient_id=asked.patient_id, **detail)
