"""The census: each ward's count of a day that is over; counted again, it says the same."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from hmis.kernel.numbering import INDIA
from ipd import queries
from ipd.bed_days import DAY
from ipd.models import WardCensus

COUNTED = [*queries.COUNTED, "counted_at"]


@act
def count_day(*, facility: Facility, day: date, actor: Any = None, at: datetime) -> list[WardCensus]:
    """Count every ward of a hospital for a day that is over, from the stays as they are.

    However often it is counted, a ward has one row a day; two who count at once write the same. The beds
    are those that stand when the day is counted first. A count that is another than before is told anew.
    """
    if not queries.day_is_over(day, at):
        raise Refusal(_("This day is not over yet."), field="day")
    before = _counts(facility, day)
    rows = [
        WardCensus(facility=facility, ward_id=ward, day=day, counted_at=at, **counts)
        for ward, counts in queries.census_of(facility.pk, day).items()
    ]
    again = [name for name in COUNTED if name != "beds"]
    WardCensus.objects.bulk_create(
        sorted(rows, key=lambda one: str(one.ward_id)),
        update_conflicts=True,
        unique_fields=["ward", "day"],
        update_fields=again,
    )
    if _counts(facility, day) != before:
        facts.record(
            "ipd.day_counted",
            about=facility,
            actor=actor,
            at=at,
            facility_id=facility.pk,
            day=day.isoformat(),
            wards=len(rows),
        )
    return list(WardCensus.objects.filter(facility=facility, day=day))


def _counts(facility: Facility, day: date) -> set[tuple[Any, ...]]:
    return set(WardCensus.objects.filter(facility=facility, day=day).values_list("ward", *queries.COUNTED))


def days_over(since: datetime, at: datetime) -> list[date]:
    """The days from this moment on that are over, the first first."""
    first, today = since.astimezone(INDIA).date(), at.astimezone(INDIA).date()
    return [first + n * DAY for n in range((today - first).days)]


def count_missing_days(*, facility: Facility, at: datetime) -> int:
    """Every day that was not counted since somebody first lay here, or not since a death of it was taken
    back; each in a transaction of its own."""
    days = queries.days_to_count(facility.pk, at.astimezone(INDIA).date())
    for day in days:
        count_day(facility=facility, day=day, at=at)
    return len(days)
