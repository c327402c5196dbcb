"""What is done at the OPD: at the desk, in the queues, on the hall's screens, and in casualty."""

from opd.services.cancelling import Regret, cancel_token
from opd.services.casualty import (
    Coming,
    Escort,
    change_triage,
    give_bed,
    name_patient,
    register_casualty,
    see_off,
)
from opd.services.closing import Closing, close_clinic, open_clinic
from opd.services.desk import Visit, note_seen, register_visit
from opd.services.displays import (
    Hung,
    display_with,
    edit_display,
    make_display,
    renew_display_key,
    revoke_display,
)
from opd.services.downtime import MOST_SHEETS, print_downtime_sheets
from opd.services.queues import call_next, call_token, finish_token, move_token, skip_token
from opd.services.referrals import Sending, refer_to_department, withdraw_referral
from opd.services.triage import triage_token

__all__ = [
    "MOST_SHEETS",
    "Closing",
    "Coming",
    "Escort",
    "Hung",
    "Regret",
    "Sending",
    "Visit",
    "call_next",
    "call_token",
    "cancel_token",
    "change_triage",
    "close_clinic",
    "display_with",
    "edit_display",
    "finish_token",
    "give_bed",
    "make_display",
    "move_token",
    "name_patient",
    "note_seen",
    "open_clinic",
    "print_downtime_sheets",
    "refer_to_department",
    "register_casualty",
    "register_visit",
    "renew_display_key",
    "revoke_display",
    "see_off",
    "skip_token",
    "triage_token",
    "withdraw_referral",
]
