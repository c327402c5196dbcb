"""What was collected: each receipt of a day in its order, and sums of many days, all made by the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.states import PaymentMode, ServiceKind
from facilities.models import Department, Facility, User
from hmis.kernel.money import NOTHING
from patients.models import Patient
from patients.queries import withhold_names


@dataclass(frozen=True)
class Days:
    """From the first day to the last, both inside, as the hospital's clock has them."""

    begins: date
    ends: date

    @property
    def moments(self) -> tuple[datetime, datetime]:
        return _midnight(self.begins), _midnight(self.ends + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# ── The day book ──

RECEIPT, REFUND, RETURNED, CANCELLED = "receipt", "refund", "returned", "cancelled"
WHAT = {
    RECEIPT: _("receipt"),
    REFUND: _("paid back"),
    RETURNED: _("cheque returned"),
    CANCELLED: _("credit note"),
}
# Every movement of a hospital between two moments. A receipt says what it is for: a bill or a deposit.
BOOK = """
    SELECT 'receipt' AS what, payment.received_at AS at, payment.id, payment.receipt_number AS number,
        payment.amount, payment.mode, payment.reference, payment.received_by_id AS person,
        COALESCE(invoice.patient_id, deposit.patient_id) AS patient, COALESCE(invoice.number, '') AS bill,
        payment.invoice_id, deposit.encounter_id
    FROM billing_payment payment
    LEFT JOIN billing_invoice invoice ON invoice.id = payment.invoice_id
    LEFT JOIN billing_depositaccount deposit ON deposit.id = payment.deposit_id
    WHERE payment.facility_id = %(facility)s AND payment.received_at >= %(begins)s
        AND payment.received_at < %(ends)s
    UNION ALL
    SELECT 'refund', refund.paid_back_at, refund.id, refund.voucher_number, -refund.amount, refund.mode,
        refund.reference, refund.paid_back_by_id, COALESCE(invoice.patient_id, deposit.patient_id),
        COALESCE(invoice.number, ''), payment.invoice_id, deposit.encounter_id
    FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
    LEFT JOIN billing_invoice invoice ON invoice.id = payment.invoice_id
    LEFT JOIN billing_depositaccount deposit ON deposit.id = payment.deposit_id
    WHERE refund.facility_id = %(facility)s AND refund.paid_back_at >= %(begins)s
        AND refund.paid_back_at < %(ends)s
    UNION ALL
    SELECT 'returned', bounce.recorded_at, bounce.id, payment.receipt_number, -payment.amount, payment.mode,
        payment.reference, bounce.recorded_by_id, COALESCE(invoice.patient_id, deposit.patient_id),
        COALESCE(invoice.number, ''), payment.invoice_id, deposit.encounter_id
    FROM billing_bounce bounce JOIN billing_payment payment ON payment.id = bounce.payment_id
    LEFT JOIN billing_invoice invoice ON invoice.id = payment.invoice_id
    LEFT JOIN billing_depositaccount deposit ON deposit.id = payment.deposit_id
    WHERE bounce.facility_id = %(facility)s AND bounce.recorded_at >= %(begins)s
        AND bounce.recorded_at < %(ends)s
    UNION ALL
    SELECT 'cancelled', note.issued_at, note.id, note.number, note.amount, '', '', note.issued_by_id,
        invoice.patient_id, invoice.number, invoice.id, NULL
    FROM billing_creditnote note JOIN billing_invoice invoice ON invoice.id = note.invoice_id
    WHERE note.facility_id = %(facility)s AND note.issued_at >= %(begins)s AND note.issued_at < %(ends)s
"""


@dataclass
class Moved:
    """One line of the day book. Money that came is more than nothing, money that went is less."""

    what: str
    at: datetime
    id: UUID
    number: str
    amount: Decimal
    mode: str
    reference: str
    person_id: UUID
    patient_id: UUID
    bill: str
    invoice_id: UUID | None
    # Of a deposit, which has no bill: whose account it is.
    encounter_id: UUID | None
    person: User | None = None
    patient: Patient | None = None

    @property
    def what_label(self) -> Any:
        return WHAT[self.what]

    @property
    def mode_label(self) -> Any:
        return PaymentMode(self.mode).label if self.mode else ""

    @property
    def is_money(self) -> bool:
        """Whether drawer or bank has more or less by it: not a deposit drawn, not a bill cancelled."""
        return self.what != CANCELLED and self.mode != PaymentMode.DEPOSIT


def daybook(facility: Facility, day: date, *, first: int = 0, most: int = 100) -> list[Moved]:
    """So many lines of this day from `first` on, in the order in which they happened, with people's names."""
    page = f"SELECT * FROM ({BOOK}) AS book ORDER BY at, number, what OFFSET %(first)s LIMIT %(most)s"  # noqa: S608
    asked = _asked(facility, Days(day, day)) | {"first": first, "most": most}
    return _with_people([Moved(*row) for row in _rows(page, asked)])


def _with_people(lines: list[Moved]) -> list[Moved]:
    people = User.objects.in_bulk({one.person_id for one in lines})
    patients = Patient.objects.in_bulk({one.patient_id for one in lines})
    withhold_names(patients.values())
    for one in lines:
        one.person, one.patient = people.get(one.person_id), patients.get(one.patient_id)
    return lines


def daybook_count(facility: Facility, day: date) -> int:
    """How many lines this day has."""
    ((count,),) = _rows(f"SELECT count(*) FROM ({BOOK}) AS book", _asked(facility, Days(day, day)))  # noqa: S608
    return int(count)


def daybook_totals(facility: Facility, day: date) -> "Summed":
    """What the day's lines come to, by way of payment."""
    return collections(facility, Days(day, day))


def _asked(facility: Facility, days: Days) -> dict[str, Any]:
    begins, ends = days.moments
    return {"facility": facility.pk, "begins": begins, "ends": ends}


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


# ── Sums ──


@dataclass
class Line:
    """What came and what went under one head."""

    label: Any
    receipts: int = 0
    came: Decimal = NOTHING
    back: Decimal = NOTHING

    @property
    def net(self) -> Decimal:
        return self.came - self.back


@dataclass
class Summed:
    """What some days come to: by head of service, department, way of payment, cashier, day."""

    heads: list[Line] = field(default_factory=list)
    departments: list[Line] = field(default_factory=list)
    modes: list[Line] = field(default_factory=list)
    cashiers: list[Line] = field(default_factory=list)
    days: list[Line] = field(default_factory=list)
    total: Line = field(default_factory=lambda: Line(_("Total")))

    def parts(self) -> Iterator[tuple[Any, Sequence[Line]]]:
        """The tables of the report with their titles."""
        yield _("By head"), self.heads
        yield _("By department"), self.departments
        yield _("By way of payment"), self.modes
        yield _("By cashier"), self.cashiers
        yield _("By day"), self.days


# Money that came or went. What is drawn from a deposit came before; a credit note alone moves nothing.
MOVED = """
    moved AS (
        SELECT payment.id, payment.received_at AS at, payment.mode, payment.received_by_id AS person,
            payment.invoice_id, payment.deposit_id, NULL::uuid AS note_id, 1 AS receipts,
            payment.amount AS came, 0::numeric AS back
        FROM billing_payment payment
        WHERE payment.facility_id = %(facility)s AND payment.received_at >= %(begins)s
            AND payment.received_at < %(ends)s AND payment.mode <> 'deposit'
        UNION ALL
        SELECT refund.id, refund.paid_back_at, refund.mode, refund.paid_back_by_id, payment.invoice_id,
            payment.deposit_id, refund.credit_note_id, 0, 0, refund.amount
        FROM billing_refund refund JOIN billing_payment payment ON payment.id = refund.payment_id
        WHERE refund.facility_id = %(facility)s AND refund.paid_back_at >= %(begins)s
            AND refund.paid_back_at < %(ends)s AND refund.mode <> 'deposit'
        UNION ALL
        SELECT bounce.id, bounce.recorded_at, payment.mode, payment.received_by_id, payment.invoice_id,
            payment.deposit_id, NULL, 0, 0, payment.amount
        FROM billing_bounce bounce JOIN billing_payment payment ON payment.id = bounce.payment_id
        WHERE bounce.facility_id = %(facility)s AND bounce.recorded_at >= %(begins)s
            AND bounce.recorded_at < %(ends)s
    )
"""
SUMS = f"""
    WITH {MOVED}
    SELECT GROUPING(moved.mode, moved.person, encounter.department_id, day), moved.mode, moved.person,
        encounter.department_id, day, sum(receipts), sum(came), sum(back)
    FROM moved
    LEFT JOIN billing_invoice invoice ON invoice.id = moved.invoice_id
    LEFT JOIN billing_depositaccount deposit ON deposit.id = moved.deposit_id
    LEFT JOIN patients_encounter encounter
        ON encounter.id = COALESCE(invoice.encounter_id, deposit.encounter_id)
    CROSS JOIN LATERAL (SELECT (moved.at AT TIME ZONE %(zone)s)::date AS day) AS local
    GROUP BY GROUPING SETS ((moved.mode), (moved.person), (encounter.department_id), (day))
    ORDER BY 1, sum(came) DESC
"""  # noqa: S608
# A payment for a bill of several heads is parted by what each head asks for, to the paisa: what rounding
# leaves goes to the largest. A refund by a credit note follows the lines that the note takes back.
HEADS = f"""
    WITH {MOVED}, bills AS (
        SELECT moved.id, moved.receipts, moved.came, moved.back, moved.invoice_id,
            (SELECT note.note_id FROM (SELECT line.credit_note_id AS note_id FROM billing_creditnoteline line
                WHERE line.credit_note_id = moved.note_id LIMIT 1) AS note) AS note_id
        FROM moved WHERE moved.invoice_id IS NOT NULL
    ), asked AS (
        SELECT bills.id, item.kind, sum(line.amount) AS part
        FROM bills JOIN billing_invoiceline line ON line.invoice_id = bills.invoice_id
        JOIN billing_chargeitem item ON item.id = line.charge_item_id
        WHERE bills.note_id IS NULL GROUP BY bills.id, item.kind
        UNION ALL
        SELECT bills.id, item.kind, sum(credit.amount)
        FROM bills JOIN billing_creditnoteline credit ON credit.credit_note_id = bills.note_id
        JOIN billing_invoiceline line ON line.id = credit.invoice_line_id
        JOIN billing_chargeitem item ON item.id = line.charge_item_id
        GROUP BY bills.id, item.kind
    ), ranked AS (
        SELECT id, kind, part, sum(part) OVER whole AS all_parts,
            row_number() OVER (PARTITION BY id ORDER BY part DESC, kind) AS nth
        FROM asked WINDOW whole AS (PARTITION BY id)
    ), shared AS (
        SELECT bills.id, kind, nth, receipts, came, back,
            COALESCE(round(came * part / NULLIF(all_parts, 0), 2), 0) AS came_part,
            COALESCE(round(back * part / NULLIF(all_parts, 0), 2), 0) AS back_part
        FROM bills JOIN ranked USING (id)
    ), exact AS (
        SELECT kind, CASE WHEN nth = 1 THEN receipts ELSE 0 END AS receipts,
            came_part + CASE WHEN nth = 1 THEN came - sum(came_part) OVER mine ELSE 0 END AS came,
            back_part + CASE WHEN nth = 1 THEN back - sum(back_part) OVER mine ELSE 0 END AS back
        FROM shared WINDOW mine AS (PARTITION BY id)
    )
    SELECT kind, sum(receipts), sum(came), sum(back) FROM exact GROUP BY kind
    UNION ALL
    SELECT '', sum(receipts), sum(came), sum(back) FROM moved WHERE invoice_id IS NULL HAVING count(*) > 0
    ORDER BY 3 DESC
"""  # noqa: S608
# What GROUPING says of a row: the bit of each column that the row is not grouped by.
BY_MODE, BY_PERSON, BY_DEPARTMENT, BY_DAY = 0b0111, 0b1011, 0b1101, 0b1110


def collections(facility: Facility, days: Days) -> Summed:
    """What a hospital took and gave back on these days: four queries, however many receipts there are."""
    asked = _asked(facility, days) | {"zone": timezone.get_current_timezone_name()}
    rows = _rows(SUMS, asked)
    people = User.objects.in_bulk({person for _by, _mode, person, *_rest in rows if person})
    places = Department.objects.in_bulk({place for _by, _mode, _person, place, *_rest in rows if place})
    summed = Summed()
    for by, mode, person, place, day, *sums in rows:
        if by == BY_MODE:
            summed.modes.append(Line(PaymentMode(mode).label, *sums))
            summed.total = _plus(summed.total, sums)
        elif by == BY_PERSON:
            summed.cashiers.append(Line(people[person], *sums))
        elif by == BY_DEPARTMENT:
            summed.departments.append(Line(places.get(place, "—"), *sums))
        else:
            summed.days.append(Line(day, *sums))
    summed.days.sort(key=lambda one: one.label)
    summed.heads = [
        Line(ServiceKind(kind).label if kind else _("patients' deposits"), *sums)
        for kind, *sums in _rows(HEADS, asked)
    ]
    return summed


def _plus(total: Line, sums: Sequence[Any]) -> Line:
    receipts, came, back = sums
    return Line(total.label, total.receipts + receipts, total.came + came, total.back + back)
