"""How a consultation ends: sent to another doctor, asked to be admitted, certified sick or fit."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, IssuedDocument
from patients.identifiers import refuse_aadhaar
from patients.models.columns import only_changes, person, words
from patients.models.encounter import Encounter
from patients.models.person import Patient
from patients.states import (
    OPEN_REQUESTS,
    AdmissionRequestStatus,
    CertificateKind,
    CertificateStatus,
    Escort,
    ReferralStatus,
    Transport,
    Urgency,
    WardKind,
)

LONGEST_REST = 180  # days; what lasts longer is certified again
# What is written when one of them ends.
OF_WITHDRAWAL = ("status", "withdrawn_by", "withdrawn_at", "withdrawn_why")
OF_ANSWER = ("status", "accepted_by", "accepted_at", "cancelled_by", "cancelled_at", "cancelled_why")
OF_CANCELLATION = ("status", "cancelled_by", "cancelled_at", "cancelled_why")


@tracked(only_replaced=True)
class Referral(ChangingRecord):
    """A patient sent to another doctor: to a department here, which gives a token, or by letter elsewhere."""

    may_change = OF_WITHDRAWAL
    paper: IssuedDocument | None  # its original, where a query has put it
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="referrals", db_index=False
    )
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Where the patient was when they were sent: an encounter may be moved later.
    from_department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("from")
    )
    to_department = models.ForeignKey(
        Department,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("department"),
    )
    # The contact that it began there.
    led_to = models.OneToOneField(
        Encounter, null=True, blank=True, on_delete=models.PROTECT, related_name="came_by"
    )
    to_facility = models.ForeignKey(
        Facility, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to_name = words(_("hospital"), 160)
    urgency = models.CharField(_("how urgent"), max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    reason = words(_("why"), 400)
    findings = words(_("findings"), 1200)
    done = words(_("what was done"), 1200)
    transport = models.CharField(_("goes by"), max_length=16, choices=Transport, blank=True)
    escort = models.CharField(_("who goes along"), max_length=12, choices=Escort, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=ReferralStatus, default=ReferralStatus.SENT)
    referred_by = person(_("referred by"))
    referred_on = models.DateField(_("day"))
    referred_at = models.DateTimeField(_("referred"))
    withdrawn_by = person(_("withdrawn by"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_why = words(_("why withdrawn"), 160)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = only_changes(*OF_WITHDRAWAL)
        constraints = [
            models.CheckConstraint(
                name="referral_goes_to_one_place",
                condition=Q(to_department__isnull=False, led_to__isnull=False, to_facility=None, to_name="")
                | Q(to_department=None, led_to=None) & ~Q(to_name=""),
                violation_error_message=_("Name the hospital."),
            ),
            models.CheckConstraint(
                name="referral_says_why",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the patient is referred."),
            ),
            models.CheckConstraint(
                name="letter_says_how_the_patient_goes",
                condition=Q(to_name="") | (~Q(transport="") & ~Q(escort="")),
                violation_error_message=_("Say how the patient goes, and who goes along."),
            ),
            models.UniqueConstraint(
                name="patient_is_referred_once_a_day_to_a_department",
                fields=["patient", "to_department", "referred_on"],
                condition=Q(status=ReferralStatus.SENT, to_department__isnull=False),
                violation_error_message=_("This patient was referred to that department today already."),
            ),
            models.CheckConstraint(
                name="withdrawn_referral_says_who_and_why",
                condition=Q(
                    status=ReferralStatus.SENT, withdrawn_by=None, withdrawn_at=None, withdrawn_why=""
                )
                | Q(status=ReferralStatus.WITHDRAWN, withdrawn_by__isnull=False, withdrawn_at__isnull=False)
                & ~Q(withdrawn_why=""),
                violation_error_message=_("Say why."),
            ),
        ]
        indexes = [
            models.Index(name="referrals_here", fields=["facility", "-referred_at"]),
            models.Index(name="referrals_of_encounter", fields=["encounter", "referred_at"]),
        ]

    def __str__(self) -> str:
        return str(self.to_department or self.to_name)

    @property
    def is_letter(self) -> bool:
        """Whether it goes to another hospital."""
        return bool(self.to_name)


@tracked(only_replaced=True)
class AdmissionRequest(ChangingRecord):
    """A doctor's request that a patient be admitted; the ward takes it up."""

    may_change = OF_ANSWER
    paper: IssuedDocument | None  # its original, where a query has put it
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="admission_requests", db_index=False
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="admission_requests", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("department")
    )
    ward_kind = models.CharField(_("ward wished"), max_length=12, choices=WardKind, default=WardKind.GENERAL)
    urgency = models.CharField(_("how urgent"), max_length=10, choices=Urgency, default=Urgency.ROUTINE)
    reason = words(_("why"), 300)
    # Code and title of each, as they stood when it was asked.
    diagnosis = models.CharField(_("provisional diagnosis"), max_length=300, validators=[refuse_aadhaar])
    status = models.CharField(
        _("status"),
        max_length=12,
        choices=AdmissionRequestStatus,
        default=AdmissionRequestStatus.REQUESTED,
    )
    requested_by = person(_("requested by"))
    requested_at = models.DateTimeField(_("requested"))
    accepted_by = person(_("accepted by"), null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = person(_("cancelled by"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = words(_("why cancelled"), 160)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = only_changes(*OF_ANSWER)
        constraints = [
            models.UniqueConstraint(
                name="patient_has_one_open_admission_request_here",
                fields=["facility", "patient"],
                condition=Q(status__in=OPEN_REQUESTS),
                violation_error_message=_("A request to admit this patient is open already."),
            ),
            models.CheckConstraint(
                name="admission_request_says_why",
                condition=~Q(reason=""),
                violation_error_message=_("Say why the patient is to be admitted."),
            ),
            models.CheckConstraint(
                name="admission_request_names_a_diagnosis",
                condition=~Q(diagnosis=""),
                violation_error_message=_("Write the provisional diagnosis."),
            ),
            models.CheckConstraint(
                name="accepted_admission_request_says_who",
                condition=Q(accepted_by=None, accepted_at=None) & ~Q(status=AdmissionRequestStatus.ACCEPTED)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False)
                & ~Q(status=AdmissionRequestStatus.REQUESTED),
            ),
            models.CheckConstraint(
                name="cancelled_admission_request_says_who_and_why",
                condition=Q(cancelled_by=None, cancelled_at=None, cancelled_why="")
                & ~Q(status=AdmissionRequestStatus.CANCELLED)
                | Q(
                    status=AdmissionRequestStatus.CANCELLED,
                    cancelled_by__isnull=False,
                    cancelled_at__isnull=False,
                )
                & ~Q(cancelled_why=""),
                violation_error_message=_("Say why."),
            ),
        ]
        indexes = [
            models.Index(name="admission_requests_here", fields=["facility", "-requested_at"]),
            models.Index(name="admission_requests_of_visit", fields=["encounter", "requested_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.department} · {self.get_ward_kind_display()}"

    @property
    def is_open(self) -> bool:
        """Whether a ward still waits for the patient."""
        return self.status in OPEN_REQUESTS


@tracked(only_replaced=True)
class Certificate(ChangingRecord):
    """A sick or fitness certificate: numbered without gaps, frozen on paper, confirmed to who scans it."""

    may_change = OF_CANCELLATION
    paper: IssuedDocument | None  # its original, where a query has put it
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="certificates", db_index=False
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="certificates", db_index=False
    )
    number = models.CharField(_("certificate"), max_length=16, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=CertificateKind)
    # Sick from this day until that; or fit from this day, for something.
    from_on = models.DateField(_("from"))
    to_on = models.DateField(_("until"), null=True, blank=True)
    fit_for = words(_("fit for"), 120)
    # Empty where the patient does not agree that it is named.
    diagnosis = words(_("diagnosis"), 200)
    # The sick certificate that a fitness certificate ends, where this hospital gave it.
    ends = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("sick certificate"),
    )
    backdated_why = words(_("why it begins earlier"), 200)
    status = models.CharField(
        _("status"), max_length=12, choices=CertificateStatus, default=CertificateStatus.ISSUED
    )
    issued_by = person(_("issued by"))
    issued_on = models.DateField(_("day"))
    issued_at = models.DateTimeField(_("issued"))
    cancelled_by = person(_("cancelled by"), null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_why = words(_("why cancelled"), 160)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = only_changes(*OF_CANCELLATION)
        constraints = [
            models.UniqueConstraint(name="certificate_number_is_given_once", fields=["number"]),
            models.CheckConstraint(name="certificate_has_a_number", condition=~Q(number="")),
            models.CheckConstraint(
                name="certificate_says_for_which_days",
                condition=Q(kind=CertificateKind.SICK, to_on__isnull=False, fit_for="", ends=None)
                | Q(kind=CertificateKind.FITNESS, to_on=None) & ~Q(fit_for=""),
                violation_error_message=_("Say until which day, or fit for what."),
            ),
            models.CheckConstraint(
                name="rest_ends_after_it_begins",
                condition=Q(to_on=None) | Q(to_on__gte=F("from_on")),
                violation_error_message=_("The last day is before the first."),
            ),
            models.CheckConstraint(
                name="cancelled_certificate_says_who_and_why",
                condition=Q(
                    status=CertificateStatus.ISSUED, cancelled_by=None, cancelled_at=None, cancelled_why=""
                )
                | Q(
                    status=CertificateStatus.CANCELLED,
                    cancelled_by__isnull=False,
                    cancelled_at__isnull=False,
                )
                & ~Q(cancelled_why=""),
                violation_error_message=_("Say why."),
            ),
        ]
        indexes = [
            models.Index(name="certificates_here", fields=["facility", "-issued_on"]),
            models.Index(name="certificates_of_encounter", fields=["encounter", "issued_at"]),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def days(self) -> int:
        """How many days of rest: both ends count."""
        return (self.to_on - self.from_on).days + 1 if self.to_on else 0
