"""What is done in wards."""

from ipd.services.admitting import (
    Admitted,
    Admitting,
    Attendant,
    admit_patient,
    cancel_admission,
    change_team,
    edit_admission,
    refuse_no_doctor,
)
from ipd.services.stays import begin_leave, cradle_beside, end_leave, leave_bed, lock_admission, transfer_bed

__all__ = [
    "Admitted",
    "Admitting",
    "Attendant",
    "admit_patient",
    "begin_leave",
    "cancel_admission",
    "change_team",
    "cradle_beside",
    "edit_admission",
    "end_leave",
    "leave_bed",
    "lock_admission",
    "refuse_no_doctor",
    "transfer_bed",
]
