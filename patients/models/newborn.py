"""A birth: what is known of a newborn beside being a patient."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.identifiers import refuse_aadhaar
from patients.models.columns import only_changes
from patients.models.person import Patient

CORRECTED = ("born_at", "weight_grams", "why_corrected")


@tracked(only_replaced=True)
class Birth(ChangingRecord):
    """A child born here: of which mother, when, how heavy, the how-manieth. Twins share their delivery.

    Only a slip of the pen is put right: the hour, the weight; the sex stands with the child.
    """

    may_change = CORRECTED
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    baby = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="birth")
    mother = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="births_given")
    # One act's babies bear one number: whoever sends the act again gets these.
    delivery = models.UUIDField(editable=False)
    # Its line in the birth register; those born before there was one have none.
    number = models.CharField(
        _("birth number"), max_length=16, blank=True, default="", db_default="", editable=False
    )
    place = models.PositiveSmallIntegerField(_("the how-manieth"))
    born_at = models.DateTimeField(_("born"))
    weight_grams = models.PositiveSmallIntegerField(_("weight in grams"), null=True, blank=True)
    why_corrected = models.CharField(
        _("why put right"),
        max_length=160,
        blank=True,
        default="",
        db_default="",
        validators=[refuse_aadhaar],
    )
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    registered_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = only_changes(*CORRECTED)
        constraints = [
            models.CheckConstraint(
                name="nobody_is_born_tomorrow",
                condition=Q(born_at__lte=F("registered_at")),
                violation_error_message=_("The time of birth lies ahead. Look at the clock again."),
            ),
            models.CheckConstraint(
                name="newborn_weighs_what_newborns_weigh",
                condition=Q(weight_grams=None) | Q(weight_grams__range=(300, 7000)),
                violation_error_message=_(
                    "A newborn weighs between 300 and 7000 grams. Write the weight in grams."
                ),
            ),
            models.UniqueConstraint(
                name="birth_number_is_given_once", fields=["number"], condition=~Q(number="")
            ),
            models.CheckConstraint(name="birth_counts_from_one", condition=Q(place__gte=1)),
            models.CheckConstraint(name="nobody_bears_themselves", condition=~Q(baby=F("mother"))),
        ]
        indexes = [models.Index(name="birth_of_delivery", fields=["delivery", "place"])]

    def __str__(self) -> str:
        return f"{self.place}"
