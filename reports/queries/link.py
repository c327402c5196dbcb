"""How the links of the hospitals hold, read from what their own pages measured (docs/adr/0393)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import BitOr
from django.db.models import Func, IntegerField, Max, Q, Sum
from django.utils import timezone

from facilities.models import Facility
from reports.models import BUCKETS, CLOSES_AT, OPEN_DAYS, OPENS_AT, LinkHour, RolloutSetting

LINK_DAYS = 7
COUNTED = ("readings", "failures", *BUCKETS)


@dataclass(frozen=True)
class Link:
    """The link of one hospital in some days.

    `open_hours` are those of its opening hours that are over; `reached` those of them in which one of its PCs
    reached the server; `median` and `worst` are ms, None where nothing was measured.
    """

    open_hours: int
    reached: int
    readings: int
    failures: int
    median: int | None
    worst: int | None

    @property
    def lost(self) -> int:
        """Open hours without contact."""
        return self.open_hours - self.reached

    @property
    def lost_share(self) -> int:
        """These in percent of the open hours."""
        return round(100 * self.lost / self.open_hours) if self.open_hours else 0


class _Bit(Func):
    """The hour as a bit of a number, so that a day is one row."""

    template = "(1 << %(expressions)s)"
    output_field = IntegerField()


def median_of(counts: Mapping[str, int]) -> int | None:
    """The round trip in ms that half of these readings do not exceed, by the buckets that they lie in.

    Within its bucket it is taken as evenly spread; in the last, which has no end, as the bucket's beginning.
    """
    half, before, lower = sum(counts[name] for name in BUCKETS) / 2, 0, 0
    if not half:
        return None
    for name, upper in BUCKETS.items():
        count = counts[name]
        if before + count >= half:
            return lower if upper is None else round(lower + (upper - lower) * (half - before) / count)
        before, lower = before + count, upper or lower
    return lower


def is_open(setting: RolloutSetting | None, day: date, hour: int) -> bool:
    """Whether the hospital is open in this hour; without a setting, as most OPDs are."""
    if setting is None:
        return day.weekday() in OPEN_DAYS and OPENS_AT <= hour < CLOSES_AT
    return day.weekday() in setting.open_days and setting.opens_at <= hour < setting.closes_at


def days_until(at: datetime, count: int) -> list[date]:
    """So many days that end with the day of this moment, the first one first."""
    today = timezone.localdate(at)
    return [today - timedelta(days=back) for back in reversed(range(count))]


def links_of(
    facilities: Sequence[Facility],
    settings: Mapping[UUID, RolloutSetting],
    at: datetime,
    days: int = LINK_DAYS,
) -> dict[UUID, Link]:
    """The link of each of these hospitals in the last days, in one statement."""
    span, now = days_until(at, days), timezone.localtime(at)
    bits = BitOr(_Bit("hour"), filter=Q(readings__gt=0))
    rows: Any = (
        LinkHour.objects.filter(facility__in=facilities, day__gte=span[0], day__lte=span[-1])
        .values("facility_id", "day")
        .annotate(bits=bits, slowest=Max("worst_ms"), **{f"all_{name}": Sum(name) for name in COUNTED})
    )
    by_hospital: dict[UUID, dict[date, dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        by_hospital[row["facility_id"]][row["day"]] = row
    return {one.pk: _link(by_hospital[one.pk], settings.get(one.pk), span, now) for one in facilities}


def _link(
    rows: Mapping[date, Mapping[str, Any]], setting: RolloutSetting | None, span: list[date], now: datetime
) -> Link:
    hours = [
        (day, hour)
        for day in span
        for hour in range(24 if day < span[-1] else now.hour)
        if is_open(setting, day, hour)
    ]
    reached = [1 for day, hour in hours if day in rows and (rows[day]["bits"] or 0) >> hour & 1]
    counts = {name: sum(row[f"all_{name}"] for row in rows.values()) for name in COUNTED}
    slowest = max((row["slowest"] for row in rows.values()), default=0)
    median = median_of(counts)
    return Link(
        open_hours=len(hours),
        reached=len(reached),
        readings=counts["readings"],
        failures=counts["failures"],
        median=median,
        worst=None if median is None else slowest,
    )


@dataclass(frozen=True)
class Hour:
    """One hour of a hospital's link. `state`: good, failing, lost (open and nothing heard), closed, ahead."""

    hour: int
    state: str
    readings: int = 0
    failures: int = 0
    median: int | None = None
    worst: int = 0


@dataclass(frozen=True)
class LinkDay:
    """A day of a hospital's link, hour by hour."""

    day: date
    hours: list[Hour]

    @property
    def lost(self) -> int:
        return sum(one.state == "lost" for one in self.hours)


def link_days(facility: Facility, setting: RolloutSetting | None, at: datetime, days: int) -> list[LinkDay]:
    """The last days of a hospital's link, newest first, each with the same hours of the clock."""
    span, now = days_until(at, days), timezone.localtime(at)
    kept = LinkHour.objects.filter(facility=facility, day__gte=span[0], day__lte=span[-1])
    rows = {(one.day, one.hour): one for one in kept}
    shown = [
        hour for hour in range(24) if any(is_open(setting, day, hour) or (day, hour) in rows for day in span)
    ]
    return [
        LinkDay(day, [_hour(rows.get((day, hour)), setting, day, hour, now) for hour in shown])
        for day in reversed(span)
    ]


def _hour(row: LinkHour | None, setting: RolloutSetting | None, day: date, hour: int, now: datetime) -> Hour:
    if row is not None and row.readings:
        median = median_of({name: getattr(row, name) for name in BUCKETS})
        state = "failing" if row.failures else "good"
        return Hour(hour, state, row.readings, row.failures, median, row.worst_ms)
    failures = row.failures if row else 0
    if (day, hour) >= (now.date(), now.hour):
        return Hour(hour, "ahead", failures=failures)
    return Hour(hour, "lost" if is_open(setting, day, hour) else "closed", failures=failures)


def last_heard(facility: Facility) -> LinkHour | None:
    """The newest hour in which one of its PCs reached the server."""
    return LinkHour.objects.filter(facility=facility, readings__gt=0).order_by("-day", "-hour").first()
