"""Prescribed medicines by the API: the same services, the same rules."""

from uuid import uuid4

import pytest
from django.utils import timezone

from patients.models import Encounter, MedicationDispense, MedicationRequest
from patients.states import EncounterStatus
from tests.api.conftest import refused
from tests.factories.chart import make_allergy
from tests.factories.formulary import make_formulary, medication
from tests.factories.notes import TEXT, make_note
from tests.factories.prescribing import ask_allergies, make_line, make_pharmacist, sign

LINES = "/api/v1/prescriptions/"


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def note(encounter, bose):
    make_formulary(encounter.facility)
    return make_note(encounter, bose)


@pytest.fixture
def written(doctor, note):
    """A line that Dr. Bose has written."""
    answer = send(doctor.post, LINES, {"note": str(note.pk), "line": "para 500 1-1-1 5d"})
    assert answer.status_code == 201, answer.content
    return answer.json()


def at(line, way=""):
    return f"{LINES}{line['id']}/{way}"


def test_from_the_line_to_the_counter(doctor, note, written, encounter, clara, rims, caller):
    assert (written["status"], written["quantity"], written["days"]) == ("draft", "15.00", 5)
    assert written["line"].startswith("PARACETAMOL 500 mg Tablet")
    assert written["dosage"][0]["route"] == {"text": "oral"}
    ask_allergies(encounter, clara)
    note.refresh_from_db()
    path = f"/api/v1/clinical-notes/{note.pk}/signatures/"
    signed = send(doctor.post, path, {"version": note.version, "sections": TEXT})
    assert signed.status_code == 201, signed.content

    line = doctor.get(at(written)).json()
    assert (line["status"], line["signed_by"]) == ("active", "Bose")
    counter = caller(make_pharmacist(rims))
    given = send(counter.post, at(written, "dispenses/"), {"outcome": "part", "quantity": "10"})
    assert [one["quantity"] for one in given.json()["dispenses"]] == ["10.00"]
    stopped = send(doctor.post, at(written, "stops/"), {"why": "rash"})
    assert (stopped.json()["status"], stopped.json()["stopped_why"]) == ("stopped", "rash")


def test_a_line_sent_twice_is_one(doctor, note):
    key, body = uuid4(), {"note": str(note.pk), "line": "para 500 bd 3d"}
    first, second = (send(doctor.post, LINES, body, key) for _ in range(2))

    assert first.json()["id"] == second.json()["id"]
    assert MedicationRequest.objects.count() == 1


def test_a_line_that_nobody_understands_says_so_at_its_field(doctor, note):
    refused(send(doctor.post, LINES, {"note": str(note.pk), "line": "flurb 500"}), 422, "line")


def test_a_line_is_written_otherwise_and_taken_off(doctor, written):
    other = send(doctor.post, at(written, "changes/"), {"line": "para 650 bd 3d"})
    assert other.status_code == 201, other.content
    assert doctor.get(at(written)).json()["status"] == "removed"
    gone = send(doctor.post, at(other.json(), "removals/"))
    assert gone.json()["status"] == "removed"


def test_the_medicine_that_is_meant_may_be_named(doctor, note):
    meant = medication("Amoxicillin", form="Oral liquid")
    body = {"note": str(note.pk), "line": "5 ml tds 5d", "medication": str(meant.pk)}
    line = send(doctor.post, LINES, body)

    assert line.status_code == 201, line.content
    assert line.json()["medication"] == str(meant.pk)


def test_an_alert_is_answered_before_the_signature(doctor, note, encounter, clara):
    make_allergy(encounter, clara, "Penicillin")
    line = send(doctor.post, LINES, {"note": str(note.pk), "line": "amox 500 tds 5d"}).json()
    [issue] = line["issues"]
    path = f"/api/v1/clinical-notes/{note.pk}/signatures/"
    body = {"version": note.version, "sections": TEXT}
    refused(send(doctor.post, path, body), 422)
    answered = send(doctor.post, at(line, "answers/"), {"issue": issue["id"], "reason": "tolerated"})
    assert answered.json()["issues"][0]["answer"] == "kept"

    assert send(doctor.post, path, body).status_code == 201


def test_the_list_is_of_one_patient_whose_chart_is_open(doctor, written, encounter):
    found = doctor.get(LINES, {"patient": str(encounter.patient_id)})

    assert [one["id"] for one in found.json()["results"]] == [written["id"]]
    assert doctor.get(LINES).status_code == 400


def test_a_closed_chart_shows_no_medicine(doctor, note, bose, clara, encounter, rims, caller):
    ask_allergies(encounter, clara)
    line = {"id": str(make_line(note, bose).pk)}
    sign(note, bose)
    contact = Encounter.objects.get(pk=encounter.pk)
    contact.status, contact.ended_at = EncounterStatus.FINISHED, timezone.now()
    contact.save()

    for one in doctor, caller(clara):
        assert one.get(at(line)).status_code == 403
        assert one.get(LINES, {"patient": str(encounter.patient_id)}).status_code == 403
    assert send(doctor.post, at(line, "stops/"), {"why": "rash"}).status_code == 403
    assert caller(make_pharmacist(rims)).get(at(line)).status_code == 200


def test_what_another_doctor_has_not_signed_is_not_shown(doctor, note, rims, caller, written):
    from tests.factories.facilities import make_doctor

    other = caller(make_doctor("Rita", rims))
    assert other.get(at(written)).status_code == 404


def test_another_hospitals_line_is_not_there(written, sgml, caller):
    stranger = caller(make_pharmacist(sgml, "Stranger"))

    assert stranger.get(at(written)).status_code == 404
    assert send(stranger.post, at(written, "dispenses/"), {"outcome": "given"}).status_code == 404


def test_a_second_answer_of_the_counter_names_the_first(note, bose, clara, encounter, rims, caller):
    ask_allergies(encounter, clara)
    line = {"id": str(make_line(note, bose).pk)}
    sign(note, bose)
    counter = caller(make_pharmacist(rims))
    send(counter.post, at(line, "dispenses/"), {"outcome": "not_available"})
    refused(send(counter.post, at(line, "dispenses/"), {"outcome": "given"}), 422)
    first = MedicationDispense.objects.get()
    right = send(counter.post, at(line, "dispenses/"), {"outcome": "given", "corrects": str(first.pk)})

    assert [one["outcome"] for one in right.json()["dispenses"]] == ["not_available", "given"]
