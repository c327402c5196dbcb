"""What a figure was counted from: the hospitals of a place, the days of a hospital, the rows of a day."""

import json
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from hmis.kernel.said import day_said, page_said
from patients import permissions as patients
from reports import permissions, queries, services
from reports.measures import MEASURES, Measure
from reports.queries import Scope
from reports.views.months import month_asked, months_beside

A_PAGE = 50
ENDS = "discharges"
LONGEST = timedelta(days=366)
SHORTEST_CURVE = timedelta(days=6)
# The same days of the week a year before.
A_YEAR = timedelta(weeks=52)


def address(measure: str, scope: Scope, first: date, last: date) -> str:
    """The page of a measure at this place in these days."""
    return f"{_page(measure, scope.kind, scope.place.pk)}begins={first}&ends={last}"


@lru_cache(maxsize=1024)
def _page(measure: str, kind: str, place_id: UUID) -> str:
    """The measure's page at a place up to its days: a table of a month leads to two hundred of them."""
    place = "" if kind == "state" else f"{kind}={place_id}&"
    return f"{reverse('reports:figure_detail', args=[measure])}?{place}"


def of_place(page: str, scope: Scope, *args: str, **query: str) -> str:
    """A page of the review that is told its place by its query, as `place_in` reads it."""
    place = {} if scope.kind == "state" else {scope.kind: scope.place.pk}
    return f"{reverse(f'reports:{page}', args=args)}?{urlencode(place | query)}"


@requires(permissions.VIEW_REVIEW)
@require_GET
def figure_detail(request: HttpRequest, measure: str) -> HttpResponseBase:
    """One measure of a place: by hospital, by day and by part; of one's own hospital and one day the rows.

    What befell people is told outside the hospitals by one masked table alone.
    """
    found = MEASURES.get(measure)
    scope = place_in(request)
    if found is None or scope is None:
        raise Http404
    first, last = _days(request)
    if found.is_sensitive and request.user.posting.facility_id is None:
        return _masked(request, found, first)
    is_single = scope.kind == "facility"
    context: dict[str, Any] = {
        "measure": found,
        "scope": scope,
        "first": first,
        "last": last,
        "hospitals": [] if is_single else _linked(found, scope, first, last),
        "days": [
            (line, address(found.key, scope, line.what, line.what))
            for line in queries.days_with(found, scope, first, last)
        ],
        "parts": queries.parts_of(found, scope, first, last) if found.part is not None else [],
        "spans": [
            (words, address(found.key, scope, last - timedelta(days=days - 1), last))
            for words, days in ((_("30 days"), 30), (_("a year"), 365))
        ],
    }
    if last - first >= SHORTEST_CURVE:
        context["curve"] = _curve(found, scope, first, last)
    if is_single and first == last and _may_see_rows(request, scope):
        context |= _rows(request, found, scope, first)
    return render(request, "reports/figure_detail.html", context)


def _masked(request: HttpRequest, measure: Measure, day: date) -> HttpResponseBase:
    """How stays ended in a month, by the parts of the widest place that somebody outside sees, masked.

    Other days, or another way to tell the same people apart, could be subtracted from it: so there is none.
    """
    own = queries.scope_of(request.user)
    if own is None or measure.key != ENDS:
        raise Http404
    first = month_asked(f"{day:%Y-%m}", timezone.localdate())
    spans = queries.spans_of(first, timezone.localdate())
    (held,) = queries.sums((ENDS,), own.ids, spans.month)
    ends = queries.outcomes(own, held, is_outside=True)
    earlier, later = months_beside(first, timezone.localdate())
    context = {
        "own": own,
        "first": spans.month[0],
        "last": spans.month[1],
        "kinds": [kind.label for kind in queries.KINDS],
        "lines": [(one, ends.lines[one.pk], ends.sums[one.pk]) for one in own.parts()],
        "ends": ends,
        "earlier": address(ENDS, own, earlier, earlier),
        "later": address(ENDS, own, later, later) if later else "",
    }
    return render(request, "reports/ended_list.html", context)


def _curve(measure: Measure, scope: Scope, first: date, last: date) -> str:
    """JSON for the curve: each day's noon in seconds, its figure, and that of 52 weeks before."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    now, before = (
        {line.what: float(line.value) for line in queries.days_with(measure, scope, since, until)}
        for since, until in ((first, last), (first - A_YEAR, last - A_YEAR))
    )
    curve = {
        "at": [int(queries.midnight(day).timestamp()) + 12 * 3600 for day in days],
        "value": [now.get(day, 0.0) for day in days],
    }
    return json.dumps(curve | ({"lower": [before.get(day - A_YEAR) for day in days]} if before else {}))


def _linked(measure: Measure, scope: Scope, first: date, last: date) -> list[tuple[queries.Counted, str]]:
    return [
        (line, address(measure.key, Scope(line.what, [line.what]), first, last))
        for line in queries.hospitals_with(measure, scope, first, last)
    ]


def _may_see_rows(request: HttpRequest, scope: Scope) -> bool:
    """Who lies behind a figure is read at the hospital itself; above it there are numbers."""
    own = request.user.posting.facility_id == scope.place.pk
    return own and request.user.may(patients.VIEW_PATIENT)


def _rows(request: HttpRequest, measure: Measure, scope: Scope, day: date) -> dict[str, Any]:
    number = page_said(request)
    (facility,) = scope.facilities
    begins = A_PAGE * (number - 1)
    rows = queries.rows_of(measure, facility, day, begins=begins, most=A_PAGE)
    services.note_rows_seen(
        measure=measure.key, facility=facility, day=day, actor=request.user, at=timezone.now()
    )
    here = address(measure.key, scope, day, day)
    return {
        "rows": rows[:A_PAGE],
        "shows_rows": True,
        "previous_url": f"{here}&page={number - 1}" if number > 1 else "",
        "next_url": f"{here}&page={number + 1}" if len(rows) > A_PAGE else "",
    }


def place_in(request: HttpRequest) -> Scope | None:
    """The place that the address names (district or facility), the widest of this person without one."""
    return queries.scope_of(
        request.user, district=_id(request, "district"), facility=_id(request, "facility")
    )


def _id(request: HttpRequest, name: str) -> UUID | None:
    asked = request.GET.get(name)
    try:
        return UUID(asked) if asked else None
    except ValueError as error:
        raise Http404 from error


def _days(request: HttpRequest) -> tuple[date, date]:
    """The days that are asked for, at most a year; today where none are, or they make no sense."""
    today = timezone.localdate()
    first, last = day_said(request.GET.get("begins", "")), day_said(request.GET.get("ends", ""))
    if first is None or last is None or not first <= last <= first + LONGEST:
        return today, today
    return first, last
