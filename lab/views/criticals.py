"""Critical values on the screens of those whom they concern, until one of them has read it back."""

from datetime import timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, services
from lab.forms import AcknowledgementForm
from patients.queries import withhold_names

SHOWN_SINCE = timedelta(days=2)


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_list(request: HttpRequest) -> HttpResponseBase:
    """What waits for an answer, and who answered lately."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: AcknowledgementForm | None = None, line_id: UUID | None = None
) -> HttpResponseBase:
    now = timezone.now()
    rows = list(queries.criticals_of(request.user)[: queries.MOST_CRITICALS])
    answered = list(queries.answered_since(request.user, now - SHOWN_SINCE)[:50])
    withhold_names([*(one.patient for one in rows), *(one.line.patient for one in answered)])
    for one in rows:
        one.act_key = uuid4()
    context = {
        "rows": rows,
        "answered": answered,
        "form": form,
        "failed_id": line_id,
        "now": now,
        "tells": request.user.may(permissions.VERIFY_RESULTS),
    }
    return render(request, "lab/critical_list.html", context, status=422 if form else 200)


@requires(permissions.ANSWER_CRITICALS)
@require_POST
def acknowledgement_new(request: HttpRequest, critical_id: UUID) -> HttpResponseBase:
    """The value was read back, by the person here or by whom the laboratory has told."""
    line = get_object_or_404(queries.results_visible_to(request.user), pk=critical_id)
    form = AcknowledgementForm(request.POST)
    if form.is_valid():
        try:
            services.acknowledge_critical(
                line=line, actor=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Answered: the time is kept."))
            return go(request, "lab:critical_list")
    return _page(request, form=form, line_id=critical_id)


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_alarm(request: HttpRequest) -> HttpResponseBase:
    """The red bar above every page of those whom a critical value concerns; empty where none waits."""
    rows = list(queries.criticals_of(request.user)[: queries.MOST_CRITICALS])
    withhold_names(one.patient for one in rows[:1])
    return render(request, "lab/_alarm.html", {"rows": rows, "first": rows[0] if rows else None})
