"""Newborns: one act for the children of one delivery."""

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
from patients.api.people import PersonSerializer, Words
from patients.models import Birth, Sex
from patients.services import MOST_AT_ONCE, Newborn


class AskedBaby(Asked):
    """One child."""

    sex = serializers.ChoiceField(choices=Sex.choices)
    born_at = serializers.DateTimeField()
    weight_grams = serializers.IntegerField(min_value=1, max_value=20_000, required=False, allow_null=True)


class NewDelivery(Asked):
    """Which mother, and her children; twins are two."""

    mother = serializers.UUIDField()
    babies = serializers.ListField(child=AskedBaby(), min_length=1, max_length=MOST_AT_ONCE)
    confirm_another = serializers.BooleanField(required=False, default=False)


class AskedBirth(AskedBaby):
    """What stands in the register from now on, and why; `rev` is that of the row that was read."""

    why = Words(max_length=160)
    rev = serializers.IntegerField()


NEW_DELIVERY, ASKED_BIRTH = NewDelivery(), AskedBirth()


class BirthSerializer(serializers.Serializer[Birth]):
    """A child with its own UHID."""

    id = serializers.UUIDField()
    place = serializers.IntegerField(help_text="Which baby of this birth: 1 is the first")
    born_at = serializers.DateTimeField()
    weight_grams = serializers.IntegerField(allow_null=True)
    mother = serializers.UUIDField(source="mother_id")
    rev = serializers.IntegerField()
    baby = PersonSerializer()


class NewbornViewSet(Noun):
    """POST gives each child of one delivery a UHID, linked to its mother."""

    needed = {"create": permissions.REGISTER_NEWBORN, "corrections": permissions.REGISTER_NEWBORN}
    queryset = Birth.objects.none()
    serializer_class = BirthSerializer

    @extend_schema(request=NewDelivery, responses={201: BirthSerializer(many=True)})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_DELIVERY, request.data)
        mother = queries.reachable_by(request.user, asked["mother"]).first()
        if mother is None:
            raise Refusal(_("There is no such patient here. Search by UHID or ABHA first."), field="mother")
        births: Any = services.register_newborns(
            mother=mother,
            babies=[_newborn(one) for one in asked["babies"]],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
            confirm_another=asked["confirm_another"],
        )
        return Response(BirthSerializer(births, many=True).data, status=201)

    @extend_schema(request=AskedBirth, responses={201: BirthSerializer})
    @action(detail=True, methods=["post"])
    def corrections(self, request: Request, pk: str) -> Response:
        """A slip of the pen is put right: the hour, the weight, the sex."""
        asked = checked(ASKED_BIRTH, request.data)
        birth = get_object_or_404(Birth.objects.visible_to(request.user), pk=pk)
        put_right = services.correct_birth(
            birth=birth,
            newborn=_newborn(asked),
            why=asked["why"],
            rev=asked["rev"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(BirthSerializer(put_right).data, status=201)


def _newborn(asked: Mapping[str, Any]) -> Newborn:
    return Newborn(Sex(asked["sex"]), asked["born_at"], asked.get("weight_grams"))
