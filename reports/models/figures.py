"""Figures of the days that are kept, counted anew from the rows whenever these change; and their weeks."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import HospitalRecord, Record

# What a statement changed of the days goes into their weeks in the same breath, whoever writes beside it.
INTO_WEEKS = """
    INSERT INTO reports_weeklyfigure (id, facility_id, week, measure, part, value)
    SELECT uuidv7(), facility_id, week, measure, part, sum(change)
    FROM (
        SELECT facility_id, day - extract(isodow FROM day)::int + 1 AS week, measure, part, change
        FROM ({changes}) AS of_days
    ) AS of_weeks
    GROUP BY facility_id, week, measure, part HAVING sum(change) <> 0
    ORDER BY facility_id, week, measure, part
    ON CONFLICT (facility_id, week, measure, part)
    DO UPDATE SET value = reports_weeklyfigure.value + EXCLUDED.value;
    RETURN NULL;
"""
CAME = "SELECT facility_id, day, measure, part, value AS change FROM came"
WENT = "SELECT facility_id, day, measure, part, -value AS change FROM went"


def _into_weeks(name: str, operation: pgtrigger.Operation, *changes: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(
            new="came" if CAME in changes else None, old="went" if WENT in changes else None
        ),
        func=INTO_WEEKS.format(changes=" UNION ALL ".join(changes)),
    )


class Figure(models.Model):
    """A number of one hospital: of a measure, or of one of its parts."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    measure = models.CharField(max_length=24)
    # A department, a kind, a code of ICD-10, minutes: whatever the measure is told apart by.
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    # Counts, or ₹.
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


class DailyFigure(Figure, HospitalRecord):
    """One measure of one hospital on one day; of a measure in parts, one of these.

    What it counts stands in reports.measures. A part that is there no more stays with the value 0.
    """

    may_change = ("value",)

    day = models.DateField(_("day"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="figure_is_kept_once", fields=["facility", "day", "measure", "part"]
            ),
            models.CheckConstraint(name="figure_is_not_negative", condition=models.Q(value__gte=0)),
        ]
        # A page asks for some measures of some days, of one hospital or of all.
        indexes = [
            models.Index(
                name="figures_of_measure", fields=["measure", "day", "facility"], include=["part", "value"]
            )
        ]
        triggers = [
            _into_weeks("come_into_weeks", pgtrigger.Insert, CAME),
            _into_weeks("change_in_weeks", pgtrigger.Update, CAME, WENT),
            _into_weeks("go_from_weeks", pgtrigger.Delete, WENT),
        ]

    def __str__(self) -> str:
        return f"{self.measure} · {self.day}"


class WeeklyFigure(Figure, Record):
    """The sum of a part's days from a Monday to the Sunday: months are read from some rows instead of thirty.

    Triggers of DailyFigure keep it, nobody else writes it (docs/adr/0401).
    """

    may_change = ("value",)

    week = models.DateField(_("week from Monday"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="week_is_summed_once", fields=["facility", "week", "measure", "part"]
            )
        ]
        indexes = [
            models.Index(
                name="weeks_of_measure", fields=["measure", "week", "facility"], include=["part", "value"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} · {self.week}"
