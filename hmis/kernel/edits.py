"""A row put right from a form, unless somebody else changed it since the form was opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts
from hmis.kernel.errors import Refusal, refusing

M = TypeVar("M", bound=models.Model)
CHANGED = _("Somebody else changed this meanwhile. Open the page again before you save.")


def refuse_changed(now: Any, seen: Any, sentence: Any = CHANGED) -> None:
    """Refuse what was filled in from another state (`seen`: a `rev`, a digest) than the row has `now`."""
    if now != seen:
        raise Refusal(sentence)


def version_shown(row: Any) -> int:
    """What a form carries of a row that may not be there yet: 0, or its `rev` + 1."""
    return 0 if row is None or row._state.adding else row.rev + 1


def take_over(row: models.Model, details: Mapping[str, Any]) -> list[str]:
    """Give the row what is said of it; the names of what that changed. Nothing is written yet."""
    changed = [name for name, value in details.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, details[name])
    return changed


def put_right(fact: str, row: M, details: Mapping[str, Any], *, actor: Any, at: datetime, **told: Any) -> M:
    """Write what differs on a locked row, and the fact of it; gives the row as it stands now."""
    changed = take_over(row, details)
    if changed:
        with refusing(type(row)):
            row.save(update_fields=changed)
        facts.record(fact, about=row, actor=actor, at=at, fields=changed, **told)
        row.refresh_from_db()
    return row
