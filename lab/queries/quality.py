"""Reads of controls: what lacks a run today, what a level gave, and which analytes wait for an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from hmis.kernel.plots import ControlChart, control_chart
from lab.models import ControlLevel, QualityControlRun, ServiceRequest
from lab.states import IN_HAND
from lab.westgard import LOOKS_BACK, WARNING

MOST_POINTS = 40


@dataclass
class Blocked:
    """Why the results of an analyte wait: controls that broke a rule, and nobody has said what was done."""

    code: str
    name: str
    name_hi: str
    rules: list[str] = field(default_factory=list)
    controls: list[UUID] = field(default_factory=list)
    since: datetime | None = None


def blocked_analytes(facility_id: UUID) -> dict[str, Blocked]:
    """The analytes of a hospital that must not be authorised until a broken rule is answered. One query."""
    unanswered = QualityControlRun.objects.filter(facility=facility_id, is_rejected=True, answer=None)
    found: dict[str, Blocked] = {}
    for pk, rules, at, code, name, name_hi in unanswered.order_by("at", "pk").values_list(
        "pk", "rules", "at", "level__analyte__code", "level__analyte__name", "level__analyte__name_hi"
    ):
        one = found.setdefault(code, Blocked(code, name, name_hi, since=at))
        one.controls.append(pk)
        one.rules = list(dict.fromkeys([*one.rules, *rules]))
    return found


def waiting_for(user: Any, codes: Sequence[str]) -> int:
    """How many orders in the laboratory's hands give one of these analytes."""
    if not codes:
        return 0
    in_hand = ServiceRequest.objects.visible_to(user).filter(status__in=IN_HAND)
    return in_hand.filter(test__members__overlap=list(codes)).count()


@dataclass
class LevelToday:
    """A level in use, with what it gave today."""

    level: ControlLevel
    runs: list[QualityControlRun]
    is_expired: bool
    # Of a level whose rejected control, of whatever day, nobody has answered: the newest one.
    unanswered: QualityControlRun | None = None

    @property
    def last(self) -> QualityControlRun | None:
        return self.runs[-1] if self.runs else None


def levels_in_use(user: Any) -> Any:
    """The levels that controls are entered for."""
    here = ControlLevel.objects.visible_to(user).filter(ended_at=None)
    return here.select_related("analyte").order_by(
        "section", "analyte__position", "analyte__code", "analyser", "level"
    )


def levels_today(user: Any, day: date, *, section: str = "") -> list[LevelToday]:
    """The levels in use of a section, each with its controls of a day; three questions."""
    levels = levels_in_use(user)
    if section:
        levels = levels.filter(section=section)
    began = timezone.make_aware(datetime.combine(day, time.min))
    here = QualityControlRun.objects.visible_to(user)
    of_day: dict[UUID, list[QualityControlRun]] = {}
    for run in here.filter(at__gte=began).order_by("at", "pk"):
        of_day.setdefault(run.level_id, []).append(run)
    unanswered = {run.level_id: run for run in here.filter(is_rejected=True, answer=None).order_by("at")}
    return [
        LevelToday(one, of_day.get(one.pk, []), one.valid_till < day, unanswered.get(one.pk))
        for one in levels
    ]


def before(level_ids: Sequence[UUID]) -> dict[UUID, list[Decimal]]:
    """The last controls of these levels, the oldest first; of what came after the last answer only."""
    newest = Window(RowNumber(), partition_by="level", order_by=[F("at").desc(), F("pk").desc()])
    runs = QualityControlRun.objects.filter(level__in=level_ids).annotate(place=newest)
    found: dict[UUID, list[Decimal]] = {pk: [] for pk in level_ids}
    closed = set()
    kept = runs.filter(place__lte=LOOKS_BACK).order_by("place")
    for level_id, z, answer in kept.values_list("level_id", "z", "answer__id"):
        closed |= {level_id} if answer else set()
        if level_id not in closed:
            found[level_id].insert(0, z)
    return found


def controls_of(level: ControlLevel) -> list[QualityControlRun]:
    """The newest controls of a level, the newest first, each with its answer where it has one."""
    runs = level.runs.select_related("by", "answer", "answer__by").order_by("-at", "-pk")
    return list(runs[:MOST_POINTS])


def chart_of(level: ControlLevel, controls: Sequence[QualityControlRun]) -> ControlChart | None:
    """The Levey–Jennings plot of these controls (the newest first)."""
    points = [(one.at, float(one.z), mark_of(one)) for one in reversed(controls)]
    return control_chart(points, mean=level.mean, sd=level.sd)


def mark_of(control: QualityControlRun) -> str:
    """A dot; a triangle for the warning; a square where a rule is broken: shapes, not colours alone."""
    if control.is_rejected:
        return "reject"
    return "warn" if WARNING in control.rules else "dot"
