"""The registries: facilities of the HFR and their steps, and how far HFR, HPR and ABHA have come."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients.api.people import Words, optional
from reports import permissions, queries, services
from reports.forms.registries import DUE, plain_hfr_id
from reports.models import RegistryEntry
from reports.states import OF_THE_STATE, Ownership, RegistryKind, RegistryStatus


class RegistrySerializer(serializers.Serializer[RegistryEntry]):
    """A facility of the state in the HFR. Of a hospital with a `code` the hospital's own row speaks."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    code = serializers.CharField(source="facility.code", default="")
    name = serializers.CharField(source="called")
    kind = serializers.ChoiceField(choices=RegistryKind.choices, source="what")
    ownership = serializers.ChoiceField(choices=Ownership.choices, source="whose")
    district = serializers.IntegerField(source="place.lgd_code", help_text="LGD code")
    block = serializers.CharField()
    address = serializers.CharField(source="site")
    phone = serializers.CharField(source="telephone")
    hfr_id = serializers.CharField(source="number")
    status = serializers.ChoiceField(choices=RegistryStatus.choices)
    status_at = serializers.DateTimeField(allow_null=True)
    owner = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    remarks = serializers.CharField()


class RegistriesAsked(Asked):
    """What a list of facilities is narrowed to; `district` is an LGD code."""

    district = serializers.IntegerField(required=False)
    status = serializers.ChoiceField(choices=RegistryStatus.choices, required=False)
    ownership = serializers.ChoiceField(choices=Ownership.choices, required=False)
    kind = serializers.ChoiceField(choices=RegistryKind.choices, required=False)
    due = serializers.ChoiceField(choices=DUE, required=False)
    q = serializers.CharField(max_length=80, required=False)


class NewRegistry(Asked):
    """A facility for the list. `confirm_new` when those like it were looked at."""

    name = Words(max_length=160)
    name_hi = optional(Words, 160)
    kind = serializers.ChoiceField(choices=RegistryKind.choices)
    ownership = serializers.ChoiceField(choices=Ownership.choices, required=False)
    district = serializers.IntegerField(help_text="LGD code")
    block = optional(Words, 80)
    address = optional(Words, 200)
    phone = serializers.RegexField(r"^[0-9+() -]{6,15}\Z", required=False, allow_blank=True)
    hfr_id = optional(serializers.CharField, 14)
    owner = optional(Words, 120)
    due_on = serializers.DateField(required=False, allow_null=True, default=None)
    remarks = optional(Words, 300)
    confirm_new = serializers.BooleanField(default=False)


class RegistryMove(Asked):
    """The next step, of the row at this `rev`; the ID where there is one, the reason where it needs one."""

    to = serializers.ChoiceField(choices=RegistryStatus.choices)
    hfr_id = optional(serializers.CharField, 14)
    remarks = optional(Words, 300)
    rev = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer[Any]):
    """How far the registries have come within the caller's reach: the `scope` facility, district or state."""

    scope = serializers.CharField()
    facilities = serializers.DictField(child=serializers.IntegerField(), help_text="HFR: by status")
    facilities_late = serializers.IntegerField()
    professionals_posted = serializers.IntegerField()
    professionals_with_id = serializers.IntegerField()
    professionals_confirmed = serializers.IntegerField()


REGISTRIES_ASKED, NEW_REGISTRY, REGISTRY_MOVE = RegistriesAsked(), NewRegistry(), RegistryMove()


class RegistryViewSet(Noun):
    """The facilities of the state, government and private, on their way into the HFR."""

    needed = {
        "list": permissions.VIEW_REGISTRIES,
        "retrieve": permissions.VIEW_REGISTRIES,
        "create": permissions.MANAGE_REGISTRIES,
        "moves": permissions.MANAGE_REGISTRIES,
        "coverage": permissions.VIEW_REGISTRIES,
    }
    queryset = RegistryEntry.objects.none()
    serializer_class = RegistrySerializer
    narrowed_by = ("district", "status", "ownership", "kind", "due", "q")

    def get_queryset(self) -> Any:
        return RegistryEntry.objects.visible_to(self.request.user).described()

    @extend_schema(
        parameters=[
            OpenApiParameter("district", int, description="LGD code"),
            OpenApiParameter("status", str, enum=RegistryStatus.values),
            OpenApiParameter("ownership", str, enum=Ownership.values),
            OpenApiParameter("kind", str, enum=RegistryKind.values),
            OpenApiParameter("due", str, enum=[value for value, _label in DUE]),
            OpenApiParameter("q", str, description="Part of a name, or an HFR ID"),
        ]
    )
    def list(self, request: Request) -> Response:
        said = checked(REGISTRIES_ASKED, self.narrowing())
        wanted = queries.RegistryFilter(
            said.get("q", ""),
            self._district(said["district"]) if "district" in said else None,
            said.get("status", ""),
            said.get("ownership", ""),
            said.get("kind", ""),
            said.get("due", ""),
        )
        found = queries.entries(request.user, wanted, timezone.localdate())
        page = self.paginate_queryset(found)
        return self.get_paginated_response(RegistrySerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(RegistrySerializer(self.get_object()).data)

    @extend_schema(request=NewRegistry, responses={201: RegistrySerializer})
    def create(self, request: Request) -> Response:
        said = checked(NEW_REGISTRY, request.data)
        confirm_new = said.pop("confirm_new")
        if not said.get("ownership"):
            if said["kind"] not in OF_THE_STATE:
                raise Refusal(_("Write government or private."), field="ownership")
            said["ownership"] = Ownership.GOVERNMENT.value
        made = services.add_entry(
            details=said
            | {
                "district": self._district(said["district"]),
                "hfr_id": plain_hfr_id(said.get("hfr_id", "")),
            },
            confirm_new=confirm_new,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(RegistrySerializer(self.get_queryset().get(pk=made.pk)).data, status=201)

    @extend_schema(request=RegistryMove, responses={201: RegistrySerializer})
    @action(detail=True, methods=["post"])
    def moves(self, request: Request, pk: str) -> Response:
        """A step on: applied for, verified, sent back, struck off."""
        said = checked(REGISTRY_MOVE, request.data)
        entry = self.get_object()
        services.move_entry(
            entry=entry,
            to=RegistryStatus(said["to"]),
            hfr_id=plain_hfr_id(said.get("hfr_id", "")),
            remarks=said.get("remarks", entry.remarks),
            rev=said["rev"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(RegistrySerializer(self.get_object()).data, status=201)

    @extend_schema(responses={200: CoverageSerializer}, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def coverage(self, request: Request) -> Response:
        """How far HFR and HPR have come, within the caller's reach."""
        today = timezone.localdate()
        facilities, _districts = queries.hfr_coverage(request.user, today)
        people, _parts = queries.hpr_coverage(request.user, today)
        said = {
            "scope": request.user.posting.span.reach.value,
            "facilities": facilities.counts,
            "facilities_late": facilities.late,
            "professionals_posted": people.whole.posted,
            "professionals_with_id": people.whole.with_id,
            "professionals_confirmed": people.whole.confirmed,
        }
        return Response(CoverageSerializer(said).data)

    def _district(self, code: int) -> Any:
        """The district of this LGD code within the caller's reach."""
        found = queries.districts_of(self.request.user).filter(lgd_code=code).first()
        if found is None:
            raise Refusal(_("There is no such district."), field="district")
        return found
