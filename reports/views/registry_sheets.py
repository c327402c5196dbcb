"""Facilities by the sheet: template, upload, look through, take over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.views.asking import asked_of
from hmis.kernel import sheets
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from reports import permissions, queries, services
from reports.forms.registries import SheetForm
from reports.models import RegistryImport
from reports.services.registry_sheets import (
    CHANGE,
    COLUMNS,
    DOUBLE,
    ERROR,
    NEW,
    SAME,
    RegistryLook,
    registry_template_rows,
)

PAGE = 100
KINDS = {
    ERROR: _("wrong"),
    DOUBLE: _("perhaps a double"),
    NEW: _("new"),
    CHANGE: _("changed"),
    SAME: _("the same"),
}


@requires(permissions.MANAGE_REGISTRIES)
@require_http_methods(["GET", "POST"])
def registry_import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a sheet. Nothing of it holds before it was looked through and confirmed."""
    form = SheetForm(request.POST or None, request.FILES or None)
    held = asked_of(
        form,
        lambda: services.prepare_registry_import(
            # One byte more than is taken, so that a larger file is refused without being read.
            content=form.cleaned_data["file"].read(sheets.MOST_BYTES + 1),
            filename=form.cleaned_data["file"].name,
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if held:
        return go(request, "reports:registry_import_detail", held.pk)
    context = {
        "form": form,
        "imports": queries.registry_imports(request.user)[:10],
        "columns": list(zip(*registry_template_rows(), strict=True)),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "reports/registries/import_new.html", context, status=status)


@requires(permissions.MANAGE_REGISTRIES)
@require_GET
def registry_import_template(request: HttpRequest) -> HttpResponseBase:
    """The sheet to fill in, its columns explained in Hindi; `?as=csv` for the plain kind."""
    with translation.override("hi"):
        head, said = registry_template_rows()
    # What begins with # is passed over when the sheet comes back.
    rows = [head, [f"# {said[0]}", *said[1:]]]
    if request.GET.get("as") == "csv":
        return sheets.as_csv(rows, "facilities.csv")
    return sheets.as_xlsx(rows, "facilities.xlsx", remarks=1)


def _held(request: HttpRequest, registry_import_id: UUID) -> RegistryImport:
    visible = RegistryImport.objects.visible_to(request.user).select_related("uploaded_by")
    return get_object_or_404(visible, pk=registry_import_id)


@requires(permissions.MANAGE_REGISTRIES)
@require_GET
def registry_import_detail(request: HttpRequest, registry_import_id: UUID) -> HttpResponseBase:
    """Before the confirmation what each row would do; afterwards what was done."""
    held = _held(request, registry_import_id)
    if held.confirmed_at:
        left_out = [(one["row"], _said(one["errors"])) for one in held.outcome["left_out"][:PAGE]]
        context = {"held": held, "counts": held.outcome["counts"], "left_out": left_out}
        return render(request, "reports/registries/import_done.html", context)
    look = RegistryLook(held, request.user)
    first = next((kind for kind in KINDS if look.counts[kind]), NEW)
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else first
    # Each double has a box that belongs to the form of the confirmation: all stand on one page.
    page = Paginator(look.of_kind(kind), sheets.MOST_ROWS if kind == DOUBLE else PAGE).get_page(
        request.GET.get("page")
    )
    for row in page.object_list:
        row.said_errors, row.said_changes = _said(row.errors), _said(row.changes)
    context = {
        "held": held,
        "counts": look.counts,
        "kind": kind,
        "kinds": [
            {"url": f"?kind={one}", "label": f"{label} {look.counts[one]}", "current": one == kind}
            for one, label in KINDS.items()
        ],
        "page": page,
        "previous_url": f"?kind={kind}&page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?kind={kind}&page={page.number + 1}" if page.has_next() else "",
        "page_label": f"{page.number} / {page.paginator.num_pages}",
        "right": look.counts[NEW] + look.counts[CHANGE],
    }
    return render(request, "reports/registries/import_detail.html", context)


def _said(columned: list[Any]) -> list[Any]:
    """With the columns' names in words."""
    labels = {column.name: str(column.label) for column in COLUMNS}
    return [(labels.get(column, column), *rest) for column, *rest in columned]


@requires(permissions.MANAGE_REGISTRIES)
@require_POST
def registry_import_confirmation_new(request: HttpRequest, registry_import_id: UUID) -> HttpResponseBase:
    """Take the sheet over; `also` are the rows that look like doubles and are none."""
    held = _held(request, registry_import_id)
    also = {int(row) for row in request.POST.getlist("also") if row.isdecimal() and len(row) < 7}
    try:
        services.confirm_registry_import(held=held, also=also, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "reports:registry_import_detail", held.pk)


@requires(permissions.MANAGE_REGISTRIES)
@require_GET
def registry_import_left_out(request: HttpRequest, registry_import_id: UUID) -> HttpResponseBase:
    """The rows that were not taken, with one more column that says why: put right, send again."""
    held = _held(request, registry_import_id)
    if held.confirmed_at:
        wrong = {int(one["row"]): one["errors"] for one in held.outcome["left_out"]}
    else:
        wrong = {row.number: row.errors for row in RegistryLook(held, request.user).of_kind(ERROR)}
    names = [column.name for column in COLUMNS]
    rows = [[*names, _("what is wrong")]]
    for text in held.rows:
        if errors := wrong.get(int(text["row"])):
            said = "; ".join(f"{column}: {sentence}" for column, sentence in errors)
            rows.append([*(text.get(name, "").removeprefix(sheets.FORMULA_MARK) for name in names), said])
    if request.GET.get("as") == "csv":
        return sheets.as_csv(rows, "left-out.csv")
    return sheets.as_xlsx(rows, "left-out.xlsx")
