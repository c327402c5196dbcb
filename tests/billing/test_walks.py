"""Long walks of registering, paying, calling, cancelling, step by step beside a plain model of the money."""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing.services import Offer, take_payment
from billing.states import InvoiceStatus, PaymentMode
from hmis.kernel.errors import Refusal
from opd.services import Regret, Visit, call_token, cancel_token, register_visit
from opd.states import CancelReason
from tests.conftest import NOON
from tests.factories.patients import make_patient

RUNS, STEPS = (500, 50) if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else (60, 30)
# In 40 mornings each act was done and refused 37 to 500 times, the call of a cancelled slip refused 6 times.
MORNINGS = 40 if RUNS == 60 else RUNS
FEE, CASH = Decimal("5.00"), Offer(PaymentMode.CASH)
TWICE = Regret(CancelReason.TWICE)


@dataclass
class Slip:
    """What the plain model knows of one slip."""

    made: Any
    patient: Any
    total: Decimal
    paid: Decimal
    follows: "Slip | None" = None
    refunded: Decimal = Decimal(0)
    called: bool = False
    cancelled: bool = False

    @property
    def owed(self):
        return Decimal(0) if self.cancelled else self.total - self.paid


class Morning(RuleBasedStateMachine):
    """One unit's morning; every run ends as if it had never been."""

    slips = Bundle("slips")
    department = clerk = cashier = None

    def __init__(self):
        super().__init__()
        self.held = []
        self.at_hand = None  # the slip of the last step
        self.receipts = []
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @rule(target=slips, at_once=st.booleans())
    def somebody_new_comes(self, at_once):
        patient = make_patient(self.department.facility, name=f"Asha {len(self.held)}")
        return self.register(patient, at_once)

    @rule(target=slips, known=slips, at_once=st.booleans())
    def somebody_known_comes_again(self, known, at_once):
        return self.register(known.patient, at_once)

    def register(self, patient, at_once):
        before = [
            one for one in self.held if one.patient == patient and not one.cancelled and not one.follows
        ]
        visit = Visit(self.department, offer=CASH if at_once else None)
        made = register_visit(
            patient=patient,
            visit=visit,
            request_key=uuid4(),
            actor=self.clerk,
            at=NOON,
            confirm_again=True,
        )
        total = Decimal(0) if before else FEE
        slip = Slip(made, patient, total, total if at_once else Decimal(0), before[-1] if before else None)
        assert (made.encounter.follows_id is not None) == bool(before)
        assert (made.payment is not None) == (slip.paid > 0)
        if made.payment:
            self.receipts.append(made.payment.receipt_number)
        self.held.append(slip)
        self.at_hand = slip
        return slip

    @rule(
        slip=slips, amount=st.sampled_from(["0.01", "1.00", "2.50", "5.00", "5.01"]), times=st.integers(1, 2)
    )
    def a_payment_is_sent(self, slip, amount, times):
        self.at_hand = slip
        amount, key = Decimal(amount), uuid4()
        asked = {"invoice": slip.made.invoice, "amount": amount, "mode": PaymentMode.CASH, "request_key": key}
        if amount > slip.owed:
            with pytest.raises(Refusal):
                take_payment(**asked, actor=self.cashier, at=NOON)
            return
        payments = {take_payment(**asked, actor=self.cashier, at=NOON) for _ in range(times)}
        assert len(payments) == 1
        self.receipts.append(payments.pop().receipt_number)
        slip.paid += amount

    @rule(slip=slips)
    def the_patient_is_called(self, slip):
        self.at_hand = slip
        if slip.cancelled:
            with pytest.raises(Refusal):
                call_token(token=slip.made.token, actor=self.clerk, at=NOON)
        else:
            call_token(token=slip.made.token, actor=self.clerk, at=NOON)
            slip.called = True

    @rule(slip=slips, times=st.integers(1, 2))
    def the_slip_is_cancelled(self, slip, times):
        self.at_hand = slip
        leaning = any(one.follows is slip and not one.cancelled for one in self.held)
        asked = {"token": slip.made.token, "regret": TWICE, "request_key": uuid4(), "actor": self.clerk}
        if slip.cancelled or slip.called or leaning:
            with pytest.raises(Refusal):
                cancel_token(**asked, at=NOON)
            return
        for _ in range(times):
            back = cancel_token(**asked, at=NOON)
            assert sum(one.amount for one in back.refunds) == slip.paid
        slip.cancelled, slip.refunded = True, slip.paid

    @invariant()
    def every_rupee_is_where_the_model_has_it(self):
        held = {bill: said for bill, *said in asked(BILLS)}
        assert held == {
            slip.made.invoice.pk: [
                slip.total,
                _status(slip),
                slip.paid,
                slip.refunded,
                slip.total if slip.cancelled else 0,
            ]
            for slip in self.held
        }
        if self.at_hand:
            assert self.at_hand.made.invoice.balance() == self.at_hand.owed

    @invariant()
    def no_number_is_missing_or_given_twice(self):
        ((tokens, notes, vouchers),) = asked(NUMBERS)
        assert sorted(tokens) == list(range(1, len(self.held) + 1))
        assert [int(number.rsplit("/", 1)[1]) for number in self.receipts] == [
            *range(1, len(self.receipts) + 1)
        ]
        assert len(notes) == sum(slip.cancelled for slip in self.held)
        for numbers in (notes, vouchers):
            given = sorted(int(number[-7:]) for number in numbers)
            assert given == list(range(1, len(given) + 1))


# After each of 1,800 steps: one question, and no row made to a model's.
BILLS = """
    SELECT id, total, status,
        coalesce((SELECT sum(amount) FROM billing_payment WHERE invoice_id = bill.id), 0),
        coalesce((SELECT sum(refund.amount) FROM billing_refund AS refund
                  JOIN billing_payment AS payment ON payment.id = payment_id
                  WHERE payment.invoice_id = bill.id), 0),
        coalesce((SELECT sum(amount) FROM billing_creditnote WHERE invoice_id = bill.id), 0)
    FROM billing_invoice AS bill
"""
NUMBERS = """
    SELECT ARRAY(SELECT number FROM opd_queuetoken),
        ARRAY(SELECT number FROM billing_creditnote)::text[],
        ARRAY(SELECT voucher_number FROM billing_refund)::text[]
"""


def asked(question):
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchall()


def _status(slip):
    if slip.cancelled:
        return InvoiceStatus.CANCELLED
    if slip.paid == slip.total:
        return InvoiceStatus.PAID
    return InvoiceStatus.PART_PAID if slip.paid else InvoiceStatus.ISSUED


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.django_db
def test_no_walk_leaves_the_money_where_the_model_has_it_not(med, unit, kavita, dev, monkeypatch):
    for name, value in {"department": med, "clerk": kavita, "cashier": dev}.items():
        monkeypatch.setattr(Morning, name, value)

    run_state_machine_as_test(
        Morning,
        settings=settings(
            max_examples=MORNINGS,
            stateful_step_count=STEPS,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
