"""Bills, payments, deposits and what is asked back, by the API."""

from collections import Counter
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from billing.models import ChargeItem, DepositAccount, Invoice, Payment, Refund, RefundRequest, Shift
from billing.states import InvoiceStatus, PaymentMode, RequestStatus
from hmis.kernel.models import AuditEntry, IssuedDocument
from patients.models import CaseKind
from patients.services import CaseDetails
from tests.billing.test_refunds import approve, ask, give
from tests.billing.test_take_payment import UTR, pay
from tests.factories.billing import make_charge, make_invoice
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.casualty import come
from tests.factories.facilities import make_cashier, make_doctor
from tests.factories.looking import this_year
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient
from tests.factories.shifts import end, receive
from tests.factories.tariffs import make_definition, make_price

HOSTILE = ['"><img src=x onerror=alert(1)>', "=1+1"]


def caller(person):
    _held, token = AuthToken.objects.create(person)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


@pytest.fixture
def as_dev(dev):
    """Dev's program at the counter."""
    return caller(dev)


@pytest.fixture
def as_poonam(poonam):
    """The supervisor's."""
    return caller(poonam)


@pytest.fixture
def as_farid(farid):
    """A cashier's of another hospital."""
    return caller(farid)


@pytest.fixture
def _nothing_is_wrong(encounter):
    yield
    assert money_faults() == []


pytestmark = pytest.mark.usefixtures("_nothing_is_wrong")


def post(client, name, *args, key=None, **body):
    headers = {"Idempotency-Key": str(key)} if key else {}
    return client.post(reverse(name, args=args), body, format="json", headers=headers)


def made(answer):
    assert answer.status_code == 201, answer.content
    return answer.json()


def refused(answer, status=422):
    """{field: sentence} of a refusal, and its own sentence under ""."""
    assert answer.status_code == status, answer.content
    body = answer.json()
    return {"": body["detail"]} | {one["field"]: one["detail"] for one in body.get("errors", ())}


def cash(amount=None, **more):
    return {"mode": "cash", **({"amount": amount} if amount else {}), **more}


def listed(client, name, **asked):
    answer = client.get(reverse(name), asked)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def shown(client, name, pk):
    answer = client.get(reverse(name, args=[pk]))
    assert answer.status_code == 200, answer.content
    return answer.json()


# ── Bills ──


def test_a_bill_is_paid_in_two_ways_and_the_change_is_said(as_dev, invoice):
    ways = [cash("400.00", tendered="500.00"), {"mode": "upi", "amount": "600.00", "reference": UTR}]

    paid = made(post(as_dev, "api-invoice-payments", invoice.pk, payments=ways))

    assert (paid["invoice"], paid["change"], paid["still_owed"]) == (str(invoice.pk), "100.00", "0.00")
    said = [(one["amount"], one["mode"], one["reference"], one["still_owed"]) for one in paid["payments"]]
    assert said == [("400.00", "cash", "", "600.00"), ("600.00", "upi", UTR, "0.00")]
    numbers = [one["receipt"]["number"] for one in paid["payments"]]
    assert numbers == [f"RIMS/R{this_year()}/{n:07d}" for n in (1, 2)]
    assert as_dev.get(paid["payments"][0]["receipt"]["url"])["Content-Type"] == "application/pdf"
    seen = shown(as_dev, "api-invoice-detail", invoice.pk)
    assert (seen["status"], seen["owed"], len(seen["payments"])) == ("paid", "0.00", 2)
    assert [one["bank_has_it"] for one in seen["payments"]] == [None, False]


def test_sent_again_with_its_key_it_is_one_payment_with_one_answer(as_dev, invoice):
    send = partial(post, as_dev, "api-invoice-payments", invoice.pk, key="till-7")
    first = made(send(payments=[cash("400.00", tendered="500.00")]))
    made(post(as_dev, "api-invoice-payments", invoice.pk, payments=[cash("100.00")]))

    again = made(send(payments=[cash("400.00", tendered="500.00")]))

    assert again == first
    assert Payment.objects.count() == IssuedDocument.objects.count() == 2
    other = send(payments=[cash("300.00")])
    assert "already sent" in refused(other, 409)[""]
    assert invoice.balance() == Decimal("500.00")


def test_without_an_open_shift_cash_is_refused_plainly_and_upi_is_not(mohan, invoice):
    counter = caller(mohan)

    said = refused(post(counter, "api-invoice-payments", invoice.pk, payments=[cash("10.00")]))
    assert said["shift"] == said[""] == "Open your shift before you take cash."
    upi = {"mode": "upi", "amount": "10.00", "reference": UTR}
    made(post(counter, "api-invoice-payments", invoice.pk, payments=[upi]))
    mohan.language = "hi"
    mohan.save()
    said = refused(post(counter, "api-invoice-payments", invoice.pk, payments=[cash("10.00")]))
    assert said["shift"] == "नक़द लेने से पहले पाली खोलें।"


@walked(
    ("ways", "field", "words"),
    [
        ([cash("1000.01")], "amount", "Only ₹1,000.00 is owed"),
        ([cash("600.00"), cash("400.01")], "amount", "Only ₹1,000.00 is owed"),
        ([cash("600.00", tendered="500.00")], "tendered", "Less was given"),
        ([cash(tendered="999.99")], "tendered", "Less was given"),
        ([{"mode": "deposit", "amount": "1.00"}], "amount", "The deposit has ₹0.00"),
        ([{"mode": "upi", "amount": "1.00"}], "", "UPI needs its 12-digit UTR"),
    ],
)
def test_what_cannot_be_paid_is_refused_at_its_field_and_leaves_no_trace(as_dev, invoice, ways, field, words):
    said = refused(post(as_dev, "api-invoice-payments", invoice.pk, payments=ways))

    assert words in said[field]
    assert not Payment.objects.exists()
    assert invoice.balance() == Decimal("1000.00")


@walked(
    ("body", "field"),
    [
        ({}, "payments"),
        ({"payments": []}, "payments"),
        ({"payments": [{}]}, "payments.0.mode"),
        ({"payments": [cash("0.00")]}, "payments.0.amount"),
        ({"payments": [cash("-5.00")]}, "payments.0.amount"),
        ({"payments": [cash("1.005")]}, "payments.0.amount"),
        ({"payments": [cash("12345678901234")]}, "payments.0.amount"),
        ({"payments": [{"mode": "bank"}]}, "payments.0.mode"),
        ({"payments": [cash(fee="1")]}, "payments.0.fee"),
        ({"payments": [cash()] * 7}, "payments"),
        ({"payments": [cash()], "total": "1"}, "total"),
    ],
)
def test_what_is_badly_sent_is_said_at_its_field(as_dev, invoice, body, field):
    assert field in refused(post(as_dev, "api-invoice-payments", invoice.pk, **body), 400)


def test_a_utr_pays_once(as_dev, encounter, invoice, kavita):
    other = make_invoice(encounter, kavita, "50.00")
    way = {"mode": "upi", "amount": "50.00", "reference": UTR}
    made(post(as_dev, "api-invoice-payments", invoice.pk, payments=[way]))

    said = refused(post(as_dev, "api-invoice-payments", other.pk, payments=[way]))

    assert said[""] == "This UTR already has a receipt."


def test_what_no_bill_has_yet_is_billed_once(as_dev, encounter):
    for gross in "100.00", "40.00":
        make_charge(encounter, gross)
    send = partial(post, as_dev, "api-invoice-list", encounter=str(encounter.pk))

    bill = made(send(kind="interim", key="stay-1"))

    assert (bill["total"], bill["owed"], bill["status"], bill["kind"]) == (
        "140.00",
        "140.00",
        "issued",
        "interim",
    )
    assert [line["charge"]["net"] for line in bill["lines"]] == ["100.00", "40.00"]
    assert made(send(kind="interim", key="stay-1")) == bill
    assert "already sent" in refused(send(kind="final", key="stay-1"), 409)[""]
    assert refused(send(kind="final"))[""] == "Everything is on a bill already."
    assert refused(send(kind="opd"), 400)["kind"]
    assert Invoice.objects.get().number == bill["number"]


def test_a_counter_bill_by_the_services_codes_is_one_however_often_it_is_sent(as_dev, encounter, rims):
    make_price(make_definition(), rims)
    key = uuid4()
    asked = {
        "encounter": encounter.pk,
        "kind": "counter",
        "services": [{"code": "XRAY", "quantity": 2}],
    }

    bill = made(post(as_dev, "api-invoice-list", key=key, **asked))
    assert (bill["kind"], bill["total"], bill["owed"]) == ("counter", "200.00", "200.00")
    assert made(post(as_dev, "api-invoice-list", key=key, **asked))["id"] == bill["id"]
    assert ChargeItem.objects.count() == 1


@walked(
    ("changes", "words"),
    [
        ({"services": [{"code": "=1+1"}]}, "The tariff has no =1+1"),
        ({"services": []}, "names its services"),
        ({"kind": "final", "services": [{"code": "XRAY"}]}, "no other does"),
        ({"services": [{"code": "XRAY", "quantity": 0}]}, "greater than or equal to 1"),
    ],
)
def test_what_a_counter_bill_cannot_be_is_said_at_its_services(as_dev, encounter, rims, changes, words):
    make_price(make_definition(), rims)
    asked = {"encounter": encounter.pk, "kind": "counter", "services": [{"code": "XRAY"}]} | changes

    answer = post(as_dev, "api-invoice-list", **asked)

    assert answer.status_code == 400
    assert words in answer.text
    assert not ChargeItem.objects.exists()


def test_a_counter_bill_of_more_than_a_bill_can_hold_is_refused_in_words(as_dev, encounter, rims):
    make_price(make_definition(), rims, "99999999.99")
    asked = {"encounter": encounter.pk, "kind": "counter", "services": [{"code": "XRAY", "quantity": 9999}]}

    said = refused(post(as_dev, "api-invoice-list", **asked))
    assert said[""] == "This comes to more than a bill can hold."


def test_the_bill_of_supply_is_one_paper_however_often_it_is_asked_for(as_dev, invoice):
    papers = [made(post(as_dev, "api-invoice-papers", invoice.pk)) for _ in range(2)]

    assert papers[0] == papers[1]
    assert papers[0]["number"] == invoice.number
    assert as_dev.get(papers[0]["url"]).content.startswith(b"%PDF")


def test_a_bill_is_found_by_what_stands_on_a_paper(as_dev, encounter, invoice, dev, asha):
    payment = pay(invoice, dev, "400.00", mode=PaymentMode.UPI, reference=UTR)
    today = receive(encounter, dev, "77.00").invoice
    words = {
        payment.receipt_number: invoice,
        "rims/r26/1": invoice,
        invoice.number: invoice,
        UTR: invoice,
        "77": today,
        "₹ 77.00": today,
    }
    for said, bill in words.items():
        assert [one["id"] for one in listed(as_dev, "api-invoice-list", q=said)] == [str(bill.pk)], said
    for said in asha.uhid, asha.phone:
        found = listed(as_dev, "api-invoice-list", q=said)
        assert {one["id"] for one in found} == {str(invoice.pk), str(today.pk)}
    assert {one["owed"] for one in found} == {"600.00", "0.00"}
    assert found[0]["patient"] == {
        "id": str(asha.pk),
        "uhid": asha.uhid,
        "name": asha.name,
        "name_hi": asha.name_hi,
    }
    assert listed(as_dev, "api-invoice-list", q="nobody") == []
    looked = AuditEntry.objects.filter(name="billing.bills_searched", actor=dev)
    assert looked.count() == 9
    assert not any(asha.phone in str(one.detail) for one in looked)


@walked("asked", [{"q": ""}, {"q": "9" * 41}, {"q": "77", "status": "paid"}, {"q": "a\x00"}])
def test_a_search_stands_alone_and_is_short(as_dev, asked):
    assert as_dev.get(reverse("api-invoice-list"), asked).status_code == 400


def test_bills_are_listed_by_what_is_owed_by_visit_and_by_day(as_dev, encounter, invoice, dev, kavita):
    paid = receive(encounter, dev, "77.00").invoice
    other = make_invoice(make_encounter(make_patient(encounter.facility), encounter.department), kavita)

    def ids(**asked):
        return {one["id"] for one in listed(as_dev, "api-invoice-list", **asked)}

    assert ids() == {str(one.pk) for one in (invoice, paid, other)}
    assert ids(unpaid="true") == {str(invoice.pk), str(other.pk)}
    assert ids(unpaid="false") == {str(paid.pk)}
    assert ids(encounter=encounter.pk) == {str(invoice.pk), str(paid.pk)}
    assert ids(patient=other.patient_id, unpaid="true") == {str(other.pk)}
    assert ids(status="paid") == {str(paid.pk)}
    assert ids(issued_at_before="2026-07-22") == {str(invoice.pk), str(other.pk)}
    assert ids(facility="SGML") == set()
    dearest = listed(as_dev, "api-invoice-list", ordering="total", page_size=1)
    assert [one["id"] for one in dearest] == [str(paid.pk)]
    assert as_dev.get(reverse("api-invoice-list"), {"ordering": "owed"}).status_code == 400


def test_a_list_names_no_survivor_and_her_bill_does(as_dev, emer, rims, kavita):
    arrival = come(emer, kavita, at=timezone.now(), case=CaseDetails(CaseKind.SEXUAL_ASSAULT)).arrival
    bill = make_invoice(arrival.encounter, kavita)

    (found,) = listed(as_dev, "api-invoice-list")

    assert found["patient"]["name"] == found["patient"]["name_hi"] == "name withheld"
    assert shown(as_dev, "api-invoice-detail", bill.pk)["patient"]["name"] == arrival.encounter.patient.name


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name(as_dev, med, kavita, name):
    visit = make_encounter(make_patient(med.facility, name=name), med)
    bill = make_invoice(visit, kavita)

    made(post(as_dev, "api-invoice-payments", bill.pk, payments=[cash("400.00")]))

    answer = as_dev.get(reverse("api-invoice-detail", args=[bill.pk]))
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["patient"]["name"] == name
    assert listed(as_dev, "api-invoice-list")[0]["patient"]["name"] == name


def test_each_look_at_one_is_written_down(as_dev, invoice, dev, encounter):
    payment = pay(invoice, dev, "400.00")
    in_advance = made(post(as_dev, "api-deposit-list", encounter=str(encounter.pk), **cash("100.00")))

    shown(as_dev, "api-invoice-detail", invoice.pk)
    shown(as_dev, "api-payment-detail", payment.pk)
    shown(as_dev, "api-payment-detail", in_advance["payment"]["id"])
    shown(as_dev, "api-deposit-detail", in_advance["deposit"])
    shown(as_dev, "api-account-detail", encounter.pk)

    looks = AuditEntry.objects.filter(actor=dev, patient_id=encounter.patient_id).values_list("name")
    counted = Counter(name for (name,) in looks)
    assert (counted["billing.invoice_viewed"], counted["billing.account_viewed"]) == (2, 3)


@pytest.mark.django_db(transaction=True)
def test_two_programs_at_once_pay_a_bill_and_no_more(rims, invoice):
    tills = [caller(make_cashier(f"c{n}", rims)) for n in range(6)]

    answers = all_at_once(
        [partial(post, till, "api-invoice-payments", invoice.pk, payments=[cash("250.00")]) for till in tills]
    )

    assert Counter(answer.status_code for answer in answers) == {201: 4, 422: 2}
    invoice.refresh_from_db()
    assert (invoice.status, invoice.balance()) == (InvoiceStatus.PAID, 0)
    numbers = sorted(Payment.objects.values_list("receipt_number", flat=True))
    assert numbers == [f"RIMS/R{this_year()}/{n:07d}" for n in range(1, 5)]


@pytest.mark.django_db(transaction=True)
def test_one_key_from_many_lines_at_once_is_one_payment(dev, invoice):
    tills, key = [caller(dev) for _ in range(6)], uuid4()

    answers = all_at_once(
        [
            partial(post, till, "api-invoice-payments", invoice.pk, key=key, payments=[cash("250.00")])
            for till in tills
        ]
    )

    assert len({answer.content for answer in map(_good, answers)}) == 1
    assert Payment.objects.count() == 1


def _good(answer):
    made(answer)
    return answer


# ── Payments ──


def test_payments_are_found_by_receipt_utr_and_way(as_dev, as_poonam, invoice, dev, kavita, poonam):
    first = pay(invoice, dev, "400.00", mode=PaymentMode.UPI, reference=UTR)
    second = pay(invoice, dev, "100.00")
    asked = ask(kavita, "40.00", payment=second)
    approve(asked, poonam)
    give(asked, dev)

    def ids(**asked):
        return [one["id"] for one in listed(as_dev, "api-payment-list", **asked)]

    assert set(ids()) == {str(first.pk), str(second.pk)}
    assert (
        ids(reference=UTR) == ids(mode="upi") == ids(receipt_number=first.receipt_number) == [str(first.pk)]
    )
    assert ids(shift=uuid4()) == ids(received_at_after="2027-01-01") == []
    seen = shown(as_dev, "api-payment-detail", second.pk)
    assert (seen["given_back"], seen["bank_has_it"], seen["bounced_on"]) == ("40.00", None, None)
    assert seen["receipt"]["number"] == second.receipt_number


# ── Deposits ──


def test_money_in_advance_is_taken_topped_up_drawn_on_and_asked_back(as_dev, as_poonam, encounter, invoice):
    taken = made(post(as_dev, "api-deposit-list", encounter=str(encounter.pk), key="d-1", **cash("700.00")))
    again = made(post(as_dev, "api-deposit-list", encounter=str(encounter.pk), key="d-1", **cash("700.00")))
    assert again == taken
    other = post(as_dev, "api-deposit-list", encounter=str(encounter.pk), key="d-1", **cash("70.00"))
    assert refused(other, 409)
    assert taken["payment"]["receipt"]["number"] == f"RIMS/D{this_year()}/0000001"
    assert (taken["payment"]["in_deposit"], taken["payment"]["still_owed"]) == ("700.00", None)
    deposit = taken["deposit"]

    top_up = made(post(as_dev, "api-deposit-payments", deposit, key="d-2", **cash("500.00")))
    assert made(post(as_dev, "api-deposit-payments", deposit, key="d-2", **cash("500.00"))) == top_up
    assert (top_up["deposit"], top_up["payment"]["in_deposit"]) == (deposit, "1200.00")

    made(post(as_dev, "api-invoice-payments", invoice.pk, payments=[{"mode": "deposit"}]))
    seen = shown(as_dev, "api-deposit-detail", deposit)
    assert (seen["balance"], seen["available"]) == ("200.00", "200.00")
    assert [one["amount"] for one in seen["payments"]] == ["700.00", "500.00"]
    assert [(one["invoice"], one["amount"]) for one in seen["drawings"]] == [(str(invoice.pk), "1000.00")]
    assert [one["id"] for one in listed(as_dev, "api-deposit-list", encounter=encounter.pk)] == [deposit]

    asked = made(post(as_dev, "api-deposit-refunds", deposit, reason="goes home"))
    assert (asked["kind"], asked["amount"], asked["status"]) == ("deposit", "200.00", "asked")
    made(post(as_poonam, "api-refund-decisions", asked["id"], is_approved=True))
    paid = made(post(as_dev, "api-refund-payments", asked["id"]))
    assert [(one["amount"], one["mode"]) for one in paid["vouchers"]] == [("200.00", "cash")]
    assert shown(as_dev, "api-deposit-detail", deposit)["balance"] == "0.00"
    too_much = post(as_dev, "api-deposit-refunds", deposit, amount="1.00", reason="more")
    assert refused(too_much)["amount"] == "Only ₹0.00 of it can be paid back."


def test_no_shift_takes_no_cash_in_advance(mohan, encounter):
    counter = caller(mohan)

    said = refused(post(counter, "api-deposit-list", encounter=str(encounter.pk), **cash("100.00")))

    assert said["shift"] == "Open your shift before you take cash."
    assert not DepositAccount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_first_deposits_at_once_are_one_account(rims, encounter):
    tills = [caller(make_cashier(f"c{n}", rims)) for n in range(4)]

    answers = all_at_once(
        [
            partial(post, till, "api-deposit-list", encounter=str(encounter.pk), **cash("100.00"))
            for till in tills
        ]
    )

    assert len({made(answer)["deposit"] for answer in answers}) == 1
    assert DepositAccount.objects.get().balance() == Decimal("400.00")


@pytest.mark.django_db(transaction=True)
def test_two_bills_at_once_draw_no_more_than_the_deposit_has(rims, encounter, invoice, dev, kavita):
    second = make_invoice(encounter, kavita)
    made(post(caller(dev), "api-deposit-list", encounter=str(encounter.pk), **cash("1200.00")))
    tills = [caller(make_cashier(f"c{n}", rims)) for n in range(2)]
    way = [{"mode": "deposit", "amount": "1000.00"}]

    answers = all_at_once(
        [
            partial(post, till, "api-invoice-payments", bill.pk, payments=way)
            for till, bill in zip(tills, [invoice, second], strict=True)
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [201, 422]
    assert DepositAccount.objects.get().balance() == Decimal("200.00")


def test_the_account_of_a_visit_says_what_is_owed_and_whether_somebody_may_go(as_dev, encounter, invoice):
    make_charge(encounter, "40.00")
    made(post(as_dev, "api-deposit-list", encounter=str(encounter.pk), **cash("500.00")))

    account = shown(as_dev, "api-account-detail", encounter.pk)

    assert (account["owed"], account["in_deposit"]) == ("1040.00", "500.00")
    assert [(one["number"], one["owed"]) for one in account["invoices"]] == [(invoice.number, "1000.00")]
    assert [one["net"] for one in account["unbilled"]] == ["40.00"]
    assert account["deposit"] == str(DepositAccount.objects.get().pk)
    answer = as_dev.get(reverse("api-account-discharge", args=[encounter.pk])).json()
    assert (answer["may_leave"], answer["unbilled"]) == (False, "40.00")
    assert answer["sentence"] == "₹540.00 is still to be paid: send somebody to the cashier."


# ── What is asked back ──


def test_a_bill_is_asked_back_decided_and_paid_each_step_once(as_dev, as_poonam, invoice, dev):
    pay(invoice, dev, "1000.00")
    send = partial(post, as_dev, "api-refund-list", invoice=str(invoice.pk))
    asked = made(send(reason="billed twice", key="r-1"))
    assert made(send(reason="billed twice", key="r-1")) == asked
    assert refused(send(reason="other", key="r-1"), 409)
    assert (asked["status"], asked["amount"], asked["asked_by"]) == ("asked", "1000.00", dev.name)
    assert refused(post(as_dev, "api-refund-payments", asked["id"]))

    decide = partial(post, as_poonam, "api-refund-decisions", asked["id"])
    decided = made(decide(is_approved=True, key="y-1"))
    assert made(decide(is_approved=True, key="y-1")) == decided
    assert refused(decide(is_approved=False, note="no", key="y-1"), 409)
    assert refused(decide(is_approved=True))
    assert (decided["status"], decided["decided_by"]) == ("approved", "Poonam")

    give = partial(post, as_dev, "api-refund-payments", asked["id"], key="p-1")
    paid = made(give())
    assert made(give()) == paid
    assert refused(give(reference="1"), 409)
    (voucher,) = paid["vouchers"]
    assert (paid["status"], voucher["amount"], voucher["mode"]) == ("paid_back", "1000.00", "cash")
    assert as_dev.get(voucher["url"]).content.startswith(b"%PDF")
    assert Refund.objects.count() == 1
    seen = shown(as_dev, "api-invoice-detail", invoice.pk)
    assert (seen["status"], seen["owed"], len(seen["credit_notes"])) == ("cancelled", "0.00", 1)
    assert [line["is_taken_back"] for line in seen["lines"]] == [True]
    assert [one["number"] for one in seen["refunds"]] == [voucher["number"]]


def test_some_lines_a_payment_and_part_of_it(as_dev, encounter, dev):
    for gross in "100.00", "40.00":
        make_charge(encounter, gross)
    bill = made(post(as_dev, "api-invoice-list", encounter=str(encounter.pk), kind="final"))
    paid = made(post(as_dev, "api-invoice-payments", bill["id"], payments=[cash()]))
    line = bill["lines"][1]["id"]

    asked = made(post(as_dev, "api-refund-list", invoice=bill["id"], lines=[line], reason="not done"))
    assert (asked["lines"], asked["amount"]) == ([line], "40.00")
    strange = post(as_dev, "api-refund-list", invoice=bill["id"], lines=[line, str(uuid4())], reason="x")
    assert refused(strange)[""] == "This was already taken back."
    payment = paid["payments"][0]["id"]
    part = made(post(as_dev, "api-refund-list", payment=payment, amount="30.00", reason="too much"))
    assert (part["kind"], part["amount"], part["payment"]) == ("payment", "30.00", payment)
    assert [one["id"] for one in listed(as_dev, "api-refund-list", kind="payment")] == [part["id"]]
    assert listed(as_dev, "api-refund-list", status="approved") == []


def test_what_is_asked_is_about_one_thing_and_has_a_reason(as_dev, invoice, dev):
    payment = pay(invoice, dev, "400.00")
    about = {"invoice": str(invoice.pk)}
    send = partial(post, as_dev, "api-refund-list")

    assert refused(send(reason="why"), 400)["invoice"] == "Send one of invoice, payment and deposit."
    assert refused(send(reason="why", payment=str(payment.pk), **about), 400)["invoice"]
    assert refused(send(**about), 400)["reason"]
    assert refused(send(reason="", **about), 400)["reason"]
    assert refused(send(reason="why", amount="1.00", **about), 400)["amount"]
    assert refused(send(reason="why", payment=str(payment.pk), lines=[str(uuid4())]), 400)["lines"]
    assert refused(send(reason="why", payment=str(payment.pk), amount="400.01"))["amount"]
    assert not RefundRequest.objects.exists()


def test_who_asked_does_not_decide_and_may_withdraw_once(as_dev, as_poonam, invoice, poonam, dev):
    mine = made(post(as_poonam, "api-refund-list", invoice=str(invoice.pk), reason="twice"))
    own = refused(post(as_poonam, "api-refund-decisions", mine["id"], is_approved=True))
    assert own[""] == "Somebody else approves what you have asked."
    no = refused(post(as_poonam, "api-refund-decisions", mine["id"], is_approved=False))
    assert no[""] == "Somebody else approves what you have asked."
    assert refused(post(as_dev, "api-refund-decisions", mine["id"], is_approved=True), 403)
    said = refused(post(as_dev, "api-refund-withdrawals", mine["id"]))[""]
    assert said == "Only the person who asked may withdraw it."

    take = partial(post, as_poonam, "api-refund-withdrawals", mine["id"], key="w-1")
    withdrawn = made(take())
    assert withdrawn["status"] == "withdrawn"
    assert made(take()) == withdrawn
    other = made(post(as_dev, "api-refund-list", invoice=str(invoice.pk), reason="twice"))
    declined = post(as_poonam, "api-refund-decisions", other["id"], is_approved=False)
    assert refused(declined)["note"] == "Say why."
    made(post(as_poonam, "api-refund-decisions", other["id"], is_approved=False, note="it was done"))
    assert RefundRequest.objects.get(pk=other["id"]).status == RequestStatus.DECLINED


def test_cash_goes_back_out_of_an_open_drawer_that_has_it(as_poonam, invoice, dev, mohan):
    payment = pay(invoice, dev, "1000.00")
    asked = made(post(caller(dev), "api-refund-list", payment=str(payment.pk), reason="twice"))
    made(post(as_poonam, "api-refund-decisions", asked["id"], is_approved=True))

    said = refused(post(caller(mohan), "api-refund-payments", asked["id"]))

    assert said["shift"] == "Open your shift before you pay cash back."
    assert not Refund.objects.exists()


def test_a_voucher_is_given_its_utr_once_when_it_is_known(as_dev, as_poonam, as_farid, invoice, dev, kavita):
    payment = pay(invoice, dev, "400.00", mode=PaymentMode.UPI, reference=UTR)
    asked = made(post(as_dev, "api-refund-list", payment=str(payment.pk), reason="twice"))
    made(post(as_poonam, "api-refund-decisions", asked["id"], is_approved=True))
    paid = made(post(as_dev, "api-refund-payments", asked["id"]))
    (voucher,) = listed(as_dev, "api-voucher-list", unreferenced="true")
    assert voucher == paid["vouchers"][0]
    give_number = partial(post, as_dev, "api-voucher-references", voucher["id"])

    assert "12 digits" in refused(give_number(reference="SBIN0001"))[""]
    assert refused(give_number(reference=""), 400)["reference"]
    assert refused(give_number(), 400)["reference"]
    refused(post(as_farid, "api-voucher-references", voucher["id"], reference="512345678901"), 404)
    as_doctor = caller(make_doctor("Das", dev.posting.facility))
    refused(post(as_doctor, "api-voucher-references", voucher["id"], reference="512345678901"), 403)
    first, again = (made(give_number(reference="512345678901", key="r-1")) for _ in range(2))

    assert first == again == voucher | {"reference": "512345678901"}
    assert refused(give_number(reference="512345678902"))[""].endswith("has its number already.")
    assert listed(as_dev, "api-voucher-list", unreferenced="true") == []
    assert listed(as_dev, "api-voucher-list", unreferenced="false", reference="512345678901") == [first]
    assert listed(as_farid, "api-voucher-list") == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_pay_a_refund_back_once(rims, invoice, dev, poonam):
    pay(invoice, dev, "1000.00")
    asked = made(post(caller(dev), "api-refund-list", invoice=str(invoice.pk), reason="twice"))
    made(post(caller(poonam), "api-refund-decisions", asked["id"], is_approved=True))
    tills = [caller(make_cashier(f"c{n}", rims)) for n in range(4)]

    answers = all_at_once([partial(post, till, "api-refund-payments", asked["id"]) for till in tills])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 3}
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_decide_once(rims, invoice, dev, poonam):
    asked = made(post(caller(dev), "api-refund-list", invoice=str(invoice.pk), reason="twice"))
    desks = [caller(poonam) for _ in range(4)]

    answers = all_at_once(
        [
            partial(
                post, desk, "api-refund-decisions", asked["id"], is_approved=bool(n % 2), note="looked at"
            )
            for n, desk in enumerate(desks)
        ]
    )

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 3}


# ── From elsewhere ──


def test_nothing_of_another_hospital_is_there(as_dev, as_farid, invoice, encounter, dev):
    payment = pay(invoice, dev, "400.00")
    deposit = made(post(as_dev, "api-deposit-list", encounter=str(encounter.pk), **cash("100.00")))["deposit"]
    asked = made(post(as_dev, "api-refund-list", payment=str(payment.pk), reason="twice"))["id"]
    acts = [
        ("api-invoice-payments", invoice.pk, {"payments": [cash("1.00")]}),
        ("api-invoice-papers", invoice.pk, {}),
        ("api-deposit-payments", deposit, cash("1.00")),
        ("api-deposit-refunds", deposit, {"reason": "mine"}),
        ("api-refund-withdrawals", asked, {}),
        ("api-refund-payments", asked, {}),
    ]
    for name, pk, body in acts:
        assert post(as_farid, name, pk, **body).status_code == 404, name
    looks = [("invoice", invoice.pk), ("payment", payment.pk), ("deposit", deposit), ("refund", asked)]
    for noun, pk in [*looks, ("account", encounter.pk)]:
        assert as_farid.get(reverse(f"api-{noun}-detail", args=[pk])).status_code == 404, noun
    for noun, _pk in looks:
        assert listed(as_farid, f"api-{noun}-list") == []
    for said in invoice.number, payment.receipt_number, encounter.patient.uhid, encounter.patient.phone:
        assert listed(as_farid, "api-invoice-list", q=said) == []
    bodies = [
        ("api-invoice-list", {"encounter": str(encounter.pk), "kind": "final"}, "encounter"),
        ("api-deposit-list", {"encounter": str(encounter.pk), **cash("5.00")}, "encounter"),
        ("api-refund-list", {"invoice": str(invoice.pk), "reason": "mine"}, "invoice"),
        ("api-refund-list", {"payment": str(payment.pk), "reason": "mine"}, "payment"),
        ("api-refund-list", {"deposit": deposit, "reason": "mine"}, "deposit"),
    ]
    for name, body, field in bodies:
        foreign = refused(post(as_farid, name, **body), 400)
        nothing = refused(post(as_farid, name, **body | {field: str(uuid4())}), 400)
        assert foreign == nothing
        assert foreign[field]
    assert Payment.objects.count() == 2
    assert RefundRequest.objects.count() == 1


# ── How much is asked of the database ──


@pytest.fixture
def grow(encounter, dev, kavita, poonam):
    """One more of everything: bills, payments, money in advance, what is asked back."""

    def grown():
        visit = make_encounter(make_patient(encounter.facility), encounter.department)
        for one in visit, encounter:
            payment = receive(one, dev, "20.00")
            make_charge(one, "5.00")
            made(post(caller(dev), "api-deposit-list", encounter=str(one.pk), **cash("30.00")))
            drawn = [{"mode": "deposit", "amount": "3.00"}]
            bill = make_invoice(one, kavita, "30.00")
            made(post(caller(dev), "api-invoice-payments", bill.pk, payments=drawn))
            asked = ask(kavita, "2.00", payment=payment)
            approve(asked, poonam)
            give(asked, dev)
        for _ in range(2):
            pay(Invoice.objects.get(total=Decimal("1000.00")), dev, "5.00")

    return grown


def test_no_noun_asks_more_however_many_rows_it_shows(as_dev, encounter, invoice, grow):
    grow()
    deposit = DepositAccount.objects.get(encounter=encounter)
    asked = RefundRequest.objects.first()
    payment = Payment.objects.filter(invoice=invoice).first()
    paths = [reverse(f"api-{noun}-list") for noun in ("invoice", "payment", "refund", "deposit")]
    paths += [f"{paths[0]}?q={encounter.patient.uhid}", f"{paths[0]}?unpaid=true"]
    paths += [
        reverse(f"api-{noun}-detail", args=[one.pk])
        for noun, one in [
            ("invoice", invoice),
            ("payment", payment),
            ("refund", asked),
            ("deposit", deposit),
            ("account", encounter),
        ]
    ]
    paths.append(reverse("api-account-discharge", args=[encounter.pk]))

    def counted(path):
        with CaptureQueriesContext(connection) as questions:
            assert as_dev.get(path).status_code == 200
        return len(questions)

    few = {path: min(counted(path), counted(path)) for path in paths}
    for _ in range(3):
        grow()
    many = {path: min(counted(path), counted(path)) for path in paths}

    assert many == few
    assert max(many.values()) <= 20, many


def test_a_closed_drawer_takes_no_more(as_dev, dev, invoice):
    end(Shift.objects.get(cashier=dev))

    assert refused(post(as_dev, "api-invoice-payments", invoice.pk, payments=[cash("1.00")]))["shift"]
