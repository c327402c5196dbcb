"""The free-drug counter: given, given in part, not available; put right by another answer."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write
from patients.models import MedicationDispense, MedicationRequest, Patient
from patients.states import DispenseOutcome, MedicationStatus


@act
def dispense(
    *,
    line: MedicationRequest,
    outcome: DispenseOutcome,
    quantity: Decimal | None = None,
    corrects: UUID | None = None,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> MedicationDispense:
    """What the counter did about a line of a signed prescription; `corrects` is the answer that stands.

    Refuses a line that is not signed or was stopped, a part that is none, and an answer to what somebody else
    has answered meanwhile.
    """
    body = [line.pk, outcome, quantity, corrects]
    given_id, seen = requests.claim(request_key, "patients.dispense", actor=actor, body=body)
    if seen:
        return MedicationDispense.objects.get(pk=given_id)
    held = lock(MedicationRequest, line.pk)
    if held.status != MedicationStatus.ACTIVE:
        raise Refusal(_("This medicine is %(status)s."), status=held.get_status_display())
    last = held.dispenses.filter(corrected_by=None).select_related("given_by").first()
    if (last.pk if last else None) != corrects:
        by = str(last.given_by) if last else ""
        raise Refusal(_("The counter has answered this line meanwhile: %(by)s."), by=by)
    if outcome == DispenseOutcome.PART:
        _refuse_no_part(held, quantity)
    given = MedicationDispense(
        id=given_id,
        facility_id=held.facility_id,
        patient_id=held.patient_id,
        request=held,
        corrects=last,
        outcome=outcome,
        quantity={DispenseOutcome.GIVEN: held.quantity, DispenseOutcome.PART: quantity}.get(outcome),
        given_by=actor,
        given_at=at,
    )
    write(given)
    facts.record(
        "patients.medicine_dispensed",
        about=given,
        actor=actor,
        at=at,
        patient_id=given.patient_id,
        outcome=outcome,
    )
    return given


def _refuse_no_part(line: MedicationRequest, quantity: Decimal | None) -> None:
    if quantity is None or quantity <= 0:
        raise Refusal(_("Write how much was given."), field="quantity")
    if line.quantity is not None and quantity >= line.quantity:
        raise Refusal(
            _("This is not less than was prescribed: %(all)s."), field="quantity", all=line.quantity
        )


@act
def note_prescriptions_seen(*, patient: Patient, actor: Any, at: datetime) -> None:
    """Write down that somebody read what is prescribed to a patient."""
    facts.record("patients.prescriptions_viewed", about=patient, actor=actor, at=at, patient_id=patient.pk)
