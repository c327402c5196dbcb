"""A running medicine is not given for a while, and then again: its order stands all the time."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from patients.models import MedicationHold, MedicationRequest
from patients.services.writing import refuse_intern_deciding
from patients.states import MedicationStatus


@act
def hold_medicine(
    *, line: MedicationRequest, why: str, request_key: UUID, actor: Any, at: datetime
) -> MedicationHold:
    """Hold a running medicine from now on. Refuses interns, no reason, one that is held or does not run."""
    body = [line.pk, why]
    hold_id, seen = requests.claim(request_key, "patients.hold_medicine", actor=actor, body=body)
    if seen:
        return MedicationHold.objects.get(pk=hold_id)
    held = lock(MedicationRequest, line.pk)
    refuse_intern_deciding(actor)
    if held.status != MedicationStatus.ACTIVE:
        raise Refusal(_("This medicine is not being given."))
    if held.holds.filter(ended_at=None).exists():
        raise Refusal(_("This medicine is held already."))
    if not why.strip():
        raise Refusal(_("Say why it is held."), field="why")
    hold = MedicationHold(
        id=hold_id,
        facility_id=held.facility_id,
        patient_id=held.patient_id,
        request=held,
        why=why.strip(),
        began_at=at,
        began_by=actor,
    )
    hold.clean_fields(exclude=["facility", "patient", "request", "began_by", "ended_by"])
    _record("patients.medicine_held", held, actor=actor, at=at, new=[hold])
    return hold


@act
def resume_medicine(
    *, line: MedicationRequest, request_key: UUID, actor: Any, at: datetime
) -> MedicationHold:
    """Give a held medicine again from now on. Refuses interns, and what is not held."""
    if requests.was_sent(request_key, "patients.resume_medicine", actor=actor, body=[line.pk]):
        return line.holds.latest("began_at")
    held = lock(MedicationRequest, line.pk)
    refuse_intern_deciding(actor)
    hold = held.holds.filter(ended_at=None).first()
    if hold is None:
        raise Refusal(_("This medicine is not held."))
    hold.ended_at, hold.ended_by = at, actor
    hold.save(update_fields=["ended_at", "ended_by"])
    _record("patients.medicine_resumed", held, actor=actor, at=at)
    return hold


def _record(name: str, line: MedicationRequest, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=line, actor=actor, at=at, patient_id=line.patient_id, **detail)
