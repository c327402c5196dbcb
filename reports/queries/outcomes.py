"""How stays ended, and which diagnoses were written: as somebody inside or outside the hospital may see it.

Outside, what befell fewer than five people is masked with what would give it away. One table is masked for
all pages of one reader, that of the widest place that they see, by its parts: a page of a part tells the
part's line of it, and of what lies deeper nothing (docs/adr/0396). Two tables of the same counts, masked
apart, would tell together what each hides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ipd.states import DischargeType
from reports.indicators import Sums, total
from reports.masking import Shown, masked_line, masked_table
from reports.queries.scopes import Scope
from reports.queries.spans import Spans
from reports.queries.sums import sums

KINDS = tuple(DischargeType)
UNWISHED = (DischargeType.DIED, DischargeType.LAMA, DischargeType.ABSCONDED, DischargeType.REFERRED)


@dataclass(frozen=True)
class Outcomes:
    """Discharges by kind: of each part of the widest place, and of the whole; None is masked."""

    own: Scope
    # In the order of KINDS, by the part's key; its sum; the same of the whole.
    lines: Mapping[UUID, Sequence[Shown]]
    sums: Mapping[UUID, Shown]
    whole: Sequence[Shown]
    total: Shown

    def of(self, scope: Scope) -> dict[DischargeType, Shown]:
        """What a place may be told by: the whole, a part, or nothing."""
        part = self.own.part_of(scope)
        told = self.whole if scope.place == self.own.place else self.lines.get(part, ()) if part else ()
        return dict(zip(KINDS, told or [None] * len(KINDS), strict=True))

    def sum_of(self, scope: Scope) -> Shown:
        """All discharges of a place, where they may be told."""
        part = self.own.part_of(scope)
        return self.total if scope.place == self.own.place else self.sums.get(part) if part else None


def outcomes(own: Scope, held: Sums, *, is_outside: bool) -> Outcomes:
    """The discharges of `held` by the parts of a place; masked for whoever is outside the hospitals."""
    parts = own.parts()
    rows = [
        [int(total(held, "discharges", (kind,), {one.pk for one in its})) for kind in KINDS]
        for its in parts.values()
    ]
    keys = [one.pk for one in parts]
    if not is_outside:
        sums = [sum(row) for row in rows]
        whole = [sum(column) for column in zip(*rows, strict=True)] or [0] * len(KINDS)
        return Outcomes(
            own, dict(zip(keys, rows, strict=True)), dict(zip(keys, sums, strict=True)), whole, sum(sums)
        )
    table = masked_table(rows)
    lines = dict(zip(keys, table.rows, strict=True))
    return Outcomes(
        own, lines, dict(zip(keys, table.row_totals, strict=True)), table.column_totals, table.total
    )


def told_line(own: Scope, scope: Scope, counts: Mapping[UUID, int]) -> Shown:
    """A count of `scope` as somebody outside may see it, from those of all hospitals of the own place."""
    parts = own.parts()
    shown, whole = masked_line([sum(counts.get(one.pk, 0) for one in its) for its in parts.values()])
    if scope.place == own.place:
        return whole
    told: dict[Any, Shown] = dict(zip((one.pk for one in parts), shown, strict=True))
    part = own.part_of(scope)
    return told.get(part) if part else None


def ends_of_stays(
    scope: Scope, own: Scope, spans: Spans, *, is_outside: bool
) -> list[tuple[DischargeType, Shown, Shown]]:
    """(kind, this month, the month before) of discharges that nobody wished for.

    `own`: the widest place of whoever looks; from outside the hospitals its table is masked, and a part is
    told by its line.
    """
    held = sums(("discharges",), own.ids, spans.month, spans.before)
    now, before = (outcomes(own, one, is_outside=is_outside).of(scope) for one in held)
    return [(kind, now[kind], before[kind]) for kind in UNWISHED]
