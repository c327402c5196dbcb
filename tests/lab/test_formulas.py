"""Calculated results against the worked cases that came with their sources."""

import csv
from decimal import Decimal
from pathlib import Path

from lab.formulas import FORMULAS, calculate
from lab.ranges import Subject, rounded
from tests.factories.cases import of_each

DATA = Path(__file__).parents[2] / "lab" / "data"


def rows_of(path):
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


CASES = rows_of(Path(__file__).parent / "data" / "formulas_cases.csv")
ANALYTES = {row["code"]: row for row in rows_of(DATA / "analytes.csv")}
WORDS = {"age", "sex"}


def _said(case):
    return dict(one.split("=") for one in case["inputs"].split(";"))


@of_each(CASES)
def test_a_worked_case_comes_out(case):
    said = _said(case)
    subject = Subject(said.get("sex", "male"), int(said.get("age", 40)) * 365)
    values = {name: Decimal(value) for name, value in said.items() if name not in WORDS}

    found = calculate(case["analyte_code"], values, subject)

    if case["expected_output"] == "not reported":
        assert found is None
    else:
        expected = Decimal(case["expected_output"])
        assert rounded(found, max(0, -expected.as_tuple().exponent)) == expected


def test_every_calculated_analyte_has_its_formula_and_no_other():
    stated = {code for code, row in ANALYTES.items() if row["formula"]}

    assert set(FORMULAS) == stated
    for formula in FORMULAS.values():
        assert set(formula.needs) - {"ISI"} <= set(ANALYTES)


@of_each(FORMULAS)
def test_nothing_is_calculated_from_half_of_its_inputs(code):
    assert calculate(code, {}, Subject("female", 12_000)) is None
    for missing in FORMULAS[code].needs:
        values = {name: Decimal(10) for name in FORMULAS[code].needs if name != missing}
        assert calculate(code, values, Subject("female", 12_000)) is None


@of_each(FORMULAS)
def test_inputs_of_nothing_raise_nothing(code):
    values = dict.fromkeys(FORMULAS[code].needs, Decimal(0))

    found = calculate(code, values, Subject("male", 12_000))

    assert found is None or found >= 0


def test_kidneys_of_children_and_of_unknown_age_or_sex_are_not_estimated():
    values = {"CREAT": Decimal("1.0")}

    assert calculate("EGFR", values, Subject("male", 18 * 365)) is not None
    assert calculate("EGFR", values, Subject("male", 18 * 365 - 1)) is None
    assert calculate("EGFR", values, Subject("male", None)) is None
    assert calculate("EGFR", values, Subject("unknown", 12_000)) is None


def test_what_would_be_less_than_nothing_is_not_reported():
    assert calculate("IBIL", {"TBIL": Decimal("0.5"), "DBIL": Decimal("0.6")}, Subject("male", 9_000)) is None
    assert (
        calculate("LDL", {"CHOL": Decimal(50), "HDL": Decimal(60), "TG": Decimal(90)}, Subject("male", 9_000))
        is None
    )
