"""Money's states and the arrows between them; ways of payment; kinds of service; the accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft", _("a draft")
    ISSUED = "issued", _("issued")
    PART_PAID = "part_paid", _("part paid")
    PAID = "paid", _("paid")
    CANCELLED = "cancelled", _("cancelled")


# Back from paid: what was paid came back by a refund, or its cheque bounced.
INVOICE_MOVES = {
    InvoiceStatus.DRAFT: {InvoiceStatus.ISSUED, InvoiceStatus.CANCELLED},
    InvoiceStatus.ISSUED: {InvoiceStatus.PART_PAID, InvoiceStatus.PAID, InvoiceStatus.CANCELLED},
    InvoiceStatus.PART_PAID: {
        InvoiceStatus.ISSUED,
        InvoiceStatus.PART_PAID,
        InvoiceStatus.PAID,
        InvoiceStatus.CANCELLED,
    },
    InvoiceStatus.PAID: {InvoiceStatus.ISSUED, InvoiceStatus.PART_PAID, InvoiceStatus.CANCELLED},
}


class InvoiceKind(models.TextChoices):
    OPD = "opd", _("registration")
    COUNTER = "counter", _("counter bill")
    INTERIM = "interim", _("interim bill")
    FINAL = "final", _("final bill")


class PaymentMode(models.TextChoices):
    CASH = "cash", _("cash")
    UPI = "upi", _("UPI")
    CARD = "card", _("card")
    DD = "dd", _("demand draft")
    CHEQUE = "cheque", _("cheque")
    DEPOSIT = "deposit", _("deposit")
    # Only money that goes back: the bank is told to send it.
    BANK = "bank", _("bank transfer")


# What somebody hands over at a counter, in the order in which it is offered.
RECEIVED_BY = (
    PaymentMode.CASH,
    PaymentMode.UPI,
    PaymentMode.CARD,
    PaymentMode.CHEQUE,
    PaymentMode.DD,
)
WAYS = [(mode.value, mode.label) for mode in RECEIVED_BY]
# What bears no number of its own.
UNNUMBERED = (PaymentMode.CASH, PaymentMode.DEPOSIT)
# A promise until the bank has honoured it.
CLEARED_LATER = (PaymentMode.CHEQUE, PaymentMode.DD)


class RefundAuthority(models.TextChoices):
    """On whose authority money goes back."""

    SAME_DAY = "same_day", _("by rule: cancelled on the same day, before the patient was called")
    APPROVED = "approved", _("approved by a second person")
    ONE_PERSON = "one_person", _("by one person, in small-facility mode")


class RefundKind(models.TextChoices):
    """What is asked: a bill or some of its lines taken back, a payment given back, the rest of a deposit."""

    CREDIT = "credit", _("take back from a bill")
    PAYMENT = "payment", _("give back a payment")
    DEPOSIT = "deposit", _("give back the rest of a deposit")


class RequestStatus(models.TextChoices):
    ASKED = "asked", _("waits for approval")
    APPROVED = "approved", _("approved")
    DECLINED = "declined", _("declined")
    WITHDRAWN = "withdrawn", _("withdrawn")
    PAID_BACK = "paid_back", _("paid back")
    # Lines of a bill that asked no money back: they were not paid for.
    TAKEN_OFF = "taken_off", _("taken off the bill")


REQUEST_MOVES = {
    RequestStatus.ASKED: {RequestStatus.APPROVED, RequestStatus.DECLINED, RequestStatus.WITHDRAWN},
    # An approval is taken back where nothing was paid yet and no bill was cancelled by it.
    RequestStatus.APPROVED: {
        RequestStatus.PAID_BACK,
        RequestStatus.TAKEN_OFF,
        RequestStatus.DECLINED,
        RequestStatus.WITHDRAWN,
    },
}
# What may still lead to money.
STILL_ASKED = (RequestStatus.ASKED, RequestStatus.APPROVED)


class ShiftStatus(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    ACCEPTED = "accepted", _("accepted")


SHIFT_MOVES = {
    ShiftStatus.OPEN: {ShiftStatus.CLOSED},
    ShiftStatus.CLOSED: {ShiftStatus.ACCEPTED},
}


class ClaimStatus(models.TextChoices):
    """How far a claim on a scheme has come."""

    OPEN = "open", _("not yet sent")
    SUBMITTED = "submitted", _("sent")
    QUERIED = "queried", _("asked back")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    SETTLED = "settled", _("paid by the scheme")


CLAIM_MOVES = {
    ClaimStatus.OPEN: {ClaimStatus.SUBMITTED},
    ClaimStatus.SUBMITTED: {ClaimStatus.QUERIED, ClaimStatus.APPROVED, ClaimStatus.REJECTED},
    ClaimStatus.QUERIED: {ClaimStatus.SUBMITTED, ClaimStatus.REJECTED},
    ClaimStatus.APPROVED: {ClaimStatus.SETTLED},
    # Sent once more, or given up: the whole of it is written off.
    ClaimStatus.REJECTED: {ClaimStatus.SUBMITTED, ClaimStatus.SETTLED},
}


# The payer has still to decide.
UNDECIDED = (ClaimStatus.OPEN, ClaimStatus.SUBMITTED, ClaimStatus.QUERIED)
# The payer has promised nothing: a bill may still be taken back.
UNPROMISED = (*UNDECIDED, ClaimStatus.REJECTED)


# What a charge that a counter took from the tariff names as its source.
COUNTER = "billing.counter"


class ServiceKind(models.TextChoices):
    """What a line of the tariff is: schemes and taxes speak of these."""

    REGISTRATION = "registration", _("registration")
    LABORATORY = "laboratory", _("laboratory test")
    IMAGING = "imaging", _("imaging")
    PROCEDURE = "procedure", _("procedure")
    BED_DAY = "bed_day", _("bed, per day")
    MEDICINE = "medicine", _("medicine")
    SUPPLY = "supply", _("supplies")
    PACKAGE = "package", _("package")
    CERTIFICATE = "certificate", _("certificate")
    OTHER = "other", _("other")


class WardClass(models.TextChoices):
    """The class of a ward that a price is for; none: for all."""

    ANY = "", _("every ward")
    GENERAL = "general", _("general ward")
    SEMI_PRIVATE = "semi_private", _("semi-private room")
    PRIVATE = "private", _("private room")
    INTENSIVE = "intensive", _("intensive care")


class Account(models.IntegerChoices):
    """The chart of accounts. What stands on the left grows by debits, on the right by credits."""

    # What the hospital has, or is owed.
    CASH = 1010, _("cash at the counters")
    SAFE = 1020, _("cash in the office's safe")
    TREASURY = 1030, _("paid in at the treasury")
    BANK = 1040, _("bank")
    UPI_AWAITED = 1050, _("UPI, until the bank has it")
    CHEQUES = 1060, _("cheques and drafts in hand")
    PATIENTS_OWE = 1110, _("owed by patients")
    SCHEMES_OWE = 1120, _("owed by schemes")
    # What it owes.
    DEPOSITS = 2010, _("patients' deposits")
    TAX = 2020, _("GST to be paid")
    # What it earned, let off and lost.
    INCOME = 4010, _("income from services")
    LET_OFF = 5010, _("let off under exemptions")
    DIFFERENCES = 5020, _("differences of cash")
    WRITTEN_OFF = 5030, _("not paid by schemes")
