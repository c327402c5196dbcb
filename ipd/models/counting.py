"""What is counted of wards: the census of each midnight, and the bed-days that are charged."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItem, ChargeItemDefinition
from billing.states import WardClass
from facilities.models import Facility, Ward
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from ipd.models.admission import Admission

# The source that a charge of a bed-day names.
BED_DAY = "ipd.bedday"


class WardCensus(ChangingRecord):
    """A ward's count of one day, ended by its midnight: computed from stays, and again whenever asked."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="censuses", db_index=False)
    day = models.DateField(_("day"))
    beds = models.PositiveSmallIntegerField(_("beds"))
    # At the midnight that ends the day: in beds, and on floors, trolleys and in cradles.
    in_beds = models.PositiveSmallIntegerField(_("in beds"))
    in_extra = models.PositiveSmallIntegerField(_("in extra places"))
    # During the day.
    admitted = models.PositiveSmallIntegerField(_("admitted"))
    moved_in = models.PositiveSmallIntegerField(_("moved in"))
    moved_out = models.PositiveSmallIntegerField(_("moved out"))
    left = models.PositiveSmallIntegerField(_("discharged"))
    died = models.PositiveSmallIntegerField(_("died"))
    counted_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="ward_is_counted_once_a_day", fields=["ward", "day"]),
        ]
        indexes = [models.Index(name="census_here", fields=["facility", "day"])]

    def __str__(self) -> str:
        return str(self.day)


@tracked()
class DayTariff(ChangingRecord):
    """Which line of the tariff a day in a ward is charged by; without a row, by the ward's kind."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    ward = models.OneToOneField(Ward, on_delete=models.PROTECT, related_name="day_tariff")
    # None: a day in this ward costs nothing.
    definition = models.ForeignKey(
        ChargeItemDefinition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("a day is charged as"),
    )
    ward_class = models.CharField(
        _("class"), max_length=12, choices=WardClass, default=WardClass.ANY, blank=True
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        pass

    def __str__(self) -> str:
        return str(self.definition or "—")


class BedDay(ChangingRecord):
    """One day of one stay that was counted for the bill: never twice, however often somebody counts."""

    # A day that had no price is charged once it has one.
    may_change = ("charge_item",)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(
        Admission, on_delete=models.PROTECT, related_name="bed_days", db_index=False
    )
    # The calendar day, or the day on which these 24 hours began.
    day = models.DateField(_("day"))
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, related_name="+", db_index=False)
    # It was counted while a day in this ward cost nothing: what the hospital sets later does not charge it.
    is_free = models.BooleanField(default=False, db_default=False)
    # None: it is free, or no price has held so far.
    charge_item = models.OneToOneField(
        ChargeItem, null=True, blank=True, on_delete=models.PROTECT, related_name="bed_day"
    )
    counted_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="day_of_a_stay_is_charged_once",
                fields=["admission", "day"],
                violation_error_message=_("This day is charged already."),
            ),
        ]
        indexes = [
            models.Index(
                name="bed_days_without_a_charge",
                fields=["facility", "day"],
                condition=Q(charge_item=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.day)
