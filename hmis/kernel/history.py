"""Row history by triggers: bulk changes and raw SQL are seen too."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Func, UUIDField
from django.utils import timezone
from django.utils.translation import gettext as _
from pghistory.models import Event

from hmis.kernel import registered
from hmis.kernel.money import MoneyField
from hmis.kernel.templatetags.ui import rupees

M = TypeVar("M", bound=type[models.Model])
registered.keep_names()


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


class ReplacedVersion(HistoryEvent):
    """A version of a row as it was until `pgh_created_at`, when that person at that hospital replaced it.

    These are a row's `replaced_versions`. Its `history_events` are what each change made of it: who reads
    those (`version_of`, `changes_of`, the audit's pages) finds none here, rather than one version too early.
    """

    class Meta:
        abstract = True


def tracked(
    *, exclude: list[str] | None = None, only_replaced: bool = False, kept_elsewhere: list[str] | None = None
) -> Callable[[M], M]:
    """Keep every version of this model's rows: inserts, updates and deletes.

    A change of what is excluded alone (a password, the last login) is no new version. `only_replaced` writes
    nothing at an INSERT, and at each change the row as it was: a version is an event or the row itself. It is
    for what many desks write all day and few change. What is `kept_elsewhere` (each text of a note is a row
    of its own) is left out of the versions; its change is one all the same, since `rev` rises.
    """
    updated = pghistory.UpdateEvent(row=pghistory.Old if only_replaced else pghistory.New)
    if exclude:
        updated.condition = pgtrigger.AnyChange(exclude=[*exclude, "rev"])
    inserted = [] if only_replaced else [pghistory.InsertEvent()]

    def track(model: M) -> M:
        trackers: list[Any] = [*inserted, updated, pghistory.DeleteEvent()]
        events = pghistory.create_event_model(
            model,
            *trackers,
            base_model=ReplacedVersion if only_replaced else HistoryEvent,
            context_field=None,  # type: ignore[arg-type]
            exclude=[*(exclude or ()), *(kept_elsewhere or ())],
            abstract=False,
        )
        _index_the_row_alone(events)
        return model

    return track


def _index_the_row_alone(events: type[models.Model]) -> None:
    """Versions are asked for by their row: pghistory would have each change keep an index of every key."""
    keys: list[Any] = events._meta.local_fields
    for field in keys:
        field.db_index = field.name == "pgh_obj"


def version_of(row: models.Model) -> int:
    """How many versions of this row its history holds: what a form was opened with."""
    return int(row.history_events.count())  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Change:
    """What somebody did to a row: when, who, and each field from → to, in words."""

    at: datetime
    by: str
    is_first: bool
    fields: list[tuple[str, str, str]]


def changes_of(row: models.Model, *, most: int = 60) -> list[Change]:
    """The newest changes of a tracked row, newest first.

    A model says in `in_history` how a field of its own kind reads in a version: {"birth_date": birth_in};
    in `untold` which fields say nothing new (when a step was taken stands above each change), in `told` which
    do though no form asks for them, and in `told_with` which columns change a field as its own does.
    """
    events: Any = row.history_events  # type: ignore[attr-defined]
    newest = list(events.order_by("-pgh_created_at", "-pgh_id").values()[: most + 1])
    pairs = list(zip(newest, [*newest[1:], None], strict=True))[:most]
    words = _Words(type(row), newest)
    people = get_user_model()._default_manager.in_bulk({one["pgh_actor_id"] for one in newest} - {None})
    found = []
    for now, before in pairs:
        fields = words.between(before, now) if before else []
        if fields or now["pgh_label"] == "insert":
            by = str(people.get(now["pgh_actor_id"], ""))
            found.append(Change(now["pgh_created_at"], by, now["pgh_label"] == "insert", fields))
    return found


def since(row: models.Model, rev: int, changes: list[Change]) -> list[Change]:
    """Of a row's changes those that came after this revision: what met a form that was opened with it."""
    opened = row.history_events.filter(rev=rev).aggregate(at=models.Max("pgh_created_at"))["at"]  # type: ignore[attr-defined]
    return [one for one in changes if opened is None or one.at > opened]


class _Words:
    """Says the values of one model's fields; names of linked rows are looked up once per table."""

    def __init__(self, model: type[models.Model], versions: list[dict[str, Any]]) -> None:
        told, untold = getattr(model, "told", ()), getattr(model, "untold", ())
        self.fields = [
            field
            for field in model._meta.concrete_fields
            if (field.editable or field.name in told) and field.name not in untold
        ]
        self.special: Mapping[str, Callable[[dict[str, Any]], str]] = getattr(model, "in_history", {})
        self.beside: Mapping[str, Sequence[str]] = getattr(model, "told_with", {})
        self.names: dict[str, dict[Any, Any]] = {}
        if len(versions) > 1:
            for field in self.fields:
                if field.related_model and len({one.get(field.attname) for one in versions}) > 1:
                    self.names[field.attname] = self._names_of(field, versions)

    def _names_of(self, field: Any, versions: list[dict[str, Any]]) -> dict[Any, Any]:
        keys = {one[field.attname] for one in versions} - {None}
        return field.related_model._default_manager.in_bulk(keys)  # type: ignore[no-any-return]

    def between(self, before: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, str, str]]:
        changed = [
            field
            for field in self.fields
            if field.attname in now and any(before[name] != now[name] for name in self._columns(field))
        ]
        return [
            (str(field.verbose_name), self.said(field, before), self.said(field, now)) for field in changed
        ]

    def _columns(self, field: Any) -> list[str]:
        return [field.attname, *self.beside.get(field.name, ())]

    def said(self, field: Any, version: dict[str, Any]) -> str:
        value = version[field.attname]
        if field.name in self.special:
            return self.special[field.name](version)
        if value in (None, "", []):
            return "—"
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if field.attname in self.names:
            return str(self.names[field.attname].get(value, "—"))
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, MoneyField):
            return rupees(value)
        return _moment(value)


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d-%m-%Y %H:%M}"
    return f"{value:%d-%m-%Y}" if isinstance(value, date) else str(value)
