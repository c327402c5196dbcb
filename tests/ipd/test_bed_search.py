"""Where in the state a bed is free: numbers of every hospital past the wall, and nobody's name."""

from dataclasses import fields

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.models import District
from facilities.states import WardKind
from hmis.kernel import scope
from ipd import queries, services
from ipd.queries import Offer
from patients.models import BedStay
from tests.factories.facilities import make_department, make_facility
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.patients import make_encounter, make_patient

pytestmark = pytest.mark.django_db


def ask(client, **query):
    return client.get(reverse("ipd:bed_search", query=query))


@pytest.fixture
def sgml_icu(sgml, sgml_med):
    sgml.phone = "06524 222333"
    sgml.save()
    return make_ward(sgml_med, beds=3, floor=2, kind=WardKind.ICU)


def test_another_hospitals_free_beds_are_counted_and_nobody_is_named(client, clara, sgml, sgml_icu, esha):
    patient = make_patient(sgml, name="Sukurmuni")
    admit(patient, beds_in(sgml_icu)[0], esha)
    client.force_login(clara)

    page = ask(client, kind="icu").content.decode()

    assert str(sgml) in page
    assert "06524 222333" in page
    assert '<span class="state t-good">2</span>' in page
    assert "Sukurmuni" not in page
    assert patient.uhid not in page


def test_only_numbers_come_back_through_the_wall(clara, sgml, sgml_icu):
    with scope.within(scope.reading(clara)):
        found = queries.free_in_state(WardKind.ICU, timezone.now())

        assert found == {sgml.pk: {"beds": 3, "taken": 0, "free": 3, "cleaning": 0}}
        assert not BedStay.objects.filter(facility=sgml).exists()
        assert scope.current() == scope.reading(clara)


def test_an_offer_has_no_room_for_a_person():
    assert {one.name for one in fields(Offer)} == {
        "hospital",
        "kind",
        "beds",
        "taken",
        "free",
        "cleaning",
        "distance",
    }


def test_kept_and_unclean_beds_and_closed_wards_are_not_free(clara, sgml_icu, sgml_med, esha):
    beds, now = beds_in(sgml_icu), timezone.now()
    services.start_cleaning(bed=beds[0], actor=esha, at=now)
    services.take_out_of_service(bed=beds[1], why="broken", actor=esha, at=now)
    make_ward(sgml_med, kind=WardKind.ICU, is_active=False)

    (counts,) = queries.free_in_state(WardKind.ICU, now).values()

    assert counts == {"beds": 3, "taken": 0, "free": 1, "cleaning": 1}


def test_a_free_bed_comes_before_a_near_one_and_the_near_before_the_far(ranchi, gumla, sgml_icu, sgml):
    far = District.objects.create(
        state=ranchi.state, name="Far", name_hi="दूर", lgd_code=9001, tile_column=7, tile_row=5
    )
    District.objects.filter(pk=ranchi.pk).update(tile_column=2, tile_row=3)
    District.objects.filter(pk=gumla.pk).update(tile_column=1, tile_row=3)
    ranchi.refresh_from_db()
    others = {}
    for code, district, beds in (("FAR", far, 2), ("FULL", ranchi, 0), ("NEAR", ranchi, 1)):
        place = make_facility(code, district=district)
        make_ward(make_department(place, "MED"), beds=beds, floor=1, kind=WardKind.ICU)
        others[code] = place

    found = queries.find_beds(WardKind.ICU, timezone.now(), near=ranchi)

    assert [(one.hospital.code, one.distance) for one in found] == [
        ("NEAR", 0),
        ("SGML", 1),
        ("FAR", 5),
        ("FULL", 0),
    ]


def test_a_state_administrator_has_no_district_and_sees_all(client, indu, sgml_icu):
    client.force_login(indu)
    page = ask(client, kind="icu")
    assert page.status_code == 200
    assert "Sadar Hospital Gumla" in page.content.decode()


def test_for_an_inpatient_the_letter_is_one_step_away(client, bose, asha, med, sgml_icu, sgml_med):
    encounter = make_encounter(asha, med)
    client.force_login(bose)

    page = ask(client, kind="icu", encounter=encounter.pk).content.decode()

    assert reverse("opd:referral_new", args=[encounter.pk]) in page
    theirs = make_encounter(make_patient(sgml_med.facility), sgml_med)
    assert ask(client, encounter=theirs.pk).status_code == 404
    assert ask(client, encounter="x", kind="nonsense").status_code == 200


def test_as_many_reads_for_the_state_as_for_one_hospital(
    client, clara, ranchi, sgml_icu, django_assert_max_num_queries
):
    for n in range(12):
        place = make_facility(f"H{chr(65 + n)}", district=ranchi)
        make_ward(make_department(place, "MED"), kind=WardKind.ICU)
    client.force_login(clara)
    with django_assert_max_num_queries(12):
        ask(client, kind="icu")
