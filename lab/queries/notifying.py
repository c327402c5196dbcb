"""The weekly form L of IDSP: samples tested and positive by disease, and whose the positive ones are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from billing.queries import Days
from lab.models import DiagnosticReport, ResultLine
from lab.notifying import Disease, diseases, is_positive
from patients.models import Patient
from patients.queries import withhold_names

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Finding:
    """A sample that is positive for a disease, or that a person has to read, with the lines that say so."""

    patient: Patient
    number: str
    test: Any
    department: Any
    collected_at: Any
    lines: list[ResultLine]
    is_positive: bool

    @property
    def age(self) -> str:
        """How old the patient was when the sample was taken; "" where no birth date is known."""
        return str(self.patient.age_on(timezone.localdate(self.collected_at)) or "")


@dataclass
class Counted:
    """A disease's line of the form."""

    disease: Disease
    tested: int = 0
    positive: int = 0
    to_read: int = 0
    findings: list[Finding] = field(default_factory=list)


def week_of(day: date) -> Days:
    """The week of this day, from Monday to Sunday."""
    first = day - timedelta(days=day.weekday())
    return Days(first, first + WEEK - timedelta(days=1))


def form_l(user: Any, week: Days) -> list[Counted]:
    """What was authorised in a week, by disease; a sample counts once for a disease, whatever tests it had.

    Samples are specimens; the report that stands counts, in the week in which it was first authorised.
    """
    reports = _reports(user, week)
    lines: dict[UUID, list[ResultLine]] = {}
    found = ResultLine.objects.visible_to(user).filter(order__in=[one.order_id for one in reports])
    for line in found.exclude(value="").select_related("analyte").order_by("analyte__position"):
        lines.setdefault(line.order_id, []).append(line)
    return [_counted(disease, reports, lines) for disease in diseases()]


def _reports(user: Any, week: Days) -> list[DiagnosticReport]:
    begins, ends = week.moments
    codes = {code for disease in diseases() for code in disease.tests}
    linked = ("order__test", "order__specimen", "order__department", "patient")
    reports = DiagnosticReport.objects.visible_to(user).filter(
        version=1, authorised_at__gte=begins, authorised_at__lt=ends, order__test__code__in=codes
    )
    return list(reports.select_related(*linked).order_by("authorised_at", "pk"))


def _counted(
    disease: Disease, reports: Sequence[DiagnosticReport], lines: dict[UUID, list[ResultLine]]
) -> Counted:
    counted = Counted(disease)
    samples: dict[UUID, list[DiagnosticReport]] = {}
    for report in reports:
        if report.order.test.code in disease.tests:
            samples.setdefault(report.order.specimen_id or report.order_id, []).append(report)
    for of_sample in samples.values():
        counted.tested += 1
        says = [line for report in of_sample for line in lines.get(report.order_id, [])]
        judged = [(line, _positive(line)) for line in says]
        positive = [line for line, is_it in judged if is_it]
        to_read = [line for line, is_it in judged if is_it is None]
        counted.positive += bool(positive)
        counted.to_read += bool(to_read and not positive)
        if positive or to_read:
            counted.findings.append(_finding(of_sample[0], positive or to_read, bool(positive)))
    return counted


def _positive(line: ResultLine) -> bool | None:
    return is_positive(line.value, value_type=line.analyte.value_type, choices=line.analyte.choices)


def _finding(report: DiagnosticReport, lines: list[ResultLine], positive: bool) -> Finding:
    order, specimen = report.order, report.order.specimen
    number = specimen.accession_number if specimen else order.slip_number
    at = specimen.collected_at if specimen else order.ordered_at
    return Finding(report.patient, number, order.test, order.department, at, lines, positive)


def line_list(counted: Sequence[Counted]) -> list[tuple[Disease, Finding]]:
    """Who is listed by person, disease by disease; names that a list must not say are withheld."""
    listed = [(one.disease, finding) for one in counted if one.disease.is_listed for finding in one.findings]
    withhold_names(finding.patient for _disease, finding in listed)
    return listed


def list_rows(listed: Sequence[tuple[Disease, Finding]]) -> Iterator[list[Any]]:
    """The list as a sheet's rows."""
    for disease, one in listed:
        said = "; ".join(f"{line.analyte}: {line.value}" for line in one.lines)
        yield [
            disease.name,
            one.number,
            one.patient.listed_name,
            one.age,
            one.patient.get_sex_display(),
            "" if getattr(one.patient, "is_withheld", False) else one.patient.place,
            str(one.department),
            timezone.localdate(one.collected_at).isoformat(),
            said,
        ]
