"""A cashier's shift, and the money of accepted shifts that went to the treasury."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.states import ShiftStatus
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord
from hmis.kernel.money import MoneyField


class TreasuryDeposit(HospitalRecord):
    """Cash of accepted shifts paid in at the treasury or the bank by a challan."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    challan_number = models.CharField(_("challan number"), max_length=40)
    deposited_on = models.DateField(_("paid in on"))
    amount = MoneyField(_("amount"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="challan_is_recorded_once",
                fields=["facility", "challan_number"],
                violation_error_message=_("This challan is recorded already."),
            ),
            models.CheckConstraint(
                name="challan_is_of_something",
                condition=Q(amount__gt=0) & ~Q(challan_number=""),
                violation_error_message=_("A challan has a number and an amount."),
            ),
        ]
        indexes = [models.Index(name="challan_here", fields=["facility", "-deposited_on"])]

    def __str__(self) -> str:
        return self.challan_number


@tracked(only_replaced=True)
class Shift(ChangingRecord):
    """A cashier's time at the counter: opened with a float, closed with a count, accepted by a supervisor."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status = models.CharField(_("status"), max_length=10, choices=ShiftStatus, default=ShiftStatus.OPEN)
    opened_at = models.DateTimeField(_("opened"))
    opening_float = MoneyField(_("float"))
    # Whose drawer this one took over: its float is what that cashier left in it.
    taken_over_from = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="taken_over_by"
    )
    closed_at = models.DateTimeField(_("closed"), null=True)
    # {"500": 3, …}: how many notes and coins of each kind.
    count = models.JSONField(_("count"), default=dict)
    counted = MoneyField(_("counted"), null=True)
    expected = MoneyField(_("should be"), null=True)
    explanation = models.CharField(_("explanation of the difference"), max_length=200, blank=True)
    left_in_drawer = MoneyField(_("left for the next cashier"), null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True)
    acceptance_note = models.CharField(_("note"), max_length=200, blank=True)
    treasury_deposit = models.ForeignKey(
        TreasuryDeposit, null=True, on_delete=models.PROTECT, related_name="shifts"
    )

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="opened_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "facility", "cashier", "opened_at", "opening_float", "taken_over_from"
                ),
            ),
            pgtrigger.Protect(
                name="closed_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.closed_at IS NOT NULL AND (OLD.closed_at, OLD.count, OLD.counted, OLD.expected,"
                    " OLD.explanation, OLD.left_in_drawer) IS DISTINCT FROM (NEW.closed_at, NEW.count,"
                    " NEW.counted, NEW.expected, NEW.explanation, NEW.left_in_drawer)"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="cashier_has_one_open_shift",
                fields=["cashier"],
                condition=Q(closed_at=None),
                violation_error_message=_("You have an open shift already."),
            ),
            models.CheckConstraint(
                name="shift_is_closed_by_a_count",
                condition=Q(
                    status=ShiftStatus.OPEN,
                    closed_at=None,
                    counted=None,
                    expected=None,
                    left_in_drawer=None,
                    accepted_by=None,
                )
                | Q(
                    status__in=[ShiftStatus.CLOSED, ShiftStatus.ACCEPTED],
                    closed_at__isnull=False,
                    counted__isnull=False,
                    expected__isnull=False,
                    left_in_drawer__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="shift_difference_is_explained",
                condition=Q(counted=None)
                | Q(expected__isnull=False, counted=F("expected"))
                | ~Q(explanation=""),
                violation_error_message=_("The cash differs from the receipts: say why, as far as you know."),
            ),
            models.CheckConstraint(
                name="shift_counts_no_less_than_nothing",
                condition=Q(opening_float__gte=0)
                & (
                    Q(counted=None)
                    | Q(
                        counted__gte=0,
                        left_in_drawer__isnull=False,
                        left_in_drawer__gte=0,
                        left_in_drawer__lte=F("counted"),
                    )
                ),
                violation_error_message=_("There cannot be less than nothing in the drawer."),
            ),
            models.CheckConstraint(
                name="shift_is_accepted_by_somebody_else",
                condition=Q(accepted_by=None) | ~Q(accepted_by=F("cashier")) | ~Q(acceptance_note=""),
                violation_error_message=_("Somebody else accepts a shift."),
            ),
        ]
        indexes = [models.Index(name="shift_here", fields=["facility", "-opened_at"])]

    def __str__(self) -> str:
        return f"{self.cashier} · {self.opened_at:%d-%m-%Y}"

    @property
    def difference(self) -> object:
        """₹ counted over what should be there; less than nothing is short; None while it is open."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected
