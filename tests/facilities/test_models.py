"""Each named rule about places and people refuses what it should."""

from datetime import date
from decimal import Decimal

import pytest

from facilities.models import Block, Posting, Village
from facilities.roles import Role
from facilities.states import BedStatus
from tests.conftest import NOON
from tests.factories.constraints import again, by_row, rule_broken_by, rules_of
from tests.factories.facilities import make_state


@pytest.fixture
def state(db):
    return make_state()


@pytest.fixture
def block(ranchi):
    return Block.objects.create(district=ranchi, name="Kanke", name_hi="कांके", lgd_code=2651)


@pytest.fixture
def village(block):
    return Village.objects.create(block=block, name="Arsande", name_hi="अरसंडे", lgd_code=373001)


@pytest.fixture
def registered(dev):
    dev.hpr_id = "12345678901234"
    dev.save()
    return dev


@pytest.fixture
def addressed(dev):
    dev.hpr_address = "dev.kumar@hpr.abdm"
    dev.save()
    return dev


@pytest.fixture
def named(rims):
    rims.hfr_id = "IN2010000001"
    rims.save()
    return rims


@pytest.fixture
def room(unit):
    return unit.room


@pytest.fixture
def bed(room):
    return room.beds.create(facility=room.facility, number="1")


@pytest.fixture
def ward(rims):
    return rims.wards.create(code="A1", name="Ward A", name_hi="वार्ड ए")


@pytest.fixture
def posting(dev):
    return dev.posting


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "state_has_one_lgd_code": ("state", {}),
    "district_has_one_lgd_code": ("ranchi", {}),
    "block_has_one_lgd_code": ("block", {}),
    "village_has_one_lgd_code": ("village", {}),
    "facility_code_is_unique": ("rims", {}),
    "facility_code_is_two_to_four_capitals": ("rims", {"code": "R1"}),
    "facility_hfr_id_is_unique": ("named", {"code": "ELSE"}),
    "facility_hfr_id_is_in_and_ten_digits": ("rims", {"code": "ELSE", "hfr_id": "IN12345"}),
    "facility_gstin_has_its_form": ("rims", {"code": "ELSE", "gstin": "20AAAGR0000A1"}),
    "facility_upi_address_has_its_form": ("rims", {"code": "ELSE", "upi_address": "rims"}),
    "facility_fee_is_not_negative": ("rims", {"code": "ELSE", "opd_fee": Decimal("-0.01")}),
    "department_code_is_unique_here": ("med", {}),
    "department_code_is_capitals": ("med", {"code": "med"}),
    "room_number_is_unique_here": ("room", {}),
    "bed_number_is_unique_in_room": ("bed", {}),
    "bed_out_of_service_says_why": ("bed", {"number": "2", "status": BedStatus.OUT_OF_SERVICE}),
    "ward_code_is_unique_here": ("ward", {}),
    "ward_takes_the_young_to_the_old": ("ward", {"code": "A2", "youngest": 14, "oldest": 13}),
    "unit_name_is_unique_in_department": ("unit", {}),
    "unit_clinic_days_are_weekdays": ("unit", {"name": "Unit 2", "clinic_days": [0, 7]}),
    "user_name_is_unique": ("dev", {}),
    "hpr_id_is_unique": ("registered", {"username": "dev.two"}),
    "hpr_address_is_unique": ("addressed", {"username": "dev.two"}),
    "hpr_address_is_a_name_at_hpr_or_dr": ("dev", {"username": "dev.two", "hpr_address": "dev@abdm"}),
    "confirmed_hpr_id_is_there_and_names_who_and_when": (
        "dev",
        {"username": "dev.two", "hpr_id": "71991234567890", "hpr_confirmed_at": NOON},
    ),
    "hpr_id_has_fourteen_digits": ("dev", {"username": "dev.two", "hpr_id": "01234567890123"}),
    "posting_is_where_its_role_works": ("posting", {"role": Role.STATE_ADMIN}),
    "only_doctors_have_a_grade": ("posting", {"grade": "intern"}),
    "posting_ends_after_it_starts": ("posting", {"ends_on": date(2019, 12, 31)}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("facilities")


@pytest.mark.parametrize("row", by_row(BREAKS))
def test_a_row_that_breaks_it_is_refused(row, request):
    held = request.getfixturevalue(row)
    for rule, changes in by_row(BREAKS)[row].items():
        assert rule_broken_by(again, held, **changes) == rule


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (Role.CLERK, {}),
        (Role.CLERK, {"district": "ranchi"}),
        (Role.CLERK, {"facility": "rims", "district": "ranchi"}),
        (Role.DISTRICT_ADMIN, {"facility": "rims"}),
        (Role.DISTRICT_ADMIN, {}),
        (Role.AUDITOR, {"district": "ranchi"}),
        (Role.AUDITOR, {"facility": "rims", "state": "state"}),
    ],
)
def test_a_posting_names_exactly_the_place_its_role_works_for(dev, request, role, places):
    named = {field: request.getfixturevalue(place) for field, place in places.items()}

    write = {"user": dev, "role": role, "starts_on": date(2026, 1, 1), **named}
    assert rule_broken_by(Posting.objects.create, **write) == "posting_is_where_its_role_works"


def test_a_department_charges_its_own_fee_else_the_hospitals(med, rims):
    assert (med.fee(), med.validity_days()) == (rims.opd_fee, 15)

    med.opd_fee, med.opd_validity_days = Decimal("0.00"), 0
    assert (med.fee(), med.validity_days()) == (Decimal("0.00"), 0)


def test_a_unit_sits_on_its_days_while_it_is_open(unit):
    unit.clinic_days = [2]
    assert unit.sits_on(date(2026, 7, 22))
    assert not unit.sits_on(date(2026, 7, 23))

    unit.is_active = False
    assert not unit.sits_on(date(2026, 7, 22))
