"""What is done with money: charged, billed, received, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing import documents, pricing
from billing.models import ChargeItem, CreditNote, Exemption, Invoice, InvoiceLine, Payment, Refund, Scheme
from billing.states import INVOICE_MOVES, InvoiceStatus, PaymentMode, RefundAuthority
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import to_money
from hmis.kernel.numbering import Series, next_number, next_numbers
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from patients.models import Encounter


@dataclass(frozen=True)
class Service:
    """What is charged: its code and name, its price in ₹, and the row that it arose from."""

    code: str
    description: str
    description_hi: str
    price: Decimal
    source: str
    source_id: UUID


@dataclass(frozen=True)
class Relief:
    """Why less is asked: a scheme with its proof, or a reason of its own (a follow-up)."""

    percent: Decimal
    reason: str
    reason_hi: str
    scheme: Scheme | None = None
    proof_number: str = ""


@dataclass(frozen=True)
class Offer:
    """How somebody pays: the mode, and the UTR or number that it needs."""

    mode: PaymentMode
    reference: str = ""


@dataclass(frozen=True)
class Bill:
    """An issued one-line bill, and what was received for it at once."""

    invoice: Invoice
    line: InvoiceLine
    charge_item: ChargeItem
    exemption: Exemption | None
    payment: Payment | None
    receipt: IssuedDocument | None
    facts: Sequence[models.Model] = ()

    @property
    def rows(self) -> list[models.Model | None]:
        """What the act has still to write."""
        return [self.invoice, self.line, self.payment, self.receipt, *self.facts]


@dataclass(frozen=True)
class Why:
    """Why a bill is taken back, in both languages, and on whose authority its money goes back."""

    reason: str
    reason_hi: str
    authority: RefundAuthority


@dataclass(frozen=True)
class TakenBack:
    """A bill that holds no more: its credit note, and what was paid back by which vouchers."""

    credit_note: CreditNote
    refunds: list[Refund]
    vouchers: list[IssuedDocument]


def relief_by(scheme: Scheme, proof_number: str) -> Relief:
    """The relief a scheme gives. Refuses one that needs a proof and has none."""
    if scheme.needs_proof and not proof_number:
        raise Refusal(
            _("Write the number of the proof: %(proof)s."), field="proof_number", proof=scheme.proof_asked()
        )
    return Relief(scheme.percent, scheme.on_paper("en"), scheme.on_paper("hi"), scheme, proof_number)


def add_charge(
    *, encounter: Encounter, service: Service, relief: Relief | None, actor: Any, at: datetime
) -> tuple[ChargeItem, Exemption | None]:
    """The part of an act that raises a charge, and says why it asks less: rows for it to write."""
    priced = pricing.line(service.price, percent_off=relief.percent if relief else Decimal(0))
    item = ChargeItem(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        source=service.source,
        source_id=service.source_id,
        code=service.code,
        description=service.description,
        description_hi=service.description_hi,
        gross=priced.gross,
        discount=priced.discount,
        raised_at=at,
    )
    return item, _exempt(item, relief, actor=actor, at=at) if relief else None


def _exempt(item: ChargeItem, relief: Relief, *, actor: Any, at: datetime) -> Exemption:
    return Exemption(
        facility=item.facility,
        charge_item=item,
        scheme=relief.scheme,
        reason=relief.reason,
        reason_hi=relief.reason_hi,
        proof_number=relief.proof_number,
        amount=item.discount,
        granted_by=actor,
        granted_at=at,
    )


def bill_at_once(
    *,
    encounter: Encounter,
    item: ChargeItem,
    exemption: Exemption | None,
    offer: Offer | None,
    actor: Any,
    at: datetime,
) -> Bill:
    """The last part of an act: a one-line invoice, and its payment and receipt where money was given.

    Nothing to pay is paid at once, without a receipt. Both numbers are taken together and last; what is
    left to the act is to write `Bill.rows`.
    """
    invoice = Invoice(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        total=item.net,
        issued_at=at,
        issued_by=actor,
    )
    line = InvoiceLine(facility=encounter.facility, invoice=invoice, charge_item=item, amount=item.net)
    payment, taken = None, []
    if offer and item.net:
        payment = _payment(invoice, item.net, offer, actor=actor, at=at, payment_id=uuid7())
        taken = _taken(payment, actor=actor, at=at)
    move(invoice, to=InvoiceStatus.ISSUED, allowed=INVOICE_MOVES)
    if payment or not item.net:
        move(invoice, to=InvoiceStatus.PAID, allowed=INVOICE_MOVES)
    receipt = _number(invoice, payment, (item, exemption), at=at)
    return Bill(invoice, line, item, exemption, payment, receipt, taken)


def _number(
    invoice: Invoice, payment: Payment | None, line: tuple[ChargeItem, Exemption | None], *, at: datetime
) -> IssuedDocument | None:
    """From here on every other counter of the facility waits for the commit."""
    if payment is None:
        invoice.number = next_number(invoice.facility, Series.INVOICE, at=at)
        return None
    both = next_numbers(invoice.facility, [Series.INVOICE, Series.RECEIPT], at=at)
    invoice.number, payment.receipt_number = both
    return documents.issue_receipt(payment, invoice=invoice, lines=[line], still_owed=Decimal("0.00"), at=at)


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
    """Receive money for an issued invoice and give it a receipt.

    Refuses more than is owed, and whatever a constraint on Payment refuses.
    """
    amount = to_money(amount)
    body = [invoice.pk, amount, mode, reference]
    payment_id, seen = requests.claim(request_key, "billing.take_payment", actor=actor, body=body)
    if seen:
        return Payment.objects.get(pk=payment_id)
    invoice = Invoice.objects.locked().select_related("facility", "patient").get(pk=invoice.pk)
    owed = invoice.balance()
    if amount > owed:
        raise Refusal(_("Only %(owed)s is owed on %(invoice)s."), field="amount", owed=owed, invoice=invoice)
    status = InvoiceStatus.PAID if amount == owed else InvoiceStatus.PART_PAID
    move(invoice, to=status, allowed=INVOICE_MOVES)
    payment = _payment(invoice, amount, Offer(mode, reference), actor=actor, at=at, payment_id=payment_id)
    lines = [(line.charge_item, line.charge_item.exemptions.first()) for line in _lines(invoice)]
    taken = _taken(payment, actor=actor, at=at)
    # Last: until this commits, every other counter of the facility waits for its own number.
    payment.receipt_number = next_number(invoice.facility, Series.RECEIPT, at=at)
    write(payment, *taken)
    write(documents.issue_receipt(payment, invoice=invoice, lines=lines, still_owed=owed - amount, at=at))
    return payment


@act
def note_seen(*, invoice: Invoice, actor: Any, at: datetime) -> None:
    """Write down that somebody opened an invoice."""
    facts.record("billing.invoice_viewed", about=invoice, actor=actor, at=at, patient_id=invoice.patient_id)


def _lines(invoice: Invoice) -> Any:
    return invoice.lines.select_related("charge_item").order_by("pk")


def _payment(
    invoice: Invoice, amount: Decimal, offer: Offer, *, actor: Any, at: datetime, payment_id: UUID
) -> Payment:
    return Payment(
        id=payment_id,
        facility=invoice.facility,
        invoice=invoice,
        amount=amount,
        mode=offer.mode,
        reference=offer.reference,
        received_by=actor,
        received_at=at,
    )


def _taken(payment: Payment, *, actor: Any, at: datetime) -> list[models.Model]:
    """The fact of a payment, as rows."""
    assert payment.invoice
    return facts.rows(
        "billing.payment_taken",
        about=payment,
        actor=actor,
        at=at,
        patient_id=payment.invoice.patient_id,
        amount=payment.amount,
        mode=payment.mode,
    )


def take_back(
    *, invoice: Invoice, why: Why, reference: str = "", note_id: UUID, actor: Any, at: datetime
) -> TakenBack:
    """The last part of an act: an issued invoice is cancelled by a credit note, and what was received for it
    goes back, each payment the way it came.

    The act has locked the invoice, so that no payment comes between. `reference` is the number of what the
    bank or UPI did, where it is known already. The numbers are taken last.
    """
    move(invoice, to=InvoiceStatus.CANCELLED, allowed=INVOICE_MOVES)
    note = CreditNote(
        id=note_id,
        facility=invoice.facility,
        invoice=invoice,
        amount=invoice.total,
        reason=why.reason,
        reason_hi=why.reason_hi,
        issued_by=actor,
        issued_at=at,
    )
    payments = invoice.payments.order_by("pk")
    refunds = [_refund(payment, note, why, reference) for payment in payments]
    _tell_taken_back(note, refunds, actor=actor, at=at)
    _number_back(note, refunds, at=at)
    vouchers = [documents.issue_voucher(one, note=note, invoice=invoice) for one in refunds]
    write(note, *refunds, *vouchers)
    return TakenBack(note, refunds, vouchers)


def _refund(payment: Payment, note: CreditNote, why: Why, reference: str) -> Refund:
    return Refund(
        facility=note.facility,
        payment=payment,
        credit_note=note,
        amount=payment.amount - payment.refunded(),
        mode=payment.mode,
        reference="" if payment.mode == PaymentMode.CASH else reference,
        authority=why.authority,
        reason=why.reason,
        reason_hi=why.reason_hi,
        paid_back_by=note.issued_by,
        paid_back_at=note.issued_at,
    )


def _tell_taken_back(note: CreditNote, refunds: list[Refund], *, actor: Any, at: datetime) -> None:
    patient_id, amount = note.invoice.patient_id, note.amount
    facts.record(
        "billing.invoice_cancelled",
        about=note.invoice,
        actor=actor,
        at=at,
        patient_id=patient_id,
        amount=amount,
    )
    for refund in refunds:
        facts.record(
            "billing.payment_refunded",
            about=refund,
            actor=actor,
            at=at,
            patient_id=patient_id,
            amount=refund.amount,
            mode=refund.mode,
        )


def _number_back(note: CreditNote, refunds: list[Refund], *, at: datetime) -> None:
    """From here on every other counter of the facility waits for the commit."""
    note.number = next_number(note.facility, Series.CREDIT_NOTE, at=at)
    for refund in refunds:
        refund.voucher_number = next_number(note.facility, Series.REFUND, at=at)
