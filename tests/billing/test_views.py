"""The cashier's pages: a payment prints its receipt, and what is refused says so at its field."""

from uuid import uuid4

import pytest
from django.urls import reverse

from billing.models import Payment


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
