"""Where in the state a bed is free: counts of every hospital, and never who lies where (docs/adr/0371)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from facilities.models import Bed, District, Facility
from facilities.states import WardKind
from hmis.kernel import scope
from ipd.queries.board import count_places


@dataclass(frozen=True)
class Offer:
    """The beds of one kind at one hospital; how many districts lie between, by the tile map."""

    hospital: Facility
    kind: WardKind
    beds: int
    taken: int
    free: int
    cleaning: int
    distance: int | None

    @property
    def is_here(self) -> bool:
        return self.distance == 0


def free_in_state(kind: str, at: datetime) -> dict[UUID, dict[str, int]]:
    """Of each hospital of the state, how many beds wards of this kind have, and how many are free.

    The one place that looks past the wall between hospitals for beds: numbers alone come back from it.
    """
    beds = Bed.objects.filter(room__ward__kind=kind, room__ward__is_active=True)
    with scope.within(scope.everywhere()):
        rows = count_places(beds, at, "facility")
    said = ("beds", "taken", "free", "cleaning")
    return {row["facility"]: {name: row[name] for name in said} for row in rows}


def find_beds(kind: str, at: datetime, *, near: District | None, but: Any = None) -> list[Offer]:
    """Hospitals with wards of this kind, those with a free bed first, then the nearest; two reads.

    `near` is the district that is asked from; `but` the hospital that asks, which knows its own wards.
    """
    counts = free_in_state(kind, at)
    hospitals = Facility.objects.filter(pk__in=counts).exclude(pk=but).select_related("district")
    found = [
        Offer(one, WardKind(kind), distance=districts_between(near, one.district), **counts[one.pk])
        for one in hospitals
    ]
    return sorted(found, key=_nearest_first)


def _nearest_first(offer: Offer) -> tuple[bool, int, int, str]:
    return (not offer.free, offer.distance or 0, -offer.free, offer.hospital.name)


def districts_between(one: District | None, other: District) -> int | None:
    """How many steps apart two districts stand on the tile map of the state; 0: the same district.

    No coordinates are on file: the tile map, on which each district is a square among its neighbours, is the
    measure. A step leads to any square that touches, also by its corner.
    """
    if one is None:
        return None
    if one.pk == other.pk:
        return 0
    return max(abs(one.tile_column - other.tile_column), abs(one.tile_row - other.tile_row), 1)
