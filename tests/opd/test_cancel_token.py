"""A slip of today is cancelled: the fee goes back once, the way it came, and never more than was paid."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.db.models import Sum

from billing.models import CreditNote, Payment, Refund
from billing.services import Offer, take_payment
from billing.states import InvoiceStatus, PaymentMode
from hmis.kernel import pdf
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument, NumberSeries
from opd.models import QueueToken
from opd.queries import Cancellation
from opd.services import Regret, call_next, cancel_token, leave_token, move_token, skip_token
from opd.states import CancelReason, LeftHow, TokenStatus
from patients.states import EncounterStatus
from tests.billing.test_take_payment import UTR
from tests.conftest import NOON
from tests.factories.billing import make_invoice, make_scheme
from tests.factories.facilities import make_cashier, make_clerk, make_unit
from tests.factories.opd import make_clinic_day, make_token
from tests.factories.parallel import all_at_once
from tests.opd.test_register_visit import days_later, visit

TWICE = Regret(CancelReason.TWICE)


@pytest.fixture
def made(asha, med, unit, kavita):
    """Asha's slip of today, its ₹5 paid in cash."""
    return visit(asha, med, kavita)


@pytest.fixture
def unpaid(asha, med, unit, kavita):
    return visit(asha, med, kavita, offer=None)


def cancel(made, clerk, *, regret=TWICE, key=None, at=NOON):
    token = made.token
    return cancel_token(token=token, regret=regret, request_key=key or uuid4(), actor=clerk, at=at)


def stands(made):
    """Nothing of the slip has changed."""
    for row in made.token, made.encounter, made.invoice:
        row.refresh_from_db()
    assert (made.token.status, made.encounter.status) != (TokenStatus.CANCELLED, EncounterStatus.CANCELLED)
    assert made.invoice.status != InvoiceStatus.CANCELLED
    assert not Refund.objects.exists()
    assert not CreditNote.objects.exists()
    assert not NumberSeries.objects.filter(series__in="CF").exists()


# ── What it comes to ──


def test_token_visit_and_bill_end_and_the_fee_goes_back(made, kavita):
    back = cancel(made, kavita)

    for row in made.token, made.encounter, made.invoice:
        row.refresh_from_db()
    assert made.token.status == TokenStatus.CANCELLED
    assert (made.encounter.status, made.encounter.ended_at) == (EncounterStatus.CANCELLED, NOON)
    assert (made.invoice.status, made.invoice.balance(), made.invoice.paid()) == ("cancelled", 0, 0)
    (refund,) = back.refunds
    assert (refund.payment, refund.amount, refund.mode) == (made.payment, Decimal("5.00"), "cash")
    assert (back.credit_note.number, refund.voucher_number) == ("RIMS/C26/0000001", "RIMS/F26/0000001")
    assert (back.credit_note.reason, back.credit_note.reason_hi) == ("made twice", "दो बार बनी")
    assert (refund.paid_back_by, refund.authority) == (kavita, "same_day")


def test_the_acts_are_facts_without_a_name(made, kavita):
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    back = cancel(made, kavita)

    facts = {one.name: one for one in AuditEntry.objects.exclude(pk__in=before)}
    assert set(facts) == {"opd.token_cancelled", "billing.invoice_cancelled", "billing.payment_refunded"}
    assert facts["opd.token_cancelled"].detail == {"number": 1, "because": "twice"}
    assert facts["billing.payment_refunded"].about_id == back.refunds[0].pk
    assert {one.patient_id for one in facts.values()} == {made.encounter.patient_id}


@pytest.mark.parametrize("paper", ["a5", "roll"])
def test_the_voucher_says_what_went_back_and_is_frozen(made, kavita, rims, paper):
    made.token.facility.receipt_paper = paper
    made.token.facility.save()
    (refund,) = cancel(made, kavita).refunds

    voucher = IssuedDocument.objects.get(about_id=refund.pk)
    said = voucher.context
    assert (voucher.number, said["amount"]) == (refund.voucher_number, "5.00")
    assert said["receipt_number"] == made.payment.receipt_number
    assert said["words_hi"] == "पाँच रुपये मात्र"
    assert ("roll" in voucher.template) == (paper == "roll")
    assert pdf.bytes_of(voucher)[:4] == b"%PDF"


def test_upi_goes_back_by_upi_with_its_number_when_it_is_known(asha, med, unit, kavita):
    made = visit(asha, med, kavita, offer=Offer(PaymentMode.UPI, UTR))
    (refund,) = cancel(made, kavita, regret=Regret(CancelReason.TWICE, reference="512345678901")).refunds

    assert (refund.mode, refund.reference) == ("upi", "512345678901")


def test_upi_goes_back_by_upi_also_before_its_number_is_known(asha, med, unit, kavita):
    made = visit(asha, med, kavita, offer=Offer(PaymentMode.UPI, UTR))
    (refund,) = cancel(made, kavita).refunds

    assert (refund.mode, refund.reference) == ("upi", "")


def test_a_wrong_utr_is_refused_and_changes_nothing(asha, med, unit, kavita):
    made = visit(asha, med, kavita, offer=Offer(PaymentMode.UPI, UTR))

    with pytest.raises(Refusal, match="12 digits"):
        cancel(made, kavita, regret=Regret(CancelReason.TWICE, reference="12"))
    stands(made)


def test_another_reason_is_kept_in_the_words_it_was_given(made, kavita):
    note = cancel(made, kavita, regret=Regret(CancelReason.OTHER, '"><img src=x>')).credit_note

    assert (note.reason, note.reason_hi) == ('"><img src=x>', '"><img src=x>')


def test_an_unpaid_slip_is_cancelled_and_nothing_goes_back(unpaid, kavita):
    back = cancel(unpaid, kavita)

    assert (back.credit_note.amount, back.refunds) == (Decimal("5.00"), [])
    unpaid.invoice.refresh_from_db()
    assert (unpaid.invoice.status, unpaid.invoice.balance()) == ("cancelled", 0)
    assert not NumberSeries.objects.filter(series="F").exists()


def test_a_free_slip_is_cancelled_by_a_note_of_nothing(asha, med, unit, kavita):
    made = visit(asha, med, kavita, scheme=make_scheme(), proof_number="1", offer=None)
    back = cancel(made, kavita)

    assert (back.credit_note.amount, back.refunds) == (0, [])


def test_a_fee_paid_in_parts_goes_back_in_the_same_parts(unpaid, kavita, dev):
    for amount in "2.00", "3.00":
        pay(unpaid, dev, amount)
    refunds = cancel(unpaid, kavita).refunds

    assert sorted(one.amount for one in refunds) == [Decimal("2.00"), Decimal("3.00")]
    assert sorted(one.voucher_number for one in refunds) == ["RIMS/F26/0000001", "RIMS/F26/0000002"]


def test_who_left_before_anybody_called_gets_the_fee_back(client, made, kavita, bose):
    leave_token(token=made.token, how=LeftHow.SAID_SO, actor=bose, at=NOON)

    assert offered(client, made, kavita)
    assert [one.amount for one in cancel(made, kavita).refunds] == [5]


def test_who_left_after_a_call_does_not(client, made, kavita, bose):
    call_next(clinic_day=made.token.clinic_day, request_key=uuid4(), actor=bose, at=NOON)
    leave_token(token=made.token, how=LeftHow.NOT_THERE, actor=bose, at=NOON)

    assert not offered(client, made, kavita)
    with pytest.raises(Refusal, match="already called"):
        cancel(made, kavita)


def offered(client, made, clerk):
    """Whether the page of the slip offers to take it back."""
    client.force_login(clerk)
    with time_machine.travel(NOON, tick=False):
        page = client.get(f"/opd/registrations/{made.encounter.pk}/")
    return f"/opd/tokens/{made.token.pk}/cancellations/new/" in page.text


def test_who_was_sent_on_and_waits_is_cancelled_with_the_first_fee(made, med, kavita, clara):
    there = make_unit(med, "Unit 2")
    moved = move_token(token=made.token, unit=there, request_key=uuid4(), actor=clara, at=NOON)
    back = cancel_token(token=moved, regret=TWICE, request_key=uuid4(), actor=kavita, at=NOON)

    assert back.refunds[0].amount == Decimal("5.00")


def test_after_a_cancelled_slip_the_next_one_is_new_and_costs_its_fee(made, asha, med, kavita):
    cancel(made, kavita)
    again = visit(asha, med, kavita)

    assert (again.encounter.follows, again.payment.amount) == (None, Decimal("5.00"))


def test_a_cancelled_bill_takes_no_payment(unpaid, kavita, dev):
    cancel(unpaid, kavita)

    with pytest.raises(Refusal, match="Nothing is owed on"):
        pay(unpaid, dev, "5.00")


# ── When not ──


def test_yesterdays_slip_is_not_paid_back(made, kavita):
    with pytest.raises(Refusal, match="Only a slip of today"):
        cancel(made, kavita, at=days_later(1))
    stands(made)


def test_today_ends_at_indian_midnight(asha, med, unit, kavita):
    late = visit(asha, med, kavita, at=NOON.replace(hour=23, minute=59))

    with pytest.raises(Refusal, match="Only a slip of today"):
        cancel(late, kavita, at=NOON.replace(hour=23, minute=59) + timedelta(minutes=2))
    assert cancel(late, kavita, at=NOON.replace(hour=23, minute=59, second=59))


def test_who_was_called_is_not_paid_back(made, kavita, bose):
    call_next(clinic_day=made.token.clinic_day, request_key=uuid4(), actor=bose, at=NOON)

    with pytest.raises(Refusal, match="already called"):
        cancel(made, kavita)
    skip_token(token=made.token, actor=bose, at=NOON)
    with pytest.raises(Refusal, match="already called"):
        cancel(made, kavita)
    stands(made)


def test_who_was_called_and_then_sent_on_is_not_paid_back(made, med, kavita, bose):
    called = call_next(clinic_day=made.token.clinic_day, request_key=uuid4(), actor=bose, at=NOON)
    moved = move_token(token=called, unit=make_unit(med, "Unit 2"), request_key=uuid4(), actor=bose, at=NOON)

    with pytest.raises(Refusal, match="already called"):
        cancel_token(token=moved, regret=TWICE, request_key=uuid4(), actor=kavita, at=NOON)


def test_a_visit_with_other_bills_is_not_cancelled(made, kavita):
    make_invoice(made.encounter, kavita)

    with pytest.raises(Refusal, match="already billed"):
        cancel(made, kavita)
    stands(made)


def test_a_visit_that_was_not_billed_yet_is_not_cancelled(unit, kavita):
    token = make_token(make_clinic_day(unit), senior_since=NOON)

    with pytest.raises(Refusal, match="Nothing was billed"):
        cancel_token(token=token, regret=TWICE, request_key=uuid4(), actor=kavita, at=NOON)


def test_a_slip_that_a_free_return_leans_on_is_not_cancelled(made, asha, med, kavita):
    free = visit(asha, med, kavita, confirm_again=True)
    assert free.encounter.follows == made.encounter

    with pytest.raises(Refusal, match="free follow-up"):
        cancel(made, kavita)
    cancel(free, kavita)
    assert cancel(made, kavita).refunds


def test_a_cancelled_slip_is_not_cancelled_again(made, kavita):
    cancel(made, kavita)

    with pytest.raises(Refusal, match="cannot become cancelled"):
        cancel(made, kavita)
    assert Refund.objects.count() == 1


# ── Twice, and at once ──


def test_sent_twice_it_counts_once(made, kavita):
    key = uuid4()
    first, again = cancel(made, kavita, key=key), cancel(made, kavita, key=key)

    assert (first.credit_note, first.refunds, first.token) == (again.credit_note, again.refunds, again.token)
    assert Refund.objects.count() == 1
    with pytest.raises(KeyReused):
        cancel(made, kavita, key=key, regret=Regret(CancelReason.PATIENT_LEAVES))


@pytest.mark.django_db(transaction=True)
def test_twenty_clerks_at_once_give_one_refund(made, rims):
    clerks = [make_clerk(f"k{n}", rims) for n in range(20)]

    outcomes = all_at_once([partial(cancel, made, clerk) for clerk in clerks])

    assert Counter(map(type, outcomes)) == {Cancellation: 1, Refusal: 19}
    assert Refund.objects.aggregate(back=Sum("amount"))["back"] == Decimal("5.00")
    assert {one.series: one.last for one in NumberSeries.objects.filter(series__in="CF")} == {"C": 1, "F": 1}


@pytest.mark.django_db(transaction=True)
def test_the_same_click_twenty_times_gives_one_refund(made, kavita):
    outcomes = all_at_once([partial(cancel, made, kavita, key=uuid4())] * 20)

    assert {one.refunds[0] for one in outcomes} == {Refund.objects.get()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(4))
def test_paying_and_cancelling_at_once_never_pays_back_more_than_was_paid(unpaid, rims, kavita, _run):
    cashiers = [make_cashier(f"c{n}", rims) for n in range(8)]
    paying = [partial(pay, unpaid, cashier, "1.00") for cashier in cashiers]
    cancelling = [partial(cancel, unpaid, kavita) for _ in range(3)]

    outcomes = all_at_once([*paying[:4], *cancelling, *paying[4:]])

    assert {type(one) for one in outcomes} <= {Payment, Cancellation, Refusal}
    paid = Payment.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    back = Refund.objects.aggregate(sum=Sum("amount"))["sum"] or 0
    assert paid == back <= Decimal("5.00")
    unpaid.invoice.refresh_from_db()
    assert (unpaid.invoice.status, unpaid.invoice.balance()) == ("cancelled", 0)
    vouchers = Refund.objects.count()
    assert NumberSeries.objects.filter(series="F").aggregate(last=Sum("last"))["last"] in {None, vouchers}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_run", range(4))
def test_a_doctor_who_calls_while_the_clerk_cancels_gets_the_patient_or_the_patient_the_fee(
    made, kavita, bose, _run
):
    day = made.token.clinic_day
    call = partial(call_next, clinic_day=day, request_key=uuid4(), actor=bose, at=NOON)

    called, cancelled = all_at_once([call, partial(cancel, made, kavita)])

    assert (called is None) == isinstance(cancelled, Cancellation)
    assert isinstance(cancelled, Cancellation | Refusal)
    assert Refund.objects.exists() == (called is None)


@pytest.mark.django_db(transaction=True)
def test_sending_on_and_cancelling_at_once_block_nobody(made, med, kavita, clara):
    there = make_unit(med, "Unit 2")
    move = partial(move_token, token=made.token, unit=there, request_key=uuid4(), actor=clara, at=NOON)

    outcomes = all_at_once([move, partial(cancel, made, kavita)] * 3)

    assert {type(one) for one in outcomes} <= {QueueToken, Cancellation, Refusal}
    assert Refund.objects.count() == sum(isinstance(one, Cancellation) for one in outcomes) <= 1


def pay(made, cashier, amount):
    return take_payment(
        invoice=made.invoice,
        amount=Decimal(amount),
        mode=PaymentMode.CASH,
        request_key=uuid4(),
        actor=cashier,
        at=NOON,
    )
