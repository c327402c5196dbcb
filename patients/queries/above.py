"""What apps above add to a patient: they register it here when they start; none of them is imported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from patients.models import Patient


@dataclass(frozen=True)
class Part:
    """A part of the chart that another app fills: its heading, its page (of a patient), and who sees it."""

    title: Any
    page: str
    permission: str


Egfr = Callable[[Patient], tuple[Decimal, date] | None]
_parts: dict[str, Part] = {}
_known: dict[str, Egfr] = {}


def add_part(title: Any, *, page: str, permission: str) -> None:
    """Have the chart ask `page` for one of its parts. It comes by itself, after the chart is there."""
    _parts[page] = Part(title, page, permission)


def parts_for(user: Any) -> list[Part]:
    """The parts that this person sees."""
    return [one for one in _parts.values() if user.may(one.permission)]


def tells_egfr(tell: Egfr) -> Egfr:
    """`@tells_egfr`: this function of the laboratory knows a patient's newest authorised eGFR and its day."""
    _known["egfr"] = tell
    return tell


def last_egfr(patient: Patient) -> tuple[Decimal, date] | None:
    """The newest eGFR with its day; None where none is known, or where nothing above tells it."""
    tell = _known.get("egfr")
    return tell(patient) if tell else None
