"""Critical values on the screens of those whom they concern, until one of them has read it back."""

from datetime import datetime, timedelta
from math import ceil
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.said import page_said
from lab import permissions, queries, services
from lab.forms import AcknowledgementForm
from lab.models import CriticalAcknowledgement, ResultLine
from patients.queries import withhold_names

A_PAGE = 50
SHOWN_SINCE = timedelta(days=2)
A_CALL = timedelta(minutes=10)


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_list(request: HttpRequest) -> HttpResponseBase:
    """What waits for an answer, and who answered lately."""
    return _page(request)


def _page(
    request: HttpRequest, *, form: AcknowledgementForm | None = None, failed: ResultLine | None = None
) -> HttpResponseBase:
    """The page that is asked for, or the one on which the value stands whose answer was refused."""
    now = timezone.now()
    waiting = queries.criticals_of(request.user)
    number = page_said(request)
    if failed and failed.critical_at:
        number = queries.waiting_before(waiting, failed) // A_PAGE + 1
    page = Paginator(waiting, A_PAGE).get_page(number)
    rows = list(page)
    answered = list(queries.answered_since(request.user, now - SHOWN_SINCE)[:50])
    withhold_names([*(one.patient for one in rows), *(one.line.patient for one in answered)])
    beds = queries.beds_of(one.order.encounter_id for one in rows)
    for one in rows:
        one.act_key = uuid4()
        one.bed = beds.get(one.order.encounter_id)
        one.same_call = next((held for held in answered if _is_of_the_call(request, held, one, now)), None)
        one.beginning_is_enough = services.beginning_is_enough(one.value)
    context = {
        "page": page,
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "place": f"{page.number} / {page.paginator.num_pages}",
        "enough": services.ENOUGH,
        "answered": answered,
        "form": form,
        "failed": failed,
        "is_gone": failed is not None and failed not in rows,
        "focused": failed if failed in rows else next(iter(rows), None),
        "now": now,
        "tells": request.user.may(permissions.VERIFY_RESULTS),
    }
    return render(request, "lab/critical_list.html", context, status=422 if form else 200)


def _is_of_the_call(
    request: HttpRequest, answer: CriticalAcknowledgement, line: ResultLine, now: datetime
) -> bool:
    """Whether this value is told in the call in which another of the same order was answered."""
    is_same = answer.line.order_id == line.order_id and answer.recorded_by_id == request.user.pk
    return is_same and bool(answer.told_to) and now - answer.at < A_CALL


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
            number = page_said(request)
            return go(request, "lab:critical_list", query={"page": number} if number > 1 else None)
    return _page(request, form=form, failed=line)


@requires(permissions.ANSWER_CRITICALS)
@require_GET
def critical_alarm(request: HttpRequest) -> HttpResponseBase:
    """The red bar above every page of those whom a critical value concerns; empty where none waits.

    It counts them all and tells of the newest, so that what lies there for weeks hides none of today.
    """
    waiting = queries.criticals_of(request.user)
    count = waiting.count()
    newest = waiting.last() if count else None
    withhold_names([newest.patient] if newest else [])
    url = reverse("lab:critical_list")
    if count > A_PAGE:
        url += f"?page={ceil(count / A_PAGE)}"
    return render(request, "lab/_alarm.html", {"count": count, "newest": newest, "url": url})
