"""Invoices, payments, and the public check of a receipt."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from billing import permissions, queries, services
from billing.forms import PaymentForm
from billing.models import Invoice, Payment, Refund
from billing.states import PaymentMode
from hmis.kernel import throttling
from hmis.kernel.access import public, requires
from hmis.kernel.callers import client_address
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.views import print_url


@requires(permissions.VIEW_INVOICE)
@require_GET
def invoice_detail(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    visible = Invoice.objects.visible_to(request.user).select_related("patient", "facility", "issued_by")
    invoice = get_object_or_404(visible, pk=invoice_id)
    services.note_seen(invoice=invoice, actor=request.user, at=timezone.now())
    payments = queries.payments_of(invoice)
    taken = request.GET.getlist("taken")
    fresh = [one for one in payments if str(one.pk) in taken]
    lines = queries.lines_of(invoice)
    context = {
        "invoice": invoice,
        "owed": invoice.balance(),
        "lines": lines,
        "payments": payments,
        "just_printed": to_print(request, fresh),
        "credit_notes": queries.give_credits(invoice, lines),
        "refunds": queries.refunds_of(invoice),
        "asked_back": queries.asked_back(invoice=invoice, deposit=None),
    }
    return render(request, "billing/invoice_detail.html", context)


def to_print(request: HttpRequest, fresh: Iterable[Payment | Refund]) -> str:
    """The address of the papers of what was done a moment ago, all at once; "" where there is none."""
    return print_url([one.paper for one in fresh if one.paper], request.user)


@requires(permissions.TAKE_PAYMENT)
@require_http_methods(["GET", "POST"])
def payment_new(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    visible = Invoice.objects.visible_to(request.user).select_related("patient")
    invoice = get_object_or_404(visible, pk=invoice_id)
    owed = invoice.balance()
    if request.method == "GET":
        services.note_seen(invoice=invoice, actor=request.user, at=timezone.now())
        if not owed:
            messages.info(request, _("Nothing is owed on %(bill)s.") % {"bill": invoice})
            return go(request, "billing:invoice_detail", invoice.pk)
    in_deposit = queries.in_deposit(invoice)
    form = PaymentForm(request.POST or None, deposit=in_deposit, initial={"amount": owed})
    if form.is_valid():
        try:
            payments = services.take_payments(
                invoice=invoice,
                offers=form.offers(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            _say_taken(request, payments, form.cleaned_data["tendered"])
            return go(
                request, "billing:invoice_detail", invoice.pk, query={"taken": [one.pk for one in payments]}
            )
    return show(
        request,
        "billing/payment_new.html",
        {
            "invoice": invoice,
            "owed": owed,
            "form": form,
            "in_deposit": in_deposit,
            "upi_link": queries.upi_link(invoice, owed),
            "has_shift": queries.open_shift_of(request.user) is not None,
        },
        fragment="billing/_payment_form.html",
        status=422 if request.method == "POST" else 200,
    )


def _say_taken(request: HttpRequest, payments: list[Payment], tendered: Decimal | None) -> None:
    numbers = ", ".join(str(one) for one in payments)
    said = _("Receipt %(number)s is issued.") if len(payments) == 1 else _("Receipts %(number)s are issued.")
    messages.success(request, said % {"number": numbers})
    cash = sum(one.amount for one in payments if one.mode == PaymentMode.CASH)
    if tendered and tendered > cash:
        messages.info(request, _("Give back %(change)s.") % {"change": rupees(tendered - cash)})


@public
@never_cache
@require_GET
def receipt_check(request: HttpRequest, check_key: str) -> HttpResponseBase:
    """Whether a receipt is genuine: amount, date and hospital, and nobody's name."""
    guesses, window = ("receipt_check", client_address(request)), settings.LOGIN_WINDOW_SECONDS
    wait = throttling.count(*guesses, window=window, weight=0) >= settings.RECEIPT_GUESSES
    receipt = None if wait else queries.genuine_receipt(check_key)
    if not wait and receipt is None:
        throttling.count(*guesses, window=window)
    status = 429 if wait else 200 if receipt else 404
    return render(request, "billing/receipt_check.html", {"paper": receipt, "wait": wait}, status=status)
