"""Sheets for a day without the system."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from facilities.models import Department
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.views import papers_of
from opd import permissions, queries, services
from opd.forms import (
    DowntimeSheetsForm,
)


@requires(permissions.PRINT_DOWNTIME_SHEETS)
@require_GET
def downtimesheet_list(request: HttpRequest) -> HttpResponseBase:
    """The sheets printed for days without the system, newest first, and a form for more."""
    return _downtime_sheets(request, DowntimeSheetsForm(departments=_departments_here(request)))


@requires(permissions.PRINT_DOWNTIME_SHEETS)
@require_POST
def downtimesheet_new(request: HttpRequest) -> HttpResponseBase:
    """Print more sheets: their numbers are given here and never again."""
    form = DowntimeSheetsForm(request.POST, departments=_departments_here(request))
    if form.is_valid():
        try:
            paper = services.print_downtime_sheets(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request, _("The sheets %(numbers)s are ready to print.") % {"numbers": paper.number}
            )
            return go(request, "opd:downtimesheet_list")
    return _downtime_sheets(request, form, status=422)


def _departments_here(request: HttpRequest) -> Any:
    return Department.objects.visible_to(request.user).filter(is_active=True).select_related("facility")


def _downtime_sheets(request: HttpRequest, form: DowntimeSheetsForm, status: int = 200) -> HttpResponse:
    papers = papers_of(request.user).filter(template=queries.DOWNTIME_SHEETS, copy=0)
    context = {"form": form, "papers": papers.defer("pdf").select_related("issued_by").order_by("-pk")[:20]}
    return render(request, "opd/downtimesheet_list.html", context, status=status)
