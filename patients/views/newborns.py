"""Newborns, registered from their mother's page in one step."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from patients import permissions, queries, services
from patients.forms.newborns import BirthForm, DeliveryForm
from patients.models import Birth


@requires(permissions.REGISTER_NEWBORN)
@require_http_methods(["GET", "POST"])
def newborn_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """One child, or twins: "Baby of …", each with a UHID of its own."""
    reachable = queries.reachable_by(request.user, patient_id)
    mother = get_object_or_404(reachable.select_related("district", "block", "facility"))
    form = DeliveryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            births = services.register_newborns(
                mother=mother,
                babies=form.newborns(),
                request_key=form.cleaned_data["request_key"],
                confirm_another=form.cleaned_data["confirm_another"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            names = ", ".join(f"{birth.baby} ({birth.baby.uhid_shown})" for birth in births)
            messages.success(request, _("Registered: %(names)s") % {"names": names})
            return go(request, "patients:patient_detail", mother.pk)
    status = 422 if request.method == "POST" else 200
    context = {"patient": mother, "form": form, "births": queries.births_of(mother)}
    return render(request, "patients/newborn_new.html", context, status=status)


@requires(permissions.REGISTER_NEWBORN)
@require_http_methods(["GET", "POST"])
def birth_edit(request: HttpRequest, birth_id: UUID) -> HttpResponseBase:
    """The hour, the weight or the sex of a birth is put right."""
    linked = ("baby__district", "mother", "registered_by")
    birth = get_object_or_404(Birth.objects.visible_to(request.user).select_related(*linked), pk=birth_id)
    form = BirthForm(request.POST or None, birth=birth)
    if form.is_valid():
        try:
            services.correct_birth(birth=birth, **form.details(), actor=request.user, at=timezone.now())
        except (Refusal, ValidationError) as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Saved."))
            return go(request, "patients:patient_detail", birth.baby_id)
    status = 422 if request.method == "POST" else 200
    context = {"patient": birth.baby, "birth": birth, "form": form}
    return render(request, "patients/birth_edit.html", context, status=status)
