"""Counts of the measures from the rows themselves, and from the cells that are kept of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

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
    rows = measure.model._default_manager.filter(measure.only, **{f"{measure.when}__isnull": False})
    if facility_ids is not None:
        rows = rows.filter(facility_id__in=list(facility_ids))
    if first and last:
        rows = rows.filter(between(measure, first, last))
    groups = rows.order_by().annotate(counted_on=_day(measure), counted_as=part_of(measure))
    found = groups.values_list("facility_id", "counted_on", "counted_as").annotate(counted=measure.value)
    return {
        (facility, day, part): Decimal(value).quantize(Decimal("0.01"))
        for facility, day, part, value in found
        if value
    }


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
        hit = Q()
        for label, path in measure.touched.items():
            if about[label]:
                hit |= Q(pk__in=_rows(measure, path, about[label]))
        found = set(census) if not measure.touched else set()
        if hit:
            rows = measure.model._default_manager.filter(hit, **{f"{measure.when}__isnull": False})
            found |= set(rows.order_by().values_list("facility_id", _day(measure)).distinct())
        if found:
            cells[measure] = found
    return cells


def _rows(measure: Measure, path: str, ids: set[UUID]) -> "object":
    return measure.model._default_manager.filter(**{f"{path}__in": ids}).order_by().values("pk")


def _day(measure: Measure) -> F | TruncDate:
    return F(measure.when) if measure.counts_dates else TruncDate(measure.when)


def between(measure: Measure, first: date, last: date) -> Q:
    """The rows of these days."""
    if measure.counts_dates:
        return Q(**{f"{measure.when}__range": (first, last)})
    since, until = midnight(first), midnight(last + timedelta(days=1))
    return Q(**{f"{measure.when}__gte": since, f"{measure.when}__lt": until})


def midnight(day: date) -> datetime:
    """When this day begins here."""
    return timezone.make_aware(datetime.combine(day, time.min))


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
