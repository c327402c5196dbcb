"""Wards, beds and transfers: the same services as the board."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from facilities.models import Bed, BedKind, Ward
from facilities.states import WardKind, WardTakes
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from ipd import permissions, queries, services
from ipd.queries import Fill
from patients.api.people import Words, optional
from patients.models import BedStay, Patient

STATES = [
    ("taken", _("occupied")),
    ("free", pgettext_lazy("bed", "free")),
    ("cleaning", _("cleaning")),
    ("kept", _("kept")),
    ("shut", _("shut")),
]


class WardSerializer(serializers.Serializer[Fill]):
    """A ward and how full it is. `taken` to `shut` are of its beds, `extra` of the rest."""

    id = serializers.UUIDField(source="ward.pk")
    rev = serializers.IntegerField(source="ward.rev")
    code = serializers.CharField(source="ward.code")
    name = serializers.CharField(source="ward.name")
    name_hi = serializers.CharField(source="ward.name_hi")
    kind = serializers.ChoiceField(choices=WardKind.choices, source="ward.kind")
    takes = serializers.ChoiceField(choices=WardTakes.choices, source="ward.takes")
    department = serializers.CharField(source="ward.department.code", default=None, allow_null=True)
    youngest = serializers.IntegerField(source="ward.youngest", allow_null=True)
    oldest = serializers.IntegerField(source="ward.oldest", allow_null=True)
    beds = serializers.IntegerField()
    taken = serializers.IntegerField()
    free = serializers.IntegerField()
    cleaning = serializers.IntegerField()
    kept = serializers.IntegerField()
    shut = serializers.IntegerField()
    extra = serializers.IntegerField()
    in_extra = serializers.IntegerField()


class WardViewSet(Noun):
    """The open wards of the caller's hospital."""

    needed = {"list": permissions.VIEW_BOARD, "retrieve": permissions.VIEW_BOARD}
    queryset = Ward.objects.none()
    serializer_class = WardSerializer

    def get_queryset(self) -> Any:
        return queries.wards_here(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        wards = Ward.objects.filter(pk__in=[one.pk for one in page])
        found = {one.ward.pk: one for one in queries.fills(wards, timezone.now())}
        shown = WardSerializer([found[one.pk] for one in page], many=True)
        return self.get_paginated_response(shown.data)

    def retrieve(self, request: Request, pk: str) -> Response:
        ward = self.get_object()
        (fill,) = queries.fills(Ward.objects.filter(pk=ward.pk), timezone.now())
        return Response(WardSerializer(fill).data)


class PlaceSerializer(serializers.Serializer[Bed]):
    """A place to lie. `state` says how it stands; who lies there, an admission says, and not this."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    ward = serializers.UUIDField(source="room.ward_id")
    room = serializers.CharField(source="room.number")
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=BedKind.choices)
    ward_kind = serializers.ChoiceField(choices=WardKind.choices, source="room.ward.kind")
    state = serializers.ChoiceField(choices=STATES)
    state_since = serializers.DateTimeField(source="status_at", allow_null=True)
    why_shut = serializers.CharField(source="status_why")
    kept_until = serializers.DateTimeField(allow_null=True)


class BedsAsked(Asked):
    """What a list of beds is narrowed to."""

    ward = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(choices=STATES, required=False)
    kind = serializers.ChoiceField(choices=BedKind.choices, required=False)
    ward_kind = serializers.ChoiceField(choices=WardKind.choices, required=False)


class BedOut(Asked):
    """Why nobody is to be laid into it."""

    why = Words(max_length=120)


class BedKept(Asked):
    """For whom, a patient or in words, and until when; two hours where nothing is said, a day at most."""

    patient = serializers.UUIDField(required=False, allow_null=True, default=None)
    for_whom = optional(Words, 120)
    until = serializers.DateTimeField(required=False, allow_null=True, default=None)


class Nothing(Asked):
    """Nothing is asked."""


BEDS_ASKED, BED_OUT, BED_KEPT, NOTHING = BedsAsked(), BedOut(), BedKept(), Nothing()


class BedViewSet(Noun):
    """The places of the caller's hospital. Only an empty place changes its state."""

    needed = {
        "list": permissions.VIEW_BOARD,
        "retrieve": permissions.VIEW_BOARD,
        "cleanings": permissions.READY_BEDS,
        "readyings": permissions.READY_BEDS,
        "closures": permissions.READY_BEDS,
        "reservations": permissions.READY_BEDS,
        "releases": permissions.READY_BEDS,
    }
    queryset = Bed.objects.none()
    serializer_class = PlaceSerializer
    narrowed_by = ("ward", "state", "kind", "ward_kind")

    def get_queryset(self) -> Any:
        beds = Bed.objects.visible_to(self.request.user).filter(is_active=True, room__ward__isnull=False)
        return queries.with_state(beds.select_related("room__ward"), timezone.now())

    @extend_schema(
        parameters=[
            OpenApiParameter("ward", str, description="A ward's id"),
            OpenApiParameter("state", str, enum=[value for value, _label in STATES]),
            OpenApiParameter("kind", str, enum=BedKind.values),
            OpenApiParameter("ward_kind", str, enum=WardKind.values),
        ]
    )
    def list(self, request: Request) -> Response:
        said = checked(BEDS_ASKED, self.narrowing())
        beds = self.get_queryset()
        for name, path in (("ward", "room__ward"), ("state", "state"), ("kind", "kind")):
            if said.get(name):
                beds = beds.filter(**{path: said[name]})
        if said.get("ward_kind"):
            beds = beds.filter(room__ward__kind=said["ward_kind"])
        page = self.paginate_queryset(beds)
        return self.get_paginated_response(PlaceSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(PlaceSerializer(self.get_object()).data)

    @extend_schema(request=Nothing, responses={201: PlaceSerializer})
    @action(detail=True, methods=["post"])
    def cleanings(self, request: Request, pk: str) -> Response:
        """The bed is being cleaned."""
        checked(NOTHING, request.data)
        return self._done(services.start_cleaning)

    @extend_schema(request=Nothing, responses={201: PlaceSerializer})
    @action(detail=True, methods=["post"])
    def readyings(self, request: Request, pk: str) -> Response:
        """It is clean, or in service again."""
        checked(NOTHING, request.data)
        return self._done(services.ready_bed)

    @extend_schema(request=BedOut, responses={201: PlaceSerializer})
    @action(detail=True, methods=["post"])
    def closures(self, request: Request, pk: str) -> Response:
        """Out of service, and why."""
        return self._done(services.take_out_of_service, why=checked(BED_OUT, request.data)["why"])

    @extend_schema(request=BedKept, responses={201: PlaceSerializer})
    @action(detail=True, methods=["post"])
    def reservations(self, request: Request, pk: str) -> Response:
        """Keep it for somebody."""
        said = checked(BED_KEPT, request.data)
        patient = None
        if said["patient"]:
            patient = Patient.objects.visible_to(request.user).filter(pk=said["patient"]).first()
            if patient is None:
                raise Refusal(_("There is no such patient."), field="patient")
        return self._done(
            services.reserve_bed,
            patient=patient,
            for_whom=said.get("for_whom", ""),
            until=said["until"] or services.KEPT_FOR,
        )

    @extend_schema(request=Nothing, responses={201: PlaceSerializer})
    @action(detail=True, methods=["post"])
    def releases(self, request: Request, pk: str) -> Response:
        """It is kept for nobody any more."""
        checked(NOTHING, request.data)
        return self._done(services.release_bed)

    def _done(self, service: Any, **said: Any) -> Response:
        service(
            bed=self.get_object(),
            request_key=idempotency_key(self.request),
            actor=self.request.user,
            at=timezone.now(),
            **said,
        )
        return Response(PlaceSerializer(self.get_object()).data, status=201)


class NewTransfer(Asked):
    """Another bed for an inpatient. `why` where the ward changes; `confirm_bed` when its doubts were read."""

    admission = serializers.UUIDField()
    bed = serializers.UUIDField()
    why = optional(Words, 160)
    confirm_bed = serializers.BooleanField(default=False)


NEW_TRANSFER = NewTransfer()


class TransferSerializer(serializers.Serializer[BedStay]):
    """The stay in the new bed."""

    id = serializers.UUIDField()
    admission = serializers.UUIDField(source="encounter.admission.pk")
    patient = serializers.UUIDField(source="patient_id")
    bed = serializers.UUIDField(source="bed_id")
    ward = serializers.UUIDField(source="bed.room.ward_id")
    began_at = serializers.DateTimeField()
    why = serializers.CharField()


class TransferViewSet(Noun):
    """Inpatients moved from bed to bed, without gap or overlap."""

    needed = {"create": permissions.MOVE_PATIENTS}
    queryset = BedStay.objects.none()
    serializer_class = TransferSerializer

    @extend_schema(request=NewTransfer, responses={201: TransferSerializer})
    def create(self, request: Request) -> Response:
        said = checked(NEW_TRANSFER, request.data)
        admission = queries.admission_here(request.user).filter(pk=said["admission"]).first()
        if admission is None:
            raise Refusal(_("There is no such inpatient here."), field="admission")
        bed = Bed.objects.visible_to(request.user).select_related("room__ward").filter(pk=said["bed"]).first()
        if bed is None:
            raise Refusal(_("There is no such bed here."), field="bed")
        stay = services.transfer_bed(
            admission=admission,
            bed=bed,
            why=said.get("why", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
            confirm_bed=said["confirm_bed"],
        )
        made = BedStay.objects.select_related("encounter__admission", "bed__room").get(pk=stay.pk)
        return Response(TransferSerializer(made).data, status=201)
