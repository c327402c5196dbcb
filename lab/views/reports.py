"""A patient's results for those who may read them, a report in its versions, its paper, its public check."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hmis.kernel.access import public, requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from hmis.kernel.views import print_url, printable
from lab import permissions, services
from lab.models import DiagnosticReport, ServiceRequest
from lab.queries import confidential, reports
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.models import Patient
from patients.views.charts import or_glass
from patients.views.outcomes import guessed

NEWEST = 6


def _open(request: HttpRequest, patient_id: UUID) -> Patient:
    """A patient whose results this person may read: doctors and nurses open the chart, the laboratory has
    what its own hospital found."""
    if request.user.may(patient_permissions.VIEW_CHART):
        patient: Patient = get_object_or_404(patient_queries.reachable_by(request.user, patient_id))
        patients.open_chart(patient=patient, actor=request.user, at=timezone.now(), read=False)
        return patient
    return get_object_or_404(Patient.objects.visible_to(request.user), pk=patient_id)


def _readable(request: HttpRequest, rows: Any, patient: Patient, path: str = "order") -> Any:
    """Of one patient's rows those that this person may read."""
    if not request.user.may(patient_permissions.VIEW_CHART):
        own = rows.filter(facility=request.user.posting.facility_id)
        return confidential.open_results(own, path)
    return confidential.readable(rows, request.user, patient.pk, timezone.now(), path)


@requires(permissions.VIEW_RESULTS)
@require_GET
@or_glass
def result_list(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """All results of a patient: by analyte with dates as columns, what waits, and each report."""
    patient = _open(request, patient_id)
    services.note_results_seen(patient=patient, actor=request.user, at=timezone.now())
    held = list(_readable(request, reports.reports_of(patient), patient)[: reports.MOST_REPORTS])
    columns, rows = reports.table_of([one for one in held if one.is_valid()])
    context = {
        "patient": patient,
        "reports": held,
        "columns": columns,
        "rows": rows,
        "pending": list(_readable(request, reports.pending_of(patient), patient, "")[: reports.MOST_PENDING]),
    }
    return render(request, "lab/result_list.html", context)


@requires(permissions.VIEW_RESULTS)
@require_GET
@or_glass
def result_summary(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The part of a chart, and of the doctor's room: what came last, and what is still awaited."""
    patient = _open(request, patient_id)
    held = list(_readable(request, reports.reports_of(patient), patient)[:NEWEST])
    context = {
        "patient": patient,
        "reports": [(one, _told(one) if one.is_valid() else []) for one in held],
        "pending": list(_readable(request, reports.pending_of(patient), patient, "")[:NEWEST]),
    }
    return render(request, "lab/_result_summary.html", context)


def _told(report: DiagnosticReport) -> list[dict[str, Any]]:
    """What a glance needs of a report: what is marked, else its first values."""
    lines = [line for line in report.content["lines"] if line["value"] and line["value_type"] != "text"]
    marked = [line for line in lines if line["flag"] not in ("", "N")]
    return marked or lines[:2]


@requires(permissions.VIEW_RESULTS)
@require_GET
@or_glass
def report_detail(request: HttpRequest, patient_id: UUID, report_id: UUID) -> HttpResponseBase:
    """One version of a report, what it changed, and the others of it."""
    report = _report(request, patient_id, report_id)
    services.note_report_seen(report=report, actor=request.user, at=timezone.now())
    versions = reports.versions_of(report)
    context = {
        "report": report,
        "patient": report.patient,
        "versions": versions,
        "newest": versions[0],
        "is_here": report.facility_id == request.user.posting.facility_id,
    }
    return render(request, "lab/report_detail.html", context)


def _report(request: HttpRequest, patient_id: UUID, report_id: UUID) -> DiagnosticReport:
    """A report that this person may read; of another hospital only in an open chart."""
    patient = _open(request, patient_id)
    linked = ("order__test", "order__encounter", "order__requester", "order__department", "facility")
    held = DiagnosticReport.objects.filter(patient=patient).select_related(
        *linked, "patient", "authorised_by", "verified_by"
    )
    if not request.user.may(patient_permissions.VIEW_CHART):
        held = held.filter(facility=request.user.posting.facility_id)
    report = get_object_or_404(held, pk=report_id)
    if not confidential.may_read(request.user, report.order, timezone.now()):
        raise Http404
    return report


@requires(permissions.VIEW_RESULTS)
@require_POST
@or_glass
def report_paper_new(request: HttpRequest, patient_id: UUID, report_id: UUID) -> HttpResponseBase:
    """The paper of one report, or with `whole` of all that is authorised of its slip."""
    report = _report(request, patient_id, report_id)
    if report.facility_id != request.user.posting.facility_id:
        raise Http404
    whole = "whole" in request.POST or "whole" in request.GET
    try:
        paper = services.print_reports(
            report=report, whole=whole, request_key=key_of(request), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        if request.headers.get("X-Fetch"):
            return HttpResponse(str(refusal), status=422)
        messages.error(request, str(refusal))
        return go(request, "lab:report_detail", patient_id, report_id)
    return printable(request, print_url([paper], request.user))


@public
@never_cache
@require_GET
def report_check(request: HttpRequest, check_key: str) -> HttpResponseBase:
    """Whether a report is genuine: number, day, hospital and how many tests; no name and no result."""
    paper, wait, status = guessed(request, "report_check", reports.genuine_report, check_key)
    return render(request, "lab/report_check.html", {"paper": paper, "wait": wait}, status=status)


def order_here(request: HttpRequest, order_id: UUID) -> ServiceRequest:
    """An order of this hospital with what its pages show."""
    linked = ("test", "encounter", "patient", "facility", "requester", "charge_item")
    visible = ServiceRequest.objects.visible_to(request.user).select_related(*linked)
    return get_object_or_404(visible, pk=order_id)


def work_here(request: HttpRequest, order_id: UUID) -> ServiceRequest:
    """The same for those alone who do such work."""
    order = order_here(request, order_id)
    if not confidential.does_the_work(request.user, order):
        raise Http404
    return order
