"""A cashier's shift: one at a time, counted by notes, its difference recorded, accepted by somebody else."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from billing import queries
from billing.models import LedgerEntry, Payment, Shift, TreasuryDeposit
from billing.services import Ask, ask_refund, clear_cheque, decide_refund, pay_refund
from billing.states import Account, PaymentMode, RefundKind, ShiftStatus
from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from tests.billing.test_take_payment import pay
from tests.conftest import NOON
from tests.factories.billing import make_invoice
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.shifts import accept, begin, end, notes_of, pay_in, receive

HOSTILE = '"><img src=x onerror=alert(1)>'


def moved(about):
    """What a row moved between the accounts: {(debit, credit): ₹}."""
    entries = LedgerEntry.objects.filter(about_id=about.pk)
    return {(Account(one.debit), Account(one.credit)): one.amount for one in entries}


# ── Opening ──


def test_a_shift_opens_with_a_float_from_the_safe(mohan):
    shift = begin(mohan, "500.00", at=NOON)

    assert (shift.status, shift.opening_float, shift.facility) == ("open", 500, mohan.posting.facility)
    assert moved(shift) == {(Account.CASH, Account.SAFE): Decimal("500.00")}
    assert queries.open_shift_of(mohan) == shift
    fact = AuditEntry.objects.get(name="billing.shift_opened")
    assert (fact.actor, fact.about_id, fact.detail["amount"]) == (mohan, shift.pk, "500.00")


def test_a_shift_without_a_float_moves_nothing(mohan):
    assert moved(begin(mohan, "0")) == {}


def test_nobody_has_two_open_shifts(mohan, shift):
    with pytest.raises(Refusal, match="You have an open shift already"):
        begin(mohan)
    assert Shift.objects.count() == 1


def test_less_than_nothing_is_no_float(mohan):
    with pytest.raises(Refusal, match="less than nothing"):
        begin(mohan, "-1.00")


def test_the_same_opening_sent_twice_is_one_shift(mohan):
    key = uuid4()

    assert begin(mohan, request_key=key) == begin(mohan, request_key=key)
    with pytest.raises(KeyReused):
        begin(mohan, "600.00", request_key=key)


# ── Taking money ──


def test_what_is_taken_is_summed_by_way_of_payment(shift, mohan, encounter):
    receive(encounter, mohan, "40.00")
    receive(encounter, mohan, "2.50")
    receive(encounter, mohan, "100.00", PaymentMode.UPI, "412345678901")

    taken = {one.mode: (one.came, one.receipts, one.net) for one in queries.taken_in(shift)}
    assert taken == {
        "cash": (Decimal("42.50"), 2, Decimal("42.50")),
        "upi": (Decimal("100.00"), 1, Decimal("100.00")),
    }
    assert queries.expected_in(shift) == Decimal("542.50")


# ── Closing ──


def test_the_count_closes_the_shift_and_goes_to_the_safe(shift, mohan, encounter):
    receive(encounter, mohan, "42.50")

    closed = end(shift, left_in_drawer=Decimal("100.00"), at=NOON)

    closed.refresh_from_db()
    assert closed.count == {"500": 1, "20": 2, "2": 1, "paise": 50}
    assert (closed.counted, closed.expected, closed.difference) == (Decimal("542.50"), Decimal("542.50"), 0)
    assert moved(closed) == {
        (Account.CASH, Account.SAFE): Decimal("500.00"),
        (Account.SAFE, Account.CASH): Decimal("442.50"),
    }
    paper = IssuedDocument.objects.get(about_id=closed.pk)
    assert (paper.context["counted"], paper.context["to_safe"]) == ("542.50", "442.50")
    assert queries.open_shift_of(mohan) is None


@pytest.mark.parametrize(
    ("counted", "posting"),
    [
        ("490.00", (Account.DIFFERENCES, Account.CASH)),
        ("510.00", (Account.CASH, Account.DIFFERENCES)),
    ],
)
def test_a_difference_is_explained_and_on_the_ledger(shift, counted, posting):
    with pytest.raises(Refusal, match=r"holds ₹4?5?[19]0\.00 and should hold ₹500\.00") as caught:
        end(shift, counted)
    assert caught.value.field == "explanation"
    shift.refresh_from_db()
    assert shift.status == ShiftStatus.OPEN

    closed = end(shift, counted, explanation=HOSTILE)

    assert (closed.explanation, abs(closed.difference)) == (HOSTILE, 10)
    assert moved(closed)[posting] == Decimal("10.00")


def test_no_more_than_was_counted_is_left(shift):
    with pytest.raises(Refusal, match="No more than what was counted") as caught:
        end(shift, left_in_drawer=Decimal("500.01"))
    assert caught.value.field == "left_in_drawer"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        ({"2000": 1}, "no note or coin of ₹2000"),
        ({"500": -1}, "How many of ₹500"),
        ({"500": True}, "How many of ₹500"),
        ({"500": "1"}, "How many of ₹500"),
        ({"500": 100_000}, "How many of ₹500"),
    ],
)
def test_only_whole_numbers_of_real_notes_are_counted(shift, count, said):
    with pytest.raises(Refusal, match=said) as caught:
        end(shift, count=count)
    assert caught.value.field == "count"


def test_a_closed_shift_is_not_closed_again(shift):
    end(shift)

    with pytest.raises(Refusal, match="closed already"):
        end(shift)


def test_the_same_close_sent_twice_is_one(shift):
    key = uuid4()

    assert end(shift, "500.00", request_key=key) == end(shift, "500.00", request_key=key)
    assert AuditEntry.objects.filter(name="billing.shift_closed").count() == 1
    assert IssuedDocument.objects.filter(about_id=shift.pk).count() == 1


def test_another_cashier_does_not_close_it(shift, nilu):
    with pytest.raises(Refusal, match="Only its cashier or a supervisor"):
        end(shift, actor=nilu)


def test_a_supervisor_closes_a_forgotten_shift_and_does_not_accept_it(shift, poonam, rims):
    with pytest.raises(Refusal, match="Say why its cashier does not close it"):
        end(shift, actor=poonam)

    closed = end(shift, actor=poonam, explanation="went home ill")

    with pytest.raises(Refusal, match="Somebody else accepts"):
        accept(closed, poonam)
    other = make_person("Ramesh", Role.BILLING_SUPERVISOR, rims)
    assert accept(closed, other).status == ShiftStatus.ACCEPTED


@pytest.mark.django_db(transaction=True)
def test_two_closings_at_once_are_one(shift):
    outcomes = all_at_once([partial(end, shift, "500.00") for _ in range(6)])

    assert Counter(map(type, outcomes)) == {Shift: 1, Refusal: 5}
    assert LedgerEntry.objects.filter(about_id=shift.pk, debit=Account.SAFE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_payment_slips_in_beside_a_close(shift, mohan, encounter):
    invoices = [make_invoice(encounter, mohan, "10.00") for _ in range(10)]

    paying = [partial(pay, one, mohan, "10.00") for one in invoices]

    outcomes = all_at_once([*paying, partial(end, shift, "500.00", explanation="counted early")])

    closed = outcomes[-1]
    assert isinstance(closed, Shift)
    assert {type(one) for one in outcomes[:-1]} <= {Payment, Refusal}
    assert closed.expected == 500 + 10 * closed.payments.count()
    assert Payment.objects.count() == closed.payments.count()


# ── Hand-over ──


def test_the_next_cashier_takes_over_what_was_left_once(shift, mohan, nilu, poonam):
    end(shift, left_in_drawer=Decimal("200.00"))
    assert [one.pk for one in queries.drawers_waiting(nilu)] == [shift.pk]

    taken = begin(nilu, taken_over_from=shift)

    assert (taken.opening_float, taken.taken_over_from) == (Decimal("200.00"), shift)
    assert moved(taken) == {}
    assert not queries.drawers_waiting(mohan).exists()
    with pytest.raises(Refusal, match="Somebody else has taken over") as caught:
        begin(mohan, taken_over_from=shift)
    assert caught.value.field == "taken_over_from"


def test_no_float_comes_beside_a_drawer_that_is_taken_over(shift, nilu):
    end(shift, left_in_drawer=Decimal("200.00"))

    with pytest.raises(Refusal, match="The drawer that is taken over is the float") as caught:
        begin(nilu, taken_over_from=shift, opening_float=Decimal("700.00"))
    assert caught.value.field == "opening_float"
    assert queries.open_shift_of(nilu) is None


@pytest.mark.parametrize("mode", [PaymentMode.UPI, PaymentMode.CARD, PaymentMode.CHEQUE])
def test_what_goes_back_by_upi_or_bank_is_in_the_shift_and_on_its_sheet(
    shift, encounter, mohan, poonam, mode
):
    number = "000123" if mode == PaymentMode.CHEQUE else "512345678902"
    payment = receive(encounter, mohan, "40.00", mode, number)
    if mode == PaymentMode.CHEQUE:
        clear_cheque(
            payment=payment,
            cleared_on=timezone.localdate(),
            request_key=uuid4(),
            actor=poonam,
            at=timezone.now(),
        )
    refund = give_back(payment, mohan, poonam)

    assert refund.shift == shift
    cash, *others = queries.taken_in(shift)
    assert (cash.back, sum(one.back for one in others)) == (Decimal("0.00"), Decimal("40.00"))
    assert sum(one.net for one in others) == 0
    closed = end(shift)
    sheet = IssuedDocument.objects.get(about_id=closed.pk).context
    assert [one["back"] for one in sheet["taken"] if one["mode"] != "cash"].count("40.00") == 1
    assert closed.expected == Decimal("500.00")


def give_back(payment, cashier, supervisor):
    """All of a payment back, asked by one and approved by another."""
    at = timezone.now()
    asked = ask_refund(
        ask=Ask(RefundKind.PAYMENT, payment=payment),
        reason="wrong card",
        request_key=uuid4(),
        actor=cashier,
        at=at,
    )
    decide_refund(request=asked, is_approved=True, actor=supervisor, at=at)
    (refund,) = pay_refund(request=asked, request_key=uuid4(), actor=cashier, at=at)
    return refund


def test_an_empty_drawer_is_not_taken_over(shift, nilu):
    end(shift)

    with pytest.raises(Refusal, match="Somebody else has taken over"):
        begin(nilu, taken_over_from=shift)


@pytest.mark.django_db(transaction=True)
def test_one_drawer_has_one_next_cashier(shift, rims):
    end(shift, left_in_drawer=Decimal("200.00"))
    people = [make_person(f"C{n}", Role.CASHIER, rims) for n in range(6)]

    outcomes = all_at_once([partial(begin, one, taken_over_from=shift) for one in people])

    assert Counter(map(type, outcomes)) == {Shift: 1, Refusal: 5}


def test_a_drawer_of_another_hospital_is_not_there(shift, sgml):
    end(shift, left_in_drawer=Decimal("200.00"))
    stranger = make_person("Farida", Role.CASHIER, sgml)

    assert not queries.drawers_waiting(stranger).exists()
    with pytest.raises(Shift.DoesNotExist):
        begin(stranger, taken_over_from=shift)


# ── Acceptance ──


def test_a_supervisor_accepts_once(shift, poonam):
    end(shift)

    accepted = accept(shift, poonam, at=NOON)

    assert (accepted.status, accepted.accepted_by) == (ShiftStatus.ACCEPTED, poonam)
    assert accept(shift, poonam) == accepted
    assert AuditEntry.objects.filter(name="billing.shift_accepted").count() == 1


def test_an_open_shift_is_not_accepted(shift, poonam):
    with pytest.raises(Refusal, match="is open and cannot become accepted"):
        accept(shift, poonam)


def test_nobody_accepts_the_own_shift(poonam):
    own = begin(poonam)
    end(own)

    with pytest.raises(Refusal, match="Somebody else accepts a shift"):
        accept(own, poonam, note="nobody else is here")


def test_in_a_small_facility_one_person_suffices_and_is_listed(poonam, rims):
    rims.small_facility = True
    rims.save()
    own = begin(poonam)
    end(own)

    with pytest.raises(Refusal, match="listed for review") as caught:
        accept(own, poonam)
    assert caught.value.field == "note"
    accept(own, poonam, note="alone tonight")
    assert [one.pk for one in queries.shifts(poonam, "alone")] == [own.pk]
    assert AuditEntry.objects.get(name="billing.shift_accepted").detail["alone"] is True


def test_what_differs_most_stands_first(rims, poonam):
    people = [make_person(f"C{n}", Role.CASHIER, rims) for n in range(3)]
    off = ["500.00", "480.00", "505.00"]
    closed = [end(begin(one), counted, explanation="?") for one, counted in zip(people, off, strict=True)]

    assert [one.pk for one in queries.shifts(poonam)] == [closed[1].pk, closed[2].pk, closed[0].pk]
    counted = queries.counts_by_kind(poonam)
    assert counted == {"waiting": 3, "different": 2, "open": 0, "alone": 0}


# ── The treasury ──


@pytest.fixture
def accepted(shift, mohan, nilu, poonam, encounter):
    """Two shifts of one drawer: ₹300.00 and ₹70.00 in cash."""
    receive(encounter, mohan, "300.00")
    first = accept(end(shift, left_in_drawer=Decimal("200.00")), poonam)
    second = begin(nilu, taken_over_from=first)
    receive(encounter, nilu, "70.00")
    return [first, accept(end(second), poonam)]


def test_the_challan_holds_what_was_collected_and_not_the_float(accepted, poonam):
    assert queries.in_safe(poonam) == Decimal("370.00")
    assert [one.brought for one in queries.to_pay_in(poonam)] == [Decimal("100.00"), Decimal("270.00")]

    challan = pay_in(accepted, poonam, "  CH  12 ")

    assert (challan.amount, challan.challan_number) == (Decimal("370.00"), "CH 12")
    assert moved(challan) == {(Account.TREASURY, Account.SAFE): Decimal("370.00")}
    assert not queries.to_pay_in(poonam).exists()
    assert {one.pk for one in queries.shifts_of(challan)} == {one.pk for one in accepted}


def test_a_shift_is_paid_in_once(accepted, poonam):
    pay_in(accepted[:1], poonam)

    with pytest.raises(Refusal, match="was paid in meanwhile"):
        pay_in(accepted, poonam, "CH-2")


def test_a_challan_number_is_recorded_once(accepted, poonam):
    pay_in(accepted[:1], poonam)

    with pytest.raises(Refusal, match="This challan is recorded already"):
        pay_in(accepted[1:], poonam)


def test_the_same_challan_sent_twice_is_one(accepted, poonam):
    key = uuid4()

    assert pay_in(accepted, poonam, request_key=key) == pay_in(accepted, poonam, request_key=key)
    assert TreasuryDeposit.objects.count() == 1


def test_only_accepted_shifts_with_money_are_paid_in(shift, mohan, poonam, sgml):
    with pytest.raises(Refusal, match="not accepted"):
        pay_in([shift], poonam)
    accept(end(shift), poonam)
    with pytest.raises(Refusal, match="brought nothing"):
        pay_in([shift], poonam)
    with pytest.raises(Refusal, match="Choose the shifts"):
        pay_in([], poonam)
    stranger = make_person("Ramesh", Role.BILLING_SUPERVISOR, sgml)
    with pytest.raises(Refusal, match="Choose the shifts"):
        pay_in([shift], stranger)


def test_a_day_to_come_is_no_day_of_a_challan(accepted, poonam):
    with pytest.raises(Refusal, match="still to come") as caught:
        pay_in(accepted, poonam, deposited_on=date(2999, 1, 1))
    assert caught.value.field == "deposited_on"


@pytest.mark.django_db(transaction=True)
def test_two_challans_of_the_same_shifts_are_one(accepted, poonam):
    acts = [partial(pay_in, accepted, poonam, f"CH-{n}") for n in range(6)]

    outcomes = all_at_once(acts)

    assert Counter(map(type, outcomes)) == {TreasuryDeposit: 1, Refusal: 5}
    assert TreasuryDeposit.objects.get().amount == Decimal("370.00")


# ── What the database itself holds ──


def test_the_application_may_do_all_this_and_a_counted_shift_stays(mohan, poonam, as_application, encounter):
    shift = begin(mohan)
    receive(encounter, mohan, "10.00")
    accept(end(shift), poonam)
    pay_in([shift], poonam)

    with pytest.raises(Exception, match="Cannot update"), transaction.atomic():
        Shift.objects.filter(pk=shift.pk).update(counted=Decimal("1.00"))
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM billing_shift")


def test_notes_add_up():
    assert queries.sum_of(notes_of("12345.67")) == Decimal("12345.67")
    assert queries.sum_of({}) == 0
