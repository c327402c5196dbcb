"""The review: one page for the state, a district or a hospital; every figure leads on to its list."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from hmis.kernel.templatetags.ui import clock, count, rupees
from reports import indicators, permissions, queries
from reports.indicators import INDICATORS, WAIT_GOAL, WAITING, total, wait
from reports.measures import MEASURES
from reports.queries import Review, Scope
from reports.views.figures import address, of_place
from reports.views.months import month_asked, months_beside

MEASURED = ("visits", "consultations", "prescribed", "admissions", "tests", "collected")


@dataclass(frozen=True)
class Stat:
    """A figure of today: its words, itself, what it is held against, and whether that is well."""

    label: str
    value: str
    beside: str = ""
    tone: str = ""
    verdict: str = ""
    url: str = ""


@requires(permissions.VIEW_REVIEW)
@require_GET
def review_detail(request: HttpRequest) -> HttpResponseBase:
    """The widest that this person sees: the state, the district, or the own hospital."""
    return _page(request, queries.scope_of(request.user))


@requires(permissions.VIEW_DISTRICTS)
@require_GET
def review_district(request: HttpRequest, district_id: UUID) -> HttpResponseBase:
    """One district."""
    return _page(request, queries.scope_of(request.user, district=district_id))


@requires(permissions.VIEW_REVIEW)
@require_GET
def review_facility(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """One hospital."""
    return _page(request, queries.scope_of(request.user, facility=facility_id))


def _page(request: HttpRequest, scope: Scope | None) -> HttpResponseBase:
    if scope is None:
        raise Http404
    at = timezone.now()
    by = INDICATORS.get(request.GET.get("by", ""), indicators.ALL[0])
    found = queries.review(scope, by, month_asked(request.GET.get("month", ""), timezone.localdate(at)), at)
    if request.headers.get("HX-Request"):
        return render(request, "reports/_today.html", {"stats": _stats(found)})
    ranks = found.ranked()
    weekly = queries.weekly(_small(found), by, found.last)
    is_own = scope.place == request.user.posting.place()
    tabs = [
        {
            "url": _here(request, found.first, one.key),
            "label": one.label,
            "share": share,
            "current": one == by,
            "is_low": one.is_low(share),
        }
        for one, share in found.shares()
    ]
    month = f"{found.first:%Y-%m}"
    before, after = months_beside(found.first, found.day)
    context = {
        "review": found,
        "is_counted": queries.is_counted(),
        "scope": scope,
        "by": by,
        "stats": _stats(found),
        "tabs": tabs,
        "lines": list(zip(found.lines(), tabs, strict=True)) if scope.kind == "facility" else [],
        "ranks": ranks,
        "best": ranks[:6] if len(ranks) > 12 else ranks,
        "worst": [one for one in ranks[6:] if one.share is not None][-6:] if len(ranks) > 12 else [],
        "calls": found.calls(),
        # The pack is of the widest place that somebody sees.
        "is_own": is_own,
        "may_make_reports": request.user.may(permissions.MAKE_REPORTS),
        "request_key": uuid4(),
        "weekly": weekly,
        "week_rows": _as_rows(weekly, found.last),
        "counted_from": [
            (MEASURES[key], address(key, scope, found.first, found.last)) for key in (by.counted[0], by.of[0])
        ],
        "days": _days(found),
        "outcomes_url": of_place("outcome_list", scope, month=month),
        "numbers_url": of_place("number_list", scope, month=month),
        "earlier": _here(request, before, by.key),
        "later": _here(request, after, by.key) if after else "",
    }
    return render(request, "reports/review.html", context)


def _here(request: HttpRequest, month: date, by: str) -> str:
    return f"{request.path}?{urlencode({'month': f'{month:%Y-%m}', 'by': by})}"


def _small(found: Review) -> dict[Any, Any]:
    """Whose weeks are drawn: of the state its medical colleges, else each hospital."""
    if found.scope.kind == "state":
        return {one: [one] for one in found.scope.facilities if one.kind == "medical_college"}
    return {one: [one] for one in found.scope.facilities}


def _days(found: Review) -> list[tuple[date, list[tuple[Any, str]]]]:
    """Each day of the month: its figures, each with its page."""
    return [
        (
            one.day,
            [
                (value, address(key, found.scope, one.day, one.day))
                for key, value in zip(MEASURED, one.figures, strict=True)
            ],
        )
        for one in queries.days_of(found.scope, MEASURED, found.first, found.last)
    ]


def _as_rows(weekly: list[queries.Weekly], last: date) -> list[tuple[date, list[int | None]]]:
    """The plots as a table: each week's last day with the share of each place, the latest first."""
    weeks = zip(*(one.shares for one in weekly), strict=True)
    return [(last - timedelta(days=7 * n), list(row)) for n, row in enumerate(reversed(list(weeks)))]


def _stats(found: Review) -> list[Stat]:
    """The figures of today, each beside what is usual."""
    scope, today, usual = found.scope, found.today, found.usual
    return [
        Stat(
            _("OPD today, until %(time)s") % {"time": clock(found.at)},
            count(total(today, "visits")),
            _("30-day average %(count)s") % {"count": count(total(usual, "visits") / queries.USUAL_DAYS)},
            url=address("visits", scope, found.day, found.day),
        ),
        _lying(found),
        _live(found),
        _waiting(found),
        Stat(
            _("Casualty today"),
            count(total(today, "arrivals")),
            _("30-day average %(count)s") % {"count": count(total(usual, "arrivals") / queries.USUAL_DAYS)},
            url=address("arrivals", scope, found.day, found.day),
        ),
        Stat(
            _("Collected today"),
            rupees(total(today, "collected")),
            _("let off %(amount)s") % {"amount": rupees(total(today, "exempted"))},
            url=address("collected", scope, found.day, found.day),
        ),
    ]


def _lying(found: Review) -> Stat:
    lying = sum(found.lying.values())
    beds = sum(found.beds.get(one, 0) for one in found.scope.ids)
    share = round(100 * lying / beds) if beds else None
    verdict = "" if share is None else f"{share} %"
    tone = "" if share is None else "t-warn" if share > 100 else "t-good"
    beside = _("beds %(count)s") % {"count": count(beds)}
    url = address("lain", found.scope, found.day - timedelta(days=30), found.day)
    return Stat(_("Inpatients now"), count(lying), beside, tone, verdict, url)


def _live(found: Review) -> Stat:
    hospitals = found.scope.facilities
    used = queries.live(hospitals, found.week)
    silent = [one.code for one in hospitals if one not in used]
    verdict = ", ".join(silent[:3]) + (f" +{len(silent) - 3}" if len(silent) > 3 else "")
    return Stat(
        _("Hospitals at work"),
        f"{len(used)} / {len(hospitals)}",
        _("used in 7 days"),
        "t-bad" if silent else "t-good",
        verdict or _("all"),
        address("visits", found.scope, found.day - timedelta(days=6), found.day),
    )


def _waiting(found: Review) -> Stat:
    middle = wait(found.today)
    now = total(found.today, "tokens", WAITING)
    in_time = middle is not None and middle <= WAIT_GOAL
    return Stat(
        _("Median wait today"),
        "–" if middle is None else _("%(minutes)s min") % {"minutes": middle},
        _("%(count)s wait now") % {"count": count(now)},
        "" if middle is None else "t-good" if in_time else "t-warn",
        "" if middle is None else _("in time") if in_time else _("goal %(goal)s") % {"goal": WAIT_GOAL},
        address("waits", found.scope, found.day, found.day),
    )
