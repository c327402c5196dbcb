"""The bank's word: its file row by row, a UTR typed before or after it, cheques honoured and returned."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from billing import queries
from billing.models import (
    Bounce,
    Clearance,
    Invoice,
    LedgerEntry,
    Payment,
    Refund,
    Settlement,
    SettlementLine,
)
from billing.queries.bank import BEFORE, DIFFERS, ERROR, MATCHED, UNKNOWN
from billing.services import (
    Offer,
    apply_settlement,
    bounce_cheque,
    clear_cheque,
    match_payment,
    match_settlement,
    take_deposit,
)
from billing.states import Account, InvoiceStatus, PaymentMode, RefundAuthority
from facilities.roles import Role
from hmis.kernel import facts
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from tests.billing.test_refunds import approve, ask, give
from tests.billing.test_shifts import HOSTILE, moved
from tests.billing.test_take_payment import pay
from tests.factories.cases import walked
from tests.factories.facilities import make_cashier, make_person
from tests.factories.parallel import all_at_once
from tests.factories.shifts import bank_file, receive, settle, upload

UTR = "412345678901"


def today(form="%d-%m-%Y"):
    return f"{timezone.localdate():{form}}"


@pytest.fixture
def upi(encounter, dev):
    return receive(encounter, dev, "500.00", PaymentMode.UPI, UTR)


@pytest.fixture
def cheque(encounter, dev):
    return receive(encounter, dev, "400.00", PaymentMode.CHEQUE, "000123", total="1000.00")


def only(held):
    (row,) = queries.look_through(held)
    return row


# ── Reading ──


@walked(
    "head",
    [
        "UTR,Amount,Settlement Date",
        "RRN No.,Txn Amount (INR),Txn Date",
        "Bank RRN,Settlement Amount,Value Date",
        "UTR No,राशि,दिनांक",
    ],
)
def test_columns_are_known_by_their_heads(poonam, upi, head):
    held = upload(poonam, content=bank_file(f"{UTR},500.00,{today()}", head=head))

    assert (only(held).kind, only(held).payment) == (MATCHED, upi)


def test_what_stands_above_the_table_is_passed_over(poonam, upi):
    above = "State Bank of India,,\nAccount,XX1234,\n,,\nUTR,Amount,Date"

    assert only(upload(poonam, content=bank_file(f"{UTR},500,{today()}", head=above))).kind == MATCHED


@walked(
    "form",
    ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d-%m-%y", "%d %b %Y", "%d-%b-%Y", "%d/%m/%Y 10:42:33"],
)
def test_days_as_indian_banks_write_them(poonam, upi, form):
    assert only(upload(poonam, f"{UTR},500.00,{today(form)}")).settled_on == timezone.localdate()


@walked("amount", ["500", "500.00", '"₹ 500.00"', "Rs. 500", "INR 500.00", "500.00 CR", "'500"])
def test_amounts_as_banks_write_them(poonam, upi, amount):
    assert only(upload(poonam, f"{UTR},{amount},{today()}")).kind == MATCHED


def test_lakhs_are_read_with_their_commas(poonam):
    assert only(upload(poonam, f'{UTR},"1,23,456.50",{today()}')).amount == Decimal("123456.50")


@walked(
    ("row", "said"),
    [
        ("41234567890A,500,{day}", "12 digits"),
        (",500,{day}", "12 digits"),
        ("4123456789,500,{day}", "12 digits"),
        (f"{UTR},-500,{{day}}", "not an amount that came"),
        (f"{UTR},500.00 DR,{{day}}", "not an amount that came"),
        (f"{UTR},0,{{day}}", "not an amount that came"),
        (f"{UTR},500.001,{{day}}", "not an amount that came"),
        (f"{UTR},=1+1,{{day}}", "not an amount that came"),
        (f"{UTR},{'9' * 40},{{day}}", "not an amount that came"),
        (f"{UTR},{'9' * 12},{{day}}", "not an amount that came"),
        (f"{UTR},500,31-02-2026", "not a date"),
        (f"{UTR},500,", "not a date"),
        (f"{UTR},500,01-01-2999", "still to come"),
    ],
)
def test_a_wrong_row_says_why(poonam, row, said):
    wrong = only(upload(poonam, row.format(day=today())))

    assert wrong.kind == ERROR
    assert said in wrong.error


def as_xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_with_numbers_and_dates_is_read(poonam, encounter, dev):
    paid = receive(encounter, dev, "500.00", PaymentMode.UPI, "012345678901")
    content = as_xlsx(["UTR", "Amount", "Date"], [12345678901, 500, timezone.localdate()])

    assert (only(upload(poonam, content=content)).payment, paid.amount) == (paid, 500)


def test_a_formula_is_not_taken(poonam):
    content = as_xlsx(["UTR", "Amount", "Date"], [UTR, "=1+1", timezone.localdate()])

    assert "formula" in only(upload(poonam, content=content)).error


@pytest.mark.parametrize("content", [b"name,age\nAsha,3\n", b"", b"\x00\x01", b"UTR,Amount\n1,2\n"])
def test_what_is_no_file_of_a_bank_is_refused_at_the_field(poonam, content):
    with pytest.raises(Refusal) as caught:
        upload(poonam, content=content)
    assert caught.value.field == "file"


def test_a_table_without_rows_is_refused(poonam):
    with pytest.raises(Refusal, match="no rows below its head"):
        upload(poonam)


# ── Looking through, taking in ──


def test_each_row_is_of_one_kind(poonam, upi, encounter, dev):
    other = receive(encounter, dev, "70.00", PaymentMode.UPI, "412345678902")
    settle(poonam, f"412345678999,10.00,{today()}")

    held = upload(
        poonam,
        f"{UTR},500.00,{today()}",
        f"{other.reference},71.00,{today()}",
        f"412345678903,5.00,{today()}",
        f"412345678999,10.00,{today()}",
        f"{UTR},500.00,{today()}",
    )

    assert [row.kind for row in queries.look_through(held)] == [MATCHED, DIFFERS, UNKNOWN, BEFORE, BEFORE]
    assert SettlementLine.objects.count() == 1


def test_what_the_bank_has_is_certain_and_on_the_ledger(poonam, upi):
    assert list(queries.unseen_upi(poonam)) == [upi]

    held = settle(poonam, f"{UTR},500.00,{today()}")

    line = held.lines.get()
    assert (line.payment, held.applied_by) == (upi, poonam)
    assert moved(line) == {(Account.BANK, Account.UPI_AWAITED): Decimal("500.00")}
    assert not queries.unseen_upi(poonam).exists()


def test_another_amount_matches_nothing_and_is_shown_on_both_sides(poonam, upi):
    line = settle(poonam, f"{UTR},499.00,{today()}").lines.get()

    assert (line.payment, moved(line)) == (None, {})
    assert queries.unseen_upi(poonam).get().bank_amount == Decimal("499.00")
    assert queries.unclaimed_lines(poonam).get().is_typed


def test_a_utr_typed_after_the_file_is_matched_by_the_listener_once(poonam, encounter, dev):
    line = settle(poonam, f"{UTR},500.00,{today()}").lines.get()
    facts.sweep()
    assert list(queries.unclaimed_lines(poonam)) == [line]

    payment = receive(encounter, dev, "500.00", PaymentMode.UPI, UTR)
    facts.sweep()

    line.refresh_from_db()
    assert line.payment == payment
    assert match_payment(payment=payment, at=timezone.now()) is None
    assert LedgerEntry.objects.filter(about_id=line.pk).count() == 1


def test_what_was_typed_while_the_file_came_in_is_matched_after_it(poonam, upi):
    held = upload(poonam, f"{UTR},500.00,{today()}")
    line = SettlementLine.objects.create(
        facility=held.facility, settlement=held, utr=UTR, amount=500, settled_on=timezone.localdate()
    )

    assert match_settlement(settlement=held, at=timezone.now()) == [line]
    assert match_settlement(settlement=held, at=timezone.now()) == []


def test_cash_asks_nothing_of_the_bank(encounter, dev):
    assert match_payment(payment=receive(encounter, dev, "5.00"), at=timezone.now()) is None


def test_the_same_file_is_taken_in_once(poonam, upi):
    row = f"{UTR},500.00,{today()}"
    copy = upload(poonam, row)
    settle(poonam, row)

    with pytest.raises(Refusal, match="already taken in"):
        upload(poonam, row)
    with pytest.raises(Refusal, match="nothing new"):
        apply_settlement(settlement=copy, actor=poonam, at=timezone.now())


def test_a_file_taken_in_twice_counts_once(poonam, upi):
    held = upload(poonam, f"{UTR},500.00,{today()}")
    first = apply_settlement(settlement=held, actor=poonam, at=timezone.now())
    again = apply_settlement(settlement=held, actor=poonam, at=timezone.now() + timedelta(hours=1))

    assert (again.pk, again.applied_at) == (first.pk, first.applied_at)
    assert SettlementLine.objects.count() == 1


def test_the_same_upload_sent_twice_is_one(poonam):
    key, row = uuid4(), f"{UTR},500.00,{today()}"

    assert upload(poonam, row, request_key=key) == upload(poonam, row, request_key=key)


def test_a_copy_of_a_file_taken_in_is_refused_on_its_page(client, poonam, upi):
    copy = upload(poonam, f"{UTR},500.00,{today()}")
    settle(poonam, f"{UTR},500.00,{today()}")
    client.force_login(poonam)

    answer = client.post(reverse("billing:settlement_application_new", args=[copy.pk]), follow=True)

    assert "There is nothing new in this file" in answer.text
    assert SettlementLine.objects.count() == 1


def test_only_wrong_rows_are_nothing_to_take_in(poonam):
    with pytest.raises(Refusal, match="nothing new"):
        settle(poonam, f"{UTR},0,{today()}")


def test_another_hospitals_payment_is_not_matched(poonam, sgml, upi):
    stranger = make_person("Ramesh", Role.BILLING_SUPERVISOR, sgml)

    assert only(upload(stranger, f"{UTR},500.00,{today()}")).kind == UNKNOWN
    assert not queries.unseen_upi(stranger).exists()


@pytest.mark.django_db(transaction=True)
def test_one_file_taken_in_by_six_at_once_counts_once(poonam, upi):
    row = f"{UTR},500.00,{today()}"
    same = upload(poonam, row)
    files = [same, same, same, *(upload(poonam, row) for _ in range(3))]
    acts = [partial(apply_settlement, settlement=one, actor=poonam, at=timezone.now()) for one in files]

    outcomes = all_at_once(acts)

    assert set(map(type, outcomes)) <= {Settlement, Refusal}
    assert Settlement.objects.filter(applied_at__isnull=False).count() == 1
    assert SettlementLine.objects.get().payment == upi
    assert LedgerEntry.objects.filter(debit=Account.BANK).count() == 1


# ── Cheques ──


def clear(payment, poonam, **changes):
    details = {"cleared_on": timezone.localdate(), "request_key": uuid4()}
    return clear_cheque(payment=payment, actor=poonam, at=timezone.now(), **details | changes)


def bounce(payment, poonam, **changes):
    details = {"bounced_on": timezone.localdate(), "reason": "funds insufficient", "request_key": uuid4()}
    return bounce_cheque(payment=payment, actor=poonam, at=timezone.now(), **details | changes)


def test_a_cheque_is_in_hand_until_the_bank_honours_it(poonam, cheque):
    assert list(queries.cheques_in_hand(poonam)) == [cheque]

    clearance = clear(cheque, poonam)

    assert moved(clearance) == {(Account.BANK, Account.CHEQUES): Decimal("400.00")}
    assert not queries.cheques_in_hand(poonam).exists()


def test_a_bill_that_a_cheque_pays_says_so_until_the_bank_honours_it(client, poonam, cheque, dev):
    bill = cheque.invoice
    shown = [reverse("billing:invoice_detail", args=[bill.pk])]
    shown.append(reverse("billing:account_detail", args=[bill.encounter_id]))
    client.force_login(dev)

    def says(words):
        assert Invoice.objects.get(pk=bill.pk).state == words
        assert [words in client.get(one).text for one in shown] == [True, True]
        listed = client.post(reverse("billing:bill_list"), {"words": bill.number})
        assert words in listed.text

    says("part paid by cheque, not cleared yet")
    pay(bill, dev, "600.00")
    says("paid by cheque, not cleared yet")
    clear(cheque, poonam)
    bill.refresh_from_db()
    assert Invoice.objects.get(pk=bill.pk).state == "paid"
    assert "not cleared" not in client.get(shown[0]).text


def test_a_returned_cheque_is_owed_again(poonam, cheque, dev):
    bounced = bounce(cheque, poonam, reason=HOSTILE)

    invoice = cheque.invoice
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.ISSUED, Decimal("1000.00"))
    assert moved(bounced) == {(Account.PATIENTS_OWE, Account.CHEQUES): Decimal("400.00")}
    assert bounced.reason == HOSTILE


def test_whoever_checks_the_receipt_of_a_returned_cheque_is_told(poonam, cheque, client):
    key = IssuedDocument.objects.get(about_id=cheque.pk, copy=0).check_key
    told = "बैंक ने चेक लौटा दिया"  # nobody's language is known: it is Hindi
    assert told not in client.get(reverse("receipt_check", args=[key])).text

    bounce(cheque, poonam)
    assert told in client.get(reverse("receipt_check", args=[key])).text


def test_what_else_was_paid_leaves_the_bill_part_paid(poonam, cheque, dev):
    pay(cheque.invoice, dev, "600.00")

    bounce(cheque, poonam)

    invoice = cheque.invoice
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PART_PAID, Decimal("400.00"))


@pytest.mark.parametrize(("first", "said"), [(clear, "has honoured"), (bounce, "has returned")])
def test_the_bank_says_one_thing_of_a_cheque(poonam, cheque, first, said):
    first(cheque, poonam)

    for again in clear, bounce:
        with pytest.raises(Refusal, match=said):
            again(cheque, poonam)


def test_a_returned_cheque_needs_the_banks_words_and_a_day(poonam, cheque):
    for changes, field in [
        ({"reason": " "}, "reason"),
        ({"bounced_on": timezone.localdate() + timedelta(days=1)}, "bounced_on"),
        ({"bounced_on": timezone.localdate() - timedelta(days=1)}, "bounced_on"),
    ]:
        with pytest.raises(Refusal) as caught:
            bounce(cheque, poonam, **changes)
        assert caught.value.field == field


def test_a_draft_paid_back_before_drafts_waited_for_the_bank_does_not_bounce(poonam, cheque):
    Refund.objects.create(
        facility=cheque.facility,
        payment=cheque,
        voucher_number="RIMS/F25/0000001",
        amount=Decimal("400.00"),
        mode=PaymentMode.DD,
        authority=RefundAuthority.SAME_DAY,
        reason="cancelled",
        paid_back_by=poonam,
        paid_back_at=cheque.received_at,
    )

    with pytest.raises(Refusal, match="was paid back"):
        bounce(cheque, poonam)


def test_only_cheques_wait_for_the_bank(poonam, upi):
    for act in clear, bounce:
        with pytest.raises(Refusal, match="Only cheques and drafts"):
            act(upi, poonam)


def test_the_same_word_sent_twice_is_one(poonam, cheque, encounter, dev):
    key = uuid4()
    assert bounce(cheque, poonam, request_key=key) == bounce(cheque, poonam, request_key=key)
    other = receive(encounter, dev, "5.00", PaymentMode.DD, "000007")
    key = uuid4()
    assert clear(other, poonam, request_key=key) == clear(other, poonam, request_key=key)


def test_a_cheque_into_a_deposit_bounces_while_the_deposit_holds_it(poonam, encounter, dev):
    paid = take_deposit(
        encounter=encounter,
        offer=Offer(PaymentMode.CHEQUE, "000777", Decimal("900.00")),
        request_key=uuid4(),
        actor=dev,
        at=timezone.now(),
    )

    bounced = bounce(paid, poonam)

    assert paid.deposit.balance() == 0
    assert moved(bounced) == {(Account.DEPOSITS, Account.CHEQUES): Decimal("900.00")}


@pytest.mark.django_db(transaction=True)
def test_honoured_and_returned_at_once_is_one_of_them(poonam, cheque):
    acts = [partial(act, cheque, poonam) for act in (clear, bounce)] * 3

    outcomes = all_at_once(acts)

    assert Counter(map(type, outcomes))[Refusal] == 5
    assert Clearance.objects.count() + Bounce.objects.count() == 1


def test_the_application_may_do_all_this(poonam, cheque, upi, as_application):
    settle(poonam, f"{UTR},500.00,{today()}")
    bounce(cheque, poonam)

    assert Payment.objects.get(pk=upi.pk).settlement_line


def test_names_like_markup_come_back_as_text(poonam, client, rims, encounter):
    cashier = make_cashier(HOSTILE, rims)
    receive(encounter, cashier, "5.00", PaymentMode.UPI, "412345678955")
    client.force_login(poonam)

    page = client.get("/billing/upi/").content.decode()

    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def test_a_vouchers_bytes_are_made_before_somebody_waits(encounter, dev, kavita, poonam):
    paid = receive(encounter, dev, "500.00")
    asked = ask(kavita, payment=paid, amount="100.00")
    approve(asked, poonam)
    (refund,) = give(asked, dev)
    facts.sweep()

    assert IssuedDocument.objects.get(about_id=refund.pk).pdf
