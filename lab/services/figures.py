"""What is written down when figures and lists of the laboratory are seen or taken out."""

from datetime import datetime
from typing import Any

from billing.queries import Days
from facilities.models import Facility
from hmis.kernel import facts
from hmis.kernel.acts import act


@act
def note_figures_exported(*, of: str, days: Days, actor: Any, at: datetime) -> None:
    """Write down that figures left as a sheet."""
    facts.record("lab.figures_exported", about=_where(actor), actor=actor, at=at, of=of, **_span(days))


@act
def note_notifiable_seen(*, days: Days, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody read the notifiable results of a week by person."""
    facts.record("lab.notifiable_viewed", about=_where(actor), actor=actor, at=at, found=found, **_span(days))


@act
def note_notifiable_exported(*, of: str, days: Days, actor: Any, at: datetime) -> None:
    """Write down that the counts, or the list of persons, left as a sheet."""
    facts.record("lab.notifiable_exported", about=_where(actor), actor=actor, at=at, of=of, **_span(days))


def _where(actor: Any) -> Facility | Any:
    return actor.posting.facility or actor


def _span(days: Days) -> dict[str, Any]:
    return {"first": days.begins.isoformat(), "last": days.ends.isoformat()}
