"""Two records of one person: found, held against each other, joined, and separated again."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hmis.kernel.access import requires
from hmis.kernel.htmx import go, show
from hmis.kernel.templatetags.ui import grouped, on_day
from patients import permissions, queries, services
from patients.forms.outcomes import MergeForm, WhyForm
from patients.forms.person import SearchForm
from patients.models import Patient
from patients.queries import merging
from patients.views.likely import found_by
from patients.views.outcomes import given, paged


@requires(permissions.MERGE_PATIENTS)
@require_GET
def merge_list(request: HttpRequest) -> HttpResponseBase:
    """What was joined here and separated again, newest first; ?before= one, for the lines after it."""
    context = paged(request, merging.merges_here(request.user), "merged_at")
    return render(request, "patients/merge_list.html", context)


@requires(permissions.MERGE_PATIENTS)
@require_http_methods(["GET", "POST"])
def double_list(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Which other records may be this person's: a search is a POST; ?patient= goes on with one of them."""
    patient = _reached(request, patient_id)
    if "patient" in request.GET:
        return _compare(request, patient, request.GET["patient"])
    form = SearchForm(request.POST or None)
    found = found_by(request, form) if form.is_valid() else None
    context = {
        "patient": patient,
        "search_form": form,
        "found": found,
        "choose": reverse("patients:double_list", args=[patient.pk]),
        "candidates": [] if found else _likely(request, patient),
    }
    return show(request, "patients/double_list.html", context, fragment="patients/_found.html")


def _reached(request: HttpRequest, patient_id: UUID) -> Patient:
    reachable = queries.reachable_by(request.user, patient_id)
    return get_object_or_404(reachable.select_related("district", "block", "facility"))


def _compare(request: HttpRequest, patient: Patient, other: str) -> HttpResponseBase:
    try:
        return go(request, "patients:merge_new", patient.pk, UUID(other))
    except ValueError:
        return go(request, "patients:double_list", patient.pk)


def _likely(request: HttpRequest, patient: Patient) -> list[queries.Candidate]:
    described = queries.person_of(patient)
    offered = services.offer_duplicates(described=described, actor=request.user, at=timezone.now())
    own = {patient.pk, *(one.kept_id for one in merging.merges_of(patient))}
    return [one for one in offered if one.patient.pk not in own]


@requires(permissions.MERGE_PATIENTS)
@require_http_methods(["GET", "POST"])
def merge_new(request: HttpRequest, patient_id: UUID, other_id: UUID) -> HttpResponseBase:
    """Both records side by side; which of them goes on, and why they are one person's."""
    patient, other = _reached(request, patient_id), _reached(request, other_id)
    form = MergeForm(request.POST or None, records=(patient, other))
    merge = given(
        form,
        lambda: services.merge_patients(
            **form.records_said(),
            why=form.cleaned_data["why"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if merge:
        messages.success(request, _("Joined. Both UHIDs lead here, and the chart shows both."))
        return go(request, "patients:patient_detail", merge.kept_id)
    if request.method == "GET":
        for one in (patient, other):
            services.note_seen(patient=one, actor=request.user, at=timezone.now())
    context = {"patient": patient, "form": form, "rows": _beside(request, form.records)}
    return render(request, "patients/merge_new.html", context, status=422 if form.is_bound else 200)


def _beside(request: HttpRequest, records: list[Patient]) -> list[dict[str, Any]]:
    """What stands in both records, line by line; `differs` where both say something, and not the same."""
    said = [_said(request, one) for one in records]
    return [
        {"label": label, "values": [one, other], "differs": bool(one and other and one != other)}
        for (label, one), (_label, other) in zip(*said, strict=True)
    ]


def _said(request: HttpRequest, patient: Patient) -> list[tuple[str, str]]:
    visits = queries.encounters_of(patient, request.user)
    own = patient.identifiers.filter(ended_at=None).order_by("kind", "pk")
    return [
        (_("Name"), patient.name),
        (_("Name in Hindi"), patient.name_hi),
        (_("Sex"), patient.get_sex_display()),
        (_("Birth date, age"), f"{patient.born} · {patient.age}" if patient.birth_date else ""),
        (_("Guardian"), patient.guardian_name),
        (_("Mobile"), grouped(patient.phone) if patient.phone else ""),
        (_("Address"), patient.place),
        (_("Other numbers"), ", ".join(one.shown for one in own)),
        (_("Registered"), f"{patient.facility.code} · {on_day(patient.registered_at)}"),
        (_("Times here"), f"{len(visits)} · {on_day(visits[0].started_at)}" if visits else ""),
    ]


@requires(permissions.MERGE_PATIENTS)
@require_http_methods(["GET", "POST"])
def merge_undoing_new(request: HttpRequest, merge_id: UUID) -> HttpResponseBase:
    """Separate two records again, and why."""
    merge = get_object_or_404(merging.merges_here(request.user), pk=merge_id)
    form = WhyForm(request.POST or None)
    undone = given(
        form,
        lambda: services.undo_merge(merge=merge, actor=request.user, at=timezone.now(), **form.cleaned_data),
    )
    if undone:
        messages.success(request, _("Separated. Each record stands for itself again."))
        return go(request, "patients:patient_detail", merge.patient_id)
    context = {"merge": merge, "patient": merge.patient, "form": form}
    return render(request, "patients/merge_undoing_new.html", context, status=422 if form.is_bound else 200)
