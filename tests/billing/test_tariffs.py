"""The tariff: one price a day, the most specific one holds, and no raised charge ever changes."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing import queries
from billing.models import ChargeItem, ChargeItemDefinition, TariffPrice, TaxRule
from billing.pricing import Tax
from billing.services import Tag, add_definition, edit_definition, end_price, set_price
from billing.states import ServiceKind, WardClass
from facilities.roles import Role
from hmis.kernel.errors import KeyReused, Refusal
from hmis.kernel.history import version_of
from hmis.kernel.models import AuditEntry
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_scheme
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_definition, make_price, make_tax_rule

TODAY = NOON.date()
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def lata(rims):
    """Who administers RIMS."""
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


@pytest.fixture
def xray(db):
    return make_definition()


def put(xray, facility, lata, price, *, day=TODAY, version=None, key=None, **changes):
    tag = Tag(xray, Decimal(price), day, **changes)
    version = queries.tariff_version(facility, xray) if version is None else version
    return set_price(
        facility=facility, tag=tag, version=version, request_key=key or uuid4(), actor=lata, at=NOON
    )


def held(xray, facility):
    """(price, from, until), in the order of their days."""
    prices = TariffPrice.objects.filter(definition=xray, facility=facility).order_by("valid_from")
    return [(str(one.price), one.valid_from, one.valid_to) for one in prices]


# ── Setting ──


def test_a_new_price_ends_the_old_one_the_day_before(xray, rims, lata):
    make_price(xray, rims, "100.00", valid_from=date(2026, 1, 1))
    put(xray, rims, lata, "120.00", day=date(2026, 8, 1))

    assert held(xray, rims) == [
        ("100.00", date(2026, 1, 1), date(2026, 7, 31)),
        ("120.00", date(2026, 8, 1), None),
    ]
    assert AuditEntry.objects.get(name="billing.price_set").detail == {
        "code": "XRAY",
        "price": "120.00",
        "day": "2026-08-01",
        "scheme": "",
        "ward": "",
    }


def test_a_price_before_a_planned_one_holds_until_then(xray, rims, lata):
    make_price(xray, rims, "150.00", valid_from=date(2026, 9, 1))
    put(xray, rims, lata, "120.00")

    assert held(xray, rims) == [
        ("120.00", TODAY, date(2026, 8, 31)),
        ("150.00", date(2026, 9, 1), None),
    ]


def test_a_price_of_the_same_day_is_put_right_and_the_history_knows(xray, rims, lata):
    first = put(xray, rims, lata, "120.00")
    again = put(xray, rims, lata, "12.00")

    assert (again.pk, held(xray, rims)) == (first.pk, [("12.00", TODAY, None)])
    assert version_of(first) == 2


def test_prices_of_schemes_and_wards_stand_beside_each_other(xray, rims, lata):
    scheme = make_scheme()
    put(xray, rims, lata, "100")
    put(xray, rims, lata, "50", scheme=scheme)
    put(xray, rims, lata, "200", ward_class=WardClass.PRIVATE)

    assert TariffPrice.objects.filter(valid_to=None).count() == 3


def test_sent_twice_it_is_one_price(xray, rims, lata):
    key, version = uuid4(), queries.tariff_version(rims, xray)
    made = {put(xray, rims, lata, "120", key=key, version=version) for _ in range(3)}

    assert len(made) == TariffPrice.objects.count() == 1
    with pytest.raises(KeyReused):
        put(xray, rims, lata, "130", key=key, version=version)


def test_a_correction_sent_twice_answers_with_the_corrected_price(xray, rims, lata):
    put(xray, rims, lata, "120")
    key, version = uuid4(), queries.tariff_version(rims, xray)
    corrected = [put(xray, rims, lata, "12", key=key, version=version) for _ in range(2)]

    assert corrected[0] == corrected[1]
    assert corrected[1].price == Decimal("12.00")


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"day": TODAY - timedelta(days=1)}, "day", "from today or a later day"),
        ({"price": "-0.01"}, "price", "not less than nothing"),
        ({"price": "100000000"}, "price", "below ten crore"),
        ({"until": TODAY - timedelta(days=1)}, "until", "ends after it starts"),
    ],
)
def test_what_no_tariff_says_is_refused_at_its_field(xray, rims, lata, changes, field, said):
    with pytest.raises(Refusal, match=said) as refused:
        put(xray, rims, lata, **{"price": "10"} | changes)

    assert refused.value.field == field
    assert not TariffPrice.objects.exists()


def test_a_service_out_of_use_gets_no_price(rims, lata):
    with pytest.raises(Refusal, match="no longer in use"):
        put(make_definition(is_active=False), rims, lata, "10")


def test_a_price_set_meanwhile_is_not_overwritten(xray, rims, lata):
    version = queries.tariff_version(rims, xray)
    put(xray, rims, lata, "120", version=version)

    with pytest.raises(Refusal, match="Somebody else changed this"):
        put(xray, rims, lata, "130", version=version)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_set_a_price_at_once_one_does(xray, rims, lata):
    acts = [partial(put, xray, rims, lata, str(100 + n), version=0) for n in range(10)]

    outcomes = Counter(map(type, all_at_once(acts)))

    assert outcomes == {TariffPrice: 1, Refusal: 9}
    assert TariffPrice.objects.count() == 1


def test_a_price_change_touches_no_raised_charge(xray, rims, lata, encounter):
    make_price(xray, rims, "100.00")
    raised = make_charge(encounter, "100.00", definition=xray, unit_price=Decimal(100))
    before = ChargeItem.objects.filter(pk=raised.pk).values().get()
    put(xray, rims, lata, "500.00")
    edit_definition(
        definition=xray,
        details={"name": "Other", "is_active": False},
        version=version_of(xray),
        actor=lata,
        at=NOON,
    )

    assert ChargeItem.objects.filter(pk=raised.pk).values().get() == before


# ── Ending ──


def end(price, lata, day, **changes):
    details = {"version": price.rev, "request_key": uuid4(), "actor": lata, "at": NOON}
    return end_price(price=price, day=day, **details | changes)


def test_a_price_ends_on_its_last_day(xray, rims, lata):
    price = make_price(xray, rims)
    key = uuid4()
    ended = {end(price, lata, TODAY, request_key=key) for _ in range(2)}

    assert ended == {price}
    assert queries.price_of(xray, rims, day=TODAY) == price
    assert queries.price_of(xray, rims, day=TODAY + timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("price", "day", "said"),
    [
        ({}, TODAY - timedelta(days=1), "today or later"),
        ({"valid_from": date(2026, 9, 1)}, TODAY, "not before the price begins"),
        ({"valid_to": date(2026, 8, 1)}, date(2026, 8, 2), "ends on 01-08-2026 already"),
    ],
)
def test_an_end_that_is_none_is_refused(xray, rims, lata, price, day, said):
    with pytest.raises(Refusal, match=said):
        end(make_price(xray, rims, **price), lata, day)


def test_a_price_changed_meanwhile_does_not_end(xray, rims, lata):
    price = make_price(xray, rims)
    TariffPrice.objects.filter(pk=price.pk).update(price=1)

    with pytest.raises(Refusal, match="Somebody else"):
        end(price, lata, TODAY)


# ── Which price holds ──


def test_the_most_specific_price_holds(xray, rims, sgml):
    bpl, other = make_scheme(), make_scheme("OTHER")
    ward = WardClass.PRIVATE
    make_price(xray, rims, "1")
    make_price(xray, rims, "2", ward_class=ward)
    make_price(xray, rims, "3", scheme=bpl)
    make_price(xray, rims, "4", scheme=bpl, ward_class=ward)
    make_price(xray, sgml, "9")

    def asked(**details):
        return queries.price_of(xray, rims, **{"day": TODAY} | details).price

    assert asked() == asked(scheme=other) == asked(ward_class=WardClass.GENERAL) == 1
    assert asked(ward_class=ward) == asked(ward_class=ward, scheme=other) == 2
    assert asked(scheme=bpl) == asked(scheme=bpl, ward_class=WardClass.GENERAL) == 3
    assert asked(scheme=bpl, ward_class=ward) == 4


@pytest.mark.parametrize(
    ("day", "price"),
    [
        (date(2025, 12, 31), None),
        (date(2026, 1, 1), "10.00"),
        (date(2026, 6, 30), "10.00"),
        (date(2026, 7, 1), "20.00"),
        (date(2030, 1, 1), "20.00"),
    ],
)
def test_a_price_holds_on_its_days(xray, rims, day, price):
    make_price(xray, rims, "10.00", valid_to=date(2026, 6, 30))
    make_price(xray, rims, "20.00", valid_from=date(2026, 7, 1))
    found = queries.price_of(xray, rims, day=day)

    assert (found and str(found.price)) == price


def test_care_is_exempt_and_a_rule_says_what_is_not(xray):
    room = make_definition("ROOM", tax_rule=make_tax_rule(above=Decimal(5000), spares_intensive_care=True))

    assert queries.tax_of(xray) is None
    assert queries.tax_of(room) == Tax(
        Decimal(5), Decimal(5000), outpatients_only=False, spares_intensive_care=True
    )


# ── What a counter is offered ──


@pytest.mark.parametrize("words", ["xr", "XRAY", "chest", "x-ray che", "छाती", "एक्स"])
def test_a_service_is_found_by_code_and_by_words_of_either_script(xray, rims, words):
    make_price(xray, rims, "100.00")
    make_price(make_definition("CERT", name="Certificate", name_hi="प्रमाण पत्र"), rims)

    assert [(one.code, one.price_today) for one in queries.services_offered(rims, words, TODAY)] == [
        ("XRAY", Decimal("100.00"))
    ]


@pytest.mark.parametrize("words", ["hest", "%", "_", "'; --", HOSTILE])
def test_what_is_no_beginning_of_a_word_finds_nothing(xray, rims, words):
    make_price(xray, rims)

    assert queries.services_offered(rims, words, TODAY) == []


def test_only_what_has_a_price_here_today_is_offered(xray, rims, sgml):
    make_price(xray, sgml)
    make_price(make_definition("XOLD", is_active=False), rims)
    make_price(make_definition("XLATER"), rims, valid_from=date(2026, 9, 1))
    make_price(make_definition("XWARD"), rims, ward_class=WardClass.PRIVATE)

    assert queries.services_offered(rims, "x", TODAY) == []


def test_the_code_itself_comes_first_and_the_list_asks_once(rims):
    for n in range(30):
        make_price(make_definition(f"HB{n:02}", name=f"A test {n}"), rims)
    make_price(make_definition("HB", name="Zinc"), rims)
    with CaptureQueriesContext(connection) as asked:
        found = queries.services_offered(rims, "hb", TODAY)

    assert len(asked) == 1
    assert (len(found), {one.code for one in found[:1]} <= {"HB", "HB00"}) == (20, True)


# ── The state's list ──

SERVICE = {"code": "USG", "name": "Ultrasound", "name_hi": "अल्ट्रासाउंड", "kind": ServiceKind.IMAGING}


def test_a_service_is_added_once(indu):
    key = uuid4()
    rule = make_tax_rule()
    details = SERVICE | {"tax_rule": rule}
    made = {add_definition(details=details, request_key=key, actor=indu, at=NOON) for _ in range(2)}

    assert len(made) == ChargeItemDefinition.objects.count() == 1
    with pytest.raises(Refusal, match="Another service has this code"):
        add_definition(details=details, request_key=uuid4(), actor=indu, at=NOON)


def test_a_service_saved_as_it_was_is_no_fact(xray, indu):
    edit_definition(
        definition=xray, details={"name": xray.name}, version=version_of(xray), actor=indu, at=NOON
    )

    assert not AuditEntry.objects.filter(name="billing.service_edited").exists()


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_put_a_service_right_at_once_one_does(xray, indu):
    acts = [
        partial(edit_definition, definition=xray, details={"name": f"N{n}"}, version=1, actor=indu, at=NOON)
        for n in range(10)
    ]
    outcomes = Counter(map(type, all_at_once(acts)))

    assert outcomes == {ChargeItemDefinition: 1, Refusal: 9}


def test_the_starters_name_no_price_and_run_again_change_nothing(db):
    call_command("load_services", verbosity=0)
    ChargeItemDefinition.objects.filter(code="XRCH").update(name="mine", is_active=False)
    call_command("load_services", verbosity=0)

    assert ChargeItemDefinition.objects.get(code="XRCH").name == "mine"
    assert ChargeItemDefinition.objects.count() > 150
    assert not TariffPrice.objects.exists()
    assert not ChargeItemDefinition.objects.filter(name_hi="").exists()
    assert {one.code for one in TaxRule.objects.all()} == {"ROOM_5000", "MED_OP_5", "MED_NIL"}
    assert ChargeItemDefinition.objects.get(code="BED-PVT").tax_rule.above == Decimal("5000.00")
    for one in ChargeItemDefinition.objects.all():
        one.full_clean()


# ── The pages ──


@pytest.fixture
def as_lata(client, lata):
    client.force_login(lata)
    return client


def test_a_price_is_set_on_its_page_and_the_history_shows_it(as_lata, xray, rims):
    make_price(xray, rims, "100.00")
    path = reverse("billing:price_new", args=[xray.pk])
    page = as_lata.get(path)
    sent = {"price": "120.50", "day": "01-08-2099", "rev": page.context["rev"], "request_key": uuid4()}
    answer = as_lata.post(path, sent)

    assert answer.status_code == 303
    detail = as_lata.get(answer["Location"])
    assert "120.50" in detail.text
    assert [one.price for one in detail.context["prices"]] == [Decimal("120.50"), Decimal("100.00")]


def test_a_refused_price_stands_at_its_field_with_what_was_typed(as_lata, xray, rims):
    path = reverse("billing:price_new", args=[xray.pk])
    answer = as_lata.post(path, {"price": "-3", "day": "01-08-2001", "rev": "0", "request_key": uuid4()})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"price"}
    answer = as_lata.post(path, {"price": "3", "day": "01-08-2001", "rev": "0", "request_key": uuid4()})
    assert set(answer.context["form"].errors) == {"day"}
    assert 'value="01-08-2001"' in answer.text


def test_a_price_ends_on_its_page(as_lata, xray, rims):
    price = make_price(xray, rims)
    path = reverse("billing:price_end_new", args=[price.pk])
    page = as_lata.get(path)
    answer = as_lata.post(path, {"day": "01-08-2099", "rev": page.context["rev"], "request_key": uuid4()})

    assert answer.status_code == 303
    price.refresh_from_db()
    assert price.valid_to == date(2099, 8, 1)


def test_another_hospitals_price_is_not_there(as_lata, xray, sgml):
    assert as_lata.get(reverse("billing:price_end_new", args=[make_price(xray, sgml).pk])).status_code == 404


def test_the_list_shows_todays_price_and_filters(as_lata, xray, rims, sgml):
    make_price(xray, rims, "77.00")
    make_definition("CERT", name=HOSTILE, kind=ServiceKind.CERTIFICATE)
    path = reverse("billing:tariff_list")

    assert "77.00" in as_lata.get(path).text
    assert HOSTILE not in as_lata.get(path).text
    assert [one.code for one in as_lata.get(path, {"kind": "certificate"}).context["page"]] == ["CERT"]
    assert [one.code for one in as_lata.get(path, {"only": "unpriced"}).context["page"]] == ["CERT"]
    assert [one.code for one in as_lata.get(path, {"q": "xr"}).context["page"]] == ["XRAY"]


def test_the_state_chooses_a_hospital_and_adds_a_service(client, indu, xray, rims, sgml):
    client.force_login(indu)
    make_price(xray, sgml, "88.00")
    path = reverse("billing:tariff_list")
    sent = SERVICE | {"is_active": "on", "request_key": uuid4()}

    assert "88.00" in client.get(path, {"hospital": "SGML"}).text
    assert "88.00" not in client.get(path, {"hospital": "RIMS"}).text
    assert client.get(path, {"hospital": "NONE"}).status_code == 200
    assert client.post(reverse("billing:service_new"), sent).status_code == 303
    made = ChargeItemDefinition.objects.get(code="USG")
    edit = reverse("billing:service_edit", args=[made.pk])
    assert client.post(edit, sent | {"name": "USG", "rev": "1", "request_key": uuid4()}).status_code == 303
    made.refresh_from_db()
    assert made.name == "USG"


def test_a_state_without_a_hospital_has_services_and_no_prices(client, indu, xray):
    client.force_login(indu)
    page = client.get(reverse("billing:tariff_list"))

    assert (page.status_code, list(page.context["page"])) == (200, [])
    assert client.get(reverse("billing:tariff_export")).status_code == 404


def test_a_long_list_is_turned_and_keeps_what_was_asked(as_lata):
    for number in range(51):
        make_definition(f"X{number:02}")
    first = as_lata.get(reverse("billing:tariff_list"), {"kind": "imaging"})
    second = as_lata.get(reverse("billing:tariff_list") + first.context["next_url"])

    assert (first.context["next_url"], first.context["previous_url"]) == ("?kind=imaging&page=2", "")
    assert [one.code for one in second.context["page"]] == ["X50"]
    assert (second.context["next_url"], second.context["previous_url"]) == ("", "?kind=imaging&page=1")


@pytest.mark.parametrize(("unit", "said"), [("day", "दिन"), ("vial", "vial")])
def test_a_usual_unit_is_said_in_the_readers_language(as_lata, lata, rims, unit, said):
    make_price(make_definition(unit=unit), rims)
    lata.language = "hi"
    lata.save()

    assert f"/ {said}" in as_lata.get(reverse("billing:tariff_list")).text


def test_a_service_with_a_wrong_code_is_refused_at_it(client, indu):
    client.force_login(indu)
    answer = client.post(
        reverse("billing:service_new"), SERVICE | {"code": "=1+1", "sac_hsn": "99", "request_key": uuid4()}
    )

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"code", "sac_hsn"}


# ── The API ──


def test_prices_are_set_ended_and_read_over_the_api(as_lata, xray, rims, lata, sgml):
    make_scheme()
    make_price(xray, sgml, "9.00")
    path = reverse("api-tariff-list")

    def post(path, body, key):
        return as_lata.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})

    body = {"code": "XRAY", "price": "120.00", "valid_from": "2099-01-01", "scheme": "BPL"}
    made = [post(path, body, "one") for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert made[0].json() == made[1].json()
    assert post(path, body | {"price": "130.00"}, "one").status_code == 409
    assert post(path, body | {"version": 0}, "two").status_code == 422
    for field, value in (("code", "NOPE"), ("scheme", "NOPE")):
        refused = post(path, body | {field: value}, f"wrong {field}")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    unschemed = post(path, {"code": "XRAY", "price": "125.00", "valid_from": "2099-01-01"}, "five")
    assert (unschemed.status_code, unschemed.json()["scheme"]) == (201, None)
    ending = reverse("api-tariff-endings", args=[made[0].json()["id"]])
    ended = post(ending, {"last_day": "2099-06-30", "rev": made[0].json()["rev"]}, "three")
    assert ended.json()["valid_to"] == "2099-06-30"
    assert post(ending, {"last_day": "2099-05-30", "rev": 0}, "four").status_code == 422
    listed = as_lata.get(path, {"on": "2099-02-01", "kind": "imaging"}).json()["results"]
    assert {(one["facility"], one["price"]) for one in listed} == {("RIMS", "120.00"), ("RIMS", "125.00")}
    schemes = as_lata.get(reverse("api-scheme-list")).json()["results"]
    assert [one["code"] for one in schemes] == ["BPL"]
