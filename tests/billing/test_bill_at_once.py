"""A one-line bill: charged, and paid at once where money was given."""

from decimal import Decimal

import pytest
from django.db import transaction

from billing.models import ChargeItem, Exemption, Invoice, Payment
from billing.pricing import Tax
from billing.services import Offer, add_charge, bill_at_once, relief_by, shift_at_hand
from billing.states import InvoiceStatus, PaymentMode
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.models import AuditEntry, IssuedDocument
from hmis.kernel.rows import write
from patients.models import EncounterClass
from tests.conftest import NOON
from tests.factories.billing import make_scheme, make_service
from tests.factories.patients import make_encounter

CASH = Offer(PaymentMode.CASH)


@transaction.atomic
def bill(encounter, actor, price="5.00", *, relief=None, offers=()):
    shift_id = shift_at_hand(actor)
    item, exemption = add_charge(
        encounter=encounter, service=make_service(price), relief=relief, actor=actor, at=NOON
    )
    made = bill_at_once(
        encounter=encounter,
        charges=[(item, exemption)],
        offers=offers,
        shift_id=shift_id,
        actor=actor,
        at=NOON,
    )
    with refusing(Payment):
        write(item, exemption, *made.rows)
    return made


def test_money_given_pays_the_bill_at_once(encounter, kavita):
    made = bill(encounter, kavita, offers=[CASH])

    invoice = Invoice.objects.get()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PAID, Decimal("0.00"))
    assert (invoice.number, made.payment.receipt_number) == ("RIMS/B26/0000001", "RIMS/R26/0000001")
    assert made.receipt.number == made.payment.receipt_number


def test_two_ways_pay_it_with_two_receipts(encounter, kavita):
    offers = [
        Offer(PaymentMode.CASH, amount=Decimal("2.00")),
        Offer(PaymentMode.UPI, "412345678901", Decimal("3.00")),
    ]
    made = bill(encounter, kavita, offers=offers)

    assert [one.receipt_number for one in made.payments] == ["RIMS/R26/0000001", "RIMS/R26/0000002"]
    assert [paper.context["still_owed"] for paper in made.papers] == ["3.00", "0.00"]
    assert made.invoice.balance() == 0


@pytest.mark.parametrize("amount", ["4.99", "5.01"])
def test_money_that_is_not_the_bill_is_refused(encounter, kavita, amount):
    with pytest.raises(Refusal, match=f"The bill is ₹5.00; ₹{amount} would be paid"):
        bill(encounter, kavita, offers=[Offer(PaymentMode.CASH, amount=Decimal(amount))])


ROOM = Tax(Decimal(5), above=Decimal(5000), spares_intensive_care=True)
MEDICINE = Tax(Decimal(5), outpatients_only=True)


@pytest.mark.parametrize(
    ("place", "tax", "is_intensive", "price", "asked"),
    [
        (EncounterClass.INPATIENT, ROOM, False, "6000.00", "300.00"),
        (EncounterClass.INPATIENT, ROOM, True, "6000.00", "0.00"),
        (EncounterClass.INPATIENT, ROOM, False, "5000.00", "0.00"),
        (EncounterClass.INPATIENT, MEDICINE, False, "100.00", "0.00"),
        (EncounterClass.DAYCARE, MEDICINE, False, "100.00", "0.00"),
        (EncounterClass.AMBULATORY, MEDICINE, False, "100.00", "5.00"),
        (EncounterClass.EMERGENCY, MEDICINE, False, "100.00", "5.00"),
    ],
)
def test_a_charge_is_taxed_by_where_the_patient_is(asha, med, kavita, place, tax, is_intensive, price, asked):
    service = make_service(price, tax=tax, is_intensive=is_intensive)
    visit = make_encounter(asha, med, encounter_class=place)

    item, _ = add_charge(encounter=visit, service=service, relief=None, actor=kavita, at=NOON)

    assert (item.tax, item.net) == (Decimal(asked), Decimal(price) + Decimal(asked))


def test_without_money_the_bill_waits_and_no_receipt_is_used_up(encounter, kavita):
    made = bill(encounter, kavita)

    assert (made.payment, made.receipt) == (None, None)
    assert (made.invoice.status, made.invoice.balance()) == (InvoiceStatus.ISSUED, Decimal("5.00"))
    assert not AuditEntry.objects.exists()


def test_nothing_to_pay_is_paid_without_a_receipt(encounter, kavita):
    made = bill(encounter, kavita, "0.00", offers=[CASH])

    assert made.invoice.status == InvoiceStatus.PAID
    assert not Payment.objects.exists()
    assert not IssuedDocument.objects.exists()


def test_a_scheme_lets_off_what_it_says_and_names_its_proof(encounter, kavita):
    relief = relief_by(make_scheme(percent=Decimal(50)), "JH-7701")
    made = bill(encounter, kavita, "5.01", relief=relief, offers=[CASH])

    exemption = Exemption.objects.get()
    assert (exemption.amount, made.invoice.total) == (Decimal("2.51"), Decimal("2.50"))
    assert (exemption.proof_number, exemption.reason, exemption.granted_by) == ("JH-7701", "BPL card", kavita)


def test_the_receipt_shows_the_price_and_what_was_let_off(encounter, kavita):
    relief = relief_by(make_scheme(percent=Decimal(50)), "JH-7701")
    shown = bill(encounter, kavita, "5.00", relief=relief, offers=[CASH]).receipt.context

    assert [line["amount"] for line in shown["lines"]] == ["5.00"]
    assert shown["discount"]["amount"] == "2.50"
    assert (shown["total"], shown["received"], shown["still_owed"]) == ("2.50", "2.50", "0.00")


def test_a_proof_that_is_asked_for_must_be_given(db):
    with pytest.raises(Refusal, match="Write the number of the proof: ration card") as caught:
        relief_by(make_scheme(), "")

    assert caught.value.field == "proof_number"


@pytest.mark.parametrize("written", ["2345 6789 0124", "card 234567890124"])
def test_an_aadhaar_number_proves_nothing_here_but_a_ration_card_may_look_like_one(db, written):
    with pytest.raises(Refusal, match="Aadhaar is not kept") as caught:
        relief_by(make_scheme("SENIOR", proof="age proof"), written)

    assert caught.value.field == "proof_number"
    assert relief_by(make_scheme("PINK", proof="pink ration card"), written).proof_number == written


def test_a_scheme_that_asks_for_no_proof_needs_none(db):
    assert relief_by(make_scheme("STAFF", needs_proof=False), "").percent == 100


def test_one_thing_is_charged_once(encounter, kavita):
    service = make_service("5.00")
    charge = {"encounter": encounter, "service": service, "relief": None, "actor": kavita, "at": NOON}
    write(add_charge(**charge)[0])

    refused = pytest.raises(Refusal, match="already charged")
    with refused, transaction.atomic(), refusing(ChargeItem):
        write(add_charge(**charge)[0])


def test_a_price_raised_tomorrow_changes_no_bill_of_today(encounter, med, kavita):
    made = bill(encounter, kavita, str(med.fee()))
    med.opd_fee = Decimal("50.00")
    med.save()

    made.invoice.refresh_from_db()
    assert made.invoice.total == made.invoice.lines.get().charge_item.gross == Decimal("5.00")


def test_a_wrong_utr_bills_nothing(encounter, kavita):
    with pytest.raises(Refusal, match="12-digit UTR"):
        bill(encounter, kavita, offers=[Offer(PaymentMode.UPI, "123")])

    assert not Invoice.objects.exists()
