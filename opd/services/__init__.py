"""What is done at the OPD: at the desk, in queues and doctors' rooms, on the hall's screens, in casualty."""

from opd.services.cancelling import Regret, cancel_token
from opd.services.casualty import (
    Coming,
    Escort,
    change_triage,
    give_bed,
    leave_as_dead,
    leave_for_the_ward,
    name_patient,
    register_casualty,
    see_off,
)
from opd.services.closing import Closing, close_clinic, open_clinic
from opd.services.consultations import (
    After,
    ComeAgain,
    follow_signature,
    note_room_seen,
    save_consultation,
    sign_consultation,
    start_consultation,
    submit_consultation,
)
from opd.services.desk import TokenHeld, Visit, note_seen, print_again, register_visit
from opd.services.displays import (
    Hung,
    display_with,
    edit_display,
    make_display,
    renew_display_key,
    revoke_display,
)
from opd.services.downtime import MOST_SHEETS, print_downtime_sheets
from opd.services.ending import end_clinic_day, end_days, finish_visits, finish_visits_at
from opd.services.queues import (
    begin_token,
    call_next,
    call_token,
    finish_token,
    leave_token,
    move_token,
    return_token,
    send_for_tests,
    skip_token,
)
from opd.services.referrals import Sending, refer_to_department, withdraw_referral
from opd.services.triage import triage_token

__all__ = [
    "MOST_SHEETS",
    "After",
    "Closing",
    "ComeAgain",
    "Coming",
    "Escort",
    "Hung",
    "Regret",
    "Sending",
    "TokenHeld",
    "Visit",
    "begin_token",
    "call_next",
    "call_token",
    "cancel_token",
    "change_triage",
    "close_clinic",
    "display_with",
    "edit_display",
    "end_clinic_day",
    "end_days",
    "finish_token",
    "finish_visits",
    "finish_visits_at",
    "follow_signature",
    "give_bed",
    "leave_as_dead",
    "leave_for_the_ward",
    "leave_token",
    "make_display",
    "move_token",
    "name_patient",
    "note_room_seen",
    "note_seen",
    "open_clinic",
    "print_again",
    "print_downtime_sheets",
    "refer_to_department",
    "register_casualty",
    "register_visit",
    "renew_display_key",
    "return_token",
    "revoke_display",
    "save_consultation",
    "see_off",
    "send_for_tests",
    "sign_consultation",
    "skip_token",
    "start_consultation",
    "submit_consultation",
    "triage_token",
    "withdraw_referral",
]
