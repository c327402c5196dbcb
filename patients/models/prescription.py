"""What a doctor prescribes at an encounter, the alerts that were answered, and medicines kept as a set.

A signed line never changes: it is stopped with a reason, and another one takes its place.
"""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.medication import Medication
from patients.models.notes import ClinicalNote
from patients.models.person import Patient
from patients.prescribing.lines import SEPARATOR
from patients.prescribing.telling import amount_shown
from patients.states import IssueAnswer, MedicationStatus

OF_STATE = ("status", "signed_at", "signed_by", "starts_on", "ends_on")
OF_STOPPING = ("stopped_by", "stopped_at", "stopped_why")
OF_LAW = ("indication", "authorised_by")
# What the signature has closed.
CHANGED_AFTERWARDS = pgtrigger.Q()
for _name in ("signed_at", "signed_by", "starts_on", "ends_on", *OF_LAW):
    CHANGED_AFTERWARDS |= pgtrigger.Q((f"old__{_name}__df", pgtrigger.F(f"new__{_name}")))


@tracked(only_replaced=True)
class MedicationRequest(ChangingRecord):
    """One medicine that a doctor prescribes: a line of the note's prescription."""

    opens_with_chart = True
    may_change = (*OF_STATE, *OF_STOPPING, *OF_LAW)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="medicines", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medicines", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.ForeignKey(ClinicalNote, on_delete=models.PROTECT, related_name="medicines", db_index=False)
    medication = models.ForeignKey(Medication, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(
        _("status"), max_length=8, choices=MedicationStatus, default=MedicationStatus.DRAFT
    )
    # Its place among the lines of the note.
    position = models.PositiveSmallIntegerField()
    typed = models.CharField(_("as it was typed"), max_length=200, validators=[refuse_aadhaar])
    # The line in full, as it is shown back (patients.prescribing), and what it means (FHIR Dosage).
    line = models.CharField(_("medicine"), max_length=400)
    dosage = models.JSONField()
    # None where nobody can say: as needed, or until further notice.
    days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=9, decimal_places=2, null=True, blank=True)
    quantity_unit = models.CharField(max_length=16, blank=True)
    # What the law or the hospital asks for with some medicines.
    indication = models.CharField(_("for what"), max_length=200, blank=True, validators=[refuse_aadhaar])
    authorised_by = models.CharField(_("agreed with"), max_length=80, blank=True, validators=[refuse_aadhaar])
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    written_at = models.DateTimeField(_("written"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # The running medicine in whose place this one comes.
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by", db_index=False
    )
    replaces_why = models.CharField(_("why changed"), max_length=200, blank=True, validators=[refuse_aadhaar])
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    stopped_why = models.CharField(
        _("why it is stopped"), max_length=200, blank=True, validators=[refuse_aadhaar]
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="line_stays_as_written",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=[*OF_STATE, *OF_STOPPING, *OF_LAW, "rev"]),
            ),
            pgtrigger.Protect(
                name="signed_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__signed_at__isnull=False) & CHANGED_AFTERWARDS,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="signed_medicine_says_by_whom_and_when",
                condition=Q(
                    status__in=[MedicationStatus.DRAFT, MedicationStatus.REMOVED],
                    signed_by=None,
                    signed_at=None,
                    starts_on=None,
                    ends_on=None,
                )
                | Q(
                    status__in=[MedicationStatus.ACTIVE, MedicationStatus.STOPPED],
                    signed_by__isnull=False,
                    signed_at__isnull=False,
                    starts_on__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="medicine_is_stopped_for_a_reason",
                condition=Q(
                    status=MedicationStatus.STOPPED, stopped_by__isnull=False, stopped_at__isnull=False
                )
                & ~Q(stopped_why="")
                | ~Q(status=MedicationStatus.STOPPED) & Q(stopped_by=None, stopped_at=None, stopped_why=""),
                violation_error_message=_("Say why it is stopped."),
            ),
            models.CheckConstraint(
                name="medicine_ends_after_it_begins",
                condition=Q(ends_on=None) | Q(starts_on__isnull=False, ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="quantity_has_its_unit",
                condition=Q(quantity=None, quantity_unit="")
                | Q(quantity__isnull=False, quantity__gt=0) & ~Q(quantity_unit=""),
            ),
            models.CheckConstraint(name="medicine_is_written_out", condition=~Q(line="")),
            models.CheckConstraint(
                name="running_medicine_is_changed_for_a_reason",
                condition=Q(replaces=None, replaces_why="") | Q(replaces__isnull=False) & ~Q(replaces_why=""),
                violation_error_message=_("Say why it is changed."),
            ),
        ]
        indexes = [
            models.Index(name="medicine_of_patient", fields=["patient", "-written_at"]),
            models.Index(name="medicine_of_note", fields=["note"]),
            models.Index(name="medicine_of_doctor", fields=["written_by", "-written_at"]),
            models.Index(name="medicine_of_department", fields=["department", "-written_at"]),
            models.Index(
                name="medicine_signed_here",
                fields=["facility", "signed_at"],
                condition=Q(signed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.line

    @property
    def sig(self) -> str:
        """How it is taken, as it was written: the line without its medicine."""
        return self.line.partition(SEPARATOR)[2]

    @property
    def amount(self) -> str:
        """How much is given out of it in all, in the screen's language; "" where nobody can say."""
        return "" if self.quantity is None else amount_shown(self.quantity, self.quantity_unit)


@tracked(only_replaced=True)
class MedicationHold(ChangingRecord):
    """A while in which a running medicine is not given, and why; the order itself stands."""

    opens_with_chart = True
    may_change = ("ended_at", "ended_by")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(
        MedicationRequest, on_delete=models.PROTECT, related_name="holds", db_index=False
    )
    why = models.CharField(_("why it is held"), max_length=200, validators=[refuse_aadhaar])
    began_at = models.DateTimeField(_("held since"))
    began_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(_("held until"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.UniqueConstraint(
                name="medicine_is_held_once_at_a_time",
                fields=["request"],
                condition=Q(ended_at=None),
                violation_error_message=_("This medicine is held already."),
            ),
            models.CheckConstraint(
                name="medicine_is_held_for_a_reason",
                condition=~Q(why=""),
                violation_error_message=_("Say why it is held."),
            ),
            models.CheckConstraint(
                name="hold_ends_after_it_begins",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("began_at"), ended_by__isnull=False),
            ),
        ]
        indexes = [models.Index(name="holds_of_medicine", fields=["request", "began_at"])]

    def __str__(self) -> str:
        return self.why


@tracked(only_replaced=True)
class DetectedIssue(ChangingRecord):
    """An alert that a line raised, and what the doctor answered: counted by rule and by doctor."""

    opens_with_chart = True
    may_change = ("answer", "reason", "answered_by", "answered_at")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    request = models.ForeignKey(
        MedicationRequest, on_delete=models.PROTECT, related_name="issues", db_index=False
    )
    rule = models.CharField(_("rule"), max_length=32)
    severity = models.CharField(_("how grave"), max_length=16)
    # Which row of the content it stands on, and what it was about, as it was said then.
    cause = models.CharField(max_length=200)
    about = models.JSONField()
    raised_at = models.DateTimeField(_("raised"))
    doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answer = models.CharField(_("answer"), max_length=8, choices=IssueAnswer, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, validators=[refuse_aadhaar])
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_answered",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=["answer", "reason", "answered_by", "answered_at", "rev"]
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="issue_is_raised_once_a_line", fields=["request", "rule", "cause"]),
            models.CheckConstraint(
                name="issue_is_answered_by_somebody",
                condition=Q(answer="", reason="", answered_by=None, answered_at=None)
                | ~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="given_anyway_for_a_reason",
                condition=~Q(answer=IssueAnswer.KEPT) | ~Q(reason=""),
                violation_error_message=_("Write why it is given anyway."),
            ),
        ]
        indexes = [
            models.Index(name="issue_counted", fields=["facility", "raised_at"]),
        ]

    def __str__(self) -> str:
        return self.rule


class MedicineSet(ChangingRecord):
    """Lines that a doctor or a department prescribes together, under a name."""

    may_change = ("retired_at",)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    # None: the whole department's.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    name = models.CharField(_("name of the set"), max_length=60, validators=[refuse_aadhaar])
    lines = ArrayField(models.CharField(max_length=400))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="set_has_a_name_and_lines",
                condition=~Q(name="") & Q(lines__len__gt=0),
                violation_error_message=_("A set has a name and at least one medicine."),
            ),
            models.UniqueConstraint(
                name="set_is_named_once",
                fields=["department", "owner", "name"],
                nulls_distinct=False,
                condition=Q(retired_at=None),
                violation_error_message=_("There is a set of this name already."),
            ),
        ]
        indexes = [models.Index(name="set_of_department", fields=["department"])]

    def __str__(self) -> str:
        return self.name
