"""What a figure was counted from: its hospitals, its days, its rows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, QuerySet

from facilities.models import Facility
from patients.models import Patient
from patients.queries import withhold_names
from reports.measures import Measure, part_of
from reports.models import DailyFigure
from reports.queries.counting import between
from reports.queries.scopes import Scope


@dataclass(frozen=True)
class Counted:
    """A hospital or a day with its figure."""

    what: Any
    value: Decimal


def hospitals_with(measure: Measure, scope: Scope, first: date, last: date) -> list[Counted]:
    """Each hospital of the place with its sum of these days, the greatest first."""
    found = dict.fromkeys(scope.ids, Decimal(0))
    for cell in _cells(measure, scope, first, last).values_list("facility_id", "value"):
        found[cell[0]] += cell[1]
    ordered = sorted(scope.facilities, key=lambda one: (-found[one.pk], one.code))
    return [Counted(one, found[one.pk]) for one in ordered]


def days_with(measure: Measure, scope: Scope, first: date, last: date) -> list[Counted]:
    """Each day with something, the latest first."""
    found: dict[date, Decimal] = {}
    for day, value in _cells(measure, scope, first, last).values_list("day", "value"):
        found[day] = found.get(day, Decimal(0)) + value
    return [Counted(day, value) for day, value in sorted(found.items(), reverse=True) if value]


def parts_of(measure: Measure, scope: Scope, first: date, last: date) -> list[Counted]:
    """Each part with its sum, the greatest first."""
    found: dict[str, Decimal] = {}
    for part, value in _cells(measure, scope, first, last).values_list("part", "value"):
        found[part] = found.get(part, Decimal(0)) + value
    ordered = sorted(found.items(), key=lambda one: (-one[1], one[0]))
    return [Counted(measure.say(part) or part, value) for part, value in ordered if value]


def _cells(measure: Measure, scope: Scope, first: date, last: date) -> QuerySet[DailyFigure]:
    return DailyFigure.objects.filter(
        measure=measure.key, facility__in=scope.ids, day__range=(first, last)
    ).order_by()


@dataclass(frozen=True)
class Row:
    """One row that was counted: when, whose it is, and as what it counts."""

    at: date | datetime
    patient: Patient | None
    part: Any


def rows_of(measure: Measure, facility: Facility, day: date, *, begins: int, most: int) -> list[Row]:
    """The rows behind the figure of one hospital and day, in their order, `most` of them and one more."""
    rows = measure.model._default_manager.filter(measure.only, between(measure, day, day), facility=facility)
    if measure.whom:
        rows = rows.select_related(measure.whom)
    listed = rows.annotate(figure_at=F(measure.when), figure_part=part_of(measure))
    page = list(listed.order_by("figure_at", "pk")[begins : begins + most + 1])
    found = [Row(one.figure_at, _patient(one, measure.whom), measure.say(one.figure_part)) for one in page]
    if not measure.is_clinical:
        withhold_names(one.patient for one in found if one.patient)
    return found


def _patient(row: Model, path: str) -> Patient | None:
    if isinstance(row, Patient):
        return row
    found: Any = row
    for name in path.split("__") if path else ():
        found = found and getattr(found, name)
    return found if path else None
