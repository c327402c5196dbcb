"""Reads of what was authorised: the newest version of each report, and how values went over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from facilities.models import Facility
from hmis.kernel import pdf, scope
from hmis.kernel.models import IssuedDocument
from hmis.kernel.plots import Plot, plot
from lab.models import AnalyteDefinition, DiagnosticReport, ResultLine, ServiceRequest
from lab.queries import confidential
from lab.states import IN_HAND, OrderStatus, ValueType
from patients.models import Patient
from patients.queries import above
from patients.queries.merging import same_person

REPORT = "lab/documents/report.html"
LAST, PLOTTED = 5, 3
MOST_REPORTS, MOST_COLUMNS, MOST_PENDING = 100, 12, 40
LINKED = ("order__test", "order__requester", "order__encounter", "authorised_by", "verified_by")
# On its way: neither taken back nor read yet.
PENDING = (OrderStatus.ORDERED, *IN_HAND)
EGFR = "EGFR"


# ── Reports ──


def newest(reports: QuerySet[DiagnosticReport]) -> QuerySet[DiagnosticReport]:
    """Of each order its last version."""
    later = DiagnosticReport.objects.filter(order=OuterRef("order_id"), version__gt=OuterRef("version"))
    return reports.exclude(Exists(later))


def valid(reports: QuerySet[DiagnosticReport]) -> QuerySet[DiagnosticReport]:
    """Without what is being amended or was withdrawn: what may leave on a paper, or be written on."""
    return reports.filter(order__status=OrderStatus.AUTHORISED)


def reports_of(patient: Patient) -> QuerySet[DiagnosticReport]:
    """The newest version of each report of a patient, the last authorised first; behind the walls.

    Each says by its `standing` whether it may be used.
    """
    held = newest(DiagnosticReport.objects.filter(patient__in=same_person(patient.pk)))
    return held.select_related(*LINKED, "facility").order_by("-authorised_at", "-pk")


def reports_of_slip(number: str, facility_id: UUID) -> QuerySet[DiagnosticReport]:
    """All that is authorised of what stands on one slip, in the order of the catalogue."""
    held = newest(DiagnosticReport.objects.filter(order__slip_number=number, facility=facility_id))
    return (
        valid(held)
        .select_related(*LINKED, "facility")
        .order_by("order__test__position", "order__ordered_at", "pk")
    )


def versions_of(report: DiagnosticReport) -> list[DiagnosticReport]:
    """Every version of a report, the newest first; each with what it changed."""
    held = DiagnosticReport.objects.filter(order=report.order_id)
    return list(held.select_related("authorised_by", "verified_by").order_by("-version"))


def pending_of(patient: Patient) -> QuerySet[ServiceRequest]:
    """What is ordered and not yet there: what a doctor waits for."""
    waiting = ServiceRequest.objects.filter(patient__in=same_person(patient.pk), status__in=PENDING)
    return waiting.select_related("test", "facility").order_by("-ordered_at", "pk")


def awaited_at(patient_id: UUID, encounters: Iterable[UUID], at: datetime) -> QuerySet[ServiceRequest]:
    """What was ordered in these contacts of a patient and had no report at that moment, the oldest first.

    Without what is confidential: it is for papers that go home, and for lists.
    """
    waited = Q(status__in=PENDING) | Q(status=OrderStatus.AUTHORISED, authorised_at__gt=at)
    held = ServiceRequest.objects.filter(waited, patient=patient_id, encounter__in=encounters)
    return (
        confidential.open_results(held).select_related("test").order_by("ordered_at", "test__position", "pk")
    )


def genuine_report(check_key: str) -> IssuedDocument | None:
    """The report's paper with this key, of any hospital: `of` it, `tests`, whether it is `replaced`, and
    whether what it says is being amended or `withdrawn`, and since when."""
    with scope.within(scope.everywhere()):  # whoever has the paper in hand asks
        paper: Any = pdf.keyed(check_key).filter(template=REPORT).first()
        if paper is None:
            return None
        paper.of = Facility.objects.get(pk=paper.facility_id)
        paper.tests = len(paper.context["orders"])
        last = DiagnosticReport.objects.filter(order__in=paper.context["orders"]).values_list("order")
        newest = {f"{order}/{version}" for order, version in last.annotate(last=Max("version"))}
        paper.replaced = bool(newest - set(paper.context["versions"]))
        orders = ServiceRequest.objects.filter(pk__in=paper.context["orders"])
        opened = list(orders.exclude(status=OrderStatus.AUTHORISED))
        paper.opened = bool(opened)
        paper.withdrawn = any(one.status == OrderStatus.CANCELLED for one in opened)
        since = [one.cancelled_at or one.reopened_at for one in opened]
        paper.since = min((at for at in since if at), default=None)
        return paper  # type: ignore[no-any-return]


# ── How values went ──


@dataclass(frozen=True)
class Value:
    """One authorised value at its moment."""

    at: datetime
    value: str
    number: Decimal | None
    unit: str
    flag: str
    order_id: UUID


# As many index reads as there are analytes, however many results there are; only what is authorised.
LAST_OF_EACH = """
    SELECT last.* FROM unnest(%s::uuid[]) AS wanted (analyte) CROSS JOIN LATERAL (
        SELECT line.* FROM lab_resultline line
        JOIN lab_servicerequest ordered ON ordered.id = line.order_id AND ordered.status = 'authorised'
        WHERE line.patient_id = %s AND line.analyte_id = wanted.analyte AND line.value <> ''
            AND line.effective_at <= %s AND (%s::uuid IS NULL OR line.facility_id = %s::uuid)
            AND NOT (line.order_id = ANY (%s::uuid[]))
        ORDER BY line.effective_at DESC, line.id DESC LIMIT %s
    ) last ORDER BY last.effective_at, last.id
"""


def trends_of(
    patient_id: UUID,
    codes: Iterable[str],
    *,
    until: datetime,
    facility_id: UUID | None = None,
    without: Iterable[UUID] = (),
    most: int = LAST,
) -> dict[str, list[Value]]:
    """{code: its last authorised values, oldest first} of numeric analytes, in one read.

    `without` are orders whose results this reader must not see; `facility_id` keeps to one hospital.
    """
    held = AnalyteDefinition.objects.filter(code__in=set(codes), value_type=ValueType.NUMBER)
    analytes = dict(held.values_list("pk", "code"))
    found: dict[str, list[Value]] = {code: [] for code in analytes.values()}
    if not analytes:
        return found
    here = str(facility_id) if facility_id else None
    asked = [list(map(str, analytes)), patient_id, until, here, here, list(map(str, without)), most]
    for line in ResultLine.objects.raw(LAST_OF_EACH, asked):
        found[analytes[line.analyte_id]].append(
            Value(line.effective_at, line.value, line.number, line.unit, line.flag, line.order_id)
        )
    return found


def curve_of(values: Sequence[Value], said: str) -> Plot | None:
    """The small plot of an analyte, where it has values enough to show a way; of its newest unit alone."""
    if not values:
        return None
    fitting = [one for one in values if one.number is not None and one.unit == values[-1].unit]
    if len(fitting) < PLOTTED:
        return None
    return plot([(one.at, float(one.number)) for one in fitting if one.number is not None], said=said)


# ── The page of a patient ──


@dataclass
class Row:
    """One analyte over the reports: a value for each of the columns."""

    code: str
    name: str
    name_hi: str
    unit: str
    section: str
    is_number: bool
    cells: list[dict[str, Any] | None] = field(default_factory=list)
    curve: Plot | None = None

    @property
    def shown_name(self) -> str:
        return self.name_hi if get_language() == "hi" and self.name_hi else self.name


def table_of(
    reports: Sequence[DiagnosticReport],
) -> tuple[list[tuple[datetime, DiagnosticReport]], list[Row]]:
    """(columns, rows): by analyte, with the moments of collection as columns, the newest first.

    Long texts (imaging, cultures) are read as reports and stand in no cell. Reads nothing from the database.
    """
    moments: dict[datetime, DiagnosticReport] = {}
    for one in sorted(reports, key=taken_at, reverse=True):
        if any(line["value_type"] != ValueType.TEXT for line in one.content["lines"]):
            moments.setdefault(taken_at(one), one)
    columns = list(moments.items())[:MOST_COLUMNS]
    places = {at: place for place, (at, _report) in enumerate(columns)}
    rows: dict[str, Row] = {}
    for one in sorted(reports, key=lambda report: (report.order.test.position, report.pk)):
        place = places.get(taken_at(one))
        if place is None:
            continue
        for line in one.content["lines"]:
            if line["value_type"] == ValueType.TEXT or not line["value"]:
                continue
            row = rows.setdefault(line["code"], _row(line, one, len(columns)))
            row.cells[place] = row.cells[place] or line | {"report": one.pk, "version": one.version}
    for row in rows.values():
        row.curve = _curve(row, columns)
    return columns, list(rows.values())


def taken_at(report: DiagnosticReport) -> datetime:
    """When the specimen of a report was taken; of an examination, when it was authorised."""
    specimen = report.content.get("specimen")
    return datetime.fromisoformat(specimen["collected_at"]) if specimen else report.authorised_at


def _row(line: dict[str, Any], report: DiagnosticReport, columns: int) -> Row:
    is_number = line["value_type"] == ValueType.NUMBER
    section = report.content["test"]["section"]
    return Row(
        line["code"], line["name"], line["name_hi"], line["unit"], section, is_number, [None] * columns
    )


def _curve(row: Row, columns: Sequence[tuple[datetime, DiagnosticReport]]) -> Plot | None:
    if not row.is_number:
        return None
    pairs = zip(columns, row.cells, strict=True)
    fitting = [(at, cell) for (at, _one), cell in pairs if cell and cell["unit"] == row.unit]
    points = [(at, number) for at, cell in fitting if (number := _number(cell["value"])) is not None]
    if len(points) < PLOTTED:
        return None
    said = ", ".join(f"{timezone.localdate(at):%d-%m}: {value:g}" for at, value in reversed(points))
    return plot(points[::-1], said=f"{row.shown_name}: {said}")


def _number(text: str) -> float | None:
    try:
        return float(text.lstrip("<>≤≥= "))
    except ValueError:
        return None


# ── What the counter hands out ──

HANDED_OUT_FOR = timedelta(days=90)


def slips_to_hand_out(reports: Iterable[DiagnosticReport]) -> dict[str, list[DiagnosticReport]]:
    """{slip: what may go over the counter of it}, the newest slip first."""
    found: dict[str, list[DiagnosticReport]] = {}
    for one in reports:
        found.setdefault(one.order.slip_number, []).append(one)
    return found


def to_hand_out(patient: Patient, facility_id: UUID, at: datetime) -> QuerySet[DiagnosticReport]:
    """The reports that this hospital's counter may speak of to the patient: authorised, and not confidential.
    What is being amended or was withdrawn is among them, to be said and not given."""
    held = reports_of(patient).filter(facility=facility_id, authorised_at__gte=at - HANDED_OUT_FOR)
    return confidential.open_results(held, "order").order_by(
        "-order__ordered_at", "order__test__position", "pk"
    )


# ── What the prescription asks ──


@above.tells_egfr
def last_egfr(patient: Patient) -> tuple[Decimal, date] | None:
    """The newest authorised eGFR in sight, with its day: what the rules of doses ask."""
    lines = ResultLine.objects.filter(
        patient__in=same_person(patient.pk),
        analyte__code=EGFR,
        number__isnull=False,
        order__status=OrderStatus.AUTHORISED,
    )
    last = lines.order_by("-effective_at", "-pk").only("number", "effective_at").first()
    if last is None or last.number is None:
        return None
    return last.number, timezone.localdate(last.effective_at)
