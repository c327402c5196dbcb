"""What can be ordered of a laboratory or of imaging, and what was ordered for whom."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItem, ChargeItemDefinition
from facilities.models import Department, Facility
from facilities.models.places import Named
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord, Record
from lab.states import CancelReason, OrderStatus, Owing, Priority, Section, Uncharged
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter, Patient

# The source that a charge of an order names.
SOURCE = "lab.servicerequest"


@tracked()
class TestDefinition(Named, Record):
    """A test, a panel or an examination by imaging that can be ordered: the state's list."""

    sync = "down"
    __test__ = False  # no test of pytest
    code = models.CharField(_("code"), max_length=16)
    section = models.CharField(_("section"), max_length=20, choices=Section)
    # What people say instead of its name, in English, Hindi and Latin letters.
    words = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    loinc_code = models.CharField(_("LOINC code"), max_length=8, blank=True)
    specimen = models.CharField(_("specimen"), max_length=40, blank=True)
    container = models.CharField(_("container"), max_length=80, blank=True)
    volume = models.CharField(_("volume"), max_length=60, blank=True)
    is_panel = models.BooleanField(_("panel"), default=False)
    # The results that it gives, by their codes.
    members = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    routine_minutes = models.PositiveIntegerField(_("minutes to the report"), null=True)
    urgent_minutes = models.PositiveIntegerField(_("minutes if urgent"), null=True)
    # The list of notifiable diseases or the rule that it falls under.
    notifiable = models.CharField(_("notifiable"), max_length=120, blank=True)
    # Its line of the tariff, which each hospital prices.
    service = models.ForeignKey(
        ChargeItemDefinition,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("service of the tariff"),
    )
    # Where it stands in the state's list: the commoner tests of a section come first.
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    source = models.CharField(_("source"), max_length=240)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                name="test_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another test has this code."),
            ),
            models.CheckConstraint(
                name="test_code_is_capitals",
                condition=Q(code__regex=r"^[A-Z0-9][A-Z0-9_]{0,15}$"),
                violation_error_message=_("A test's code has capital letters, digits and _ : GLU_R."),
            ),
            models.CheckConstraint(
                name="test_loinc_code_has_its_shape",
                condition=Q(loinc_code="") | Q(loinc_code__regex=r"^[0-9]{1,6}-[0-9]$"),
                violation_error_message=_("A LOINC code looks like 718-7."),
            ),
            models.CheckConstraint(
                name="test_has_a_source",
                condition=~Q(source=""),
                violation_error_message=_("Say where this comes from."),
            ),
            models.CheckConstraint(
                name="test_is_approved_by_somebody",
                condition=Q(approved_by=None, approved_on=None)
                | Q(approved_by__isnull=False, approved_on__isnull=False),
            ),
        ]

    @property
    def is_imaging(self) -> bool:
        return self.section == Section.IMAGING


class OrderQuerySet(ScopedQuerySet["ServiceRequest"]):
    def standing(self) -> "OrderQuerySet":
        """Those that were not taken back."""
        return self.exclude(status=OrderStatus.CANCELLED)


@tracked()
class ServiceRequest(ChangingRecord):
    """One test or examination ordered for a patient, with its charge or why there is none."""

    may_change = (
        "status",
        "priority",
        "charge_item",
        "uncharged",
        "cancelled_by",
        "cancelled_at",
        "cancel_reason",
        "cancel_note",
    )
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="orders", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="orders", db_index=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="+", db_index=False)
    test = models.ForeignKey(TestDefinition, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The number on the slip: one for all that is ordered at an encounter on one day.
    slip_number = models.CharField(_("slip"), max_length=16, editable=False)
    status = models.CharField(_("state"), max_length=12, choices=OrderStatus, default=OrderStatus.ORDERED)
    priority = models.CharField(_("how urgent"), max_length=8, choices=Priority, default=Priority.ROUTINE)
    note = models.CharField(
        _("why, or what to look for"), max_length=200, blank=True, validators=[refuse_aadhaar]
    )
    # Whose order it is: a doctor of ours, or the name on the paper that was brought.
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requester_name = models.CharField(_("ordered by"), max_length=80, blank=True, validators=[refuse_aadhaar])
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ordered_at = models.DateTimeField(_("ordered"))
    ordered_on = models.DateField()
    # The same test once more on one day, knowingly: 1 for the second time.
    repeat = models.PositiveSmallIntegerField(default=0)
    charge_item = models.ForeignKey(
        ChargeItem, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    uncharged = models.CharField(_("why not charged"), max_length=12, choices=Uncharged, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    cancel_reason = models.CharField(_("why cancelled"), max_length=16, choices=CancelReason, blank=True)
    cancel_note = models.CharField(_("in words"), max_length=120, blank=True, validators=[refuse_aadhaar])

    # How it stands with the money, and why it is free, where a query has put it (lab.queries.give_owing).
    owing: Owing
    why_free: dict[str, str]

    objects = OrderQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        constraints = [
            models.UniqueConstraint(
                name="test_is_ordered_once_a_day",
                fields=["encounter", "test", "ordered_on", "repeat"],
                condition=~Q(status=OrderStatus.CANCELLED),
                violation_error_message=_("This test is ordered already today."),
            ),
            models.UniqueConstraint(
                name="charge_is_of_one_order",
                fields=["charge_item"],
                condition=Q(charge_item__isnull=False),
            ),
            models.CheckConstraint(
                name="order_is_charged_or_says_why_not",
                condition=Q(charge_item__isnull=False, uncharged="")
                | (Q(charge_item=None) & ~Q(uncharged="")),
            ),
            models.CheckConstraint(
                name="order_is_somebodys",
                condition=Q(requester__isnull=False) | ~Q(requester_name=""),
                violation_error_message=_("Which doctor asks for it? Write the name on the paper."),
            ),
            models.CheckConstraint(
                name="cancelled_order_says_by_whom_and_why",
                condition=(
                    Q(status=OrderStatus.CANCELLED, cancelled_by__isnull=False, cancelled_at__isnull=False)
                    & ~Q(cancel_reason="")
                )
                | (
                    ~Q(status=OrderStatus.CANCELLED)
                    & Q(cancelled_by=None, cancelled_at=None, cancel_reason="", cancel_note="")
                ),
            ),
            models.CheckConstraint(
                name="another_reason_is_said_in_words",
                condition=~Q(cancel_reason=CancelReason.OTHER) | ~Q(cancel_note=""),
                violation_error_message=_("Say why in words."),
            ),
        ]
        indexes = [
            models.Index(name="order_here", fields=["facility", "-ordered_at"]),
            models.Index(name="order_of_patient", fields=["patient", "-ordered_at"]),
            models.Index(name="order_of_slip", fields=["slip_number"]),
            # What a doctor and a department order most (docs/adr/0321).
            models.Index(name="order_by_doctor", fields=["requester", "ordered_on", "test"]),
            models.Index(name="order_by_department", fields=["department", "ordered_on", "test"]),
            # Few: they wait for a price.
            models.Index(
                name="order_uncharged", fields=["facility", "ordered_at"], condition=Q(charge_item=None)
            ),
        ]

    def __str__(self) -> str:
        return str(self.test)

    @property
    def ordered_by(self) -> str:
        """Who wanted it, as a page says it."""
        return str(self.requester) if self.requester else self.requester_name

    @property
    def why_cancelled(self) -> str:
        """The reason in the reader's language, and the words to it."""
        said = [str(self.get_cancel_reason_display()), self.cancel_note]
        return " · ".join(one for one in said if one)

    def is_urgent(self) -> bool:
        return bool(self.priority == Priority.URGENT)

    @property
    def freed_by(self) -> str:
        """By what it is free, in the reader's language (of an order that a query has asked about)."""
        return self.why_free["hi" if get_language() == "hi" else "en"]
