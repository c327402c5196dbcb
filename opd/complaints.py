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
# Shorter words sound like any other: टूट like tooth.
_FEWEST_SOUNDS = 4

# They join words, and say nothing of what ails.
_LITTLE_WORDS = """
    me mein men mei ne ka ki ke ko se pe par hai hain ho hua hui raha rahi rahe mera meri mere mujhe aur
    a in is my of on the to with
    में मे ने का की के को से पे पर है हैं हो हुआ हुई रहा रही रहे मेरा मेरी मेरे मुझे और
"""
_LITTLE = frozenset(_LITTLE_WORDS.split())
# Alone they do not say where.
_VAGUE = frozenset({"dard", "pain", "दर्द"})
# Read letter by letter: nothing else sounds like them.
_ABBREVIATIONS = frozenset({"anc", "bp", "tb"})


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
    ways = (_by_nearness, _by_stem, _by_parts, _by_sound)
    for meaning in next(filter(None, (way(typed, meanings) for way in ways)), []):
        code = next((code for code in meaning.codes if code in offered), None)
        if code:
            found.setdefault(code, Suggestion(code, meaning.name, meaning.name_hi, meaning.red_flag))
    return list(found.values())


def _by_nearness(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those met: the nearest, then the shortest, then departments, then red flags first."""
    # Two letters are a department; as the beginning of a complaint they would be any of a dozen.
    only_whole = len(typed) <= _FEWEST_LETTERS
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
    wanted = _telling(typed)
    if not wanted:
        return None
    words = _words(phrase)
    beyond = len(words) - len(wanted)
    if wanted <= words or _sounds(wanted) <= _sounds(words):
        return Nearness.WORDS, beyond
    longer = [word for word in words if len(word) > _FEWEST_LETTERS]
    if all(any(word.startswith(start) for word in longer) for start in wanted):
        return Nearness.BEGINNINGS, beyond
    return None


def _by_stem(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those that say the same words with other endings: सीने is सीना, kutte is kutta."""
    stems = _stems(_telling(typed))
    placed = []
    for at, meaning in enumerate(meanings):
        said = [words for phrase in meaning.phrases if stems and stems <= _stems(words := _words(phrase))]
        if said:
            placed.append((min(map(len, said)), meaning.is_complaint, not meaning.red_flag, at))
    return [meanings[at] for *_, at in sorted(placed)]


def _by_parts(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those with a whole phrase among much that was typed: red flags, departments, the longest first."""
    said = _words(typed)
    said |= _long_sounds(said)
    placed = []
    for at, meaning in enumerate(meanings):
        parts = (_words(phrase) for phrase in meaning.phrases if len(phrase) > _FEWEST_LETTERS)
        met = (part for part in parts if all(word in said or _heard(word) in said for word in part))
        longest = max(map(len, met), default=0)
        if longest:
            placed.append((not meaning.red_flag, meaning.is_complaint, -longest, at))
    return [meanings[at] for *_, at in sorted(placed)]


def _by_sound(typed: str, meanings: Sequence[Meaning]) -> list[Meaning]:
    """Those whose words begin with the sounds of an unusual spelling; a few sounds would begin too many."""
    starts = _long_sounds(_telling(typed))
    return [one for one in meanings if starts and any(_begin(starts, phrase) for phrase in one.phrases)]


def _begin(starts: frozenset[str], phrase: str) -> bool:
    return all(any(sound.startswith(start) for sound in _sounds(_words(phrase))) for start in starts)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=4096)
def _telling(typed: str) -> frozenset[str]:
    """The words that say what ails; none, if they do not even say where it hurts."""
    words = _words(typed) - _LITTLE
    return frozenset() if words <= _VAGUE else words


@lru_cache(maxsize=4096)
def _sounds(words: frozenset[str]) -> frozenset[str]:
    """Hindi in Latin letters is spelt in many ways: bukhar and bukhaar sound like बुखार."""
    return frozenset(word if word in _ABBREVIATIONS else _heard(word) for word in words)


def _long_sounds(words: frozenset[str]) -> frozenset[str]:
    return frozenset(sound for sound in _sounds(words) if len(sound) >= _FEWEST_SOUNDS)


@lru_cache(maxsize=4096)
def _heard(word: str) -> str:
    """A word's sound; before lips a nasal is an m or an n: सांप is saanp."""
    return sound_key(word).replace("mp", "np").replace("mb", "nb")


def _stems(words: frozenset[str]) -> frozenset[str]:
    return frozenset(sound.rstrip("aeiou") or sound for sound in _sounds(words))


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
    # In a name a comma goes on (a hernia that is stuck, and vomiting); among other words it parts them.
    for name in (row["complaint_en"], row["complaint_hi"]):
        yield name.replace("/", " ").replace(",", " ")
    yield from _parts(row["other_words"].replace("/", " "), ",")


def _parts(text: str, separator: str) -> list[str]:
    return [part.strip() for part in text.split(separator) if part.strip()]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_STATED / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
