"""The account of a visit or stay, and what was paid for it in advance."""

from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.api.invoices import BillSerializer, ChargeSerializer
from billing.api.payments import (
    AskedDeposit,
    NamedSerializer,
    PaymentSerializer,
    PaymentTodaySerializer,
    encounter_of,
    offer_of,
    received,
)
from billing.api.refunds import AskedRest, RefundRequestWithVouchersSerializer, asked_back
from billing.api.shifts import AmountField
from billing.models import DepositAccount
from billing.services import Ask
from billing.states import RefundKind
from hmis.kernel.api import checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients.models import Encounter
from patients.queries import withhold_names

# ── Deposits ──


class NewDeposit(AskedDeposit):
    """For which visit or stay somebody pays in advance, how much, and how."""

    encounter = serializers.UUIDField()


NEW_DEPOSIT, ASKED_DEPOSIT, ASKED_REST = NewDeposit(), AskedDeposit(), AskedRest()


class DepositSerializer(serializers.Serializer[DepositAccount]):
    """The deposit of a visit or stay, in a list."""

    id = serializers.UUIDField()
    facility = serializers.CharField(source="facility.code")
    encounter = serializers.UUIDField(source="encounter_id")
    patient = NamedSerializer()
    opened_at = serializers.DateTimeField()


class DepositWithPaymentsSerializer(DepositSerializer):
    """A deposit with what came in, what bills drew, and what is left."""

    balance = AmountField(help_text="What is in it")
    available = AmountField(help_text="What may be drawn: no cheques that the bank has not honoured")
    payments = serializers.SerializerMethodField()
    drawings = serializers.SerializerMethodField()

    @extend_schema(responses=PaymentTodaySerializer(many=True))
    def get_payments(self, deposit: DepositAccount) -> Any:
        return _today(deposit.payments)

    @extend_schema(responses=PaymentTodaySerializer(many=True))
    def get_drawings(self, deposit: DepositAccount) -> Any:
        return _today(deposit.drawings)


def _today(linked: Any) -> Any:
    payments = list(queries.with_given_back(linked.order_by("received_at", "pk")))
    queries.give_papers(payments)
    return PaymentTodaySerializer(payments, many=True).data


class DepositTakenSerializer(serializers.Serializer[Any]):
    """What was received in advance: sent again with its key, it says the same."""

    deposit = serializers.UUIDField()
    encounter = serializers.UUIDField()
    payment = PaymentSerializer()


class DepositFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    encounter = filters.UUIDFilter(field_name="encounter")
    patient = filters.UUIDFilter(field_name="patient")

    class Meta:
        model = DepositAccount
        fields = ["encounter"]


class DepositViewSet(Noun):
    """Deposits, the newest first. POST takes the first money of a stay; its `payments` top it up."""

    needed = {
        "list": permissions.VIEW_INVOICE,
        "retrieve": permissions.VIEW_INVOICE,
        "create": permissions.TAKE_PAYMENT,
        "payments": permissions.TAKE_PAYMENT,
        "refunds": permissions.ASK_REFUND,
    }
    queryset = DepositAccount.objects.none()
    serializer_class = DepositSerializer
    filterset_class = DepositFilter
    ordering_fields = ["opened_at"]
    ordering = ["-opened_at"]

    def get_queryset(self) -> Any:
        visible = DepositAccount.objects.visible_to(self.request.user)
        return visible.select_related("patient", "facility", "encounter__patient", "encounter__facility")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        withhold_names(one.patient for one in page)
        return self.get_paginated_response(DepositSerializer(page, many=True).data)

    @extend_schema(responses=DepositWithPaymentsSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        deposit = self._visible(pk)
        services.note_account_seen(encounter=deposit.encounter, actor=request.user, at=timezone.now())
        return Response(DepositWithPaymentsSerializer(deposit).data)

    @extend_schema(request=NewDeposit, responses={201: DepositTakenSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_DEPOSIT, request.data)
        return self._taken(request, encounter_of(asked["encounter"], request.user), asked)

    @extend_schema(request=AskedDeposit, responses={201: DepositTakenSerializer})
    @action(detail=True, methods=["post"])
    def payments(self, request: Request, pk: str) -> Response:
        """Top it up. Cash needs the caller's open shift."""
        deposit = self._visible(pk)
        return self._taken(request, deposit.encounter, checked(ASKED_DEPOSIT, request.data))

    @extend_schema(request=AskedRest, responses={201: RefundRequestWithVouchersSerializer})
    @action(detail=True, methods=["post"])
    def refunds(self, request: Request, pk: str) -> Response:
        """Ask for what is left of it; it goes on at `refunds`."""
        deposit = self._visible(pk)
        asked = checked(ASKED_REST, request.data)
        ask = Ask(RefundKind.DEPOSIT, deposit=deposit, amount=asked["amount"])
        return asked_back(request, ask, asked["reason"])

    def _taken(self, request: Request, encounter: Encounter, asked: dict[str, Any]) -> Response:
        payment = services.take_deposit(
            encounter=encounter,
            offer=offer_of(asked),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        (said,) = received([payment])
        answer = {"deposit": payment.deposit_id, "encounter": encounter.pk, "payment": said}
        return Response(answer, status=201)

    def _visible(self, pk: str) -> DepositAccount:
        return get_object_or_404(self.get_queryset(), pk=pk)


# ── The account of a visit ──


class DischargeSerializer(serializers.Serializer[Any]):
    """Whether the account lets the patient go home."""

    may_leave = serializers.BooleanField()
    sentence = serializers.CharField()
    owed = AmountField(help_text="On bills")
    unbilled = AmountField(help_text="Charged, on no bill yet")
    deposit = AmountField(help_text="Paid in advance and still there")
    approved = AmountField(help_text="By schemes")
    pending = AmountField(help_text="Claimed of schemes that have not decided")


class AccountSerializer(serializers.Serializer[Any]):
    """The money of one visit or stay."""

    encounter = serializers.UUIDField()
    patient = NamedSerializer()
    owed = AmountField(help_text="On its bills, and for what no bill has yet")
    unbilled = ChargeSerializer(many=True)
    invoices = BillSerializer(many=True)
    deposit = serializers.UUIDField(allow_null=True)
    in_deposit = AmountField()


class AccountViewSet(Noun):
    """The account of a visit or stay, by the encounter's id: what is owed, what is paid in advance."""

    needed = {"retrieve": permissions.VIEW_INVOICE, "discharge": permissions.VIEW_INVOICE}
    queryset = Encounter.objects.none()
    serializer_class = AccountSerializer

    def get_queryset(self) -> Any:
        return Encounter.objects.visible_to(self.request.user).select_related("patient")

    def retrieve(self, request: Request, pk: str) -> Response:
        encounter = self._seen(pk)
        account = queries.account_of(encounter)
        for bill, owed in account.invoices:
            bill.owed = owed  # type: ignore[attr-defined]
        answer = {
            "encounter": encounter.pk,
            "patient": encounter.patient,
            "owed": account.owed,
            "unbilled": account.unbilled,
            "invoices": [bill for bill, _owed in account.invoices],
            "deposit": account.deposit and account.deposit.pk,
            "in_deposit": account.in_deposit,
        }
        return Response(AccountSerializer(answer).data)

    @extend_schema(responses=DischargeSerializer)
    @action(detail=True, methods=["get"])
    def discharge(self, request: Request, pk: str) -> Response:
        """What the ward asks before a discharge."""
        return Response(DischargeSerializer(queries.discharge_answer(self._seen(pk))).data)

    def _seen(self, pk: str) -> Encounter:
        encounter = get_object_or_404(self.get_queryset(), pk=pk)
        services.note_account_seen(encounter=encounter, actor=self.request.user, at=timezone.now())
        return encounter
