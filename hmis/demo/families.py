"""Made-up people by the family, for load: a few very frequent names, a long tail of rare and misspelt ones.

A family shares its surname, its home and mostly one mobile; that is what makes a search by phone or by name
find several people, as it does in a hospital.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from random import Random

from hmis.demo.names import (
    ADULT,
    AGE_SHARES,
    AGES,
    COMMUNITIES,
    MARRIED,
    DemoPerson,
    Drawn,
    Spelt,
    described,
    draw_home,
    draw_phone,
    drawn,
    family_name,
    full_name,
    given_name,
    spelt,
)

SIZES, SIZE_SHARES = range(1, 8), list(accumulate((30, 22, 18, 14, 9, 5, 2)))
SHARE_WITH_RARE_NAME, SHARE_MISSPELT, SHARE_WITH_OWN_PHONE = 0.04, 0.02, 0.2
# The first name of a list is borne by one in twenty or more.
STEEP = 4
# The names of communities, in order of how many people have theirs.
NAMES = list(COMMUNITIES)
SHARES = list(accumulate(community.share for community in COMMUNITIES.values()))

# Rare names are put together as villages do it: Phulmani, Sukhdeo, Ramcharan.
FIRST = """
    Ram राम  Shiv शिव  Hari हरि  Jag जग  Sukh सुख  Budh बुध  Som सोम  Mangal मंगल  Phul फूल  Chand चंद  Lal लाल
    Bal बाल  Kali काली  Nand नंद  Dev देव  Ratan रतन  Jai जय  Vishwa विश्व  Raj राज  Guru गुरु  Shyam श्याम
    Ganga गंगा  Rup रूप  Dhan धन  Bhag भाग  Man मन  Chhot छोट  Bar बर  Sona सोना  Hira हीरा  Moti मोती  Prem प्रेम
    Bhola भोला  Sita सीता  Tula तुला  Ami अमी  Bir बीर  Ghana घना  Khil खिल  Surya सूर्य
"""
LAST = {
    "male": """
        narayan नारायण  das दास  dhan धन  nath नाथ  lal लाल  pal पाल  kishor किशोर  mohan मोहन  bahadur बहादुर
        deo देव  charan चरण  pati पति  chand चंद  kant कांत  nandan नंदन  ranjan रंजन  jit जीत  ratan रतन
        murti मूर्ति  sagar सागर  bali बली  bilas बिलास  dhari धारी  sharan शरण  prasad प्रसाद
    """,
    "female": """
        mati मति  wati वती  rani रानी  maya माया  mani मणि  priya प्रिया  lata लता  kumri कुमरी  jyoti ज्योति
        kala कला  basi बासी  shila शीला  moni मोनी  bala बाला  pari परी  sundari सुंदरी  dulari दुलारी
        lakshmi लक्ष्मी  rekha रेखा  mala माला  tara तारा  ganga गंगा  kanti कांति  sari सारी  nita नीता
    """,
}


def families(count: int, dice: Random) -> Iterator[DemoPerson]:
    """So many people, one family after the other, the same ones for the same dice."""
    while count > 0:
        size = min(count, drawn(SIZES, SIZE_SHARES, dice))
        yield from _family(size, dice)
        count -= size


def _family(size: int, dice: Random) -> Iterator[DemoPerson]:
    community = drawn(NAMES, SHARES, dice)
    surname = _family_name(community).draw(dice)
    home, phone = draw_home(community, dice), draw_phone(dice)
    head = spelt(full_name(community, "male", ADULT + MARRIED, surname, dice))[1]
    for _ in range(size):
        sex = "female" if dice.random() < 0.53 else "male"
        own = draw_phone(dice) if dice.random() < SHARE_WITH_OWN_PHONE else phone
        person = described(
            community,
            sex,
            dice.choice(drawn(AGES, AGE_SHARES, dice)),
            surname,
            dice,
            given=_given(community, sex, dice),
            guardian=head,
            home=home,
            phone=own,
        )
        if dice.random() < SHARE_MISSPELT:
            person["name"] = misspelt(person["name"], dice)
        yield person


def _given(community: str, sex: str, dice: Random) -> Spelt:
    if dice.random() < SHARE_WITH_RARE_NAME:
        return _rare(sex).draw(dice)
    return _given_name(dice.choice(COMMUNITIES[community].given), sex).draw(dice)


@lru_cache
def _given_name(community: str, sex: str) -> Drawn:
    return replace(given_name(community, sex), flatness=STEEP)


@lru_cache
def _family_name(community: str) -> Drawn:
    return replace(family_name(community), flatness=STEEP)


@lru_cache
def _rare(sex: str) -> Drawn:
    names = [
        Spelt(first.latin + last.latin, first.devanagari + last.devanagari)
        for first in _pairs(FIRST)
        for last in _pairs(LAST[sex])
        if first.latin.lower() != last.latin
    ]
    Random(sex).shuffle(names)
    return Drawn(tuple(names))


def _pairs(text: str) -> list[Spelt]:
    words = text.split()
    return [Spelt(*pair) for pair in zip(words[::2], words[1::2], strict=True)]


def misspelt(name: str, dice: Random) -> str:
    """A clerk's slip in the first word: a letter is missing, stands twice, or has changed places.

    A word of one or two letters has no room for it.
    """
    if len(name.split()[0]) < 3:
        return name
    at = dice.randrange(1, len(name.split()[0]) - 1)
    one, two = name[at], name[at + 1]
    return name[:at] + dice.choice((two, one + one + two, two + one)) + name[at + 2 :]
