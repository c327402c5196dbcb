"""The tariff, the schemes, what is granted under them, and what is claimed from them."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing import permissions, queries, services
from billing.models import ChargeItemDefinition, Claim, Scheme, SchemeCover, TariffPrice
from billing.services import Grant, Tag
from billing.states import ClaimStatus, ServiceKind, WardClass
from facilities.models import User
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients.models import Encounter


def rupees(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(**{"max_digits": 13, "decimal_places": 2} | options)


# ── The tariff ──


class PriceSerializer(serializers.Serializer[TariffPrice]):
    """A price at a hospital: of which service, for whom, in which ward, from when until when."""

    id = serializers.UUIDField()
    facility = serializers.CharField(source="facility.code")
    code = serializers.CharField(source="definition.code")
    name = serializers.CharField(source="definition.name")
    name_hi = serializers.CharField(source="definition.name_hi")
    kind = serializers.ChoiceField(source="definition.kind", choices=ServiceKind.choices)
    sac_hsn = serializers.CharField(source="definition.sac_hsn")
    tax_rule = serializers.CharField(source="definition.tax_rule.code", default=None, allow_null=True)
    scheme = serializers.CharField(source="scheme.code", default=None, allow_null=True)
    ward_class = serializers.CharField()
    price = rupees()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    rev = serializers.IntegerField()


class AskedPrice(Asked):
    """A price of a service at the caller's hospital, from a day."""

    code = serializers.CharField(max_length=24, help_text="The service's")
    price = rupees(max_digits=10, min_value=0)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)
    scheme = serializers.CharField(max_length=16, required=False, allow_null=True, help_text="Its code")
    ward_class = serializers.ChoiceField(choices=WardClass.values, required=False, default="")
    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="Sum of `rev` + 1 of the service's prices here: refused when one was set meanwhile.",
    )


class AskedEnd(Asked):
    """The last day of a price, and the `rev` that the caller has seen."""

    last_day = serializers.DateField()
    rev = serializers.IntegerField()


ASKED_PRICE, ASKED_END = AskedPrice(), AskedEnd()


class PriceFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    code = filters.CharFilter(field_name="definition__code")
    kind = filters.ChoiceFilter(field_name="definition__kind", choices=ServiceKind.choices)
    scheme = filters.CharFilter(field_name="scheme__code")
    on = filters.DateFilter(method="_on", help_text="Prices that hold on this day")

    class Meta:
        model = TariffPrice
        fields = ["facility", "code", "kind", "scheme", "ward_class", "on"]

    def _on(self, prices: Any, _name: str, day: Any) -> Any:
        return prices.valid_on(day)


class TariffViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """Prices of the hospitals within reach. POST sets one from a day; a raised charge never changes."""

    needed = {
        "list": permissions.VIEW_TARIFFS,
        "retrieve": permissions.VIEW_TARIFFS,
        "create": permissions.MANAGE_TARIFFS,
        "endings": permissions.MANAGE_TARIFFS,
    }
    queryset = TariffPrice.objects.none()
    serializer_class = PriceSerializer
    filterset_class = PriceFilter
    ordering_fields = ["valid_from", "price"]
    ordering = ["definition__code", "valid_from"]

    def get_queryset(self) -> Any:
        visible = TariffPrice.objects.visible_to(self.request.user)
        return visible.select_related("facility", "definition__tax_rule", "scheme")

    @extend_schema(request=AskedPrice, responses={201: PriceSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(ASKED_PRICE, request.data)
        facility = request.user.posting.facility
        definition = ChargeItemDefinition.objects.filter(code=asked["code"]).first()
        if definition is None:
            raise Refusal(_("The state's list has no service with this code."), field="code")
        scheme = _scheme(asked.get("scheme"))
        version = asked.get("version")
        tag = Tag(
            definition,
            asked["price"],
            asked["valid_from"],
            scheme,
            asked["ward_class"],
            asked.get("valid_to"),
        )
        made = services.set_price(
            facility=facility,
            tag=tag,
            version=queries.tariff_version(facility, definition) if version is None else version,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(PriceSerializer(self.get_queryset().get(pk=made.pk)).data, status=201)

    @extend_schema(request=AskedEnd, responses={201: PriceSerializer})
    @action(detail=True, methods=["post"])
    def endings(self, request: Request, pk: str) -> Response:
        price = get_object_or_404(self.get_queryset(), pk=pk)
        asked = checked(ASKED_END, request.data)
        ended = services.end_price(
            price=price,
            day=asked["last_day"],
            version=asked["rev"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(PriceSerializer(self.get_queryset().get(pk=ended.pk)).data, status=201)


def _scheme(code: str | None) -> Scheme | None:
    if not code:
        return None
    scheme = Scheme.objects.filter(code=code).first()
    if scheme is None:
        raise Refusal(_("There is no such scheme."), field="scheme")
    return scheme


# ── Schemes ──


class SchemeSerializer(serializers.Serializer[Scheme]):
    """A reason to pay less."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    percent = rupees(max_digits=5)
    proof = serializers.CharField()
    proof_hi = serializers.CharField()
    needs_proof = serializers.BooleanField()
    needs_approval = serializers.BooleanField()
    is_claimed = serializers.BooleanField(help_text="Its payer pays what it lets off")
    is_for_all = serializers.BooleanField()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="Empty: services of every kind")
    package_code_form = serializers.CharField()
    is_active = serializers.BooleanField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)


class SchemeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """The reasons to pay less, the same in every hospital of the state."""

    needed = {"list": permissions.VIEW_TARIFFS, "retrieve": permissions.VIEW_TARIFFS}
    queryset = Scheme.objects.all()
    serializer_class = SchemeSerializer
    filterset_fields = ["code", "is_active", "is_claimed", "is_for_all"]
    ordering_fields = ["code"]
    ordering = ["code"]


class CoverSerializer(serializers.Serializer[SchemeCover]):
    """A scheme granted for one encounter."""

    id = serializers.UUIDField()
    encounter = serializers.UUIDField(source="encounter_id")
    scheme = serializers.CharField(source="scheme.code")
    proof_number = serializers.CharField()
    package_code = serializers.CharField()
    preauth_number = serializers.CharField()
    preauth_amount = rupees(allow_null=True)
    approved_by = serializers.CharField(source="approved_by.username", default=None, allow_null=True)
    approval_note = serializers.CharField()
    granted_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class AskedCover(Asked):
    """Which scheme, for which encounter, on what proof."""

    encounter = serializers.UUIDField()
    scheme = serializers.CharField(max_length=16, help_text="Its code")
    proof_number = serializers.CharField(max_length=64, required=False, default="", allow_blank=True)
    package_code = serializers.RegexField(
        r"^[A-Z]{2}[0-9]{3}[A-Z]$", required=False, default="", allow_blank=True
    )
    preauth_number = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    preauth_amount = rupees(required=False, allow_null=True, default=None, min_value=0)
    approver = serializers.CharField(max_length=64, required=False, allow_null=True, help_text="User name")
    approval_note = serializers.CharField(max_length=160, required=False, default="", allow_blank=True)


class AskedEnhancement(Asked):
    """More that the payer approves."""

    preauth_amount = rupees(min_value=0)
    preauth_number = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class Nothing(Asked):
    """Nothing has to be said."""


ASKED_COVER, ASKED_ENHANCEMENT, ASKED_NOTHING = AskedCover(), AskedEnhancement(), Nothing()


class CoverFilter(filters.FilterSet):
    encounter = filters.UUIDFilter(field_name="encounter")
    scheme = filters.CharFilter(field_name="scheme__code")
    running = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")

    class Meta:
        model = SchemeCover
        fields = ["encounter", "scheme", "running"]


class CoverViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """Schemes granted for encounters. Never edited: one ends, another begins."""

    needed = {
        "list": permissions.VIEW_COVERS,
        "retrieve": permissions.VIEW_COVERS,
        "create": permissions.GRANT_COVERS,
        "extensions": permissions.GRANT_COVERS,
        "endings": permissions.GRANT_COVERS,
        "enhancements": permissions.GRANT_COVERS,
    }
    queryset = SchemeCover.objects.none()
    serializer_class = CoverSerializer
    filterset_class = CoverFilter
    ordering_fields = ["granted_at"]
    ordering = ["-granted_at"]

    def get_queryset(self) -> Any:
        visible = SchemeCover.objects.visible_to(self.request.user)
        return visible.select_related("scheme", "approved_by", "facility", "encounter")

    @extend_schema(request=AskedCover, responses={201: CoverSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(ASKED_COVER, request.data)
        encounter = Encounter.objects.visible_to(request.user).filter(pk=asked.pop("encounter")).first()
        if encounter is None:
            raise Refusal(_("There is no such visit here."), field="encounter")
        scheme, approver = _scheme(asked.pop("scheme")), _approver(asked.pop("approver", None))
        assert scheme
        made = services.grant_cover(
            encounter=encounter,
            grant=Grant(scheme, approver=approver, **asked),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return self._shown(made)

    @extend_schema(request=Nothing, responses={201: CoverSerializer})
    @action(detail=True, methods=["post"])
    def extensions(self, request: Request, pk: str) -> Response:
        """It holds for what was charged before, too, and is on no bill yet."""
        return self._stepped(request, pk, services.cover_earlier)

    @extend_schema(request=Nothing, responses={201: CoverSerializer})
    @action(detail=True, methods=["post"])
    def endings(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.end_cover)

    @extend_schema(request=AskedEnhancement, responses={201: CoverSerializer})
    @action(detail=True, methods=["post"])
    def enhancements(self, request: Request, pk: str) -> Response:
        cover = get_object_or_404(self.get_queryset(), pk=pk)
        asked = checked(ASKED_ENHANCEMENT, request.data)
        made = services.enhance_cover(
            cover=cover,
            **asked,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return self._shown(made)

    def _stepped(self, request: Request, pk: str, act: Any) -> Response:
        cover = get_object_or_404(self.get_queryset(), pk=pk)
        checked(ASKED_NOTHING, request.data)
        key, at = idempotency_key(request), timezone.now()
        return self._shown(act(cover=cover, request_key=key, actor=request.user, at=at))

    def _shown(self, cover: SchemeCover) -> Response:
        return Response(CoverSerializer(self.get_queryset().get(pk=cover.pk)).data, status=201)


def _approver(username: str | None) -> User | None:
    if not username:
        return None
    approver = User.objects.filter(username=username.lower()).first()
    if approver is None:
        raise Refusal(_("This person may not approve here."), field="approver")
    return approver


# ── Claims ──


class ClaimSerializer(serializers.Serializer[Claim]):
    """What one bill claims from a scheme."""

    id = serializers.UUIDField()
    facility = serializers.CharField(source="facility.code")
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    invoice = serializers.CharField(source="invoice.number")
    scheme = serializers.CharField(source="scheme.code")
    package_code = serializers.CharField(source="cover.package_code", default="")
    preauth_number = serializers.CharField(source="cover.preauth_number", default="")
    status = serializers.ChoiceField(choices=ClaimStatus.choices)
    amount = rupees()
    reference = serializers.CharField()
    approved_amount = rupees(allow_null=True)
    paid_amount = rupees(allow_null=True)
    bank_reference = serializers.CharField()
    note = serializers.CharField()
    opened_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


def _note(**options: Any) -> serializers.CharField:
    return serializers.CharField(**{"max_length": 200, "required": False, "default": ""} | options)


class AskedSubmission(Asked):
    """The payer's number of the claim."""

    reference = serializers.CharField(max_length=40)
    note = _note(allow_blank=True)


class AskedNote(Asked):
    """What the payer says."""

    note = serializers.CharField(max_length=200)


class AskedApproval(Asked):
    """How much the payer approves; less than was claimed needs a reason."""

    amount = rupees(min_value=0)
    note = _note(allow_blank=True)


class AskedSettlement(Asked):
    """What came, by which number of the bank."""

    paid = rupees(min_value=0)
    bank_reference = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    note = _note(allow_blank=True)


SUBMISSION, NOTE, APPROVAL, SETTLEMENT = AskedSubmission(), AskedNote(), AskedApproval(), AskedSettlement()


class ClaimFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")
    scheme = filters.CharFilter(field_name="scheme__code")

    class Meta:
        model = Claim
        fields = ["facility", "scheme", "status", "encounter"]


class ClaimViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """The claims register. A claim opens with its bill; each step of it is a POST."""

    needed = {
        "list": permissions.VIEW_CLAIMS,
        "retrieve": permissions.VIEW_CLAIMS,
        "submissions": permissions.MANAGE_CLAIMS,
        "queries": permissions.MANAGE_CLAIMS,
        "approvals": permissions.MANAGE_CLAIMS,
        "rejections": permissions.MANAGE_CLAIMS,
        "settlements": permissions.MANAGE_CLAIMS,
    }
    queryset = Claim.objects.none()
    serializer_class = ClaimSerializer
    filterset_class = ClaimFilter
    ordering_fields = ["opened_at", "amount"]
    ordering = ["opened_at"]

    def get_queryset(self) -> Any:
        visible = Claim.objects.visible_to(self.request.user)
        return visible.select_related("facility", "scheme", "invoice", "cover")

    @extend_schema(request=AskedSubmission, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def submissions(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.submit_claim, SUBMISSION)

    @extend_schema(request=AskedNote, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def queries(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.query_claim, NOTE)

    @extend_schema(request=AskedApproval, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def approvals(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.approve_claim, APPROVAL)

    @extend_schema(request=AskedNote, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def rejections(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.reject_claim, NOTE)

    @extend_schema(request=AskedSettlement, responses={201: ClaimSerializer})
    @action(detail=True, methods=["post"])
    def settlements(self, request: Request, pk: str) -> Response:
        return self._stepped(request, pk, services.settle_claim, SETTLEMENT)

    def _stepped(self, request: Request, pk: str, act: Any, asked: Asked) -> Response:
        claim = get_object_or_404(self.get_queryset(), pk=pk)
        said = checked(asked, request.data)
        done = act(
            claim=claim, **said, request_key=idempotency_key(request), actor=request.user, at=timezone.now()
        )
        return Response(ClaimSerializer(self.get_queryset().get(pk=done.pk)).data, status=201)
