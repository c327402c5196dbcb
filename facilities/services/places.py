"""What is done with places: opened, put right, put in order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility, Room, Unit, User
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.edits import put_right, refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.models import NumberSeries

M = TypeVar("M", bound=models.Model)
Details = Mapping[str, Any]


def add_row(fact: str, model: type[M], key: UUID, details: Details, *, actor: User, at: datetime) -> M:
    """A new row, once per request key."""
    body = {name: getattr(value, "pk", value) for name, value in details.items()}
    row_id, seen = requests.claim(key, fact, actor=actor, body=body)
    if seen:
        return model._default_manager.get(pk=row_id)
    row = model(id=row_id, **details)
    facts.record(fact, about=row, actor=actor, at=at, new=[row])
    return row


@act
def add_facility(*, details: Details, request_key: UUID, actor: User, at: datetime) -> Facility:
    """A hospital of the state. Refuses a code that another one has."""
    return add_row("facilities.facility_added", Facility, request_key, details, actor=actor, at=at)


@act
def edit_facility(*, facility: Facility, details: Details, rev: int, actor: User, at: datetime) -> Facility:
    """Put a hospital's details right. Refuses another code once numbers with the old one are out."""
    held = lock(Facility, facility.pk)
    if details.get("code", held.code) != held.code and numbers_are_out(held):
        raise Refusal(
            _("Numbers that begin with %(code)s have been given: the code cannot change."),
            field="code",
            code=held.code,
        )
    refuse_changed(held.rev, rev)
    return put_right("facilities.facility_edited", held, details, actor=actor, at=at)


@act
def set_hfr_id(*, facility: Facility, hfr_id: str, actor: User | None, at: datetime) -> Facility:
    """Write the ID that the Health Facility Registry has given to a hospital. The same one changes nothing.

    Refuses what is no HFR ID, and one that another hospital has.
    """
    held = lock(Facility, facility.pk)
    if held.hfr_id != hfr_id:
        held.hfr_id = hfr_id
        with refusing(Facility):
            held.save(update_fields=["hfr_id"])
        facts.record("facilities.facility_edited", about=held, actor=actor, at=at, fields=["hfr_id"])
    return held


@act
def set_small_facility(*, facility: Facility, small: bool, actor: User, at: datetime) -> Facility:
    """Lift a hospital's two-person rules to one person with a reason, or put them back.

    For the district and the state alone: those whom the rules bind do not lift them.
    """
    held = lock(Facility, facility.pk)
    if held.small_facility != small:
        held.small_facility = small
        held.save(update_fields=["small_facility"])
        facts.record("facilities.small_facility_set", about=held, actor=actor, at=at, small=small)
    return held


def numbers_are_out(facility: Facility) -> bool:
    """Whether a paper bears a number that begins with the facility's code."""
    return NumberSeries.objects.filter(facility_id=facility.pk).exists()


@act
def add_department(
    *, facility: Facility, details: Details, request_key: UUID, actor: User, at: datetime
) -> Department:
    """A department, after the others. Refuses a code that the hospital uses already."""
    last = facility.departments.exclude(position=99).aggregate(last=Max("position"))["last"] or 0
    row = {**details, "facility": facility, "position": min(last + 1, 99)}
    return add_row("facilities.department_added", Department, request_key, row, actor=actor, at=at)


@act
def edit_department(
    *, department: Department, details: Details, rev: int, actor: User, at: datetime
) -> Department:
    """Rename, price, close or open a department. Tokens already given go on."""
    held = lock(Department, department.pk)
    refuse_changed(held.rev, rev)
    return put_right("facilities.department_edited", held, details, actor=actor, at=at)


@act
def place_department(*, department: Department, place: int, actor: User, at: datetime) -> None:
    """Put a department at this place of the counter's list; the others close up. Sent twice, it stays."""
    everyone = list(Department.objects.filter(facility_id=department.facility_id).locked())
    in_order = sorted(everyone, key=lambda one: (one.position, one.name))
    moving = next(one for one in in_order if one.pk == department.pk)
    in_order.remove(moving)
    in_order.insert(max(0, place - 1), moving)
    moved = []
    for number, one in enumerate(in_order, start=1):
        if one.position != number:
            one.position = number
            moved.append(one)
    if moved:
        Department.objects.bulk_update(moved, ["position"])
        facts.record("facilities.department_placed", about=moving, actor=actor, at=at, place=moving.position)


@act
def add_unit(
    *, department: Department, details: Details, request_key: UUID, actor: User, at: datetime
) -> Unit:
    """A unit of a department, with its clinic days. Refuses a name that the department has already."""
    _refuse_strangers(details, department.facility_id)
    row = {**details, "facility": department.facility, "department": department}
    return add_row("facilities.unit_added", Unit, request_key, row, actor=actor, at=at)


@act
def edit_unit(*, unit: Unit, details: Details, rev: int, actor: User, at: datetime) -> Unit:
    """A unit's room, doctor, clinic days; close or open it. Tokens already given go on."""
    held = lock(Unit, unit.pk)
    _refuse_strangers(details, held.facility_id)
    refuse_changed(held.rev, rev)
    return put_right("facilities.unit_edited", held, details, actor=actor, at=at)


def _refuse_strangers(details: Details, facility_id: UUID) -> None:
    """A unit has a room and a doctor of its own hospital."""
    room, doctor = details.get("room"), details.get("doctor")
    if room is not None and room.facility_id != facility_id:
        raise Refusal(_("This room is not in this hospital."), field="room")
    if doctor is not None and not doctor.postings.filter(facility_id=facility_id).exists():
        raise Refusal(_("This doctor has no posting at this hospital."), field="doctor")


@act
def add_room(*, facility: Facility, details: Details, request_key: UUID, actor: User, at: datetime) -> Room:
    """A room of the hospital. Refuses a number that it has already."""
    row = {**details, "facility": facility}
    return add_row("facilities.room_added", Room, request_key, row, actor=actor, at=at)


@act
def edit_room(*, room: Room, details: Details, rev: int, actor: User, at: datetime) -> Room:
    """Another number for a room: slips printed from now on bear it."""
    held = lock(Room, room.pk)
    refuse_changed(held.rev, rev)
    return put_right("facilities.room_edited", held, details, actor=actor, at=at)
