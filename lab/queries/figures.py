"""Figures of the laboratory over some days: how long it takes, what it rejects, who does how much.

Confidential tests (lab/data/SOURCES.md) and tests with few reports are counted together, never by themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    When,
)
from django.db.models.functions import Coalesce, Extract, ExtractHour
from django.utils.translation import gettext as _

from billing.queries import Days
from lab.models import AnalyteDefinition, DiagnosticReport, ResultLine, Specimen
from lab.states import Priority, RejectReason, Section, SpecimenStatus

# Fewer reports than these say something of a person, and nothing of the laboratory.
FEWEST = 5
OTHERS = ""


class Percentile(Aggregate):
    """The value below which a share of the rows lies (percentile_cont)."""

    template = "percentile_cont(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()

    def __init__(self, expression: Any, share: Decimal, **options: Any) -> None:
        super().__init__(expression, share=share, **options)


@dataclass(frozen=True)
class Turnaround:
    """How long reports took, from the collected specimen (imaging: from the order) to the first authorisation."""

    section: str
    code: str
    name: str
    name_hi: str
    priority: str
    count: int
    median: int
    ninth: int
    # Of those whose test has a target, how many were within it.
    within: int
    with_target: int

    @property
    def section_label(self) -> str:
        return str(Section(self.section).label)

    @property
    def priority_label(self) -> str:
        return str(Priority(self.priority).label)

    @property
    def share(self) -> int | None:
        """Percent within the target; None where there is none."""
        return round(100 * self.within / self.with_target) if self.with_target else None


def _reports(user: Any, days: Days) -> QuerySet[DiagnosticReport]:
    """The first versions of these days, with how many minutes each took and what its target was."""
    begins, ends = days.moments
    began = Coalesce(F("order__specimen__collected_at"), F("order__ordered_at"))
    took = ExpressionWrapper(F("authorised_at") - began, output_field=DurationField())
    urgent = Q(order__priority=Priority.URGENT)
    return (
        DiagnosticReport.objects.visible_to(user)
        .filter(version=1, authorised_at__gte=begins, authorised_at__lt=ends)
        .annotate(
            took=took,
            minutes=Extract(took, "epoch") / 60.0,
            target=Case(
                When(urgent, then=Coalesce("order__test__urgent_minutes", "order__test__routine_minutes")),
                default=F("order__test__routine_minutes"),
            ),
        )
    )


MEASURES: dict[str, Any] = {
    "count": Count("pk"),
    "median": Percentile("minutes", Decimal("0.5")),
    "ninth": Percentile("minutes", Decimal("0.9")),
    "with_target": Count("pk", filter=Q(target__isnull=False)),
    "within": Count("pk", filter=Q(minutes__lte=F("target"))),
}


def turnaround_of_sections(user: Any, days: Days) -> list[Turnaround]:
    """By section, routine and urgent apart; one question."""
    rows = _reports(user, days).values(section=F("order__test__section"), priority=F("order__priority"))
    return _turnarounds(rows.annotate(**MEASURES).order_by("section", "priority"))


def turnaround_of_tests(user: Any, days: Days) -> list[Turnaround]:
    """By test; what must not stand by itself is counted as other tests of its section. One question."""
    confidential = AnalyteDefinition.objects.filter(is_confidential=True, code=Any_("order__test__members"))
    few = Count("pk")
    del few
    rows = (
        _reports(user, days)
        .annotate(hidden=Exists(confidential))
        .values(
            "hidden",
            section=F("order__test__section"),
            priority=F("order__priority"),
            code=F("order__test__code"),
            name=F("order__test__name"),
            name_hi=F("order__test__name_hi"),
        )
    )
    return _turnarounds(rows.annotate(**MEASURES).order_by("section", "code", "priority"))
