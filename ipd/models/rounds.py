"""What is done on rounds beside notes, orders and medicines: procedures, opinions; warning scores."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from ipd.models.admission import NEVER_DELETED, Admission
from ipd.states import Anaesthesia, OpinionStatus, Response, Risk
from patients.models import ClinicalNote, Patient
from patients.models.columns import person, words


@tracked()
class Procedure(ChangingRecord):
    """What was done on an inpatient [FHIR Procedure]; an operation has its line in the register."""

    opens_with_chart = True
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="procedures")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="procedures", db_index=False)
    is_operation = models.BooleanField(_("an operation"), default=False)
    number = models.CharField(_("operation number"), max_length=16, blank=True, editable=False)
    name = words(_("what was done"), 200)
    side = models.CharField(
        _("side"),
        max_length=8,
        blank=True,
        choices=[
            ("left", pgettext_lazy("side of the body", "left")),
            ("right", pgettext_lazy("side of the body", "right")),
            ("both", pgettext_lazy("side of the body", "both")),
        ],
    )
    began_at = models.DateTimeField(_("begun"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    performed_by = person(_("surgeon"))
    assisted_by = words(_("assistants"), 200)
    anaesthesia = models.CharField(
        _("anaesthesia"), max_length=8, choices=Anaesthesia, default=Anaesthesia.NONE
    )
    anaesthetist = words(_("anaesthetist"), 120)
    place = words(_("theatre"), 60)
    # What was found and done, in words; an operation note on the note engine may say more.
    findings = words(_("findings"), 1200)
    note = models.ForeignKey(
        ClinicalNote, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_by = person(_("written by"))
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.CheckConstraint(
                name="procedure_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Write what was done."),
            ),
            models.CheckConstraint(
                name="procedure_ends_after_it_begins",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                violation_error_message=_("It cannot end before it began."),
            ),
            models.CheckConstraint(
                name="procedure_was_not_done_tomorrow",
                condition=Q(began_at__lte=F("recorded_at")),
                violation_error_message=_("This time lies ahead."),
            ),
            models.CheckConstraint(
                name="operation_has_a_number",
                condition=Q(is_operation=True) & ~Q(number="") | Q(is_operation=False, number=""),
            ),
            models.UniqueConstraint(
                name="operation_number_is_given_once", fields=["number"], condition=~Q(number="")
            ),
        ]
        indexes = [
            models.Index(
                name="operations_here", fields=["facility", "-began_at"], condition=Q(is_operation=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked(only_replaced=True)
class Opinion(ChangingRecord):
    """Another department's opinion on an inpatient: asked with a question, answered by one of its doctors."""

    opens_with_chart = True
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="opinions")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(_("status"), max_length=12, choices=OpinionStatus, default=OpinionStatus.ASKED)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("department")
    )
    is_urgent = models.BooleanField(_("urgent"), default=False)
    question = words(_("question"), 400)
    asked_by = person(_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    answer = words(_("opinion"), 1600)
    answered_by = person(_("answered by"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.CheckConstraint(
                name="opinion_is_asked_about_something",
                condition=~Q(question=""),
                violation_error_message=_("Write the question."),
            ),
            models.CheckConstraint(
                name="answered_opinion_says_what_and_who",
                condition=Q(
                    status=OpinionStatus.ANSWERED, answered_by__isnull=False, answered_at__isnull=False
                )
                & ~Q(answer="")
                | ~Q(status=OpinionStatus.ANSWERED) & Q(answer="", answered_by=None, answered_at=None),
                violation_error_message=_("Write the opinion."),
            ),
        ]
        indexes = [
            models.Index(
                name="opinions_asked_of",
                fields=["department", "asked_at"],
                condition=Q(status=OpinionStatus.ASKED),
            ),
        ]

    def __str__(self) -> str:
        return str(self.department)


class EarlyWarning(HospitalRecord):
    """The NEWS2 score of one set of vital signs, computed as they were written down; what it asks for.

    Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017.
    """

    opens_with_chart = True
    may_change = ()

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(
        Admission, on_delete=models.PROTECT, related_name="warnings", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The set of observations (Observation.taken_together) that it scores.
    taken_together = models.UUIDField(editable=False)
    taken_at = models.DateTimeField(_("taken"))
    score = models.PositiveSmallIntegerField(_("NEWS2"))
    # {vital: its points}, and the vitals that scored 3 by themselves.
    points = models.JSONField()
    reds = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    scale = models.PositiveSmallIntegerField(_("SpO₂ scale"), default=1)
    risk = models.CharField(_("risk"), max_length=12, choices=Risk)
    # Whether a doctor must be told: it stays until it is answered.
    escalates = models.BooleanField(default=False)
    next_due_at = models.DateTimeField(_("next measurement due"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="set_of_vitals_is_scored_once", fields=["taken_together"]),
            models.CheckConstraint(
                name="news2_is_at_most_twenty", condition=Q(score__lte=20, scale__in=[1, 2])
            ),
        ]
        indexes = [
            models.Index(name="warnings_of_inpatient", fields=["admission", "-taken_at"]),
            models.Index(
                name="warnings_that_escalate",
                fields=["facility", "taken_at"],
                condition=Q(escalates=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.score)


class WarningAnswer(HospitalRecord):
    """What was done about a warning score, by whom; until then the score stands on every bed board."""

    opens_with_chart = True
    may_change = ()

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    warning = models.OneToOneField(EarlyWarning, on_delete=models.PROTECT, related_name="answered")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    response = models.CharField(_("what was done"), max_length=16, choices=Response)
    told = words(_("who was told"), 120)
    note = words(_("note"), 300)
    answered_by = person(_("answered by"))
    answered_at = models.DateTimeField(_("answered"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="another_response_is_written_out",
                condition=~Q(response__in=[Response.OTHER, Response.NO_ESCALATION]) | ~Q(note=""),
                violation_error_message=_("Write what was done."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_response_display())
