"""Two records of one person by the API: the same services, the same rules."""

from uuid import uuid4

import pytest

from facilities.roles import Role
from patients.models import MergeRecord
from tests.api.conftest import refused
from tests.factories.facilities import make_person
from tests.factories.patients import make_patient

MERGES = "/api/v1/patient-merges/"
WHY = {"why": "same person, card lost"}


def send(client, path, body):
    return client.post(path, body, format="json", headers={"Idempotency-Key": str(uuid4())})


@pytest.fixture
def officer(caller, rims):
    return caller(make_person("Ravi", Role.RECORDS_OFFICER, rims))


def test_two_records_are_joined_listed_and_separated_again(officer, asha, rims):
    double = make_patient(rims, name="Asha Debi")
    body = WHY | {"patient": str(double.pk), "kept": str(asha.pk)}
    made = send(officer, MERGES, body)

    assert made.status_code == 201, made.content
    assert (made.json()["uhid"], made.json()["kept_uhid"]) == (double.uhid, asha.uhid)
    assert "already" in refused(send(officer, MERGES, body), 422)["detail"]
    one = MERGES + made.json()["id"] + "/"
    undone = send(officer, one + "undoings/", {"why": "two sisters"})
    assert undone.status_code == 201, undone.content
    assert (undone.json()["undone_by"], undone.json()["undone_why"]) == ("Ravi", "two sisters")
    listed = officer.get(MERGES).json()["results"]
    assert listed == [officer.get(one).json()] == [undone.json()]


def test_a_stranger_is_joined_by_nobody_and_each_hospital_lists_its_own(officer, caller, asha, sgml, clerk):
    stranger = make_patient(sgml)
    body = WHY | {"patient": str(stranger.pk), "kept": str(asha.pk)}

    assert refused(send(officer, MERGES, body), 422)["errors"][0]["field"] == "patient"
    refused(send(officer, MERGES, body | {"why": ""}), 400)
    assert send(clerk, MERGES, body).status_code == 403
    assert not MergeRecord.objects.exists()
    merge = MergeRecord.objects.create(
        facility=asha.facility,
        patient=stranger,
        kept=asha,
        why="x",
        merged_by=make_person("Sona", Role.RECORDS_OFFICER, asha.facility),
        merged_at=asha.registered_at,
    )
    there = caller(make_person("Tara", Role.RECORDS_OFFICER, sgml))
    assert there.get(MERGES).json()["results"] == []
    assert send(there, f"{MERGES}{merge.pk}/undoings/", WHY).status_code == 404
