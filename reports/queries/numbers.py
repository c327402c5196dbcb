"""A place in numbers: today beside the usual day, the month beside the one before and the one a year ago."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, DurationField, ExpressionWrapper, F, Min, Q
from django.db.models.functions import Extract
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from hmis.kernel.aggregates import Percentile
from opd.models import QueueToken
from opd.states import TokenStatus
from reports.indicators import INDICATORS, Sums, percent, total, turnaround, wait
from reports.measures import MEASURES
from reports.queries.review import USUAL, USUAL_DAYS, beds_of_hospitals, lying_now
from reports.queries.scopes import Scope
from reports.queries.spans import DAY, so_far, spans_of
from reports.queries.sums import sums

Value = Decimal | int | None


@dataclass(frozen=True)
class Asked:
    """A line that is asked for.

    `unit`: count, money, percent, minutes or hours. `measure`: whose page it leads to.
    """

    key: str
    label: Any
    unit: str
    measure: str
    of: Callable[[Sums], Value]


def _counted(measure: str, unit: str = "count") -> Asked:
    return Asked(measure, MEASURES[measure].label, unit, measure, lambda held: total(held, measure))


def _share(key: str) -> Asked:
    by = INDICATORS[key]
    return Asked(key, by.label, "percent", by.counted[0], by.share)


ASKED = (
    _counted("visits"),
    _counted("arrivals"),
    Asked("waits", _("median wait"), "minutes", "waits", wait),
    _counted("consultations"),
    _share("prescriptions"),
    _counted("admissions"),
    Asked(
        "occupancy",
        _("beds taken"),
        "percent",
        "lain",
        lambda held: percent(total(held, "lain"), total(held, "beds")),
    ),
    _counted("tests"),
    Asked("turnaround", _("median time to the report"), "hours", "turnaround", turnaround),
    _counted("collected", "money"),
    _counted("exempted", "money"),
    _share("medicines"),
    _share("abha"),
)
READ = (
    *("visits", "arrivals", "waits", "consultations", "prescribed", "admissions", "lain", "beds", "tests"),
    *("turnaround", "collected", "exempted", "dispensed", "abha"),
)


@dataclass(frozen=True)
class Number:
    """A line of the table: today, a usual day of the 30 before, the month, the month before, a year ago.

    The month before and the year ago count as many days as the month does. Shares and medians are of all
    that happened in those days.
    """

    asked: Asked
    today: Value
    usual: Value
    month: Value
    before: Value
    year_ago: Value

    @property
    def values(self) -> list[Value]:
        return [self.today, self.usual, self.month, self.before, self.year_ago]


def columns_of(first: date, today: date) -> list[tuple[date, date]]:
    """The days of each column: today, the usual days, the month, the month before, a year ago."""
    spans = spans_of(first, today)
    usual = today - USUAL, today - DAY
    return [(today, today), usual, spans.month, spans.before, spans.year_ago]


def numbers_of(scope: Scope, first: date, at: datetime) -> list[Number]:
    """The lines of a place for the month that begins on `first`, as of `at`."""
    today = timezone.localdate(at)
    on, usually, during, *compared = columns_of(first, today)
    read = on, usually, so_far(during, today), *compared
    now, usual, month, before, year_ago = sums(READ, scope.ids, *read, by_hospital=False)
    now = {**now, **_beds_now(scope)}
    found = []
    for one in ASKED:
        a_day = one.of(usual)
        if a_day is not None and one.unit in ("count", "money"):
            a_day = (Decimal(a_day) / USUAL_DAYS).quantize(Decimal(1))
        # Of days before the hospital was counted nothing is said, not even nought.
        earlier = [one.of(held) if held else None for held in (before, year_ago)]
        found.append(Number(one, one.of(now), a_day, one.of(month), *earlier))
    return found


def _beds_now(scope: Scope) -> Sums:
    """Midnight's census of today is of the night before: who lies there now, as sums."""
    lying, beds = lying_now(scope), beds_of_hospitals()

    def told(counts: Mapping[UUID, int]) -> dict[UUID | None, dict[str, Decimal]]:
        return {None: {"": Decimal(sum(counts.get(one, 0) for one in scope.ids))}}

    return {"lain": told(lying), "beds": told(beds)}


@dataclass(frozen=True)
class Queue:
    """A department of a day: who came, who still waits, minutes until half of those called were called."""

    code: str
    name: str
    came: int
    waiting: int
    median: int | None


def queues_of(scope: Scope, day: date) -> Sequence[Queue]:
    """The departments of a place on a day, over all its hospitals, from the queues; the fullest first."""
    department = "clinic_day__unit__department"
    name = "name_hi" if get_language() == "hi" else "name"
    tokens = QueueToken.objects.filter(facility__in=scope.ids, clinic_day__held_on=day).exclude(
        status__in=[TokenStatus.MOVED, TokenStatus.CANCELLED]
    )
    took = ExpressionWrapper(F("called_at") - F("senior_since"), output_field=DurationField())
    called = Q(called_at__gte=F("senior_since"))
    lines = (
        tokens.order_by()
        .values_list(f"{department}__code")
        .annotate(
            said=Min(f"{department}__{name}"),
            came=Count("pk"),
            waiting=Count("pk", filter=Q(status=TokenStatus.WAITING)),
            middle=Percentile(Extract(took, "epoch") / 60.0, Decimal("0.5"), filter=called),
        )
    )
    found = [
        Queue(code, said or code, came, waiting, None if middle is None else round(middle))
        for code, said, came, waiting, middle in lines
    ]
    return sorted(found, key=lambda one: (-one.waiting, -one.came, one.code))
