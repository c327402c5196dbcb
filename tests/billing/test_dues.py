"""What is owed, and whether somebody may go home."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from billing import queries
from billing.models import Bounce, CreditNote, DepositAccount, Invoice, Payment, Refund
from billing.states import ClaimStatus, PaymentMode, RefundAuthority
from facilities.roles import Role
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_invoice
from tests.factories.facilities import make_person
from tests.factories.patients import make_encounter, make_patient
from tests.factories.tariffs import make_claim, make_payer


@pytest.fixture
def sonu(rims):
    """The billing supervisor of RIMS."""
    return make_person("Sonu", Role.BILLING_SUPERVISOR, rims)


_numbers = iter(range(1, 1000))


def paid(invoice, cashier, amount, mode=PaymentMode.CASH, **changes):
    details = {"reference": "" if mode == PaymentMode.CASH else "CHQ1", "invoice": invoice}
    return Payment.objects.create(
        facility=cashier.posting.facility,
        amount=Decimal(amount),
        mode=mode,
        receipt_number=f"T/{next(_numbers)}",
        received_by=cashier,
        received_at=NOON,
        **details | changes,
    )


def owed(invoice):
    return queries.with_owed(Invoice.objects.filter(pk=invoice.pk)).get().owed


def test_what_is_owed_is_the_bills_own_balance(invoice, dev):
    assert owed(invoice) == invoice.balance() == Decimal("1000.00")
    first = paid(invoice, dev, "300.00")
    cheque = paid(invoice, dev, "200.00", PaymentMode.CHEQUE)
    assert owed(invoice) == invoice.balance() == Decimal("500.00")

    note = CreditNote.objects.create(
        facility=invoice.facility,
        invoice=invoice,
        number="T/C1",
        amount=Decimal("50.00"),
        reason="x",
        reason_hi="x",
        issued_by=dev,
        issued_at=NOON,
    )
    Refund.objects.create(
        facility=invoice.facility,
        payment=first,
        credit_note=note,
        voucher_number="T/F1",
        amount=Decimal("100.00"),
        mode=PaymentMode.CASH,
        authority=RefundAuthority.APPROVED,
        reason="x",
        reason_hi="x",
        paid_back_by=dev,
        paid_back_at=NOON,
    )
    assert owed(invoice) == invoice.balance() == Decimal("550.00")
    Bounce.objects.create(
        facility=invoice.facility,
        payment=cheque,
        reason="no funds",
        bounced_on=NOON.date(),
        recorded_by=dev,
        recorded_at=NOON,
    )
    assert owed(invoice) == invoice.balance() == Decimal("750.00")


def test_dues_of_a_patient_are_the_unpaid_bills_the_oldest_first(encounter, kavita, dev, rims, sgml):
    late = make_invoice(encounter, kavita, "10.00", at=NOON)
    early = make_invoice(encounter, kavita, "20.00")
    make_invoice(encounter, kavita, "0.00")

    assert queries.dues_of(encounter.patient, rims) == [early, late]
    assert queries.dues_of(encounter.patient, sgml) == []


def test_patients_who_owe_stand_with_their_sums(encounter, kavita, rims, sgml, med):
    make_invoice(encounter, kavita, "10.00")
    make_invoice(encounter, kavita, "20.00")
    other = make_encounter(make_patient(rims, "Birsa", "बिरसा"), med)
    make_invoice(other, kavita, "99.00")

    rows = [(one["patient"], one["owed_sum"], one["bills"]) for one in queries.outstanding(rims)]
    assert rows == [(other.patient_id, 99, 1), (encounter.patient_id, 30, 2)]
    assert queries.outstanding_total(rims) == Decimal("129.00")
    assert list(queries.outstanding(sgml)) == []
    assert queries.outstanding_total(sgml) == 0


def test_the_pages_say_it(client, encounter, kavita, rims, sonu, asha):
    make_invoice(encounter, kavita, "1234.00")
    make_claim(encounter, kavita, make_payer(), "777.00")
    client.force_login(sonu)
    page = client.get(reverse("billing:due_list"))
    detail = client.get(reverse("billing:patient_due_detail", args=[asha.pk]))

    assert page.context["total"] == Decimal("1234.00")
    assert "777" in page.text
    assert detail.context["total"] == Decimal("1234.00")


def test_the_auditor_chooses_a_hospital(client, encounter, kavita, rims, sgml, asha):
    make_invoice(encounter, kavita, "1234.00")
    client.force_login(make_person("Prem", Role.AUDITOR, rims.district.state))
    path = reverse("billing:due_list")

    assert client.get(path, {"hospital": "RIMS"}).context["total"] == Decimal("1234.00")
    assert client.get(path, {"hospital": "SGML"}).context["total"] == 0
    assert client.get(reverse("billing:patient_due_detail", args=[asha.pk])).status_code == 200


def test_without_a_hospital_nothing_is_owed(client, db):
    from tests.factories.facilities import make_state

    client.force_login(make_person("Prem", Role.AUDITOR, make_state()))

    assert client.get(reverse("billing:due_list")).status_code == 404
    assert client.get(reverse("billing:patient_due_detail", args=[uuid4()])).status_code == 404


# ── May go home? ──


def test_who_owes_nothing_may_go(encounter):
    answer = queries.discharge_answer(encounter)

    assert answer.may_leave
    assert answer.sentence == "Everything is paid: the patient may go home."


def test_an_unpaid_bill_and_an_unbilled_charge_are_still_to_be_paid(encounter, invoice):
    make_charge(encounter, "250.00", discount=Decimal("50.00"))
    answer = queries.discharge_answer(encounter)

    assert (answer.owed, answer.unbilled, answer.may_leave) == (1000, 200, False)
    assert "₹1,200.00 is still to be paid" in answer.sentence


def test_a_free_charge_still_needs_its_bill(encounter):
    make_charge(encounter, "50.00", discount=Decimal("50.00"))
    answer = queries.discharge_answer(encounter)

    assert (answer.may_leave, answer.sentence) == (
        False,
        "The final bill is not made yet: ask the cashier for it.",
    )


@pytest.fixture
def deposit(encounter, dev):
    """₹1,500.00 paid in advance."""
    account = DepositAccount.objects.create(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        opened_by=dev,
        opened_at=NOON,
    )
    paid(None, dev, "1500.00", deposit=account)
    return account


def test_a_deposit_that_covers_it_has_to_be_drawn(encounter, invoice, deposit):
    answer = queries.discharge_answer(encounter)

    assert (answer.deposit, answer.may_leave) == (1500, False)
    assert "the cashier has to draw it" in answer.sentence


def test_what_is_left_of_a_deposit_goes_back(encounter, deposit):
    answer = queries.discharge_answer(encounter)

    assert answer.may_leave
    assert "₹1,500.00 of the deposit goes back" in answer.sentence


def test_a_scheme_that_has_not_decided_keeps_nobody(encounter, kavita):
    claim = make_claim(encounter, kavita, amount="400.00")
    answer = queries.discharge_answer(encounter)
    assert (answer.pending, answer.approved, answer.may_leave) == (400, 0, True)

    type(claim).objects.filter(pk=claim.pk).update(status=ClaimStatus.APPROVED, approved_amount=300)
    answer = queries.discharge_answer(encounter)
    assert (answer.pending, answer.approved) == (0, 300)
