"""Invoices and what takes them back. What is issued is never edited."""

from decimal import Decimal
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from billing.models.charges import ChargeItem
from billing.states import CLEARED_LATER, InvoiceKind, InvoiceStatus
from facilities.models import Facility
from hmis.kernel.access import ScopedQuerySet
from hmis.kernel.composed import Composed
from hmis.kernel.history import tracked
from hmis.kernel.models import APPEND_ONLY, HospitalRecord, IssuedDocument
from hmis.kernel.money import NOTHING, MoneyField
from patients.models import Encounter, Patient

# A payment by cheque or draft of which the bank has said nothing yet.
IN_HAND = Q(mode__in=CLEARED_LATER, clearance=None, bounce=None)
NOT_CLEARED = {
    InvoiceStatus.PART_PAID: _("part paid by cheque, not cleared yet"),
    InvoiceStatus.PAID: _("paid by cheque, not cleared yet"),
}


@tracked(only_replaced=True)
class Invoice(HospitalRecord):
    """A bill of supply. Once issued only its status moves on."""

    may_change = ("status",)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="invoices")
    encounter = models.ForeignKey(Encounter, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(_("number"), max_length=16, editable=False)
    kind = models.CharField(
        _("kind"), max_length=8, choices=InvoiceKind, default=InvoiceKind.OPD, db_default=InvoiceKind.OPD
    )
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

    @cached_property
    def has_cheque_in_hand(self) -> bool:
        """Whether the bank has still to honour a cheque or draft that pays it; lists ask for all at once
        (billing.queries.with_cheques)."""
        return self.payments.filter(IN_HAND).exists()

    @property
    def state(self) -> str:
        """Its status in words. What a cheque pays is not in the bank yet: the words say so."""
        not_cleared = NOT_CLEARED.get(InvoiceStatus(self.status))
        return str(not_cleared if not_cleared and self.has_cheque_in_hand else self.get_status_display())

    def paid(self) -> Decimal:
        """₹ received for it and honoured so far, less what was paid back."""
        return self._moved()[0]

    def credited(self) -> Decimal:
        """₹ that credit notes have taken off it."""
        return self._moved()[1]

    def balance(self) -> Decimal:
        """₹ still owed: computed, never stored. Less than nothing is owed to the patient."""
        paid, credited = self._moved()
        return self.total - credited - paid

    def _moved(self) -> tuple[Decimal, Decimal]:
        (moved,) = _moved_on(self.pk) or [(None,) * 3]  # it may not be written yet
        received, back, credited = (amount or NOTHING for amount in moved)
        return received - back, credited


@Composed
def _moved_on(invoice_id: UUID) -> models.QuerySet[Invoice, tuple[Decimal | None, ...]]:
    """₹ (received for a bill and honoured, paid back, credited)."""
    sums = (
        Sum("payments__amount", filter=Q(payments__bounce=None)),
        Sum("payments__refunds__amount"),
        Sum("credit_notes__amount"),
    )
    bill = Invoice.objects.filter(pk=OuterRef("pk")).values("pk")
    each = (Subquery(bill.annotate(sum=one).values("sum")) for one in sums)
    return Invoice.objects.filter(pk=invoice_id).values_list(*each)


class InvoiceLine(HospitalRecord):
    """One charge on an invoice."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    charge_item = models.ForeignKey(
        ChargeItem, on_delete=models.PROTECT, related_name="invoice_line", db_index=False
    )
    amount = MoneyField()

    # What took it back, where a query has put it (billing.queries.give_credits).
    taken_by: "CreditNote | None"

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [models.UniqueConstraint(name="charge_is_invoiced_once", fields=["charge_item"])]

    def __str__(self) -> str:
        return f"{self.amount}"


class CreditNote(HospitalRecord):
    """What takes back an issued invoice or some of its lines: the invoice stays as it is."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    number = models.CharField(_("number"), max_length=16, editable=False)
    amount = MoneyField(_("amount"))
    reason = models.CharField(max_length=160)
    reason_hi = models.CharField(max_length=160)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField()

    # Its original, where a query has put it; what a deed takes back itself stands on its voucher.
    paper: IssuedDocument | None

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(name="credit_note_number_is_given_once", fields=["number"]),
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


class CreditNoteLine(HospitalRecord):
    """One line of a bill that a credit note takes back."""

    may_change = ()
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(
        InvoiceLine, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    amount = MoneyField()

    objects = ScopedQuerySet.as_manager()

    class Meta:
        triggers = [APPEND_ONLY]
        constraints = [
            models.UniqueConstraint(
                name="bill_line_is_taken_back_once",
                fields=["invoice_line"],
                violation_error_message=_("This was already taken back."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"
