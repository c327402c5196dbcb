"""What apps above add to a patient, or ask of a note: they register it here; none of them is imported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from patients.models import ClinicalNote, NoteKind, Patient


@dataclass(frozen=True)
class Part:
    """A part of the chart that another app fills: its heading, its page (of a patient), and who sees it."""

    title: Any
    page: str
    permission: str


Egfr = Callable[[Patient], tuple[Decimal, date] | None]
Demand = Callable[[ClinicalNote], None]
_parts: dict[str, Part] = {}
_known: dict[str, Egfr] = {}
_demands: dict[NoteKind, Demand] = {}


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


def demands(kind: NoteKind) -> Callable[[Demand], Demand]:
    """`@demands(kind)`: this function refuses the signature of a note of this kind that lacks something."""

    def register(demand: Demand) -> Demand:
        _demands[kind] = demand
        return demand

    return register


def refuse_lacking(note: ClinicalNote) -> None:
    """Refuses what an app above demands of a note before it is signed, or sent for its signature."""
    demand = _demands.get(NoteKind(note.kind))
    if demand:
        demand(note)
