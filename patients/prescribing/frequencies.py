"""How often: the codes of `data/frequencies.csv`, each with its words in both languages and its source."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

_STATED = Path(__file__).parent.parent / "data" / "frequencies.csv"
SLOTS = ("morning", "noon", "evening", "night")
# Given by the calendar: every so many days (the table's shares of a day are rounded).
EVERY = {"ALT": 2, "WEEKLY": 7, "FORTNIGHTLY": 14, "MONTHLY": 30}
TWICE_A_WEEK = "BIWEEKLY"
ONCE = {"STAT", "SINGLE"}
AS_NEEDED, AFTER_STOOL = "SOS", "AFTER-STOOL"


@dataclass(frozen=True)
class Frequency:
    """One code: its words, how many times a day (None: nobody knows before), at which times of the day."""

    code: str
    english: str
    hindi: str
    times_per_day: Decimal | None
    slots: tuple[str, ...]
    fhir_code: str
    fhir_system: str


def _frequency(row: dict[str, str]) -> Frequency:
    return Frequency(
        code=row["code"],
        english=row["english"],
        hindi=row["hindi"],
        times_per_day=Decimal(row["times_per_day"]) if row["times_per_day"] else None,
        slots=tuple(one for one in row["timing_icons"].split("|") if one),
        fhir_code=row["fhir_code"],
        fhir_system=row["fhir_system"],
    )


def _stated() -> dict[str, Frequency]:
    """Without the patterns, which a line holds as amounts, and without what says only when to eat."""
    with _STATED.open(encoding="utf-8", newline="") as lines:
        rows = [_frequency(row) for row in csv.DictReader(lines)]
    return {one.code: one for one in rows if one.code.count("-") < 2 and one.code not in {"AC", "PC", "PRN"}}


FREQUENCIES = _stated()
