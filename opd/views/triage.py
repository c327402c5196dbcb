"""The nurse's triage: who waits, one row of vital signs each, and on to the next."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from facilities.models import Unit
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from opd import queries, services
from opd.models import QueueToken
from patients import permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.forms.observations import VitalsForm


@requires(permissions.RECORD_OBSERVATIONS)
@require_GET
def vitals_list(request: HttpRequest) -> HttpResponseBase:
    """Whoever waits longest unmeasured, ready to be measured; beside them who comes then."""
    unit = _unit(request)
    waiting = queries.to_triage(request.user, timezone.localdate(), unit)
    return _page(request, waiting.after(None), waiting, unit)


@requires(permissions.RECORD_OBSERVATIONS)
@require_http_methods(["GET", "POST"])
def vitals_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Measure this one, then go on to the next."""
    linked = ("patient__district", "encounter", "clinic_day__unit__department", "clinic_day__unit__room")
    token = get_object_or_404(
        QueueToken.objects.visible_to(request.user).select_related(*linked), pk=token_id
    )
    unit = _unit(request)
    form = VitalsForm(request.POST or None, patient=token.patient)
    asked: list[str] = []
    if form.is_valid():
        try:
            services.triage_token(
                token=token,
                vitals=form.vitals(),
                allergy=form.allergy_said(),
                confirm=form.cleaned_data["confirm"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except patients.Implausible as unlikely:
            asked = unlikely.vitals
            form.add_error(None, str(unlikely))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            return _next(request, token, unit)
    waiting = queries.to_triage(request.user, timezone.localdate(), unit)
    return _page(request, token, waiting, unit, form=form, asked=asked)


def _unit(request: HttpRequest) -> Unit | None:
    """The unit whose waiting hall this nurse serves; all of them where none is said."""
    said = request.GET.get("unit", "")
    try:
        wanted = UUID(said) if said else None
    except ValueError:
        wanted = None
    units = Unit.objects.visible_to(request.user).select_related("department", "facility")
    return get_object_or_404(units, pk=wanted) if wanted else None


def _next(request: HttpRequest, token: QueueToken, unit: Unit | None) -> HttpResponseBase:
    said = _("Saved: token %(number)s") % {"number": token.number}
    messages.success(request, said)
    waiting = queries.to_triage(request.user, timezone.localdate(), unit)
    query = {"unit": unit.pk} if unit else None
    later = waiting.after(token)
    if later:
        return go(request, "opd:vitals_new", later.pk, query=query)
    return go(request, "opd:vitals_list", query=query)


def _page(
    request: HttpRequest,
    token: QueueToken | None,
    waiting: queries.TriageList,
    unit: Unit | None,
    *,
    form: VitalsForm | None = None,
    asked: list[str] | None = None,
) -> HttpResponseBase:
    patient_queries.withhold_names(one.patient for one in waiting.tokens)
    context: dict[str, Any] = {
        "token": token,
        "waiting": waiting,
        "unit": unit,
        "units": queries.triage_units(request.user, timezone.localdate()),
        "asked": asked or [],
    }
    if token:
        context |= _measured_before(request, token, form or VitalsForm(patient=token.patient))
        context["later"] = waiting.after(token)
    status = 422 if form is not None and request.method == "POST" else 200
    return render(request, "opd/vitals_list.html", context, status=status)


PAIR = {"systolic": "blood_pressure"}
# Boxes of words or of a day.
WIDE = {"oxygen", "consciousness", "breast_feeding", "last_period", "allergy", *VitalsForm.OF_ALLERGY}


def _measured_before(request: HttpRequest, token: QueueToken, form: VitalsForm) -> dict[str, Any]:
    """The patient, the form, and beneath each box what it was last; that somebody looked is written down."""
    patient = token.patient
    if request.method == "GET":
        patients.note_vitals_seen(patient=patient, actor=request.user, at=timezone.now())
    last = patient_queries.last_vitals([patient.pk], request.user).get(patient.pk, {})
    allergies = patient_queries.allergies_of(patient)
    if allergies.is_asked:
        form.ask_again()
    trends = {name: patient_queries.trend(observed) for name, observed in last.items()}

    def box(name: str) -> dict[str, Any]:
        return {
            "field": form[name],
            "trend": trends.get(PAIR.get(name, name)),
            "double": name in WIDE,
        }

    small = ("oxygen", "oxygen_flow", "consciousness", *form.OF_WOMEN)
    return {
        "patient": patient,
        "form": form,
        "pressure": [box("systolic"), {"field": form["diastolic"]}],
        "boxes": [box(name) for name in (*form.NUMBERS, "arm") if name in form.fields],
        "small": [box(name) for name in small if name in form.fields],
        "of_allergy": [box(name) for name in ("allergy", *form.OF_ALLERGY)],
        "body_mass": patient_queries.body_mass(last),
        "allergies": allergies,
        "today": patient_queries.measured_in(token.encounter),
    }
