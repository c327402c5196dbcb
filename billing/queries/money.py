"""Bills and what was paid on them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from billing.models import (
    Bounce,
    ChargeItem,
    CreditNote,
    CreditNoteLine,
    Exemption,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
)
from billing.states import UNNUMBERED
from facilities.models import Facility
from hmis.kernel import pdf, scope
from hmis.kernel.composed import Composed

# What a page of payments says of each: who took it, what the bank said, who put its number right.
OF_PAYMENT = ("received_by", "corrected_by", "settlement_line", "clearance", "bounce")


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The invoice's lines with their charges and what was let off."""
    return list(lines_on(invoice))


def lines_on(invoice: Invoice) -> QuerySet[InvoiceLine]:
    """The invoice's lines with their charges and what was let off, in their order."""
    return _with_charges(invoice.lines.all())


def lines_left_on(invoice: Invoice) -> list[InvoiceLine]:
    """Those of them that no credit note has taken back."""
    return _left_on(invoice.pk)


@Composed
def _left_on(invoice_id: UUID) -> QuerySet[InvoiceLine]:
    return _with_charges(InvoiceLine.objects.filter(invoice_id=invoice_id, credits=None))


def _with_charges(lines: QuerySet[InvoiceLine]) -> QuerySet[InvoiceLine]:
    lines = lines.select_related("charge_item", "charge_item__definition")
    return lines.prefetch_related("charge_item__exemptions__scheme").order_by("pk")


def charge_on(line: InvoiceLine) -> tuple[ChargeItem, Exemption | None]:
    """The charge of a line that `lines_on` brought, and why it asks less."""
    item = line.charge_item
    return item, next(iter(item.exemptions.all()), None)


def charges_on(invoice: Invoice) -> list[tuple[ChargeItem, Exemption | None]]:
    """The charges on an invoice, each with why it asks less."""
    return [charge_on(line) for line in lines_on(invoice)]


def charges_left_on(invoice: Invoice) -> list[tuple[ChargeItem, Exemption | None]]:
    """Those of them that no credit note has taken back."""
    return [charge_on(line) for line in lines_left_on(invoice)]


def payments_of(invoice: Invoice) -> list[Payment]:
    """What was received for the invoice, each with `paper`, its original receipt."""
    payments = list(invoice.payments.select_related(*OF_PAYMENT).order_by("received_at", "pk"))
    give_papers(payments)
    return payments


def refunds_of(invoice: Invoice) -> list[Refund]:
    """What was paid back of the invoice, each with `paper`, its original voucher."""
    refunds = Refund.objects.filter(payment__invoice=invoice).select_related("paid_back_by", "payment")
    found = list(refunds.order_by("paid_back_at", "pk"))
    give_papers(found)
    return found


def unreferenced(user: Any) -> QuerySet[Refund]:
    """What went back by UPI, card or bank and has no number yet, the oldest first."""
    went = Refund.objects.visible_to(user).filter(reference="").exclude(mode__in=UNNUMBERED)
    linked = ("payment__invoice__patient", "payment__deposit__patient", "paid_back_by")
    return went.select_related(*linked).order_by("paid_back_at", "pk")


def give_credits(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[CreditNote]:
    """The credit notes over a bill, the oldest first, each with `paper`; each line with its `taken_by`."""
    credits = CreditNoteLine.objects.filter(credit_note__invoice=invoice)
    newest_last = credits.select_related("credit_note__issued_by").order_by("credit_note__issued_at", "pk")
    taken = {one.invoice_line_id: one.credit_note for one in newest_last}
    for line in lines:
        line.taken_by = taken.get(line.pk)
    notes = list({note.pk: note for note in taken.values()}.values())
    give_papers(notes)
    return notes


def give_papers(rows: Sequence[Payment | Refund | CreditNote]) -> None:
    """Each with `paper`, its original."""
    if not rows:
        return
    papers = pdf.by_row(pdf.originals(*(one.pk for one in rows)))
    for row in rows:
        row.paper = papers.get(row.pk)


def genuine_receipt(check_key: str) -> dict[str, Any] | None:
    """{number, amount, at, facility, refunded, bounced} of the receipt with this key; nobody's name."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks, of whatever hospital
        return _genuine_receipt(check_key)


def _genuine_receipt(check_key: str) -> dict[str, Any] | None:
    paper = pdf.keyed(check_key).first()
    payment = Payment.objects.select_related("facility").filter(pk=paper.about_id).first() if paper else None
    if payment is None:
        return None
    facility: Facility = payment.facility
    return {
        "number": payment.receipt_number,
        "amount": payment.amount,
        "at": payment.received_at,
        "facility": facility,
        "refunded": payment.refunded(),
        "bounced": Bounce.objects.filter(payment=payment).exists(),
    }
