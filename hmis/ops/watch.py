"""Each request: how long, with what end, by whom, counted and written down without a word of its contents."""

import logging
from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase

from hmis.ops import metrics
from hmis.ops.place import place_of, request_at_hand

log = logging.getLogger("hmis.requests")

GetResponse = Callable[[HttpRequest], HttpResponseBase]


def watched(get_response: GetResponse) -> GetResponse:
    """Counts and logs every request but static files that are there. Stands right below `request_id`."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        mark = request_at_hand.set(request)
        try:
            response = get_response(request)
        finally:
            request_at_hand.reset(mark)
        seconds = perf_counter() - began
        place = place_of(request, response.status_code, round(seconds * 1000, 1))
        metrics.request_done(place.method, place.route, response.status_code, seconds)
        log.info("%s %s %s %sms", place.method, place.route, place.status, place.ms, extra={"place": place})
        return response

    return middleware
