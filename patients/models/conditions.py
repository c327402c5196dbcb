"""A diagnosis by its ICD-10 code: how sure it is, since when, and whether it stays with the patient."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import BirthPrecision, Patient
from patients.states import ConditionStatus

NOT_REFUTED = ~Q(status=ConditionStatus.REFUTED)


@tracked()
class Condition(ChangingRecord):
    """A diagnosis made at an encounter. What is on the problem list stays until it is resolved."""

    opens_with_chart = True
    may_change = (
        "status",
        "is_main",
        "is_problem",
        "onset_on",
        "onset_precision",
        "resolved_on",
        "why_changed",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="conditions", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="conditions", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(_("ICD-10 code"), max_length=7)
    # As they stood in ICD-10 when the diagnosis was made.
    title = models.CharField(_("diagnosis"), max_length=240)
    title_hi = models.CharField(_("diagnosis in Hindi"), max_length=120, blank=True)
    words = models.CharField(_("in other words"), max_length=200, blank=True, validators=[refuse_aadhaar])
    status = models.CharField(
        _("how sure"), max_length=12, choices=ConditionStatus, default=ConditionStatus.PROVISIONAL
    )
    is_main = models.BooleanField(_("main diagnosis"), default=False)
    is_problem = models.BooleanField(_("on the problem list"), default=False)
    onset_on = models.DateField(_("since"), null=True, blank=True)
    onset_precision = models.CharField(_("known to the"), max_length=8, choices=BirthPrecision, blank=True)
    resolved_on = models.DateField(_("over since"), null=True, blank=True)
    why_changed = models.CharField(_("why changed"), max_length=200, blank=True, validators=[refuse_aadhaar])
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("written by"),
    )
    recorded_on = models.DateField(_("written on"))
    recorded_at = models.DateTimeField(_("written at"))

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="condition_has_a_code",
                condition=Q(code__regex=r"^[A-Z][0-9]{2}(\.[0-9]{1,2})?$"),
                violation_error_message=_("ICD-10 has no such code."),
            ),
            models.UniqueConstraint(
                name="condition_is_written_once_an_encounter",
                fields=["encounter", "code"],
                condition=NOT_REFUTED,
                violation_error_message=_("This diagnosis is written here already."),
            ),
            models.UniqueConstraint(
                name="encounter_has_one_main_condition",
                fields=["encounter"],
                condition=Q(is_main=True) & NOT_REFUTED,
                violation_error_message=_("Another diagnosis is the main one already."),
            ),
            models.UniqueConstraint(
                name="problem_is_listed_once",
                fields=["facility", "patient", "code"],
                condition=Q(is_problem=True, resolved_on=None) & NOT_REFUTED,
                violation_error_message=_("This is on the problem list already."),
            ),
            models.CheckConstraint(
                name="condition_has_begun",
                condition=Q(onset_on=None) | Q(onset_on__lte=F("recorded_on")),
                violation_error_message=_("This day lies ahead. Since when?"),
            ),
            models.CheckConstraint(
                name="onset_says_how_well_it_is_known",
                condition=Q(onset_on=None, onset_precision="")
                | (Q(onset_on__isnull=False) & ~Q(onset_precision="")),
                violation_error_message=_("Say whether the day, the month or only the year is known."),
            ),
            models.CheckConstraint(
                name="condition_ends_after_it_begins",
                condition=Q(resolved_on=None) | Q(onset_on=None) | Q(resolved_on__gte=F("onset_on")),
                violation_error_message=_("It cannot be over before it began."),
            ),
            models.CheckConstraint(
                name="refuted_condition_says_why",
                condition=NOT_REFUTED | ~Q(why_changed=""),
                violation_error_message=_("Say why the diagnosis is refuted."),
            ),
        ]
        indexes = [
            models.Index(name="condition_of_patient", fields=["patient", "-recorded_at"]),
            models.Index(name="condition_here", fields=["facility", "-recorded_at"]),
            models.Index(name="condition_of_doctor", fields=["recorded_by", "-recorded_on"]),
            models.Index(name="condition_of_department", fields=["department", "-recorded_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.named()}"

    def named(self) -> str:
        """The diagnosis in the reader's language, as far as there are words for it."""
        return self.title_hi if get_language() == "hi" and self.title_hi else self.title
