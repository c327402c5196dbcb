"""What is done in wards."""

from ipd.services.admitting import (
    Admitted,
    Admitting,
    Attendant,
    admit_patient,
    cancel_admission,
    change_team,
    refuse_no_doctor,
)
from ipd.services.places import (
    DayPrice,
    change_ward,
    open_ward,
    put_bed_away,
    put_bed_back,
    ready_bed,
    release_bed,
    reserve_bed,
    set_inpatients,
    start_cleaning,
    take_out_of_service,
)
from ipd.services.stays import begin_leave, cradle_beside, end_leave, leave_bed, lock_admission, transfer_bed

__all__ = [
    "Admitted",
    "Admitting",
    "Attendant",
    "DayPrice",
    "admit_patient",
    "begin_leave",
    "cancel_admission",
    "change_team",
    "change_ward",
    "cradle_beside",
    "end_leave",
    "leave_bed",
    "lock_admission",
    "open_ward",
    "put_bed_away",
    "put_bed_back",
    "ready_bed",
    "refuse_no_doctor",
    "release_bed",
    "reserve_bed",
    "set_inpatients",
    "start_cleaning",
    "take_out_of_service",
    "transfer_bed",
]
