"""What a person looks at: the state, a district, a hospital; and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from facilities.models import District, Facility, State, User


@dataclass(frozen=True)
class Scope:
    """What is looked at: the state, one of its districts, or one hospital; with the hospitals in it."""

    place: State | District | Facility
    facilities: Sequence[Facility]

    @property
    def kind(self) -> str:
        """state, district or facility."""
        return self.place._meta.model_name or ""

    @property
    def ids(self) -> list[UUID]:
        return [one.pk for one in self.facilities]

    def parts(self) -> dict[Any, list[Facility]]:
        """What it is compared by: the state its districts, a district its hospitals, a hospital itself."""
        if self.kind == "state":
            return dict(self.by_district())
        return {one: [one] for one in self.facilities}

    def part_of(self, other: "Scope") -> UUID | None:
        """The part of this place that `other` is: itself, or as a hospital the only one of its district."""
        if self.kind == "state" and other.kind == "facility":
            there = self.by_district().get(other.facilities[0].district, [])
            return there[0].district_id if len(there) == 1 else None
        return other.place.pk if other.place in self.parts() else None

    def by_district(self) -> dict[District, list[Facility]]:
        """Its hospitals under their districts, in the districts' order."""
        found: dict[District, list[Facility]] = {}
        for one in sorted(self.facilities, key=lambda one: (one.district.name, one.code)):
            found.setdefault(one.district, []).append(one)
        return found


def scope_of(user: User, *, district: UUID | None = None, facility: UUID | None = None) -> Scope | None:
    """What this person may look at under this name, or the widest of their own; None: nothing such."""
    posting = user.posting
    if posting is None:
        return None
    mine = list(Facility.objects.visible_to(user).select_related("district__state"))
    if facility:
        found = [one for one in mine if one.pk == facility]
        return Scope(found[0], found) if found else None
    if district:
        found = [one for one in mine if one.district_id == district]
        return Scope(found[0].district, found) if found else None
    place = posting.place()
    return Scope(place, mine) if place else None
