"""Staff by the sheet: template, upload, look through, take over, passwords."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import permissions, queries, services
from facilities.forms import UploadForm
from facilities.models import StaffImport, User
from facilities.services.imports import CHANGE, COLUMNS, ERROR, NEW, SAME, Look, template_rows
from facilities.views.asking import asked_of
from hmis.kernel import sheets
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go

PAGE = 100
KINDS = {ERROR: _("wrong"), NEW: _("new"), CHANGE: _("changed"), SAME: _("the same")}


@requires(permissions.MANAGE_STAFF)
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a sheet. Nothing of it holds before it was looked through and confirmed."""
    form = UploadForm(request.POST or None, request.FILES or None)
    held = asked_of(
        form,
        lambda: services.prepare_import(
            content=_bounded(form.cleaned_data["file"]),
            filename=form.cleaned_data["file"].name,
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if held:
        return go(request, "facilities:import_detail", held.pk)
    columns = list(zip(*template_rows(), strict=True))
    context = {"form": form, "imports": queries.imports_of(request.user)[:10], "columns": columns}
    status = 422 if request.method == "POST" else 200
    return render(request, "facilities/import_new.html", context, status=status)


def _bounded(file: Any) -> bytes:
    """One byte more than is taken, so that a larger file is refused without being read."""
    return file.read(sheets.MOST_BYTES + 1)


@requires(permissions.MANAGE_STAFF)
@require_GET
def import_template(request: HttpRequest) -> HttpResponseBase:
    """The sheet to fill in, its columns explained in Hindi first; `?as=csv` for the plain kind."""
    with translation.override("hi"):
        head, said = template_rows()
    # What begins with # is passed over when the sheet comes back.
    rows = [head, [f"# {said[0]}", *said[1:]]]
    if request.GET.get("as") == "csv":
        return sheets.as_csv(rows, "staff.csv")
    return sheets.as_xlsx(rows, "staff.xlsx", remarks=1)


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
    first = next((kind for kind in KINDS if look.counts[kind]), NEW)
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else first
    page = Paginator(look.of_kind(kind), PAGE).get_page(request.GET.get("page"))
    for row in page.object_list:
        row.said_errors, row.said_changes = _said(row.errors), _said(row.changes)
    context = {
        "held": held,
        "counts": look.counts,
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
    return render(request, "facilities/import_detail.html", context)


def _said(columned: list[Any]) -> list[Any]:
    """With the columns' names in words."""
    labels = {column.name: str(column.label) for column in COLUMNS}
    return [(labels[column], *rest) for column, *rest in columned]


def _outcome(request: HttpRequest, held: StaffImport) -> dict[str, Any]:
    added = User.objects.filter(pk__in=held.outcome["added"])
    waiting = permissions.in_care_of(request.user, added.filter(last_login=None, is_active=True))
    return {
        "held": held,
        "counts": held.outcome["counts"],
        "left_out": [(one["row"], _said(one["errors"])) for one in held.outcome["left_out"][:PAGE]],
        "added": len(held.outcome["added"]),
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
    """The rows that are wrong, as a sheet with one more column that says why: put right, send again."""
    held = _held(request, import_id)
    if held.confirmed_at:
        wrong = {int(one["row"]): one["errors"] for one in held.outcome["left_out"]}
    else:
        wrong = {row.number: row.errors for row in Look(held, request.user).of_kind(ERROR)}
    names = [column.name for column in COLUMNS]
    rows = [[*names, _("what is wrong")]]
    for text in held.rows:
        if errors := wrong.get(int(text["row"])):
            said = "; ".join(f"{column}: {sentence}" for column, sentence in errors)
            rows.append([*(text.get(name, "").removeprefix(sheets.FORMULA_MARK) for name in names), said])
    if request.GET.get("as") == "csv":
        return sheets.as_csv(rows, "left-out.csv")
    return sheets.as_xlsx(rows, "left-out.xlsx")


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
    return sheets.as_xlsx([head, *rows], "passwords.xlsx")


def _until(person: User) -> str:
    return f"{timezone.localtime(person.one_time_until):%d-%m-%Y}" if person.one_time_until else ""
