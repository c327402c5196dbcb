"""Vital signs: their codes and units, what cannot be, and what is asked about once.

`data/vitals.csv` has a line for each vital, with the source of its codes; it refuses only what its
definition excludes, and what no body and no device can show. `data/vitals_asked_about.csv` says beyond which
values the nurse is asked "Sure?": the outermost bands of the early warning scores, each with its source and
whether it is approved. Without a source no limit stands there.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_STATED = Path(__file__).parent / "data"
# Whose age is not known is asked about as a grown-up.
GROWN_UP_MONTHS = 16 * 12


@dataclass(frozen=True)
class Measure:
    """A vital: its LOINC and UCUM codes, and between what it can be."""

    code: str
    unit: str
    decimals: int
    low: Decimal | None
    high: Decimal | None
    choices: tuple[str, ...]

    def is_possible(self, value: Decimal) -> bool:
        return _lies_within(value, self.low, self.high)


# What a thermometer in Fahrenheit shows of the living; in Celsius nobody is so hot.
FAHRENHEIT = Decimal(90), Decimal(115)


def celsius_of(value: Decimal) -> Decimal | None:
    """The degrees Celsius of what is plainly Fahrenheit; None of anything else."""
    if not _lies_within(value, *FAHRENHEIT):
        return None
    return ((value - 32) * 5 / 9).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Limit:
    """Between what nobody is asked, for somebody of this age, or who is pregnant."""

    vital: str
    is_of_pregnancy: bool
    from_months: int
    to_months: int | None
    low: Decimal | None
    high: Decimal | None

    def is_for(self, months: int) -> bool:
        return self.from_months <= months and (self.to_months is None or months < self.to_months)


def asked_about(vital: str, value: Decimal, *, months: int | None, pregnant: bool) -> bool:
    """Whether the nurse is asked once if this value is meant. Pregnancy has limits of its own."""
    age = GROWN_UP_MONTHS if months is None else months
    fitting = [one for one in _LIMITS if one.vital == vital and one.is_of_pregnancy == pregnant]
    if pregnant and not fitting:
        fitting = [one for one in _LIMITS if one.vital == vital and not one.is_of_pregnancy]
    return any(one.is_for(age) and not _lies_within(value, one.low, one.high) for one in fitting)


def body_mass_index(weight: Decimal, height: Decimal) -> Decimal:
    """kg/m² of kilograms and centimetres, to one decimal."""
    return (weight / (height / 100) ** 2).quantize(Decimal("0.1"))


def _lies_within(value: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _rows(name: str) -> list[dict[str, str]]:
    with (_STATED / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _measure(row: dict[str, Any]) -> Measure:
    choices = tuple(row["choices"].split(";")) if row["choices"] else ()
    bounds = _number(row["low"]), _number(row["high"])
    return Measure(row["code"], row["unit"], int(row["decimals"]), *bounds, choices)


def _limit(row: dict[str, Any]) -> Limit:
    until = row["age_to_months"]
    return Limit(
        vital=row["vital"],
        is_of_pregnancy=row["who"] == "pregnant",
        from_months=int(row["age_from_months"] or 0),
        to_months=int(until) if until else None,
        low=_number(row["low"]),
        high=_number(row["high"]),
    )


MEASURES = {row["vital"]: _measure(row) for row in _rows("vitals.csv")}
_LIMITS = [_limit(row) for row in _rows("vitals_asked_about.csv")]
