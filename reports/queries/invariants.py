"""What holds of the registries (manage.py verify)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hmis.kernel.verifying import Fault, holds, rows_of

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
