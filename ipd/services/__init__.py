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
from ipd.services.procedures import Performed, record_procedure
from ipd.services.seen import note_inpatient_seen
from ipd.services.stays import begin_leave, cradle_beside, end_leave, leave_bed, lock_admission, transfer_bed
from ipd.services.warnings import answer_warning, order_scale2, record_ward_vitals, score_recorded

__all__ = [
    "Admitted",
    "Admitting",
    "Attendant",
    "Performed",
    "admit_patient",
    "answer_opinion",
    "answer_warning",
    "ask_opinion",
    "begin_leave",
    "cancel_admission",
    "change_team",
    "cradle_beside",
    "edit_admission",
    "end_leave",
    "leave_bed",
    "lock_admission",
    "note_inpatient_seen",
    "order_scale2",
    "record_procedure",
    "record_ward_vitals",
    "refuse_no_doctor",
    "score_recorded",
    "transfer_bed",
    "withdraw_opinion",
]
