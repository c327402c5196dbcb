"""Every page: with the worst names, on a narrow screen, for the accessibility checker, without scripts."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from billing.services import Offer
from billing.states import PaymentMode
from facilities.roles import Role
from hmis.kernel import seals
from hmis.kernel.models import AuditEntry
from opd.services import Visit, register_visit
from patients.models import Patient
from patients.services import edit_patient, find_patients
from patients.states import EncounterStatus
from tests.factories.billing import make_invoice
from tests.factories.facilities import make_clerk, make_doctor, make_person, make_state
from tests.factories.patients import make_encounter
from tests.factories.shifts import at_counter, give_in_advance, keep_money

pytestmark = pytest.mark.browser
HOSTILE = '"><img src=x onerror=alert(1)>'
FORMULA = "=1+1"


@pytest.fixture
def visited(rims, unit, med, kavita):
    """Somebody with the worst of names, registered, paid and put right: every page has something to show."""
    details = {
        "name": HOSTILE,
        "name_hi": HOSTILE,
        "sex": "female",
        "no_phone_reason": "none_owned",
        "guardian_name": FORMULA,
        "guardian_relation": "father",
        "village": f"{HOSTILE} {FORMULA}",
        "block_name": HOSTILE,
    }
    made = register_visit(
        patient=details,
        visit=Visit(department=med, offer=Offer(PaymentMode.CASH)),
        request_key=uuid4(),
        actor=kavita,
        at=timezone.now(),
    )
    patient = Patient.objects.get()
    edit_patient(
        patient=patient, details={"village": HOSTILE}, rev=patient.rev, actor=kavita, at=timezone.now()
    )
    return made


def pages_of(made):
    encounter, token = made.encounter, made.token
    return [
        reverse("opd:registration_new"),
        reverse("opd:registration_new") + f"?patient={encounter.patient_id}",
        reverse("opd:registration_list"),
        reverse("opd:registration_detail", args=[encounter.pk]),
        reverse("opd:clinicday_list"),
        reverse("opd:clinicday_detail", args=[token.clinic_day_id]),
        reverse("patients:patient_list"),
        reverse("patients:patient_detail", args=[encounter.patient_id]),
        reverse("patients:patient_edit", args=[encounter.patient_id]),
        reverse("opd:move_new", args=[token.pk]),
        reverse("opd:cancellation_new", args=[token.pk]),
        reverse("opd:closure_new", args=[token.clinic_day_id]),
        reverse("opd:carried_slip_list", args=[token.clinic_day_id]),
        reverse("billing:invoice_detail", args=[made.invoice.pk]),
        reverse("posting_choice"),
    ]


def test_the_worst_name_is_only_a_name_in_the_search(sit, kavita, visited):
    screen = sit(kavita)
    screen.open("opd:registration_new").page.locator("#q").press_sequentially(visited.encounter.patient.uhid)
    expect(screen.page.get_by_text(HOSTILE).first).to_be_visible()


def audit_pages():
    """Lists, one entry of each kind that there is, seals."""
    seals.seal(at=timezone.now())
    names = ("audit:entry_list", "audit:glass_list", "audit:seal_list")
    entries = AuditEntry.objects.exclude(name__startswith="audit.").order_by("name").distinct("name")
    return [reverse(name) for name in names] + [
        reverse("audit:entry_detail", args=[one.pk]) for one in entries
    ]


@pytest.fixture
def prem(visited, sgml):
    """The auditor of a state in which somebody opened a patient of another hospital."""
    clerk = make_clerk("Gopi", sgml)
    find_patients(text=visited.encounter.patient.uhid, actor=clerk, at=timezone.now())
    return make_person("Prem", Role.AUDITOR, make_state())


def test_the_audit_is_calm_narrow_and_accessible_with_the_worst_names(faults_of, prem):
    assert faults_of(prem, audit_pages()) == []


@pytest.fixture
def pages_of_money(visited):
    """Every page of money that a supervisor opens, each with something to show."""
    held = keep_money(visited.encounter)
    cheque, deposit, encounter = held.cheque, held.deposit, visited.encounter
    is_over = {"status": EncounterStatus.FINISHED, "ended_at": timezone.now()}
    over = make_encounter(encounter.patient, encounter.department, **is_over)
    give_in_advance(over, at_counter(held.shift.cashier).cashier)
    names = [
        ("bill_list",),
        ("invoice_detail", cheque.invoice_id),
        ("payment_new", make_invoice(encounter, held.shift.cashier).pk),
        ("credit_new", cheque.invoice_id),
        ("account_detail", encounter.pk),
        ("deposit_new", encounter.pk),
        ("deposit_refund_new", deposit.pk),
        ("refund_list",),
        ("refund_detail", held.asked.pk),
        ("unreturned_deposit_list",),
        ("reference_list",),
        ("reference_new", held.refund.pk),
        ("shift_own",),
        ("shift_list",),
        ("shift_detail", held.shift.pk),
        ("challan_list",),
        ("challan_new",),
        ("daybook_list",),
        ("collection_list",),
        ("ledger_detail",),
        ("unseen_upi_list",),
        ("settlement_new",),
        ("settlement_detail", held.settlement.pk),
        ("cheque_list",),
        ("clearance_new", cheque.pk),
        ("bounce_new", cheque.pk),
        ("correction_new", cheque.pk),
        ("tariff_list",),
        ("cover_list",),
        ("encounter_cover_detail", encounter.pk),
        ("claim_list",),
        ("due_list",),
        ("patient_due_detail", encounter.patient_id),
    ]
    return [reverse(f"billing:{name}", args=args) for name, *args in names]


def test_the_pages_of_money_are_calm_narrow_and_accessible_with_the_worst_names(
    faults_of, rims, pages_of_money
):
    assert faults_of(make_person("Poonam", Role.BILLING_SUPERVISOR, rims), pages_of_money) == []


def test_an_opening_is_reviewed_by_the_keyboard_alone(sit, prem):
    screen = sit(prem).open("audit:glass_list")
    screen.page.locator("tbody tr a").first.focus()
    screen.press("Enter")
    screen.page.wait_for_url("**/audit/entries/*/")
    screen.page.get_by_label("justified", exact=True).focus()
    screen.press("Space", "Tab")
    screen.type("She stood before him.")
    screen.press("Control+Enter")

    expect(screen.page.get_by_text("She stood before him.")).to_be_visible()
    expect(screen.page.locator("main .state.t-good")).to_be_visible()
    assert screen.keys == 4


def test_the_pages_of_the_front_desk_are_calm_narrow_and_accessible(faults_of, kavita, visited):
    assert faults_of(kavita, pages_of(visited)) == []


def test_a_doctors_queue_works_without_scripts(sit, rims, visited):
    screen = sit(make_doctor("Horo", rims), java_script_enabled=False)
    screen.open("opd:clinicday_detail", visited.token.clinic_day_id)
    screen.page.get_by_role("button", name=re.compile("Call the next")).click()
    screen.page.get_by_role("button", name="Done").click()

    expect(screen.page.get_by_text("Nobody is called.")).to_be_visible()
    visited.token.refresh_from_db()
    assert visited.token.status == "done"


def test_a_new_patient_is_registered_without_scripts(sit, kavita, unit):
    screen = sit(kavita, java_script_enabled=False).open("opd:registration_new")
    screen.field("Name").fill("Phulmani Munda")
    screen.page.locator("label[for=id_sex_0]").click()
    screen.field("Age or birth date").fill("30")
    screen.field("No mobile").select_option("none_owned")
    screen.field("Department or complaint").fill("medicine")
    screen.page.get_by_role("button", name=re.compile("Save and print")).click()

    expect(screen.page.get_by_role("heading", name="Slip", exact=True)).to_be_visible()
    patient = Patient.objects.get()
    screen.arrives_at("opd:registration_detail", patient.encounters.get().pk)
    expect(screen.page.get_by_text(patient.uhid_shown).first).to_be_visible()


def test_the_check_of_a_receipt_shows_the_amount_and_nobodys_name(sit, visited):
    screen = sit().open("receipt_check", visited.receipt.check_key)

    expect(screen.page.get_by_text("₹5.00")).to_be_visible()
    expect(screen.page.get_by_text(visited.payment.receipt_number)).to_be_visible()
    assert HOSTILE not in screen.page.inner_text("body")


def test_a_made_up_receipt_is_not_genuine(sit, db):
    screen = sit()
    screen.forgive("404")
    screen.open("receipt_check", "made-up")

    expect(screen.page.locator(".t-bad")).to_be_visible()
