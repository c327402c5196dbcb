"""What was billed, paid and taken back before there was a ledger is posted to it; credit notes name their lines."""

from django.db import migrations

LINES = """
    INSERT INTO billing_creditnoteline (id, origin_node, facility_id, credit_note_id, invoice_line_id, amount)
    SELECT uuidv7(), note.origin_node, note.facility_id, note.id, line.id, line.amount
    FROM billing_creditnote note JOIN billing_invoiceline line USING (invoice_id)
"""
# (debit, credit) of each way of payment; accounts as billing.states.Account numbers them.
ENTRIES = """
    INSERT INTO billing_ledgerentry
        (id, origin_node, facility_id, debit, credit, amount, about, about_id, exemption_id, posted_at)
    WITH sale AS (
        SELECT line.invoice_id, sum(item.gross - item.discount) AS asked
        FROM billing_invoiceline line JOIN billing_chargeitem item ON item.id = line.charge_item_id GROUP BY 1
    ), let_off AS (
        SELECT line.invoice_id, exemption.id, exemption.amount FROM billing_invoiceline line
        JOIN billing_exemption exemption USING (charge_item_id) WHERE exemption.amount > 0
    ), moved AS (
        SELECT origin_node, facility_id, 1110 AS debit, 4010 AS credit, asked AS amount,
            'billing.invoice' AS about, id AS about_id, NULL::uuid AS exemption_id, issued_at AS at
        FROM billing_invoice JOIN sale ON sale.invoice_id = id WHERE asked > 0
        UNION ALL
        SELECT origin_node, facility_id, 5010, 4010, amount, 'billing.invoice', billing_invoice.id,
            let_off.id, issued_at
        FROM billing_invoice JOIN let_off ON let_off.invoice_id = billing_invoice.id
        UNION ALL
        SELECT origin_node, facility_id, 4010, 1110, asked, 'billing.creditnote', id, NULL, issued_at
        FROM billing_creditnote JOIN sale USING (invoice_id) WHERE asked > 0
        UNION ALL
        SELECT origin_node, facility_id, 4010, 5010, let_off.amount, 'billing.creditnote',
            billing_creditnote.id, let_off.id, issued_at
        FROM billing_creditnote JOIN let_off USING (invoice_id)
        UNION ALL
        SELECT origin_node, facility_id, CASE mode WHEN 'cash' THEN 1010 WHEN 'upi' THEN 1050
            WHEN 'card' THEN 1040 ELSE 1060 END, 1110, amount, 'billing.payment', id, NULL, received_at
        FROM billing_payment
        UNION ALL
        SELECT origin_node, facility_id, 1110, CASE mode WHEN 'cash' THEN 1010 ELSE 1040 END, amount,
            'billing.refund', id, NULL, paid_back_at
        FROM billing_refund
    )
    SELECT uuidv7(), origin_node, facility_id, debit, credit, amount, about, about_id, exemption_id, at
    FROM moved
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_money_that_cannot_go_wrong")]
    # Backwards the tables themselves go: nothing has to be taken out of them before.
    operations = [
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RunSQL(ENTRIES, migrations.RunSQL.noop),
    ]
