"""Shifts and what the bank says, made by the services."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from uuid import uuid4

from django.utils import timezone

from billing.models import DepositAccount, Payment, Refund, RefundRequest, Settlement, Shift
from billing.queries import DENOMINATIONS, PAISE, expected_in
from billing.services import (
    Ask,
    Offer,
    accept_shift,
    apply_settlement,
    ask_refund,
    close_shift,
    decide_refund,
    open_shift,
    pay_refund,
    prepare_settlement,
    record_challan,
    take_deposit,
    take_payments,
)
from billing.states import PaymentMode, RefundKind
from facilities.roles import Role
from tests.factories.billing import make_invoice
from tests.factories.facilities import make_person

HEAD = "UTR,Amount,Settlement Date"


def begin(cashier, opening_float=None, *, at=None, **changes):
    """This cashier opens a shift, with ₹500.00 or another float, or with the drawer that somebody left."""
    if opening_float is None:
        opening_float = "0.00" if "taken_over_from" in changes else "500.00"
    details = {"opening_float": Decimal(opening_float), "request_key": uuid4()}
    return open_shift(actor=cashier, at=at or timezone.now(), **details | changes)


def at_counter(cashier):
    """The shift that this cashier has open already, or a new one."""
    return Shift.objects.filter(cashier=cashier, closed_at=None).first() or begin(cashier)


def notes_of(amount):
    """So much money in as few notes and coins as possible."""
    paise = int(Decimal(amount) * 100)
    rupees, count = paise // 100, {}
    for worth in DENOMINATIONS:
        number, rupees = divmod(rupees, worth)
        count |= {str(worth): number} if number else {}
    return count | ({PAISE: paise % 100} if paise % 100 else {})


def end(shift, counted=None, *, at=None, actor=None, **changes):
    """Its cashier closes it, with what should be there unless said otherwise."""
    amount = expected_in(shift) if counted is None else Decimal(counted)
    details = {"count": notes_of(amount), "request_key": uuid4()}
    return close_shift(
        shift=shift, actor=actor or shift.cashier, at=at or timezone.now(), **details | changes
    )


def accept(shift, supervisor, *, at=None, **changes):
    return accept_shift(shift=shift, actor=supervisor, at=at or timezone.now(), **changes)


def pay_in(shifts, supervisor, number="CH-1", *, at=None, **changes):
    """Their cash goes to the treasury."""
    at = at or timezone.now()
    details = {"deposited_on": timezone.localdate(at), "request_key": uuid4()}
    return record_challan(shifts=shifts, challan_number=number, actor=supervisor, at=at, **details | changes)


def receive(encounter, cashier, amount, mode=PaymentMode.CASH, reference="", *, at=None, total=None):
    """A bill for so much, and its payment at this cashier's counter."""
    invoice = make_invoice(encounter, cashier, total or amount, at=at or timezone.now())
    (payment,) = take_payments(
        invoice=invoice,
        offers=[Offer(mode, reference, Decimal(amount))],
        request_key=uuid4(),
        actor=cashier,
        at=at or timezone.now(),
    )
    return payment


def bank_file(*rows, head=HEAD):
    """A file of the bank as bytes."""
    return "\n".join([head, *rows, ""]).encode()


def upload(supervisor, *rows, at=None, **changes):
    """The bank's file, looked through and not yet taken in."""
    details = {"content": bank_file(*rows), "filename": "bank.csv", "request_key": uuid4()}
    return prepare_settlement(actor=supervisor, at=at or timezone.now(), **details | changes)


def settle(supervisor, *rows, at=None):
    """The bank's file, taken in."""
    return apply_settlement(settlement=upload(supervisor, *rows), actor=supervisor, at=at or timezone.now())


def give_in_advance(encounter, cashier, amount="500.00"):
    """A deposit in cash for this stay."""
    offer = Offer(PaymentMode.CASH, amount=Decimal(amount))
    details = {"request_key": uuid4(), "actor": cashier, "at": timezone.now()}
    return take_deposit(encounter=encounter, offer=offer, **details).deposit


def pay_back(payment, cashier, supervisor):
    """All of it goes back; no UTR is known yet."""
    said = {"actor": cashier, "at": timezone.now()}
    ask = Ask(RefundKind.PAYMENT, payment=payment)
    asked = ask_refund(ask=ask, reason="twice", request_key=uuid4(), **said)
    decide_refund(request=asked, is_approved=True, actor=supervisor, at=timezone.now())
    (refund,) = pay_refund(request=asked, request_key=uuid4(), **said)
    return refund


UTRS = count(512345678900)


@dataclass(frozen=True)
class Money:
    """What a hospital keeps of money: a closed shift, a cheque in hand, a file of the bank, a deposit, and
    what is asked back and what went back without a UTR."""

    shift: Shift
    cheque: Payment
    settlement: Settlement
    deposit: DepositAccount
    asked: RefundRequest
    refund: Refund


def keep_money(encounter):
    """One of each, with people of their own."""
    facility = encounter.facility
    cashier = make_person("Cashier", Role.CASHIER, facility)
    supervisor = make_person("Supervisor", Role.BILLING_SUPERVISOR, facility)
    shift = begin(cashier)
    cheque = receive(encounter, cashier, "25.00", PaymentMode.CHEQUE, "000123")
    utr = next(UTRS)
    upi = receive(encounter, cashier, "35.00", PaymentMode.UPI, str(utr))
    settlement = upload(supervisor, f"{utr},35.00,{timezone.localdate():%d-%m-%Y}")
    refund = pay_back(upi, cashier, supervisor)
    deposit = give_in_advance(encounter, cashier)
    asked = ask_refund(
        ask=Ask(RefundKind.DEPOSIT, deposit=deposit, amount=Decimal("100.00")),
        reason="too much",
        request_key=uuid4(),
        actor=cashier,
        at=timezone.now(),
    )
    return Money(end(shift), cheque, settlement, deposit, asked, refund)
