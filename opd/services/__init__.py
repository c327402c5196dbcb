"""What is done at the OPD: at the desk and in the queues, and in casualty."""

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
    "Visit",
    "call_next",
    "call_token",
    "finish_token",
    "move_token",
    "register_visit",
    "skip_token",
]
