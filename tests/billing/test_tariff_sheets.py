"""The tariff by the sheet: every change is said first, and nothing that changed meanwhile is overwritten."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from billing import queries
from billing.models import ChargeItem, TariffPrice
from billing.services import TariffLook, import_tariff
from billing.services.tariff_sheets import CHANGE, ERROR, NEW, SAME, named_rows, unsealed
from facilities.roles import Role
from hmis.kernel import sheets
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry
from tests.conftest import NOON
from tests.factories.billing import make_charge, make_scheme
from tests.factories.cases import walked
from tests.factories.facilities import make_person
from tests.factories.parallel import all_at_once
from tests.factories.tariffs import make_definition, make_price

TODAY = NOON.date()


@pytest.fixture
def lata(rims):
    return make_person("Lata", Role.FACILITY_ADMIN, rims)


@pytest.fixture
def xray(db):
    return make_definition()


def look(facility, text, *, day=TODAY):
    return TariffLook(named_rows(text.encode()), facility, day=day, today=TODAY)


def take(facility, lata, sealed, key=None):
    return import_tariff(facility=facility, sealed=sealed, request_key=key or uuid4(), actor=lata, at=NOON)


def test_each_row_is_new_changed_the_same_or_wrong(xray, rims, lata):
    make_price(xray, rims, "100.00")
    make_price(make_definition("SAME"), rims, "5.00")
    make_definition("FRESH")
    seen = look(rims, 'code,price\nXRAY,120\nSAME,5.00\nfresh,"1,250.50"\nNOSUCH,1\n')

    assert [(row.number, row.kind, row.was) for row in seen.rows] == [
        (2, CHANGE, Decimal("100.00")),
        (3, SAME, Decimal("5.00")),
        (4, NEW, None),
        (5, ERROR, None),
    ]
    assert take(rims, lata, seen.sealed()) == 2
    assert queries.price_of(xray, rims, day=TODAY).price == Decimal("120.00")
    assert TariffPrice.objects.get(definition__code="FRESH").price == Decimal("1250.50")
    assert AuditEntry.objects.get(name="billing.tariff_imported").detail == {
        "added": 1,
        "changed": 1,
        "left_out": 1,
    }


def test_a_look_writes_nothing(xray, rims):
    look(rims, "code,price\nXRAY,120\n")

    assert not TariffPrice.objects.exists()


@walked(
    ("row", "said"),
    [
        (",1", "must be filled in"),
        ("XRAY,", "must be filled in"),
        ("NOPE,1", "no service with this code"),
        ("XRAY,abc", "price in rupees"),
        ("XRAY,-5", "price in rupees"),
        ("XRAY,1.234", "price in rupees"),
        ("XRAY,999999999", "below ten crore"),
        ("XRAY,1,NOPE", "no such scheme"),
        ("XRAY,1,,palace", "no such class of ward"),
        ("XRAY,1,,,32-13-2026", "Write the day"),
        ("XRAY,1,,,01-01-1800", "Write the day"),
        ("XRAY,1,,,01-09-2026,01-08-2026", "ends after it starts"),
    ],
)
def test_a_wrong_row_says_why_and_is_left_out(xray, rims, lata, row, said):
    seen = look(rims, f"code,price,scheme,ward,from,until\n{row}\n")

    assert seen.counts[ERROR] == 1
    assert said in " ".join(sentence for _column, sentence in seen.rows[0].errors)
    assert take(rims, lata, seen.sealed()) == 0
    assert not TariffPrice.objects.exists()


def test_a_service_out_of_use_is_a_wrong_row(rims):
    make_definition("OLD", is_active=False)

    assert "no longer in use" in look(rims, "code,price\nOLD,1\n").rows[0].errors[0][1]


def test_a_formula_is_neither_calculated_nor_taken(xray, rims):
    book = Workbook()
    for row in ("code", "price"), ("XRAY", "=1+1"), ('=HYPERLINK("http://x")', 5):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    seen = TariffLook(named_rows(file.getvalue()), rims, day=TODAY, today=TODAY)

    assert seen.counts[ERROR] == 2
    assert all("formula" in row.errors[0][1] for row in seen.rows)


def test_one_price_is_said_once(xray, rims, lata):
    scheme = make_scheme()
    text = "code,price,scheme,from\nXRAY,1,,\nXRAY,2,,\nXRAY,3,bpl,\nXRAY,4,,01-09-2026\n"
    seen = look(rims, text)

    assert [row.kind for row in seen.rows] == [NEW, ERROR, NEW, CHANGE]
    assert "Row 2 says this price already" in seen.rows[1].errors[0][1]
    take(rims, lata, seen.sealed())
    prices = TariffPrice.objects.filter(scheme=None).order_by("valid_from")
    assert [(one.price, one.valid_to) for one in prices] == [(1, date(2026, 8, 31)), (4, None)]
    assert TariffPrice.objects.get(scheme=scheme).price == 3


def test_a_day_that_is_past_becomes_the_chosen_one(xray, rims, lata):
    make_price(xray, rims, "100.00")
    day = TODAY + timedelta(days=10)
    seen = look(rims, "code,price,from\nXRAY,120,01-01-2026\n", day=day)
    take(rims, lata, seen.sealed())

    assert queries.price_of(xray, rims, day=day).price == 120
    assert queries.price_of(xray, rims, day=TODAY).price == 100


def test_what_goes_out_may_come_back_and_changes_nothing(client, lata, xray, rims, sgml):
    make_price(xray, rims, "100.00", valid_to=date(2098, 12, 31))
    make_price(xray, rims, "130.00", valid_from=date(2099, 1, 1))
    make_price(xray, rims, "10.00", scheme=make_scheme(), ward_class="private")
    make_price(xray, sgml, "9.00")
    client.force_login(lata)
    for kind in "csv", "xlsx":
        answer = client.get(reverse("billing:tariff_export"), {"as": kind})
        content = b"".join(answer) if answer.streaming else answer.content
        seen = TariffLook(named_rows(content), rims, day=TODAY, today=TODAY)
        assert seen.counts == {ERROR: 0, NEW: 0, CHANGE: 0, SAME: 3}
    assert AuditEntry.objects.filter(name="billing.tariff_exported").count() == 2


def test_no_cell_that_goes_out_is_a_formula(client, lata, rims):
    make_price(make_definition("EVIL", name="=1+1"), rims)
    client.force_login(lata)
    text = b"".join(client.get(reverse("billing:tariff_export"), {"as": "csv"})).decode()

    assert "'=1+1" in text
    assert ",=1+1" not in text


def test_a_price_set_meanwhile_stops_the_import(xray, rims, lata):
    seen = look(rims, "code,price\nXRAY,120\n")
    make_price(make_definition("OTHER"), rims)

    with pytest.raises(Refusal, match="changed meanwhile"):
        take(rims, lata, seen.sealed())
    assert not TariffPrice.objects.filter(definition=xray).exists()


def test_sent_twice_it_is_taken_over_once(xray, rims, lata):
    sealed, key = look(rims, "code,price\nXRAY,120\n").sealed(), uuid4()

    assert take(rims, lata, sealed, key) == take(rims, lata, sealed, key) == 1
    assert TariffPrice.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_take_over_at_once_one_does(xray, rims, lata):
    sealed = look(rims, "code,price\nXRAY,120\n").sealed()

    outcomes = Counter(map(type, all_at_once([partial(take, rims, lata, sealed) for _ in range(10)])))

    assert outcomes == {int: 1, Refusal: 9}
    assert TariffPrice.objects.count() == 1


def test_a_seal_holds_for_its_hospital_and_not_when_it_was_altered(xray, rims, sgml):
    sealed = look(rims, "code,price\nXRAY,120\n").sealed()

    assert unsealed(sealed, rims)[2][0]["price"] == "120"
    for word, facility in ((sealed, sgml), (sealed[:-2] + "xx", rims), ("", rims)):
        with pytest.raises(Refusal, match="Send the sheet again"):
            unsealed(word, facility)


@pytest.mark.parametrize(
    ("text", "said"),
    [("code,price\n", "no rows below"), ("code,name\nX,1\n", "lacks these columns: price")],
)
def test_no_tariff_is_refused(db, text, said):
    with pytest.raises(Refusal, match=said):
        named_rows(text.encode())


def test_a_long_sheet_is_looked_at_in_few_queries(rims, lata, django_assert_max_num_queries, monkeypatch):
    """A fifth of what a sheet may have: in two journeys of 500, as the rest in ten."""
    monkeypatch.setattr(sheets, "MOST_ROWS", 1001)
    for n in range(20):
        make_definition(f"S{n}")
    text = "code,price,from\n" + "".join(
        f"S{n % 20},{n + 1},{(TODAY + timedelta(days=n // 20)):%d-%m-%Y}\n"
        for n in range(sheets.MOST_ROWS - 1)
    )
    with django_assert_max_num_queries(5):
        seen = look(rims, text)
    assert seen.right == sheets.MOST_ROWS - 1
    with django_assert_max_num_queries(15):
        assert take(rims, lata, seen.sealed()) == sheets.MOST_ROWS - 1


def test_an_import_touches_no_raised_charge(xray, rims, lata, encounter):
    raised = make_charge(encounter, "100.00", definition=xray)
    before = ChargeItem.objects.filter(pk=raised.pk).values().get()
    take(rims, lata, look(rims, "code,price\nXRAY,999\n").sealed())

    assert ChargeItem.objects.filter(pk=raised.pk).values().get() == before


# ── The pages ──


def send(client, text, **changes):
    file = SimpleUploadedFile("tariff.csv", text.encode())
    sent = {"file": file, "day": "", "request_key": uuid4()} | changes
    return client.post(reverse("billing:tariff_import_new"), sent)


def test_uploaded_looked_at_and_taken_over(client, lata, xray, rims):
    client.force_login(lata)
    page = send(client, 'code,price\nXRAY,120\n"<img src=x onerror=alert(1)>",1\n')

    assert page.status_code == 200
    assert page.context["look"].right == 1
    assert "<img src=x" not in page.text
    answer = client.post(
        reverse("billing:tariff_import_confirmation_new"),
        {"sealed": page.context["sealed"], "request_key": uuid4()},
    )
    assert answer.status_code == 303
    assert TariffPrice.objects.get().price == 120


def test_a_tariff_changed_meanwhile_is_looked_at_once_more(client, lata, xray, rims):
    client.force_login(lata)
    page = send(client, "code,price\nXRAY,120\n")
    make_price(xray, rims, "100.00")
    answer = client.post(
        reverse("billing:tariff_import_confirmation_new"),
        {"sealed": page.context["sealed"], "request_key": uuid4()},
    )

    assert answer.status_code == 422
    assert "changed meanwhile" in answer.text
    assert answer.context["look"].rows[0].was == Decimal("100.00")
    again = client.post(
        reverse("billing:tariff_import_confirmation_new"),
        {"sealed": answer.context["sealed"], "request_key": uuid4()},
    )
    assert again.status_code == 303
    assert queries.price_of(xray, rims, day=date.today()).price == 120


def test_rows_are_turned_over_by_kind_and_page(client, lata, xray, rims):
    client.force_login(lata)
    page = send(client, "code,price\nXRAY,120\n" + "NOPE,1\n" * 150)
    path = reverse("billing:tariff_import_new")
    second = client.post(path, {"sealed": page.context["sealed"], "kind": "error", "page": "2"})
    new = client.post(path, {"sealed": page.context["sealed"], "kind": "new"})

    assert (len(page.context["page"]), len(second.context["page"])) == (100, 50)
    assert [row.text["code"] for row in new.context["page"]] == ["XRAY"]


def test_a_worn_out_seal_asks_for_the_sheet_again(client, lata, rims):
    client.force_login(lata)
    for name in "billing:tariff_import_confirmation_new", "billing:tariff_import_new":
        answer = client.post(reverse(name), {"sealed": "nonsense", "request_key": uuid4()})
        assert answer.status_code == 422
        assert "Send the sheet again" in answer.text


def test_what_is_no_sheet_is_refused_at_the_file(client, lata, rims):
    client.force_login(lata)
    answer = send(client, "\x00\x01")

    assert answer.status_code == 422
    assert "file" in answer.context["form"].errors
