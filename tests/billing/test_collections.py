"""The day book and what was collected: to the paisa, by the database, out of the house with an entry."""

import subprocess
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from billing import queries
from billing.models import Invoice, InvoiceLine, Payment, Refund
from billing.queries import Days
from billing.services import Ask, Offer, ask_refund, bounce_cheque, decide_refund, take_deposit, take_payments
from billing.states import InvoiceStatus, PaymentMode, RefundAuthority, RefundKind, ServiceKind
from facilities.roles import Role
from hmis.kernel.models import AuditEntry
from tests.factories.billing import make_charge, make_invoice
from tests.factories.facilities import make_person
from tests.factories.patients import make_encounter, make_patient
from tests.factories.shifts import receive

UTR = "412345678901"


@pytest.fixture
def lata(rims):
    """The administrator of RIMS."""
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


def now_days():
    return Days(timezone.localdate(), timezone.localdate())


def sums(lines):
    return {str(one.label): (one.receipts, one.came, one.back) for one in lines}


def money(*texts):
    return tuple(Decimal(text) for text in texts)


def bill_of(encounter, clerk, **parts):
    """An issued bill with one line of each kind."""
    now = timezone.now()
    amounts = {kind: Decimal(amount) for kind, amount in parts.items()}
    with transaction.atomic():
        invoice = Invoice.objects.create(
            facility=encounter.facility,
            patient=encounter.patient,
            encounter=encounter,
            number=f"T/{uuid4().hex[:12]}",
            status=InvoiceStatus.ISSUED,
            total=sum(amounts.values()),
            issued_at=now,
            issued_by=clerk,
        )
        for kind, amount in amounts.items():
            item = make_charge(encounter, amount, kind=kind, at=now)
            InvoiceLine.objects.create(
                facility=encounter.facility, invoice=invoice, charge_item=item, amount=amount
            )
    return invoice


def paid(invoice, cashier, amount, mode=PaymentMode.CASH, **changes):
    details = {"receipt_number": f"P/{uuid4().hex[:12]}", "received_at": timezone.now()}
    return Payment.objects.create(
        facility=invoice.facility,
        invoice=invoice,
        amount=Decimal(amount),
        mode=mode,
        received_by=cashier,
        **details | changes,
    )


def give_back(payment, cashier):
    return Refund.objects.create(
        facility=payment.facility,
        payment=payment,
        voucher_number=f"F/{uuid4().hex[:12]}",
        amount=payment.amount,
        mode=payment.mode,
        authority=RefundAuthority.SAME_DAY,
        reason="twice",
        reason_hi="दो बार",
        paid_back_by=cashier,
        paid_back_at=timezone.now(),
    )


# ── Sums ──


def test_money_is_summed_by_mode_cashier_department_and_day(rims, encounter, dev, kavita):
    receive(encounter, dev, "40.00")
    receive(encounter, kavita, "60.00")
    receive(encounter, dev, "100.00", PaymentMode.UPI, UTR)

    summed = queries.collections(rims, now_days())

    assert sums(summed.modes) == {"cash": (2, *money("100.00", "0")), "UPI": (1, *money("100.00", "0"))}
    assert sums(summed.cashiers) == {"Dev": (2, *money("140.00", "0")), "Kavita": (1, *money("60.00", "0"))}
    assert sums(summed.departments) == {"Medicine": (3, *money("200.00", "0"))}
    assert [one.label for one in summed.days] == [timezone.localdate()]
    assert (summed.total.receipts, summed.total.net) == (3, Decimal("200.00"))


def test_a_part_payment_is_parted_among_its_heads_to_the_paisa(rims, encounter, dev):
    invoice = bill_of(encounter, dev, laboratory="10.00", imaging="10.00", medicine="10.00")
    paid(invoice, dev, "10.00")

    heads = sums(queries.collections(rims, now_days()).heads)

    assert sorted(came for _receipts, came, _back in heads.values()) == [
        *money("3.33", "3.33", "3.34"),
    ]
    assert set(heads) == {"laboratory test", "imaging", "medicine"}
    assert sum(receipts for receipts, *_rest in heads.values()) == 1


def test_heads_and_modes_come_to_the_same_sum(rims, encounter, dev):
    for cents in ("0.01", "7.77", "99.99"):
        invoice = bill_of(encounter, dev, registration="33.35", bed_day="66.65", supply="0.01")
        give_back(paid(invoice, dev, cents), dev)

    summed = queries.collections(rims, now_days())

    for lines in (summed.heads, summed.modes, summed.cashiers, summed.departments, summed.days):
        assert sum(one.came for one in lines) == sum(one.back for one in lines) == Decimal("107.77")


def test_a_deposit_counts_as_it_comes_and_not_as_it_is_drawn(rims, encounter, dev):
    deposit = take_deposit(
        encounter=encounter,
        offer=Offer(PaymentMode.CASH, amount=Decimal("500.00")),
        request_key=uuid4(),
        actor=dev,
        at=timezone.now(),
    ).deposit
    invoice = bill_of(encounter, dev, bed_day="300.00")
    paid(invoice, dev, "300.00", PaymentMode.DEPOSIT, drawn_from=deposit)

    summed = queries.collections(rims, now_days())

    assert sums(summed.heads) == {"patients' deposits": (1, *money("500.00", "0"))}
    assert summed.total.net == Decimal("500.00")


def test_a_returned_cheque_goes_off(rims, encounter, dev, poonam):
    payment = receive(encounter, dev, "80.00", PaymentMode.CHEQUE, "000123")
    bounce_cheque(
        payment=payment,
        reason="funds insufficient",
        bounced_on=timezone.localdate(),
        request_key=uuid4(),
        actor=poonam,
        at=timezone.now(),
    )

    summed = queries.collections(rims, now_days())

    assert sums(summed.modes) == {"cheque": (1, *money("80.00", "80.00"))}
    assert [one.what for one in queries.daybook(rims, timezone.localdate())] == ["receipt", "returned"]


def test_other_days_and_other_hospitals_are_not_summed(rims, sgml, encounter, dev):
    receive(encounter, dev, "40.00")
    yesterday = timezone.localdate() - timedelta(days=1)

    assert queries.collections(rims, Days(yesterday, yesterday)).total.receipts == 0
    assert queries.collections(sgml, now_days()).total.receipts == 0


# ── The day book ──


def test_the_book_has_every_movement_in_its_order(rims, encounter, dev):
    first = receive(encounter, dev, "40.00")
    second = receive(encounter, dev, "5.00", PaymentMode.UPI, UTR)
    refund = give_back(first, dev)

    lines = queries.daybook(rims, timezone.localdate())

    assert [(one.what, one.number, one.amount) for one in lines] == [
        ("receipt", first.receipt_number, Decimal("40.00")),
        ("receipt", second.receipt_number, Decimal("5.00")),
        ("refund", refund.voucher_number, Decimal("-40.00")),
    ]
    assert queries.daybook_count(rims, timezone.localdate()) == 3
    assert {one.person for one in lines} == {dev}


def test_the_sum_of_a_day_opens_its_day_book(encounter, dev, poonam, client):
    receive(encounter, dev, "40.00")
    client.force_login(poonam)

    page = client.get(reverse("billing:collection_list"))

    book = reverse("billing:daybook_list", query={"begins": timezone.localdate().isoformat()})
    assert f'<a href="{book}">' in page.text


def test_a_line_of_a_deposit_opens_its_account(encounter, dev, poonam, client):
    take_deposit(
        encounter=encounter,
        offer=Offer(PaymentMode.CASH, amount=Decimal("500.00")),
        request_key=uuid4(),
        actor=dev,
        at=timezone.now(),
    )
    client.force_login(poonam)

    page = client.get(reverse("billing:daybook_list"))

    account = reverse("billing:account_detail", args=[encounter.pk])
    assert f'<a class="stretched" href="{account}">' in page.text
    assert client.get(account).status_code == 200


def test_the_page_shows_a_hundred_lines_and_asks_no_more_for_them(rims, med, dev, poonam, client):
    def come(count):
        for _ in range(count):
            invoice = bill_of(make_encounter(make_patient(rims), med), dev, registration="5.00")
            paid(invoice, dev, "5.00")

    client.force_login(poonam)
    come(2)
    client.get(reverse("billing:daybook_list"))
    with CaptureQueriesContext(connection) as few:
        client.get(reverse("billing:daybook_list"))
    come(105)
    with CaptureQueriesContext(connection) as many:
        page = client.get(reverse("billing:daybook_list"))

    assert len(many) <= len(few) <= 20
    assert page.content.count(b"data-row") == 100
    assert "₹535.00" in page.text
    rest = client.get(reverse("billing:daybook_list"), {"page": 2})
    assert rest.content.count(b"data-row") == 7


# ── Out of the house ──


@pytest.fixture
def collected(encounter, dev):
    return receive(encounter, dev, "40.50")


def take_out(client, **sent):
    today = timezone.localdate().isoformat()
    return client.post(reverse("billing:report_export_new"), {"begins": today, "ends": today} | sent)


@pytest.mark.parametrize("report", ["daybook", "collections", "challans"])
@pytest.mark.parametrize(("form", "starts"), [("pdf", b"%PDF"), ("xlsx", b"PK")])
def test_every_report_leaves_as_paper_and_as_sheet_with_an_entry(
    client, lata, collected, report, form, starts
):
    client.force_login(lata)

    answer = take_out(client, report=report, form=form)

    assert answer.status_code == 200
    assert answer.content.startswith(starts)
    entry = AuditEntry.objects.get(name="billing.collections_exported")
    assert (entry.detail["report"], entry.detail["form"], entry.actor) == (report, form, lata)


def test_what_went_keeps_its_sign_on_paper(client, lata, collected, tmp_path):
    give_back(collected, collected.received_by)
    client.force_login(lata)
    paper = tmp_path / "daybook.pdf"

    paper.write_bytes(take_out(client, report="daybook", form="pdf").content)

    text = subprocess.run(["pdftotext", paper, "-"], check=True, capture_output=True).stdout.decode()
    assert "₹40.50" in text
    assert "–₹40.50" in text


def cells(answer):
    sheet = load_workbook(BytesIO(answer.content)).active
    return [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]


def test_amounts_are_numbers_and_names_are_never_formulas(client, poonam, rims, med, dev):
    patient = make_patient(rims, "=1+1", "")
    receive(make_encounter(patient, med), dev, "40.50")
    client.force_login(poonam)

    _head, line = cells(take_out(client, report="daybook", form="xlsx"))

    assert ("=1+1", "s") in line
    assert [value or "" for value, _type in line[-2:]] == [40.5, ""]


def test_the_sheet_of_the_day_sums_to_what_the_page_says(client, poonam, rims, encounter, dev):
    """A credit note moves no money, nor does what is drawn from a deposit that came before."""
    said = {"actor": dev, "at": timezone.now()}
    ask = Ask(RefundKind.CREDIT, invoice=make_invoice(encounter, dev, "60.00", at=timezone.now()))
    asked = ask_refund(ask=ask, reason="not done", request_key=uuid4(), **said)
    decide_refund(request=asked, is_approved=True, actor=poonam, at=timezone.now())
    give_back(receive(encounter, dev, "5.00"), dev)
    offer = Offer(PaymentMode.CASH, amount=Decimal("100.00"))
    take_deposit(encounter=encounter, offer=offer, request_key=uuid4(), **said)
    drawn = Offer(PaymentMode.DEPOSIT, amount=Decimal("30.00"))
    bill = make_invoice(encounter, dev, "30.00", at=timezone.now())
    take_payments(invoice=bill, offers=[drawn], request_key=uuid4(), **said)
    client.force_login(poonam)

    head, *lines = cells(take_out(client, report="daybook", form="xlsx"))

    assert [title for title, _type in head[-2:]] == ["Amount in ₹", "Not in the sum, in ₹"]
    assert sum(line[-2][0] or 0 for line in lines) == 100
    assert queries.collections(rims, now_days()).total.net == Decimal("100.00")
    assert sorted(line[-1][0] for line in lines if line[-1][0]) == [30, 60]


def test_a_day_too_long_for_paper_is_said(client, poonam, collected, monkeypatch):
    monkeypatch.setattr("billing.views.collections.MOST_ON_PAPER", 0)
    client.force_login(poonam)

    answer = take_out(client, report="daybook", form="pdf")

    assert answer.status_code == 422
    assert "take it as XLSX" in answer.text
    assert not AuditEntry.objects.filter(name="billing.collections_exported").exists()


def test_days_the_wrong_way_round_are_refused_where_they_stand(client, poonam, collected):
    client.force_login(poonam)
    for name in "billing:collection_list", "billing:daybook_list":
        answer = client.get(reverse(name), {"begins": "02-07-2026", "ends": "01-07-2026"})
        assert answer.status_code == 422
        assert "The last day is before the first" in answer.text
        answer = client.get(reverse(name), {"begins": "01-07-2024", "ends": "03-07-2025"})
        assert answer.status_code == 422
        assert "At most a year at once" in answer.text


def test_the_auditor_of_the_state_chooses_a_hospital(client, rims, sgml, collected):
    client.force_login(make_person("Prem", Role.AUDITOR, rims.district.state))

    assert "Choose a hospital" in client.get(reverse("billing:collection_list")).text
    chosen = client.get(reverse("billing:collection_list"), {"hospital": "RIMS"})
    assert "₹40.50" in chosen.text
    assert "₹40.50" not in client.get(reverse("billing:collection_list"), {"hospital": "SGML"}).text


def test_nobody_sees_another_hospitals_money(client, sgml, collected):
    client.force_login(make_person("Ramesh", Role.BILLING_SUPERVISOR, sgml))

    page = client.get(reverse("billing:daybook_list"), {"hospital": "RIMS"})
    assert collected.receipt_number not in page.text


def test_every_kind_of_service_has_its_head(rims, encounter, dev):
    paid(bill_of(encounter, dev, **{kind.value: "1.00" for kind in ServiceKind}), dev, "10.00")

    assert len(queries.collections(rims, now_days()).heads) == len(ServiceKind)
