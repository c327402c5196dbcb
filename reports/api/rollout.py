"""The roll-out: how far the system has come at each hospital. The same services as the pages."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from facilities.models import Facility
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients.api.people import Words, optional
from reports import permissions, queries, services
from reports.queries import Line, Use, Why
from reports.states import Module, RolloutStatus, StepKind


class UseSerializer(serializers.Serializer[Use]):
    """What a hospital did with one module. `share`: percent of what is expected in a week."""

    module = serializers.ChoiceField(choices=Module.choices)
    transactions_7 = serializers.IntegerField()
    users_7 = serializers.IntegerField()
    transactions_30 = serializers.IntegerField()
    users_30 = serializers.IntegerField()
    expected = serializers.IntegerField(allow_null=True)
    share = serializers.IntegerField(allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    """The link in the last 7 days; ms where something was measured."""

    open_hours = serializers.IntegerField()
    without_contact = serializers.IntegerField(source="lost")
    readings = serializers.IntegerField()
    failures = serializers.IntegerField()
    median_ms = serializers.IntegerField(source="median", allow_null=True)
    worst_ms = serializers.IntegerField(source="worst", allow_null=True)


class StepSerializer(serializers.Serializer[Any]):
    """A step as people say it. `seen`: what the system sees of it; null where it can see nothing."""

    step = serializers.ChoiceField(choices=StepKind.choices, source="kind")
    state = serializers.ChoiceField(
        choices=RolloutStatus.choices, source="said.status", default=None, allow_null=True
    )
    rev = serializers.IntegerField(source="said.rev", default=None, allow_null=True)
    due_on = serializers.DateField(source="said.due_on", default=None, allow_null=True)
    done_on = serializers.DateField(source="said.done_on", default=None, allow_null=True)
    responsible = serializers.CharField(source="said.responsible", default="")
    remarks = serializers.CharField(source="said.remarks", default="")
    is_late = serializers.BooleanField()
    seen = serializers.BooleanField(source="is_seen", allow_null=True)


class CallSerializer(serializers.Serializer[Any]):
    """A reason to call the hospital."""

    why = serializers.ChoiceField(choices=Why.choices)
    text = serializers.CharField()


class RolloutSerializer(serializers.Serializer[Line]):
    """One hospital. Its id is the hospital's."""

    id = serializers.UUIDField(source="facility.pk")
    code = serializers.CharField(source="facility.code")
    name = serializers.CharField(source="facility.name")
    district = serializers.IntegerField(source="facility.district.lgd_code", help_text="LGD code")
    needs_call = serializers.BooleanField()
    calls = CallSerializer(many=True)
    counted_on = serializers.DateField(allow_null=True)
    modules = UseSerializer(many=True, source="uses")
    link = LinkSerializer()
    steps = StepSerializer(many=True)


class NewStep(Asked):
    """How far a step has come. `rev`: the version that the caller has seen, null where there was none."""

    step = serializers.ChoiceField(choices=StepKind.choices)
    state = serializers.ChoiceField(choices=RolloutStatus.choices)
    rev = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=0)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    done_on = serializers.DateField(required=False, allow_null=True, default=None)
    responsible = optional(Words, 120)
    remarks = optional(Words, 200)


NEW_STEP = NewStep()


class RolloutViewSet(Noun):
    """The hospitals of the government within the caller's reach."""

    needed = {
        "list": permissions.VIEW_ROLLOUT,
        "retrieve": permissions.VIEW_ROLLOUT,
        "steps": permissions.MANAGE_ROLLOUT,
    }
    queryset = Facility.objects.none()
    serializer_class = RolloutSerializer

    def get_queryset(self) -> Any:
        return queries.hospitals_of(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        lines = queries.lines_for(page, timezone.now())
        return self.get_paginated_response(RolloutSerializer(lines, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._of(self.get_object()))

    @extend_schema(request=NewStep, responses={201: RolloutSerializer})
    @action(detail=True, methods=["post"])
    def steps(self, request: Request, pk: str) -> Response:
        """Plan a step, or say how far it has come."""
        facility = self.get_object()
        asked = checked(NEW_STEP, request.data)
        rev = asked.pop("rev")
        services.set_step(
            facility=facility,
            kind=StepKind(asked.pop("step")),
            to=RolloutStatus(asked.pop("state")),
            rev=services.NOT_THERE if rev is None else rev,
            details=asked,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self._of(facility), status=201)

    def _of(self, facility: Facility) -> Any:
        (line,) = queries.lines_for([facility], timezone.now())
        return RolloutSerializer(line).data
