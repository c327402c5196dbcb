"""Diagnoses while they are typed, chosen, judged and taken off."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.requests import key_of
from patients import permissions, queries, services
from patients.models import Condition, Encounter
from patients.services import Diagnosis
from patients.states import ConditionStatus
from patients.views.charts import or_glass


@requires(permissions.WRITE_NOTES)
@require_POST
def code_list(request: HttpRequest) -> HttpResponseBase:
    """The diagnoses that `q` means, to choose from at each keystroke; without it those used most."""
    typed = request.POST.get("q", "")
    found = queries.codes_for(request.user, typed, today=timezone.localdate())
    return render(request, "patients/_codes.html", {"codes": found, "typed": typed})


@requires(permissions.WRITE_NOTES)
@require_POST
@or_glass
def condition_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Write the diagnosis that was chosen; the first of an encounter is its main one."""
    linked = Encounter.objects.visible_to(request.user).select_related("patient")
    encounter = get_object_or_404(linked, pk=encounter_id)
    _open(request, encounter)
    diagnosis = Diagnosis(request.POST.get("code", ""), is_main=None)
    return _answered(request, encounter, services.record_condition, encounter=encounter, diagnosis=diagnosis)


@requires(permissions.WRITE_NOTES)
@require_POST
@or_glass
def condition_edit(request: HttpRequest, condition_id: UUID) -> HttpResponseBase:
    """Say that a diagnosis is final, that it is the main one, or take it off."""
    linked = Condition.objects.visible_to(request.user).select_related("encounter__patient")
    condition = get_object_or_404(linked, pk=condition_id)
    _open(request, condition.encounter)
    service, given = _asked(request.POST.get("act", ""), condition)
    return _answered(request, condition.encounter, service, condition=condition, **given)


def _open(request: HttpRequest, contact: Encounter) -> None:
    services.open_chart(patient=contact.patient, actor=request.user, at=timezone.now(), read=False)


def _asked(said: str, condition: Condition) -> tuple[Any, dict[str, Any]]:
    if said == "main":
        return services.choose_main_condition, {}
    given: dict[str, Any] = {"rev": condition.rev, "to": ConditionStatus.FINAL}
    if said == "off":
        given |= {"to": ConditionStatus.REFUTED, "why": _("taken off before the note was signed")}
    return services.judge_condition, given


def _answered(request: HttpRequest, where: Encounter, service: Any, **given: Any) -> HttpResponseBase:
    """The list as it is now, or why not; without a script back to the page."""
    error = ""
    try:
        service(request_key=key_of(request), actor=request.user, at=timezone.now(), **given)
    except Refusal as refusal:
        error = str(refusal)
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        response = redirect(came_from(request))
        response.status_code = 303
        return response
    context = {
        "encounter": where,
        "diagnoses": queries.conditions_of(where.pk),
        "codes": queries.codes_for(request.user, "", today=timezone.localdate()),
        "typed": "",
        "page_url": came_from(request),
        "condition_key": uuid4(),
        "error": error,
        "is_answer": True,
    }
    return render(request, "patients/_diagnoses.html", context, status=422 if error else 200)


def came_from(request: HttpRequest) -> str:
    """The page of ours that led here."""
    said = request.POST.get("next") or request.GET.get("next") or ""
    fits = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure())
    return said if fits else "/"
