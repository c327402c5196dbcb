"""Casualty, newborns and the medico-legal register by the API: the same services, the same rules."""

from uuid import uuid4

import pytest
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from opd.models import CasualtyArrival
from patients.models import BedStay, Birth, CaseKind, MedicoLegalCase, Patient
from patients.services import CaseDetails
from tests.api.conftest import refused
from tests.factories.casualty import come, make_beds
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient
from tests.patients.test_legal import mark

NOUN, CASES, NEWBORNS = (
    f"/api/v1/{noun}/" for noun in ("casualty-registrations", "medico-legal-cases", "newborns")
)
UNKNOWN = {"unknown": {"sex": "male", "age_band": "young"}, "triage": "red"}


@pytest.fixture
def nurse(caller, clara):
    return caller(clara)


def post(client, path, body, key=None):
    return client.post(path, body, format="json", headers={"Idempotency-Key": str(key or uuid4())})


def test_an_unknown_man_with_everything(nurse, emer, beds):
    body = UNKNOWN | {
        "escort": {"brought_by": "police", "name": "ASI Ram", "place": "Bariatu thana"},
        "complaint": "bleeding",
        "bed": str(beds[0].pk),
        "medico_legal_case": {"kind": "road_accident", "police": {"station": "Bariatu"}},
    }
    answer = post(nurse, NOUN, body)

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["patient"]["name"] == f"Unknown male {made['patient']['uhid'][-4:]}"
    assert (made["triage"], made["is_unknown"], made["bed"]["number"]) == ("red", True, "1")
    assert made["medico_legal_case"]["number"].endswith("/0000001")
    assert made["slip"]["url"]
    assert made["police_letter"]["url"]
    assert nurse.get(made["slip"]["url"])["Content-Type"] == "application/pdf"


def test_somebody_new_and_somebody_on_file(nurse, emer, person, asha):
    who = person()
    del who["age"]  # casualty does not ask for what nobody knows
    new = post(nurse, NOUN, {"patient": who, "triage": "green"})
    known = post(nurse, NOUN, {"patient": str(asha.pk), "triage": "yellow"})

    assert (new.status_code, known.status_code) == (201, 201)
    assert known.json()["patient"]["uhid"] == asha.uhid
    body = refused(post(nurse, NOUN, {"patient": str(asha.pk), "triage": "yellow"}), 422)
    assert "is in casualty already" in body["detail"]


def test_a_likely_duplicate_is_answered_with_whom_it_may_be(nurse, emer, person):
    first = post(nurse, NOUN, {"patient": person(), "triage": "green"}).json()

    body = refused(post(nurse, NOUN, {"patient": person(), "triage": "green"}), 409)
    assert [one["uhid"] for one in body["candidates"]] == [first["patient"]["uhid"]]
    assert post(nurse, NOUN, {"patient": person(), "triage": "green", "confirm_new": True}).status_code == 201


def test_the_same_key_is_the_same_answer_and_another_body_a_conflict(nurse, emer):
    key = uuid4()
    first, second = (post(nurse, NOUN, UNKNOWN, key=key) for _ in range(2))

    assert first.json() == second.json()
    assert Patient.objects.count() == 1
    refused(post(nurse, NOUN, UNKNOWN | {"triage": "green"}, key=key), 409)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"triage": "blue"}, "triage"),
        ({"patient": str(uuid4())}, "patient"),
        ({"bed": "1"}, "bed"),
        ({"colour": "red"}, "colour"),
        ({"escort": {"brought_by": "relative", "phone": "123"}}, "escort.phone"),
        ({"medico_legal_case": {"kind": "fall", "police": {}}}, "medico_legal_case.police.station"),
    ],
)
def test_what_is_sent_wrongly_is_said_at_its_field(nurse, emer, changes, field):
    assert refused(post(nurse, NOUN, UNKNOWN | changes), 400, field)
    assert not Patient.objects.exists()


def test_a_strangers_bed_and_patient_are_not_there(nurse, emer, sgml, sgml_med):
    assert refused(post(nurse, NOUN, UNKNOWN | {"bed": str(make_beds(sgml_med)[0].pk)}), 422, "bed")
    stranger = {"patient": str(make_patient(sgml).pk), "triage": "red"}
    assert refused(post(nurse, NOUN, stranger), 422, "patient")


def test_a_hospital_without_a_department_says_so(nurse, rims):
    assert "no department" in refused(post(nurse, NOUN, UNKNOWN), 422)["detail"]


def test_colour_bed_and_leaving(nurse, emer, beds):
    path = f"{NOUN}{post(nurse, NOUN, UNKNOWN).json()['id']}/"

    green, key = {"triage": "green"}, uuid4()
    assert post(nurse, f"{path}triages/", green, key).json()["triage"] == "green"
    assert post(nurse, f"{path}triages/", {"triage": "yellow"}).json()["triage"] == "yellow"
    assert post(nurse, f"{path}triages/", green, key).json()["triage"] == "yellow"
    assert post(nurse, f"{path}beds/", {"bed": str(beds[1].pk)}).json()["bed"]["number"] == "2"
    key, admitted = uuid4(), {"outcome": "admitted"}
    left, again = (post(nurse, f"{path}departures/", admitted, key).json() for _ in range(2))
    assert again == left
    assert (left["outcome"], left["bed"]) == ("admitted", None)
    refused(post(nurse, f"{path}departures/", {"outcome": "admitted"}), 422)
    assert BedStay.objects.get().ended_at


def test_an_entry_by_mistake(nurse, emer):
    path = f"{NOUN}{post(nurse, NOUN, UNKNOWN).json()['id']}/cancellations/"
    refused(post(nurse, path, {}), 400)
    assert post(nurse, path, {"why": "the next patient"}).json()["outcome"] == "cancelled"


def test_the_list_names_no_survivor_and_can_be_narrowed(nurse, emer, clara):
    at = timezone.now()
    come(emer, clara, at=at, case=CaseDetails(CaseKind.SEXUAL_ASSAULT))
    second = come(emer, clara, at=at, triage="green")

    shown = {one["triage"]: one for one in nurse.get(NOUN).json()["results"]}
    assert shown["red"]["patient"]["name"] == shown["red"]["patient"]["name_hi"] == "name withheld"
    assert shown["red"]["is_name_withheld"]
    assert shown["green"]["patient"]["name"] == second.arrival.patient.name
    assert len(nurse.get(NOUN, {"triage": "green"}).json()["results"]) == 1
    assert len(nurse.get(NOUN, {"here": "false"}).json()["results"]) == 0
    one = nurse.get(f"{NOUN}{CasualtyArrival.objects.get(triage='red').pk}/").json()
    assert one["patient"]["name"].startswith("Unknown male")


def test_the_queue_and_todays_slips_name_no_survivor_either(nurse, unit, clara):
    token = make_token(make_clinic_day(unit, timezone.localdate()))
    mark(token.encounter, clara, CaseKind.SEXUAL_ASSAULT, at=timezone.now())

    (shown,) = nurse.get("/api/v1/queue-tokens/").json()["results"]
    assert shown["patient"]["name"] == "name withheld"
    assert nurse.get(f"/api/v1/queue-tokens/{token.pk}/").json()["patient"]["name"] == token.patient.name


def test_the_register_by_the_api(nurse, encounter, sgml_clerk):
    body = {"encounter": str(encounter.pk), "kind": "sexual_assault", "police": {"station": "Bariatu"}}
    answer = post(nurse, CASES, body)

    assert answer.status_code == 201, answer.content
    case = answer.json()
    assert (case["name"], case["is_name_withheld"], len(case["intimations"])) == ("name withheld", True, 1)
    told = post(nurse, f"{CASES}{case['id']}/intimations/", {"station": "Sadar", "officer": "SI"}).json()
    assert [one["station"] for one in told["intimations"]] == ["Bariatu", "Sadar"]
    assert nurse.get(CASES).json()["results"] == [told]
    assert nurse.get(f"{CASES}{case['id']}/").json() == told
    corrections = f"{CASES}{case['id']}/corrections/"
    right = post(nurse, corrections, {"kind": "burns", "why": "by mistake", "rev": case["rev"]}).json()
    assert (right["kind"], right["why_corrected"], right["rev"]) == ("burns", "by mistake", 1)
    refused(post(nurse, corrections, {"kind": "fall", "why": "again", "rev": case["rev"]}), 422)
    refused(post(nurse, CASES, body), 422)
    refused(sgml_clerk.get(f"{CASES}{case['id']}/"), 404)
    assert sgml_clerk.get(CASES).json()["results"] == []


def test_a_strangers_contact_is_no_case_of_ours(nurse, sgml, sgml_med):
    strange = make_encounter(make_patient(sgml), sgml_med)

    assert refused(post(nurse, CASES, {"encounter": str(strange.pk), "kind": "fall"}), 422, "encounter")
    assert not MedicoLegalCase.objects.exists()


def test_twins_by_the_api(nurse, asha):
    now = timezone.now().isoformat()
    babies = [{"sex": "female", "born_at": now, "weight_grams": 2650}, {"sex": "male", "born_at": now}]
    key, body = uuid4(), {"mother": str(asha.pk), "babies": babies}
    answer = post(nurse, NEWBORNS, body, key=key)

    assert answer.status_code == 201, answer.content
    assert [one["baby"]["name"] for one in answer.json()] == ["Baby 1 of Asha Devi", "Baby 2 of Asha Devi"]
    assert post(nurse, NEWBORNS, body, key=key).json() == answer.json()
    assert Birth.objects.count() == 2
    assert refused(post(nurse, NEWBORNS, body), 422, "confirm_another")


def test_a_birth_is_put_right(nurse, asha):
    baby = {"sex": "male", "born_at": timezone.now().isoformat(), "weight_grams": 2650}
    (born,) = post(nurse, NEWBORNS, {"mother": str(asha.pk), "babies": [baby]}).json()
    there, said = f"{NEWBORNS}{born['id']}/corrections/", baby | {"weight_grams": 3250, "rev": born["rev"]}
    refused(post(nurse, there, said), 400, "why")
    assert post(nurse, there, said | {"why": "3250, not 2650"}).json()["weight_grams"] == 3250
    refused(post(nurse, there, said | {"why": "once more"}), 422)


@pytest.mark.parametrize(
    ("changes", "field"), [({"babies": []}, "babies"), ({"mother": str(uuid4())}, "mother")]
)
def test_a_delivery_without_child_or_mother_is_refused(nurse, asha, changes, field):
    baby = {"sex": "male", "born_at": timezone.now().isoformat()}
    answer = post(nurse, NEWBORNS, {"mother": str(asha.pk), "babies": [baby]} | changes)

    assert refused(answer, answer.status_code, field)
    assert answer.status_code in {400, 422}
    assert not AuditEntry.objects.filter(name="patients.newborn_registered").exists()
