"""What holds of the registries and of the figures (manage.py verify)."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.verifying import Fault, holds, rows_of
from reports.measures import ALL
from reports.queries.counting import counted, kept

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
    """Figures of the 35 days before today that differ from their rows: a reader has missed something."""
    yesterday = timezone.localdate() - timedelta(days=1)
    first = yesterday - timedelta(days=34)
    kept_cells = kept(ALL, None, first, yesterday)
    for measure in ALL:
        true, was = counted(measure, None, first, yesterday), kept_cells[measure.key]
        wrong = {cell for cell in true.keys() | was.keys() if true.get(cell) != was.get(cell)}
        if wrong:
            first_wrong = min(wrong, key=str)
            yield Fault(
                _("%(row)s: %(count)s figures differ from their rows, one of them of %(day)s."),
                row=measure.key,
                count=len(wrong),
                day=first_wrong[1].isoformat(),
            )
