"""Bills: found, issued, paid, printed."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.api.payments import (
    AskedBillPayment,
    NamedSerializer,
    PaymentSerializer,
    PaymentTodaySerializer,
    change_of,
    encounter_of,
    offer_of,
    paper_url,
    received,
)
from billing.api.shifts import AmountField
from billing.models import ChargeItem, ChargeItemDefinition, CreditNote, Invoice, InvoiceLine, Refund
from billing.services.counter import MOST_AT_ONCE, MOST_OF_ONE, Wanted
from billing.states import InvoiceKind, InvoiceStatus, PaymentMode
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients.queries import withhold_names

KINDS = [(kind.value, kind.label) for kind in (InvoiceKind.INTERIM, InvoiceKind.FINAL, InvoiceKind.COUNTER)]
MOST_WAYS = 6

# ── What is sent ──


class AskedService(Asked):
    """A service of the tariff, and how many of it."""

    code = serializers.CharField(max_length=24)
    quantity = serializers.IntegerField(min_value=1, max_value=MOST_OF_ONE, default=1)


class AskedBill(Asked):
    """Everything of a visit or stay that no bill has yet, as it stands today or for good; or, at the counter,
    services of the tariff.
    """

    encounter = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    services = serializers.ListField(
        child=AskedService(),
        required=False,
        default=list,
        max_length=MOST_AT_ONCE,
        help_text="For a counter bill alone",
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if bool(asked["services"]) != (asked["kind"] == InvoiceKind.COUNTER):
            said = _("A counter bill names its services, and no other does.")
            raise serializers.ValidationError({"services": [said]})
        return asked


class AskedBillPayments(Asked):
    """How a bill is paid, in one way or several at once."""

    payments = serializers.ListField(child=AskedBillPayment(), min_length=1, max_length=MOST_WAYS)


class Search(Asked):
    """What stands on a paper: receipt, bill, UHID, mobile, UTR or amount. It stands alone."""

    q = serializers.CharField(max_length=40)


def wanted_of(asked: list[dict[str, Any]]) -> list[Wanted]:
    """The services with these codes."""
    codes = {one["code"] for one in asked}
    ids = dict(ChargeItemDefinition.objects.filter(code__in=codes).values_list("code", "pk"))
    unknown = ", ".join(sorted(codes - ids.keys()))
    if unknown:
        said = _("The tariff has no %(codes)s.") % {"codes": unknown}
        raise serializers.ValidationError({"services": [said]})
    return [Wanted(ids[one["code"]], one["quantity"]) for one in asked]


ASKED_BILL, ASKED_PAYMENTS, SEARCH = AskedBill(), AskedBillPayments(), Search()

# ── What is answered ──


class ChargeSerializer(serializers.Serializer[ChargeItem]):
    """What something costs."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    description = serializers.CharField()
    description_hi = serializers.CharField()
    quantity = serializers.IntegerField()
    gross = AmountField()
    discount = AmountField()
    tax = AmountField()
    net = AmountField()
    raised_at = serializers.DateTimeField()


class LineSerializer(serializers.Serializer[InvoiceLine]):
    """A charge on a bill, why it asks less, and whether it was taken back."""

    id = serializers.UUIDField()
    charge = ChargeSerializer(source="charge_item")
    let_off_by = serializers.SerializerMethodField(help_text="Why it asks less")
    is_taken_back = serializers.SerializerMethodField()

    def get_let_off_by(self, line: InvoiceLine) -> str:
        _item, exemption = queries.charge_on(line)
        return str(exemption) if exemption else ""

    def get_is_taken_back(self, line: InvoiceLine) -> bool:
        return bool(line.credits.all())


class CreditNoteSerializer(serializers.Serializer[CreditNote]):
    """What takes back a bill or some of its lines."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    amount = AmountField()
    reason = serializers.CharField()
    reason_hi = serializers.CharField()
    issued_at = serializers.DateTimeField()


class VoucherSerializer(serializers.Serializer[Refund]):
    """Money that went back, and its voucher."""

    id = serializers.UUIDField()
    number = serializers.CharField(source="voucher_number")
    payment = serializers.UUIDField(source="payment_id")
    amount = AmountField()
    mode = serializers.ChoiceField(choices=PaymentMode.choices)
    reference = serializers.CharField()
    paid_back_by = serializers.CharField(source="paid_back_by.name")
    paid_back_at = serializers.DateTimeField()
    url = serializers.SerializerMethodField()

    def get_url(self, refund: Refund) -> str | None:
        return paper_url(refund.paper) if refund.paper else None


class BillSerializer(serializers.Serializer[Invoice]):
    """A bill and what is owed on it; less than nothing is owed to the patient."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=InvoiceKind.choices)
    status = serializers.ChoiceField(choices=InvoiceStatus.choices)
    total = AmountField()
    owed = AmountField()
    issued_at = serializers.DateTimeField()


class InvoiceSerializer(BillSerializer):
    """A bill in a list."""

    facility = serializers.CharField(source="facility.code")
    encounter = serializers.UUIDField(source="encounter_id")
    patient = NamedSerializer()


class InvoiceWithLinesSerializer(InvoiceSerializer):
    """A bill with all that stands on it and all that was paid on it."""

    issued_by = serializers.CharField(source="issued_by.name")
    lines = serializers.SerializerMethodField()
    payments = serializers.SerializerMethodField()
    credit_notes = CreditNoteSerializer(many=True)
    refunds = serializers.SerializerMethodField()
    in_deposit = serializers.SerializerMethodField(help_text="What the deposit of its visit may pay")
    upi_link = serializers.SerializerMethodField(help_text="What a UPI code says; empty: no UPI here")

    @extend_schema(responses=LineSerializer(many=True))
    def get_lines(self, invoice: Invoice) -> Any:
        return LineSerializer(queries.lines_on(invoice).prefetch_related("credits"), many=True).data

    @extend_schema(responses=PaymentTodaySerializer(many=True))
    def get_payments(self, invoice: Invoice) -> Any:
        payments = list(queries.with_given_back(invoice.payments.order_by("received_at", "pk")))
        queries.give_papers(payments)
        return PaymentTodaySerializer(payments, many=True).data

    @extend_schema(responses=VoucherSerializer(many=True))
    def get_refunds(self, invoice: Invoice) -> Any:
        return VoucherSerializer(queries.refunds_of(invoice), many=True).data

    @extend_schema(responses=AmountField())
    def get_in_deposit(self, invoice: Invoice) -> str:
        return f"{queries.in_deposit(invoice):.2f}"

    def get_upi_link(self, invoice: Any) -> str:
        return queries.upi_link(invoice, invoice.owed)


class PaidSerializer(serializers.Serializer[Any]):
    """What was received for a bill at once: sent again with its key, it says the same."""

    invoice = serializers.UUIDField()
    payments = PaymentSerializer(many=True)
    still_owed = AmountField(allow_null=True, help_text="When these were received")
    change = AmountField(help_text="To give back of the cash")


class BillPaperSerializer(serializers.Serializer[Any]):
    """The bill of supply on paper."""

    number = serializers.CharField()
    url = serializers.CharField()


class InvoiceFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    encounter = filters.UUIDFilter(field_name="encounter")
    patient = filters.UUIDFilter(field_name="patient")
    kind = filters.MultipleChoiceFilter(choices=InvoiceKind.choices)
    status = filters.MultipleChoiceFilter(choices=InvoiceStatus.choices)
    unpaid = filters.BooleanFilter(method="is_unpaid", help_text="Only those on which something is owed")
    issued_at = filters.DateFromToRangeFilter()

    class Meta:
        model = Invoice
        fields = ["status"]

    def is_unpaid(self, bills: Any, _name: str, value: bool) -> Any:
        return bills.filter(owed__gt=0, status__in=queries.UNPAID) if value else bills.filter(owed__lte=0)


class InvoiceViewSet(Noun):
    """Bills, the newest first. `?q=` finds by what is on a paper; POST bills what no bill has yet."""

    needed = {
        "list": permissions.VIEW_INVOICE,
        "retrieve": permissions.VIEW_INVOICE,
        "create": permissions.TAKE_PAYMENT,
        "payments": permissions.TAKE_PAYMENT,
        "papers": permissions.VIEW_INVOICE,
    }
    once_by_nature = {"papers": "the bill's paper is one"}
    queryset = Invoice.objects.none()
    serializer_class = InvoiceSerializer
    narrowed_by = ("q",)
    filterset_class = InvoiceFilter
    ordering_fields = ["issued_at", "total"]
    ordering = ["-issued_at"]

    def get_queryset(self) -> Any:
        visible = Invoice.objects.visible_to(self.request.user)
        return queries.with_owed(visible).select_related("patient", "facility", "issued_by")

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "q",
                str,
                description="Receipt, bill, slip, UHID, mobile, UTR or amount; of a name what is still to be"
                " paid: at most forty, and no other filter",
            )
        ]
    )
    def list(self, request: Request) -> Response:
        if "q" in request.query_params:
            return self._search(request)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._listed(page))

    def _search(self, request: Request) -> Response:
        words = checked(SEARCH, request.query_params.dict())["q"]
        found = []
        for bill, owed in queries.find_bills(words, request.user):
            bill.owed = owed  # type: ignore[attr-defined]
            found.append(bill)
        prefetch_related_objects(found, "facility")
        return Response({"next": None, "previous": None, "results": self._listed(found)})

    def _listed(self, bills: Any) -> Any:
        services.note_searched(found=len(bills), actor=self.request.user, at=timezone.now())
        withhold_names(bill.patient for bill in bills)
        return InvoiceSerializer(bills, many=True).data

    @extend_schema(responses=InvoiceWithLinesSerializer)
    def retrieve(self, request: Request, pk: str) -> Response:
        invoice = self._visible(pk)
        services.note_seen(invoice=invoice, actor=request.user, at=timezone.now())
        return Response(InvoiceWithLinesSerializer(invoice).data)

    @extend_schema(request=AskedBill, responses={201: InvoiceWithLinesSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(ASKED_BILL, request.data)
        said = {
            "encounter": encounter_of(asked["encounter"], request.user),
            "request_key": idempotency_key(request),
            "actor": request.user,
            "at": timezone.now(),
        }
        if asked["kind"] == InvoiceKind.COUNTER:
            made = services.bill_counter(wanted=wanted_of(asked["services"]), **said)
        else:
            made = services.issue_invoice(kind=InvoiceKind(asked["kind"]), **said)
        return Response(InvoiceWithLinesSerializer(self._visible(made.pk)).data, status=201)

    @extend_schema(request=AskedBillPayments, responses={201: PaidSerializer})
    @action(detail=True, methods=["post"])
    def payments(self, request: Request, pk: str) -> Response:
        """Pay it in one way or several: each has a receipt of its own. Cash needs the caller's open shift."""
        invoice = self._visible(pk)
        offers = [offer_of(one) for one in checked(ASKED_PAYMENTS, request.data)["payments"]]
        taken = services.take_payments(
            invoice=invoice,
            offers=offers,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        answer = {
            "invoice": invoice.pk,
            "payments": received(taken),
            "change": f"{change_of(offers, taken):.2f}",
        }
        return Response(answer | {"still_owed": answer["payments"][-1]["still_owed"]}, status=201)

    @extend_schema(request=None, responses={201: BillPaperSerializer})
    @action(detail=True, methods=["post"])
    def papers(self, request: Request, pk: str) -> Response:
        """The bill of supply on paper: the one that was issued with it, or made now."""
        invoice = self._visible(pk)
        paper = services.print_bill(invoice=invoice, actor=request.user, at=timezone.now())
        return Response({"number": invoice.number, "url": paper_url(paper)}, status=201)

    def _visible(self, pk: Any) -> Any:
        return get_object_or_404(self.get_queryset(), pk=pk)
