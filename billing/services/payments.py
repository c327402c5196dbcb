"""Money received: for a bill, or in advance; in one way or several."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from billing import documents, postings, queries
from billing.models import DepositAccount, Invoice, Payment
from billing.services.ledger import entries
from billing.states import CLEARED_LATER, INVOICE_MOVES, InvoiceStatus, PaymentMode
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.money import NOTHING, to_money
from hmis.kernel.numbering import Series, next_block
from hmis.kernel.prepared import prepared
from hmis.kernel.rows import write
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.transitions import move
from patients import services as patients
from patients.models import Encounter
from patients.states import EncounterStatus

# Of every cheque and draft that a bank in India clears (CTS-2010).
SIX_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Offer:
    """How somebody pays: the mode, the UTR or number that it needs, and how much, if not all of it.

    `tendered`: what was laid on the counter in cash; the rest is change to give.
    """

    mode: PaymentMode
    reference: str = ""
    amount: Decimal | None = None
    tendered: Decimal | None = None

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [self.mode, self.reference, self.amount]


AT_HAND = """
    SELECT id FROM billing_shift WHERE cashier_id = %s AND facility_id = %s AND closed_at IS NULL
    FOR KEY SHARE
"""


def shift_at_hand(actor: Any) -> UUID | None:
    """The open shift of whoever takes the money, kept open until the act ends. It is locked before all else.

    Many payments share it; only its close waits for them.
    """
    with connection.cursor() as cursor:
        cursor.execute(prepared(AT_HAND, "shift_at_hand"), [actor.pk, actor.posting.facility_id])
        found = cursor.fetchone()
    return found[0] if found else None


@act
def take_payment(
    *,
    invoice: Invoice,
    amount: Decimal,
    mode: PaymentMode,
    reference: str = "",
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Payment:
    """Receive money for an issued invoice and give it a receipt, as `take_payments` does for several."""
    offer = Offer(mode, reference, to_money(amount))
    (payment,) = take_payments(invoice=invoice, offers=[offer], request_key=request_key, actor=actor, at=at)
    return payment


@act
def take_payments(
    *, invoice: Invoice, offers: Sequence[Offer], request_key: UUID, actor: Any, at: datetime
) -> list[Payment]:
    """Receive money for an issued invoice in one way or several; each has a receipt of its own.

    Refuses more than is owed, cash without an open shift, a deposit that has less, and whatever a constraint
    on Payment refuses.
    """
    body = [invoice.pk, [one.claimed() for one in offers]]
    first, seen = requests.claim(request_key, "billing.take_payment", actor=actor, body=body)
    ids = requests.following(first, len(offers))
    if seen:
        return list(Payment.objects.filter(pk__in=ids).order_by("pk"))
    shift_id = shift_at_hand(actor)
    invoice = lock(Invoice, invoice.pk, "facility", "patient")
    owed = invoice.balance()
    if owed <= 0:
        raise Refusal(_("Nothing is owed on %(bill)s."), field="amount", bill=invoice)
    amounts = _amounts(offers, owed)
    if sum(amounts) > owed:
        raise Refusal(
            _("Only %(owed)s is owed on %(invoice)s."), field="amount", owed=rupees(owed), invoice=invoice
        )
    status = InvoiceStatus.PAID if sum(amounts) == owed else InvoiceStatus.PART_PAID
    move(invoice, to=status, allowed=INVOICE_MOVES)
    payments = [
        new_payment(offer, amount, invoice=invoice, shift_id=shift_id, payment_id=pk, actor=actor, at=at)
        for offer, amount, pk in zip(offers, amounts, ids, strict=True)
    ]
    drawn = sum((one.amount for one in payments if one.mode == PaymentMode.DEPOSIT), NOTHING)
    if drawn:
        account = _drawn_on(invoice, drawn)
        for one in payments:
            one.drawn_from = account if one.mode == PaymentMode.DEPOSIT else None
    lines = queries.charges_left_on(invoice)
    told = [row for one in payments for row in told_of(one, actor=actor, at=at)]
    give_receipt_numbers(payments, Series.RECEIPT, at=at)
    write(*payments, *told)
    left = owed
    papers = []
    for one in payments:
        left -= one.amount
        papers.append(documents.issue_receipt(one, invoice=invoice, lines=lines, still_owed=left, at=at))
    write(*papers)
    return payments


def _amounts(offers: Sequence[Offer], owed: Decimal) -> list[Decimal]:
    """What each offer pays; one that does not say pays all that is owed."""
    return [owed if offer.amount is None else to_money(offer.amount) for offer in offers]


def _drawn_on(invoice: Invoice, amount: Decimal) -> DepositAccount:
    """The deposit of the bill's encounter, locked. Refuses when it has less than this."""
    account = DepositAccount.objects.locked().filter(encounter_id=invoice.encounter_id).first()
    available = account.available() if account else NOTHING
    if account is None or available < amount:
        raise Refusal(_("The deposit has %(available)s."), field="amount", available=rupees(available))
    return account


@act
def take_deposit(
    *, encounter: Encounter, offer: Offer, request_key: UUID, actor: Any, at: datetime
) -> Payment:
    """Receive money in advance for a stay: its first opens the account, later ones top it up.

    Refuses cash without an open shift, a visit that was cancelled, and whatever a constraint refuses.
    """
    body = [encounter.pk, offer.claimed()]
    payment_id, seen = requests.claim(request_key, "billing.take_deposit", actor=actor, body=body)
    if seen:
        return Payment.objects.get(pk=payment_id)
    shift_id = shift_at_hand(actor)
    held = patients.lock_encounter(encounter)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    if offer.amount is None:
        raise Refusal(_("How much?"), field="amount")
    account, opened = _account_of(held, actor=actor, at=at)
    payment = new_payment(
        offer,
        to_money(offer.amount),
        deposit=account,
        shift_id=shift_id,
        payment_id=payment_id,
        actor=actor,
        at=at,
    )
    told = told_of(payment, actor=actor, at=at)
    give_receipt_numbers([payment], Series.DEPOSIT, at=at)
    write(*opened, payment, *told)
    write(documents.issue_deposit_receipt(payment, account=account, balance=account.balance(), at=at))
    return payment


def _account_of(
    encounter: Encounter, *, actor: Any, at: datetime
) -> tuple[DepositAccount, list[models.Model]]:
    """The locked account of this encounter, and the rows of a new one."""
    account = DepositAccount.objects.locked().filter(encounter=encounter).first()
    if account:
        account.patient, account.facility = encounter.patient, encounter.facility
        return account, []
    account = DepositAccount(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        opened_by=actor,
        opened_at=at,
    )
    opened = facts.rows(
        "billing.deposit_opened", about=account, actor=actor, at=at, patient_id=encounter.patient_id
    )
    return account, [account, *opened]


def new_payment(
    offer: Offer,
    amount: Decimal,
    *,
    invoice: Invoice | None = None,
    deposit: DepositAccount | None = None,
    shift_id: UUID | None,
    payment_id: UUID,
    actor: Any,
    at: datetime,
) -> Payment:
    """The row of a payment.

    Refuses cash without an open shift, less on the counter than is paid, and a cheque or draft without its
    number.
    """
    if offer.tendered is not None and offer.tendered < amount:
        raise Refusal(_("Less was given than is to be paid."), field="tendered")
    if offer.mode == PaymentMode.CASH and shift_id is None:
        raise Refusal(_("Open your shift before you take cash."), field="shift")
    if offer.mode == PaymentMode.BANK:
        raise Refusal(_("Money does not come in this way."), field="mode")
    refuse_number(offer.mode, offer.reference)
    kept = invoice or deposit
    assert kept
    return Payment(
        id=payment_id,
        facility=kept.facility,
        invoice=invoice,
        deposit=deposit,
        shift_id=None if offer.mode == PaymentMode.DEPOSIT else shift_id,
        amount=amount,
        mode=offer.mode,
        reference=offer.reference,
        received_by=actor,
        received_at=at,
    )


def refuse_number(mode: str, reference: str) -> None:
    """Refuses a cheque or draft without its number. No constraint: rows of before stay as they are."""
    if mode in CLEARED_LATER and not SIX_DIGITS.fullmatch(reference):
        raise Refusal(
            _("The number of a cheque or draft has six digits: it stands first in the line at its foot."),
            field="reference",
        )


def told_of(payment: Payment, *, actor: Any, at: datetime) -> list[models.Model]:
    """The fact of a payment and what it moved between the accounts, as rows."""
    kept = payment.invoice or payment.deposit
    assert kept
    moved = postings.of_payment(payment.amount, payment.mode, into_deposit=payment.deposit is not None)
    return [
        *entries(moved, about=payment, facility_id=payment.facility_id, at=at),
        *facts.rows(
            "billing.payment_taken",
            about=payment,
            actor=actor,
            at=at,
            patient_id=kept.patient_id,
            amount=payment.amount,
            mode=payment.mode,
        ),
    ]


def give_receipt_numbers(payments: Sequence[Payment], series: Series, *, at: datetime) -> None:
    """Last: until this commits, every other counter of the facility waits for its own number."""
    numbers = next_block(payments[0].facility, series, len(payments), at=at)
    for payment, number in zip(payments, numbers, strict=True):
        payment.receipt_number = number
