"""NEWS2: from one set of vital signs to its points, its risk and what it asks for. Pure; knows no database.

Source: Royal College of Physicians, National Early Warning Score (NEWS) 2, London 2017; its numbers stand in
`data/news2.csv` and `data/news2_response.csv`, what is in doubt in `data/SOURCES.md`. For people of 16 years
and over who are not pregnant; SpO₂ scale 2 only where a doctor has ordered it.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from ipd.states import Risk
from patients.ranges import GROWN_UP_MONTHS

DATA = Path(__file__).parent / "data"
SPO2, OXYGEN = "spo2", "oxygen"
# The names of the table in ours; every one is asked for, in this order.
PARAMETERS = {
    "respiration_rate_per_min": "respiratory_rate",
    "spo2_percent": SPO2,
    "air_or_oxygen": OXYGEN,
    "systolic_bp_mmhg": "blood_pressure",
    "pulse_per_min": "pulse",
    "consciousness_acvpu": "consciousness",
    "temperature_celsius": "temperature",
}
VITALS = tuple(PARAMETERS.values())
FINDINGS = {"new confusion": "confused"}
# The table is written for whole numbers, and for tenths of a degree.
STEPS = {"temperature": Decimal("0.1")}
RED, URGENT, MOST = 3, 5, 20

# The table's own words, for whoever reads them; a test compares both.
WORDS = {
    "12 hourly": _("12 hourly"),
    "4 to 6 hourly": _("4 to 6 hourly"),
    "hourly": _("hourly"),
    "continuous": _("continuous"),
    "routine NEWS monitoring goes on": _("routine NEWS monitoring goes on"),
    "nurse assesses; decides on more frequent checks or escalation": _(
        "nurse assesses; decides on more frequent checks or escalation"
    ),
    "nurse tells the medical team, who review and decide on escalation": _(
        "nurse tells the medical team, who review and decide on escalation"
    ),
    "urgent: tell the medical team at once; assessment by clinicians skilled in acute illness; "
    "place with monitoring": _(
        "urgent: tell the medical team at once; assessment by clinicians skilled in acute illness; "
        "place with monitoring"
    ),
    "emergency: tell a senior doctor at once; critical care team assesses; consider HDU or ICU; "
    "place with monitoring": _(
        "emergency: tell a senior doctor at once; critical care team assesses; consider HDU or ICU; "
        "place with monitoring"
    ),
}


@dataclass(frozen=True)
class Band:
    """A row of the table: which values of a vital, on which SpO₂ scale, have these points."""

    vital: str
    scale: str
    low: Decimal | None
    high: Decimal | None
    finding: str
    points: int

    def has(self, value: Decimal | str) -> bool:
        if isinstance(value, str):
            return value == self.finding
        return (
            not self.finding
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
        )


@dataclass(frozen=True)
class Advice:
    """A row of the response table: what a total, or one vital that scored 3, asks for."""

    of_red: bool
    low: int
    high: int
    risk: Risk
    # 0: continuous.
    minutes: int
    monitoring: str
    response: str

    @property
    def escalates(self) -> bool:
        """Whether a doctor is told: one vital scored 3, or the total is 5 or more."""
        return self.of_red or self.low >= URGENT


@dataclass(frozen=True)
class Score:
    """What a complete set comes to."""

    total: int
    points: Mapping[str, int]
    reds: tuple[str, ...]
    scale: int
    advice: Advice


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _band(row: Mapping[str, str]) -> Band:
    finding = FINDINGS.get(row["value"], row["value"])
    bounds = _number(row["low"]), _number(row["high"])
    return Band(PARAMETERS[row["parameter"]], row["scale"], *bounds, finding, int(row["score"]))


def _advice(row: Mapping[str, str]) -> Advice:
    return Advice(
        of_red="single" in row["trigger"],
        low=int(row["score_low"]),
        high=int(row["score_high"]),
        risk=Risk(row["clinical_risk"].replace("-", "_")),
        minutes=int(row["minutes_between"]),
        monitoring=row["monitoring_minimum"],
        response=row["response"],
    )


_TABLE, _RESPONSES = _rows("news2.csv"), _rows("news2_response.csv")
BANDS = tuple(map(_band, _TABLE))
ADVICE = tuple(map(_advice, _RESPONSES))
# Clinical content is shown as such until somebody answers for it (docs/adr/0375).
IS_APPROVED = all(row["approved"] == "yes" for row in [*_TABLE, *_RESPONSES])
# "Continuous" is more often than the most frequent rounds that the table knows: a written set is due then.
MOST_OFTEN = min(one.minutes for one in ADVICE if one.minutes)


def applies(*, months: int | None, pregnant: bool) -> bool:
    """Whether NEWS2 is meant for somebody this old; whose age nobody knows is taken for a grown-up."""
    return not pregnant and (months is None or months >= GROWN_UP_MONTHS)


def missing(measured: Mapping[str, Any]) -> list[str]:
    """The vitals that a set still needs before it can be scored."""
    return [vital for vital in VITALS if measured.get(vital) in (None, "")]


def points_of(vital: str, value: Decimal | str, *, scale: int = 1, on_oxygen: bool = False) -> int:
    """The points of one value; between two rows of the table it is rounded as the chart is read."""
    if isinstance(value, Decimal):
        value = value.quantize(STEPS.get(vital, Decimal(1)), ROUND_HALF_UP)
    scales = {""} if vital != SPO2 else {"1"} if scale == 1 else _second(on_oxygen=on_oxygen)
    (band,) = [one for one in BANDS if one.vital == vital and one.scale in scales and one.has(value)]
    return band.points


def _second(*, on_oxygen: bool) -> set[str]:
    return {"2", "2 on oxygen" if on_oxygen else "2 on air"}


def score(measured: Mapping[str, Decimal | str], *, scale: int = 1) -> Score | None:
    """The score of a set, {vital: its value}, of a BP the upper one; None while it is not complete."""
    if missing(measured):
        return None
    on_oxygen = measured[OXYGEN] == "oxygen"
    points = {vital: points_of(vital, measured[vital], scale=scale, on_oxygen=on_oxygen) for vital in VITALS}
    total, reds = sum(points.values()), tuple(vital for vital, its in points.items() if its == RED)
    return Score(total, points, reds, scale, advice_for(total, has_red=bool(reds)))


def advice_for(total: int, *, has_red: bool) -> Advice:
    """What a total asks for; one vital that scored 3 asks for more than a low total does."""
    (by_total,) = [one for one in ADVICE if not one.of_red and one.low <= total <= one.high]
    if has_red and not by_total.escalates:
        (by_total,) = [one for one in ADVICE if one.of_red]
    return by_total


def minutes_to_next(advice: Advice) -> int:
    """Within how many minutes the next set is to be written down."""
    return advice.minutes or MOST_OFTEN
