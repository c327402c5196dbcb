"""Money that came and money that went back; a patient's deposit; what the bank said of either."""

from decimal import Decimal
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from billing.models.invoices import CreditNote, Invoice
from billing.models.shifts import Shift
from billing.states import (
    CLEARED_LATER,
    PaymentMode,
    RefundAuthority,
    RefundKind,
    RequestStatus,
)
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.composed import Composed
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, ChangingRecord, HospitalRecord, IssuedDocument
from hmis.kernel.money import NOTHING, MoneyField
from patients.models import Encounter, Patient


class DepositAccount(HospitalRecord):
    """What a patient has paid in advance for a stay; its balance is computed from what came and went."""

    # Nothing changes (the trigger holds it); but a lock asks for the right to change a column.
    may_change = ("opened_at",)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    encounter = models.ForeignKey(
        Encounter, on_delete=models.PROTECT, related_name="deposit_accounts", db_index=False
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField()

    # Where a query has put them (billing.queries.deposits): what is in it, what of that waits for the bank,
    # and the open request to give it back.
    held: Decimal
    waits: Decimal
    asked: "RefundRequest | None"

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="encounter_has_one_deposit_account", fields=["encounter"]),
        ]

    def __str__(self) -> str:
        return f"{self.patient}"

    def balance(self) -> Decimal:
        """₹ in it: what came in, less what bills drew and what was paid back."""
        return self._left(only_sure=False)

    def available(self) -> Decimal:
        """₹ that may be drawn or paid back: without cheques that the bank has not honoured yet."""
        return self._left(only_sure=True)

    def _left(self, *, only_sure: bool) -> Decimal:
        (moved,) = _moved_in(self.pk, only_sure=only_sure) or [(None,) * 4]  # it may not be written yet
        came, drawn, returned, back = (amount or NOTHING for amount in moved)
        return came - drawn + returned - back


@Composed
def _moved_in(
    account_id: UUID, *, only_sure: bool
) -> models.QuerySet[DepositAccount, tuple[Decimal | None, ...]]:
    """₹ (that came into a deposit, drawn by bills, returned to it by them, paid back)."""
    holds = Q(payments__bounce=None)
    if only_sure:
        holds &= ~Q(payments__mode__in=CLEARED_LATER) | Q(payments__clearance__isnull=False)
    sums = (
        Sum("payments__amount", filter=holds),
        Sum("drawings__amount"),
        Sum("drawings__refunds__amount"),
        Sum("payments__refunds__amount"),
    )
    account = DepositAccount.objects.filter(pk=OuterRef("pk")).values("pk")
    each = (Subquery(account.annotate(sum=one).values("sum")) for one in sums)
    return DepositAccount.objects.filter(pk=account_id).values_list(*each)


@tracked(only_replaced=True)
class Payment(HospitalRecord):
    """Money for one invoice, or into one deposit account. A refund puts it right.

    Nothing of it changes but a reference that was typed wrong, as long as the bank has said nothing of it.
    """

    may_change = ("reference", "corrected_by", "corrected_at", "correction")
    rule_fields = {
        "payment_is_of_something": "amount",
        "payment_reference_fits_mode": "reference",
        "payment_from_a_deposit_names_it": "mode",
        "payment_utr_used_once": "reference",
    }
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="payments")
    deposit = models.ForeignKey(
        DepositAccount, null=True, on_delete=models.PROTECT, related_name="payments", db_index=False
    )
    drawn_from = models.ForeignKey(
        DepositAccount, null=True, on_delete=models.PROTECT, related_name="drawings", db_index=False
    )
    shift = models.ForeignKey(
        Shift, null=True, on_delete=models.PROTECT, related_name="payments", db_index=False
    )
    receipt_number = models.CharField(_("receipt"), max_length=16, editable=False)
    amount = MoneyField(_("amount"))
    mode = models.CharField(_("paid by"), max_length=8, choices=PaymentMode)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()
    # Who put its reference right, and why; null: it stands as it was typed at the counter.
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    corrected_at = models.DateTimeField(null=True)
    correction = models.CharField(max_length=160, default="", db_default="")

    # Its original receipt, where a query has put it (billing.queries.payments_of).
    paper: IssuedDocument | None

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="payment_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=["reference", "corrected_by", "corrected_at", "correction"]
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="receipt_number_is_given_once", fields=["receipt_number"]),
            models.CheckConstraint(
                name="payment_is_of_something",
                condition=Q(amount__gt=0),
                violation_error_message=_("The amount must be more than nothing."),
            ),
            models.CheckConstraint(
                name="payment_reference_fits_mode",
                condition=Q(mode__in=[PaymentMode.CASH, PaymentMode.DEPOSIT], reference="")
                | Q(mode=PaymentMode.UPI, reference__regex=r"^[0-9]{12}$")
                | (Q(mode__in=[PaymentMode.CARD, PaymentMode.DD, PaymentMode.CHEQUE]) & ~Q(reference="")),
                violation_error_message=_("UPI needs its 12-digit UTR; card, cheque and draft their number."),
            ),
            models.CheckConstraint(
                name="payment_is_for_invoice_or_deposit",
                condition=Q(invoice__isnull=False) ^ Q(deposit__isnull=False),
            ),
            models.CheckConstraint(
                name="payment_from_a_deposit_names_it",
                condition=Q(mode=PaymentMode.DEPOSIT, drawn_from__isnull=False, invoice__isnull=False)
                | (~Q(mode=PaymentMode.DEPOSIT) & Q(drawn_from=None)),
                violation_error_message=_("A deposit pays a bill only at the cashier's counter."),
            ),
            models.UniqueConstraint(
                name="payment_utr_used_once",
                fields=["facility", "reference"],
                condition=Q(mode=PaymentMode.UPI),
                violation_error_message=_("This UTR already has a receipt."),
            ),
            models.CheckConstraint(
                name="correction_says_by_whom_and_why",
                condition=Q(corrected_by=None, corrected_at=None, correction="")
                | (Q(corrected_by__isnull=False, corrected_at__isnull=False) & ~Q(correction="")),
            ),
        ]
        indexes = [
            models.Index(name="payment_here", fields=["facility", "-received_at"]),
            models.Index(name="payment_of_shift", fields=["shift"], condition=Q(shift__isnull=False)),
            models.Index(name="payment_of_deposit", fields=["deposit"], condition=Q(deposit__isnull=False)),
            models.Index(
                name="payment_from_deposit", fields=["drawn_from"], condition=Q(drawn_from__isnull=False)
            ),
            # UPI waits for the bank's file, cheques for its word: few of many.
            models.Index(
                name="payment_by_bank",
                fields=["facility", "mode", "received_at"],
                condition=~Q(mode__in=[PaymentMode.CASH, PaymentMode.DEPOSIT]),
            ),
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def has_banks_word(self) -> bool:
        """The bank has had it, honoured it or returned it."""
        return any(hasattr(self, word) for word in ("settlement_line", "clearance", "bounce"))

    def refunded(self) -> Decimal:
        """₹ of it that were paid back."""
        return sum((amount for _payment, amount in _given_back(self.pk)), NOTHING)


@Composed
def _given_back(payment_id: UUID) -> models.QuerySet["Refund", tuple[UUID, Decimal]]:
    back = Refund.objects.filter(payment_id=payment_id).order_by()
    return back.values_list("payment").annotate(Sum("amount"))


class Clearance(HospitalRecord):
    """The bank has honoured a cheque or draft."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="clearance")
    cleared_on = models.DateField(_("honoured on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]

    def __str__(self) -> str:
        return f"{self.cleared_on}"


class Bounce(HospitalRecord):
    """The bank has returned a cheque or draft: its payment counts no more, and what it paid is owed again."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="bounce")
    reason = models.CharField(_("what the bank said"), max_length=160)
    bounced_on = models.DateField(_("returned on"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.CheckConstraint(
                name="bounce_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say what the bank wrote."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason


@tracked(only_replaced=True)
class Settlement(HospitalRecord):
    """A file of the bank: which UPI payments have come to the hospital's account."""

    may_change = ("applied_at", "applied_by")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    filename = models.CharField(_("file"), max_length=120)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    uploaded_at = models.DateTimeField()
    # Null: still a preview.
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    rows = models.JSONField(default=list)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="file_stays_as_it_came",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["applied_at", "applied_by"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="settlement_file_is_taken_once",
                fields=["facility", "sha256"],
                condition=Q(applied_at__isnull=False),
                violation_error_message=_("This file was already taken in."),
            ),
        ]
        indexes = [models.Index(name="settlement_here", fields=["facility", "-uploaded_at"])]

    def __str__(self) -> str:
        return self.filename


@tracked(only_replaced=True)
class SettlementLine(HospitalRecord):
    """One UPI payment that the bank has: it makes the payment with this UTR a certainty."""

    may_change = ("payment", "matched_at")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="lines")
    utr = models.CharField(_("UTR"), max_length=12)
    amount = MoneyField(_("amount"))
    settled_on = models.DateField(_("settled on"))
    payment = models.OneToOneField(
        Payment, null=True, on_delete=models.PROTECT, related_name="settlement_line"
    )
    matched_at = models.DateTimeField(null=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="bank_line_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.payment_id IS NOT NULL"
                    " OR (OLD.facility_id, OLD.settlement_id, OLD.utr, OLD.amount, OLD.settled_on) IS"
                    " DISTINCT FROM (NEW.facility_id, NEW.settlement_id, NEW.utr, NEW.amount, NEW.settled_on)"
                ),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="utr_is_settled_once",
                fields=["facility", "utr"],
                violation_error_message=_("The bank had this UTR in an earlier file."),
            ),
        ]

    def __str__(self) -> str:
        return self.utr


@tracked(only_replaced=True)
class RefundRequest(ChangingRecord):
    """Somebody asks that money goes back; a second person approves; a counter pays."""

    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=8, choices=RefundKind)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="refund_requests")
    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="refund_requests")
    deposit = models.ForeignKey(
        DepositAccount, null=True, on_delete=models.PROTECT, related_name="refund_requests"
    )
    # Of a bill, the lines that are taken back.
    lines = ArrayField(models.UUIDField(), default=list, blank=True)
    amount = MoneyField(_("amount"))
    reason = models.CharField(_("reason"), max_length=160)
    status = models.CharField(_("status"), max_length=10, choices=RequestStatus, default=RequestStatus.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(_("note"), max_length=160, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(ChangingRecord.Meta):
        triggers = [
            *ChangingRecord.Meta.triggers,
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="asked_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    exclude=["status", "decided_by", "decided_at", "decision_note", "rev"]
                ),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="refund_request_is_about_one_thing",
                condition=Q(kind=RefundKind.CREDIT, invoice__isnull=False, payment=None, deposit=None)
                | Q(kind=RefundKind.PAYMENT, invoice=None, payment__isnull=False, deposit=None)
                | Q(kind=RefundKind.DEPOSIT, invoice=None, payment=None, deposit__isnull=False),
            ),
            models.CheckConstraint(
                name="refund_request_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="refund_request_is_not_negative",
                condition=Q(amount__gte=0),
                violation_error_message=_("An amount is not less than nothing."),
            ),
        ]
        indexes = [models.Index(name="refund_request_here", fields=["facility", "status", "asked_at"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


@tracked(only_replaced=True)
class Refund(HospitalRecord):
    """Money of one payment given back, the way it came; its number is that of the voucher.

    Nothing of it changes but the reference, which is written down once when the bank has given it.
    """

    may_change = ("reference", "referenced_by", "referenced_at")
    rule_fields = {
        "refund_reference_fits_mode": "reference",
        "refund_utr_used_once": "reference",
    }
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    credit_note = models.ForeignKey(
        CreditNote, null=True, on_delete=models.PROTECT, related_name="refunds", db_index=False
    )
    voucher_number = models.CharField(_("refund voucher"), max_length=16, editable=False)
    amount = MoneyField(_("amount"))
    mode = models.CharField(_("paid back by"), max_length=8, choices=PaymentMode)
    # UPI and card give their number when the bank has done it, which may be tomorrow.
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    # Who wrote it down afterwards; null: it was known when the money went back, or is not known yet.
    referenced_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    referenced_at = models.DateTimeField(null=True)
    authority = models.CharField(max_length=16, choices=RefundAuthority)
    request = models.ForeignKey(
        "billing.RefundRequest", null=True, on_delete=models.PROTECT, related_name="refunds"
    )
    shift = models.ForeignKey(
        Shift, null=True, on_delete=models.PROTECT, related_name="refunds", db_index=False
    )
    reason = models.CharField(max_length=160)
    reason_hi = models.CharField(max_length=160)
    paid_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    paid_back_at = models.DateTimeField()

    # Its original voucher, where a query has put it (billing.queries.refunds_of).
    paper: IssuedDocument | None

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="refund_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["reference", "referenced_by", "referenced_at"]),
            ),
            pgtrigger.Protect(
                name="number_is_written_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__reference__gt=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="refund_voucher_number_is_given_once", fields=["voucher_number"]),
            models.CheckConstraint(
                name="refund_is_of_something",
                condition=Q(amount__gt=0),
                violation_error_message=_("The amount must be more than nothing."),
            ),
            models.CheckConstraint(
                name="refund_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                name="refund_reference_fits_mode",
                condition=Q(mode__in=[PaymentMode.CASH, PaymentMode.DEPOSIT], reference="")
                | Q(mode=PaymentMode.UPI, reference__regex=r"^([0-9]{12})?$")
                | Q(mode__in=[PaymentMode.CARD, PaymentMode.DD, PaymentMode.BANK]),
                violation_error_message=_("A UTR has 12 digits. Leave it empty until the bank gives it."),
            ),
            models.UniqueConstraint(
                name="refund_utr_used_once",
                fields=["facility", "reference"],
                condition=Q(mode=PaymentMode.UPI) & ~Q(reference=""),
                violation_error_message=_("This UTR already has a refund voucher."),
            ),
            models.CheckConstraint(
                name="number_written_later_says_by_whom",
                condition=Q(referenced_by=None, referenced_at=None)
                | Q(referenced_by__isnull=False, referenced_at__isnull=False, reference__gt=""),
            ),
        ]
        indexes = [
            models.Index(name="refund_here", fields=["facility", "-paid_back_at"]),
            models.Index(name="refund_of_shift", fields=["shift"], condition=Q(shift__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.voucher_number

    @property
    def taken_from(self) -> Invoice | DepositAccount:
        """The bill or the deposit whose money it was."""
        kept = self.payment.invoice or self.payment.deposit
        assert kept
        return kept
