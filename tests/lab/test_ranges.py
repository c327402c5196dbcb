"""Flags at both edges of every band of every range, and of every critical limit, as the files state them."""

from datetime import date
from decimal import Decimal

import pytest

from lab.ranges import (
    Band,
    Critical,
    DeltaRule,
    Subject,
    Unreadable,
    Value,
    band_for,
    critical_for,
    delta_of,
    doubt_about,
    judge,
    range_flag,
    read_value,
)
from lab.states import Flag, Pregnancy
from tests.factories.cases import of_each
from tests.lab.test_formulas import ANALYTES, DATA, rows_of


def _decimal(text):
    return Decimal(text) if text else None


def _band(row):
    ages = int(row["age_from_days"]), int(row["age_to_days"])
    edges = _decimal(row["low"]), _decimal(row["high"])
    return Band(row["sex"], *ages, row["pregnancy"], *edges, row["text_range"], is_approved=False)


RANGES = rows_of(DATA / "ranges.csv")
BANDS = {}
for _row in RANGES:
    BANDS.setdefault(_row["analyte_code"], []).append(_band(_row))
CRITICALS = rows_of(DATA / "critical.csv")
LIMITS = {}
for _row in CRITICALS:
    _limit = Critical(
        _row["population"], _decimal(_row["low"]), _decimal(_row["high"]), _row["text_rule"], False
    )
    LIMITS.setdefault(_row["analyte_code"], []).append(_limit)


def _edge(code):
    """The smallest step of an analyte's numbers."""
    return Decimal(1).scaleb(-int(ANALYTES[code]["decimals"]))


def _flag(code, number, subject, limits=()):
    return judge(
        Value(str(number), number),
        value_type="number",
        choices=(),
        bands=BANDS.get(code, ()),
        limits=limits,
        subject=subject,
    ).flag


def _whom(row, day):
    """Somebody for whom this row is the narrowest one."""
    sex = row["sex"] if row["sex"] != "any" else "male" if row["pregnancy"] != "yes" else "female"
    return Subject(sex, day, row["pregnancy"] if row["pregnancy"] == "yes" else Pregnancy.NO)


@of_each(RANGES)
def test_every_band_holds_from_its_first_day_to_the_last_at_both_edges(row):
    code, band = row["analyte_code"], _band(row)
    step = _edge(code)
    for day in (band.from_days, band.to_days - 1):
        subject = _whom(row, day)
        chosen = band_for(BANDS[code], subject)
        # Where two rows fit, the one that names sex and pregnancy is taken: this one is not the narrowest.
        if chosen != band:
            assert (chosen.sex != "any", chosen.pregnancy != "any") > (
                band.sex != "any",
                band.pregnancy != "any",
            )
            continue
        if band.low is not None:
            assert _flag(code, band.low, subject) == Flag.NORMAL
            assert _flag(code, band.low - step, subject) == Flag.LOW
        if band.high is not None:
            assert _flag(code, band.high, subject) == Flag.NORMAL
            assert _flag(code, band.high + step, subject) == Flag.HIGH
    for outside in (band.from_days - 1, band.to_days):
        assert outside < 0 or band_for(BANDS[code], _whom(row, outside)) != band


@of_each(BANDS)
def test_no_two_ranges_are_equally_narrow_for_anybody(code):
    for one in BANDS[code]:
        alike = [
            other
            for other in BANDS[code]
            if (other.sex, other.pregnancy) == (one.sex, one.pregnancy)
            and other.from_days < one.to_days
            and one.from_days < other.to_days
        ]
        assert alike == [one]


@of_each(one for one in CRITICALS if one["low"] or one["high"])
def test_every_critical_limit_asks_at_its_edges(row):
    ages = {"adult": 9_000, "child": 2_000, "newborn": 3, "0-7 weeks": 40, "any": 9_000}
    ages |= {"newborn under 1 day": 0, "newborn over 1 day": 3}
    code, step = row["analyte_code"], _edge(row["analyte_code"])
    subject = Subject("male", ages[row["population"]])
    limits = LIMITS[code]
    assert critical_for(limits, subject).population == row["population"]
    if row["low"]:
        counts = "or less" in row["text_rule"]
        low = Decimal(row["low"])
        assert (_flag(code, low, subject, limits) == Flag.CRITICAL_LOW) == counts
        assert _flag(code, low - step, subject, limits) == Flag.CRITICAL_LOW
        assert _flag(code, low + step, subject, limits) != Flag.CRITICAL_LOW
    if row["high"]:
        counts = "or more" in row["text_rule"]
        high = Decimal(row["high"])
        assert (_flag(code, high, subject, limits) == Flag.CRITICAL_HIGH) == counts
        assert _flag(code, high + step, subject, limits) == Flag.CRITICAL_HIGH
        assert _flag(code, high - step, subject, limits) != Flag.CRITICAL_HIGH


def test_an_age_nobody_knows_has_no_range_and_an_adults_critical_limits():
    assert band_for(BANDS["HB"], Subject("male", None)) is None
    assert critical_for(LIMITS["K"], Subject("male", None)).population == "adult"


def test_a_range_holds_for_specimens_of_its_days():
    until, since = date(2026, 12, 31), date(2027, 1, 1)
    old = Band("any", 0, 54_750, "any", Decimal(4), None, "", False, (None, until))
    new = Band("any", 0, 54_750, "any", Decimal(5), None, "", False, (since, None))

    assert band_for([old, new], Subject("male", 9_000, on=until)) == old
    assert band_for([old, new], Subject("male", 9_000, on=since)) == new
    limit = Critical("any", Decimal(1), None, "", False, (since, None))
    assert critical_for([limit], Subject("male", 9_000, on=until)) is None


def test_a_child_has_no_critical_limit_that_only_adults_have():
    assert critical_for(LIMITS["UREA"], Subject("female", 2_000)) is None


def test_pregnancy_that_nobody_asked_is_none():
    asked = band_for(BANDS["HB"], Subject("female", 9_000, Pregnancy.ANY))

    assert asked == band_for(BANDS["HB"], Subject("female", 9_000, Pregnancy.NO))
    assert asked.low == 12 != band_for(BANDS["HB"], Subject("female", 9_000, Pregnancy.YES)).low
    assert band_for(BANDS["DIPSI"], Subject("female", 9_000, Pregnancy.ANY)) is None


@pytest.mark.parametrize(
    ("code", "said", "flag"),
    [
        ("MALRDT", "negative", Flag.NORMAL),
        ("MALRDT", "P. falciparum", Flag.CRITICAL),
        ("MALRDT", "invalid", Flag.NONE),
        ("HBSAG", "reactive", Flag.ABNORMAL),
        ("HBSAG", "non-reactive", Flag.NORMAL),
        ("RHD", "negative", Flag.NONE),
        ("ABO", "O", Flag.NONE),
        ("U_COL", "red", Flag.NONE),
        ("U_PROT", "3+", Flag.ABNORMAL),
        ("BLDC", "No growth after 48 hours", Flag.NONE),
        ("BLDC", "Staphylococcus aureus", Flag.CRITICAL),
        ("BLDC", "No growth. Final report follows after 5 days.", Flag.NONE),
        ("BLDC", "No growth of E. coli, after 48 hours of incubation", Flag.NONE),
        ("BLDC", "No growth at 24 h. Salmonella Typhi at 48 h", Flag.CRITICAL),
        ("BLDC", "Final report: Klebsiella", Flag.CRITICAL),
        ("BLDC", "No longer sterile: E. coli", Flag.CRITICAL),
        ("CSFC", "No pus cells. Klebsiella pneumoniae", Flag.CRITICAL),
        ("GRAM", "No pus cells but gram positive cocci seen", Flag.CRITICAL),
        ("BLDC", "Not sterile: Staphylococcus aureus", Flag.CRITICAL),
        ("CSFC", "sterile", Flag.NONE),
        ("CSFC", "Sterile after 48 hours, no organisms seen", Flag.NONE),
        ("CSFC", "No pus cells. Growth of Neisseria", Flag.CRITICAL),
        ("GRAM", "Nil pus cells, gram positive cocci in clusters", Flag.CRITICAL),
        ("GRAM", "Gram-negative diplococci", Flag.CRITICAL),
        ("PBS", "Normocytic normochromic, no blasts", Flag.NONE),
        ("PBS", "Blasts 30 %", Flag.CRITICAL),
        ("PBS", "Blasts: 0.5%", Flag.CRITICAL),
        ("PBS", "Blasts: 0", Flag.NONE),
        ("PBS", "Normoblasts nil and myeloblasts 30 %", Flag.CRITICAL),
        ("PBS", "No normoblasts but myeloblasts 20 %", Flag.CRITICAL),
        ("PBS", "Myeloblasts nil", Flag.NONE),
        ("PBS", "Many lymphoblasts seen", Flag.CRITICAL),
        ("PBS", "60% myeloblasts with Auer rods", Flag.CRITICAL),
        ("PBS", "Blasts 40%; no blasts with Auer rods", Flag.CRITICAL),
        ("PBS", "No myeloblasts. Normoblasts and megaloblasts seen", Flag.NONE),
        ("URC", "Escherichia coli", Flag.NONE),
    ],
)
def test_words_are_flagged_where_a_word_says_what_is_usual(code, said, flag):
    row = ANALYTES[code]
    choices = [one for one in row["choices"].split("|") if one]
    assert not choices or said in choices

    found = judge(
        Value(said),
        value_type=row["value_type"],
        choices=choices,
        bands=BANDS.get(code, ()),
        limits=LIMITS.get(code, ()),
        subject=Subject("male", 9_000),
    )

    assert found.flag == flag


@pytest.mark.parametrize(
    ("typed", "decimals", "text", "number"),
    [
        ("7.25", 1, "7.3", "7.3"),
        ("7", 1, "7.0", "7.0"),
        (" 12 . 5 ", 1, "12.5", "12.5"),
        ("१२.५", 1, "12.5", "12.5"),
        ("<0.01", 2, "<0.01", "0.01"),
        (">500", 0, ">500", "500"),
        ("125.5", 0, "126", "126"),
    ],
)
def test_a_number_is_read_as_it_is_reported(typed, decimals, text, number):
    assert read_value(typed, value_type="number", decimals=decimals) == Value(text, Decimal(number))


@pytest.mark.parametrize(
    "typed", ["", "abc", "-1", "1e5", "12,5", "=1+1", "1.2.3", "99999999999", "12345678"]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(Unreadable):
        read_value(typed, value_type="number", decimals=1)


def test_a_choice_is_typed_by_its_beginning_or_its_place():
    choices = ["negative", "trace", "1+", "2+"]

    def read(typed):
        return read_value(typed, value_type="choice", decimals=0, choices=choices).text

    assert [read("neg"), read("TRACE"), read("2"), read("1+"), read("४")] == [
        "negative",
        "trace",
        "2+",
        "1+",
        "2+",
    ]
    assert [read("नेगेटिव"), read("बहुत"), read("नेग")] == ["negative", "trace", "negative"]
    for nothing in ("", "x", "9", "²"):
        with pytest.raises(Unreadable):
            read(nothing)


@pytest.mark.parametrize("typed", ["पॉज\u093cिटिव", "पॉ\u095bिटिव"])
def test_a_hindi_choice_is_read_however_the_keyboard_writes_it(typed):
    choices = ["negative", "positive"]

    assert read_value(typed, value_type="choice", decimals=0, choices=choices).text == "positive"


def test_a_change_is_told_where_it_is_more_than_a_rule_allows():
    within = [DeltaRule(False, Decimal(13), 3), DeltaRule(True, Decimal(20), None)]

    assert delta_of(Decimal(140), Decimal(120), 2, within[:1]) == "+20"
    assert delta_of(Decimal(133), Decimal(120), 2, within[:1]) == ""
    assert delta_of(Decimal(140), Decimal(120), 4, within[:1]) == ""
    assert delta_of(Decimal("0.6"), Decimal("1.0"), 40, within) == "-40 %"
    assert delta_of(Decimal(3), Decimal(0), 1, within[1:]) == ""


BAND = Band("any", 0, 54_750, "any", Decimal(10), Decimal(20), "", True)
LIMIT = Critical("any", Decimal(5), Decimal(50), "", True)


@pytest.mark.parametrize(
    ("said", "flag"),
    [
        ("<5", Flag.CRITICAL_LOW),
        ("≤5", Flag.LOW),
        ("<10", Flag.LOW),
        ("<15", Flag.NONE),
        ("<60", Flag.NONE),
        (">50", Flag.CRITICAL_HIGH),
        ("≥50", Flag.HIGH),
        (">20", Flag.HIGH),
        (">15", Flag.NONE),
        (">3", Flag.NONE),
        ("15", Flag.NORMAL),
    ],
)
def test_a_sign_counts_and_says_nothing_where_it_decides_nothing(said, flag):
    value = Value(said, Decimal(said.lstrip("<>≤≥")))

    judged = judge(
        value,
        value_type="number",
        choices=(),
        bands=[BAND],
        limits=[LIMIT],
        subject=Subject("male", 9_000),
    )
    assert judged.flag == flag


def test_a_sign_decides_where_a_range_has_one_edge():
    upper = Band("any", 0, 54_750, "any", None, Decimal(20), "", True)

    assert [range_flag(Decimal(n), upper, "<") for n in (20, 21)] == [Flag.NORMAL, Flag.NONE]
    assert [range_flag(Decimal(n), upper, ">") for n in (20, 3)] == [Flag.HIGH, Flag.NONE]


FROM_ZERO = Band("any", 0, 54_750, "any", Decimal(0), Decimal(5), "", True)
ONLY_LOW = Band("any", 0, 54_750, "any", Decimal(5), None, "", True)


@pytest.mark.parametrize(
    ("said", "band", "flag"),
    [
        # Nothing lies below zero: from there on the lower edge decides nothing.
        ("<4", FROM_ZERO, Flag.NORMAL),
        ("≤5", FROM_ZERO, Flag.NORMAL),
        ("<5", FROM_ZERO, Flag.NORMAL),
        ("≤5.1", FROM_ZERO, Flag.NONE),
        ("<6", FROM_ZERO, Flag.NONE),
        (">4", FROM_ZERO, Flag.NONE),
        (">5", FROM_ZERO, Flag.HIGH),
        ("≥5", FROM_ZERO, Flag.NONE),
        (">100", FROM_ZERO, Flag.HIGH),
        ("<4", ONLY_LOW, Flag.LOW),
        ("<5", ONLY_LOW, Flag.LOW),
        ("≤5", ONLY_LOW, Flag.NONE),
        ("<6", ONLY_LOW, Flag.NONE),
        (">5", ONLY_LOW, Flag.NORMAL),
        ("≥5", ONLY_LOW, Flag.NORMAL),
        (">4", ONLY_LOW, Flag.NONE),
        ("<4", BAND, Flag.LOW),
        (">100", BAND, Flag.HIGH),
    ],
)
def test_a_value_with_a_sign_has_a_flag_where_it_can_be_known(said, band, flag):
    assert range_flag(Decimal(said[1:]), band, said[0]) == flag


# ── What is asked about before it is taken ──

COUNTS, BIG_COUNTS = "10*3/uL", "10*6/uL"


@pytest.mark.parametrize(
    ("typed", "unit", "high", "meant"),
    [
        ("8000", COUNTS, "10.8", "8.00"),
        ("800", COUNTS, "10.8", "0.80"),
        ("15000", COUNTS, "450", "15.00"),
        ("1500", COUNTS, "450", "1.50"),
        ("8000", COUNTS, None, "8.00"),
        ("4500000", BIG_COUNTS, "6.2", "4.50"),
        ("4500", BIG_COUNTS, "6.2", "4.50"),
        (">8000", COUNTS, "10.8", "8.00"),
    ],
)
def test_cells_typed_one_by_one_are_asked_about(typed, unit, high, meant):
    value = read_value(typed, value_type="number", decimals=2)

    doubt = doubt_about(value, unit=unit, low=None, high=_decimal(high), decimals=2)

    assert str(doubt.meant) == meant


@pytest.mark.parametrize(
    ("typed", "unit", "low", "high", "decimals", "meant"),
    [
        ("15000", COUNTS, "150", "450", 0, "15"),
        ("150000", COUNTS, "3.8", "10.8", 2, "150.00"),  # a leukaemia, each cell
        ("2500000", COUNTS, "150", "450", 0, "2500"),
        ("1500", COUNTS, "3.8", "10.8", 2, "1.50"),
        ("350", COUNTS, "0.03", "0.5", 2, "0.35"),
        ("4500000", BIG_COUNTS, "4.6", "6.2", 2, "4.50"),
        # As high as it is typed, or a slip: no answer that is too low by a thousand.
        ("150", COUNTS, "3.8", "10.8", 2, None),
        ("400", COUNTS, "3.8", "10.8", 2, None),
        ("1200", COUNTS, "150", "450", 0, None),
        ("1500", COUNTS, "150", "450", 0, None),
        ("520", BIG_COUNTS, "4.6", "6.2", 2, None),
        (">1200", COUNTS, "150", "450", 0, None),
    ],
)
def test_no_count_is_proposed_that_nobody_has(typed, unit, low, high, decimals, meant):
    value = read_value(typed, value_type="number", decimals=decimals)

    doubt = doubt_about(value, unit=unit, low=_decimal(low), high=_decimal(high), decimals=decimals)

    assert doubt.meant == _decimal(meant)


@pytest.mark.parametrize(
    ("typed", "unit", "low", "high", "decimals", "meant"),
    [
        ("1.5", COUNTS, "150", "450", 0, "150"),
        ("2.35", COUNTS, "150", "450", 0, "235"),
        ("0.9", COUNTS, "150", "450", 0, "90"),  # few, and in lakhs
        ("2", COUNTS, "150", "450", 0, "200"),
        ("0.08", COUNTS, "3.8", "10.8", 2, "8.00"),
        ("45", BIG_COUNTS, "4.6", "6.2", 2, "4.50"),
        # Few, and no count in lakhs that anybody has: no answer is put into the mouth.
        ("8", COUNTS, "150", "450", 0, None),
        ("0.08", COUNTS, "150", "450", 0, None),
        ("0.2", COUNTS, "3.8", "10.8", 2, None),
        ("0.3", BIG_COUNTS, "4.6", "6.2", 2, None),
        ("3", COUNTS, "150", None, 0, None),
    ],
)
def test_counts_typed_in_lakhs_are_asked_about(typed, unit, low, high, decimals, meant):
    value = read_value(typed, value_type="number", decimals=decimals)

    doubt = doubt_about(value, unit=unit, low=_decimal(low), high=_decimal(high), decimals=decimals)

    assert doubt.meant == _decimal(meant)


def test_what_was_typed_is_said_as_it_was_typed_before_it_is_rounded():
    said = [read_value(one, value_type="number", decimals=0) for one in ("1.5", "15", "<1.5", "०.९")]

    assert [one.as_typed for one in said] == ["1.5", "15", "<1.5", "0.9"]
    assert [one.text for one in said] == ["2", "15", "<1.5", "1"]


@pytest.mark.parametrize(
    ("typed", "unit", "low", "high"),
    [
        ("8.0", COUNTS, "3.8", "10.8"),
        ("108", COUNTS, "3.8", "10.8"),  # a leukaemia
        ("0.5", COUNTS, "3.8", "10.8"),  # an agranulocytosis
        ("15", COUNTS, "150", "450"),  # a dengue fever
        ("<5", COUNTS, "150", "450"),
        ("999", COUNTS, "150", "450"),
        ("0", COUNTS, "2.0", "8.25"),
        ("0.01", COUNTS, "0", "0.33"),
        ("5.5", BIG_COUNTS, "4.6", "6.2"),
        ("18", BIG_COUNTS, "4.6", "6.2"),
        ("1.2", BIG_COUNTS, "4.6", "6.2"),
        ("4000", "U/L", None, "40"),
        ("0.001", "mmol/L", "3.5", "5.1"),
        ("12000", "m[IU]/mL", None, None),
        ("5", "mg/dL", None, "0"),
    ],
)
def test_what_a_patient_may_have_is_not_asked_about(typed, unit, low, high):
    value = read_value(typed, value_type="number", decimals=2)

    assert doubt_about(value, unit=unit, low=_decimal(low), high=_decimal(high), decimals=2) is None


def test_more_than_a_hundred_times_the_upper_limit_is_asked_about_in_any_unit():
    doubt = doubt_about(Value("520", Decimal(520)), unit="mmol/L", low=None, high=Decimal("5.1"), decimals=1)

    assert doubt.meant is None
