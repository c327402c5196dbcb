"""What other requests send back already: money goes back once, however often it is asked for."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from billing import queries
from billing.models import DepositAccount, Invoice, RefundRequest
from billing.states import RefundKind, RequestStatus
from hmis.kernel.errors import Refusal
from hmis.kernel.money import NOTHING
from hmis.kernel.templatetags.ui import rupees


def refuse_promised(
    request: RefundRequest,
    invoice: Invoice | None,
    deposit: DepositAccount | None,
    *,
    statuses: Iterable[str],
) -> None:
    """Refuses a request for more than the others of these states leave of its locked bill or deposit."""
    found = queries.asked_back(invoice=invoice, deposit=deposit, statuses=statuses)
    # Of a cheque that the bank has returned nothing goes back.
    others = found.filter(payment__bounce=None).exclude(pk=request.pk)
    promised = _promised(invoice, others)
    left = max(_left(request, invoice, deposit, others, promised), NOTHING)
    if _wants(request, invoice) <= left:
        return
    if not promised:
        raise Refusal(_("Only %(held)s of it can be paid back."), field="amount", held=rupees(left))
    raise Refusal(
        _("%(promised)s of it is asked back already: only %(held)s more can go back."),
        field="amount",
        promised=rupees(promised),
        held=rupees(left),
    )


def _wants(request: RefundRequest, invoice: Invoice | None) -> Decimal:
    """₹ that a counter pays because of this request: lines that were not paid for send no money back."""
    if request.kind != RefundKind.CREDIT:
        return request.amount
    assert invoice
    too_much, lines = -invoice.balance(), queries.worth_of_lines(invoice, [request])
    return max(too_much + lines, NOTHING) - max(too_much, NOTHING)


def _promised(invoice: Invoice | None, others: QuerySet[RefundRequest]) -> Decimal:
    """₹ that these send back: of lines what the bill takes too much once they are off it, each line once."""
    sent = _sum(others.exclude(kind=RefundKind.CREDIT))
    if invoice is None:
        return sent
    # Lines that are taken back already are in the balance.
    waiting = others.filter(kind=RefundKind.CREDIT, status=RequestStatus.ASKED)
    return sent + max(queries.worth_of_lines(invoice, waiting) - invoice.balance(), NOTHING)


def _left(
    request: RefundRequest,
    invoice: Invoice | None,
    deposit: DepositAccount | None,
    others: QuerySet[RefundRequest],
    promised: Decimal,
) -> Decimal:
    """₹ of the bill or the deposit, and of the payment that it is about, that the others leave."""
    if invoice:
        left = invoice.paid() - promised
    else:
        assert deposit
        left = deposit.available() - promised
    if request.payment:
        of_it = request.payment.amount - request.payment.refunded()
        left = min(left, of_it - _sum(others.filter(payment=request.payment)))
    return left


def _sum(requests: QuerySet[RefundRequest]) -> Decimal:
    found: Any = requests.order_by().aggregate(sum=Sum("amount"))["sum"]
    return found or NOTHING
