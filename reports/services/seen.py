"""Who looked at the rows behind a figure."""

from datetime import date, datetime
from typing import Any

from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act


@act
def note_rows_seen(*, measure: str, facility: Facility, day: date, actor: Any, at: datetime) -> None:
    """Write down that somebody read which rows a figure was counted from."""
    facts.record(
        "reports.rows_viewed", about=facility, actor=actor, at=at, measure=measure, day=day.isoformat()
    )
