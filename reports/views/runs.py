"""Reports that are made in the background: asked for, watched, cancelled, taken, kept."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import note_refused, requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from ipd.forms.leaving import KeyForm
from reports import permissions, queries, services
from reports.kinds import KINDS, ReportKind, kinds_for
from reports.models import ReportRun

A_PAGE = 50


@requires(permissions.MAKE_REPORTS)
@require_GET
def run_list(request: HttpRequest) -> HttpResponseBase:
    """What can be asked for, and the reports that were made, newest first."""
    runs = list(queries.runs_of(request.user)[:A_PAGE])
    context = {"kinds": kinds_for(request.user), "runs": [_line(run) for run in runs]}
    return render(request, "reports/run_list.html", context)


def _line(run: ReportRun) -> dict[str, Any]:
    kind = KINDS[run.kind]
    place = run.facility or run.district
    return {"run": run, "title": kind.title, "said": kind.said(run.asked), "place": place}


@requires(permissions.MAKE_REPORTS)
@require_http_methods(["GET", "POST"])
def run_new(request: HttpRequest, kind: str) -> HttpResponseBase:
    """Ask for a report of this kind; the page that watches it follows."""
    chosen = _kind(request, kind)
    form, key = chosen.form(request.POST or None, initial=request.GET.dict()), KeyForm(request.POST)
    if request.method != "POST":
        return _asked(request, chosen, form)
    if form.is_valid() and key.is_valid():
        try:
            run = services.ask_report(
                kind=chosen.code,
                asked=form.asked(),
                typed={name: form[name].value() or "" for name in form.fields},
                request_key=key.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            return go(request, "reports:run_detail", run.pk)
    return _asked(request, chosen, form, status=422)


def _kind(request: HttpRequest, code: str) -> ReportKind:
    """A kind that this person may ask for. Any other is not there; a try at one is written down."""
    kind = KINDS.get(code)
    if kind is None:
        raise Http404
    if not request.user.may(kind.permission):
        note_refused(kind.permission, actor=request.user)
        raise Http404
    return kind


def _asked(request: HttpRequest, kind: ReportKind, form: Any, *, status: int = 200) -> HttpResponseBase:
    context = {"kind": kind, "form": form, "request_key": request.POST.get("request_key") or uuid4()}
    return render(request, "reports/run_new.html", context, status=status)


@requires(permissions.MAKE_REPORTS)
@require_GET
def run_detail(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """How far a report is; it looks again by itself until the report is over."""
    run = get_object_or_404(queries.runs_of(request.user), pk=run_id)
    return show(request, "reports/run_detail.html", _line(run), fragment="reports/_run.html")


@requires(permissions.MAKE_REPORTS)
@require_POST
def run_cancel_new(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """It is wanted no more."""
    run = get_object_or_404(queries.runs_of(request.user), pk=run_id)
    try:
        services.cancel_report(run=run, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The report was cancelled."))
    return go(request, "reports:run_detail", run.pk)


@requires(permissions.MAKE_REPORTS)
@require_GET
def run_file(request: HttpRequest, run_id: UUID) -> HttpResponseBase:
    """The file of a report, as long as it is kept; that it was taken is written down."""
    run = get_object_or_404(queries.runs_of(request.user), pk=run_id)
    if not run.has_file:
        raise Http404
    services.note_report_exported(run=run, actor=request.user, at=timezone.now())
    response = HttpResponse(bytes(run.content or b""), content_type=KINDS[run.kind].content_type)
    response["Content-Disposition"] = f'attachment; filename="{run.filename}"'
    response["Cache-Control"] = "private, no-store"
    return response
