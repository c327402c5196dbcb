"""Facilities by the sheet: template, upload, look through, take over."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.views.sheets import left_out_sheet, looked_through, template_sheet, uploaded, was_left_out
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

KINDS = {
    ERROR: _("wrong"),
    DOUBLE: _("perhaps a duplicate"),
    NEW: _("new"),
    CHANGE: _("changed"),
    SAME: _("the same"),
}


@requires(permissions.MANAGE_REGISTRIES)
@require_http_methods(["GET", "POST"])
def registry_import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a sheet. Nothing of it holds before it was looked through and confirmed."""
    form = SheetForm(request.POST or None, request.FILES or None)
    if held := uploaded(form, services.prepare_registry_import, actor=request.user):
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
    """The sheet to fill in."""
    return template_sheet(request, registry_template_rows, "facilities")


def _held(request: HttpRequest, registry_import_id: UUID) -> RegistryImport:
    visible = RegistryImport.objects.visible_to(request.user).select_related("uploaded_by")
    return get_object_or_404(visible, pk=registry_import_id)


@requires(permissions.MANAGE_REGISTRIES)
@require_GET
def registry_import_detail(request: HttpRequest, registry_import_id: UUID) -> HttpResponseBase:
    """Before the confirmation what each row would do; afterwards what was done."""
    held = _held(request, registry_import_id)
    if held.confirmed_at:
        outcome = {"held": held, "counts": held.outcome["counts"], "left_out": was_left_out(held, COLUMNS)}
        return render(request, "reports/registries/import_done.html", outcome)
    look = RegistryLook(held, request.user)
    context = {"held": held, **looked_through(request, look, KINDS, COLUMNS, on_one_page=DOUBLE)}
    return render(request, "reports/registries/import_detail.html", context)


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
    """The rows that were not taken, as a sheet with one more column that says why."""
    return left_out_sheet(request, _held(request, registry_import_id), RegistryLook, COLUMNS)
