"""Figures of the laboratory over some days: how long it takes, what it rejects, who does how much.

Confidential tests (lab/data/SOURCES.md) and tests with few reports are counted together, never by themselves.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Extract, ExtractHour
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.queries import Days
from hmis.kernel.aggregates import Percentile
from lab.models import (
    AnalyteDefinition,
    CriticalAcknowledgement,
    CriticalEscalation,
    DiagnosticReport,
    ResultLine,
    Specimen,
    TestDefinition,
)
from lab.queries.confidential import open_results
from lab.queries.orders import tests_in_use
from lab.states import Priority, RejectReason, Section, SpecimenStatus

# Fewer reports than these say something of a person, and nothing of the laboratory.
FEWEST = 5
OTHERS = ""


@dataclass(frozen=True)
class Turnaround:
    """How long reports took: from the collected specimen (imaging: the order) to the first authorisation."""

    section: str
    code: str
    name: str
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
    rows: Any = _reports(user, days).values(section=F("order__test__section"), priority=F("order__priority"))
    return [_turnaround(row) for row in rows.annotate(**MEASURES).order_by("section", "priority")]


def turnaround_of_tests(user: Any, days: Days) -> list[Turnaround]:
    """By test, routine and urgent apart; what must not stand by itself as other tests of its section."""
    counted = _reports(user, days).values_list("order__test__code", "order__test__members")
    confidential = confidential_codes()
    together = [
        code
        for code, members, count in counted.annotate(count=Count("pk")).order_by()
        if count < FEWEST or confidential & set(members)
    ]
    code = Case(When(order__test__code__in=together, then=Value(OTHERS)), default=F("order__test__code"))
    rows: Any = _reports(user, days).annotate(code=code)
    rows = rows.values("code", section=F("order__test__section"), priority=F("order__priority"))
    names = {one.code: one for one in tests_in_use()}
    found = [
        _turnaround(row, names.get(row["code"]))
        for row in rows.annotate(**MEASURES).order_by("section", "code", "priority")
    ]
    return sorted(found, key=lambda one: (one.section, one.code == OTHERS))


def confidential_codes() -> set[str]:
    """The analytes whose results are for those alone who treat the patient."""
    return set(AnalyteDefinition.objects.filter(is_confidential=True).values_list("code", flat=True))


def _turnaround(row: dict[str, Any], test: TestDefinition | None = None) -> Turnaround:
    return Turnaround(
        section=row["section"],
        code=row.get("code", ""),
        name=str(test) if test else row.get("code") or str(_("other tests")),
        priority=row["priority"],
        count=row["count"],
        median=round(row["median"]),
        ninth=round(row["ninth"]),
        within=row["within"],
        with_target=row["with_target"],
    )


# ── What was rejected ──


@dataclass(frozen=True)
class Rejected:
    """How many of a department's specimens could not be used, by reason."""

    department: str
    collected: int
    by_reason: list[int]

    @property
    def count(self) -> int:
        return sum(self.by_reason)

    @property
    def share(self) -> Decimal:
        """Percent of what was collected."""
        share = Decimal(100 * self.count) / self.collected if self.collected else Decimal(0)
        return share.quantize(Decimal("0.1"))


def rejections(user: Any, days: Days) -> list[Rejected]:
    """By department, of the specimens collected in these days; the reasons in their order. One question."""
    begins, ends = days.moments
    reasons = {
        f"r{place}": Count("pk", filter=Q(status=SpecimenStatus.REJECTED, reject_reason=reason))
        for place, reason in enumerate(RejectReason.values)
    }
    rows: Any = (
        Specimen.objects.visible_to(user)
        .filter(collected_at__gte=begins, collected_at__lt=ends)
        .values("encounter__department__name", "encounter__department__name_hi")
        .annotate(collected=Count("pk"), **reasons)
        .order_by("encounter__department__name")
    )
    hindi = get_language() == "hi"
    return [
        Rejected(
            row["encounter__department__name_hi" if hindi else "encounter__department__name"],
            row["collected"],
            [row[name] for name in reasons],
        )
        for row in rows
    ]


# ── Who does how much ──


@dataclass(frozen=True)
class Work:
    """How many results were entered, by whatever they are counted by."""

    label: str
    results: int
    orders: int


def _results(user: Any, days: Days) -> QuerySet[ResultLine]:
    begins, ends = days.moments
    here = ResultLine.objects.visible_to(user).exclude(value="")
    return here.filter(entered_at__gte=begins, entered_at__lt=ends)


def work_of_sections(user: Any, days: Days) -> list[Work]:
    """Results entered by section; one question."""
    rows = _work(_results(user, days), "order__test__section")
    return [Work(str(Section(of).label), results, orders) for of, results, orders in rows]


def work_of_people(user: Any, days: Days) -> list[Work]:
    """Results entered by technician; those without a person came from an analyser. One question."""
    rows = _work(_results(user, days), "entered_by__name")
    return [Work(of or str(_("from an analyser")), results, orders) for of, results, orders in rows]


def work_of_hours(user: Any, days: Days) -> list[Work]:
    """Results entered by hour of the day; one question."""
    by_hour = _results(user, days).annotate(hour=ExtractHour("entered_at"))
    return [Work(f"{of:02d}–{of + 1:02d}", results, orders) for of, results, orders in _work(by_hour, "hour")]


def _work(results: QuerySet[ResultLine], by: str) -> Any:
    counted = results.values_list(by).annotate(count=Count("pk"), orders=Count("order", distinct=True))
    return counted.order_by(by)


# ── Critical values, and reports that one person signed twice ──


@dataclass(frozen=True)
class Answers:
    """How long critical values waited for an answer, in minutes, and how often that was too long."""

    count: int
    median: int
    ninth: int
    late: int


def answers(user: Any, days: Days) -> Answers | None:
    """The answers of these days; None where there was none. Late: an escalation came before it."""
    begins, ends = days.moments
    same = Q(critical_at=OuterRef("critical_at")) | Q(critical_at=None)
    escalated = CriticalEscalation.objects.filter(same, line=OuterRef("line"), value=OuterRef("value"))
    rows = CriticalAcknowledgement.objects.visible_to(user).filter(at__gte=begins, at__lt=ends)
    found = rows.annotate(minutes=F("waited") / 60.0, is_late=Exists(escalated)).aggregate(
        count=Count("pk"),
        median=Percentile("minutes", Decimal("0.5")),
        ninth=Percentile("minutes", Decimal("0.9")),
        late=Count("pk", filter=Q(is_late=True)),
    )
    if not found["count"]:
        return None
    return Answers(found["count"], round(found["median"]), round(found["ninth"]), found["late"])


MOST_ALONE = 100


def signed_alone(user: Any, days: Days) -> list[DiagnosticReport]:
    """The reports that one person verified and authorised, with the reason: for the district to review."""
    begins, ends = days.moments
    rows = DiagnosticReport.objects.visible_to(user).exclude(alone_note="")
    these = rows.filter(authorised_at__gte=begins, authorised_at__lt=ends)
    open_ones = open_results(these, "order").select_related("order__test", "authorised_by")
    return list(open_ones.order_by("-authorised_at")[:MOST_ALONE])
