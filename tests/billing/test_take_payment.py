"""Money for an invoice: never more than is owed, never twice, never lost."""

from collections import Counter
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db.models import Sum

from billing.models import Payment
from billing.services import take_payment
from billing.states import InvoiceStatus, PaymentMode
from hmis.kernel import facts
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, Delivery, IssuedDocument, NumberSeries, RequestKey
from tests.conftest import NOON
from tests.factories.billing import make_invoice
from tests.factories.cases import walked
from tests.factories.facilities import make_cashier, make_department
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

UTR = "412345678901"


def pay(invoice, cashier, amount, **changes):
    details = {"mode": PaymentMode.CASH, "request_key": uuid4(), "actor": cashier, "at": NOON}
    return take_payment(invoice=invoice, amount=Decimal(amount), **details | changes)


def test_part_payment_leaves_the_rest_owed(invoice, dev):
    payment = pay(invoice, dev, "400.00")

    invoice.refresh_from_db()
    assert payment.receipt_number == "RIMS/R26/0000001"
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PART_PAID, Decimal("600.00"))
    assert payment.facility_id == invoice.facility_id


def test_the_last_rupee_pays_the_invoice(invoice, dev):
    pay(invoice, dev, "400.00")
    pay(invoice, dev, "600.00")

    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PAID, Decimal("0.00"))


def test_a_second_part_leaves_the_invoice_part_paid(invoice, dev):
    numbers = [pay(invoice, dev, "100.00").receipt_number for _ in range(3)]

    assert numbers == [f"RIMS/R26/000000{n}" for n in (1, 2, 3)]
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid()) == (InvoiceStatus.PART_PAID, Decimal("300.00"))


def test_more_than_is_owed_is_refused_and_leaves_no_trace(invoice, dev):
    with pytest.raises(Refusal, match=r"Only ₹1,000\.00 is owed on RIMS/B26/"):
        pay(invoice, dev, "1000.01")

    for model in Payment, AuditEntry, RequestKey, IssuedDocument:
        assert not model.objects.exists()
    assert not NumberSeries.objects.filter(series="R").exists()


def test_a_paid_invoice_takes_no_more(invoice, dev):
    pay(invoice, dev, "1000.00")

    with pytest.raises(Refusal, match=r"Nothing is owed on RIMS/B26/"):
        pay(invoice, dev, "0.01")


@walked("amount", ["0.00", "-5.00", "0.004"])
def test_nothing_or_less_is_refused(invoice, dev, amount):
    with pytest.raises(Refusal, match="more than nothing"):
        pay(invoice, dev, amount)

    assert not Payment.objects.exists()


def test_a_float_is_never_money(invoice, dev):
    with pytest.raises(TypeError, match="never a float"):
        take_payment(invoice=invoice, amount=5.0, mode="cash", request_key=uuid4(), actor=dev, at=NOON)


def test_the_same_key_again_is_answered_with_the_same_payment(invoice, dev):
    key = uuid4()

    assert pay(invoice, dev, "400.00", request_key=key) == pay(invoice, dev, "400", request_key=key)
    assert invoice.balance() == Decimal("600.00")


def test_the_same_key_with_another_amount_is_refused(invoice, dev):
    key = uuid4()
    pay(invoice, dev, "400.00", request_key=key)

    with pytest.raises(KeyReused, match="already sent"):
        pay(invoice, dev, "500.00", request_key=key)
    assert invoice.balance() == Decimal("600.00")


def test_a_refused_key_may_be_sent_again_put_right(invoice, dev):
    key = uuid4()
    with pytest.raises(Refusal, match="is owed"):
        pay(invoice, dev, "4000.00", request_key=key)

    assert pay(invoice, dev, "400.00", request_key=key).amount == Decimal("400.00")


@walked(
    ("mode", "reference"),
    [
        (PaymentMode.UPI, ""),
        (PaymentMode.UPI, "41234567890"),
        (PaymentMode.UPI, "4123456789012"),
        (PaymentMode.UPI, "41234567890A"),
        (PaymentMode.UPI, "४१२३४५६७८९०१"),
        (PaymentMode.CARD, ""),
        (PaymentMode.CASH, UTR),
    ],
)
def test_a_reference_must_fit_its_mode(invoice, dev, mode, reference):
    with pytest.raises(Refusal, match="UPI needs its 12-digit UTR"):
        pay(invoice, dev, "400.00", mode=mode, reference=reference)

    assert invoice.balance() == Decimal("1000.00")


@walked("mode", [PaymentMode.CHEQUE, PaymentMode.DD])
@walked("reference", ["", "12", "00012", "0001234", "A00123", "०००१२३", "000123\n"])
def test_a_cheque_and_a_draft_have_six_digits(invoice, encounter, dev, mode, reference):
    with pytest.raises(Refusal, match="has six digits") as refused:
        pay(invoice, dev, "400.00", mode=mode, reference=reference)
    assert refused.value.field == "reference"
    assert invoice.balance() == Decimal("1000.00")


@pytest.mark.parametrize(
    ("mode", "reference"), [("upi", UTR), ("card", "A-77"), ("dd", "000123"), ("cheque", "000124")]
)
def test_a_fitting_reference_stands_on_the_receipt(invoice, dev, mode, reference):
    payment = pay(invoice, dev, "400.00", mode=PaymentMode(mode), reference=reference)

    paper = IssuedDocument.objects.get(about_id=payment.pk)
    assert (paper.number, paper.context["reference"]) == (payment.receipt_number, reference)
    assert (paper.context["received"], paper.context["still_owed"]) == ("400.00", "600.00")


def test_one_utr_pays_once_at_a_hospital(invoice, dev):
    pay(invoice, dev, "400.00", mode=PaymentMode.UPI, reference=UTR)

    with pytest.raises(Refusal, match="This UTR already has a receipt"):
        pay(invoice, dev, "100.00", mode=PaymentMode.UPI, reference=UTR)
    assert invoice.balance() == Decimal("600.00")


def test_card_slips_may_repeat(invoice, dev):
    for _ in range(2):
        pay(invoice, dev, "100.00", mode=PaymentMode.CARD, reference="000001")

    assert invoice.balance() == Decimal("800.00")


def test_the_payment_is_a_fact_without_a_name(invoice, dev):
    payment = pay(invoice, dev, "400.00")

    fact = AuditEntry.objects.get()
    assert (fact.name, fact.about, fact.about_id) == ("billing.payment_taken", "billing.payment", payment.pk)
    assert (fact.actor, fact.facility_id, fact.patient_id) == (dev, invoice.facility_id, invoice.patient_id)
    assert fact.detail == {"amount": "400.00", "mode": "cash"}


def test_a_payment_after_indian_midnight_of_march_is_of_the_new_year(invoice, dev):
    before = pay(invoice, dev, "1.00", at=NOON.replace(2027, 3, 31, 23, 59))
    after = pay(invoice, dev, "1.00", at=NOON.replace(2027, 4, 1, 0, 0))

    assert (before.receipt_number, after.receipt_number) == ("RIMS/R26/0000001", "RIMS/R27/0000001")


def test_each_hospital_counts_its_own_receipts(invoice, dev, sgml, farid):
    theirs = make_patient(sgml, name="Sita Oraon")
    bill = make_invoice(make_encounter(theirs, make_department(sgml)), farid)

    assert pay(invoice, dev, "1.00").receipt_number == "RIMS/R26/0000001"
    assert pay(bill, farid, "1.00").receipt_number == "SGML/R26/0000001"


@pytest.mark.django_db(transaction=True)
def test_twenty_counters_collect_what_is_billed_and_no_more(rims, invoice):
    cashiers = [make_cashier(f"c{n}", rims) for n in range(20)]

    outcomes = all_at_once([partial(pay, invoice, cashier, "250.00") for cashier in cashiers])

    assert Counter(map(type, outcomes)) == {Payment: 4, Refusal: 16}
    assert Payment.objects.aggregate(collected=Sum("amount"))["collected"] == invoice.total
    assert NumberSeries.objects.get(series="R").last == 4


@pytest.mark.django_db(transaction=True)
def test_the_same_click_twenty_times_is_one_payment(invoice, dev):
    outcomes = all_at_once([partial(pay, invoice, dev, "300.00", request_key=uuid4())] * 20)

    assert len(outcomes) == 20
    assert set(outcomes) == {Payment.objects.get()}
    assert AuditEntry.objects.count() == IssuedDocument.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_counters_that_type_one_utr_give_one_receipt(rims, invoice):
    cashiers = [make_cashier(f"c{n}", rims) for n in range(10)]
    upi = {"mode": PaymentMode.UPI, "reference": UTR}

    outcomes = all_at_once([partial(pay, invoice, cashier, "50.00", **upi) for cashier in cashiers])

    assert Counter(map(type, outcomes)) == {Payment: 1, Refusal: 9}
    assert NumberSeries.objects.get(series="R").last == 1


@pytest.mark.django_db(transaction=True)
def test_a_hanging_broker_delays_nobody_and_loses_nothing(invoice, dev, heard, hanging_broker, rings):
    payments = [pay(invoice, dev, "1.00") for _ in range(3)]

    assert len(rings) == 1
    assert sum(rings) < 0.8  # left to itself, a hanging broker takes 15 s
    hanging_broker.accept()[0].close()  # it was rung
    assert heard == []
    facts.sweep()
    assert heard == [payment.pk for payment in payments]


@pytest.mark.django_db(transaction=True)
def test_an_absent_broker_delays_nobody_and_loses_nothing(invoice, dev, heard, absent_broker, rings):
    payments = [pay(invoice, dev, "1.00") for _ in range(3)]

    assert len(rings) == 1
    assert sum(rings) < 0.8  # left to itself, a hanging broker takes 15 s
    assert Delivery.objects.count() == 3
    facts.sweep()
    assert heard == [payment.pk for payment in payments]
