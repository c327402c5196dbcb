"""What of the laboratory's content a hospital has approved, and one test with all that is said of it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from facilities.models import Facility
from lab import choices, words
from lab.models import AnalyteDefinition, CriticalLimit, DeltaLimit, ReferenceRange, TestDefinition
from lab.states import DeltaKind, ValueType
from patients.models import ContentKind
from patients.queries.content import approved_rows

ANY_ANALYTE = "*"


def approved_here(facility: Facility | UUID | None, kind: str) -> set[UUID]:
    """The ids of the rows of this kind whose approval stands at this hospital (docs/adr/0340)."""
    return approved_rows(kind, facility.pk if isinstance(facility, Facility) else facility)


@dataclass(frozen=True)
class Told:
    """One thing that is said of an analyte's values, in words, with its source."""

    label: str
    whom: str
    value: str
    words: str
    source: str
    is_approved: bool


@dataclass(frozen=True)
class AnalyteSaid:
    """One result of a test with what its values are held against."""

    row: AnalyteDefinition
    is_approved: bool
    told: list[Told]

    @property
    def words(self) -> list[str]:
        """What it may be chosen from, in the reader's language."""
        return [choices.shown(word) for word in self.row.choices]


def analytes_of(test: TestDefinition, facility_id: UUID | None) -> list[AnalyteSaid]:
    """The results that a test gives, in its order, each with its ranges and limits, approved here or not."""
    rows = AnalyteDefinition.objects.filter(code__in=test.members, is_withdrawn=False)
    held = {one.code: one for one in rows}
    told: dict[str, list[Told]] = {}
    for model, say in SAYERS.items():
        approved = approved_here(facility_id, model.kind)
        for row in model.objects.in_force().filter(analyte_code__in=[*test.members, ANY_ANALYTE]):
            label, whom, value, in_words = say(row)
            source = f"{row.source}, {row.edition}".rstrip(", ")
            said = Told(label, whom, value, in_words, source, row.pk in approved)
            told.setdefault(row.analyte_code, []).append(said)
    approved = approved_here(facility_id, ContentKind.ANALYTE)
    return [
        AnalyteSaid(row, row.pk in approved, [*told.get(code, []), *_of_any(row, told)])
        for code in test.members
        if (row := held.get(code))
    ]


def _of_any(row: AnalyteDefinition, told: dict[str, list[Told]]) -> list[Told]:
    return told.get(ANY_ANALYTE, []) if row.value_type == ValueType.NUMBER else []


def _range(row: Any) -> tuple[str, str, str, str]:
    return _("usual"), row.whom, words.between(row.low, row.high), row.text_range


def _limit(row: Any) -> tuple[str, str, str, str]:
    counts = "or less" in row.text_rule or "or more" in row.text_rule
    value = words.outside(row.low, row.high, counts=counts)
    return _("critical"), str(row.get_population_display()), value, row.text_rule


def _delta(row: Any) -> tuple[str, str, str, str]:
    if row.limit is None:
        return _("change"), "", _("limit still to be set"), ""
    sign = " %" if row.delta_kind == DeltaKind.PERCENT else ""
    within = ngettext("within %(days)s day", "within %(days)s days", row.window_days or 0)
    whom = within % {"days": row.window_days} if row.window_days else ""
    return _("change"), whom, f"± {words.plain(row.limit)}{sign}", ""


SAYERS: dict[Any, Any] = {ReferenceRange: _range, CriticalLimit: _limit, DeltaLimit: _delta}
