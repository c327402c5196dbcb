"""What holds of the registries and of the figures (manage.py verify)."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import reading
from hmis.kernel.models import FactReading
from hmis.kernel.verifying import Fault, holds, rows_of
from reports.measures import ALL, TOUCHING, Measure
from reports.queries.counting import READER, counted, kept, touched_cells

CountedCell = tuple[UUID, date, str]
# Read by way of a hospital's own line, so that each hospital is told of its own.
DOUBLED = """
    SELECT facility.hfr_id, facility.code FROM reports_registryentry own
    JOIN facilities_facility facility ON facility.id = own.facility_id
    JOIN reports_registryentry other ON other.hfr_id = facility.hfr_id
    WHERE facility.hfr_id <> '' ORDER BY 1
"""
UNNAMED = """
    SELECT facility.code FROM reports_registryentry own
    JOIN facilities_facility facility ON facility.id = own.facility_id
    WHERE own.status = 'verified' AND facility.hfr_id = '' ORDER BY 1
"""

SUMMED_WRONG = """
    SELECT facility.code, week, measure, coalesce(kept.value, 0), coalesce(days.value, 0)
    FROM reports_weeklyfigure kept
    FULL JOIN (
        SELECT facility_id, day - extract(isodow FROM day)::int + 1 AS week, measure, part,
            sum(value) AS value
        FROM reports_dailyfigure GROUP BY 1, 2, 3, 4
    ) days USING (facility_id, week, measure, part)
    JOIN facilities_facility facility ON facility.id = facility_id
    WHERE coalesce(kept.value, 0) <> coalesce(days.value, 0) ORDER BY 1, 2, 3
"""


@holds("reports.hfr_ids_are_one_facilitys", _("An HFR ID is one facility's, and who is verified has one."))
def hfr_faults() -> Iterator[Fault]:
    """IDs of hospitals that a line of another facility bears too, and verified hospitals without one."""
    for row, code in rows_of(DOUBLED):
        yield Fault(_("The HFR ID %(row)s is that of %(code)s and of another facility."), row=row, code=code)
    for (row,) in rows_of(UNNAMED):
        yield Fault(_("%(row)s is verified in the HFR and has no HFR ID."), row=row)


@holds(
    "reports.figures_are_what_is_counted",
    _("Every figure that is kept is what its rows say."),
    at_night=True,
)
def figure_faults() -> Iterator[Fault]:
    """Figures of the 35 days before today that differ from their rows: a reader has missed something.

    What was written since it last looked may differ yet; one that has never looked is not judged.
    """
    held = FactReading.objects.filter(reader=READER).first()
    if held is None or not reading.knows(held):
        return
    yesterday = timezone.localdate() - timedelta(days=1)
    first = yesterday - timedelta(days=34)
    kept_cells = kept(ALL, None, first, yesterday)
    wrong: dict[Measure, list[CountedCell]] = {}
    for measure in ALL:
        true, was = counted(measure, None, first, yesterday), kept_cells[measure.key]
        wrong[measure] = [cell for cell in true.keys() | was.keys() if true.get(cell) != was.get(cell)]
    # Asked last: whatever was written while the others were compared is among them.
    pending = touched_cells(reading.since(held, reading.here(), about=TOUCHING))
    for measure, cells in wrong.items():
        waiting = pending.get(measure, set())
        if differing := sorted((cell for cell in cells if cell[:2] not in waiting), key=str):
            yield Fault(
                _("%(row)s: %(count)s figures differ from their rows, one of them of %(day)s."),
                row=measure.key,
                count=len(differing),
                day=differing[0][1].isoformat(),
            )


@holds("reports.weeks_are_their_days", _("The sum of a week is that of its days."), at_night=True)
def week_faults() -> Iterator[Fault]:
    """Weeks whose kept sum is not that of their days."""
    for code, week, measure, kept_sum, true in rows_of(SUMMED_WRONG):
        yield Fault(
            _("%(row)s in the week of %(week)s: %(measure)s %(kept)s, its days %(true)s."),
            row=code,
            week=week.isoformat(),
            measure=measure,
            kept=kept_sum,
            true=true,
        )
