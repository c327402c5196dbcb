"""Figures of the days that are kept: counted anew from the rows whenever these change, never added up."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.models import HospitalRecord


class DailyFigure(HospitalRecord):
    """One measure of one hospital on one day; of a measure in parts, one of these.

    What it counts stands in reports.measures. A part that is there no more stays with the value 0.
    """

    may_change = ("value",)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(_("day"))
    measure = models.CharField(max_length=24)
    # A department, a kind, a code of ICD-10, minutes: whatever the measure is told apart by.
    part = models.CharField(max_length=40, blank=True, default="", db_default="")
    # Counts, or ₹.
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2)

    objects = ScopedQuerySet.as_manager()

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

    def __str__(self) -> str:
        return f"{self.measure} · {self.day}"
