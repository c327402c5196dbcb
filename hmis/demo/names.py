"""Made-up people of Jharkhand for the demo and for load: names that go together, a home, an age, a phone.

Names come from the list that also spells them (`patients/data/names.csv`), villages from `data/villages.csv`.
Nobody is meant: whoever has the name and the phone of somebody here has them by chance.
"""

import csv
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import TypedDict, TypeVar

from patients.names import NAMES

T = TypeVar("T")
Home = tuple[str, str, str]

VILLAGES = Path(__file__).parent / "data" / "villages.csv"
# Ages are reckoned from here, so that one seed gives the same people on every day.
TODAY = date(2026, 11, 1)
SHARE_WITHOUT_PHONE, SHARE_AT_HOME, SHARE_WITH_BIRTHDAY = 0.12, 0.7, 0.25
ADULT, MARRIED = 18, 22
AGES = (range(5), range(5, 15), range(15, 30), range(30, 45), range(45, 60), range(60, 88))
AGE_SHARES = list(accumulate((12, 13, 26, 22, 15, 12)))


class DemoPerson(TypedDict):
    """A patient's fields as registration takes them, but for the district, which is named."""

    name: str
    name_hi: str
    sex: str
    birth_date: date
    birth_precision: str
    phone: str
    no_phone_reason: str
    guardian_name: str
    guardian_relation: str
    village: str
    block_name: str
    district: str


@dataclass(frozen=True)
class Spelt:
    """A word of a name in both scripts."""

    latin: str
    devanagari: str


@dataclass(frozen=True)
class Drawn:
    """Things to draw from, the first more often than the last: the less `flatness`, the more so."""

    things: tuple[Spelt, ...]
    flatness: int = 20

    @cached_property
    def shares(self) -> list[float]:
        return list(accumulate(1 / (place + self.flatness) for place in range(len(self.things))))

    def draw(self, dice: Random) -> Spelt:
        return drawn(self.things, self.shares, dice)


@dataclass(frozen=True)
class Community:
    """People whose names go together: where their given names come from, and where most of them live."""

    share: int
    given: tuple[str, ...]
    homes: tuple[str, ...] = ()


ADIVASI = ("adivasi", "adivasi", "christian", "hindu")
COMMUNITIES = {
    "sadan": Community(40, ("hindu",), ("Ranchi", "Gumla", "Hazaribagh", "Palamu", "Giridih", "Bokaro")),
    "muslim": Community(15, ("muslim",), ("Ranchi", "Giridih", "Godda", "Pakur", "Sahibganj", "Lohardaga")),
    "oraon": Community(14, ADIVASI, ("Ranchi", "Gumla", "Lohardaga", "Latehar", "Simdega")),
    "munda": Community(9, ADIVASI, ("Khunti", "Ranchi", "Simdega", "West Singhbhum")),
    "kharia": Community(2, ADIVASI, ("Simdega", "Gumla")),
    "santal": Community(10, ADIVASI, ("Dumka", "Pakur", "Godda", "Jamtara", "East Singhbhum")),
    "ho": Community(4, ADIVASI, ("West Singhbhum", "Seraikela Kharsawan")),
    "bengali": Community(6, ("bengali", "hindu"), ("East Singhbhum", "Dhanbad", "Jamtara", "Ranchi")),
}

_DEVI, _KUMARI, _KUMAR = Spelt("Devi", "देवी"), Spelt("Kumari", "कुमारी"), Spelt("Kumar", "कुमार")
_MD = Spelt("Md.", "मो.")
_MUSLIM_WOMEN = (
    Spelt("Khatun", "खातून"),
    Spelt("Bibi", "बीबी"),
    Spelt("Parveen", "परवीन"),
    Spelt("Bano", "बानो"),
)


def people(count: int, seed: int | Random) -> Iterator[DemoPerson]:
    """So many people, the same ones for the same seed."""
    dice = seed if isinstance(seed, Random) else Random(seed)
    names = list(COMMUNITIES)
    shares = list(accumulate(community.share for community in COMMUNITIES.values()))
    for _ in range(count):
        yield _person(drawn(names, shares, dice), dice)


def drawn(things: Sequence[T], shares: Sequence[float], dice: Random) -> T:
    """One of the things by its running share: `Random.choices` for a single draw, in half the time."""
    return things[bisect(shares, dice.random() * shares[-1], hi=len(things) - 1)]


def _person(community: str, dice: Random) -> DemoPerson:
    sex = "female" if dice.random() < 0.53 else "male"
    age = dice.choice(drawn(AGES, AGE_SHARES, dice))
    return described(community, sex, age, family_name(community).draw(dice), dice)


def described(
    community: str,
    sex: str,
    age: int,
    family: Spelt,
    dice: Random,
    *,
    given: Spelt | None = None,
    guardian: str = "",
    home: Home | None = None,
    phone: str | None = None,
) -> DemoPerson:
    """A member of this family; guardian, home and phone are drawn where the family has not said them."""
    name = full_name(community, sex, age, family, dice, given)
    guardian = guardian or spelt(full_name(community, "male", age + ADULT, family, dice))[1]
    district, block, village = home or draw_home(community, dice)
    phone = draw_phone(dice) if phone is None else phone
    has_birthday = dice.random() < SHARE_WITH_BIRTHDAY
    latin, devanagari = spelt(name)
    return {
        "name": latin,
        "name_hi": devanagari,
        "sex": sex,
        "birth_date": TODAY - timedelta(days=365 * age + age // 4 + dice.randrange(365) * has_birthday),
        "birth_precision": "day" if has_birthday else "year",
        "phone": phone,
        "no_phone_reason": "" if phone else "none_owned",
        "guardian_name": guardian,  # as a clerk writes it
        "guardian_relation": "husband" if sex == "female" and age >= MARRIED else "father",
        "village": village,
        "block_name": block,
        "district": district,
    }


def draw_phone(dice: Random) -> str:
    """A mobile number; "" for who has none."""
    if dice.random() < SHARE_WITHOUT_PHONE:
        return ""
    return f"{dice.choice('6789')}{dice.randrange(10**9):09d}"


# Names that go together


def spelt(name: list[Spelt]) -> tuple[str, str]:
    """A name of several words in Latin and in Devanagari."""
    return " ".join(word.latin for word in name), " ".join(word.devanagari for word in name)


def full_name(
    community: str, sex: str, age: int, family: Spelt, dice: Random, given: Spelt | None = None
) -> list[Spelt]:
    """The words of a name as the community puts them together, with this given name or one that is drawn."""
    given = given or given_name(dice.choice(COMMUNITIES[community].given), sex).draw(dice)
    if community == "muslim":
        return _muslim_name(given, sex, family, dice)
    if COMMUNITIES[community].given is ADIVASI or dice.random() < 0.4:
        return [given, family]
    if sex == "female":
        return [given, _DEVI if age >= MARRIED else _KUMARI]
    return [given, _KUMAR, family] if given != _KUMAR else [given, family]


def _muslim_name(given: Spelt, sex: str, family: Spelt, dice: Random) -> list[Spelt]:
    if sex == "female":
        return [given, dice.choice(_MUSLIM_WOMEN)]
    if family == given:
        return [_MD, given]
    return [_MD, given, family] if dice.random() < 0.4 else [given, family]


@lru_cache
def given_name(community: str, sex: str) -> Drawn:
    """The given names of a community's women or men, the frequent ones first."""
    return _listed("given", community, sex)


@lru_cache
def family_name(community: str) -> Drawn:
    """The family names of a community, the frequent ones first."""
    return _listed("family", community, "")


def _listed(part: str, community: str, sex: str) -> Drawn:
    with NAMES.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["part"], row["community"]) == (part, community)]
    return Drawn(tuple(Spelt(row["latin"], row["devanagari"]) for row in rows if row["sex"] == sex))


# Homes


def draw_home(community: str, dice: Random) -> Home:
    """District, block and village: mostly where the community lives."""
    homes = COMMUNITIES[community].homes if dice.random() < SHARE_AT_HOME else _districts()
    district = dice.choice(homes)
    block, village = dice.choice(_villages()[district])
    return district, block, village


def villages_of(district: str) -> list[tuple[str, str]]:
    """(block, village) of a district."""
    return _villages()[district]


@lru_cache
def _districts() -> tuple[str, ...]:
    return tuple(_villages())


@lru_cache
def _villages() -> dict[str, list[tuple[str, str]]]:
    """(block, village) by district."""
    listed: dict[str, list[tuple[str, str]]] = {}
    with VILLAGES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            listed.setdefault(row["district"], []).append((row["block"], row["village"]))
    return listed
