"""How long people wait: each step of a day, by department and unit."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from hmis.kernel.htmx import show
from opd import permissions, queries
from opd.forms import DayForm


@requires(permissions.VIEW_WAITING_TIMES)
@require_GET
def waiting_list(request: HttpRequest) -> HttpResponseBase:
    """The waiting times of one day: of today, where none is said."""
    today = timezone.localdate()
    form = DayForm(request.GET if "day" in request.GET else None, initial={"day": today})
    day: date = form.cleaned_data["day"] if form.is_valid() else today
    departments = queries.waiting_times(request.user, day)
    whole = queries.Waits()
    for one in departments:
        whole.add(one.all)
    context = {
        "form": form,
        "day": day,
        "is_today": day == today,
        "before": day - timedelta(days=1) if day > date.min else None,
        "after": day + timedelta(days=1) if day < today else None,
        "departments": departments,
        "whole": whole,
    }
    status = 422 if form.errors else 200
    return show(request, "opd/waiting_list.html", context, fragment="opd/_waiting.html", status=status)
