"""Claims: opened with their bill, moved step by step, settled into the ledger once."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.urls import reverse

from billing import queries
from billing.models import Claim, LedgerEntry
from billing.services import (
    approve_claim,
    cut_claims,
    open_claims,
    query_claim,
    reject_claim,
    settle_claim,
    submit_claim,
)
from billing.states import Account, ClaimStatus
from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from tests.conftest import NOON
from tests.factories.billing import make_invoice, make_scheme
from tests.factories.cases import walked
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_claim, make_cover, make_exempted, make_payer

HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def sonu(rims):
    """The billing supervisor of RIMS."""
    return make_person("Sonu", Role.BILLING_SUPERVISOR, rims)


@pytest.fixture
def claim(encounter, kavita):
    """₹400.00 that PM-JAY is to pay."""
    return make_claim(encounter, kavita)


def do(act, claim, sonu, *, key=None, **said):
    return act(claim=claim, request_key=key or uuid4(), actor=sonu, at=NOON, **said)


def approved(claim, sonu, amount="400.00", note="cut"):
    do(submit_claim, claim, sonu, reference="C/1")
    return do(approve_claim, claim, sonu, amount=Decimal(amount), note=note)


def moved(claim):
    """{(debit, credit): ₹} of what its settlement posted."""
    entries = LedgerEntry.objects.filter(about_id=claim.pk)
    return {(one.debit, one.credit): one.amount for one in entries}


# ── Opened with a bill ──


def test_a_bill_opens_one_claim_for_each_scheme_that_pays(encounter, kavita):
    pmjay, state, bpl = make_payer(), make_payer("MASSY"), make_scheme()
    cover = make_cover(encounter, kavita, pmjay)
    invoice = make_invoice(encounter, kavita, "0.00")
    lines = [
        make_exempted(encounter, kavita, pmjay, "100.00"),
        make_exempted(encounter, kavita, pmjay, "50.50"),
        make_exempted(encounter, kavita, state, "7.00"),
        make_exempted(encounter, kavita, bpl, "9.00"),
        (make_exempted(encounter, kavita, bpl)[0], None),
    ]
    claims = open_claims(invoice, lines, NOON)

    assert {(one.scheme, one.amount, one.cover) for one in claims} == {
        (pmjay, Decimal("150.50"), cover),
        (state, Decimal("7.00"), None),
    }
    assert {one.status for one in claims} == {ClaimStatus.OPEN}
    assert not Claim.objects.exists()
    Claim.objects.bulk_create(claims)


def test_nothing_let_off_is_nothing_claimed(encounter, kavita):
    invoice = make_invoice(encounter, kavita, "0.00")

    assert open_claims(invoice, [make_exempted(encounter, kavita, make_payer(), "0.00")], NOON) == []


def test_a_line_taken_back_is_claimed_no_more(encounter, kavita, claim):
    line = make_exempted(encounter, kavita, claim.scheme, "150.00")
    cut_claims(claim.invoice, [line, (line[0], None)])
    claim.refresh_from_db()

    assert claim.amount == Decimal("250.00")


def test_after_the_schemes_decision_nothing_is_taken_back(encounter, kavita, claim, sonu):
    approved(claim, sonu)

    with pytest.raises(Refusal, match="already decided"):
        cut_claims(claim.invoice, [make_exempted(encounter, kavita, claim.scheme, "150.00")])


# ── Step by step ──


@pytest.mark.parametrize(
    ("act", "said", "status"),
    [
        (query_claim, {"note": "which bed?"}, ClaimStatus.QUERIED),
        (approve_claim, {"amount": Decimal("400.00"), "note": ""}, ClaimStatus.APPROVED),
        (reject_claim, {"note": "not covered"}, ClaimStatus.REJECTED),
    ],
)
def test_the_payers_word_sent_twice_is_one(claim, sonu, act, said, status):
    do(submit_claim, claim, sonu, reference="C/1")
    key = uuid4()
    answers = [do(act, claim, sonu, key=key, **said) for _ in range(2)]

    assert {one.status for one in answers} == {status}
    assert AuditEntry.objects.filter(about_id=claim.pk).count() == 2


def test_sent_asked_back_sent_again_approved_and_paid(claim, sonu):
    do(submit_claim, claim, sonu, reference="C/1")
    do(query_claim, claim, sonu, note="send the X-ray")
    do(submit_claim, claim, sonu, reference="C/2")
    do(approve_claim, claim, sonu, amount=Decimal("300.00"), note="package rate")
    do(settle_claim, claim, sonu, paid=Decimal("300.00"), bank_reference="UTR9")
    claim.refresh_from_db()

    assert (claim.status, claim.reference, claim.note) == ("settled", "C/2", "package rate")
    assert moved(claim) == {
        (Account.BANK, Account.SCHEMES_OWE): Decimal("300.00"),
        (Account.WRITTEN_OFF, Account.SCHEMES_OWE): Decimal("100.00"),
    }
    told = AuditEntry.objects.filter(name__startswith="billing.claim_").order_by("pk")
    assert [one.name.split("_")[1] for one in told] == [
        "submitted",
        "queried",
        "submitted",
        "approved",
        "settled",
    ]


def test_paid_whole_writes_nothing_off(claim, sonu):
    approved(claim, sonu)
    do(settle_claim, claim, sonu, paid=Decimal("400.00"), bank_reference="UTR9")

    assert moved(claim) == {(Account.BANK, Account.SCHEMES_OWE): Decimal("400.00")}


def test_a_rejected_claim_is_sent_again_or_given_up(claim, sonu):
    do(submit_claim, claim, sonu, reference="C/1")
    do(reject_claim, claim, sonu, note="not covered")
    do(submit_claim, claim, sonu, reference="C/1")
    claim.refresh_from_db()
    assert (claim.approved_amount, claim.decided_at) == (None, None)
    do(reject_claim, claim, sonu, note="not covered")
    do(settle_claim, claim, sonu, paid=Decimal(0))

    assert moved(claim) == {(Account.WRITTEN_OFF, Account.SCHEMES_OWE): Decimal("400.00")}


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (query_claim, {"note": "x"}),
        (approve_claim, {"amount": Decimal(1), "note": "x"}),
        (reject_claim, {"note": "x"}),
        (settle_claim, {"paid": Decimal(0), "note": "x"}),
    ],
)
def test_what_was_not_sent_goes_no_further(claim, sonu, act, said):
    with pytest.raises(Refusal, match="cannot become"):
        do(act, claim, sonu, **said)

    assert not LedgerEntry.objects.filter(about_id=claim.pk).exists()


@walked(
    ("act", "said", "field"),
    [
        (submit_claim, {"reference": ""}, "reference"),
        (query_claim, {"note": ""}, "note"),
        (reject_claim, {"note": ""}, "note"),
        (approve_claim, {"amount": Decimal("400.01")}, "amount"),
        (approve_claim, {"amount": Decimal(0)}, "amount"),
        (approve_claim, {"amount": Decimal("399.99")}, "note"),
        (query_claim, {"note": "see 2341 2341 2346"}, "note"),
    ],
)
def test_what_is_missing_is_refused_at_its_field(claim, sonu, act, said, field):
    do(submit_claim, claim, sonu, reference="C/1")
    with pytest.raises(Refusal) as refused:
        do(act, claim, sonu, **said)

    assert refused.value.field == field


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"paid": Decimal("300.01"), "bank_reference": "U"}, "paid"),
        ({"paid": Decimal("-1"), "bank_reference": "U"}, "paid"),
        ({"paid": Decimal("300.00")}, "bank_reference"),
    ],
)
def test_a_settlement_says_what_came_and_no_more_than_was_approved(claim, sonu, said, field):
    approved(claim, sonu, "300.00")
    with pytest.raises(Refusal) as refused:
        do(settle_claim, claim, sonu, **said)

    assert refused.value.field == field
    assert not LedgerEntry.objects.filter(about_id=claim.pk).exists()


def test_less_than_was_claimed_says_why(claim, sonu):
    approved(claim, sonu, note="")
    with pytest.raises(Refusal, match="Say why"):
        do(settle_claim, claim, sonu, paid=Decimal("399.00"), bank_reference="U")


def test_less_than_was_approved_says_why_anew_and_what_was_not_paid(client, claim, sonu):
    approved(claim, sonu, "300.00", note="package rate")
    said = {"paid": Decimal("250.00"), "bank_reference": "UTR9"}
    with pytest.raises(Refusal, match="Say why") as refused:
        do(settle_claim, claim, sonu, **said)
    assert refused.value.field == "note"
    assert not LedgerEntry.objects.filter(about_id=claim.pk).exists()

    settled = do(settle_claim, claim, sonu, **said, note="tax taken off")
    assert (settled.note, settled.written_off) == ("tax taken off", Decimal("150.00"))
    client.force_login(sonu)
    page = client.get(reverse("billing:claim_detail", args=[claim.pk])).text
    assert "₹150.00" in page
    assert "<s>—</s> → <b>₹300.00</b>" in page
    register = client.get(reverse("billing:claim_list")).text
    assert "paid by the scheme <b>1</b> · ₹250.00" in register


def test_more_than_was_pre_authorised_is_sent_with_a_word_why(encounter, kavita, claim, sonu):
    make_cover(encounter, kavita, claim.scheme, preauth_amount=Decimal("399.99"))
    with pytest.raises(Refusal, match=r"Only ₹399\.99 was pre-authorised") as refused:
        do(submit_claim, claim, sonu, reference="C/1")

    assert refused.value.field == "note"
    assert do(submit_claim, claim, sonu, reference="C/1", note="two days more").status == "submitted"


def test_sent_twice_it_is_settled_once(claim, sonu):
    approved(claim, sonu)
    key, paid = uuid4(), Decimal("400.00")
    for _ in range(3):
        do(settle_claim, claim, sonu, key=key, paid=paid, bank_reference="U")

    assert len(moved(claim)) == 1
    with pytest.raises(KeyReused):
        do(settle_claim, claim, sonu, key=key, paid=Decimal(1), bank_reference="U")


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_settle_at_once_one_does(claim, sonu):
    approved(claim, sonu)
    act = partial(do, settle_claim, claim, sonu, paid=Decimal("400.00"), bank_reference="U")

    outcomes = Counter(map(type, all_at_once([act] * 10)))

    assert outcomes == {Claim: 1, Refusal: 9}
    assert LedgerEntry.objects.filter(about_id=claim.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_approved_and_rejected_at_once_one_of_them_holds(claim, sonu):
    do(submit_claim, claim, sonu, reference="C/1")
    yes = partial(do, approve_claim, claim, sonu, amount=Decimal("400.00"))
    no = partial(do, reject_claim, claim, sonu, note="no")

    outcomes = Counter(map(type, all_at_once([yes, no] * 4)))

    assert outcomes == {Claim: 1, Refusal: 7}


# ── The register ──


@pytest.fixture
def aged(encounter, kavita):
    """Claims that wait since 0, 15, 16, 30, 31, 60 and 61 days."""
    scheme = make_payer()
    return {
        days: make_claim(encounter, kavita, scheme, "100.00", at=NOON - timedelta(days=days))
        for days in (0, 15, 16, 30, 31, 60, 61)
    }


def test_how_long_claims_wait_is_summed_by_buckets(aged, sonu):
    found = queries.ageing(sonu, NOON.date())

    assert [(one["bucket"].name, one["count"], one["amount"]) for one in found] == [
        ("15", 2, 200),
        ("30", 2, 200),
        ("60", 2, 200),
        ("more", 1, 100),
    ]
    for name, days in ("15", [15, 0]), ("30", [30, 16]), ("60", [60, 31]), ("more", [61]):
        claims = list(queries.claims_of(sonu, NOON.date(), bucket=name))
        queries.give_days(claims, NOON.date())
        assert [one.days for one in claims] == days


def test_what_is_settled_waits_no_longer(aged, sonu):
    approved(aged[61], sonu, "60.00")
    do(settle_claim, aged[61], sonu, paid=Decimal("60.00"), bank_reference="U")
    sums = {one["status"]: one for one in queries.by_status(sonu)}

    assert queries.ageing(sonu, NOON.date())[3]["count"] == 0
    assert (sums["open"]["count"], sums["open"]["amount"]) == (6, 600)
    assert (sums["settled"]["approved"], sums["settled"]["paid"]) == (60, 60)
    assert list(queries.claims_of(sonu, NOON.date(), status="settled")) == [aged[61]]


def test_schemes_and_what_they_owe(aged, sonu, rims, sgml, encounter, kavita):
    make_claim(encounter, kavita, make_payer("MASSY"), "50.00")
    owed = queries.owed_by_schemes(rims)

    assert [(one["code"], one["count"], one["amount"]) for one in owed] == [
        ("PMJAY", 7, 700),
        ("MASSY", 1, 50),
    ]
    assert queries.owed_by_schemes(sgml) == []
    assert queries.by_status(sonu, scheme="MASSY")[0]["count"] == 1
    assert queries.ageing(sonu, NOON.date(), scheme="MASSY")[0]["count"] in {0, 1}


# ── The pages ──


@pytest.fixture
def as_sonu(client, sonu):
    client.force_login(sonu)
    return client


def step(client, claim, name, **said):
    path = reverse(f"billing:claim_{name}_new", args=[claim.pk])
    return client.post(path, said | {"request_key": uuid4()})


def test_every_step_on_its_page(as_sonu, claim):
    page = reverse("billing:claim_detail", args=[claim.pk])
    assert [str(one["title"]) for one in as_sonu.get(page).context["steps"]] == ["Sent to the payer"]
    assert step(as_sonu, claim, "submission", reference="C/1").status_code == 303
    assert len(as_sonu.get(page).context["steps"]) == 3
    assert step(as_sonu, claim, "query", note=HOSTILE).status_code == 303
    assert HOSTILE not in as_sonu.get(page).text
    assert step(as_sonu, claim, "submission", reference="C/1").status_code == 303
    refused = step(as_sonu, claim, "approval", amount="999", note="kept")
    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"amount"})
    assert 'value="kept"' in refused.text
    assert step(as_sonu, claim, "approval", amount="400").status_code == 303
    suggested = as_sonu.get(reverse("billing:claim_settlement_new", args=[claim.pk]))
    assert 'value="400.00"' in suggested.text
    assert step(as_sonu, claim, "settlement", paid="400", bank_reference="U").status_code == 303
    claim.refresh_from_db()
    assert claim.status == ClaimStatus.SETTLED


def test_its_history_shows_each_step_with_its_own_note(as_sonu, claim):
    step(as_sonu, claim, "submission", reference="C/1", note="first")
    step(as_sonu, claim, "query", note="which ward?")
    step(as_sonu, claim, "submission", reference="C/1", note="ward 4")

    page = as_sonu.get(reverse("billing:claim_detail", args=[claim.pk]))
    told = [{label: now for label, _was, now in one.fields} for one in page.context["changes"]][:3]
    assert [(one["status"], one["note"]) for one in told] == [
        ("sent", "ward 4"),
        ("asked back", "which ward?"),
        ("sent", "first"),
    ]
    for note in "first", "which ward?", "ward 4":
        assert note in page.text


def test_enter_takes_the_most_usual_step(as_sonu, claim):
    page = reverse("billing:claim_detail", args=[claim.pk])

    def first():
        return str(as_sonu.get(page).context["steps"][0]["title"])

    step(as_sonu, claim, "submission", reference="C/1")
    assert first() == "Approved by the payer"
    step(as_sonu, claim, "query", note="which ward?")
    assert first() == "Sent to the payer"


def test_a_rejection_on_its_page_says_why(as_sonu, claim):
    step(as_sonu, claim, "submission", reference="C/1")

    assert step(as_sonu, claim, "rejection", note="").status_code == 422
    assert step(as_sonu, claim, "rejection", note="no").status_code == 303


def test_a_claim_is_found_by_its_numbers(as_sonu, claim):
    path = reverse("billing:claim_list")
    for words in claim.invoice.number, claim.patient.uhid_shown:
        assert as_sonu.post(path, {"q": words}).context["claims"] == [claim]
    assert as_sonu.post(path, {"q": "nothing"}).context["claims"] == []
    assert as_sonu.get(path, {"scheme": "OTHER"}).context["claims"] == []
    assert as_sonu.get(path, {"status": "open", "bucket": "more"}).status_code == 200


def test_the_register_goes_out_without_names_and_formulas(as_sonu, claim):
    Claim.objects.filter(pk=claim.pk).update(note="=1+1", reference="@x")
    path = reverse("billing:claim_export_new")
    text = b"".join(as_sonu.post(path, {"as": "csv"})).decode()

    assert "'=1+1" in text
    assert "'@x" in text
    assert claim.patient.name not in text
    assert as_sonu.post(path).headers["Content-Type"].endswith("sheet")
    assert AuditEntry.objects.filter(name="billing.claims_exported").count() == 2


def test_another_hospitals_claims_are_not_there(client, claim, sgml):
    client.force_login(make_person("Stranger", Role.BILLING_SUPERVISOR, sgml))

    assert client.get(reverse("billing:claim_list")).context["claims"] == []
    assert client.get(reverse("billing:claim_detail", args=[claim.pk])).status_code == 404
    assert step(client, claim, "submission", reference="C").status_code == 404


def test_claims_over_the_api(as_sonu, claim):
    def post(noun, body, key):
        path = reverse(f"api-claim-{noun}", args=[claim.pk])
        return as_sonu.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})

    sent = [post("submissions", {"reference": "C/1"}, "one") for _ in range(2)]
    assert [one.status_code for one in sent] == [201, 201]
    assert post("queries", {"note": "what?"}, "two").json()["status"] == "queried"
    assert post("submissions", {"reference": "C/1"}, "three").status_code == 201
    assert post("rejections", {"note": "no"}, "four").json()["status"] == "rejected"
    assert post("submissions", {"reference": "C/1"}, "five").status_code == 201
    assert post("approvals", {"amount": "500"}, "six").status_code == 422
    assert post("approvals", {"amount": "400"}, "seven").json()["approved_amount"] == "400.00"
    paid = post("settlements", {"paid": "400", "bank_reference": "U"}, "eight").json()
    assert (paid["status"], paid["paid_amount"]) == ("settled", "400.00")
    assert len(as_sonu.get(reverse("api-claim-list"), {"scheme": "PMJAY"}).json()["results"]) == 1
