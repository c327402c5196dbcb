"""Money goes back when one has asked, another approved, and a drawer has it."""

from decimal import Decimal
from functools import partial
from importlib import import_module
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from billing import queries
from billing.models import CreditNote, Invoice, LedgerEntry, Payment, Refund, RefundRequest
from billing.services import (
    Ask,
    Offer,
    ask_refund,
    bounce_cheque,
    decide_refund,
    issue_invoice,
    pay_refund,
    print_bill,
    reverse_charge,
    take_deposit,
    take_payments,
    unbilled,
    withdraw_refund,
)
from billing.states import Account, InvoiceKind, InvoiceStatus, PaymentMode, RefundKind, RequestStatus
from facilities.models import ReceiptPaper
from hmis.kernel import pdf
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.models import CaseKind
from patients.services import CaseDetails, open_case
from patients.states import EncounterStatus
from tests.billing.test_take_payment import UTR, pay
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_invoice
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.facilities import make_cashier
from tests.factories.parallel import all_at_once
from tests.factories.shifts import begin


def ask(actor, amount=None, *, key=None, **about):
    kind = (
        RefundKind.CREDIT
        if "invoice" in about
        else RefundKind.PAYMENT
        if "payment" in about
        else RefundKind.DEPOSIT
    )
    asked = Ask(kind, amount=Decimal(amount) if amount else None, **about)
    return ask_refund(ask=asked, reason="billed twice", request_key=key or uuid4(), actor=actor, at=NOON)


def approve(request, actor, **changes):
    return decide_refund(**{"request": request, "is_approved": True, "actor": actor, "at": NOON} | changes)


def give(request, actor, *, key=None, **changes):
    return pay_refund(request=request, request_key=key or uuid4(), actor=actor, at=NOON, **changes)


def deposit(encounter, actor, amount, mode=PaymentMode.CASH, reference="", *, key=None):
    offer = Offer(mode, reference, Decimal(amount))
    return take_deposit(encounter=encounter, offer=offer, request_key=key or uuid4(), actor=actor, at=NOON)


@pytest.fixture
def _nothing_is_wrong(encounter):
    yield
    assert money_faults() == []


pytestmark = pytest.mark.usefixtures("_nothing_is_wrong")


def test_a_paid_bill_is_taken_back_by_two_people_and_paid_by_a_third(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    assert not CreditNote.objects.exists()

    approve(asked, poonam)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.CANCELLED, Decimal("-1000.00"))

    (refund,) = give(asked, dev)
    asked.refresh_from_db()
    assert (refund.amount, refund.mode, refund.voucher_number) == (
        Decimal("1000.00"),
        "cash",
        "RIMS/F26/0000001",
    )
    assert (asked.status, invoice.balance()) == (RequestStatus.PAID_BACK, Decimal("0.00"))
    approved = asked.replaced_versions.filter(status=RequestStatus.APPROVED)
    assert set(approved.values_list("decided_by", "decided_at")) == {(poonam.pk, NOON)}
    assert IssuedDocument.objects.filter(number__in=["RIMS/C26/0000001", "RIMS/F26/0000001"]).count() == 2


def test_who_asked_does_not_approve_and_a_small_hospital_says_why(invoice, poonam, rims):
    asked = ask(poonam, invoice=invoice)
    with pytest.raises(Refusal, match="Somebody else approves"):
        approve(asked, poonam)

    rims.small_facility = True
    rims.save()
    with pytest.raises(Refusal, match="Say why"):
        approve(asked, poonam)
    approve(asked, poonam, note="alone tonight")
    assert RefundRequest.objects.get().decision_note == "alone tonight"


def test_an_unpaid_bill_that_is_taken_back_asks_no_counter(invoice, kavita, poonam):
    approve(ask(kavita, invoice=invoice), poonam)

    asked = RefundRequest.objects.get()
    assert (asked.status, asked.get_status_display()) == (RequestStatus.TAKEN_OFF, "taken off the bill")
    assert not Refund.objects.exists()


def test_one_line_of_a_bill_is_taken_back_and_the_rest_holds(encounter, kavita, poonam, dev):
    for gross in "100.00", "40.00":
        make_charge(encounter, gross)
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )
    take_payments(invoice=bill, offers=[Offer(PaymentMode.CASH)], request_key=uuid4(), actor=dev, at=NOON)
    line = bill.lines.get(amount=Decimal("40.00"))

    asked = ask(kavita, invoice=bill, lines=(line.pk,))
    approve(asked, poonam)
    (refund,) = give(asked, dev)

    bill.refresh_from_db()
    assert (bill.total, bill.status, bill.balance()) == (Decimal("140.00"), InvoiceStatus.PAID, 0)
    assert refund.amount == Decimal("40.00")
    with pytest.raises(Refusal, match="already taken back"):
        ask(kavita, invoice=bill, lines=(line.pk,))


@walked("size", ReceiptPaper.values)
def test_a_receipt_after_a_credit_note_lists_what_is_left_and_adds_up(
    rims, encounter, kavita, poonam, dev, size
):
    rims.receipt_paper = size
    rims.save()
    make_charge(encounter, "400.00", description="ECG", description_hi="ईसीजी")
    make_charge(encounter, "600.00")
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )
    approve(ask(kavita, invoice=bill, lines=(bill.lines.get(amount=Decimal("400.00")).pk,)), poonam)
    first, second = pay(bill, dev, "250.00"), pay(bill, dev, "350.00")

    papers = [IssuedDocument.objects.get(about_id=one.pk) for one in (first, second)]
    for paper in papers:
        said = paper.context
        assert [one["description"] for one in said["lines"]] == ["X-ray"]
        assert (said["total"], said["credited"]) == ("600.00", "400.00")
    names = ("paid_before", "received", "still_owed")
    assert [[paper.context[name] for name in names] for paper in papers] == [
        ["", "250.00", "350.00"],
        ["250.00", "350.00", "0.00"],
    ]
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.render(papers[1]))).pages)
    assert "Paid before" in printed
    assert "credit note" in printed
    assert "₹400.00" in printed


def test_a_payment_that_goes_back_is_owed_again(invoice, dev, kavita, poonam):
    payment = pay(invoice, dev, "1000.00", mode=PaymentMode.UPI, reference=UTR)
    asked = ask(kavita, "400.00", payment=payment)
    approve(asked, poonam)
    (refund,) = give(asked, dev, reference="512345678901")

    invoice.refresh_from_db()
    assert (refund.mode, refund.reference) == ("upi", "512345678901")
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PART_PAID, Decimal("400.00"))


def test_what_is_not_approved_was_declined_or_withdrawn_is_not_paid(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    declined = ask(kavita, invoice=invoice)
    with pytest.raises(Refusal):
        give(declined, dev)
    with pytest.raises(Refusal, match="Say why"):
        approve(declined, poonam, is_approved=False)
    approve(declined, poonam, is_approved=False, note="no reason")
    asked = ask(kavita, invoice=invoice)
    with pytest.raises(Refusal, match="Only the person who asked"):
        withdraw_refund(request=asked, actor=dev, at=NOON)
    withdraw_refund(request=asked, actor=kavita, at=NOON)

    for one in asked, declined:
        with pytest.raises(Refusal):
            give(one, dev)
    assert not Refund.objects.exists()


def test_a_question_sent_twice_is_one(invoice, dev, kavita):
    pay(invoice, dev, "1000.00")
    key = uuid4()

    assert ask(kavita, invoice=invoice, key=key) == ask(kavita, invoice=invoice, key=key)
    assert RefundRequest.objects.count() == 1


@walked("amount", ["0.00", "-1.00", "400.01"])
def test_no_more_than_a_payment_was_is_asked_back(invoice, dev, kavita, amount):
    payment = pay(invoice, dev, "400.00")

    with pytest.raises(Refusal, match=r"Only ₹400\.00 of it"):
        ask(kavita, amount, payment=payment)


def test_of_a_cheque_that_bounced_nothing_is_asked_back(invoice, dev, kavita, poonam):
    cheque = pay(invoice, dev, "400.00", mode=PaymentMode.CHEQUE, reference="000123")
    bounce_cheque(
        payment=cheque, reason="no money", bounced_on=NOON.date(), request_key=uuid4(), actor=poonam, at=NOON
    )

    with pytest.raises(Refusal, match=r"Only ₹0\.00 of it"):
        ask(kavita, "1.00", payment=Payment.objects.get())


def test_a_cheque_that_the_bank_has_not_honoured_is_not_paid_back(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00", mode=PaymentMode.CHEQUE, reference="000123")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)

    with pytest.raises(Refusal, match="not yet honoured RIMS/R26/0000001"):
        give(asked, dev)


def test_what_two_have_asked_back_is_approved_once(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    first = ask(kavita, invoice=invoice)
    second = twin(first)
    approve(first, poonam)

    with pytest.raises(Refusal, match="already taken back"):
        approve(second, poonam)
    assert CreditNote.objects.count() == 1


def twin(request):
    """The same question once more, from when it could be asked twice."""
    other = RefundRequest.objects.get(pk=request.pk)
    other.pk, other._state.adding = uuid4(), True
    other.save(force_insert=True)
    return other


def test_the_newest_payment_goes_back_first_and_an_older_one_stays(encounter, kavita, poonam, dev):
    for gross in "100.00", "40.00":
        make_charge(encounter, gross)
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.FINAL, request_key=uuid4(), actor=kavita, at=NOON
    )
    older, newer = pay(bill, dev, "60.00"), pay(bill, dev, "80.00")
    line = bill.lines.get(amount=Decimal("40.00"))
    asked = ask(kavita, invoice=bill, lines=(line.pk,))
    approve(asked, poonam)

    (refund,) = give(asked, dev)

    assert (refund.payment, refund.amount) == (newer, Decimal("40.00"))
    assert older.refunded() == 0


def test_without_a_shift_no_cash_is_paid_back(invoice, dev, kavita, poonam, mohan):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)

    with pytest.raises(Refusal, match="Open your shift before you pay cash back"):
        give(asked, mohan)


def test_cash_that_is_not_in_the_drawer_is_not_paid_back(invoice, dev, kavita, poonam, mohan):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)
    begin(mohan, "999.99")

    with pytest.raises(Refusal, match="Your drawer has only ₹999"):
        give(asked, mohan)


# ── The same money twice ──


@pytest.fixture
def split(encounter, kavita, dev):
    """₹60.00 on three lines, of which ₹20.00 came in cash and then ₹40.00 by UPI."""
    for gross in "30.00", "20.00", "10.00":
        make_charge(encounter, gross)
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )
    pay(bill, dev, "20.00")
    pay(bill, dev, "40.00", mode=PaymentMode.UPI, reference=UTR)
    return bill


def test_a_payment_that_is_asked_back_is_not_asked_back_again(split, kavita, poonam):
    payment = split.payments.get(mode=PaymentMode.CASH)
    first = ask(kavita, "15.00", payment=payment)
    for _ in "asked", "approved":
        with pytest.raises(Refusal, match=r"₹15\.00 of it is asked back already: only ₹5\.00 more"):
            ask(kavita, "5.01", payment=payment)
        first.refresh_from_db()
        if first.status == RequestStatus.ASKED:
            approve(first, poonam)
    assert ask(kavita, "5.00", payment=payment)


def test_a_line_that_is_asked_back_is_not_asked_back_again(split, kavita, poonam):
    line = split.lines.get(amount=Decimal("30.00"))
    first = ask(kavita, invoice=split, lines=(line.pk,))
    for lines in (line.pk,), ():
        with pytest.raises(Refusal, match="asked back already"):
            ask(kavita, invoice=split, lines=lines)
    assert ask(kavita, invoice=split, lines=(split.lines.get(amount=Decimal("10.00")).pk,))

    withdraw_refund(request=first, actor=kavita, at=NOON)
    assert ask(kavita, invoice=split, lines=(line.pk,))


def test_a_bill_that_is_asked_back_has_no_payment_left_to_ask(split, kavita, poonam):
    asked = ask(kavita, invoice=split)
    for _ in "asked", "approved":
        with pytest.raises(Refusal, match=r"₹60\.00 of it is asked back already: only ₹0\.00 more"):
            ask(kavita, "0.01", payment=split.payments.first())
        asked.refresh_from_db()
        if asked.status == RequestStatus.ASKED:
            approve(asked, poonam)


def test_a_bill_is_not_approved_before_its_payment_went_back(split, dev, kavita, poonam):
    first = ask(kavita, "20.00", payment=split.payments.get(mode=PaymentMode.CASH))
    approve(first, poonam)
    whole = ask(kavita, invoice=split)
    with pytest.raises(Refusal, match=r"₹20\.00 of it is asked back already: only ₹40\.00 more"):
        approve(whole, poonam)
    assert not CreditNote.objects.exists()

    give(first, dev)
    approve(whole, poonam)
    assert [(one.mode, one.amount) for one in give(whole, dev)] == [("upi", Decimal("40.00"))]


def test_what_was_taken_back_and_waits_at_the_counter_counts_once(encounter, dev, kavita, poonam):
    for _ in "first", "second":
        make_charge(encounter, "10.00")
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )
    pay(bill, dev, "20.00")
    asked = [ask(kavita, invoice=bill, lines=(line.pk,)) for line in bill.lines.all()]
    for one in asked:
        approve(one, poonam)

    assert [[paid.amount for paid in give(one, dev)] for one in asked] == [[Decimal("10.00")]] * 2
    assert bill.balance() == 0


def test_a_free_line_asks_no_counter_although_the_bill_has_too_much(encounter, dev, kavita, poonam):
    for gross in "10.00", "0.00":
        make_charge(encounter, gross)
    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )
    pay(bill, dev, "10.00")
    asked = [ask(kavita, invoice=bill, lines=(line.pk,)) for line in bill.lines.order_by("-amount")]
    for one in asked:
        approve(one, poonam)
        one.refresh_from_db()

    assert [one.status for one in asked] == [RequestStatus.APPROVED, RequestStatus.TAKEN_OFF]


@pytest.mark.parametrize("of", ["payment", "deposit"])
def test_of_two_equal_questions_one_is_approved(split, encounter, dev, kavita, poonam, of):
    payment = split.payments.first() if of == "payment" else deposit(encounter, dev, "500.00")
    about = {of: payment if of == "payment" else payment.deposit}
    first = ask(kavita, payment.amount, **about)
    second = twin(first)
    approve(first, poonam)

    with pytest.raises(Refusal, match="asked back already: only ₹0"):
        approve(second, poonam)
    approve(second, poonam, is_approved=False, note="asked twice")


def test_a_whole_bill_of_which_a_line_was_taken_off_meanwhile_is_worth_the_rest(split, dev, kavita, poonam):
    first, *_ = split.lines.order_by("pk")
    whole = ask(kavita, invoice=split)
    line = ask(kavita, invoice=split, lines=(first.pk,), anyway=True)
    approve(line, poonam)
    give(line, dev, reference="512345678901")

    approve(whole, poonam)
    assert sum(one.amount for one in give(whole, dev)) == Decimal("30.00")
    assert split.balance() == 0


def test_a_voucher_of_lines_is_never_of_more_than_its_credit_note(split, dev, kavita, poonam):
    first, *_ = split.lines.order_by("pk")
    whole = ask(kavita, invoice=split)
    line = ask(kavita, invoice=split, lines=(first.pk,), anyway=True)
    approve(line, poonam)
    approve(whole, poonam)

    for asked in whole, line:
        assert sum(one.amount for one in give(asked, dev)) == Decimal("30.00")


def test_a_line_that_is_asked_back_twice_counts_once(split, kavita):
    first, *_ = split.lines.order_by("pk")
    for anyway in False, True:
        ask(kavita, invoice=split, lines=(first.pk,), anyway=anyway)
    payment = split.payments.get(mode=PaymentMode.UPI)
    with pytest.raises(Refusal, match=r"₹30\.00 of it is asked back already: only ₹30\.00 more"):
        ask(kavita, "30.01", payment=payment)

    assert ask(kavita, "30.00", payment=payment)


def test_a_deposit_that_is_asked_back_is_not_asked_back_again(encounter, dev, kavita):
    payment = deposit(encounter, dev, "500.00")
    ask(kavita, "300.00", deposit=payment.deposit)
    with pytest.raises(Refusal, match=r"₹300\.00 of it is asked back already: only ₹200\.00 more"):
        ask(kavita, "200.01", deposit=payment.deposit)
    ask(kavita, "200.00", payment=payment)
    with pytest.raises(Refusal, match=r"only ₹0\.00 more"):
        ask(kavita, deposit=payment.deposit)


def test_a_cheque_that_was_returned_holds_no_question_up(split, encounter, dev, kavita, poonam):
    bill = make_invoice(encounter, kavita)
    cheque = pay(bill, dev, "600.00", mode=PaymentMode.CHEQUE, reference="000123")
    ask(kavita, payment=cheque)
    bounce_cheque(
        payment=cheque, reason="no money", bounced_on=NOON.date(), request_key=uuid4(), actor=poonam, at=NOON
    )
    cash = pay(bill, dev, "100.00")

    assert ask(kavita, payment=cash)


def test_a_bill_whose_cheque_was_returned_after_its_approval_is_closed_unpaid(encounter, dev, kavita, poonam):
    bill = make_invoice(encounter, kavita)
    cheque = pay(bill, dev, "1000.00", mode=PaymentMode.CHEQUE, reference="000123")
    asked = ask(kavita, invoice=bill)
    approve(asked, poonam)
    bounce_cheque(
        payment=cheque, reason="no money", bounced_on=NOON.date(), request_key=uuid4(), actor=poonam, at=NOON
    )

    assert give(asked, dev) == []
    asked.refresh_from_db()
    assert asked.status == RequestStatus.TAKEN_OFF
    closed = AuditEntry.objects.get(name="billing.refund_closed")
    assert (closed.actor, closed.about_id, closed.patient_id) == (dev, asked.pk, bill.patient_id)


def test_who_asked_withdraws_what_was_approved_but_not_what_took_the_bill_back(split, kavita, dev, poonam):
    payment = ask(kavita, "20.00", payment=split.payments.get(mode=PaymentMode.CASH))
    approve(payment, poonam)
    with pytest.raises(Refusal, match="Only the person who asked"):
        withdraw_refund(request=payment, actor=dev, at=NOON)
    withdraw_refund(request=payment, actor=kavita, at=NOON)
    with pytest.raises(Refusal):
        give(payment, dev)

    whole = ask(kavita, invoice=split)
    approve(whole, poonam)
    with pytest.raises(Refusal, match="this money is owed"):
        withdraw_refund(request=whole, actor=kavita, at=NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["payment", "invoice", "deposit"])
def test_ten_ask_for_the_same_money_at_once(rims, encounter, dev, kavita, of):
    bill = make_invoice(encounter, kavita)
    about = {
        "payment": lambda: pay(bill, dev, "1000.00"),
        "invoice": lambda: bill,
        "deposit": lambda: deposit(encounter, dev, "500.00").deposit,
    }[of]()
    outcomes = all_at_once([partial(ask, make_cashier(f"c{n}", rims), **{of: about}) for n in range(10)])

    assert sorted(type(one).__name__ for one in outcomes) == ["RefundRequest"] + ["Refusal"] * 9


# ── At several counters ──


@pytest.mark.django_db(transaction=True)
def test_twenty_counters_pay_one_refund_back_once(rims, invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)
    cashiers = [make_cashier(f"c{n}", rims) for n in range(20)]

    outcomes = all_at_once([partial(give, asked, one) for one in cashiers])

    assert sum(isinstance(one, list) for one in outcomes) == 1
    assert Refund.objects.get().amount == Decimal("1000.00")


@pytest.mark.django_db(transaction=True)
def test_two_approved_refunds_of_one_payment_give_no_more_than_it_was(invoice, dev, kavita, poonam):
    payment = pay(invoice, dev, "1000.00")
    first = ask(kavita, "600.00", payment=payment)
    approve(first, poonam)
    first.refresh_from_db()
    both = [first, twin(first)]

    outcomes = all_at_once([partial(give, one, dev) for one in both])

    assert sorted(type(one).__name__ for one in outcomes) == ["Refusal", "list"]
    assert payment.refunded() == Decimal("600.00")


@pytest.mark.django_db(transaction=True)
def test_twenty_who_pay_take_back_and_cancel_one_bill_give_no_more_than_came_in(
    rims, invoice, dev, kavita, poonam
):
    first = pay(invoice, dev, "300.00")

    def takes_back(cashier, **about):
        asked = ask(kavita, **about)
        approve(asked, poonam)
        return give(asked, cashier)

    cashiers = [make_cashier(f"c{n}", rims) for n in range(20)]
    outcomes = all_at_once(
        [
            *(partial(pay, invoice, one, "100.00") for one in cashiers[:10]),
            *(partial(takes_back, one, payment=first) for one in cashiers[10:15]),
            *(partial(takes_back, one, invoice=invoice) for one in cashiers[15:]),
        ]
    )

    assert {type(one) for one in outcomes} <= {Payment, list, Refusal}
    paid, back = (model.objects.aggregate(sum=Sum("amount", default=0))["sum"] for model in (Payment, Refund))
    assert back <= paid
    assert paid - back <= invoice.total  # what was given back is owed again, and paid by the next
    assert sum(one.debit - one.credit for one in queries.trial_balance(rims)) == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_click_twenty_times_pays_back_once(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)

    outcomes = all_at_once([partial(give, asked, dev, key=uuid4())] * 20)

    assert {one[0].pk for one in outcomes} == {Refund.objects.get().pk}


# ── Deposits ──


def test_a_deposit_pays_a_bill_and_the_rest_goes_back(invoice, encounter, dev, kavita, poonam):
    first = deposit(encounter, dev, "1500.00")
    deposit(encounter, dev, "200.00")
    take_payments(
        invoice=invoice, offers=[Offer(PaymentMode.DEPOSIT)], request_key=uuid4(), actor=dev, at=NOON
    )
    account = first.deposit
    assert (first.receipt_number, account.balance()) == ("RIMS/D26/0000001", Decimal("700.00"))

    asked = ask(kavita, deposit=account)
    approve(asked, poonam)
    refunds = give(asked, dev)

    assert (asked.amount, sum(one.amount for one in refunds)) == (Decimal("700.00"),) * 2
    assert account.balance() == 0
    assert {one.account: one.debit - one.credit for one in queries.trial_balance(encounter.facility)} == {
        Account.CASH: Decimal("3000.00"),  # Kavita and Dev have ₹1,000.00 each for change
        Account.SAFE: Decimal("-2000.00"),
        Account.INCOME: Decimal("-1000.00"),
        Account.PATIENTS_OWE: 0,
        Account.DEPOSITS: 0,
    }


@pytest.mark.django_db(transaction=True)
def test_a_deposit_is_never_below_zero(invoice, encounter, dev, rims):
    deposit(encounter, dev, "500.00")
    with pytest.raises(Refusal, match="The deposit has ₹500"):
        pay_from_deposit(invoice, dev, "500.01")

    cashiers = [make_cashier(f"c{n}", rims) for n in range(20)]
    outcomes = all_at_once([partial(pay_from_deposit, invoice, one, "200.00") for one in cashiers])

    assert sum(isinstance(one, list) for one in outcomes) == 2


def pay_from_deposit(invoice, actor, amount):
    offers = [Offer(PaymentMode.DEPOSIT, amount=Decimal(amount))]
    return take_payments(invoice=invoice, offers=offers, request_key=uuid4(), actor=actor, at=NOON)


@pytest.mark.parametrize("of", ["deposit", "payment"])
def test_what_a_bill_has_drawn_meanwhile_is_not_paid_back(invoice, encounter, dev, kavita, poonam, of):
    payment = deposit(encounter, dev, "500.00")
    asked = ask(kavita, "400.00", **{of: payment.deposit if of == "deposit" else payment})
    approve(asked, poonam)
    pay_from_deposit(invoice, dev, "200.00")

    with pytest.raises(Refusal, match=r"The deposit has ₹300\.00"):
        give(asked, dev)


def test_a_visit_that_was_cancelled_takes_no_deposit(encounter, dev):
    encounter.status = EncounterStatus.CANCELLED
    encounter.save()

    with pytest.raises(Refusal, match="was cancelled"):
        deposit(encounter, dev, "500.00")


@pytest.mark.parametrize(
    ("offer", "field"),
    [(Offer(PaymentMode.CASH), "amount"), (Offer(PaymentMode.BANK, "7", Decimal(5)), "mode")],
)
def test_a_deposit_says_how_much_and_comes_over_the_counter(encounter, dev, offer, field):
    with pytest.raises(Refusal) as caught:
        take_deposit(encounter=encounter, offer=offer, request_key=uuid4(), actor=dev, at=NOON)

    assert caught.value.field == field


def test_a_cheque_in_a_deposit_is_no_money_yet(encounter, invoice, dev):
    account = deposit(encounter, dev, "5000.00", PaymentMode.CHEQUE, "000123").deposit

    assert (account.balance(), account.available()) == (Decimal("5000.00"), 0)
    with pytest.raises(Refusal, match="The deposit has ₹0"):
        pay_from_deposit(invoice, dev, "1.00")


def test_much_cash_goes_back_through_the_bank(encounter, dev, kavita, poonam):
    account = deposit(encounter, dev, "20000.00").deposit
    asked = ask(kavita, deposit=account)
    approve(asked, poonam)

    (refund,) = give(asked, dev)

    assert refund.mode == PaymentMode.BANK


def test_much_cash_that_came_in_parts_goes_back_through_the_bank_too(encounter, dev, kavita, poonam):
    account = deposit(encounter, dev, "15000.00").deposit
    deposit(encounter, dev, "15000.00")
    asked = ask(kavita, deposit=account)
    approve(asked, poonam)

    assert {one.mode for one in give(asked, dev)} == {PaymentMode.BANK}


def test_a_deposit_sent_twice_is_one(encounter, dev):
    key = uuid4()
    assert deposit(encounter, dev, "500.00", key=key) == deposit(encounter, dev, "500.00", key=key)
    assert Payment.objects.count() == 1


# ── A charge that is on no bill yet ──


def test_a_charge_that_was_reversed_comes_on_no_bill(encounter, dev):
    kept, cancelled = make_charge(encounter, "100.00"), make_charge(encounter, "40.00")
    with transaction.atomic():
        reverse_charge(item=cancelled, reason="order cancelled", actor=dev, at=NOON)

    assert [item for item, _ in unbilled(encounter)] == [kept]
    with pytest.raises(Refusal, match="already taken back"), transaction.atomic():
        reverse_charge(item=cancelled, reason="again", actor=dev, at=NOON)


def test_a_bill_asked_for_twice_is_one_and_its_paper_too(encounter, kavita):
    make_charge(encounter, "100.00")
    key = uuid4()
    bills = [
        issue_invoice(encounter=encounter, kind=InvoiceKind.FINAL, request_key=key, actor=kavita, at=NOON)
        for _ in range(2)
    ]
    papers = [print_bill(invoice=bills[0], actor=kavita, at=NOON) for _ in range(2)]

    assert bills[0] == bills[1]
    assert papers[0] == papers[1] == IssuedDocument.objects.get(number=bills[0].number)


def test_a_charge_on_a_bill_needs_a_credit_note(encounter, dev, kavita):
    item = make_charge(encounter, "100.00")
    issue_invoice(encounter=encounter, kind=InvoiceKind.FINAL, request_key=uuid4(), actor=kavita, at=NOON)

    with pytest.raises(Refusal, match="credit note"):
        reverse_charge(item=item, reason="order cancelled", actor=dev, at=NOON)
    with pytest.raises(Refusal, match="on a bill already"):
        issue_invoice(encounter=encounter, kind=InvoiceKind.FINAL, request_key=uuid4(), actor=kavita, at=NOON)


# ── Several ways at once ──


def test_a_bill_is_paid_in_two_ways_with_two_receipts(invoice, dev):
    offers = [
        Offer(PaymentMode.CASH, amount=Decimal("400.00")),
        Offer(PaymentMode.UPI, UTR, Decimal("600.00")),
    ]
    payments = take_payments(invoice=invoice, offers=offers, request_key=uuid4(), actor=dev, at=NOON)

    invoice.refresh_from_db()
    assert [one.receipt_number for one in payments] == ["RIMS/R26/0000001", "RIMS/R26/0000002"]
    assert (invoice.status, LedgerEntry.objects.filter(about="billing.payment").count()) == ("paid", 2)


def test_less_cash_than_is_to_be_paid_is_refused(invoice, dev):
    offer = Offer(PaymentMode.CASH, amount=Decimal("400.00"), tendered=Decimal("300.00"))
    with pytest.raises(Refusal, match="Less was given"):
        take_payments(invoice=invoice, offers=[offer], request_key=uuid4(), actor=dev, at=NOON)


def test_without_a_shift_no_cash(invoice, mohan):
    with pytest.raises(Refusal, match="Open your shift"):
        pay(invoice, mohan, "1.00")
    assert pay(invoice, mohan, "1.00", mode=PaymentMode.UPI, reference=UTR).shift is None


# ── Screens ──


def test_a_supervisor_finds_the_bill_and_approves_what_was_asked(client, invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    client.force_login(kavita)
    page = client.post(reverse("billing:bill_list"), {"words": "rims/r26/1"})
    assert invoice.number in page.content.decode()
    lines = [str(line.pk) for line in invoice.lines.all()]
    asked = client.post(
        reverse("billing:credit_new", args=[invoice.pk]),
        {"lines": lines, "reason": "=1+1", "request_key": uuid4()},
    )
    assert asked.status_code == 303

    client.force_login(poonam)
    request = RefundRequest.objects.get()
    client.post(reverse("billing:decision_new", args=[request.pk]), {"answer": "yes", "request_key": uuid4()})
    request.refresh_from_db()
    assert request.status == RequestStatus.APPROVED

    client.force_login(dev)
    client.post(reverse("billing:refund_payment_new", args=[request.pk]), {"request_key": uuid4()})
    assert Refund.objects.get().shift.cashier == dev


def seen(client, who, name, *args):
    """The page as this person sees it, each run of white space as one blank."""
    client.force_login(who)
    answer = client.get(reverse(f"billing:{name}", args=args))
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_the_counter_is_told_how_the_money_goes_back(client, split, dev, kavita, poonam):
    asked = ask(kavita, invoice=split)
    assert "UPI ₹40.00 · cash ₹20.00" in seen(client, poonam, "refund_detail", asked.pk)
    approve(asked, poonam)
    page = seen(client, dev, "refund_detail", asked.pk)
    assert "Pay back UPI ₹40.00 · cash ₹20.00" in page
    assert 'name="reference"' in page

    sent = {"request_key": uuid4(), "reference": "512345678901"}
    answer = client.post(reverse("billing:refund_payment_new", args=[asked.pk]), sent, follow=True)
    assert "Give back ₹20.00 in cash." in answer.text
    again = client.post(reverse("billing:refund_payment_new", args=[asked.pk]), sent)
    assert again.status_code == 303
    assert Refund.objects.count() == 2


def test_alone_in_a_small_hospital_the_reason_is_asked_where_it_is_written(client, split, rims, poonam):
    rims.small_facility = True
    rims.save()
    client.force_login(poonam)
    path = reverse("billing:payment_refund_new", args=[split.payments.first().pk])
    sent = {"amount": "10", "reason": "wrong test", "request_key": uuid4()}
    page = client.post(path, sent, follow=True)
    assert "Asked. It waits for approval." in page.text

    decision = reverse("billing:decision_new", args=[RefundRequest.objects.get().pk])
    answer = client.post(decision, {"answer": "yes", "note": "", "request_key": uuid4()})
    assert answer.status_code == 422
    assert answer.context["decision"].errors == {"note": ["Say why."]}
    answer = client.post(decision, {"answer": "yes", "note": "alone", "request_key": uuid4()})
    assert answer.status_code == 303


def test_cash_alone_asks_for_no_number(client, split, dev, kavita, poonam):
    asked = ask(kavita, "20.00", payment=split.payments.get(mode=PaymentMode.CASH))
    approve(asked, poonam)
    page = seen(client, dev, "refund_detail", asked.pk)

    assert 'name="reference"' not in page
    assert 'type="submit" autofocus>Pay back cash ₹20.00' in page


def test_what_cannot_be_paid_says_so_and_who_asked_ends_it(client, split, dev, kavita, poonam):
    first = ask(kavita, "20.00", payment=split.payments.get(mode=PaymentMode.CASH))
    approve(first, poonam)
    second = twin(RefundRequest.objects.get())
    give(first, dev)

    page = seen(client, dev, "refund_detail", second.pk)
    assert "Only ₹0.00 of it can be paid back." in page
    assert "refund_payment_new" not in page
    assert "Pay back" not in page
    assert "Withdraw" in seen(client, kavita, "refund_detail", second.pk)
    client.post(reverse("billing:withdrawal_new", args=[second.pk]), {"request_key": uuid4()})
    second.refresh_from_db()
    assert second.status == RequestStatus.WITHDRAWN


def test_who_approves_sees_the_lines_and_presses_a_key_of_its_own(client, split, kavita, poonam):
    line = split.lines.get(amount=Decimal("30.00"))
    asked = ask(kavita, invoice=split, lines=(line.pk,))
    page = seen(client, poonam, "refund_detail", asked.pk)

    assert f'<td>{line.charge_item}</td><td class="num">₹30.00</td>' in page
    assert "₹60.00" in page
    assert "UPI ₹30.00" in page
    assert page.count('<td class="num">₹20.00</td>') == 0
    assert 'data-key="F8"' in page
    assert " autofocus" not in page.partition("<main")[2].partition("</main")[0]


def test_lines_of_a_bill_that_nobody_paid_are_taken_off_it(client, invoice, kavita, poonam):
    client.force_login(kavita)
    form = client.get(reverse("billing:credit_new", args=[invoice.pk]))
    assert "no money goes back, less is owed" in form.text
    assert f"{invoice.patient} · {invoice.patient.uhid_shown}" in form.text
    asked = ask(kavita, invoice=invoice)
    assert "nothing goes back, less is owed" in seen(client, poonam, "refund_detail", asked.pk)

    approve(asked, poonam)
    assert "taken off the bill" in seen(client, poonam, "refund_detail", asked.pk)


def test_the_bill_says_what_is_asked_back_and_what_was_taken_back(client, split, kavita, poonam):
    hostile = '"><img src=x onerror=alert(1)>'
    line = split.lines.get(amount=Decimal("30.00"))
    asked = ask(kavita, invoice=split, lines=(line.pk,))
    payment = ask_refund(
        ask=Ask(RefundKind.PAYMENT, payment=split.payments.first(), amount=Decimal("5.00")),
        reason=hostile,
        request_key=uuid4(),
        actor=kavita,
        at=NOON,
    )
    page = seen(client, kavita, "invoice_detail", split.pk)
    for one in asked, payment:
        assert reverse("billing:refund_detail", args=[one.pk]) in page
    assert "waits for approval" in page
    assert hostile not in page
    assert "Ask this payment back" in page
    assert "Ask to take lines off" in page

    withdraw_refund(request=payment, actor=kavita, at=NOON)
    approve(asked, poonam)
    page = seen(client, kavita, "invoice_detail", split.pk)
    note = CreditNote.objects.get()
    assert page.count(note.number) == 2
    paper = IssuedDocument.objects.get(about_id=note.pk)
    assert reverse("paper_copy_new", args=[paper.pk]) in page
    assert reverse("billing:refund_detail", args=[payment.pk]) not in page
    assert reverse("billing:payment_new", args=[split.pk]) not in page  # nothing is owed: it goes back


def test_a_cancelled_bill_has_no_tick(client, invoice, kavita, poonam):
    approve(ask(kavita, invoice=invoice), poonam)

    assert '<span class="state t-idle">cancelled</span>' in seen(client, kavita, "invoice_detail", invoice.pk)


def test_lines_that_are_asked_back_are_not_offered_again_and_a_form_may_be_sent_twice(client, split, kavita):
    client.force_login(kavita)
    page = reverse("billing:credit_new", args=[split.pk])
    first, *rest = [str(line.pk) for line in split.lines.order_by("pk")]
    sent = {"lines": [first], "reason": "not done", "request_key": uuid4()}
    answers = [client.post(page, sent) for _ in range(2)]
    assert {one["Location"] for one in answers} == {answers[0]["Location"]}
    assert RefundRequest.objects.count() == 1

    form = client.get(page)
    assert [pk for pk, _said in form.context["form"].fields["lines"].choices] == rest
    assert "of this bill is asked back already" in form.text
    again = client.post(page, sent | {"request_key": uuid4()})
    assert again.status_code == 422
    assert "asked back already: look at the bill" in again.text


def test_what_ended_as_paid_though_nothing_was_is_put_right(invoice, dev, kavita, poonam):
    unpaid = ask(kavita, invoice=invoice)
    approve(unpaid, poonam)
    paid = ask(kavita, payment=pay(make_invoice(invoice.encounter, kavita), dev, "5.00"))
    approve(paid, poonam)
    give(paid, dev)
    steps = import_module("billing.migrations.0004_taken_off_the_bill")
    with connection.cursor() as cursor:
        for statement, status in (steps.EMPTY, "paid_back"), (steps.FILL, "taken_off"):
            cursor.execute(steps.at_all(statement))
            cursor.execute("SELECT set_config('hmis.reach', 'all', true)")
            assert RefundRequest.objects.get(pk=unpaid.pk).status == status
            assert RefundRequest.objects.get(pk=paid.pk).status == "paid_back"


def test_one_payment_goes_back_and_its_bill_is_owed_again(client, invoice, dev, kavita, poonam):
    first, _second = pay(invoice, dev, "400.00"), pay(invoice, dev, "600.00")
    client.force_login(kavita)
    page = reverse("billing:payment_refund_new", args=[first.pk])
    assert client.get(page).context["form"].initial["amount"] == Decimal("400.00")
    more = {"amount": "400.01", "reason": "wrong card", "request_key": uuid4()}
    assert "Only ₹400.00" in client.post(page, more).text
    asked = client.post(page, more | {"amount": "400.00"})
    assert asked.status_code == 303

    request = RefundRequest.objects.get()
    approve(request, poonam)
    give(request, dev)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PART_PAID, Decimal("400.00"))
    assert "Only ₹0.00" in client.post(page, more | {"amount": "1.00", "request_key": uuid4()}).text


def test_an_approval_is_taken_back_until_it_is_paid(client, encounter, dev, kavita, poonam):
    account = deposit(encounter, dev, "500.00").deposit
    asked = ask(kavita, deposit=account)
    approve(asked, poonam)
    client.force_login(poonam)
    page = reverse("billing:refund_detail", args=[asked.pk])
    assert "Take the approval back" in client.get(page).text

    no = {"answer": "no", "note": "the wrong patient", "request_key": uuid4()}
    client.post(reverse("billing:decision_new", args=[asked.pk]), no)

    asked.refresh_from_db()
    assert (asked.status, asked.decision_note) == (RequestStatus.DECLINED, "the wrong patient")
    assert "Take the approval back" not in client.get(page).text
    with pytest.raises(Refusal):
        give(asked, dev)


@pytest.mark.parametrize(("page", "who"), [("decision_new", "poonam"), ("withdrawal_new", "kavita")])
def test_a_step_sent_twice_is_taken_once(client, encounter, dev, kavita, request, page, who):
    asked = ask(kavita, deposit=deposit(encounter, dev, "500.00").deposit)
    client.force_login(request.getfixturevalue(who))
    sent = {"answer": "yes", "request_key": uuid4()}
    first, again = [client.post(reverse(f"billing:{page}", args=[asked.pk]), sent) for _ in range(2)]

    assert (first.status_code, again.status_code) == (303, 303)
    assert again["Location"] == first["Location"]
    fact = {"decision_new": "billing.refund_approved", "withdrawal_new": "billing.refund_withdrawn"}[page]
    assert AuditEntry.objects.filter(name=fact).count() == 1


def test_the_page_offers_a_key_to_withdraw_with(client, invoice, kavita):
    asked = ask(kavita, invoice=invoice)
    client.force_login(kavita)
    page = client.get(reverse("billing:refund_detail", args=[asked.pk]))

    assert f'name="request_key" value="{page.context["withdrawal_key"]}"' in page.text


def test_a_note_that_is_too_long_is_kept_and_decides_nothing(client, encounter, dev, kavita, poonam):
    asked = ask(kavita, deposit=deposit(encounter, dev, "500.00").deposit)
    client.force_login(poonam)
    note = "seen " * 40
    sent = {"answer": "yes", "note": note, "request_key": uuid4()}
    answer = client.post(reverse("billing:decision_new", args=[asked.pk]), sent)

    asked.refresh_from_db()
    assert (answer.status_code, asked.status) == (422, RequestStatus.ASKED)
    assert f'value="{note}"' in answer.text
    assert "at most 160" in answer.text


def test_what_was_typed_stays_where_a_step_is_refused(client, invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00", mode=PaymentMode.UPI, reference=UTR)
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)
    client.force_login(dev)
    sent = {"reference": "41234567890", "request_key": uuid4()}
    answer = client.post(reverse("billing:refund_payment_new", args=[asked.pk]), sent)

    assert (answer.status_code, Refund.objects.count()) == (422, 0)
    assert 'value="41234567890"' in answer.text
    assert f'value="{sent["request_key"]}"' in answer.text


def test_a_bill_that_was_taken_back_stays_owed(invoice, dev, kavita, poonam):
    pay(invoice, dev, "1000.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)

    with pytest.raises(Refusal, match="this money is owed"):
        approve(asked, poonam, is_approved=False, note="no")
    assert give(asked, dev)


def test_what_can_be_paid_no_more_can_be_declined(invoice, dev, kavita, poonam):
    payment = pay(invoice, dev, "1000.00")
    asked = ask(kavita, payment=payment)
    approve(asked, poonam)
    other = twin(RefundRequest.objects.get())
    give(asked, dev)
    asked = other

    with pytest.raises(Refusal):
        give(asked, dev)
    approve(asked, poonam, is_approved=False, note="paid back with its bill")
    asked.refresh_from_db()
    assert asked.status == RequestStatus.DECLINED


def test_a_deposits_payment_is_not_asked_back_as_a_bills(client, encounter, dev, kavita):
    payment = deposit(encounter, dev, "400.00")
    client.force_login(kavita)

    assert client.get(reverse("billing:payment_refund_new", args=[payment.pk])).status_code == 404


def test_a_stranger_sees_no_account_and_no_request(client, encounter, invoice, kavita, farid):
    request = ask(kavita, invoice=invoice)
    client.force_login(farid)

    for name, pk in (
        ("account_detail", encounter.pk),
        ("refund_detail", request.pk),
        ("deposit_new", encounter.pk),
    ):
        assert client.get(reverse(f"billing:{name}", args=[pk])).status_code == 404


def test_the_upi_code_fixes_amount_and_reference(invoice, rims):
    assert queries.upi_link(invoice, invoice.total) == ""
    rims.upi_address = "rims@sbi"
    invoice.facility = rims

    link = queries.upi_link(invoice, invoice.total)
    assert link.startswith("upi://pay?pa=rims%40sbi&pn=RIMS%20Ranchi&tr=RIMSB260000001&am=1000.00&cu=INR")


@walked(
    ("words", "is_found"),
    [
        (UTR, True),
        ("4123 4567 8901", True),
        ("412345678902", False),
        ("{uhid}", True),
        ("9431100001", True),
        ("09431100001", True),
        ("+91 94311-00001", True),
        ("919431100001", True),
        ("९४३११००००१", True),
        ("9431100002", False),
        ("₹1,000.00", True),
        ("₹१,०००", True),
        ("999", False),
        ("Asha", True),
        ("=1+1", False),
    ],
)
def test_a_bill_is_found_by_what_is_on_its_papers(encounter, kavita, dev, words, is_found):
    bill = make_invoice(encounter, kavita, at=timezone.now())
    pay(bill, dev, "400.00", mode=PaymentMode.UPI, reference=UTR)

    found = queries.find_bills(words.format(uhid=encounter.patient.uhid), kavita)

    assert found == ([(bill, Decimal("600.00"))] if is_found else [])


@walked(
    ("words", "is_found"),
    [
        ("{uhid}", True),
        ("9431100001", True),
        ("919431100001", True),
        ("rims/s26/7", True),
        ("rims/s26/७", True),
        ("asha devi", True),
        ("आशा", True),
        ("RIMS/S26/0000008", False),
        ("30", False),
        ("Nobody", False),
        ('"><img src=x>', False),
    ],
)
def test_what_is_on_no_bill_yet_is_found_by_whom_and_by_its_slip(encounter, kavita, gopal, words, is_found):
    make_charge(encounter, "30.00")
    billed = make_invoice(encounter, kavita)
    IssuedDocument.objects.create(
        template="lab/documents/test_slip.html",
        about="patients.encounter",
        about_id=encounter.pk,
        facility_id=encounter.facility_id,
        number="RIMS/S26/0000007",
        context={},
        issued_at=timezone.now(),
    )
    asked = words.format(uhid=encounter.patient.uhid)

    assert queries.to_be_billed(asked, kavita) == ([(encounter, Decimal("30.00"))] if is_found else [])
    assert not queries.to_be_billed(asked, gopal)
    assert queries.find_bills(asked, kavita) == ([(billed, Decimal("1000.00"))] if is_found else [])
    assert not queries.find_bills(asked, gopal)


def test_a_name_finds_what_is_still_to_be_paid_and_nothing_else(encounter, kavita, dev):
    paid = make_invoice(encounter, kavita, at=timezone.now())
    pay(paid, dev, str(paid.total))
    owed = make_invoice(encounter, kavita, at=timezone.now())

    assert queries.find_bills("asha", kavita) == [(owed, owed.total)]


def test_whom_a_list_must_not_name_is_not_found_by_the_name(client, encounter, kavita, dev):
    make_charge(encounter, "30.00")
    make_invoice(encounter, kavita, at=timezone.now())
    case = CaseDetails(CaseKind.SEXUAL_ASSAULT)
    open_case(encounter=encounter, details=case, request_key=uuid4(), actor=kavita, at=timezone.now())
    client.force_login(dev)

    account = reverse("billing:account_detail", args=[encounter.pk])
    assert account in client.post(reverse("billing:bill_list"), {"words": encounter.patient.uhid}).text
    page = client.post(reverse("billing:bill_list"), {"words": "asha"}).text
    assert (account in page, encounter.patient.uhid_shown in page) == (False, False)


def test_the_page_leads_from_a_scan_to_the_account(client, encounter, dev):
    make_charge(encounter, "30.00")
    client.force_login(dev)

    page = client.post(reverse("billing:bill_list"), {"words": encounter.patient.uhid}).text

    assert reverse("billing:account_detail", args=[encounter.pk]) in page
    assert "₹30.00" in page
    assert "No bill is found" not in page


def test_a_stay_is_billed_and_paid_into_on_its_page(client, encounter, dev):
    make_charge(encounter, "100.00")
    client.force_login(dev)
    billed = client.post(
        reverse("billing:invoice_new", args=[encounter.pk]), {"kind": "final", "request_key": uuid4()}
    )
    paid = client.post(
        reverse("billing:deposit_new", args=[encounter.pk]),
        {"amount": "500.00", "mode": "cash", "request_key": uuid4()},
    )

    bill = Invoice.objects.get()
    assert billed["Location"] == reverse("billing:invoice_detail", args=[bill.pk])
    assert f"Bill {bill} is issued" in client.get(billed["Location"]).text
    assert paid["Location"].startswith(reverse("billing:account_detail", args=[encounter.pk]))
    assert Payment.objects.get().deposit.balance() == Decimal("500.00")
