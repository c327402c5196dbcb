"""What the two sides of an interaction mean by ingredients (`data/interaction_terms.csv`, with sources)."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

_STATED = Path(__file__).parent.parent / "data" / "interaction_terms.csv"
_CLASS = "class:"


@dataclass(frozen=True)
class Term:
    """One side of an interaction: its ingredients and classes, and the routes it speaks of (none: any)."""

    ingredients: frozenset[str]
    classes: frozenset[str]
    routes: frozenset[str]
    # The source speaks of no less than this much a day, for no less than so many days.
    least_daily_mg: Decimal | None = None
    least_days: int | None = None

    def names(self, ingredient: str, class_name: str, route: str) -> bool:
        """Whether this ingredient, given by this route, is meant."""
        if self.routes and route not in self.routes:
            return False
        return ingredient in self.ingredients or (bool(class_name) and class_name in self.classes)


def term(stated: str) -> Term | None:
    """What is meant by the words of an interaction; None: the list of terms does not know them."""
    return _terms().get(stated.casefold())


@lru_cache(maxsize=1)
def _terms() -> dict[str, Term]:
    with _STATED.open(encoding="utf-8", newline="") as lines:
        return {row["term"].casefold(): _read(row) for row in csv.DictReader(lines)}


def _read(row: dict[str, str]) -> Term:
    members = [one for one in row["members"].split("|") if one]
    return Term(
        ingredients=frozenset(one for one in members if not one.startswith(_CLASS)),
        classes=frozenset(one.removeprefix(_CLASS) for one in members if one.startswith(_CLASS)),
        routes=frozenset(one for one in row["routes"].split("|") if one),
        least_daily_mg=Decimal(row["least_daily_mg"]) if row["least_daily_mg"] else None,
        least_days=int(row["least_days"]) if row["least_days"] else None,
    )
