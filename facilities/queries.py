"""Reads of places and people."""

from django.db.models import Q, QuerySet

from facilities.models import Block, District
from hmis.kernel.recent import recent


@recent
def districts() -> list[District]:
    """Every district, by name."""
    return list(District.objects.all())


def districts_near(district_id: object) -> list[District]:
    """All districts by name, the hospital's own first: most patients come from it."""
    return sorted(districts(), key=lambda one: (one.pk != district_id, one.name))


def district_by_lgd(code: int) -> District | None:
    """The district with this code of the Local Government Directory."""
    return next((one for one in districts() if one.lgd_code == code), None)


def blocks_of(code: str) -> QuerySet[Block]:
    """The blocks of the district with this LGD code; none for anything that is no code."""
    return Block.objects.filter(district__lgd_code=code) if code.isdecimal() else Block.objects.none()


def block_named(name: str, district: District | None) -> Block | None:
    """The district's block of this name in either language, once the directory has been imported."""
    if district is None or not name:
        return None
    return district.blocks.filter(Q(name__iexact=name) | Q(name_hi=name)).first()
