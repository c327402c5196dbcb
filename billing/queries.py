"""Reads of money."""

from typing import Any

from billing.models import Invoice, InvoiceLine, Payment
from facilities.models import Facility
from hmis.kernel.models import IssuedDocument


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The invoice's lines with their charges and what was let off."""
    return list(
        invoice.lines.select_related("charge_item").prefetch_related("charge_item__exemptions").order_by("pk")
    )


def payments_of(invoice: Invoice) -> list[Payment]:
    """What was received for the invoice, each with `paper`, its original receipt."""
    payments = list(invoice.payments.select_related("received_by").order_by("received_at"))
    originals = IssuedDocument.objects.defer("pdf").filter(about_id__in=[one.pk for one in payments], copy=0)
    papers = {paper.about_id: paper for paper in originals}
    for payment in payments:
        payment.paper = papers.get(payment.pk)
    return payments


def genuine_receipt(check_key: str) -> dict[str, Any] | None:
    """{number, amount, at, facility} of the receipt that bears this key, from what was written; no name."""
    paper = (
        IssuedDocument.objects.defer("pdf").filter(check_key=check_key, copy=0).exclude(check_key="").first()
    )
    payment = Payment.objects.select_related("facility").filter(pk=paper.about_id).first() if paper else None
    if payment is None:
        return None
    facility: Facility = payment.facility
    return {
        "number": payment.receipt_number,
        "amount": payment.amount,
        "at": payment.received_at,
        "facility": facility,
    }
