"""A cashier's whole day and the supervisor's end of it, from signing in to the treasury, by keys alone."""

import re
import subprocess
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from billing.models import Payment, RefundRequest, Settlement, Shift, TreasuryDeposit
from billing.queries import trial_balance
from facilities.roles import Role
from hmis.kernel.models import IssuedDocument
from tests.factories.billing import make_invoice
from tests.factories.facilities import PASSWORD, make_person
from tests.factories.patients import make_encounter, make_patient
from tests.factories.shifts import begin
from tests.factories.tariffs import make_definition, make_price

pytestmark = pytest.mark.browser
UTR = "512345678901"
# Of the float, two payments in cash and a deposit, less what went back; the drawer is ten rupees short.
SHOULD_BE, COUNTED = Decimal("6415.00"), {500: 12, 200: 2, 5: 1}
IN_HINDI = str.maketrans("0123456789", "०१२३४५६७८९")
FROM_LARGEST = (500, 200, 100, 50, 20, 10, 5, 2, 1, "paise")


@pytest.fixture
def mohan(rims):
    """A cashier at RIMS whose shift is not open yet."""
    return make_person("Mohan", Role.CASHIER, rims)


@pytest.fixture
def poonam(rims):
    """The billing supervisor of RIMS."""
    return make_person("Poonam", Role.BILLING_SUPERVISOR, rims)


@pytest.fixture
def bills(rims, med, poonam):
    """₹315.00 of one patient and ₹1,000.00 of another."""
    return [
        make_invoice(make_encounter(make_patient(rims, name), med), poonam, total, at=timezone.now())
        for name, total in (("Asha Devi", "315.00"), ("Birsa Munda", "1000.00"))
    ]


def sign_in(screen, person):
    screen.open("login")
    screen.type(person.username)
    screen.press("Tab")
    screen.type(PASSWORD)
    screen.press("Enter")
    return screen


def counted(screen, act):
    """How many keys this took."""
    before = screen.keys
    act()
    return screen.keys - before


def go_by(screen, *keys, to):
    """Press these keys, and be at a page of that name."""
    screen.press(*keys)
    screen.page.wait_for_url(re.compile(to))
    screen.settle()


def words_of(content):
    """The words of a PDF on one line, as they are read."""
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True, check=True)
    return " ".join(told.stdout.decode().split())


def printed_last(screen, count=1):
    """The words of what the page was the last to print."""
    url = screen.asked_to_print(count)[-1]
    return words_of(screen.page.request.get(screen.base + url).body())


def report_on(screen, name, **asked):
    """The words of a report's paper, asked for as F9 asks."""
    with screen.page.expect_popup() as opened:
        screen.press("F9")
    opened.value.close()
    token = next(one for one in screen.page.context.cookies() if one["name"].endswith("hmis_csrf"))["value"]
    today = timezone.localdate().isoformat()
    answer = screen.page.request.post(
        screen.base + reverse("billing:report_export_new"),
        form={"report": name, "form": "pdf", "begins": today, "ends": today, **asked},
        headers={"X-CSRFToken": token, "Referer": screen.base},
    )
    assert answer.headers["content-type"] == "application/pdf"
    return words_of(answer.body())


@pytest.mark.reads_paper
def test_a_whole_day_by_keys_alone(sit, rims, mohan, poonam, bills, tmp_path):
    counter, office = sit(), sit()

    in_the_morning(counter, mohan)
    payments(counter, *bills)
    deposit_and_refund_asked(counter, bills[1])
    approval(sign_in(office, poonam))
    paid_out(counter)
    closing(counter)
    acceptance(office)
    banks_file(office, tmp_path)
    treasury(office)
    reports(office)

    sums = trial_balance(rims)
    assert sum(one.debit for one in sums) == sum(one.credit for one in sums) > 0


def in_the_morning(counter, mohan):
    """The first page asks for the shift, and Enter opens it."""
    sign_in(counter, mohan).arrives_at("billing:bill_list")
    assert counter.focused() == "shift-float"
    counter.page.keyboard.press("Control+A")
    counter.type("1000")
    counter.press("Enter")
    expect(counter.page.locator("#shift-needed.t-good")).to_contain_text("₹1,000.00")
    assert Shift.objects.get().opening_float == Decimal("1000.00")
    assert counter.focused() == "id_words"


def payments(counter, whole, split):
    """Cash with change in three keys after the scan; then cash and UPI together."""
    assert counted(counter, lambda: take_cash(counter, whole)) <= 3
    receipt = printed_last(counter)
    assert "₹315.00" in receipt
    assert Payment.objects.get().receipt_number in receipt
    counter.press("F9")
    assert "DUPLICATE" in printed_last(counter, 2)
    counter.press("Shift+F9")
    assert whole.number in printed_last(counter, 3)

    assert counted(counter, lambda: take_cash_and_upi(counter, split)) <= 8
    both = printed_last(counter)
    cash, upi = Payment.objects.filter(invoice=split).order_by("pk")
    assert (cash.amount, upi.amount, upi.reference) == (Decimal("600.00"), Decimal("400.00"), UTR)
    assert cash.receipt_number in both
    assert upi.receipt_number in both


def find(counter, bill):
    """What a scanner reads off the bill leads to the list; Enter opens it."""
    expect(counter.page.locator("#id_words")).to_be_focused()
    counter.scan(bill.number)
    counter.page.wait_for_selector("tr.is-here")
    go_by(counter, "Enter", to="/billing/invoices/[^/]+/$")


def take_cash(counter, bill):
    find(counter, bill)
    go_by(counter, "Enter", to="/payments/new/$")
    counter.type("500")
    expect(counter.page.locator("[data-change]")).to_contain_text("₹185.00")
    go_by(counter, "Enter", to="taken=")
    expect(counter.page.get_by_text("Give back ₹185.00.")).to_be_visible()


def take_cash_and_upi(counter, bill):
    find(counter, bill)
    go_by(counter, "Enter", to="/payments/new/$")
    counter.press("Tab", "Tab", "Tab")
    counter.type("400")
    expect(counter.field("Amount in ₹")).to_have_value("600.00")
    counter.press("Tab", "Tab")
    counter.type(UTR)
    go_by(counter, "Enter", to="taken=")


def deposit_and_refund_asked(counter, bill):
    """From the bill to the account of the stay, money in advance, and a part of it asked back."""
    go_by(counter, "F7", to="/billing/encounters/[^/]+/$")
    go_by(counter, "F4", to="/deposits/new/$")
    counter.type("5000")
    go_by(counter, "Enter", to="taken=")
    receipt = printed_last(counter)
    assert "₹5,000.00" in receipt
    assert Payment.objects.get(deposit__isnull=False).receipt_number in receipt

    go_by(counter, "F8", to="/refunds/new/$")
    counter.press("Control+A")
    counter.type("500")
    counter.press("Tab")
    counter.type("sent to another hospital")
    go_by(counter, "Enter", to="/billing/refunds/[^/]+/$")
    assert RefundRequest.objects.get().amount == Decimal("500.00")
    assert bill.patient.name in counter.page.inner_text("main")


def approval(office):
    """The supervisor begins with the shifts; the bar leads to what is asked back."""
    office.arrives_at("billing:shift_list")
    office.press("Alt+M", "ArrowLeft")
    go_by(office, "Enter", to="/billing/refunds/$")
    go_by(office, "Enter", to="/billing/refunds/[^/]+/$")
    office.press("Enter", "F7")  # Enter has opened it and answers nothing
    assert RefundRequest.objects.get().status == "asked"
    office.type("seen the patient")
    office.press("F8")
    expect(office.page.get_by_text("Saved.")).to_be_visible()
    assert RefundRequest.objects.get().status == "approved"


def paid_out(counter):
    """What was decided is the first that the cashier sees of refunds."""
    go_by(counter, "Escape", to="/billing/refunds/$")
    go_by(counter, "Enter", to="/billing/refunds/[^/]+/$")
    go_by(counter, "Enter", to="paid=1")
    voucher = printed_last(counter)
    assert "₹500.00" in voucher
    assert RefundRequest.objects.get().refunds.get().voucher_number in voucher


def closing(counter):
    """Down the notes by Enter; a difference is explained before the form goes."""
    assert counted(counter, lambda: count_and_close(counter)) <= 15
    sheet = printed_last(counter)
    shift = Shift.objects.get()
    assert (shift.status, shift.expected, shift.difference) == ("closed", SHOULD_BE, Decimal("-10.00"))
    assert "6,415.00" in sheet
    assert "6,405.00" in sheet
    assert "wrong change" in sheet


def count_and_close(counter):
    counter.press("Alt+M", "ArrowLeft")
    go_by(counter, "Enter", to="/billing/shifts/own/$")
    for worth in FROM_LARGEST:
        if worth in COUNTED:
            counter.type(str(COUNTED[worth]).translate(IN_HINDI))
        counter.press("Enter")
    expect(counter.page.locator("[data-difference]")).to_have_text("−₹10.00")
    counter.press("Enter")  # nothing is left in the drawer
    assert counter.focused() == "id_explanation"
    counter.type("wrong change")
    go_by(counter, "Enter", to="closed=")


def acceptance(office):
    office.press("Alt+M", "ArrowRight")
    go_by(office, "Enter", to="/billing/shifts/$")
    go_by(office, "Enter", to="/billing/shifts/[^/]+/$")
    go_by(office, "Enter", to="/billing/shifts/$")
    assert Shift.objects.get().accepted_by.name == "Poonam"


def along_the_tabs(office, steps, to):
    office.press("Shift+F6", *["ArrowRight"] * steps)
    go_by(office, "Enter", to=to)


def banks_file(office, tmp_path):
    """The file is chosen, looked through and taken in; no UPI payment is left unseen."""
    file = tmp_path / "bank.csv"
    file.write_text(f"UTR,Amount,Settlement Date\n{UTR},400.00,{timezone.localdate():%d-%m-%Y}\n")
    along_the_tabs(office, 5, "/billing/upi/$")
    go_by(office, "F4", to="/settlements/new/$")
    with office.page.expect_file_chooser() as chooser:
        office.press("Enter")
    chooser.value.set_files(file)
    office.press("Tab")
    go_by(office, "Enter", to="/settlements/[^/]+/$")
    office.press("Enter")
    expect(office.page.get_by_text("taken in").first).to_be_visible()
    assert Settlement.objects.get().applied_by.name == "Poonam"


def treasury(office):
    """What was collected goes to the treasury; the float stays in the safe."""
    office.press("Shift+F6", "ArrowLeft", "ArrowLeft")
    go_by(office, "Enter", to="/billing/challans/$")
    go_by(office, "F4", to="/challans/new/$")
    office.type("TR-6/77")
    go_by(office, "Enter", to="/billing/challans/$")
    challan = TreasuryDeposit.objects.get()
    assert (challan.challan_number, challan.amount) == ("TR-6/77", Decimal("5405.00"))


def reports(office):
    """The challan report and the day book, on paper by F9."""
    challans = report_on(office, "challans")
    assert "TR-6/77" in challans
    assert "5,405.00" in challans
    office.press("Shift+F6", "ArrowLeft", "ArrowLeft")
    go_by(office, "Enter", to="/billing/daybook/$")
    book = report_on(office, "daybook")
    numbers = Payment.objects.values_list("receipt_number", flat=True)
    assert len(numbers) == 4
    assert all(number in book for number in numbers)
    assert IssuedDocument.objects.filter(template__contains="closing").exists()


def test_what_is_typed_while_a_service_is_being_added_is_the_next_one(sit, rims, mohan, bills):
    xray = make_price(make_definition(), rims).definition
    begin(mohan)
    counter = sit()
    sign_in(counter, mohan).arrives_at("billing:bill_list")
    counter.open("billing:counter_new", bills[0].encounter_id)
    counter.answers_late("**/counter-bills/new/")
    counter.type("xray")
    with counter.page.expect_request("**/counter-bills/new/"):
        counter.press("Enter")
    counter.page.keyboard.type("echo")
    expect(counter.page.locator(f"[name=count_{xray.pk}]")).to_be_visible()
    expect(counter.page.locator("#id_words")).to_have_value("echo")
    assert counter.focused() == "id_words"


def test_a_slip_of_the_fingers_takes_no_money(sit, rims, mohan, bills):
    """A word that nothing begins with, and a number that is none, keep Enter away from the money."""
    xray = make_price(make_definition(), rims).definition
    begin(mohan)
    counter = sit()
    sign_in(counter, mohan).arrives_at("billing:bill_list")
    counter.open("billing:counter_new", bills[0].encounter_id)
    counter.type("xray")
    counter.press("Enter")
    expect(counter.page.locator(f"[name=count_{xray.pk}]")).to_be_visible()
    counter.type("ECHOO")
    for _ in range(2):
        counter.press("Enter")
        expect(counter.page.get_by_text("No service with a price here")).to_be_visible()
        counter.settle()
        assert counter.focused() == "id_words"
        expect(counter.page.locator("#id_words")).to_have_value("ECHOO")

    counter.page.fill("#id_words", "")
    box = counter.page.locator(f"[name=count_{xray.pk}]")
    box.fill("0")
    box.press("Enter")
    expect(counter.page.get_by_text("Write a number from 1")).to_be_visible()
    counter.settle()
    expect(box).to_be_focused()
    expect(box).to_have_value("0")
    assert not Payment.objects.exists()
    counter.forgive("status of 422", "Error Code 422")
