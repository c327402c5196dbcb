"""What is asked back, and of what."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from billing.models import DepositAccount, Invoice, InvoiceLine, RefundRequest
from billing.queries.money import lines_left_on, lines_on
from billing.states import STILL_ASKED, RefundKind, RequestStatus
from hmis.kernel.money import NOTHING


def refund_requests(user: Any) -> QuerySet[RefundRequest]:
    """What is asked back within reach, what waits for somebody first."""
    linked = ("patient", "invoice", "payment", "deposit", "asked_by", "decided_by", "facility")
    return RefundRequest.objects.visible_to(user).select_related(*linked).order_by("-asked_at")


def refund_counts(user: Any) -> dict[str, int]:
    """How many requests there are of each status."""
    by_status = RefundRequest.objects.visible_to(user).order_by().values_list("status")
    return dict(by_status.annotate(count=Count("pk")))


def asked_back(
    *, invoice: Invoice | None, deposit: DepositAccount | None, statuses: Iterable[str] = STILL_ASKED
) -> QuerySet[RefundRequest]:
    """What is asked back of a bill or of a deposit, and of what was paid on it; the oldest first."""
    of_it = (
        Q(invoice=invoice) | Q(payment__invoice=invoice)
        if invoice
        else Q(deposit=deposit) | Q(payment__deposit=deposit)
    )
    found = RefundRequest.objects.filter(of_it, status__in=statuses)
    return found.select_related("asked_by", "payment").order_by("asked_at", "pk")


def lines_asked(asked: RefundRequest) -> list[InvoiceLine]:
    """The lines of a bill that a request takes back, as they are or were; nothing of a payment or deposit."""
    if asked.invoice is None:
        return []
    lines = lines_on(asked.invoice)
    if asked.lines:
        return list(lines.filter(pk__in=asked.lines))
    return list(lines.filter(Q(credits=None) | Q(credits__credit_note=asked.pk)))


def lines_free(invoice: Invoice) -> list[InvoiceLine]:
    """The lines of a bill that hold and that nobody has asked to take back."""
    left = lines_left_on(invoice)
    waiting = invoice.refund_requests.filter(kind=RefundKind.CREDIT, status=RequestStatus.ASKED)
    asked = _named(waiting, left)
    return [line for line in left if line.pk not in asked]


def worth_of_lines(invoice: Invoice, requests: Iterable[RefundRequest]) -> Decimal:
    """₹ of the lines that hold by now and that these requests take off the bill, each line once."""
    left = list(invoice.lines.filter(credits=None))
    asked = _named(requests, left)
    return sum((line.amount for line in left if line.pk in asked), NOTHING)


def _named(requests: Iterable[RefundRequest], left: Iterable[InvoiceLine]) -> set[UUID]:
    """The ids of the lines that requests name; one that names none means all that are left."""
    asked: set[UUID] = set()
    for request in requests:
        asked |= set(request.lines) or {line.pk for line in left}
    return asked
