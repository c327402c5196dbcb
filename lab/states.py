"""The states of an order and their arrows; how urgent it is, how it is paid, why it is taken back."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderStatus(models.TextChoices):
    """How far the order of a test or of imaging has come."""

    ORDERED = "ordered", _("ordered")
    COLLECTED = "collected", _("collected")
    RECEIVED = "received", _("received in the laboratory")
    RESULTED = "resulted", _("result entered")
    VERIFIED = "verified", _("verified")
    AUTHORISED = "authorised", _("authorised")
    CANCELLED = "cancelled", _("cancelled")


# Whatever was collected is not cancelled any more. Nothing is collected yet: that comes with the laboratory.
ORDER_MOVES = {
    OrderStatus.ORDERED: {OrderStatus.COLLECTED, OrderStatus.CANCELLED},
    OrderStatus.COLLECTED: {OrderStatus.RECEIVED},
    OrderStatus.RECEIVED: {OrderStatus.RESULTED},
    OrderStatus.RESULTED: {OrderStatus.VERIFIED},
    OrderStatus.VERIFIED: {OrderStatus.AUTHORISED},
}


class Priority(models.TextChoices):
    ROUTINE = "routine", _("routine")
    URGENT = "urgent", _("urgent")


class Section(models.TextChoices):
    """The part of the laboratory that does it, or imaging."""

    HAEMATOLOGY = "haematology", _("haematology")
    BIOCHEMISTRY = "biochemistry", _("biochemistry")
    SEROLOGY = "serology", _("serology")
    MICROBIOLOGY = "microbiology", _("microbiology")
    CLINICAL_PATHOLOGY = "clinical_pathology", _("urine, stool and fluids")
    MOLECULAR = "molecular", _("molecular tests")
    IMAGING = "imaging", _("imaging")


class Uncharged(models.TextChoices):
    """Why nothing was charged for an order: said on the page and the slip, and listed until it is."""

    NO_SERVICE = "no_service", _("not on the state's list of services")
    NO_PRICE = "no_price", _("no price set at this hospital")


class Owing(models.TextChoices):
    """What the patient has to do with the money of an order."""

    TO_PAY = "to_pay", _("to pay")
    PAID = "paid", _("paid")
    FREE = "free", _("free")
    ON_ACCOUNT = "on_account", _("billed later")
    UNPRICED = "unpriced", _("no price here")
    TAKEN_BACK = "taken_back", _("taken back")
    REFUND_ASKED = "refund_asked", _("refund asked")


class CancelReason(models.TextChoices):
    """Why an order is taken back."""

    MISTAKE = "mistake", _("ordered by mistake")
    NOT_NEEDED = "not_needed", _("not needed any more")
    NOT_WANTED = "not_wanted", _("the patient does not want it")
    DONE_ELSEWHERE = "done_elsewhere", _("a recent report is there already")
    NOT_DONE_HERE = "not_done_here", _("it cannot be done here")
    OTHER = "other", _("another reason")
