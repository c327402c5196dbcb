"""What a visit owes, what was paid in advance; bills found by what is on a paper."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from billing.models import ChargeItem, DepositAccount, Invoice, Payment, Refund
from billing.queries.deposits import give_held
from billing.queries.dues import UNPAID, unbilled_of, unbilled_sums, with_cheques, with_owed
from billing.queries.money import OF_PAYMENT, give_papers
from billing.states import Account, PaymentMode
from facilities.models import Facility
from hmis.kernel.models import IssuedDocument
from hmis.kernel.money import NOTHING
from patients.identifiers import plain_digits, search_kind
from patients.models import Encounter, Patient
from patients.queries import namesakes, withhold_names
from patients.queries.merging import same_as

R = TypeVar("R", bound=Model)
NUMBER = re.compile(r"[A-Z]{2,4}/[A-Z][0-9]{2}/[0-9]{1,7}")
UTR = re.compile(r"[0-9]{12}")
MOST_FOUND = 40
AMOUNT_LOOKED_BACK = timedelta(days=31)


@dataclass(frozen=True)
class EncounterAccount:
    """The money of one visit or stay: what no bill has yet, its bills, what is in advance."""

    unbilled: Sequence[ChargeItem]
    invoices: Sequence[tuple[Invoice, Decimal]]
    deposit: DepositAccount | None
    in_deposit: Decimal
    deposits: Sequence[Payment]
    drawn: Sequence[Payment]
    given_back: Sequence[Refund]

    @property
    def owed(self) -> Decimal:
        """₹ still owed on its bills, and for what no bill has yet."""
        return sum((owed for _, owed in self.invoices), NOTHING) + sum(
            (one.net for one in self.unbilled), NOTHING
        )


def account_of(encounter: Encounter) -> EncounterAccount:
    """The money of one visit or stay."""
    invoices = with_owed(with_cheques(encounter.invoices.order_by("issued_at", "pk")))
    deposit = DepositAccount.objects.filter(encounter=encounter).select_related("patient").first()
    linked = deposit.payments.select_related(*OF_PAYMENT) if deposit else Payment.objects.none()
    payments = list(linked.order_by("received_at", "pk"))
    back = Refund.objects.filter(payment__deposit=deposit).order_by("paid_back_at", "pk") if deposit else []
    given_back = list(back)
    give_papers([*payments, *given_back])
    drawn = deposit.drawings.select_related("invoice").order_by("received_at", "pk") if deposit else []
    return EncounterAccount(
        list(unbilled_of(encounter).order_by("raised_at", "pk")),
        _owed_first([(one, one.owed) for one in invoices]),
        deposit,
        deposit.available() if deposit else NOTHING,
        payments,
        list(drawn),
        given_back,
    )


def _owed_first(bills: list[tuple[Invoice, Decimal]]) -> list[tuple[Invoice, Decimal]]:
    """What is owed before what is not: Enter opens the first."""
    return sorted(bills, key=lambda bill: not bill[1])


def in_deposit(invoice: Invoice) -> Decimal:
    """₹ of the patient's deposit for this visit that may pay the bill."""
    deposit = _deposit_of(invoice.encounter_id)
    return deposit.available() if deposit else NOTHING


def in_advance(encounter: Encounter) -> Decimal:
    """₹ that were paid in advance for this visit or stay and are still there."""
    deposit = _deposit_of(encounter.pk)
    return deposit.balance() if deposit else NOTHING


def _deposit_of(encounter_id: Any) -> DepositAccount | None:
    return DepositAccount.objects.filter(encounter_id=encounter_id).first()


def upi_link(invoice: Invoice, amount: Decimal) -> str:
    """What a UPI app opens to pay so much of this bill: amount and reference are fixed (NPCI's linking
    specification: pa, pn, tr, am, cu). Nothing without an address; that it was scanned proves nothing.
    """
    address = invoice.facility.upi_address
    if not address or amount <= 0:
        return ""
    said = {
        "pa": address,
        "pn": invoice.facility.name[:50],
        "tr": invoice.number.replace("/", ""),
        "am": f"{amount:.2f}",
        "cu": "INR",
        "tn": invoice.number,
    }
    return f"upi://pay?{urlencode(said, quote_via=quote)}"


def find_bills(words: str, user: Any) -> list[tuple[Invoice, Decimal]]:
    """(bill, ₹ owed) of the newest bills that lead from what is on a paper, told from its shape.

    A name leads to those that are still to be paid.
    """
    bills: QuerySet[Invoice] = Invoice.objects.visible_to(user).select_related("patient")
    asked = _number(words)
    if asked:
        found = bills.filter(
            Q(number=asked)
            | Q(payments__receipt_number=asked)
            | Q(credit_notes__number=asked)
            | Q(payments__refunds__voucher_number=asked)
            | Q(encounter__in=_about_contact(asked))
        )
    elif is_name(words):  # of its many bearers only what is still to be paid
        found = bills.filter(patient__in=namesakes(words, user), status__in=UNPAID)
    else:
        found = _by_digits(bills, words)
    newest = _found_so(words, with_cheques(found).order_by("-issued_at").distinct()[:MOST_FOUND])
    owed = dict(
        with_owed(Invoice.objects.filter(pk__in=[one.pk for one in newest])).values_list("pk", "owed")
    )
    return _owed_first([(one, owed[one.pk]) for one in newest])


def _number(words: str) -> str:
    """A number of a series as it is kept, however its noughts were typed; "" where it is none."""
    asked = plain_digits(words).strip().upper()
    if not NUMBER.fullmatch(asked):
        return ""
    code, series, number = asked.split("/")
    return f"{code}/{series}/{int(number):07d}"


def is_name(words: str) -> bool:
    """Whether these words can be somebody's name."""
    return any(map(str.isalpha, words)) and not _number(words)


def _found_so(words: str, rows: QuerySet[R]) -> list[R]:
    """Whom a list must not name is not found by the name either."""
    found: list[Any] = list(rows)
    if is_name(words):
        withhold_names([one.patient for one in found])
        found = [one for one in found if not one.patient.is_withheld]
    return found


def _digits(words: str) -> str:
    return re.sub(r"[\s₹,-]", "", plain_digits(words))


def to_be_billed(words: str, user: Any) -> list[tuple[Encounter, Decimal]]:
    """(contact, ₹) of what was charged and stands on no bill yet, the newest first.

    Found by the UHID, mobile or name, or by the number of a paper about the contact: a slip of tests to be
    paid. Nothing need have been printed.
    """
    contacts: QuerySet[Encounter] = Encounter.objects.visible_to(user)
    if number := _number(words):
        contacts = contacts.filter(pk__in=_about_contact(number))
    elif is_name(words):
        contacts = contacts.filter(patient__in=namesakes(words, user))
    else:
        contacts = _of_whom(contacts, words)
    sums = {one["encounter"]: one["due"] for one in unbilled_sums(contacts)[:MOST_FOUND]}
    found = Encounter.objects.filter(pk__in=sums).select_related("patient", "department")
    return [(one, sums[one.pk]) for one in _found_so(words, found.order_by("-started_at"))]


def find_deposits(words: str, user: Any) -> list[DepositAccount]:
    """The newest deposits that lead from what is on their papers or from whose they are, each with `held`.

    Those with money in them stand first.
    """
    visible: QuerySet[DepositAccount] = DepositAccount.objects.visible_to(user)
    accounts = visible.select_related("patient", "encounter__department")
    if number := _number(words):
        of_voucher = Q(payments__refunds__voucher_number=number)
        found = accounts.filter(Q(payments__receipt_number=number) | of_voucher)
    else:
        found = _by_utr(accounts, words)
    newest = list(found.order_by("-opened_at", "-pk").distinct()[:MOST_FOUND])
    give_held(newest)
    return sorted(newest, key=lambda one: not one.held)


def _about_contact(number: str) -> Any:
    """The ids of the contact that a paper with this number is about: a slip of tests."""
    papers = IssuedDocument.objects.filter(number=number, about=Encounter._meta.label_lower, copy=0)
    return papers.values("about_id")


def _of_whom(rows: QuerySet[R], words: str) -> QuerySet[R]:
    """The rows of whoever has this UHID or mobile, however it is written, on whichever of their records."""
    term = search_kind(words)
    if term.kind == "uhid":
        return rows.filter(patient__in=same_as(Patient.objects.filter(uhid=term.value)))
    if term.kind == "phone":
        return rows.filter(patient__in=same_as(Patient.objects.filter(phone=term.value)))
    return rows.none()


def _by_utr(rows: QuerySet[R], words: str) -> QuerySet[R]:
    """The rows that were paid with this UTR, else of whoever has this number: 91 and a mobile are as long."""
    digits = _digits(words)
    paid = rows.filter(payments__mode=PaymentMode.UPI, payments__reference=digits)
    return paid if UTR.fullmatch(digits) and paid.exists() else _of_whom(rows, words)


def _by_digits(bills: QuerySet[Invoice], words: str) -> QuerySet[Invoice]:
    digits = _digits(words)
    if re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", digits):
        return bills.filter(total=Decimal(digits), issued_at__gte=timezone.now() - AMOUNT_LOOKED_BACK)
    return _by_utr(bills, words)


TRIAL = """
    SELECT account, sum(debit), sum(credit) FROM (
        SELECT debit AS account, amount AS debit, 0 AS credit FROM billing_ledgerentry WHERE facility_id = %s
        UNION ALL
        SELECT credit, 0, amount FROM billing_ledgerentry WHERE facility_id = %s
    ) AS moved GROUP BY account ORDER BY account
"""


@dataclass(frozen=True)
class AccountSum:
    """What was moved to and from one account."""

    account: Account
    debit: Decimal
    credit: Decimal


def trial_balance(facility: Facility) -> list[AccountSum]:
    """Each account that was moved at this hospital; the debits together are the credits together."""
    with connection.cursor() as cursor:
        cursor.execute(TRIAL, [facility.pk, facility.pk])
        return [AccountSum(Account(account), debit, credit) for account, debit, credit in cursor.fetchall()]
