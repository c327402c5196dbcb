"""How far the system has come at each hospital: what was planned, what is used, how its link holds."""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.models.places import weekdays
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.edits import CHANGED
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from reports.states import OPEN_STEPS, Module, RolloutStatus, StepKind

# When most OPDs of the state are open; a hospital says otherwise in its RolloutSetting.
OPENS_AT, CLOSES_AT = 9, 15
OPEN_DAYS = [0, 1, 2, 3, 4, 5]


@tracked()
class RolloutStep(ChangingRecord):
    """One step of a hospital's roll-out: due when, under whom, done when. No row: nothing is planned."""

    may_change = ("status", "due_on", "done_on", "responsible", "remarks")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("step"), max_length=12, choices=StepKind)
    status = models.CharField(
        _("status"), max_length=12, choices=RolloutStatus, default=RolloutStatus.PLANNED
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    responsible = models.CharField(_("responsible officer"), max_length=120, blank=True)
    remarks = models.CharField(_("remarks"), max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="rollout_step_stands_once",
                fields=["facility", "kind"],
                violation_error_message=CHANGED,
            ),
            models.CheckConstraint(
                name="rollout_step_done_says_when",
                condition=Q(status=RolloutStatus.DONE, done_on__isnull=False)
                | (~Q(status=RolloutStatus.DONE) & Q(done_on=None)),
                violation_error_message=_("Say on which day it was done; what is not done has no such day."),
            ),
            models.CheckConstraint(
                name="rollout_step_due_names_who",
                condition=Q(due_on=None) | ~Q(responsible=""),
                violation_error_message=_("Name the officer who answers for the date."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def is_late(self, today: date) -> bool:
        """Whether its day has passed and it is not done."""
        return self.status in OPEN_STEPS and self.due_on is not None and self.due_on < today


@tracked()
class RolloutSetting(ChangingRecord):
    """When a hospital is open, so that its link must hold; without a row, 9 to 15 from Monday to Saturday."""

    may_change = ("opens_at", "closes_at", "open_days")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    opens_at = models.PositiveSmallIntegerField(_("opens at (hour)"), default=OPENS_AT)
    closes_at = models.PositiveSmallIntegerField(_("closes at (hour)"), default=CLOSES_AT)
    # 0 is Monday, as Python counts.
    open_days = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("open on"), size=7)

    in_history: ClassVar = {"open_days": lambda version: weekdays(version["open_days"])}

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="hospital_says_its_hours_once", fields=["facility"], violation_error_message=CHANGED
            ),
            models.CheckConstraint(
                name="hospital_opens_before_it_closes",
                condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=24),
                violation_error_message=_("It closes after it opens, at 24 at the latest."),
            ),
            models.CheckConstraint(
                name="hospital_is_open_on_weekdays",
                condition=Q(open_days__contained_by=[0, 1, 2, 3, 4, 5, 6], open_days__len__gt=0),
                violation_error_message=_("Choose the days on which it is open."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opens_at}–{self.closes_at}"


class ModuleExpectation(ChangingRecord):
    """How much a hospital is expected to do with one module in a week; 0: it does not need it."""

    may_change = ("a_week",)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    module = models.CharField(_("module"), max_length=8, choices=Module)
    # None: nobody has said.
    a_week = models.PositiveIntegerField(_("expected in a week"), null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="module_is_expected_once", fields=["facility", "module"]),
        ]

    def __str__(self) -> str:
        return self.get_module_display()


class ModuleUse(ChangingRecord):
    """What was done with one module at a hospital on one day, and in the 7 and 30 days that end with it.

    Counted from the audit: acts of people, and no looking, printing or exporting.
    """

    may_change = ("transactions", "people", "transactions_7", "users_7", "transactions_30", "users_30")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    module = models.CharField(_("module"), max_length=8, choices=Module)
    day = models.DateField(_("day"))
    transactions = models.PositiveIntegerField(_("transactions"), default=0)
    # Who they were: people of several days are counted once.
    people = ArrayField(models.UUIDField(), default=list)
    transactions_7 = models.PositiveIntegerField(_("transactions in 7 days"), default=0)
    users_7 = models.PositiveIntegerField(_("users in 7 days"), default=0)
    transactions_30 = models.PositiveIntegerField(_("transactions in 30 days"), default=0)
    users_30 = models.PositiveIntegerField(_("users in 30 days"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="use_is_counted_once_a_day", fields=["facility", "module", "day"]),
            models.CheckConstraint(
                name="use_of_a_week_lies_in_its_month",
                condition=Q(transactions_7__lte=F("transactions_30"), users_7__lte=F("users_30")),
            ),
        ]
        indexes = [models.Index(name="use_by_day", fields=["day", "facility"])]

    def __str__(self) -> str:
        return f"{self.get_module_display()} · {self.day}"


# The round trips of an hour lie in these buckets, by their upper bounds in ms; the last has none.
BUCKETS = {
    "to_100": 100,
    "to_200": 200,
    "to_400": 400,
    "to_800": 800,
    "to_1600": 1600,
    "to_3200": 3200,
    "slower": None,
}


class LinkHour(ChangingRecord):
    """How a hospital's PCs reached the server in one hour of the clock: no PC and no person is told apart."""

    may_change = ("readings", "failures", "sum_ms", "worst_ms", *BUCKETS)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    # By the hospital's clock.
    day = models.DateField(_("day"))
    hour = models.PositiveSmallIntegerField(_("hour"))
    readings = models.PositiveIntegerField(_("readings"), default=0)
    failures = models.PositiveIntegerField(_("failures"), default=0)
    sum_ms = models.PositiveBigIntegerField(default=0)
    worst_ms = models.PositiveIntegerField(_("slowest (ms)"), default=0)
    to_100 = models.PositiveIntegerField(default=0)
    to_200 = models.PositiveIntegerField(default=0)
    to_400 = models.PositiveIntegerField(default=0)
    to_800 = models.PositiveIntegerField(default=0)
    to_1600 = models.PositiveIntegerField(default=0)
    to_3200 = models.PositiveIntegerField(default=0)
    slower = models.PositiveIntegerField(default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(name="link_is_counted_once_an_hour", fields=["facility", "day", "hour"]),
            models.CheckConstraint(name="link_hour_is_of_a_day", condition=Q(hour__lte=23)),
            models.CheckConstraint(
                name="link_readings_lie_in_their_buckets",
                condition=Q(
                    readings=F("to_100")
                    + F("to_200")
                    + F("to_400")
                    + F("to_800")
                    + F("to_1600")
                    + F("to_3200")
                    + F("slower")
                ),
            ),
            models.CheckConstraint(
                name="link_slowest_reading_is_one_of_them",
                condition=Q(worst_ms__lte=F("sum_ms")) & (Q(readings__gt=0) | Q(sum_ms=0)),
            ),
        ]
        indexes = [models.Index(name="link_by_day", fields=["day", "facility"])]

    def __str__(self) -> str:
        return f"{self.day} {self.hour:02d}"
