"""Tests are found by what a doctor or a clerk calls them."""

import csv
from statistics import median
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import codes
from lab.management.commands.load_tests import DATA, WORDS, rows_of, service_code
from tests.factories.cases import of_each

SAID = {row["code"]: row for row in rows_of("words.csv")}
ALL = tuple(
    (
        row["code"],
        (
            row["name"],
            row["name_hi"],
            *(word for column in WORDS for word in SAID.get(row["code"], {}).get(column, "").split(",")),
        ),
    )
    for row in rows_of("tests.csv")
)
TESTS = codes.catalogue(ALL)

FIRST = {
    "cbc": "CBC",
    "CBC": "CBC",
    "c.b.c.": "CBC",
    "सी.बी.सी.": "CBC",
    "सीबीसी": "CBC",
    "hemogram": "CBC",
    "खून की जाँच": "CBC",
    "खून की जांच": "CBC",
    "खून": "CBC",
    "khoon ki jaanch": "CBC",
    "khun ki janch": "CBC",
    "hb": "HB",
    "Hb%": "HB",
    "hemoglobin": "HB",
    "hba1c": "HBA1C",
    "rbs": "GLU_R",
    "RBS": "GLU_R",
    "sugar": "GLU_R",
    "suger": "GLU_R",
    "शुगर": "GLU_R",
    "fasting sugar": "GLU_F",
    "fbs": "GLU_F",
    "खाली पेट शुगर": "GLU_F",
    "ppbs": "GLU_PP",
    "kft": "KFT",
    "rft": "KFT",
    "kidney function": "KFT",
    "किडनी": "KFT",
    "lft": "LFT",
    "liver": "LFT",
    "liver function test": "LFT",
    "लिवर की जाँच": "LFT",
    "sgpt": "ALT",
    "piliya": "BILI",
    "पीलिया": "BILI",
    "creatinine": "CREAT",
    "creat": "CREAT",
    "electrolytes": "ELEC",
    "na k": "ELEC",
    "k": "K",
    "potassium": "K",
    "chest x ray": "XRCH",
    "chest x-ray": "XRCH",
    "chest xray": "XRCH",
    "Chest X-ray PA": "XRCH",
    "xray chest": "XRCH",
    "x ray": "XRCH",
    "cxr": "XRCH",
    "एक्स-रे": "XRCH",
    "एक्सरे": "XRCH",
    "छाती का एक्स-रे": "XRCH",
    "xray knee": "XRLIMB",
    "x-ray ls spine": "XRSP",
    "usg": "USGAB",
    "USG abdomen": "USGAB",
    "ultrasound": "USGAB",
    "अल्ट्रासाउंड": "USGAB",
    "usg kub": "USGKUB",
    "obs usg": "USGOB",
    "ecg": "ECG",
    "ekg": "ECG",
    "ईसीजी": "ECG",
    "echo": "ECHO",
    "2d echo": "ECHO",
    "ct head": "CTHEAD",
    "ncct brain": "CTHEAD",
    "hrct": "CTCH",
    "mri": "MRI",
    "urine": "URINE",
    "urine r/m": "URINE",
    "पेशाब": "URINE",
    "पेशाब की जाँच": "URINE",
    "peshab": "URINE",
    "pesaab": "URINE",
    "upt": "UPT",
    "urine culture": "URC",
    "stool": "STOOL",
    "मल": "STOOL",
    "sputum": "AFB",
    "बलगम": "AFB",
    "balgam": "AFB",
    "cbnaat": "CBNAAT",
    "truenat": "CBNAAT",
    "malaria": "MPS",
    "मलेरिया": "MPS",
    "mp": "MPS",
    "malaria card": "MALRDT",
    "dengue": "DENP",
    "डेंगू": "DENP",
    "ns1": "DENNS1",
    "widal": "WIDAL",
    "typhoid": "WIDAL",
    "टाइफाइड": "WIDAL",
    "hiv": "HIVR",
    "hbsag": "HBSAG",
    "vdrl": "RPR",
    "tsh": "TSH",
    "thyroid profile": "TFT",
    "थायरॉइड": "TSH",
    "lipid": "LIPID",
    "cholesterol": "CHOL",
    "blood group": "ABORH",
    "ब्लड ग्रुप": "ABORH",
    "sickling": "SICK",
    "सिकल सेल": "SICK",
    "hplc": "HBEL",
    "pt inr": "PTINR",
    "trop i": "TROPI",
    "crp": "CRP",
    "esr": "ESR",
    "platelet": "PLT",
    "platlet": "PLT",
    "anc profile": "ANTEN",
    "kala azar": "KALA",
    "blood culture": "BLDC",
    "pap smear": "PAP",
    "fnac": "FNAC",
    "biopsy": "HISTO",
    "vitamin d": "VITD",
    "b12": "B12",
    "uric acid": "URIC",
    # A slip of the finger.
    "creatinin": "CREAT",
    "ultrasond": "USGAB",
    "plateletes": "PLT",
    "widel": "WIDAL",
    "bilirubn": "BILI",
}


@of_each(FIRST.items())
def test_what_is_meant_comes_first(typed, code):
    assert TESTS.search(typed)[0][0] == code


@pytest.mark.parametrize("typed", ["", " ", "जाँच", "test", "zzzzzz", "a", "<>", "!", "=1+1", "%", "'"])
def test_what_says_nothing_finds_nothing(typed):
    assert TESTS.search(typed) == []


@of_each(code for code, _names in ALL)
def test_each_test_is_found_by_its_code_and_its_names(code):
    names = dict(ALL)[code]
    for said in (code, names[0], names[1]):
        assert code in [found for found, _how in TESTS.search(said, most=30)], said
    assert TESTS.search(code)[0][0] == code


def test_what_this_doctor_orders_comes_first_of_what_is_meant_as_well():
    assert [code for code, _how in TESTS.search("usg", preferred=["USGKUB"])][:2] == ["USGAB", "USGKUB"]
    assert TESTS.search("ultra", preferred=["USGKUB"])[0][0] == "USGKUB"


def test_several_are_typed_with_commas_as_on_a_slip():
    read = codes.read("CBC, Chest X-ray PA, rbs!", TESTS)

    assert [(one.code, one.is_urgent) for one in read] == [("CBC", False), ("XRCH", False), ("GLU_R", True)]


def test_what_is_not_sure_is_left_to_be_asked():
    read = codes.read("cbc; fluid, zzzz, creatinin, usg k", TESTS)

    assert [one.code for one in read] == ["CBC", "", "", "", "USGKUB"]
    assert [one.text for one in read] == ["cbc", "fluid", "zzzz", "creatinin", "usg k"]


def test_only_what_stands_behind_the_last_comma_is_being_typed():
    assert codes.last_of("CBC, chest x!") == "chest x"
    assert codes.last_of("CBC, ") == ""
    assert codes.last_of("") == ""


@given(st.text(max_size=400))
def test_any_text_is_read_and_never_more_than_the_most(text):
    read = codes.read(text, TESTS)

    assert len(read) <= codes.MOST_PARTS
    assert all(one.code == "" or one.code in TESTS.codes for one in read)


@given(st.lists(st.sampled_from([code for code, _names in ALL]), min_size=1, max_size=12))
def test_codes_between_commas_are_read_as_they_are(chosen):
    assert [one.code for one in codes.read(", ".join(chosen), TESTS)] == chosen


def test_a_keystroke_takes_less_than_thirty_milliseconds():
    taken = []
    for typed in FIRST:
        for end in range(1, len(typed) + 1):
            began = perf_counter()
            TESTS.search(typed[:end])
            taken.append(perf_counter() - began)

    assert median(taken) < 0.010
    assert sorted(taken)[int(len(taken) * 0.95)] < 0.030


# ── The list itself ──


def test_every_row_names_its_source_and_a_line_of_the_tariff():
    with open(DATA.parents[1] / "billing" / "data" / "services.csv", encoding="utf-8", newline="") as file:
        services = {row["code"] for row in csv.DictReader(file)}
    for row in rows_of("tests.csv"):
        assert row["source"], row["code"]
        assert service_code(row["code"]) in services, row["code"]


def test_every_loinc_code_has_its_check_digit():
    for row in rows_of("tests.csv"):
        if row["loinc_code"]:
            digits, check = row["loinc_code"].split("-")
            odd = int("".join(digits[::-1][::2][::-1])) * 2
            even = digits[::-1][1::2][::-1]
            total = sum(map(int, f"{even}{odd}"))
            assert (10 - total % 10) % 10 == int(check), row["code"]


def test_words_are_of_tests_that_there_are_and_no_two_tests_are_called_alike():
    known = {code for code, _names in ALL}
    assert set(SAID) <= known
    called = {}
    for code, row in SAID.items():
        for column in WORDS:
            for word in (one.strip().lower() for one in row[column].split(",") if one.strip()):
                assert called.setdefault(word, code) == code, word
