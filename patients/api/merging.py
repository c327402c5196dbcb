"""Two records of one person: joined, and separated again."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.people import Words
from patients.models import MergeRecord, Patient
from patients.queries import merging


class NewMerge(Asked):
    """Which record is given up, which one goes on, and why they are one person's."""

    patient = serializers.UUIDField()
    kept = serializers.UUIDField()
    why = Words(max_length=160)


class AskedUndoing(Asked):
    """Why these are two people."""

    why = Words(max_length=160)


NEW_MERGE, ASKED_UNDOING = NewMerge(), AskedUndoing()


class MergeSerializer(serializers.Serializer[MergeRecord]):
    """That `patient` was given up for `kept`, by whom and why; `undone_at`: they were separated again."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField(source="patient_id")
    uhid = serializers.CharField(source="patient.uhid")
    kept = serializers.UUIDField(source="kept_id")
    kept_uhid = serializers.CharField(source="kept.uhid")
    why = serializers.CharField()
    merged_by = serializers.CharField(source="merged_by.name")
    merged_at = serializers.DateTimeField()
    undone_by = serializers.CharField(source="undone_by.name", default=None, allow_null=True)
    undone_at = serializers.DateTimeField(allow_null=True)
    undone_why = serializers.CharField()


class MergeViewSet(Noun):
    """What this hospital has joined and separated again, newest first."""

    needed = {
        "list": permissions.MERGE_PATIENTS,
        "retrieve": permissions.MERGE_PATIENTS,
        "create": permissions.MERGE_PATIENTS,
        "undoings": permissions.MERGE_PATIENTS,
    }
    queryset = MergeRecord.objects.none()
    serializer_class = MergeSerializer
    filter_backends = []

    def get_queryset(self) -> Any:
        return merging.merges_here(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(MergeSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(MergeSerializer(self.get_object()).data)

    @extend_schema(request=NewMerge, responses={201: MergeSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_MERGE, request.data)
        merge = services.merge_patients(
            patient=_reached(request, asked["patient"], "patient"),
            kept=_reached(request, asked["kept"], "kept"),
            why=asked["why"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(MergeSerializer(merge).data, status=201)

    @extend_schema(request=AskedUndoing, responses={201: MergeSerializer})
    @action(detail=True, methods=["post"])
    def undoings(self, request: Request, pk: str) -> Response:
        """These are two people after all."""
        merge = services.undo_merge(
            merge=self.get_object(),
            why=checked(ASKED_UNDOING, request.data)["why"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(MergeSerializer(merge).data, status=201)


def _reached(request: Request, patient_id: UUID, field: str) -> Patient:
    found = queries.reachable_by(request.user, patient_id).first()
    if found is None:
        raise Refusal(_("There is no such patient."), field=field)
    return found
