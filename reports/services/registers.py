"""Write down that a register was read or left the house."""

from datetime import datetime
from typing import Any

from billing.queries import Days
from hmis.kernel import facts
from hmis.kernel.acts import act


@act
def note_register_seen(*, code: str, days: Days, form: str = "", actor: Any, at: datetime) -> None:
    """Somebody read a register of these days, or took it out of the house as a file (`form`)."""
    span = f"{days.begins:%Y-%m-%d} {days.ends:%Y-%m-%d}"
    said: dict[str, Any] = {"about": actor, "actor": actor, "at": at, "register": code, "days": span}
    if form:
        facts.record("reports.register_exported", **said, form=form)
    else:
        facts.record("reports.register_viewed", **said)
