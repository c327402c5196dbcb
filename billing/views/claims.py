"""The claims register, and what is owed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import ClaimForm
from billing.models import Claim, Scheme
from billing.states import CLAIM_MOVES, ClaimStatus
from billing.views.places import hospital_of, hospitals_of
from facilities.views.asking import asked_of, show_form
from hmis.kernel import exports
from hmis.kernel.access import requires
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from hmis.kernel.templatetags.ui import rupees
from patients.models import Patient
from patients.queries import withhold_names

PAGE = 50
TONES = {
    ClaimStatus.OPEN: "idle",
    ClaimStatus.SUBMITTED: "live",
    ClaimStatus.QUERIED: "warn",
    ClaimStatus.APPROVED: "good",
    ClaimStatus.REJECTED: "bad",
    ClaimStatus.SETTLED: "good",
}


@dataclass(frozen=True)
class Step:
    """One step of the register: its words, the act, and what its form asks."""

    to: ClaimStatus
    title: Any
    act: Callable[..., Claim]
    asks: tuple[str, ...]


# In the order of what is usual: Enter takes the first that the claim can take.
STEPS = {
    "submission": Step(
        ClaimStatus.SUBMITTED, gettext_lazy("Sent to the payer"), services.submit_claim, ("reference", "note")
    ),
    "approval": Step(
        ClaimStatus.APPROVED,
        gettext_lazy("Approved by the payer"),
        services.approve_claim,
        ("amount", "note"),
    ),
    "query": Step(ClaimStatus.QUERIED, gettext_lazy("The payer asks back"), services.query_claim, ("note",)),
    "rejection": Step(
        ClaimStatus.REJECTED, gettext_lazy("Rejected by the payer"), services.reject_claim, ("note",)
    ),
    "settlement": Step(
        ClaimStatus.SETTLED,
        gettext_lazy("Paid by the payer"),
        services.settle_claim,
        ("paid", "bank_reference", "note"),
    ),
}


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the register is narrowed to; the words are sent, so that no number stands in an address."""
    asked = {name: request.GET.get(name, "")[:20] for name in ("status", "bucket", "scheme")}
    return asked | {"words": request.POST.get("q", "").strip()[:60]}


@requires(permissions.VIEW_CLAIMS)
@require_http_methods(["GET", "POST"])
def claim_list(request: HttpRequest) -> HttpResponseBase:
    """Every claim with its status and how long it waits; sums above."""
    asked, today = _asked(request), timezone.localdate()
    page = Paginator(queries.claims_of(request.user, today, **asked), PAGE).get_page(
        request.POST.get("page") or request.GET.get("page")
    )
    claims = list(page.object_list)
    queries.give_days(claims, today)
    withhold_names([one.patient for one in claims])
    for one in claims:
        one.tone = TONES[ClaimStatus(one.status)]  # type: ignore[attr-defined]
    kept = {name: asked[name] for name in ("status", "bucket", "scheme") if asked[name]}
    context = {
        "page": page,
        "claims": claims,
        "q": asked["words"],
        "asked": asked,
        "statuses": _statuses(request, kept),
        "buckets": _buckets(request, kept, today),
        "schemes": Scheme.objects.filter(is_claimed=True),
        "query": f"?{urlencode(kept)}" if kept else "",
    }
    return render(request, "billing/claim_list.html", context)


# What the tab of a status sums; of the others what was claimed.
SUMMED: dict[str, str] = {ClaimStatus.APPROVED: "approved", ClaimStatus.SETTLED: "paid"}


def _statuses(request: HttpRequest, kept: dict[str, str]) -> list[dict[str, Any]]:
    """A tab for each status that claims are in, with their number and sum."""
    rest = {name: value for name, value in kept.items() if name != "status"}
    return [
        one
        | {
            "label": ClaimStatus(one["status"]).label,
            "amount": one[SUMMED.get(one["status"], "amount")],
            "url": f"?{urlencode(rest | {'status': one['status']})}",
            "current": kept.get("status") == one["status"],
        }
        for one in queries.by_status(request.user, scheme=kept.get("scheme", ""))
    ]


def _buckets(request: HttpRequest, kept: dict[str, str], today: Any) -> list[dict[str, Any]]:
    return [
        one
        | {
            "url": f"?{urlencode(kept | {'bucket': one['bucket'].name})}",
            "current": kept.get("bucket") == one["bucket"].name,
        }
        for one in queries.ageing(request.user, today, scheme=kept.get("scheme", ""))
    ]


@requires(permissions.VIEW_CLAIMS)
@require_POST
def claim_export_new(request: HttpRequest) -> HttpResponseBase:
    """The register as a sheet: numbers and sums, UHIDs, nobody's name."""
    asked, today = _asked(request), timezone.localdate()
    services.note_claims_export(actor=request.user, at=timezone.now())
    rows = _sheet(queries.claims_of(request.user, today, **asked), today)
    head = [
        _("hospital"),
        _("scheme"),
        "UHID",
        _("bill"),
        _("package"),
        _("pre-authorisation"),
        _("claim number"),
        _("status"),
        _("claimed"),
        _("approved"),
        _("Paid ₹"),
        _("bank reference"),
        _("opened"),
        _("days"),
        _("note"),
    ]
    kind = exports.as_csv if request.POST.get("as") == exports.CSV else exports.as_xlsx
    return kind("claims", [str(one) for one in head], rows)


def _sheet(claims: Any, today: Any) -> Iterator[list[Any]]:
    for one in claims.iterator(chunk_size=1000):
        queries.give_days([one], today)
        cover = one.cover
        yield [
            one.facility.code,
            one.scheme.code,
            one.patient.uhid_shown,
            one.invoice.number,
            cover.package_code if cover else "",
            cover.preauth_number if cover else "",
            one.reference,
            one.get_status_display(),
            one.amount,
            "" if one.approved_amount is None else one.approved_amount,
            "" if one.paid_amount is None else one.paid_amount,
            one.bank_reference,
            f"{timezone.localdate(one.opened_at):%d-%m-%Y}",
            one.days,
            one.note,
        ]


def _claim(request: HttpRequest, claim_id: UUID) -> Claim:
    linked = ("scheme", "invoice", "cover", "facility", "patient__district")
    return get_object_or_404(Claim.objects.visible_to(request.user).select_related(*linked), pk=claim_id)


@requires(permissions.VIEW_CLAIMS)
@require_GET
def claim_detail(request: HttpRequest, claim_id: UUID) -> HttpResponseBase:
    """One claim: what it asks, how far it has come, and what may be noted next."""
    claim = _claim(request, claim_id)
    services.note_claim_seen(claim=claim, actor=request.user, at=timezone.now())
    queries.give_days([claim], timezone.localdate())
    onward = CLAIM_MOVES.get(ClaimStatus(claim.status), set())
    may = request.user.may(permissions.MANAGE_CLAIMS)
    context = {
        "claim": claim,
        "tone": TONES[ClaimStatus(claim.status)],
        "steps": [
            {"url": reverse(f"billing:claim_{name}_new", args=[claim.pk]), "title": step.title}
            for name, step in STEPS.items()
            if may and step.to in onward
        ],
        "changes": changes_of(claim),
    }
    return render(request, "billing/claim_detail.html", context)


@requires(permissions.MANAGE_CLAIMS)
@require_http_methods(["GET", "POST"])
def claim_step_new(request: HttpRequest, claim_id: UUID, step: str) -> HttpResponseBase:
    """The next step of a claim, written down."""
    claim, taken = _claim(request, claim_id), STEPS[step]
    suggested = {"reference": claim.reference, "amount": claim.amount, "paid": claim.approved_amount}
    form = ClaimForm(request.POST or None, asks=taken.asks, initial=suggested)
    done = asked_of(
        form,
        lambda: taken.act(
            claim=claim,
            **form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if done:
        messages.success(request, _("Written down: %(status)s.") % {"status": done.get_status_display()})
        return go(request, "billing:claim_detail", claim.pk)
    context = {
        "title": taken.title,
        "note": f"{claim.scheme} · {claim.invoice} · {rupees(claim.amount)}",
        "back": reverse("billing:claim_detail", args=[claim.pk]),
    }
    return show_form(request, "billing/tariff_form_page.html", form, **context)


# ── Dues ──


@requires(permissions.VIEW_DUES)
@require_GET
def due_list(request: HttpRequest) -> HttpResponseBase:
    """What patients and schemes owe a hospital."""
    hospitals = hospitals_of(request)
    facility = hospital_of(request, hospitals)
    if facility is None:
        raise Http404
    page = Paginator(queries.outstanding(facility), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    people = Patient.objects.in_bulk([one["patient"] for one in rows])
    withhold_names(list(people.values()))
    deposits = queries.deposits_to_return(facility)
    kept = {"hospital": facility.code} if hospitals else {}
    context = {
        "of": facility,
        "hospitals": hospitals,
        "page": page,
        "rows": [(people[one["patient"]], one) for one in rows],
        "total": queries.outstanding_total(facility),
        "schemes": queries.owed_by_schemes(facility),
        "deposits": deposits,
        "in_deposits": sum(one.held for one in deposits),
        "previous_url": f"?{urlencode(kept | {'page': page.number - 1})}" if page.has_previous() else "",
        "next_url": f"?{urlencode(kept | {'page': page.number + 1})}" if page.has_next() else "",
    }
    return render(request, "billing/due_list.html", context)


@requires(permissions.VIEW_DUES)
@require_GET
def patient_due_detail(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The bills that one patient has still to pay."""
    facility = hospital_of(request, hospitals_of(request))
    if facility is None:
        raise Http404
    patient = get_object_or_404(
        Patient.objects.select_related("district").visible_to(request.user), pk=patient_id
    )
    services.note_dues_seen(patient=patient, actor=request.user, at=timezone.now())
    invoices = queries.dues_of(patient, facility)
    context = {
        "patient": patient,
        "of": facility,
        "invoices": invoices,
        "total": sum(one.owed for one in invoices),
    }
    return render(request, "billing/patient_due_detail.html", context)
