"""Wards with beds, and somebody who lies in one."""

from itertools import count
from uuid import uuid4

from django.utils import timezone

from facilities.models import Bed, BedKind, Room, Ward
from facilities.states import WardKind
from ipd.services import Admitting, admit_patient

_numbers = count(1)


def make_ward(department, *, beds=4, floor=1, kind=WardKind.GENERAL, **changes):
    """A ward of this department with one room, so many beds and mattresses on the floor."""
    n = next(_numbers)
    details = {"name": f"Ward {n}", "name_hi": f"वार्ड {n}", "code": f"W{n}"}
    ward = Ward.objects.create(
        facility=department.facility, department=department, kind=kind, **details | changes
    )
    room = Room.objects.create(facility=ward.facility, ward=ward, number=f"{n}01")
    kinds = [BedKind.BED] * beds + [BedKind.FLOOR] * floor
    for number, bed_kind in enumerate(kinds, start=1):
        Bed.objects.create(facility=ward.facility, room=room, number=str(number), kind=bed_kind)
    return ward


def beds_in(ward):
    """The places of a ward, in the order in which they were put up."""
    return list(Bed.objects.filter(room__ward=ward).order_by("pk"))


def admit(patient, bed, actor, *, at=None, key=None, confirm_bed=False, confirm_new=False, **changes):
    """Lay somebody into this bed, under its ward's department."""
    details = ({"department": bed.room.ward.department, "bed": bed} if bed else {}) | changes
    return admit_patient(
        who=patient,
        admitting=Admitting(**details),
        request_key=key or uuid4(),
        actor=actor,
        at=at or timezone.now(),
        confirm_bed=confirm_bed,
        confirm_new=confirm_new,
    )
