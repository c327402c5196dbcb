"""The counter bill: anything on the tariff, priced as its page says, with what the visit is let off."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils.html import escape

from billing.models import ChargeItem, Claim, Invoice, Payment
from billing.services import Offer, Wanted, bill_counter, charge_account, end_cover, issue_invoice, unbilled
from billing.states import ClaimStatus, InvoiceKind, InvoiceStatus, PaymentMode, ServiceKind
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import IssuedDocument
from opd.services import Visit, register_visit
from patients.states import EncounterStatus
from tests.billing.test_refunds import approve, ask
from tests.conftest import NOON
from tests.factories.billing import make_scheme
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.facilities import make_cashier
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_cover, make_definition, make_payer, make_price, make_tax_rule

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def _nothing_is_wrong(db):
    yield
    assert money_faults() == []


@pytest.fixture
def xray(rims):
    return make_price(make_definition(), rims).definition


@pytest.fixture
def cbc(rims):
    blood = make_definition("CBC", name="Blood count", name_hi="खून की जाँच", kind=ServiceKind.LABORATORY)
    return make_price(blood, rims, "40.00").definition


def bill(encounter, actor, *wanted, key=None, cash=None, tendered=None):
    return bill_counter(
        encounter=encounter,
        wanted=[Wanted(one.pk) for one in wanted],
        offers=[Offer(PaymentMode.CASH, "", Decimal(cash), tendered)] if cash else (),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


# ── What it comes to ──


def test_a_bill_of_the_tariff_is_paid_and_has_its_receipt(encounter, dev, xray, cbc):
    made = bill(encounter, dev, xray, cbc, cash="140.00")

    assert (made.kind, made.status, made.total) == (InvoiceKind.COUNTER, InvoiceStatus.PAID, Decimal(140))
    assert made.payments.get().receipt_number
    items = ChargeItem.objects.order_by("pk")
    assert [(one.code, one.source, one.definition) for one in items] == [
        ("XRAY", "billing.counter", xray),
        ("CBC", "billing.counter", cbc),
    ]


def test_without_money_the_bill_is_owed(encounter, dev, xray):
    made = bill(encounter, dev, xray)

    assert (made.status, made.balance()) == (InvoiceStatus.ISSUED, Decimal("100.00"))
    assert not Payment.objects.exists()


def test_tax_and_quantity_are_on_the_line(encounter, dev, rims):
    syrup = make_definition("SYRUP", kind=ServiceKind.MEDICINE, tax_rule=make_tax_rule(outpatients_only=True))
    make_price(syrup, rims, "20.00")
    made = bill_counter(
        encounter=encounter, wanted=[Wanted(syrup.pk, 3)], request_key=uuid4(), actor=dev, at=NOON
    )

    assert (made.total, ChargeItem.objects.get().tax) == (Decimal("63.00"), Decimal("3.00"))


def test_onto_the_account_it_waits_for_the_next_bill(encounter, dev, xray, cbc):
    key = uuid4()
    wanted = [Wanted(xray.pk, 2), Wanted(cbc.pk)]
    asked = {"encounter": encounter, "wanted": wanted, "request_key": key, "actor": dev, "at": NOON}

    assert {one.pk for one in charge_account(**asked)} == {one.pk for one in charge_account(**asked)}
    assert [item.net for item, _why in unbilled(encounter)] == [Decimal(200), Decimal(40)]

    final = issue_invoice(
        encounter=encounter, kind=InvoiceKind.FINAL, request_key=uuid4(), actor=dev, at=NOON
    )
    assert final.total == Decimal("240.00")


# ── What the visit is let off ──


def test_a_scheme_that_was_granted_lets_it_off_and_is_claimed(encounter, dev, kavita, xray):
    make_cover(encounter, kavita)

    made = bill(encounter, dev, xray)

    assert (made.total, made.status) == (Decimal(0), InvoiceStatus.PAID)
    claim = Claim.objects.get()
    assert (claim.invoice, claim.amount, claim.status) == (made, Decimal("100.00"), ClaimStatus.OPEN)


def test_its_price_is_the_schemes_own_where_it_has_one(encounter, dev, kavita, rims, xray):
    payer = make_payer()
    make_cover(encounter, kavita, payer)
    make_price(xray, rims, "80.00", scheme=payer)

    bill(encounter, dev, xray)

    assert Claim.objects.get().amount == Decimal("80.00")


def test_a_line_taken_back_is_claimed_no_more(encounter, dev, kavita, poonam, xray, cbc):
    make_cover(encounter, kavita)
    made = bill(encounter, dev, xray, cbc)
    line = made.lines.get(charge_item__code="CBC")

    approve(ask(dev, invoice=made, lines=(line.pk,)), poonam)
    assert Claim.objects.get().amount == Decimal("100.00")

    approve(ask(dev, invoice=made), poonam)
    assert Claim.objects.get().amount == Decimal(0)


def test_what_a_scheme_has_approved_stays_on_the_bill(encounter, dev, kavita, poonam, xray):
    make_cover(encounter, kavita)
    made = bill(encounter, dev, xray)
    asked = ask(dev, invoice=made)
    Claim.objects.update(status=ClaimStatus.APPROVED, approved_amount=Decimal(100), decided_at=NOON)

    with pytest.raises(Refusal, match="already decided"):
        approve(asked, poonam)


def test_a_scheme_that_changes_its_mind_changes_no_bill(encounter, dev, kavita, poonam, xray):
    payer = make_payer()
    make_cover(encounter, kavita, payer)
    made = bill(encounter, dev, xray)
    payer.is_claimed = False
    payer.save()

    approve(ask(dev, invoice=made), poonam)

    assert Claim.objects.get().amount == Decimal(0)


def test_a_proof_that_the_desk_saw_holds_for_the_whole_visit(med, unit, kavita, dev, asha, xray):
    bpl = make_scheme(percent=Decimal(50))
    visit = Visit(med, scheme=bpl, proof_number="RC-9")
    made = register_visit(patient=asha, visit=visit, request_key=uuid4(), actor=kavita, at=NOON)

    assert bill(made.encounter, dev, xray).total == Decimal("50.00")
    why = ChargeItem.objects.get(code="XRAY").exemptions.get()
    assert (why.scheme, why.proof_number) == (bpl, "RC-9")


def test_a_cover_that_was_ended_lets_nothing_off(encounter, dev, kavita, xray):
    cover = make_cover(encounter, kavita)
    end_cover(cover=cover, request_key=uuid4(), actor=kavita, at=NOON)

    assert bill(encounter, dev, xray).total == Decimal("100.00")


def test_a_list_for_everybody_asks_nobody(encounter, dev, xray, cbc):
    make_scheme("FREE", is_for_all=True, needs_proof=False, kinds=[ServiceKind.LABORATORY])

    assert bill(encounter, dev, xray, cbc).total == Decimal("100.00")


def test_the_receipt_says_each_reason_once(encounter, dev, kavita, rims, xray, cbc):
    make_scheme("FREE", is_for_all=True, needs_proof=False, kinds=[ServiceKind.LABORATORY], name="Free tests")
    half = make_scheme("HALF", percent=Decimal(50), kinds=[ServiceKind.IMAGING], name="Half")
    make_cover(encounter, kavita, half, package_code="")
    hand = make_price(make_definition("HAND"), rims).definition

    made = bill(encounter, dev, xray, cbc, hand, cash="100.00")

    receipt = IssuedDocument.objects.get(about_id=made.payments.get().pk)
    assert receipt.frozen()["discount"]["label"] == "Half · Free tests"


# ── Refused ──


def test_nothing_chosen_makes_no_bill(encounter, dev):
    with pytest.raises(Refusal, match="Nothing is chosen"):
        bill(encounter, dev)


def test_too_much_for_one_bill(encounter, dev, xray):
    with pytest.raises(Refusal, match="At most 40"):
        bill(encounter, dev, *[xray] * 41)


def test_what_has_no_price_here_is_not_sold(encounter, dev, sgml):
    elsewhere = make_price(make_definition(), sgml).definition

    with pytest.raises(Refusal, match="no price here"):
        bill(encounter, dev, elsewhere)
    assert not ChargeItem.objects.exists()


def test_what_is_off_the_tariff_is_not_sold(encounter, dev, xray):
    xray.is_active = False
    xray.save()

    with pytest.raises(Refusal, match="no price here"):
        bill(encounter, dev, xray)


def test_a_price_that_ended_is_not_asked(encounter, dev, rims):
    yesterday = NOON.date() - timedelta(days=1)
    old = make_price(make_definition(), rims, valid_to=yesterday).definition

    with pytest.raises(Refusal, match="no price here"):
        bill(encounter, dev, old)


def test_a_price_that_changed_meanwhile_is_not_taken_unseen(encounter, dev, xray):
    with pytest.raises(Refusal, match=r"The bill is ₹100\.00; ₹90\.00 would be paid"):
        bill(encounter, dev, xray, cash="90.00")
    assert not Invoice.objects.exists()


def test_less_on_the_counter_than_is_to_pay(encounter, dev, xray):
    with pytest.raises(Refusal, match="Less was given"):
        bill(encounter, dev, xray, cash="100.00", tendered=Decimal(50))


def test_a_cancelled_visit_is_charged_nothing(encounter, dev, xray):
    encounter.status = EncounterStatus.CANCELLED
    encounter.save()

    with pytest.raises(Refusal, match="was cancelled"):
        bill(encounter, dev, xray)


def test_no_cash_without_a_shift(encounter, mohan, xray):
    with pytest.raises(Refusal, match="Open your shift"):
        bill(encounter, mohan, xray, cash="100.00")


# ── Twice, at once ──


def test_sent_twice_it_is_one_bill(encounter, dev, xray, cbc):
    key = uuid4()

    assert bill(encounter, dev, xray, key=key, cash="100") == bill(encounter, dev, xray, key=key, cash="100")
    with pytest.raises(KeyReused):
        bill(encounter, dev, cbc, key=key)
    assert (Invoice.objects.count(), Payment.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_ten_counters_send_the_same_bill_at_once(encounter, dev, xray):
    key = uuid4()

    bills = all_at_once([partial(bill, encounter, dev, xray, key=key, cash="100.00")] * 10)

    assert len({one.pk for one in bills}) == 1
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_cashiers_bill_the_same_visit_at_once(encounter, rims, xray):
    cashiers = [make_cashier(f"Cashier {number}", rims) for number in range(10)]

    bills = all_at_once([partial(bill, encounter, one, xray, cash="100.00") for one in cashiers])

    assert sorted(one.number for one in bills) == [f"RIMS/B26/{number:07}" for number in range(1, 11)]


# ── The page ──


@pytest.fixture
def page(client, dev, encounter):
    """Sends what the form of the counter sends, and the choice so far."""
    client.force_login(dev)
    url = reverse("billing:counter_new", args=[encounter.pk])

    def sent(**changes):
        return client.post(url, {"request_key": uuid4(), "words": "", "shown": "0.00"} | changes)

    sent.url = url
    sent.client = client
    return sent


def test_the_only_service_that_begins_so_is_taken_at_once(page, xray, cbc):
    answer = page(words="x-r")

    assert [item.code for item, *_ in answer.context["lines"]] == ["XRAY"]
    assert answer.context["total"] == Decimal("100.00")
    assert not ChargeItem.objects.exists()


def test_its_code_is_enough_where_others_begin_like_it(page, rims, xray):
    make_price(make_definition("XRAY-HAND", name="X-ray hand"), rims, "60.00")

    assert [item.code for item, *_ in page(words="xray").context["lines"]] == ["XRAY"]
    assert {one.code for one in page(words="x-ray").context["found"]} == {"XRAY", "XRAY-HAND"}


def test_chosen_from_the_list_it_is_added_and_chosen_again_it_is_two(page, xray, cbc):
    chosen = page(add=xray.pk, service=[cbc.pk])
    assert [item.code for item, *_ in chosen.context["lines"]] == ["CBC", "XRAY"]

    again = page(add=xray.pk, service=[xray.pk], **{f"count_{xray.pk}": "1"})
    assert [item.quantity for item, *_ in again.context["lines"]] == [2]


@walked("settle", ["cash", "later", "account"])
def test_more_than_a_bill_can_hold_is_refused_in_words_and_stays_chosen(page, rims, settle):
    dear = make_price(make_definition("MRI"), rims, "99999999.99").definition
    much = {"service": [dear.pk], f"count_{dear.pk}": "9999"}
    shown = page(**much).context["total"]
    answer = page(settle=settle, **much | {"shown": f"{shown:.2f}"})

    assert answer.status_code == 422
    assert "more than a bill can hold" in str(answer.context["form"].non_field_errors())
    assert [item.quantity for item, *_ in answer.context["lines"]] == [9999]
    assert not ChargeItem.objects.exists()


def test_what_an_account_has_gathered_is_refused_where_no_bill_can_hold_it(encounter, dev, rims):
    dear = make_price(make_definition("MRI"), rims, "99999999.99").definition
    for _ in range(2):
        charge_account(
            encounter=encounter, wanted=[Wanted(dear.pk, 900)], request_key=uuid4(), actor=dev, at=NOON
        )
    with pytest.raises(Refusal, match="more than a bill can hold"):
        issue_invoice(encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=dev, at=NOON)


def test_it_is_removed_again(page, xray, cbc):
    left = page(drop=xray.pk, service=[xray.pk, cbc.pk])

    assert [item.code for item, *_ in left.context["lines"]] == ["CBC"]


def test_enter_in_the_empty_box_leads_to_the_money(page, xray):
    assert page(service=[xray.pk]).context["ready"]
    assert not page(words="x-ray").context["ready"]


@pytest.mark.parametrize("words", ["ECHOO", HOSTILE])
def test_what_nothing_begins_with_is_said_at_the_box_and_stays_there(page, xray, words):
    answer = page(words=words, service=[xray.pk])

    assert answer.status_code == 422
    assert "No service" in str(answer.context["form"].errors["words"])
    assert f'value="{escape(words)}"' in answer.text
    assert cursor_in(answer) == "id_words"
    assert [item.code for item, *_ in answer.context["lines"]] == ["XRAY"]


@walked("settle", ["cash", ""])
@walked("count", ["0", "-1", "many", "10000", "", HOSTILE, "9" * 5000])
def test_how_many_is_a_number_and_stays_as_it_was_typed(page, xray, cbc, count, settle):
    typed = {f"count_{xray.pk}": count, f"count_{cbc.pk}": "3"}
    answer = page(settle=settle, service=[xray.pk, cbc.pk], tendered="500", **typed)

    assert answer.status_code == 422
    assert "How many?" in answer.text
    assert [(item.code, typed) for item, _why, typed in answer.context["lines"]] == [
        ("XRAY", count),
        ("CBC", 3),
    ]
    assert f'value="{escape(count)}"' in answer.text
    assert cursor_in(answer) == f"count_{xray.pk}"
    assert not ChargeItem.objects.exists()


def test_a_number_that_is_wrong_keeps_what_is_added_meanwhile_and_what_is_removed(page, xray, cbc):
    added = page(words="cbc", service=[xray.pk], **{f"count_{xray.pk}": "two"})
    assert [(item.code, typed) for item, _why, typed in added.context["lines"]] == [
        ("XRAY", "two"),
        ("CBC", 1),
    ]

    left = page(drop=xray.pk, service=[xray.pk, cbc.pk], **{f"count_{xray.pk}": "two"})
    assert left.status_code == 200
    assert [item.code for item, *_ in left.context["lines"]] == ["CBC"]


def test_a_service_that_is_none_is_told_so(page, xray):
    answer = page(service=["<script>", xray.pk])

    assert answer.status_code == 422
    assert [item.code for item, *_ in answer.context["lines"]] == ["XRAY"]


@pytest.mark.parametrize("sent", [{"settle": "cash", "shown": "90.00"}, {"drop": "another"}])
def test_words_typed_before_another_button_stay(page, xray, sent):
    assert 'value="blood"' in page(words="blood", service=[xray.pk], **sent).text


def test_cash_that_is_no_number_has_the_cursor(page, xray):
    answer = page(settle="cash", service=[xray.pk], shown="100.00", tendered="five")

    assert cursor_in(answer) == "tendered"
    assert 'value="five"' in answer.text


def cursor_in(answer):
    """What the page puts the cursor in: first what is wrong, else what asks for it."""
    controls = re.findall(r"<(?:input|button)[^>]*>", answer.text.partition('id="counter"')[2])
    wanted = [one for one in controls if 'aria-invalid="true"' in one] or [
        one for one in controls if " autofocus" in one
    ]
    said = dict(re.findall(r' (id|name)="([^"]*)"', wanted[0]))
    # HTMX puts the cursor where autofocus stands, whatever else is wrong.
    assert not [one for one in controls if " autofocus" in one and one != wanted[0]]
    return said["id"] if said.get("name") == "words" else said["name"]


def test_cash_leads_to_the_bill_that_prints_its_receipt(page, xray):
    answer = page(settle="cash", service=[xray.pk], shown="100.00", tendered="500")

    assert answer.status_code == 303
    shown = page.client.get(answer["Location"])
    assert "data-print-url" in shown.text
    assert "Give back ₹400.00" in shown.text


def test_the_exact_cash_gives_no_change(page, xray):
    answer = page(settle="cash", service=[xray.pk], shown="100.00")

    assert "Give back" not in page.client.get(answer["Location"]).text
    assert Payment.objects.get().amount == Decimal("100.00")


def test_what_is_not_offered_cannot_be_added(page, sgml):
    elsewhere = make_price(make_definition(), sgml).definition

    assert "No service" in page(add=elsewhere.pk).text


def test_another_way_leads_to_the_payment(page, xray):
    answer = page(settle="later", service=[xray.pk])

    assert answer["Location"] == reverse("billing:payment_new", args=[Invoice.objects.get().pk])


def test_above_what_was_pre_authorised_the_page_warns_and_bills_all_the_same(page, encounter, kavita, xray):
    cover = make_cover(encounter, kavita, preauth_amount=Decimal("150.00"))

    assert "pre-authorised" not in page(service=[xray.pk]).text
    answer = page(service=[xray.pk], **{f"count_{xray.pk}": "2"})
    assert "Only ₹150.00 was pre-authorised: with these it is ₹50.00 more." in answer.text
    page(settle="later", service=[xray.pk])
    assert "with these it is ₹50.00 more" in page(service=[xray.pk]).text
    cover.ended_at, cover.ended_by = NOON, kavita
    cover.save()
    assert "pre-authorised" not in page(service=[xray.pk]).text


def test_nothing_to_pay_leads_to_the_bill(page, encounter, kavita, xray):
    make_cover(encounter, kavita)

    answer = page(settle="later", service=[xray.pk])

    assert answer["Location"] == reverse("billing:invoice_detail", args=[Invoice.objects.get().pk])


def test_the_account_leads_to_the_account(page, encounter, xray):
    answer = page(settle="account", service=[xray.pk], **{f"count_{xray.pk}": "3"})

    assert answer["Location"] == reverse("billing:account_detail", args=[encounter.pk])
    assert ChargeItem.objects.get().quantity == 3


def test_a_refusal_keeps_what_was_chosen(page, xray):
    answer = page(settle="cash", service=[xray.pk], shown="90.00")

    assert answer.status_code == 422
    assert [item.code for item, *_ in answer.context["lines"]] == ["XRAY"]


def test_an_empty_form_is_told_so(client, dev, encounter):
    client.force_login(dev)

    assert client.post(reverse("billing:counter_new", args=[encounter.pk])).status_code == 422


def test_a_price_that_vanished_is_said_and_the_rest_stays_chosen(page, sgml, cbc):
    elsewhere = make_price(make_definition(), sgml).definition

    answer = page(service=[elsewhere.pk, cbc.pk])

    assert answer.status_code == 422
    assert "no price here" in answer.text
    assert [item.code for item, *_ in answer.context["lines"]] == ["CBC"]


def test_without_a_shift_the_page_offers_to_open_one(client, mohan, encounter, xray):
    client.force_login(mohan)
    url = reverse("billing:counter_new", args=[encounter.pk])

    assert "shift-needed" in client.get(url).text
    lines = client.post(url, {"request_key": uuid4(), "words": "xray", "shown": "0"}).text
    assert 'value="cash"' not in lines
    assert 'value="later"' in lines


def test_a_visit_at_another_hospital_is_not_there(client, gopal_cashier, encounter):
    client.force_login(gopal_cashier)

    assert client.get(reverse("billing:counter_new", args=[encounter.pk])).status_code == 404


@pytest.fixture
def gopal_cashier(sgml):
    return make_cashier("Gopal", sgml)


def test_the_page_asks_as_much_for_ten_services_as_for_one(
    page, rims, xray, django_assert_max_num_queries, encounter
):
    many = [make_price(make_definition(f"S{n}"), rims).definition for n in range(10)]
    page(service=[xray.pk])
    with django_assert_max_num_queries(20):
        assert len(page(service=[one.pk for one in many]).context["lines"]) == 10
