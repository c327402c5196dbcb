"""Requests to admit, and certificates."""

from datetime import date
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
from patients import permissions, queries, services
from patients.api.conditions import encounter_here
from patients.api.people import Words, optional
from patients.models import AdmissionRequest, Certificate
from patients.services import Certified, Wish
from patients.states import AdmissionRequestStatus, CertificateKind, CertificateStatus, Urgency, WardKind


class AskedWhy(Asked):
    """Why it is taken back."""

    why = Words(max_length=160)


class NewAdmissionRequest(Asked):
    """What is asked of a ward; `department` by its code."""

    encounter = serializers.UUIDField()
    department = serializers.CharField(max_length=6)
    ward_kind = serializers.ChoiceField(choices=WardKind.choices, default=WardKind.GENERAL)
    urgency = serializers.ChoiceField(choices=Urgency.choices, default=Urgency.ROUTINE)
    diagnosis = Words(max_length=300)
    reason = Words(max_length=300)


class NewCertificate(Asked):
    """What is certified: rest from a day until a day, or fitness from a day for something.

    `diagnosis` only where the patient agrees that it is named; `ends` is the sick certificate that ends.
    """

    encounter = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=CertificateKind.choices)
    from_on = serializers.DateField()
    to_on = serializers.DateField(required=False, allow_null=True, default=None)
    fit_for = optional(Words, 120)
    diagnosis = optional(Words, 200)
    ends = serializers.UUIDField(required=False, allow_null=True, default=None)
    backdated_why = optional(Words, 200)


class Period(Asked):
    """What a list may be narrowed to."""

    encounter = serializers.UUIDField(required=False)
    begins = serializers.DateField(required=False)
    ends = serializers.DateField(required=False)


ASKED_WHY, NEW_ADMISSION_REQUEST, NEW_CERTIFICATE = AskedWhy(), NewAdmissionRequest(), NewCertificate()
PERIOD = Period()
NARROWING = {"encounter": "encounter", "begins": "issued_on__gte", "ends": "issued_on__lte"}


class AdmissionRequestSerializer(serializers.Serializer[AdmissionRequest]):
    """A request to admit as it stands; names are withheld where lists withhold them."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    uhid = serializers.CharField(source="patient.uhid")
    name = serializers.CharField(source="patient.listed_name")
    department = serializers.CharField(source="department.code")
    ward_kind = serializers.ChoiceField(choices=WardKind.choices)
    urgency = serializers.ChoiceField(choices=Urgency.choices)
    status = serializers.ChoiceField(choices=AdmissionRequestStatus.choices)
    diagnosis = serializers.CharField()
    reason = serializers.CharField()
    requested_by = serializers.CharField(source="requested_by.name")
    requested_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancelled_why = serializers.CharField()


class CertificateSerializer(serializers.Serializer[Certificate]):
    """A certificate as it stands; names are withheld where lists withhold them."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=CertificateKind.choices)
    status = serializers.ChoiceField(choices=CertificateStatus.choices)
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    uhid = serializers.CharField(source="patient.uhid")
    name = serializers.CharField(source="patient.listed_name")
    from_on = serializers.DateField()
    to_on = serializers.DateField(allow_null=True)
    days = serializers.IntegerField()
    fit_for = serializers.CharField()
    diagnosis = serializers.CharField()
    ends = serializers.CharField(source="ends.number", default=None, allow_null=True)
    backdated_why = serializers.CharField()
    issued_by = serializers.CharField(source="issued_by.name")
    issued_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancelled_why = serializers.CharField()


class OutcomeNoun(Noun):
    """A noun whose rows name patients, by the rules of lists."""

    serializer_class: Any

    def shown(self, rows: Any) -> Any:
        """Rows for the answer."""
        queries.withhold_names(row.patient for row in rows)
        return self.serializer_class(rows, many=True).data

    def one(self, pk: Any) -> Any:
        """One of them, as it stands now."""
        return self.shown([self.get_queryset().get(pk=pk)])[0]

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.shown([self.get_object()])[0])


class AdmissionRequestViewSet(OutcomeNoun):
    """Requests to admit, newest first; `?waiting=true` those that a ward still waits for."""

    needed = {
        "list": permissions.VIEW_ADMISSION_REQUESTS,
        "retrieve": permissions.VIEW_ADMISSION_REQUESTS,
        "create": permissions.REQUEST_ADMISSION,
        "acceptances": permissions.ACCEPT_ADMISSIONS,
        "cancellations": permissions.ACCEPT_ADMISSIONS,
    }
    queryset = AdmissionRequest.objects.none()
    serializer_class = AdmissionRequestSerializer
    narrowed_by = ("waiting",)

    def get_queryset(self) -> Any:
        return queries.admission_requests_here(self.request.user)

    @extend_schema(parameters=[OpenApiParameter("waiting", bool)])
    def list(self, request: Request) -> Response:
        found = self.get_queryset()
        if request.query_params.get("waiting") == "true":
            found = queries.requests_waiting(request.user)
        return self.get_paginated_response(self.shown(self.paginate_queryset(found)))

    @extend_schema(request=NewAdmissionRequest, responses={201: AdmissionRequestSerializer})
    def create(self, request: Request) -> Response:
        said = checked(NEW_ADMISSION_REQUEST, request.data)
        encounter = encounter_here(request, said.pop("encounter"))
        departments = queries.departments_open(encounter.facility_id)
        said["department"] = departments.filter(code=said["department"]).first()
        if said["department"] is None:
            raise Refusal(_("There is no such department here."), field="department")
        kinds = {"ward_kind": WardKind(said["ward_kind"]), "urgency": Urgency(said["urgency"])}
        asked = services.request_admission(
            encounter=encounter,
            wish=Wish(**said | kinds),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(asked.pk), status=201)

    @extend_schema(request=None, responses={201: AdmissionRequestSerializer})
    @action(detail=True, methods=["post"])
    def acceptances(self, request: Request, pk: str) -> Response:
        """The ward takes the patient."""
        asked = self.get_object()
        services.accept_admission(
            asked=asked,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(asked.pk), status=201)

    @extend_schema(request=AskedWhy, responses={201: AdmissionRequestSerializer})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """The patient is not admitted after all."""
        asked = self.get_object()
        services.cancel_admission_request(
            asked=asked,
            why=checked(ASKED_WHY, request.data)["why"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(asked.pk), status=201)


class CertificateViewSet(OutcomeNoun):
    """Sick and fitness certificates, newest first. Whether one is genuine is told to anybody who scans it."""

    needed = {
        "list": permissions.VIEW_CERTIFICATES,
        "retrieve": permissions.VIEW_CERTIFICATES,
        "create": permissions.ISSUE_CERTIFICATES,
        "cancellations": permissions.ISSUE_CERTIFICATES,
    }
    queryset = Certificate.objects.none()
    serializer_class = CertificateSerializer
    narrowed_by = tuple(NARROWING)

    def get_queryset(self) -> Any:
        return queries.certificates_here(self.request.user)

    @extend_schema(
        parameters=[
            OpenApiParameter("encounter", str),
            OpenApiParameter("begins", date),
            OpenApiParameter("ends", date),
        ]
    )
    def list(self, request: Request) -> Response:
        narrowed = {NARROWING[name]: value for name, value in checked(PERIOD, self.narrowing()).items()}
        page = self.paginate_queryset(self.get_queryset().filter(**narrowed))
        return self.get_paginated_response(self.shown(page))

    @extend_schema(request=NewCertificate, responses={201: CertificateSerializer})
    def create(self, request: Request) -> Response:
        said = checked(NEW_CERTIFICATE, request.data)
        encounter = encounter_here(request, said.pop("encounter"))
        ends = said.get("ends")
        said["ends"] = self.get_queryset().filter(pk=ends).first() if ends else None
        if ends and said["ends"] is None:
            raise Refusal(_("This is no sick certificate of this patient."), field="ends")
        given = services.issue_certificate(
            encounter=encounter,
            certified=Certified(**said | {"kind": CertificateKind(said["kind"])}),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(given.pk), status=201)

    @extend_schema(request=AskedWhy, responses={201: CertificateSerializer})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """The certificate is taken back: the public page says so from now on."""
        given = self.get_object()
        services.cancel_certificate(
            certificate=given,
            why=checked(ASKED_WHY, request.data)["why"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self.one(given.pk), status=201)
