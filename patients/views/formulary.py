"""The formulary: what a hospital lists, has and approves, and all of it as sheets."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.models import Facility
from hmis.kernel import exports
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from patients import permissions, services
from patients.forms import ContentFilter, FormularyFilter, RuleForm, SheetForm
from patients.models import CONTENT, AlertRule, ContentApproval, ContentKind, Medication
from patients.prescribing.alerts import Rule
from patients.prescribing.medicines import Formulary
from patients.queries import formulary as queries
from patients.services.content import key_columns
from patients.services.formulary import IN_TRAINING
from patients.services.formulary_sheets import (
    CHANGE,
    ERROR,
    LIST,
    NEW,
    SAME,
    content_rows,
    heads,
    list_rows,
    named_rows,
    unsealed,
)

PAGE = 50
ROWS_A_PAGE = 100
MOST_AT_ONCE = 1000
# What one press of a key says of a medicine, and what it becomes.
TOGGLES = {"listed": "is_listed", "available": "is_available"}
KINDS = {
    ERROR: gettext_lazy("wrong"),
    NEW: gettext_lazy("new"),
    CHANGE: gettext_lazy("changed"),
    SAME: gettext_lazy("the same"),
}


def _own(request: HttpRequest) -> Facility | None:
    """The hospital where the person works; none for the state."""
    facility: Facility | None = request.user.posting.facility
    return facility


def _formulary(request: HttpRequest) -> Formulary:
    return queries.formulary_at(request.user.posting.facility_id)


def _may(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_manage": request.user.may(permissions.MANAGE_FORMULARY),
        "may_approve": request.user.may(permissions.APPROVE_FORMULARY)
        and request.user.posting.grade not in IN_TRAINING,
        "may_manage_content": request.user.may(permissions.MANAGE_CONTENT),
    }


def _paged(request: HttpRequest, found: Any, size: int = PAGE) -> dict[str, Any]:
    page = Paginator(found, size).get_page(request.GET.get("page"))
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}

    def turned(number: int) -> str:
        return f"?{urlencode(kept | {'page': str(number)})}"

    return {
        "page": page,
        "kept": urlencode(kept | ({"page": page.number} if page.number > 1 else {})),
        "previous_url": turned(page.number - 1) if page.has_previous() else "",
        "next_url": turned(page.number + 1) if page.has_next() else "",
    }


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
        "of": _own(request),
        "count": len(held.listed),
        **_paged(request, found),
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
            facility=_own(request), medication=medication, said=said, actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "patients:formulary_list")
    if request.headers.get("HX-Request"):
        one = _formulary(request).by_id[medication.pk]
        return render(request, "patients/_formulary_row.html", {"one": one, "is_here": True, **_may(request)})
    return go(request, "patients:formulary_list", query=_kept(request))


# ── Content, and its approval ──


def _kind(kind: str) -> str:
    if kind not in CONTENT:
        raise Http404
    return kind


@requires(permissions.VIEW_FORMULARY)
@require_GET
def content_list(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The rows of a kind with their sources, and whether they are approved here."""
    form = ContentFilter(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    rows = queries.content_of(
        _kind(kind), request.user.posting.facility_id, words=asked.get("q", ""), only=asked.get("only", "")
    )
    context = {
        "kind": kind,
        "label": ContentKind(kind).label,
        "filter_form": form,
        "of": _own(request),
        "waiting": sum(not row.approved_at for row in rows),
        "request_key": uuid4(),
        **_paged(request, rows),
        **_may(request),
    }
    return render(request, "patients/content_list.html", context)


def _toggled(sent: Any) -> dict[str, bool]:
    """{field: said yes} of the two answers that a row of the list takes."""
    return {field: sent[name] == "yes" for name, field in TOGGLES.items() if sent.get(name) in {"yes", "no"}}


def _filter(sent: Any) -> dict[str, str]:
    """Which rows are meant, by the names of the filter's own fields."""
    return {"q": sent.get("q", ""), "row": sent.get("row", "")}


@requires(permissions.APPROVE_FORMULARY)
@require_http_methods(["GET", "POST"])
def content_approval_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Approve one row, or all that a filter found: first they are shown once more, then one word counts."""
    asked = _filter(request.POST if request.method == "POST" else request.GET)
    facility = _own(request)
    rows = [
        row
        for row in queries.content_of(
            _kind(kind), facility.pk, words=asked["q"], only="waiting", row_id=asked["row"]
        )
        if not row.approved_at
    ][:MOST_AT_ONCE]
    said = ""
    if request.method == "POST":
        try:
            count = services.approve_content(
                facility=facility,
                kind=kind,
                digests=_digests(request),
                request_key=_key(request),
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            said = str(refusal)
        else:
            messages.success(request, _("%(count)s rows are approved.") % {"count": count})
            return go(request, "patients:content_list", kind, query=_kept(request))
    context = {
        "kind": kind,
        "label": ContentKind(kind).label,
        "rows": rows,
        "q": asked["q"],
        "row_id": asked["row"],
        "request_key": uuid4(),
        "said": said,
    }
    return render(request, "patients/content_approval_new.html", context, status=422 if said else 200)


def _kept(request: HttpRequest) -> dict[str, str]:
    """The words and the page that a list was left with."""
    return QueryDict(request.POST.get("kept", "")).dict()


def _digests(request: HttpRequest) -> dict[UUID, str]:
    """{row: what it said when it was shown}; a word that is none is left out."""
    found = {}
    for word in request.POST.getlist("seen")[:MOST_AT_ONCE]:
        row, _colon, digest = word.partition(":")
        try:
            found[UUID(row)] = digest
        except ValueError:
            continue
    if not found:
        raise Refusal(_("There is nothing to approve."))
    return found


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()


@requires(permissions.APPROVE_FORMULARY)
@require_POST
def approval_withdrawal_new(request: HttpRequest, approval_id: UUID) -> HttpResponseBase:
    """Take an approval back."""
    visible = ContentApproval.objects.visible_to(request.user)
    approval = get_object_or_404(visible, pk=approval_id)
    try:
        services.withdraw_approval(approval=approval, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back: the row counts as not approved."))
    return go(request, "patients:content_list", approval.kind, query=_kept(request))


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
                facility=_own(request),
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
        "version": request.POST.get("version") or (held.rev + 1 if held else 0),
        "changes": changes_of(held, most=20) if held else [],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/alert_rule_edit.html", context, status=status)


# ── Sheets ──


@requires(permissions.VIEW_FORMULARY)
@require_GET
def formulary_export(request: HttpRequest) -> HttpResponseBase:
    """The hospital's list as a sheet that may be sent back."""
    facility = _own(request)
    return _sheet(request, LIST, f"formulary-{facility.code if facility else 'state'}", _list_out)


def _list_out(request: HttpRequest) -> Any:
    return list_rows(_formulary(request))


@requires(permissions.VIEW_FORMULARY)
@require_GET
def content_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The state's rows of a kind as a sheet, each with its source."""
    return _sheet(request, _kind(kind), kind, lambda _request: content_rows(kind))


def _sheet(
    request: HttpRequest, kind: str, name: str, rows: Callable[[HttpRequest], Any]
) -> HttpResponseBase:
    services.note_formulary_export(facility=_own(request), kind=kind, actor=request.user, at=timezone.now())
    made = exports.as_csv if request.GET.get("as") == exports.CSV else exports.as_xlsx
    return made(name, heads(kind), rows(request))


@requires(permissions.MANAGE_FORMULARY)
@require_http_methods(["GET", "POST"])
def formulary_import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload the hospital's list and look through what it would change."""
    return _import(request, LIST)


@requires(permissions.MANAGE_FORMULARY)
@require_POST
def formulary_import_confirmation_new(request: HttpRequest) -> HttpResponseBase:
    """Take over the list that was looked through."""
    return _take_over(request, LIST)


@requires(permissions.MANAGE_CONTENT)
@require_http_methods(["GET", "POST"])
def content_import_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Upload rows of the state's content and look through what they would change."""
    return _import(request, _kind(kind))


@requires(permissions.MANAGE_CONTENT)
@require_POST
def content_import_confirmation_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Take over the rows that were looked through; approvals of what changes fall everywhere."""
    return _take_over(request, _kind(kind))


def _import(request: HttpRequest, kind: str) -> HttpResponseBase:
    if "sealed" in request.POST:
        return _look_again(request, kind)
    form = SheetForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            look = services.SheetLook(kind, named_rows(kind, form.content()), _own(request))
        except Refusal as refusal:
            form.add_error("file", str(refusal))
        else:
            return _show_look(request, look)
    return _ask_sheet(request, kind, form)


def _places(kind: str) -> dict[str, str]:
    """Where a sheet of this kind is sent, confirmed, taken from, and what stands behind it."""
    args = [] if kind == LIST else [kind]
    name = "formulary" if kind == LIST else "content"
    return {
        "import_url": reverse(f"patients:{name}_import_new", args=args),
        "confirm_url": reverse(f"patients:{name}_import_confirmation_new", args=args),
        "export_url": reverse(f"patients:{name}_export", args=args),
        "back": reverse(f"patients:{name}_list", args=args),
    }


def _ask_sheet(request: HttpRequest, kind: str, form: SheetForm, said: str = "") -> HttpResponseBase:
    needed = set(heads(LIST)[:4] if kind == LIST else [*key_columns(kind), "source"])
    context = {
        "form": form,
        "said": said,
        "is_list": kind == LIST,
        "columns": [(name, name in needed) for name in heads(kind)],
        **_places(kind),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/formulary_import_new.html", context, status=status)


def _look_again(request: HttpRequest, kind: str, said: str = "") -> HttpResponseBase:
    """The same sheet beside what is there now: another sort of rows, or another page of them."""
    facility = _own(request)
    try:
        _version, texts = unsealed(request.POST.get("sealed", ""), kind, facility)
    except Refusal as refusal:
        return _ask_sheet(request, kind, SheetForm(), said=str(refusal))
    return _show_look(request, services.SheetLook(kind, texts, facility), said=said)


def _show_look(request: HttpRequest, look: services.SheetLook, said: str = "") -> HttpResponseBase:
    asked = request.POST.get("kind", "")
    first = next((kind for kind in KINDS if look.counts[kind]), NEW)
    kind = asked if asked in KINDS else first
    context: dict[str, Any] = {
        "look": look,
        "sealed": look.sealed(),
        "request_key": uuid4(),
        "kind": kind,
        "kinds": [(one, label, look.counts[one]) for one, label in KINDS.items()],
        "page": Paginator(look.of_kind(kind), ROWS_A_PAGE).get_page(request.POST.get("page")),
        "said": said,
        "is_list": look.kind == LIST,
        **_places(look.kind),
    }
    return render(request, "patients/formulary_look.html", context, status=422 if said else 200)


def _take_over(request: HttpRequest, kind: str) -> HttpResponseBase:
    try:
        count = services.import_sheet(
            kind=kind,
            facility=_own(request),
            sealed=request.POST.get("sealed", ""),
            request_key=_key(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _look_again(request, kind, said=str(refusal))
    messages.success(request, _("%(count)s rows are taken over.") % {"count": count})
    return (
        go(request, "patients:formulary_list") if kind == LIST else go(request, "patients:content_list", kind)
    )
