"""A noun of the API: what its acts need, and how the schema tells of it.

Apart from `api`, whose pages and errors the framework loads before it has viewsets.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet

from hmis.kernel.api import PROBLEM, Body, Ordering, Pages, needs


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
        action = getattr(self.view, "action", None)
        is_keyed = self.method == "POST" and action and action not in self.view.once_by_nature
        return [facility, key] if is_keyed else [facility]

    def get_filter_backends(self) -> Any:
        """Filters are the list's: an act that answers with several rows has none."""
        return super().get_filter_backends() if getattr(self.view, "action", "") == "list" else []

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        refused = self._get_response_for_code(Problem, "4XX", media_types=[PROBLEM], direction=direction)
        return {**super()._get_response_bodies(direction), "4XX": refused}


class Noun(GenericViewSet[Any]):
    """A noun of the API. `needed` names the permission of each of its acts.

    Its list refuses what it does not read: it is ordered by `ordering_fields` alone, and narrowed by its
    filters and by `narrowed_by`, the names that `list` looks at itself. Ids are given in the order of time.
    """

    needed: ClassVar[Mapping[str, str]]
    # {a POST without a key: why}: sent again, it finds what the first sending left, and answers with that.
    once_by_nature: ClassVar[Mapping[str, str]] = {}
    narrowed_by: ClassVar[Collection[str]] = ()
    ordering_fields: ClassVar[Sequence[str]] = ("id",)
    ordering: ClassVar[Sequence[str]] = ("-id",)
    filter_backends: Sequence[Any] = (DjangoFilterBackend, Ordering)
    parser_classes = [Body]
    pagination_class = Pages
    metadata_class = None
    schema = NounSchema()

    def get_permissions(self) -> list[Any]:
        permission = self.needed.get(self.action or "")
        return [needs(permission)()] if permission else [IsAuthenticated()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            unknown = request.query_params.keys() - self.read_by_list()
            if unknown:
                # A misspelt filter must not answer with everybody's.
                raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown})
            if Ordering in self.filter_backends:
                Ordering().get_ordering(request, self.queryset, self)

    def filter_queryset(self, queryset: Any) -> Any:
        """Filters are the list's: one row is asked for by its id alone."""
        return queryset if self.detail else super().filter_queryset(queryset)

    def narrowing(self) -> dict[str, str]:
        """What is said of `narrowed_by`."""
        said = self.request.query_params
        return {name: said[name] for name in self.narrowed_by if name in said}

    @classmethod
    def read_by_list(cls) -> set[str]:
        """The names that the list reads of its address."""
        filtered = cls.filterset_class.base_filters if hasattr(cls, "filterset_class") else {}
        names = {*cls.narrowed_by, *getattr(cls, "filterset_fields", ())}
        for name, one in filtered.items():
            suffixes = getattr(one.field_class.widget, "suffixes", None)
            names |= {f"{name}_{suffix}" for suffix in suffixes} if suffixes else {name}
        if cls.pagination_class is not None:
            names |= {Pages.cursor_query_param, Pages.page_size_query_param}
        if Ordering in cls.filter_backends:
            names.add(Ordering.ordering_param)
        return names
