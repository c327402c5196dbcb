"""The registry of facilities: the list, a line and its steps, what leaves the house."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.views.asking import asked_of, show_form
from hmis.kernel import exports, pdf
from hmis.kernel.access import requires
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from hmis.kernel.said import rev_said
from hmis.kernel.views import as_pdf
from reports import permissions, queries, services
from reports.forms.registries import EntryForm, MoveForm, RegistryFilterForm
from reports.models import LATE, SOON, RegistryEntry
from reports.states import RegistryStatus

PAGE, MOST_ON_PAPER = 50, 2000
PDF = "pdf"
TONES = {
    RegistryStatus.NOT_STARTED: "idle",
    RegistryStatus.APPLIED: "live",
    RegistryStatus.RETURNED: "warn",
    RegistryStatus.VERIFIED: "good",
    RegistryStatus.STRUCK: "idle",
}


@requires(permissions.VIEW_REGISTRIES)
@require_GET
def registry_list(request: HttpRequest) -> HttpResponseBase:
    """The facilities, what needs a call first; ?as= takes the list out of the house as PDF, XLSX or CSV."""
    form = RegistryFilterForm(request.GET, actor=request.user)
    today = timezone.localdate()
    found = queries.entries(request.user, form.wanted(), today)
    if request.GET.get("as"):
        return _call_list(request, found)
    paged = Paginator(found, PAGE)
    page = paged.get_page(request.GET.get("page"))
    for entry in page.object_list:
        entry.tone = TONES[RegistryStatus(entry.status)]
    whole, districts = queries.hfr_coverage(request.user, today)
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    context = {
        "form": form,
        "page": page,
        "count": paged.count,
        "whole": whole,
        "districts": districts if len(districts) > 1 else [],
        "steps": [one.label for one in RegistryStatus if one != RegistryStatus.STRUCK],
        "LATE": LATE,
        "SOON": SOON,
        "not_entered": queries.not_entered(request.user),
        "may_manage": request.user.may(permissions.MANAGE_REGISTRIES),
        "query": urlencode(kept),
        "previous_url": _page_url(kept, page.number - 1) if page.has_previous() else "",
        "next_url": _page_url(kept, page.number + 1) if page.has_next() else "",
        "page_label": f"{page.start_index()}–{page.end_index()} / {paged.count}",
    }
    return render(request, "reports/registries/registry_list.html", context)


def _page_url(kept: dict[str, str], number: int) -> str:
    return f"?{urlencode(kept | {'page': str(number)})}"


def call_heads() -> list[str]:
    """The columns of the list by which a district calls facilities through."""
    return [
        _("District"),
        _("Facility"),
        _("Kind"),
        _("Run by"),
        _("Telephone"),
        _("HFR ID"),
        _("Status"),
        _("Responsible officer"),
        _("Due on"),
        _("Remarks"),
    ]


def _call_list(request: HttpRequest, found: Any) -> HttpResponseBase:
    form = request.GET["as"]
    if form not in {PDF, exports.CSV, exports.XLSX}:
        raise Http404
    entries = list(found[:MOST_ON_PAPER]) if form == PDF else list(found)
    services.note_registry_exported(
        what="hfr", form=form, rows=len(entries), actor=request.user, at=timezone.now()
    )
    name = f"hfr-{timezone.localdate():%Y-%m-%d}"
    if form == PDF:
        with translation.override("hi"):
            return on_paper(
                request, _("Health Facility Registry: to be called"), call_heads(), _cells(entries)
            )
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    return as_file(name, call_heads(), _cells(entries))


def _cells(entries: list[RegistryEntry]) -> list[list[str]]:
    return [
        [
            str(one.place),
            str(one),
            str(one.kind_label),
            one.ownership_label,
            one.telephone,
            one.number,
            str(one.get_status_display()),
            one.owner,
            f"{one.due_on:%d-%m-%Y}" if one.due_on else "",
            one.remarks,
        ]
        for one in entries
    ]


def on_paper(request: HttpRequest, title: str, heads: list[str], rows: list[list[str]]) -> HttpResponseBase:
    """A list of the review as A4 across, whoever's office prints it; its columns are in Hindi."""
    posting = request.user.posting
    place = posting.facility or posting.district or posting.state
    context = {
        "facility": {"name": place.name, "name_hi": place.name_hi},
        "title": title,
        "heads": heads,
        "rows": rows,
        "printed_by": request.user,
        "printed_at": timezone.now(),
    }
    return as_pdf(pdf.pressed(render_to_string("reports/registries/documents/call_list.html", context)))


@requires(permissions.MANAGE_REGISTRIES)
@require_POST
def registry_entering_new(request: HttpRequest) -> HttpResponseBase:
    """Put the hospitals that work in this system on the list, those that are not there yet."""
    entered = services.enter_hospitals(actor=request.user, at=timezone.now())
    said = ngettext("%(count)s hospital entered.", "%(count)s hospitals entered.", entered)
    messages.success(request, said % {"count": entered})
    return go(request, "reports:registry_list")


@requires(permissions.MANAGE_REGISTRIES)
@require_http_methods(["GET", "POST"])
def registry_new(request: HttpRequest) -> HttpResponseBase:
    """One facility more."""
    form = EntryForm(request.POST or None, actor=request.user)
    made = asked_of(
        form,
        lambda: services.add_entry(
            details=form.details(),
            confirm_new=form.cleaned_data["confirm_new"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("It is on the list."))
        return go(request, "reports:registry_detail", made.pk)
    context = {"title": _("New facility"), "back": reverse("reports:registry_list")}
    return show_form(request, "reports/registries/form_page.html", form, **context)


def _entry(request: HttpRequest, registry_entry_id: UUID) -> RegistryEntry:
    visible = RegistryEntry.objects.visible_to(request.user).described()
    return get_object_or_404(visible, pk=registry_entry_id)


@requires(permissions.VIEW_REGISTRIES)
@require_GET
def registry_detail(request: HttpRequest, registry_entry_id: UUID) -> HttpResponseBase:
    """A facility's line: what is known, its next step, what was changed."""
    return _detail(request, _entry(request, registry_entry_id))


def _detail(request: HttpRequest, entry: RegistryEntry, form: MoveForm | None = None) -> HttpResponseBase:
    may_manage = request.user.may(permissions.MANAGE_REGISTRIES)
    blank = MoveForm(entry=entry, initial={"hfr_id": entry.number, "remarks": entry.remarks})
    context = {
        "entry": entry,
        "tone": TONES[RegistryStatus(entry.status)],
        "is_late": entry.is_late(timezone.localdate()),
        "may_manage": may_manage,
        "form": form or blank,
        "rev": request.POST.get("rev", "") if form else entry.rev,
        "changes": changes_of(entry),
    }
    page = "reports/registries/registry_detail.html"
    return render(request, page, context, status=422 if form else 200)


@requires(permissions.MANAGE_REGISTRIES)
@require_http_methods(["GET", "POST"])
def registry_edit(request: HttpRequest, registry_entry_id: UUID) -> HttpResponseBase:
    """Put a facility's line right."""
    entry = _entry(request, registry_entry_id)
    names = [name for name in EntryForm.base_fields if name not in {"request_key", "confirm_new"}]
    initial = {name: getattr(entry, name) for name in names}
    form = EntryForm(request.POST or None, actor=request.user, entry=entry, initial=initial)
    saved = asked_of(
        form,
        lambda: services.edit_entry(
            entry=entry,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are in the history."))
        return go(request, "reports:registry_detail", entry.pk)
    context = {
        "title": str(entry),
        "rev": entry.rev,
        "back": reverse("reports:registry_detail", args=[entry.pk]),
        "ours": entry.facility,
    }
    return show_form(request, "reports/registries/form_page.html", form, **context)


@requires(permissions.MANAGE_REGISTRIES)
@require_POST
def registry_move_new(request: HttpRequest, registry_entry_id: UUID) -> HttpResponseBase:
    """The next step of a facility in the HFR."""
    entry = _entry(request, registry_entry_id)
    form = MoveForm(request.POST, entry=entry)
    moved = asked_of(
        form,
        lambda: services.move_entry(
            entry=entry,
            **form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if moved is None:
        return _detail(request, entry, form)
    messages.success(request, _("Written down."))
    return go(request, "reports:registry_detail", entry.pk)
