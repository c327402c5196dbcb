"""Bills: issued at once with a deed, for a stay, or at the counter."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing import documents, postings, queries
from billing.models import ChargeItem, Exemption, Invoice, InvoiceLine, Payment
from billing.services.charges import ChargeLine, refuse_too_much, sale_of
from billing.services.claims import open_claims
from billing.services.ledger import entries
from billing.services.payments import Offer, new_payment, told_of
from billing.states import INVOICE_MOVES, InvoiceKind, InvoiceStatus
from hmis.kernel import facts, pdf, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid7
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING, to_money
from hmis.kernel.numbering import Series, next_block, next_number, next_numbers
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.transitions import move
from patients import services as patients
from patients.models import Encounter


@dataclass(frozen=True)
class Bill:
    """An issued bill, and what was received for it at once."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    charges: Sequence[ChargeLine]
    payments: Sequence[Payment] = ()
    papers: Sequence[IssuedDocument] = ()
    told: Sequence[models.Model] = field(default=())

    @property
    def payment(self) -> Payment | None:
        """The only payment, where there was one."""
        return self.payments[0] if self.payments else None

    @property
    def exemption(self) -> Exemption | None:
        """Why the first line asks less, if it does."""
        return self.charges[0][1]

    @property
    def receipt(self) -> IssuedDocument | None:
        """Its receipt."""
        return self.papers[0] if self.papers else None

    @property
    def rows(self) -> list[models.Model]:
        """What the act has still to write; the charges it has written itself."""
        return [self.invoice, *self.lines, *self.payments, *self.papers, *self.told]


def bill_at_once(
    *,
    encounter: Encounter,
    charges: Sequence[ChargeLine],
    offers: Sequence[Offer] = (),
    shift_id: UUID | None = None,
    kind: InvoiceKind = InvoiceKind.OPD,
    invoice_id: UUID | None = None,
    actor: Any,
    at: datetime,
) -> Bill:
    """The last part of an act: a bill of these charges, and its payments and receipts where money was given.

    Nothing to pay is paid at once, without a receipt. Refuses offers that do not come to the bill. The
    numbers are taken together and last; what is left to the act is to write `Bill.rows`.
    """
    invoice, lines = _invoice(encounter, charges, kind, invoice_id, actor=actor, at=at)
    told: list[models.Model] = [
        *entries(postings.of_sale(sale_of(charges)), about=invoice, facility_id=invoice.facility_id, at=at),
        *open_claims(invoice, charges, at),
    ]
    payments = _paid_at_once(invoice, offers, shift_id, actor=actor, at=at) if invoice.total else []
    for payment in payments:
        told += told_of(payment, actor=actor, at=at)
    move(invoice, to=InvoiceStatus.ISSUED, allowed=INVOICE_MOVES)
    if payments or not invoice.total:
        move(invoice, to=InvoiceStatus.PAID, allowed=INVOICE_MOVES)
    _number(invoice, payments, at=at)
    papers, left = [], invoice.total
    for payment in payments:
        left -= payment.amount
        papers.append(
            documents.issue_receipt(payment, invoice=invoice, lines=charges, still_owed=left, at=at)
        )
    return Bill(invoice, lines, charges, payments, papers, told)


def _invoice(
    encounter: Encounter,
    charges: Sequence[ChargeLine],
    kind: InvoiceKind,
    invoice_id: UUID | None,
    *,
    actor: Any,
    at: datetime,
) -> tuple[Invoice, list[InvoiceLine]]:
    refuse_too_much(charges)
    facility = encounter.facility
    invoice = Invoice(
        id=invoice_id or uuid7(),
        facility=facility,
        patient=encounter.patient,
        encounter=encounter,
        kind=kind,
        total=sum((item.net for item, _ in charges), NOTHING),
        issued_at=at,
        issued_by=actor,
    )
    lines = [
        InvoiceLine(facility=facility, invoice=invoice, charge_item=item, amount=item.net)
        for item, _ in charges
    ]
    return invoice, lines


def _paid_at_once(
    invoice: Invoice, offers: Sequence[Offer], shift_id: UUID | None, *, actor: Any, at: datetime
) -> list[Payment]:
    if not offers:
        return []
    amounts = [invoice.total if one.amount is None else to_money(one.amount) for one in offers]
    if sum(amounts) != invoice.total:
        raise Refusal(
            _("The bill is %(total)s; %(given)s would be paid."),
            field="amount",
            total=rupees(invoice.total),
            given=rupees(sum(amounts, NOTHING)),
        )
    return [
        new_payment(offer, amount, invoice=invoice, shift_id=shift_id, payment_id=uuid7(), actor=actor, at=at)
        for offer, amount in zip(offers, amounts, strict=True)
    ]


def _number(invoice: Invoice, payments: Sequence[Payment], *, at: datetime) -> None:
    """From here on every other counter of the facility waits for the commit."""
    if len(payments) == 1:
        both = next_numbers(invoice.facility, [Series.INVOICE, Series.RECEIPT], at=at)
        invoice.number, payments[0].receipt_number = both
        return
    invoice.number = next_number(invoice.facility, Series.INVOICE, at=at)
    if payments:
        numbers = next_block(invoice.facility, Series.RECEIPT, len(payments), at=at)
        for payment, number in zip(payments, numbers, strict=True):
            payment.receipt_number = number


@act
def note_seen(*, invoice: Invoice, actor: Any, at: datetime) -> None:
    """Write down that somebody opened an invoice."""
    facts.record("billing.invoice_viewed", about=invoice, actor=actor, at=at, patient_id=invoice.patient_id)


@act
def note_searched(*, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody looked for bills, and how many were found; never by which words."""
    facts.record("billing.bills_searched", about=actor, actor=actor, at=at, found=found)


@act
def note_account_seen(*, encounter: Encounter, actor: Any, at: datetime) -> None:
    """Write down that somebody opened the account of a visit."""
    facts.record(
        "billing.account_viewed", about=encounter, actor=actor, at=at, patient_id=encounter.patient_id
    )


@act
def issue_invoice(
    *, encounter: Encounter, kind: InvoiceKind, request_key: UUID, actor: Any, at: datetime
) -> Invoice:
    """Bill everything of this stay or visit that no bill has yet: as it stands today, or for good.

    Refuses when nothing is left to bill.
    """
    body = [encounter.pk, kind]
    invoice_id, seen = requests.claim(request_key, "billing.issue_invoice", actor=actor, body=body)
    if seen:
        return Invoice.objects.get(pk=invoice_id)
    held = patients.lock_encounter(encounter)
    charges = unbilled(held)
    if not charges:
        raise Refusal(_("Everything is on a bill already."))
    bill = bill_at_once(encounter=held, charges=charges, kind=kind, invoice_id=invoice_id, actor=actor, at=at)
    paper = documents.issue_bill(bill.invoice, charges, at=at, actor=actor)
    facts.record(
        "billing.invoice_issued",
        about=bill.invoice,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=[*bill.rows, paper],
        amount=bill.invoice.total,
        kind=kind,
    )
    return bill.invoice


def unbilled(encounter: Encounter) -> list[ChargeLine]:
    """The charges of an encounter that hold and are on no bill yet, the oldest first."""
    return [(item, next(iter(item.exemptions.all()), None)) for item in _free(encounter.pk)]


@Composed
def _free(encounter_id: UUID) -> QuerySet[ChargeItem]:
    free = queries.unbilled_of(encounter_id).select_related("definition")
    return free.prefetch_related("exemptions__scheme").order_by("raised_at", "pk")


@act
def print_bill(*, invoice: Invoice, actor: Any, at: datetime) -> IssuedDocument:
    """The bill of supply as a paper: the one that was issued with it, or made now from what is on it.

    A registration's bill has none of its own until somebody asks: its receipt says all of it.
    """
    held = lock(Invoice, invoice.pk, "facility", "patient", "issued_by")
    kept = pdf.original_of(held.pk)
    if kept:
        return kept
    paper = documents.issue_bill(held, queries.charges_on(held), at=held.issued_at, actor=actor)
    facts.record("billing.bill_made", about=held, actor=actor, at=at, patient_id=held.patient_id, new=[paper])
    return paper
