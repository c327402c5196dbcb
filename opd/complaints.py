"""From what the clerk types to the departments it means: two letters, a department's name, a complaint.

The complaints are triage desk practice (`data/complaints.csv`, each row with its source and whether it is
approved); the departments' codes and short forms are our own (`data/departments.csv`).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from patients.names import in_one_spelling, sound_key

_STATED = Path(__file__).parent / "data"
_FEWEST_LETTERS = 2


@dataclass(frozen=True)
class Choice:
    """A department that the clerk may choose."""

    code: str
    name: str
    name_hi: str


@dataclass(frozen=True)
class Suggestion:
    """A department, what in both languages led to it, and whether that cannot wait."""

    code: str
    matched: str = ""
    matched_hi: str = ""
    red_flag: bool = False


class Nearness(IntEnum):
    """How near the typed text is to a phrase, the nearest first."""

    WHOLE, WORDS, BEGINNINGS = range(3)


@dataclass(frozen=True)
class Meaning:
    """Phrases in both languages that mean a department: the first of `codes` that the hospital has."""

    codes: tuple[str, ...]
    name: str
    name_hi: str
    phrases: tuple[str, ...]
    is_complaint: bool
    red_flag: bool = False


def departments_for(text: str, departments: Sequence[Choice]) -> list[Suggestion]:
    """The departments that the text means, the likeliest first, each once; red flags before equals."""
    typed = _even(text)
    if len(typed) < _FEWEST_LETTERS:
        return []
    meanings = (*map(_named, departments), *_complaints())
    offered = {choice.code for choice in departments}
    found: dict[str, Suggestion] = {}
    for meaning in _by_nearness(typed, meanings) or _by_sound(typed, meanings):
        code = next((code for code in meaning.codes if code in offered), None)
        if code:
            found.setdefault(code, Suggestion(code, meaning.name, meaning.name_hi, meaning.red_flag))
    return list(found.values())


def _by_nearness(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those met: the nearest, then the shortest, then departments, then red flags first."""
    # Two Latin letters are a department; as the beginning of a complaint they would be any of a dozen.
    only_whole = typed.isascii() and len(typed) <= _FEWEST_LETTERS
    placed = []
    for at, meaning in enumerate(meanings):
        places = [place for phrase in meaning.phrases if (place := _place(typed, phrase))]
        if places and (min(places)[0] is Nearness.WHOLE or not (only_whole and meaning.is_complaint)):
            placed.append((min(places), meaning.is_complaint, not meaning.red_flag, at))
    return [meanings[at] for *_, at in sorted(placed)]


def _place(typed: str, phrase: str) -> tuple[Nearness, int] | None:
    """How near the phrase is, and how many words it says beyond what was typed; None if it is not meant."""
    if phrase == typed:
        return Nearness.WHOLE, 0
    words, wanted = phrase.split(), _telling(typed)
    beyond = len(words) - len(wanted)
    if set(wanted) <= set(words) or set(map(sound_key, wanted)) <= _sounds(phrase):
        return Nearness.WORDS, beyond
    longer = [word for word in words if len(word) > _FEWEST_LETTERS]
    if all(any(word.startswith(start) for word in longer) for start in wanted):
        return Nearness.BEGINNINGS, beyond
    return None


def _by_sound(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those whose words begin with the sounds of an unusual spelling; two sounds would begin too many."""
    starts = [sound for word in _telling(typed) if len(sound := sound_key(word)) > _FEWEST_LETTERS]
    return [one for one in meanings if starts and any(_begin(starts, phrase) for phrase in one.phrases)]


def _begin(starts: list[str], phrase: str) -> bool:
    return all(any(sound.startswith(start) for sound in _sounds(phrase)) for start in starts)


def _telling(typed: str) -> list[str]:
    """The words typed without the little ones (me, ka, se), which say nothing."""
    words = typed.split()
    return [word for word in words if len(word) > _FEWEST_LETTERS] or words


@lru_cache(maxsize=4096)
def _sounds(phrase: str) -> frozenset[str]:
    """Hindi in Latin letters is spelt in many ways: bukhar and bukhaar sound like बुखार."""
    return frozenset(map(sound_key, phrase.split()))


def _even(text: str) -> str:
    """Small letters, one space, no nukta; आँख and आंख are one, जाँच and जांच too."""
    return " ".join(in_one_spelling(text).replace("़", "").replace(".", "").split())


# What the files state


def _named(choice: Choice) -> Meaning:
    names, _ = _departments()
    phrases = map(_even, (choice.code, choice.name, choice.name_hi, *names.get(choice.code, ())))
    return Meaning((choice.code,), choice.name, choice.name_hi, tuple(phrases), is_complaint=False)


@lru_cache(maxsize=1)
def _departments() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Other names by code; and by the name that complaints use, the code and those that stand in for it."""
    names: dict[str, tuple[str, ...]] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for row in _rows("departments.csv"):
        names[row["code"]] = (*row["letters"].split(), *_parts(row["also"], ";"))
        for name in _parts(row["named_in_complaints"], ";"):
            codes[name] = (row["code"], *row["otherwise"].split())
    return names, codes


@lru_cache(maxsize=1)
def _complaints() -> tuple[Meaning, ...]:
    _, codes = _departments()
    return tuple(
        Meaning(
            codes=codes.get(row["department"], ()),
            name=row["complaint_en"],
            name_hi=row["complaint_hi"],
            phrases=tuple(map(_even, _phrases(row))),
            is_complaint=True,
            red_flag=row["red_flag"] == "yes",
        )
        for row in _rows("complaints.csv")
    )


def _phrases(row: dict[str, str]) -> Iterator[str]:
    for said in (row["complaint_en"], row["complaint_hi"], row["other_words"]):
        yield from _parts(said.replace("/", " "), ",")


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_STATED / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
