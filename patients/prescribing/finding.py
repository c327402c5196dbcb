"""Which medicine a typed name means: whole words, beginnings, other spellings; never one for another."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from patients.prescribing.forms import label
from patients.prescribing.medicines import Medicine
from patients.prescribing.phrases import folded

_STATED = Path(__file__).parent.parent / "data" / "medicine_words.csv"
_WORD = re.compile(r"[^\s()+,/:]+")
# How a word is spelt by ear: amoxycillin, sephixime, thiamin.
_BY_EAR = (
    *(("ph", "f"), ("y", "i"), ("ae", "e"), ("oe", "e"), ("th", "t"), ("ck", "c"), ("ks", "x"), ("kz", "x")),
    *(("cs", "x"), ("k", "c"), ("z", "s"), ("w", "v"), ("ee", "i"), ("oo", "u"), ("rh", "r"), ("qu", "c")),
    *(("ी", "ि"), ("ू", "ु"), ("ॉ", "ा"), ("ै", "े"), ("ौ", "ो"), ("श", "स"), ("ष", "स"), ("थ", "त"), ("ठ", "ट")),
)
_MADE_OF = re.compile(r"\([^()]*:[^()]*\)")
_SOFT_C = re.compile(r"c(?=[eiy])")
WHOLE, BEGINNING, BY_EAR, LIKE = 4, 3, 2, 1


@dataclass(frozen=True)
class Found:
    """The medicines of one generic name that fits the words; how well; which words it has no use for."""

    name: str
    closeness: int
    unused: tuple[str, ...]
    more: int
    # Every word of the name was typed: "betamethasone" is not its valerate.
    in_full: bool
    # By ear or a slip away; guessed: a slip away, which may be another medicine (cefepime, cefixime).
    respelt: bool
    guessed: bool
    # Two letters name nothing.
    is_sure: bool
    medicines: tuple[Medicine, ...]

    def uses(self, words: Sequence[str]) -> bool:
        """Whether it has a use for one of these words."""
        return any(word not in self.unused for word in words)

    def rank(self) -> tuple[int, int, bool]:
        return -self.closeness, self.more, bool(self.unused) or not self.in_full


def joined(word: str) -> str:
    """A word without what is written now so, now so."""
    return folded(word).replace("-", "")


@lru_cache(maxsize=8192)
def by_ear(word: str) -> str:
    """A word as it is heard: amoxycillin and amoxicillin are one."""
    word = _SOFT_C.sub("s", re.sub("^ए", "अ", word))
    for sign, sound in _BY_EAR:
        word = word.replace(sign, sound)
    return re.sub(r"(.)\1", r"\1", word)


def _other_words() -> dict[str, list[str]]:
    """What a medicine is also called, and its usual short forms, by generic name."""
    found = defaultdict(list)
    with _STATED.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["generic_name"]].append(row["word"])
    return found


class Index:
    """The formulary's names, made ready to be searched at every keystroke. Build it once."""

    def __init__(self, medicines: Iterable[Medicine]) -> None:
        self.medicines = tuple(medicines)
        self.by_id = {one.id: one for one in self.medicines}
        self._of_name: dict[str, list[Medicine]] = defaultdict(list)
        self._labels: dict[str, list[Medicine]] = defaultdict(list)
        for one in self.medicines:
            self._of_name[one.generic_name].append(one)
            self._labels[label(one).casefold()].append(one)
        # word → names: whole words, beginnings, beginnings by ear.
        self._whole: dict[str, set[str]] = defaultdict(set)
        self._begun: dict[str, set[str]] = defaultdict(set)
        self._heard: dict[str, set[str]] = defaultdict(set)
        self._sounds: dict[str, set[str]] = defaultdict(set)
        self._words: dict[str, set[str]] = {}
        self._remembered: dict[str, dict[str, int]] = {}
        self._beginnings: set[tuple[str, ...]] = set()
        others = _other_words()
        for name, same in self._of_name.items():
            self._learn(name, same[0].name_hi, others.get(name, []))

    def _learn(self, name: str, name_hi: str, others: Sequence[str]) -> None:
        # What a mixture is made of does not name it: regular insulin is no premix of "(regular:NPH)".
        named = _MADE_OF.sub("", name)
        own = [word for text in (named, name_hi) for word in _WORD.findall(text) if joined(word)]
        self._words[name] = {joined(word) for word in _WORD.findall(named)}
        self._beginnings.add(tuple(joined(word) for word in _WORD.findall(name))[:2])
        # A part of a hyphenated name is a mere beginning: "para" is not yet para-aminosalicylic acid.
        parts = [part for word in own if "-" in word for part in word.split("-") if part]
        for word in {joined(word) for word in (*own, *others)}:
            self._whole[word].add(name)
        for word in {joined(word) for word in (*own, *others, *parts)}:
            for end in range(1, len(word) + 1):
                self._begun[word[:end]].add(name)
        for sound in {by_ear(joined(word)) for word in (*own, *others, *parts)}:
            self._sounds[sound].add(name)
            for end in range(3, len(sound) + 1):
                self._heard[sound[:end]].add(name)

    def labelled(self, text: str) -> tuple[Medicine, ...]:
        """The medicines of exactly this label: more than one only where a list names the same thing twice."""
        return tuple(self._labels.get(" ".join(text.split()).casefold(), ()))

    def knows(self, word: str) -> bool:
        """Whether some name holds this word or begins with it."""
        return joined(word) in self._begun

    def is_name_of(self, words: Sequence[str]) -> bool:
        """Whether a name begins with these two words, the second perhaps unfinished."""
        first, last = joined(words[0]), joined(words[1])
        return len(last) > 1 and any(
            own[0] == first and len(own) > 1 and own[1].startswith(last) for own in self._beginnings
        )

    def find(self, words: Sequence[str]) -> tuple[Found, ...]:
        """The names that use the most of these words, closest first."""
        used: dict[str, list[int]] = defaultdict(lambda: [0] * len(words))
        for nth, word in enumerate(words):
            for name, closeness in self._named(joined(word)).items():
                used[name][nth] = closeness
        found = [self._found(name, words, how) for name, how in used.items()]
        if not found:
            return ()
        fewest = min(len(one.unused) for one in found)
        best = [one for one in found if len(one.unused) == fewest]
        return tuple(sorted(best, key=lambda one: (*one.rank(), one.name)))

    def unused(self, words: Sequence[str], medicine: Medicine) -> set[str]:
        """The words that this medicine's name has no use for."""
        return {word for word in words if medicine.generic_name not in self._named(joined(word))}

    def _found(self, name: str, words: Sequence[str], how: list[int]) -> Found:
        return Found(
            name=name,
            closeness=sum(how),
            unused=tuple(word for word, closeness in zip(words, how, strict=True) if not closeness),
            # Another ingredient that nobody typed makes it another medicine.
            more=name.count(" + "),
            in_full=self._words[name]
            <= {joined(word) for word, closeness in zip(words, how, strict=True) if closeness == WHOLE},
            respelt=any(closeness in {BY_EAR, LIKE} for closeness in how),
            guessed=LIKE in how,
            is_sure=any(
                len(word) > (1 if closeness == WHOLE else 2)
                for word, closeness in zip(words, how, strict=True)
                if closeness
            ),
            medicines=tuple(self._of_name[name]),
        )

    def _named(self, word: str) -> dict[str, int]:
        """The names that hold this word, and how closely; kept, since every keystroke asks again."""
        if word not in self._remembered:
            if len(self._remembered) > 20_000:
                self._remembered.clear()
            self._remembered[word] = self._look_up(word)
        return self._remembered[word]

    def _look_up(self, word: str) -> dict[str, int]:
        if len(word) < 2:
            return dict.fromkeys(self._whole.get(word, ()), WHOLE)
        found = dict.fromkeys(self._begun.get(word, ()), BEGINNING)
        found |= dict.fromkeys(self._whole.get(word, ()), WHOLE)
        if found:
            return found
        sound = by_ear(word)
        if len(sound) >= 4 and sound in self._heard:
            return dict.fromkeys(self._heard[sound], BY_EAR)
        return dict.fromkeys(self._resembling(sound), LIKE)

    def _resembling(self, sound: str) -> set[str]:
        """Names with a word a slip or two away; of several slips only the fewest count."""
        allowed = 0 if len(sound) < 5 else 1 if len(sound) < 8 else 2
        best, found = allowed + 1, set()
        for word, names in self._sounds.items():
            wrong = slips(sound, word, min(best, allowed))
            if wrong < best:
                best, found = wrong, set(names)
            elif wrong == best <= allowed:
                found |= names
        return found


def slips(typed: str, word: str, allowed: int) -> int:
    """Letters wrong, left out, added or turned round, against the word or its beginning."""
    if not allowed or typed[:1] != word[:1]:
        return 99
    ends = {len(word)} | ({len(typed) + more for more in (-1, 0, 1)} if len(word) > len(typed) else set())
    return min(OSA.distance(typed, word[:end], score_cutoff=allowed) for end in ends)
