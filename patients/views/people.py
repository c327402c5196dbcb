"""Finding a patient, the patient's page, putting details right."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from facilities.queries import blocks_of
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from patients import permissions, queries, services
from patients.forms import PatientForm, SearchForm, initial_of
from patients.models import Patient


@requires(permissions.SEARCH_PATIENTS)
@require_http_methods(["GET", "POST"])
def patient_list(request: HttpRequest) -> HttpResponseBase:
    """The search page; a search is a POST, so that no name stands in an address."""
    form = SearchForm(request.POST or None)
    found = None
    if form.is_valid():
        found = services.find_patients(text=form.cleaned_data["q"], actor=request.user, at=timezone.now())
    context = {"search_form": form, "found": found, "choose": reverse("patients:patient_choice")}
    return show(request, "patients/patient_list.html", context, fragment="patients/_found.html")


@requires(permissions.VIEW_PATIENT)
@require_GET
def patient_choice(request: HttpRequest) -> HttpResponseBase:
    """From a row of the search (?patient=) to the patient's page."""
    try:
        chosen = UUID(request.GET.get("patient", ""))
    except ValueError:
        return go(request, "patients:patient_list")
    return go(request, "patients:patient_detail", chosen)


@requires(permissions.SEARCH_PATIENTS)
@require_GET
def block_list(request: HttpRequest) -> HttpResponseBase:
    """The blocks of a district (?district=, its LGD code), to choose from while typing."""
    return render(request, "patients/_blocks.html", {"blocks": blocks_of(request.GET.get("district", ""))})


@requires(permissions.VIEW_PATIENT)
@require_GET
def patient_detail(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The patient: who, other numbers, contacts with this hospital, every change of the row."""
    patient = get_object_or_404(_linked(queries.reachable_by(request.user)), pk=patient_id)
    services.note_seen(patient=patient, actor=request.user, at=timezone.now())
    context = {
        "patient": patient,
        "identifiers": patient.identifiers.filter(ended_at=None),
        "encounters": queries.encounters_of(patient, request.user),
        "changes": queries.history_of(patient),
        "relatives": queries.relatives_of(patient),
    }
    return render(request, "patients/patient_detail.html", context)


@requires(permissions.EDIT_PATIENT)
@require_http_methods(["GET", "POST"])
def patient_edit(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Put details right; what was stays in the history."""
    patient = get_object_or_404(_linked(Patient.objects.visible_to(request.user)), pk=patient_id)
    facility = request.user.posting.facility
    if request.method == "GET":
        services.note_seen(patient=patient, actor=request.user, at=timezone.now())
    form = PatientForm(request.POST or None, facility=facility, initial=initial_of(patient))
    if form.is_valid():
        try:
            services.edit_patient(
                patient=patient,
                details=form.details(),
                rev=int(request.POST.get("rev") or -1),
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as error:
            form.add_error(None, sentences(error))
        else:
            messages.success(request, _("Saved. The history keeps what was."))
            return go(request, "patients:patient_detail", patient.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/patient_edit.html", {"patient": patient, "form": form}, status=status)


def _linked(patients: queries.QuerySet[Patient]) -> queries.QuerySet[Patient]:
    return patients.select_related("district", "block", "facility")
