"""Warning scores of inpatients: read, and answered by name."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from ipd import permissions, queries, services, states
from ipd.models import EarlyWarning, WarningAnswer
from patients.api.people import Words, optional


class WarningNarrowed(Asked):
    """What the list of unanswered scores may be narrowed to."""

    admission = serializers.UUIDField(required=False)
    patient = serializers.UUIDField(required=False)


class AskedWarningAnswer(Asked):
    """What was done about a score, and who was told; the score and all before it are answered."""

    response = serializers.ChoiceField(choices=states.Response.choices)
    told = optional(Words, 120)
    note = optional(Words, 300)


WARNING_NARROWED, ASKED_ANSWER = WarningNarrowed(), AskedWarningAnswer()
FIELDS = {"admission": "admission_id", "patient": "patient_id"}


class EarlyWarningSerializer(serializers.Serializer[EarlyWarning]):
    """The NEWS2 score of one set of vital signs (Royal College of Physicians, 2017)."""

    id = serializers.UUIDField()
    admission = serializers.UUIDField(source="admission_id")
    patient = serializers.UUIDField(source="patient_id")
    taken_together = serializers.UUIDField()
    taken_at = serializers.DateTimeField()
    score = serializers.IntegerField()
    points = serializers.DictField(child=serializers.IntegerField())
    reds = serializers.ListField(child=serializers.CharField())
    scale = serializers.IntegerField()
    risk = serializers.ChoiceField(choices=states.Risk.choices)
    next_due_at = serializers.DateTimeField()


class WarningAnswerSerializer(serializers.Serializer[WarningAnswer]):
    """Who answered a score, and how."""

    id = serializers.UUIDField()
    warning = serializers.UUIDField(source="warning_id")
    response = serializers.ChoiceField(choices=states.Response.choices)
    told = serializers.CharField()
    note = serializers.CharField()
    answered_by = serializers.CharField(source="answered_by.name")
    answered_at = serializers.DateTimeField()


class WarningViewSet(Noun):
    """Warning scores that ask for a doctor and that nobody has answered: those that concern the caller."""

    needed = {"list": permissions.ANSWER_WARNINGS, "answers": permissions.ANSWER_WARNINGS}
    queryset = EarlyWarning.objects.none()
    serializer_class = EarlyWarningSerializer
    narrowed_by = tuple(FIELDS)

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in FIELDS])
    def list(self, request: Request) -> Response:
        asked = checked(WARNING_NARROWED, self.narrowing())
        rows = queries.warnings_of(request.user)
        rows = rows.filter(**{FIELDS[name]: value for name, value in asked.items()})
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(EarlyWarningSerializer(page, many=True).data)

    @extend_schema(request=AskedWarningAnswer, responses={201: WarningAnswerSerializer})
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str) -> Response:
        warning = get_object_or_404(EarlyWarning.objects.visible_to(request.user), pk=pk)
        asked = checked(ASKED_ANSWER, request.data)
        answer = services.answer_warning(
            warning=warning,
            response=states.Response(asked["response"]),
            told=asked.get("told", ""),
            note=asked.get("note", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(WarningAnswerSerializer(answer).data, status=201)
