"""A noun of the API: what its acts need, and how the schema tells of it.

Apart from `api`, whose pages and errors the framework loads before it has viewsets.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.viewsets import GenericViewSet

from hmis.kernel.api import PROBLEM, Body, Pages, needs


class ProblemField(serializers.Serializer[Any]):
    """One field's sentence."""

    field = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """What went wrong (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = ProblemField(many=True, required=False)


class NounSchema(AutoSchema):
    """Every noun's headers, and its refusals."""

    def get_override_parameters(self) -> list[OpenApiParameter]:
        header = OpenApiParameter.HEADER
        facility = OpenApiParameter(
            "X-Facility", str, header, description="Where the caller works now, by code: RIMS."
        )
        key = OpenApiParameter(
            "Idempotency-Key", str, header, description="Sent twice with one key, a call counts once."
        )
        return [facility, key] if self.method == "POST" else [facility]

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        refused = self._get_response_for_code(Problem, "4XX", media_types=[PROBLEM], direction=direction)
        return {**super()._get_response_bodies(direction), "4XX": refused}


class Noun(GenericViewSet[Any]):
    """A noun of the API. `needed` names the permission of each of its acts."""

    needed: ClassVar[Mapping[str, str]]
    parser_classes = [Body]
    pagination_class = Pages
    metadata_class = None
    schema = NounSchema()

    def get_permissions(self) -> list[Any]:
        permission = self.needed.get(self.action or "")
        return [needs(permission)()] if permission else [IsAuthenticated()]
