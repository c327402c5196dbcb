"""What holds of all rows of money (manage.py verify)."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hmis.kernel.numbering import Series
from hmis.kernel.verifying import Fault, holds, rows_of

NUMBERED = """
    WITH given AS (
        SELECT facility_id, split_part({column}, '/', 2) AS series,
               split_part({column}, '/', 3)::int AS number
        FROM {table} WHERE {column} <> ''
    ), counted AS (
        SELECT facility_id, series || right(financial_year::text, 2) AS series,
               generate_series(1, last) AS number
        FROM kernel_numberseries WHERE series = %s
    )
    SELECT facility.code || '/' || series || '/' || lpad(number::text, 7, '0'), given.facility_id IS NULL
    FROM given FULL JOIN counted USING (facility_id, series, number)
    JOIN facilities_facility facility ON facility.id = facility_id
    WHERE given.facility_id IS NULL OR counted.facility_id IS NULL ORDER BY 1
"""


@holds("billing.numbers_have_no_gap", _("Receipts and bills are numbered without a gap."))
def number_faults() -> Iterator[Fault]:
    """Numbers that were given and have no paper, and papers whose number was never given."""
    tables = [
        ("billing_payment", "receipt_number", Series.RECEIPT),
        ("billing_invoice", "number", Series.INVOICE),
    ]
    for table, column, series in tables:
        for row, is_missing in rows_of(NUMBERED.format(table=table, column=column), [series]):
            if is_missing:
                yield Fault(_("The number %(row)s was given and is on nothing."), row=row)
            else:
                yield Fault(_("The number %(row)s was never given."), row=row)


UNLIKE_ITS_LINES = """
    SELECT invoice.number, invoice.total, sum(line.amount)
    FROM billing_invoice invoice LEFT JOIN billing_invoiceline line ON line.invoice_id = invoice.id
    GROUP BY invoice.id HAVING invoice.total <> COALESCE(sum(line.amount), 0)
"""
UNLIKE_ITS_CHARGE = """
    SELECT invoice.number, line.amount, item.gross - item.discount
    FROM billing_invoiceline line JOIN billing_chargeitem item ON item.id = line.charge_item_id
    JOIN billing_invoice invoice ON invoice.id = line.invoice_id
    WHERE line.amount <> item.gross - item.discount
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


OTHERWISE_PAID = """
    SELECT number, total, paid FROM (
        SELECT invoice.number, invoice.total, invoice.status, COALESCE(sum(payment.amount), 0) AS paid
        FROM billing_invoice invoice LEFT JOIN billing_payment payment ON payment.invoice_id = invoice.id
        GROUP BY invoice.id
    ) AS bill
    WHERE paid > total OR (status = 'paid') <> (paid = total AND status NOT IN ('draft', 'cancelled'))
        OR (status = 'part_paid') <> (paid > 0 AND paid < total)
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
UNPAID = """
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
    for (row,) in rows_of(UNPAID):
        yield Fault(_("Payment %(row)s stands in the audit and is gone."), row=row)
