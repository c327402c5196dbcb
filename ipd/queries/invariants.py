"""What holds of all stays, bed-days and counts (manage.py verify)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.queries import misnumbered
from hmis.kernel.numbering import Series
from hmis.kernel.verifying import Fault, holds, rows_of
from ipd.models import WardCensus
from ipd.queries.counting import COUNTED, census_of

SERIES = [
    ("ipd_admission", "number", Series.ADMISSION),
    ("ipd_admission", "discharge_number", Series.DISCHARGE),
    ("ipd_death", "number", Series.DEATH),
    ("patients_birth", "number", Series.BIRTH),
    ("ipd_procedure", "number", Series.OPERATION),
]
# Counts of long ago cannot change: a year of nights is not counted again each night.
RECOUNTED = timedelta(days=31)


@holds(
    "ipd.registers_have_no_gap",
    _("Admissions, discharges, births, deaths and operations are numbered without a gap."),
)
def number_faults() -> Iterator[Fault]:
    """Numbers that were given and have no line, and lines whose number was never given."""
    for table, column, series in SERIES:
        yield from misnumbered(table, column, series)


BEDLESS = """
    SELECT admission.number, count(stay.id) FROM ipd_admission admission
    LEFT JOIN patients_bedstay stay ON stay.encounter_id = admission.encounter_id AND stay.ended_at IS NULL
    WHERE admission.status IN ('admitted', 'discharging') AND admission.left_at IS NULL
    GROUP BY admission.id
    HAVING count(stay.id) <> CASE WHEN EXISTS (
        SELECT FROM ipd_leave leave WHERE leave.admission_id = admission.id AND leave.ended_at IS NULL
            AND NOT leave.keeps_bed) THEN 0 ELSE 1 END
"""


@holds(
    "ipd.inpatients_lie_in_one_bed", _("Every inpatient lies in exactly one bed, or is on leave without it.")
)
def bed_faults() -> Iterator[Fault]:
    """Inpatients without a bed, with more than one, or with one that they gave up."""
    for row, count in rows_of(BEDLESS):
        yield Fault(_("%(row)s lies in %(count)s beds."), row=row, count=count)


LYING_TWICE = """
    SELECT patient.uhid, string_agg(DISTINCT facility.code, ', ' ORDER BY facility.code)
    FROM patients_bedstay stay
    JOIN patients_patient patient ON patient.id = stay.patient_id
    JOIN facilities_facility facility ON facility.id = stay.facility_id
    WHERE stay.ended_at IS NULL
    GROUP BY patient.id HAVING count(DISTINCT stay.facility_id) > 1
"""


@holds("ipd.nobody_lies_in_two_hospitals", _("Nobody lies in beds of two hospitals at once."))
def twice_faults() -> Iterator[Fault]:
    """Whose bed was left too late for the next hospital: told where both are seen, by the state."""
    for row, hospitals in rows_of(LYING_TWICE):
        yield Fault(_("UHID %(row)s lies in %(hospitals)s at once."), row=row, hospitals=hospitals)


HELD_AFTER = """
    SELECT admission.number FROM ipd_admission admission
    JOIN patients_bedstay stay ON stay.encounter_id = admission.encounter_id
    WHERE admission.left_at IS NOT NULL AND (stay.ended_at IS NULL OR stay.ended_at > admission.left_at)
    GROUP BY admission.id
"""


@holds("ipd.nobody_holds_a_bed_after_leaving", _("No bed is held by somebody who has left."))
def held_faults() -> Iterator[Fault]:
    """Stays that go on after the patient left."""
    for (row,) in rows_of(HELD_AFTER):
        yield Fault(_("%(row)s has left and holds a bed."), row=row)


BROKEN = """
    SELECT number FROM (
        SELECT admission.id, admission.number, stay.ended_at,
            lead(stay.began_at) OVER (PARTITION BY admission.id ORDER BY stay.began_at, stay.id) AS next_at
        FROM ipd_admission admission JOIN patients_bedstay stay ON stay.encounter_id = admission.encounter_id
    ) AS lain
    WHERE next_at <> ended_at AND NOT EXISTS (
        SELECT FROM ipd_leave leave WHERE leave.admission_id = lain.id AND NOT leave.keeps_bed
            AND leave.began_at = lain.ended_at AND leave.ended_at = lain.next_at)
"""
NOT_FROM_THE_FIRST = """
    SELECT admission.number FROM ipd_admission admission
    JOIN patients_bedstay stay ON stay.encounter_id = admission.encounter_id
    GROUP BY admission.id HAVING min(stay.began_at) <> admission.admitted_at
"""


@holds(
    "ipd.stays_follow_each_other", _("The beds of a stay follow each other without a gap, but for leaves.")
)
def stay_faults() -> Iterator[Fault]:
    """Stays with a gap or an overlap that no leave explains."""
    for question in (BROKEN, NOT_FROM_THE_FIRST):
        for (row,) in rows_of(question):
            yield Fault(_("The beds of %(row)s do not follow each other."), row=row)


@holds("ipd.census_is_a_recount", _("Every census says what the stays say."), at_night=True)
def census_faults() -> Iterator[Fault]:
    """Counts of the last month that a recount finds otherwise; the beds of that day are counted once."""
    since = timezone.localdate() - RECOUNTED
    asked = WardCensus.objects.filter(day__gte=since).order_by("facility", "day", "pk").select_related("ward")
    recounted: tuple[Any, dict[Any, dict[str, int]]] = (None, {})
    for row in asked.iterator():
        if recounted[0] != (row.facility_id, row.day):
            recounted = ((row.facility_id, row.day), census_of(row.facility_id, row.day))
        found = recounted[1].get(row.ward_id, {})
        if any(getattr(row, name) != found.get(name, 0) for name in COUNTED if name != "beds"):
            yield Fault(
                _("The census of %(row)s on %(day)s is not what the stays say."), row=row.ward, day=row.day
            )


UNLIKE_ITS_CHARGE = """
    SELECT admission.number, day.day FROM ipd_bedday day
    JOIN ipd_admission admission ON admission.id = day.admission_id
    JOIN billing_chargeitem item ON item.id = day.charge_item_id
    WHERE item.source <> 'ipd.bedday' OR item.source_id <> day.id
        OR item.encounter_id <> admission.encounter_id
"""
WITHOUT_ITS_DAY = """
    SELECT item.code, item.source_id FROM billing_chargeitem item
    LEFT JOIN ipd_bedday day ON day.charge_item_id = item.id
    WHERE item.source = 'ipd.bedday' AND day.id IS NULL
"""
# Of whoever is still here: a price that was set later is charged with the next count.
UNPRICED = """
    SELECT admission.number, day.day FROM ipd_bedday day
    JOIN ipd_admission admission ON admission.id = day.admission_id
        AND admission.status IN ('admitted', 'discharging')
    JOIN ipd_daytariff tariff ON tariff.ward_id = day.ward_id
    JOIN billing_chargeitemdefinition definition ON definition.id = tariff.definition_id
        AND definition.is_active
    JOIN billing_tariffprice price ON price.definition_id = definition.id
        AND price.facility_id = day.facility_id
        AND price.scheme_id IS NULL AND price.ward_class IN ('', tariff.ward_class)
        AND price.valid_from <= day.day AND (price.valid_to IS NULL OR price.valid_to >= day.day)
    WHERE day.charge_item_id IS NULL AND day.counted_at < now() - interval '3 hours'
"""


@holds("ipd.bed_days_are_charged_once", _("Every bed-day has its own charge, where a price holds."))
def bed_day_faults() -> Iterator[Fault]:
    """Days with another's charge, charges of no day, and days without one although a price holds."""
    for row, day in rows_of(UNLIKE_ITS_CHARGE):
        yield Fault(_("The day %(day)s of %(row)s has another's charge."), row=row, day=day)
    for row, source in rows_of(WITHOUT_ITS_DAY):
        yield Fault(_("The charge %(row)s of the bed-day %(source)s has no day."), row=row, source=source)
    for row, day in rows_of(UNPRICED):
        yield Fault(_("The day %(day)s of %(row)s is not charged, although a price holds."), row=row, day=day)
