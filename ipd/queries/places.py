"""Wards as they are administered, and the places that somebody could be moved to."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from facilities.models import Bed, Room, Ward
from facilities.states import BedStatus
from ipd.models import DayTariff
from ipd.queries.board import natural
from ipd.tariffs import day_code
from patients.models import BedReservation, BedStay
from patients.queries import free_beds


def wards_with_beds(user: Any) -> list[Ward]:
    """All wards of the hospitals that this person works at, closed ones too.

    Each with `places` and `in_rooms`, how many there are, and `charged_as`, the code of a day.
    """
    places = Count("rooms__beds", filter=Q(rooms__beds__is_active=True), distinct=True)
    visible = Ward.objects.visible_to(user).select_related("department", "day_tariff__definition")
    found: list[Any] = list(visible.annotate(places=places, in_rooms=Count("rooms", distinct=True)))
    for ward in found:
        held = getattr(ward, "day_tariff", None)
        line = held and held.definition
        ward.charged_as = line.code if line else "—" if held else day_code(ward.kind)
    return found


def rooms_of(ward: Ward) -> list[Room]:
    """The rooms of a ward with all their places, those put away too."""
    beds = Bed.objects.order_by("kind", "pk")
    rooms = list(ward.rooms.prefetch_related(Prefetch("beds", beds)))
    return sorted(rooms, key=lambda room: natural(room.number))


def price_of(ward: Ward) -> DayTariff | None:
    """What the hospital has set for a day in this ward; None: by its kind."""
    return DayTariff.objects.select_related("definition").filter(ward=ward).first()


def beds_to_offer(ward: Ward, at: datetime) -> list[Bed]:
    """The places of a ward that somebody may be laid into, free ones first; those kept or unclean ask once.

    Each has `kept`, for whom it is kept now.
    """
    kept = BedReservation.objects.filter(ended_at=None, until__gt=at).select_related("patient")
    free = free_beds(ward.facility).filter(room__ward=ward)
    found = free.prefetch_related(Prefetch("reservations", kept, to_attr="kept"))

    def order(bed: Any) -> Any:
        ready = bed.status == BedStatus.VACANT and not bed.kept
        return (not ready, bed.kind != "bed", natural(bed.room.number), natural(bed.number))

    return sorted(found, key=order)


def with_state(beds: QuerySet[Bed], at: datetime) -> QuerySet[Bed]:
    """The places, each with `state` (as a tile of the board says it) and `kept_until`."""
    lain = BedStay.objects.filter(bed=OuterRef("pk"), ended_at=None)
    kept = BedReservation.objects.filter(bed=OuterRef("pk"), ended_at=None, until__gt=at)
    state = Case(
        When(Exists(lain), then=Value("taken")),
        When(status=BedStatus.OUT_OF_SERVICE, then=Value("shut")),
        When(status=BedStatus.CLEANING, then=Value("cleaning")),
        When(Exists(kept), then=Value("kept")),
        default=Value("free"),
    )
    return beds.annotate(state=state, kept_until=Subquery(kept.values("until")[:1]))
