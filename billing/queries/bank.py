"""What the bank says of UPI payments and cheques: its file row by row, and what it has not said yet."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Payment, Settlement, SettlementLine
from billing.models.invoices import IN_HAND
from billing.states import PaymentMode
from facilities.models import Facility
from hmis.kernel import sheets
from hmis.kernel.errors import Refusal
from hmis.kernel.money import to_money

# ── The columns, by what banks call them: the surest name first ──

HEADS: dict[str, tuple[str, ...]] = {
    "utr": (
        *("utr", "rrn", "utrno", "utrnumber", "rrnno", "rrnnumber", "utrrrn", "rrnutr", "bankrrn", "upirrn"),
        *("bankutr", "upiutr", "npciref", "npcireferenceno", "retrievalreferencenumber", "custrefno"),
        *("customerreferenceno", "upireferenceno", "upirefno", "banksreferenceno", "bankreferencenumber"),
        *("bankreferenceno", "transactionreference", "referenceno", "referencenumber", "refno", "reference"),
        "यूटीआर",
    ),
    "amount": (
        *("settlementamount", "settledamount", "transactionamount", "txnamount", "amount", "amountinr"),
        *("amountrs", "creditamount", "credit", "deposit", "depositamt", "grossamount", "netamount", "amt"),
        *("राशि", "रकम"),
    ),
    "day": (
        *("settlementdate", "settledon", "settleddate", "creditdate", "valuedate", "valuedt", "postingdate"),
        *("transactiondate", "txndate", "trandate", "transactiondatetime", "txndatetime", "datetime"),
        *("date", "तारीख", "दिनांक"),
    ),
}
COLUMNS = {"utr": gettext_lazy("UTR"), "amount": gettext_lazy("amount"), "day": gettext_lazy("date")}
# Banks write their own name and the account's above the table.
HEAD_WITHIN = 30


def rows_of_file(content: bytes) -> list[dict[str, str]]:
    """Each line of the bank's table as {row, utr, amount, day}, as it was written.

    Refuses what is no sheet and a table without these columns.
    """
    rows = sheets.read(content)
    for place, (_line, cells) in enumerate(rows[:HEAD_WITHIN]):
        where = _columns(cells)
        if len(where) == len(HEADS):
            return [one for line, cells in rows[place + 1 :] if (one := _named(line, cells, where))]
    wanted = ", ".join(str(label) for label in COLUMNS.values())
    raise Refusal(
        gettext_lazy("No row of this file names the columns %(wanted)s."), field="file", wanted=wanted
    )


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Where each column stands, if these cells are the head of the table."""
    said = [_letters(cell) for cell in cells]
    found = {
        column: next((said.index(_letters(name)) for name in names if _letters(name) in said), None)
        for column, names in HEADS.items()
    }
    return {column: place for column, place in found.items() if place is not None}


def _letters(head: str) -> str:
    """A head by its letters alone, what stands in brackets left out: `Txn Amount (INR)`."""
    return re.sub(r"[\W_]", "", re.sub(r"\(.*?\)", "", head.casefold()))


def _named(line: int, cells: Sequence[str], where: Mapping[str, int]) -> dict[str, str] | None:
    held = {column: cells[place] for column, place in where.items() if place < len(cells) and cells[place]}
    return {"row": str(line), **held} if held else None


# ── One row ──

MATCHED, DIFFERS, UNKNOWN, BEFORE, ERROR = "matched", "differs", "unknown", "before", "error"


@dataclass
class Row:
    """One line of the bank's file, and what it would do."""

    number: int
    text: Mapping[str, str]
    kind: str = UNKNOWN
    utr: str = ""
    amount: Decimal | None = None
    settled_on: date | None = None
    error: str = ""
    payment: Payment | None = None

    def refuse(self, sentence: str) -> None:
        self.kind, self.error = ERROR, sentence


def _read(text: Mapping[str, str]) -> Row:
    row = Row(int(text["row"]), text)
    if any(sheets.is_formula(text.get(column, "")) for column in HEADS):
        row.refuse(_("A formula is not taken. Save the sheet with its values."))
        return row
    utr = text.get("utr", "").lstrip("'").replace(" ", "")
    # A spreadsheet takes the number for one and drops the nought at its head.
    row.utr = utr.zfill(12) if re.fullmatch(r"[0-9]{11}", utr) else utr
    if not re.fullmatch(r"[0-9]{12}", row.utr):
        row.refuse(_("A UTR has 12 digits."))
        return row
    row.amount, row.settled_on = _amount(text.get("amount", "")), _day(text.get("day", ""))
    if row.amount is None:
        row.refuse(_("This is not an amount that came. Write it like this: 1,500.00."))
    elif row.settled_on is None:
        row.refuse(_("This is not a date. Write it like this: 26-11-2026."))
    elif row.settled_on > timezone.localdate():
        row.refuse(_("This day is still to come."))
    return row


AMOUNT = re.compile(r"(?:₹|rs\.?|inr)?\s*\+?([0-9][0-9,]*(?:\.[0-9]{1,2})?)\s*(?:cr\.?|/-)?", re.IGNORECASE)
LARGEST = Decimal(10) ** 11


def _amount(text: str) -> Decimal | None:
    """₹ that came: 1500, 1,500.00, ₹ 1,500, 1500.00 CR. What went, and nothing, is none."""
    found = AMOUNT.fullmatch(text.strip().lstrip("'"))
    if not found or (not text.isascii() and "₹" not in text):
        return None
    try:
        amount = to_money(found[1].replace(",", ""))
    except InvalidOperation:
        return None
    return amount if 0 < amount < LARGEST else None


DAYS = (
    *("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%d-%m-%y", "%d/%m/%y", "%d.%m.%y"),
    *("%d-%b-%Y", "%d %b %Y", "%d/%b/%Y", "%d-%b-%y", "%d %b %y", "%d-%B-%Y", "%d %B %Y", "%d%m%Y"),
)


def _day(text: str) -> date | None:
    """The day as Indian banks write it, a time behind it left out."""
    said = text.strip().lstrip("'")
    said = re.sub(r"[ T]\d{1,2}:\d{2}.*$", "", said)
    for form in DAYS:
        try:
            day = datetime.strptime(said, form).date()
        except ValueError:
            continue
        return day if day.year >= 2000 else None
    return None


# ── The whole file ──


def look_through(settlement: Settlement) -> list[Row]:
    """Each row of the file beside what is on file now, in two queries whatever its length."""
    rows = [_read(text) for text in settlement.rows]
    utrs = {row.utr for row in rows if row.kind != ERROR}
    facility_id = settlement.facility_id
    had = set(
        SettlementLine.objects.filter(facility_id=facility_id, utr__in=utrs)
        .exclude(settlement=settlement)
        .values_list("utr", flat=True)
    )
    paid = upi_of(facility_id, utrs)
    seen: set[str] = set()
    for row in rows:
        if row.kind == ERROR:
            continue
        row.payment = paid.get(row.utr)
        if row.utr in had or row.utr in seen:
            row.kind = BEFORE
        elif row.payment:
            row.kind = MATCHED if row.payment.amount == row.amount else DIFFERS
        seen.add(row.utr)
    return rows


def upi_of(facility_id: Any, utrs: set[str], *, among: QuerySet[Payment] | None = None) -> dict[str, Payment]:
    """{UTR: the payment that it was typed for}; `among`: the payments, locked."""
    payments = Payment.objects.all() if among is None else among
    found = payments.filter(facility_id=facility_id, mode=PaymentMode.UPI, reference__in=utrs)
    return {one.reference: one for one in found.select_related("received_by")}


def had_before(facility: Facility, sha256: str) -> Settlement | None:
    """The same file, taken in before."""
    return Settlement.objects.filter(facility=facility, sha256=sha256, applied_at__isnull=False).first()


def settlements(user: Any) -> QuerySet[Settlement]:
    """The bank's files, the newest first."""
    found = Settlement.objects.visible_to(user).defer("rows").select_related("uploaded_by", "applied_by")
    return found.order_by("-uploaded_at", "-pk")


# ── What still waits ──


def unseen_upi(user: Any) -> QuerySet[Payment]:
    """UPI payments that no file of the bank has had, the oldest first.

    Each with `bank_amount` where the bank had its UTR with another amount.
    """
    other = SettlementLine.objects.filter(facility=OuterRef("facility"), utr=OuterRef("reference"))
    waiting = Payment.objects.visible_to(user).filter(mode=PaymentMode.UPI, settlement_line=None)
    linked = waiting.select_related("received_by", "invoice__patient", "deposit__patient")
    return linked.annotate(bank_amount=Subquery(other.values("amount")[:1])).order_by("received_at", "pk")


def unclaimed_lines(user: Any) -> QuerySet[SettlementLine]:
    """Money that the bank has and no receipt claims, the oldest first; `is_typed`: with another amount."""
    typed = Payment.objects.filter(
        facility=OuterRef("facility"), mode=PaymentMode.UPI, reference=OuterRef("utr")
    )
    found = SettlementLine.objects.visible_to(user).filter(payment=None)
    linked = found.select_related("settlement").annotate(is_typed=Exists(typed))
    return linked.order_by("settled_on", "pk")


def cheques_in_hand(user: Any) -> QuerySet[Payment]:
    """Cheques and drafts of which the bank has said nothing yet, the oldest first."""
    waiting = Payment.objects.visible_to(user).filter(IN_HAND)
    linked = waiting.select_related("received_by", "invoice__patient", "deposit__patient")
    return linked.annotate(bill=F("invoice__number")).order_by("received_at", "pk")
