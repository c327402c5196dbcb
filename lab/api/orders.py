"""Tests that can be ordered, and orders: the same services as the pages."""

from collections.abc import Mapping
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
from lab import permissions, queries, services
from lab.models import ServiceRequest, TestDefinition
from lab.queries import confidential
from lab.services import Asking, Wanted
from lab.states import CancelReason, Consent, OrderStatus, Owing, Priority, Section, Uncharged
from patients import permissions as patient_permissions
from patients import services as patients
from patients.api.charts import encounter_here
from patients.api.people import Words, optional
from patients.models import ContentKind, Encounter
from patients.queries.merging import same_person

UNCHARGED = [("", "—"), *Uncharged.choices]
CANCEL_REASONS = [("", "—"), *CancelReason.choices]


# ── What can be ordered ──


class TestSerializer(serializers.Serializer[TestDefinition]):
    """A test, a panel or an examination. `is_approved`: whether the caller's hospital has approved it."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    section = serializers.ChoiceField(choices=Section.choices)
    is_imaging = serializers.BooleanField()
    loinc_code = serializers.CharField()
    specimen = serializers.CharField()
    container = serializers.CharField()
    volume = serializers.CharField()
    is_panel = serializers.BooleanField()
    members = serializers.ListField(child=serializers.CharField())
    routine_minutes = serializers.IntegerField(allow_null=True)
    urgent_minutes = serializers.IntegerField(allow_null=True)
    notifiable = serializers.CharField()
    service = serializers.CharField(source="service.code", allow_null=True, default=None)
    is_active = serializers.BooleanField()
    source = serializers.CharField()
    is_approved = serializers.SerializerMethodField()

    def get_is_approved(self, test: TestDefinition) -> bool:
        return test.pk in self.context["approved"]


class TestViewSet(Noun):
    """Tests that can be ordered, the state's list.

    This material contains content from LOINC (http://loinc.org). LOINC is copyright Regenstrief Institute,
    Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost
    under the license at http://loinc.org/license. LOINC is a registered United States trademark of
    Regenstrief Institute, Inc.
    """

    needed = {"list": permissions.VIEW_ORDERS, "retrieve": permissions.VIEW_ORDERS}
    queryset = TestDefinition.objects.none()
    serializer_class = TestSerializer
    narrowed_by = ("q",)

    def get_queryset(self) -> Any:
        return TestDefinition.objects.select_related("service")

    @extend_schema(parameters=[OpenApiParameter("q", str, description="Words, a short form or a code")])
    def list(self, request: Request) -> Response:
        said = request.query_params.get("q", "")
        found = self.get_queryset()
        if said:
            called = queries.catalogue_of(queries.tests_in_use()).search(said, most=50)
            found = found.filter(code__in=[code for code, _how in called])
        page = self.paginate_queryset(found)
        return self.get_paginated_response(self._shown(page, many=True))

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._shown(self.get_object()))

    def _shown(self, tests: Any, *, many: bool = False) -> Any:
        posting = self.request.user.posting
        approved = queries.approved_here(posting and posting.facility_id, ContentKind.LAB_TEST)
        return TestSerializer(tests, many=many, context={"approved": approved}).data


# ── What is ordered ──


class NewOrders(Asked):
    """Tests for an encounter, by their codes. Who is no doctor names the one whose paper asks for them.

    A test that was ordered today already is refused, unless `again` says that this is meant; a test that is
    done with informed consent alone (HIV), unless `consent` says who agreed.
    """

    encounter = serializers.UUIDField()
    tests = serializers.ListField(
        child=serializers.CharField(max_length=16), min_length=1, max_length=services.MOST_AT_ONCE
    )
    priority = serializers.ChoiceField(choices=Priority.choices, default=Priority.ROUTINE)
    note = optional(Words, 200)
    requester_name = optional(Words, 80)
    again = serializers.BooleanField(default=False)
    consent = serializers.ChoiceField(choices=Consent.choices, required=False)


class OrderCancellation(Asked):
    """Why an order is taken back."""

    reason = serializers.ChoiceField(choices=CancelReason.choices)
    note = optional(Words, 120)


class AskedPriority(Asked):
    """How urgent an order is from now on."""

    priority = serializers.ChoiceField(choices=Priority.choices)


NEW_ORDERS, ORDER_CANCELLATION, ASKED_PRIORITY = NewOrders(), OrderCancellation(), AskedPriority()


class MadeOrder(serializers.Serializer[ServiceRequest]):
    """An order as it was made."""

    id = serializers.UUIDField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    test = serializers.CharField(source="test.code")
    slip_number = serializers.CharField()
    ordered_at = serializers.DateTimeField()


class OrderSerializer(MadeOrder):
    """An order as it stands: how far it has come, and how it is paid.

    `test` and `note` are empty where the test is confidential (HIV) and the caller neither ordered it nor
    does that work; of one order, nor treats the patient.
    """

    rev = serializers.IntegerField()
    department = serializers.UUIDField(source="department_id")
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    priority = serializers.ChoiceField(choices=Priority.choices)
    note = serializers.CharField()
    ordered_by = serializers.CharField()
    entered_by = serializers.CharField(source="entered_by.name")
    repeat = serializers.IntegerField()
    charge = serializers.DecimalField(
        source="charge_item.net", max_digits=12, decimal_places=2, allow_null=True, default=None
    )
    uncharged = serializers.ChoiceField(choices=UNCHARGED)
    owing = serializers.ChoiceField(choices=Owing.choices)
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancel_reason = serializers.ChoiceField(choices=CANCEL_REASONS)
    cancel_note = serializers.CharField()

    def to_representation(self, order: ServiceRequest) -> dict[str, Any]:
        said = super().to_representation(order)
        return said if order.pk in self.context["named"] else said | {"test": "", "note": ""}


class CancelledOrder(serializers.Serializer[ServiceRequest]):
    """An order that was taken back."""

    id = serializers.UUIDField()
    cancelled_at = serializers.DateTimeField()
    cancel_reason = serializers.ChoiceField(choices=CancelReason.choices)
    cancel_note = serializers.CharField()


class OrderNarrowed(Asked):
    """What a list of orders may be narrowed to."""

    patient = serializers.UUIDField(required=False)
    encounter = serializers.UUIDField(required=False)
    slip_number = serializers.CharField(required=False, max_length=16)
    status = serializers.ChoiceField(choices=OrderStatus.choices, required=False)
    section = serializers.ChoiceField(choices=Section.choices, required=False)
    day = serializers.DateField(required=False)


NARROWED = OrderNarrowed()
FIELDS = {
    "patient": "patient__in",
    "encounter": "encounter_id",
    "slip_number": "slip_number",
    "status": "status",
    "section": "test__section",
    "day": "ordered_on",
}


def as_filters(asked: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """What a list is filtered by: a patient on whichever of their records."""
    return {fields[name]: same_person(value) if name == "patient" else value for name, value in asked.items()}


class OrderViewSet(Noun):
    """Orders of tests and imaging at the caller's hospital, newest first."""

    needed = {
        "list": permissions.VIEW_ORDERS,
        "retrieve": permissions.VIEW_ORDERS,
        "create": permissions.ORDER_TESTS,
        "cancellations": permissions.ORDER_TESTS,
        "priorities": permissions.ORDER_TESTS,
    }
    queryset = ServiceRequest.objects.none()
    serializer_class = OrderSerializer
    narrowed_by = tuple(FIELDS)
    ordering_fields = ["ordered_at"]
    ordering = ["-ordered_at"]

    def get_queryset(self) -> Any:
        return queries.with_money(ServiceRequest.objects.visible_to(self.request.user)).select_related(
            "encounter", *queries.LINKED
        )

    @extend_schema(parameters=[OpenApiParameter(name, str) for name in FIELDS])
    def list(self, request: Request) -> Response:
        asked = checked(NARROWED, self.narrowing())
        found = self.get_queryset().filter(**as_filters(asked, FIELDS))
        page = queries.give_owing(self.paginate_queryset(found))
        if asked.keys() & {"patient", "encounter", "slip_number"}:
            services.note_orders_searched(
                patient_id=page[0].patient_id if page else None,
                found=len(page),
                actor=request.user,
                at=timezone.now(),
            )
        named = {one.pk for one in page if confidential.knows_test(request.user, one)}
        return self.get_paginated_response(OrderSerializer(page, many=True, context={"named": named}).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        (order,) = queries.give_owing([self.get_object()])
        now = timezone.now()
        services.note_orders_seen(encounter=order.encounter, actor=request.user, at=now)
        is_named = confidential.knows_test(request.user, order) or confidential.treats(
            request.user, order.patient_id, now
        )
        return Response(OrderSerializer(order, context={"named": {order.pk} if is_named else ()}).data)

    @extend_schema(request=NewOrders, responses={201: MadeOrder(many=True)})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_ORDERS, request.data)
        encounter = encounter_here(request, asked["encounter"])
        self._open(encounter)
        priority = Priority(asked["priority"])
        orders = services.order_tests(
            encounter=encounter,
            wanted=[Wanted(test, priority) for test in _tests(asked["tests"])],
            asking=Asking(
                asked.get("note", ""),
                asked.get("requester_name", ""),
                asked["again"],
                asked.get("consent", ""),
            ),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(MadeOrder(orders, many=True).data, status=201)

    def _open(self, encounter: Encounter) -> None:
        """Whoever reads charts opens this patient's with the order."""
        if self.request.user.may(patient_permissions.VIEW_CHART):
            patients.open_chart(
                patient=encounter.patient,
                actor=self.request.user,
                at=timezone.now(),
                read=False,
            )

    @extend_schema(request=OrderCancellation, responses={201: CancelledOrder})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """Take the order back: its charge is reversed, or asked back from its bill."""
        order, asked = self.get_object(), checked(ORDER_CANCELLATION, request.data)
        self._open(order.encounter)
        cancelled = services.cancel_order(
            order=order,
            reason=CancelReason(asked["reason"]),
            note=asked.get("note", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(CancelledOrder(cancelled).data, status=201)

    @extend_schema(request=AskedPriority, responses={201: AskedPriority})
    @action(detail=True, methods=["post"])
    def priorities(self, request: Request, pk: str) -> Response:
        """Urgent, or routine again."""
        order, asked = self.get_object(), checked(ASKED_PRIORITY, request.data)
        self._open(order.encounter)
        services.set_priority(
            order=order,
            priority=Priority(asked["priority"]),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(asked, status=201)


def _tests(codes: list[str]) -> list[TestDefinition]:
    """The tests of these codes, in their order. Refuses one that there is not."""
    known = {one.code: one for one in TestDefinition.objects.filter(code__in=codes)}
    for code in codes:
        if code not in known:
            raise Refusal(_("There is no test “%(code)s”."), field="tests", code=code[:16])
    return [known[code] for code in codes]
