"""Who lies where: one bed holds one patient, one patient lies in one bed, and the database says so."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.models.encounter import Encounter
from patients.models.person import Patient


@tracked()
class BedStay(ChangingRecord):
    """A patient's time in one bed. It ends when the patient leaves it, not when somebody orders it."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    bed = models.ForeignKey(Bed, on_delete=models.PROTECT, related_name="stays")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="bed_stays")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    began_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="bed_has_one_occupant",
                fields=["bed"],
                condition=Q(ended_at=None),
                violation_error_message=_("Somebody lies in this bed already. Choose another one."),
            ),
            models.UniqueConstraint(
                name="patient_lies_in_one_bed",
                fields=["patient"],
                condition=Q(ended_at=None),
                violation_error_message=_("This patient lies in another bed. Free that one first."),
            ),
            models.CheckConstraint(
                name="bed_stay_ends_after_it_begins",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.bed)
