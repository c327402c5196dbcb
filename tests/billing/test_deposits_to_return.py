"""A deposit goes back when its stay is over: found by its papers, listed until it is given back."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from billing import queries
from billing.models import DepositAccount, Refund, RefundRequest
from billing.services import Offer, bounce_cheque, clear_cheque, take_payments
from billing.states import PaymentMode, RequestStatus
from facilities.roles import Role
from ipd.queries import checklist
from ipd.services import cancel_admission
from ipd.states import DischargeType
from patients.models import CaseKind
from patients.services import CaseDetails
from patients.states import EncounterStatus
from tests.billing.test_refunds import approve, ask, deposit, give
from tests.billing.test_take_payment import UTR
from tests.conftest import NOON
from tests.factories.billing import make_invoice
from tests.factories.cases import walked
from tests.factories.casualty import come
from tests.factories.facilities import make_person
from tests.factories.ipd import admit, beds_in, begin_discharge, complete, leave, pass_over
from tests.factories.patients import make_encounter, make_patient

LIST = reverse("billing:unreturned_deposit_list")


@pytest.fixture
def admission(asha, ward, clara):
    return admit(asha, beds_in(ward)[0], clara).admission


def take_back(admission, clara):
    return cancel_admission(
        admission=admission, why="wrong ward", request_key=uuid4(), actor=clara, at=timezone.now()
    )


def end(encounter, at=NOON, status=EncounterStatus.FINISHED):
    """This contact is over, past the service."""
    encounter.status, encounter.ended_at = status, at
    encounter.save()
    return encounter


def listed(client, person):
    client.force_login(person)
    return client.get(LIST)


# ── An admission that was taken back ──


def test_who_takes_an_admission_back_is_told_where_its_deposit_goes_back(client, admission, clara, dev):
    deposit(admission.encounter, dev, "500.00")
    client.force_login(clara)
    address = reverse("ipd:admission_cancellation_new", args=[admission.pk])

    done = client.post(address, {"why": "wrong ward", "request_key": uuid4()}, follow=True)

    assert "₹500.00 was paid in advance" in done.text


def test_of_one_without_a_deposit_nothing_is_said(client, admission, clara):
    client.force_login(clara)
    address = reverse("ipd:admission_cancellation_new", args=[admission.pk])

    done = client.post(address, {"why": "wrong ward", "request_key": uuid4()}, follow=True)

    assert "paid in advance" not in done.text


@walked("found_by", ["uhid", "phone", "receipt"])
def test_its_deposit_is_found_by_what_is_in_hand_and_goes_back(
    client, admission, clara, dev, mohan, shift, poonam, found_by
):
    taken = deposit(admission.encounter, mohan, "500.00")
    take_back(admission, clara)
    words = {"uhid": admission.patient.uhid, "phone": admission.patient.phone, "receipt": str(taken)}
    account = reverse("billing:account_detail", args=[admission.encounter_id])

    client.force_login(mohan)
    assert account in client.post(reverse("billing:bill_list"), {"words": words[found_by]}).text
    page = client.get(account).text
    asking = reverse("billing:deposit_refund_new", args=[taken.deposit_id])
    assert asking in page
    assert reverse("billing:deposit_new", args=[admission.encounter_id]) not in page
    client.post(asking, {"amount": "500.00", "reason": "admission cancelled", "request_key": uuid4()})
    asked = RefundRequest.objects.get()

    client.force_login(poonam)
    client.post(reverse("billing:decision_new", args=[asked.pk]), {"answer": "yes", "request_key": uuid4()})
    client.force_login(mohan)
    client.post(reverse("billing:refund_payment_new", args=[asked.pk]), {"request_key": uuid4()})

    refund = Refund.objects.get()
    assert (refund.amount, refund.mode, refund.shift) == (Decimal("500.00"), "cash", shift)
    assert taken.deposit.balance() == 0
    assert account not in listed(client, mohan).text


# ── Found by its papers ──


@walked(
    ("words", "is_found"),
    [
        ("rims/d26/1", True),
        ("RIMS/F26/0000001", True),
        ("{uhid}", True),
        ("9431100001", True),
        ("09431100001", True),
        (UTR, True),
        ("RIMS/D26/0000002", False),
        ("RIMS/R26/0000001", False),
        ("412345678902", False),
        ("500", False),
        ("<b>' OR 1=1 --", False),
    ],
)
def test_a_deposit_is_found_by_what_is_on_its_papers(encounter, kavita, poonam, dev, gopal, words, is_found):
    account = deposit(encounter, dev, "500.00", PaymentMode.UPI, UTR).deposit
    asked = ask(kavita, "200.00", deposit=account)
    approve(asked, poonam)
    give(asked, dev)
    asked_for = words.format(uhid=encounter.patient.uhid)

    found = queries.find_deposits(asked_for, kavita)

    assert [(one, one.held) for one in found] == ([(account, Decimal("300.00"))] if is_found else [])
    assert not queries.find_deposits(asked_for, gopal)


def test_what_has_money_stands_before_what_is_empty(asha, med, dev, kavita, poonam):
    empty = deposit(make_encounter(asha, med), dev, "500.00").deposit
    older = deposit(make_encounter(asha, med), dev, "60.00").deposit
    asked = ask(kavita, deposit=empty)
    approve(asked, poonam)
    give(asked, dev)

    assert queries.find_deposits(asha.uhid, kavita) == [older, empty]


# ── What is in it, computed for all at once ──


def test_what_it_holds_is_its_own_balance(encounter, invoice, dev, kavita, poonam):
    account = deposit(encounter, dev, "1500.00").deposit
    cheque = deposit(encounter, dev, "90.00", PaymentMode.CHEQUE, "000123")
    offers = [Offer(PaymentMode.DEPOSIT, amount=Decimal("400.00"))]
    (drawn,) = take_payments(invoice=invoice, offers=offers, request_key=uuid4(), actor=dev, at=NOON)
    assert sums(account) == (account.balance(), Decimal("90.00")) == (Decimal("1190.00"), Decimal("90.00"))

    for asked in ask(kavita, "100.00", payment=drawn), ask(kavita, "50.00", deposit=account):
        approve(asked, poonam)
        give(asked, dev)
    assert sums(account) == (account.balance(), Decimal("90.00")) == (Decimal("1240.00"), Decimal("90.00"))

    bank = {"request_key": uuid4(), "actor": poonam, "at": NOON}
    bounce_cheque(payment=cheque, reason="no money", bounced_on=NOON.date(), **bank)
    assert sums(account) == (account.balance(), 0) == (Decimal("1150.00"), 0)


def test_a_cheque_waits_until_the_bank_has_honoured_it(encounter, dev, poonam):
    cheque = deposit(encounter, dev, "90.00", PaymentMode.CHEQUE, "000123")
    assert sums(cheque.deposit) == (Decimal("90.00"), Decimal("90.00"))

    clear_cheque(payment=cheque, cleared_on=NOON.date(), request_key=uuid4(), actor=poonam, at=NOON)
    assert sums(cheque.deposit) == (Decimal("90.00"), 0)


def sums(account):
    found = DepositAccount.objects.get(pk=account.pk)
    queries.give_held([found])
    return found.held, found.waits


# ── The list ──


@walked("kind", [DischargeType.IMPROVED, DischargeType.LAMA, DischargeType.ABSCONDED, DischargeType.REQUEST])
def test_however_a_stay_ended_its_deposit_is_listed(client, admission, kind, dev, bose, clara, poonam):
    deposit(admission.encounter, dev, "500.00")
    assert queries.deposits_to_return(admission.facility) == []

    said = {"lama_name": "Birsa"} if kind in {DischargeType.LAMA, DischargeType.REQUEST} else {}
    begin_discharge(admission, bose, kind, **said)
    leave(admission, clara)
    admission.refresh_from_db()
    for point in checklist(admission).open:
        pass_over(admission, poonam, point.item, "gone")
    complete(admission, clara)

    page = listed(client, poonam)
    assert [one.held for one in page.context["rows"]] == [Decimal("500.00")]
    assert page.context["total"] == Decimal("500.00")


def test_it_says_whom_to_call_and_leads_to_where_it_is_given_back(client, encounter, dev):
    deposit(end(encounter), dev, "500.00")

    page = listed(client, dev)

    for said in ("Asha Devi", encounter.patient.uhid_shown, "94311 00001", "₹500.00", "22 July 2026"):
        assert said in page.text
    assert reverse("billing:account_detail", args=[encounter.pk]) in page.text


def test_the_oldest_come_first_and_the_total_is_of_all_pages(client, asha, med, dev):
    accounts = [
        deposit(end(make_encounter(asha, med), NOON - timedelta(days=days)), dev, "10.00").deposit
        for days in range(60)
    ]

    page = listed(client, dev)
    last = client.get(LIST, {"page": 2})

    assert [*page.context["rows"], *last.context["rows"]] == accounts[::-1]
    assert (len(page.context["rows"]), page.context["total"]) == (50, Decimal("600.00"))
    assert "?page=2" in page.text
    assert client.get(LIST, {"page": "9<script>"}).status_code == 200


def test_what_goes_on_was_given_back_or_drawn_is_not_listed(client, asha, med, kavita, poonam, dev):
    going_on, back, drawn = (make_encounter(asha, med) for _ in range(3))
    deposit(going_on, dev, "10.00")
    asked = ask(kavita, deposit=deposit(back, dev, "20.00").deposit)
    approve(asked, poonam)
    give(asked, dev)
    deposit(drawn, dev, "30.00")
    take_payments(
        invoice=make_invoice(drawn, kavita, "30.00"),
        offers=[Offer(PaymentMode.DEPOSIT)],
        request_key=uuid4(),
        actor=dev,
        at=NOON,
    )
    for one in back, drawn:
        end(one)

    page = listed(client, dev)
    assert (list(page.context["rows"]), page.context["total"]) == ([], 0)


def test_what_is_asked_back_already_says_so_and_leads_there(client, encounter, dev, kavita, poonam):
    account = deposit(encounter, dev, "500.00").deposit
    declined = ask(kavita, deposit=account)
    approve(declined, poonam, is_approved=False, note="not yet")
    asked = ask(kavita, "100.00", deposit=account)
    end(encounter)

    page = listed(client, dev)
    assert reverse("billing:refund_detail", args=[asked.pk]) in page.text
    assert str(RequestStatus.ASKED.label) in page.text
    assert reverse("billing:refund_detail", args=[declined.pk]) not in page.text


def test_a_cheque_that_waits_for_the_bank_says_so(client, encounter, dev):
    deposit(encounter, dev, "500.00", PaymentMode.CHEQUE, "000123")
    end(encounter)

    assert "₹500.00 waits for the bank" in listed(client, dev).text


def test_whom_lists_do_not_name_has_no_phone_here(client, asha, emer, kavita, dev):
    case = CaseDetails(CaseKind.SEXUAL_ASSAULT)
    encounter = come(emer, kavita, who=asha, at=NOON, case=case).arrival.encounter
    deposit(encounter, dev, "500.00")
    end(encounter)

    page = listed(client, dev).text
    assert "name withheld" in page
    assert "94311 00001" not in page


def test_another_hospital_sees_none_of_it_and_other_roles_not_the_page(client, encounter, dev, farid, bose):
    deposit(encounter, dev, "500.00")
    end(encounter)

    page = listed(client, farid)
    assert (list(page.context["rows"]), page.context["total"]) == ([], 0)
    assert listed(client, bose).status_code == 403


def test_it_is_reached_from_refunds_and_from_dues(client, encounter, rims, dev, poonam):
    deposit(encounter, dev, "500.00")
    end(encounter)
    client.force_login(poonam)

    assert LIST in client.get(reverse("billing:refund_list")).text
    dues = client.get(reverse("billing:due_list")).text
    assert LIST in dues
    assert "₹500.00" in dues
    client.force_login(make_person("Lata", Role.FACILITY_ADMIN, rims))
    of_the_hospital = client.get(reverse("billing:due_list")).text
    assert "₹500.00" in of_the_hospital
    assert LIST not in of_the_hospital


def test_a_name_is_no_markup(client, rims, med, dev):
    encounter = make_encounter(make_patient(rims, "<img src=x onerror=alert(1)>", "ऐ"), med)
    deposit(encounter, dev, "5.00")
    end(encounter)

    assert "<img src=x" not in listed(client, dev).text
