"""What a patient does not tolerate, or the statement that nothing is known of any."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import Patient
from patients.prescribing.allergens import allergen


class Severity(models.TextChoices):
    """How bad the reaction was; "severe" puts life at risk."""

    MILD = "mild", _("mild")
    MODERATE = "moderate", _("moderate")
    SEVERE = "severe", _("severe")


class ToldBy(models.TextChoices):
    """Who says so."""

    PATIENT = "patient", pgettext_lazy("who says so", "the patient")
    RELATIVE = "relative", pgettext_lazy("who says so", "a relative")
    PAPERS = "papers", _("old papers")
    STAFF = "staff", _("seen here")


OF_REFUTAL = ["refuted_because", "refuted_by", "refuted_at"]


@tracked(only_replaced=True)
class AllergyIntolerance(ChangingRecord):
    """A substance that a patient does not tolerate, or "asked, none known". Never edited: refuted."""

    read_everywhere = "An allergy goes with the patient to whatever hospital treats them."
    may_change = tuple(OF_REFUTAL)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="allergies", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="allergies", db_index=False
    )
    # A statement of its day: asked, and none known.
    is_none_known = models.BooleanField(default=False)
    substance = models.CharField(_("allergic to"), max_length=80, blank=True, validators=[refuse_aadhaar])
    # As the list of ingredients knows it, where it does.
    ingredient = models.CharField(max_length=80, blank=True)
    atc_code = models.CharField(max_length=7, blank=True)
    reaction = models.CharField(_("what happened"), max_length=120, blank=True, validators=[refuse_aadhaar])
    severity = models.CharField(_("how bad"), max_length=8, choices=Severity, blank=True)
    told_by = models.CharField(_("who says so"), max_length=8, choices=ToldBy)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()
    refuted_because = models.CharField(
        _("why it is no allergy"), max_length=200, blank=True, validators=[refuse_aadhaar]
    )
    refuted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    refuted_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_refuted",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=[*OF_REFUTAL, "rev"]),
            ),
            pgtrigger.Protect(
                name="refuted_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__refuted_at__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="allergy_names_its_substance",
                condition=Q(is_none_known=True, substance="", ingredient="", reaction="", severity="")
                | Q(is_none_known=False) & ~Q(substance=""),
                violation_error_message=_("Write what the patient is allergic to, or that none is known."),
            ),
            models.CheckConstraint(
                name="code_is_of_an_ingredient",
                condition=Q(atc_code="") | ~Q(ingredient=""),
            ),
            models.CheckConstraint(
                name="allergy_is_refuted_for_a_reason",
                condition=Q(refuted_at=None, refuted_by=None, refuted_because="")
                | Q(refuted_at__isnull=False, refuted_by__isnull=False) & ~Q(refuted_because=""),
                violation_error_message=_("Say why it is no allergy."),
            ),
            # Of one hospital: another one may write the same while the line is down.
            models.UniqueConstraint(
                Lower("substance"),
                "patient",
                "facility",
                name="allergy_is_listed_once",
                condition=Q(refuted_at=None, is_none_known=False),
                violation_error_message=_("This allergy is listed already."),
            ),
        ]
        indexes = [models.Index(name="allergy_of_patient", fields=["patient", "-recorded_at"])]

    def __str__(self) -> str:
        return self.substance or str(_("none known"))

    @property
    def is_checked(self) -> bool:
        """Whether medicines are checked against it: the list knows an ingredient or a class by this name."""
        return self.is_none_known or allergen(self.substance, ingredient=self.ingredient).is_known
