"""What rows of the ward's places can never be: each named constraint, tried by a write that breaks it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from facilities.models import Bed, Room, Ward
from facilities.states import BedStatus
from ipd.models import DayTariff, InpatientSetting
from patients.models import BedReservation
from tests.conftest import NOON
from tests.factories.ipd import beds_in

pytestmark = pytest.mark.django_db


def _ward(ward, **changes):
    return Ward(**{"facility": ward.facility, "name": "x", "name_hi": "x"} | changes)


def _bed(ward, **changes):
    return Bed(**{"facility": ward.facility, "room": ward.rooms.get(), "number": "99"} | changes)


def _kept(ward, clara, **changes):
    known = {
        "facility": ward.facility,
        "bed": beds_in(ward)[0],
        "for_whom": "Gumla",
        "until": NOON + timedelta(hours=2),
        "made_by": clara,
        "made_at": NOON,
    }
    return BedReservation(**known | changes)


BREAKS = {
    "ward_code_is_unique_here": lambda ward, clara: [_ward(ward, code="A1"), _ward(ward, code="A1")],
    "ward_takes_the_young_to_the_old": lambda ward, clara: [_ward(ward, youngest=14, oldest=13)],
    "room_number_is_unique_here": lambda ward, clara: [
        Room(facility=ward.facility, ward=ward, number="A-1"),
        Room(facility=ward.facility, number="A-1"),
    ],
    "bed_number_is_unique_in_room": lambda ward, clara: [_bed(ward), _bed(ward)],
    "bed_out_of_service_says_why": lambda ward, clara: [_bed(ward, status=BedStatus.OUT_OF_SERVICE)],
    "bed_is_kept_for_one": lambda ward, clara: [_kept(ward, clara), _kept(ward, clara)],
    "bed_is_kept_for_somebody": lambda ward, clara: [_kept(ward, clara, for_whom="")],
    "bed_is_kept_for_a_while": lambda ward, clara: [_kept(ward, clara, until=NOON)],
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_can_never_be_is_refused_by_the_database(name, ward, clara):
    rows = BREAKS[name](ward, clara)
    for row in rows[:-1]:
        row.save()
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        rows[-1].save()

    assert broken.value.__cause__.diag.constraint_name == name


@pytest.mark.parametrize("model", [DayTariff, InpatientSetting])
def test_a_ward_has_one_price_and_a_hospital_one_setting(model, ward):
    row = {"facility": ward.facility} | ({"ward": ward} if model is DayTariff else {})
    model.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**row)
