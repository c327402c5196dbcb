"""Deaths: certified, Form 4, the body handed over."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel import pdf
from hmis.kernel.access import public, requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go
from ipd import documents, permissions, queries, services
from ipd.forms.leaving import BodyForm, DeathForm
from ipd.models import Death
from ipd.views.leaving import admission_of
from patients.models import Encounter
from patients.views.outcomes import guessed


@requires(permissions.CERTIFY_DEATHS)
@require_http_methods(["GET", "POST"])
def death_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """An inpatient has died."""
    admission = admission_of(request, admission_id)
    return _death_new(request, admission.encounter, reverse("ipd:discharge_detail", args=[admission.pk]))


@requires(permissions.CERTIFY_DEATHS)
@require_http_methods(["GET", "POST"])
def contact_death_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Somebody has died who was not admitted: in casualty, at the OPD."""
    visible = Encounter.objects.visible_to(request.user).select_related("patient__district", "facility")
    encounter = get_object_or_404(visible, pk=encounter_id)
    return _death_new(request, encounter, reverse("patients:patient_detail", args=[encounter.patient_id]))


def _death_new(request: HttpRequest, encounter: Encounter, back: str) -> HttpResponseBase:
    held = queries.death_of(encounter.pk)
    if held and request.method == "GET":
        return go(request, "ipd:death_detail", held.pk)
    patient = encounter.patient
    case = queries.case_of_contact(encounter.pk, patient.pk)
    form = DeathForm(
        request.POST or None,
        asks_pregnancy=patient.may_be_pregnant(),
        initial={"goes_to_post_mortem": case is not None},
    )
    if form.is_valid():
        try:
            death = services.record_death(
                encounter=encounter,
                causes=form.causes(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
                confirm_no_post_mortem=form.cleaned_data["confirm_no_post_mortem"],
                confirm_early=form.cleaned_data["confirm_early"],
            )
        except Refusal as refusal:
            form.say(refusal)
        except ValidationError as error:
            form.add_error(None, sentences(error))
        else:
            messages.success(request, _("The death is in the register."))
            return go(request, "ipd:death_detail", death.pk)
    context = {"encounter": encounter, "patient": patient, "case": case, "form": form, "back": back}
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/death_new.html", context, status=status)


def _death(request: HttpRequest, death_id: UUID) -> Death:
    return get_object_or_404(queries.deaths_here(request.user), pk=death_id)


@requires(permissions.VIEW_REGISTERS)
@require_GET
def death_detail(request: HttpRequest, death_id: UUID) -> HttpResponseBase:
    """One death: its causes, whether the police know, the body."""
    death = _death(request, death_id)
    services.note_death_seen(death=death, actor=request.user, at=timezone.now())
    return _detail(request, death)


def _detail(request: HttpRequest, death: Death, form: BodyForm | None = None) -> HttpResponseBase:
    issued = {one.template: one for one in pdf.originals(death.pk).order_by("pk")}
    user = request.user
    context: dict[str, Any] = {
        "death": death,
        "patient": death.patient,
        "admission": getattr(death.encounter, "admission", None),
        "is_legal": queries.is_legal(death),
        "case": queries.case_of_contact(death.encounter_id, death.patient_id),
        "told": queries.police_told_of(death),
        "form_4": issued.get(documents.FORM_4),
        "receipt": issued.get(documents.BODY_RECEIPT) if user.may(permissions.HAND_OVER_BODIES) else None,
        "form": form or BodyForm(),
        "stands": death.is_standing(),
        "registrar": queries.reported(death),
        "may_hand_over": user.may(permissions.HAND_OVER_BODIES) and not death.handed_at,
    }
    return render(request, "ipd/death_detail.html", context, status=422 if form else 200)


@public
@never_cache
@require_GET
def death_check(request: HttpRequest, check_key: str) -> HttpResponseBase:
    """Whether a death's paper is genuine and holds: number, day and hospital, and nobody's name."""
    death, wait, status = guessed(request, "death_check", queries.genuine_death, check_key)
    context = {"paper": death, "stands": death is not None and death.is_standing(), "wait": wait}
    return render(request, "ipd/death_check.html", context, status=status)


@requires(permissions.HAND_OVER_BODIES)
@require_POST
def handover_new(request: HttpRequest, death_id: UUID) -> HttpResponseBase:
    """The body goes to somebody."""
    death, form = _death(request, death_id), BodyForm(request.POST)
    if form.is_valid():
        try:
            services.hand_over_body(
                death=death,
                taker=form.taker(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        except ValidationError as error:
            form.add_error(None, sentences(error))
        else:
            messages.success(request, _("Handed over. Print the receipt."))
            return go(request, "ipd:death_detail", death.pk)
    return _detail(request, death, form)
