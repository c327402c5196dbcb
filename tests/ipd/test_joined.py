"""A ward and somebody with two records: what began under one goes on there, and the other counts."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from facilities.roles import Role
from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from ipd.models import Admission
from ipd.queries import cradled, medicines_of
from ipd.states import DischargeItem
from opd.models import CasualtyArrival
from opd.services import cancel_arrival
from patients.models import BedStay, CaseKind, MedicationHold, Sex
from patients.services import (
    CaseDetails,
    Newborn,
    Wish,
    register_newborns,
    request_admission,
    withdraw_death,
)
from patients.states import AdmissionRequestStatus
from tests.conftest import NOON
from tests.factories.casualty import come, make_beds
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, complete, die, leave, pass_over
from tests.factories.patients import make_encounter, make_merge, make_patient
from tests.factories.prescribing import make_prescription
from tests.ipd.test_admission_desk import NEW, fields

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def double(rims):
    """Asha once more, with another UHID."""
    return make_patient(rims, name="Asha Debi")


# ── From casualty and the OPD ──


def test_whose_other_card_is_scanned_comes_from_casualty_with_the_case_and_the_bed_is_free(
    client, asha, double, emer, ward, med, clara
):
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    here = come(emer, clara, who=double, at=NOON, case=case, bed=make_beds(emer)[0])
    make_merge(double, asha, clara)
    client.force_login(clara)

    scanned = f"{NEW}?patient={asha.pk}"
    page = client.get(scanned).text
    assert here.case.number in page
    assert double.uhid_shown in page
    assert client.post(scanned, fields(beds_in(ward)[0], med)).status_code == 303
    facts.sweep()

    made = Admission.objects.get()
    assert (made.patient, made.came_from) == (double, here.arrival.encounter)
    assert BedStay.objects.get(ended_at=None).encounter == made.encounter
    assert CasualtyArrival.objects.get().left_at


def test_whose_other_card_is_scanned_is_admitted_on_the_doctors_request(
    client, asha, double, ward, med, clara, bose
):
    contact = make_encounter(double, med, at=NOON)
    wish = Wish(department=med, reason="Dehydration", diagnosis="A09 Diarrhoea")
    asked = request_admission(encounter=contact, wish=wish, request_key=uuid4(), actor=bose, at=NOON)
    make_merge(double, asha, clara)
    client.force_login(clara)

    answer = client.post(f"{NEW}?patient={asha.pk}", fields(beds_in(ward)[0], med))

    assert answer.status_code == 303
    assert (Admission.objects.get().patient, Admission.objects.get().request) == (double, asked)
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.ADMITTED


def test_the_act_names_the_number_under_which_casualty_goes_on(asha, double, emer, ward, clara):
    come(emer, clara, who=double, at=NOON)
    make_merge(double, asha, clara)

    with pytest.raises(Refusal, match=f"Take UHID {double.uhid_shown}"):
        admit(asha, beds_in(ward)[0], clara, at=NOON)
    assert admit(double, beds_in(ward)[0], clara, at=NOON).admission.came_from


def test_who_was_admitted_on_the_other_record_did_come_to_casualty(asha, double, emer, ward, clara):
    arrival = come(emer, clara, who=double, at=NOON).arrival
    admit(asha, beds_in(ward)[0], clara, at=NOON)
    make_merge(double, asha, clara)

    with pytest.raises(Refusal, match="See the patient off instead"):
        cancel_arrival(arrival=arrival, why="mistake", request_key=uuid4(), actor=clara, at=LATER)


# ── In the ward ──


def test_the_ward_shows_holds_and_stops_what_the_other_record_was_prescribed(
    client, asha, double, med, ward, clara, bose
):
    note = make_prescription(make_encounter(double, med, at=NOON), bose, "para 500 1-1-1 5d", nurse=clara)
    line = note.medicines.get()
    admission = admit(asha, beds_in(ward)[0], clara, at=NOON).admission
    assert not medicines_of(admission, NOON.date()).running
    make_merge(double, asha, clara)
    client.force_login(bose)

    assert medicines_of(admission, NOON.date()).running == [line]
    for act in ("hold_new", "stop_new"):
        there = reverse(f"ipd:{act}", args=[admission.pk, line.pk])
        said = {"why": "vomits", "request_key": uuid4()}
        assert client.post(there, said).status_code in (302, 303)
    assert MedicationHold.objects.get().request == line
    assert medicines_of(admission, NOON.date()).stopped == [line]


def test_who_came_again_on_the_other_record_did_not_die_in_the_stay_before(
    asha, double, ward, clara, bose, rims
):
    stay = admit(double, beds_in(ward)[0], clara, at=NOON).admission
    death = die(stay.encounter, bose, died_at=LATER, at=LATER)
    pass_over(Admission.objects.get(), bose, DischargeItem.SUMMARY, "follows")
    leave(Admission.objects.get(), clara, at=LATER)
    over = complete(Admission.objects.get(), clara, at=LATER)
    sen = make_person("Sen", Role.DOCTOR, rims)
    withdraw_death(notice=death.notice, why="the next bed", request_key=uuid4(), actor=sen, at=LATER)
    make_encounter(asha, stay.encounter.department, at=LATER + timedelta(hours=2))
    make_merge(double, asha, clara)

    with pytest.raises(Refusal, match="where they were last"):
        die(over.encounter, bose, died_at=LATER, at=LATER + timedelta(hours=3))


def test_a_child_of_the_other_record_lies_beside_its_mother_and_goes_along(
    client, asha, double, ward, med, clara
):
    mother = admit(double, beds_in(ward)[0], clara, at=NOON).admission
    make_merge(double, asha, clara)
    born = {"babies": [Newborn(Sex.FEMALE, NOON)], "request_key": uuid4(), "actor": clara, "at": NOON}
    baby = register_newborns(mother=asha, **born)[0].baby
    client.force_login(clara)

    said = fields(None, med, consent="relative", consent_name="Asha")
    assert client.post(f"{NEW}?patient={baby.pk}", said).status_code == 303
    assert [one.patient for one in cradled(mother)] == [baby]
