"""The ward by keys: into a bed at once, a whole stay, and one who came unknown and died."""

from time import monotonic

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from billing.models import Invoice
from billing.states import InvoiceStatus
from facilities.roles import Role
from facilities.states import WardKind
from ipd.models import Admission, Death, EarlyWarning
from ipd.queries import REGISTERS
from ipd.states import AdmissionStatus, Source
from patients.models import BedStay, ClinicalNote, PoliceIntimation
from patients.states import AdmissionRequestStatus, NoteStatus
from tests.browser.test_new_patient import leave
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, begin_discharge, die, draft, make_ward
from tests.factories.looking import this_year
from tests.factories.notes import make_templates
from tests.factories.outcomes import make_admission_request
from tests.factories.patients import make_encounter, make_patient
from tests.factories.tariffs import make_definition, make_price

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'
# Two in the first band of each parameter that scores: 7 in all.
ILL = {"respiratory_rate": "26", "spo2": "93", "systolic": "108", "diastolic": "70", "pulse": "95"}
ILL |= {"temperature": "38.5"}


def admitted(screen):
    """Whom the desk has just admitted; their papers have asked to be printed."""
    expect(screen.page.locator(".t-good[data-print-url]")).to_be_visible()
    screen.asked_to_print()
    return Admission.objects.latest("admitted_at")


def test_somebody_unknown_lies_in_a_bed_after_one_key(sit, emer, med, clara):
    make_ward(med)
    casualty = make_ward(emer, kind=WardKind.EMERGENCY)
    desk = sit(clara).open("ipd:admission_list")
    desk.press("Alt+u")
    desk.arrives_at("ipd:emergency_new")
    began = monotonic()
    desk.press("Alt+1")
    made = admitted(desk)

    assert monotonic() - began < 20
    assert desk.keys == 2
    assert made.patient.is_unknown
    assert BedStay.objects.get().bed == beds_in(casualty)[0]
    desk.assert_calm()


def test_whom_a_doctor_asked_for_is_admitted_without_the_mouse(sit, rims, med, ward, bose, kavita):
    encounter = make_encounter(make_patient(rims, "Phulmani Munda"), med)
    asked = make_admission_request(encounter, bose)
    desk = sit(kavita).open("ipd:admission_list")
    desk.press("Enter")
    desk.page.wait_for_url("**/ipd/admissions/new/?request=*")
    desk.press("Alt+1", "Control+Enter")
    made = admitted(desk)

    assert desk.keys == 3
    assert (made.source, made.request) == (Source.OPD, asked)
    asked.refresh_from_db()
    assert asked.status == AdmissionRequestStatus.ADMITTED
    assert BedStay.objects.get(patient=made.patient).bed == beds_in(ward)[0]
    desk.assert_calm()


def test_enter_opens_nobody_elses_admission_and_admits_nobody(sit, rims, med, ward, bose, kavita):
    make_admission_request(make_encounter(make_patient(rims, "Phulmani Munda"), med), bose)
    desk = sit(kavita).open("ipd:admission_list")
    desk.scan("Nobody Atall")
    expect(desk.page.locator("#found")).to_contain_text("No patient matches this")
    desk.press("Enter")
    desk.arrives_at("ipd:admission_list")
    desk.page.locator("#q").fill("")
    expect(desk.page.locator("#found > *")).to_have_count(0)
    desk.press("Enter")
    desk.page.wait_for_url("**/ipd/admissions/new/?request=*")

    desk.press("Enter", "Enter")
    expect(desk.page.locator("#id_consultant")).to_be_focused()
    assert not Admission.objects.exists()
    desk.assert_calm()


def press(screen, text):
    """The button of these words; the page that comes is there."""
    screen.page.get_by_role("button", name=text).first.click()
    screen.settle()


def test_a_whole_stay_from_the_request_to_the_gate(
    sit, rims, med, ward, bose, clara, kavita, dev, all_answered
):
    make_templates()
    make_price(make_definition("BED-GEN", kind="bed_day"), rims, "100.00")
    bose.council_number = "JMC-1"
    bose.save()
    encounter = make_encounter(make_patient(rims, "Phulmani Munda", sex="female"), med)
    make_admission_request(encounter, bose)
    desk = sit(kavita).open("ipd:admission_list")
    desk.press("Enter")
    desk.page.wait_for_url("**/ipd/admissions/new/?request=*")
    desk.press("Alt+1", "Control+Enter")
    made = admitted(desk)

    # The nurse measures at the bedside; the score asks for a doctor and stays until somebody answers.
    nurse = sit(clara).open("ipd:vitals_new", made.pk)
    for name, value in ILL.items():
        nurse.page.locator(f"[name={name}]").fill(value)
    nurse.page.locator("[name=oxygen]").select_option("air")
    nurse.page.locator("[name=consciousness]").select_option("alert")
    nurse.forgive("422")  # so many breaths are asked about once
    nurse.press("Alt+s")
    expect(nurse.page.get_by_role("button", name="Yes, it is so")).to_be_focused()
    nurse.press("Enter")
    nurse.arrives_at("ipd:admission_detail", made.pk)
    warning = EarlyWarning.objects.get()
    assert warning.escalates
    doctor = sit(bose).open("ipd:warning_list")
    expect(doctor.page.locator("main")).to_contain_text("Phulmani")

    # Moved within the ward, by keys.
    nurse.open("ipd:transfer_new", made.pk)
    nurse.press("ArrowRight", "Enter")
    nurse.page.wait_for_url("**/ipd/board/**")
    assert BedStay.objects.filter(patient=made.patient).count() == 2

    # The round: a note, signed.
    doctor.open("ipd:admission_detail", made.pk)
    doctor.press("Alt+n")
    doctor.page.wait_for_url("**/ipd/notes/*/edit/")
    doctor.page.locator("main textarea:visible").first.fill("Better today.")
    doctor.press("Control+Enter")
    doctor.arrives_at("ipd:admission_detail", made.pk)
    assert ClinicalNote.objects.get(encounter=made.encounter).status == NoteStatus.SIGNED

    # Home: the doctor's word, the summary, the bill, the medicines, the bed, the gate.
    doctor.open("ipd:discharge_new", made.pk)
    doctor.page.locator(".ways label", has_text="Improved").click()
    press(doctor, "Begin the discharge")
    doctor.arrives_at("ipd:discharge_detail", made.pk)
    press(doctor, "Draft the summary")
    doctor.page.wait_for_url("**/ipd/summaries/*/")
    doctor.page.locator("[name=diagnosis-final]").fill("Pneumonia")
    doctor.page.locator("[name=condition-state]").fill("Walks and eats")
    doctor.press("Control+Enter")
    doctor.arrives_at("ipd:discharge_detail", made.pk)
    nurse.open("ipd:discharge_detail", made.pk)
    nurse.press("Alt+3")  # the medicines are given and explained
    nurse.press("Alt+4")  # the bed is left
    nurse.settle()
    assert not BedStay.objects.filter(ended_at=None).exists()
    till = sit(dev).open("billing:account_detail", made.encounter_id)
    till.press("Enter")
    till.page.wait_for_url("**/billing/invoices/*/")
    till.press("Enter")
    till.page.wait_for_url("**/payments/new/")
    till.press("Enter")
    till.page.wait_for_url("**/billing/invoices/*/?*")
    assert Invoice.objects.get(encounter=made.encounter).status == InvoiceStatus.PAID
    nurse.open("ipd:discharge_detail", made.pk)
    nurse.press("Control+Enter")
    expect(nurse.page.locator("main")).to_contain_text(f"/E{this_year()}/")
    made.refresh_from_db()
    assert made.status == AdmissionStatus.DISCHARGED
    all_answered()
    for screen in (desk, nurse, doctor, till):
        screen.assert_calm()


def test_a_summary_is_left_with_unsaved_words_only_knowingly(sit, rims, ward, bose, clara):
    admission = admit(make_patient(rims, "Asha Devi"), beds_in(ward)[0], clara, consultant=bose).admission
    begin_discharge(admission, bose)
    doctor = sit(bose).open("ipd:summary_edit", draft(admission, bose).pk)
    state = doctor.page.locator("[name=condition-state]")
    state.focus()
    doctor.type("Walks and eats")
    assert leave(doctor)
    assert leave(doctor, "document.querySelector('.topnav a:not([aria-current])').click()")
    expect(state).to_have_value("Walks and eats")
    press(doctor, "Save")
    expect(state).to_have_value("Walks and eats")
    assert not leave(doctor)


def test_one_who_came_unknown_is_named_later_and_dies_as_a_medico_legal_case(
    sit, rims, med, emer, clara, bose, all_answered
):
    make_ward(emer, kind=WardKind.EMERGENCY)
    desk = sit(clara).open("ipd:emergency_new")
    desk.press("Alt+1")
    made = admitted(desk)
    case = made.encounter.medico_legal_case

    # Named later, on the patient's own page.
    records = make_person("Rekha", Role.RECORDS_OFFICER, rims)
    office = sit(records).open("patients:patient_edit", made.patient_id)
    office.page.locator("[name=name]").fill("Birsa Munda")
    office.page.locator("[name=age]").fill("40")
    press(office, "Save")
    office.arrives_at("patients:patient_detail", made.patient_id)
    made.patient.refresh_from_db()
    assert not made.patient.is_unknown

    # The police are told; the doctor certifies; the body goes only afterwards.
    doctor = sit(bose).open("ipd:death_new", made.pk)
    expect(doctor.page.locator("main")).to_contain_text(case.number)
    doctor.page.locator("[name=immediate_cause]").fill("Head injury")
    doctor.page.locator("[name=manner]").select_option("accident")
    doctor.press("Enter")  # goes on, and from the last box onto the button: it certifies nothing
    doctor.page.locator("[name=confirm_no_post_mortem]").press("Enter")
    expect(doctor.page.locator("[data-key='Ctrl+Enter']")).to_be_focused()
    assert not Death.objects.exists()
    doctor.press("Control+Enter")
    doctor.page.wait_for_url("**/ipd/deaths/*/")
    death = Death.objects.get()
    assert death.number.startswith("RIMS/X")
    assert death.goes_to_post_mortem
    made.refresh_from_db()
    assert made.status == AdmissionStatus.DISCHARGE_INITIATED
    assert not PoliceIntimation.objects.filter(case=case).exists()
    all_answered()
    for screen in (desk, office, doctor):
        screen.assert_calm()


def test_the_wards_pages_are_calm_narrow_and_accessible_with_the_worst_names(
    faults_of, rims, med, bose, clara
):
    make_templates()
    ward = make_ward(med, name=HOSTILE, name_hi=HOSTILE)
    beds = beds_in(ward)
    lying, going, dying = (
        admit(make_patient(rims, HOSTILE, "=1+1"), bed, clara, consultant=bose).admission for bed in beds[:3]
    )
    begin_discharge(going, bose)
    dead = die(dying.encounter, bose, died_at=dying.admitted_at)
    pages = {
        clara: [
            reverse("ipd:admission_list"),
            reverse("ipd:emergency_new"),
            f"{reverse('ipd:admission_new')}?patient={lying.patient_id}",
            reverse("ipd:board"),
            reverse("ipd:ward_detail", args=[ward.pk]),
            reverse("ipd:transfer_new", args=[lying.pk]),
            reverse("ipd:vitals_new", args=[lying.pk]),
            reverse("ipd:warning_list"),
            reverse("ipd:bed_search"),
        ],
        bose: [
            reverse("ipd:admission_detail", args=[lying.pk]),
            reverse("ipd:inpatient_list"),
            reverse("ipd:opinion_list"),
            reverse("ipd:discharge_list"),
            reverse("ipd:discharge_detail", args=[going.pk]),
            reverse("ipd:discharge_new", args=[lying.pk]),
            reverse("ipd:death_new", args=[lying.pk]),
            reverse("ipd:death_detail", args=[dead.pk]),
            *(reverse("ipd:register_detail", args=[code]) for code in list(REGISTERS)[:2]),
        ],
    }
    assert [fault for person, paths in pages.items() for fault in faults_of(person, paths)] == []
