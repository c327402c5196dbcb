"""The ingredients of medicines by name (`data/ingredients.csv`, each with its ATC code and source)."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from patients.names import in_one_spelling

_STATED = Path(__file__).parent.parent / "data" / "ingredients.csv"


@dataclass(frozen=True)
class Ingredient:
    """An ingredient as the state's list writes it."""

    name: str
    atc_code: str


def ingredient_named(typed: str) -> Ingredient | None:
    """The ingredient of exactly this name, in English or Hindi; what only resembles it is not guessed."""
    return _by_name().get(even(typed))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Ingredient]:
    found: dict[str, Ingredient] = {}
    for ingredient, names in ingredients():
        for name in names:
            found.setdefault(even(name), ingredient)
    return found


@lru_cache(maxsize=1)
def ingredients() -> tuple[tuple[Ingredient, tuple[str, ...]], ...]:
    """All of them, each with its names."""
    with _STATED.open(encoding="utf-8", newline="") as lines:
        return tuple(
            (Ingredient(row["ingredient"], row["atc_code"]), tuple(_names(row)))
            for row in csv.DictReader(lines)
        )


def _names(row: dict[str, str]) -> list[str]:
    """As the list writes it; without and within its brackets; in Hindi."""
    plain, _bracket, within = row["ingredient"].partition("(")
    return [name for name in (row["ingredient"], plain, within.rstrip(") "), row["name_hi"]) if name.strip()]


def even(text: str) -> str:
    """A name without what is written now so, now so: co-trimoxazole, co trimoxazole, Cotrimoxazole."""
    return re.sub(r"[\s\-\u2010-\u2015]+", "", in_one_spelling(text))
