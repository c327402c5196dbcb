"""What was found: results, their reports in versions, and critical ones that somebody must answer."""

from datetime import datetime
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from lab.models.catalogue import AnalyteDefinition
from lab.models.form_f import FORM_F_FIRST
from lab.models.orders import ServiceRequest
from lab.models.specimens import Specimen
from lab.states import CRITICAL_FLAGS, Flag, OrderStatus, ResultOrigin, Standing
from patients.identifiers import refuse_aadhaar
from patients.models import Patient

# What is authorised changes only after its order was opened for an amendment.
AUTHORISED_STAYS = pgtrigger.Trigger(
    name="authorised_result_stays",
    when=pgtrigger.Before,
    operation=pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (SELECT FROM lab_servicerequest WHERE id = OLD.order_id AND status = 'authorised') THEN
            RAISE EXCEPTION 'an authorised result stays as it is' USING ERRCODE = 'restrict_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    """,
)


# Two persons sign what the laboratory found; the radiologist's own signature is enough for imaging alone.
ONE_SIGNS_IMAGING = pgtrigger.Trigger(
    name="one_signs_imaging",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__is_signed_by_one=True),
    func="""
        IF NOT EXISTS (
            SELECT FROM lab_servicerequest ordered JOIN lab_testdefinition test ON test.id = ordered.test_id
            WHERE ordered.id = NEW.order_id AND test.section = 'imaging'
        ) THEN
            RAISE EXCEPTION 'one signature is enough for imaging alone' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    """,
)


@tracked()
class ResultLine(ChangingRecord):
    """One value of one order, with the range and limits that it was held against when it was entered.

    An empty value is one that was taken back: the specimen was rejected, or it is to be done once more.
    """

    opens_with_chart = True
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="results", db_index=False)
    order = models.ForeignKey(ServiceRequest, on_delete=models.PROTECT, related_name="lines", db_index=False)
    analyte = models.ForeignKey(AnalyteDefinition, on_delete=models.PROTECT, related_name="+", db_index=False)
    specimen = models.ForeignKey(
        Specimen, null=True, on_delete=models.PROTECT, related_name="lines", db_index=False
    )
    value = models.TextField(_("result"), blank=True, max_length=4000, validators=[refuse_aadhaar])
    # The value where it is a number ("<0.01" is 0.01 with its sign in `value`).
    number = models.DecimalField(max_digits=16, decimal_places=4, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=24, blank=True)
    flag = models.CharField(_("flag"), max_length=2, choices=Flag, blank=True, default=Flag.NONE)
    low = models.DecimalField(_("low"), max_digits=12, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(_("high"), max_digits=12, decimal_places=4, null=True, blank=True)
    text_range = models.CharField(_("range in words"), max_length=120, blank=True)
    # Whether the hospital had approved the range and the critical limit that it was held against.
    is_approved = models.BooleanField(default=False)
    # Whether the number was asked about as it was typed, and is meant.
    is_confirmed = models.BooleanField(default=False, db_default=False)
    # How far from the patient's last result, where that is more than the hospital's limit.
    delta = models.CharField(_("change"), max_length=24, blank=True)
    origin = models.CharField(_("came"), max_length=10, choices=ResultOrigin, default=ResultOrigin.TYPED)
    comment = models.CharField(_("comment"), max_length=240, blank=True, validators=[refuse_aadhaar])
    # When the specimen was taken: what trends are drawn by.
    effective_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    entered_at = models.DateTimeField()
    # Since when this value is critical; a corrected value begins anew.
    critical_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [*ChangingRecord.Meta.triggers, AUTHORISED_STAYS, FORM_F_FIRST]
        constraints = [
            models.UniqueConstraint(
                name="order_has_one_result_of_an_analyte",
                fields=["order", "analyte"],
                violation_error_message=_("Somebody else entered this meanwhile."),
            ),
            models.CheckConstraint(
                name="critical_result_says_since_when",
                condition=Q(flag__in=CRITICAL_FLAGS, critical_at__isnull=False)
                | (~Q(flag__in=CRITICAL_FLAGS) & Q(critical_at=None)),
            ),
            models.CheckConstraint(
                name="empty_result_has_no_flag",
                condition=~Q(value="") | Q(number=None, flag=""),
            ),
        ]
        indexes = [
            # A patient's last results of an analyte: delta, trends.
            models.Index(name="result_of_patient", fields=["patient", "analyte", "-effective_at"]),
            models.Index(name="result_of_order", fields=["order"]),
            models.Index(
                name="result_critical",
                fields=["facility", "critical_at"],
                condition=Q(critical_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.analyte_id}"

    # Where a view has put them, of a critical value: the name of its box, what was typed there, whether that
    # is wrong, and whether its beginning is enough.
    box: str
    typed: str
    is_wrong: bool
    beginning_is_enough: bool

    def is_critical(self) -> bool:
        return self.flag in CRITICAL_FLAGS


class DiagnosticReport(HospitalRecord):
    """What was authorised of one order, frozen. Never edited: an amendment is the next version.

    `content` holds the lines as they were ({"lines": [...], "comment": ...}; lab.reporting says the shape),
    `changes` what a later version changed against the one before.
    """

    opens_with_chart = True
    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="reports", db_index=False)
    order = models.ForeignKey(
        ServiceRequest, on_delete=models.PROTECT, related_name="reports", db_index=False
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    content = models.JSONField()
    changes = models.JSONField(default=list)
    # Why it was amended; of the first version nothing.
    reason = models.CharField(_("why amended"), max_length=160, blank=True, validators=[refuse_aadhaar])
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verified_at = models.DateTimeField()
    authorised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    authorised_at = models.DateTimeField()
    # Why one person did both: only in small-facility mode, and listed.
    alone_note = models.CharField(_("why alone"), max_length=160, blank=True)
    # Of imaging: the radiologist who wrote it signs it (docs/adr/0407).
    is_signed_by_one = models.BooleanField(default=False, db_default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY, ONE_SIGNS_IMAGING]
        constraints = [
            models.UniqueConstraint(
                name="report_version_is_given_once",
                fields=["order", "version"],
                violation_error_message=_("Somebody else has authorised this meanwhile."),
            ),
            models.CheckConstraint(
                name="report_is_authorised_by_another",
                condition=~Q(verified_by=F("authorised_by")) | ~Q(alone_note="") | Q(is_signed_by_one=True),
                violation_error_message=_("Who verified a result does not authorise it."),
            ),
            models.CheckConstraint(
                name="one_signature_is_one_persons",
                condition=Q(is_signed_by_one=False) | Q(verified_by=F("authorised_by"), alone_note=""),
                violation_error_message=_("Two people have signed this."),
            ),
            models.CheckConstraint(
                name="amended_report_says_why",
                condition=Q(version=1, reason="") | (Q(version__gt=1) & ~Q(reason="")),
                violation_error_message=_("Say why it is amended."),
            ),
        ]
        indexes = [
            models.Index(name="report_here", fields=["facility", "-authorised_at"]),
            models.Index(name="report_of_patient", fields=["patient", "-authorised_at"]),
            models.Index(name="report_of_order", fields=["order", "-version"]),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.version}"

    @property
    def standing(self) -> Standing:
        """Whether it may be used: opened, it is being amended; cancelled after that, it is withdrawn."""
        if self.order.status == OrderStatus.AUTHORISED:
            return Standing.VALID
        return Standing.WITHDRAWN if self.order.status == OrderStatus.CANCELLED else Standing.AMENDING

    @property
    def standing_since(self) -> datetime | None:
        """Since when it is not to be used."""
        return self.order.cancelled_at or self.order.reopened_at

    @property
    def standing_why(self) -> str:
        """Why it is not to be used, for those who may read it."""
        return " · ".join(one for one in (self.order.reopen_reason, self.order.why_cancelled) if one)

    def is_valid(self) -> bool:
        return self.standing == Standing.VALID


# A text may be longer: of it the beginning is kept beside an answer or a step.
LONGEST_KEPT = 240


class CriticalAcknowledgement(HospitalRecord):
    """A named person has heard a critical value and read it back. A corrected value asks anew."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey(
        ResultLine, on_delete=models.PROTECT, related_name="acknowledgements", db_index=False
    )
    # The value that was answered, and as it was read back: they are the same.
    value = models.CharField(_("value"), max_length=LONGEST_KEPT)
    # Since when the value was critical: the same one of the next tube asks anew. Older answers have it not.
    critical_at = models.DateTimeField(null=True, editable=False)
    # The person who answers for it: of this hospital, or by name on the telephone.
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    told_to = models.CharField(_("told to"), max_length=80, blank=True, validators=[refuse_aadhaar])
    # What is done about it.
    action = models.CharField(_("what is done"), max_length=160, blank=True, validators=[refuse_aadhaar])
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    # Seconds from the critical value to its answer.
    waited = models.PositiveIntegerField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="critical_value_is_answered_once",
                fields=["line", "value", "critical_at"],
                nulls_distinct=False,
                violation_error_message=_("Somebody else has answered this meanwhile."),
            ),
            models.CheckConstraint(
                name="critical_value_is_answered_by_somebody",
                condition=Q(acknowledged_by__isnull=False, told_to="")
                | (Q(acknowledged_by=None) & ~Q(told_to="")),
                violation_error_message=_("Who has heard it? Write the name."),
            ),
        ]
        indexes = [
            models.Index(name="answer_of_critical", fields=["line"]),
            models.Index(name="answer_here", fields=["facility", "-at"]),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def waited_minutes(self) -> int:
        return self.waited // 60


class CriticalEscalation(HospitalRecord):
    """A critical value that nobody answered in time was taken one step higher. Once for each step."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey(ResultLine, on_delete=models.PROTECT, related_name="escalations", db_index=False)
    value = models.CharField(max_length=LONGEST_KEPT)
    critical_at = models.DateTimeField(null=True, editable=False)
    step = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="critical_value_escalates_once_a_step",
                fields=["line", "value", "critical_at", "step"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="escalation_has_a_step", condition=Q(step__gt=0)),
        ]
        indexes = [models.Index(name="escalated_here", fields=["facility", "-at"])]

    def __str__(self) -> str:
        return f"{self.step}"


@tracked()
class LaboratorySetting(ChangingRecord):
    """What a hospital's laboratory asks. Without a row the usual holds (lab.queries.settings_of)."""

    facility = models.OneToOneField(Facility, on_delete=models.PROTECT, related_name="+")
    # Whether an order of the OPD is paid, or free by a rule, before it is collected. Emergencies never wait.
    pays_first = models.BooleanField(_("paid before it is collected"), default=True)
    # International sensitivity index of the thromboplastin in use: without it no INR is calculated.
    isi = models.DecimalField(_("ISI of the reagent"), max_digits=4, decimal_places=2, null=True, blank=True)
    # After so many minutes without an answer a critical value goes one step higher, and each time again.
    critical_minutes = models.PositiveSmallIntegerField(_("minutes to answer a critical value"), default=30)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.CheckConstraint(
                name="critical_value_waits_a_while",
                condition=Q(critical_minutes__gte=5, critical_minutes__lte=240),
                violation_error_message=_("Between 5 and 240 minutes."),
            ),
            models.CheckConstraint(
                name="isi_is_a_factor",
                condition=Q(isi=None) | Q(isi__gte=Decimal("0.5"), isi__lte=Decimal("3.0")),
                violation_error_message=_("Between 0.5 and 3.0."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.facility_id)
