"""The stay of a patient in a hospital's wards: who is responsible, on leave or not, and how it ended."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from ipd.states import (
    OPEN_ADMISSIONS,
    AdmissionStatus,
    BedDayRule,
    Consent,
    DischargeType,
    Source,
)
from patients.models import AdmissionRequest, BedStay, Encounter, Patient
from patients.models.columns import person, words


class AdmissionQuerySet(ScopedQuerySet["Admission"]):
    def going_on(self) -> "AdmissionQuerySet":
        """Those whom a ward cares for now."""
        return self.filter(status__in=OPEN_ADMISSIONS)


NEVER_DELETED = pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)


@tracked()
class Admission(ChangingRecord):
    """An inpatient: the stay from the first bed to the gate. Which bed, a BedStay says; whose, a CareTeam."""

    opens_with_chart = True
    # Where the patient lies now and who answers, where a query has put it (queries.with_places).
    lies: BedStay | None
    team: "CareTeam | None"

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.OneToOneField(Encounter, on_delete=models.PROTECT, related_name="admission")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="admissions", db_index=False)
    number = models.CharField(_("IPD number"), max_length=16, editable=False)
    status = models.CharField(
        _("status"), max_length=12, choices=AdmissionStatus, default=AdmissionStatus.ADMITTED
    )
    source = models.CharField(_("came from"), max_length=12, choices=Source)
    request = models.OneToOneField(
        AdmissionRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="admission"
    )
    # The contact that led here: the consultation, the arrival in casualty, the mother's stay.
    came_from = models.ForeignKey(
        Encounter, null=True, blank=True, on_delete=models.PROTECT, related_name="led_to_admissions"
    )
    diagnosis = words(_("provisional diagnosis"), 300)
    # Who stays with the patient, or is told.
    attendant_name = words(_("attendant"), 120)
    attendant_relation = words(_("relation"), 40)
    attendant_phone = models.CharField(_("telephone of the attendant"), max_length=15, blank=True)
    consent = models.CharField(_("who agreed"), max_length=12, choices=Consent, blank=True)
    consent_name = words(_("name of who agreed"), 120)
    admitted_by = person(_("admitted by"))
    admitted_at = models.DateTimeField(_("admitted"))
    # SpO₂ scale 2 of NEWS2: only by a doctor's order (hypercapnic respiratory failure).
    scale2_by = person(_("SpO₂ scale 2 ordered by"), null=True, blank=True)
    scale2_at = models.DateTimeField(null=True, blank=True)
    scale2_why = words(_("why SpO₂ scale 2"), 160)
    # How it ends: the doctor's word, the bed that is left, the gate.
    discharge_type = models.CharField(_("discharge"), max_length=12, choices=DischargeType, blank=True)
    initiated_by = person(_("discharge begun by"), null=True, blank=True)
    initiated_at = models.DateTimeField(_("discharge begun"), null=True, blank=True)
    referred_to = words(_("to which hospital"), 160)
    lama_name = words(_("who signed the LAMA form"), 120)
    lama_relation = words(_("relation of who signed"), 40)
    left_at = models.DateTimeField(_("left the bed"), null=True, blank=True)
    discharge_number = models.CharField(_("discharge number"), max_length=16, blank=True, editable=False)
    discharged_by = person(_("discharged by"), null=True, blank=True)
    discharged_at = models.DateTimeField(_("discharged"), null=True, blank=True)
    cancelled_by = person(_("cancelled by"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = words(_("why cancelled"), 160)

    objects = AdmissionQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.UniqueConstraint(name="ipd_number_is_given_once", fields=["number"]),
            models.CheckConstraint(name="admission_has_a_number", condition=~Q(number="")),
            models.UniqueConstraint(
                name="patient_is_admitted_once_here",
                fields=["facility", "patient"],
                condition=Q(status__in=OPEN_ADMISSIONS),
                violation_error_message=_("This patient is admitted already."),
            ),
            models.UniqueConstraint(
                name="discharge_number_is_given_once",
                fields=["discharge_number"],
                condition=~Q(discharge_number=""),
            ),
            models.CheckConstraint(
                name="discharge_that_is_begun_says_how_and_by_whom",
                condition=Q(
                    status__in=[AdmissionStatus.DISCHARGE_INITIATED, AdmissionStatus.DISCHARGED],
                    initiated_by__isnull=False,
                    initiated_at__isnull=False,
                )
                & ~Q(discharge_type="")
                | Q(
                    status__in=[AdmissionStatus.ADMITTED, AdmissionStatus.CANCELLED],
                    initiated_by=None,
                    initiated_at=None,
                    discharge_type="",
                ),
            ),
            models.CheckConstraint(
                name="whoever_is_discharged_has_left_the_bed",
                condition=Q(
                    status=AdmissionStatus.DISCHARGED,
                    left_at__isnull=False,
                    discharged_by__isnull=False,
                    discharged_at__isnull=False,
                )
                & ~Q(discharge_number="")
                | ~Q(status=AdmissionStatus.DISCHARGED)
                & Q(discharged_by=None, discharged_at=None, discharge_number=""),
            ),
            models.CheckConstraint(
                name="nobody_leaves_before_they_came",
                condition=Q(left_at=None) | Q(left_at__gte=F("admitted_at")),
                violation_error_message=_("The patient cannot leave before they were admitted."),
            ),
            models.CheckConstraint(
                name="cancelled_admission_says_who_and_why",
                condition=Q(cancelled_by=None, cancelled_at=None, cancelled_why="")
                & ~Q(status=AdmissionStatus.CANCELLED)
                | Q(status=AdmissionStatus.CANCELLED, cancelled_by__isnull=False, cancelled_at__isnull=False)
                & ~Q(cancelled_why=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="scale2_is_ordered_by_a_doctor_for_a_reason",
                condition=Q(scale2_by=None, scale2_at=None, scale2_why="")
                | Q(scale2_by__isnull=False, scale2_at__isnull=False) & ~Q(scale2_why=""),
                violation_error_message=_("Say why the other scale is ordered."),
            ),
            models.CheckConstraint(
                name="referred_patient_goes_to_a_hospital",
                condition=~Q(discharge_type=DischargeType.REFERRED) | ~Q(referred_to=""),
                violation_error_message=_("Name the hospital."),
            ),
        ]
        indexes = [
            models.Index(name="admissions_here", fields=["facility", "-admitted_at"]),
            models.Index(
                name="inpatients_here", fields=["facility"], condition=Q(status__in=OPEN_ADMISSIONS)
            ),
            models.Index(name="admissions_of_patient", fields=["patient", "-admitted_at"]),
            models.Index(
                name="discharges_here",
                fields=["facility", "-discharged_at"],
                condition=Q(discharged_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@tracked(only_replaced=True)
class CareTeam(ChangingRecord):
    """Which department and consultant answer for an inpatient, from when until when [FHIR CareTeam]."""

    may_change = ("ended_at",)

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="care_teams")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("department")
    )
    consultant = person(_("consultant"), null=True, blank=True)
    began_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)
    given_by = person(_("given by"))
    # Why another answers now; none: it was the first.
    why = words(_("why"), 160)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.UniqueConstraint(
                name="one_team_answers_for_an_inpatient",
                fields=["admission"],
                condition=Q(ended_at=None),
                violation_error_message=_("Somebody else changed the consultant meanwhile. Look again."),
            ),
            models.CheckConstraint(
                name="care_team_ends_after_it_begins",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
            ),
        ]
        indexes = [
            models.Index(name="inpatients_of_department", fields=["department"], condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.department)


@tracked(only_replaced=True)
class Leave(ChangingRecord):
    """An inpatient goes out for a while and comes back; the bed is kept, or given up meanwhile."""

    may_change = ("ended_at", "ended_by")

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(Admission, on_delete=models.PROTECT, related_name="leaves")
    why = words(_("why"), 160)
    keeps_bed = models.BooleanField(_("the bed is kept"), default=True)
    began_at = models.DateTimeField(_("left"))
    due_at = models.DateTimeField(_("is to be back"))
    allowed_by = person(_("allowed by"))
    ended_at = models.DateTimeField(_("came back"), null=True, blank=True)
    ended_by = person(_("written by"), null=True, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, NEVER_DELETED]
        constraints = [
            models.UniqueConstraint(
                name="inpatient_is_on_one_leave",
                fields=["admission"],
                condition=Q(ended_at=None),
                violation_error_message=_("This patient is on leave already."),
            ),
            models.CheckConstraint(
                name="leave_says_why",
                condition=~Q(why=""),
                violation_error_message=_("Say why the patient goes on leave."),
            ),
            models.CheckConstraint(
                name="leave_lasts_a_while",
                condition=Q(due_at__gt=F("began_at")),
                violation_error_message=_("When is the patient to be back? This time is over."),
            ),
            models.CheckConstraint(
                name="leave_ends_after_it_begins",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__gte=F("began_at"), ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.why


@tracked()
class InpatientSetting(ChangingRecord):
    """How a hospital counts bed-days and readies its beds; without a row, as the defaults say."""

    facility = models.OneToOneField(Facility, on_delete=models.PROTECT, related_name="inpatient_setting")
    bed_day_rule = models.CharField(
        _("a bed-day is"), max_length=8, choices=BedDayRule, default=BedDayRule.CALENDAR
    )
    charges_leave = models.BooleanField(
        _("bed-days on leave are charged while the bed is kept"), default=True
    )
    cleans_beds = models.BooleanField(
        _("a bed that was left is cleaned before the next patient"), default=True
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        pass

    def __str__(self) -> str:
        return str(self.get_bed_day_rule_display())
