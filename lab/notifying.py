"""What the weekly form L of IDSP counts, and what counts as positive. Pure (docs/adr/0342)."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.ranges import USUAL, is_unusual
from lab.states import ValueType

FILE = Path(__file__).parent / "data" / "idsp_l.csv"


@dataclass(frozen=True)
class Disease:
    """A line of the form: the tests that look for it, and whether each positive one is listed by person."""

    line: int
    name: str
    tests: tuple[str, ...]
    is_listed: bool


@cache
def diseases() -> tuple[Disease, ...]:
    """The lines of the form that have a test; the free lines below them are filled in by hand."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Disease(
                int(row["line"]),
                row["disease"],
                tuple(row["test_codes"].split(";")),
                row["line_list"] == "yes",
            )
            for row in csv.DictReader(file)
            if row["test_codes"]
        )


def is_positive(value: str, *, value_type: str, choices: Sequence[str]) -> bool | None:
    """Whether a result counts as positive; None where a person has to read it.

    A choice that is not the usual one is positive. Words (cultures, smears) name a germ or none, and no titre
    has a limit with a source here: a person says what they are. Empty and invalid results count as nothing.
    """
    if not value.strip():
        return False
    if value_type != ValueType.CHOICE or choices[0].casefold() not in USUAL:
        return None
    return bool(is_unusual(value, choices))
