"""What holds of all rows of money (manage.py verify)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from billing.queries.deposits import MOVED
from billing.states import Account
from facilities.queries import misnumbered
from hmis.kernel.numbering import Series
from hmis.kernel.verifying import Fault, holds, rows_of

SERIES = [
    ("billing_payment", "receipt_number", Series.RECEIPT),
    ("billing_payment", "receipt_number", Series.DEPOSIT),
    ("billing_invoice", "number", Series.INVOICE),
    ("billing_creditnote", "number", Series.CREDIT_NOTE),
    ("billing_refund", "voucher_number", Series.REFUND),
]


@holds(
    "billing.numbers_have_no_gap", _("Receipts, bills, credit notes and vouchers are numbered without a gap.")
)
def number_faults() -> Iterator[Fault]:
    """Numbers that were given and have no paper, and papers whose number was never given."""
    for table, column, series in SERIES:
        yield from misnumbered(table, column, series)


UNLIKE_ITS_LINES = """
    SELECT invoice.number, invoice.total, sum(line.amount)
    FROM billing_invoice invoice LEFT JOIN billing_invoiceline line ON line.invoice_id = invoice.id
    GROUP BY invoice.id HAVING invoice.total <> COALESCE(sum(line.amount), 0)
"""
UNLIKE_ITS_CHARGE = """
    SELECT invoice.number, line.amount, item.gross - item.discount + item.tax
    FROM billing_invoiceline line JOIN billing_chargeitem item ON item.id = line.charge_item_id
    JOIN billing_invoice invoice ON invoice.id = line.invoice_id
    WHERE line.amount <> item.gross - item.discount + item.tax
"""


@holds("billing.invoices_are_their_charges", _("Every bill is the sum of its charges."))
def invoice_faults() -> Iterator[Fault]:
    """Bills that are not the sum of their lines, and lines that are not their charge."""
    for row, total, lines in rows_of(UNLIKE_ITS_LINES):
        yield Fault(
            _("Bill %(row)s says %(total)s; its lines come to %(lines)s."), row=row, total=total, lines=lines
        )
    for row, line, charge in rows_of(UNLIKE_ITS_CHARGE):
        yield Fault(
            _("A line of bill %(row)s says %(line)s; its charge is %(charge)s."),
            row=row,
            line=line,
            charge=charge,
        )


# What holds of a bill once its lines that were taken back, its bounces and its refunds are counted.
OTHERWISE_PAID = """
    SELECT number, asked, paid FROM (
        SELECT number, status, total - COALESCE(credit.sum, 0) AS asked,
            COALESCE(came.sum, 0) - COALESCE(back.sum, 0) AS paid,
            COALESCE(credit.lines, 0) = line.count AS is_taken_back
        FROM billing_invoice invoice
        JOIN (SELECT invoice_id, count(*) FROM billing_invoiceline GROUP BY 1) line
            ON line.invoice_id = invoice.id
        LEFT JOIN (
            SELECT note.invoice_id, sum(line.amount), count(*) AS lines FROM billing_creditnoteline line
            JOIN billing_creditnote note ON note.id = line.credit_note_id GROUP BY 1) credit
            ON credit.invoice_id = invoice.id
        LEFT JOIN (SELECT invoice_id, sum(amount) FROM billing_payment payment WHERE NOT EXISTS (
                SELECT FROM billing_bounce WHERE payment_id = payment.id) GROUP BY 1) came
            ON came.invoice_id = invoice.id
        LEFT JOIN (SELECT payment.invoice_id, sum(refund.amount) FROM billing_refund refund
            JOIN billing_payment payment ON payment.id = refund.payment_id GROUP BY 1) back
            ON back.invoice_id = invoice.id
    ) AS bill
    WHERE paid < 0 OR status = 'draft' OR (status = 'cancelled') <> is_taken_back
        OR (status = 'paid') <> (paid >= asked AND NOT is_taken_back)
        OR (status = 'part_paid') <> (paid > 0 AND paid < asked)
"""


@holds(
    "billing.payments_fit_their_bills", _("Nothing is paid twice, and every bill says how far it is paid.")
)
def balance_faults() -> Iterator[Fault]:
    """Bills that were paid otherwise than they say."""
    for row, total, paid in rows_of(OTHERWISE_PAID):
        yield Fault(
            _("Bill %(row)s of %(total)s does not say that %(paid)s is paid."),
            row=row,
            total=total,
            paid=paid,
        )


UNTOLD = """
    SELECT payment.receipt_number, payment.amount FROM billing_payment payment WHERE NOT EXISTS (
        SELECT FROM kernel_auditentry entry
        WHERE entry.name = 'billing.payment_taken' AND entry.about_id = payment.id
            AND entry.detail->>'amount' = payment.amount::text AND entry.detail->>'mode' = payment.mode
            AND entry.actor_id = payment.received_by_id AND entry.at = payment.received_at)
"""
GONE = """
    SELECT entry.about_id FROM kernel_auditentry entry
    WHERE entry.name = 'billing.payment_taken'
        AND NOT EXISTS (SELECT FROM billing_payment payment WHERE payment.id = entry.about_id)
"""


@holds("billing.payments_stand_in_the_audit", _("Every payment is what the audit says of it."))
def told_faults() -> Iterator[Fault]:
    """Payments that the audit, which is under seal, does not know like this, and those that are gone."""
    for row, amount in rows_of(UNTOLD):
        yield Fault(
            _("The audit does not know receipt %(row)s of %(amount)s like this."), row=row, amount=amount
        )
    for (row,) in rows_of(GONE):
        yield Fault(_("Payment %(row)s stands in the audit and is gone."), row=row)


# ── The ledger ──

# What each document should have moved, as (document, id, number, account's side, ₹), against what it has.
LEDGER = """
    WITH should AS (
        SELECT 'billing.invoice' AS about, invoice.id, invoice.number AS named,
            (SELECT sum(item.gross + item.tax) FROM billing_invoiceline line
             JOIN billing_chargeitem item ON item.id = line.charge_item_id
             WHERE line.invoice_id = invoice.id) AS amount
        FROM billing_invoice invoice
        UNION ALL
        SELECT 'billing.creditnote', note.id, note.number,
            (SELECT sum(item.gross + item.tax) FROM billing_creditnoteline taken
             JOIN billing_invoiceline line ON line.id = taken.invoice_line_id
             JOIN billing_chargeitem item ON item.id = line.charge_item_id
             WHERE taken.credit_note_id = note.id)
        FROM billing_creditnote note
        UNION ALL SELECT 'billing.payment', id, receipt_number, amount FROM billing_payment
        UNION ALL SELECT 'billing.refund', id, voucher_number, amount FROM billing_refund
        UNION ALL
        SELECT 'billing.bounce', bounce.id, payment.receipt_number, payment.amount
        FROM billing_bounce bounce JOIN billing_payment payment ON payment.id = bounce.payment_id
        UNION ALL
        SELECT 'billing.clearance', clearance.id, payment.receipt_number, payment.amount
        FROM billing_clearance clearance JOIN billing_payment payment ON payment.id = clearance.payment_id
    ), moved AS (
        SELECT about, about_id AS id, sum(amount) AS amount FROM billing_ledgerentry
        WHERE about IN ('billing.invoice', 'billing.creditnote', 'billing.payment', 'billing.refund',
            'billing.bounce', 'billing.clearance')
        GROUP BY 1, 2
    )
    SELECT COALESCE(named, id::text), COALESCE(should.amount, 0), COALESCE(moved.amount, 0)
    FROM should FULL JOIN moved USING (about, id)
    WHERE COALESCE(should.amount, 0) <> COALESCE(moved.amount, 0) ORDER BY 1
"""


@holds(
    "billing.ledger_has_every_document", _("Every bill, payment, refund and credit note is on the ledger.")
)
def ledger_faults() -> Iterator[Fault]:
    """Documents that the ledger does not have with their amount, and entries of no document."""
    for row, amount, moved in rows_of(LEDGER):
        yield Fault(
            _("%(row)s of %(amount)s stands on the ledger with %(moved)s."),
            row=row,
            amount=amount,
            moved=moved,
        )


# Each account says what the documents say: (account, what it should hold, what it holds) by hospital.
OWED = """
    WITH entry AS (
        SELECT facility_id, debit AS account, amount FROM billing_ledgerentry
        UNION ALL SELECT facility_id, credit, -amount FROM billing_ledgerentry
    ), held AS (SELECT facility_id, account, sum(amount) AS sum FROM entry GROUP BY 1, 2),
    paid AS (
        SELECT payment.*, EXISTS (SELECT FROM billing_bounce WHERE payment_id = payment.id) AS bounced,
            COALESCE((SELECT sum(amount) FROM billing_refund WHERE payment_id = payment.id), 0) AS back
        FROM billing_payment payment
    ), should AS (
        SELECT facility_id, 1110 AS account, sum(asked) AS sum FROM (
            SELECT facility_id, total AS asked FROM billing_invoice
            UNION ALL SELECT facility_id, -amount FROM billing_creditnote
            UNION ALL SELECT facility_id, back - CASE WHEN bounced THEN 0 ELSE amount END
            FROM paid WHERE invoice_id IS NOT NULL) AS owed GROUP BY 1
        UNION ALL
        SELECT facility_id, 2010, -sum(amount) FROM (
            SELECT facility_id, CASE WHEN bounced THEN 0 ELSE amount END - back AS amount
            FROM paid WHERE deposit_id IS NOT NULL
            UNION ALL SELECT facility_id, back - amount FROM paid WHERE drawn_from_id IS NOT NULL
        ) AS deposited GROUP BY 1
        UNION ALL
        SELECT facility_id, 1010, sum(amount) FROM (
            SELECT facility_id, opening_float AS amount FROM billing_shift
            WHERE status = 'open' AND taken_over_from_id IS NULL
            UNION ALL
            SELECT facility_id, left_in_drawer FROM billing_shift shift WHERE status <> 'open'
                AND NOT EXISTS (SELECT FROM billing_shift later WHERE later.taken_over_from_id = shift.id
                    AND later.status <> 'open')
            UNION ALL
            SELECT payment.facility_id, payment.amount FROM billing_payment payment
            LEFT JOIN billing_shift shift ON shift.id = payment.shift_id
            WHERE payment.mode = 'cash' AND COALESCE(shift.status, 'open') = 'open'
            UNION ALL
            SELECT refund.facility_id, -refund.amount FROM billing_refund refund
            LEFT JOIN billing_shift shift ON shift.id = refund.shift_id
            WHERE refund.mode = 'cash' AND COALESCE(shift.status, 'open') = 'open'
        ) AS cash GROUP BY 1
        UNION ALL
        SELECT facility_id, 1120, sum(amount) FROM billing_claim WHERE status <> 'settled' GROUP BY 1
    )
    SELECT facility.code, account, COALESCE(should.sum, 0), COALESCE(held.sum, 0)
    FROM should FULL JOIN (SELECT * FROM held WHERE account IN (1110, 1120, 2010, 1010)) held
        USING (facility_id, account)
    JOIN facilities_facility facility ON facility.id = facility_id
    WHERE COALESCE(should.sum, 0) <> COALESCE(held.sum, 0) ORDER BY 1, 2
"""


@holds(
    "billing.accounts_say_what_the_papers_say",
    _("What patients and schemes owe, deposits and the cash in drawers are on the ledger as on the papers."),
)
def account_faults() -> Iterator[Fault]:
    """Accounts that hold something else than the papers."""
    for row, account, should, held in rows_of(OWED):
        yield Fault(
            _("%(row)s: %(account)s should be %(should)s and is %(held)s."),
            row=row,
            account=Account(account).label,
            should=should,
            held=held,
        )


OVERDRAWN = f"""
    SELECT patient.uhid, sum(moved.amount) FROM billing_depositaccount account
    JOIN patients_patient patient ON patient.id = account.patient_id
    JOIN ({MOVED}) moved ON moved.id = account.id
    GROUP BY account.id, patient.uhid HAVING sum(moved.amount) < 0
"""  # noqa: S608
PAID_BACK_TWICE = """
    SELECT payment.receipt_number, payment.amount, sum(refund.amount) FROM billing_refund refund
    JOIN billing_payment payment ON payment.id = refund.payment_id
    GROUP BY payment.id HAVING sum(refund.amount) > payment.amount
"""


@holds(
    "billing.nothing_goes_back_twice", _("No deposit is below zero, and nothing more goes back than came.")
)
def refund_faults() -> Iterator[Fault]:
    """Deposits below zero, and payments of which more was paid back than they were."""
    for row, balance in rows_of(OVERDRAWN):
        yield Fault(_("The deposit of %(row)s is %(balance)s."), row=row, balance=balance)
    for row, amount, back in rows_of(PAID_BACK_TWICE):
        yield Fault(
            _("Of receipt %(row)s of %(amount)s, %(back)s was paid back."), row=row, amount=amount, back=back
        )


MISCOUNTED = """
    SELECT facility.code || ' ' || to_char(shift.closed_at AT TIME ZONE 'Asia/Kolkata', 'DD-MM-YYYY HH24:MI'),
        shift.expected, shift.opening_float
        + COALESCE((SELECT sum(amount) FROM billing_payment WHERE shift_id = shift.id AND mode = 'cash'), 0)
        - COALESCE((SELECT sum(amount) FROM billing_refund WHERE shift_id = shift.id AND mode = 'cash'), 0)
    FROM billing_shift shift JOIN facilities_facility facility ON facility.id = shift.facility_id
    WHERE shift.status <> 'open'
"""
UNHELD = """
    SELECT receipt_number FROM billing_payment WHERE mode = 'cash' AND shift_id IS NULL
        AND received_at > (SELECT min(opened_at) FROM billing_shift)
"""


@holds("billing.shifts_are_their_payments", _("Every closed shift was closed over its own payments."))
def shift_faults() -> Iterator[Fault]:
    """Shifts that were closed over another sum than their payments, and cash that is in no shift."""
    for row, expected, held in rows_of(MISCOUNTED):
        if expected != held:
            yield Fault(
                _("The shift closed at %(row)s should have held %(held)s, not %(expected)s."),
                row=row,
                held=held,
                expected=expected,
            )
    for (row,) in rows_of(UNHELD):
        yield Fault(_("The cash of receipt %(row)s is in no shift."), row=row)


PAID_AT_TWO = """
    SELECT payment.reference, string_agg(DISTINCT facility.code, ', ' ORDER BY facility.code)
    FROM billing_payment payment JOIN facilities_facility facility ON facility.id = payment.facility_id
    WHERE payment.mode = 'upi'
    GROUP BY payment.reference HAVING count(DISTINCT payment.facility_id) > 1 ORDER BY 1
"""


@holds("billing.utr_is_one_hospitals", _("No UTR was taken at two hospitals."), at_night=True)
def utr_faults() -> Iterator[Fault]:
    """What two hospitals took for the same UTR: told where both are seen, by the state."""
    for row, hospitals in rows_of(PAID_AT_TWO):
        yield Fault(_("UTR %(row)s was taken at %(hospitals)s."), row=row, hospitals=hospitals)
