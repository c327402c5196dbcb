"""The bank's word: its file of UPI payments, what it has not had yet, cheques in hand."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import BounceForm, ClearanceForm, CorrectionForm, SettlementForm
from billing.models import Payment, Settlement
from billing.queries.bank import BEFORE, DIFFERS, ERROR, MATCHED, UNKNOWN
from billing.views.collections import tabs
from billing.views.lists import PAGE, paged
from facilities.views.asking import asked_of, show_form
from facilities.views.sheets import uploaded
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.templatetags.ui import rupees
from patients.queries import withhold_names

KINDS = {
    MATCHED: gettext_lazy("matched"),
    DIFFERS: gettext_lazy("amount differs"),
    UNKNOWN: gettext_lazy("no receipt yet"),
    BEFORE: gettext_lazy("had before"),
    ERROR: gettext_lazy("wrong"),
}
TONES = {MATCHED: "good", DIFFERS: "bad", UNKNOWN: "warn", BEFORE: "idle", ERROR: "bad"}


def _make_listed(payments: Any) -> None:
    """Each with its `age` in days and its `patient`, whom a list may not name where the law says so."""
    today = timezone.localdate()
    for one in payments:
        one.age = (today - timezone.localdate(one.received_at)).days
        one.patient = (one.invoice or one.deposit).patient
    withhold_names(one.patient for one in payments)


# ── UPI ──


@requires(permissions.RECONCILE)
@require_GET
def unseen_upi_list(request: HttpRequest) -> HttpResponseBase:
    """UPI payments that the bank has not had, the oldest first, and bank lines that nobody claims."""
    listed = paged(request, queries.unseen_upi(request.user))
    _make_listed(listed["page"].object_list)
    unclaimed = queries.unclaimed_lines(request.user)
    context = listed | {
        "unclaimed": unclaimed[:PAGE],
        "unclaimed_count": unclaimed.count(),
        "tabs": tabs(request, "billing:unseen_upi_list"),
    }
    return render(request, "billing/unseen_upi_list.html", context)


@requires(permissions.RECONCILE)
@require_http_methods(["GET", "POST"])
def settlement_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a file of the bank. Nothing of it counts before it was looked through and taken in."""
    form = SettlementForm(request.POST or None, request.FILES or None)
    if held := uploaded(form, services.prepare_settlement, actor=request.user):
        return go(request, "billing:settlement_detail", held.pk)
    context = {
        "form": form,
        "earlier": queries.settlements(request.user)[:10],
        "tabs": tabs(request, "billing:unseen_upi_list"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/settlement_new.html", context, status=status)


def _settlement(request: HttpRequest, settlement_id: UUID) -> Settlement:
    visible = Settlement.objects.visible_to(request.user).select_related("uploaded_by", "applied_by")
    return get_object_or_404(visible, pk=settlement_id)


@requires(permissions.RECONCILE)
@require_GET
def settlement_detail(request: HttpRequest, settlement_id: UUID) -> HttpResponseBase:
    """Row by row what the file says beside what was typed at the counters."""
    held = _settlement(request, settlement_id)
    rows = queries.look_through(held)
    by_kind = {kind: [row for row in rows if row.kind == kind] for kind in KINDS}
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else next((one for one in KINDS if by_kind[one]), MATCHED)
    listed = paged(request, by_kind[kind], kind=kind)
    context = listed | {
        "held": held,
        "kind": kind,
        "tone": TONES[kind],
        "said": KINDS[kind],
        "new": sum(len(by_kind[one]) for one in (MATCHED, DIFFERS, UNKNOWN)),
        "wrong": len(by_kind[ERROR]),
        "kinds": [
            {"url": f"?kind={one}", "label": f"{label} {len(by_kind[one])}", "current": one == kind}
            for one, label in KINDS.items()
        ],
        "tabs": tabs(request, "billing:unseen_upi_list"),
    }
    return render(request, "billing/settlement_detail.html", context)


@requires(permissions.RECONCILE)
@require_POST
def settlement_application_new(request: HttpRequest, settlement_id: UUID) -> HttpResponseBase:
    held = _settlement(request, settlement_id)
    try:
        services.apply_settlement(settlement=held, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "billing:settlement_detail", held.pk)
    messages.success(request, _("The bank's file %(name)s is taken in.") % {"name": held.filename})
    return go(request, "billing:unseen_upi_list")


# ── A reference typed wrong ──


@requires(permissions.RECONCILE)
@require_http_methods(["GET", "POST"])
def correction_new(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """The UTR or number of a payment is put right."""
    payment = _payment(request, payment_id)
    form = CorrectionForm(request.POST or None, initial={"reference": payment.reference})
    done = asked_of(
        form,
        lambda: services.correct_reference(
            payment=payment, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    back = (
        ("billing:invoice_detail", payment.invoice_id)
        if payment.invoice
        else ("billing:account_detail", payment.deposit.encounter_id)
    )
    if done:
        messages.success(request, _("%(receipt)s: the number is put right.") % {"receipt": done})
        return go(request, *back)
    kept = payment.invoice or payment.deposit
    said = [str(payment), str(kept.patient), rupees(payment.amount), payment.get_mode_display()]
    context = {
        "title": _("Put the UTR or number right"),
        "note": " · ".join([*said, payment.reference]),
        "back": reverse(back[0], args=[back[1]]),
    }
    return show_form(request, "billing/form_page.html", form, **context)


# ── Cheques and drafts ──


@requires(permissions.RECONCILE)
@require_GET
def cheque_list(request: HttpRequest) -> HttpResponseBase:
    """Cheques and drafts in hand, the oldest first."""
    listed = paged(request, queries.cheques_in_hand(request.user))
    _make_listed(listed["page"].object_list)
    return render(
        request, "billing/cheque_list.html", listed | {"tabs": tabs(request, "billing:cheque_list")}
    )


def _payment(request: HttpRequest, payment_id: UUID) -> Payment:
    linked = ("invoice__patient", "deposit__patient", "received_by", "clearance", "bounce")
    return get_object_or_404(Payment.objects.visible_to(request.user).select_related(*linked), pk=payment_id)


@requires(permissions.RECONCILE)
@require_http_methods(["GET", "POST"])
def clearance_new(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """The bank has honoured it."""
    payment, form = _payment(request, payment_id), ClearanceForm(request.POST or None)
    done = asked_of(
        form,
        lambda: services.clear_cheque(
            payment=payment, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if done:
        messages.success(request, _("%(receipt)s: the bank has honoured it.") % {"receipt": payment})
        return go(request, "billing:cheque_list")
    context = {"title": _("Honoured by the bank"), "save": _("The money has come")}
    return _said(request, payment, form, context)


@requires(permissions.RECONCILE)
@require_http_methods(["GET", "POST"])
def bounce_new(request: HttpRequest, payment_id: UUID) -> HttpResponseBase:
    """The bank has returned it: what it paid is owed again."""
    payment, form = _payment(request, payment_id), BounceForm(request.POST or None)
    done = asked_of(
        form,
        lambda: services.bounce_cheque(
            payment=payment, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if done:
        messages.success(
            request, _("%(receipt)s counts no more: what it paid is owed again.") % {"receipt": payment}
        )
        return go(request, "billing:cheque_list")
    context = {"title": _("Returned by the bank"), "save": _("It counts no more")}
    return _said(request, payment, form, context)


def _said(request: HttpRequest, payment: Payment, form: Any, context: dict[str, Any]) -> HttpResponseBase:
    shared = {"payment": payment, "form": form, "tabs": tabs(request, "billing:cheque_list")}
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/cheque_detail.html", shared | context, status=status)
