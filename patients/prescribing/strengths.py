"""What one tablet, 5 mL or one puff holds of each ingredient, read from the strength as it is printed.

A strength that cannot be read is not known: a range, a dose pack, a part without its unit.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

MILLIGRAMS = {"mcg": Decimal("0.001"), "mg": Decimal(1), "g": Decimal(1000)}
_LAC = Decimal(100_000)
_PART = re.compile(
    r"(?:equivalent to )?(?P<number>[0-9][0-9.,]*) ?(?:(?P<lac>lac) )?(?P<unit>mcg|mg|g|IU|units|%)"
    r"(?: elemental [a-z]+| w/v)?",
    re.IGNORECASE,
)
_PER = re.compile(
    r"^(?P<parts>.*?)(?:/(?P<number>[0-9.]+)? ?(?P<unit>mL|dose|vial|actuation))?$", re.IGNORECASE
)
# What is said beside a strength and changes nothing of it.
_ASIDE = re.compile(r" \([^+]*\)$| in [0-9.]+ mL vial$")


@dataclass(frozen=True)
class Part:
    """One ingredient's amount as printed, and in milligrams, units or per cent."""

    number: Decimal
    unit: str
    amount: Decimal
    measure: str


@dataclass(frozen=True)
class Strength:
    """The parts in the ingredients' order, in so many millilitres; None: in each tablet, vial or puff."""

    parts: tuple[Part, ...]
    millilitres: Decimal | None

    def numbers(self) -> tuple[Decimal, ...]:
        return tuple(part.number for part in self.parts)

    def total(self) -> Decimal | None:
        """625 of "500 mg + 125 mg": how combinations are called; None where the units differ."""
        same = len({part.unit for part in self.parts}) == 1
        return sum((part.number for part in self.parts), Decimal(0)) if same else None

    def is_called(self, number: Decimal, unit: str) -> bool:
        """Whether it is called so: by the number of its first part, or a combination by the sum of all."""
        first = self.parts[0]
        if unit in MILLIGRAMS:
            same = all(part.measure == "mg" for part in self.parts)
            sums = {first.amount, sum((part.amount for part in self.parts), Decimal(0))}
            return first.measure == "mg" and number * MILLIGRAMS[unit] in (sums if same else {first.amount})
        if unit in {"unit", "%"}:
            return first.measure == unit and number == first.amount
        return number in {first.number, self.total()}


@lru_cache(maxsize=4096)
def strength_of(printed: str) -> Strength | None:
    """A printed strength; None where it cannot be read without guessing."""
    said = _PER.match(_ASIDE.sub("", printed.strip()))
    if said is None:
        return None
    parts = [_part(one) for one in said["parts"].split(" + ")]
    if not all(parts):
        return None
    in_liquid = (said["unit"] or "").lower() == "ml"
    return Strength(
        tuple(part for part in parts if part), Decimal(said["number"] or 1) if in_liquid else None
    )


def _part(printed: str) -> Part | None:
    said = _PART.fullmatch(printed)
    if said is None:
        return None
    unit = said["unit"].lower()
    number = Decimal(said["number"].replace(",", "")) * (_LAC if said["lac"] else 1)
    if unit in MILLIGRAMS:
        return Part(number, unit, number * MILLIGRAMS[unit], "mg")
    return Part(number, unit, number, "%" if unit == "%" else "unit")
