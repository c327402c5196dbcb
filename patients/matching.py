"""Likely duplicates: is the person at the counter the person on file? Plain values in, verdicts out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rapidfuzz.distance import OSA, Indel

from patients.names import sound_key, sounds

# Ages are said, rounded and guessed. A year's gap is the turn of a birthday; five cover "about thirty-five".
SAME_AGE_YEARS, SIMILAR_AGE_YEARS = 1, 5
# Nobody is a parent so soon: under this, the same name and guardian are one person whose age was misjudged.
YOUNGEST_PARENT = 15
# A key shorter than this changes into another name by one letter: Rina and Rima, Sita and Smita.
SHORTEST_WITH_A_SLIP = 5
# The sounds that clerks hear for one another, beyond what the key itself evens out.
HEARD_FOR_ANOTHER = str.maketrans("eo", "iu")


class Verdict(StrEnum):
    SAME = "same"
    SIMILAR = "similar"
    DIFFERENT = "different"
    UNKNOWN = "unknown"

    @property
    def agrees(self) -> bool:
        return self in {Verdict.SAME, Verdict.SIMILAR}


SAME, SIMILAR, DIFFERENT, UNKNOWN = Verdict


@cache
def _keys(words: str) -> frozenset[str]:
    """Made when somebody is compared: the sounds of all names take a tenth of a second of each start."""
    return frozenset(sound_key(word) for word in words.split())


# Words that half a district bears beside the given name: they tell nobody apart.
SHARED_WORDS = "Devi Kumari Kumar Prasad Lal Bibi Khatun Bano Begum Parveen Mohammad Abdul Sheikh Baby"
# Twins not yet named share everything, so "Baby of …" is never a strong match.
UNNAMED = "Baby Newborn शिशु नवजात"


@dataclass(frozen=True)
class Person:
    """What is compared of somebody; an empty text or None is what nobody knows."""

    name: str
    name_hi: str = ""
    sex: str = ""
    birth_year: int | None = None
    phone: str = ""
    guardian_name: str = ""
    village: str = ""
    district: str = ""
    abha: str = ""

    @property
    def has_home(self) -> bool:
        """Whether all is said by which somebody without a phone is known again (`Match.strong`)."""
        return bool(self.guardian_name and self.village and self.sex and self.birth_year)


@dataclass(frozen=True)
class Match:
    """What agrees between two people, field by field."""

    name: Verdict
    sex: Verdict
    age: Verdict
    phone: Verdict
    guardian: Verdict
    village: Verdict
    abha: Verdict
    age_gap: int = 0
    unnamed: bool = False

    @property
    def likely(self) -> bool:
        """Worth a look beside the form: the names agree, and something that few people share agrees too."""
        if self.strong:
            return True
        shared = self.phone is SAME or self.guardian.agrees or self.village.agrees
        same_but_one = self._only_sex_mistyped or self._only_age_misjudged
        return (self.name.agrees and self._contradictions == 0 and shared) or same_but_one

    @property
    def strong(self) -> bool:
        """Very probably one person. A family shares phone, village and guardian, so the name decides."""
        if self.abha is SAME:
            return True
        if self.unnamed or self.abha is DIFFERENT or self._contradictions or not self.name.agrees:
            return False
        by_phone = self.phone is SAME and (self.age.agrees or self.guardian.agrees)
        by_home = self.guardian.agrees and self.village is SAME and self.age.agrees
        if self.name is SAME:
            return by_phone or by_home
        return (by_phone and self.guardian is not DIFFERENT) or (by_home and self.phone is not DIFFERENT)

    @property
    def _contradictions(self) -> int:
        return (self.sex is DIFFERENT) + (self.age is DIFFERENT)

    @property
    def _only_sex_mistyped(self) -> bool:
        return self.name is SAME and self.phone is SAME and self.age.agrees

    @property
    def _only_age_misjudged(self) -> bool:
        """Each counter guesses ages anew; a son named after his father is younger by more."""
        same = self.name is SAME and self.phone is SAME and self.guardian.agrees
        return same and self.sex is not DIFFERENT and self.age_gap < YOUNGEST_PARENT


def compare(new: Person, held: Person) -> Match:
    """Hold the person described against one on file."""
    return Match(
        name=_best(_same_name, _spellings(new), _spellings(held)),
        sex=_equal(_known_sex(new), _known_sex(held)),
        age=_age(new.birth_year, held.birth_year),
        age_gap=abs((new.birth_year or 0) - (held.birth_year or 0)),
        phone=_equal(new.phone, held.phone),
        guardian=_best(_same_name, [new.guardian_name], [held.guardian_name]),
        village=_village(new, held),
        abha=_equal(new.abha, held.abha),
        unnamed=any(_keys(UNNAMED).intersection(sounds(name)) for name in _spellings(new) + _spellings(held)),
    )


def _equal(one: str, other: str) -> Verdict:
    if not one or not other:
        return UNKNOWN
    return SAME if one == other else DIFFERENT


def _known_sex(person: Person) -> str:
    return "" if person.sex == "unknown" else person.sex


def _age(one: int | None, other: int | None) -> Verdict:
    if one is None or other is None:
        return UNKNOWN
    gap = abs(one - other)
    return SAME if gap <= SAME_AGE_YEARS else SIMILAR if gap <= SIMILAR_AGE_YEARS else DIFFERENT


def _village(new: Person, held: Person) -> Verdict:
    """Villages of one name lie in many districts: with the district different, so is the village."""
    if not (new.village and held.village):
        return UNKNOWN
    if _equal(new.district, held.district) is DIFFERENT:
        return DIFFERENT
    return _word("".join(sounds(new.village)), "".join(sounds(held.village)))


# Names


def _spellings(person: Person) -> list[str]:
    return [person.name, person.name_hi]


def _best(
    verdict: Callable[[list[str], list[str]], Verdict], ones: Iterable[str], others: Iterable[str]
) -> Verdict:
    """The best verdict over the spellings of both; unknown where one has none."""
    held = [words for other in others if (words := sounds(other))]
    verdicts = {verdict(words, other) for one in ones if (words := sounds(one)) for other in held}
    return next((best for best in (SAME, SIMILAR, DIFFERENT) if best in verdicts), UNKNOWN)


def _same_name(one: list[str], other: list[str]) -> Verdict:
    """The given name decides; a family name may be missing, or be written in front."""
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return SAME
    own, their = _telling(one), _telling(other)
    given, family = _word(own[0], their[0]), _any_word(own[1:], their[1:])
    if not given.agrees or family is DIFFERENT:
        return DIFFERENT
    return SAME if given is SAME and family is SAME else SIMILAR


def _telling(words: list[str]) -> list[str]:
    shared = _keys(SHARED_WORDS)
    return [word for word in words if word not in shared] or words


def _any_word(ones: list[str], others: list[str]) -> Verdict:
    if not ones or not others:
        return UNKNOWN
    verdicts = {_word(one, other) for one in ones for other in others}
    return SAME if SAME in verdicts else SIMILAR if SIMILAR in verdicts else DIFFERENT


def _word(one: str, other: str) -> Verdict:
    """Same sound; or one slip apart, where the word is long enough not to become another name by it."""
    if one == other:
        return SAME
    loose, loose_other = one.translate(HEARD_FOR_ANOTHER), other.translate(HEARD_FOR_ANOTHER)
    if min(len(one), len(other)) < SHORTEST_WITH_A_SLIP:
        return SIMILAR if loose == loose_other and len(one) > 3 else DIFFERENT
    return SIMILAR if _one_slip(loose, loose_other) else DIFFERENT


def _one_slip(one: str, other: str) -> bool:
    """A letter too few or too many, or two swapped. A letter changed is another name: Sunita, Sumita."""
    swapped = OSA.distance(one, other) == 1 and sorted(one) == sorted(other)
    return one[:1] == other[:1] and (swapped or Indel.distance(one, other) <= 1)
