"""Controls: what a level of a lot should give, what it gave, and what was done where a rule was broken."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from lab.models.catalogue import AnalyteDefinition
from lab.states import Section
from lab.westgard import Rule
from patients.identifiers import refuse_aadhaar


@tracked()
class ControlLevel(ChangingRecord):
    """One level of a lot of control material for one analyte. Another lot, mean or SD is a new row."""

    may_change = ("ended_at", "ended_by")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    analyte = models.ForeignKey(AnalyteDefinition, on_delete=models.PROTECT, related_name="+", db_index=False)
    section = models.CharField(_("section"), max_length=20, choices=Section)
    # The instrument or bench on which it is run, where an analyte is done on several.
    analyser = models.CharField(_("analyser"), max_length=40, blank=True)
    material = models.CharField(_("control material"), max_length=80)
    level = models.PositiveSmallIntegerField(
        _("level"), choices=[(1, _("level 1")), (2, _("level 2")), (3, _("level 3"))]
    )
    lot = models.CharField(_("lot"), max_length=40)
    mean = models.DecimalField(_("mean"), max_digits=12, decimal_places=4)
    sd = models.DecimalField(_("SD"), max_digits=12, decimal_places=4)
    valid_from = models.DateField(_("in use from"))
    valid_till = models.DateField(_("expires"))
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    set_at = models.DateTimeField()
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="control_level_has_one_lot_in_use",
                fields=["facility", "analyte", "analyser", "level"],
                condition=Q(ended_at=None),
                violation_error_message=_("Somebody else has set this level meanwhile."),
            ),
            models.CheckConstraint(
                name="control_level_is_of_a_section_with_controls",
                condition=~Q(section=Section.IMAGING),
                violation_error_message=_("Imaging has no controls."),
            ),
            models.CheckConstraint(
                name="control_level_is_one_two_or_three",
                condition=Q(level__gte=1, level__lte=3),
                violation_error_message=_("The level is 1, 2 or 3."),
            ),
            models.CheckConstraint(
                name="control_level_has_a_width",
                condition=Q(sd__gt=0),
                violation_error_message=_("The SD is more than nothing."),
            ),
            models.CheckConstraint(
                name="control_lot_has_a_number",
                condition=~Q(lot=""),
                violation_error_message=_("Write the number of the lot."),
            ),
            models.CheckConstraint(
                name="control_lot_expires_after_it_begins",
                condition=Q(valid_till__gte=F("valid_from")),
                violation_error_message=_("The lot expires before it is in use."),
            ),
            models.CheckConstraint(
                name="ended_control_level_says_by_whom",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analyte} · {self.get_level_display()} · {self.lot}"


class QualityControlRun(HospitalRecord):
    """What one level gave once, how far from its mean that is, and which rules it breaks. Written once."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    level = models.ForeignKey(ControlLevel, on_delete=models.PROTECT, related_name="runs", db_index=False)
    # The levels that were run together bear one.
    run = models.UUIDField()
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=4)
    z = models.DecimalField(_("SD from the mean"), max_digits=10, decimal_places=4)
    rules = ArrayField(models.CharField(max_length=4, choices=Rule), default=list)
    is_rejected = models.BooleanField(default=False)
    comment = models.CharField(_("comment"), max_length=160, blank=True, validators=[refuse_aadhaar])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="level_is_once_in_a_run", fields=["run", "level"]),
            models.CheckConstraint(
                name="rejected_control_breaks_a_rule",
                condition=Q(is_rejected=False) | Q(rules__len__gt=0),
            ),
        ]
        indexes = [
            models.Index(name="control_of_level", fields=["level", "-at"]),
            models.Index(name="control_here", fields=["facility", "-at"]),
            # Few of many: those that may hold results back.
            models.Index(name="control_rejected", fields=["facility"], condition=Q(is_rejected=True)),
        ]

    def __str__(self) -> str:
        return f"{self.value}"


class RunAnswer(HospitalRecord):
    """What was done about a control that broke a rule; its analyte is authorised again. Written once."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    control = models.OneToOneField(QualityControlRun, on_delete=models.PROTECT, related_name="answer")
    done = models.CharField(_("what was done"), max_length=240, validators=[refuse_aadhaar])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="answer_says_what_was_done",
                condition=~Q(done=""),
                violation_error_message=_("Say what was done."),
            ),
        ]
        indexes = [models.Index(name="control_answer_here", fields=["facility", "-at"])]

    def __str__(self) -> str:
        return self.done
