"""Finding a patient, the patient's page, putting details right."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.queries import blocks_of
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.said import rev_said
from patients import permissions, queries, services
from patients.forms.cards import IdentifierForm, PrintCardForm, PrintLabelsForm, papers_to_print
from patients.forms.person import PatientForm, SearchForm, initial_of
from patients.identifiers import ABHA_DOUBTFUL, abha_doubtful
from patients.models import IdentifierKind, Patient
from patients.queries import merging
from patients.views.likely import found_by
from patients.views.revisions import revision


@requires(permissions.SEARCH_PATIENTS)
@require_http_methods(["GET", "POST"])
def patient_list(request: HttpRequest) -> HttpResponseBase:
    """The search page; a search is a POST, so that no name stands in an address."""
    form = SearchForm(request.POST or None)
    found = found_by(request, form) if form.is_valid() else None
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
    patient = get_object_or_404(_linked(queries.reachable_by(request.user, patient_id)))
    services.note_seen(patient=patient, actor=request.user, at=timezone.now())
    return _page(request, patient)


def _page(
    request: HttpRequest,
    patient: Patient,
    *,
    identifier_form: IdentifierForm | None = None,
    papers: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponseBase:
    encounters = queries.encounters_of(patient, request.user)
    context = {
        "patient": patient,
        "identifiers": queries.identifiers_of(patient),
        "identifier_form": identifier_form or IdentifierForm(),
        "encounters": encounters,
        "todays_visit": queries.visit_of(encounters, timezone.localdate()),
        "changes": queries.history_of(patient),
        "relatives": queries.relatives_of(patient),
        "death": queries.death_on_file(patient),
        "merges": merging.merges_of(patient),
        **papers_to_print(patient, request.user),
        **(papers or {}),
    }
    return render(request, "patients/patient_detail.html", context, status=status)


@requires(permissions.EDIT_PATIENT)
@require_POST
def identifier_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """One more number that the patient is known by."""
    patient = get_object_or_404(_linked(Patient.objects.visible_to(request.user)), pk=patient_id)
    form = IdentifierForm(request.POST)
    if form.is_valid():
        try:
            services.add_identifier(
                patient=patient, actor=request.user, at=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error("value", str(refusal))
        else:
            messages.success(request, _("The number is kept."))
            if form.cleaned_data["kind"] == IdentifierKind.ABHA_NUMBER:
                _warn_of_abha(request, form.cleaned_data["value"])
            return go(request, "patients:patient_detail", patient.pk)
    return _page(request, patient, identifier_form=form, status=422)


@requires(permissions.EDIT_PATIENT)
@require_POST
def identifier_end_new(request: HttpRequest, identifier_id: UUID) -> HttpResponseBase:
    """The patient is no longer known by this number."""
    within_reach = queries.identifiers_within_reach(request.user)
    identifier = get_object_or_404(within_reach, pk=identifier_id)
    services.end_identifier(identifier=identifier, actor=request.user, at=timezone.now())
    messages.success(request, _("The number has ended. It stays in the list, struck through."))
    return go(request, "patients:patient_detail", identifier.patient_id)


@requires(permissions.PRINT_CARD)
@require_POST
def card_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """The patient's card, or one more of it with the reason why."""
    return _printed(request, patient_id, PrintCardForm(request.POST), "card_form", services.print_card)


@requires(permissions.PRINT_CARD)
@require_POST
def labels_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Some labels with the patient's name and bar code."""
    return _printed(request, patient_id, PrintLabelsForm(request.POST), "labels_form", services.print_labels)


def _printed(
    request: HttpRequest, patient_id: UUID, form: Any, name: str, act: Callable[..., Any]
) -> HttpResponseBase:
    """The forms again and the paper that prints itself, or what is wrong; without a script the paper."""
    patient = get_object_or_404(_linked(queries.reachable_by(request.user, patient_id)))
    answer: dict[str, Any] = {name: form}
    if form.is_valid():
        try:
            paper = act(patient=patient, actor=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            answer = {"print_url": reverse("paper_detail", args=[paper.pk])}
    if "print_url" in answer and not request.headers.get("HX-Request"):
        return redirect(answer["print_url"])
    status = 200 if "print_url" in answer else 422
    if not request.headers.get("HX-Request"):
        return _page(request, patient, papers=answer, status=status)
    context = {"patient": patient, **papers_to_print(patient, request.user), **answer}
    return render(request, "patients/_papers.html", context, status=status)


@requires(permissions.EDIT_PATIENT)
@require_http_methods(["GET", "POST"])
def patient_edit(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Put details right; what was stays in the history."""
    patient = get_object_or_404(_linked(Patient.objects.visible_to(request.user)), pk=patient_id)
    facility = request.user.posting.facility
    if request.method == "GET":
        services.note_seen(patient=patient, actor=request.user, at=timezone.now())
    form = PatientForm(request.POST or None, facility=facility, initial=initial_of(patient))
    form.fields["name"].widget.attrs["autofocus"] = True
    is_asked = form.is_valid()
    if is_asked:
        try:
            services.edit_patient(
                patient=patient,
                details=form.details(),
                rev=rev_said(request),
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        except ValidationError as error:
            form.add_error(None, sentences(error))
        else:
            messages.success(request, _("Saved. The earlier details are under Changes."))
            if form.cleaned_data["abha"] != form.initial["abha"]:
                _warn_of_abha(request, form.cleaned_data["abha"])
            return go(request, "patients:patient_detail", patient.pk)
    context = {"patient": patient, "form": form, **revision(request, patient, was_asked=is_asked)}
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/patient_edit.html", context, status=status)


def _warn_of_abha(request: HttpRequest, number: str) -> None:
    if abha_doubtful(number):
        messages.warning(request, ABHA_DOUBTFUL)


def _linked(patients: QuerySet[Patient]) -> QuerySet[Patient]:
    return patients.select_related("district", "block", "facility")
