"""Two records of one person at every counter: whichever card is shown, what stands on either is found."""

from functools import partial
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.queries.accounts import find_bills
from ipd.forms.places import ReservationForm
from ipd.services import reserve_bed
from lab.queries import last_of_patients, last_results, pregnancy_of
from lab.services.reports import Handing, find_to_hand_out
from lab.states import Pregnancy, Proof
from opd.models import QueueToken
from opd.queries import slips_meant
from patients.identifiers import search_kind
from patients.models import Vital
from patients.queries import last_vitals, observations_of
from patients.services.beds import doubts_about, kept_now
from tests.conftest import NOON
from tests.factories.billing import make_invoice
from tests.factories.chart import make_allergy, make_observation
from tests.factories.ipd import beds_in
from tests.factories.lab import (
    enter,
    make_pathologist,
    make_technician,
    make_tests,
    order,
    received,
    reported,
)
from tests.factories.notes import make_condition
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_merge, make_patient
from tests.factories.prescribing import make_prescription


@pytest.fixture
def double(rims, asha, kavita):
    """Asha once more under another name and mobile, given up for her first record."""
    other = make_patient(rims, name="Asha Debi", phone="9431100012")
    make_merge(other, asha, kavita)
    return other


@pytest.fixture
def there(double, med):
    """A contact that hangs on the record given up."""
    return make_encounter(double, med, at=NOON)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


# ── The counters ──


def test_the_laboratory_finds_the_orders_by_either_card(there, double, asha, bose, rims):
    orders = order(there, bose, make_tests()["CBC"], urgent=True)
    counter = signed_in(make_technician(rims))

    for card in (double, asha):
        led = counter.post(reverse("lab:collection_list"), {"words": card.uhid})
        assert led["Location"] == reverse("lab:collection_new", args=[there.pk])
        assert counter.post(reverse("lab:order_list"), {"words": card.uhid}).context["rows"] == orders


def test_reports_of_either_record_are_handed_out_by_either_card(there, double, asha, bose, kavita, rims):
    report = reported(there, bose, make_technician(rims), make_pathologist(rims), make_tests()["CBC"], HB=11)

    for card in (double, asha):
        asked = Handing(card.uhid, Proof.PHONE, asha.phone[-4:])
        found = find_to_hand_out(asked=asked, actor=kavita, at=timezone.now())
        assert (found.patient, list(found.slips.values())) == (asha, [[report]])


def test_the_cashier_finds_the_bills_by_either_card_or_mobile(there, double, asha, kavita, dev):
    bill = make_invoice(there, kavita)

    for said in (double.uhid, asha.uhid, double.phone, asha.phone):
        assert [one for one, _owed in find_bills(said, dev)] == [bill]


def test_todays_slip_is_found_by_either_card_or_mobile(double, asha, unit):
    token = make_token(make_clinic_day(unit), double)

    for said in (double.uhid, asha.uhid, asha.phone):
        assert list(slips_meant(QueueToken.objects.all(), search_kind(said))) == [token]


def test_a_bed_kept_on_either_record_is_kept_for_the_other(double, asha, ward, clara, rims):
    (bed, *_) = beds_in(ward)
    form = ReservationForm({"uhid": double.uhid, "hours": 2, "request_key": uuid4()}, actor=clara)
    assert form.is_valid()
    assert form.cleaned_data["uhid"] == asha
    reserve_bed(bed=bed, patient=double, request_key=uuid4(), actor=clara, at=NOON)

    doubts = partial(doubts_about, bed, kept=kept_now(bed, NOON), on=NOON.date())
    assert doubts(asha) == doubts(double) == []
    assert [str(one) for one in doubts(make_patient(rims, name="Sita"))] == ["It is kept for Asha Debi."]


# ── What is read of the patient ──


def test_vital_signs_of_either_record_stand_in_triage_and_in_the_api(there, asha, med, clara, bose):
    here = make_encounter(asha, med, at=NOON)
    make_observation(there, clara, value="61", taken_at=NOON)
    make_observation(here, clara, value="75", taken_at=NOON)

    found = last_vitals([asha.pk, there.patient_id], clara)
    for record in (asha, there.patient):
        assert [one.value for one in found[record.pk]["pulse"]] == [61, 75]
        assert observations_of(record).count() == 2
        listed = signed_in(bose).get("/api/v1/observations/", {"patient": record.pk}).json()
        assert {one["value"] for one in listed["results"]} == {"61.00", "75.00"}


def test_medicines_and_diagnoses_of_either_record_are_listed_by_the_api(there, asha, med, bose, clara):
    make_encounter(asha, med, at=NOON)
    make_condition(there, bose)
    make_prescription(there, bose, "para 500 1-1-1 5d", nurse=clara)
    doctor = signed_in(bose)

    for record in (asha, there.patient):
        for noun in ("conditions", "prescriptions", "clinical-notes"):
            listed = doctor.get(f"/api/v1/{noun}/", {"patient": record.pk})
            assert len(listed.json()["results"]) == 1, (noun, listed.content)


def test_a_pregnancy_on_either_record_is_suggested_where_blood_is_drawn(there, asha, clara):
    make_observation(there, clara, Vital.PREGNANT, value=None, finding="yes", taken_at=NOON)

    assert pregnancy_of(asha, NOON) == Pregnancy.YES


def test_a_value_is_held_against_the_last_one_of_either_record(there, asha, med, bose, rims):
    rajesh, cbc = make_technician(rims), make_tests()["CBC"]
    reported(there, bose, rajesh, make_pathologist(rims), cbc, HB=11)
    (again,) = received(make_encounter(asha, med, at=NOON), bose, rajesh, cbc)
    enter(again, rajesh, HB=7)
    lines = list(again.lines.all())

    for last in (last_results(lines), last_of_patients([asha.pk], ["HB"], [again])):
        assert [one.number for (whose, _), one in last.items() if whose == asha.pk] == [11]


def test_an_allergy_of_the_joined_record_may_be_refuted_where_the_person_is_treated(
    double, asha, med, sgml_med, clara, esha
):
    make_encounter(asha, med, at=NOON)
    allergy = make_allergy(make_encounter(double, sgml_med, at=NOON), esha)
    other = make_allergy(make_encounter(make_patient(sgml_med.facility), sgml_med, at=NOON), esha)
    nurse = signed_in(clara)

    for row, status in ((allergy, 200), (other, 404)):
        assert nurse.get(reverse("patients:refutation_new", args=[row.pk])).status_code == status
        assert nurse.get(f"/api/v1/allergies/{row.pk}/").status_code == status
    assert nurse.get("/api/v1/allergies/no-id/").status_code == 404
