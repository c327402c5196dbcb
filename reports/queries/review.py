"""The review of a place: what its figures say of a month and of today, and whom to call about what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Func, IntegerField, Sum, Value
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, BedKind, District, Facility
from hmis.kernel.recent import recent
from patients.models import BedStay
from patients.states import DispenseOutcome
from reports import indicators
from reports.indicators import Indicator, Sums, is_rise, percent, total, wait
from reports.masking import Shown
from reports.measures import MEASURES
from reports.models import DailyFigure
from reports.queries.outcomes import told_line
from reports.queries.scopes import Scope
from reports.queries.spans import DAY, so_far, spans_of
from reports.queries.sums import apart, as_counted, sums

# What a page needs of a month: whatever an indicator asks for.
OF_A_MONTH = tuple(sorted({key for one in indicators.ALL for key, _parts in (one.counted, one.of)}))
OF_TODAY = (
    "visits",
    "arrivals",
    "tokens",
    "waits",
    "consultations",
    "prescribed",
    "admissions",
    "tests",
    "dispensed",
    "collected",
    "exempted",
)
OF_A_WEEK = ("visits", "arrivals", "admissions", "tests", "collected", "dispensed")
USUAL_DAYS, WEEKS = 30, 8
USUAL = USUAL_DAYS * DAY
# A hospital with fewer visits a day may well have none by then; the OPD opens at nine.
BUSY_ENOUGH, LATE_ENOUGH = 20, 11
# Of the lines at the counter, in percent: so many not there are worth a call.
MISSING_MEDICINES = 20
MOST_RISES, MOST_DIAGNOSES, CALLS = 8, 10, 3


@recent
def beds_of_hospitals() -> dict[UUID, int]:
    """How many beds (no floor, trolley or cradle) each hospital has in use."""
    beds = Bed.objects.filter(kind=BedKind.BED, is_active=True, room__ward__is_active=True)
    return dict(beds.order_by().values_list("facility").annotate(Count("pk")))


def lying_now(scope: Scope) -> dict[UUID, int]:
    """How many inpatients lie somewhere at this moment, by hospital."""
    open_stays = BedStay.objects.filter(ended_at=None, facility__in=scope.ids)
    return dict(open_stays.order_by().values_list("facility").annotate(Count("pk")))


@dataclass(frozen=True)
class Ranked:
    """A place with its share of an indicator, the month before, and where it stands among the others.

    At one hospital, where nothing is compared, the indicator stands in the place's stead.
    """

    place: District | Facility | Indicator
    share: int | None
    before: int | None
    rank: int
    is_low: bool

    @property
    def change(self) -> int | None:
        """Points since the month before."""
        return None if self.share is None or self.before is None else self.share - self.before

    @property
    def change_said(self) -> str:
        """+3, −1, 0."""
        return f"{self.change:+d}".replace("-", "−").replace("+0", "0")

    @property
    def band(self) -> int:
        """1 to 5: the darkness of its tile."""
        return 1 + sum((self.share or 0) >= step for step in (15, 30, 45, 60))


def ranked(groups: dict[Any, list[Facility]], by: Indicator, now: Sums, before: Sums) -> list[Ranked]:
    """These places by an indicator, the best first; those without a share last."""
    shares = []
    for place, its in groups.items():
        ids = {one.pk for one in its}
        shares.append((place, by.share(now, ids), by.share(before, ids)))
    shares.sort(key=lambda one: (one[1] is None, -(one[1] or 0), str(one[0])))
    return [
        Ranked(place, share, was, rank, by.is_low(share))
        for rank, (place, share, was) in enumerate(shares, start=1)
    ]


@dataclass
class Call:
    """A district or a hospital that needs a call, and about what: the weightiest first."""

    place: District | Facility
    reasons: list[tuple[int, Any, Facility]] = field(default_factory=list)

    @property
    def weight(self) -> int:
        return sum(weight for weight, _words, _place in self.reasons)

    @property
    def first(self) -> list[tuple[int, Any, Facility]]:
        return sorted(self.reasons, key=lambda one: (-one[0], one[2].code))[:3]


def calls(review: "Review") -> list[Call]:
    """Whom to call today and about what, those first where most is wrong: three."""
    found: dict[Any, Call] = {}
    for one in review.scope.facilities:
        key = one.district if review.scope.kind == "state" else one
        call = found.setdefault(key.pk, Call(key))
        call.reasons += [(weight, words, one) for weight, words in _reasons(review, one.pk)]
    ordered = sorted(found.values(), key=lambda one: (-one.weight, str(one.place)))
    return [one for one in ordered if one.reasons][:CALLS]


def _reasons(review: "Review", place: UUID) -> Iterable[tuple[int, Any]]:
    """(weight, words) of all that is wrong at one hospital."""
    here, month, week = {place}, review.month, review.week
    a_day = total(review.usual, "visits", None, here) / USUAL_DAYS
    hour = timezone.localtime(review.at)
    if a_day >= BUSY_ENOUGH and not total(review.today, "visits", None, here):
        if hour.hour >= LATE_ENOUGH and hour.weekday() != 6:
            yield 5, _("no registration today, usually %(count)s") % {"count": int(a_day)}
    elif not total(month, "visits", None, here):
        yield 3, _("nobody was registered this month")
    waited = wait(review.today, here)
    if waited is not None and waited > indicators.WAIT_GOAL:
        yield 2, _("median wait %(minutes)s min.") % {"minutes": waited}
    for one in indicators.ALL:
        share = one.share(month, here)
        if one.is_low(share):
            yield (
                2,
                _("%(what)s %(share)s %%, goal %(goal)s")
                % {
                    "what": one.label,
                    "share": share,
                    "goal": one.goal,
                },
            )
    lines = total(week, "dispensed", None, here)
    missing = percent(total(week, "dispensed", (DispenseOutcome.NOT_AVAILABLE,), here), lines)
    if missing is not None and missing >= MISSING_MEDICINES:
        yield 2, _("%(share)s %% of the medicines were not available") % {"share": missing}
    lying, beds = review.lying.get(place, 0), review.beds.get(place, 0)
    if lying > beds > 0:
        yield 2, _("%(share)s %% of the beds are taken") % {"share": 100 * lying // beds}


@dataclass(frozen=True)
class Rise:
    """A diagnosis: how often in the last seven days, how often usually in a week, whether that is a rise."""

    said: str
    count: Shown
    usual: int
    is_rise: bool


def diagnoses(scope: Scope, last: date, *, outside: Scope | None = None) -> list[Rise]:
    """Diagnoses of the seven days until `last`: the rises first, then the most frequent.

    Compared with the eight weeks before (indicators.is_rise). `outside`: the widest place of whoever looks
    from outside the hospitals; small numbers are masked with what would give them away by its parts.
    """
    week, earlier = (last - 6 * DAY, last), (last - 7 * (WEEKS + 1) * DAY + DAY, last - 7 * DAY)
    now, before = (
        held.get("diagnoses", {}).get(None, {})
        for held in sums(("diagnoses",), scope.ids, week, earlier, by_hospital=False)
    )
    usual = {code: before.get(code, Decimal(0)) / WEEKS for code in now}
    found = sorted(
        (not is_rise(count, usual[code]), -int(count), code, round(usual[code]))
        for code, count in now.items()
        if count
    )
    rises = [one for one in found if not one[0]][:MOST_RISES]
    most = rises + [one for one in found if one[0]][: MOST_DIAGNOSES - len(rises)]
    counts: dict[str, Shown] = {code: -count for _usually, count, code, _usual in most}
    if outside:
        counts = _told(outside, scope, last, list(counts))
    say = MEASURES["diagnoses"].say
    return [Rise(say(code), counts[code], weekly, not usually) for usually, _count, code, weekly in most]


def _told(own: Scope, scope: Scope, last: date, codes: list[str]) -> dict[str, Shown]:
    """Each code's seven days at this place as they may be told outside."""
    cells = DailyFigure.objects.filter(
        measure="diagnoses", day__range=(last - 6 * DAY, last), facility__in=own.ids, part__in=codes
    )
    held: dict[str, dict[UUID, int]] = {code: {} for code in codes}
    for code, place, value in cells.order_by().values_list("part", "facility_id").annotate(Sum("value")):
        held[code][place] = int(value)
    return {code: told_line(own, scope, its) for code, its in held.items()}


@dataclass(frozen=True)
class Weekly:
    """An indicator of one place over twelve weeks, the oldest first; None of a week without anything."""

    place: Any
    shares: list[int | None]
    goal: int | None

    @property
    def now(self) -> int | None:
        return next((one for one in reversed(self.shares) if one is not None), None)

    @property
    def _points(self) -> list[tuple[float, float]]:
        """On a plot 118 wide and 56 high: the weeks from left to right, 100 percent above."""
        across = 114 / (len(self.shares) - 1)
        return [
            (round(4 + across * n, 1), _height(one)) for n, one in enumerate(self.shares) if one is not None
        ]

    @property
    def path(self) -> str:
        """The curve; weeks without anything are passed over."""
        points = self._points
        return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) if points else ""

    @property
    def x(self) -> float:
        return self._points[-1][0]

    @property
    def y(self) -> float:
        return self._points[-1][1]

    @property
    def text_height(self) -> float:
        return self.y + 5

    @property
    def goal_height(self) -> float:
        return _height(self.goal or 0)


def _height(share: int) -> float:
    return round(56 - 0.52 * share, 1)


def _week_before(last: date) -> Combinable:
    """0 for the seven days until `last`, 1 for those before; days between dates are a whole number in SQL."""
    days = Func(
        Value(last), F("day"), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField()
    )
    return days / 7


def weekly(groups: dict[Any, list[Facility]], by: Indicator, last: date, *, weeks: int = 12) -> list[Weekly]:
    """The weeks of an indicator until `last`, for each of these groups; one read."""
    first = last - timedelta(days=7 * weeks - 1)
    ids = [one.pk for its in groups.values() for one in its]
    keys = {by.counted[0], by.of[0]}
    cells = DailyFigure.objects.filter(measure__in=keys, day__range=(first, last), facility__in=ids)
    by_week: list[dict[str, dict[UUID | None, dict[str, Decimal]]]] = [{} for _week in range(weeks)]
    lines = (
        cells.order_by()
        .annotate(told=as_counted(keys))
        .values_list("measure", "facility_id", "told", _week_before(last))
        .annotate(Sum("value"))
    )
    for measure, place, part, week, value in lines:
        by_week[weeks - 1 - week].setdefault(measure, {}).setdefault(place, {})[part] = value
    return [
        Weekly(place, [by.share(week, {one.pk for one in its}) for week in by_week], by.goal)
        for place, its in groups.items()
    ]


@dataclass(frozen=True)
class Day:
    """A day of a place: its figures by measure."""

    day: date
    figures: list[Decimal]


def days_of(scope: Scope, measures: Sequence[str], first: date, last: date) -> list[Day]:
    """Every day from `first` to `last` with the sums of these measures over the place, in one read."""
    cells = DailyFigure.objects.filter(measure__in=measures, day__range=(first, last), facility__in=scope.ids)
    found = {
        (measure, day): value
        for measure, day, value in cells.order_by().values_list("measure", "day").annotate(Sum("value"))
    }
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [Day(day, [found.get((one, day), Decimal(0)) for one in measures]) for day in days]


def live(facilities: Sequence[Facility], week: Sums) -> list[Facility]:
    """Those where something was done in these days: registered, admitted, tested or collected."""
    used = "visits", "arrivals", "admissions", "tests", "collected"
    return [one for one in facilities if any(total(week, measure, None, {one.pk}) for measure in used)]


@dataclass(frozen=True)
class Review:
    """All that one page shows of a place: a month by one indicator, and today beside what is usual.

    `month`, `before` (as many days of the month before: what the page needs), `today`, `usual` (visits and
    arrivals of the 30 days before today) and `week` are sums by measure, hospital and part.
    """

    scope: Scope
    by: Indicator
    first: date
    last: date
    at: datetime
    month: Sums
    before: Sums
    today: Sums
    usual: Sums
    week: Sums
    # By hospital: who lies there now, and how many beds it has.
    lying: Mapping[UUID, int]
    beds: Mapping[UUID, int]

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)

    def ranked(self) -> list[Ranked]:
        return ranked(self.scope.parts(), self.by, self.month, self.before)

    def shares(self) -> list[tuple[Indicator, int | None]]:
        """Every indicator with its share in this month."""
        return [(one, one.share(self.month)) for one in indicators.ALL]

    def lines(self) -> list[Ranked]:
        """Every indicator of the place itself, in their order."""
        found = []
        for number, (one, share) in enumerate(self.shares(), start=1):
            found.append(Ranked(one, share, one.share(self.before), number, one.is_low(share)))
        return found

    def calls(self) -> list[Call]:
        return calls(self)


def review(
    scope: Scope, by: Indicator, first: date, at: datetime, *, asked: Sequence[str] | None = None
) -> Review:
    """The review of a place for the month that begins on `first`, as of `at`, from kept figures.

    `asked`: the measures that are read of it and of the month before, by their parts; None: what shares need.
    """
    today = timezone.localdate(at)
    spans = spans_of(first, today)
    parts = apart if asked else as_counted
    (month,) = sums(asked or OF_A_MONTH, scope.ids, so_far(spans.month, today), parts=parts)
    # One hospital shows all its indicators with their change; of many the one that they are ranked by.
    compared = OF_A_MONTH if scope.kind == "facility" else (by.counted[0], by.of[0])
    (before,) = sums(asked or compared, scope.ids, spans.before, parts=parts)
    (now,) = sums(OF_TODAY, scope.ids, (today, today))
    (week,) = sums(OF_A_WEEK, scope.ids, (today - 6 * DAY, today))
    (usual,) = sums(("visits", "arrivals"), scope.ids, (today - USUAL, today - DAY))
    return Review(
        scope=scope,
        by=by,
        first=first,
        last=spans.month[1],
        at=at,
        month=month,
        before=before,
        today=now,
        usual=usual,
        week=week,
        lying=lying_now(scope),
        beds=beds_of_hospitals(),
    )
