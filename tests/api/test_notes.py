"""Notes and diagnoses by the API: the same services, the same rules."""

from io import BytesIO
from uuid import uuid4

import pytest
from pypdf import PdfReader

from facilities.roles import Grade
from hmis.kernel.models import AuditEntry
from patients.models import ClinicalNote, Condition, NoteVersion
from tests.api.conftest import refused
from tests.factories.notes import (
    TEXT,
    make_condition,
    make_graded,
    make_note,
    make_signed_note,
    make_templates,
)
from tests.factories.patients import make_encounter

NOTES, CONDITIONS = "/api/v1/clinical-notes/", "/api/v1/conditions/"
HOSTILE = '"><img src=x onerror=alert(1)> =1+1'


def send(call, path, body=None, key=None):
    return call(path, body or {}, format="json", headers={"Idempotency-Key": str(key or uuid4())})


@pytest.fixture
def draft(doctor, encounter):
    """A note that Dr. Bose has begun."""
    make_templates()
    answer = send(doctor.post, NOTES, {"encounter": str(encounter.pk)})
    assert answer.status_code == 201, answer.content
    return answer.json()


def at(note, way=""):
    return f"{NOTES}{note['id']}/{way}"


# ── Notes ──


def test_from_the_first_letter_to_the_paper(doctor, draft):
    saved = send(doctor.patch, at(draft), {"version": 0, "sections": TEXT})
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    signed = send(doctor.post, at(draft, "signatures/"), {"version": 1, "sections": TEXT})
    assert signed.status_code == 201, signed.content
    assert signed.json()["status"] == "signed"
    assert [one["signed_by"] for one in signed.json()["signatures"]] == ["Bose"]
    added = send(doctor.post, at(draft, "addenda/"), {"reason": "report came", "text": "Hb 6.2"})
    assert [one["text"] for one in added.json()["addenda"]] == ["Hb 6.2"]

    for size, width in ("a4", 595), ("a5", 420):
        paper = send(doctor.post, at(draft, "papers/"), {"size": size})
        assert paper.status_code == 201, paper.content
        answer = doctor.get(paper.json()["url"])
        (page,) = PdfReader(BytesIO(answer.content)).pages
        assert round(page.mediabox.width) == width
        assert "Hb 6.2" in page.extract_text()


def test_a_lagging_window_is_answered_with_both_texts(doctor, draft):
    first, second = ({"plan": {"advice": word}} for word in ("first", "second"))
    send(doctor.patch, at(draft), {"version": 0, "sections": first})

    body = refused(send(doctor.patch, at(draft), {"version": 0, "sections": second}), 409)
    assert (body["stands"]["sections"], body["stands"]["version"], body["sent"]) == (first, 1, second)
    assert refused(send(doctor.post, at(draft, "signatures/"), {"version": 0, "sections": second}), 409)
    assert refused(send(doctor.post, at(draft, "discards/"), {"version": 0}), 409)
    assert ClinicalNote.objects.get().sections == first


def test_sent_twice_it_is_answered_alike(doctor, draft):
    key, body = uuid4(), {"version": 0, "sections": TEXT}
    answers = [send(doctor.patch, at(draft), body, key=key).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert NoteVersion.objects.count() == 1
    refused(send(doctor.patch, at(draft), {"version": 1, "sections": {}}, key=key), 409)


def test_versions_come_newest_first_and_reading_is_written_down(doctor, draft):
    for number in range(2):
        send(doctor.patch, at(draft), {"version": number, "sections": {"plan": {"advice": str(number)}}})
    versions = doctor.get(at(draft, "versions/")).json()["results"]

    assert [one["number"] for one in versions] == [2, 1]
    assert doctor.get(at(draft)).status_code == 200
    assert AuditEntry.objects.filter(name="patients.note_viewed").count() == 2


def test_as_last_time(doctor, bose, encounter, med):
    make_signed_note(encounter, bose)
    again = make_encounter(encounter.patient, med)
    made = send(doctor.post, NOTES, {"encounter": str(again.pk), "as_last_time": True})
    assert made.json()["sections"] == TEXT
    third = send(doctor.post, NOTES, {"encounter": str(make_encounter(encounter.patient, med).pk)}).json()
    filled = send(doctor.post, at(third, "repetitions/"), {"version": 0})
    assert (filled.status_code, filled.json()["sections"]) == (201, TEXT)


def test_an_intern_sends_for_signing_and_a_resident_asks_for_a_countersignature(
    caller, rims, encounter, doctor
):
    intern, resident = (caller(make_graded(g, rims, g)) for g in (Grade.INTERN, Grade.RESIDENT))
    make_templates()
    note = send(intern.post, NOTES, {"encounter": str(encounter.pk)}).json()
    text = {"version": 0, "sections": TEXT}
    assert resident.get(at(note)).status_code == 404  # a draft is its author's
    refused(send(intern.post, at(note, "signatures/"), text), 422)
    send(intern.post, at(note, "submissions/"), text)
    assert [one["id"] for one in resident.get(f"{NOTES}?waiting=signature").json()["results"]] == [note["id"]]
    assert send(resident.post, at(note, "returns/")).json()["status"] == "draft"
    send(intern.post, at(note, "submissions/"), text | {"version": 1})
    assert send(resident.post, at(note, "signatures/"), text | {"version": 1}).status_code == 201
    waiting = f"{NOTES}?waiting=countersignature"
    assert [one["id"] for one in doctor.get(waiting).json()["results"]] == [note["id"]]
    assert send(doctor.post, at(note, "countersignatures/")).status_code == 201
    assert doctor.get(waiting).json()["results"] == []


def test_a_draft_is_thrown_away(doctor, draft):
    assert send(doctor.post, at(draft, "discards/"), {"version": 0}).json()["status"] == "discarded"
    refused(send(doctor.patch, at(draft), {"version": 0, "sections": TEXT}), 422)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"version": 0}, 400),
        ({"version": -1, "sections": {}}, 400),
        ({"version": 0, "sections": []}, 400),
        ({"version": 0, "sections": {"horoscope": {}}}, 400),
        ({"version": 0, "sections": {"plan": {"advice": "2345 6789 0124"}}}, 400),
        ({"version": 0, "sections": {}, "status": "signed"}, 400),
    ],
)
def test_what_cannot_be_saved_is_refused(doctor, draft, body, status):
    refused(send(doctor.patch, at(draft), body), status)
    assert not NoteVersion.objects.exists()


def test_a_note_begins_at_an_encounter_of_this_hospital_by_a_template_there_is(doctor, encounter, sgml_med):
    make_templates()
    strange = make_encounter(encounter.patient, sgml_med)

    refused(send(doctor.post, NOTES, {"encounter": str(strange.pk)}), 422, "encounter")
    body = {"encounter": str(encounter.pk), "template": "PAEDS"}
    refused(send(doctor.post, NOTES, body), 422, "template")


def test_a_stranger_and_a_clerk(caller, esha, clerk, encounter, bose):
    note = make_signed_note(encounter, bose)

    assert caller(esha).get(f"{NOTES}{note.pk}/").status_code == 404
    assert caller(esha).get(NOTES).json()["results"] == []
    assert clerk.get(NOTES).status_code == 403


def test_lists_are_narrowed(doctor, encounter, bose, med):
    note = make_signed_note(encounter, bose)
    make_condition(encounter, bose)

    for noun in NOTES, CONDITIONS:
        for query in f"patient={encounter.patient_id}", f"encounter={encounter.pk}":
            assert len(doctor.get(f"{noun}?{query}").json()["results"]) == 1
        for nobody in "patient", "encounter":
            assert doctor.get(f"{noun}?{nobody}={uuid4()}").status_code == 404
        assert doctor.get(f"{noun}?patient=x").status_code == 400
    assert note.status == "signed"


# ── Diagnoses ──


def test_a_diagnosis_from_the_search_to_the_problem_list(doctor, encounter):
    (found, *_others) = doctor.get(f"{CONDITIONS}codes/?q=शुगर").json()
    assert (found["code"], found["is_chronic"]) == ("E11.9", True)
    body = {
        "encounter": str(encounter.pk),
        "code": found["code"],
        "words": HOSTILE,
        "onset_on": "2020-01-01",
        "onset_precision": "year",
    }
    made = send(doctor.post, CONDITIONS, body)
    assert made.status_code == 201, made.content
    assert (made.json()["is_problem"], made.json()["words"]) == (True, HOSTILE)
    one = f"{CONDITIONS}{made.json()['id']}/"
    judged = send(doctor.post, f"{one}judgements/", {"status": "final", "rev": 0})
    assert (judged.status_code, judged.json()["status"]) == (201, "final")
    problems = f"{CONDITIONS}problems/?patient={encounter.patient_id}"
    assert [row["code"] for row in doctor.get(problems).json()["results"]] == ["E11.9"]
    kept = send(doctor.patch, one, {"resolved_on": "2021-01-01", "rev": 1})
    assert kept.status_code == 200, kept.content
    assert doctor.get(problems).json()["results"] == []
    assert doctor.get(one).json()["resolved_on"] == "2021-01-01"
    refused(doctor.get(f"{CONDITIONS}problems/"), 422, "patient")


@pytest.mark.usefixtures("reads_anew")
def test_without_a_word_the_search_offers_what_is_used(doctor, encounter, bose):
    assert doctor.get(f"{CONDITIONS}codes/").json() == []
    make_condition(encounter, bose, "B54")

    assert [one["code"] for one in doctor.get(f"{CONDITIONS}codes/").json()] == ["B54"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "Q99.99"}, 422),
        ({"status": "refuted"}, 422),
        ({"status": "perhaps"}, 400),
        ({"words": "2345 6789 0124"}, 400),
        ({"onset_on": "2199-01-01", "onset_precision": "day"}, 422),
    ],
)
def test_a_diagnosis_that_cannot_be_is_refused(doctor, encounter, changes, status):
    refused(send(doctor.post, CONDITIONS, {"encounter": str(encounter.pk), "code": "I10"} | changes), status)
    assert not Condition.objects.exists()


# ── The fragment ──


def test_the_fragment_offers_what_is_meant(client, bose):
    client.force_login(bose)
    answer = client.post("/patients/codes/", {"q": "bukhar"})
    text = answer.content.decode()

    assert 'value="R50.9"' in text
    assert "बुखार" in text
    hostile = client.post("/patients/codes/", {"q": HOSTILE}).content.decode()
    assert "<img" not in hostile
    assert "Write it in another way" in hostile
    assert "The diagnoses you use most" in client.post("/patients/codes/").content.decode()


def test_a_draft_is_not_on_paper(doctor, encounter, bose):
    note = make_note(encounter, bose)

    refused(send(doctor.post, f"{NOTES}{note.pk}/papers/", {"size": "a4"}), 422)
    refused(send(doctor.post, f"{NOTES}{note.pk}/papers/", {"size": "a0"}), 400)


def test_a_keystroke_asks_little_of_the_database(client, bose, django_assert_max_num_queries):
    client.force_login(bose)
    client.post("/patients/codes/", {"q": "di"})

    with django_assert_max_num_queries(7):
        client.post("/patients/codes/", {"q": "dia"})
