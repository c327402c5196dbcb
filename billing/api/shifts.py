"""Shifts: opened, closed by a count, accepted."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.models import Shift
from billing.states import PaymentMode, ShiftStatus
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients.api.people import Words, optional


class AmountField(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=13, decimal_places=2, **options)


class TakenSerializer(serializers.Serializer[Any]):
    """What came and went by one way of payment."""

    mode = serializers.ChoiceField(choices=PaymentMode.choices)
    receipts = serializers.IntegerField()
    received = AmountField(source="came")
    paid_back = AmountField(source="back")


class ShiftSerializer(serializers.Serializer[Shift]):
    """A cashier's shift. The sums of its count are null while it is open."""

    id = serializers.UUIDField()
    cashier = serializers.CharField(source="cashier.name")
    status = serializers.ChoiceField(choices=ShiftStatus.choices)
    opened_at = serializers.DateTimeField()
    opening_float = AmountField()
    taken_over_from = serializers.UUIDField(source="taken_over_from_id", allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    count = serializers.DictField(child=serializers.IntegerField())
    counted = AmountField(allow_null=True)
    expected = AmountField(allow_null=True)
    difference = AmountField(allow_null=True)
    explanation = serializers.CharField()
    left_in_drawer = AmountField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    acceptance_note = serializers.CharField()


class ShiftWithTakingsSerializer(ShiftSerializer):
    """A shift with what it took so far."""

    taken = serializers.SerializerMethodField()

    @extend_schema(responses=TakenSerializer(many=True))
    def get_taken(self, shift: Shift) -> list[dict[str, Any]]:
        return list(TakenSerializer(queries.taken_in(shift), many=True).data)


class DrawerSerializer(serializers.Serializer[Shift]):
    """A drawer with money that the next cashier may take over."""

    shift = serializers.UUIDField(source="id")
    cashier = serializers.CharField(source="cashier.name")
    left_in_drawer = AmountField()
    closed_at = serializers.DateTimeField()


class NewShift(Asked):
    """A float out of the safe, or the closed shift whose drawer is taken over."""

    opening_float = AmountField(min_value=0, default="0.00")
    taken_over_from = serializers.UUIDField(required=False, allow_null=True)


class Count(Asked):
    """How many notes and coins of each kind: {"500": 3, …, "paise": 50}."""

    count = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=99_999))
    explanation = optional(Words, 200, default="")
    left_in_drawer = AmountField(min_value=0, default="0.00")


class Acceptance(Asked):
    """A note; one person alone must write it."""

    note = optional(Words, 200, default="")


NEW_SHIFT, COUNT, ACCEPTANCE = NewShift(), Count(), Acceptance()


class ShiftViewSet(Noun):
    """Shifts of the hospitals within reach; one's own by `current`."""

    needed = {
        "list": permissions.VIEW_COLLECTIONS,
        "retrieve": permissions.VIEW_COLLECTIONS,
        "create": permissions.OPEN_SHIFT,
        "current": permissions.OPEN_SHIFT,
        "drawers": permissions.OPEN_SHIFT,
        "closings": permissions.OPEN_SHIFT,
        "acceptances": permissions.ACCEPT_SHIFTS,
    }
    once_by_nature = {"acceptances": "who accepted it finds it accepted"}
    queryset = Shift.objects.none()
    serializer_class = ShiftSerializer

    def get_queryset(self) -> Any:
        return Shift.objects.visible_to(self.request.user).select_related("cashier", "facility")

    @extend_schema(responses=ShiftSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ShiftSerializer(page, many=True).data)

    @extend_schema(responses=ShiftWithTakingsSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(ShiftWithTakingsSerializer(get_object_or_404(self.get_queryset(), pk=pk)).data)

    @extend_schema(request=NewShift, responses={201: ShiftSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_SHIFT, request.data)
        drawer_id = asked.get("taken_over_from")
        drawer = get_object_or_404(self.get_queryset(), pk=drawer_id) if drawer_id else None
        shift = services.open_shift(
            opening_float=asked["opening_float"],
            taken_over_from=drawer,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ShiftSerializer(shift).data, status=201)

    @extend_schema(responses=ShiftWithTakingsSerializer)
    @action(detail=False, methods=["get"])
    def current(self, request: Request) -> Response:
        """The caller's own open shift; 422 says that there is none."""
        shift = queries.open_shift_of(request.user)
        if shift is None:
            raise Refusal(_("You have no open shift. Open it before you take cash."), field="shift")
        return Response(ShiftWithTakingsSerializer(shift).data)

    @extend_schema(responses=DrawerSerializer(many=True))
    @action(detail=False, methods=["get"])
    def drawers(self, request: Request) -> Response:
        """Drawers with money that wait for the next cashier."""
        page = self.paginate_queryset(queries.drawers_waiting(request.user))
        return self.get_paginated_response(DrawerSerializer(page, many=True).data)

    @extend_schema(request=Count, responses={201: ShiftSerializer})
    @action(detail=True, methods=["post"])
    def closings(self, request: Request, pk: str) -> Response:
        """Close the shift by its count."""
        asked = checked(COUNT, request.data)
        shift = get_object_or_404(self.get_queryset(), pk=pk)
        closed = services.close_shift(
            shift=shift, request_key=idempotency_key(request), actor=request.user, at=timezone.now(), **asked
        )
        return Response(ShiftSerializer(closed).data, status=201)

    @extend_schema(request=Acceptance, responses={201: ShiftSerializer})
    @action(detail=True, methods=["post"])
    def acceptances(self, request: Request, pk: str) -> Response:
        """A second person has seen the count and its money."""
        asked = checked(ACCEPTANCE, request.data)
        shift = get_object_or_404(self.get_queryset(), pk=pk)
        accepted = services.accept_shift(shift=shift, actor=request.user, at=timezone.now(), **asked)
        return Response(ShiftSerializer(accepted).data, status=201)
