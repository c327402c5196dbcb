"""Each named rule about money refuses what it should."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone, translation

from billing.models import (
    Bounce,
    ChargeItemDefinition,
    ChargeReversal,
    Claim,
    Clearance,
    CreditNote,
    CreditNoteLine,
    Exemption,
    LedgerEntry,
    Refund,
    SchemeCover,
    Settlement,
    TariffPrice,
    TaxRule,
    TreasuryDeposit,
)
from billing.services import apply_settlement
from billing.states import PaymentMode, RefundAuthority, ServiceKind
from tests.billing.test_take_payment import UTR, pay
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_scheme
from tests.factories.constraints import again, by_row, rule_broken_by, rules_of
from tests.factories.shifts import keep_money


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


@pytest.fixture
def reversal(charge, dev):
    return ChargeReversal.objects.create(
        facility=charge.facility, charge_item=charge, reason="wrong", reversed_by=dev, reversed_at=NOON
    )


@pytest.fixture
def note_line(note, line):
    return CreditNoteLine.objects.create(
        facility=note.facility, credit_note=note, invoice_line=line, amount=line.amount
    )


@pytest.fixture
def service(db):
    return ChargeItemDefinition.objects.create(
        code="XRAY", name="X-ray", name_hi="एक्स-रे", kind=ServiceKind.IMAGING
    )


@pytest.fixture
def tax_rule(db):
    return TaxRule.objects.create(code="ROOM", name="Room", name_hi="कमरा", percent=5, source="as configured")


@pytest.fixture
def price(service, rims):
    return TariffPrice.objects.create(
        facility=rims, definition=service, price=Decimal(100), valid_from=date(2026, 7, 1)
    )


@pytest.fixture
def later_price(service, rims):
    return TariffPrice.objects.create(
        facility=rims, definition=service, price=1, valid_from=date(2026, 7, 1), valid_to=date(2026, 7, 2)
    )


@pytest.fixture
def cover(encounter, scheme, dev):
    return SchemeCover.objects.create(
        facility=encounter.facility, encounter=encounter, scheme=scheme, granted_by=dev, granted_at=NOON
    )


@pytest.fixture
def claim(invoice, scheme):
    return Claim.objects.create(
        facility=invoice.facility,
        patient=invoice.patient,
        encounter=invoice.encounter,
        invoice=invoice,
        scheme=scheme,
        amount=Decimal(10),
        opened_at=NOON,
    )


@pytest.fixture
def entry(invoice):
    return LedgerEntry.objects.get(about_id=invoice.pk)


@pytest.fixture
def money(encounter):
    return keep_money(encounter)


@pytest.fixture
def deposit(money):
    return money.deposit


@pytest.fixture
def asked(money):
    return money.asked


@pytest.fixture
def bounce(money, dev):
    return Bounce.objects.create(
        facility=money.cheque.facility,
        payment=money.cheque,
        reason="no funds",
        bounced_on=date(2026, 7, 22),
        recorded_by=dev,
        recorded_at=NOON,
    )


@pytest.fixture
def taken_in(money):
    applied = apply_settlement(
        settlement=money.settlement, actor=money.settlement.uploaded_by, at=timezone.now()
    )
    return Settlement.objects.get(pk=applied.pk)


@pytest.fixture
def bank_line(taken_in):
    (line,) = taken_in.lines.all()
    line.payment = line.matched_at = None
    return line


@pytest.fixture
def ended(money):
    return money.shift


@pytest.fixture
def accepted(ended):
    ended.accepted_by = ended.cashier
    return ended


@pytest.fixture
def challan(rims, dev):
    return TreasuryDeposit.objects.create(
        facility=rims,
        challan_number="CH-1",
        deposited_on=date(2026, 7, 22),
        amount=Decimal(10),
        recorded_by=dev,
        recorded_at=NOON,
    )


# The row to write again, and what is wrong with it the second time.
BREAKS = {
    "credit_note_number_is_given_once": ("note", {"invoice_id": uuid4()}),
    "credit_note_is_not_negative": ("note", {"number": "2", "amount": Decimal("-0.01")}),
    "credit_note_has_a_reason": ("note", {"number": "2", "reason": ""}),
    "refund_voucher_number_is_given_once": ("refund", {}),
    "refund_is_of_something": ("refund", {"voucher_number": "2", "amount": Decimal(0)}),
    "refund_has_a_reason": ("refund", {"voucher_number": "2", "reason": ""}),
    "refund_reference_fits_mode": ("upi_refund", {"voucher_number": "2", "reference": "51234567890"}),
    "correction_says_by_whom_and_why": ("upi", {"receipt_number": "2", "correction": "one digit wrong"}),
    "refund_utr_used_once": ("upi_refund", {"voucher_number": "2"}),
    "number_written_later_says_by_whom": ("refund", {"voucher_number": "2", "referenced_at": NOON}),
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
    "payment_is_for_invoice_or_deposit": ("cash", {"receipt_number": "X", "invoice_id": None}),
    "payment_from_a_deposit_names_it": ("cash", {"receipt_number": "X", "mode": "deposit"}),
    "charge_is_of_a_quantity": ("charge", {"source_id": uuid4(), "quantity": 0}),
    "charge_is_reversed_once": ("reversal", {}),
    "charge_reversal_has_a_reason": ("reversal", {"charge_item_id": uuid4(), "reason": ""}),
    "bill_line_is_taken_back_once": ("note_line", {}),
    "service_code_is_unique": ("service", {}),
    "service_code_is_capitals": ("service", {"code": "xray"}),
    "service_sac_hsn_has_four_to_eight_digits": ("service", {"code": "ECG", "sac_hsn": "99"}),
    "tax_rule_code_is_unique": ("tax_rule", {}),
    "tax_rule_is_a_percentage": ("tax_rule", {"code": "X", "percent": Decimal("40.01")}),
    "tariff_has_one_price_a_day": ("price", {"valid_from": date(2026, 7, 2)}),
    "tariff_price_is_not_negative": ("price", {"ward_class": "private", "price": Decimal(-1)}),
    "tariff_price_ends_after_it_starts": (
        "later_price",
        {"valid_from": date(2027, 7, 2), "valid_to": date(2027, 7, 1)},
    ),
    "encounter_has_one_cover_at_a_time": ("cover", {}),
    "cover_package_code_has_its_form": ("cover", {"ended_at": NOON, "package_code": "BM1"}),
    "cover_preauth_is_not_negative": ("cover", {"ended_at": NOON, "preauth_amount": Decimal(-1)}),
    "bill_is_claimed_once_of_a_scheme": ("claim", {}),
    "claim_is_approved_up_to_its_amount": (
        "claim",
        {"invoice_id": uuid4(), "approved_amount": Decimal("10.01")},
    ),
    "claim_is_paid_up_to_its_approval": (
        "claim",
        {"invoice_id": uuid4(), "approved_amount": Decimal(5), "paid_amount": Decimal("5.01")},
    ),
    "ledger_entry_moves_something": ("entry", {"amount": Decimal(0)}),
    "ledger_is_posted_once": ("entry", {}),
    "encounter_has_one_deposit_account": ("deposit", {}),
    "refund_request_is_about_one_thing": ("asked", {"deposit_id": None}),
    "refund_request_has_a_reason": ("asked", {"reason": ""}),
    "refund_request_is_not_negative": ("asked", {"amount": Decimal(-1)}),
    "bounce_has_a_reason": ("bounce", {"payment_id": uuid4(), "reason": ""}),
    "settlement_file_is_taken_once": ("taken_in", {}),
    "utr_is_settled_once": ("bank_line", {}),
    "cashier_has_one_open_shift": ("shift", {}),
    "shift_is_closed_by_a_count": ("shift", {"cashier_id": uuid4(), "closed_at": NOON}),
    "shift_difference_is_explained": ("ended", {"counted": Decimal(1)}),
    "shift_counts_no_less_than_nothing": ("ended", {"left_in_drawer": Decimal(-1)}),
    "shift_is_accepted_by_somebody_else": ("accepted", {}),
    "challan_is_recorded_once": ("challan", {}),
    "challan_is_of_something": ("challan", {"challan_number": "X", "amount": Decimal(0)}),
}


def test_every_rule_is_tried_here():
    assert set(BREAKS) == rules_of("billing")


@pytest.mark.parametrize("row", by_row(BREAKS))
def test_a_row_that_breaks_it_is_refused(row, request):
    held = request.getfixturevalue(row)
    for rule, changes in by_row(BREAKS)[row].items():
        assert rule_broken_by(again, held, **changes) == rule


def test_one_utr_may_pay_at_two_hospitals_whose_link_is_down(upi, sgml):
    assert again(upi, receipt_number="SGML/R26/0000001", facility_id=sgml.pk)


def test_a_confidential_reason_is_not_printed(db):
    scheme = make_scheme("POCSO", name="POCSO survivor", name_hi="पॉक्सो", is_confidential=True)

    assert (scheme.on_paper("en"), scheme.on_paper("hi")) == ("free by law", "नियम से मुफ़्त")


def test_an_open_reason_is_printed_as_it_is(scheme):
    assert (scheme.on_paper("en"), scheme.on_paper("hi")) == ("BPL card", "बीपीएल कार्ड")


SAID = {
    # row: (English, Hindi), where a log, a history or a page names it
    "exemption": ("BPL", "बीपीएल"),
    "reversal": ("wrong", "wrong"),
    "line": ("1000.00", "1000.00"),
    "note_line": ("1000.00", "1000.00"),
    "price": ("100", "100"),
    "entry": ("owed by patients / income from services 1000.00", "मरीज़ों पर बाक़ी / सेवाओं से आय 1000.00"),
    "deposit": ("Asha Devi", "आशा देवी"),
    "asked": ("give back the rest of a deposit 100.00", "बचा अग्रिम वापस 100.00"),
    "bounce": ("no funds", "no funds"),
    "taken_in": ("bank.csv", "bank.csv"),
}


@pytest.mark.parametrize("row", SAID)
def test_a_row_says_what_it_is_in_the_readers_language(row, request):
    held = request.getfixturevalue(row)
    said = []
    for language in "en", "hi":
        with translation.override(language):
            said.append(str(held))

    assert tuple(said) == SAID[row]


def test_a_bank_line_is_its_utr_and_a_clearance_its_day(bank_line, money):
    said = str(Clearance(payment=money.cheque, cleared_on=NOON.date()))

    assert (str(bank_line), said) == (bank_line.utr, "2026-07-22")


@pytest.mark.parametrize(("language", "why"), [("en", "twice"), ("hi", "दो बार")])
def test_a_credit_note_gives_its_reason_in_the_readers_language(note, language, why):
    with translation.override(language):
        assert note.why == why
