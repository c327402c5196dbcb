"""The rows of clinical content, and which of them a hospital has approved. Serves every app's kinds."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from patients.models import CONTENT, Content, ContentApproval, ContentEdition

Stated = list[tuple[Any, str]]
# Each kind's rows as the state has them, with what its edition said when they were read.
_stated: dict[str, tuple[tuple[Any, ...], Stated]] = {}


def stated_rows(kind: str) -> Stated:
    """(row, digest) of a kind, without what left the list; read once for each edition. Not to be changed."""
    edition = ContentEdition.objects.filter(kind=kind).values_list("rev", "loaded_at", "digest").first()
    held = _stated.get(kind)
    if held is None or edition is None or held[0] != edition:
        rows = [(row, row.digest()) for row in CONTENT[kind]._default_manager.filter(is_withdrawn=False)]
        held = edition or (), rows
        _stated[kind] = held
    return held[1]


def approved_rows(kind: str, facility_id: UUID | None) -> set[UUID]:
    """The rows of a kind whose approval stands here: given to exactly what they say now. Two questions."""
    if facility_id is None:
        return set()
    approvals = ContentApproval.objects.filter(facility=facility_id, kind=kind, withdrawn_at=None)
    given = set(approvals.values_list("row_id", "digest"))
    return {row.pk for row, digest in stated_rows(kind) if (row.pk, digest) in given} if given else set()


@dataclass(frozen=True)
class ContentRow:
    """A row of content with the word that it is approved here, if it is."""

    row: Any
    digest: str
    approval_id: UUID | None
    approved_at: Any
    approved_by: str
    # Whether this person is the one to approve it.
    is_mine: bool

    @cached_property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What the row says, field by field: a page shows a few of all that were found."""
        return _fields(self.row)


def content_of(
    kind: str,
    facility_id: UUID | None,
    *,
    words: str = "",
    only: str = "",
    row_id: str = "",
    is_mine: Callable[[Content], bool] = lambda _row: True,
) -> list[ContentRow]:
    """The rows of a kind that fit every word; `only`: `waiting` or `approved`; `row_id`: that one.

    `is_mine` says of a row whether whoever asks is the one to approve it.
    """
    approvals = {
        (row, digest): (pk, at, name)
        for pk, row, digest, at, name in ContentApproval.objects.filter(
            facility=facility_id, kind=kind, withdrawn_at=None
        ).values_list("pk", "row_id", "digest", "approved_at", "approved_by__name")
    }
    asked = words.casefold().split()
    found = []
    for row, digest in stated_rows(kind):
        pk, at, name = approvals.get((row.pk, digest), (None, None, ""))
        wanted = {"waiting": pk is None, "approved": pk is not None}.get(only, True)
        text = f"{row} {row.key}".casefold()
        if wanted and (not row_id or str(row.pk) == row_id) and all(word in text for word in asked):
            found.append(ContentRow(row, digest, pk, at, name, is_mine(row)))
    return found


def _fields(row: Any) -> tuple[tuple[str, str], ...]:
    """What the row says, field by field, without what its name says already or does not say at all."""
    told, of_itself = [], str(row)
    for name in row.SAID:
        value = getattr(row, name)
        field = row._meta.get_field(name)
        if value in (None, "", [], False) or str(value) in of_itself:
            continue
        if isinstance(value, list):
            value = ", ".join(value)
        elif isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        elif field.choices:
            value = getattr(row, f"get_{name}_display")()
        told.append((str(field.verbose_name), str(_("yes")) if value is True else str(value)))
    return tuple(told)
