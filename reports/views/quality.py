"""Data quality: what an auditor would find, hospital by hospital."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from reports import permissions, queries
from reports.queries import Scope
from reports.views.figures import address
from reports.views.months import month_asked, months_beside


@requires(permissions.VIEW_REVIEW)
@require_GET
def quality_list(request: HttpRequest) -> HttpResponseBase:
    """Each hospital within reach in the month of ?month=."""
    scope = queries.scope_of(request.user)
    if scope is None:
        raise Http404
    today = timezone.localdate()
    first = month_asked(request.GET.get("month", ""), today)
    last = queries.spans_of(first, today).month[1]
    before, after = months_beside(first, today)
    context = {
        "scope": scope,
        "first": first,
        "heads": queries.WRITTEN,
        "lines": [
            (one, address("doubles", Scope(one.hospital, [one.hospital]), first, last))
            for one in queries.quality_of(scope, first, today)
        ],
        "earlier": f"{request.path}?month={before:%Y-%m}",
        "later": f"{request.path}?month={after:%Y-%m}" if after else "",
    }
    return render(request, "reports/quality_list.html", context)
