"""What is asked back, decided and paid back; the vouchers of what went back."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.api.invoices import VoucherSerializer
from billing.api.payments import PAISA, NamedSerializer, ReferenceField
from billing.api.shifts import AmountField
from billing.api.tariffs import ASKED_NOTHING, Nothing
from billing.models import DepositAccount, Invoice, Payment, Refund, RefundRequest
from billing.services import Ask
from billing.states import PaymentMode, RefundKind, RequestStatus
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients.api.people import Words, optional
from patients.queries import withhold_names

MOST_LINES = 200


# ── What is sent ──


class AskedRest(Asked):
    """How much of a deposit goes back (empty: all that is there), and why."""

    amount = AmountField(min_value=PAISA, required=False, allow_null=True, default=None)
    reason = Words(max_length=160)


class AskedBack(AskedRest):
    """What goes back, and why: a bill or some of its lines, a payment, or the rest of a deposit."""

    invoice = serializers.UUIDField(required=False, allow_null=True)
    payment = serializers.UUIDField(required=False, allow_null=True)
    deposit = serializers.UUIDField(required=False, allow_null=True)
    lines = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        default=list,
        max_length=MOST_LINES,
        help_text="Of a bill, those that are taken back; empty: all that still hold",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [name for name in ABOUT if attrs.get(name)]
        if len(named) != 1:
            raise serializers.ValidationError({"invoice": [_("Send one of invoice, payment and deposit.")]})
        if named == ["invoice"] and attrs["amount"] is not None:
            raise serializers.ValidationError(
                {"amount": [_("A bill is taken back line by line, not by an amount.")]}
            )
        if named != ["invoice"] and attrs["lines"]:
            raise serializers.ValidationError({"lines": [_("Only a bill has lines.")]})
        return attrs


class AskedDecision(Asked):
    """Yes or no; a note where it is no, and where one person decides alone."""

    is_approved = serializers.BooleanField()
    note = optional(Words, 160, default="")


class AskedPayBack(Asked):
    """The number of what UPI or the bank did, where it is known."""

    reference = ReferenceField()


class AskedReference(Asked):
    """The UTR or number, which UPI, card or bank gave afterwards."""

    reference = ReferenceField(required=True, allow_blank=False, default=serializers.empty)


ABOUT: dict[str, tuple[RefundKind, Any]] = {
    "invoice": (RefundKind.CREDIT, Invoice),
    "payment": (RefundKind.PAYMENT, Payment),
    "deposit": (RefundKind.DEPOSIT, DepositAccount),
}
ASKED_BACK, ASKED_DECISION, ASKED_PAY_BACK = AskedBack(), AskedDecision(), AskedPayBack()
ASKED_REFERENCE = AskedReference()


def ask_of(asked: dict[str, Any], user: Any) -> Ask:
    """What the service takes; of another hospital nothing is there."""
    name = next(name for name in ABOUT if asked.get(name))
    kind, model = ABOUT[name]
    about = model.objects.visible_to(user).filter(pk=asked[name]).first()
    if about is None:
        raise serializers.ValidationError({name: [_("There is no such record, or it is not yours to see.")]})
    return Ask(kind, **{name: about}, lines=tuple(asked["lines"]), amount=asked["amount"])


# ── What is answered ──


class RefundRequestSerializer(serializers.Serializer[RefundRequest]):
    """What somebody asks back, and what became of it."""

    id = serializers.UUIDField()
    facility = serializers.CharField(source="facility.code")
    kind = serializers.ChoiceField(choices=RefundKind.choices)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    patient = NamedSerializer()
    invoice = serializers.UUIDField(source="invoice_id", allow_null=True)
    payment = serializers.UUIDField(source="payment_id", allow_null=True)
    deposit = serializers.UUIDField(source="deposit_id", allow_null=True)
    lines = serializers.ListField(child=serializers.UUIDField())
    amount = AmountField()
    reason = serializers.CharField()
    asked_by = serializers.CharField(source="asked_by.name")
    asked_at = serializers.DateTimeField()
    decided_by = serializers.CharField(source="decided_by.name", default=None, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_note = serializers.CharField()


class RefundRequestWithVouchersSerializer(RefundRequestSerializer):
    """With what was paid back by now."""

    vouchers = serializers.SerializerMethodField()

    @extend_schema(responses=VoucherSerializer(many=True))
    def get_vouchers(self, asked: RefundRequest) -> Any:
        refunds = list(asked.refunds.select_related("paid_back_by").order_by("pk"))
        queries.give_papers(refunds)
        return VoucherSerializer(refunds, many=True).data


def asked_back(request: Request, ask: Ask, reason: str) -> Response:
    """It is asked; the answer is what waits for a second person."""
    made = services.ask_refund(
        ask=ask,
        reason=reason,
        request_key=idempotency_key(request),
        actor=request.user,
        at=timezone.now(),
    )
    return shown(made, request.user)


def shown(asked: RefundRequest, user: Any) -> Response:
    found = queries.refund_requests(user).get(pk=asked.pk)
    return Response(RefundRequestWithVouchersSerializer(found).data, status=201)


class RefundFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    status = filters.MultipleChoiceFilter(choices=RequestStatus.choices)
    kind = filters.MultipleChoiceFilter(choices=RefundKind.choices)
    invoice = filters.UUIDFilter(field_name="invoice")

    class Meta:
        model = RefundRequest
        fields = ["status"]


class RefundViewSet(Noun):
    """What is asked back, the newest first: one asks, another decides, a counter pays."""

    needed = {
        "list": permissions.ASK_REFUND,
        "retrieve": permissions.ASK_REFUND,
        "create": permissions.ASK_REFUND,
        "decisions": permissions.APPROVE_REFUND,
        "withdrawals": permissions.ASK_REFUND,
        "payments": permissions.PAY_REFUND,
    }
    queryset = RefundRequest.objects.none()
    serializer_class = RefundRequestSerializer
    filterset_class = RefundFilter
    ordering_fields = ["asked_at", "amount"]
    ordering = ["-asked_at"]

    def get_queryset(self) -> Any:
        return queries.refund_requests(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        withhold_names(one.patient for one in page)
        return self.get_paginated_response(RefundRequestSerializer(page, many=True).data)

    @extend_schema(responses=RefundRequestWithVouchersSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(RefundRequestWithVouchersSerializer(self._asked(pk)).data)

    @extend_schema(request=AskedBack, responses={201: RefundRequestWithVouchersSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(ASKED_BACK, request.data)
        return asked_back(request, ask_of(asked, request.user), asked["reason"])

    @extend_schema(request=AskedDecision, responses={201: RefundRequestWithVouchersSerializer})
    @action(detail=True, methods=["post"])
    def decisions(self, request: Request, pk: str) -> Response:
        """Approve or decline. Whoever asked does not decide, but alone at a small facility."""
        return self._stepped(request, pk, services.decide_refund, ASKED_DECISION)

    @extend_schema(request=Nothing, responses={201: RefundRequestWithVouchersSerializer})
    @action(detail=True, methods=["post"])
    def withdrawals(self, request: Request, pk: str) -> Response:
        """Take back one's own question before it was decided, or before a counter paid it."""
        return self._stepped(request, pk, services.withdraw_refund, ASKED_NOTHING)

    @extend_schema(request=AskedPayBack, responses={201: RefundRequestWithVouchersSerializer})
    @action(detail=True, methods=["post"])
    def payments(self, request: Request, pk: str) -> Response:
        """Pay back what was approved, each payment the way it came. Cash needs the caller's open shift."""
        return self._stepped(request, pk, services.pay_refund, ASKED_PAY_BACK)

    def _stepped(self, request: Request, pk: str, act: Any, asked: Asked) -> Response:
        found = self._asked(pk)
        said = checked(asked, request.data)
        key = idempotency_key(request)
        act(request=found, **said, request_key=key, actor=request.user, at=timezone.now())
        return shown(found, request.user)

    def _asked(self, pk: str) -> RefundRequest:
        return get_object_or_404(self.get_queryset(), pk=pk)


# ── Vouchers ──


class VoucherFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    payment = filters.UUIDFilter(field_name="payment")
    mode = filters.MultipleChoiceFilter(choices=PaymentMode.choices)
    reference = filters.CharFilter(help_text="UTR or number")
    unreferenced = filters.BooleanFilter(
        method="is_unreferenced", help_text="Only what has no UTR or number yet and should have one"
    )
    paid_back_at = filters.DateFromToRangeFilter()

    class Meta:
        model = Refund
        fields = ["mode"]

    def is_unreferenced(self, refunds: Any, _name: str, value: bool) -> Any:
        lacking = queries.unreferenced(self.request.user).order_by().values("pk")
        return refunds.filter(pk__in=lacking) if value else refunds.exclude(pk__in=lacking)


class VoucherViewSet(Noun):
    """Money that went back, the newest first. What it has no UTR of is given one by `references`, once."""

    needed = {
        "list": permissions.VIEW_INVOICE,
        "references": permissions.PAY_REFUND,
    }
    queryset = Refund.objects.none()
    serializer_class = VoucherSerializer
    filterset_class = VoucherFilter
    ordering_fields = ["paid_back_at", "amount"]
    ordering = ["-paid_back_at"]

    def get_queryset(self) -> Any:
        return Refund.objects.visible_to(self.request.user).select_related("paid_back_by")

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        queries.give_papers(page)
        return self.get_paginated_response(VoucherSerializer(page, many=True).data)

    @extend_schema(request=AskedReference, responses={201: VoucherSerializer})
    @action(detail=True, methods=["post"])
    def references(self, request: Request, pk: str) -> Response:
        """Write down its UTR or number."""
        written = services.write_reference(
            refund=get_object_or_404(self.get_queryset(), pk=pk),
            **checked(ASKED_REFERENCE, request.data),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        queries.give_papers([written])
        return Response(VoucherSerializer(written).data, status=201)
