"""A hospital's roll-out, made plainly."""

from datetime import date
from uuid import uuid4

from hmis.kernel.models import AuditEntry
from reports import services
from reports.models import LinkHour, ModuleExpectation, ModuleUse, RolloutSetting, RolloutStep
from reports.states import Module, RolloutStatus, StepKind


def make_step(facility, kind=StepKind.DEVICES, **changes):
    """A step that is due on a day of 2026."""
    details = {"due_on": date(2026, 7, 1), "responsible": "Dr. Oraon"}
    return RolloutStep.objects.create(facility=facility, kind=kind, **details | changes)


def make_setting(facility, **changes):
    details = {"open_days": [0, 1, 2, 3, 4, 5]}
    return RolloutSetting.objects.create(facility=facility, **details | changes)


def make_expectation(facility, module=Module.OPD, a_week=100):
    return ModuleExpectation.objects.create(facility=facility, module=module, a_week=a_week)


def make_use(facility, day, module=Module.OPD, **changes):
    """A day on which something was done with the module."""
    counts = {"transactions": 10, "transactions_7": 10, "users_7": 2, "transactions_30": 10, "users_30": 2}
    return ModuleUse.objects.create(facility=facility, day=day, module=module, **counts | changes)


def make_hour(facility, day, hour=10, ms=90, **changes):
    """An hour in which one PC reached the server."""
    counts = {"readings": 1, "sum_ms": ms, "worst_ms": ms, "to_100": 1}
    return LinkHour.objects.create(facility=facility, day=day, hour=hour, **counts | changes)


def fact(name, actor, at, facility=None, about_id=None):
    """An audit row, as an act would write it."""
    return AuditEntry.objects.create(
        name=name,
        actor=actor,
        facility_id=facility.pk if facility else actor.posting.facility_id,
        at=at,
        about="tests.thing",
        about_id=about_id or uuid4(),
    )


def plan(facility, actor, at, kind=StepKind.DEVICES, to=RolloutStatus.PLANNED, **changes):
    """A step as somebody says it."""
    details = {"due_on": None, "done_on": None, "responsible": "", "remarks": ""}
    asked = {
        "rev": changes.pop("rev", services.NOT_THERE),
        "request_key": changes.pop("request_key", uuid4()),
    }
    return services.set_step(
        facility=facility, kind=kind, to=to, details=details | changes, actor=actor, at=at, **asked
    )
