"""What was done on an inpatient: a procedure, or an operation with its number in the register."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from facilities.models import User
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.moments import Said, moment_of
from hmis.kernel.numbering import Series, next_number
from ipd.models import Admission, Procedure
from ipd.services.admitting import refuse_no_doctor
from ipd.services.hours import refuse_before_entry
from ipd.services.stays import lock_admission
from ipd.states import Anaesthesia


@dataclass(frozen=True, kw_only=True)
class Performed:
    """What was done, by whom, when and how."""

    name: str
    performed_by: User
    # None: it was begun now.
    began_at: Said = None
    # None: it is not said.
    ended_at: Said = None
    is_operation: bool = False
    side: str = ""
    assisted_by: str = ""
    anaesthesia: str = Anaesthesia.NONE
    anaesthetist: str = ""
    place: str = ""
    findings: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.performed_by.pk, *(getattr(self, name) for name in COLUMNS)]


COLUMNS = tuple(name for name in Performed.__dataclass_fields__ if name != "performed_by")
AS_SAID = tuple(name for name in COLUMNS if name not in ("began_at", "ended_at"))


@act
def record_procedure(
    *,
    admission: Admission,
    performed: Performed,
    request_key: UUID,
    actor: Any,
    at: datetime,
    confirm_early: bool = False,
) -> Procedure:
    """Write down what was done; an operation takes its number, last of all.

    Refuses a surgeon who is no doctor here, a time long before the admission or ahead, a stay that is over;
    raises BeforeEntry of a time shortly before the admission unless `confirm_early`.
    """
    body = [admission.pk, performed.claimed()]
    procedure_id, seen = requests.claim(request_key, "ipd.record_procedure", actor=actor, body=body)
    if seen:
        return Procedure.objects.get(pk=procedure_id)
    held = lock_admission(admission)
    began_at = moment_of(performed.began_at, at)
    ended_at = moment_of(performed.ended_at, at) if performed.ended_at else None
    _refuse_unfit(held, performed)
    _refuse_hours(began_at, ended_at, at)
    not_here = Refusal(_("The patient was not here at that time."), field="began_at")
    refuse_before_entry(held.patient, began_at, held.admitted_at, not_here, confirm=confirm_early)
    procedure = Procedure(
        id=procedure_id,
        facility_id=held.facility_id,
        admission=held,
        patient_id=held.patient_id,
        recorded_by=actor,
        recorded_at=at,
        performed_by=performed.performed_by,
        began_at=began_at,
        ended_at=ended_at,
        **{name: getattr(performed, name) for name in AS_SAID},
    )
    linked = ["facility", "admission", "patient", "performed_by", "recorded_by", "note", "number"]
    procedure.clean_fields(exclude=linked)
    if procedure.is_operation:
        procedure.number = next_number(held.facility, Series.OPERATION, at=at)
    facts.record(
        "ipd.procedure_recorded",
        about=procedure,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=[procedure],
        is_operation=procedure.is_operation,
    )
    return procedure


def _refuse_unfit(held: Admission, performed: Performed) -> None:
    if not performed.name.strip():
        raise Refusal(_("Write what was done."), field="name")
    try:
        refuse_no_doctor(performed.performed_by, held.facility_id)
    except Refusal as refusal:
        raise Refusal(_("There is no such doctor here."), field="performed_by") from refusal


def _refuse_hours(began_at: datetime, ended_at: datetime | None, at: datetime) -> None:
    if max(began_at, ended_at or began_at) > at:
        raise Refusal(_("This time lies ahead."), field="began_at")
    if ended_at and ended_at < began_at:
        raise Refusal(_("It cannot end before it began."), field="ended_at")
