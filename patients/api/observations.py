"""Vital signs: what was measured together is one call; a wrong value is marked, never changed."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.charts import WHOSE, encounter_here, open_to, patient_asked
from patients.api.people import Words
from patients.models import Finding, Observation, Vital
from patients.ranges import MEASURES
from patients.services import Vitals


def number(name: str, *, of: str = "") -> serializers.DecimalField:
    """A number of this vital, in its own unit: nothing is converted."""
    measure = MEASURES[of or name]
    return serializers.DecimalField(
        max_digits=6,
        decimal_places=measure.decimals,
        min_value=measure.low,
        max_value=measure.high,
        required=False,
        allow_null=True,
        help_text=measure.unit,
    )


def choice(name: str) -> serializers.ChoiceField:
    """One of what may be seen or said of this vital."""
    choices = [(one, Finding(one).label) for one in MEASURES[name].choices]
    return serializers.ChoiceField(choices=choices, required=False, allow_blank=True)


class NewVitals(Asked):
    """What was measured of one patient at one time; what was not is left out."""

    encounter = serializers.UUIDField()
    taken_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now where left out")
    confirm = serializers.BooleanField(required=False, default=False, help_text="Unlikely values are meant")
    systolic = number("systolic")
    diastolic = number("diastolic")
    pulse = number("pulse")
    respiratory_rate = number("respiratory_rate")
    spo2 = number("spo2")
    temperature = number("temperature")
    weight = number("weight")
    height = number("height")
    arm = number("arm")
    glucose = number("glucose")
    pain = number("pain")
    oxygen = choice("oxygen")
    oxygen_flow = number("oxygen_flow", of="oxygen")
    consciousness = choice("consciousness")
    pregnant = choice("pregnant")
    breast_feeding = choice("breast_feeding")
    last_period = serializers.DateField(required=False, allow_null=True)


class AskedReason(Asked):
    """Why it is struck out."""

    because = Words(max_length=200)


NEW_VITALS, ASKED_REASON = NewVitals(), AskedReason()


class ObservationSerializer(serializers.Serializer[Observation]):
    """One vital sign, by its LOINC and UCUM codes. A blood pressure has `value` over `diastolic`."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    facility = serializers.CharField(source="facility.code")
    taken_together = serializers.UUIDField()
    code = serializers.ChoiceField(choices=Vital.choices, help_text="LOINC")
    vital = serializers.CharField()
    unit = serializers.CharField(help_text="UCUM")
    value = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)
    diastolic = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)
    finding = serializers.CharField()
    on_date = serializers.DateField(allow_null=True)
    is_confirmed = serializers.BooleanField()
    taken_at = serializers.DateTimeField()
    taken_by = serializers.CharField(source="taken_by.name")
    wrong_because = serializers.CharField()
    wrong_at = serializers.DateTimeField(allow_null=True)


class ObservationViewSet(Noun):
    """Vital signs, newest first. POST takes what was measured together; unlikely values need `confirm`."""

    needed = {
        "list": permissions.VIEW_OBSERVATIONS,
        "retrieve": permissions.VIEW_OBSERVATIONS,
        "create": permissions.RECORD_OBSERVATIONS,
        "errors": permissions.RECORD_OBSERVATIONS,
    }
    queryset = Observation.objects.none()
    serializer_class = ObservationSerializer
    narrowed_by = ("patient",)

    def get_queryset(self) -> Any:
        linked = ("taken_by", "facility", "patient")
        if "patient" in self.request.query_params:
            patient = patient_asked(self.request)
            open_to(self.request, patient)
            return queries.observations_of(patient).select_related(*linked)
        return Observation.objects.visible_to(self.request.user).select_related(*linked)

    @extend_schema(parameters=[WHOSE])
    def list(self, request: Request) -> Response:
        patient = patient_asked(request)
        open_to(request, patient)
        page = self.paginate_queryset(queries.observations_of(patient))
        services.note_vitals_seen(patient=patient, actor=request.user, at=timezone.now())
        return self.get_paginated_response(ObservationSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        open_to(request, found.patient)
        services.note_vitals_seen(patient=found.patient, actor=request.user, at=timezone.now())
        return Response(ObservationSerializer(found).data)

    @extend_schema(request=NewVitals, responses={201: ObservationSerializer(many=True)})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_VITALS, request.data)
        said = {name: asked[name] for name in asked.keys() & Vitals.__dataclass_fields__.keys()}
        taken = services.record_vitals(
            encounter=encounter_here(request, asked["encounter"]),
            vitals=Vitals(**{name: value for name, value in said.items() if value not in (None, "")}),
            taken_at=asked.get("taken_at"),
            confirm=asked["confirm"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ObservationSerializer(taken, many=True).data, status=201)

    @extend_schema(request=AskedReason, responses={201: ObservationSerializer})
    @action(detail=True, methods=["post"])
    def errors(self, request: Request, pk: str) -> Response:
        """It was entered in error; only the hospital that measured says so."""
        own = Observation.objects.visible_to(request.user).select_related("taken_by", "facility", "patient")
        found = get_object_or_404(own, pk=pk)
        services.mark_wrong(
            observation=found,
            because=checked(ASKED_REASON, request.data)["because"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ObservationSerializer(get_object_or_404(own, pk=pk)).data, status=201)
