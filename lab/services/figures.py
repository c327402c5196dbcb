"""What is written down when figures and lists of the laboratory are seen or taken out."""

from datetime import datetime
from typing import Any

from billing.queries import Days
from hmis.kernel import facts
from hmis.kernel.acts import act


@act
def note_figures_exported(*, of: str, days: Days, actor: Any, at: datetime) -> None:
    """Write down that figures left as a sheet."""
    _note("lab.figures_exported", days, actor, at, of=of)


@act
def note_notifiable_seen(*, days: Days, found: int, actor: Any, at: datetime) -> None:
    """Write down that somebody read the notifiable results of a week by person."""
    _note("lab.notifiable_viewed", days, actor, at, found=found)


@act
def note_notifiable_exported(*, of: str, days: Days, actor: Any, at: datetime) -> None:
    """Write down that the counts, or the list of persons, left as a sheet."""
    _note("lab.notifiable_exported", days, actor, at, of=of)


def _note(name: str, days: Days, actor: Any, at: datetime, **detail: Any) -> None:
    span: dict[str, Any] = {"first": days.begins.isoformat(), "last": days.ends.isoformat()}
    facts.record(name, about=actor.posting.facility or actor, actor=actor, at=at, **span, **detail)
