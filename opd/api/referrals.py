"""Referrals: to a department of the hospital, or by letter to another one."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from facilities.models import Facility
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from opd import queries, services
from opd.services import Sending
from patients import permissions
from patients import services as patients
from patients.api.conditions import encounter_here
from patients.api.outcomes import ASKED_WHY, AskedWhy, OutcomeNoun
from patients.api.people import Words, optional
from patients.models import Encounter, Referral
from patients.queries import referrals_here
from patients.services import Letter
from patients.states import Escort, ReferralStatus, Transport, Urgency


class NewReferral(Asked):
    """`department` (its code) for one of this hospital, which gives a token at once; else `to_facility` (a
    code of the state) or `to_name`, with `transport` and `escort`, for a letter."""

    encounter = serializers.UUIDField()
    department = serializers.CharField(max_length=6, required=False)
    to_facility = serializers.CharField(max_length=4, required=False)
    to_name = optional(Words, 160)
    urgency = serializers.ChoiceField(choices=Urgency.choices, default=Urgency.ROUTINE)
    reason = Words(max_length=400)
    findings = optional(Words, 1200)
    done = optional(Words, 1200)
    transport = serializers.ChoiceField(choices=Transport.choices, required=False)
    escort = serializers.ChoiceField(choices=Escort.choices, required=False)


class Narrowed(Asked):
    """What a list may be narrowed to."""

    encounter = serializers.UUIDField(required=False)


NEW_REFERRAL, NARROWED = NewReferral(), Narrowed()
OF_LETTERS = ("to_facility", "to_name", "findings", "done", "transport", "escort")


class ReferralSerializer(serializers.Serializer[Referral]):
    """A referral as it stands; `led_to` is the registration that it began in a department here."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    uhid = serializers.CharField(source="patient.uhid")
    name = serializers.CharField(source="patient.listed_name")
    from_department = serializers.CharField(source="from_department.code")
    department = serializers.CharField(source="to_department.code", allow_null=True, default=None)
    to_name = serializers.CharField()
    led_to = serializers.UUIDField(source="led_to_id", allow_null=True)
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    reason = serializers.CharField()
    findings = serializers.CharField()
    done = serializers.CharField()
    transport = serializers.CharField()
    escort = serializers.CharField()
    status = serializers.ChoiceField(choices=ReferralStatus.choices)
    referred_by = serializers.CharField(source="referred_by.name")
    referred_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_why = serializers.CharField()


class ReferralViewSet(OutcomeNoun):
    """Referrals, newest first."""

    needed = {
        "list": permissions.VIEW_REFERRALS,
        "retrieve": permissions.VIEW_REFERRALS,
        "create": permissions.REFER_PATIENTS,
        "withdrawals": permissions.REFER_PATIENTS,
    }
    queryset = Referral.objects.none()
    serializer_class = ReferralSerializer
    narrowed_by = ("encounter",)

    def get_queryset(self) -> Any:
        return referrals_here(self.request.user)

    @extend_schema(parameters=[OpenApiParameter("encounter", str)])
    def list(self, request: Request) -> Response:
        narrowed = checked(NARROWED, self.narrowing())
        page = self.paginate_queryset(self.get_queryset().filter(**narrowed))
        return self.get_paginated_response(self.shown(page))

    @extend_schema(request=NewReferral, responses={201: ReferralSerializer})
    def create(self, request: Request) -> Response:
        said = checked(NEW_REFERRAL, request.data)
        said["urgency"] = Urgency(said["urgency"])
        encounter = encounter_here(request, said.pop("encounter"))
        refer = self._to_department if "department" in said else self._by_letter
        return Response(self.one(refer(request, encounter, said)), status=201)

    def _to_department(self, request: Request, encounter: Encounter, said: dict[str, Any]) -> Any:
        if any(said.get(name) for name in OF_LETTERS):
            raise Refusal(_("No letter is needed for a department here."), field="department")
        open_now = queries.open_departments(encounter.facility)
        department = next((one for one in open_now if one.code == said["department"]), None)
        if department is None:
            raise Refusal(_("There is no such department here."), field="department")
        made = services.refer_to_department(
            encounter=encounter,
            sending=Sending(department, said["reason"], said["urgency"]),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return made.encounter.came_by.pk

    def _by_letter(self, request: Request, encounter: Encounter, said: dict[str, Any]) -> Any:
        code, name = said.pop("to_facility", ""), said.get("to_name")
        place = Facility.objects.filter(code=code).first() if code else None
        if bool(place) == bool(name):
            raise Refusal(_("Choose a hospital or write one, not both."), field="to_name")
        if not said.get("transport") or not said.get("escort"):
            raise Refusal(_("Say how the patient goes, and who goes along."), field="transport")
        kinds = {"transport": Transport(said["transport"]), "escort": Escort(said["escort"])}
        referral = patients.write_letter(
            encounter=encounter,
            letter=Letter(**said | kinds, to_facility=place),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return referral.pk

    @extend_schema(request=AskedWhy, responses={201: ReferralSerializer})
    @action(detail=True, methods=["post"])
    def withdrawals(self, request: Request, pk: str) -> Response:
        """The referral is taken back; a token that was not called yet is cancelled with it."""
        referral = services.withdraw_referral(
            referral=self.get_object(),
            why=checked(ASKED_WHY, request.data)["why"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(referral.pk), status=201)
