"""Signing in, and the hospitals."""

from typing import Any

from django.contrib.auth.models import update_last_login
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import exceptions, mixins, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from facilities import permissions, services
from facilities.models import Facility
from hmis.kernel.api import Asked, Body, checked
from hmis.kernel.callers import client_address, refuse_one_time
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun, NounSchema


class Login(Asked):
    """A person's name and password."""

    username = serializers.CharField(max_length=64)
    password = serializers.CharField(max_length=128, trim_whitespace=False, write_only=True)


class IssuedTokenSerializer(serializers.Serializer[Any]):
    """What is sent as `Authorization: Token …` until it expires."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()


LOGIN = Login()


class TokenView(APIView):
    """Name and password for a token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [Body]
    metadata_class = None
    schema = NounSchema()

    @extend_schema(
        operation_id="auth_token_create", request=Login, responses={201: IssuedTokenSerializer}, auth=[]
    )
    def post(self, request: Request) -> Response:
        asked, at = checked(LOGIN, request.data), timezone.now()
        try:
            person = services.let_in(address=client_address(request), at=at, **asked)
        except services.TooManyTries as refusal:
            raise exceptions.Throttled(detail=str(refusal)) from refusal
        except Refusal as refusal:
            raise exceptions.AuthenticationFailed(str(refusal)) from refusal
        refuse_one_time(person)
        services.note_login(actor=person, at=at)
        update_last_login(None, person)
        held, token = AuthToken.objects.create(person)
        return Response(IssuedTokenSerializer({"token": token, "expires_at": held.expiry}).data, status=201)

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"


class FacilitySerializer(serializers.Serializer[Facility]):
    """A hospital."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    kind = serializers.CharField()
    district = serializers.IntegerField(source="district.lgd_code", help_text="LGD code")
    district_name = serializers.CharField(source="district.name")
    hfr_id = serializers.CharField(allow_blank=True)


class FacilityViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """The hospitals that the caller's posting reaches."""

    needed = {"list": permissions.VIEW_PLACES, "retrieve": permissions.VIEW_PLACES}
    queryset = Facility.objects.none()
    serializer_class = FacilitySerializer
    filterset_fields = ["code", "kind", "hfr_id"]
    ordering_fields = ["code", "name", "kind"]
    ordering = ["code"]

    def get_queryset(self) -> Any:
        return Facility.objects.visible_to(self.request.user).select_related("district")
