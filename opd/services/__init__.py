"""What is done at the OPD: at the desk and in the queues, and in casualty."""

from opd.services.casualty import (
    Coming,
    Escort,
    change_triage,
    give_bed,
    name_patient,
    register_casualty,
    see_off,
)
from opd.services.desk import (
    Visit,
    call_next,
    call_token,
    finish_token,
    move_token,
    register_visit,
    skip_token,
)

__all__ = [
    "Coming",
    "Escort",
    "Visit",
    "call_next",
    "call_token",
    "change_triage",
    "finish_token",
    "give_bed",
    "move_token",
    "name_patient",
    "register_casualty",
    "register_visit",
    "see_off",
    "skip_token",
]
