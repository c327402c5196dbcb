import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opd.complaints import Choice, departments_for

STATED = Path(__file__).parents[2] / "opd" / "data"
WITHOUT_A_DEPARTMENT = "same department as last visit"


def stated(name):
    with (STATED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


ALL = [Choice(row["code"], row["name"], row["name_hi"]) for row in stated("departments.csv")]


def codes(text, departments=ALL):
    return [suggestion.code for suggestion in departments_for(text, departments)]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("me", "MED"),
        ("ME", "MED"),
        ("su", "SURG"),
        ("ey", "EYE"),
        ("em", "EMER"),
        ("en", "ENT"),
        ("or", "ORTH"),
        ("tb", "CHEST"),
        ("gyn", "OBG"),
        ("paed", "PAED"),
        ("नेत्र", "EYE"),
        ("स्त्री", "OBG"),
        ("टीका", "IMM"),
    ],
)
def test_letters_or_the_beginning_of_a_name_choose_a_department(typed, code):
    assert codes(typed)[0] == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("eye", "EYE"),
        ("आँख", "EYE"),
        ("आंख", "EYE"),
        ("bukhar", "MED"),
        ("bukhaar", "MED"),
        ("बुखार", "MED"),
        ("pet dard", "MED"),
        ("पेट दर्द", "MED"),
        ("khansi", "MED"),
        ("खाँसी", "MED"),
        ("ghutna", "ORTH"),
        ("daant", "DENT"),
        ("दाँत", "DENT"),
        ("chest pain", "EMER"),
        ("साँप", "EMER"),
        ("snake", "EMER"),
        ("bp", "NCD"),
        ("labour pain", "LABOUR"),
    ],
)
def test_a_complaint_in_either_language_leads_to_its_department(typed, code):
    assert codes(typed)[0] == code


@pytest.mark.parametrize(
    ("typed", "code", "red_flag"),
    [
        ("chest pain", "EMER", True),
        ("छाती में दर्द", "EMER", True),
        ("सीने में दर्द", "EMER", True),
        ("सीना दर्द", "EMER", True),
        ("seene me dard", "EMER", True),
        ("sine me dard", "EMER", True),
        ("pain in chest", "EMER", True),
        ("heart", "EMER", True),
        ("हृदय", "EMER", True),
        ("saanp kata", "EMER", True),
        ("साँप काटा", "EMER", True),
        ("सांप काटा", "EMER", True),
        ("साँप ने काटा", "EMER", True),
        ("कुत्ते ने काटा", "EMER", True),
        ("haddi toot gaya", "EMER", True),
        ("हाथ टूट गया", "EMER", True),
        ("ulti behosh", "EMER", True),
        ("aag se jala", "EMER", True),
        ("pet me dard", "MED", False),
        ("पेट दर्द", "MED", False),
        ("पेट में दर्द", "MED", False),
        ("pet dard ulti", "MED", False),
        ("सिर में दर्द", "MED", False),
        ("sir me dard", "MED", False),
        ("घुटने में दर्द", "ORTH", False),
        ("कान में दर्द", "ENT", False),
        ("aankh me dard", "EYE", False),
        ("आँख में दर्द", "EYE", False),
        ("eye pain", "EYE", False),
        ("उल्टी", "MED", False),
        ("ulti", "MED", False),
        ("उल्टी दस्त", "MED", False),
        ("hernia", "SURG", False),
        ("हर्निया फंसा", "EMER", True),
        ("हर्निया उल्टी", "EMER", True),
        ("पेट से", "OBG", False),
        ("लू", "EMER", True),
    ],
)
def test_as_a_clerk_says_it(typed, code, red_flag):
    first = departments_for(typed, ALL)[0]

    assert (first.code, first.red_flag) == (code, red_flag)


def test_an_eye_is_nothing_for_the_gynaecologist():
    assert "OBG" not in codes("आँख")


def test_every_complaint_finds_its_own_department_first():
    wanted = {
        name: row["code"]
        for row in stated("departments.csv")
        for name in row["named_in_complaints"].split("; ")
    }
    for row in stated("complaints.csv"):
        if row["department"] != WITHOUT_A_DEPARTMENT:
            assert wanted[row["department"]] in codes(row["complaint_en"].split(",")[0]), row
            assert wanted[row["department"]] in codes(row["complaint_hi"].split(",")[0]), row


def test_a_red_flag_says_what_was_meant():
    snake = departments_for("saanp kata", ALL)[0]

    assert (snake.code, snake.red_flag) == ("EMER", True)
    assert (snake.matched, snake.matched_hi) == ("snake bite", "सांप काटना")


def test_the_plain_complaint_comes_before_the_dangerous_one_that_was_not_said():
    fever, fits, *_ = departments_for("fever", ALL)

    assert (fever.code, fever.red_flag) == ("MED", False)
    assert (fits.code, fits.red_flag) == ("EMER", True)


def test_each_department_is_offered_once():
    assert len(codes("bukhar")) == len(set(codes("bukhar")))


def test_where_a_department_is_missing_the_next_one_sees_the_patient():
    small = [choice for choice in ALL if choice.code in {"MED", "EMER"}]

    assert codes("labour pain", small) == ["EMER"]
    assert codes("khujli", small) == ["MED"]
    assert codes("daant dard", small) == []


@pytest.mark.parametrize("typed", ["", " ", "e", "zzz", "<script>", "12", "में", "में दर्द", "dard", "पे", "xray"])
def test_what_means_nothing_offers_nothing(typed):
    assert codes(typed) == []


def test_codes_and_two_letter_forms_belong_to_one_department_each():
    rows = stated("departments.csv")
    letters = [pair for row in rows for pair in row["letters"].split()]

    assert all(row["code"].isupper() and 2 <= len(row["code"]) <= 6 for row in rows)
    assert len(letters) == len(set(letters))


def test_every_department_of_the_complaints_is_known():
    known = {name for row in stated("departments.csv") for name in row["named_in_complaints"].split("; ")}

    assert {row["department"] for row in stated("complaints.csv")} - known == {WITHOUT_A_DEPARTMENT}
    assert all(row["source"] and row["approved"] in {"yes", "no"} for row in stated("complaints.csv"))


@given(st.text(max_size=30))
def test_whatever_is_typed_only_departments_of_the_hospital_are_offered(text):
    assert set(codes(text)) <= {choice.code for choice in ALL}
