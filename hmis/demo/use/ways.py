"""How the hospitals of the demo differ: how many come, how long they wait, what is written down. Made up.

Most do middling well. Of three districts a review should say at once what is wrong; of one, that diarrhoea
goes round.
"""

from dataclasses import dataclass, replace
from random import Random

from facilities.models import FacilityKind

# Nobody has used the system at Godda for eight days.
SILENT, SILENT_DAYS = "SGDA", 8
# Since a week more people than usual come with diarrhoea in Sahibganj.
OUTBREAK, OUTBREAK_DAYS, OUTBREAK_SHARE = "SSBG", 7, 0.6


@dataclass(frozen=True)
class Ways:
    """How one hospital works; shares are of 1."""

    # How many come, against a usual sadar hospital.
    weight: float
    # Of all visits: those with a prescription written here. Of discharges: those with a signed summary.
    prescribes: float
    summarises: float
    signs: float = 0.95
    # Of the lines at the counter: those that are not there.
    lacks: float = 0.08
    # Half are called within so many minutes, and reported within so many hours.
    wait: int = 28
    report: int = 6
    linked: float = 0.6
    admits: float = 0.09
    goes_against_advice: float = 0.05
    dies: float = 0.025
    # Of its staff, who have signed in.
    signs_in: float = 0.9


COLLEGE_WEIGHT = {"RIMS": 5.0}
# What a call would be about.
NEEDS_A_CALL = {
    "SWSB": {"prescribes": 0.1, "wait": 105, "lacks": 0.38, "signs_in": 0.4},
    "SPKR": {"summarises": 0.12, "goes_against_advice": 0.24, "lacks": 0.3, "wait": 80},
    "SLTH": {"prescribes": 0.17},
    SILENT: {"weight": 1.7},
    OUTBREAK: {"weight": 1.2},
}


def ways_of(code: str, kind: str) -> Ways:
    """The ways of a hospital: drawn by its code, so always the same."""
    dice = Random(f"ways of {code}")
    is_college = kind == FacilityKind.MEDICAL_COLLEGE
    usual = Ways(
        weight=COLLEGE_WEIGHT.get(code, dice.uniform(1.8, 2.4)) if is_college else dice.uniform(0.7, 1.3),
        prescribes=dice.uniform(0.32, 0.66),
        summarises=dice.uniform(0.45, 0.9),
        signs=dice.uniform(0.88, 0.99),
        lacks=dice.uniform(0.03, 0.13),
        wait=dice.randint(16, 36),
        report=dice.randint(3, 14),
        linked=dice.uniform(0.46, 0.88),
        admits=dice.uniform(0.07, 0.12),
        goes_against_advice=dice.uniform(0.02, 0.08),
        dies=dice.uniform(0.012, 0.04),
        signs_in=dice.uniform(0.75, 1.0),
    )
    return replace(usual, **NEEDS_A_CALL.get(code, {}))
