"""What holds of all money: each row that breaks a rule is named, and nothing else is."""

from uuid import uuid4

import pgtrigger
import pytest
from django.db import connection
from django.utils import timezone

from billing import queries
from billing.models import Shift
from billing.states import PaymentMode
from hmis.kernel import pdf, verifying
from hmis.kernel.models import IssuedDocument
from tests.billing.test_refunds import approve, ask, deposit, give
from tests.billing.test_take_payment import UTR, pay
from tests.factories.billing import make_invoice
from tests.factories.patients import make_encounter, make_patient
from tests.factories.shifts import end, receive


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


def test_a_utr_that_two_hospitals_took_is_told(invoice, dev, med, sgml_med, rims, farid, gopal):
    theirs = make_invoice(make_encounter(make_patient(rims), sgml_med), gopal)
    pay(invoice, dev, "1.00", mode=PaymentMode.UPI, reference="412345678902")
    pay(invoice, dev, "1.00", mode=PaymentMode.UPI, reference=UTR)
    assert not list(queries.utr_faults())

    pay(theirs, farid, "1.00", mode=PaymentMode.UPI, reference=UTR)

    assert [str(one) for one in queries.utr_faults()] == [f"UTR {UTR} was taken at RIMS, SGML."]


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


# ── The ledger, deposits and drawers ──


def wrong(rule):
    """What this rule finds."""
    (question,) = [one for one in verifying.rules() if one.name == rule]
    return [str(fault) for fault in question.faults()]


def test_what_the_ledger_lacks_or_has_too_much_is_named(paid, invoice):
    assert wrong("billing.ledger_has_every_document") == []
    tamper("UPDATE billing_ledgerentry SET amount = 3 WHERE about_id = %s", paid[0].pk)
    tamper("DELETE FROM billing_ledgerentry WHERE about_id = %s", invoice.pk)
    stray = uuid4()
    tamper("UPDATE billing_ledgerentry SET about_id = %s WHERE about_id = %s", stray, paid[1].pk)

    assert sorted(wrong("billing.ledger_has_every_document")) == sorted(
        [
            f"{invoice} of 1000.00 stands on the ledger with 0.",
            "RIMS/R26/0000001 of 400.00 stands on the ledger with 3.00.",
            "RIMS/R26/0000002 of 600.00 stands on the ledger with 0.",
            f"{stray} of 0 stands on the ledger with 600.00.",
        ]
    )


def test_an_account_that_says_otherwise_than_the_papers_is_named(paid):
    rule = "billing.accounts_say_what_the_papers_say"
    assert wrong(rule) == []
    tamper("UPDATE billing_ledgerentry SET amount = amount - 0.01 WHERE about_id = %s", paid[0].pk)

    cash = ["RIMS: cash at the counters should be 3001.00 and is 3000.99."]
    assert wrong(rule) == [*cash, "RIMS: owed by patients should be 1999.00 and is 1999.01."]


def test_a_deposit_below_zero_and_too_much_paid_back_are_named(encounter, dev, kavita, poonam):
    payment = deposit(encounter, dev, "500.00")
    asked = ask(kavita, deposit=payment.deposit)
    approve(asked, poonam)
    (refund,) = give(asked, dev)
    assert wrong("billing.nothing_goes_back_twice") == []
    tamper("UPDATE billing_refund SET amount = 500.01 WHERE id = %s", refund.pk)

    assert wrong("billing.nothing_goes_back_twice") == [
        f"The deposit of {encounter.patient.uhid} is -0.01.",
        f"Of receipt {payment} of 500.00, 500.01 was paid back.",
    ]


def test_a_shift_closed_over_another_sum_and_cash_in_no_shift_are_named(shift, mohan, encounter):
    payment = receive(encounter, mohan, "40.00")
    end(shift)
    assert wrong("billing.shifts_are_their_payments") == []
    tamper("UPDATE billing_payment SET shift_id = NULL WHERE id = %s", payment.pk)

    closed = f"{timezone.localtime(Shift.objects.get().closed_at):%d-%m-%Y %H:%M}"
    assert wrong("billing.shifts_are_their_payments") == [
        f"The shift closed at RIMS {closed} should have held 500.00, not 540.00.",
        f"The cash of receipt {payment} is in no shift.",
    ]
