"""Reads of places and people."""

from django.db.models import Q, QuerySet

from facilities.models import Block, District, Facility
from hmis.kernel.recent import recent


@recent
def districts() -> list[District]:
    """Every district, by name."""
    return list(District.objects.all())


@recent
def facilities_by_name() -> list[Facility]:
    """Every hospital, by name."""
    return sorted(Facility.objects.all(), key=lambda one: one.name)


def districts_near(district_id: object) -> list[District]:
    """All districts by name, the hospital's own first: most patients come from it."""
    return sorted(districts(), key=lambda one: (one.pk != district_id, one.name))


def district_by_lgd(code: int) -> District | None:
    """The district with this code of the Local Government Directory."""
    return next((one for one in districts() if one.lgd_code == code), None)


def blocks_of(code: str) -> QuerySet[Block]:
    """The blocks of the district with this LGD code; none for anything that is no code."""
    return Block.objects.filter(district__lgd_code=code) if code.isdecimal() else Block.objects.none()


# District names as other registers spell them, by their letters alone.
SPELLED = {
    "eastsinghbum": "eastsinghbhum",
    "purbisinghbhum": "eastsinghbhum",
    "purbisinghbum": "eastsinghbhum",
    "westsinghbum": "westsinghbhum",
    "pashchimisinghbhum": "westsinghbhum",
    "paschimisinghbhum": "westsinghbhum",
    "pashchimsinghbhum": "westsinghbhum",
    "saraikelakharsawan": "seraikelakharsawan",
    "saraikela": "seraikelakharsawan",
    "seraikela": "seraikelakharsawan",
    "hazaribag": "hazaribagh",
    "kodarma": "koderma",
    "palamau": "palamu",
    "pakaur": "pakur",
    "sahebganj": "sahibganj",
}


def district_named(name: str) -> District | None:
    """The district of this name in either language, however other registers spell it."""
    wanted = _letters(name)
    wanted = SPELLED.get(wanted, wanted)
    if not wanted:
        return None
    return next((one for one in districts() if wanted in {_letters(one.name), _letters(one.name_hi)}), None)


def _letters(name: str) -> str:
    return "".join(sign for sign in name.casefold() if not sign.isspace() and sign not in "-.,'")


def block_named(name: str, district: District | None) -> Block | None:
    """The district's block of this name in either language, once the directory has been imported."""
    if district is None or not name:
        return None
    return district.blocks.filter(Q(name__iexact=name) | Q(name_hi=name)).first()
