"""Consultations by the API: begun with a token, kept with a version, signed once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from facilities.roles import Grade
from hmis.kernel.models import AuditEntry
from opd.models import Consultation
from opd.states import TokenStatus
from tests.api.conftest import refused
from tests.factories.facilities import make_doctor
from tests.factories.notes import TEXT, make_graded, make_templates
from tests.factories.opd import make_clinic_day, make_token

HERE = "/api/v1/consultations/"


@pytest.fixture
def token(unit):
    make_templates()
    clinic = make_clinic_day(unit, held_on=timezone.localdate())
    return make_token(clinic, status=TokenStatus.CALLED)


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


def at(consultation, more=""):
    return f"{HERE}{consultation['id']}/{more}"


@pytest.fixture
def begun(doctor, token):
    answer = send(doctor.post, HERE, {"token": str(token.pk)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def in_days(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_begun_kept_and_signed(doctor, begun, token):
    assert (begun["token"], begun["status"], begun["note"]["version"]) == (str(token.pk), "draft", 0)
    text = {"version": 0, "sections": TEXT, "follow_up_on": in_days(5)}
    kept = send(doctor.patch, at(begun), text).json()
    assert (kept["note"]["version"], kept["follow_up_on"]) == (1, in_days(5))

    key = uuid4()
    signed = [
        send(doctor.post, at(begun, "signature/"), {"version": 1, "sections": TEXT}, key) for _ in range(2)
    ]
    assert [one.status_code for one in signed] == [201, 201]
    assert signed[0].json() == signed[1].json()
    assert (signed[0].json()["status"], signed[0].json()["follow_up_on"]) == ("signed", in_days(5))
    token.refresh_from_db()
    assert token.status == TokenStatus.DONE
    refused(send(doctor.post, at(begun, "signature/"), {"version": 1, "sections": TEXT}), 422)


def test_begun_again_it_is_the_same(doctor, begun, token):
    again = send(doctor.post, HERE, {"token": str(token.pk)}).json()
    assert again["id"] == begun["id"]
    assert Consultation.objects.count() == 1


def test_a_lagging_window_is_answered_with_both_texts(doctor, begun):
    first, second = ({"plan": {"advice": word}} for word in ("first", "second"))
    send(doctor.patch, at(begun), {"version": 0, "sections": first})
    body = refused(send(doctor.patch, at(begun), {"version": 0, "sections": second}), 409)
    assert (body["stands"]["note"]["sections"], body["sent"]) == (first, second)


def test_the_day_to_come_again_stays_unless_it_is_said(doctor, begun):
    for said, day in (in_days(5), in_days(5)), (..., in_days(5)), (None, None):
        body = {"version": 0, "sections": {}} | ({} if said is ... else {"follow_up_on": said})
        assert send(doctor.patch, at(begun), body).json()["follow_up_on"] == day
    body = {"version": 0, "sections": {}, "follow_up_on": in_days(-1)}
    assert "from tomorrow" in refused(send(doctor.patch, at(begun), body), 422, "follow_up")


def test_an_interns_is_submitted_and_a_draft_is_its_doctors(caller, rims, token, doctor):
    intern = caller(make_graded("Intern", rims, Grade.INTERN))
    begun = send(intern.post, HERE, {"token": str(token.pk)}).json()
    assert doctor.get(at(begun)).status_code == 404
    text = {"version": 0, "sections": TEXT}
    refused(send(intern.post, at(begun, "signature/"), text), 422)
    assert send(intern.post, at(begun, "submissions/"), text).json()["note"]["status"] == "awaiting"
    signed = send(doctor.post, at(begun, "signature/"), text | {"version": 1})
    assert (signed.status_code, signed.json()["note"]["signed_by"]) == (201, "Bose")


def test_lists_are_narrowed_and_reading_is_written_down(doctor, begun, token):
    for name, value in ("patient", token.patient_id), ("encounter", token.encounter_id):
        assert [one["id"] for one in doctor.get(f"{HERE}?{name}={value}").json()["results"]] == [begun["id"]]
        assert doctor.get(f"{HERE}?{name}={uuid4()}").status_code == 404
    assert doctor.get(at(begun)).status_code == 200
    assert AuditEntry.objects.filter(name="patients.note_viewed").count() == 1


def test_another_hospital_finds_nothing(caller, esha, begun, token):
    stranger = caller(esha)
    assert stranger.get(at(begun)).status_code == 404
    assert send(stranger.patch, at(begun), {"version": 0, "sections": {}}).status_code == 404
    assert refused(send(stranger.post, HERE, {"token": str(token.pk)}), 422, "token")
    assert stranger.get(HERE).json()["results"] == []


def test_a_colleague_has_an_own_one(caller, rims, begun, token):
    horo = caller(make_doctor("Horo", rims))
    assert send(horo.post, HERE, {"token": str(token.pk)}).json()["id"] != begun["id"]
