"""The UTR of money that went back is written down when it is known: once, and by whom."""

from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from billing import queries
from billing.models import Refund
from billing.services import write_reference
from billing.states import PaymentMode
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry, IssuedDocument
from tests.billing.test_refunds import approve, ask, deposit, give
from tests.billing.test_take_payment import UTR, pay
from tests.conftest import NOON
from tests.factories.billing import make_invoice
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.facilities import make_cashier
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter, make_patient

BACK, OTHER = "512345678901", "512345678902"
LIST = reverse("billing:reference_list")


def write(refund, actor, reference=BACK, *, key=None):
    return write_reference(
        refund=refund, reference=reference, request_key=key or uuid4(), actor=actor, at=NOON
    )


def page_of(refund):
    return reverse("billing:reference_new", args=[refund.pk])


@pytest.fixture
def paid_back(dev, kavita, poonam):
    """Pays a UPI payment of this bill back; its UTR is not known yet."""

    def back(invoice, utr=UTR, amount="400.00", reference=""):
        payment = pay(invoice, dev, amount, mode=PaymentMode.UPI, reference=utr)
        asked = ask(kavita, amount, payment=payment)
        approve(asked, poonam)
        (refund,) = give(asked, dev, reference=reference)
        return refund

    return back


@pytest.fixture
def refund(invoice, paid_back):
    return paid_back(invoice)


@pytest.fixture
def by_bank(encounter, dev, kavita, poonam):
    """₹30,000.00 in cash that go back by the bank, in two vouchers."""
    account = deposit(encounter, dev, "15000.00").deposit
    deposit(encounter, dev, "15000.00")
    asked = ask(kavita, deposit=account)
    approve(asked, poonam)
    return give(asked, dev)


def test_it_is_written_down_once_with_whoever_wrote_it(refund, mohan):
    written = write(refund, mohan)

    refund.refresh_from_db()
    assert (written, refund.reference) == (refund, BACK)
    assert (refund.referenced_by, refund.referenced_at) == (mohan, NOON)
    fact = AuditEntry.objects.get(name="billing.refund_reference_written")
    assert (fact.about_id, fact.actor, fact.patient_id) == (
        refund.pk,
        mohan,
        refund.payment.invoice.patient_id,
    )
    with pytest.raises(Refusal, match="RIMS/F26/0000001 has its number already"):
        write(refund, mohan, OTHER)


def test_what_was_known_at_the_counter_is_not_written_over(invoice, paid_back, mohan):
    refund = paid_back(invoice, reference=BACK)
    assert refund.referenced_by is None

    with pytest.raises(Refusal, match="has its number already"):
        write(refund, mohan, OTHER)
    assert Refund.objects.get().reference == BACK


def test_sent_twice_it_is_written_once(refund, mohan):
    key = uuid4()
    assert write(refund, mohan, key=key) == write(refund, mohan, key=key)

    assert AuditEntry.objects.filter(name="billing.refund_reference_written").count() == 1
    with pytest.raises(KeyReused):
        write(refund, mohan, OTHER, key=key)


@walked(
    "reference",
    ["", " ", "41234567890", "5123456789012", "51234567890a", "५१२३४५६७८९०१", "<script>", "=1+1", "1 OR 1=1"],
)
def test_a_utr_has_twelve_digits(refund, mohan, reference):
    with pytest.raises(Refusal) as caught:
        write(refund, mohan, reference)

    assert caught.value.field == "reference" or "12 digits" in str(caught.value)
    refund.refresh_from_db()
    assert (refund.reference, refund.referenced_by) == ("", None)
    assert not AuditEntry.objects.filter(name="billing.refund_reference_written").exists()


def test_a_utr_stands_at_one_voucher_only(invoice, paid_back, mohan):
    first, second = paid_back(invoice), paid_back(invoice, "412345678909", "300.00", reference=OTHER)
    assert second.reference == OTHER

    with pytest.raises(Refusal, match="already has a refund voucher"):
        write(first, mohan, OTHER)


def test_the_utr_of_what_came_is_not_that_of_what_went_back(invoice, refund, paid_back, mohan):
    with pytest.raises(Refusal, match="UTR of receipt RIMS/R26/0000001") as caught:
        write(refund, mohan, UTR)
    assert caught.value.field == "reference"

    with pytest.raises(Refusal, match="UTR of receipt RIMS/R26/0000002"):
        paid_back(invoice, "412345678909", "300.00", reference="412345678909")


def test_another_hospital_may_have_had_the_same_utr(refund, gopal, farid, sgml, sgml_med, mohan, kavita, dev):
    there = make_invoice(make_encounter(make_patient(sgml), sgml_med), gopal)
    pay(there, make_cashier("Fatima", sgml), "400.00", mode=PaymentMode.UPI, reference=BACK)

    assert write(refund, mohan).reference == BACK


def test_cash_has_none(invoice, dev, kavita, poonam, mohan):
    pay(invoice, dev, "400.00")
    asked = ask(kavita, invoice=invoice)
    approve(asked, poonam)
    (refund,) = give(asked, dev)

    with pytest.raises(Refusal, match="Cash and deposits have no UTR"):
        write(refund, mohan)


def test_one_transfer_of_the_bank_pays_several_vouchers_of_one_patient(by_bank, mohan):
    for one in by_bank:
        write(one, mohan, "SBIN526112345678")

    assert {one.reference for one in Refund.objects.all()} == {"SBIN526112345678"}


def test_one_transfer_of_the_bank_pays_no_other_patient(by_bank, rims, med, dev, kavita, poonam, mohan):
    write(by_bank[0], mohan, "SBIN526112345678")
    other = deposit(make_encounter(make_patient(rims, "Birsa", "बिरसा"), med), dev, "20000.00")
    asked = ask(kavita, deposit=other.deposit)
    approve(asked, poonam)
    with pytest.raises(Refusal, match="stands at voucher RIMS/F26/0000001"):
        give(asked, dev, reference="SBIN526112345678")
    (refund,) = give(asked, dev)

    with pytest.raises(Refusal, match="stands at voucher RIMS/F26/0000001"):
        write(refund, mohan, "SBIN526112345678")


@pytest.mark.django_db(transaction=True)
def test_twenty_write_different_numbers_and_one_counts(rims, refund):
    cashiers = [make_cashier(f"c{n}", rims) for n in range(20)]

    outcomes = all_at_once(
        [partial(write, refund, one, f"5123456789{n:02}") for n, one in enumerate(cashiers)]
    )

    assert sum(isinstance(one, Refund) for one in outcomes) == 1
    assert sum(isinstance(one, Refusal) for one in outcomes) == 19
    refund.refresh_from_db()
    assert refund.reference == next(one for one in outcomes if isinstance(one, Refund)).reference


@pytest.mark.django_db(transaction=True)
def test_two_vouchers_ask_for_one_utr_at_once_and_one_has_it(invoice, paid_back, mohan, nilu):
    first, second = paid_back(invoice), paid_back(invoice, "412345678909", "300.00")

    outcomes = all_at_once([partial(write, first, mohan), partial(write, second, nilu)])

    assert sorted(type(one).__name__ for one in outcomes) == ["Refund", "Refusal"]
    assert Refund.objects.filter(reference=BACK).count() == 1


# ── What the database holds ──


@walked("change", [{"amount": Decimal("1.00")}, {"mode": "bank"}, {"reason": "x"}, {"voucher_number": "X"}])
def test_nothing_else_of_a_refund_changes(refund, change):
    with pytest.raises(DatabaseError, match="refund_stays_as_it_is"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(reference=BACK, **change)


def test_a_number_that_stands_stays(refund, mohan):
    write(refund, mohan)

    for change in ({"reference": OTHER}, {"reference": ""}, {"referenced_at": None, "referenced_by": None}):
        with pytest.raises(DatabaseError, match="number_is_written_once"), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(**change)
    with pytest.raises(DatabaseError, match="never_deleted"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).delete()


@walked("change", [{"referenced_at": NOON}, {"reference": BACK, "referenced_at": NOON}])
def test_who_and_when_stand_together_with_the_number(refund, change):
    with pytest.raises(IntegrityError, match="number_written_later_says_by_whom"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**change)


def test_the_books_still_agree(refund, mohan):
    write(refund, mohan)

    assert money_faults() == []
    assert IssuedDocument.objects.get(about_id=refund.pk).context["reference"] == ""


# ── Screens ──


def test_a_cashier_finds_what_has_none_the_oldest_first_and_writes_it(
    client, invoice, paid_back, by_bank, mohan
):
    first = paid_back(invoice)
    paid_back(invoice, "412345678909", "300.00", reference=OTHER)
    client.force_login(mohan)
    page = client.get(LIST)
    assert list(page.context["page"]) == [*by_bank, first]
    assert page_of(first) in page.text

    asked = client.get(page_of(first))
    assert "RIMS/F26/" in asked.text
    sent = {"reference": f" {BACK} ", "request_key": asked.context["form"]["request_key"].value()}
    done, again = (client.post(page_of(first), sent) for _ in range(2))

    assert (done.status_code, again.status_code) == (303, 303)
    assert done["Location"] == LIST
    assert f"{first.voucher_number}: the number is written down" in client.get(LIST).text
    assert list(queries.unreferenced(mohan)) == by_bank
    assert BACK in client.get(reverse("billing:refund_detail", args=[first.request_id])).text


@walked("reference", ["41234567890", UTR, "", "x" * 65, "<script>alert(1)</script>"])
def test_what_was_typed_stays_where_it_is_refused(client, refund, mohan, reference):
    client.force_login(mohan)
    key = str(uuid4())
    answer = client.post(page_of(refund), {"reference": reference, "request_key": key})

    assert answer.status_code == 422
    assert answer.context["form"]["reference"].value() == reference
    assert answer.context["form"].errors["reference"]
    assert key in answer.text
    assert "<script>alert" not in answer.text
    refund.refresh_from_db()
    assert refund.reference == ""


def test_the_places_that_show_a_refund_lead_to_it(client, invoice, refund, by_bank, poonam):
    client.force_login(poonam)
    places = [
        (reverse("billing:refund_detail", args=[refund.request_id]), refund),
        (reverse("billing:invoice_detail", args=[invoice.pk]), refund),
        (reverse("billing:account_detail", args=[invoice.encounter_id]), by_bank[0]),
    ]
    assert [page_of(one) in client.get(page).text for page, one in places] == [True] * 3

    write(refund, poonam)
    write(by_bank[0], poonam, "SBIN1")
    assert [page_of(one) in client.get(page).text for page, one in places] == [False] * 3
    assert LIST in client.get(reverse("billing:refund_list")).text


def test_another_hospital_has_none_of_it_and_other_roles_may_not(client, refund, farid, bose):
    client.force_login(farid)
    assert list(client.get(LIST).context["page"]) == []
    sent = {"reference": BACK, "request_key": uuid4()}
    assert client.get(page_of(refund)).status_code == 404
    assert client.post(page_of(refund), sent).status_code == 404

    client.force_login(bose)
    assert client.get(LIST).status_code == 403
    assert client.post(page_of(refund), sent).status_code == 403
    refund.refresh_from_db()
    assert refund.reference == ""
