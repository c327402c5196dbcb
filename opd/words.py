"""What the hall hears: `टोकन संख्या बारह, कमरा नंबर चार`."""

import re

from billing.words import in_hindi


def call_out(token: int, room: str, place: str) -> str:
    """The call as it is spoken in Hindi; `place` is said where there is no room."""
    where = f"कमरा नंबर {_spelled(room)}" if room else place
    return f"टोकन संख्या {in_hindi(token)}, {where}"


def _spelled(room: str) -> str:
    """Its figures as words, the rest as it is written: `101 A` is `एक सौ एक A`."""
    apart = re.sub(r"\d+", lambda figures: f" {in_hindi(int(figures.group()))} ", room)
    return " ".join(apart.split())
