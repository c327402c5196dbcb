"""A scanned ABHA card: read tolerantly, and nothing of it that must not be kept."""

import json

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facilities.queries import district_named
from patients.ages import birth_shown, born_as_said
from patients.identifiers import SearchTerm, normal_identifier, search_kind
from patients.scans import AbhaCard, abha_card
from tests.conftest import NOON
from tests.factories.facilities import make_district

AADHAAR = "234567890124"
CARD = {
    "hidn": "91-1000-0000-0016",
    "hid": "Asha.Devi@abdm",
    "name": "Asha  Devi",
    "gender": "F",
    "dob": "23/11/1992",
    "mobile": "9431241286",
    "address": "H. No. 4, Tiril Basti",
    "distlgd": "364",
    "district name": "RANCHI",
    "statelgd": "20",
    "state name": "JHARKHAND",
}


def card(**changes):
    return abha_card(json.dumps(CARD | changes))


def test_every_field_of_the_card_is_read():
    assert card() == AbhaCard(
        abha_number="91100000000016",
        abha_address="asha.devi@abdm",
        name="Asha Devi",
        sex="female",
        birth="23-11-1992",
        phone="9431241286",
        address="H. No. 4, Tiril Basti",
        district="RANCHI",
        district_lgd=364,
    )


def test_other_issuers_call_the_fields_otherwise():
    other = {"healthIdNumber": "91-1000-0000-0016", "phr": "asha@sbx", "Name": "Asha", "dist name": "Gumla"}
    read = abha_card(json.dumps(other))

    assert (read.abha_number, read.abha_address, read.name) == ("91100000000016", "asha@sbx", "Asha")
    assert (read.district, read.sex, read.birth) == ("Gumla", "", "")


@pytest.mark.parametrize(
    ("said", "sex"),
    [("M", "male"), ("Male", "male"), ("f", "female"), ("O", "other"), ("T", "other"), ("U", ""), ("", "")],
)
def test_the_sex_is_read_by_its_first_letter(said, sex):
    assert card(gender=said).sex == sex


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("23-11-1992", "23-11-1992"),
        ("1992-11-23", "23-11-1992"),
        ("1992", "1992"),
        (1992, "1992"),
        ("11/1992", "11-1992"),
        ("00-00-1992", "1992"),
        ("31-02-1992", ""),
        ("23-11-2092", ""),
        ("long ago", ""),
        ("", ""),
    ],
)
@time_machine.travel(NOON, tick=False)
def test_as_much_of_the_birth_date_is_read_as_the_card_knows(said, shown):
    assert card(dob=said).birth == shown


@pytest.mark.parametrize("said", ["23-11-1992", "11-1992", "1992"])
def test_a_birth_date_is_shown_as_it_was_said(said):
    assert birth_shown(*born_as_said(said, today=NOON.date())) == said


def test_somebody_of_this_year_is_not_born_tomorrow():
    today = NOON.date()
    born, precision = born_as_said("2026", today=today)

    assert (born.isoformat(), precision) == ("2026-07-01", "year")
    assert born_as_said("07-2026", today=today)[0].isoformat() == "2026-07-15"
    assert born_as_said("08-2026", today=today)[0].isoformat() == "2026-08-01"  # refused as not yet


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "12345"},
        {"name": ["Asha"]},
        {"name": {"first": "Asha"}},
        {"name": None},
        {"mobile": "123"},
        {"mobile": True},
        {"hid": "not an address"},
        {"pincode": "12"},
        {"distlgd": "9" * 200},
        {"unknown": {"deep": [1, 2, 3]}},
    ],
)
def test_what_is_odd_is_passed_over_and_the_rest_is_read(changes):
    assert card(**changes).abha_number == "91100000000016"


def test_nothing_of_the_card_is_longer_than_its_field():
    read = card(name="आ" * 400, address="ब" * 400)

    assert len(read.name) <= 120
    assert len(read.address) <= 160


@pytest.mark.parametrize("field", ["address", "name", "hid", "uid", "aadhaarNumber", "dob"])
def test_an_aadhaar_number_on_the_card_does_not_travel_on(field):
    read = card(**{field: f"x {AADHAAR}"})

    assert read.left_out
    assert AADHAAR not in repr(read)


def test_a_phone_with_91_before_it_is_no_aadhaar():
    phones = [f"9194312412{n:02d}" for n in range(100)]

    assert {card(mobile=phone).left_out for phone in phones} == {False}


@pytest.mark.parametrize(
    "scanned",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"name": "Asha"}',
        '{"hidn": "9112"}',
        '{"a":' * 100,
        "[" * 600,
        '{"hidn":' + "9" * 500 + "}",
        '{"hidn": NaN}',
        "9" * 600,
        '{"hidn":"91-1000-0000-0016","na',
    ],
)
def test_what_is_no_whole_card_is_none(scanned):
    assert abha_card(scanned) is None
    search_kind(scanned)  # and is refused calmly


@given(st.text(max_size=600))
def test_no_scan_whatever_breaks_the_reading(text):
    abha_card(text)
    abha_card("{" + text)
    search_kind("{" + text)
    search_kind("<" + text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the card
@given(st.dictionaries(st.sampled_from([*CARD, "uid", "yob", "pincode"]), json_values, max_size=8))
def test_a_hostile_card_gives_words_or_nothing(fields):
    read = abha_card(json.dumps(CARD | fields))

    assert read is None or AADHAAR not in repr(read)


# ── The kind of what was scanned ──


def test_a_torn_card_is_told_from_a_whole_one():
    whole, torn = json.dumps(CARD), json.dumps(CARD)[:60]

    assert search_kind(whole) == SearchTerm("abha_number", "91100000000016")
    assert search_kind(torn) == SearchTerm("abha_number", "91100000000016", torn=True)


@pytest.mark.parametrize(
    "scanned",
    [
        '<?xml version="1.0"?><PrintLetterBarcodeData uid="xxxxxxxx0124" name="Asha" yob="1992"/>'.replace(
            '<?xml version="1.0"?>', ""
        ),
        f'<PrintLetterBarcodeData uid="{AADHAAR}"/>',
        '<QPDB n="Asha" u="xxxxxxxx0124"/>',
        f"<other>{AADHAAR}</other>",
        "4" * 599,
        json.dumps({"uid": AADHAAR, "name": "Asha"}),
    ],
)
def test_the_code_of_an_aadhaar_letter_is_not_carried_along(scanned):
    assert search_kind(scanned) == SearchTerm("aadhaar")


@pytest.mark.parametrize(
    ("typed", "value", "old_kind"),
    [
        ("331012600012345", "331012600012345", "cr_number"),
        ("CR No. 331012600012345", "331012600012345", "cr_number"),
        ("cr:ab/1234", "AB/1234", "cr_number"),
        ("20260012340", "20260012340", "ehospital_uhid"),
        ("EH 7788123", "7788123", "ehospital_uhid"),
        ("e-Hospital: 7788123", "7788123", "ehospital_uhid"),
        ("MRD/2019/77", "MRD/2019/77", "old_number"),
        ("204561", "204561", "old_number"),
    ],
)
def test_an_old_number_is_told_by_its_shape_or_what_stands_before_it(typed, value, old_kind):
    term = search_kind(typed)

    assert (term.kind, term.value, term.old_kind) == ("identifier", value, old_kind)


@pytest.mark.parametrize("typed", ["Crispin Toppo", "CR Das", "Eh Devi", "cr"])
def test_a_name_that_begins_like_a_prefix_is_a_name(typed):
    assert search_kind(typed).kind == "name"


def test_an_aadhaar_number_after_a_prefix_is_still_one():
    assert search_kind(f"CR {AADHAAR}") == SearchTerm("aadhaar")


# ── Numbers as they are kept, districts as they are spelt ──


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("abha_number", "91-1000-0000-0016", "91100000000016"),
        ("abha_address", "Asha@ABDM".replace("ABDM", "abdm"), "asha@abdm"),
        ("old_number", "  MRD / 77 ", "MRD / 77"),
        ("cr_number", "३३१०१२", "331012"),
        ("ration_card", AADHAAR, AADHAAR),
    ],
)
def test_a_number_is_kept_in_one_form(kind, typed, kept):
    assert normal_identifier(kind, typed) == kept


@pytest.mark.parametrize(
    "said",
    ["RANCHI", "ranchi", "राँची", " Ranchi "],
)
def test_a_district_is_found_in_either_language(ranchi, said):
    assert district_named(said) == ranchi


@pytest.mark.parametrize("said", ["PURBI SINGHBHUM", "East Singhbum", "EAST SINGHBHUM"])
def test_a_district_is_found_as_other_registers_spell_it(db, said):
    east = make_district("East Singhbhum", 327, "पूर्वी सिंहभूम")

    assert district_named(said) == east


@pytest.mark.parametrize("said", ["", "Patna", "-"])
def test_a_district_that_is_not_ours_is_none(ranchi, said):
    assert district_named(said) is None
