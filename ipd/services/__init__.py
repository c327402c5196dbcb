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
from ipd.services.bed_days import charge_all_bed_days, charge_bed_days, count_bed_days
from ipd.services.counting import count_day, count_missing_days
from ipd.services.deaths import Causes, DoubtfulDeath, Taker, hand_over_body, record_death
from ipd.services.leaving import (
    Ending,
    complete_discharge,
    initiate_discharge,
    pass_over_step,
    recall_discharge,
    tick_step,
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
from ipd.services.registers import (
    note_death_seen,
    note_discharge_seen,
    note_discharges_seen,
    note_register_seen,
    report_to_registrar,
)
from ipd.services.seen import note_inpatient_seen
from ipd.services.stays import begin_leave, cradle_beside, end_leave, leave_bed, lock_admission, transfer_bed
from ipd.services.summary import draft_summary, print_summary
from ipd.services.warnings import answer_warning, order_scale2, record_ward_vitals, score_recorded

__all__ = [
    "KEPT_AT_MOST",
    "KEPT_FOR",
    "Admitted",
    "Admitting",
    "Attendant",
    "Causes",
    "DayPrice",
    "DoubtfulDeath",
    "Ending",
    "Performed",
    "Taker",
    "admit_patient",
    "answer_opinion",
    "answer_warning",
    "ask_opinion",
    "begin_leave",
    "cancel_admission",
    "change_team",
    "change_ward",
    "charge_all_bed_days",
    "charge_bed_days",
    "complete_discharge",
    "count_bed_days",
    "count_day",
    "count_missing_days",
    "cradle_beside",
    "draft_summary",
    "edit_admission",
    "end_leave",
    "hand_over_body",
    "initiate_discharge",
    "leave_bed",
    "lock_admission",
    "note_death_seen",
    "note_discharge_seen",
    "note_discharges_seen",
    "note_inpatient_seen",
    "note_register_seen",
    "open_ward",
    "order_scale2",
    "pass_over_step",
    "print_summary",
    "put_bed_away",
    "put_bed_back",
    "ready_bed",
    "recall_discharge",
    "record_death",
    "record_procedure",
    "record_ward_vitals",
    "refuse_no_doctor",
    "release_bed",
    "report_to_registrar",
    "reserve_bed",
    "score_recorded",
    "set_inpatients",
    "start_cleaning",
    "take_out_of_service",
    "tick_step",
    "transfer_bed",
    "withdraw_opinion",
]
