"""The pages of a discharge: begun, ticked off, billed, completed; papers of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from facilities.roles import Role
from hmis.kernel.models import IssuedDocument
from ipd.models import Admission, Death, DischargeStep
from ipd.queries import stay_now
from ipd.services import charge_bed_days
from ipd.states import AdmissionStatus, DischargeItem
from patients.models import CaseKind, ClinicalNote, Sex
from patients.services import CaseDetails, Intimation, Unknown, inform_police
from patients.states import NoteStatus
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, begin_discharge, die, pass_over
from tests.factories.looking import this_year
from tests.factories.notes import make_templates
from tests.factories.patients import make_patient
from tests.factories.tariffs import make_definition, make_price

pytestmark = pytest.mark.django_db
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara, at=timezone.now() - timedelta(hours=30)).admission


@pytest.fixture
def begun(admission, bose):
    held = begin_discharge(admission, bose, at=timezone.now() - timedelta(hours=1))
    held.lies = stay_now(held)
    return held


@pytest.fixture
def as_doctor(client, bose):
    client.force_login(bose)
    return client


def url(name, *args):
    return reverse(f"ipd:{name}", args=args)


def send(client, page, /, *args, **said):
    return client.post(url(page, *args), {"request_key": uuid4()} | said)


def test_the_doctor_begins_and_the_list_shows_it(admission, as_doctor):
    assert as_doctor.get(url("discharge_new", admission.pk)).status_code == 200
    wrong = send(as_doctor, "discharge_new", admission.pk, discharge_type="lama")
    assert wrong.status_code == 422
    assert "Who signs for it" in wrong.content.decode()
    sent = send(as_doctor, "discharge_new", admission.pk, discharge_type="lama", lama_name="Ravi")
    assert sent.status_code == 303
    html = as_doctor.get(url("discharge_list")).content.decode()
    assert "left against medical advice" in html
    assert as_doctor.get(url("discharge_new", admission.pk)).status_code == 303
    paper = IssuedDocument.objects.get(template="ipd/documents/lama_form.html")
    page = as_doctor.get(url("discharge_detail", admission.pk)).content.decode()
    assert reverse("paper_detail", args=[paper.pk]) in page


def test_what_a_page_says_afterwards_is_in_the_persons_language(admission, as_doctor):
    with translation.override("hi"):  # as a server's thread stands around every request
        send(as_doctor, "discharge_new", admission.pk, discharge_type="cured")

    (told,) = as_doctor.get(url("discharge_detail", admission.pk)).context["messages"]
    assert str(told) == "The discharge is begun."


def test_a_nurse_may_only_say_that_somebody_absconded(admission, client, clara):
    client.force_login(clara)
    assert "absconded" in client.get(url("discharge_new", admission.pk)).content.decode()
    assert send(client, "discharge_new", admission.pk, discharge_type="cured").status_code == 422
    assert send(client, "discharge_new", admission.pk, discharge_type="absconded").status_code == 303
    assert Admission.objects.get().left_at


def test_a_nurse_finds_the_bed_of_somebody_empty_whom_a_doctor_was_letting_go(begun, client, clara, bose):
    client.force_login(clara)
    gone = f"{url('discharge_new', begun.pk)}?gone=1"
    assert gone in client.get(url("discharge_detail", begun.pk)).text
    assert (
        gone in client.get(url("ward_detail", begun.lies.bed.room.ward_id), {"bed": begun.lies.bed_id}).text
    )
    page = client.get(gone)
    assert (page.status_code, "cured" in page.text) == (200, False)

    assert send(client, "discharge_new", begun.pk, discharge_type="cured").status_code == 422
    key = uuid4()
    for _twice in range(2):
        sent = send(client, "discharge_new", begun.pk, discharge_type="absconded", request_key=key)
        assert sent.status_code == 303
    held = Admission.objects.get()
    assert (held.discharge_type, held.initiated_by, bool(held.left_at)) == ("absconded", clara, True)
    assert client.get(gone).status_code == 303
    listed = client.get(url("inpatient_list")).text
    assert url("discharge_detail", begun.pk) in listed
    assert "absconded" in listed


def test_the_dead_do_not_run_away(admission, client, clara, bose):
    die(admission.encounter, bose, died_at=timezone.now())
    client.force_login(clara)
    assert client.get(url("discharge_new", admission.pk), {"gone": 1}).status_code == 303
    assert send(client, "discharge_new", admission.pk, discharge_type="absconded").status_code == 422
    assert "?gone=1" not in client.get(url("discharge_detail", admission.pk)).text


def test_from_the_summary_to_the_gate_by_the_buttons(begun, client, bose, clara):
    make_templates()
    client.force_login(bose)
    drafted = send(client, "summary_new", begun.pk)
    note = ClinicalNote.objects.get()
    assert drafted.url == url("summary_edit", note.pk)
    # The page for notes leads there, and neither writes nor signs it.
    assert client.get(url("note_edit", note.pk)).url == drafted.url
    for other in "note_edit", "note_signature_new":
        assert send(client, other, note.pk, version=note.version).url == drafted.url
    assert ClinicalNote.objects.get().version == note.version
    page = client.get(drafted.url)
    assert page.status_code == 200
    assert url("note_removal_new", note.pk) in page.text
    version = page.context["form"]["version"].value()
    text = {"version": version, "plan-advice": "आराम करें", "course-course": HOSTILE}
    saved = send(client, "summary_edit", note.pk, **text)
    assert saved.status_code == 303
    stale = send(client, "summary_edit", note.pk, **text | {"plan-advice": "other"})
    assert stale.status_code == 422
    assert "saved in another window" in stale.content.decode()
    text |= {"version": ClinicalNote.objects.get().version}
    bare = send(client, "summary_signature_new", note.pk, **text, come_again="")
    assert bare.status_code == 422
    assert "Write the final diagnosis." in bare.text
    text |= {"diagnosis-final": "Pneumonia"}
    bare = send(client, "summary_signature_new", note.pk, **text, come_again="")
    assert "Write the condition at discharge." in bare.text
    text |= {"condition-state": "Walks, eats"}
    wrong = send(client, "summary_signature_new", note.pk, **text, come_again="01-01-2020")
    assert wrong.status_code == 422
    signed = send(client, "summary_signature_new", note.pk, **text, come_again="")
    assert signed.status_code == 303
    assert ClinicalNote.objects.get().status == NoteStatus.SIGNED
    paper = IssuedDocument.objects.get(template="ipd/documents/summary.html")
    assert "Being discharged" in render_to_string(paper.template, paper.context)
    assert client.get(url("summary_edit", note.pk)).status_code == 303
    assert send(client, "summary_paper_new", note.pk).status_code in (302, 303)

    client.force_login(clara)
    assert send(client, "completion_new", begun.pk).status_code == 303
    assert Admission.objects.get().status == AdmissionStatus.DISCHARGE_INITIATED
    assert send(client, "step_new", begun.pk, item="dues").status_code == 422
    assert send(client, "step_new", begun.pk, item="medicines").status_code == 303
    assert send(client, "bed_left_new", begun.pk).status_code == 303
    html = client.get(url("discharge_detail", begun.pk)).content.decode()
    assert "<img src=x" not in html
    done = send(client, "completion_new", begun.pk)
    assert Admission.objects.get().status == AdmissionStatus.DISCHARGED
    gate_pass = IssuedDocument.objects.get(template="ipd/documents/gate_pass.html")
    assert f'data-print-url="{reverse("paper_list")}?p={gate_pass.pk}"' in client.get(done.url).text
    html = client.get(url("discharge_detail", begun.pk)).content.decode()
    assert "data-print-url" not in html
    assert reverse("paper_copy_new", args=[gate_pass.pk]) in html
    assert f"RIMS/E{this_year()}/0000001" in html


def test_passed_over_with_a_reason_that_everybody_reads(begun, as_doctor):
    assert send(as_doctor, "override_new", begun.pk, item="summary", why="").status_code == 422
    assert send(as_doctor, "override_new", begun.pk, item="summary", why=HOSTILE).status_code == 303
    html = as_doctor.get(url("discharge_detail", begun.pk)).content.decode()
    assert "&lt;img src=x" in html
    assert "<img src=x" not in html


def test_a_clerk_passes_nothing_over(begun, client, kavita):
    client.force_login(kavita)
    assert send(client, "override_new", begun.pk, item="summary", why="x").status_code == 403
    assert not DischargeStep.objects.exists()
    assert client.get(url("discharge_detail", begun.pk)).status_code == 200


def test_the_patient_stays_after_all(begun, as_doctor):
    assert send(as_doctor, "recall_new", begun.pk).status_code == 303
    assert Admission.objects.get().status == AdmissionStatus.ADMITTED


def test_whose_bed_was_left_stays_in_a_bed_for_a_reason(begun, client, clara, bose):
    client.force_login(clara)
    send(client, "bed_left_new", begun.pk)
    client.force_login(bose)
    page = url("recall_new", begun.pk)
    assert page in client.get(url("discharge_detail", begun.pk)).text
    assert f'value="{begun.lies.bed_id}" selected' in client.get(page).text
    said = {"bed": begun.lies.bed_id, "why": "It was the next bed.", "request_key": uuid4()}
    doubtful = send(client, "recall_new", begun.pk, **said)
    assert doubtful.status_code == 422
    assert "being cleaned" in doubtful.text
    for _twice in range(2):
        assert send(client, "recall_new", begun.pk, **said, confirm_bed="on").status_code == 303
    held = Admission.objects.get()
    assert (held.status, stay_now(held).bed_id) == (AdmissionStatus.ADMITTED, begun.lies.bed_id)


def test_the_final_bill_counts_the_days_and_leads_to_the_account(begun, client, dev):
    client.force_login(dev)
    sent = send(client, "final_bill_new", begun.pk)
    assert sent.url == reverse("billing:account_detail", args=[begun.encounter_id])
    assert begun.bed_days.exists()


def test_a_stranger_finds_nothing(begun, client, esha):
    client.force_login(esha)
    for name in ("discharge_detail", "discharge_new", "death_new"):
        assert client.get(url(name, begun.pk)).status_code == 404
    for name in ("step_new", "override_new", "recall_new", "bed_left_new", "summary_new"):
        assert send(client, name, begun.pk, item="medicines").status_code == 404


def test_names_are_withheld_in_the_list(ward, clara, bose, client):
    child = make_patient(ward.facility, name="Munni", birth_date=timezone.localdate() - timedelta(days=3000))
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    held = admit(child, beds_in(ward)[0], clara, case=case, confirm_bed=True).admission
    begin_discharge(held, bose)
    client.force_login(bose)
    html = client.get(url("discharge_list")).content.decode()
    assert "Munni" not in html
    assert "name withheld" in html


def test_of_a_medico_legal_case_the_police_hear_again(ward, clara, bose, as_doctor):
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    done = admit(Unknown(Sex.MALE), beds_in(ward)[0], clara, case=case)
    begin_discharge(done.admission, clara, "absconded")
    page = url("discharge_detail", done.admission.pk)
    assert "tell the police that the patient has gone" in as_doctor.get(page).content.decode()
    told = Intimation("Bariatu", timezone.now())
    inform_police(case=done.case, intimation=told, request_key=uuid4(), actor=clara, at=timezone.now())
    assert "tell the police that the patient has gone" not in as_doctor.get(page).content.decode()


# ── Deaths ──


def test_a_death_by_the_form_and_the_body_handed_over(admission, as_doctor, client, clara):
    shown = as_doctor.get(url("death_new", admission.pk))
    assert 'value="natural" selected' not in shown.text
    assert shown.context["form"].fields["manner"].choices[0][0] == ""
    wrong = send(as_doctor, "death_new", admission.pk, immediate_cause="", manner="natural")
    assert wrong.status_code == 422
    assert wrong.text.count("Choose one, even if it is not known.") == 2
    known = {"was_pregnant": "yes", "was_delivered": "unknown"}
    asked = send(as_doctor, "death_new", admission.pk, immediate_cause="Burns", manner="accident", **known)
    assert asked.status_code == 422
    assert "The police must know" in asked.content.decode()
    sent = send(as_doctor, "death_new", admission.pk, immediate_cause=HOSTILE, manner="natural", **known)
    death = Death.objects.get()
    assert (death.was_pregnant, death.was_delivered) == (True, None)
    form_4 = IssuedDocument.objects.get(template="ipd/documents/form_4.html")
    said = render_to_string(form_4.template, form_4.context)
    assert "<b>हाँ Yes</b>" in said
    assert "<b>पता नहीं Not known</b>" in said
    assert sent.url == url("death_detail", death.pk)
    html = as_doctor.get(sent.url).content.decode()
    assert "<img src=x" not in html
    assert as_doctor.get(url("death_new", admission.pk)).status_code == 303
    client.force_login(clara)
    assert send(client, "handover_new", death.pk, name="Ravi", proof="").status_code == 422
    assert send(client, "handover_new", death.pk, name="Ravi", proof="voter card").status_code == 303
    assert Death.objects.get().handed_to == "Ravi"
    assert client.get(url("death_detail", death.pk)).status_code == 200


@pytest.mark.parametrize(
    ("sex", "years", "is_asked"),
    [
        ("female", 30, True),
        ("female", 11, False),
        ("female", 56, False),
        ("male", 30, False),
        ("female", None, True),
    ],
)
def test_form_4_asks_of_a_pregnancy_where_there_may_be_one(ward, clara, as_doctor, sex, years, is_asked):
    born = timezone.localdate() - timedelta(days=round(years * 365.25)) if years else None
    who = make_patient(ward.facility, sex=sex, birth_date=born)
    held = admit(
        who, beds_in(ward)[0], clara, at=timezone.now() - timedelta(hours=3), confirm_bed=True
    ).admission
    assert ("was_pregnant" in as_doctor.get(url("death_new", held.pk)).text) == is_asked

    said = {"was_pregnant": "unknown", "was_delivered": "unknown"} if is_asked else {}
    assert send(as_doctor, "death_new", held.pk, immediate_cause="Sepsis", manner="natural", **said)
    form_4 = IssuedDocument.objects.get(template="ipd/documents/form_4.html")
    assert ("Pregnant" in render_to_string(form_4.template, form_4.context)) == is_asked


def test_the_police_page_is_near_where_they_must_know(ward, clara, as_doctor):
    case = CaseDetails(CaseKind.ROAD_ACCIDENT)
    done = admit(Unknown(Sex.MALE), beds_in(ward)[0], clara, case=case)
    sent = send(
        as_doctor,
        "death_new",
        done.admission.pk,
        immediate_cause="Head injury",
        manner="accident",
        goes_to_post_mortem="on",
    )
    html = as_doctor.get(sent.url).content.decode()
    assert "The police do not know of this death yet." in html
    assert reverse("patients:case_detail", args=[done.case.pk]) in html


def test_a_death_of_a_contact_that_is_no_admission(encounter, as_doctor, client, esha, asha):
    here = reverse("ipd:contact_death_new", args=[encounter.pk])
    assert as_doctor.get(here).status_code == 200
    said = {"request_key": uuid4(), "immediate_cause": "Cardiac arrest", "manner": "natural"}
    said |= {"was_pregnant": "no", "was_delivered": "no"}
    assert as_doctor.post(here, said).status_code == 303
    assert Death.objects.get().patient == asha
    client.force_login(esha)
    assert client.get(here).status_code == 404
    assert client.get(url("death_detail", Death.objects.get().pk)).status_code == 404


def test_an_intern_sends_the_summary_to_a_doctor(begun, client, rims):
    make_templates()
    intern = make_person("Ila", Role.DOCTOR, rims)
    intern.posting.grade = "intern"
    intern.posting.save()
    client.force_login(intern)
    send(client, "summary_new", begun.pk)
    note = ClinicalNote.objects.get()
    text = {"version": note.version, "plan-advice": "x"}
    assert send(client, "summary_signature_new", note.pk, **text).status_code == 422
    text |= {"diagnosis-final": "Pneumonia", "condition-state": "Walks, eats"}
    assert send(client, "summary_signature_new", note.pk, **text).status_code == 303
    assert ClinicalNote.objects.get().status == NoteStatus.AWAITING


def test_of_the_dead_the_summary_needs_no_condition(admission, bose, as_doctor):
    make_templates()
    die(admission.encounter, bose, died_at=timezone.now())
    send(as_doctor, "summary_new", admission.pk)
    note = ClinicalNote.objects.get()
    text = {"version": note.version, "diagnosis-final": "Septic shock"}
    assert send(as_doctor, "summary_signature_new", note.pk, **text).status_code == 303


def test_nobody_is_sent_to_the_cashier_where_the_bill_was_passed_over(begun, as_doctor, rims, bose):
    make_price(make_definition("BED-GEN", kind="bed_day"), rims, "100.00")
    charge_bed_days(admission=begun, actor=bose, at=timezone.now())
    page = url("discharge_detail", begun.pk)
    assert "send somebody to the cashier" in as_doctor.get(page).text
    pass_over(begun, bose, DischargeItem.DUES, "destitute")
    assert "send somebody to the cashier" not in as_doctor.get(page).text


def test_a_bed_is_named_with_its_room(begun, as_doctor):
    bed = begun.encounter.bed_stays.get().bed
    for page in (url("discharge_detail", begun.pk), reverse("ipd:discharge_list")):
        assert f"{bed.room.ward} · {bed.room}-{bed}" in as_doctor.get(page).text
