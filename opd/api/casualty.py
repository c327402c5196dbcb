"""Casualty: registered first, billed later; triaged, laid down, seen off."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from opd import permissions, queries, services
from opd.models import CasualtyArrival
from opd.queries import Casualty
from opd.services import Coming, Escort
from opd.states import LEAVINGS, BroughtBy, Outcome, Triage
from patients import queries as patients
from patients.api.coming import (
    AskedCase,
    AskedUnknown,
    BedSerializer,
    CaseNumberSerializer,
    ComerOrId,
    PaperSerializer,
    RegisteredPatientSerializer,
    bed_of,
    case_of,
    paper_url,
    who_of,
)
from patients.api.outcomes import ASKED_WHY, AskedWhy
from patients.api.people import Phone, Words, offering_candidates, optional

# ── What is sent ──


class AskedEscort(Asked):
    """Who brought the patient; the police with their station."""

    brought_by = serializers.ChoiceField(choices=BroughtBy.choices)
    name = optional(Words, 120)
    phone = optional(Phone, 20)
    place = optional(Words, 120, help_text="Police station, vehicle or place")


class NewCasualty(Asked):
    """Who comes: a patient (described, or an id) or somebody unknown; how urgent; who brought them."""

    patient = ComerOrId(required=False)
    unknown = AskedUnknown(required=False)
    triage = serializers.ChoiceField(choices=Triage.choices)
    escort = AskedEscort(required=False)
    complaint = optional(Words, 160)
    declared_dead_at = serializers.DateTimeField(required=False, allow_null=True, help_text="Brought dead")
    medico_legal_case = AskedCase(required=False, allow_null=True)
    bed = serializers.UUIDField(required=False, allow_null=True, help_text="An observation bed that is free")
    confirm_new = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("patient" in attrs) == ("unknown" in attrs):
            raise serializers.ValidationError({"patient": [_("Send either the patient or unknown.")]})
        return attrs


class AskedTriage(Asked):
    """Another colour."""

    triage = serializers.ChoiceField(choices=Triage.choices)


class AskedBed(Asked):
    """An observation bed that is free."""

    bed = serializers.UUIDField()


class AskedOutcome(Asked):
    """How somebody leaves casualty."""

    outcome = serializers.ChoiceField(choices=[(one.value, one.label) for one in LEAVINGS])
    confirm = serializers.BooleanField(
        default=False,
        help_text="Sent home although red or unknown; died although another death is on file",
    )


NEW_CASUALTY = NewCasualty()
ASKED_TRIAGE, ASKED_BED, ASKED_OUTCOME = AskedTriage(), AskedBed(), AskedOutcome()


def coming_of(asked: Mapping[str, Any], user: Any) -> Coming:
    """What the service takes, of the caller's own hospital."""
    facility = user.posting.facility
    department = queries.emergency_department(facility)
    if department is None:
        raise Refusal(_("This hospital has no department yet. Ask your administrator."))
    said = asked.get("escort") or {"brought_by": BroughtBy.NOT_KNOWN}
    escort = Escort(
        BroughtBy(said["brought_by"]), said.get("name", ""), said.get("phone", ""), said.get("place", "")
    )
    return Coming(
        department=department,
        triage=Triage(asked["triage"]),
        escort=escort,
        complaint=asked.get("complaint", ""),
        declared_dead_at=asked.get("declared_dead_at"),
        case=case_of(asked.get("medico_legal_case"), brought_by=escort.in_words()),
        bed=bed_of(asked["bed"], facility) if asked.get("bed") else None,
    )


# ── What is answered ──


class CasualtySerializer(serializers.Serializer[Any]):
    """Somebody in casualty. In a list the names of minors and survivors in legal cases are withheld."""

    id = serializers.UUIDField()
    encounter = serializers.UUIDField()
    arrived_at = serializers.DateTimeField()
    triage = serializers.ChoiceField(choices=Triage.choices)
    brought_by = serializers.ChoiceField(choices=BroughtBy.choices)
    complaint = serializers.CharField()
    declared_dead_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.CharField()
    left_at = serializers.DateTimeField(allow_null=True)
    is_unknown = serializers.BooleanField()
    is_name_withheld = serializers.BooleanField()
    patient = RegisteredPatientSerializer()
    bed = BedSerializer(allow_null=True)
    medico_legal_case = CaseNumberSerializer(allow_null=True)


class RegisteredCasualtySerializer(CasualtySerializer):
    """What one registration in casualty came to."""

    slip = PaperSerializer()
    police_letter = PaperSerializer(allow_null=True)


def shown(arrival: CasualtyArrival) -> dict[str, Any]:
    """An arrival of `queries.arrivals`, as `CasualtySerializer` describes it."""
    patient = arrival.patient
    withheld = patient.listed_name if patient.is_withheld else ""
    lying = next(iter(arrival.encounter.lying), None)
    case = getattr(arrival.encounter, "medico_legal_case", None)
    plain = ("arrived_at", "triage", "brought_by", "complaint", "declared_dead_at", "outcome", "left_at")
    return {name: getattr(arrival, name) for name in plain} | {
        "id": arrival.pk,
        "encounter": arrival.encounter_id,
        "is_unknown": patient.is_unknown,
        "is_name_withheld": patient.is_withheld,
        "patient": {
            "id": patient.pk,
            "uhid": patient.uhid,
            "name": withheld or patient.name,
            "name_hi": withheld or patient.name_hi,
        },
        "bed": {"id": lying.bed_id, "room": lying.bed.room.number, "number": lying.bed.number}
        if lying
        else None,
        "medico_legal_case": {"id": case.pk, "number": case.number} if case else None,
    }


class CasualtyFilter(filters.FilterSet):
    triage = filters.MultipleChoiceFilter(choices=Triage.choices)
    here = filters.BooleanFilter(method="is_here", help_text="Only those who are in casualty now")

    def is_here(self, arrivals: Any, name: str, value: bool) -> Any:
        return arrivals.filter(left_at=None) if value else arrivals.filter(~Q(left_at=None))


class CasualtyViewSet(Noun):
    """Registrations in casualty, the newest first. POST writes encounter, bed, case and slip in one act."""

    needed = {
        "list": permissions.VIEW_CASUALTY,
        "retrieve": permissions.VIEW_CASUALTY,
        "create": permissions.REGISTER_CASUALTY,
        "triages": permissions.REGISTER_CASUALTY,
        "beds": permissions.REGISTER_CASUALTY,
        "departures": permissions.REGISTER_CASUALTY,
        "cancellations": permissions.REGISTER_CASUALTY,
    }
    queryset = CasualtyArrival.objects.none()
    serializer_class = CasualtySerializer
    ordering_fields = ["arrived_at"]
    ordering = ["-arrived_at"]
    filterset_class = CasualtyFilter

    def get_queryset(self) -> Any:
        return queries.arrivals(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        patients.withhold_names(one.patient for one in page)
        return self.get_paginated_response([shown(one) for one in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(shown(get_object_or_404(self.get_queryset(), pk=pk)))

    @extend_schema(request=NewCasualty, responses={201: RegisteredCasualtySerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_CASUALTY, request.data)
        person = asked.get("patient")
        described = person if isinstance(person, Mapping) else {}
        with offering_candidates():
            made = services.register_casualty(
                who=who_of(asked, request.user),
                coming=coming_of(asked, request.user),
                request_key=idempotency_key(request),
                actor=request.user,
                at=timezone.now(),
                confirm_new=asked.get("confirm_new", False) or described.get("confirm_new", False),
            )
        return Response(self._registered(made), status=201)

    def _registered(self, made: Casualty) -> dict[str, Any]:
        letter = {"url": paper_url(made.intimation)} if made.intimation else None
        arrival = self.get_queryset().get(pk=made.arrival.pk)
        return shown(arrival) | {"slip": {"url": paper_url(made.slip)}, "police_letter": letter}

    @extend_schema(request=AskedTriage, responses={201: CasualtySerializer})
    @action(detail=True, methods=["post"])
    def triages(self, request: Request, pk: str) -> Response:
        """Another colour than before."""
        triage = Triage(checked(ASKED_TRIAGE, request.data)["triage"])
        return self._act(services.change_triage, triage=triage)

    @extend_schema(request=AskedBed, responses={201: CasualtySerializer})
    @action(detail=True, methods=["post"])
    def beds(self, request: Request, pk: str) -> Response:
        """Into an observation bed, or to another one."""
        arrival = self.get_object()
        bed = bed_of(checked(ASKED_BED, request.data)["bed"], arrival.facility)
        return self._act(services.give_bed, bed=bed)

    @extend_schema(request=AskedOutcome, responses={201: CasualtySerializer})
    @action(detail=True, methods=["post"])
    def departures(self, request: Request, pk: str) -> Response:
        """The patient leaves casualty; the bed is free."""
        asked = checked(ASKED_OUTCOME, request.data)
        return self._act(services.see_off, outcome=Outcome(asked["outcome"]), confirm=asked["confirm"])

    @extend_schema(request=AskedWhy, responses={201: CasualtySerializer})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """The entry was a mistake: refused once anything was written, ordered or charged."""
        return self._act(services.cancel_arrival, why=checked(ASKED_WHY, request.data)["why"])

    def _act(self, service: Any, **more: Any) -> Response:
        arrival = self.get_object()
        service(
            arrival=arrival,
            request_key=idempotency_key(self.request),
            actor=self.request.user,
            at=timezone.now(),
            **more,
        )
        return Response(shown(self.get_queryset().get(pk=arrival.pk)), status=201)
