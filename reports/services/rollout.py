"""A hospital's roll-out: its steps, what is expected of it, what it uses, how its link holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed, take_over
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.ids import uuid7
from hmis.kernel.models import this_node
from hmis.kernel.transitions import move
from reports import queries
from reports.models import (
    BUCKETS,
    LinkHour,
    ModuleExpectation,
    ModuleUse,
    RolloutSetting,
    RolloutStep,
)
from reports.states import ROLLOUT_MOVES, Module, RolloutStatus

Details = Mapping[str, Any]
# What a form was opened with that found nothing said yet.
NOT_THERE = -1


# ── Steps ──


@act
def set_step(
    *,
    facility: Facility,
    kind: str,
    to: RolloutStatus,
    details: Details,
    rev: int = NOT_THERE,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> RolloutStep:
    """Plan a step of a hospital's roll-out, or say how far it has come; `rev`: what the form was opened with.

    `details`: due_on, done_on, responsible, remarks; what is done without a day was done today. Refuses a day
    of doing that lies ahead, a state that the step cannot take, and to overwrite what was said since.
    """
    body = [facility.pk, kind, to, {name: str(value) for name, value in details.items()}]
    step_id, seen = requests.claim(request_key, "reports.set_step", actor=actor, body=body)
    if seen:
        return RolloutStep.objects.get(facility=facility, kind=kind)
    today = timezone.localdate(at)
    done_on = (details.get("done_on") or today) if to == RolloutStatus.DONE else None
    if done_on and done_on > today:
        raise Refusal(_("This day lies ahead."), field="done_on")
    details = {**details, "done_on": done_on}
    held = RolloutStep.objects.locked().filter(facility=facility, kind=kind).first()
    if held is None:
        held = RolloutStep(id=step_id, facility=facility, kind=kind)
    else:
        refuse_changed(held.rev, rev)
    changed = take_over(held, details)
    was = held.status
    if held._state.adding:
        if to != held.status:
            move(held, to=to, allowed=ROLLOUT_MOVES)
        new = [held]
    else:
        new = []
        with refusing(RolloutStep):
            _write(held, to, changed)
    if new or changed or was != held.status:
        facts.record(
            "reports.rollout_step_set",
            about=held,
            actor=actor,
            at=at,
            facility_id=facility.pk,
            new=new,
            step=kind,
            status=to,
            fields=changed,
        )
    held.refresh_from_db()
    return held


def _write(held: RolloutStep, to: RolloutStatus, changed: list[str]) -> None:
    if held.status != to:
        move(held, to=to, allowed=ROLLOUT_MOVES, also=changed)
    elif changed:
        held.save(update_fields=changed)


# ── What is expected ──


@act
def set_expectations(
    *,
    facility: Facility,
    details: Details,
    a_week: Mapping[str, int | None],
    rev: int = NOT_THERE,
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> RolloutSetting:
    """Say when a hospital is open (`details`), and how much it should do with each module in a week.

    Nothing said of a module: no share is shown; 0: it is not needed here.
    """
    body = [facility.pk, dict(details), dict(a_week)]
    setting_id, seen = requests.claim(request_key, "reports.set_expectations", actor=actor, body=body)
    if seen:
        return RolloutSetting.objects.get(facility=facility)
    held = RolloutSetting.objects.locked().filter(facility=facility).first()
    if held is None:
        held = RolloutSetting(id=setting_id, facility=facility)
    else:
        refuse_changed(held.rev, rev)
    changed = take_over(held, details)
    if held._state.adding:
        changed = list(details)
    if changed:
        with refusing(RolloutSetting):
            held.save(update_fields=None if held._state.adding else changed)
    changed += _expect(facility, a_week)
    if changed:
        facts.record(
            "reports.rollout_expectation_set",
            about=held,
            actor=actor,
            at=at,
            facility_id=facility.pk,
            fields=changed,
        )
    held.refresh_from_db()
    return held


def _expect(facility: Facility, a_week: Mapping[str, int | None]) -> list[str]:
    """The modules of which something else is expected from now on. The setting is held: one at a time."""
    kept = {one.module: one for one in ModuleExpectation.objects.locked().filter(facility=facility)}
    changed = []
    for module, count in a_week.items():
        held = kept.get(module)
        if count == (held and held.a_week):
            continue
        changed.append(str(module))
        if held is None:
            ModuleExpectation.objects.create(facility=facility, module=module, a_week=count)
        else:
            held.a_week = count
            held.save(update_fields=["a_week"])
    return changed


@act
def note_rollout_exported(*, form: str, lines: int, actor: Any, at: datetime) -> None:
    """Write down that the list of the roll-out left the house."""
    facts.record("reports.rollout_exported", about=actor, actor=actor, at=at, form=form, lines=lines)


# ── What is used ──

WEEK, MONTH = timedelta(days=7), timedelta(days=30)


def count_use(*, facility_id: UUID, at: datetime, whole: bool = False) -> int:
    """Count anew what a hospital did with each module; how many cells were written.

    From the day before the last that was counted: what came late is seen. `whole`: the last 30 days.
    It recomputes and never adds, so that it may be asked at any time and by two at once.
    """
    today = timezone.localdate(at)
    first = today - MONTH + timedelta(days=1)
    kept = {
        (one.module, one.day): one
        for one in ModuleUse.objects.filter(facility_id=facility_id, day__gt=first - MONTH, day__lte=today)
    }
    last = max((day for _module, day in kept), default=None)
    since = first if whole or last is None else max(first, last - timedelta(days=1))
    done = queries.acts_of(facility_id, since, today)
    days = [since + timedelta(days=count) for count in range((today - since).days + 1)]
    rows = []
    for day in days:
        for module in Module:
            count, people = done.get((module, day), (0, set()))
            row = ModuleUse(facility_id=facility_id, module=module, day=day, transactions=count)
            row.people = sorted(people)
            kept[module, day] = row
            rows.append(_with_sums(row, kept))
    ModuleUse.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["facility", "module", "day"],
        update_fields=list(ModuleUse.may_change),
    )
    return len(rows)


def _with_sums(row: ModuleUse, kept: Mapping[tuple[str, date], ModuleUse]) -> ModuleUse:
    """The row with what was done in the 7 and 30 days that end with its day."""
    for span, transactions, users in (
        (WEEK, "transactions_7", "users_7"),
        (MONTH, "transactions_30", "users_30"),
    ):
        days = [row.day - timedelta(days=back) for back in range(span.days)]
        within = [kept[row.module, day] for day in days if (row.module, day) in kept]
        setattr(row, transactions, sum(one.transactions for one in within))
        setattr(row, users, len({person for one in within for person in one.people}))
    return row


# ── The link ──

# What is older says nothing that anybody would still act on.
HEARD_FOR = timedelta(hours=24)
LONGEST_MS = 60_000
NUMBERS = ("readings", "failures", "sum_ms", *BUCKETS)
COLUMNS = ("id", "origin_node", "facility_id", "day", "hour", *NUMBERS, "worst_ms")
# Two PCs that tell of the same hours take them in the same order, and each for one statement only.
TELL = f"""
    INSERT INTO {LinkHour._meta.db_table} AS held ({", ".join(COLUMNS)}) VALUES %(rows)s
    ON CONFLICT (facility_id, day, hour) DO UPDATE SET
        {", ".join(f"{name} = held.{name} + EXCLUDED.{name}" for name in NUMBERS)},
        worst_ms = greatest(held.worst_ms, EXCLUDED.worst_ms)
"""  # noqa: S608 — names of our own columns


@dataclass(frozen=True)
class Reading:
    """One round trip of a PC: how long ago, and how many ms it took; None: the server was not reached."""

    ago: timedelta
    ms: int | None


def note_link(*, facility_id: UUID, readings: Sequence[Reading], at: datetime) -> int:
    """Add what a PC measured to the hours in which it did; how many hours were touched.

    One statement, and no fact: it is nobody's act. A PC says how long ago, not when: its clock may be wrong.
    """
    hours: dict[tuple[date, int], dict[str, int]] = {}
    for one in readings:
        if not timedelta(0) <= one.ago <= HEARD_FOR:
            continue
        then = timezone.localtime(at - one.ago)
        hour = hours.setdefault((then.date(), then.hour), dict.fromkeys((*NUMBERS, "worst_ms"), 0))
        _add(hour, one.ms)
    if hours:
        place = f"({', '.join(['%s'] * len(COLUMNS))})"
        values: list[Any] = [
            value
            for (day, number), hour in sorted(hours.items())
            for value in (uuid7(), this_node(), facility_id, day, number, *hour.values())
        ]
        with connection.cursor() as cursor:
            cursor.execute(TELL.replace("%(rows)s", ", ".join([place] * len(hours))), values)
    return len(hours)


def _add(hour: dict[str, int], ms: int | None) -> None:
    if ms is None:
        hour["failures"] += 1
        return
    ms = min(ms, LONGEST_MS)
    hour["readings"] += 1
    hour["sum_ms"] += ms
    hour["worst_ms"] = max(hour["worst_ms"], ms)
    hour[next(name for name, upper in BUCKETS.items() if upper is None or ms <= upper)] += 1
