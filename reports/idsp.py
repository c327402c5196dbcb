"""What the weekly form P of IDSP asks: presumptive cases by the codes of diagnoses. Pure (docs/adr/0397)."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "idsp_p.csv"
# Acute flaccid paralysis is asked of children alone.
UNDER_AGE = {18: 15}
_RANGE = re.compile(r"([A-Z])(\d\d)(?:-([A-Z])(\d\d))?\Z")


@dataclass(frozen=True)
class Syndrome:
    """A line of the form, and with what the codes begin that count for it; none: filled in by hand."""

    line: int
    name: str
    name_hi: str
    codes: tuple[str, ...]
    # As the list states them: A09;B15-B17.
    stated: str

    @property
    def under_age(self) -> int | None:
        """Counted only under this age in years; None: at any age."""
        return UNDER_AGE.get(self.line)


@cache
def syndromes() -> tuple[Syndrome, ...]:
    """The lines of the form in their order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Syndrome(
                int(row["line"]),
                row["name"],
                row["name_hi"],
                tuple(_beginnings(row["icd10_suggested"])),
                row["icd10_suggested"].replace(";", ", "),
            )
            for row in csv.DictReader(file)
        )


def _beginnings(stated: str) -> Iterator[str]:
    """A09;B15-B17 as A09, B15, B16, B17. A code with a dot stands for itself."""
    for one in filter(None, stated.split(";")):
        span = _RANGE.match(one)
        if span is None or span[3] is None:
            yield one
        elif span[1] != span[3]:
            raise ValueError(f"{one} spans two chapters.")
        else:
            yield from (f"{span[1]}{number:02d}" for number in range(int(span[2]), int(span[4]) + 1))


def line_of(code: str) -> int | None:
    """The line of the form that this ICD-10 code counts for."""
    return next((one.line for one in syndromes() if code.startswith(one.codes)), None)
