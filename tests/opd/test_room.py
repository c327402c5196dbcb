"""The doctor's room: whose queue, whose page, what is kept of what is typed, what is shown of what was."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from facilities.roles import Grade
from hmis.kernel.models import AuditEntry, IssuedDocument
from opd.forms import day_to_come
from opd.models import Consultation
from opd.services import After
from opd.states import TokenStatus
from patients.models import ClinicalNote, Condition, NoteVersion, Vital
from patients.sections import complaints_from, complaints_said
from patients.states import ConditionStatus, NoteStatus
from tests.factories.cases import walked
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import make_doctor, make_unit
from tests.factories.formulary import make_formulary
from tests.factories.notes import make_condition, make_graded, make_note, make_signed_note, make_templates
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.patients import make_encounter, make_patient
from tests.factories.prescribing import make_line

BITING = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def clinic(unit):
    make_templates()
    return make_clinic_day(unit, held_on=timezone.localdate())


@pytest.fixture
def token(clinic, rims):
    patient = make_patient(rims, "Phulmani Munda", name_hi="फूलमनी मुंडा")
    return make_token(
        clinic, patient, status=TokenStatus.CALLED, senior_since=timezone.now() - timedelta(hours=1)
    )


@pytest.fixture
def doctor(client, bose, unit):
    unit.doctor = bose
    unit.save()
    client.force_login(bose)
    return client


def page_of(token):
    return reverse("opd:token_detail", args=[token.pk])


def begin(client, token):
    client.post(reverse("opd:consultation_new", args=[token.pk]), {"request_key": uuid4()})
    return Consultation.objects.get()


def act(name, consultation):
    return reverse(f"opd:{name}", args=[consultation.pk])


def typed(**changes):
    said = {"version": "0", "request_key": uuid4(), "complaints": "fever 4d", "examination-general": "ill"}
    return said | {name.replace("__", "-"): value for name, value in changes.items()}


def save(client, consultation, **changes):
    return client.post(act("consultation_edit", consultation), typed(**changes), headers={"X-Fetch": "1"})


# ── Whose room ──


def test_a_doctor_lands_in_the_own_room_and_sees_who_waits(doctor, clinic, token, med):
    make_unit(med, "Unit 2")
    waiting = make_token(clinic)
    assert doctor.get(reverse("home"))["Location"] == reverse("opd:room_detail")
    page = doctor.get(reverse("opd:room_detail"))

    queue = page.context["queue"]
    assert (queue.unit, queue.inside, queue.waiting) == (clinic.unit, [token], [waiting])
    assert f"Call {waiting.number}" in page.text


def test_the_room_stands_written_beside_an_open_page(doctor, clinic, token):
    page = doctor.get(page_of(token)).text
    queue = page[page.index('id="room-queue"') : page.index("data-list")]
    assert f"{clinic.unit.department} · {clinic.unit}" in queue


def test_a_room_that_is_chosen_once_is_remembered(doctor, clinic, med):
    other = make_unit(med, "Unit 2")
    doctor.get(reverse("opd:room_detail"), {"unit": other.pk})
    assert doctor.get(reverse("opd:room_detail")).context["queue"].unit == other
    assert doctor.get(reverse("opd:room_detail"), {"unit": "no id"}).status_code == 303


def test_at_another_pc_it_is_the_room_of_the_last_consultation(client, rims, med, clinic, token):
    make_unit(med, "A first unit")
    horo = make_doctor("Horo", rims)
    client.force_login(horo)
    assert client.get(reverse("opd:room_detail")).context["queue"].unit is None
    begin(client, token)
    client.logout()
    client.force_login(horo)
    assert client.get(reverse("opd:room_detail")).context["queue"].unit == clinic.unit


def test_f8_calls_the_next_and_opens_their_page(doctor, clinic):
    waiting = make_token(clinic)
    called = doctor.post(reverse("opd:room_call_new", args=[clinic.pk]), {"request_key": uuid4()})

    assert called["Location"] == page_of(waiting)
    page = doctor.get(page_of(waiting)).text
    assert "The patient is here: begin" in page
    assert 'data-key="Alt+S"' in page
    assert page.count('<kbd class="key">Alt S</kbd>') == 2  # at the button and in the bar
    nobody = doctor.post(reverse("opd:room_call_new", args=[clinic.pk]), {"request_key": uuid4()})
    assert nobody["Location"] == reverse("opd:room_detail")


def test_who_does_not_come_is_skipped_and_the_room_is_there(doctor, token):
    assert doctor.post(reverse("opd:room_skip_new", args=[token.pk]))["Location"] == reverse(
        "opd:room_detail"
    )
    token.refresh_from_db()
    assert token.status == TokenStatus.SKIPPED


# ── The page ──


def test_the_page_shows_what_can_hurt_what_was_measured_and_what_was_before(doctor, token, clara, bose, med):
    before = make_encounter(token.patient, med, at=timezone.now() - timedelta(days=9))
    make_condition(before, bose, "E11.9")
    make_signed_note(before, bose)
    make_allergy(before, clara, "Penicillin")
    make_observation(before, clara, value="70")
    make_observation(token.encounter, clara, value="150")
    make_observation(token.encounter, clara, Vital.BLOOD_PRESSURE, "148", diastolic=92)
    page = doctor.get(page_of(token))

    for said in (
        "Phulmani Munda",
        "फूलमनी मुंडा",
        token.patient.uhid_shown,
        "Penicillin",
        "148/92",
        "with chills",
    ):
        assert said in page.text
    assert [one.code for one in page.context["problems"]] == ["E11.9"]
    struck = {one.last.vital: one.is_striking for one in page.context["readings"]}
    assert struck == {"pulse": True, "blood_pressure": False}
    assert 'aria-label="70, 150"' in page.text
    assert AuditEntry.objects.get(name="opd.patient_opened").patient_id == token.patient_id


def test_whoever_was_not_asked_for_allergies_is_said_to_be_so(doctor, token):
    assert "not asked" in doctor.get(page_of(token)).text


def test_the_follow_up_visit_has_the_last_note_open(doctor, token, bose, med):
    first = make_encounter(token.patient, med, at=timezone.now() - timedelta(days=5))
    make_signed_note(first, bose)
    closed = '<details class="panel">'
    assert closed in doctor.get(page_of(token)).text
    token.encounter.follows = first
    token.encounter.save()
    page = doctor.get(page_of(token)).text
    assert closed not in page
    assert '<details class="panel" open>' in page


def test_a_biting_name_and_note_are_only_text(doctor, clinic, rims):
    token = make_token(clinic, make_patient(rims, BITING, name_hi=""), status=TokenStatus.CALLED)
    consultation = begin(doctor, token)
    save(doctor, consultation, complaints=f"{BITING}\n=1+1")
    page = doctor.get(page_of(token)).text

    assert "<img src=x" not in page
    assert "=1+1" in page


def test_the_page_is_light_and_asks_no_more_however_much_there_is(doctor, clinic, token, clara, bose, med):
    begin(doctor, token)
    for _warm in range(2):
        doctor.get(page_of(token))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            page = doctor.get(page_of(token))
        counts.append(len(asked))
        for n in range(6):
            make_token(clinic)
            make_observation(token.encounter, clara, value=str(60 + n))
            make_allergy(token.encounter, clara, f"fish {len(counts)} {n}")
            past = make_encounter(token.patient, med, at=timezone.now() - timedelta(days=9 + n))
            make_condition(past, bose, "J06.9")
            make_signed_note(past, bose)
    assert counts[0] == counts[1] <= 20, counts
    assert len(page.content) < 100_000


def test_from_the_room_to_the_tests_and_on_to_the_next(doctor, clinic, token):
    address = reverse("opd:tests_new", args=[token.pk])
    assert address not in doctor.get(page_of(token)).text
    begin(doctor, token)
    assert address in doctor.get(page_of(token)).text

    answer = doctor.post(f"{address}?room=1", {"tests": "CBC", "request_key": str(uuid4())})
    assert (answer.status_code, answer.url) == (303, reverse("opd:room_detail"))
    token.refresh_from_db()
    assert token.status == TokenStatus.SENT_FOR_TESTS
    assert address not in doctor.get(page_of(token)).text


def test_what_another_hospital_wrote_stands_beside_the_note(doctor, token, sgml_med, esha):
    there = make_encounter(token.patient, sgml_med, at=timezone.now() - timedelta(days=9))
    note = make_signed_note(there, esha)
    page = doctor.get(page_of(token)).text

    assert "paracetamol, water" in page
    assert "SGML" in page
    assert reverse("patients:note_detail", args=[note.pk]) not in page


# ── The note ──


def test_what_is_typed_is_kept_and_answered_with_its_version(doctor, token):
    consultation = begin(doctor, token)
    answer = save(doctor, consultation, follow_up="5 दिन")

    day = timezone.localdate() + timedelta(days=5)
    said = answer.json()
    assert (answer.status_code, said["version"], said["follow_up"]) == (200, 1, day.isoformat())
    note = ClinicalNote.objects.get()
    assert note.sections == {
        "complaints": [{"text": "fever", "duration": 4, "unit": "day"}],
        "examination": {"general": "ill"},
    }
    assert "fever 4 days" in doctor.get(page_of(token)).text


def test_two_windows_see_both_texts(doctor, token):
    consultation = begin(doctor, token)
    save(doctor, consultation)
    met = save(doctor, consultation, complaints="cough", follow_up="5")

    assert (met.status_code, met.json()["version"]) == (409, 1)
    for said in "fever 4 days", "cough", "data-keep-mine":
        assert said in met.json()["html"]
    kept = save(doctor, consultation, complaints="cough", version="1")
    assert (kept.status_code, NoteVersion.objects.count()) == (200, 2)


@walked(
    ("said", "field"),
    [
        ({"complaints": "2341 2341 2346"}, "complaints"),
        ({"examination-general": "x" * 4001}, "examination-general"),
        ({"follow_up": "soon"}, "follow_up"),
        ({"follow_up": "2 years"}, "follow_up"),
    ],
)
def test_each_refusal_stands_at_its_field(doctor, token, said, field):
    consultation = begin(doctor, token)
    answer = save(doctor, consultation, **said)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, {field})
    page = doctor.post(act("signature_new", consultation), typed(**said))
    assert (page.status_code, f'id="id_{field}-error"' in page.text) == (422, True)
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT


def test_without_a_script_a_button_saves_and_a_conflict_loses_nothing(doctor, token):
    consultation = begin(doctor, token)
    path = act("consultation_edit", consultation)
    assert doctor.post(path, typed())["Location"] == page_of(token)
    page = doctor.post(path, typed(complaints="cough 2 weeks"))

    assert page.status_code == 422
    assert "cough 2 weeks" in page.text
    assert 'name="version" value="1"' in page.text
    assert doctor.post(path, typed(complaints="cough 2 weeks", version="1")).status_code == 303


def test_signed_and_printed_the_page_is_to_read(doctor, token):
    consultation = begin(doctor, token)
    signed = doctor.post(act("signature_new", consultation), typed(follow_up="5 din", size="a5"))
    page = doctor.get(signed["Location"])

    papers = IssuedDocument.objects.filter(about_id=consultation.note_id)
    assert {one.template for one in papers} == {
        "patients/documents/note.html",
        "patients/documents/note_a5.html",
    }
    assert str(papers.get(template__endswith="a5.html").pk) in page.context["just_printed"]
    assert 'id="note"' not in page.text
    assert "fever 4 days" in page.text
    again = doctor.post(act("signature_new", consultation), typed(complaints="typed too late"))
    assert (again.status_code, "signed already" in again.text, "typed too late" in again.text) == (
        422,
        True,
        True,
    )


BESIDE = {
    "line": "a medicine that is not added",
    "words": "a test that is not ordered",
    "q": "a diagnosis that is not added",
    "substance": "an allergy that is not written down",
}


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_is_typed_beside_the_note_and_not_added_is_never_signed_away(doctor, token, headers):
    consultation = begin(doctor, token)
    for box, said in BESIDE.items():
        page = doctor.post(act("signature_new", consultation), typed(**{box: BITING}), headers=headers)

        assert (page.status_code, said in page.text, "<img" in page.text) == (422, True, False), box
        assert escape(BITING) in page.text, box
        assert ClinicalNote.objects.get().status == NoteStatus.DRAFT, box
    empty = typed(**dict.fromkeys(BESIDE, " "))
    assert doctor.post(act("signature_new", consultation), empty).status_code == 303


def test_an_interns_note_is_not_sent_without_what_was_typed_beside_it(client, token, rims):
    client.force_login(make_graded("Intern", rims, Grade.INTERN))
    consultation = begin(client, token)
    page = client.post(act("signature_new", consultation), typed(line="ors 1 sachet sos 3d"))

    assert (page.status_code, "ors 1 sachet sos 3d" in page.text) == (422, True)
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT


def test_name_age_and_allergies_stay_in_sight_on_a_phone(doctor, token, clara):
    begin(doctor, token)
    strip = r'<div class="who-strip"[^>]*>(.*?)</div>'
    shown = " ".join(re.search(strip, doctor.get(page_of(token)).text, re.DOTALL)[1].split())
    assert f"<b>{token.number} · Phulmani Munda</b>" in shown
    assert shown.endswith("Allergies: not asked</span>")

    make_allergy(token.encounter, clara, BITING)
    shown = re.search(strip, doctor.get(page_of(token)).text, re.DOTALL)[1]
    assert ("t-bad" in shown, escape(BITING) in shown, "<img" in shown) == (True, True, False)


def of_note(page):
    """{name: what is typed} of the boxes beside the note that are sent along with it where no script runs."""
    boxes = re.findall(r'<input[^>]* form="note"[^>]*>', page.text)
    said = {re.search(r' name="([^"]+)"', box)[1]: re.search(r' value="([^"]*)"', box) for box in boxes}
    return {name: value[1] for name, value in said.items() if value and name in ("line", "q", "substance")}


def test_without_a_script_what_is_typed_beside_the_note_is_sent_along_with_it(doctor, token):
    consultation = begin(doctor, token)
    address = reverse("opd:token_detail", args=[token.pk])
    assert of_note(doctor.get(address, {"line": ""})) == {"line": "", "q": "", "substance": ""}

    # The key of each box saves the note and searches.
    beside = {"line": "ors 1 sachet sos 3d", "q": "sugar", "substance": "penicillin"}
    page = doctor.post(act("consultation_edit", consultation), typed(**beside))
    assert (page.status_code, of_note(page)) == (200, beside)
    assert ClinicalNote.objects.get().sections["complaints"][0]["text"] == "fever"

    # What is only typed, and never searched, is not signed away either.
    sent = typed(version="1", **(of_note(page) | {"line": "para 500 tds 3d", "q": "", "substance": ""}))
    refused = doctor.post(act("signature_new", consultation), sent)
    assert (refused.status_code, of_note(refused)["line"]) == (422, "para 500 tds 3d")
    assert "a medicine that is not added" in refused.text
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT


@pytest.mark.parametrize("sent", [{"allergy": "listed", "substance": "penicillin"}, {"substance": ""}])
def test_without_a_script_the_medicines_stay_open_when_the_note_is_saved(doctor, token, sent):
    consultation = begin(doctor, token)

    page = doctor.post(act("consultation_edit", consultation), typed(**sent), follow=True)
    assert of_note(page) == {"line": "", "q": "", "substance": ""}
    page = doctor.post(act("consultation_edit", consultation), typed(version="1"), follow=True)
    assert "line" not in of_note(page)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["saved", "refused"])
def test_what_is_written_in_the_place_of_a_line_stays_so_with_the_note(doctor, token, bose, rims, headers):
    """Else the line would stand there twice once it is chosen."""
    make_formulary(rims)
    consultation = begin(doctor, token)
    line = make_line(consultation.note, bose)
    page = doctor.get(page_of(token), {"edit": line.pk})
    place = re.search(r'<input[^>]* name="rewrites"[^>]*>', page.text)[0]
    assert 'form="note"' in place
    assert "[name='rewrites']" in page.context["form"].box_ids()

    name = "signature_new" if headers else "consultation_edit"
    sent = typed(line="para 650 bd", rewrites=line.pk)
    page = doctor.post(act(name, consultation), sent, headers=headers)
    assert page.status_code == (422 if headers else 200)
    assert re.search(rf'<input[^>]* name="rewrites" value="{line.pk}"', page.text)
    page = doctor.post(
        act(name, consultation), sent | {"request_key": uuid4(), "version": "1", "rewrites": "x"}
    )
    assert page.status_code in (200, 422)
    assert 'name="rewrites"' not in page.text


def test_as_last_time_leaves_what_is_being_typed_where_it_is(doctor, token, bose, med):
    make_signed_note(make_encounter(token.patient, med, at=timezone.now() - timedelta(days=5)), bose)
    consultation = begin(doctor, token)
    sent = typed(line="ors 1 sachet", words="cbc")
    page = doctor.post(act("repetition_new", consultation), sent, headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert 'value="ors 1 sachet"' in page.text
    assert 'name="words" value="cbc"' in page.text


def test_as_last_time_fills_what_is_empty(doctor, token, bose, med):
    before = make_encounter(token.patient, med, at=timezone.now() - timedelta(days=5))
    make_signed_note(before, bose)
    consultation = begin(doctor, token)
    path = act("repetition_new", consultation)
    page = doctor.post(path, typed(complaints="better"), headers={"HX-Request": "true"})

    assert page.status_code == 200
    for said in "better", "with chills", "paracetamol, water", 'name="version" value="2"':
        assert said in page.text


def test_as_last_time_without_a_last_time_says_so(doctor, token):
    consultation = begin(doctor, token)
    page = doctor.post(act("repetition_new", consultation), typed())
    assert (page.status_code, "has signed a note of this patient before" in page.text) == (422, True)
    assert ClinicalNote.objects.get().version == 1


# ── Diagnoses ──


def diagnose(client, token, code, **more):
    path = reverse("patients:condition_new", args=[token.encounter_id])
    sent = {"code": code, "request_key": uuid4(), "next": page_of(token)}
    return client.post(path, sent, headers=more)


def judge(client, condition, said):
    sent = {"act": said, "request_key": uuid4(), "next": "https://elsewhere.example/"}
    return client.post(reverse("patients:condition_edit", args=[condition.pk]), sent)


def test_the_first_diagnosis_is_the_main_one_until_another_is_chosen(doctor, token):
    begin(doctor, token)
    for code in "J18.9", "E11.9":
        assert diagnose(doctor, token, code)["Location"] == page_of(token)
    first, second = Condition.objects.order_by("pk")
    assert (first.is_main, second.is_main, second.is_problem) == (True, False, True)

    assert judge(doctor, second, "main")["Location"] == "/"
    judge(doctor, second, "final")
    judge(doctor, first, "off")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.is_main) == (ConditionStatus.REFUTED, False)
    assert (second.status, second.is_main) == (ConditionStatus.FINAL, True)


def test_a_diagnosis_comes_back_as_a_list_with_the_cursor_in_the_box(doctor, token):
    begin(doctor, token)
    page = diagnose(doctor, token, "J18.9", **{"HX-Request": "true"})
    assert (page.status_code, "J18.9" in page.text, "autofocus" in page.text) == (200, True, True)
    twice = diagnose(doctor, token, "J18.9", **{"HX-Request": "true"})
    assert (twice.status_code, "written here already" in twice.text) == (422, True)
    assert diagnose(doctor, token, "NONE", **{"HX-Request": "true"}).status_code == 422


def test_without_a_script_the_page_says_why_a_diagnosis_was_not_written(doctor, token):
    begin(doctor, token)
    for _ in range(2):
        assert diagnose(doctor, token, "J18.9")["Location"] == page_of(token)
    assert "written here already" in doctor.get(page_of(token)).text
    assert Condition.objects.count() == 1


def test_without_a_script_the_search_is_a_page(doctor, token):
    consultation = begin(doctor, token)
    page = doctor.post(act("consultation_edit", consultation), typed(q="hypertension"))
    assert 'value="I10"' in page.text
    assert 'value="I10"' not in doctor.get(page_of(token), {"q": "hypertension"}).text


# ── Who writes, who signs ──


def test_another_doctor_sees_who_writes_and_may_write_an_own_note(doctor, token, rims, client):
    consultation = begin(doctor, token)
    save(doctor, consultation)
    client.force_login(make_doctor("Horo", rims))
    page = client.get(page_of(token)).text

    assert "Bose is writing since" in page
    assert "Write a note of my own" in page
    assert "fever" not in page
    assert save(client, consultation, version="1", complaints="cough").status_code == 422


def test_an_interns_note_waits_in_the_list_and_is_signed_from_there(client, token, rims, bose):
    intern = make_graded("Intern", rims, Grade.INTERN)
    client.force_login(intern)
    consultation = begin(client, token)
    assert "waits for a doctor&#x27;s signature" in client.get(page_of(token)).text
    client.post(act("signature_new", consultation), typed())
    assert not client.get(reverse("opd:signature_list")).context["to_sign"]

    client.force_login(bose)
    listed = client.get(reverse("opd:signature_list"))
    assert listed.context["to_sign"] == [consultation]
    assert "Sign and print" in client.get(page_of(token)).text
    client.post(act("signature_new", consultation), typed(version="1", complaints="fever 5d"))
    note = ClinicalNote.objects.get()
    assert (note.author, note.signed_by, note.status) == (intern, bose, NoteStatus.SIGNED)


def test_an_interns_note_is_given_back(client, token, rims, bose):
    client.force_login(make_graded("Intern", rims, Grade.INTERN))
    consultation = begin(client, token)
    client.post(act("signature_new", consultation), typed())
    client.force_login(bose)
    client.post(act("handback_new", consultation))
    assert ClinicalNote.objects.get().status == NoteStatus.DRAFT
    client.post(act("handback_new", consultation))
    assert "does not wait for a signature" in client.get(page_of(token)).text


def test_a_residents_note_is_countersigned_from_the_list_and_added_to(client, encounter, rims, bose):
    resident = make_graded("Resident", rims, Grade.RESIDENT)
    note = make_signed_note(encounter, resident)
    path = reverse("patients:note_detail", args=[note.pk])
    client.force_login(bose)
    assert client.get(reverse("opd:room_detail")).context["to_countersign"] == 1
    assert path in client.get(reverse("opd:signature_list")).text
    assert "a countersignature is awaited" in client.get(path).text

    client.post(reverse("patients:countersignature_new", args=[note.pk]), {"request_key": uuid4()})
    added = reverse("patients:addendum_new", args=[note.pk])
    wrong = client.post(added, {"reason": "", "text": "X-ray clear", "request_key": uuid4()})
    assert (wrong.status_code, "X-ray clear" in wrong.text) == (422, True)
    client.post(added, {"reason": "X-ray came", "text": "X-ray clear", "request_key": uuid4()})
    page = client.get(path).text
    for said in "X-ray came", "X-ray clear", "countersigned: <b>Bose", "Resident":
        assert said in page, said
    assert "a countersignature is awaited" not in page


def test_a_signed_note_is_printed_in_both_sizes(client, encounter, bose):
    note = make_signed_note(encounter, bose)
    client.force_login(bose)
    for size in "a4", "a5":
        path = reverse("patients:note_paper_new", args=[note.pk]) + f"?size={size}"
        assert client.post(path, headers={"X-Fetch": "1"}).status_code == 201
    draft = make_note(make_encounter(encounter.patient, encounter.department), bose)
    refused = client.post(reverse("patients:note_paper_new", args=[draft.pk]))
    assert refused.status_code == 303


def test_a_stranger_finds_nothing(doctor, token, esha, client):
    consultation = begin(doctor, token)
    client.force_login(esha)
    asked = [
        client.get(page_of(token)),
        client.post(reverse("opd:consultation_new", args=[token.pk]), {"request_key": uuid4()}),
        save(client, consultation),
        client.post(act("signature_new", consultation), typed()),
        diagnose(client, token, "J18.9"),
        client.post(reverse("opd:room_call_new", args=[token.clinic_day_id]), {"request_key": uuid4()}),
    ]
    assert {one.status_code for one in asked} == {404}


# ── What is typed, in a moment ──


@pytest.mark.parametrize("language", ["en", "hi"])
def test_a_complaint_is_read_as_it_is_shown(language):
    lines = "fever 4d\nखाँसी 2 हफ़्ते; chest pain: 3 hrs\nsugar 2 saal\nItching - 1 mahina\nasthma\nBP 140"
    found = complaints_from(lines)
    assert [(one["text"], one.get("duration"), one.get("unit")) for one in found] == [
        ("fever", 4, "day"),
        ("खाँसी", 2, "week"),
        ("chest pain", 3, "hour"),
        ("sugar", 2, "year"),
        ("Itching", 1, "month"),
        ("asthma", None, None),
        ("BP 140", None, None),
    ]
    with translation.override(language):
        assert complaints_from(complaints_said(found)) == found


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("5 दिन", date(2026, 12, 31)),
        ("5", date(2026, 12, 31)),
        ("2 hafte", date(2027, 1, 9)),
        ("1m", date(2027, 1, 26)),
        ("1 year", date(2027, 12, 26)),
        ("28-12", date(2026, 12, 28)),
        ("5/1", date(2027, 1, 5)),
        ("5.1.27", date(2027, 1, 5)),
        ("2027-01-05", date(2027, 1, 5)),
        ("नहीं", None),
        ("", None),
    ],
)
def test_a_day_to_come_is_said_in_many_ways(said, day):
    today = date(2026, 12, 26)
    meant = day_to_come(said, today)
    assert (meant.day(today) if isinstance(meant, After) else meant) == day


@pytest.mark.parametrize("said", ["soon", "3 hours", "31-2-2027", "99 parsec", "5-13"])
def test_what_is_no_day_is_refused(said):
    with pytest.raises(ValueError, match=r"\S"):
        day_to_come(said, date(2026, 12, 26))
