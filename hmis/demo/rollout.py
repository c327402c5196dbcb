"""The demo's roll-out: how far each hospital says it is, and a week of its link."""

from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

from facilities.models import Facility
from reports import services
from reports.models import BUCKETS, LinkHour, ModuleExpectation, RolloutSetting, RolloutStep
from reports.states import Module, RolloutStatus, StepKind

OFFICERS = ("Dr. Anil Oraon", "Smt. Sunita Kujur", "Shri Rakesh Mahto", "Dr. Shabnam Ansari")
# What a hospital of the demo's size does in a week.
EXPECTED = {Module.OPD: 120, Module.ROOM: 60, Module.LAB: 40, Module.IPD: 30, Module.BILLING: 80}
WEEK = timedelta(days=7)


def seed_rollout(live: set[str], now: datetime) -> None:
    """Steps, expectations and a week of links; nothing where something is said already."""
    if RolloutStep.objects.exists():
        return
    today, dice = timezone.localdate(now), Random("rollout")
    for number, facility in enumerate(Facility.objects.order_by("code")):
        _plan(facility, today, dice, number, is_live=facility.code in live)
        if facility.code in live or number % 3 == 0:
            _link(facility, now, dice, slow=number % 9 == 0)
        if facility.code in live:
            _expect(facility)
            services.count_use(facility_id=facility.pk, at=now)


def _plan(facility: Facility, today: date, dice: Random, number: int, *, is_live: bool) -> None:
    done = len(StepKind) if is_live else number % 4
    rows = []
    for place, kind in enumerate(StepKind):
        due = today + timedelta(days=14 * (place - done) + dice.randint(-6, 12))
        day = min(due, today - timedelta(days=1)) if place < done else None
        rows.append(
            RolloutStep(
                facility=facility,
                kind=kind,
                status=RolloutStatus.DONE if day else RolloutStatus.PLANNED,
                due_on=day or due,
                done_on=day,
                responsible=dice.choice(OFFICERS),
            )
        )
    RolloutStep.objects.bulk_create(rows if number % 7 or is_live else [])


def _expect(facility: Facility) -> None:
    RolloutSetting.objects.create(facility=facility, open_days=[0, 1, 2, 3, 4, 5])
    rows = [ModuleExpectation(facility=facility, module=one, a_week=EXPECTED.get(one, 0)) for one in Module]
    ModuleExpectation.objects.bulk_create(rows)


def _link(facility: Facility, now: datetime, dice: Random, *, slow: bool) -> None:
    """A week of its hours, some of them without contact."""
    hour, rows = timezone.localtime(now - WEEK).replace(minute=0), []
    while hour < now - timedelta(hours=1):
        if 8 <= hour.hour < 16 and dice.random() > (0.3 if slow else 0.05):
            trips = [dice.randint(700, 2400) if slow else dice.randint(60, 380) for _ in range(6)]
            rows.append(_hour(facility, hour, trips, dice.choice((0, 0, 0, 2))))
        hour += timedelta(hours=1)
    LinkHour.objects.bulk_create(rows)


def _hour(facility: Facility, hour: datetime, trips: list[int], failures: int) -> LinkHour:
    row = LinkHour(facility=facility, day=hour.date(), hour=hour.hour, failures=failures)
    row.readings, row.sum_ms, row.worst_ms = len(trips), sum(trips), max(trips)
    for ms in trips:
        name = next(name for name, upper in BUCKETS.items() if upper is None or ms <= upper)
        setattr(row, name, getattr(row, name) + 1)
    return row
