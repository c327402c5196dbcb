"""The whole patient on one page, for whoever treats them; in an emergency for whoever says why."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods

from hmis.kernel import pdf
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.views import print_url
from patients import permissions, queries, services
from patients.forms.notes import GlassForm
from patients.models import Encounter, Observation, Patient, Vital
from patients.queries import above, chart, merging, prescribing
from patients.queries.chart import Opened
from patients.sections import gist_of, told
from patients.services import ChartClosed

View = Callable[..., HttpResponseBase]


def or_glass(view: View) -> View:
    """A page of a chart: where that is closed, the way to open it in an emergency."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ChartClosed as closed:
            return go(request, "patients:glass_new", closed.patient.pk)

    return opened


@requires(permissions.VIEW_CHART)
@require_GET
@or_glass
def chart_detail(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The chart; `?before=` an encounter: the contacts that came before it."""
    patient = _patient(request, patient_id)
    older = "before" in request.GET
    opened = services.open_chart(patient=patient, actor=request.user, at=timezone.now(), read=not older)
    before = _before(request, opened) if older else None
    found = list(chart.visits_of(opened, request.user, before=before)[: chart.VISITS + 1])
    visits, more = found[: chart.VISITS], len(found) > chart.VISITS
    notes = [note for visit in visits for note in reversed(visit.written)]  # type: ignore[attr-defined]
    for note in notes:
        note.told = told(note.sections, note.layout(), in_hindi=get_language() == "hi")
        note.gist = gist_of(note.sections)
    shown = {
        "patient": patient,
        "running": prescribing.of_chart(patient, notes, timezone.localdate()),
        "visits": visits,
        "older": visits[-1] if more else None,
        "newest": notes[0].pk if notes and not older else None,
        "papers": _papers(patient, visits, request),
        "back_to": _uuid(request.GET.get("token", "")),
        "parts": above.parts_for(request.user),
    }
    if older and request.headers.get("HX-Request"):
        return render(request, "patients/_visits.html", shown)
    return render(request, "patients/chart_detail.html", shown | _summary(patient, opened))


def _patient(request: HttpRequest, patient_id: UUID) -> Patient:
    reachable = queries.reachable_by(request.user, patient_id)
    return get_object_or_404(reachable.select_related("district", "block"))


def _before(request: HttpRequest, opened: Opened) -> Encounter:
    return get_object_or_404(chart.contacts_of(opened), pk=_uuid(request.GET["before"]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _papers(patient: Patient, visits: list[Encounter], request: HttpRequest) -> list[dict[str, Any]]:
    """The papers that this person's role opens."""
    listed = [
        {"paper": paper, "url": print_url([paper], request.user), "kind": pdf.title_of(paper)}
        for paper in chart.papers_of(patient, visits, request.user)
    ]
    return [one for one in listed if one["url"] and one["kind"]]


def _summary(patient: Patient, opened: Opened) -> dict[str, Any]:
    """What stands beside the contacts: allergies, problems, vital signs, and by what right it is read."""
    curves = chart.curves_of(patient)
    return {
        "opened": opened,
        "merges": merging.merges_of(patient) if opened.records[1:] else [],
        "allergies": queries.allergies_of(patient),
        "problems": list(queries.problems_of(patient.pk)),
        "trends": {vital: queries.trend(observed) for vital, observed in curves.items()},
        "body_mass": queries.body_mass(curves),
        "identifiers": [one for one in queries.identifiers_of(patient) if one.ended_at is None],
    }


@requires(permissions.VIEW_CHART)
@require_GET
@or_glass
def vital_detail(request: HttpRequest, patient_id: UUID, vital: str) -> HttpResponseBase:
    """Every value of one vital sign: the curve of years, and the values beneath it."""
    patient = _patient(request, patient_id)
    kind = get_vital(vital)
    opened = services.open_chart(patient=patient, actor=request.user, at=timezone.now())
    observed = list(chart.measured(patient, kind)[: chart.MOST_VALUES])
    context = {
        "patient": patient,
        "opened": opened,
        "vital": kind,
        "observed": observed[::-1][: chart.MOST_LISTED],
        "curve": _curve(observed),
        "trend": queries.trend(observed) if observed else None,
    }
    return render(request, "patients/vital_detail.html", context)


def get_vital(name: str) -> Vital:
    """The vital of this name in an address; there is no other."""
    try:
        return Vital[name.upper()]
    except KeyError:
        raise Http404 from None


def _curve(observed: list[Observation]) -> str:
    """JSON: moments in seconds, values and for a blood pressure the lower ones; "" where no curve is."""
    measured = [one for one in observed if one.value is not None]
    if len(measured) < 2:
        return ""
    lower = [None if one.diastolic is None else float(one.diastolic) for one in measured]
    curve = {
        "at": [int(one.taken_at.timestamp()) for one in measured],
        "value": [float(one.value) for one in measured if one.value is not None],
    }
    return json.dumps(curve | ({"lower": lower} if any(one is not None for one in lower) else {}))


@requires(permissions.VIEW_CHART)
@require_http_methods(["GET", "POST"])
def glass_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The chart is closed: who may, opens it for an hour and says why."""
    patient = _patient(request, patient_id)
    at = timezone.now()
    if chart.opening(request.user, patient.pk, at):
        return go(request, "patients:chart_detail", patient.pk)
    may_break = request.user.may(permissions.BREAK_GLASS)
    form = GlassForm(request.POST or None) if may_break else None
    if form and form.is_valid():
        said = form.cleaned_data
        try:
            services.break_glass(
                patient=patient,
                reason=said["reason"],
                request_key=said["request_key"],
                actor=request.user,
                at=at,
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return go(request, "patients:chart_detail", patient.pk)
    return _closed(request, patient, form)


def _closed(request: HttpRequest, patient: Patient, form: GlassForm | None) -> HttpResponse:
    status = 422 if form is not None and request.method == "POST" else 200 if form is not None else 403
    return render(request, "patients/glass_new.html", {"patient": patient, "form": form}, status=status)
