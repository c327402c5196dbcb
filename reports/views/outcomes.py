"""What befell people at a place: diagnoses, and how stays ended. Beneath the review, and alone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from reports import permissions, queries
from reports.views.figures import ENDS, address, place_in
from reports.views.months import month_asked


@requires(permissions.VIEW_REVIEW)
@require_GET
def outcome_list(request: HttpRequest) -> HttpResponse:
    """Diagnoses of seven days with their rises; how stays ended, beside the month before."""
    scope, own = place_in(request), queries.scope_of(request.user)
    if scope is None or own is None:
        raise Http404
    today = timezone.localdate()
    spans = queries.spans_of(month_asked(request.GET.get("month", ""), today), today)
    is_outside = request.user.posting.facility_id is None
    context = {
        "scope": scope,
        "spans": spans,
        "is_outside": is_outside,
        "diagnoses": queries.diagnoses(scope, spans.month[1], outside=own if is_outside else None),
        "outcomes": queries.ends_of_stays(scope, own, spans, is_outside=is_outside),
        "ended_url": address(ENDS, scope, *spans.month),
    }
    fragment = "reports/_outcomes.html" if request.headers.get("HX-Request") else "reports/outcome_list.html"
    return render(request, fragment, context)
