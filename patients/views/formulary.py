"""The formulary: what a hospital lists and has, which rules it retires, its content; and all as sheets."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.edits import version_shown
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from patients import permissions, services
from patients.forms.formulary import FormularyFilter, RuleForm
from patients.models import MEDICINES, AlertRule, Medication
from patients.prescribing.alerts import Rule
from patients.prescribing.medicines import Formulary
from patients.queries import formulary as queries
from patients.services.formulary_sheets import LIST, list_rows
from patients.views import content
from patients.views.content import Shelf, kept, own, paged

# What one press of a key says of a medicine, and what it becomes.
TOGGLES = {"listed": "is_listed", "available": "is_available"}


def _formulary(request: HttpRequest) -> Formulary:
    return queries.formulary_at(request.user.posting.facility_id)


def _may(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_manage": request.user.may(permissions.MANAGE_FORMULARY),
        **content.may(request, MEDICINES_SHELF),
    }


def _toggled(sent: Any) -> dict[str, bool]:
    """{field: said yes} of the two answers that a row of the list takes."""
    return {field: sent[name] == "yes" for name, field in TOGGLES.items() if sent.get(name) in {"yes", "no"}}


# ── The list ──


@requires(permissions.VIEW_FORMULARY)
@require_GET
def formulary_list(request: HttpRequest) -> HttpResponseBase:
    """Every medicine of the state's list, with what this hospital says of it."""
    form = FormularyFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    held = _formulary(request)
    found = queries.medicines_of(held, words=asked.get("q", ""), only=asked.get("only", ""))
    context = {
        "filter_form": form,
        "of": own(request),
        "count": len(held.listed),
        **paged(request, found),
        **_may(request),
    }
    return render(request, "patients/formulary_list.html", context)


@requires(permissions.VIEW_FORMULARY)
@require_GET
def medication_detail(request: HttpRequest, medication_id: UUID) -> HttpResponseBase:
    """One medicine: what its sources say, and what speaks of its ingredients."""
    held = _formulary(request)
    medicine = held.by_id.get(medication_id)
    row = get_object_or_404(Medication, pk=medication_id)
    if medicine is None:
        raise Http404
    context = {
        "medicine": medicine,
        "row": row,
        "substances": [held.substances[one] for one in medicine.ingredients if one in held.substances],
        "interactions": queries.interactions_about(held, medicine),
        "doses": queries.doses_about(held, medicine),
        "changes": changes_of(row, most=20),
        **_may(request),
    }
    return render(request, "patients/medication_detail.html", context)


@requires(permissions.MANAGE_FORMULARY)
@require_POST
def formulary_item_edit(request: HttpRequest, medication_id: UUID) -> HttpResponseBase:
    """Say that the list, or the counter, has a medicine or has not."""
    medication = get_object_or_404(Medication, pk=medication_id)
    said = _toggled(request.POST)
    try:
        services.say_of_medicine(
            facility=own(request), medication=medication, said=said, actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "patients:formulary_list")
    if request.headers.get("HX-Request"):
        one = _formulary(request).by_id[medication.pk]
        return render(request, "patients/_formulary_row.html", {"one": one, "is_here": True, **_may(request)})
    return go(request, "patients:formulary_list", query=kept(request))


# ── Content, and its approval (patients.views.content) ──

MEDICINES_SHELF = Shelf(
    app="patients",
    kinds=MEDICINES,
    layout="layouts/formulary.html",
    approve=permissions.APPROVE_FORMULARY,
)


@requires(permissions.VIEW_FORMULARY)
@require_GET
def content_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rows of a kind with their sources, and whether they are approved here."""
    return content.show_rows(request, MEDICINES_SHELF, kind)


@requires(permissions.APPROVE_FORMULARY)
@require_http_methods(["GET", "POST"])
def content_approval_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Approve one row, or all that a filter found."""
    return content.approve(request, MEDICINES_SHELF, kind)


@requires(permissions.APPROVE_FORMULARY)
@require_POST
def approval_withdrawal_new(request: HttpRequest, approval_id: UUID) -> HttpResponseBase:
    """Take an approval back."""
    return content.withdraw(request, MEDICINES_SHELF, approval_id)


# ── Rules ──


@requires(permissions.VIEW_FORMULARY)
@require_GET
def alert_rule_list(request: HttpRequest) -> HttpResponseBase:
    """Every rule, and whether this hospital has retired it."""
    held = {one.code: one for one in AlertRule.objects.visible_to(request.user)}
    rules = [(rule.value, rule.label, held.get(rule.value)) for rule in Rule]
    return render(request, "patients/alert_rule_list.html", {"rules": rules, **_may(request)})


@requires(permissions.APPROVE_FORMULARY)
@require_http_methods(["GET", "POST"])
def alert_rule_edit(request: HttpRequest, code: str) -> HttpResponseBase:
    """Retire a rule, or bring it back, for a reason."""
    if code not in Rule.values:
        raise Http404
    held = AlertRule.objects.visible_to(request.user).filter(code=code).first()
    is_retired = bool(held and held.is_retired)
    form = RuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_rule(
                facility=own(request),
                code=code,
                is_retired=form.cleaned_data["becomes"] == "retired",
                reason=form.cleaned_data["reason"],
                version=form.cleaned_data["version"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return go(request, "patients:alert_rule_list")
    context = {
        "code": code,
        "label": Rule(code).label,
        "form": form,
        "is_retired": is_retired,
        "version": request.POST.get("version") or version_shown(held),
        "changes": changes_of(held, most=20) if held else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/alert_rule_edit.html", context, status=status)


# ── Sheets ──


@requires(permissions.VIEW_FORMULARY)
@require_GET
def formulary_export(request: HttpRequest) -> HttpResponseBase:
    """The hospital's list as a sheet that may be sent back."""
    facility = own(request)
    name = f"formulary-{facility.code if facility else 'state'}"
    return content.sheet_out(request, LIST, name, lambda: list_rows(_formulary(request)))


@requires(permissions.VIEW_FORMULARY)
@require_GET
def content_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The state's rows of a kind as a sheet, each with its source."""
    return content.export(request, MEDICINES_SHELF, kind)


@requires(permissions.MANAGE_FORMULARY)
@require_http_methods(["GET", "POST"])
def formulary_import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload the hospital's list and look through what it would change."""
    return content.take_sheet(request, MEDICINES_SHELF, LIST)


@requires(permissions.MANAGE_FORMULARY)
@require_POST
def formulary_import_confirmation_new(request: HttpRequest) -> HttpResponseBase:
    """Take over the list that was looked through."""
    return content.take_over(request, MEDICINES_SHELF, LIST)


@requires(permissions.MANAGE_CONTENT)
@require_http_methods(["GET", "POST"])
def content_import_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Upload rows of the state's content and look through what they would change."""
    return content.take_sheet(request, MEDICINES_SHELF, MEDICINES_SHELF.kind(kind))


@requires(permissions.MANAGE_CONTENT)
@require_POST
def content_import_confirmation_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Take over the rows that were looked through; approvals of what changes fall everywhere."""
    return content.take_over(request, MEDICINES_SHELF, MEDICINES_SHELF.kind(kind))
