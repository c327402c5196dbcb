"""The census of a day, and what a hospital's wards did over some days: counted from stays by the database.

A day is one of India, and ends at its midnight. Who lies in a place at that very moment counts for the day
that ends, and once (docs/adr/0382). An admission that was taken back counts nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Min, QuerySet, Sum

from facilities.models import Facility
from hmis.kernel.numbering import INDIA
from ipd.bed_days import DAY, midnight
from ipd.models import Admission, WardCensus
from ipd.states import AdmissionStatus

COUNTED = ("beds", "in_beds", "in_extra", "admitted", "moved_in", "moved_out", "left", "died")

# Each stay with the one before and after it of the same admission. A patient who moves within a ward neither
# comes nor goes; one who goes on leave without the bed, goes, and comes back.
CENSUS = """
    WITH lain AS (
        SELECT stay.began_at, stay.ended_at, room.ward_id, bed.kind,
            admission.left_at,
            admission.discharge_type = 'died' AND EXISTS (
                SELECT FROM patients_deathnotice death
                WHERE death.encounter_id = admission.encounter_id AND death.withdrawn_at IS NULL
            ) AS has_died,
            lag(stay.ended_at) OVER stays AS before_at, lag(room.ward_id) OVER stays AS before_in,
            lead(stay.began_at) OVER stays AS after_at, lead(room.ward_id) OVER stays AS after_in
        FROM ipd_admission admission
        JOIN patients_bedstay stay ON stay.encounter_id = admission.encounter_id
        JOIN facilities_bed bed ON bed.id = stay.bed_id
        JOIN facilities_room room ON room.id = bed.room_id
        WHERE admission.facility_id = %(facility)s AND admission.status <> 'cancelled'
            AND admission.admitted_at < %(ends)s
            AND (admission.left_at IS NULL OR admission.left_at >= %(begins)s)
            AND (stay.ended_at IS NULL OR stay.ended_at > stay.began_at)
        WINDOW stays AS (PARTITION BY admission.id ORDER BY stay.began_at, stay.id)
    ), moved AS (
        SELECT *,
            began_at >= %(begins)s AND began_at < %(ends)s AS begins,
            ended_at >= %(begins)s AND ended_at < %(ends)s AS ends,
            began_at < %(ends)s AND (ended_at IS NULL OR ended_at >= %(ends)s) AS stands,
            COALESCE(before_at = began_at AND before_in = ward_id, false) AS goes_on,
            COALESCE(after_at = ended_at AND after_in = ward_id, false) AS stays_on
        FROM lain WHERE ward_id IS NOT NULL
    )
    SELECT ward_id,
        count(*) FILTER (WHERE stands AND kind = 'bed') AS in_beds,
        count(*) FILTER (WHERE stands AND kind <> 'bed') AS in_extra,
        count(*) FILTER (WHERE begins AND before_at IS NULL) AS admitted,
        count(*) FILTER (WHERE begins AND before_at IS NOT NULL AND NOT goes_on) AS moved_in,
        count(*) FILTER (WHERE ends AND NOT stays_on
            AND (after_at IS NOT NULL OR left_at IS DISTINCT FROM ended_at)) AS moved_out,
        count(*) FILTER (WHERE ends AND after_at IS NULL AND left_at = ended_at AND NOT has_died) AS gone,
        count(*) FILTER (WHERE ends AND after_at IS NULL AND left_at = ended_at AND has_died) AS died
    FROM moved GROUP BY ward_id
"""
BEDS = """
    SELECT room.ward_id, count(*) FROM facilities_bed bed JOIN facilities_room room ON room.id = bed.room_id
    WHERE bed.facility_id = %(facility)s AND bed.is_active AND bed.kind = 'bed' AND room.ward_id IS NOT NULL
    GROUP BY room.ward_id
"""


def census_of(facility_id: UUID, day: date) -> dict[UUID, dict[str, int]]:
    """{ward: its counts} of this day, of every ward that has beds or had somebody. Nothing is written."""
    said: dict[str, Any] = {"facility": facility_id}
    said |= {"begins": midnight(day), "ends": midnight(day + DAY)}
    with connection.cursor() as cursor:
        cursor.execute(BEDS, said)
        found = {ward: dict.fromkeys(COUNTED, 0) | {"beds": beds} for ward, beds in cursor.fetchall()}
        cursor.execute(CENSUS, said)
        for ward, *counts in cursor.fetchall():
            found.setdefault(ward, dict.fromkeys(COUNTED, 0))
            found[ward] |= dict(zip(COUNTED[1:], counts, strict=True))
    return found


def days_to_count(facility_id: UUID, today: date) -> list[date]:
    """The days that are over since somebody first lay here and were not counted, or not since a death of that
    day was taken back; the oldest first."""
    first = (
        Admission.objects.filter(facility=facility_id)
        .exclude(status=AdmissionStatus.CANCELLED)
        .order_by("admitted_at")
        .values_list("admitted_at", flat=True)
        .first()
    )
    if first is None:
        return []
    begins = first.astimezone(INDIA).date()
    rows = WardCensus.objects.filter(facility=facility_id).order_by()
    counted = dict(rows.values_list("day").annotate(at=Min("counted_at")))
    alive = _days_of_withdrawn_deaths(facility_id)
    days = (begins + timedelta(days=n) for n in range((today - begins).days))
    return [one for one in days if one not in counted or counted[one] < alive.get(one, counted[one])]


def _days_of_withdrawn_deaths(facility_id: UUID) -> dict[date, datetime]:
    """{the day on which a bed was left with a death that does not hold: when it was taken back, the last}."""
    left = Admission.objects.filter(facility=facility_id, left_at__isnull=False).order_by()
    taken_back = left.filter(encounter__death_notices__withdrawn_at__isnull=False)
    found: dict[date, datetime] = {}
    rows: Any = taken_back.values_list("left_at", "encounter__death_notices__withdrawn_at")
    for left_at, at in rows:
        day = left_at.astimezone(INDIA).date()
        found[day] = max(at, found.get(day, at))
    return found


def censuses(user: Any, day: date) -> QuerySet[WardCensus]:
    """What was counted of a day, ward by ward."""
    counted = WardCensus.objects.visible_to(user).filter(day=day).select_related("ward", "facility")
    return counted.order_by("facility", "ward__position", "ward__name", "pk")


def month_of(user: Any, first: date, last: date) -> list[dict[str, Any]]:
    """The hospital's counts of each of these days."""
    counted = WardCensus.objects.visible_to(user).filter(day__gte=first, day__lte=last)
    rows: Any = (
        counted.values("day").annotate(**{f"of_{name}": Sum(name) for name in COUNTED}).order_by("day")
    )
    return [{"day": row["day"], **{name: row[f"of_{name}"] for name in COUNTED}} for row in rows]


# ── Figures ──

LATE = timedelta(hours=48)
FIGURES = """
    WITH gone AS (
        SELECT admission.id, admission.discharge_type = 'died' AND death.died_at IS NOT NULL AS died,
            admission.discharge_type = 'lama' AS lama,
            COALESCE(death.died_at, admission.left_at) - admission.admitted_at < %(late)s AS early,
            GREATEST((admission.left_at AT TIME ZONE 'Asia/Kolkata')::date
                - (admission.admitted_at AT TIME ZONE 'Asia/Kolkata')::date, 1) AS days
        FROM ipd_admission admission LEFT JOIN patients_deathnotice death
            ON death.encounter_id = admission.encounter_id AND death.withdrawn_at IS NULL
        WHERE admission.facility_id = %(facility)s AND admission.status <> 'cancelled'
            AND admission.left_at >= %(begins)s AND admission.left_at < %(ends)s
    ), nights AS (
        SELECT count(*) FILTER (WHERE bed.kind = 'bed') AS in_beds, count(*) AS all
        FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS day
        CROSS JOIN LATERAL (SELECT (day::date + 1)::timestamp AT TIME ZONE 'Asia/Kolkata' AS at) AS night
        JOIN patients_bedstay stay ON stay.facility_id = %(facility)s AND stay.began_at < night.at
            AND (stay.ended_at IS NULL OR stay.ended_at >= night.at)
        JOIN ipd_admission admission ON admission.encounter_id = stay.encounter_id
            AND admission.status <> 'cancelled'
        JOIN facilities_bed bed ON bed.id = stay.bed_id
        JOIN facilities_room room ON room.id = bed.room_id AND room.ward_id IS NOT NULL
    )
    SELECT (SELECT count(*) FROM ipd_admission admission WHERE admission.facility_id = %(facility)s
            AND admission.status <> 'cancelled' AND admission.admitted_at >= %(begins)s
            AND admission.admitted_at < %(ends)s),
        (SELECT count(*) FROM gone), (SELECT count(*) FROM gone WHERE died),
        (SELECT count(*) FROM gone WHERE died AND early), (SELECT count(*) FROM gone WHERE lama),
        (SELECT COALESCE(sum(days), 0) FROM gone), (SELECT in_beds FROM nights), (SELECT "all" FROM nights)
"""


@dataclass(frozen=True)
class Figures:
    """What the wards of a hospital did in some days. Nothing to divide by gives no figure."""

    days: int
    beds: int
    # Beds of each of the days, together.
    bed_days: int
    admitted: int
    gone: int  # discharged and died
    died: int
    died_early: int  # before 48 hours, by the hour of death, whenever the body left the bed
    lama: int
    days_of_gone: int
    nights_in_beds: int
    nights: int  # with those on floors, trolleys and in cradles

    @property
    def occupancy(self) -> Decimal | None:
        """Inpatients at midnight for each 100 beds; above 100 where some lie on the floor."""
        return _share(100 * self.nights, self.bed_days)

    @property
    def length_of_stay(self) -> Decimal | None:
        """Days from admission to leaving, on average of those who left; whoever came and left counts one."""
        return _share(self.days_of_gone, self.gone)

    @property
    def turnover(self) -> Decimal | None:
        """Discharges and deaths for each bed."""
        return _share(self.gone, self.beds)

    @property
    def interval(self) -> Decimal | None:
        """Days that a bed stood empty between two patients; below nothing where many lay on the floor."""
        return _share(self.bed_days - self.nights, self.gone)

    @property
    def gross_death_rate(self) -> Decimal | None:
        """Deaths for each 100 who left, alive or dead."""
        return _share(100 * self.died, self.gone)

    @property
    def net_death_rate(self) -> Decimal | None:
        """Deaths from 48 hours after admission on, for each 100 who left, without those who died before."""
        return _share(100 * (self.died - self.died_early), self.gone - self.died_early)

    @property
    def lama_rate(self) -> Decimal | None:
        """Who left against medical advice, of each 100 who left."""
        return _share(100 * self.lama, self.gone)


def _share(part: int, whole: int) -> Decimal | None:
    if whole <= 0:
        return None
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def figures_of(facility: Facility, first: date, last: date) -> Figures:
    """The figures of these days, both included, counted from stays and admissions."""
    days = (last - first).days + 1
    said: dict[str, Any] = {
        "facility": facility.pk,
        "first": first,
        "last": last,
        "begins": midnight(first),
        "ends": midnight(last + DAY),
        "late": LATE,
    }
    with connection.cursor() as cursor:
        cursor.execute(BEDS, said)
        beds_now = sum(count for _ward, count in cursor.fetchall())
        cursor.execute(FIGURES, said)
        counted = cursor.fetchone()
    held = WardCensus.objects.filter(facility=facility, day__gte=first, day__lte=last)
    of_days = dict(held.values_list("day").annotate(sum=Sum("beds")))
    # A day that was not counted had the beds that stand today.
    bed_days = sum(of_days.get(first + n * DAY, beds_now) for n in range(days))
    return Figures(days, round(bed_days / days), bed_days, *map(int, counted))


def as_rows(found: Figures) -> Sequence[tuple[str, Any]]:
    """The figures by name, for a sheet."""
    names = (
        "admitted",
        "gone",
        "died",
        "occupancy",
        "length_of_stay",
        "turnover",
        "interval",
        "gross_death_rate",
        "net_death_rate",
        "lama_rate",
    )
    return [(name, getattr(found, name)) for name in names]


def day_is_over(day: date, at: datetime) -> bool:
    """Whether this day has ended."""
    return at >= midnight(day + DAY)
