"""What something costs, why it asks less, and that it holds no more."""

from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models.schemes import Scheme
from billing.models.tariff import ChargeItemDefinition
from billing.states import ServiceKind
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, HospitalRecord
from hmis.kernel.money import MoneyField
from patients.models import Encounter, Patient


@tracked(only_replaced=True)
class ChargeItem(HospitalRecord):
    """What something costs, raised when it happened, once per source; its price copied, never looked up.

    What it lets off is known later, where a scheme is granted before a bill takes it in: once.
    """

    may_change = ("discount", "tax")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="charge_items")
    source = models.CharField(max_length=40)
    source_id = models.UUIDField()
    code = models.CharField(max_length=24)
    description = models.CharField(max_length=160)
    description_hi = models.CharField(max_length=160)
    kind = models.CharField(
        max_length=16,
        choices=ServiceKind,
        default=ServiceKind.REGISTRATION,
        db_default=ServiceKind.REGISTRATION,
    )
    # Null: the price is a setting of its own, such as a department's OPD fee.
    definition = models.ForeignKey(
        ChargeItemDefinition, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    sac_hsn = models.CharField(max_length=8, default="", db_default="")
    quantity = models.PositiveIntegerField(default=1, db_default=1)
    unit_price = MoneyField(null=True)
    gross = MoneyField()
    discount = MoneyField(default=Decimal("0.00"))
    tax_percent = models.DecimalField(
        max_digits=4, decimal_places=2, default=Decimal("0.00"), db_default=Decimal("0.00")
    )
    tax = MoneyField(default=Decimal("0.00"), db_default=Decimal("0.00"))
    raised_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="charge_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["discount", "tax"]),
            ),
            pgtrigger.Protect(
                name="charge_is_let_off_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__discount__gt=0),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="charge_arises_once_per_source",
                fields=["source_id", "source"],
                violation_error_message=_("This was already charged."),
            ),
            models.CheckConstraint(
                name="charge_lets_off_no_more_than_it_asks",
                condition=Q(gross__gte=0, discount__gte=0, discount__lte=F("gross")),
            ),
            models.CheckConstraint(
                name="charge_is_of_a_quantity",
                condition=Q(quantity__gt=0, tax__gte=0),
                violation_error_message=_("How many? At least one."),
            ),
        ]

    def __str__(self) -> str:
        return self.description_hi if get_language() == "hi" else self.description

    @property
    def net(self) -> Decimal:
        """₹ that the patient is asked for."""
        return self.gross - self.discount + self.tax


class Exemption(HospitalRecord):
    """Why a charge asks less than its price: the reason, its proof, and on whose authority."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    charge_item = models.ForeignKey(ChargeItem, on_delete=models.PROTECT, related_name="exemptions")
    # Null for a follow-up inside the validity window: its reason is the encounter that it follows.
    scheme = models.ForeignKey(Scheme, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=160)
    reason_hi = models.CharField(max_length=160)
    proof_number = models.CharField(_("proof number"), max_length=64, blank=True)
    amount = MoneyField()
    # The scheme's payer owes it, whatever the scheme says later.
    is_claimed = models.BooleanField(default=False, db_default=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    granted_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(name="exemption_lets_something_off", condition=Q(amount__gte=0)),
            models.CheckConstraint(name="exemption_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.reason_hi if get_language() == "hi" else self.reason


class ChargeReversal(HospitalRecord):
    """A charge that ended before it was billed: its order was cancelled. A billed one has a credit note."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    charge_item = models.ForeignKey(
        ChargeItem, on_delete=models.PROTECT, related_name="reversals", db_index=False
    )
    reason = models.CharField(max_length=160)
    reversed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reversed_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="charge_is_reversed_once",
                fields=["charge_item"],
                violation_error_message=_("This was already taken back."),
            ),
            models.CheckConstraint(
                name="charge_reversal_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
