"""Specimens, results and reports: the same services as the pages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from lab import permissions, queries, reporting, services
from lab.api.orders import as_filters
from lab.models import CriticalAcknowledgement, DiagnosticReport, ResultLine, ServiceRequest, Specimen
from lab.queries import confidential
from lab.services import Entry
from lab.states import (
    Flag,
    OrderStatus,
    Pregnancy,
    RejectReason,
    ResultOrigin,
    SpecimenStatus,
    Standing,
)
from patients import permissions as patient_permissions
from patients.api.charts import encounter_here, open_to
from patients.api.people import Words, optional
from patients.queries import reachable_by

REJECT_REASONS = [("", "—"), *RejectReason.choices]
FLAGS = Flag.choices


def _refuse_others(request: Request, order: ServiceRequest) -> None:
    """A confidential result is there for those alone who may read it (lab.queries.confidential)."""
    if not confidential.may_read(request.user, order, timezone.now()):
        raise Http404


def _opened(request: Request, asked: Mapping[str, Any]) -> None:
    """Who reads charts names the patient and has the chart open; the laboratory reads what it works on."""
    if not request.user.may(patient_permissions.VIEW_CHART):
        return
    if "patient" not in asked:
        raise serializers.ValidationError({"patient": [_("Say whose: a patient's id.")]})
    open_to(request, get_object_or_404(reachable_by(request.user, asked["patient"])), read=True)


# ── Specimens ──


class NewSpecimens(Asked):
    """The orders of one encounter whose specimens are taken now; what shares a tube is one specimen."""

    encounter = serializers.UUIDField()
    orders = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=60)
    pregnancy = serializers.ChoiceField(choices=Pregnancy.choices, default=Pregnancy.ANY)


class SpecimenRejection(Asked):
    """Why the laboratory cannot use it."""

    reason = serializers.ChoiceField(choices=RejectReason.choices)
    note = optional(Words, 120)


class SpecimenNarrowed(Asked):
    """What a list of specimens may be narrowed to."""

    patient = serializers.UUIDField(required=False)
    encounter = serializers.UUIDField(required=False)
    accession_number = serializers.CharField(required=False, max_length=12)
    status = serializers.ChoiceField(choices=SpecimenStatus.choices, required=False)


NEW_SPECIMENS, SPECIMEN_REJECTION, SPECIMEN_NARROWED = NewSpecimens(), SpecimenRejection(), SpecimenNarrowed()
SPECIMEN_FIELDS = {
    "patient": "patient__in",
    "encounter": "encounter_id",
    "accession_number": "accession_number",
    "status": "status",
}


class TakenSpecimen(serializers.Serializer[Specimen]):
    """A specimen as it was taken."""

    id = serializers.UUIDField()
    accession_number = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    specimen = serializers.CharField()
    container = serializers.CharField()
    collected_at = serializers.DateTimeField()


class SpecimenSerializer(TakenSpecimen):
    """A specimen as it stands."""

    rev = serializers.IntegerField()
    status = serializers.ChoiceField(choices=SpecimenStatus.choices)
    pregnancy = serializers.ChoiceField(choices=Pregnancy.choices)
    collected_by = serializers.CharField(source="collected_by.name")
    received_at = serializers.DateTimeField(allow_null=True)
    rejected_at = serializers.DateTimeField(allow_null=True)
    reject_reason = serializers.ChoiceField(choices=REJECT_REASONS)
    reject_note = serializers.CharField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    orders = serializers.SerializerMethodField()

    def get_orders(self, specimen: Specimen) -> list[UUID]:
        return [one.pk for one in specimen.orders.all()]


class SpecimenViewSet(Noun):
    """Specimens of the caller's hospital, newest first."""

    needed = {
        "list": permissions.VIEW_ORDERS,
        "retrieve": permissions.VIEW_ORDERS,
        "create": permissions.COLLECT_SPECIMENS,
        "receipts": permissions.RECEIVE_SPECIMENS,
        "rejections": permissions.RECEIVE_SPECIMENS,
    }
    once_by_nature = {"receipts": "what was received stays received"}
    queryset = Specimen.objects.none()
    serializer_class = SpecimenSerializer
    narrowed_by = tuple(SPECIMEN_FIELDS)
    ordering_fields = ["collected_at"]
    ordering = ["-collected_at"]

    def get_queryset(self) -> Any:
        return queries.specimens_here(self.request.user)

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in SPECIMEN_FIELDS])
    def list(self, request: Request) -> Response:
        asked = checked(SPECIMEN_NARROWED, self.narrowing())
        found = self.get_queryset().filter(**as_filters(asked, SPECIMEN_FIELDS))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(SpecimenSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(SpecimenSerializer(self.get_object()).data)

    @extend_schema(request=NewSpecimens, responses={201: TakenSpecimen(many=True)})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_SPECIMENS, request.data)
        encounter = encounter_here(request, asked["encounter"])
        orders = list(ServiceRequest.objects.filter(encounter=encounter, pk__in=asked["orders"]))
        if len(orders) != len(set(asked["orders"])):
            raise Refusal(_("There is no such order here."), field="orders")
        taken = services.collect_specimens(
            encounter=encounter,
            orders=orders,
            pregnancy=Pregnancy(asked["pregnancy"]),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(TakenSpecimen(taken, many=True).data, status=201)

    @extend_schema(request=None, responses={201: SpecimenSerializer})
    @action(detail=True, methods=["post"])
    def receipts(self, request: Request, pk: str) -> Response:
        """It has arrived in the laboratory; twice is once."""
        services.receive_specimens(specimens=[self.get_object()], actor=request.user, at=timezone.now())
        return Response(SpecimenSerializer(self.get_object()).data, status=201)

    @extend_schema(request=SpecimenRejection, responses={201: SpecimenSerializer})
    @action(detail=True, methods=["post"])
    def rejections(self, request: Request, pk: str) -> Response:
        """It cannot be used: its orders are to be collected anew."""
        asked = checked(SPECIMEN_REJECTION, request.data)
        services.reject_specimen(
            specimen=self.get_object(),
            reason=RejectReason(asked["reason"]),
            note=asked.get("note", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(SpecimenSerializer(self.get_object()).data, status=201)


# ── Results ──


class NewResult(Asked):
    """One value. `rev` is the result's as it was read; left out where there was none.

    A `comment` that is left out leaves the one that stands. A number that `is_asked` about is sent once more
    with `is_confirmed` where it is meant.
    """

    order = serializers.UUIDField()
    analyte = serializers.CharField(max_length=16)
    value = serializers.CharField(max_length=4000, allow_blank=True)
    rev = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    comment = optional(Words, 240)
    is_confirmed = serializers.BooleanField(default=False)


class NewResults(Asked):
    """Values of one order or many; each stands for itself."""

    results = serializers.ListField(child=NewResult(), min_length=1, max_length=services.MOST_RESULTS)


class ResultNarrowed(Asked):
    """What a list of results may be narrowed to."""

    patient = serializers.UUIDField(required=False)
    order = serializers.UUIDField(required=False)
    analyte = serializers.CharField(required=False, max_length=16)


class CriticalAnswer(Asked):
    """The value as it was read back; by whom, where the caller only tells of it: as the laboratory does."""

    read_back = serializers.CharField(max_length=240)
    told_to = optional(Words, 80)
    action = optional(Words, 160)


NEW_RESULTS, RESULT_NARROWED, CRITICAL_ANSWER = NewResults(), ResultNarrowed(), CriticalAnswer()
RESULT_FIELDS = {"patient": "patient__in", "order": "order_id", "analyte": "analyte__code"}


class ResultSerializer(serializers.Serializer[ResultLine]):
    """A result with the range that it was held against. `is_approved`: whether the hospital approved that.

    `is_confirmed`: the number was asked about as it was typed, and is meant.
    """

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    order = serializers.UUIDField(source="order_id")
    patient = serializers.UUIDField(source="patient_id")
    analyte = serializers.CharField(source="analyte.code")
    loinc_code = serializers.CharField(source="analyte.loinc_code")
    value = serializers.CharField()
    number = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    unit = serializers.CharField()
    flag = serializers.ChoiceField(choices=FLAGS)
    low = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    high = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    text_range = serializers.CharField()
    is_approved = serializers.BooleanField()
    is_confirmed = serializers.BooleanField()
    delta = serializers.CharField()
    comment = serializers.CharField()
    origin = serializers.ChoiceField(choices=ResultOrigin.choices)
    order_status = serializers.ChoiceField(source="order.status", choices=OrderStatus.choices)
    effective_at = serializers.DateTimeField()
    entered_at = serializers.DateTimeField()
    critical_at = serializers.DateTimeField(allow_null=True)


class RefusedResult(serializers.Serializer[Any]):
    """A value that was not taken, and why; one that `is_asked` is sent once more, confirmed or put right."""

    order = serializers.UUIDField()
    analyte = serializers.CharField()
    detail = serializers.CharField()
    is_asked = serializers.BooleanField()


class EnteredResults(serializers.Serializer[Any]):
    """What became of the values: those that changed something, and those refused."""

    entered = ResultSerializer(many=True)
    refused = RefusedResult(many=True)


class AnswerSerializer(serializers.Serializer[CriticalAcknowledgement]):
    """Who answered for a critical value, and after how many seconds."""

    id = serializers.UUIDField()
    value = serializers.CharField()
    told_to = serializers.CharField()
    action = serializers.CharField()
    at = serializers.DateTimeField()
    waited = serializers.IntegerField()


class ResultViewSet(Noun):
    """Results, newest first: the laboratory's at the caller's hospital; for who treats, one patient's."""

    needed = {
        "list": permissions.VIEW_RESULTS,
        "retrieve": permissions.VIEW_RESULTS,
        "create": permissions.ENTER_RESULTS,
        "acknowledgements": permissions.ANSWER_CRITICALS,
    }
    once_by_nature = {"create": "a value that stands already is not entered again"}
    queryset = ResultLine.objects.none()
    serializer_class = ResultSerializer
    narrowed_by = tuple(RESULT_FIELDS)

    def get_queryset(self) -> Any:
        return queries.results_visible_to(self.request.user)

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in RESULT_FIELDS])
    def list(self, request: Request) -> Response:
        asked = checked(RESULT_NARROWED, self.narrowing())
        _opened(request, asked)
        open_ones = confidential.open_results(self.get_queryset(), "order")
        found = open_ones.filter(**as_filters(asked, RESULT_FIELDS))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(ResultSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        line = self.get_object()
        _opened(request, {"patient": line.patient_id})
        _refuse_others(request, line.order)
        return Response(ResultSerializer(line).data)

    @extend_schema(request=NewResults, responses={200: EnteredResults})
    def create(self, request: Request) -> Response:
        """Enter values; a value that is refused holds up no other."""
        asked = checked(NEW_RESULTS, request.data)["results"]
        entries = [
            Entry(
                one["order"],
                one["analyte"],
                one["value"],
                one.get("rev"),
                one.get("comment"),
                one["is_confirmed"],
            )
            for one in asked
        ]
        done = services.enter_results(entries=entries, actor=request.user, at=timezone.now())
        refused = [
            {
                "order": order,
                "analyte": analyte,
                "detail": detail,
                "is_asked": (order, analyte) in done.asked,
            }
            for (order, analyte), detail in done.refused.items()
        ]
        return Response(EnteredResults({"entered": done.lines, "refused": refused}).data)

    @extend_schema(request=CriticalAnswer, responses={201: AnswerSerializer})
    @action(detail=True, methods=["post"])
    def acknowledgements(self, request: Request, pk: str) -> Response:
        """A critical value was heard and read back."""
        asked = checked(CRITICAL_ANSWER, request.data)
        answer = services.acknowledge_critical(
            line=self.get_object(),
            read_back=asked["read_back"],
            told_to=asked.get("told_to", ""),
            action=asked.get("action", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(AnswerSerializer(answer).data, status=201)


# ── Reports ──


class NewReport(Asked):
    """Authorise a verified order; `alone_note` only where one person does both, in a small facility."""

    order = serializers.UUIDField()
    seen = serializers.CharField(
        max_length=16, help_text="The seal of what was looked at: the results and the comment"
    )
    alone_note = optional(Words, 160)


class Verification(Asked):
    """That the results are as measured; without missing ones only where that is meant."""

    order = serializers.UUIDField()
    seen = serializers.CharField(
        max_length=16, help_text="The seal of what was looked at: the results and the comment"
    )
    is_partial = serializers.BooleanField(default=False)


class Reopening(Asked):
    """Why an authorised report is opened to be amended."""

    reason = serializers.CharField(max_length=160)


class ReportNarrowed(Asked):
    """What a list of reports may be narrowed to."""

    patient = serializers.UUIDField(required=False)
    order = serializers.UUIDField(required=False)


NEW_REPORT, VERIFICATION, REOPENING = NewReport(), Verification(), Reopening()
REPORT_NARROWED = ReportNarrowed()
REPORT_FIELDS = {"patient": "patient__in", "order": "order_id"}


class ReportSerializer(serializers.Serializer[DiagnosticReport]):
    """A version of an order's report; an amended one says what it changed and why.

    Only a `valid` one may be used: `amending` is opened for its next version, `withdrawn` was taken back.
    """

    id = serializers.UUIDField()
    order = serializers.UUIDField(source="order_id")
    patient = serializers.UUIDField(source="patient_id")
    version = serializers.IntegerField()
    content = serializers.JSONField()
    changes = serializers.JSONField()
    reason = serializers.CharField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    standing_since = serializers.DateTimeField(allow_null=True)
    standing_why = serializers.CharField()
    verified_by = serializers.CharField(source="verified_by.name")
    verified_at = serializers.DateTimeField()
    authorised_by = serializers.CharField(source="authorised_by.name")
    authorised_at = serializers.DateTimeField()


class VerifiedOrder(serializers.Serializer[Any]):
    """An order that was verified, and the seal of what was."""

    order = serializers.UUIDField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    seen = serializers.CharField()


class ReportViewSet(Noun):
    """Authorised reports in their versions, newest first."""

    needed = {
        "list": permissions.VIEW_RESULTS,
        "retrieve": permissions.VIEW_RESULTS,
        "create": permissions.AUTHORISE_REPORTS,
        "verifications": permissions.VERIFY_RESULTS,
        "reopenings": permissions.AUTHORISE_REPORTS,
    }
    queryset = DiagnosticReport.objects.none()
    serializer_class = ReportSerializer
    narrowed_by = tuple(REPORT_FIELDS)
    ordering_fields = ["authorised_at"]
    ordering = ["-authorised_at"]

    def get_queryset(self) -> Any:
        linked = ("verified_by", "authorised_by", "order__test")
        return DiagnosticReport.objects.visible_to(self.request.user).select_related(*linked)

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in REPORT_FIELDS])
    def list(self, request: Request) -> Response:
        asked = checked(REPORT_NARROWED, self.narrowing())
        _opened(request, asked)
        open_ones = confidential.open_results(self.get_queryset(), "order")
        found = open_ones.filter(**as_filters(asked, REPORT_FIELDS))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(ReportSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        report = self.get_object()
        _opened(request, {"patient": report.patient_id})
        _refuse_others(request, report.order)
        return Response(ReportSerializer(report).data)

    def _order(self, order_id: UUID) -> ServiceRequest:
        found = ServiceRequest.objects.visible_to(self.request.user).filter(pk=order_id).first()
        if found is None:
            raise Refusal(_("There is no such order here."), field="order")
        return found

    @extend_schema(request=NewReport, responses={201: ReportSerializer})
    def create(self, request: Request) -> Response:
        """Authorise what another has verified."""
        asked = checked(NEW_REPORT, request.data)
        report = services.authorise_report(
            order=self._order(asked["order"]),
            seen=asked["seen"],
            alone_note=asked.get("alone_note", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ReportSerializer(report).data, status=201)

    @extend_schema(request=Verification, responses={201: VerifiedOrder})
    @action(detail=False, methods=["post"])
    def verifications(self, request: Request) -> Response:
        """Say that an order's results are as measured."""
        asked = checked(VERIFICATION, request.data)
        order = services.verify_results(
            order=self._order(asked["order"]),
            seen=asked["seen"],
            is_partial=asked["is_partial"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        seal = reporting.seal_of(order, queries.lines_of(order))
        said = {"order": order.pk, "status": order.status, "seen": seal}
        return Response(VerifiedOrder(said).data, status=201)

    @extend_schema(request=Reopening, responses={201: VerifiedOrder})
    @action(detail=True, methods=["post"])
    def reopenings(self, request: Request, pk: str) -> Response:
        """Open an authorised report to amend it: its order takes values again."""
        order = services.reopen_report(
            order=self.get_object().order,
            reason=checked(REOPENING, request.data)["reason"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        seal = reporting.seal_of(order, queries.lines_of(order))
        said = {"order": order.pk, "status": order.status, "seen": seal}
        return Response(VerifiedOrder(said).data, status=201)
