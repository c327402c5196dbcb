"""The counter's desk of money: bills found, a visit's account, deposits, what is asked back, the ledger."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import (
    CreditForm,
    DecisionForm,
    DepositBackForm,
    DepositForm,
    FindForm,
    InvoiceForm,
    PayBackForm,
)
from billing.models import DepositAccount, Invoice, Payment, RefundRequest
from billing.services import Ask
from billing.states import STILL_ASKED, InvoiceKind, PaymentMode, RefundKind, RequestStatus
from billing.views.collections import tabs
from billing.views.covers import full_price
from billing.views.money import to_print
from billing.views.refunds import refund_parts
from facilities.forms import Asked
from facilities.queries import one_person_suffices
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.views import printable
from patients.identifiers import search_kind
from patients.models import Encounter, Patient
from patients.queries import withhold_names

PAGE = 50


@requires(permissions.VIEW_INVOICE)
@require_http_methods(["GET", "POST"])
def bill_list(request: HttpRequest) -> HttpResponseBase:
    """Bills by what is on a paper. A search is sent as a form, so that no number stands in an address."""
    form = FindForm(request.POST or None)
    found, unbilled, deposits, is_mistyped = None, [], [], False
    if form.is_valid():
        words = form.cleaned_data["words"]
        is_mistyped = search_kind(words).kind == "mistyped_uhid"
        found, unbilled = queries.find_bills(words, request.user), queries.to_be_billed(words, request.user)
        deposits = queries.find_deposits(words, request.user)
        count = len(found) + len(unbilled) + len(deposits)
        services.note_searched(found=count, actor=request.user, at=timezone.now())
        named = [*(bill for bill, _owed in found), *(one for one, _due in unbilled), *deposits]
        withhold_names([one.patient for one in named])
    context = {
        "form": form,
        "found": found,
        "unbilled": unbilled,
        "deposits": deposits,
        "is_mistyped": is_mistyped,
        "needs_shift": _needs_shift(request),
    }
    return render(request, "billing/bill_list.html", context)


def _needs_shift(request: HttpRequest) -> bool:
    """Whether this person takes cash and has no shift open."""
    return request.user.may(permissions.OPEN_SHIFT) and queries.open_shift_of(request.user) is None


def _encounter(request: HttpRequest, encounter_id: UUID) -> Encounter:
    visible = Encounter.objects.visible_to(request.user).select_related("patient", "facility", "department")
    return get_object_or_404(visible, pk=encounter_id)


@requires(permissions.VIEW_INVOICE)
@require_GET
def account_detail(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    encounter = _encounter(request, encounter_id)
    services.note_account_seen(encounter=encounter, actor=request.user, at=timezone.now())
    account = queries.account_of(encounter)
    taken = request.GET.get("taken")
    fresh = [one for one in account.deposits if str(one.pk) == taken]
    context = {
        "encounter": encounter,
        "account": account,
        "bill_form": InvoiceForm(),
        "just_printed": to_print(request, fresh),
    }
    return render(request, "billing/account_detail.html", context | full_price(request, encounter))


@requires(permissions.TAKE_PAYMENT)
@require_POST
def invoice_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    encounter = _encounter(request, encounter_id)
    form = InvoiceForm(request.POST)
    made = asked_of(
        form,
        lambda: services.issue_invoice(
            encounter=encounter,
            kind=InvoiceKind(form.cleaned_data["kind"]),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Bill %(number)s is issued.") % {"number": made})
        return go(request, "billing:invoice_detail", made.pk)
    context = {"encounter": encounter, "account": queries.account_of(encounter), "bill_form": form}
    context |= full_price(request, encounter)
    return render(request, "billing/account_detail.html", context, status=422)


@requires(permissions.TAKE_PAYMENT)
@require_http_methods(["GET", "POST"])
def deposit_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    encounter = _encounter(request, encounter_id)
    form = DepositForm(request.POST or None)
    payment = asked_of(
        form,
        lambda: services.take_deposit(
            encounter=encounter,
            offer=form.offer(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if payment:
        messages.success(request, _("Receipt %(number)s is issued.") % {"number": payment})
        return go(request, "billing:account_detail", encounter.pk, query={"taken": payment.pk})
    context = {
        "title": _("Take a deposit"),
        "save": _("Receive and print"),
        "note": str(encounter.patient),
        "needs_shift": _needs_shift(request),
        "back": reverse("billing:account_detail", args=[encounter.pk]),
    }
    return show_form(request, "billing/form_page.html", form, **context)


@requires(permissions.VIEW_INVOICE)
@require_POST
def bill_paper_new(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    """The bill of supply as a paper."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=invoice_id)
    paper = services.print_bill(invoice=invoice, actor=request.user, at=timezone.now())
    return printable(request, reverse("paper_detail", args=[paper.pk]))


# ── What is asked back ──


@requires(permissions.ASK_REFUND)
@require_http_methods(["GET", "POST"])
def credit_new(request: HttpRequest, invoice_id: UUID) -> HttpResponseBase:
    visible = Invoice.objects.visible_to(request.user).select_related("patient")
    invoice = get_object_or_404(visible, pk=invoice_id)
    # The first sending has asked for these lines: the second must reach the act, which knows its key.
    offered = queries.lines_of(invoice) if request.method == "POST" else queries.lines_free(invoice)
    lines = [(str(line.pk), f"{line.charge_item} · {rupees(line.amount)}") for line in offered]
    form = CreditForm(request.POST or None, lines=lines)
    return _ask(
        request,
        form,
        lambda: Ask(
            RefundKind.CREDIT,
            invoice=invoice,
            lines=tuple(UUID(one) for one in form.cleaned_data["lines"]),
        ),
        title=_("Ask to take lines off bill %(number)s") % {"number": invoice},
        patient=invoice.patient,
        said=_said_of(invoice),
        back=reverse("billing:invoice_detail", args=[invoice.pk]),
    )


def _said_of(invoice: Invoice) -> str:
    """What whoever asks for lines of this bill should know of its money."""
    if invoice.paid() <= 0:
        return _("Nothing was paid on this bill: no money goes back, less is owed.")
    asked = sum(one.amount for one in queries.asked_back(invoice=invoice, deposit=None))
    already = _("%(amount)s of this bill is asked back already.") % {"amount": rupees(asked)}
    return already if asked else ""


@requires(permissions.ASK_REFUND)
@require_http_methods(["GET", "POST"])
def deposit_refund_new(request: HttpRequest, deposit_id: UUID) -> HttpResponseBase:
    visible = DepositAccount.objects.visible_to(request.user).select_related("patient")
    deposit = get_object_or_404(visible, pk=deposit_id)
    form = DepositBackForm(request.POST or None, initial={"amount": deposit.available()})
    return _ask(
        request,
        form,
        lambda: Ask(RefundKind.DEPOSIT, deposit=deposit, amount=form.cleaned_data["amount"]),
        title=_("Ask for the rest of the deposit"),
        patient=deposit.patient,
        back=reverse("billing:account_detail", args=[deposit.encounter_id]),
    )


@requires(permissions.ASK_REFUND)
@require_http_methods(["GET", "POST"])
def payment_refund_new(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """One payment back, the bill still standing: it came by the wrong way, or for the wrong patient."""
    visible = Payment.objects.visible_to(request.user).filter(invoice__isnull=False)
    payment = get_object_or_404(visible.select_related("invoice__patient"), pk=payment_id)
    assert payment.invoice
    form = DepositBackForm(request.POST or None, initial={"amount": payment.amount - payment.refunded()})
    return _ask(
        request,
        form,
        lambda: Ask(RefundKind.PAYMENT, payment=payment, amount=form.cleaned_data["amount"]),
        title=_("Ask to pay back receipt %(number)s") % {"number": payment},
        patient=payment.invoice.patient,
        back=reverse("billing:invoice_detail", args=[payment.invoice_id]),
    )


def _ask(
    request: HttpRequest, form: Any, ask: Any, *, title: str, patient: Patient, back: str, said: str = ""
) -> HttpResponseBase:
    asked = asked_of(
        form,
        lambda: services.ask_refund(
            ask=ask(),
            reason=form.cleaned_data["reason"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if asked:
        somebody = _("Asked. Somebody else has to approve it.")
        alone = one_person_suffices(asked.facility)
        messages.success(request, _("Asked. It waits for approval.") if alone else somebody)
        return go(request, "billing:refund_detail", asked.pk)
    around = {"note": f"{patient} · {patient.uhid_shown}", "save": _("Ask for approval"), "said": said}
    return show_form(request, "billing/form_page.html", form, title=title, back=back, **around)


@requires(permissions.ASK_REFUND)
@require_GET
def refund_list(request: HttpRequest) -> HttpResponseBase:
    counts = queries.refund_counts(request.user)
    decides = request.user.may(permissions.APPROVE_REFUND)
    # Who decides sees what waits for that; who pays out, what was decided.
    first = (
        RequestStatus.ASKED if decides or not counts.get(RequestStatus.APPROVED) else RequestStatus.APPROVED
    )
    status = request.GET.get("status", first)
    kinds = [
        {
            "url": f"?status={one.value}",
            "label": f"{one.label} {counts.get(one, '')}",
            "current": one.value == status,
        }
        for one in RequestStatus
    ]
    page = Paginator(queries.refund_requests(request.user).filter(status=status), PAGE).get_page(
        request.GET.get("page")
    )
    withhold_names(one.patient for one in page)
    context = {
        "parts": refund_parts(request, "billing:refund_list"),
        "kinds": kinds,
        "page": page,
        "previous_url": f"?status={status}&page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?status={status}&page={page.number + 1}" if page.has_next() else "",
    }
    return render(request, "billing/refund_list.html", context)


def _asked(request: HttpRequest, request_id: UUID) -> RefundRequest:
    return get_object_or_404(queries.refund_requests(request.user), pk=request_id)


@requires(permissions.ASK_REFUND)
@require_GET
def refund_detail(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    return _show_asked(request, _asked(request, request_id))


def _show_asked(
    request: HttpRequest, asked: RefundRequest, refusal: str = "", sent: Asked | None = None
) -> HttpResponseBase:
    """`sent`: the form that was refused, with what was typed into it."""
    may = request.user.may
    is_approved = asked.status == RequestStatus.APPROVED
    ways, why_not = _ways_back(asked)
    decision = sent if isinstance(sent, DecisionForm) else DecisionForm()
    paying = sent if isinstance(sent, PayBackForm) else PayBackForm()
    decides = asked.status == RequestStatus.ASKED and may(permissions.APPROVE_REFUND)
    undoes = is_approved and asked.kind != RefundKind.CREDIT and may(permissions.APPROVE_REFUND)
    refunds = list(asked.refunds.order_by("pk"))
    queries.give_papers(refunds)
    context = {
        "asked": asked,
        "lines": queries.lines_asked(asked),
        "ways": ways,
        "why_not": why_not,
        "goes_back": sum(amount for _way, amount in ways),
        "is_open": asked.status in STILL_ASKED,
        "refusal": refusal,
        "decision": decision if decides else None,
        "undoing": decision if undoes else None,
        "may_withdraw": asked.asked_by_id == request.user.pk
        and (asked.status == RequestStatus.ASKED or (is_approved and asked.kind != RefundKind.CREDIT)),
        "withdrawal_key": uuid4(),
        "paying": paying if is_approved and may(permissions.PAY_REFUND) and not why_not else None,
        "has_number": any(way not in {PaymentMode.CASH, PaymentMode.DEPOSIT} for way, _amount in ways),
        "refunds": refunds,
        "just_printed": to_print(request, refunds) if "paid" in request.GET else "",
        "needs_shift": _needs_shift(request),
    }
    status = 422 if refusal or (sent and sent.errors) else 200
    return render(request, "billing/refund_detail.html", context, status=status)


def _ways_back(asked: RefundRequest) -> tuple[list[tuple[PaymentMode, Decimal]], str]:
    """How the money of an open request goes back, or why it cannot."""
    if asked.status not in STILL_ASKED:
        return [], ""
    try:
        return services.ways_back(asked), ""
    except Refusal as refusal:
        return [], str(refusal)


@requires(permissions.APPROVE_REFUND)
@require_POST
def decision_new(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    asked = _asked(request, request_id)
    form = DecisionForm(request.POST)
    return _done(
        request,
        asked,
        lambda: services.decide_refund(
            request=asked,
            is_approved=request.POST.get("answer") == "yes",
            note=form.cleaned_data["note"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
        form,
    )


@requires(permissions.ASK_REFUND)
@require_POST
def withdrawal_new(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    asked = _asked(request, request_id)
    return _done(
        request,
        asked,
        lambda: services.withdraw_refund(
            request=asked, request_key=key_of(request), actor=request.user, at=timezone.now()
        ),
    )


@requires(permissions.PAY_REFUND)
@require_POST
def refund_payment_new(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    asked = _asked(request, request_id)
    form = PayBackForm(request.POST)

    def pay() -> None:
        refunds = services.pay_refund(
            request=asked,
            reference=form.cleaned_data["reference"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
        cash = sum(one.amount for one in refunds if one.mode == PaymentMode.CASH)
        if cash:
            messages.info(request, _("Give back %(cash)s in cash.") % {"cash": rupees(cash)})

    return _done(request, asked, pay, form, query={"paid": 1})


def _done(
    request: HttpRequest, asked: RefundRequest, act: Any, form: Asked | None = None, **led: Any
) -> HttpResponseBase:
    if form and not form.is_valid():
        return _show_asked(request, asked, _("This is not right."), form)
    try:
        act()
    except Refusal as refusal:
        sentence = str(refusal)
        if form and refusal.field in form.fields:  # it stands there, and so does the cursor
            form.add_error(refusal.field, sentence)
            sentence = ""
        return _show_asked(request, asked, sentence, form)
    messages.success(request, _("Saved."))
    return go(request, "billing:refund_detail", asked.pk, **led)


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def ledger_detail(request: HttpRequest) -> HttpResponseBase:
    """The trial balance of the hospital where this person works."""
    facility = request.user.posting.facility
    sums = queries.trial_balance(facility) if facility else []
    context = {
        "tabs": tabs(request, "billing:ledger_detail"),
        "sums": sums,
        "debits": sum(one.debit for one in sums),
        "credits": sum(one.credit for one in sums),
    }
    return render(request, "billing/ledger_detail.html", context)
