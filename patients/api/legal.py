"""Medico-legal cases: the register, and what the police were told."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.people import Words, optional
from patients.models import CaseKind, Encounter, MedicoLegalCase, PoliceIntimation
from patients.services import CaseDetails, Intimation


class AskedIntimation(Asked):
    """Which police station was told, when, and who took it down there."""

    station = Words(max_length=120)
    informed_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Now where left out")
    officer = optional(Words, 120)


class NewCase(Asked):
    """Which contact is a medico-legal case, and of what kind."""

    encounter = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    particulars = optional(Words, 400)
    brought_by = optional(Words, 240)
    police = AskedIntimation(required=False, allow_null=True)


class AskedCorrection(Asked):
    """What a case turned out to be, and why; `rev` as the case was read."""

    kind = serializers.ChoiceField(choices=CaseKind.choices)
    why = Words(max_length=200)
    rev = serializers.IntegerField(min_value=0)


NEW_CASE, ASKED_INTIMATION, ASKED_CORRECTION = NewCase(), AskedIntimation(), AskedCorrection()


def intimation_of(asked: Mapping[str, Any]) -> Intimation:
    """What the service takes."""
    return Intimation(asked["station"], asked.get("informed_at"), asked.get("officer", ""))


class IntimationSerializer(serializers.Serializer[PoliceIntimation]):
    """One time that the police were told."""

    id = serializers.UUIDField()
    station = serializers.CharField()
    officer = serializers.CharField()
    informed_at = serializers.DateTimeField()
    informed_by = serializers.CharField(source="informed_by.name")


class CaseSerializer(serializers.Serializer[MedicoLegalCase]):
    """A line of the register; the names of minors and of survivors are withheld."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    rev = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    why_corrected = serializers.CharField()
    marked_at = serializers.DateTimeField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    uhid = serializers.CharField(source="patient.uhid")
    name = serializers.CharField(source="patient.listed_name")
    is_name_withheld = serializers.BooleanField(source="patient.is_withheld")
    brought_by = serializers.CharField()
    particulars = serializers.CharField()
    intimations = IntimationSerializer(many=True)


class CaseViewSet(Noun):
    """The medico-legal register, newest first. Only the kind of a case is ever put right."""

    needed = {
        "list": permissions.VIEW_CASES,
        "retrieve": permissions.VIEW_CASES,
        "create": permissions.OPEN_CASE,
        "intimations": permissions.OPEN_CASE,
        "corrections": permissions.OPEN_CASE,
    }
    queryset = MedicoLegalCase.objects.none()
    serializer_class = CaseSerializer

    def get_queryset(self) -> Any:
        return queries.cases_here(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        queries.withhold_names(case.patient for case in page)
        return self.get_paginated_response(CaseSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._shown(pk))

    def _shown(self, pk: Any) -> Any:
        case = get_object_or_404(self.get_queryset(), pk=pk)
        queries.withhold_names([case.patient])
        return CaseSerializer(case).data

    @extend_schema(request=NewCase, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_CASE, request.data)
        encounter = Encounter.objects.visible_to(request.user).filter(pk=asked["encounter"]).first()
        if encounter is None:
            raise Refusal(_("There is no such visit here."), field="encounter")
        police = asked.get("police")
        details = CaseDetails(
            CaseKind(asked["kind"]),
            asked.get("particulars", ""),
            asked.get("brought_by", ""),
            intimation_of(police) if police else None,
        )
        opened = services.open_case(
            encounter=encounter,
            details=details,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self._shown(opened.case.pk), status=201)

    @extend_schema(request=AskedIntimation, responses={201: CaseSerializer})
    @action(detail=True, methods=["post"])
    def intimations(self, request: Request, pk: str) -> Response:
        """The police were told."""
        case = self.get_object()
        services.inform_police(
            case=case,
            intimation=intimation_of(checked(ASKED_INTIMATION, request.data)),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self._shown(case.pk), status=201)

    @extend_schema(request=AskedCorrection, responses={201: CaseSerializer})
    @action(detail=True, methods=["post"])
    def corrections(self, request: Request, pk: str) -> Response:
        """The kind is put right."""
        case, asked = self.get_object(), checked(ASKED_CORRECTION, request.data)
        services.correct_case(
            case=case,
            kind=CaseKind(asked["kind"]),
            why=asked["why"],
            rev=asked["rev"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self._shown(case.pk), status=201)
