"""The page that Prometheus reads."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST

from hmis.kernel import scope
from hmis.kernel.access import public
from hmis.ops import figures


@public
@require_GET
def metrics_page(request: HttpRequest) -> HttpResponse:
    """For whoever holds METRICS_TOKEN; for everybody else, and where none is set, there is no such page."""
    token = settings.METRICS_TOKEN
    if not token or not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {token}"):
        raise Http404
    with scope.within(scope.everywhere()):
        page = figures.page()
    response = HttpResponse(page, content_type=CONTENT_TYPE_LATEST)
    response["Cache-Control"] = "no-store"
    return response
