"""Wards as they are administered, and the places that somebody could be moved to."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from facilities.models import Bed, Room, Ward
from facilities.states import BedStatus
from ipd.models import DayTariff
from ipd.queries.board import natural
from patients.models import BedReservation, BedStay


def wards_with_beds(user: Any) -> QuerySet[Ward]:
    """All wards of the hospitals that this person works at, closed ones too, each with how many places."""
    places = Count("rooms__beds", filter=Q(rooms__beds__is_active=True), distinct=True)
    visible = Ward.objects.visible_to(user).select_related("department", "day_tariff__definition")
    return visible.annotate(places=places, in_rooms=Count("rooms", distinct=True))


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
    lain = BedStay.objects.filter(bed__room__ward=ward, ended_at=None).values("bed")
    beds = Bed.objects.filter(room__ward=ward, is_active=True).exclude(status=BedStatus.OUT_OF_SERVICE)
    kept = BedReservation.objects.filter(ended_at=None, until__gt=at).select_related("patient")
    found = (
        beds.exclude(pk__in=lain)
        .select_related("room")
        .prefetch_related(Prefetch("reservations", kept, to_attr="kept"))
    )

    def order(bed: Any) -> Any:
        ready = bed.status == BedStatus.VACANT and not bed.kept
        return (not ready, bed.kind != "bed", natural(bed.room.number), natural(bed.number))

    return sorted(found, key=order)
