"""A form that comes again when the clock has gone on: over midnight, or by a second. It is done once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from billing.models import Invoice
from hmis.kernel.models import IssuedDocument
from opd.models import CasualtyArrival, Consultation, QueueToken
from opd.queries import SLIP
from opd.states import TokenStatus
from patients.models import BedStay, CaseKind, MedicoLegalCase, Patient, PoliceIntimation
from patients.services import CaseDetails
from tests.api.conftest import caller, clerk, person
from tests.conftest import NOON
from tests.factories.casualty import come
from tests.factories.notes import make_templates
from tests.factories.opd import make_clinic_day, make_token
from tests.opd.test_cancel_token import pay
from tests.opd.test_register_visit import visit

__all__ = ["caller", "clerk", "person"]

MIDNIGHT = NOON.replace(hour=0) + timedelta(1)
DESK = reverse("opd:registration_new")


@pytest.fixture(autouse=True)
def clock():
    """Two seconds before midnight."""
    with time_machine.travel(MIDNIGHT - timedelta(seconds=2), tick=False) as clock:
        yield clock


@pytest.fixture
def twice(clock):
    """What is sent, sent once more five seconds later; both answers."""

    def send(sending):
        first = sending()
        clock.shift(5)
        return first, sending()

    return send


def somebody(**changes):
    said = {"name": "Birsa Munda", "sex": "male", "age": "34", "age_unit": "years", "phone": "9431155555"}
    return said | {"department": "MED", "mode": "cash", "request_key": uuid4()} | changes


@pytest.mark.parametrize(
    ("said", "born"),
    [
        ({}, date(1992, 7, 22)),
        ({"age": "5", "age_unit": "months"}, date(2026, 2, 22)),
        ({"age": "3", "age_unit": "days"}, date(2026, 7, 19)),
        ({"age": "22-07-1992", "age_unit": "date"}, date(1992, 7, 22)),
    ],
)
def test_a_registration_over_midnight_is_one(client, kavita, unit, twice, said, born):
    client.force_login(kavita)
    form = somebody(**said)

    first, again = twice(lambda: client.post(DESK, form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert again["Location"] == first["Location"]
    assert Patient.objects.get().birth_date == born
    assert (Invoice.objects.count(), QueueToken.objects.count()) == (1, 1)


def test_a_year_alone_is_the_same_words_when_its_middle_is_reached(client, kavita, unit, clock, twice):
    clock.move_to(MIDNIGHT.replace(month=7, day=1) - timedelta(seconds=2))
    client.force_login(kavita)
    form = somebody(age="2026", age_unit="date")

    first, again = twice(lambda: client.post(DESK, form))

    assert again["Location"] == first["Location"]
    assert Patient.objects.get().birth_date == date(2026, 1, 1)


@pytest.mark.parametrize("noun", ["opd-registrations", "patients"])
def test_the_api_answers_the_second_sending_over_midnight_with_the_first(clerk, person, unit, twice, noun):
    said = person() if noun == "patients" else {"patient": person(), "department": "MED"}
    key = str(uuid4())

    first, again = twice(
        lambda: clerk.post(f"/api/v1/{noun}/", said, format="json", headers={"Idempotency-Key": key})
    )

    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert again.json() == first.json()
    assert Patient.objects.get().birth_date == date(1992, 7, 22)


@pytest.mark.parametrize(
    "said",
    [
        {"unknown": "male", "age_band": "young"},
        {"unknown": "male", "age": "34", "age_unit": "years"},
        {"name": "Budhni Oraon", "sex": "female", "triage": "yellow", "age": "34"},
        {"unknown": "male", "is_dead": "on", "is_case": "on"},
        {"unknown": "male", "is_dead": "on", "declared_dead_at": "23:40"},
        {"unknown": "male", "is_case": "on", "kind": "fall", "station": "Bariatu"},
        {"unknown": "male", "is_case": "on", "kind": "fall", "station": "Bariatu", "informed_at": "10:42"},
    ],
)
def test_casualty_registers_once_what_comes_twice(client, clara, emer, twice, said):
    client.force_login(clara)
    form = {"request_key": uuid4(), **said}

    first, again = twice(lambda: client.post(reverse("opd:casualty_new"), form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert again["Location"] == first["Location"]
    assert (Patient.objects.count(), CasualtyArrival.objects.count()) == (1, 1)


def test_whoever_was_laid_into_a_bed_lies_there_when_the_form_comes_again(client, clara, emer, beds, twice):
    client.force_login(clara)
    form = {"request_key": uuid4(), "unknown": "male", "bed": beds[0].pk}

    first, again = twice(lambda: client.post(reverse("opd:casualty_new"), form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert again["Location"] == first["Location"]
    assert (CasualtyArrival.objects.count(), BedStay.objects.get().bed) == (1, beds[0])


def test_a_bed_that_is_given_in_casualty_is_given_once(client, clara, emer, beds, twice):
    arrival = come(emer, clara, at=timezone.now()).arrival
    client.force_login(clara)
    form = {"request_key": uuid4(), "bed": beds[0].pk}

    first, again = twice(lambda: client.post(reverse("opd:bedstay_new", args=[arrival.pk]), form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert BedStay.objects.get().bed == beds[0]


def test_an_hour_is_of_the_day_on_which_it_first_came(client, clara, emer, twice):
    client.force_login(clara)
    form = {"request_key": uuid4(), "unknown": "male", "is_case": "on", "kind": "fall", "station": "Bariatu"}

    twice(lambda: client.post(reverse("opd:casualty_new"), form | {"informed_at": "10:42"}))

    told = timezone.localtime(PoliceIntimation.objects.get().informed_at)
    assert f"{told:%d-%m-%Y %H:%M}" == "22-07-2026 10:42"


def test_the_api_of_casualty_answers_the_second_sending_with_the_first(caller, clara, emer, twice):
    nurse, key = caller(clara), str(uuid4())
    said = {
        "unknown": {"sex": "male", "age_band": "young"},
        "triage": "red",
        "medico_legal_case": {"kind": "fall", "police": {"station": "Bariatu"}},
    }

    first, again = twice(
        lambda: nurse.post(
            "/api/v1/casualty-registrations/", said, format="json", headers={"Idempotency-Key": key}
        )
    )

    assert (first.status_code, again.status_code) == (201, 201), again.content
    assert again.json() == first.json()


def test_a_case_is_opened_once_and_the_police_are_told_once(client, clara, emer, twice):
    encounter = come(emer, clara, at=timezone.now()).arrival.encounter
    client.force_login(clara)
    form = {"request_key": uuid4(), "kind": "fall", "station": "Bariatu"}

    first, again = twice(lambda: client.post(reverse("patients:case_new", args=[encounter.pk]), form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert PoliceIntimation.objects.get().informed_at == MIDNIGHT - timedelta(seconds=2)


@pytest.mark.parametrize("hour", ["", "10:42"])
def test_a_further_letter_to_the_police_is_one(client, clara, emer, twice, hour):
    come(emer, clara, at=timezone.now() - timedelta(hours=20), case=CaseDetails(CaseKind.FALL))
    address = reverse("patients:intimation_new", args=[MedicoLegalCase.objects.get().pk])
    client.force_login(clara)
    form = {"request_key": uuid4(), "station": "Bariatu", "informed_at": hour}

    first, again = twice(lambda: client.post(address, form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert PoliceIntimation.objects.count() == 1


def test_the_api_opens_a_case_and_tells_the_police_once(caller, clara, emer, twice):
    encounter = come(emer, clara, at=timezone.now()).arrival.encounter
    nurse, keys = caller(clara), [str(uuid4()), str(uuid4())]

    def open_and_tell():
        said = {"encounter": str(encounter.pk), "kind": "fall", "police": {"station": "Bariatu"}}
        opened = nurse.post(
            "/api/v1/medico-legal-cases/", said, format="json", headers={"Idempotency-Key": keys[0]}
        )
        tell = f"/api/v1/medico-legal-cases/{opened.json().get('id')}/intimations/"
        told = nurse.post(tell, {"station": "Sadar"}, format="json", headers={"Idempotency-Key": keys[1]})
        return opened.status_code, told.status_code

    assert twice(open_and_tell) == ((201, 201), (201, 201))
    assert PoliceIntimation.objects.count() == 2


@pytest.mark.parametrize("act", ["consultation_edit", "signature_new"])
def test_days_to_come_again_are_counted_once(client, bose, unit, twice, act):
    make_templates()
    clinic = make_clinic_day(unit, held_on=timezone.localdate())
    token = make_token(clinic, status=TokenStatus.CALLED, senior_since=timezone.now() - timedelta(hours=1))
    client.force_login(bose)
    client.post(reverse("opd:consultation_new", args=[token.pk]), {"request_key": uuid4()})
    form = {"version": "0", "request_key": uuid4(), "complaints": "fever 4d", "follow_up": "5 दिन"}
    address = reverse(f"opd:{act}", args=[Consultation.objects.get().pk])

    first, again = twice(lambda: client.post(address, form))

    assert (first.status_code, again.status_code) == (303, 303), again.content.decode()
    assert Consultation.objects.get().follow_up_on == date(2026, 7, 27)


@pytest.mark.parametrize("receipt_came", [False, True])
def test_a_corrected_slip_sent_again_is_the_same_slip(client, kavita, med, asha, unit, receipt_came):
    made = visit(asha, med, kavita, at=timezone.now(), offer=None)
    Patient.objects.update(name="Asha Kumari")
    client.force_login(kavita)
    address, sent = reverse("opd:registration_copy_new", args=[made.encounter.pk]), {"request_key": uuid4()}

    first = client.post(address, sent, headers={"X-Fetch": "1"})
    if receipt_came:
        pay(made, kavita, "5.00")
    again = client.post(address, sent, headers={"X-Fetch": "1"})

    assert (first.status_code, again.status_code) == (201, 201), again.content.decode()
    assert again.json() == first.json()
    assert IssuedDocument.objects.filter(template=SLIP).count() == 2
