"""A place in numbers: the table beneath its review, and a page of its own."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from reports import permissions, queries
from reports.queries import Number, Scope
from reports.views.figures import address, place_in
from reports.views.months import month_asked


@requires(permissions.VIEW_REVIEW)
@require_GET
def number_list(request: HttpRequest) -> HttpResponse:
    """Today beside the usual day, the month beside others; the queues by department."""
    scope = place_in(request)
    if scope is None:
        raise Http404
    at = timezone.now()
    today = timezone.localdate(at)
    first = month_asked(request.GET.get("month", ""), today)
    spans = queries.spans_of(first, today)
    context: dict[str, Any] = {
        "scope": scope,
        "spans": spans,
        "numbers": [_linked(one, scope, first, today) for one in queries.numbers_of(scope, first, at)],
        "queues": queries.queues_of(scope, today),
        "tokens_url": address("tokens", scope, today, today),
        "waits_url": address("waits", scope, today, today),
    }
    fragment = "reports/_numbers.html" if request.headers.get("HX-Request") else "reports/number_list.html"
    return render(request, fragment, context)


def _linked(one: Number, scope: Scope, first: date, today: date) -> tuple[Number, list[tuple[Any, str]]]:
    """A line, and each of its values with the page of what it was counted from."""
    columns = queries.columns_of(first, today)
    return one, [
        (value, address(one.asked.measure, scope, *days))
        for value, days in zip(one.values, columns, strict=True)
    ]
