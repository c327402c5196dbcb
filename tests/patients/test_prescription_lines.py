"""One typed line: read as typed, never guessed; shown so that it reads itself; its quantities and words."""

import csv
import re
import statistics
import time
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.prescribing.dosages import as_json, from_json
from patients.prescribing.doses import Dose, doses_of
from patients.prescribing.finding import Index
from patients.prescribing.forms import label, units_of, ways_of
from patients.prescribing.frequencies import EVERY, FREQUENCIES
from patients.prescribing.lines import ASKED, FOODS, NEEDED, Line, Stage, missing, settled, shown
from patients.prescribing.quantities import quantity
from patients.prescribing.reading import LONGEST, read
from patients.prescribing.strengths import strength_of
from patients.prescribing.telling import amount_shown, slots_of, times, told
from tests.factories.cases import of_each
from tests.factories.medicines import make_medicine, medicine_of, whole_formulary, whole_index

TABLE = Path(__file__).parent / "prescription_lines.csv"
PARA = ("Paracetamol", "500 mg", "Tablet")


def cases():
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def line_of(text):
    reading = read(text, whole_index())
    assert reading.line is not None, reading
    return reading.line


# ── The table ──


@of_each(cases())
def test_a_typed_line_is_read_as_the_table_says(case):
    reading = read(case["typed"], whole_index())

    given_out = quantity(reading.line) if reading.line else None
    assert {
        "shown": shown(reading.line) if reading.line else "",
        "quantity": str(given_out) if given_out else "",
        "asked": " ".join(reading.asked),
        "not_understood": " | ".join(reading.rest),
        "respelt": "yes" if reading.respelt else "",
    } == {name: case[name] for name in ("shown", "quantity", "asked", "not_understood", "respelt")}


def test_the_table_is_long_and_of_all_kinds():
    table = cases()
    assert len(table) >= 220
    assert len({case["typed"] for case in table}) == len(table)
    for name in ("shown", "quantity", "asked", "not_understood", "respelt"):
        assert sum(1 for case in table if case[name]) >= 12, name
    assert sum(1 for case in table if re.search("[\u0900-\u097f]", case["typed"])) >= 20
    assert sum(1 for case in table if not case["shown"]) >= 30


def test_whatever_is_asked_has_its_words():
    asked = {word for case in cases() for word in case["asked"].split()}
    assert asked <= set(ASKED)
    assert set(ASKED) >= NEEDED


# ── What must never happen ──


def test_weekly_never_becomes_daily():
    reading = read("methotrexate 7.5 weekly 4 weeks", whole_index())
    assert reading.line.stages[0].frequency == "WEEKLY"
    assert "weekday" in reading.asked
    assert "weekday" in NEEDED
    assert "रोज़ नहीं" in told(reading.line, "hi")
    assert "not daily" in told(reading.line, "en")
    assert quantity(reading.line).amount == 4 * 3


def test_every_beginning_of_weekly_is_weekly_or_no_line():
    whole = "methotrexate 7.5 weekly monday 4 weeks"
    for end in range(len("methotrexate 7.5 "), len(whole) + 1):
        line = read(whole[:end], whole_index()).line
        assert line is None or line.stages[0].frequency == "WEEKLY", whole[:end]


def test_a_name_that_two_medicines_begin_with_is_never_settled_by_the_strength():
    reading = read("levo 500 od 5d", whole_index())
    assert reading.line is None
    assert reading.asked[0] == "medicine"
    assert {one.generic_name for one in reading.choices} >= {"Levofloxacin"}


@pytest.mark.parametrize(
    "typed", ["para 500 tds 3d 9 tabs", "para 500 bd 14 tabs", "para 500 1-0-1 x 14 tabs"]
)
def test_how_much_is_given_out_is_never_how_much_is_taken(typed):
    reading = read(typed, whole_index())
    assert reading.line.stages[0].dose == 1
    assert reading.rest
    assert not reading.is_clear


@pytest.mark.parametrize("typed", ["cefepime 1 g bd 3d", "nimodipine 30 tds 5d", "prednisone 10 od 5d"])
def test_a_medicine_that_is_not_in_the_list_is_never_quietly_another(typed):
    reading = read(typed, whole_index())
    assert reading.asked[0] == "respelt"
    assert not reading.is_clear


@pytest.mark.parametrize("typed", ["q 300 tds 5d", "am 5 od 5d", "d 500 od 5d"])
def test_two_letters_name_no_medicine(typed):
    reading = read(typed, whole_index())
    assert (reading.line, reading.asked[0]) == (None, "medicine")


def test_what_a_mixture_is_made_of_does_not_name_it():
    line = read("regular insulin 8-8-8 u sc 30d", whole_index()).line
    assert line.medicine.generic_name == "Insulin (soluble)"


def test_two_names_in_one_line_are_asked_and_neither_is_dropped():
    for typed in ("para 500 + tramadol 50 tds 3d", "amoxicillin cloxacillin 500 tds 5d"):
        reading = read(typed, whole_index())
        assert (reading.line, reading.asked[0]) == (None, "medicine")


def test_a_slow_tablet_is_never_halved():
    reading = read("morphine 15 sr bd 5d", whole_index())
    assert (reading.line.stages[0].dose, reading.line.stages[0].dose_unit) == (15, "mg")
    assert reading.asked == ("strength",)


def test_without_inj_no_injection_stands_in_for_a_tablet():
    assert read("metronidazole 500 tds 7d", whole_index()).line is None
    assert read("inj metronidazole 500 mg iv tds 7d", whole_index()).is_clear


def test_a_choice_that_was_picked_is_the_lines_medicine():
    text = "syp para 5 ml tds 3d"
    choices = read(text, whole_index()).choices
    strongest = next(one for one in choices if one.strength == "250 mg/5 mL")
    line = read(text, whole_index(), strongest).line
    assert shown(line) == "PARACETAMOL 250 mg/5 mL Oral liquid · 5 mL TDS · 3 days"
    assert str(quantity(line)) == "45 mL"


def test_a_choice_swallows_no_word():
    picked = medicine_of(*PARA)
    assert read("para 500 blah tds 3d", whole_index(), picked).rest == ("blah",)
    assert read("parcetmol 500 tds 3d", whole_index(), picked).is_clear


def test_what_the_hospital_does_not_have_is_kept_in_milligrams_and_asked():
    only_500 = [one for one in whole_formulary() if label(one) == "PARACETAMOL 500 mg Tablet"]
    reading = read("para 650 tds 3d", Index(only_500))
    assert shown(reading.line) == "PARACETAMOL 500 mg Tablet · 650 mg TDS · 3 days"
    assert reading.asked == ("strength",)
    assert quantity(reading.line) is None
    assert doses_of(reading.line) == (Dose("Paracetamol", Decimal(650), Decimal(1950), "mg"),)


def test_of_two_that_fit_the_hospitals_own_is_taken():
    syrups = [
        one for one in whole_formulary() if one.generic_name == "Paracetamol" and "/5 mL" in one.strength
    ]
    assert len(syrups) == 3
    own = [replace(one, listed=one.strength == "125 mg/5 mL") for one in syrups]
    line = read("syp para 5 ml tds 3d", Index(own)).line
    assert line.medicine.strength == "125 mg/5 mL"


def test_too_long_a_line_is_refused_at_once():
    reading = read("para " * LONGEST, whole_index())
    assert (reading.line, reading.asked) == (None, ("shorter",))


@given(st.text(max_size=120))
@settings(max_examples=300)
def test_no_text_breaks_it(text):
    reading = read(text, whole_index())
    assert set(reading.asked) <= set(ASKED)


WORDS = (
    *("para", "amox", "500", "650mg", "tds", "bd", "1-0-1", "½", "x", "5d", "5/7", "सुबह", "दिन", "५", "then"),
    *("sos", "max", "4", "iv", "inj", "ml", "u", "weekly", "mon", "after", "food", "for", "fever", "—", "·"),
    *(
        "+",
        "/",
        "%",
        "0",
        "-1",
        "1e9",
        "٣",
        "９",
        "²",
        "x-x",
        "99999999999",
        "tab",
        "drops",
        "eye",
        "then then",
    ),
)


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
@settings(max_examples=500)
def test_no_order_of_words_breaks_it_and_every_line_reads_itself(text):
    reading = read(text, whole_index())
    if reading.line:
        assert read(shown(reading.line), whole_index()).line == reading.line


def test_every_medicine_is_found_by_its_label():
    assert len(whole_formulary()) > 800
    for medicine in whole_formulary():
        assert whole_index().labelled(label(medicine)) == (medicine,)


# ── Any line over the true formulary ──

# Made once: a strategy that is new in each line is looked through in each line.
AMOUNTS = st.decimals("0.5", "40", places=1).map(lambda amount: amount.normalize())
COUNTS = st.sampled_from([Decimal(n) / 2 for n in range(1, 9)])
SLOTS = {
    amounts: st.tuples(*[st.just(Decimal(0)) | amounts] * 4).filter(any) for amounts in (COUNTS, AMOUNTS)
}
DAYS, MOST, SAID = st.none() | st.integers(1, 400), st.none() | st.integers(1, 24), st.booleans()
WEEKDAYS = {many: st.sets(st.integers(0, 6), min_size=many, max_size=many) for many in range(3)}
CODES, EATEN = st.sampled_from(sorted(FREQUENCIES)), st.sampled_from(["", *FOODS])
NOTES = st.sampled_from(["", "for fever", "if pain > 3 — at night", "बुखार के लिए", "1-0-1", "then tds · x"])
one_of = cache(st.sampled_from)


@cache
def any_medicine():
    return st.sampled_from(whole_formulary())


@st.composite
def stages(draw, medicine):
    unit = draw(one_of(units_of(medicine)))
    amounts = COUNTS if unit in {"tablet", "capsule"} else AMOUNTS
    days = draw(DAYS)
    if draw(SAID):
        slots = draw(SLOTS[amounts])
        return Stage(max(slots), unit, slots=slots, days=days)
    code = draw(CODES)
    as_needed = code == "SOS" or draw(SAID)
    limited = as_needed or code == "AFTER-STOOL"
    weekdays = draw(WEEKDAYS[{"WEEKLY": 1, "BIWEEKLY": 2}.get(code, 0)]) if draw(SAID) else ()
    return Stage(
        dose=draw(amounts),
        dose_unit=unit,
        frequency=code,
        days=days,
        weekdays=tuple(sorted(weekdays)),
        as_needed=as_needed,
        most=draw(MOST) if limited else None,
    )


@st.composite
def lines(draw):
    medicine = draw(any_medicine())
    return settled(
        Line(
            medicine=medicine,
            stages=tuple(draw(st.lists(stages(medicine), min_size=1, max_size=4))),
            route=draw(one_of(ways_of(medicine))),
            food=draw(EATEN),
            note=draw(NOTES),
        )
    )


def what_is_shown_back_reads_itself(line):
    reading = read(shown(line), whole_index())
    assert reading.line == line
    assert reading.rest == ()
    assert reading.asked == missing(line)


def it_goes_into_json_and_comes_back(line):
    stored = as_json(line)
    assert from_json(stored, line.medicine) == line
    assert [one["sequence"] for one in stored] == sorted(one["sequence"] for one in stored)


LATIN = re.compile("[A-Za-z]")
NUMBER = re.compile(r"\d+(?:\.\d+)?½?|½")


def it_is_told_in_hindi_with_its_own_numbers(line):
    line = replace(line, note="")
    hindi = told(line, "hi")
    assert hindi
    assert not LATIN.search(hindi)
    assert set(NUMBER.findall(hindi)) <= numbers_of(line)
    assert amounts_of(line) <= set(NUMBER.findall(hindi)) | {"1"}
    for stage in line.stages:
        if stage.days:
            assert f"{stage.days} दिन" in hindi


def the_english_has_the_numbers_of_the_hindi(line):
    line = replace(line, note="")
    words = told(line, "en")
    assert set(NUMBER.findall(words)) <= numbers_of(line) | {"1"}
    assert amounts_of(line) <= set(NUMBER.findall(words)) | {"1"}


def half(amount, unit="tablet"):
    whole, rest = divmod(amount, 1)
    if rest == Decimal("0.5") and unit not in {"mL", "mg", "g", "mcg", "unit"}:
        return f"{int(whole)}½" if whole else "½"
    return f"{amount.normalize():f}"


def amounts_of(line):
    doses = [(slot, one.dose_unit) for one in line.stages for slot in (one.slots or (one.dose,)) if slot]
    return {half(dose, unit) for dose, unit in doses}


def numbers_of(line):
    found = amounts_of(line)
    for stage in line.stages:
        found |= {str(stage.days), str(stage.most)}
        words = FREQUENCIES[stage.frequency] if stage.frequency else None
        found |= set(re.findall(r"\d+", f"{words.code} {words.english}")) if words else set()
    return found


def days_taken(stage):
    """Day by day, as a nurse would count: how often it is taken on each."""
    if stage.frequency in {"STAT", "SINGLE"} and not stage.as_needed:
        return [1]
    if stage.days is None:
        return None
    if stage.frequency in EVERY:
        return [1 if day % EVERY[stage.frequency] == 0 else 0 for day in range(stage.days)]
    if stage.frequency == "BIWEEKLY":
        return [1 if day % 7 in {0, 3} else 0 for day in range(stage.days)]
    often = stage.most or FREQUENCIES[stage.frequency].times_per_day
    return (
        None if often is None or (stage.frequency == "SOS" and not stage.most) else [int(often)] * stage.days
    )


def the_quantity_is_dose_times_frequency_times_days(line):
    found = quantity(line)
    if any(stage.dose_unit != "tablet" for stage in line.stages):
        return
    total = Decimal(0)
    for stage in line.stages:
        if stage.slots and stage.days is None:
            total = None
        elif stage.slots:
            total = None if total is None else total + sum(stage.slots) * stage.days
        else:
            taken = days_taken(stage)
            total = None if taken is None or total is None else total + stage.dose * sum(taken)
    if total is None:
        assert found is None
    else:
        assert (found.amount, found.unit) == (total, "tablet")
        assert 0 <= found.given_out - found.amount < 1


def ingredients_are_known_or_none_and_a_day_is_no_less_than_a_time(line):
    for taken in doses_of(line):
        assert taken.ingredient in line.medicine.ingredients
        assert taken.single is None or taken.single > 0
        if taken.single is not None and taken.daily is not None and len(line.stages) == 1:
            assert taken.daily >= taken.single


ALWAYS = (
    what_is_shown_back_reads_itself,
    it_goes_into_json_and_comes_back,
    it_is_told_in_hindi_with_its_own_numbers,
    the_english_has_the_numbers_of_the_hindi,
    the_quantity_is_dose_times_frequency_times_days,
    ingredients_are_known_or_none_and_a_day_is_no_less_than_a_time,
)


# To draw a line takes ten times as long as to ask one of these of it: each line is asked all.
@given(lines())
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_of_every_line_holds_what_always_holds(line):
    for holds in ALWAYS:
        holds(line)


# ── Quantities and amounts by hand ──


@pytest.mark.parametrize(
    ("amount", "unit", "english", "hindi"),
    [
        ("1.00", "tablet", "1 tablet", "1 गोली"),
        ("0.50", "tablet", "½ tablet", "आधी (½) गोली"),
        ("15.00", "tablet", "15 tablets", "15 गोली"),
        ("2", "suppository", "2 suppositories", "2 बत्ती"),
        ("100.00", "mL", "100 mL", "100 मि.ली."),
        ("3.00", "", "3", "3"),
    ],
)
def test_an_amount_is_one_tablet_or_several(amount, unit, english, hindi):
    with translation.override("en"):
        assert amount_shown(Decimal(amount), unit) == english
    with translation.override("hi"):
        assert amount_shown(Decimal(amount), unit) == hindi


def test_times_of_the_day_count_their_tablets():
    assert "· 1-1-1 tablet ·" in shown(line_of("para 500 1-1-1 5d"))
    assert "· 2-1-0 tablets ·" in shown(line_of("prednisolone 5mg 2-1-0 7d"))


@pytest.mark.parametrize(
    ("typed", "given_out"),
    [
        ("pred 40 od 5d then 20 od 5d then 10 od 5d", "35 tablet"),
        ("inj ceftriaxone 1g iv bd 3d", "6 vial"),
        ("insulin glargine 10 u sc hs 30d", "3 mL"),
        ("metoprolol 25 mg 1/2 tab bd 5d", "5 tablet"),
        ("para 500 sos max 4/day 5d", "20 tablet"),
        ("warfarin 5 alt days 7d", "4 tablet"),
        ("fluconazole 150 weekly monday 8 weeks", "8 tablet"),
        ("ors 1 sachet after each stool max 6 a day 3d", "18 sachet"),
    ],
)
def test_quantities_by_hand(typed, given_out):
    assert str(quantity(line_of(typed))) == given_out


@pytest.mark.parametrize(
    "typed",
    ["para 500 sos", "para 500 sos 5d", "para 500 tds", "clotrimazole cream bd 14d", "ors after each stool"],
)
def test_what_cannot_be_counted_has_no_quantity(typed):
    assert quantity(line_of(typed)) is None


@pytest.mark.parametrize(
    ("typed", "ingredient", "single", "daily", "unit"),
    [
        ("para 500 2 tabs qid 3d", "Paracetamol", 1000, 4000, "mg"),
        ("syp para 250/5 5ml tds 3d", "Paracetamol", 250, 750, "mg"),
        ("al 80/480 bd 3d", "Lumefantrine", 480, 960, "mg"),
        ("inj ceftriaxone 1g iv bd 3d", "Ceftriaxone", 1000, 2000, "mg"),
        ("insulin glargine 10 u hs", "Insulin glargine", 10, 10, "IU"),
        ("misoprostol 200 mcg bd 1d", "Misoprostol", "0.2", "0.4", "mg"),
        ("salbutamol inhaler 2 puffs qid 30d", "Salbutamol", "0.2", "0.8", "mg"),
        ("pred 40 od 5d then 20 bd 5d", "Prednisolone", 40, 40, "mg"),
        ("methotrexate 7.5 weekly", "Methotrexate", "7.5", "7.5", "mg"),
        ("para 500 sos", "Paracetamol", 500, None, "mg"),
    ],
)
def test_amounts_of_ingredients_by_hand(typed, ingredient, single, daily, unit):
    [known] = [one for one in doses_of(line_of(typed)) if one.ingredient == ingredient]
    assert known == Dose(ingredient, Decimal(single), None if daily is None else Decimal(daily), unit)


@pytest.mark.parametrize(
    ("printed", "amounts", "millilitres"),
    [
        ("500 mg", ["500 mg"], None),
        ("250 mg/5 mL", ["250 mg"], 5),
        ("80 mg + 480 mg", ["80 mg", "480 mg"], None),
        ("40 IU/mL", ["40 unit"], 1),
        ("12 lac units", ["1200000 unit"], None),
        ("15,00,000 IU", ["1500000 unit"], None),
        ("100 mcg/dose", ["0.1 mg"], None),
        ("625 mg (250 mg elemental calcium)", ["625 mg"], None),
        ("5 mg/mL in 10 mL vial", ["5 mg"], 1),
        ("80 mg + 20 mg/mL", ["80 mg", "20 mg"], 1),
        ("0.9%", ["0.9 %"], None),
    ],
)
def test_strengths_are_read_as_printed(printed, amounts, millilitres):
    strength = strength_of(printed)
    assert [
        f"{half(part.amount) if part.amount % 1 == 0 else part.amount.normalize()} {part.measure}"
        for part in strength.parts
    ] == amounts
    assert strength.millilitres == millilitres


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "As licensed",
        "300 mg to 500 mg",
        "125 mg + 31.25/5 mL",
        "12.5 mcg to 150 mcg (range listed)",
        "10000 KU",
    ],
)
def test_a_strength_that_is_not_plain_is_not_known(printed):
    assert strength_of(printed) is None


def test_of_an_unreadable_strength_only_what_was_typed_by_weight_is_known():
    line = line_of("levothyroxine 50 mcg od 30d")
    assert doses_of(line) == (Dose("Levothyroxine", Decimal("0.05"), Decimal("0.05"), "mg"),)
    assert quantity(line) is None


# ── For the patient ──


@pytest.mark.parametrize(
    ("typed", "hindi", "english"),
    [
        (
            "para 500 tds 5d after food",
            "1 गोली सुबह, 1 दोपहर, 1 रात — खाने के बाद — 5 दिन",
            "1 tablet in the morning, 1 at noon, 1 at night — after food — 5 days",
        ),
        (
            "metoprolol 25 mg 1/2 tab bd 30d",
            "आधी (½) गोली सुबह, आधी (½) रात — 30 दिन",
            "½ tablet in the morning, ½ at night — 30 days",
        ),
        (
            "para 500 sos max 4/day 3d for fever",
            "1 गोली ज़रूरत पड़ने पर ही लें, दिन में ज़्यादा से ज़्यादा 4 बार — 3 दिन — बुखार के लिए",
            "1 tablet only when needed, at most 4 times a day — 3 days — for fever",
        ),
        (
            "pred 40 od 5d then 20 od 5d",
            "पहले 5 दिन: 2 गोली दिन में एक बार; फिर 5 दिन: 1 गोली दिन में एक बार",
            "first 5 days: 2 tablets once a day; then 5 days: 1 tablet once a day",
        ),
        (
            "methotrexate 7.5 weekly monday 4 weeks",
            "3 गोली हफ़्ते में सिर्फ़ एक बार, सोमवार को, रोज़ नहीं — 28 दिन",
            "3 tablets only once a week, on Monday, not daily — 28 days",
        ),
        (
            "cipro eye drops 1 drop qid 7d",
            "1 बूँद सुबह, 1 दोपहर, 1 शाम, 1 रात — आँख में — 7 दिन",
            "1 drop in the morning, 1 at noon, 1 in the evening, 1 at night — in the eye — 7 days",
        ),
        (
            "clotrimazole cream bd 14d",
            "सुबह, रात लगाएँ — चमड़ी पर — 14 दिन",
            "apply in the morning, at night — on the skin — 14 days",
        ),
        (
            "permethrin 5% cream apply once",
            "सिर्फ़ एक ही बार लगाएँ — चमड़ी पर",
            "apply one dose only — on the skin",
        ),
        (
            "inj diclofenac 75 mg im stat",
            "75 मि.ग्रा. अभी तुरंत, एक बार — मांसपेशी में सुई से",
            "75 mg now, one time — as an injection into a muscle",
        ),
    ],
)
def test_the_patient_is_told(typed, hindi, english):
    line = line_of(typed)
    assert told(line, "hi") == hindi
    assert told(line, "en") == english


def test_the_pictures_have_the_amounts_of_their_times():
    assert times(line_of("para 500 1-0-2 5d")) == (("morning", (Decimal(1),)), ("night", (Decimal(2),)))
    taper = line_of("pred 40 od 5d then 20 od 5d")
    assert times(taper) == (("morning", (Decimal(2), Decimal(1))),)
    assert times(line_of("para 500 sos 5d")) == ()
    assert slots_of(line_of("para 500 q6h 3d").stages[0]) is None


# ── JSON from outside ──


def stored(typed="para 500 sos max 4 a day 5d after food for fever"):
    line = line_of(typed)
    return as_json(line), line


def changed(data, *path, to):
    """A copy with one value put otherwise."""
    if not path:
        return to
    step, *further = path
    if isinstance(data, list):
        return [changed(one, *further, to=to) if nth == step else one for nth, one in enumerate(data)]
    return {**data, step: changed(data.get(step), *further, to=to)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ([0, "doseAndRate", 0, "doseQuantity", "value"], "1"),
        ([0, "doseAndRate", 0, "doseQuantity", "value"], True),
        ([0, "doseAndRate", 0, "doseQuantity", "value"], -1),
        ([0, "doseAndRate", 0, "doseQuantity", "value"], float("nan")),
        ([0, "doseAndRate", 0, "doseQuantity", "value"], float("inf")),
        ([0, "doseAndRate", 0, "doseQuantity", "unit"], "spoon"),
        ([0, "timing", "code", "text"], "XYZ"),
        ([0, "timing", "repeat", "boundsDuration", "value"], 0),
        ([0, "timing", "repeat", "boundsDuration", "value"], 1.5),
        ([0, "timing", "repeat", "boundsDuration", "value"], "5"),
        ([0, "timing", "repeat", "dayOfWeek"], ["mon"]),
        ([0, "asNeededBoolean"], False),
        ([0, "asNeededBoolean"], "true"),
        ([0, "route", "text"], "iv"),
        ([0, "maxDosePerPeriod", "numerator", "value"], 99),
        ([0, "additionalInstruction", 0, "text"], "with beer"),
        ([0, "patientInstruction"], "x" * 201),
        ([0, "unknown"], 1),
        ([0, "sequence"], 2),
        ([0], None),
        ([], {}),
        ([], None),
        ([], []),
    ],
)
def test_what_is_no_dosage_of_ours_is_refused(path, value):
    data, line = stored()
    with pytest.raises(ValueError, match=r"\w") as refused:
        from_json(changed(data, *path, to=value), line.medicine)
    assert str(refused.value).endswith(".")


def test_words_of_ours_need_not_be_sent():
    data, line = stored()
    bare = [{name: value for name, value in one.items() if name != "text"} for one in data]
    assert from_json(bare, line.medicine) == line


def test_a_refusal_is_in_the_readers_language():
    with translation.override("hi"), pytest.raises(ValueError, match=r"[\u0900-\u097f]"):
        from_json([], medicine_of(*PARA))


# ── Every keystroke ──


def test_a_keystroke_costs_no_more_than_30_ms(capsys):
    index = Index(whole_formulary())
    # Every third of 11,000: it measures as well.
    texts = [case["typed"][:end] for case in cases() for end in range(1, len(case["typed"]) + 1, 3)]
    taken = []
    for text in texts:
        begun = time.perf_counter()
        read(text, index)
        taken.append((time.perf_counter() - begun) * 1000)
    median, p95 = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    with capsys.disabled():
        print(
            f"\n{len(texts)} keystrokes: median {median:.2f} ms, p95 {p95:.2f} ms, worst {max(taken):.1f} ms"
        )
    assert p95 <= 30


def test_medicines_of_the_same_label_are_both_offered():
    first = medicine_of(*PARA)
    again = replace(first, id="again")
    reading = read("PARACETAMOL 500 mg Tablet · 1-1-1 tablet · 5 days", Index([first, again]))
    assert reading.line is None
    assert reading.choices == (first, again)


def test_a_name_of_markup_is_a_name():
    row = {
        "generic_name": '"><img src=x onerror=alert(1)>',
        "strength": "500 mg",
        "form": "Tablet",
        "route": "oral",
    }
    fields = ("name_hi", "atc_code", "pregnancy_flag", "lactation_flag", "flag_source", "high_alert")
    more = ("antibiotic_aware", "schedule", "nlem_2022", "approved", "source", "edition_or_date")
    odd = make_medicine(1, {**dict.fromkeys((*fields, *more), ""), **row})
    line = Line(odd, (Stage(Decimal(1), "tablet", "TDS", days=3),), "oral")
    assert read(shown(line), Index([odd])).line == line
