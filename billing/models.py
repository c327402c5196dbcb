"""Charges, invoices, payments, and what takes them back. What is issued is never edited."""

from datetime import date
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.states import InvoiceStatus, PaymentMode, RefundAuthority
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, HospitalRecord, IssuedDocument, Record
from hmis.kernel.money import MoneyField
from patients.models import Encounter, Patient


class SchemeQuerySet(models.QuerySet["Scheme"]):
    def in_force(self, day: date) -> "SchemeQuerySet":
        """The schemes that are granted on this day."""
        began = Q(valid_from=None) | Q(valid_from__lte=day)
        return self.filter(began, Q(valid_to=None) | Q(valid_to__gte=day), is_active=True)


@tracked()
class Scheme(Record):
    """A reason to pay less: whom it serves, what proves it, how much it lets off. Reference data."""

    sync = "down"
    code = models.CharField(_("code"), max_length=16)
    name = models.CharField(_("name"), max_length=120)
    name_hi = models.CharField(_("name in Hindi"), max_length=120)
    proof = models.CharField(_("proof"), max_length=120, blank=True)
    proof_hi = models.CharField(_("proof in Hindi"), max_length=120, blank=True, default="", db_default="")
    percent = models.DecimalField(_("percent let off"), max_digits=5, decimal_places=2)
    needs_proof = models.BooleanField(_("needs a proof's number"), default=True)
    # The reason would tell a stranger too much: the paper only says that the law exempts.
    is_confidential = models.BooleanField(_("the paper does not name it"), default=False)
    is_active = models.BooleanField(_("in force"), default=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until"), null=True, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="scheme_ends_after_it_starts",
                condition=Q(valid_to__gte=F("valid_from")),
                violation_error_message=_("A scheme ends after it starts."),
            ),
            models.UniqueConstraint(
                name="scheme_code_is_unique",
                fields=["code"],
                violation_error_message=_("Another scheme has this code."),
            ),
            models.CheckConstraint(
                name="scheme_lets_off_up_to_everything", condition=Q(percent__gt=0, percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return self.name_hi if get_language() == "hi" else self.name

    def proof_asked(self) -> str:
        """What proves it, in the reader's language."""
        return self.proof_hi if get_language() == "hi" and self.proof_hi else self.proof

    def on_paper(self, language: str) -> str:
        """How the reason is printed: a confidential one only as what the law grants."""
        if self.is_confidential:
            return {"hi": "नियम से मुफ़्त"}.get(language, "free by law")
        return self.name_hi if language == "hi" else self.name


class ChargeItem(HospitalRecord):
    """What something costs, raised when it happened, once per source; its price copied, never looked up."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="charge_items")
    source = models.CharField(max_length=40)
    source_id = models.UUIDField()
    code = models.CharField(max_length=24)
    description = models.CharField(max_length=160)
    description_hi = models.CharField(max_length=160)
    gross = MoneyField()
    discount = MoneyField(default=Decimal("0.00"))
    raised_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
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
        ]

    def __str__(self) -> str:
        return self.description_hi if get_language() == "hi" else self.description

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount


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


class Invoice(HospitalRecord):
    """A bill of supply. Once issued only its status moves on."""

    may_change = ("status",)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invoices")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(_("number"), max_length=16, editable=False)
    status = models.CharField(_("status"), max_length=12, choices=InvoiceStatus, default=InvoiceStatus.DRAFT)
    total = MoneyField(_("total"))
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="issued_stays_as_it_is",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["status"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="invoice_number_is_given_once", fields=["number"]),
            models.CheckConstraint(name="invoice_total_is_not_negative", condition=Q(total__gte=0)),
        ]
        indexes = [models.Index(name="invoice_here", fields=["facility", "-issued_at"])]

    def __str__(self) -> str:
        return self.number

    def paid(self) -> Decimal:
        """₹ received for it so far, less what was paid back."""
        received = self.payments.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")
        refunds = Refund.objects.filter(payment__invoice=self)
        return received - (refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00"))

    def credited(self) -> Decimal:
        """₹ that credit notes have taken off it."""
        return self.credit_notes.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")

    def balance(self) -> Decimal:
        """₹ still owed: computed, never stored."""
        return self.total - self.credited() - self.paid()


class InvoiceLine(HospitalRecord):
    """One charge on an invoice."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    charge_item = models.ForeignKey(ChargeItem, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = MoneyField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="charge_is_invoiced_once", fields=["charge_item"])]

    def __str__(self) -> str:
        return f"{self.amount}"


class Payment(HospitalRecord):
    """Money for one invoice. Never edited: a refund puts it right."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    receipt_number = models.CharField(_("receipt"), max_length=16, editable=False)
    amount = MoneyField(_("amount"))
    mode = models.CharField(_("paid by"), max_length=8, choices=PaymentMode)
    reference = models.CharField(_("reference"), max_length=64, blank=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    received_at = models.DateTimeField()

    # Its original receipt, where a query has put it (billing.queries.payments_of).
    paper: IssuedDocument | None

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="receipt_number_is_given_once", fields=["receipt_number"]),
            models.CheckConstraint(
                name="payment_is_of_something",
                condition=Q(amount__gt=0),
                violation_error_message=_("The amount must be more than nothing."),
            ),
            models.CheckConstraint(
                name="payment_reference_fits_mode",
                condition=Q(mode=PaymentMode.CASH, reference="")
                | Q(mode=PaymentMode.UPI, reference__regex=r"^[0-9]{12}$")
                | (Q(mode__in=[PaymentMode.CARD, PaymentMode.DD]) & ~Q(reference="")),
                violation_error_message=_("UPI needs its 12-digit UTR, card and draft their number."),
            ),
            models.UniqueConstraint(
                name="payment_utr_used_once",
                fields=["facility", "reference"],
                condition=Q(mode=PaymentMode.UPI),
                violation_error_message=_("This UTR already has a receipt."),
            ),
        ]
        indexes = [models.Index(name="payment_here", fields=["facility", "-received_at"])]

    def __str__(self) -> str:
        return self.receipt_number

    def refunded(self) -> Decimal:
        """₹ of it that were paid back."""
        return self.refunds.aggregate(sum=Sum("amount"))["sum"] or Decimal("0.00")


class CreditNote(HospitalRecord):
    """What takes an issued invoice back: the invoice stays as it is, and this says that it does not hold."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="credit_notes", db_index=False
    )
    number = models.CharField(_("number"), max_length=16, editable=False)
    amount = MoneyField(_("amount"))
    reason = models.CharField(max_length=160)
    reason_hi = models.CharField(max_length=160)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="credit_note_number_is_given_once", fields=["number"]),
            models.UniqueConstraint(
                name="invoice_is_taken_back_once",
                fields=["invoice"],
                violation_error_message=_("This bill was already cancelled."),
            ),
            # A bill of nothing is taken back by a note of nothing.
            models.CheckConstraint(name="credit_note_is_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="credit_note_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message=_("Say why."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def why(self) -> str:
        return self.reason_hi if get_language() == "hi" else self.reason


class Refund(HospitalRecord):
    """Money of one payment given back, the way it came; its number is that of the voucher."""

    may_change = ()
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
    authority = models.CharField(max_length=16, choices=RefundAuthority)
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
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="refund_voucher_number_is_given_once", fields=["voucher_number"]),
            models.CheckConstraint(name="refund_is_of_something", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="refund_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="refund_reference_fits_mode",
                condition=Q(mode=PaymentMode.CASH, reference="")
                | Q(mode=PaymentMode.UPI, reference__regex=r"^([0-9]{12})?$")
                | Q(mode__in=[PaymentMode.CARD, PaymentMode.DD]),
                violation_error_message=_("A UTR has 12 digits. Leave it empty until the bank gives it."),
            ),
            models.UniqueConstraint(
                name="refund_utr_used_once",
                fields=["facility", "reference"],
                condition=Q(mode=PaymentMode.UPI) & ~Q(reference=""),
                violation_error_message=_("This UTR already has a refund voucher."),
            ),
        ]
        indexes = [models.Index(name="refund_here", fields=["facility", "-paid_back_at"])]

    def __str__(self) -> str:
        return self.voucher_number
