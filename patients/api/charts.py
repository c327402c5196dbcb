"""Whose chart a call reads: that of somebody treated here, or opened in an emergency; else 403."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request

from hmis.kernel.errors import Refusal
from patients import queries, services
from patients.models import Encounter, Patient
from patients.queries.chart import Opened

WHOSE = OpenApiParameter("patient", UUID, required=True, description="Whose rows")


def patient_asked(request: Request) -> Patient:
    """Whose rows are asked for: `?patient=`. A stranger's are not there."""
    said = request.query_params.get("patient", "")
    try:
        wanted = UUID(said)
    except ValueError as error:
        raise serializers.ValidationError({"patient": [_("Say whose: a patient's id.")]}) from error
    return get_object_or_404(queries.reachable_by(request.user, wanted))


def open_to(request: Request, patient: Patient, *, read: bool = False) -> Opened:
    """Open the chart for this call; 403 where it is closed to the caller. `read`: nothing else notes it."""
    return services.open_chart(patient=patient, actor=request.user, at=timezone.now(), read=read)


def encounter_here(request: Request, encounter_id: Any) -> Encounter:
    """An encounter of the caller's hospital; a stranger's is not there."""
    encounter = Encounter.objects.visible_to(request.user).filter(pk=encounter_id).first()
    if encounter is None:
        raise Refusal(_("There is no such visit here."), field="encounter")
    return encounter
