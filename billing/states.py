"""The invoice's states and the arrows between them; the ways of payment; why money goes back."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("a draft")
    ISSUED = "issued", _("issued")
    PART_PAID = "part_paid", _("part paid")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


INVOICE_MOVES = {
    InvoiceStatus.DRAFT: {InvoiceStatus.ISSUED, InvoiceStatus.CANCELLED},
    InvoiceStatus.ISSUED: {InvoiceStatus.PART_PAID, InvoiceStatus.PAID, InvoiceStatus.CANCELLED},
    InvoiceStatus.PART_PAID: {InvoiceStatus.PART_PAID, InvoiceStatus.PAID, InvoiceStatus.CANCELLED},
    InvoiceStatus.PAID: {InvoiceStatus.CANCELLED},
}


class PaymentMode(models.TextChoices):
    CASH = "cash", _("cash")
    UPI = "upi", _("UPI")
    CARD = "card", _("card")
    DD = "dd", _("demand draft")


class RefundAuthority(models.TextChoices):
    """On whose authority money goes back."""

    SAME_DAY = "same_day", _("by rule: cancelled on the same day, before the patient was called")
