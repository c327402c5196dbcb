"""Each named rule about money refuses what it should."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import CreditNote, Exemption, Refund
from billing.states import PaymentMode, RefundAuthority
from tests.billing.test_take_payment import UTR, pay
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_scheme
from tests.factories.constraints import again, rule_broken_by, rules_of


@pytest.fixture
def scheme(db):
    return make_scheme()


@pytest.fixture
def charge(encounter):
    return make_charge(encounter)


@pytest.fixture
def exemption(charge, dev):
    return Exemption.objects.create(
        facility=charge.facility,
        charge_item=charge,
        reason="BPL",
        reason_hi="बीपीएल",
        amount=charge.gross,
        granted_by=dev,
        granted_at=NOON,
    )


@pytest.fixture
def line(invoice):
    return invoice.lines.get()


@pytest.fixture
def cash(invoice, dev):
    return pay(invoice, dev, "5.00")


@pytest.fixture
def upi(invoice, dev):
    return pay(invoice, dev, "5.00", mode=PaymentMode.UPI, reference=UTR)


@pytest.fixture
def note(invoice, dev):
    return CreditNote.objects.create(
        facility=invoice.facility,
        invoice=invoice,
        number="RIMS/C26/0000001",
        amount=invoice.total,
        reason="twice",
        reason_hi="दो बार",
        issued_by=dev,
        issued_at=NOON,
    )


def give_back(payment, dev, **changes):
    details = {"mode": payment.mode, "amount": payment.amount, "reason": "twice", "reason_hi": "दो बार"}
    return Refund.objects.create(
        facility=payment.facility,
        payment=payment,
        voucher_number="RIMS/F26/0000001",
        authority=RefundAuthority.SAME_DAY,
        paid_back_by=dev,
        paid_back_at=NOON,
        **details | changes,
    )


@pytest.fixture
def refund(cash, dev):
    return give_back(cash, dev)


@pytest.fixture
def upi_refund(upi, dev):
    return give_back(upi, dev, reference="512345678901")


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "credit_note_number_is_given_once": ("note", {"invoice_id": uuid4()}),
    "invoice_is_taken_back_once": ("note", {"number": "RIMS/C26/0000002"}),
    "credit_note_is_not_negative": ("note", {"number": "2", "amount": Decimal("-0.01")}),
    "credit_note_has_a_reason": ("note", {"number": "2", "reason": ""}),
    "refund_voucher_number_is_given_once": ("refund", {}),
    "refund_is_of_something": ("refund", {"voucher_number": "2", "amount": Decimal(0)}),
    "refund_has_a_reason": ("refund", {"voucher_number": "2", "reason": ""}),
    "refund_reference_fits_mode": ("upi_refund", {"voucher_number": "2", "reference": "51234567890"}),
    "refund_utr_used_once": ("upi_refund", {"voucher_number": "2"}),
    "scheme_code_is_unique": ("scheme", {}),
    "scheme_ends_after_it_starts": (
        "scheme",
        {"code": "X", "valid_from": date(2026, 7, 2), "valid_to": date(2026, 7, 1)},
    ),
    "scheme_lets_off_up_to_everything": ("scheme", {"code": "X", "percent": Decimal("100.01")}),
    "charge_arises_once_per_source": ("charge", {}),
    "charge_lets_off_no_more_than_it_asks": ("charge", {"source_id": uuid4(), "discount": Decimal("10.01")}),
    "exemption_lets_something_off": ("exemption", {"amount": Decimal("-0.01")}),
    "exemption_has_a_reason": ("exemption", {"reason": ""}),
    "invoice_number_is_given_once": ("invoice", {}),
    "invoice_total_is_not_negative": ("invoice", {"number": "X", "total": Decimal("-0.01")}),
    "charge_is_invoiced_once": ("line", {}),
    "receipt_number_is_given_once": ("cash", {}),
    "payment_is_of_something": ("cash", {"receipt_number": "X", "amount": Decimal("0.00")}),
    "payment_reference_fits_mode": ("cash", {"receipt_number": "X", "mode": "upi"}),
    "payment_utr_used_once": ("upi", {"receipt_number": "X"}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("billing")


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_it_is_refused(rule, request):
    row, changes = BREAKS[rule]

    assert rule_broken_by(again, request.getfixturevalue(row), **changes) == rule


def test_one_utr_may_pay_at_two_hospitals_whose_link_is_down(upi, sgml):
    assert again(upi, receipt_number="SGML/R26/0000001", facility_id=sgml.pk)


def test_a_confidential_reason_is_not_printed(db):
    scheme = make_scheme("POCSO", name="POCSO survivor", name_hi="पॉक्सो", is_confidential=True)

    assert (scheme.on_paper("en"), scheme.on_paper("hi")) == ("free by law", "नियम से मुफ़्त")


def test_an_open_reason_is_printed_as_it_is(scheme):
    assert (scheme.on_paper("en"), scheme.on_paper("hi")) == ("BPL card", "बीपीएल कार्ड")
