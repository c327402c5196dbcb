import json

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from stdnum import verhoeff

from patients.identifiers import (
    SearchTerm,
    abha_check_digit_fits,
    hfr_id,
    hpr_id,
    hpr_number,
    is_abha_address,
    is_abha_number,
    is_uhid,
    looks_like_aadhaar,
    make_uhid,
    normal_abha_number,
    normal_phone,
    pincode,
    refuse_aadhaar,
    search_kind,
    show_abha,
    show_uhid,
)

# No person's number: eleven counting digits and the digit that fits them.
AADHAAR = "234567890124"
DEVANAGARI_DIGITS = str.maketrans("0123456789", "०१२३४५६७८९")
NODES, SERIALS = st.integers(100, 999), st.integers(0, 9_999_999)


# UHID


def test_a_uhid_is_shown_in_three_groups():
    assert make_uhid(121, 123) == "12100001232"
    assert show_uhid("12100001232") == "121-0000-1232"


@given(NODES, SERIALS)
def test_every_uhid_made_is_one(node, serial):
    assert is_uhid(make_uhid(node, serial))


@given(NODES, SERIALS, st.integers(0, 10), st.integers(1, 9))
def test_a_mistyped_uhid_is_refused(node, serial, place, slip):
    uhid = make_uhid(node, serial)
    wrong = uhid[:place] + str((int(uhid[place]) + slip) % 10) + uhid[place + 1 :]

    assert not is_uhid(wrong)


@given(NODES, SERIALS, st.integers(0, 9))
def test_two_digits_swapped_are_refused(node, serial, place):
    uhid = make_uhid(node, serial)
    swapped = uhid[:place] + uhid[place + 1] + uhid[place] + uhid[place + 2 :]

    assert swapped == uhid or not is_uhid(swapped)


@pytest.mark.parametrize(("node", "serial"), [(99, 0), (1000, 0), (100, -1), (100, 10_000_000)])
def test_a_node_or_serial_beyond_its_digits_makes_no_uhid(node, serial):
    with pytest.raises(ValueError, match="No UHID"):
        make_uhid(node, serial)


# ABHA, registries


@pytest.mark.parametrize("number", ["91100000000016", "91123456789015", "91999999999991", "91505050505054"])
def test_a_fitting_abha_number_raises_no_doubt(number):
    assert is_abha_number(number)
    assert abha_check_digit_fits(number)


@pytest.mark.parametrize("number", ["91123456789012", "91123412341234", "91100000000017", "91505050505045"])
def test_a_doubtful_abha_number_is_still_one(number):
    assert is_abha_number(number)
    assert not abha_check_digit_fits(number)


@pytest.mark.parametrize("text", ["9112345", "91 1234 5678 9012 3", "91-1234-5678-901X", ""])
def test_a_malformed_abha_number_is_refused(text):
    assert not is_abha_number(text)
    with pytest.raises(ValidationError, match="14 digits"):
        normal_abha_number(text)


def test_an_abha_number_is_typed_and_shown_with_hyphens():
    assert normal_abha_number(" 91-1000 0000-0016 ") == "91100000000016"
    assert show_abha("91100000000016") == "91-1000-0000-0016"


@pytest.mark.parametrize("address", ["ajeet123@sbx", "asha.devi@abdm", "91123456789017@sbx"])
def test_an_abha_address_is_known(address):
    assert is_abha_address(address)


@pytest.mark.parametrize("address", [".abc@abdm", "abc.@abdm", "abc@gmail.com", "a@abdm", "asha@abdm\n", ""])
def test_what_is_no_abha_address_is_told_apart(address):
    assert not is_abha_address(address)


@pytest.mark.parametrize(
    ("validator", "good", "bad"),
    [
        (hfr_id, "IN2810014366", "IN281001436"),
        (hfr_id, "IN0710000001", "in0710000001"),
        (hpr_number, "71100000000010", "01100000000010"),
        (hpr_id, "dr.asha@hpr.abdm", "dr.asha@abdm"),
        (pincode, "834001", "034001"),
    ],
)
def test_registry_numbers_have_their_shape(validator, good, bad):
    validator(good)
    for wrong in bad, good + "\n", good + "0":
        with pytest.raises(ValidationError):
            validator(wrong)


# Aadhaar


@pytest.mark.parametrize(
    "text",
    [
        AADHAAR,
        "2345 6789 0124",
        "2345-6789-0124",
        "2345 - 6789 - 0124",
        "2345–6789–0124",
        "2345\u00a06789\u00a00124",
        "2345\u200b6789\u200b0124",
        "२३४५ ६७८९ ०१२४",
        "card 2345 6789 0124.",
        "Sunita" + AADHAAR,
        f"9431241286 {AADHAAR}",
        "23 45 67 89 01 24",
    ],
)
def test_an_aadhaar_number_is_seen_however_it_is_written(text):
    assert looks_like_aadhaar(text)
    with pytest.raises(ValidationError, match="Aadhaar is not kept here"):
        refuse_aadhaar(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9431241286",
        "234567890125",
        "134567890128",
        "1" + AADHAAR,
        AADHAAR + "1",
        "91-2345-6789-0124",
        "12100001232",
        "H.No. 23/45, PIN 834001",
    ],
)
def test_another_number_is_not_taken_for_an_aadhaar_number(text):
    assert not looks_like_aadhaar(text)
    refuse_aadhaar(text)


@given(st.integers(2 * 10**10, 10**11 - 1), st.sampled_from(["{}{}{}", "{} {} {}", "{}-{}-{}"]))
def test_every_aadhaar_shape_is_seen_in_either_script(body, written):
    number = f"{body}{verhoeff.calc_check_digit(str(body))}"
    text = "no. " + written.format(number[:4], number[4:8], number[8:])

    assert looks_like_aadhaar(text)
    assert looks_like_aadhaar(text.translate(DEVANAGARI_DIGITS))


# Mobile


@pytest.mark.parametrize(
    "typed",
    [
        "9431241286",
        "+91 94312 41286",
        "91-9431241286",
        "09431241286",
        "0091 9431241286",
        "९४३१२४१२८६",
        "(+91)94312-41286",
    ],
)
def test_a_mobile_number_is_kept_as_ten_digits(typed):
    assert normal_phone(typed) == "9431241286"


@pytest.mark.parametrize(
    "typed", ["", "12345", "0326 2541533", "5431241286", "94312412860", "943124128x", "na"]
)
def test_what_is_no_mobile_number_is_refused_with_what_to_do(typed):
    with pytest.raises(ValidationError, match="say there is none"):
        normal_phone(typed)


# The search box


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("  ", "empty", ""),
        ("12100001232", "uhid", "12100001232"),
        ("121-0000-1232\n", "uhid", "12100001232"),
        ("१२१००००१२३२", "uhid", "12100001232"),
        ("12100001233", "mistyped_uhid", "12100001233"),
        ("9431241286", "phone", "9431241286"),
        ("+91 94312-41286", "phone", "9431241286"),
        ("094312 41286", "phone", "9431241286"),
        ("919431241286", "phone", "9431241286"),
        ("91-1000-0000-0016", "abha_number", "91100000000016"),
        ("Asha.Devi@abdm", "abha_address", "asha.devi@abdm"),
        ("47", "token", "47"),
        ("20456", "identifier", "20456"),
        ("MRD/2019/77", "identifier", "MRD/2019/77"),
        ("2019-4512", "identifier", "2019-4512"),
        ("mrd 451219", "identifier", "MRD 451219"),
        ("MRD / 77", "identifier", "MRD / 77"),
        ("Mrdula 4512", "name", "Mrdula"),
        (AADHAAR, "aadhaar", ""),
        ("sunita 2345 6789 0124", "aadhaar", ""),
        ("7" * 600, "aadhaar", ""),
        ("सुनीता देवी", "name", "सुनीता देवी"),
    ],
)
def test_the_search_box_tells_from_the_shape(typed, kind, value):
    term = search_kind(typed)

    assert (term.kind, term.value) == (kind, value)


def test_a_name_may_bring_the_end_of_a_mobile_number():
    assert search_kind("sunita devi 41286") == SearchTerm(
        "name", "sunita devi", ("sunita", "devi"), "41286", written="sunita devi 41286"
    )
    assert search_kind("सुनीता ४१२८६").digits == "41286"
    assert search_kind("sunita 94312 41286").digits == "9431241286"
    assert search_kind("sunita 34").digits == ""


def test_a_scanned_abha_card_gives_its_number():
    card = {"hidn": "91-1000-0000-0016", "phr": "asha.devi@abdm", "name": "Asha", "mobile": "9431241286"}

    assert search_kind(json.dumps(card)) == SearchTerm("abha_number", "91100000000016")
    assert search_kind(json.dumps({"phr": "Asha.Devi@abdm"})) == SearchTerm("abha_address", "asha.devi@abdm")


def test_a_torn_abha_card_gives_what_is_left():
    assert search_kind('{"hidn":"91-1000-0000-0016","na').value == "91100000000016"
    assert search_kind('{"name":"Asha","phr":"asha.devi@abdm').kind == "abha_address"
    assert search_kind('{"name":"Ash').kind == "unreadable"


def test_a_card_with_an_aadhaar_number_carries_nothing_along():
    assert search_kind(json.dumps({"uid": AADHAAR, "name": "Asha"})) == SearchTerm("aadhaar")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_of_some_kind(text):
    term = search_kind(text)

    assert term.kind != "name" or term.words
    assert term.kind != "aadhaar" or term == SearchTerm("aadhaar")
