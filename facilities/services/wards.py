"""Wards, their rooms and the places to lie in them: put up, put right.

What depends on who lies there stands in ipd.services.places.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, BedKind, Facility, Room, User, Ward
from facilities.services.places import add_row
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal
from hmis.kernel.rows import write

Details = Mapping[str, Any]
MOST_AT_ONCE = 100
# What stands on the place itself, before its number: F1, T2.
LETTERS = {BedKind.FLOOR: "F", BedKind.TROLLEY: "T"}


def add_ward(*, facility: Facility, details: Details, request_key: UUID, actor: User, at: datetime) -> Ward:
    """The part of an act that opens a ward, after the others. Refuses a code that the hospital has."""
    _refuse_stranger(details, facility.pk)
    last = facility.wards.exclude(position=99).aggregate(last=Max("position"))["last"] or 0
    row = {"position": min(last + 1, 99), **details, "facility": facility}
    return add_row("facilities.ward_added", Ward, request_key, row, actor=actor, at=at)


def edit_ward(*, ward: Ward, details: Details, rev: int, actor: User, at: datetime) -> Ward:
    """The part of an act that puts a ward right: its kind, whom it takes, open or closed."""
    held = lock(Ward, ward.pk)
    _refuse_stranger(details, held.facility_id)
    refuse_changed(held.rev, rev)
    return put_right("facilities.ward_edited", held, details, actor=actor, at=at)


def _refuse_stranger(details: Details, facility_id: UUID) -> None:
    department = details.get("department")
    if department is not None and department.facility_id != facility_id:
        raise Refusal(_("There is no such department here."), field="department")


@act
def add_ward_room(*, ward: Ward, number: str, request_key: UUID, actor: User, at: datetime) -> Room:
    """A room, a bay or a corridor of a ward. Refuses a number that the hospital has already."""
    row = {"facility": ward.facility, "ward": ward, "number": number}
    return add_row("facilities.room_added", Room, request_key, row, actor=actor, at=at)


@act
def add_beds(
    *,
    room: Room,
    kind: BedKind = BedKind.BED,
    first: int = 1,
    count: int = 1,
    request_key: UUID,
    actor: User,
    at: datetime,
) -> list[Bed]:
    """So many places of one kind in a room of a ward, numbered from `first` on; all of them or none.

    Refuses a room of no ward, a number that the room has already, and more than a hundred at once.
    """
    body = [room.pk, kind, first, count]
    key, seen = requests.claim(request_key, "facilities.add_beds", actor=actor, body=body)
    ids = [UUID(int=key.int + n) for n in range(count)]
    if seen:
        return list(Bed.objects.filter(pk__in=ids).order_by("pk"))
    held = lock(Room, room.pk)
    if held.ward_id is None:
        raise Refusal(_("This room belongs to no ward."), field="room")
    if not 1 <= count <= MOST_AT_ONCE:
        raise Refusal(_("Add between 1 and %(most)s at a time."), field="count", most=MOST_AT_ONCE)
    letter = LETTERS.get(kind, "")
    numbers = [f"{letter}{first + n}" for n in range(count)]
    standing = Bed.objects.filter(room=held, number__in=numbers).order_by("pk").first()
    if standing:
        raise Refusal(_("%(number)s is already in this room."), field="first", number=standing.number)
    beds = [
        Bed(id=pk, facility_id=held.facility_id, room=held, number=number, kind=kind, status_at=at)
        for pk, number in zip(ids, numbers, strict=True)
    ]
    write(*beds)
    facts.record("facilities.beds_added", about=held, actor=actor, at=at, kind=kind, count=count)
    return beds


@act
def add_place(*, room: Room, kind: BedKind, request_key: UUID, actor: User, at: datetime) -> Bed:
    """One more mattress on the floor, or trolley, as it is laid down: the next number, or one put away.

    Refuses what is no such place, and a room of no ward.
    """
    bed_id, seen = requests.claim(request_key, "facilities.add_place", actor=actor, body=[room.pk, kind])
    if seen:
        return _place_of(bed_id, room, kind)
    held = lock(Room, room.pk)
    if held.ward_id is None:
        raise Refusal(_("This room belongs to no ward."), field="room")
    if kind not in LETTERS:
        raise Refusal(_("Here you can add only a floor mattress or a trolley."), field="kind")
    away = Bed.objects.locked().filter(room=held, kind=kind, is_active=False).first()
    if away:
        away.is_active, away.status_at = True, at
        away.save(update_fields=["is_active", "status_at"])
        facts.record("facilities.bed_put_back", about=away, actor=actor, at=at)
        return away
    taken = set(Bed.objects.filter(room=held).values_list("number", flat=True))
    number = next(name for n in range(1, 1000) if (name := f"{LETTERS[kind]}{n}") not in taken)
    bed = Bed(id=bed_id, facility_id=held.facility_id, room=held, number=number, kind=kind, status_at=at)
    facts.record("facilities.beds_added", about=held, actor=actor, at=at, new=[bed], kind=kind, count=1)
    return bed


def _place_of(bed_id: UUID, room: Room, kind: BedKind) -> Bed:
    """What the first sending had made, or taken up again."""
    made = Bed.objects.filter(pk=bed_id).first()
    return made or Bed.objects.filter(room=room, kind=kind).latest("status_at")


@act
def edit_bed(*, bed: Bed, details: Details, rev: int, actor: User, at: datetime) -> Bed:
    """Another number or kind for a place. Refuses a number that the room has already."""
    held = lock(Bed, bed.pk)
    refuse_changed(held.rev, rev)
    return put_right("facilities.bed_edited", held, details, actor=actor, at=at)
