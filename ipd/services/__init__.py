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
from ipd.services.opinions import answer_opinion, ask_opinion, withdraw_opinion
from ipd.services.places import (
    KEPT_AT_MOST,
    KEPT_FOR,
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
from ipd.services.procedures import Performed, record_procedure
from ipd.services.seen import note_inpatient_seen
from ipd.services.stays import begin_leave, cradle_beside, end_leave, leave_bed, lock_admission, transfer_bed
from ipd.services.warnings import answer_warning, order_scale2, record_ward_vitals, score_recorded

__all__ = [
    "KEPT_AT_MOST",
    "KEPT_FOR",
    "Admitted",
    "Admitting",
    "Attendant",
    "DayPrice",
    "Performed",
    "admit_patient",
    "answer_opinion",
    "answer_warning",
    "ask_opinion",
    "begin_leave",
    "cancel_admission",
    "change_team",
    "change_ward",
    "cradle_beside",
    "edit_admission",
    "end_leave",
    "leave_bed",
    "lock_admission",
    "note_inpatient_seen",
    "open_ward",
    "order_scale2",
    "put_bed_away",
    "put_bed_back",
    "ready_bed",
    "record_procedure",
    "record_ward_vitals",
    "refuse_no_doctor",
    "release_bed",
    "reserve_bed",
    "score_recorded",
    "set_inpatients",
    "start_cleaning",
    "take_out_of_service",
    "transfer_bed",
    "withdraw_opinion",
]
