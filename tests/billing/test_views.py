"""The cashier's pages: a payment prints its receipt, and what is refused says so at its field."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment, Refund
from billing.services import Ask, Offer, ask_refund, bounce_cheque, decide_refund, take_deposit
from billing.states import PaymentMode, RefundKind
from hmis.kernel.models import IssuedDocument
from tests.factories.shifts import begin, receive


@pytest.fixture
def cashier(client, dev):
    client.force_login(dev)
    return client


def pay(cashier, invoice, **changes):
    sent = {"amount": invoice.total, "mode": "cash", "reference": "", "request_key": uuid4()}
    return cashier.post(reverse("billing:payment_new", args=[invoice.pk]), sent | changes)


def test_a_payment_leads_to_the_bill_which_prints_its_receipt_once(cashier, invoice):
    answer = pay(cashier, invoice)
    payment = Payment.objects.get()

    assert answer.status_code == 303
    bill = cashier.get(answer["Location"])
    (paper,) = IssuedDocument.objects.filter(about_id=payment.pk)
    assert bill.context["just_printed"] == f"{reverse('paper_list')}?p={paper.pk}"
    assert "data-print-url" in bill.text
    assert "data-print-url" not in cashier.get(reverse("billing:invoice_detail", args=[invoice.pk])).text


@pytest.mark.parametrize("box", ["amount", "tendered"])
def test_the_next_slip_scanned_into_a_box_for_money_is_no_money(cashier, invoice, asha, box):
    answer = pay(cashier, invoice, **{box: asha.uhid})

    assert answer.context["form"].errors[box] == ["This is a UHID, not an amount."]
    assert not Payment.objects.exists()


def test_more_than_is_owed_is_refused_at_the_amount(cashier, invoice):
    answer = pay(cashier, invoice, amount="99999.00")

    assert answer.status_code == 422
    assert "is owed on" in str(answer.context["form"].errors["amount"])
    assert not Payment.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"mode": "upi", "reference": "12"}, "reference"),
        ({"amount": "700.00", "second_amount": "300.00", "second_reference": "12"}, "__all__"),
    ],
)
def test_a_wrong_utr_is_said_at_its_field_where_there_is_one_number(cashier, invoice, said, field):
    answer = pay(cashier, invoice, **said)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "12-digit UTR" in str(answer.context["form"].errors)
    assert not Payment.objects.exists()


def test_a_made_up_payment_prints_nothing(cashier, invoice):
    page = cashier.get(reverse("billing:invoice_detail", args=[invoice.pk]), {"taken": uuid4()})

    assert (page.status_code, page.context["just_printed"]) == (200, "")


def papers_asked_for(page):
    """The papers behind the address that the page prints."""
    ids = page.context["just_printed"].removeprefix(f"{reverse('paper_list')}?p=").split("&p=")
    return set(IssuedDocument.objects.filter(pk__in=ids).values_list("about_id", flat=True))


def test_paid_in_two_ways_prints_both_receipts(cashier, dev, invoice):
    second = {"second_amount": "300.00", "second_mode": "upi", "second_reference": "512345678901"}
    answer = pay(cashier, invoice, amount="700.00", **second)

    assert papers_asked_for(cashier.get(answer["Location"])) == {one.pk for one in Payment.objects.all()}


@pytest.fixture
def deposit(cashier, dev, encounter):
    """₹500.00 in cash that Dev has just taken in advance, and the page that says so."""
    sent = {"amount": "500.00", "mode": "cash", "request_key": uuid4()}
    answer = cashier.post(reverse("billing:deposit_new", args=[encounter.pk]), sent)
    return cashier.get(answer["Location"])


def test_a_deposit_prints_its_receipt_once(cashier, deposit, encounter):
    assert papers_asked_for(deposit) == {Payment.objects.get().pk}
    again = cashier.get(reverse("billing:account_detail", args=[encounter.pk]))
    assert "data-print-url" not in again.text


def test_what_is_paid_back_prints_its_voucher_once(cashier, dev, deposit, poonam):
    now = timezone.now()
    account = Payment.objects.get().deposit
    asked = ask_refund(
        ask=Ask(RefundKind.DEPOSIT, deposit=account, amount=Decimal("100.00")),
        reason="too much",
        request_key=uuid4(),
        actor=dev,
        at=now,
    )
    decide_refund(request=asked, is_approved=True, note="", actor=poonam, at=now)
    answer = cashier.post(
        reverse("billing:refund_payment_new", args=[asked.pk]), {"request_key": uuid4(), "reference": ""}
    )

    assert papers_asked_for(cashier.get(answer["Location"])) == {Refund.objects.get().pk}
    assert "data-print-url" not in cashier.get(reverse("billing:refund_detail", args=[asked.pk])).text


@pytest.mark.parametrize(
    "ways",
    [
        {"amount": "500.00", "mode": "deposit"},
        {"amount": "500.00", "second_amount": "500.00", "second_mode": "deposit"},
    ],
)
def test_a_payment_that_draws_the_last_of_a_deposit_may_be_sent_twice(cashier, deposit, invoice, ways):
    sent = {"request_key": uuid4()} | ways
    first, again = pay(cashier, invoice, **sent), pay(cashier, invoice, **sent)

    assert (first.status_code, again.status_code) == (303, 303)
    assert again["Location"] == first["Location"]
    assert invoice.payments.filter(mode="deposit").count() == 1


def test_a_deposit_that_is_not_there_is_offered_on_no_page(cashier, invoice):
    answer = pay(cashier, invoice, amount="1000.01")

    assert answer.status_code == 422
    assert "Only ₹1,000.00 is owed" in answer.text
    assert 'value="deposit"' not in answer.text


def test_of_a_deposit_that_is_empty_the_act_says_so(cashier, invoice):
    answer = pay(cashier, invoice, mode="deposit")

    assert answer.status_code == 422
    assert "The deposit has" in str(answer.context["form"].errors["amount"])
    page = cashier.get(reverse("billing:payment_new", args=[invoice.pk]))
    assert "deposit" not in dict(page.context["form"].fields["mode"].choices)


@pytest.mark.parametrize("name", ["payment_new", "deposit_new", "bill_list"])
def test_where_cash_is_taken_the_shift_is_opened_in_its_place(client, mohan, invoice, name):
    client.force_login(mohan)
    args = {"payment_new": [invoice.pk], "deposit_new": [invoice.encounter_id]}.get(name, [])
    url = reverse(f"billing:{name}", args=args)

    assert 'id="shift-needed"' in client.get(url).text
    begin(mohan)
    assert 'id="shift-needed"' not in client.get(url).text


def test_the_first_page_of_a_cashier_finds_bills_and_a_supervisors_lists_shifts(cashier, client, poonam):
    assert cashier.get(reverse("home"))["Location"] == reverse("billing:bill_list")
    client.force_login(poonam)
    assert client.get(reverse("home"))["Location"] == reverse("billing:shift_list")


def test_of_a_paid_bill_nobody_is_asked_for_money(cashier, invoice):
    pay(cashier, invoice)
    answer = cashier.get(reverse("billing:payment_new", args=[invoice.pk]))

    assert answer.status_code == 303
    assert answer["Location"] == reverse("billing:invoice_detail", args=[invoice.pk])


def test_a_copy_of_a_receipt_is_shown_where_no_script_prints_it(cashier, dev, invoice):
    pay(cashier, invoice)
    paper = IssuedDocument.objects.get(about_id=Payment.objects.get().pk)
    address = reverse("paper_copy_new", args=[paper.pk])

    answer = cashier.post(address)
    said = cashier.post(address, headers={"X-Fetch": "1"})

    second, third = IssuedDocument.objects.filter(about_id=paper.about_id, copy__gt=0).order_by("copy")
    assert answer["Location"] == reverse("paper_detail", args=[second.pk])
    assert said.json() == {"url": reverse("paper_detail", args=[third.pk]), "copy": 2}


def test_a_receipt_is_copied_once_for_each_press(cashier, dev, invoice):
    pay(cashier, invoice)
    paper = IssuedDocument.objects.get(about_id=Payment.objects.get().pk)

    def press(key):
        address = reverse("paper_copy_new", args=[paper.pk])
        return cashier.post(address, {"request_key": key}, headers={"X-Fetch": "1"}).json()

    key = uuid4()
    first, again, another = press(key), press(key), press(uuid4())

    assert (first["copy"], again, another["copy"]) == (1, first, 2)


def test_a_key_that_copied_another_paper_is_refused(cashier, dev, invoice):
    pay(cashier, invoice, amount="400.00")
    pay(cashier, invoice, amount="600.00")
    first, second = IssuedDocument.objects.filter(about="billing.payment").order_by("pk")
    key = {"request_key": uuid4()}
    assert cashier.post(reverse("paper_copy_new", args=[first.pk]), key).status_code == 302

    asked = reverse("paper_copy_new", args=[second.pk])
    assert cashier.post(asked, key, headers={"X-Fetch": "1"}).status_code == 409
    assert cashier.post(asked, key)["Location"] == reverse("home")
    assert IssuedDocument.objects.exclude(copy=0).count() == 1


def test_the_bill_is_printed_by_the_script_or_shown(cashier, invoice):
    address = reverse("billing:bill_paper_new", args=[invoice.pk])
    shown = cashier.post(address)
    paper = IssuedDocument.objects.get(about_id=invoice.pk)

    assert shown["Location"] == reverse("paper_detail", args=[paper.pk])
    assert cashier.post(address, headers={"X-Fetch": "1"}).json() == {"url": shown["Location"]}


def test_a_cheque_that_came_back_says_so_on_its_bill(client, encounter, mohan, poonam):
    begin(mohan)
    cheque = receive(encounter, mohan, "25.00", PaymentMode.CHEQUE, "000123")
    client.force_login(mohan)
    page = reverse("billing:invoice_detail", args=[cheque.invoice_id])
    assert "returned by the bank" not in client.get(page).text

    said = {"reason": "no funds", "bounced_on": timezone.localdate(), "request_key": uuid4()}
    bounce_cheque(payment=cheque, actor=poonam, at=timezone.now(), **said)

    assert "returned by the bank" in client.get(page).text


def test_what_left_a_deposit_stands_on_the_account(cashier, deposit, encounter, invoice):
    paid = pay(cashier, invoice, amount="200.00", mode="deposit")
    assert paid.status_code == 303

    page = cashier.get(reverse("billing:account_detail", args=[encounter.pk])).text

    assert "Paid from the deposit" in page
    assert "−₹200.00" in page
    assert "₹300.00" in page


def test_what_is_owed_stands_first(cashier, encounter, dev, invoice):
    receive(encounter, dev, "75.00")

    page = cashier.get(reverse("billing:account_detail", args=[encounter.pk]))
    found = cashier.post(reverse("billing:bill_list"), {"words": encounter.patient.uhid})

    assert [owed for _bill, owed in page.context["account"].invoices] == [Decimal("1000.00"), Decimal("0.00")]
    assert [owed for _bill, owed in found.context["found"]] == [Decimal("1000.00"), Decimal("0.00")]


def test_a_mistyped_uhid_is_called_so(cashier, encounter):
    for words, is_mistyped in ("121-0000-1230", True), (encounter.patient.uhid, False):
        page = cashier.post(reverse("billing:bill_list"), {"words": words})
        assert ("This UHID is mistyped" in page.text) == is_mistyped


def test_the_cashier_begins_with_what_is_to_be_paid_out(cashier, dev, deposit, poonam):
    said = {"reason": "too much", "request_key": uuid4(), "actor": dev, "at": timezone.now()}
    account = Payment.objects.get().deposit
    asked = ask_refund(ask=Ask(RefundKind.DEPOSIT, deposit=account, amount=Decimal("100.00")), **said)
    page = reverse("billing:refund_list")
    assert cashier.get(page).context["kinds"][0] == {
        "url": "?status=asked",
        "label": "waits for approval 1",
        "current": True,
    }

    decide_refund(request=asked, is_approved=True, note="", actor=poonam, at=timezone.now())

    assert [one["current"] for one in cashier.get(page).context["kinds"]][:2] == [False, True]


@pytest.mark.parametrize(
    ("name", "entry"),
    [("shift_own", "My shift"), ("daybook_list", "Collections"), ("refund_list", "Refunds")],
)
def test_the_bar_marks_the_entry_above_the_page(client, poonam, name, entry):
    client.force_login(poonam)
    nav = client.get(reverse(f"billing:{name}")).context["nav"]

    assert [str(one["label"]) for one in nav if one["current"]] == [entry]


def test_more_cash_than_is_paid_says_what_to_give_back(cashier, invoice):
    answer = pay(cashier, invoice, tendered="1500.00")

    assert "Give back ₹500.00" in cashier.get(answer["Location"]).text


def test_a_bill_is_paid_in_two_ways_on_one_page(cashier, invoice):
    pay(cashier, invoice, amount="400.00", second_amount="600.00", second_mode="card", second_reference="S-7")

    paid = Payment.objects.order_by("amount").values_list("mode", "amount")
    assert list(paid) == [("cash", Decimal("400.00")), ("card", Decimal("600.00"))]


def test_a_deposit_is_offered_where_there_is_one(cashier, invoice, dev):
    offer = Offer(PaymentMode.CASH, amount=Decimal("700.00"))
    take_deposit(encounter=invoice.encounter, offer=offer, request_key=uuid4(), actor=dev, at=timezone.now())
    pay(cashier, invoice, amount="700.00", mode="deposit")

    assert invoice.payments.get().drawn_from.balance() == 0
