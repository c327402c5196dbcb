"""Discharges and deaths by the API: the same services, the same rows."""

from uuid import uuid4

import pytest
from django.utils import timezone

from ipd.models import Admission, Death, DischargeStep
from ipd.queries import stay_now
from tests.factories.ipd import admit, beds_in
from tests.factories.lab import make_tests, order
from tests.factories.looking import this_year
from tests.factories.notes import make_templates

DISCHARGES, DEATHS = "/api/v1/discharges/", "/api/v1/deaths/"
NOTES = "/api/v1/clinical-notes/"
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'
pytestmark = pytest.mark.django_db


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def nurse(caller, clara):
    return caller(clara)


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara).admission


def begin(caller, admission, key=None, **said):
    body = {"admission": str(admission.pk), "discharge_type": "improved"} | said
    return send(caller.post, DISCHARGES, body, key)


def test_begun_ticked_off_and_completed(doctor, nurse, admission):
    key = uuid4()
    first, second = begin(doctor, admission, key), begin(doctor, admission, key)
    assert (first.status_code, first.json()) == (201, second.json())
    assert begin(doctor, admission, key, discharge_type="cured").status_code == 409
    assert begin(doctor, admission).status_code == 422
    one = f"{DISCHARGES}{admission.pk}/"
    waiting = doctor.get(DISCHARGES).json()["results"]
    assert [line["waits_for"] for line in waiting] == [["summary", "medicines", "bed"]]
    assert send(nurse.post, f"{one}completions/").status_code == 422
    assert send(doctor.post, f"{one}overrides/", {"item": "summary", "why": ""}).status_code == 422
    assert send(doctor.post, f"{one}overrides/", {"item": "summary", "why": HOSTILE}).status_code == 201
    assert send(nurse.post, f"{one}overrides/", {"item": "dues", "why": "x"}).status_code == 403
    assert send(nurse.post, f"{one}steps/", {"item": "medicines"}).status_code == 201
    assert send(nurse.post, f"{one}beds-left/").status_code == 201
    done = send(nurse.post, f"{one}completions/")
    assert done.status_code == 201
    assert done.json()["discharge_number"].startswith(f"RIMS/E{this_year()}/")
    assert nurse.get(one).json()["status"] == "discharged"
    assert DischargeStep.objects.count() == 2


def test_kept_after_all(doctor, admission):
    begin(doctor, admission)
    kept = send(doctor.post, f"{DISCHARGES}{admission.pk}/recalls/")
    assert (kept.status_code, kept.json()["status"], kept.json()["points"]) == (201, "admitted", [])
    assert Admission.objects.get().initiated_at is None


def test_kept_after_the_bed_was_left(doctor, nurse, admission):
    begin(doctor, admission)
    bed, there = stay_now(admission).bed_id, f"{DISCHARGES}{admission.pk}/recalls/"
    send(nurse.post, f"{DISCHARGES}{admission.pk}/beds-left/")
    said = {"bed": str(bed), "why": "It was the next bed."}
    assert send(doctor.post, there, said).status_code == 422
    kept = send(doctor.post, there, said | {"confirm_bed": True})
    assert (kept.status_code, kept.json()["left_at"]) == (201, None)
    assert stay_now(admission).bed_id == bed


def test_a_nurse_discharges_nobody(nurse, admission):
    assert begin(nurse, admission).status_code == 422
    assert begin(nurse, admission, discharge_type="absconded").status_code == 201


def test_an_empty_summary_is_signed_by_nobody(doctor, admission):
    make_templates()
    body = {"encounter": str(admission.encounter_id), "kind": "discharge"}
    note = send(doctor.post, NOTES, body).json()
    there, text = f"{NOTES}{note['id']}/signatures/", {"plan": {"advice": "rest"}}

    for missing in ("diagnosis-final", "condition-state"):
        answer = send(doctor.post, there, {"version": note["version"], "sections": text})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, missing)
        section, field = missing.split("-")
        text[section] = {field: "Pneumonia" if section == "diagnosis" else "walks"}
    assert send(doctor.post, there, {"version": note["version"], "sections": text}).status_code == 201


def test_the_tests_that_are_awaited_are_told(doctor, admission, bose):
    order(admission.encounter, bose, make_tests()["CBC"])
    begin(doctor, admission)

    (waited,) = doctor.get(f"{DISCHARGES}{admission.pk}/").json()["awaited_tests"]
    assert (waited["test"], waited["status"]) == ("CBC", "ordered")


def test_who_runs_away_while_the_discharge_goes_on_is_written_down(doctor, nurse, admission):
    begin(doctor, admission)
    assert begin(nurse, admission, discharge_type="absconded").json()["discharge_type"] == "absconded"
    assert begin(nurse, admission, discharge_type="absconded").status_code == 422
    assert begin(doctor, admission, discharge_type="withdrawn").status_code == 422


def test_another_hospitals_are_not_there(caller, esha, admission, doctor):
    begin(doctor, admission)
    stranger = caller(esha)
    assert stranger.get(DISCHARGES).json()["results"] == []
    assert stranger.get(f"{DISCHARGES}{admission.pk}/").status_code == 404
    assert begin(stranger, admission).status_code == 404
    assert stranger.get(DEATHS).json()["results"] == []


def test_a_death_with_its_number(doctor, nurse, admission, caller, esha):
    body = {
        "encounter": str(admission.encounter_id),
        "died_at": timezone.now().isoformat(),
        "immediate_cause": HOSTILE,
        "manner": "accident",
    }
    assert send(nurse.post, DEATHS, body).status_code == 403
    assert send(doctor.post, DEATHS, body).json()["errors"][0]["field"] == "goes_to_post_mortem"
    made = send(doctor.post, DEATHS, body | {"goes_to_post_mortem": True})
    assert made.status_code == 201
    assert made.json()["number"] == Death.objects.get().number
    assert doctor.get(f"{DEATHS}{made.json()['id']}/").json() == made.json()
    assert [one["id"] for one in doctor.get(DEATHS).json()["results"]] == [made.json()["id"]]
    assert caller(esha).get(f"{DEATHS}{made.json()['id']}/").status_code == 404
    assert send(caller(esha).post, DEATHS, body).status_code == 422
