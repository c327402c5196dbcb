"""What the kept figures come to over some days: the one way in which pages, papers and API read them."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast

from reports.indicators import TOLD_APART, Sums
from reports.models import DailyFigure, WeeklyFigure
from reports.queries.spans import Days, weeks_of

# Which part a sum is of: its own where somebody asks for it, else all of them as "".
TOLD = Case(When(measure__in=TOLD_APART, then=F("part")), default=Value(""))
# Of which hospital, as text: to make a UUID of each of some thousand rows takes longer than to read them.
HOSPITAL, ALL_TOGETHER = Cast("facility_id", CharField()), Value("")
NONE = Value(None, output_field=DecimalField())


def sums(
    measures: Iterable[str], facility_ids: Iterable[UUID], *spans: Days, by_hospital: bool = True
) -> list[Sums]:
    """For each span of days {measure: {hospital: {part: sum}}} from the kept figures, all in one statement.

    Parts are told apart as `indicators.TOLD_APART` says. Without `by_hospital` all hospitals are one: None.
    Whole weeks are read from their sums, the days before and after them one by one (docs/adr/0401).
    """
    weeks, edges = zip(*map(weeks_of, spans), strict=True)
    names: dict[str, UUID | None] = {str(one): one for one in facility_ids}
    whose = {"measure__in": list(measures), "facility__in": list(names)}
    if not by_hospital:
        names = {"": None}
    asked = [
        _summed(rows.filter(**whose), on, of_spans, HOSPITAL if by_hospital else ALL_TOGETHER)
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
                parts = span.setdefault(measure, {}).setdefault(place, {})
                parts[part] = parts[part] + value if part in parts else value
    return [
        {measure: {names[place]: parts for place, parts in its.items()} for measure, its in span.items()}
        for span in found
    ]


def _summed(
    rows: QuerySet[Any], on: str, of_spans: Sequence[list[date]], hospital: Any
) -> QuerySet[Any, tuple[Any, ...]]:
    """(measure, hospital, part, sum of each span) of the days or Mondays that the spans name."""
    every = sorted({one for its in of_spans for one in its})
    values = {
        f"span{n}": Sum("value", filter=Q(**{f"{on}__in": its})) if its else NONE
        for n, its in enumerate(of_spans)
    }
    groups = rows.filter(**{f"{on}__in": every}).order_by().values("measure").annotate(at=hospital, told=TOLD)
    return (
        groups.values("measure", "at", "told")
        .annotate(**values)
        .values_list("measure", "at", "told", *values)
    )
