"""The cashier's pages: a payment prints its receipt, and what is refused says so at its field."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from billing.services import Offer, take_deposit
from billing.states import PaymentMode


@pytest.fixture
def cashier(client, dev):
    client.force_login(dev)
    return client


def pay(cashier, invoice, **changes):
    sent = {"amount": invoice.total, "mode": "cash", "reference": "", "request_key": uuid4()}
    return cashier.post(reverse("billing:payment_new", args=[invoice.pk]), sent | changes)


def test_a_payment_leads_to_the_bill_which_prints_its_receipt_once(cashier, invoice):
    answer = pay(cashier, invoice)
    payment = Payment.objects.get()

    assert answer.status_code == 303
    bill = cashier.get(answer["Location"])
    assert bill.context["fresh"] == payment
    assert reverse("paper_detail", args=[bill.context["fresh"].paper.pk]) in bill.text
    assert "data-print-url" in bill.text
    assert "data-print-url" not in cashier.get(reverse("billing:invoice_detail", args=[invoice.pk])).text


def test_more_than_is_owed_is_refused_at_the_amount(cashier, invoice):
    answer = pay(cashier, invoice, amount="99999.00")

    assert answer.status_code == 422
    assert "is owed on" in str(answer.context["form"].errors["amount"])
    assert not Payment.objects.exists()


def test_a_made_up_payment_prints_nothing(cashier, invoice):
    page = cashier.get(reverse("billing:invoice_detail", args=[invoice.pk]), {"taken": uuid4()})

    assert (page.status_code, page.context["fresh"]) == (200, None)


def test_more_cash_than_is_paid_says_what_to_give_back(cashier, invoice):
    answer = pay(cashier, invoice, tendered="1500.00")

    assert "Give back ₹500.00" in cashier.get(answer["Location"]).text


def test_a_bill_is_paid_in_two_ways_on_one_page(cashier, invoice):
    pay(cashier, invoice, amount="400.00", second_amount="600.00", second_mode="card", second_reference="S-7")

    paid = Payment.objects.order_by("amount").values_list("mode", "amount")
    assert list(paid) == [("cash", Decimal("400.00")), ("card", Decimal("600.00"))]


def test_a_deposit_is_offered_where_there_is_one(cashier, invoice, dev):
    offer = Offer(PaymentMode.CASH, amount=Decimal("700.00"))
    take_deposit(encounter=invoice.encounter, offer=offer, request_key=uuid4(), actor=dev, at=timezone.now())
    pay(cashier, invoice, amount="700.00", mode="deposit")

    assert invoice.payments.get().drawn_from.balance() == 0
