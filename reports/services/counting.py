"""Figures that are kept: a cell that was touched is counted anew, never added to; each night all of them."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from facilities.models import Facility
from hmis.kernel import reading
from hmis.kernel.models import FactReading
from reports import queries
from reports.measures import MEASURES, TOUCHING, Measure
from reports.models import DailyFigure
from reports.queries import READER, Cell, Counts


def follow_facts(*, at: datetime) -> int | None:
    """Count every cell anew that facts have touched since this last ran; how many cells came out otherwise.

    A thousand registrations touch one cell. None: `count_first` has to come before.
    """
    with reading.held(READER) as held:
        facts = reading.unread(held, about=TOUCHING, at=at)
        if facts is None:
            return None
        touched = queries.touched_cells(facts)
        return sum(_recount(measure, cells) for measure, cells in touched.items())


def count_first(*, at: datetime) -> int:
    """Count everything, unless that was done at this very server; how many cells came out otherwise.

    Whoever ends in the midst begins it again.
    """
    if reading.knows(FactReading.objects.filter(reader=READER).first()):
        return 0
    began = reading.here()
    wrong = sum(recount_all(facility=one) for one in Facility.objects.all())
    with reading.held(READER) as held:
        reading.read_to(held, began, at=at)
    return wrong


def recount_all(*, facility: Facility) -> int:
    """Every cell of a hospital from its rows; how many were wrong. The night's repair, and the first count.

    Each measure is counted while no reader counts beside it: whoever writes last has looked last.
    """
    wrong = 0
    for measure in MEASURES.values():
        with reading.held(READER):
            wrong += _settle(measure, [facility.pk], None, None)
    return wrong


def _recount(measure: Measure, cells: Iterable[Cell]) -> int:
    """The cells of each day in one look."""
    days: dict[date, list[UUID]] = {}
    for facility_id, day in cells:
        days.setdefault(day, []).append(facility_id)
    return sum(_settle(measure, where, day, day) for day, where in sorted(days.items()))


def _settle(measure: Measure, facility_ids: list[UUID], first: date | None, last: date | None) -> int:
    """Make the kept cells what the rows say; how many were not."""
    true = queries.counted(measure, facility_ids, first, last)
    was = queries.kept_of(measure, facility_ids, first, last)
    changed: Counts = {cell: value for cell, value in true.items() if was.get(cell) != value}
    changed |= dict.fromkeys(was.keys() - true.keys(), queries.NOTHING)
    DailyFigure.objects.bulk_create(
        [
            DailyFigure(facility_id=facility, day=day, measure=measure.key, part=part, value=value)
            for (facility, day, part), value in sorted(changed.items(), key=str)
        ],
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["facility", "day", "measure", "part"],
        update_fields=["value"],
    )
    return len(changed)
