"""Schemes granted for a visit: on a proof and somebody's word, one at a time, and what they let off."""

from collections import Counter
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from billing import queries
from billing.models import ChargeItem, ChargeReversal, Claim, Invoice, SchemeCover
from billing.services import (
    Grant,
    cover_earlier,
    end_cover,
    enhance_cover,
    grant_cover,
    issue_invoice,
    relief_for,
)
from billing.states import InvoiceKind, ServiceKind
from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.models import AuditEntry
from patients.models import Encounter, EncounterClass
from patients.states import EncounterStatus
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_invoice, make_scheme
from tests.factories.books import money_faults
from tests.factories.cases import walked
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.patients import make_encounter
from tests.factories.tariffs import make_cover, make_exempted, make_payer

TODAY = NOON.date()
HOSTILE = '"><img src=x onerror=alert(1)>'
PAID_BY = {"package_code": "BM001A", "preauth_number": "PA/7", "preauth_amount": Decimal("5000")}


@pytest.fixture
def sonu(rims):
    """Who may approve at RIMS."""
    return make_person("Sonu", Role.BILLING_SUPERVISOR, rims)


@pytest.fixture
def bpl(db):
    return make_scheme(kinds=[])


@pytest.fixture
def staff(db):
    """A scheme that a second person approves."""
    return make_scheme("STAFF", needs_approval=True)


def grant(encounter, actor, scheme, *, key=None, **details):
    return grant_cover(
        encounter=encounter,
        grant=Grant(scheme, **{"proof_number": "R-1"} | details),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


def relief(encounter, kind=ServiceKind.IMAGING):
    return relief_for(encounter=encounter, kind=kind, day=TODAY)


# ── Granting ──


def test_a_granted_scheme_lets_off_what_it_serves(encounter, kavita):
    scheme = make_scheme(percent=Decimal(50), kinds=[ServiceKind.IMAGING])
    cover = grant(encounter, kavita, scheme)
    found = relief(encounter)

    assert (found.scheme, found.percent, found.proof_number) == (scheme, Decimal(50), "R-1")
    assert relief(encounter, ServiceKind.LABORATORY) is None
    assert (cover.granted_by, cover.approved_by) == (kavita, None)
    assert AuditEntry.objects.get(name="billing.cover_granted").patient_id == encounter.patient_id


def test_a_package_is_let_off_whole_and_stands_in_the_reason(encounter, kavita):
    grant(encounter, kavita, make_payer(), **PAID_BY)
    found = relief(encounter)

    assert (found.percent, found.reason) == (100, "PM-JAY BM001A")
    assert found.reason_hi == "आयुष्मान भारत BM001A"


def test_a_confidential_scheme_is_not_named_in_the_reason(encounter, kavita):
    grant(encounter, kavita, make_scheme("SECRET", is_confidential=True))

    assert relief(encounter).reason == "free by law"


def test_without_a_cover_a_free_list_holds_and_a_cover_comes_first(encounter, kavita, bpl):
    free = make_scheme("FREE", is_for_all=True, needs_proof=False, kinds=[ServiceKind.LABORATORY])

    assert relief(encounter, ServiceKind.LABORATORY).scheme == free
    assert relief(encounter) is None
    grant(encounter, kavita, bpl)
    assert relief(encounter, ServiceKind.LABORATORY).scheme == bpl


def test_a_free_list_serves_what_the_cover_does_not(encounter, kavita):
    free = make_scheme("FREE", is_for_all=True, kinds=[ServiceKind.MEDICINE])
    make_scheme("OVER", is_for_all=True, is_active=False)
    grant(encounter, kavita, make_payer(), **PAID_BY)

    assert relief(encounter, ServiceKind.MEDICINE).scheme == free
    assert relief(encounter, ServiceKind.CERTIFICATE) is None


def test_sent_twice_it_is_one_cover(encounter, kavita, bpl):
    key = uuid4()
    made = {grant(encounter, kavita, bpl, key=key) for _ in range(3)}

    assert len(made) == SchemeCover.objects.count() == 1
    with pytest.raises(KeyReused):
        grant(encounter, kavita, bpl, key=key, proof_number="R-2")


def test_one_scheme_at_a_time(encounter, kavita, bpl):
    grant(encounter, kavita, bpl)

    with pytest.raises(Refusal, match="End that one first"):
        grant(encounter, kavita, make_scheme("PINK"))


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_grant_at_once_one_does(encounter, kavita, bpl):
    outcomes = Counter(map(type, all_at_once([partial(grant, encounter, kavita, bpl) for _ in range(10)])))

    assert outcomes == {SchemeCover: 1, Refusal: 9}


@walked(
    ("scheme", "changes", "field", "said"),
    [
        ({}, {"proof_number": ""}, "proof_number", "number of the proof: ration card"),
        ({"proof": "age proof"}, {"proof_number": "234567890124"}, "proof_number", "Aadhaar"),
        ({"is_active": False}, {}, "scheme", "not in force"),
        ({"is_for_all": True}, {}, "scheme", "nobody has to be granted it"),
        ({"needs_approval": True}, {}, "approval_note", "On whose word"),
        ({"needs_approval": True}, {"approval_note": "order 7"}, "approver", "Somebody else must approve"),
        ({"needs_approval": True}, {"approval_note": "2341 2341 2346"}, "approval_note", "Aadhaar"),
    ],
)
def test_what_is_missing_is_refused_at_its_field(encounter, kavita, scheme, changes, field, said):
    with pytest.raises(Refusal, match=said) as refused:
        grant(encounter, kavita, make_scheme(**scheme), **changes)

    assert refused.value.field == field
    assert not SchemeCover.objects.exists()


@pytest.mark.parametrize("missing", ["package_code", "preauth_number", "preauth_amount"])
def test_a_payer_approves_before_it_pays(encounter, kavita, missing):
    with pytest.raises(Refusal) as refused:
        grant(encounter, kavita, make_payer(), **PAID_BY | {missing: None if "amount" in missing else ""})

    assert refused.value.field == missing


def test_a_negative_approval_is_refused(encounter, kavita):
    with pytest.raises(Refusal, match="more than nothing"):
        grant(encounter, kavita, make_payer(), **PAID_BY | {"preauth_amount": Decimal(-1)})


def test_a_wrong_package_code_is_said_in_words(encounter, kavita):
    with pytest.raises(Refusal, match="looks like BM001A"):
        grant(encounter, kavita, make_payer(), **PAID_BY | {"package_code": "=1+1"})


def test_a_visit_that_is_over_is_granted_nothing(asha, med, kavita, bpl):
    over = make_encounter(asha, med, status=EncounterStatus.FINISHED)

    with pytest.raises(Refusal, match="visit is over"):
        grant(over, kavita, bpl)


# ── The second person ──


def test_a_second_person_approves(encounter, kavita, sonu, staff):
    cover = grant(encounter, kavita, staff, approver=sonu, approval_note="order 7")

    assert (cover.approved_by, cover.approval_note) == (sonu, "order 7")


def test_nobody_approves_for_themselves(encounter, sonu, staff):
    with pytest.raises(Refusal, match="Somebody else"):
        grant(encounter, sonu, staff, approver=sonu, approval_note="order 7")


def test_who_may_not_approve_is_refused(encounter, kavita, dev, staff, sgml):
    stranger = make_person("Stranger", Role.BILLING_SUPERVISOR, sgml)
    for approver in dev, stranger:
        with pytest.raises(Refusal, match="may not approve here") as refused:
            grant(encounter, kavita, staff, approver=approver, approval_note="order 7")
        assert refused.value.field == "approver"


def test_in_a_small_facility_one_person_suffices_and_is_listed(client, encounter, kavita, rims, staff, sonu):
    rims.small_facility = True
    rims.save()
    cover = grant(encounter, kavita, staff, approval_note="nobody else on duty")

    assert cover.approved_by == cover.granted_by == kavita
    assert AuditEntry.objects.get(name="billing.cover_granted").detail["one_person"] is True
    client.force_login(sonu)
    page = client.get(reverse("billing:cover_approval_list"))
    assert page.context["covers"] == [cover]
    assert "one person alone" in page.text


# ── Ending, and approving more ──


def test_an_ended_cover_lets_nothing_off_and_another_may_begin(encounter, kavita, bpl):
    cover, key = grant(encounter, kavita, bpl), uuid4()
    for _ in range(2):
        end_cover(cover=cover, request_key=key, actor=kavita, at=NOON)

    assert relief(encounter) is None
    assert AuditEntry.objects.filter(name="billing.cover_ended").count() == 1
    grant(encounter, kavita, bpl)
    with pytest.raises(Refusal, match="ended already"):
        end_cover(cover=cover, request_key=uuid4(), actor=kavita, at=NOON)


def enhance(cover, actor, amount="9000", key=None, number=""):
    return enhance_cover(
        cover=cover,
        preauth_number=number,
        preauth_amount=Decimal(amount),
        request_key=key or uuid4(),
        actor=actor,
        at=NOON,
    )


def test_an_enhancement_ends_the_cover_and_begins_one_like_it(encounter, kavita):
    cover, key = make_cover(encounter, kavita), uuid4()
    made = {enhance(cover, kavita, key=key) for _ in range(2)}.pop()
    cover.refresh_from_db()

    assert (cover.ended_at, cover.preauth_amount) == (NOON, 5000)
    assert (made.preauth_amount, made.preauth_number, made.package_code) == (9000, "PA/1", "BM001A")
    assert SchemeCover.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("amount", ["5000", "4999.99"])
def test_an_enhancement_is_of_more(encounter, kavita, amount):
    with pytest.raises(Refusal, match="more than before"):
        enhance(make_cover(encounter, kavita), kavita, amount)


def test_a_cover_without_an_approval_has_no_enhancement(encounter, kavita, bpl):
    with pytest.raises(Refusal, match="more than before"):
        enhance(grant(encounter, kavita, bpl), kavita)


@pytest.mark.django_db(transaction=True)
def test_ended_and_enhanced_at_once_one_of_them_holds(encounter, kavita):
    cover = make_cover(encounter, kavita)
    ending = partial(end_cover, cover=cover, request_key=uuid4(), actor=kavita, at=NOON)
    outcomes = all_at_once([ending, *[partial(enhance, cover, kavita) for _ in range(5)]])

    assert sum(isinstance(one, Refusal) for one in outcomes) == 5
    assert SchemeCover.objects.filter(ended_at=None).count() <= 1


# ── How much it has let off ──


def test_what_was_let_off_is_counted_and_what_is_over_is_said(encounter, kavita):
    scheme = make_payer()
    cover = make_cover(encounter, kavita, scheme, preauth_amount=Decimal(500))
    make_exempted(encounter, kavita, scheme, "400")
    item, _exemption = make_exempted(encounter, kavita, scheme, "300")
    queries.give_used([cover])
    assert (cover.used, cover.over) == (700, 200)

    ChargeReversal.objects.create(
        facility=encounter.facility, charge_item=item, reason="x", reversed_by=kavita, reversed_at=NOON
    )
    queries.give_used([cover])
    assert (cover.used, cover.over) == (400, 0)


# ── What was charged before ──


@pytest.fixture
def scan(encounter):
    """An X-ray of ₹400.00 that was charged before a scheme was granted, and 5 % tax on it."""
    tax = {"tax_percent": Decimal(5), "tax": Decimal("20.00")}
    return make_charge(encounter, "400.00", kind=ServiceKind.IMAGING, **tax)


def earlier(cover, actor, key=None):
    return cover_earlier(cover=cover, request_key=key or uuid4(), actor=actor, at=NOON)


def test_a_card_verified_after_the_admission_holds_for_what_was_charged_before(
    encounter, kavita, scan, as_application
):
    other = make_charge(encounter, "50.00", kind=ServiceKind.CERTIFICATE)
    half = make_scheme(percent=Decimal(50), kinds=[ServiceKind.IMAGING])
    cover, key = grant(encounter, kavita, half), uuid4()
    assert queries.at_full_price(encounter, cover) == [scan]

    for _twice in range(2):
        assert earlier(cover, kavita, key) == cover

    scan.refresh_from_db()
    other.refresh_from_db()
    assert (scan.gross, scan.discount, scan.tax, scan.net) == tuple(map(Decimal, (400, 200, 10, 210)))
    assert other.discount == 0
    why = scan.exemptions.get()
    assert (why.scheme, why.proof_number, why.amount, why.granted_at) == (half, "R-1", Decimal(200), NOON)
    (before,) = scan.replaced_versions.all()
    assert (before.discount, before.tax, before.pgh_actor_id) == (0, Decimal("20.00"), kavita.pk)
    fact = AuditEntry.objects.get(name="billing.charges_covered")
    assert (fact.about_id, fact.patient_id) == (cover.pk, encounter.patient_id)
    with pytest.raises(Refusal, match="Nothing stands at the full price"):
        earlier(cover, kavita)


def test_what_the_payer_owes_of_it_is_claimed_with_the_bill(encounter, kavita, scan):
    cover = grant(encounter, kavita, make_payer(), **PAID_BY)
    earlier(cover, kavita)

    bill = issue_invoice(
        encounter=encounter, kind=InvoiceKind.INTERIM, request_key=uuid4(), actor=kavita, at=NOON
    )

    assert (bill.total, Claim.objects.get(invoice=bill).amount) == (0, Decimal("400.00"))
    assert queries.covers_of(encounter)[0].used == Decimal("400.00")
    assert money_faults() == []


def test_what_is_on_a_bill_and_what_was_let_off_is_left_alone(encounter, kavita, bpl):
    make_invoice(encounter, kavita)
    make_exempted(encounter, kavita, make_scheme("OTHER", percent=Decimal(10)))
    cover = grant(encounter, kavita, bpl)

    with pytest.raises(Refusal, match="Nothing stands at the full price"):
        earlier(cover, kavita)


def test_a_scheme_that_has_ended_holds_for_nothing(encounter, kavita, bpl, scan):
    cover = grant(encounter, kavita, bpl)
    end_cover(cover=cover, request_key=uuid4(), actor=kavita, at=NOON)

    with pytest.raises(Refusal, match="has ended already"):
        earlier(cover, kavita)


@pytest.mark.django_db(transaction=True)
def test_billed_and_covered_at_once_the_bill_says_what_its_charges_do(encounter, kavita, bpl, scan):
    cover = grant(encounter, kavita, bpl)
    bill = partial(
        issue_invoice,
        encounter=encounter,
        kind=InvoiceKind.INTERIM,
        request_key=uuid4(),
        actor=kavita,
        at=NOON,
    )

    outcomes = all_at_once([partial(earlier, cover, kavita), bill])

    scan.refresh_from_db()
    assert Invoice.objects.get().total == scan.net, outcomes


@pytest.mark.parametrize("change", [{"gross": 1}, {"quantity": 2}, {"description": "x"}])
def test_nothing_else_of_a_charge_changes_and_that_once(encounter, kavita, scan, change):
    with pytest.raises(DatabaseError, match="charge_stays_as_it_is"), transaction.atomic():
        ChargeItem.objects.filter(pk=scan.pk).update(**change)
    let_off = make_charge(encounter, discount=Decimal(5))
    with pytest.raises(DatabaseError, match="charge_is_let_off_once"), transaction.atomic():
        ChargeItem.objects.filter(pk=let_off.pk).update(discount=0)


def test_the_cashier_is_told_on_the_account_and_lets_the_scheme_hold(client, encounter, kavita, bpl, scan):
    account = reverse("billing:account_detail", args=[encounter.pk])
    client.force_login(kavita)
    assert "full price" not in client.get(account).text
    cover = grant(encounter, kavita, bpl)
    act = reverse("billing:cover_earlier_new", args=[cover.pk])
    told = client.get(account)
    assert "₹420.00 stands at the full price" in told.text
    assert act in told.text

    key = told.context["earlier_key"]
    done, again = (client.post(act, {"request_key": key}, follow=True) for _ in range(2))

    assert "What was charged before asks less now, too" in done.text
    assert "asks less now, too" in again.text
    assert "full price" not in client.get(account).text


# ── The pages ──


@pytest.fixture
def visit(asha, med):
    return make_encounter(asha, med, at=timezone.now())


def test_granted_enhanced_and_ended_on_the_pages(client, visit, kavita):
    make_payer()
    client.force_login(kavita)
    path = reverse("billing:cover_new", args=[visit.pk])
    scheme = client.get(path).context["form"].fields["scheme"].queryset.get()
    sent = {"scheme": scheme.pk, "proof_number": HOSTILE, "request_key": uuid4()}
    refused = client.post(path, sent)
    misspelt = client.post(path, sent | {**PAID_BY, "package_code": "M001A"})
    granted = client.post(path, sent | {**PAID_BY, "package_code": "bm001a"})
    page = client.get(granted["Location"])

    assert (refused.status_code, set(refused.context["form"].errors)) == (422, {"package_code"})
    assert "A package&#x27;s code looks like BM001A" in misspelt.text
    assert "onerror=alert(1)" in refused.text  # typed and kept, and no tag of the page
    assert HOSTILE not in refused.text + page.text
    assert "BM001A" in page.text
    cover = SchemeCover.objects.get()
    more = client.post(
        reverse("billing:enhancement_new", args=[cover.pk]),
        {"preauth_amount": "8000", "request_key": uuid4()},
    )
    running = SchemeCover.objects.get(ended_at=None)
    ended = client.post(reverse("billing:cover_end_new", args=[running.pk]), {"request_key": uuid4()})
    again = client.post(reverse("billing:cover_end_new", args=[running.pk]), {"request_key": uuid4()})
    assert (more.status_code, ended.status_code, again.status_code) == (303, 303, 422)
    assert "ended already" in again.text


@pytest.mark.parametrize("words", ["P-1", "pa/1", "PMJAY", "bm001a"])
def test_a_cover_is_found_by_its_numbers(client, encounter, kavita, words):
    cover = make_cover(encounter, kavita)
    client.force_login(kavita)
    path = reverse("billing:cover_list")

    assert client.post(path, {"q": words}).context["covers"] == [cover]
    assert client.post(path, {"q": encounter.patient.uhid_shown}).context["covers"] == [cover]
    assert client.post(path, {"q": "nothing"}).context["covers"] == []


def test_from_its_schemes_the_way_leads_back_to_the_account(client, encounter, poonam):
    client.force_login(poonam)
    page = client.get(reverse("billing:encounter_cover_detail", args=[encounter.pk])).text

    back = reverse("billing:account_detail", args=[encounter.pk])
    assert f'href="{back}" data-key="Escape"' in page


@pytest.mark.parametrize("kind", [EncounterClass.AMBULATORY, EncounterClass.INPATIENT])
def test_only_of_who_lies_here_it_is_asked_whether_they_may_go_home(client, encounter, kavita, kind):
    Encounter.objects.filter(pk=encounter.pk).update(encounter_class=kind)
    client.force_login(kavita)
    page = client.get(reverse("billing:encounter_cover_detail", args=[encounter.pk])).text

    assert ("May go home?" in page) is (kind == EncounterClass.INPATIENT)
    Encounter.objects.filter(pk=encounter.pk).update(status=EncounterStatus.FINISHED, ended_at=NOON)
    over = client.get(reverse("billing:encounter_cover_detail", args=[encounter.pk])).text
    assert "May go home?" not in over


def test_another_hospitals_visit_is_not_there(client, encounter, kavita, gopal, farid):
    cover = make_cover(encounter, kavita)
    client.force_login(gopal)
    for name, pk in (
        ("encounter_cover_detail", encounter.pk),
        ("cover_new", encounter.pk),
        ("cover_end_new", cover.pk),
        ("enhancement_new", cover.pk),
    ):
        assert client.get(reverse(f"billing:{name}", args=[pk])).status_code == 404
    assert client.post(reverse("billing:cover_earlier_new", args=[cover.pk])).status_code == 404
    assert client.get(reverse("billing:cover_list")).context["covers"] == []


def test_granted_over_the_api(client, encounter, visit, kavita, sonu, staff):
    client.force_login(kavita)
    path = reverse("api-cover-list")
    body = {"encounter": str(encounter.pk), "scheme": "STAFF", "proof_number": "S-1"}
    body |= {"approver": sonu.username, "approval_note": "order 7"}

    def post(path, body, key="one"):
        return client.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})

    answers = [post(path, body) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["approved_by"] == sonu.username
    assert post(path, body | {"scheme": "NONE"}, "two").json()["errors"][0]["field"] == "scheme"
    assert post(path, body | {"approver": "nobody"}, "three").json()["errors"][0]["field"] == "approver"
    assert post(path, body | {"encounter": str(uuid4())}, "four").status_code == 422
    payer = make_payer()
    paid = {"encounter": str(visit.pk), "scheme": payer.code, "proof_number": "P-1", **PAID_BY}
    granted = post(path, paid | {"preauth_amount": "5000.00"}, "eight").json()
    more = post(reverse("api-cover-enhancements", args=[granted["id"]]), {"preauth_amount": "8000"}, "nine")
    assert (more.status_code, more.json()["preauth_amount"]) == (201, "8000.00")
    cover = answers[0].json()["id"]
    again = post(path, {"encounter": body["encounter"], "scheme": "STAFF", "proof_number": "S-2"}, "seven")
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "approval_note")
    assert (
        post(reverse("api-cover-enhancements", args=[cover]), {"preauth_amount": "1"}, "5").status_code == 422
    )
    extend = reverse("api-cover-extensions", args=[cover])
    make_charge(SchemeCover.objects.get(pk=cover).encounter, kind=ServiceKind.IMAGING)
    assert [post(extend, {}, key).status_code for key in ("ten", "ten", "eleven")] == [201, 201, 422]
    assert post(reverse("api-cover-endings", args=[cover]), {}, "six").json()["ended_at"]
    running = client.get(path, {"running": "true"}).json()["results"]
    assert [one["id"] for one in running] == [more.json()["id"]]
