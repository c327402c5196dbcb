"""Controls: a level and its lot, what a run gave, and what was done where it broke a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write
from lab.models import AnalyteDefinition, ControlLevel, QualityControlRun, RunAnswer
from lab.queries import quality
from lab.states import ValueType
from lab.westgard import broken, distance, rejects

MOST_AT_ONCE = 200
# What a column holds; further out no control is measured but mistyped.
FURTHEST = Decimal(100_000)


@dataclass(frozen=True)
class Lot:
    """A level of a lot as its leaflet, or the laboratory's own twenty runs, state it."""

    material: str
    level: int
    lot: str
    mean: Decimal
    sd: Decimal
    valid_from: date
    valid_till: date
    section: str
    analyser: str = ""

    def claimed(self) -> list[Any]:
        """What a request key stands for."""
        return [str(one) for one in vars(self).values()]


@dataclass(frozen=True)
class Reading:
    """What one level gave."""

    level_id: UUID
    value: Decimal


@act
def set_control_level(
    *, facility: Facility, analyte: AnalyteDefinition, lot: Lot, request_key: UUID, actor: Any, at: datetime
) -> ControlLevel:
    """Take a level of a lot into use; the one that was in use until now ends.

    Refuses an analyte that gives no number, and what a constraint on ControlLevel refuses.
    """
    body = [facility.pk, analyte.pk, lot.claimed()]
    level_id, seen = requests.claim(request_key, "lab.set_control_level", actor=actor, body=body)
    if seen:
        return ControlLevel.objects.get(pk=level_id)
    if analyte.value_type != ValueType.NUMBER:
        raise Refusal(_("Only a result that is a number has controls of this kind."), field="analyte")
    same = ControlLevel.objects.locked().filter(
        facility=facility, analyte=analyte, analyser=lot.analyser, level=lot.level, ended_at=None
    )
    for until_now in same:
        until_now.ended_at, until_now.ended_by = at, actor
        until_now.save(update_fields=["ended_at", "ended_by"])
    made = ControlLevel(id=level_id, facility=facility, analyte=analyte, set_by=actor, set_at=at, **vars(lot))
    with refusing(ControlLevel):
        made.save(force_insert=True)
    facts.record(
        "lab.control_level_set", about=made, actor=actor, at=at, facility_id=facility.pk, level=lot.level
    )
    return made


@act
def enter_controls(
    *, readings: Sequence[Reading], comment: str = "", request_key: UUID, actor: Any, at: datetime
) -> list[QualityControlRun]:
    """Write what levels gave, and which rules each breaks; those of one analyte on one analyser are one run.

    Refuses a lot that has ended or expired. A broken rule other than the warning holds the results of its
    analyte back until somebody answers (`lab.queries.blocked_analytes`).
    """
    body = [[(one.level_id, str(one.value)) for one in readings], comment]
    first, seen = requests.claim(request_key, "lab.enter_controls", actor=actor, body=body)
    ids = requests.following(first, len(readings))
    if seen:
        return list(QualityControlRun.objects.filter(pk__in=ids).order_by("pk"))
    if not readings:
        raise Refusal(_("Write what at least one control gave."))
    if len(readings) > MOST_AT_ONCE:
        raise Refusal(_("At most %(most)s controls at once."), most=MOST_AT_ONCE)
    levels = _locked(readings, timezone.localdate(at))
    values = {one.level_id: one.value for one in readings}
    z = {pk: _distance(levels[pk], value) for pk, value in values.items()}
    history = quality.before(list(levels))
    runs: dict[tuple[UUID, str], UUID] = {}
    controls = []
    for pk, level_id in zip(ids, values, strict=True):
        level = levels[level_id]
        together = (level.analyte_id, level.analyser)
        beside = [
            z[other]
            for other, it in levels.items()
            if other != level_id and (it.analyte_id, it.analyser) == together
        ]
        rules = broken(z[level_id], before=history[level_id], beside=beside)
        controls.append(
            QualityControlRun(
                id=pk,
                facility_id=level.facility_id,
                level=level,
                run=runs.setdefault(together, pk),
                value=values[level_id],
                z=z[level_id],
                rules=list(rules),
                is_rejected=rejects(rules),
                comment=comment,
                by=actor,
                at=at,
            )
        )
    write(*controls)
    facts.record(
        "lab.controls_entered",
        about=controls[0],
        actor=actor,
        at=at,
        facility_id=controls[0].facility_id,
        controls=len(controls),
        rejected=sum(one.is_rejected for one in controls),
    )
    return controls


def _locked(readings: Sequence[Reading], today: date) -> dict[UUID, ControlLevel]:
    """The levels, locked: two technicians judge one after the other. Refuses what is not in use."""
    wanted = [one.level_id for one in readings]
    if len(set(wanted)) != len(wanted):
        raise Refusal(_("A level is written twice."))
    held = ControlLevel.objects.locked().filter(pk__in=wanted).select_related("analyte")
    levels = {one.pk: one for one in held}
    for pk in wanted:
        level = levels.get(pk)
        if level is None or level.ended_at:
            raise Refusal(_("This lot is no longer in use. Open the page again."), field=str(pk))
        if level.valid_till < today:
            raise Refusal(_("%(lot)s has expired: take a new lot into use."), field=str(pk), lot=level.lot)
    return levels


def _distance(level: ControlLevel, value: Decimal) -> Decimal:
    z = distance(value, level.mean, level.sd)
    if abs(z) >= FURTHEST:
        raise Refusal(_("This is no value of %(level)s."), field=str(level.pk), level=level)
    return z


@act
def answer_control(
    *, control: QualityControlRun, done: str, request_key: UUID, actor: Any, at: datetime
) -> RunAnswer:
    """Say what was done about a control that broke a rule; its analyte is authorised again.

    Refuses a control that broke none, and a second answer.
    """
    body = [control.pk, done]
    answer_id, seen = requests.claim(request_key, "lab.answer_control", actor=actor, body=body)
    if seen:
        return RunAnswer.objects.get(pk=answer_id)
    # The level is locked, so that an answer and the next run of it come one after the other.
    lock(ControlLevel, control.level_id)
    if not control.is_rejected:
        raise Refusal(_("This control broke no rule that asks for an answer."))
    held = RunAnswer.objects.filter(control=control).select_related("by").first()
    if held:
        raise Refusal(_("%(by)s has answered this meanwhile."), by=held.by)
    if not done.strip():
        raise Refusal(_("Say what was done."), field="done")
    answer = RunAnswer(
        id=answer_id, facility_id=control.facility_id, control=control, done=done.strip(), by=actor, at=at
    )
    facts.record(
        "lab.control_answered",
        about=answer,
        actor=actor,
        at=at,
        facility_id=control.facility_id,
        new=[answer],
    )
    return answer
