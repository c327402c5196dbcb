"""Vital signs and allergies over the API: the same acts, the same refusals."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from patients.models import AllergyIntolerance, Observation
from tests.api.conftest import refused
from tests.factories.chart import make_allergy, make_observation
from tests.factories.patients import make_encounter

VITALS, ALLERGIES = reverse("api-observation-list"), reverse("api-allergy-list")


@pytest.fixture
def nurse(caller, clara):
    return caller(clara)


@pytest.fixture
def stranger(caller, esha):
    return caller(esha)


def send(caller, path, body, key=None):
    headers = {"HTTP_IDEMPOTENCY_KEY": str(key)} if key else {}
    return caller.post(path, body, format="json", **headers)


USUAL = {"systolic": 120, "diastolic": "80", "temperature": "37.2"}


def usual(visit, **changes):
    return {"encounter": str(visit.pk)} | USUAL | changes


def fish(visit, **changes):
    return {"encounter": str(visit.pk), "substance": "fish"} | changes


def test_a_set_is_one_call_and_each_vital_bears_its_codes(nurse, encounter):
    answer = send(
        nurse, VITALS, usual(encounter, oxygen="oxygen", oxygen_flow="2.0", last_period="2026-07-01")
    )

    assert answer.status_code == 201, answer.content
    shown = {one["vital"]: (one["code"], one["unit"], one["value"]) for one in answer.json()}
    assert shown["blood_pressure"] == ("85354-9", "mm[Hg]", "120.00")
    assert shown["temperature"] == ("8310-5", "Cel", "37.20")
    assert shown["oxygen"] == ("3151-8", "L/min", "2.00")
    assert shown["last_period"] == ("8665-2", "", None)
    assert len({one["taken_together"] for one in answer.json()}) == 1
    assert answer.json()[0]["diastolic"] == "80.00"


def test_the_same_key_is_the_same_answer_and_another_body_a_conflict(nurse, encounter):
    key = uuid4()
    first, second = (send(nurse, VITALS, usual(encounter), key) for _ in range(2))

    assert first.json() == second.json()
    assert Observation.objects.count() == 2
    refused(send(nurse, VITALS, usual(encounter, pulse=80), key), 409)


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"spo2": 101}, 400, "spo2"),
        ({"temperature": "37.25"}, 400, "temperature"),
        ({"pulse": "fast"}, 400, "pulse"),
        ({"oxygen": "helium"}, 400, "oxygen"),
        ({"colour": "red"}, 400, "colour"),
        ({"encounter": str(uuid4())}, 422, "encounter"),
        ({"diastolic": None}, 422, "diastolic"),
        ({"diastolic": 130}, 422, "diastolic"),
        ({"pulse": 150}, 422, "confirm"),
        ({"taken_at": timedelta(hours=1)}, 422, None),
    ],
)
def test_what_is_sent_wrongly_is_said_at_its_field(nurse, encounter, changes, status, field):
    said = {
        name: (timezone.now() + value).isoformat() if isinstance(value, timedelta) else value
        for name, value in changes.items()
    }
    refused(send(nurse, VITALS, usual(encounter, **said)), status, field)
    assert not Observation.objects.exists()


def test_an_unlikely_value_is_meant_by_a_word_and_may_be_of_an_hour_ago(nurse, encounter):
    at = timezone.now() - timedelta(hours=1)
    answer = send(nurse, VITALS, usual(encounter, pulse=150, confirm=True, taken_at=at.isoformat()))

    assert answer.status_code == 201
    assert {one["vital"]: one["is_confirmed"] for one in answer.json()}["pulse"] is True
    assert set(Observation.objects.values_list("taken_at", flat=True)) == {at}


def test_the_list_is_of_one_patient_newest_first_and_the_look_is_written_down(nurse, asha, encounter, clara):
    for minutes in range(3):
        at = encounter.started_at + timedelta(minutes=minutes)
        make_observation(encounter, clara, value=str(70 + minutes), taken_at=at)
    page = nurse.get(VITALS, {"patient": asha.pk}).json()

    assert [one["value"] for one in page["results"]] == ["72.00", "71.00", "70.00"]
    assert AuditEntry.objects.get(name="patients.vitals_viewed").patient_id == asha.pk
    one = nurse.get(reverse("api-observation-detail", args=[page["results"][0]["id"]])).json()
    assert one == page["results"][0]
    for said in {}, {"patient": "x"}:
        refused(nurse.get(VITALS, said), 400, "patient")
        refused(nurse.get(ALLERGIES, said), 400, "patient")


def test_pages_go_on_where_the_last_one_ended(nurse, asha, encounter, clara):
    for n in range(5):
        make_observation(encounter, clara, taken_at=encounter.started_at + timedelta(seconds=n % 2))
    path, seen = f"{VITALS}?patient={asha.pk}&page_size=2", []
    while path:
        page = nurse.get(path).json()
        seen += [one["id"] for one in page["results"]]
        path = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_a_wrong_value_is_struck_out_once_and_only_where_it_was_measured(
    nurse, stranger, encounter, asha, sgml_med, clara
):
    pulse = make_observation(encounter, clara)
    path = reverse("api-observation-errors", args=[pulse.pk])
    make_encounter(asha, sgml_med)

    refused(send(stranger, path, {"because": "no"}), 404)
    refused(send(nurse, path, {"because": ""}), 400, "because")
    refused(send(nurse, path, {"because": "2341 2341 2346"}), 400, "because")
    struck = send(nurse, path, {"because": "other patient"})
    assert (struck.status_code, struck.json()["wrong_because"]) == (201, "other patient")
    refused(send(nurse, path, {"because": "again"}), 422)


def test_another_hospital_reads_them_while_it_treats(stranger, asha, encounter, sgml_med, clara):
    pulse, allergy = make_observation(encounter, clara), make_allergy(encounter, clara)
    paths = [
        f"{reverse('api-observation-detail', args=[pulse.pk])}?patient={asha.pk}",
        reverse("api-allergy-detail", args=[allergy.pk]),
        f"{VITALS}?patient={asha.pk}",
        f"{ALLERGIES}?patient={asha.pk}",
    ]
    assert {stranger.get(path).status_code for path in paths} == {404}
    refused(send(stranger, VITALS, usual(encounter)), 422, "encounter")
    refused(send(stranger, ALLERGIES, fish(encounter)), 422, "encounter")

    make_encounter(asha, sgml_med)
    assert {stranger.get(path).status_code for path in paths} == {200}


def test_not_asked_none_known_and_a_list_are_told_apart(nurse, asha, encounter):
    def known():
        answer = nurse.get(ALLERGIES, {"patient": asha.pk}).json()
        return answer["status"], [one["substance"] for one in answer["results"]], bool(answer["asked_at"])

    assert known() == ("not_asked", [], False)
    assert send(nurse, ALLERGIES, fish(encounter, substance="", none_known=True)).status_code == 201
    assert known() == ("none_known", [""], True)
    body = fish(encounter, substance="Amoxicillin", reaction="rash", severity="severe", told_by="papers")
    row = send(nurse, ALLERGIES, body).json()
    assert (row["atc_code"], row["severity"], row["told_by"]) == ("J01CA04", "severe", "papers")
    assert known() == ("listed", ["Amoxicillin"], True)

    path = reverse("api-allergy-refutations", args=[row["id"]])
    refused(send(nurse, path, {"because": ""}), 400, "because")
    assert send(nurse, path, {"because": "took it"}).json()["refuted_because"] == "took it"
    refused(send(nurse, path, {"because": "again"}), 422)
    assert known() == ("not_asked", [], False)


@pytest.mark.parametrize(
    ("substance", "is_checked"),
    [("Amoxicillin", True), ("sulpha", True), ("Amoxycillin", False), ("Penicillin injection", False)],
)
def test_an_allergy_says_whether_medicines_are_checked_against_it(nurse, encounter, substance, is_checked):
    row = send(nurse, ALLERGIES, fish(encounter, substance=substance)).json()

    assert row["is_checked"] is is_checked


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"substance": ""}, 422, "substance"),
        ({"none_known": True}, 422, "substance"),
        ({"severity": "terrible"}, 400, "severity"),
        ({"told_by": "nobody"}, 400, "told_by"),
        ({"substance": "2341 2341 2346"}, 400, "substance"),
        ({"substance": "PENICILLIN"}, 422, "substance"),
    ],
)
def test_what_is_no_allergy_is_refused_at_its_field(nurse, encounter, clara, changes, status, field):
    make_allergy(encounter, clara)
    refused(send(nurse, ALLERGIES, fish(encounter, **changes)), status, field)
    assert AllergyIntolerance.objects.count() == 1


def test_an_allergy_sent_twice_with_its_key_is_one(nurse, encounter):
    key = uuid4()
    first, second = (send(nurse, ALLERGIES, fish(encounter), key) for _ in range(2))

    assert (first.status_code, first.json()) == (201, second.json())
    assert AllergyIntolerance.objects.count() == 1


def test_a_clerk_neither_reads_nor_writes_them(clerk, asha, encounter):
    for path, body in (VITALS, usual(encounter)), (ALLERGIES, fish(encounter)):
        refused(clerk.get(path, {"patient": asha.pk}), 403)
        refused(send(clerk, path, body), 403)


def test_more_values_cost_no_more_queries(nurse, asha, encounter, clara):
    def asked(path):
        with CaptureQueriesContext(connection) as queries:
            assert nurse.get(path, {"patient": asha.pk}).status_code == 200
        return len(queries)

    for path in VITALS, ALLERGIES:
        make_observation(encounter, clara)
        make_allergy(encounter, clara, f"first {path}")
        asked(path)
        before = asked(path)
        for n in range(10):
            make_observation(encounter, clara)
            make_allergy(encounter, clara, f"{path} {n}")
        assert asked(path) <= before <= 20
