"""The part of the room where medicines are written: each button, for whom, and what a window loses."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from facilities.roles import Grade, Role
from patients.models import AllergyIntolerance, DetectedIssue, MedicationRequest, MedicineSet, Observation
from patients.queries import prescribing
from tests.architecture.test_hindi import english_left
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import make_doctor, make_person
from tests.factories.formulary import make_formulary, medication
from tests.factories.notes import make_graded, make_note
from tests.factories.patients import make_encounter, make_patient
from tests.factories.prescribing import ask_allergies, make_line, make_prescription, make_set, sign

HOSTILE = '"><img src=x onerror=alert(1)>'
HTMX = {"HX-Request": "true"}
YEAR = timedelta(days=366)


@pytest.fixture
def note(encounter, bose):
    make_formulary(encounter.facility)
    return make_note(encounter, bose)


@pytest.fixture
def room(client, bose):
    """Bose's browser: `room(name, pk, **sent)` presses a button of the panel."""
    client.force_login(bose)

    def press(name, *keys, **sent):
        path = reverse(f"patients:{name}", args=keys)
        return client.post(path, {"request_key": uuid4(), "next": "/opd/room/", **sent}, headers=HTMX)

    press.client = client
    return press


@pytest.fixture
def first(bose):
    return lambda text: prescribing.options_for(bose, text, today=timezone.localdate())[0].value


def test_a_line_is_read_back_at_each_keystroke(room, note):
    page = room.client.post(reverse("patients:medicine_list"), {"line": "para 500 1-1-1 5d"})

    assert "PARACETAMOL" in page.text
    assert "15 tablets" in page.text
    page = room.client.post(reverse("patients:medicine_list"), {"line": "amlodipine 5"})
    assert "How often?" in page.text
    page = room.client.post(reverse("patients:medicine_list"), {"line": HOSTILE})
    assert "<img" not in page.text
    assert room.client.post(reverse("patients:medicine_list")).status_code == 200


def test_a_chosen_line_stands_in_the_panel(room, note, first):
    page = room("medicine_new", note.pk, chosen=first("para 500 1-1-1 5d"))

    assert page.status_code == 200
    assert "1-1-1 tablet · 5 days" in page.text
    assert MedicationRequest.objects.get().typed == "para 500 1-1-1 5d"


def test_what_was_typed_is_not_lost_by_a_refusal(room, note):
    page = room("medicine_new", note.pk, chosen=f"{medication('Amlodipine').pk}|amlodipine 5")

    assert page.status_code == 422
    assert 'value="amlodipine 5"' in page.text
    assert room("medicine_new", note.pk).status_code == 422
    assert room("medicine_new", note.pk, chosen="no-id|para").status_code == 422


def test_without_a_script_the_page_comes_back(room, note, first):
    path = reverse("patients:medicine_new", args=[note.pk])
    sent = {"request_key": uuid4(), "next": "/opd/room/", "chosen": first("para 500 bd 3d")}
    answer = room.client.post(path, sent)

    assert (answer.status_code, answer.url) == (303, "/opd/room/")
    answer = room.client.post(path, sent | {"next": "https://evil.test/"})
    assert answer.url == "/"


def test_a_line_goes_back_into_the_box_and_is_written_otherwise(room, note, bose, first):
    line = make_line(note, bose)
    page = room.client.post(reverse("patients:medicine_edit", args=[line.pk]), headers=HTMX)
    assert line.line in page.text
    other = medication("Ibuprofen")
    page = room.client.post(
        reverse("patients:medicine_edit", args=[line.pk], query={"with": other.pk}), headers=HTMX
    )
    assert "IBUPROFEN" in page.text
    room("medicine_new", note.pk, chosen=first("para 650 bd 3d"), rewrites=line.pk)

    line.refresh_from_db()
    assert line.status == "removed"
    assert prescribing.own_lines(note)[0].quantity == 6


def test_allergies_are_asked_in_the_same_place(room, note, first):
    page = room("medicine_new", note.pk, chosen=first("amox 500 tds 5d"))
    assert "Nobody has asked for allergies" in page.text
    page = room("allergy_new", note.pk, allergy="listed", substance=" ")
    assert page.status_code == 422
    page = room("allergy_new", note.pk, allergy="listed", substance="Penicillin")

    assert "Nobody has asked for allergies" not in page.text
    assert "alertdialog" in page.text
    assert AllergyIntolerance.objects.get().substance == "Penicillin"


def test_an_alert_on_a_hindi_page_marks_what_its_source_says_in_english(room, note, first, bose):
    bose.language = "hi"
    bose.save()
    room("medicine_new", note.pk, chosen=first("amox 500 tds 5d"))
    page = room("allergy_new", note.pk, allergy="listed", substance="Penicillin").text

    assert set(english_left(page)) <= {
        "para",
        "d",
        "Amoxicillin",
    }  # what is typed, and a label that holds no mark
    assert '<span lang="en">AMOXICILLIN' in page
    assert re.search('<span lang="en">Penicillin[^<]*</span> से एलर्जी', page)


def test_another_allergy_is_written_down_as_easily_and_the_head_of_the_page_says_so(room, note, first):
    room("allergy_new", note.pk, allergy="none")
    page = room("medicine_new", note.pk, chosen=first("amox 500 tds 5d"))
    assert "Another allergy" in page.text
    assert "known-allergies" not in page.text
    page = room("allergy_new", note.pk, allergy="listed", substance="Penicillin")
    head = page.text[page.text.index('<dd id="known-allergies" hx-swap-oob="true">') :]

    assert "Penicillin" in head
    assert 'id="allergy-mark" hx-swap-oob="true">Allergies: Penicillin</span>' in head
    assert "alertdialog" in page.text
    page = room("allergy_new", note.pk, allergy="listed", substance="Sulfa")
    assert page.text.index("known-allergies") < page.text.index("Sulfa")
    assert AllergyIntolerance.objects.filter(is_none_known=False).count() == 2


def box(page, name):
    """What stands in a box of the panel."""
    return re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)[1]


def test_a_half_typed_allergy_stands_there_whatever_else_is_pressed(room, note, bose, first):
    page = room("medicine_new", note.pk, chosen=first("para 500 1-1-1 5d"), substance="sulfa")
    assert box(page, "substance") == "sulfa"
    page = room("allergy_new", note.pk, allergy="none", substance="sulfa")
    assert box(page, "substance") == "sulfa"
    assert re.search(r"<details[^>]* open><summary>Another allergy", page.text)
    line = MedicationRequest.objects.get()
    edit = reverse("patients:medicine_edit", args=[line.pk])
    assert box(room.client.post(edit, {"substance": "sulfa"}, headers=HTMX), "substance") == "sulfa"
    page = room("medicine_removal_new", line.pk, substance=HOSTILE)
    assert "&lt;img" in box(page, "substance")

    page = room("allergy_new", note.pk, allergy="listed", substance="Sulfa")
    assert box(page, "substance") == ""
    assert "open><summary>Another allergy" not in page.text


def test_a_refused_allergy_stands_in_its_box(room, note):
    page = room("allergy_new", note.pk, allergy="listed", substance="Aadhaar 2341 2341 2346")

    assert page.status_code == 422
    assert box(page, "substance") == "Aadhaar 2341 2341 2346"
    assert not AllergyIntolerance.objects.exists()


def test_a_half_typed_medicine_stands_there_while_allergies_are_answered(room, note, first):
    page = room("allergy_new", note.pk, allergy="none", line="para 500")
    assert box(page, "line") == "para 500"
    assert "PARACETAMOL" in page.text
    page = room("medicine_new", note.pk, chosen=first("para 500 1-1-1 5d"), line="para 500 1-1-1 5d")
    assert box(page, "line") == ""


def test_what_is_written_in_the_place_of_another_line_stays_so(room, note, bose, first):
    """Else the line would stand there twice once Enter is pressed."""
    line = make_line(note, bose)
    page = room("allergy_new", note.pk, allergy="none", line="para 650 bd", rewrites=line.pk)
    assert f'name="rewrites" value="{line.pk}"' in page.text
    page = room("medicine_removal_new", line.pk, line="para 650 bd", rewrites=line.pk)
    assert 'name="rewrites"' not in page.text
    assert box(page, "line") == "para 650 bd"
    page = room("allergy_new", note.pk, allergy="none", line="para", rewrites="no-id", replaces=HOSTILE)
    assert box(page, "line") == "para"


def test_why_a_running_medicine_is_changed_stands_there_too(room, encounter, bose, clara, med):
    make_formulary(encounter.facility)
    make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    running = MedicationRequest.objects.get()
    note = make_note(make_encounter(encounter.patient, med), bose)
    said = {"line": "para", "replaces": running.pk, "replaces_why": "too little"}
    page = room("allergy_new", note.pk, allergy="none", **said)

    assert f'name="replaces" value="{running.pk}"' in page.text
    assert 'value="too little"' in page.text


def test_an_allergy_that_the_list_does_not_know_is_told(room, note, encounter, clara, first):
    """Amoxicillin for somebody allergic to "Amoxycillin": no alert can be raised, and the doctor reads so."""
    make_allergy(encounter, clara, "Aspirin")
    make_allergy(encounter, clara, "Amoxycillin")
    make_allergy(encounter, clara, HOSTILE)
    page = room("medicine_new", note.pk, chosen=first("amox 500 tds 5d"))

    assert not DetectedIssue.objects.exists()
    assert "Allergic to Amoxycillin, &quot;&gt;&lt;img" in page.text
    assert "Asked: none known" not in page.text
    page = room("allergy_new", note.pk, allergy="listed", substance="Amoxicillin")
    assert "alertdialog" in page.text


def test_an_allergy_that_is_checked_is_no_warning(room, note, encounter, clara, first):
    make_allergy(encounter, clara, "पेनिसिलिन")

    assert "no medicine is checked" not in room("medicine_new", note.pk, chosen=first("para 500 tds 5d")).text


def test_asked_and_none_known(room, note):
    page = room("allergy_new", note.pk, allergy="none")

    assert page.status_code == 200
    assert AllergyIntolerance.objects.get().is_none_known


def test_an_alert_offers_its_ways_out_and_takes_a_reason(room, note, bose, encounter, clara, first):
    make_allergy(encounter, clara, "Penicillin")
    page = room("medicine_new", note.pk, chosen=first("amox 500 tds 5d"))
    assert "Take the medicine off" in page.text
    assert "not yet approved here" in page.text
    issue = DetectedIssue.objects.get()
    page = room("issue_answer_new", issue.pk, **{f"reason-{issue.pk}": ""})
    assert page.status_code == 422
    page = room("issue_answer_new", issue.pk, **{f"reason-{issue.pk}": HOSTILE})

    assert page.status_code == 200
    assert "&lt;img" in page.text
    assert "<img" not in page.text
    assert "alertdialog" not in page.text


def test_a_childs_weight_is_written_where_it_is_missed(room, rims, med, bose, clara, first):
    child = make_patient(rims, "Small One", birth_date=timezone.localdate() - 5 * YEAR)
    contact = make_encounter(child, med)
    ask_allergies(contact, clara)
    make_formulary(rims)
    note = make_note(contact, bose)
    page = room("medicine_new", note.pk, chosen=first("syp para 250/5 5ml tds 3d"))
    issues = list(DetectedIssue.objects.filter(rule="weight_needed"))
    assert issues, page.text
    page = room("issue_measure_new", issues[0].pk, **{f"weight-{issues[0].pk}": "16,5"})

    assert Observation.objects.get().value == pytest.approx(16.5)
    issues[0].refresh_from_db()
    assert issues[0].answer == "settled"


def test_a_pregnancy_is_asked_where_it_matters(room, rims, med, bose, clara, first):
    woman = make_patient(rims, "Sita", sex="female", birth_date=timezone.localdate() - 28 * YEAR)
    contact = make_encounter(woman, med)
    ask_allergies(contact, clara)
    make_formulary(rims)
    note = make_note(contact, bose)
    avoid = medication("Methotrexate", form="Tablet") or medication("Methotrexate")
    room(
        "medicine_new",
        note.pk,
        chosen=f"{avoid.pk}|{avoid.generic_name} {avoid.strength} 1 tab weekly monday",
    )
    issue = DetectedIssue.objects.get(rule="pregnancy")
    assert issue.severity == "ask"
    room("issue_measure_new", issue.pk, pregnant="no")

    issue.refresh_from_db()
    assert issue.answer == "settled"


def test_what_a_reserve_antibiotic_is_for(room, note, bose):
    from patients.models import Medication

    reserve = Medication.objects.filter(aware_group="reserve", form="Tablet").first()
    line = make_line(note, bose, f"{reserve.generic_name} {reserve.strength} bd 7d")
    sent = {f"indication-{line.pk}": "MRSA", f"authorised-{line.pk}": "Dr Lakra"}
    page = room("medicine_reason_new", line.pk, **sent)

    assert 'value="MRSA"' in page.text
    line.refresh_from_db()
    assert (line.indication, line.authorised_by) == ("MRSA", "Dr Lakra")


def test_a_running_medicine_is_stopped_and_changed_with_reasons(room, encounter, bose, clara, med, first):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", "metformin 500 bd 30d", nurse=clara)
    note = make_note(make_encounter(encounter.patient, med), bose)
    pressure, sugar = MedicationRequest.objects.order_by("position")
    assert room("medicine_stop_new", note.pk, sugar.pk).status_code == 422
    room("medicine_stop_new", note.pk, sugar.pk, **{f"why-{sugar.pk}": "loose motions"})
    sugar.refresh_from_db()
    assert sugar.status == "stopped"

    page = room.client.post(
        reverse("patients:medicine_change_new", args=[note.pk, pressure.pk]), headers=HTMX
    )
    assert "In place of" in page.text
    sent = {"chosen": first("amlodipine 10 od 30d"), "replaces": pressure.pk}
    assert room("medicine_new", note.pk, **sent).status_code == 422
    room("medicine_new", note.pk, **sent, replaces_why="BP 160/100")
    assert MedicationRequest.objects.get(note=note).replaces == pressure


def test_the_last_prescription_and_sets_by_a_button(room, encounter, bose, clara, med, rims):
    make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    note = make_note(make_encounter(encounter.patient, med), bose)
    page = room("medicine_repetition_new", note.pk)
    assert "AMLODIPINE" in page.text
    room("medicine_set_new", note.pk, set_name="Pressure", is_shared="1")
    kept = MedicineSet.objects.get()
    assert (kept.name, kept.owner) == ("Pressure", None)

    other = make_note(make_encounter(make_patient(rims, "Other"), med), bose)
    page = room("medicine_set_use_new", other.pk, set=kept.pk)
    assert "AMLODIPINE" in page.text
    assert room("medicine_set_use_new", other.pk, set="no-id").status_code == 200
    room("set_retirement_new", kept.pk)
    kept.refresh_from_db()
    assert kept.retired_at


def test_another_doctors_note_is_not_written_in(room, encounter, rims, med, clara):
    make_formulary(rims)
    other = make_doctor("Rita", rims)
    note = make_note(encounter, other)
    line = make_line(note, other)
    answer = room("medicine_new", note.pk, chosen=f"{line.medication_id}|para 500 bd 3d")

    assert answer.status_code == 404
    assert MedicationRequest.objects.count() == 1
    answer = room.client.post(reverse("patients:medicine_edit", args=[line.pk]), headers=HTMX)
    assert answer.status_code == 404


def test_in_a_signed_note_nothing_more_is_written(room, encounter, bose, clara):
    note = make_prescription(encounter, bose, nurse=clara)
    line = MedicationRequest.objects.get()
    answer = room("medicine_new", note.pk, chosen=f"{line.medication_id}|para 500 bd 3d")

    assert answer["HX-Redirect"] == reverse("patients:note_detail", args=[note.pk])
    assert MedicationRequest.objects.count() == 1


def test_too_long_a_reason_and_an_aadhaar_number_are_refused_in_words(room, note, bose, encounter, clara):
    make_allergy(encounter, clara, "Penicillin")
    issue = make_line(note, bose, "amox 500 tds 5d").issues.get()
    for reason in "x" * 300, "Aadhaar 2341 2341 2346":
        page = room("issue_answer_new", issue.pk, **{f"reason-{issue.pk}": reason})
        assert page.status_code == 422
    assert DetectedIssue.objects.get().answer == ""


def test_a_set_of_another_doctor_is_not_used(room, note, rims, encounter):
    other = make_doctor("Rita", rims)
    theirs = make_note(encounter, other)
    make_line(theirs, other)
    kept = make_set(theirs, other)

    assert room("medicine_set_use_new", note.pk, set=kept.pk).status_code == 404


def test_another_hospitals_note_is_not_there(client, note, sgml):
    client.force_login(make_doctor("Stranger", sgml))
    for name in "medicine_new", "allergy_new", "medicine_repetition_new":
        assert client.post(reverse(f"patients:{name}", args=[note.pk])).status_code == 404


def test_a_nurse_writes_no_medicines(client, note, clara):
    client.force_login(clara)

    assert client.post(reverse("patients:medicine_new", args=[note.pk])).status_code == 403


def test_how_often_the_rules_speak(room, note, bose, encounter, clara):
    make_allergy(encounter, clara, "Penicillin")
    make_line(note, bose, "amox 500 tds 5d")
    page = room.client.get(reverse("patients:alert_list"), {"rule": "allergy_class"})

    assert "Allergy across the class" in page.text
    assert "Bose" in page.text
    assert room.client.get(reverse("patients:alert_list"), {"rule": HOSTILE}).status_code == 200


def test_a_signed_prescription_is_read_on_note_and_chart(room, encounter, bose, clara):
    note = make_prescription(encounter, bose, "amlodipine 5 od 30d", nurse=clara)
    for page in (
        room.client.get(reverse("patients:note_detail", args=[note.pk])),
        room.client.get(reverse("patients:chart_detail", args=[encounter.patient_id])),
    ):
        assert "AMLODIPINE" in page.text


def test_the_prescription_is_printed_in_both_sizes(room, encounter, bose, clara):
    note = make_prescription(encounter, bose, nurse=clara)
    path = reverse("patients:prescription_paper_new", args=[note.pk])
    for size in "a4", "a5":
        answer = room.client.post(f"{path}?size={size}")
        assert answer.status_code == 302
        assert room.client.get(answer.url).content.startswith(b"%PDF")


def test_an_intern_writes_and_a_doctor_signs_in_the_room(client, encounter, rims, med, clara):
    make_formulary(rims)
    intern = make_graded("Indira", rims, Grade.INTERN, med)
    note = make_note(encounter, intern)
    make_observation(encounter, clara)
    client.force_login(intern)
    option = prescribing.options_for(intern, "para 500 bd 3d", today=timezone.localdate())[0]
    sent = {"request_key": uuid4(), "chosen": option.value}
    assert (
        client.post(reverse("patients:medicine_new", args=[note.pk]), sent, headers=HTMX).status_code == 200
    )

    assert MedicationRequest.objects.get().written_by == intern


def test_an_administrator_sees_the_counts_and_writes_nothing(client, rims, note):
    client.force_login(make_person("Lata", Role.FACILITY_ADMIN, rims))

    assert client.get(reverse("patients:alert_list")).status_code == 200
    assert client.post(reverse("patients:medicine_new", args=[note.pk])).status_code == 403


def test_signed_twice_prints_one_prescription(note, bose, encounter, clara):
    ask_allergies(encounter, clara)
    make_line(note, bose)
    key = uuid4()
    first, second = sign(note, bose, key=key), None
    note.version = first.version
    second = sign(note, bose, key=key)

    assert first.pk == second.pk
    assert MedicationRequest.objects.get().status == "active"
