"""Diagnoses: found by code or words, written, judged, kept on the problem list."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients import codes, permissions, queries, services
from patients.api.charts import encounter_here, open_to, patient_asked
from patients.api.people import Words, optional
from patients.models import BirthPrecision, Condition, Encounter
from patients.queries.merging import same_person
from patients.services import Diagnosis
from patients.states import ConditionStatus

PRECISIONS = [("", "—"), *BirthPrecision.choices]
JUDGED = [one for one in ConditionStatus.choices if one[0] != ConditionStatus.PROVISIONAL]


class NewCondition(Asked):
    """A diagnosis of an encounter. Without `is_problem` a chronic disease goes to the problem list."""

    encounter = serializers.UUIDField()
    code = serializers.CharField(max_length=7)
    words = optional(Words, 200)
    status = serializers.ChoiceField(choices=ConditionStatus.choices, default=ConditionStatus.PROVISIONAL)
    is_main = serializers.BooleanField(default=False)
    is_problem = serializers.BooleanField(required=False, allow_null=True, default=None)
    onset_on = serializers.DateField(required=False, allow_null=True, default=None)
    onset_precision = serializers.ChoiceField(choices=PRECISIONS, required=False, default="")


class AskedJudgement(Asked):
    """How sure the diagnosis is now; `rev` as it was read."""

    status = serializers.ChoiceField(choices=JUDGED)
    why = optional(Words, 200)
    rev = serializers.IntegerField(min_value=0)


class AskedKeeping(Asked):
    """What is kept of a diagnosis; what is left out stays as it is."""

    is_main = serializers.BooleanField(required=False)
    is_problem = serializers.BooleanField(required=False)
    onset_on = serializers.DateField(required=False, allow_null=True)
    onset_precision = serializers.ChoiceField(choices=PRECISIONS, required=False)
    resolved_on = serializers.DateField(required=False, allow_null=True)
    rev = serializers.IntegerField(min_value=0)


NEW_CONDITION, ASKED_JUDGEMENT, ASKED_KEEPING = NewCondition(), AskedJudgement(), AskedKeeping()


class CodeSerializer(serializers.Serializer[codes.Code]):
    """A diagnosis that may be written."""

    code = serializers.CharField()
    title = serializers.CharField()
    title_hi = serializers.CharField()
    is_chronic = serializers.BooleanField()


class ConditionSerializer(serializers.Serializer[Condition]):
    """A diagnosis as it stands."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    department = serializers.CharField(source="department.code")
    code = serializers.CharField()
    title = serializers.CharField()
    title_hi = serializers.CharField()
    words = serializers.CharField()
    status = serializers.ChoiceField(choices=ConditionStatus.choices)
    why_changed = serializers.CharField()
    is_main = serializers.BooleanField()
    is_problem = serializers.BooleanField()
    onset_on = serializers.DateField(allow_null=True)
    onset_precision = serializers.CharField()
    resolved_on = serializers.DateField(allow_null=True)
    recorded_by = serializers.CharField(source="recorded_by.name")
    recorded_at = serializers.DateTimeField()


class Narrowed(Asked):
    """What a list may be narrowed to."""

    patient = serializers.UUIDField(required=False)
    encounter = serializers.UUIDField(required=False)


NARROWED, NARROWED_BY = Narrowed(), ("patient", "encounter")
NARROWING = [OpenApiParameter("patient", str), OpenApiParameter("encounter", str)]


def narrowed(request: Request) -> dict[str, Any]:
    """The patient (on whichever record) or the encounter that a list is asked for; their chart is open now.

    Nobody's chart is read where neither is said: {}.
    """
    given = {name: request.query_params[name] for name in NARROWED_BY if name in request.query_params}
    asked = checked(NARROWED, given)
    if "encounter" in asked:
        here = Encounter.objects.visible_to(request.user).select_related("patient")
        open_to(request, get_object_or_404(here, pk=asked["encounter"]).patient, read=True)
    elif "patient" in asked:
        open_to(request, patient_asked(request), read=True)
    whose = {"patient__in": same_person(asked.pop("patient"))} if "patient" in asked else {}
    return asked | whose


class ConditionViewSet(Noun):
    """Diagnoses by ICD-10, newest first."""

    needed = {
        "list": permissions.VIEW_NOTES,
        "retrieve": permissions.VIEW_NOTES,
        "create": permissions.WRITE_NOTES,
        "partial_update": permissions.WRITE_NOTES,
        "judgements": permissions.WRITE_NOTES,
        "codes": permissions.WRITE_NOTES,
        "problems": permissions.VIEW_NOTES,
    }
    queryset = Condition.objects.none()
    serializer_class = ConditionSerializer
    narrowed_by = NARROWED_BY

    def get_queryset(self) -> Any:
        return queries.conditions_here(self.request.user)

    @extend_schema(parameters=NARROWING)
    def list(self, request: Request) -> Response:
        asked = narrowed(request)
        if not asked:
            raise Refusal(_("Say whose diagnoses: a patient, or a visit."), field="patient")
        page = self.paginate_queryset(queries.conditions_charted().filter(**asked))
        return self.get_paginated_response(ConditionSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        condition = self.get_object()
        open_to(request, condition.patient, read=True)
        return Response(ConditionSerializer(condition).data)

    @extend_schema(request=NewCondition, responses={201: ConditionSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_CONDITION, request.data)
        encounter = encounter_here(request, asked.pop("encounter"))
        open_to(request, encounter.patient)
        asked["status"] = ConditionStatus(asked["status"])
        condition = services.record_condition(
            encounter=encounter,
            diagnosis=Diagnosis(**asked),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ConditionSerializer(condition).data, status=201)

    def _opened(self) -> Condition:
        """A diagnosis of this hospital; the chart that it stands in is open."""
        condition: Condition = self.get_object()
        open_to(self.request, condition.patient)
        return condition

    @extend_schema(request=AskedKeeping, responses={200: ConditionSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Main or not, on the problem list or not, since when, over since when."""
        condition, asked = self._opened(), checked(ASKED_KEEPING, request.data)
        kept = services.keep_condition(
            condition=condition,
            rev=asked.pop("rev"),
            details=asked,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ConditionSerializer(kept).data)

    @extend_schema(request=AskedJudgement, responses={201: ConditionSerializer})
    @action(detail=True, methods=["post"])
    def judgements(self, request: Request, pk: str) -> Response:
        """The diagnosis is final, or refuted and why."""
        condition, asked = self._opened(), checked(ASKED_JUDGEMENT, request.data)
        judged = services.judge_condition(
            condition=condition,
            to=ConditionStatus(asked["status"]),
            why=asked.get("why", ""),
            rev=asked["rev"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ConditionSerializer(judged).data, status=201)

    @extend_schema(parameters=[OpenApiParameter("q", str)], responses={200: CodeSerializer(many=True)})
    @action(detail=False, methods=["get"], pagination_class=None)
    def codes(self, request: Request) -> Response:
        """ICD-10 by code, or by words in English, Hindi or Latin letters; without `q` what is used most."""
        found = queries.codes_for(request.user, request.query_params.get("q", ""), today=timezone.localdate())
        return Response(CodeSerializer(found, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("patient", str, required=True)],
        responses={200: ConditionSerializer(many=True)},
    )
    @action(detail=False, methods=["get"])
    def problems(self, request: Request) -> Response:
        """A patient's problem list, from whatever hospital."""
        if "patient__in" not in narrowed(request):
            raise Refusal(_("Say whose problem list."), field="patient")
        page = self.paginate_queryset(queries.problems_of(UUID(request.query_params["patient"])))
        return self.get_paginated_response(ConditionSerializer(page, many=True).data)
