"""Admissions by the API: the same acts, the same rules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from patients.models import BedStay
from tests.api.conftest import refused
from tests.factories.ipd import beds_in

NOUN = "/api/v1/admissions/"


@pytest.fixture
def nurse(caller, clara):
    return caller(clara)


def post(client, path, body, key=None):
    return client.post(path, body, format="json", headers={"Idempotency-Key": str(key or uuid4())})


def body_of(bed, **changes):
    return {"department": "MED", "bed": str(bed.pk), "consent": "patient"} | changes


def test_somebody_on_file_lies_in_a_bed(nurse, asha, ward):
    key = uuid4()
    body = body_of(beds_in(ward)[0], patient=str(asha.pk), attendant={"name": "Mohan", "phone": "9431112222"})
    answer = post(nurse, NOUN, body, key)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["number"].startswith("RIMS/A")
    assert made["bed"]["id"] == str(beds_in(ward)[0].pk)
    assert len(made["papers"]) == 2
    assert nurse.get(made["papers"][0]["url"])["Content-Type"] == "application/pdf"
    assert post(nurse, NOUN, body, key).json()["id"] == made["id"]
    assert refused(post(nurse, NOUN, body | {"diagnosis": "x"}, key), 409)


def test_somebody_unknown_with_a_case(nurse, ward):
    body = body_of(beds_in(ward)[0], unknown={"sex": "male", "age_band": "young"}, consent="emergency")
    made = post(nurse, NOUN, body | {"medico_legal_case": {"kind": "road_accident"}}).json()
    assert made["patient"]["name"].startswith("Unknown male")


def test_a_bed_that_is_taken_and_a_department_of_elsewhere(nurse, admitted, ward, sgml_ward, person):
    taken = body_of(beds_in(ward)[0], patient=person())
    assert "Somebody lies in this bed" in refused(post(nurse, NOUN, taken), 422)["detail"]
    elsewhere = body_of(beds_in(sgml_ward)[0], patient=person())
    assert "no such bed" in refused(post(nurse, NOUN, elsewhere), 422)["detail"]


def test_leave_return_and_taking_back(nurse, caller, bose, admitted, ward):
    doctor, address = caller(bose), f"{NOUN}{admitted.admission.pk}/"
    due = (timezone.now() + timedelta(hours=4)).isoformat()
    out = post(doctor, f"{address}leaves/", {"why": "wedding", "due_at": due, "keeps_bed": False})
    assert out.status_code == 201, out.content
    assert out.json()["bed"] is None
    assert "given up" in refused(post(nurse, f"{address}returns/", {}), 422)["detail"]
    back = post(nurse, f"{address}returns/", {"bed": str(beds_in(ward)[1].pk)})
    assert back.json()["bed"]["number"] == "2"
    gone = post(nurse, f"{address}cancellations/", {"why": "mistake"})
    assert gone.json()["status"] == "cancelled"
    assert not BedStay.objects.filter(ended_at=None).exists()


def test_another_hospitals_stay_is_not_there(caller, esha, admission):
    stranger = caller(esha)
    assert stranger.get(f"{NOUN}{admission.pk}/").status_code == 404
    assert stranger.get(NOUN).json()["results"] == []
    assert post(stranger, f"{NOUN}{admission.pk}/departures/", {}).status_code == 404


def test_the_list_is_of_those_here(nurse, admitted, ward):
    answer = nurse.get(NOUN, {"here": "true"}).json()["results"]
    assert [one["id"] for one in answer] == [str(admitted.admission.pk)]
    assert nurse.get(NOUN, {"here": "false"}).json()["results"] == []
