"""What the kept figures come to over some days: the one way in which pages, papers and API read them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from reports.indicators import ALL as INDICATORS
from reports.indicators import TOLD_APART, Sums
from reports.models import DailyFigure, WeeklyFigure
from reports.queries.spans import Days, weeks_of

# Of which hospital, as text: to make a UUID of each of some thousand rows takes longer than to read them.
HOSPITAL, ALL_TOGETHER = Cast("facility_id", CharField()), Value("")
NONE = Value(None, output_field=DecimalField())


def apart(measures: Iterable[str]) -> Combinable:
    """Which part a sum is of: its own where somebody asks for it, else all of them as ""."""
    told = sorted({*measures} & {*TOLD_APART})
    return Case(When(measure__in=told, then=F("part")), default=Value("")) if told else Value("")


def as_counted(measures: Iterable[str]) -> Combinable:
    """What an indicator counts as the first part that it counts, the rest as "": shares need no more."""
    whens = [
        When(measure=measure, part__in=parts, then=Value(parts[0]))
        for measure, parts in (one.counted for one in INDICATORS)
        if parts and measure in measures
    ]
    return Case(*whens, default=Value("")) if whens else Value("")


def sums(
    measures: Iterable[str],
    facility_ids: Iterable[UUID],
    *spans: Days,
    by_hospital: bool = True,
    parts: Callable[[Iterable[str]], Combinable] = apart,
) -> list[Sums]:
    """For each span of days {measure: {hospital: {part: sum}}} from the kept figures, all in one statement.

    `parts`: how far they are told apart. Without `by_hospital` all hospitals are one: None.
    Whole weeks are read from their sums, the days before and after them one by one (docs/adr/0401).
    """
    weeks, edges = zip(*map(weeks_of, spans), strict=True)
    names: dict[str, UUID | None] = {str(one): one for one in facility_ids}
    measures = sorted({*measures})
    whose = {"measure__in": measures, "facility__in": list(names)}
    hospital = HOSPITAL if by_hospital else ALL_TOGETHER
    if not by_hospital:
        names = {"": None}
    asked = [
        _summed(rows.filter(**whose), on, of_spans, hospital, parts(measures))
        for rows, on, of_spans in (
            (WeeklyFigure.objects.all(), "week", weeks),
            (DailyFigure.objects.all(), "day", edges),
        )
        if any(of_spans)
    ]
    found: list[dict[str, dict[str, dict[str, Decimal]]]] = [{} for _span in spans]
    for measure, place, part, *values in asked[0].union(*asked[1:], all=True):
        for span, value in zip(found, values, strict=True):
            if value is not None:
                held = span.setdefault(measure, {}).setdefault(place, {})
                held[part] = held[part] + value if part in held else value
    return [
        {measure: {names[place]: held for place, held in its.items()} for measure, its in span.items()}
        for span in found
    ]


def _summed(
    rows: QuerySet[Any], on: str, of_spans: Sequence[list[date]], hospital: Combinable, told: Combinable
) -> QuerySet[Any, tuple[Any, ...]]:
    """(measure, hospital, part, sum of each span) of the days or Mondays that the spans name."""
    every = sorted({one for its in of_spans for one in its})
    values = {
        f"span{n}": Sum("value", filter=Q(**{f"{on}__in": its})) if its else NONE
        for n, its in enumerate(of_spans)
    }
    groups = rows.filter(**{f"{on}__in": every}).order_by().values("measure").annotate(at=hospital, told=told)
    return (
        groups.values("measure", "at", "told")
        .annotate(**values)
        .values_list("measure", "at", "told", *values)
    )
