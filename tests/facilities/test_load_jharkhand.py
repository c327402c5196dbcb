"""The places that every hospital loads for itself."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from facilities.models import District, Facility, FacilityKind, State
from hmis.kernel.ids import uuid_everywhere

pytestmark = pytest.mark.django_db


@pytest.fixture
def _loaded(db):
    call_command("load_jharkhand", verbosity=0)


@pytest.mark.usefixtures("_loaded")
def test_the_state_has_24_districts_and_30_hospitals():
    kinds = list(Facility.objects.values_list("kind", flat=True))

    assert State.objects.get().lgd_code == 20
    assert District.objects.count() == 24
    assert kinds.count(FacilityKind.MEDICAL_COLLEGE) == 6
    assert kinds.count(FacilityKind.SADAR_HOSPITAL) == 24


@pytest.mark.usefixtures("_loaded")
def test_no_two_districts_share_a_tile_and_each_has_a_hindi_name():
    districts = District.objects.all()

    assert len({(one.tile_column, one.tile_row) for one in districts}) == 24
    assert all(one.name_hi and not one.name_hi.isascii() for one in districts)


@pytest.mark.usefixtures("_loaded")
def test_a_slip_at_rims_costs_five_rupees_and_no_hfr_id_is_made_up():
    assert Facility.objects.get(code="RIMS").opd_fee == Decimal("5.00")
    assert not Facility.objects.exclude(hfr_id="").exists()


@pytest.mark.usefixtures("_loaded")
def test_keys_follow_from_codes_so_that_two_hospitals_load_the_same_rows():
    gumla = District.objects.get(name="Gumla")

    assert gumla.pk == uuid_everywhere("facilities.district", gumla.lgd_code)
    assert Facility.objects.get(code="SGML").pk == uuid_everywhere("facilities.facility", "SGML")


@pytest.mark.usefixtures("_loaded")
def test_loaded_again_it_puts_a_districts_name_right_and_leaves_a_hospital_alone():
    District.objects.filter(name="Gumla").update(name_hi="गमला")
    Facility.objects.filter(code="RIMS").update(opd_fee=Decimal(10), name="Our RIMS")

    call_command("load_jharkhand", verbosity=0)

    rims = Facility.objects.get(code="RIMS")
    assert District.objects.get(name="Gumla").name_hi == "गुमला"
    assert (rims.opd_fee, rims.name) == (Decimal("10.00"), "Our RIMS")
    assert Facility.objects.count() == 30


def test_a_place_that_stands_under_its_own_key_is_kept(ranchi, rims):
    call_command("load_jharkhand", verbosity=0)

    assert Facility.objects.get(code="RIMS").pk == rims.pk
    assert State.objects.get().pk == ranchi.state_id
