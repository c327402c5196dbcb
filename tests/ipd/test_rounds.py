"""The pages of a round: measured, answered, done, asked, on leave and back, under somebody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from hmis.kernel.models import AuditEntry
from ipd.models import CareTeam, EarlyWarning, Leave, Opinion, Procedure, WarningAnswer
from patients.models import BedStay, MedicationHold, MedicationRequest
from tests.factories.facilities import make_department, make_doctor
from tests.factories.ipd import admit, beds_in, make_ward
from tests.factories.patients import make_patient
from tests.factories.prescribing import make_prescription
from tests.factories.rounds import ILL, WELL, measure

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctors(client, bose):
    client.force_login(bose)
    return client


@pytest.fixture
def nurses(client, clara):
    client.force_login(clara)
    return client


@pytest.fixture
def page(admission):
    return reverse("ipd:admission_detail", args=[admission.pk])


def at(name, *args):
    return reverse(f"ipd:{name}", args=args)


def send(client, name, /, *args, **said):
    return client.post(at(name, *args), {"request_key": uuid4(), **said})


# ── Vital signs ──


def test_the_nurse_measures_and_goes_on_to_the_next_bed(nurses, admission, ward, clara, rims):
    second = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara).admission
    assert nurses.get(at("vitals_new", admission.pk)).status_code == 200
    answer = send(nurses, "vitals_new", admission.pk, next="1", **WELL)
    assert (answer.status_code, answer["Location"]) == (303, at("vitals_new", second.pk))
    assert "NEWS2 0" in nurses.get(answer["Location"]).text
    assert AuditEntry.objects.filter(name="patients.vitals_viewed").exists()


def test_a_score_that_asks_for_a_doctor_stops_the_round_here(nurses, admission, page, ward, clara, rims):
    admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara)
    answer = send(nurses, "vitals_new", admission.pk, next="1", **ILL)
    assert answer["Location"] == page
    assert "tell the doctor" in nurses.get(page).text


def test_unlikely_values_are_asked_once_with_all_that_was_typed(nurses, admission, page):
    odd = WELL | {"temperature": "43.9", "request_key": str(uuid4())}
    asked = nurses.post(at("vitals_new", admission.pk), odd)
    assert asked.status_code == 422
    assert "Yes, it is so" in asked.text
    assert 'value="43.9"' in asked.text
    assert nurses.post(at("vitals_new", admission.pk), odd | {"confirm": "on"})["Location"] == page


def test_what_cannot_be_is_refused_at_its_box(nurses, admission):
    answer = send(nurses, "vitals_new", admission.pk, **WELL | {"spo2": "101"})
    assert answer.status_code == 422
    assert "is not possible" in answer.text
    assert not EarlyWarning.objects.exists()


def test_fahrenheit_is_told_in_celsius_and_never_kept(nurses, admission):
    answer = send(nurses, "vitals_new", admission.pk, **WELL | {"temperature": "103", "confirm": "on"})
    assert answer.status_code == 422
    assert "103 °F is 39.4 °C" in answer.text
    answer = send(nurses, "vitals_new", admission.pk, **WELL | {"temperature": "100.0", "confirm": "on"})
    assert "Is this °F? 100 °F is 37.8 °C" in answer.text
    answer = send(nurses, "vitals_new", admission.pk, **WELL | {"pulse": "720", "confirm": "on"})
    assert answer.status_code == 422
    assert not EarlyWarning.objects.exists()


def test_an_incomplete_set_is_kept_and_said(nurses, admission, page):
    answer = send(nurses, "vitals_new", admission.pk, pulse="88")
    assert "Saved without a score" in nurses.get(answer["Location"]).text


# ── Warnings ──


def test_the_alarm_and_the_list_name_what_waits_until_it_is_answered(nurses, admission, clara):
    assert nurses.get(at("warning_alarm")).text.strip() == ""
    measure(admission, clara, ILL)
    warning = EarlyWarning.objects.get()
    assert "NEWS2 5" in nurses.get(at("warning_alarm")).text
    listed = nurses.get(at("warning_list")).text
    assert "urgent: tell the medical team at once" in listed.lower()
    refused = send(nurses, "warning_answer_new", warning.pk, response="other", told="Dr. Rao")
    assert refused.status_code == 422
    assert 'value="Dr. Rao"' in refused.text
    assert send(nurses, "warning_answer_new", warning.pk, response="seen").status_code == 303
    assert WarningAnswer.objects.get().answered_by == clara
    assert nurses.get(at("warning_alarm")).text.strip() == ""


def test_the_bar_leads_to_the_patient_it_names_and_the_cursor_stands_there(
    nurses, admission, clara, rims, ward
):
    measure(admission, clara, ILL)
    worse = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara).admission
    measure(worse, clara, ILL | {"pulse": "140"})
    first = EarlyWarning.objects.get(admission=worse)
    bar = nurses.get(at("warning_alarm")).text
    bed = beds_in(ward)[1]
    assert f"{ward} · {bed.room}-{bed}" in bar
    listed = nurses.get(at("warning_list")).text
    assert listed.index("Babita") < listed.index(admission.number)
    assert listed.index("autofocus") > listed.index(f'id="warning-{first.pk}"')
    assert listed.index("autofocus") < listed.index(admission.number)


def test_answered_by_another_meanwhile_it_is_said(nurses, admission, clara):
    measure(admission, clara, ILL)
    warning = EarlyWarning.objects.get()
    send(nurses, "warning_answer_new", warning.pk, response="seen")
    late = send(nurses, "warning_answer_new", warning.pk, response="seen")
    assert late.status_code == 422
    assert "Somebody else has answered" in late.text


def test_another_hospitals_warning_is_not_there(client, admission, clara, esha):
    measure(admission, clara, ILL)
    client.force_login(esha)
    assert (
        send(client, "warning_answer_new", EarlyWarning.objects.get().pk, response="seen").status_code == 404
    )
    assert client.get(at("warning_alarm")).text.strip() == ""


# ── Leave, team, scale ──


def test_out_on_leave_and_back_into_the_bed_that_was_kept(nurses, admission, page):
    due = timezone.localtime() + timedelta(hours=5)
    said = {"why": "funeral", "due_at": f"{due:%d-%m-%Y %H:%M}", "keeps_bed": "on"}
    assert send(nurses, "leave_new", admission.pk, **said)["Location"] == page
    assert Leave.objects.get().keeps_bed
    assert send(nurses, "return_new", admission.pk)["Location"] == page
    assert Leave.objects.get().ended_at


def test_back_where_the_bed_was_given_up_one_is_chosen(nurses, admission, page, ward):
    due = timezone.localtime() + timedelta(hours=5)
    send(nurses, "leave_new", admission.pk, why="funeral", due_at=f"{due:%d-%m-%Y %H:%M}")
    assert send(nurses, "return_new", admission.pk).status_code == 422
    other = beds_in(ward)[2]
    assert send(nurses, "return_new", admission.pk, bed=other.pk)["Location"] == page
    assert BedStay.objects.get(ended_at=None).bed == other


def test_back_into_an_unlikely_bed_it_is_asked_once(nurses, admission, page, med):
    due = timezone.localtime() + timedelta(hours=5)
    send(nurses, "leave_new", admission.pk, why="funeral", due_at=f"{due:%d-%m-%Y %H:%M}")
    bed = beds_in(make_ward(med, youngest=90))[0]
    asked = send(nurses, "return_new", admission.pk, bed=bed.pk)
    assert asked.status_code == 422
    assert "Yes, this bed" in asked.text
    assert send(nurses, "return_new", admission.pk, bed=bed.pk, confirm_bed="on")["Location"] == page


def test_leave_without_a_time_is_asked_again(nurses, admission):
    answer = send(nurses, "leave_new", admission.pk, why="funeral", due_at="")
    assert answer.status_code == 422
    assert 'value="funeral"' in answer.text


def test_another_consultant_answers_from_now_on(doctors, admission, page, med, rims):
    rao = make_doctor("Rao", rims)
    said = {"department": med.pk, "consultant": rao.pk, "why": "day off"}
    assert send(doctors, "team_new", admission.pk, **said)["Location"] == page
    assert CareTeam.objects.get(ended_at=None).consultant == rao
    again = send(doctors, "team_new", admission.pk, **said)
    assert again.status_code == 422


def test_scale_two_is_ordered_and_ended(doctors, admission, page):
    assert send(doctors, "scale2_new", admission.pk, why="").status_code == 422
    assert send(doctors, "scale2_new", admission.pk, why="COPD, gas")["Location"] == page
    assert "COPD, gas" in doctors.get(page).text
    assert send(doctors, "scale2_new", admission.pk)["Location"] == page
    admission.refresh_from_db()
    assert admission.scale2_at is None


def test_a_nurse_orders_no_scale(nurses, admission):
    assert send(nurses, "scale2_new", admission.pk, why="x").status_code == 403


# ── Procedures, opinions, medicines ──


def test_an_operation_is_written_down(doctors, admission, page, bose):
    now = timezone.localtime()
    said = {
        "name": "Incision and drainage",
        "is_operation": "on",
        "performed_by": bose.pk,
        "anaesthesia": "local",
        "began_at": f"{now:%H:%M}",
        "findings": "pus 20 ml",
    }
    early = send(doctors, "procedure_new", admission.pk, **said | {"began_at": "01-01-2026 10:00"})
    assert early.status_code == 422
    assert "pus 20 ml" in early.text
    assert send(doctors, "procedure_new", admission.pk, **said | {"began_at": ""})["Location"] == page
    assert Procedure.objects.get().number.startswith("RIMS/U")


def test_an_opinion_is_asked_listed_and_given(doctors, admission, page, rims, bose):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    said = {"department": eye.pk, "question": "Fundus?", "is_urgent": "on"}
    assert send(doctors, "opinion_new", admission.pk, **said)["Location"] == page
    opinion = Opinion.objects.get()
    assert "Fundus?" in doctors.get(at("opinion_list")).text
    assert send(doctors, "opinion_answer_new", opinion.pk, answer="").status_code == 422
    assert send(doctors, "opinion_answer_new", opinion.pk, answer="Normal.")["Location"] == page
    assert "Normal." in doctors.get(page).text


def test_a_question_is_taken_back(doctors, admission, page, rims):
    eye = make_department(rims, "EYE", name="Eye", name_hi="आँख")
    send(doctors, "opinion_new", admission.pk, department=eye.pk, question="Fundus?")
    opinion = Opinion.objects.get()
    assert send(doctors, "opinion_withdrawal_new", opinion.pk)["Location"] == page
    opinion.refresh_from_db()
    assert opinion.status == "withdrawn"


def test_a_medicine_is_held_given_again_and_stopped(doctors, admission, page, bose, clara):
    make_prescription(admission.encounter, bose, nurse=clara)
    line = MedicationRequest.objects.get()
    ids = (admission.pk, line.pk)
    assert send(doctors, "hold_new", *ids, why="").status_code == 422
    assert send(doctors, "hold_new", *ids, why="vomits")["Location"] == page
    assert "give again" in doctors.get(page).text
    assert send(doctors, "resumption_new", *ids)["Location"] == page
    assert MedicationHold.objects.get().ended_by == bose
    assert send(doctors, "stop_new", *ids, why="no fever")["Location"] == page
    assert "no fever" in doctors.get(page).text


def test_another_patients_medicine_is_not_held_here(doctors, admission, bose, clara, ward, rims):
    other = admit(make_patient(rims, name="Babita"), beds_in(ward)[1], clara).admission
    make_prescription(other.encounter, bose, nurse=clara)
    line = MedicationRequest.objects.get()
    assert send(doctors, "hold_new", admission.pk, line.pk, why="x").status_code == 404
