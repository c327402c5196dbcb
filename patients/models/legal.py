"""Medico-legal cases: a numbered register where only a kind is put right, and what the police were told."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from patients.ages import age_on
from patients.identifiers import refuse_aadhaar
from patients.models.encounter import Encounter
from patients.models.person import Patient

OF_AGE = 18


class CaseKind(models.TextChoices):
    """Why the law must hear of it; the commonest at a casualty desk first."""

    ROAD_ACCIDENT = "road_accident", _("road accident")
    ASSAULT = "assault", _("assault, fight")
    SEXUAL_ASSAULT = "sexual_assault", _("sexual assault")
    BURNS = "burns", _("burns")
    POISONING = "poisoning", _("poisoning")
    FALL = "fall", _("fall, other accident")
    HANGING = "hanging", _("hanging, strangling")
    DROWNING = "drowning", _("drowning")
    FIREARM = "firearm", _("firearm, stabbing")
    ELECTRIC = "electric", _("electric shock, lightning")
    BITE = "bite", _("snake bite, animal")
    UNKNOWN_UNCONSCIOUS = "unknown_unconscious", _("unknown, unconscious")
    BROUGHT_DEAD = "brought_dead", _("brought dead")
    CUSTODY = "custody", _("in custody")
    OTHER = "other", _("other")


@tracked()
class MedicoLegalCase(ChangingRecord):
    """A line of the medico-legal register. Its number has no gaps; only its kind is ever put right."""

    may_change = ("kind", "why_corrected")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, related_name="medico_legal_case")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="medico_legal_cases")
    number = models.CharField(_("MLC number"), max_length=16, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=CaseKind)
    # What was learnt since: an assault that turns out to have been a sexual one.
    why_corrected = models.CharField(
        _("why put right"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        validators=[refuse_aadhaar],
    )
    brought_by = models.CharField(_("brought by"), max_length=240, blank=True, validators=[refuse_aadhaar])
    particulars = models.CharField(
        _("what is said to have happened"), max_length=400, blank=True, validators=[refuse_aadhaar]
    )
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    marked_at = models.DateTimeField(_("marked"))

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="only_the_kind_changes",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["kind", "why_corrected", "rev"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="medico_legal_number_is_given_once", fields=["number"]),
            models.CheckConstraint(name="medico_legal_case_has_a_number", condition=~Q(number="")),
        ]
        indexes = [models.Index(name="medico_legal_cases_here", fields=["facility", "-marked_at"])]

    def __str__(self) -> str:
        return self.number

    def withholds_name(self) -> bool:
        """Whether lists and registers must not name the patient: survivors of sexual assault, and minors."""
        if self.kind == CaseKind.SEXUAL_ASSAULT:
            return True
        born = self.patient.birth_date
        age = age_on(born, timezone.localdate(self.marked_at)) if born else None
        return age is not None and (age.unit != "year" or age.number < OF_AGE)


class PoliceIntimation(HospitalRecord):
    """One time that the police were told of a case: which station, who took it, when, told by whom."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(MedicoLegalCase, on_delete=models.PROTECT, related_name="intimations")
    station = models.CharField(_("police station"), max_length=120, blank=True, validators=[refuse_aadhaar])
    officer = models.CharField(
        _("taken down by (name, number)"), max_length=120, blank=True, validators=[refuse_aadhaar]
    )
    informed_at = models.DateTimeField(_("informed at"))
    informed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="intimation_names_its_station",
                condition=~Q(station=""),
                violation_error_message=_("Write which police station was informed."),
            ),
            models.CheckConstraint(
                name="police_are_not_informed_tomorrow",
                condition=Q(informed_at__lte=F("recorded_at")),
                violation_error_message=_("This time lies ahead. When were the police informed?"),
            ),
        ]

    def __str__(self) -> str:
        return self.station
