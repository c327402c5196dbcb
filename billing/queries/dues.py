"""What is owed: by a patient, by all patients of a hospital, and whether somebody may go home."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from billing.models import (
    ChargeItem,
    Claim,
    CreditNote,
    DepositAccount,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
)
from billing.models.invoices import IN_HAND
from billing.states import UNDECIDED, InvoiceStatus
from facilities.models import Facility
from hmis.kernel.money import NOTHING
from hmis.kernel.templatetags.ui import rupees
from patients.models import Encounter, EncounterClass, Patient

UNPAID = (InvoiceStatus.ISSUED, InvoiceStatus.PART_PAID)
RUPEES: Any = DecimalField(max_digits=15, decimal_places=2)


def with_owed(invoices: QuerySet[Invoice]) -> Any:
    """The bills, each with `owed`: its `balance()`, computed by the database for all at once."""
    received = _sum(Payment.objects.filter(invoice=OuterRef("pk"), bounce=None), "invoice")
    back = _sum(Refund.objects.filter(payment__invoice=OuterRef("pk")), "payment__invoice")
    credited = _sum(CreditNote.objects.filter(invoice=OuterRef("pk")), "invoice")
    owed = ExpressionWrapper(F("total") - credited - received + back, output_field=RUPEES)
    return invoices.annotate(owed=owed)


def with_cheques(invoices: Any) -> Any:
    """The bills, each with `has_cheque_in_hand`, which its `state` says."""
    in_hand = Payment.objects.filter(IN_HAND, invoice=OuterRef("pk"))
    return invoices.annotate(has_cheque_in_hand=Exists(in_hand))


def with_given_back(payments: QuerySet[Payment]) -> Any:
    """The payments, each with `given_back`: its `refunded()`, computed by the database for all at once, and
    with what the bank said of it."""
    linked = ("received_by", "facility", "clearance", "bounce", "settlement_line")
    given_back = _sum(Refund.objects.filter(payment=OuterRef("pk")), "payment")
    return payments.select_related(*linked).annotate(given_back=given_back)


def _sum(rows: QuerySet[Any], by: str) -> Any:
    summed = rows.order_by().values(by).annotate(sum=Sum("amount")).values("sum")
    return Coalesce(Subquery(summed, output_field=RUPEES), NOTHING, output_field=RUPEES)


def dues_of(patient: Patient, facility: Facility) -> list[Invoice]:
    """The bills that this patient has still to pay here, the oldest first, each with `owed`."""
    unpaid = Invoice.objects.filter(patient=patient, facility=facility, status__in=UNPAID)
    return list(
        with_owed(unpaid).filter(owed__gt=0).select_related("encounter__department").order_by("issued_at")
    )


def outstanding(facility: Facility) -> Any:
    """{patient, uhid, name, name_hi, owed, bills, since} of each patient who owes, the most first."""
    unpaid = Invoice.objects.filter(facility=facility, status__in=UNPAID)
    owing = with_owed(unpaid).filter(owed__gt=0)
    summed = owing.values("patient").annotate(owed_sum=Sum("owed"), bills=Count("pk"), since=Min("issued_at"))
    return summed.order_by("-owed_sum", "patient")


def outstanding_total(facility: Facility) -> Decimal:
    """₹ that all patients of this hospital owe together."""
    unpaid = with_owed(Invoice.objects.filter(facility=facility, status__in=UNPAID)).filter(owed__gt=0)
    found: Decimal = unpaid.aggregate(sum=Coalesce(Sum("owed"), NOTHING, output_field=RUPEES))["sum"]
    return found


# What the patient is asked for a charge (ChargeItem.net).
NET = F("gross") - F("discount") + F("tax")


def unbilled_of(encounter: Encounter | UUID) -> QuerySet[ChargeItem]:
    """What was charged to this encounter and stands on no bill yet."""
    return _on_no_bill().filter(encounter=encounter)


def _on_no_bill() -> QuerySet[ChargeItem]:
    billed = InvoiceLine.objects.filter(charge_item=OuterRef("pk"))
    return ChargeItem.objects.filter(~Exists(billed), reversals=None)


def unbilled_sums(encounters: QuerySet[Encounter]) -> QuerySet[ChargeItem, Any]:
    """{"encounter", "due"} of those of these contacts that have something to pay on no bill yet."""
    found = _on_no_bill().filter(encounter__in=encounters).order_by().values("encounter")
    return found.annotate(due=Sum(NET)).filter(due__gt=0)


@dataclass(frozen=True)
class DischargeAnswer:
    """Whether the patient's account lets them go home, in rupees and in a sentence."""

    owed: Decimal  # on bills
    unbilled: Decimal  # charged, on no bill yet
    deposit: Decimal  # paid in advance and still there
    approved: Decimal  # by schemes
    pending: Decimal  # claimed of schemes, which have not decided
    may_leave: bool
    sentence: str


def discharge_answer(encounter: Encounter) -> DischargeAnswer:
    """What the ward asks before a discharge. A scheme that has not decided keeps nobody here.

    Of a stay that began in casualty also what is open there, on an account with a deposit of its own.
    """
    answer = _answer_of(encounter)
    for contact in Encounter.objects.filter(pk__in=led_from_casualty([encounter.pk])):
        answer = _with_casualty(answer, _answer_of(contact, in_casualty=True))
    return answer


def led_from_casualty(stays: Iterable[UUID]) -> dict[UUID, UUID]:
    """{the contact in casualty: the one of these stays to which it led}."""
    # By the relation's name: the wards stand above.
    contacts = Encounter.objects.filter(
        encounter_class=EncounterClass.EMERGENCY, led_to_admissions__encounter__in=stays
    )
    return dict(contacts.values_list("pk", "led_to_admissions__encounter"))


def _with_casualty(own: DischargeAnswer, before: DischargeAnswer) -> DischargeAnswer:
    """The answer about both accounts; casualty's is heard where something is open there, or goes back."""
    sentence = own.sentence
    if not before.may_leave or before.deposit:
        said = _("In casualty: %(said)s") % {"said": before.sentence}
        sentence = said if own.may_leave and not before.may_leave else f"{sentence} {said}"
    return DischargeAnswer(
        own.owed + before.owed,
        own.unbilled + before.unbilled,
        own.deposit + before.deposit,
        own.approved + before.approved,
        own.pending + before.pending,
        own.may_leave and before.may_leave,
        sentence,
    )


def _answer_of(encounter: Encounter, *, in_casualty: bool = False) -> DischargeAnswer:
    """The answer about one account. In casualty no bill is made of what is free."""
    unpaid = with_owed(Invoice.objects.filter(encounter=encounter, status__in=UNPAID))
    owed = _total(unpaid, F("owed"))
    unbilled = unbilled_of(encounter).aggregate(sum=Sum(NET), lines=Count("pk"))
    asked = unbilled["sum"] or NOTHING
    account = DepositAccount.objects.filter(encounter=encounter).first()
    deposit = account.available() if account else NOTHING
    claims = Claim.objects.filter(encounter=encounter)
    approved = _total(claims.filter(approved_amount__gt=0), F("approved_amount"))
    pending = _total(claims.filter(status__in=UNDECIDED), F("amount"))
    has_unbilled = asked > 0 if in_casualty else unbilled["lines"] > 0
    may_leave, sentence = _said(owed, asked, deposit, has_unbilled=has_unbilled)
    return DischargeAnswer(owed, asked, deposit, approved, pending, may_leave, sentence)


def _total(rows: Any, amount: Any) -> Decimal:
    return rows.aggregate(sum=Sum(amount))["sum"] or NOTHING


def _said(owed: Decimal, asked: Decimal, deposit: Decimal, *, has_unbilled: bool) -> tuple[bool, str]:
    short = owed + asked - deposit
    if short > 0:
        return False, _("%(short)s is still to be paid: send somebody to the cashier.") % {
            "short": rupees(short)
        }
    if has_unbilled:
        return False, _("The final bill is not made yet: ask the cashier for it.")
    if owed > 0:
        return False, _("The deposit covers %(owed)s that is owed: the cashier has to draw it.") % {
            "owed": rupees(owed)
        }
    if deposit > 0:
        return True, _("Everything is paid. %(rest)s of the deposit goes back at the cashier's.") % {
            "rest": rupees(deposit)
        }
    return True, _("Everything is paid: the patient may go home.")
