"""The screens and the API of shifts: one key each, nothing typed is lost, each refusal said."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billing import queries
from billing.models import Clearance, Settlement, Shift, TreasuryDeposit
from billing.states import PaymentMode, ShiftStatus
from tests.billing.test_shifts import HOSTILE
from tests.factories.shifts import accept, bank_file, begin, end, notes_of, receive


def count_form(amount, **changes):
    boxes = {("paise" if kind == "paise" else f"n{kind}"): n for kind, n in notes_of(amount).items()}
    return {"request_key": uuid4(), "left_in_drawer": "0", "explanation": ""} | boxes | changes


# ── One's own ──


def test_enter_opens_the_shift(client, mohan):
    client.force_login(mohan)
    assert "autofocus" in client.get(reverse("billing:shift_own")).text

    answer = client.post(reverse("billing:shift_new"), {"opening_float": "500", "request_key": uuid4()})

    assert answer.status_code == 303
    assert queries.open_shift_of(mohan).opening_float == Decimal("500.00")


def test_the_fragment_opens_it_in_its_place(client, mohan):
    client.force_login(mohan)

    answer = client.post(reverse("billing:shift_new"), {"inline": "1"}, headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert "Your shift is open" in answer.text
    again = client.post(reverse("billing:shift_new"), {"inline": "1"}, headers={"HX-Request": "true"})
    assert (again.status_code, Shift.objects.count()) == (200, 1)


def test_the_fragment_says_what_is_wrong_and_keeps_it(client, mohan):
    client.force_login(mohan)

    sent = {"inline": "1", "opening_float": HOSTILE}
    answer = client.post(reverse("billing:shift_new"), sent, headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "&lt;img src=x" in answer.text
    assert "Open your shift before you take cash" in answer.text


@pytest.mark.parametrize(
    ("asked", "led"), [("/patients/", "/patients/"), ("https://evil.example/", "/billing/shifts/own/")]
)
def test_without_a_script_one_comes_back_to_ones_page(client, mohan, asked, led):
    client.force_login(mohan)

    answer = client.post(reverse("billing:shift_new"), {"next": asked})

    assert answer["Location"] == led


def test_a_wrong_float_is_said_at_its_field(client, mohan):
    client.force_login(mohan)

    answer = client.post(reverse("billing:shift_new"), {"opening_float": "-5"})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_the_count_closes_it_and_prints_the_sheet(client, mohan, shift, encounter):
    receive(encounter, mohan, "42.00")
    client.force_login(mohan)
    page = client.get(reverse("billing:shift_own")).text
    assert "₹542.00" in page

    answer = client.post(reverse("billing:shift_closing_new"), count_form("542.00"), follow=True)

    shift.refresh_from_db()
    assert shift.status == ShiftStatus.CLOSED
    sheet = queries.closing_sheet_of(shift)
    assert f'data-print-url="{reverse("paper_detail", args=[sheet.pk])}"' in answer.text
    paper = client.get(reverse("paper_detail", args=[sheet.pk]))
    assert paper.content.startswith(b"%PDF")


def test_a_difference_keeps_the_count_and_asks_why(client, mohan, shift):
    client.force_login(mohan)

    answer = client.post(reverse("billing:shift_closing_new"), count_form("490.00"))

    assert answer.status_code == 422
    assert "holds ₹490.00 and should hold ₹500.00" in answer.text
    assert 'name="n200" value="2"' in answer.text
    shift.refresh_from_db()
    assert shift.status == ShiftStatus.OPEN


def test_a_count_that_is_no_number_is_said_at_its_box(client, mohan, shift):
    client.force_login(mohan)

    answer = client.post(reverse("billing:shift_closing_new"), count_form("0", n500="x"))

    assert answer.status_code == 422
    assert 'id="id_n500-error"' in answer.text


def test_without_an_open_shift_there_is_nothing_to_close(client, mohan):
    client.force_login(mohan)

    assert client.post(reverse("billing:shift_closing_new"), count_form("0")).status_code == 303


def test_the_next_cashier_is_offered_the_drawer(client, shift, nilu):
    end(shift, left_in_drawer=Decimal("200.00"))
    client.force_login(nilu)
    assert "Mohan · ₹200.00" in client.get(reverse("billing:shift_own")).text

    client.post(reverse("billing:shift_new"), {"taken_over_from": shift.pk, "request_key": uuid4()})

    assert queries.open_shift_of(nilu).opening_float == Decimal("200.00")


@pytest.mark.parametrize("typed", ["700", "0.01"])
def test_a_float_beside_a_drawer_is_refused_at_its_field(client, shift, nilu, typed):
    end(shift, left_in_drawer=Decimal("200.00"))
    client.force_login(nilu)
    sent = {"taken_over_from": shift.pk, "opening_float": typed, "request_key": uuid4()}
    answer = client.post(reverse("billing:shift_new"), sent)

    assert answer.status_code == 422
    assert "taken over is the float" in str(answer.context["form"].errors["opening_float"])
    assert f'value="{typed}"' in answer.text
    assert queries.open_shift_of(nilu) is None


# ── The supervisor's ──


def test_the_supervisor_accepts_by_enter(client, shift, poonam):
    end(shift, "490.00", explanation=HOSTILE)
    client.force_login(poonam)
    listed = client.get(reverse("billing:shift_list")).text
    assert "−₹10.00" in listed
    assert "<img src=x" not in listed
    assert "autofocus" in client.get(reverse("billing:shift_detail", args=[shift.pk])).text

    client.post(reverse("billing:acceptance_new", args=[shift.pk]), {"note": ""})

    shift.refresh_from_db()
    assert shift.accepted_by == poonam


def test_ones_own_shift_is_not_accepted_on_the_screen_either(client, poonam):
    own = begin(poonam)
    end(own)
    client.force_login(poonam)

    answer = client.post(reverse("billing:acceptance_new", args=[own.pk]), {"note": "alone"})

    assert answer.status_code == 422
    assert "Somebody else accepts a shift" in answer.text
    assert 'value="alone"' in answer.text


def test_a_forgotten_shift_is_counted_by_the_supervisor(client, shift, poonam):
    client.force_login(poonam)
    address = reverse("billing:forgotten_shift_new", args=[shift.pk])

    assert "Say why its cashier" in client.post(address, count_form("500.00")).text
    assert client.post(address, count_form("500.00", explanation="ill")).status_code == 303

    shift.refresh_from_db()
    assert shift.status == ShiftStatus.CLOSED


def test_a_challan_is_recorded_from_the_ticked_shifts(client, shift, mohan, poonam, encounter):
    receive(encounter, mohan, "42.00")
    accept(end(shift), poonam)
    client.force_login(poonam)
    assert "₹42.00" in client.get(reverse("billing:challan_new")).text
    sent = {"challan_number": HOSTILE, "deposited_on": f"{timezone.localdate():%d-%m-%Y}"}

    refused = client.post(reverse("billing:challan_new"), sent | {"request_key": uuid4()})
    assert (refused.status_code, "Choose a shift" in refused.text) == (422, True)
    client.post(reverse("billing:challan_new"), sent | {"shifts": [shift.pk], "request_key": uuid4()})

    assert TreasuryDeposit.objects.get().amount == Decimal("42.00")
    assert "<img src=x" not in client.get(reverse("billing:challan_list")).text


def test_a_challan_sent_twice_is_one_and_another_of_its_shifts_is_refused(
    client, shift, mohan, poonam, encounter
):
    receive(encounter, mohan, "42.00")
    accept(end(shift), poonam)
    client.force_login(poonam)
    address, day = reverse("billing:challan_new"), f"{timezone.localdate():%d-%m-%Y}"
    sent = {"challan_number": "CH-1", "deposited_on": day, "shifts": [shift.pk], "request_key": uuid4()}

    first, again = client.post(address, sent), client.post(address, sent)
    assert (first.status_code, again.status_code) == (303, 303)
    assert again["Location"] == first["Location"]
    other = client.post(address, sent | {"challan_number": "CH-2", "request_key": uuid4()})

    assert (other.status_code, list(other.context["form"].errors)) == (422, ["shifts"])
    assert TreasuryDeposit.objects.get().challan_number == "CH-1"


def test_the_banks_file_is_looked_through_and_taken_in(client, mohan, shift, poonam, encounter):
    receive(encounter, mohan, "42.00", PaymentMode.UPI, "412345678901")
    client.force_login(poonam)
    assert "412345678901" in client.get(reverse("billing:unseen_upi_list")).text
    content = bank_file(f"412345678901,42.00,{timezone.localdate():%d-%m-%Y}", "77,1,x")
    sent = {"file": SimpleUploadedFile("bank.csv", content), "request_key": uuid4()}

    page = client.post(reverse("billing:settlement_new"), sent, follow=True).text
    assert "Take in 1 row" in page
    assert "1 row is wrong" in page
    held = Settlement.objects.get()
    wrong = client.get(reverse("billing:settlement_detail", args=[held.pk]), {"kind": "error"}).text
    assert "A UTR has 12 digits" in wrong
    client.post(reverse("billing:settlement_application_new", args=[held.pk]))

    assert "412345678901" not in client.get(reverse("billing:unseen_upi_list")).text
    again = {"file": SimpleUploadedFile("b.csv", content), "request_key": uuid4()}
    assert "already taken in" in client.post(reverse("billing:settlement_new"), again).text


def test_a_cheque_is_honoured_or_returned_on_its_page(client, mohan, shift, poonam, encounter):
    good, bad = (receive(encounter, mohan, "42.00", PaymentMode.CHEQUE, f"00012{n}") for n in range(2))
    client.force_login(poonam)
    assert client.get(reverse("billing:cheque_list")).text.count("cheque <b") == 2
    today = f"{timezone.localdate():%d-%m-%Y}"
    early = f"{timezone.localdate() - timedelta(days=3):%d-%m-%Y}"

    late = client.post(
        reverse("billing:clearance_new", args=[good.pk]), {"cleared_on": early, "request_key": uuid4()}
    )
    assert "received only later" in late.text
    client.post(
        reverse("billing:clearance_new", args=[good.pk]), {"cleared_on": today, "request_key": uuid4()}
    )
    sent = {"bounced_on": today, "reason": "funds insufficient", "request_key": uuid4()}
    client.post(reverse("billing:bounce_new", args=[bad.pk]), sent)

    assert Clearance.objects.get().payment == good
    assert bad.invoice.balance() == Decimal("42.00")
    twice = client.post(reverse("billing:bounce_new", args=[bad.pk]), sent | {"request_key": uuid4()})
    assert "The bank has returned this one" in twice.text


# ── The API ──


def call(client, name, *args, **body):
    return client.post(reverse(name, args=args), body, content_type="application/json")


def test_the_api_says_plainly_when_there_is_no_open_shift(client, mohan):
    client.force_login(mohan)

    answer = client.get(reverse("api-shift-current"))

    assert answer.status_code == 422
    assert answer.json()["detail"] == "You have no open shift. Open it before you take cash."


def test_a_shift_by_the_api_from_its_float_to_its_acceptance(client, mohan, poonam, encounter):
    client.force_login(mohan)
    key = {"Idempotency-Key": "opening-1"}
    address = reverse("api-shift-list")
    made = [
        client.post(address, {"opening_float": "500.00"}, content_type="application/json", headers=key)
        for _ in range(2)
    ]
    assert [one.status_code for one in made] == [201, 201]
    shift_id = made[0].json()["id"]
    assert made[1].json()["id"] == shift_id
    receive(encounter, mohan, "42.00")
    current = client.get(reverse("api-shift-current")).json()
    assert current["taken"] == [{"mode": "cash", "receipts": 1, "received": "42.00", "paid_back": "0.00"}]

    off = call(client, "api-shift-closings", shift_id, count={"500": 1})
    assert (off.status_code, "should hold ₹542.00" in off.json()["detail"]) == (422, True)
    closed = call(
        client, "api-shift-closings", shift_id, count={"500": 1, "20": 2, "2": 1}, left_in_drawer="100.00"
    )
    assert (closed.status_code, closed.json()["difference"]) == (201, "0.00")
    drawers = client.get(reverse("api-shift-drawers")).json()["results"]
    assert [(one["shift"], one["left_in_drawer"]) for one in drawers] == [(shift_id, "100.00")]

    client.force_login(poonam)
    assert client.get(reverse("api-shift-list")).json()["results"][0]["id"] == shift_id
    assert call(client, "api-shift-acceptances", shift_id).json()["status"] == "accepted"
    assert client.get(reverse("api-shift-detail", args=[shift_id])).json()["status"] == "accepted"


def test_a_drawer_is_taken_over_by_the_api(client, shift, nilu):
    end(shift, left_in_drawer=Decimal("200.00"))
    client.force_login(nilu)

    taken = call(client, "api-shift-list", taken_over_from=str(shift.pk))

    assert (taken.status_code, taken.json()["opening_float"]) == (201, "200.00")
    assert call(client, "api-shift-list", taken_over_from=str(uuid4())).status_code == 404
