"""What was ordered for whom, and how far it has come."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItem
from facilities.models import Department, Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import ChangingRecord
from lab.models.catalogue import TestDefinition
from lab.models.specimens import Specimen
from lab.states import IN_HAND, CancelReason, Consent, HoldReason, OrderStatus, Owing, Priority, Uncharged
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter, Patient

# The source that a charge of an order names.
SOURCE = "lab.servicerequest"
VERIFIED_ON = (OrderStatus.VERIFIED, OrderStatus.AUTHORISED)


class OrderQuerySet(ScopedQuerySet["ServiceRequest"]):
    def standing(self) -> "OrderQuerySet":
        """Those that were not taken back."""
        return self.exclude(status=OrderStatus.CANCELLED)


@tracked()
class ServiceRequest(ChangingRecord):
    """One test or examination ordered for a patient, with its charge or why there is none."""

    opens_with_chart = True
    may_change = (
        "status",
        "priority",
        "charge_item",
        "uncharged",
        "cancelled_by",
        "cancelled_at",
        "cancel_reason",
        "cancel_note",
        "specimen",
        "verified_by",
        "verified_at",
        "held_by",
        "held_at",
        "hold_reason",
        "hold_note",
        "reopen_reason",
        "reopened_at",
        "comment",
        "authorised_at",
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
    # Of a test that is done with informed consent alone; it never changes (docs/adr/0362).
    consent = models.CharField(
        _("who agreed"), max_length=16, choices=Consent, blank=True, default="", db_default=""
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
    # What it is done from. Of an order that is to be collected: the specimen that was rejected.
    specimen = models.ForeignKey(
        Specimen, null=True, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    verified_at = models.DateTimeField(_("verified"), null=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    held_at = models.DateTimeField(_("held"), null=True)
    hold_reason = models.CharField(_("why held"), max_length=10, choices=HoldReason, blank=True)
    hold_note = models.CharField(_("in words"), max_length=120, blank=True, validators=[refuse_aadhaar])
    # Why an authorised or verified result was opened once more: an amended report says it.
    reopen_reason = models.CharField(_("why opened"), max_length=160, blank=True, validators=[refuse_aadhaar])
    # Since when the report of an authorised one is opened: until the next version it is not to be used.
    reopened_at = models.DateTimeField(_("opened"), null=True)
    # The laboratory's comment on the whole, printed below the results.
    comment = models.CharField(_("comment"), max_length=500, blank=True, validators=[refuse_aadhaar])
    authorised_at = models.DateTimeField(_("authorised"), null=True)

    # How it stands with the money, and why it is free, where a query has put it (lab.queries.give_owing).
    owing: Owing
    why_free: dict[str, str]
    # The rejected specimen in whose place a new one is collected, while that is done.
    replaced: Specimen | None
    # Whether one of its values is critical, and whether its money keeps it, where a view has looked.
    has_critical: bool
    is_stuck: bool

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
            models.CheckConstraint(
                name="verified_order_says_by_whom",
                condition=(
                    Q(status__in=VERIFIED_ON, verified_by__isnull=False, verified_at__isnull=False)
                    | (~Q(status__in=VERIFIED_ON) & Q(verified_by=None, verified_at=None))
                ),
            ),
            models.CheckConstraint(
                name="authorised_order_says_when",
                condition=Q(status=OrderStatus.AUTHORISED, authorised_at__isnull=False)
                | (~Q(status=OrderStatus.AUTHORISED) & Q(authorised_at=None)),
            ),
            models.CheckConstraint(
                name="held_order_says_by_whom_and_why",
                condition=Q(held_at=None, held_by=None, hold_reason="", hold_note="")
                | (Q(held_at__isnull=False, held_by__isnull=False) & ~Q(hold_reason="")),
            ),
            models.CheckConstraint(
                name="other_hold_is_said_in_words",
                condition=~Q(hold_reason=HoldReason.OTHER) | ~Q(hold_note=""),
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
            # In the laboratory's hands: its worklists.
            models.Index(
                name="order_in_hand", fields=["facility", "status"], condition=Q(status__in=IN_HAND)
            ),
            models.Index(name="order_of_specimen", fields=["specimen"], condition=Q(specimen__isnull=False)),
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
