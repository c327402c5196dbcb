"""Medicines as the caller's hospital has them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.nouns import Noun
from patients import permissions
from patients.models import Aware, Flag, Medication
from patients.prescribing.medicines import Medicine
from patients.queries.formulary import FILTERS, formulary_at, medicines_of


class MedicationSerializer(serializers.Serializer[Medicine]):
    """A medicine. `unknown` and an empty schedule say nothing: they never mean safe or over the counter.

    `available` is null as long as the free-drug counter has not said; `approved` is the hospital's own word.
    """

    id = serializers.UUIDField()
    generic_name = serializers.CharField()
    name_hi = serializers.CharField()
    strength = serializers.CharField()
    form = serializers.CharField()
    route = serializers.CharField()
    atc_code = serializers.CharField()
    ingredients = serializers.ListField(child=serializers.CharField())
    pregnancy_flag = serializers.ChoiceField(choices=Flag.choices)
    lactation_flag = serializers.ChoiceField(choices=Flag.choices)
    flag_source = serializers.CharField()
    high_alert = serializers.BooleanField()
    aware_group = serializers.ChoiceField(choices=Aware.choices, allow_blank=True)
    schedule = serializers.CharField()
    nlem_level = serializers.CharField()
    listed = serializers.BooleanField()
    available = serializers.BooleanField(allow_null=True)
    approved = serializers.BooleanField()
    source = serializers.CharField()
    edition = serializers.CharField()


class MedicationViewSet(mixins.RetrieveModelMixin, Noun):
    """The state's medicines with what the caller's hospital says of each; `q` searches both scripts."""

    needed = {"list": permissions.VIEW_FORMULARY, "retrieve": permissions.VIEW_FORMULARY}
    queryset = Medication.objects.none()
    serializer_class = MedicationSerializer
    narrowed_by = ("q", "only")
    ordering_fields = ["generic_name"]
    ordering = ["generic_name"]

    def get_queryset(self) -> Any:
        return Medication.objects.filter(is_withdrawn=False)

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words of the name, the ATC code or an ingredient."),
            OpenApiParameter("only", str, enum=list(FILTERS)),
        ]
    )
    def list(self, request: Request) -> Response:
        held = formulary_at(request.user.posting.facility_id)
        found = {
            one.id: one
            for one in medicines_of(
                held, words=request.query_params.get("q", ""), only=request.query_params.get("only", "")
            )
        }
        page = self.paginate_queryset(self.get_queryset().filter(pk__in=found).order_by("generic_name", "id"))
        shown = [found[row.pk] for row in page if row.pk in found]
        return self.get_paginated_response(MedicationSerializer(shown, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        held = formulary_at(request.user.posting.facility_id)
        return Response(MedicationSerializer(held.by_id[row.pk]).data)
