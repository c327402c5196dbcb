"""What holds of all money: each row that breaks a rule is named, and nothing else is."""

import pgtrigger
import pytest
from django.db import connection

from billing import queries
from hmis.kernel import pdf
from hmis.kernel.models import IssuedDocument
from tests.billing.test_take_payment import pay
from tests.factories.billing import make_invoice


@pytest.fixture
def paid(invoice, encounter, kavita, dev):
    """One bill paid in two parts, one half paid, one not at all."""
    payments = [pay(invoice, dev, "400.00"), pay(invoice, dev, "600.00")]
    payments.append(pay(make_invoice(encounter, kavita), dev, "1.00"))
    make_invoice(encounter, kavita)
    assert found() == []
    return payments


def found():
    rules = (
        queries.number_faults,
        queries.invoice_faults,
        queries.balance_faults,
        queries.told_faults,
        pdf.paper_faults,
    )
    return [str(fault) for rule in rules for fault in rule()]


def tamper(statement, *values):
    with pgtrigger.ignore(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


def test_a_receipt_that_is_gone_leaves_a_gap(paid, invoice):
    tamper("UPDATE billing_payment SET receipt_number = 'RIMS/R26/0000009' WHERE id = %s", paid[1].pk)

    assert found() == [
        "The number RIMS/R26/0000002 was given and is on nothing.",
        "The number RIMS/R26/0000009 was never given.",
    ]


def test_a_payment_that_was_removed_is_missed_by_numbers_bill_and_audit(paid, invoice):
    tamper("DELETE FROM billing_payment WHERE id = %s", paid[1].pk)

    assert found() == [
        "The number RIMS/R26/0000002 was given and is on nothing.",
        f"Bill {invoice} of 1000.00 does not say that 400.00 is paid.",
        f"Payment {paid[1].pk} stands in the audit and is gone.",
    ]


def test_a_payment_that_was_made_smaller_is_missed_by_bill_and_audit(paid, invoice):
    tamper("UPDATE billing_payment SET amount = 500 WHERE id = %s", paid[1].pk)

    assert found() == [
        f"Bill {invoice} of 1000.00 does not say that 900.00 is paid.",
        "The audit does not know receipt RIMS/R26/0000002 of 500.00 like this.",
    ]


@pytest.mark.parametrize("change", ["mode = 'card', reference = '7'", "received_at = now()"])
def test_a_payment_that_was_changed_is_not_what_the_audit_says(paid, change):
    tamper(f"UPDATE billing_payment SET {change} WHERE id = %s", paid[0].pk)

    assert found() == ["The audit does not know receipt RIMS/R26/0000001 of 400.00 like this."]


def test_a_bill_is_the_sum_of_its_lines_and_they_of_their_charges(paid, invoice):
    tamper("UPDATE billing_invoiceline SET amount = 900 WHERE invoice_id = %s", invoice.pk)

    assert found() == [
        f"Bill {invoice} says 1000.00; its lines come to 900.00.",
        f"A line of bill {invoice} says 900.00; its charge is 1000.00.",
    ]


def test_a_bill_that_was_paid_twice_or_says_otherwise_is_named(paid, invoice):
    tamper("UPDATE billing_invoice SET total = 900 WHERE id = %s", invoice.pk)
    assert f"Bill {invoice} says 900.00; its lines come to 1000.00." in found()

    tamper("UPDATE billing_invoice SET total = 1000, status = 'issued' WHERE id = %s", invoice.pk)
    assert found() == [f"Bill {invoice} of 1000.00 does not say that 1000.00 is paid."]


def test_a_paper_with_other_bytes_is_named(paid, dev, client):
    paper = IssuedDocument.objects.get(about_id=paid[0].pk)
    client.force_login(dev)
    client.get(f"/papers/{paper.pk}/")
    assert found() == []

    tamper("UPDATE kernel_issueddocument SET pdf = 'forged' WHERE id = %s", paper.pk)
    assert found() == [f"The bytes of paper {paper.pk} are not those that were kept."]
    forged = "UPDATE kernel_issueddocument SET sha256 = encode(sha256(pdf), 'hex') WHERE id = %s"
    tamper(forged, paper.pk)
    assert found() == [f"Paper {paper.pk} was printed with other bytes than are kept now."]
