"""What a review asks of a hospital: a share of two counts and its goal; and what is more than was usual."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from opd.states import TokenStatus
from patients.models import AbhaStatus, NoPhone
from patients.states import DispenseOutcome, NoteStatus
from reports.measures import LONGEST_TURNAROUND, LONGEST_WAIT, WAIT_STEP

# {measure: {hospital: {part: sum}}}, as reports.queries.sums gives it; of all hospitals together: {None: …}.
Sums = Mapping[str, Mapping[UUID | None, Mapping[str, Decimal]]]
# A wait that is still in time, in minutes, and a report, in hours: the mock of the state's review.
WAIT_GOAL, REPORT_GOAL = 45, 24


def total(sums: Sums, measure: str, parts: Iterable[str] | None = None, places: Any = None) -> Decimal:
    """The sum of a measure over these hospitals (None: all that are there) and parts (None: all)."""
    found = Decimal(0)
    for its in _at(sums, measure, places):
        found += sum(its.values()) if parts is None else sum(its.get(part, Decimal(0)) for part in parts)
    return found


def _at(sums: Sums, measure: str, places: Any) -> Iterable[Mapping[str, Decimal]]:
    """The parts of a measure at each of these hospitals."""
    held = sums.get(measure, {})
    return held.values() if places is None else (held[place] for place in places if place in held)


@dataclass(frozen=True)
class Indicator:
    """A share in percent: `counted` of `of`, each a measure and its parts (None: all of them).

    `goal` is the share that the department wants; None where it has named none.
    """

    key: str
    label: Any
    whole: Any
    counted: tuple[str, tuple[str, ...] | None]
    of: tuple[str, tuple[str, ...] | None]
    goal: int | None = None

    def share(self, sums: Sums, places: Any = None) -> int | None:
        """Whole percent; None where nothing happened of which it could be a share."""
        whole = total(sums, *self.of, places)
        return percent(total(sums, *self.counted, places), whole)

    def is_low(self, share: int | None) -> bool:
        """Less than half of the goal."""
        return self.goal is not None and share is not None and share * 2 < self.goal


def percent(part: Decimal, whole: Decimal) -> int | None:
    """Whole percent, half upwards; at most a hundred, though an answer may count on another day."""
    if not whole:
        return None
    return min(100, int((100 * part / whole).quantize(Decimal(1), rounding=ROUND_HALF_UP)))


def _steps(until: int, step: int, width: int) -> tuple[str, ...]:
    return tuple(f"{number:0{width}d}" for number in range(0, until, step))


ALL = (
    Indicator(
        "prescriptions", _("E-prescriptions"), _("of OPD visits"), ("prescribed", None), ("visits", None), 50
    ),
    Indicator(
        "summaries",
        _("E-discharge summaries"),
        _("of discharges"),
        ("summaries", None),
        ("discharges", None),
        50,
    ),
    Indicator(
        "abha",
        _("ABHA linked"),
        _("of visits"),
        ("abha", (AbhaStatus.LINKED, AbhaStatus.ASSISTED)),
        ("abha", None),
        80,
    ),
    Indicator(
        "phones",
        _("Mobile, or why there is none"),
        _("of visits"),
        ("phones", ("phone", *(why for why in NoPhone if why != NoPhone.NOT_ASKED))),
        ("phones", None),
    ),
    Indicator(
        "called",
        _("Called within 45 minutes"),
        _("of those called"),
        ("waits", _steps(WAIT_GOAL // WAIT_STEP, 1, 3)),
        ("waits", None),
        50,
    ),
    Indicator(
        "reports",
        _("Reports within a day"),
        _("of laboratory reports"),
        ("turnaround", _steps(REPORT_GOAL, 1, 2)),
        ("turnaround", None),
    ),
    Indicator(
        "notes", _("Notes signed"), _("of notes begun"), ("notes", (NoteStatus.SIGNED,)), ("notes", None)
    ),
    Indicator(
        "medicines",
        _("Medicines given"),
        _("of lines at the counter"),
        ("dispensed", (DispenseOutcome.GIVEN,)),
        ("dispensed", None),
    ),
)
INDICATORS = {one.key: one for one in ALL}
# Whoever has not been called yet.
WAITING = (TokenStatus.WAITING,)
# Measures of which somebody asks for a part; of the others only the whole is ever told beside a place.
TOLD_APART = (
    *sorted({key for one in ALL for key, parts in (one.counted, one.of) if parts}),
    *("tokens", "discharges", "diagnoses"),
)


def median(sums: Sums, measure: str, step: int, places: Any = None) -> int | None:
    """The middle of what is kept in steps (minutes, hours), from inside its step; None of nothing.

    Half of all took at most as long. Within the step it is spread evenly, as nothing else is known.
    """
    steps: dict[int, Decimal] = {}
    for its in _at(sums, measure, places):
        for part, value in its.items():
            if value:
                steps[int(part)] = steps.get(int(part), Decimal(0)) + value
    half, passed = sum(steps.values(), Decimal(0)) / 2, Decimal(0)
    for number, value in sorted(steps.items()):
        if passed + value >= half:
            inside = (half - passed) / value
            return int((step * (number + inside)).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        passed += value
    return None


def wait(sums: Sums, places: Any = None) -> int | None:
    """Minutes until half of them were called."""
    return median(sums, "waits", WAIT_STEP, places)


def turnaround(sums: Sums, places: Any = None) -> int | None:
    """Hours until half of the reports were there."""
    return median(sums, "turnaround", 1, places)


assert LONGEST_WAIT % WAIT_STEP == 0
assert REPORT_GOAL < LONGEST_TURNAROUND


# ── What is more than usual ──

# Fewer than so many in a week are never called a rise.
LEAST_OF_A_RISE = 5
DEVIATIONS = 3


def is_rise(now: Decimal, usual: Decimal) -> bool:
    """Whether this week's count is more than the usual week explains: the mean of some weeks before.

    A count of independent cases varies by about the square root of its mean (Poisson); what lies more than
    three of these above the mean of the weeks before happens by chance about once in 700 weeks. Fewer than
    five are never a rise (docs/adr/0387).
    """
    mean = float(usual)
    return now >= LEAST_OF_A_RISE and float(now) > mean + DEVIATIONS * sqrt(max(mean, 1.0))
