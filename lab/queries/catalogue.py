"""What a hospital's laboratory knows of its analytes: one snapshot in the process, renewed when it changes.

As the formulary's (docs/adr/0301): one question says whether anything moved; then the rows are read once,
those that the state has loaded for all its hospitals.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.db import connection

from lab.models import LAB_CONTENT, AnalyteDefinition, CriticalLimit, DeltaLimit, ReferenceRange
from lab.ranges import Band, Critical, DeltaRule, Validity
from lab.states import DeltaKind
from patients.models import ContentApproval

MOST_HELD = 8
ANY_ANALYTE = "*"
IN_FORCE = {"is_withdrawn": False}
STAMP = """
    SELECT (SELECT string_agg(kind || rev || loaded_at::text || digest, ',' ORDER BY kind)
            FROM patients_contentedition WHERE kind = ANY (%(kinds)s)),
           (SELECT count(*) || '/' || coalesce(sum(rev), 0) || coalesce(max(id::text), '')
            FROM patients_contentapproval WHERE facility_id = %(at)s AND kind = ANY (%(kinds)s))
"""
Stamp = tuple[str | None, ...]


@dataclass(frozen=True)
class Analyte:
    """An analyte with what its values are held against at one hospital."""

    row: AnalyteDefinition
    bands: tuple[Band, ...]
    limits: tuple[Critical, ...]
    # Only those that the hospital has approved: the sources ask for a local study (lab/data/SOURCES.md).
    deltas: tuple[DeltaRule, ...]


@dataclass(frozen=True)
class Analytes:
    """All analytes of the state as one hospital uses them."""

    facility_id: UUID
    by_code: Mapping[str, Analyte]
    by_id: Mapping[UUID, Analyte]

    def of(self, codes: list[str]) -> list[Analyte]:
        """These, in their order; what the state no longer lists is left out."""
        return [self.by_code[code] for code in codes if code in self.by_code]


_held: "OrderedDict[UUID, tuple[Stamp, Analytes]]" = OrderedDict()


def analytes_at(facility_id: UUID) -> Analytes:
    """The analytes of a hospital with their ranges and limits; one query, unless something changed."""
    with connection.cursor() as cursor:
        cursor.execute(STAMP, {"at": facility_id, "kinds": list(LAB_CONTENT)})
        stamp: Stamp = tuple(cursor.fetchone())
    held = _held.get(facility_id)
    if held is None or held[0] != stamp:
        held = stamp, _read(facility_id, stamp[0])
        _held[facility_id] = held
        while len(_held) > MOST_HELD:
            _held.popitem(last=False)
    _held.move_to_end(facility_id)
    return held[1]


@dataclass(frozen=True)
class _Content:
    """What the state has loaded: the same rows for every hospital."""

    analytes: Sequence[AnalyteDefinition]
    ranges: Sequence[ReferenceRange]
    limits: Sequence[CriticalLimit]
    deltas: Sequence[DeltaLimit]


@lru_cache(maxsize=2)
def _content(_edition: str | None) -> _Content:
    return _Content(
        list(AnalyteDefinition.objects.all()),  # what has left the list is still read where it was reported
        list(ReferenceRange.objects.filter(**IN_FORCE)),
        list(CriticalLimit.objects.filter(**IN_FORCE)),
        list(DeltaLimit.objects.filter(**IN_FORCE)),
    )


def _read(facility_id: UUID, edition: str | None) -> Analytes:
    content = _content(edition) if edition else _content.__wrapped__(None)
    approved = set(
        ContentApproval.objects.filter(
            facility=facility_id, kind__in=LAB_CONTENT, withdrawn_at=None
        ).values_list("row_id", "digest")
    )

    def valid_of(row: ReferenceRange | CriticalLimit | DeltaLimit) -> Validity:
        return row.valid_from, row.valid_till

    def stands(row: ReferenceRange | CriticalLimit | DeltaLimit) -> bool:
        return bool(approved) and (row.pk, row.digest()) in approved

    bands: dict[str, list[Band]] = {}
    for one in content.ranges:
        edges = one.age_from_days, one.age_to_days, one.pregnancy, one.low, one.high
        bands.setdefault(one.analyte_code, []).append(
            Band(one.sex, *edges, one.text_range, stands(one), valid_of(one))
        )
    limits: dict[str, list[Critical]] = {}
    for limit in content.limits:
        said = limit.population, limit.low, limit.high, limit.text_rule
        limits.setdefault(limit.analyte_code, []).append(Critical(*said, stands(limit), valid_of(limit)))
    deltas: dict[str, list[DeltaRule]] = {}
    for delta in content.deltas:
        if delta.limit is not None and stands(delta):
            rule = DeltaRule(
                delta.delta_kind == DeltaKind.PERCENT, delta.limit, delta.window_days, valid_of(delta)
            )
            deltas.setdefault(delta.analyte_code, []).append(rule)
    analytes = [
        Analyte(
            row,
            tuple(bands.get(row.code, ())),
            tuple(limits.get(row.code, ())),
            (*deltas.get(row.code, ()), *deltas.get(ANY_ANALYTE, ())),
        )
        for row in content.analytes
    ]
    return Analytes(
        facility_id,
        {one.row.code: one for one in analytes},
        {one.row.pk: one for one in analytes},
    )
