"""Counts of the measures from the rows themselves, and from the cells that are kept of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from hmis.kernel.composed import Composed, among
from hmis.kernel.models import FactReading
from hmis.kernel.reading import ReadFact
from reports.measures import ALL, Measure, part_of
from reports.models import DailyFigure

Cell = tuple[UUID, date]
Counts = dict[tuple[UUID, date, str], Decimal]
READER = "reports.figures"
CENSUS = "ipd.day_counted"
NOTHING = Decimal("0.00")
LOOKS = ("_viewed", "_exported", "_printed", "_searched", "_opened")


def is_counted() -> bool:
    """Whether figures have ever been counted here; before, nought says nothing."""
    return FactReading.objects.filter(reader=READER).exclude(seen="").exists()


def counted(
    measure: Measure, facility_ids: Iterable[UUID] | None, first: date | None, last: date | None
) -> Counts:
    """{(hospital, day, part): value}, counted from the rows. None: of all hospitals, of all days."""
    where: list[Any] = [] if facility_ids is None else [list(facility_ids)]
    when = days_of(measure, first, last) if first and last else ()
    found = _counted(*where, *when, of=measure, is_somewhere=bool(where), is_sometime=bool(when))
    return {
        (facility, day, part): Decimal(value).quantize(Decimal("0.01"))
        for facility, day, part, value in found
        if value
    }


@Composed
def _counted(
    *asked: Any, of: Measure, is_somewhere: bool, is_sometime: bool
) -> QuerySet[Any, tuple[Any, ...]]:
    rows = of.model._default_manager.filter(of.only, **{f"{of.when}__isnull": False})
    if is_somewhere:
        rows = rows.filter(facility_id__in=among(asked[0]))
    if is_sometime:
        rows = rows.filter(within(of, *asked[-2:]))
    groups = rows.order_by().annotate(counted_on=_day(of), counted_as=part_of(of))
    return groups.values_list("facility_id", "counted_on", "counted_as").annotate(counted=of.value)


def touched_cells(facts: Sequence[ReadFact]) -> dict[Measure, set[Cell]]:
    """The hospitals and days of each measure that these facts may have changed."""
    about: dict[str, set[UUID]] = defaultdict(set)
    for fact in facts:
        if fact.about_id and not fact.name.endswith(LOOKS):
            about[fact.about].add(fact.about_id)
    census = {
        (fact.facility_id, date.fromisoformat(fact.detail["day"]))
        for fact in facts
        if fact.name == CENSUS and fact.facility_id
    }
    cells: dict[Measure, set[Cell]] = {}
    for measure in ALL:
        hit = tuple(label for label in measure.touched if about[label])
        found = set(census) if not measure.touched else set()
        if hit:
            found |= set(_touched(*(list(about[label]) for label in hit), of=measure, about=hit))
        if found:
            cells[measure] = found
    return cells


@Composed
def _touched(*ids: list[UUID], of: Measure, about: tuple[str, ...]) -> QuerySet[Any, Cell]:
    rows, hit = of.model._default_manager.order_by(), Q()
    for label, those in zip(about, ids, strict=True):
        hit |= Q(pk__in=rows.filter(**{f"{of.touched[label]}__in": among(those)}).values("pk"))
    dated = rows.filter(hit, **{f"{of.when}__isnull": False})
    return dated.values_list("facility_id", _day(of)).distinct()


def _day(measure: Measure) -> F | TruncDate:
    return F(measure.when) if measure.counts_dates else TruncDate(measure.when)


def between(measure: Measure, first: date, last: date) -> Q:
    """The rows of these days."""
    return within(measure, *days_of(measure, first, last))


def days_of(measure: Measure, first: date, last: date) -> tuple[date, date]:
    """These days as `within` compares them: as dates, or as the moments from which on and before which."""
    if measure.counts_dates:
        return first, last
    return midnight(first), midnight(last + timedelta(days=1))


def within(measure: Measure, since: date, until: date) -> Q:
    """The rows from `days_of` to `days_of`."""
    if measure.counts_dates:
        return Q(**{f"{measure.when}__range": (since, until)})
    return Q(**{f"{measure.when}__gte": since, f"{measure.when}__lt": until})


def midnight(day: date) -> datetime:
    """When this day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


def kept_of(measure: Measure, facility_ids: list[UUID], first: date | None, last: date | None) -> Counts:
    """The cells that are kept of one measure at these hospitals."""
    when = (first, last) if first and last else ()
    cells = _kept_of(measure.key, facility_ids, *when, is_sometime=bool(when))
    return {(facility, on, part): value for facility, on, part, value in cells}


@Composed
def _kept_of(
    measure: str, facility_ids: list[UUID], *days: date, is_sometime: bool
) -> QuerySet[Any, tuple[UUID, date, str, Decimal]]:
    cells = DailyFigure.objects.filter(measure=measure, facility__in=among(facility_ids), value__gt=0)
    if is_sometime:
        cells = cells.filter(day__range=days)
    return cells.values_list("facility_id", "day", "part", "value")


def kept(
    measures: Iterable[Measure], facility_ids: Iterable[UUID] | None, first: date | None, last: date | None
) -> dict[str, Counts]:
    """The cells that are kept, by measure; those with nothing in them are none."""
    cells = DailyFigure.objects.filter(measure__in=[one.key for one in measures], value__gt=0)
    if facility_ids is not None:
        cells = cells.filter(facility_id__in=list(facility_ids))
    if first and last:
        cells = cells.filter(day__range=(first, last))
    found: dict[str, Counts] = {one.key: {} for one in measures}
    for measure, facility, on, part, value in cells.values_list(
        "measure", "facility_id", "day", "part", "value"
    ):
        found[measure][facility, on, part] = value
    return found
