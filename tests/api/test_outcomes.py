"""Referrals, requests to admit and certificates by the API: the same services, the same rules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from patients.models import AdmissionRequest, Certificate, Referral
from tests.api.conftest import refused
from tests.factories.facilities import make_department, make_unit
from tests.factories.outcomes import (
    certifying,
    make_admission_request,
    make_certificate,
    make_letter,
)

REFERRALS, REQUESTS, CERTIFICATES = (
    f"/api/v1/{noun}/" for noun in ("referrals", "admission-requests", "certificates")
)
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def surg(rims):
    department = make_department(rims, "SURG")
    make_unit(department)
    return department


@pytest.fixture(autouse=True)
def _registered(bose):
    certifying(bose)


def letter(encounter, **said):
    words = {"to_name": "Tata Main Hospital", "transport": "own_way", "escort": "relative"}
    return {"encounter": str(encounter.pk), "reason": HOSTILE} | words | said


def rest(encounter, **said):
    today = timezone.localdate()
    days = {"from_on": today.isoformat(), "to_on": (today + timedelta(days=2)).isoformat()}
    return {"encounter": str(encounter.pk), "kind": "sick"} | days | said


# ── Referrals ──


def test_to_a_department_it_leads_to_a_registration_and_back(doctor, encounter, surg):
    body, key = {"encounter": str(encounter.pk), "department": "SURG", "reason": "a lump"}, uuid4()
    first, second = (send(doctor.post, REFERRALS, body, key) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    made = first.json()
    assert (made["department"], made["status"], made["to_name"]) == ("SURG", "sent", "")
    registration = doctor.get(f"/api/v1/opd-registrations/{made['led_to']}/").json()
    assert registration["token"]["number"] == 1
    withdrawn = send(doctor.post, f"{REFERRALS}{made['id']}/withdrawals/", {"why": "mistake"})
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_why"]) == (201, "mistake")
    assert doctor.get(f"{REFERRALS}{made['id']}/").json()["status"] == "withdrawn"


def test_a_letter_takes_hostile_words_as_words(doctor, encounter, sgml):
    by_name = send(doctor.post, REFERRALS, letter(encounter))
    by_code = send(doctor.post, REFERRALS, letter(encounter, to_name="", to_facility="SGML"))

    assert (by_name.status_code, by_name.json()["reason"]) == (201, HOSTILE)
    assert by_code.json()["to_name"] == "Sadar Hospital Gumla"
    listed = doctor.get(REFERRALS, {"encounter": str(encounter.pk)}).json()["results"]
    assert [one["to_name"] for one in listed] == ["Sadar Hospital Gumla", "Tata Main Hospital"]
    assert doctor.get(REFERRALS, {"encounter": str(uuid4())}).json()["results"] == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"to_name": ""}, "to_name"),
        ({"to_facility": "SGML"}, "to_name"),
        ({"to_facility": "NONE", "to_name": ""}, "to_name"),
        ({"escort": None}, None),
        ({"department": "SURG"}, "department"),
        ({"department": "NONE", "to_name": "", "transport": None, "escort": None}, "department"),
    ],
)
def test_a_referral_to_nowhere_or_two_places_is_refused(doctor, encounter, surg, sgml, said, field):
    body = {name: value for name, value in letter(encounter, **said).items() if value is not None}
    answer = send(doctor.post, REFERRALS, body)

    assert answer.status_code == 422
    if field:
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Referral.objects.exists()


# ── Requests to admit ──


def test_a_request_is_asked_accepted_and_cancelled(doctor, caller, clara, encounter):
    body = {"encounter": str(encounter.pk), "department": "MED", "ward_kind": "icu"}
    body |= {"diagnosis": "J18.9", "reason": HOSTILE}
    asked, key = send(doctor.post, REQUESTS, body), uuid4()
    assert (asked.status_code, asked.json()["ward_kind"]) == (201, "icu")
    assert send(doctor.post, REQUESTS, body).status_code == 422
    nurse, path = caller(clara), f"{REQUESTS}{asked.json()['id']}/"
    assert [one["id"] for one in nurse.get(REQUESTS, {"waiting": "true"}).json()["results"]]
    for _ in range(2):
        assert send(nurse.post, f"{path}acceptances/", key=key).json()["status"] == "accepted"
    key = uuid4()
    for _ in range(2):
        gone = send(nurse.post, f"{path}cancellations/", {"why": "no bed"}, key)
        assert (gone.status_code, gone.json()["cancelled_why"]) == (201, "no bed")
    assert nurse.get(REQUESTS, {"waiting": "true"}).json()["results"] == []
    assert nurse.get(path).json()["status"] == "cancelled"


def test_a_department_that_is_not_here_is_said_at_its_field(doctor, encounter):
    body = {"encounter": str(encounter.pk), "department": "NONE", "diagnosis": "x", "reason": "y"}
    answer = send(doctor.post, REQUESTS, body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "department")
    assert not AdmissionRequest.objects.exists()


# ── Certificates ──


def test_a_certificate_is_given_listed_and_cancelled(doctor, encounter):
    key = uuid4()
    first, second = (send(doctor.post, CERTIFICATES, rest(encounter), key) for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())
    given = first.json()
    assert (given["days"], given["diagnosis"], given["ends"]) == (3, "", None)
    fit = rest(encounter, kind="fitness", fit_for="work", ends=given["id"]) | {"to_on": None}
    assert send(doctor.post, CERTIFICATES, fit).json()["ends"] == given["number"]
    day = timezone.localdate().isoformat()
    asked = {"encounter": str(encounter.pk), "begins": day, "ends": day}
    assert len(doctor.get(CERTIFICATES, asked).json()["results"]) == 2
    later = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert doctor.get(CERTIFICATES, {"begins": later}).json()["results"] == []
    gone = send(doctor.post, f"{CERTIFICATES}{given['id']}/cancellations/", {"why": "wrong days"})
    assert (gone.status_code, gone.json()["status"]) == (201, "cancelled")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"to_on": None}, 422),
        ({"from_on": "2001-01-01"}, 422),
        ({"number": "RIMS/T26/7777777"}, 400),
        ({"diagnosis": "234123412346"}, 400),
        ({"ends": "00000000-0000-7000-8000-000000000001"}, 422),
        ({"kind": "death"}, 400),
    ],
)
def test_what_cannot_be_certified_is_refused(doctor, encounter, said, status):
    answer = send(doctor.post, CERTIFICATES, rest(encounter, **said))

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert not Certificate.objects.exists()


def test_a_doctor_of_another_hospital_finds_nothing_and_writes_nothing(caller, esha, encounter, bose):
    stranger = caller(certifying(esha))
    rows = {
        REFERRALS: (make_letter(encounter, bose), letter(encounter), "withdrawals/"),
        REQUESTS: (make_admission_request(encounter, bose), None, "cancellations/"),
        CERTIFICATES: (make_certificate(encounter, bose), rest(encounter), "cancellations/"),
    }
    for path, (row, body, act) in rows.items():
        assert stranger.get(path).json()["results"] == []
        assert stranger.get(f"{path}{row.pk}/").status_code == 404
        assert send(stranger.post, f"{path}{row.pk}/{act}", {"why": "x"}).status_code == 404
        if body:
            assert "no such visit" in refused(send(stranger.post, path, body), 422, "encounter")


def test_a_clerk_gives_no_certificates_and_refers_nobody(clerk, encounter):
    for path, body in {REFERRALS: letter(encounter), CERTIFICATES: rest(encounter)}.items():
        assert send(clerk.post, path, body).status_code == 403
