"""A UTR or number that was typed wrong at the counter is put right: until the bank has said its word."""

from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from billing import queries
from billing.models import Payment, SettlementLine
from billing.services import apply_settlement, correct_reference
from billing.states import PaymentMode
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from tests.billing.test_bank import clear
from tests.conftest import NOON
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.parallel import all_at_once
from tests.factories.shifts import receive, settle, upload

TYPED, RIGHT = "412345678901", "412345678910"
WHY = "two digits changed places"


def correct(payment, actor, reference=RIGHT, *, key=None, reason=WHY):
    details = {"request_key": key or uuid4(), "actor": actor, "at": NOON}
    return correct_reference(payment=payment, reference=reference, reason=reason, **details)


def row(utr, amount="500.00"):
    return f"{utr},{amount},{timezone.localdate():%d-%m-%Y}"


def page_of(payment):
    return reverse("billing:correction_new", args=[payment.pk])


@pytest.fixture
def upi(encounter, dev):
    return receive(encounter, dev, "500.00", PaymentMode.UPI, TYPED)


def test_the_bank_had_the_right_one_and_the_two_are_matched(poonam, upi, as_application):
    line = settle(poonam, row(RIGHT)).lines.get()
    key = uuid4()

    done = correct(upi, poonam, key=key)

    assert correct(upi, poonam, key=key) == done
    assert (done.reference, done.corrected_by, done.corrected_at, done.correction) == (
        RIGHT,
        poonam,
        NOON,
        WHY,
    )
    line.refresh_from_db()
    assert line.payment == upi
    assert not queries.unseen_upi(poonam).exists()
    fact = AuditEntry.objects.get(name="billing.payment_reference_corrected")
    assert (fact.about_id, fact.actor, fact.patient_id) == (upi.pk, poonam, upi.invoice.patient_id)
    assert money_faults() == []


def test_the_number_of_before_is_kept(poonam, upi):
    correct(upi, poonam)
    correct(upi, poonam, "412345678911", reason="still not right")

    before = upi.replaced_versions.order_by("pgh_created_at")
    assert list(before.values_list("reference", "correction", "pgh_actor_id")) == [
        (TYPED, "", poonam.pk),
        (RIGHT, WHY, poonam.pk),
    ]


def test_whoever_had_the_right_number_taken_by_another_has_a_receipt_after_it(poonam, dev, encounter, upi):
    with pytest.raises(Refusal, match="already has a receipt"):
        receive(encounter, dev, "5.00", PaymentMode.UPI, TYPED)

    correct(upi, poonam)

    assert receive(encounter, dev, "5.00", PaymentMode.UPI, TYPED).reference == TYPED


def test_what_the_bank_has_said_its_word_on_stays(poonam, dev, encounter, upi):
    settle(poonam, row(TYPED))
    cheque = receive(encounter, dev, "400.00", PaymentMode.CHEQUE, "000123")
    assert correct(cheque, poonam, "000124").reference == "000124"
    clear(cheque, poonam)

    for sure, number in (upi, RIGHT), (cheque, "000125"):
        with pytest.raises(Refusal, match="The bank has said its word"):
            correct(sure, poonam, number)


@walked(
    ("reference", "reason", "field"),
    [
        (TYPED, WHY, "reference"),
        (RIGHT, " ", "reason"),
        ("41234567891", WHY, "reference"),
        ("", WHY, "reference"),
    ],
)
def test_a_number_that_is_none_and_one_without_a_reason_are_refused(poonam, upi, reference, reason, field):
    with pytest.raises(Refusal) as caught:
        correct(upi, poonam, reference, reason=reason)

    assert caught.value.field == field
    upi.refresh_from_db()
    assert (upi.reference, upi.corrected_by) == (TYPED, None)


def test_cash_and_anothers_utr_and_a_cheque_without_its_number_are_refused(poonam, dev, encounter, upi):
    receive(encounter, dev, "5.00", PaymentMode.UPI, RIGHT)
    cheque = receive(encounter, dev, "5.00", PaymentMode.CHEQUE, "000123")
    for payment, number, said in [
        (receive(encounter, dev, "5.00"), RIGHT, "have no UTR"),
        (upi, RIGHT, "already has a receipt"),
        (cheque, "12", "six digits"),
    ]:
        with pytest.raises(Refusal, match=said):
            correct(payment, poonam, number)


@pytest.mark.django_db(transaction=True)
def test_a_file_taken_in_meanwhile_matches_the_number_that_stands(poonam, upi):
    """Whichever is first: no line of the bank has a payment with another number."""
    held = upload(poonam, row(TYPED), row(RIGHT))
    take = partial(apply_settlement, settlement=held, actor=poonam, at=timezone.now())

    outcomes = all_at_once([take, partial(correct, upi, poonam)])

    upi.refresh_from_db()
    assert [line.utr for line in SettlementLine.objects.exclude(payment=None)] == [upi.reference], outcomes


@walked("change", [{"amount": 1}, {"mode": "card"}, {"receipt_number": "X"}])
def test_nothing_else_of_a_payment_changes(upi, change):
    with pytest.raises(DatabaseError, match="payment_stays_as_it_is"), transaction.atomic():
        Payment.objects.filter(pk=upi.pk).update(**change)
    with pytest.raises(DatabaseError, match="never_deleted"), transaction.atomic():
        Payment.objects.filter(pk=upi.pk).delete()


# ── Screens ──


def test_a_supervisor_puts_it_right_from_the_bill_which_says_so(client, poonam, dev, upi):
    bill = reverse("billing:invoice_detail", args=[upi.invoice_id])
    client.force_login(dev)
    assert page_of(upi) not in client.get(bill).text
    client.force_login(poonam)
    assert page_of(upi) in client.get(bill).text

    asked = client.get(page_of(upi))
    key = asked.context["form"]["request_key"].value()
    refused = client.post(page_of(upi), {"reference": "1", "reason": WHY, "request_key": key})
    assert refused.context["form"].errors["reference"]
    done = client.post(page_of(upi), {"reference": f" {RIGHT} ", "reason": WHY, "request_key": key})

    assert (refused.status_code, done.status_code, done["Location"]) == (422, 303, bill)
    said = client.get(bill).text
    assert f"{upi}: the number is put right" in said
    assert WHY in said
    assert RIGHT in said


def test_another_hospitals_payment_is_not_there(client, farid, upi):
    client.force_login(farid)

    assert client.get(page_of(upi)).status_code in {403, 404}
