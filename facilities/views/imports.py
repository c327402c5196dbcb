"""Staff by the sheet: template, upload, look through, take over, passwords."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import permissions, queries, services
from facilities.forms import UploadForm
from facilities.models import StaffImport, User
from facilities.services.imports import CHANGE, COLUMNS, ERROR, NEW, SAME, Look, template_rows
from facilities.views.sheets import left_out_sheet, looked_through, template_sheet, uploaded, was_left_out
from hmis.kernel import exports
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go

KINDS = {ERROR: _("wrong"), NEW: _("new"), CHANGE: _("changed"), SAME: _("the same")}


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a sheet. Nothing of it holds before it was looked through and confirmed."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if held := uploaded(form, services.prepare_import, actor=request.user):
        return go(request, "facilities:import_detail", held.pk)
    columns = list(zip(*template_rows(), strict=True))
    context = {"form": form, "imports": queries.imports_of(request.user)[:10], "columns": columns}
    status = 422 if request.method == "POST" else 200
    return render(request, "facilities/import_new.html", context, status=status)


@requires(permissions.MANAGE_STAFF)
@require_GET
def import_template(request: HttpRequest) -> HttpResponseBase:
    """The sheet to fill in."""
    return template_sheet(request, template_rows, "staff")


def _held(request: HttpRequest, import_id: UUID) -> StaffImport:
    visible = StaffImport.objects.visible_to(request.user).select_related("uploaded_by", "facility")
    return get_object_or_404(visible, pk=import_id)


@requires(permissions.MANAGE_STAFF)
@require_GET
def import_detail(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """Before the confirmation what each row would do; afterwards what was done."""
    held = _held(request, import_id)
    if held.confirmed_at:
        return render(request, "facilities/import_done.html", _outcome(request, held))
    look = Look(held, request.user)
    context = {"held": held, **looked_through(request, look, KINDS, COLUMNS)}
    return render(request, "facilities/import_detail.html", context)


def _outcome(request: HttpRequest, held: StaffImport) -> dict[str, Any]:
    added = User.objects.filter(pk__in=held.outcome["added"])
    waiting = permissions.in_care_of(request.user, added.filter(last_login=None, is_active=True))
    return {
        "held": held,
        "counts": held.outcome["counts"],
        "left_out": was_left_out(held, COLUMNS),
        "added": len(held.outcome["added"]),
        "ended": User.objects.filter(pk__in=held.outcome.get("ended", [])).order_by("name", "username"),
        "waiting": waiting.count(),
        "request_key": uuid4(),
    }


@requires(permissions.MANAGE_STAFF)
@require_POST
def import_confirmation_new(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    held = _held(request, import_id)
    try:
        services.confirm_import(held=held, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "facilities:import_detail", held.pk)


@requires(permissions.MANAGE_STAFF)
@require_GET
def import_left_out(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """The rows that are wrong, as a sheet with one more column that says why."""
    return left_out_sheet(request, _held(request, import_id), Look, COLUMNS)


@requires(permissions.MANAGE_STAFF)
@require_POST
def import_password_new(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """The sheet of passwords for one use, made as it is fetched and kept nowhere."""
    held = _held(request, import_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        return go(request, "facilities:import_detail", held.pk)
    try:
        given = services.give_passwords(
            held=held,
            again="again" in request.POST,
            request_key=key,
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "facilities:import_detail", held.pk)
    head = [_("name"), _("name in Hindi"), _("user name"), _("one-time password"), _("good until")]
    rows = [[one.name, one.name_hi, one.username, password, _until(one)] for one, password in given]
    return exports.as_form("passwords", [head, *rows])


def _until(person: User) -> str:
    return f"{timezone.localtime(person.one_time_until):%d-%m-%Y}" if person.one_time_until else ""
