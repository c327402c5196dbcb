"""How alike two facilities' names are: by their trigrams, without the words that every second one bears."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

# These two thirds of all names have: they tell nobody apart. A kind that the HFR knows is written beside.
COMMON = {
    *(
        "hospital",
        "hospitals",
        "clinic",
        "clinics",
        "centre",
        "center",
        "nursing",
        "home",
        "private",
        "pvt",
        "ltd",
    ),
    *("limited", "the", "and", "dr", "research", "medical", "health", "care", "govt", "government"),
    *("अस्पताल", "हॉस्पिटल", "क्लिनिक", "केंद्र", "केन्द्र", "नर्सिंग", "होम", "स्वास्थ्य", "डॉ"),
}
ALIKE = 0.5


def key(name: str) -> str:
    """A name by its letters alone: two that differ in case, dots and gaps are one."""
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    spelled = unicodedata.normalize("NFC", name).casefold()
    kept = "".join(one if unicodedata.category(one)[0] in "LMN" else " " for one in spelled)
    return kept.split()


def grams(name: str) -> frozenset[str]:
    """The name's trigrams, as pg_trgm makes them: of each word, with two gaps before and one behind it.

    A name of common words alone keeps them.
    """
    words = _words(name)
    telling = [one for one in words if one not in COMMON] or words
    padded = [f"  {one} " for one in telling]
    return frozenset(one[at : at + 3] for one in padded for at in range(len(one) - 2))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Between 0 and 1: shared trigrams over all that either has."""
    return len(one & other) / len(one | other) if one or other else 0.0


class Names:
    """Names that are found again by others like them, in places that are kept apart."""

    def __init__(self, known: Iterable[tuple[Any, Any, str]]) -> None:
        """`known` are (place, what it stands for, name)."""
        self.grams: dict[tuple[int, Any], frozenset[str]] = {}
        self.bearing: dict[tuple[Any, str], list[tuple[int, Any]]] = {}
        for number, (place, stands_for, name) in enumerate(known):
            mine = (number, stands_for)
            self.grams[mine] = grams(name)
            for gram in self.grams[mine]:
                self.bearing.setdefault((place, gram), []).append(mine)

    def like(self, place: Any, name: str, *, most: int = 3) -> list[Any]:
        """What stands for a name like this one there, the most alike first."""
        wanted = grams(name)
        shared = Counter(mine for gram in wanted for mine in self.bearing.get((place, gram), ()))
        scored = {mine: likeness(wanted, self.grams[mine]) for mine in shared}
        found = sorted((mine for mine in scored if scored[mine] >= ALIKE), key=lambda one: -scored[one])
        return list(dict.fromkeys(stands_for for _number, stands_for in found))[:most]
