"""What an allergy that was written down means: an ingredient, a class, or nothing that the list knows."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from patients.names import is_devanagari
from patients.prescribing import even, ingredient_named, ingredients
from patients.prescribing.finding import by_ear, joined, slips
from patients.prescribing.medicines import Substance

_STATED = Path(__file__).parent.parent / "data" / "allergy_words.csv"
BETA_LACTAMS = {"penicillins", "cephalosporins", "carbapenems"}
# What a source says of allergy across classes, by the words of its note.
AFTER_BETA_LACTAM = "any beta-lactam"
CEPHALOSPORIN_AFTER = "cephalosporin only if"
AFTER_SULFONAMIDE = "Sulfonamide allergy"
GROUPED = "class grouping by compiler"


@dataclass(frozen=True, slots=True)
class Allergen:
    """Something a patient does not tolerate, as it was told, and what the list makes of it."""

    told: str
    ingredient: str = ""
    class_name: str = ""
    reaction: str = ""
    severity: str = ""
    id: Any = None

    @property
    def is_known(self) -> bool:
        """Whether any medicine is checked against it. What is not known raises no alert, and is told."""
        return bool(self.ingredient or self.class_name)


def allergen(told: str, *, ingredient: str = "", **more: Any) -> Allergen:
    """What was told, by the ingredient it was coded with, else by its own words."""
    by_word = _words().get(even(told))
    found = None if ingredient else ingredient_named(told)
    if ingredient or found:
        return Allergen(told, ingredient or (found.name if found else ""), "", **more)
    if by_word:
        return Allergen(told, by_word["ingredient"], by_word["class"], **more)
    return Allergen(told, **more)


# ── What is offered while somebody types one ──

MOST_OFFERED = 6
SHORTEST, LONGEST = 2, 80
NAME, WORD, HEARD, LIKE = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Offered:
    """A word that medicines are checked against, and the ingredient or class that it stands for."""

    value: str
    meaning: str


def offered(typed: str, *, most: int = MOST_OFFERED) -> list[Offered]:
    """The words that may be meant, each meaning once: those that begin so, by ear, else a slip away."""
    plain = joined("".join(typed.split()))
    if not SHORTEST <= len(plain) <= LONGEST:
        return []
    found = [(near, one) for one in _offers() if (near := one.closeness(plain)) is not None]
    if not found:
        sound = by_ear(plain)
        allowed = 0 if len(sound) < 5 else 1 if len(sound) < 8 else 2
        found = [(LIKE, one) for one in _offers() if one.resembles(sound, allowed)]
    best: dict[str, Offered] = {}
    for _near, one in sorted(found, key=lambda pair: (pair[0], len(pair[1].word.value))):
        best.setdefault(one.means, one.word)
    return list(best.values())[:most]


@dataclass(frozen=True, slots=True)
class _Offer:
    word: Offered
    means: str
    name: str
    words: tuple[str, ...]

    def closeness(self, plain: str) -> int | None:
        if self.name.startswith(plain):
            return NAME
        if any(word.startswith(plain) for word in self.words):
            return WORD
        sound = by_ear(plain)
        return HEARD if len(sound) > SHORTEST and by_ear(self.name).startswith(sound) else None

    def resembles(self, sound: str, allowed: int) -> bool:
        return any(slips(sound, by_ear(word), allowed) <= allowed for word in self.words)


@lru_cache(maxsize=1)
def _offers() -> tuple[_Offer, ...]:
    """Each ingredient by its name in both scripts, and each word for one or for a class."""
    made = []
    for ingredient, names in ingredients():
        hindi = next((name for name in names if is_devanagari(name)), "")
        others = [name for name in names if name != hindi]
        made.append(_offer(ingredient.name, ingredient.name, others))
        if hindi:
            made.append(_offer(hindi, ingredient.name, [hindi]))
    for row in _words().values():
        made.append(_offer(row["word"], row["ingredient"] or row["class"], [row["word"]]))
    return tuple(made)


def _offer(value: str, means: str, names: Sequence[str]) -> _Offer:
    words = [part.strip("()") for name in names for part in name.replace("-", " ").split()]
    meaning = "" if means.casefold() == value.casefold() else means
    name = joined("".join(value.split()))
    return _Offer(Offered(value, meaning), means, name, tuple({joined(word) for word in (*words, name)}))


@dataclass(frozen=True, slots=True)
class Cross:
    """Why an allergy speaks against another ingredient: the source's sentence, or the class alone."""

    class_name: str
    note: str
    same_class: bool


def crosses(allergic_to: Allergen, given: Substance, substances: Mapping[str, Substance]) -> Cross | None:
    """Why this allergy speaks against that ingredient; None: nothing in the list says so."""
    other = substances.get(allergic_to.ingredient)
    class_name = allergic_to.class_name or (other.class_name if other else "")
    if not class_name or other is given:
        return None
    if class_name == given.class_name:
        note = given.cross_note or (other.cross_note if other else "")
        # An ingredient's class counts where a source says so, or where the list grouped it for allergies.
        told = bool(allergic_to.class_name) or note or GROUPED in given.source
        return Cross(class_name, note, same_class=True) if told else None
    return next((one for one in _across(class_name, given, substances)), None)


def _across(class_name: str, given: Substance, substances: Mapping[str, Substance]) -> Iterator[Cross]:
    if AFTER_BETA_LACTAM in given.cross_note and class_name in BETA_LACTAMS:
        yield Cross(class_name, given.cross_note, same_class=False)
    if given.class_name == "cephalosporins" and CEPHALOSPORIN_AFTER in _note(class_name, substances):
        yield Cross(class_name, _note(class_name, substances), same_class=False)
    if given.cross_note.startswith(AFTER_SULFONAMIDE) and class_name == "sulfonamides":
        yield Cross(class_name, given.cross_note, same_class=False)


def _note(class_name: str, substances: Mapping[str, Substance]) -> str:
    return next((one.cross_note for one in substances.values() if one.class_name == class_name), "")


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    with _STATED.open(encoding="utf-8", newline="") as lines:
        return {even(row["word"]): row for row in csv.DictReader(lines)}
