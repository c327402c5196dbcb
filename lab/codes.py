"""Tests by words: abbreviations, English, Hindi in both scripts, a slip of the finger. Pure: no database.

Some hundred and sixty tests are searched: looking at each of their words is quick enough without an index.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from patients.names import in_one_spelling, sound_key

MOST_FOUND = 10
LONGEST_TYPED = 300
MOST_PARTS = 20
_WORD = re.compile(r"[a-z0-9ऀ-ॿ]+")
_BETWEEN = re.compile(r"[,;+\n،।]+")
# Written in two words or one.
_JOINED = (("x ray", "xray"), ("एक्स रे", "एक्सरे"), ("एक्स रेज", "एक्सरे"), ("ultra sound", "ultrasound"))
# Words that say nothing of a test, where another does.
_LITTLE = frozenset(
    [
        *("test", "tests", "of", "for", "the", "and", "view", "serum"),
        *("ki", "ka", "ke", "kee", "jaanch", "janch", "jach", "की", "का", "के", "जांच", "टेस्ट"),
    ]
)
# How the words were met.
_WHOLE, _WORDS, _STARTS, _SOUND, _LIKE = range(5)
# A test as it is searched: its code, and all that it is called.
Called = tuple[str, tuple[str, ...]]
# How the words were met, how many are said beyond them, where the test stands in the list.
Place = tuple[int, int, int]


@dataclass(frozen=True)
class Part:
    """One test of those that were typed: its text, what it means ("" if that is not sure), how urgently."""

    text: str
    code: str
    is_urgent: bool


@dataclass(frozen=True)
class _Phrase:
    """Something that means a test."""

    at: int
    words: tuple[str, ...]
    said: str  # each word behind a space: whether one begins so is one look


class Catalogue:
    """The tests that can be ordered, by all that they are called."""

    def __init__(self, called: Iterable[Called]) -> None:
        self.codes: list[str] = []
        self.phrases: list[_Phrase] = []
        for at, (code, names) in enumerate(called):
            self.codes.append(code)
            for name in (code, *names):
                words = tuple(_WORD.findall(_even(name)))
                if words:
                    self.phrases.append(_Phrase(at, words, "".join(f" {word}" for word in words)))
        self.known = sorted({word for phrase in self.phrases for word in phrase.words})
        self.sounds = [(phrase.at, tuple(map(sound_key, phrase.words))) for phrase in self.phrases]

    def search(
        self, text: str, *, preferred: Collection[str] = (), most: int = MOST_FOUND
    ) -> list[tuple[str, int]]:
        """(code, how its words were met) of the tests that the text means, the likeliest first.

        `preferred` are codes that this doctor orders: of those that are meant as well, they come first.
        """
        words = _said(text)
        if not words:
            return []
        found = self._by_words(words) or self._by_sound(words) or self._by_likeness(words)
        liked = frozenset(preferred)

        def likelihood(at: int) -> tuple[bool, bool, Place]:
            return found[at][0] != _WHOLE, self.codes[at] not in liked, found[at]

        return [(self.codes[at], found[at][0]) for at in sorted(found, key=likelihood)[:most]]

    def _by_words(self, words: Sequence[str]) -> dict[int, Place]:
        """Tests with a name in which each word stands, or begins one."""
        found: dict[int, Place] = {}
        first, *others = (f" {word}" for word in words)
        for phrase in [one for one in self.phrases if first in one.said]:
            if all(one in phrase.said for one in others):
                _keep(
                    found, phrase.at, (_met(words, phrase.words), len(phrase.words) - len(words), phrase.at)
                )
        return found

    def _by_sound(self, words: Sequence[str]) -> dict[int, Place]:
        """Hindi in Latin letters is spelt in many ways: peshaab and pesab sound alike."""
        keys = [key for word in words if len(key := sound_key(word)) > 2]
        found: dict[int, Place] = {}
        for at, sounds in self.sounds if len(keys) == len(words) else ():
            if all(key in sounds for key in keys):
                _keep(found, at, (_SOUND, len(sounds) - len(keys), at))
        return found

    def _by_likeness(self, words: Sequence[str]) -> dict[int, Place]:
        """A slip of the finger: each unknown word becomes the nearest that is known."""
        meant = [self._nearest(word) for word in words]
        if not all(meant):
            return {}
        return {at: (_LIKE, beyond, at) for at, (_how, beyond, _at) in self._by_words(meant).items()}

    def _nearest(self, word: str) -> str:
        at = bisect_left(self.known, word)
        if at < len(self.known) and self.known[at].startswith(word):
            return word
        if len(word) < 3:
            return ""
        most = 1 if len(word) < 6 else 2
        near = process.extractOne(word, self.known, scorer=OSA.distance, score_cutoff=most)
        return near[0] if near else ""


def _met(words: Sequence[str], phrase: Sequence[str]) -> int:
    if tuple(words) == tuple(one for one in phrase if one not in _LITTLE or len(phrase) == 1):
        return _WHOLE
    return _WORDS if set(words) <= set(phrase) else _STARTS


def _keep(found: dict[int, Place], at: int, place: Place) -> None:
    if at not in found or place < found[at]:
        found[at] = place


@lru_cache(maxsize=4)
def catalogue(called: tuple[Called, ...]) -> Catalogue:
    """The catalogue of these tests, made once."""
    return Catalogue(called)


def parts_of(text: str) -> list[tuple[str, bool]]:
    """The tests that were typed with commas between them, and whether an exclamation mark says urgent."""
    said = [" ".join(part.split()) for part in _BETWEEN.split(text[:LONGEST_TYPED])]
    parts = [(one.replace("!", "").strip(), "!" in one) for one in said]
    return [(one, is_urgent) for one, is_urgent in parts if one][:MOST_PARTS]


def last_of(text: str) -> str:
    """What is being typed: the text behind the last comma."""
    return _BETWEEN.split(text[:LONGEST_TYPED])[-1].replace("!", "").strip()


def read(text: str, tests: Catalogue, *, preferred: Collection[str] = ()) -> list[Part]:
    """What each part of the text means; "" where somebody must say which of several, or whether at all."""
    read_parts = []
    for said, is_urgent in parts_of(text):
        found = tests.search(said, preferred=preferred, most=2)
        read_parts.append(Part(said, found[0][0] if _is_sure(found) else "", is_urgent))
    return read_parts


def _is_sure(found: Sequence[tuple[str, int]]) -> bool:
    """A test that is called so; else the only one with these words. What only resembles one is asked."""
    if not found or found[0][1] > _STARTS:
        return False
    return found[0][1] == _WHOLE or len(found) == 1 or found[0][1] == _WORDS < found[1][1]


def _said(text: str) -> list[str]:
    """The words of one part that say something of a test."""
    words = _WORD.findall(_even(text[:LONGEST_TYPED]))
    telling = [word for word in words if word not in _LITTLE]
    letters = "".join(word for word in telling if not word.isdigit())
    return telling if len(letters) > 1 or telling == ["k"] else []


def _even(text: str) -> str:
    """Small letters, no nukta, no stops, one sign for the nose: सी.बी.सी. and सीबीसी, जाँच and जांच are one."""
    plain = in_one_spelling(text).replace("़", "").replace("ँ", "ं").replace(".", "")
    plain = " ".join(plain.replace("-", " ").replace("/", " ").split())
    for apart, joined in _JOINED:
        plain = plain.replace(apart, joined)
    return plain
