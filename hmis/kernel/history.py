"""Row history by triggers: bulk changes and raw SQL are seen too."""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
from django.db import models
from django.db.models import Func, UUIDField
from pghistory.models import Event

M = TypeVar("M", bound=type[models.Model])


class Uuid7(Func):
    """PostgreSQL's own uuidv7(): triggers write rows that Python never sees."""

    function = "uuidv7"
    output_field = UUIDField()


class Setting(Func):
    """The UUID that the act has set for its transaction, or NULL."""

    template = "NULLIF(current_setting(%(expressions)s, true), '')::uuid"
    output_field = UUIDField()


class HistoryEvent(Event):
    """One version of a row: when, by whom, at which facility. Its key needs no counter."""

    pgh_id = models.UUIDField(primary_key=True, db_default=Uuid7(), editable=False)  # type: ignore[assignment]
    pgh_actor_id = models.UUIDField(null=True, db_default=Setting(models.Value("hmis.actor")))
    pgh_facility_id = models.UUIDField(null=True, db_default=Setting(models.Value("hmis.facility")))

    class Meta:
        abstract = True


def tracked(*, exclude: list[str] | None = None) -> Callable[[M], M]:
    """Keep every version of this model's rows: inserts, updates and deletes."""

    def track(model: M) -> M:
        trackers: list[Any] = [pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()]
        return pghistory.track(
            *trackers,
            base_model=HistoryEvent,
            context_field=None,  # type: ignore[arg-type]
            exclude=exclude,
        )(model)

    return track
