"""Every rule of prescribing against a table of cases, each with the source of its row."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from time import perf_counter

import pytest
from django.utils import translation

from hmis.kernel.errors import Refusal
from patients.prescribing.alert_words import alert_words, quiet_words
from patients.prescribing.alerts import Rule, Way, Weighs, alerts, quiet_notes
from patients.prescribing.allergens import allergen
from patients.prescribing.limits import band_of
from tests.factories.alerts import TODAY, line, lines, person, rows, stated_formulary
from tests.factories.cases import of_each

with (Path(__file__).parent / "alert_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
STATED = {
    row.get(column, "")
    for name in ("medications.csv", "ingredients.csv", "interactions.csv", "max_doses.csv")
    for row in rows(name)
    for column in ("source", "flag_source")
}


def found(said, who, *, running="", formulary=None):
    return alerts(
        lines(said), lines(running, running=True), person(who), formulary or stated_formulary(), today=TODAY
    )


@of_each(CASES)
def test_the_rule_speaks_where_its_source_does_and_nowhere_else(case):
    of_rule = [
        one
        for one in found(case["lines"], case["person"], running=case["running"])
        if one.rule == case["rule"]
    ]

    assert bool(of_rule) == (case["expect"] == "yes"), [one.because for one in of_rule]
    if of_rule and not case["source"].startswith("the list"):
        assert case["source"] in {one.because.source for one in of_rule}


def test_each_case_cites_a_row_of_the_content_and_each_rule_is_tried_both_ways():
    tried = Counter((case["rule"], case["expect"]) for case in CASES)

    assert len(CASES) >= 60
    for case in CASES:
        assert case["source"] in STATED or case["source"].startswith("the list of ingredients: "), case["id"]
    for rule in Rule.values:
        assert tried[rule, "yes"], rule
        assert tried[rule, "no"], rule


def test_the_heaviest_comes_first_and_each_finding_keeps_its_key():
    asked = "Warfarin 5 mg Tablet 1 x1; Amoxicillin 500 mg Capsule 1 x3 5d; Ibuprofen 400 mg Tablet 1 x3"
    first = found(asked, "age=40y sex=male allergy=penicillin")
    weights = list(Weighs.values)

    assert [weights.index(one.weighs) for one in first] == sorted(weights.index(one.weighs) for one in first)
    assert first[0].rule == Rule.ALLERGY_CLASS
    assert [one.key for one in first] == [
        one.key for one in found(asked, "age=40y sex=male allergy=penicillin")
    ]
    assert len({one.key for one in first}) == len(first)


def test_a_retired_rule_is_silent_and_the_others_are_not():
    retired = stated_formulary(retired=frozenset({Rule.INTERACTION}))
    asked = "Warfarin 5 mg Tablet 1 x1; Ibuprofen 400 mg Tablet 1 x3 3d; Ibuprofen 200 mg Tablet 1 x1"

    assert {one.rule for one in found(asked, "age=40y sex=male")} == {Rule.INTERACTION, Rule.SAME_INGREDIENT}
    assert {one.rule for one in found(asked, "age=40y sex=male", formulary=retired)} == {Rule.SAME_INGREDIENT}


def test_every_alert_can_be_taken_out_and_given_anyway():
    for case in CASES:
        for one in found(case["lines"], case["person"], running=case["running"]):
            ways = [out.way for out in one.ways_out]
            assert ways[0] == Way.REMOVE
            assert ways[-1] == Way.GIVE_ANYWAY


def test_other_medicines_of_the_group_are_free_of_the_allergen():
    (alert,) = found("Amlodipine 5 mg Tablet 1 x1", "age=40y sex=male allergy=Amlodipine")
    (others,) = [out.medicines for out in alert.ways_out if out.way == Way.OTHERS]

    assert {one.generic_name for one in others} == {"Nifedipine"}
    (alert,) = found("Amoxicillin 500 mg Capsule 1 x3", "age=40y sex=male allergy=penicillin")
    assert not [out for out in alert.ways_out if out.way == Way.OTHERS]  # the whole group is penicillins


def test_an_allergy_that_nobody_asked_about_is_no_alert():
    who = person("age=40y sex=male")
    unasked = type(who)(age_days=who.age_days, allergies=None)

    assert not alerts(lines("Amoxicillin 500 mg Capsule 1 x3"), [], unasked, stated_formulary(), today=TODAY)


def test_what_is_only_to_be_watched_stops_nobody():
    (alert,) = found(
        "Digoxin 0.25 mg Tablet 1 x1", "age=60y sex=male", running="Furosemide 40 mg Tablet 1 x1"
    )

    assert (alert.weighs, alert.must_be_answered) == (Weighs.MONITOR, False)
    (twice,) = found(
        "Salbutamol 100 mcg/dose Inhaler (MDI/DPI) 2 x2", "age=40y sex=male",
        running="Salbutamol 4 mg Tablet 1 x2",
    )  # fmt: skip
    assert not twice.must_be_answered


def test_what_no_row_says_is_not_known_and_never_safe():
    woman = person("age=30y sex=female pregnant=yes egfr=40")
    notes = quiet_notes(
        lines("Warfarin 5 mg Tablet 1 x1; Ibuprofen 400 mg Tablet 1 x3"),
        woman,
        stated_formulary(),
        today=TODAY,
    )
    told = {(note.medicine.generic_name, note.about) for note in notes}

    for name in "Warfarin", "Ibuprofen":
        assert (name, "pregnancy") in told
        assert (name, "dose") in told
        assert (name, "renal") in told
    assert {quiet_words(note) for note in notes} == {
        "highest dose: not known here",
        "in pregnancy: not known",
        "limits for weak kidneys: not known here",
    }


def test_with_caution_is_told_with_its_source():
    woman = person("age=30y sex=female pregnant=yes breast=yes")
    aspirin = lines("Acetylsalicylic acid 75 mg Enteric coated tablet 1 x1")

    said = {quiet_words(note) for note in quiet_notes(aspirin, woman, stated_formulary(), today=TODAY)}

    assert "in pregnancy: with caution (WMF2008)" in said
    assert "while breast-feeding: with caution (WMF2008)" in said


def test_an_alert_says_what_and_why_and_that_nobody_approved_it():
    alert, daily = found("Paracetamol 250 mg/5 mL Oral liquid 10mL x3 3d", "age=4y sex=male weight=14")
    words = alert_words(alert)

    assert daily.rule == Rule.DOSE_DAILY
    assert words.title == "single dose too high"
    assert words.what == ("PARACETAMOL 250 mg/5 mL: 500 mg at a time; at most 250 mg.")
    assert words.source == "NVBDCP Diagnosis and Treatment of Malaria, 2013"
    assert words.approval == "not yet approved here"
    asked = "Paracetamol 250 mg/5 mL Oral liquid 10mL x3 3d"
    approved, *_more = found(asked, "age=4y sex=male weight=14", formulary=stated_formulary(approved=True))
    assert alert_words(approved).approval == ""
    (by_weight,) = found("Ibuprofen 400 mg Tablet 1 x1 3d", "age=6y sex=male weight=20")
    assert alert_words(by_weight).what == (
        "IBUPROFEN 400 mg: 400 mg at a time for 20 kg; at most 10 mg for each kg: 200."
    )


@pytest.mark.parametrize("language", ["en", "hi"])
def test_every_case_is_told_in_both_languages(language):
    with translation.override(language):
        for case in CASES:
            for one in found(case["lines"], case["person"], running=case["running"]):
                words = alert_words(one)
                assert words.what
                assert "%(" not in words.what
                assert one.medicine.generic_name.upper() in words.what


@pytest.mark.parametrize(
    ("said", "ingredient", "class_name"),
    [
        ("penicillin", "", "penicillins"),
        ("Sulfa", "", "sulfonamides"),
        ("पेनिसिलिन", "", "penicillins"),
        ("aspirin", "Acetylsalicylic acid", ""),
        ("एमोक्सिसिलिन", "Amoxicillin", ""),
        ("co-trimoxazole", "Sulphamethoxazole", ""),
        ("Co trimoxazole", "Sulphamethoxazole", ""),
        ("cotrimoxazole", "Sulphamethoxazole", ""),
        ("Phenoxymethyl-penicillin", "Phenoxymethyl penicillin", ""),
        ("दर्द की  दवा", "", "NSAIDs"),
        ("dust", "", ""),
        # What only resembles a name is not coded: it is told that nothing is checked against it.
        ("Amoxycillin", "", ""),
        ("Augmentin 625", "", ""),
    ],
)
def test_an_allergy_is_known_by_its_name_or_its_words(said, ingredient, class_name):
    assert (allergen(said).ingredient, allergen(said).class_name) == (ingredient, class_name)


@pytest.mark.parametrize(
    ("said", "age", "weight", "holds"),
    [
        ("", None, None, True),
        ("15 years", 5479, None, True),
        ("15 years", 5400, None, False),
        ("15 years", None, None, None),
        ("5-8 years", 3200, None, True),
        ("5-8 years", 3300, None, False),
        ("under 20 kg", None, "19.9", True),
        ("under 20 kg", None, "20", False),
        ("25-34 kg", None, "34.5", True),
        ("over 45 kg", None, None, None),
        ("3 months to 12 years", 60, None, False),
        ("15 years, falciparum", 6000, None, True),
    ],
)
def test_a_band_is_read_as_its_source_words_it(said, age, weight, holds):
    assert band_of(said).holds(age, Decimal(weight) if weight else None) is holds


def test_other_words_are_no_band():
    with pytest.raises(Refusal, match="under 20 kg"):
        band_of("small children")


def test_a_long_prescription_is_checked_within_a_keystroke():
    new = [line(f"{one.named} 1 x2 5d") for one in stated_formulary().medicines[::90]]
    old = [line(f"{one.named} 1 x1", running=True) for one in stated_formulary().medicines[5::90]]
    who = person("age=30y sex=female weight=50 allergy=penicillin")
    alerts(new, old, who, stated_formulary(), today=TODAY)

    began = perf_counter()
    alerts(new, old, who, stated_formulary(), today=TODAY)

    assert len(new) >= 9
    assert perf_counter() - began < 0.05
