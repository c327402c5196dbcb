"""What was written down by mistake: vital signs marked wrong, allergies refuted."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from patients import permissions, queries, services
from patients.forms.observations import BecauseForm
from patients.models import AllergyIntolerance, Observation
from patients.prescribing.allergens import offered


@requires(permissions.RECORD_OBSERVATIONS)
@require_http_methods(["GET", "POST"])
def error_new(request: HttpRequest, observation_id: UUID) -> HttpResponseBase:
    """Mark one vital sign as entered in error."""
    linked = Observation.objects.visible_to(request.user).select_related("patient__district", "taken_by")
    observation = get_object_or_404(linked, pk=observation_id)
    form = BecauseForm(request.POST or None)
    if form.is_valid() and _done(form, services.mark_wrong, observation=observation, actor=request.user):
        messages.success(request, _("Marked as wrong: %(what)s") % {"what": observation})
        return _back(request)
    return _asked(request, form, observation, _("Mark as wrong"))


@requires(permissions.RECORD_ALLERGIES)
@require_POST
def allergen_list(request: HttpRequest) -> HttpResponseBase:
    """The words for an allergy that `substance` may mean, to choose from at each keystroke."""
    typed = request.POST.get("substance", "").strip()
    return render(request, "patients/_allergens.html", {"allergens": offered(typed), "typed": typed})


@requires(permissions.RECORD_ALLERGIES)
@require_http_methods(["GET", "POST"])
def refutation_new(request: HttpRequest, allergy_id: UUID) -> HttpResponseBase:
    """Say that this is no allergy."""
    reached = queries.in_reach(AllergyIntolerance, request.user, allergy_id)
    allergy = get_object_or_404(reached.select_related("patient__district", "recorded_by"))
    form = BecauseForm(request.POST or None)
    if form.is_valid() and _done(form, services.refute_allergy, allergy=allergy, actor=request.user):
        messages.success(request, _("Refuted: %(what)s") % {"what": allergy})
        return _back(request)
    return _asked(request, form, allergy, _("This is no allergy"))


def _done(form: BecauseForm, service: Any, **given: Any) -> bool:
    """Whether the service has struck it out; else the form says why not."""
    said = form.cleaned_data
    try:
        service(because=said["because"], request_key=said["request_key"], at=timezone.now(), **given)
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False
    return True


def _asked(request: HttpRequest, form: BecauseForm, row: Any, title: str) -> HttpResponseBase:
    context = {"form": form, "row": row, "patient": row.patient, "title": title, "back": _came_from(request)}
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/struck_out_new.html", context, status=status)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that led here."""
    said = request.POST.get("next") or request.GET.get("next") or ""
    fits = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure())
    return said if fits else "/"


def _back(request: HttpRequest) -> HttpResponseBase:
    response = redirect(_came_from(request))
    response.status_code = 303
    return response
