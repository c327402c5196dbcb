"""Analytes that are calculated from others of the same order. Pure: no database.

Each formula stands with its source in lab/data/analytes.csv; its worked cases are tests. Results are rounded
half up to the analyte's decimals by the caller.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lab.ranges import ADULT_DAYS, Subject

Values = Mapping[str, Decimal]
# Friedewald: not from 400 mg/dL of triglycerides.
FRIEDEWALD_BELOW = Decimal(400)


@dataclass(frozen=True)
class Formula:
    """What it needs, and the arithmetic; None where it must not be calculated."""

    needs: tuple[str, ...]
    compute: Callable[[Values, Subject], Decimal | None]


def _over(
    of: Callable[[Values], Decimal], by: Callable[[Values], Decimal]
) -> Callable[[Values, Subject], Decimal | None]:
    """A fraction, unless it is by nothing."""

    def compute(values: Values, _subject: Subject) -> Decimal | None:
        below = by(values)
        return of(values) / below if below else None

    return compute


def _sum(of: Callable[[Values], Decimal]) -> Callable[[Values, Subject], Decimal | None]:
    """A difference that is nothing below zero: a result of -0.1 is an error of its inputs."""

    def compute(values: Values, _subject: Subject) -> Decimal | None:
        found = of(values)
        return found if found >= 0 else None

    return compute


def _egfr(values: Values, subject: Subject) -> Decimal | None:
    """CKD-EPI 2021 (Inker, NEJM 2021;385:1737), mL/min/1.73 m², from creatinine in mg/dL; adults only."""
    creatinine = float(values["CREAT"])
    if subject.age_days is None or subject.age_days < ADULT_DAYS or creatinine <= 0:
        return None
    if subject.sex not in ("male", "female"):
        return None
    is_female = subject.sex == "female"
    kappa, alpha = (0.7, -0.241) if is_female else (0.9, -0.302)
    age = subject.age_days // 365
    found = 142 * min(creatinine / kappa, 1) ** alpha * max(creatinine / kappa, 1) ** -1.2 * 0.9938**age
    return Decimal(str(found * 1.012 if is_female else found))


def _friedewald(of: Callable[[Values], Decimal]) -> Callable[[Values, Subject], Decimal | None]:
    def compute(values: Values, _subject: Subject) -> Decimal | None:
        found = of(values) if values["TG"] < FRIEDEWALD_BELOW else None
        return found if found is not None and found >= 0 else None

    return compute


FORMULAS: dict[str, Formula] = {
    "MCV": Formula(("PCV", "RBC"), _over(lambda v: v["PCV"] * 10, lambda v: v["RBC"])),
    "MCH": Formula(("HB", "RBC"), _over(lambda v: v["HB"] * 10, lambda v: v["RBC"])),
    "MCHC": Formula(("HB", "PCV"), _over(lambda v: v["HB"] * 100, lambda v: v["PCV"])),
    "ANC": Formula(("TLC", "NEUT_P"), _sum(lambda v: v["TLC"] * v["NEUT_P"] / 100)),
    "ALC": Formula(("TLC", "LYMPH_P"), _sum(lambda v: v["TLC"] * v["LYMPH_P"] / 100)),
    "AMC": Formula(("TLC", "MONO_P"), _sum(lambda v: v["TLC"] * v["MONO_P"] / 100)),
    "AEC": Formula(("TLC", "EOS_P"), _sum(lambda v: v["TLC"] * v["EOS_P"] / 100)),
    "ABC": Formula(("TLC", "BASO_P"), _sum(lambda v: v["TLC"] * v["BASO_P"] / 100)),
    "EAG": Formula(("HBA1C",), _sum(lambda v: Decimal("28.7") * v["HBA1C"] - Decimal("46.7"))),
    "BUN": Formula(("UREA",), _sum(lambda v: v["UREA"] / Decimal("2.14"))),
    "EGFR": Formula(("CREAT",), _egfr),
    "AGAP": Formula(("NA", "CL", "HCO3"), lambda v, _subject: v["NA"] - (v["CL"] + v["HCO3"])),
    "CA_CORR": Formula(("CA", "ALB"), _sum(lambda v: v["CA"] + Decimal("0.8") * (4 - v["ALB"]))),
    "IBIL": Formula(("TBIL", "DBIL"), _sum(lambda v: v["TBIL"] - v["DBIL"])),
    "GLOB": Formula(("TP", "ALB"), _sum(lambda v: v["TP"] - v["ALB"])),
    "AG": Formula(("TP", "ALB"), _over(lambda v: v["ALB"], lambda v: v["TP"] - v["ALB"])),
    "LDL": Formula(("CHOL", "HDL", "TG"), _friedewald(lambda v: v["CHOL"] - v["HDL"] - v["TG"] / 5)),
    "VLDL": Formula(("TG",), _friedewald(lambda v: v["TG"] / 5)),
    "CHOLR": Formula(("CHOL", "HDL"), _over(lambda v: v["CHOL"], lambda v: v["HDL"])),
    "TSAT": Formula(("IRON", "TIBC"), _over(lambda v: v["IRON"] * 100, lambda v: v["TIBC"])),
    # ISI is the reagent lot's, said in the laboratory's settings; without it the INR is typed.
    "INR": Formula(("PT", "PT_CTRL", "ISI"), lambda v, _subject: _inr(v)),
}


def _inr(values: Values) -> Decimal | None:
    if not values["PT_CTRL"]:
        return None
    return Decimal(str(float(values["PT"] / values["PT_CTRL"]) ** float(values["ISI"])))


def calculate(code: str, values: Values, subject: Subject) -> Decimal | None:
    """A calculated analyte; None where an input is missing or it must not be calculated."""
    formula = FORMULAS.get(code)
    if formula is None or any(name not in values for name in formula.needs):
        return None
    return formula.compute(values, subject)
