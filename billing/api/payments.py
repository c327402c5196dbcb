"""Payments: how somebody pays, what was received, and its receipt."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.api.shifts import AmountField
from billing.models import Payment
from billing.services import Offer
from billing.states import CLEARED_LATER, WAYS, PaymentMode
from hmis.kernel.api import Asked
from hmis.kernel.nouns import Noun
from patients.api.coming import paper_url
from patients.models import Encounter, Patient

PAISA = Decimal("0.01")
BILL_WAYS = [*WAYS, (PaymentMode.DEPOSIT.value, PaymentMode.DEPOSIT.label)]


class ReferenceField(serializers.CharField):
    """The number of what UPI, card or bank did."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_length": 64, "required": False, "allow_blank": True, "default": ""} | options
        )


class NamedSerializer(serializers.Serializer[Patient]):
    """Whose money it is. In a list the names of minors and survivors in legal cases are withheld."""

    id = serializers.UUIDField()
    uhid = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()

    def to_representation(self, patient: Patient) -> dict[str, Any]:
        withheld = {"name": patient.listed_name, "name_hi": patient.listed_name}
        return super().to_representation(patient) | (withheld if patient.is_withheld else {})


def encounter_of(encounter_id: Any, user: Any) -> Encounter:
    """A visit or stay within reach; a stranger's is not there."""
    visible = Encounter.objects.visible_to(user).select_related("patient", "facility")
    encounter = visible.filter(pk=encounter_id).first()
    if encounter is None:
        raise serializers.ValidationError({"encounter": [_("There is no such visit here.")]})
    return encounter


# ── What is sent ──


class AskedBillPayment(Asked):
    """One way in which a bill is paid: UPI with its UTR, card, cheque and draft with their number."""

    mode = serializers.ChoiceField(choices=BILL_WAYS)
    amount = AmountField(
        min_value=PAISA, required=False, allow_null=True, default=None, help_text="Empty: all that is owed"
    )
    reference = ReferenceField()
    tendered = AmountField(
        min_value=0, required=False, allow_null=True, default=None, help_text="Cash laid on the counter"
    )


class AskedDeposit(Asked):
    """How much is given in advance, and how."""

    mode = serializers.ChoiceField(choices=WAYS)
    amount = AmountField(min_value=PAISA)
    reference = ReferenceField()


def offer_of(asked: Mapping[str, Any]) -> Offer:
    """What the service takes."""
    return Offer(PaymentMode(asked["mode"]), asked["reference"], asked["amount"], asked.get("tendered"))


def change_of(offers: Sequence[Offer], payments: Sequence[Payment]) -> Decimal:
    """₹ to give back of the cash that was laid on the counter."""
    given = [
        offer.tendered - payment.amount
        for offer, payment in zip(offers, payments, strict=True)
        if offer.mode == PaymentMode.CASH and offer.tendered is not None
    ]
    return sum(given, Decimal("0.00"))


# ── What is answered ──


class IssuedReceiptSerializer(serializers.Serializer[Any]):
    """The receipt's number, and where its PDF is."""

    number = serializers.CharField()
    url = serializers.CharField(allow_null=True)


class PaymentSerializer(serializers.Serializer[Payment]):
    """Money received, and what its receipt says; this never changes."""

    id = serializers.UUIDField()
    receipt = serializers.SerializerMethodField()
    invoice = serializers.UUIDField(source="invoice_id", allow_null=True)
    deposit = serializers.UUIDField(source="deposit_id", allow_null=True)
    drawn_from = serializers.UUIDField(source="drawn_from_id", allow_null=True)
    shift = serializers.UUIDField(source="shift_id", allow_null=True)
    amount = AmountField()
    mode = serializers.ChoiceField(choices=PaymentMode.choices)
    reference = serializers.CharField()
    received_by = serializers.CharField(source="received_by.name")
    received_at = serializers.DateTimeField()
    still_owed = serializers.SerializerMethodField(help_text="On its bill, when it was received")
    in_deposit = serializers.SerializerMethodField(help_text="In its deposit, when it was received")

    @extend_schema(responses=IssuedReceiptSerializer)
    def get_receipt(self, payment: Payment) -> dict[str, Any]:
        return {
            "number": payment.receipt_number,
            "url": paper_url(payment.paper) if payment.paper else None,
        }

    @extend_schema(responses=AmountField(allow_null=True))
    def get_still_owed(self, payment: Payment) -> str | None:
        return self._printed(payment, "still_owed") if payment.invoice_id else None

    @extend_schema(responses=AmountField(allow_null=True))
    def get_in_deposit(self, payment: Payment) -> str | None:
        return self._printed(payment, "in_deposit") if payment.deposit_id else None

    def _printed(self, payment: Payment, name: str) -> str | None:
        """What stands on the receipt, frozen with it."""
        return payment.paper.context.get(name) if payment.paper else None


class PaymentTodaySerializer(PaymentSerializer):
    """A payment as it stands today: what was given back of it, what the bank said of it."""

    facility = serializers.CharField(source="facility.code")
    given_back = AmountField()
    bank_has_it = serializers.SerializerMethodField(help_text="UPI and cheques; null: no bank is asked")
    bounced_on = serializers.DateField(source="bounce.bounced_on", default=None, allow_null=True)

    def get_bank_has_it(self, payment: Payment) -> bool | None:
        if payment.mode == PaymentMode.UPI:
            return hasattr(payment, "settlement_line")
        return hasattr(payment, "clearance") if payment.mode in CLEARED_LATER else None


def received(payments: Sequence[Payment]) -> Any:
    """Payments of one act, as `PaymentSerializer` describes them."""
    queries.give_papers(payments)
    return PaymentSerializer(payments, many=True).data


class PaymentFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    invoice = filters.UUIDFilter(field_name="invoice")
    deposit = filters.UUIDFilter(field_name="deposit")
    shift = filters.UUIDFilter(field_name="shift")
    mode = filters.MultipleChoiceFilter(choices=PaymentMode.choices)
    receipt_number = filters.CharFilter(help_text="As it is printed: RIMS/R26/0000123")
    reference = filters.CharFilter(help_text="UTR, or the number of a card's slip, cheque or draft")
    received_at = filters.DateFromToRangeFilter()

    class Meta:
        model = Payment
        fields = ["mode"]


class PaymentViewSet(Noun):
    """What was received, the newest first. A bill is paid at `invoices`, a deposit at `deposits`."""

    needed = {"list": permissions.VIEW_INVOICE, "retrieve": permissions.VIEW_INVOICE}
    queryset = Payment.objects.none()
    serializer_class = PaymentTodaySerializer
    filterset_class = PaymentFilter
    ordering_fields = ["received_at", "amount"]
    ordering = ["-received_at"]

    def get_queryset(self) -> Any:
        return queries.with_given_back(Payment.objects.visible_to(self.request.user))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        queries.give_papers(page)
        return self.get_paginated_response(PaymentTodaySerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        payment = get_object_or_404(
            self.get_queryset().select_related("invoice", "deposit__encounter"), pk=pk
        )
        now = timezone.now()
        if payment.invoice:
            services.note_seen(invoice=payment.invoice, actor=request.user, at=now)
        else:
            services.note_account_seen(encounter=payment.deposit.encounter, actor=request.user, at=now)
        queries.give_papers([payment])
        return Response(PaymentTodaySerializer(payment).data)
