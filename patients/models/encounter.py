"""The encounter: one contact of a patient with one facility. Orders, notes, charges and papers hang on it."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from patients.models.person import Patient
from patients.states import EncounterStatus


class EncounterClass(models.TextChoices):
    AMBULATORY = "ambulatory", _("OPD")
    INPATIENT = "inpatient", _("IPD")
    EMERGENCY = "emergency", _("emergency")
    DAYCARE = "daycare", _("day care")


# Those who lie in a ward, overnight or not.
IN_A_WARD = (EncounterClass.INPATIENT, EncounterClass.DAYCARE)


@tracked()
class Encounter(ChangingRecord):
    """One contact of a patient with one facility."""

    opens_with_chart = True

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="encounters", db_index=False)
    encounter_class = models.CharField(_("class"), max_length=12, choices=EncounterClass)
    status = models.CharField(
        _("status"), max_length=12, choices=EncounterStatus, default=EncounterStatus.IN_PROGRESS
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("department")
    )
    # The encounter that this one follows free of charge; its absence makes this one new.
    follows = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    valid_till = models.DateField(_("valid till"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.CheckConstraint(
                name="encounter_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gte=models.F("started_at")),
                violation_error_message=_("It cannot end before it started."),
            ),
        ]
        indexes = [
            models.Index(name="encounter_of_patient", fields=["patient", "-started_at"]),
            models.Index(name="encounter_here", fields=["facility", "-started_at"]),
            # Few at a time: each night looks for those whose slip no longer holds.
            models.Index(
                name="encounter_runs_out",
                fields=["valid_till"],
                condition=Q(status=EncounterStatus.IN_PROGRESS, valid_till__isnull=False),
            ),
        ]
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Trigger(
                name="known_where_seen",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="PERFORM patients_know_guest(NEW.patient_id, NEW.facility_id); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_encounter_class_display()} · {self.started_at:%d-%m-%Y}"
