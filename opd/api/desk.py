"""The OPD: departments and their queues, registrations, tokens."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Refund, Scheme
from billing.queries import refunds_of
from billing.services import Offer
from billing.states import WAYS, PaymentMode, ServiceKind
from facilities import permissions as places
from facilities.models import Department, Unit
from hmis.kernel import pdf
from hmis.kernel.api import Asked, Conflict, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.nouns import Noun
from opd import permissions, queries, services
from opd.forms import HOWS, LANES
from opd.models import ClinicDay, Display, QueueToken
from opd.queries import SLIP, Registration
from opd.services import Closing, Regret, Visit
from opd.states import INSIDE, CancelReason, CloseReason, Lane, LeftHow, TokenStatus
from patients.api.coming import (
    PaperSerializer,
    PatientOrId,
    RegisteredPatientSerializer,
    paper_url,
    patient_of,
)
from patients.api.people import PersonSerializer, WarningSerializer, offering_candidates, warnings_of
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter
from patients.queries import withhold_names

# ── Departments, as the OPD sees them ──


class UnitSerializer(serializers.Serializer[Unit]):
    """A unit, its room, and its queue of today."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    room = serializers.CharField(source="room.number", default=None, allow_null=True)
    open_today = serializers.SerializerMethodField()
    waiting = serializers.SerializerMethodField()

    def get_open_today(self, unit: Unit) -> bool:
        return unit.sits_on(timezone.localdate()) and unit.pk not in self.context.get("closed", ())

    def get_waiting(self, unit: Unit) -> int:
        counts: Mapping[UUID, int] = self.context.get("waiting", {})
        return counts.get(unit.pk, 0)


class DepartmentSerializer(serializers.Serializer[Department]):
    """A department with its units, its fee for a new slip, and for how long a return is free."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    facility = serializers.CharField(source="facility.code")
    fee = serializers.DecimalField(max_digits=12, decimal_places=2)
    validity_days = serializers.IntegerField()
    units = UnitSerializer(many=True)


class DepartmentFilter(filters.FilterSet):
    facility = filters.CharFilter(field_name="facility__code", help_text="Its code")

    class Meta:
        model = Department
        fields = ["facility", "code"]


class DepartmentViewSet(Noun):
    """The open departments of the hospitals that the caller's posting reaches."""

    needed = {"list": places.VIEW_PLACES, "retrieve": places.VIEW_PLACES}
    queryset = Department.objects.none()
    serializer_class = DepartmentSerializer
    filterset_class = DepartmentFilter
    ordering_fields = ["position", "code", "name"]
    ordering = ["position", "code"]

    def get_queryset(self) -> Any:
        units = Unit.objects.filter(is_active=True).select_related("room").order_by("name")
        visible = Department.objects.visible_to(self.request.user).filter(is_active=True)
        return visible.select_related("facility").prefetch_related(Prefetch("units", units))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._shown(page))

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._shown([get_object_or_404(self.get_queryset(), pk=pk)])[0])

    def _shown(self, departments: Sequence[Department]) -> Any:
        """All of a page with one count of their queues."""
        days = ClinicDay.objects.filter(
            held_on=timezone.localdate(),
            unit__in=[unit.pk for one in departments for unit in one.units.all()],
        )
        counted = list(days.annotate(waiting=Count("tokens", filter=queries.WAITING)))
        context = {
            "waiting": {one.unit_id: one.waiting for one in counted},
            "closed": {one.unit_id for one in counted if one.closed_at},
        }
        return DepartmentSerializer(departments, many=True, context=context).data


# ── Registration: what is sent ──


class AskedExemption(Asked):
    """Why less is to be paid, and what proves it."""

    scheme = serializers.CharField(max_length=16, help_text="Its code")
    proof_number = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")


class AskedPayment(Asked):
    """How the fee is paid; UPI with its UTR; card, cheque and draft with their number."""

    mode = serializers.ChoiceField(choices=WAYS)
    reference = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")


class NewRegistration(Asked):
    """Who comes, where to, in which lane, and how it is paid or why it is not."""

    patient = PatientOrId()
    department = serializers.CharField(max_length=36, help_text="Its code or id, at the caller's hospital")
    unit = serializers.UUIDField(required=False, allow_null=True)
    priority = serializers.ChoiceField(
        choices=[(lane.value, lane.label) for lane in LANES], required=False, default=Lane.NORMAL.value
    )
    exemption = AskedExemption(required=False, allow_null=True)
    payment = AskedPayment(required=False, allow_null=True)
    confirm_new = serializers.BooleanField(required=False)
    confirm_again = serializers.BooleanField(
        required=False, help_text="Another token, although one of today waits in this department"
    )


class AskedMove(Asked):
    """Where somebody is sent on to."""

    unit = serializers.UUIDField()


class AskedTests(Asked):
    """To which tests somebody is sent, in a few words."""

    tests = serializers.CharField(
        max_length=120, required=False, allow_blank=True, default="", validators=[refuse_aadhaar]
    )


class AskedSeen(Asked):
    """What the caller last saw of the token: somebody who was done since then is not brought back unseen."""

    saw = serializers.ChoiceField(
        choices=TokenStatus.choices,
        required=False,
        allow_null=True,
        default=None,
        help_text="Its status as it was read. Left out, whoever was done comes back without being asked",
    )


class AskedLeaving(Asked):
    """How it is known that somebody left."""

    how = serializers.ChoiceField(choices=[(one.value, one.label) for one in HOWS])


class AskedReason(Asked):
    """Why; another reason in its own words."""

    note = serializers.CharField(
        max_length=160, required=False, allow_blank=True, default="", validators=[refuse_aadhaar]
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["reason"] == CancelReason.OTHER and not asked["note"]:
            raise serializers.ValidationError({"note": [_("Say the reason in a few words.")]})
        return asked


class AskedCancellation(AskedReason):
    """Why a slip of today is cancelled, and the refund's own number where UPI or a card gave one."""

    reason = serializers.ChoiceField(choices=CancelReason.choices)
    reference = serializers.CharField(max_length=64, required=False, allow_blank=True, default="")


class AskedClosure(AskedReason):
    """Why a queue is closed; `to` takes those who wait, else the unit's own next clinic day."""

    reason = serializers.ChoiceField(choices=CloseReason.choices)
    to = serializers.UUIDField(required=False, allow_null=True, default=None)


class AskedDisplay(Asked):
    """A screen: its names, and the units whose rooms it shows, in the order of the tiles."""

    name = serializers.CharField(max_length=60)
    name_hi = serializers.CharField(max_length=60)
    units = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=12)


NEW_REGISTRATION, ASKED_MOVE = NewRegistration(), AskedMove()
ASKED_TESTS, ASKED_SEEN, ASKED_LEAVING = AskedTests(), AskedSeen(), AskedLeaving()
ASKED_CANCELLATION, ASKED_CLOSURE, ASKED_DISPLAY = AskedCancellation(), AskedClosure(), AskedDisplay()


def visit_of(asked: Mapping[str, Any], user: Any) -> Visit:
    """What the service takes, of the caller's own hospital."""
    department = _department(asked["department"], user)
    exemption, payment = asked.get("exemption"), asked.get("payment")
    return Visit(
        department=department,
        unit=_unit(department, asked["unit"]) if asked.get("unit") else None,
        lane=Lane(asked["priority"]),
        scheme=_scheme(exemption["scheme"]) if exemption else None,
        proof_number=exemption["proof_number"] if exemption else "",
        offer=Offer(PaymentMode(payment["mode"]), payment["reference"]) if payment else None,
    )


def _department(said: str, user: Any) -> Department:
    facility = user.posting.facility
    for department in queries.open_departments(facility):
        if said.upper() == department.code:
            return department
    try:
        wanted = Q(pk=UUID(said))
    except ValueError:
        wanted = Q(code=said.upper())
    department = Department.objects.filter(wanted, facility=facility).first()
    if department is None:
        raise Refusal(_("There is no such department here."), field="department")
    department.facility = facility
    return department


def _unit(department: Department, unit_id: UUID) -> Unit:
    unit = department.units.select_related("room", "doctor").filter(pk=unit_id).first()
    if unit is None:
        raise Refusal(_("There is no such unit in this department."), field="unit")
    return unit


def _scheme(code: str) -> Scheme:
    granted = Scheme.objects.in_force(timezone.localdate()).serving(ServiceKind.REGISTRATION).asked_for()
    scheme = granted.filter(code=code).first()
    if scheme is None:
        raise Refusal(_("There is no such scheme."), field="exemption.scheme")
    return scheme


# ── Registration: what is answered ──


class NamedUnitSerializer(serializers.Serializer[Unit]):
    """A unit by its names."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    name_hi = serializers.CharField()


class GivenTokenSerializer(serializers.Serializer[QueueToken]):
    """The place in the queue."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.CharField()
    unit = NamedUnitSerializer()
    room = serializers.CharField(allow_null=True)


class BilledSerializer(serializers.Serializer[Any]):
    """The bill."""

    number = serializers.CharField()
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    status = serializers.CharField()


class ReceiptSerializer(PaperSerializer):
    """The receipt's number, and where its PDF is."""

    number = serializers.CharField()


class RegistrationSerializer(serializers.Serializer[Any]):
    """What one registration came to."""

    id = serializers.UUIDField(help_text="The encounter's")
    encounter = serializers.UUIDField()
    registered_at = serializers.DateTimeField()
    department = serializers.CharField(help_text="Its code")
    is_follow_up = serializers.BooleanField()
    valid_till = serializers.DateField(allow_null=True)
    patient = RegisteredPatientSerializer()
    token = GivenTokenSerializer()
    invoice = BilledSerializer()
    receipt = ReceiptSerializer(allow_null=True)
    slip = PaperSerializer()
    warnings = WarningSerializer(many=True, required=False)


def shown(made: Registration) -> dict[str, Any]:
    """A registration as `RegistrationSerializer` describes it, made by hand: this is the hottest path."""
    encounter, patient, invoice = made.encounter, made.encounter.patient, made.invoice
    return {
        "id": encounter.pk,
        "encounter": encounter.pk,
        "registered_at": timezone.localtime(encounter.started_at),
        "department": encounter.department.code,
        "is_follow_up": encounter.follows_id is not None,
        "valid_till": encounter.valid_till,
        "patient": _names(patient) | {"uhid": patient.uhid},
        "token": _place(made.token),
        "invoice": {"number": invoice.number, "total": f"{invoice.total:.2f}", "status": invoice.status},
        "receipt": {"number": made.receipt.number, "url": paper_url(made.receipt)} if made.receipt else None,
        "slip": {"url": paper_url(made.slip)},
    }


def _names(named: Any) -> dict[str, Any]:
    if getattr(named, "is_withheld", False):
        return {"id": named.pk, "name": named.listed_name, "name_hi": named.listed_name}
    return {"id": named.pk, "name": named.name, "name_hi": named.name_hi}


def _place(token: QueueToken) -> dict[str, Any]:
    unit = token.clinic_day.unit
    return {
        "id": token.pk,
        "number": token.number,
        "status": token.status,
        "unit": _names(unit),
        "room": unit.room.number if unit.room else None,
    }


@contextmanager
def _naming_the_token() -> Iterator[None]:
    """Answer a second token of one department with 409 and the first."""
    try:
        yield
    except services.TokenHeld as refusal:
        raise Conflict(str(refusal), token=_place(refusal.token)) from refusal


class RegistrationFilter(filters.FilterSet):
    department = filters.CharFilter(field_name="department__code", help_text="Its code")


class RegistrationViewSet(Noun):
    """Registrations at the OPD. POST writes encounter, token, bill, receipt and slip in one act.

    Sent again with its key it is the same registration as it stands by then: `token` and `slip` are those of
    the queue where the patient is, `token.status`, `invoice.status` and the patient's name those of now.
    """

    needed = {
        "list": permissions.VIEW_QUEUE,
        "retrieve": permissions.VIEW_QUEUE,
        "create": permissions.REGISTER_VISIT,
    }
    queryset = Encounter.objects.none()
    serializer_class = RegistrationSerializer
    filterset_class = RegistrationFilter
    ordering_fields = ["started_at"]
    ordering = ["-started_at"]

    def get_queryset(self) -> Any:
        slips = IssuedDocument.objects.filter(about_id=OuterRef("pk"), copy=0, template=SLIP)
        visible = Encounter.objects.visible_to(self.request.user).filter(Exists(slips))
        held = QueueToken.objects.exclude(status=TokenStatus.MOVED)
        tokens = held.select_related("clinic_day__unit__room").order_by("pk")
        return visible.select_related("patient", "department").prefetch_related(
            Prefetch("tokens", tokens), "invoices__payments"
        )

    @extend_schema(request=NewRegistration, responses={201: RegistrationSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_REGISTRATION, request.data)
        person = asked["patient"]
        described = person if isinstance(person, Mapping) else {}
        with offering_candidates(), _naming_the_token():
            made = services.register_visit(
                patient=patient_of(person, request.user),
                visit=visit_of(asked, request.user),
                request_key=idempotency_key(request),
                actor=request.user,
                at=timezone.now(),
                confirm_new=asked.get("confirm_new", False) or described.get("confirm_new", False),
                confirm_again=asked.get("confirm_again", False),
            )
        warnings = warnings_of(described)
        return Response(shown(made) | ({"warnings": warnings} if warnings else {}), status=201)

    def list(self, request: Request) -> Response:
        """Today's, newest first."""
        begins, ends = _today()
        today = self.get_queryset().filter(started_at__gte=begins, started_at__lt=ends)
        page = self.paginate_queryset(self.filter_queryset(today))
        withhold_names(one.patient for one in page)
        return self.get_paginated_response([shown(one) for one in _registrations(page)])

    def retrieve(self, request: Request, pk: str) -> Response:
        encounter = get_object_or_404(self.get_queryset(), pk=pk)
        services.note_seen(encounter=encounter, actor=request.user, at=timezone.now())
        return Response(shown(_registrations([encounter])[0]))


def _today() -> tuple[datetime, datetime]:
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return begins, begins + timedelta(days=1)


def _registrations(encounters: Iterable[Encounter]) -> list[Registration]:
    """A page of registrations with one read of all their papers."""
    parts = [(one, list(one.tokens.all())[-1], one.invoices.all()[0]) for one in encounters]
    payments = [payment for _one, _token, invoice in parts for payment in invoice.payments.all()]
    receipts = pdf.by_row(pdf.originals(*(payment.pk for payment in payments)).defer("context"))
    slips = queries.slips_of(token for _one, token, _invoice in parts)
    made = []
    for encounter, token, invoice in parts:
        payment = next(iter(invoice.payments.all()), None)
        receipt = receipts.get(payment.pk) if payment else None
        made.append(Registration(encounter, token, invoice, payment, slips[token.pk], receipt))
    return made


# ── Queues ──


class QueueTokenSerializer(serializers.Serializer[QueueToken]):
    """A patient's place in the queue of a unit."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=TokenStatus.choices)
    priority = serializers.ChoiceField(choices=Lane.choices, source="lane")
    clinic_day = serializers.UUIDField(source="clinic_day_id")
    held_on = serializers.DateField(source="clinic_day.held_on")
    unit = NamedUnitSerializer(source="clinic_day.unit")
    room = serializers.CharField(source="clinic_day.unit.room.number", default=None, allow_null=True)
    encounter = serializers.UUIDField(source="encounter_id")
    patient = PersonSerializer()
    senior_since = serializers.DateTimeField()
    status_since = serializers.DateTimeField(help_text="Since when it is what it is")
    moved_from = serializers.UUIDField(source="moved_from_id", allow_null=True)
    called_at = serializers.DateTimeField(allow_null=True)
    times_called = serializers.IntegerField()
    done_at = serializers.DateTimeField(allow_null=True)


class RefundSerializer(serializers.Serializer[Any]):
    """What went back, and where its voucher's PDF is."""

    number = serializers.CharField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    mode = serializers.ChoiceField(choices=PaymentMode.choices)
    reference = serializers.CharField(allow_blank=True)
    url = serializers.CharField(allow_null=True)


class CancellationSerializer(serializers.Serializer[Any]):
    """What a cancelled slip came to."""

    token = QueueTokenSerializer()
    credit_note = serializers.CharField(help_text="Its number")
    refunds = RefundSerializer(many=True)


class TokenFilter(filters.FilterSet):
    unit = filters.UUIDFilter(field_name="clinic_day__unit")
    status = filters.MultipleChoiceFilter(choices=TokenStatus.choices)
    held_on = filters.DateFilter(field_name="clinic_day__held_on", help_text="Today where it is left out")


def on_the_day_asked(request: Request, tokens: Any, lookup: str) -> Any:
    return tokens if request.query_params.get("held_on") else tokens.filter(**{lookup: timezone.localdate()})


def tokens_of(user: Any) -> Any:
    return QueueToken.objects.visible_to(user).select_related("patient", "clinic_day__unit__room")


class TokenViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """Places in the queues, in the order of call."""

    needed = {
        "list": permissions.VIEW_QUEUE,
        "retrieve": permissions.VIEW_QUEUE,
        "calls": permissions.CALL_PATIENTS,
        "skips": permissions.CALL_PATIENTS,
        "entries": permissions.CALL_PATIENTS,
        "tests": permissions.CALL_PATIENTS,
        "returns": permissions.CALL_PATIENTS,
        "departures": permissions.CALL_PATIENTS,
        "completions": permissions.CALL_PATIENTS,
        "moves": permissions.MOVE_TOKEN,
        "cancellations": permissions.CANCEL_TOKEN,
    }
    queryset = QueueToken.objects.none()
    serializer_class = QueueTokenSerializer
    filterset_class = TokenFilter
    ordering_fields = list(queries.ORDER_OF_CALL)
    ordering = list(queries.ORDER_OF_CALL)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        withhold_names(token.patient for token in page)
        return page

    def get_queryset(self) -> Any:
        tokens = tokens_of(self.request.user)
        return (
            on_the_day_asked(self.request, tokens, "clinic_day__held_on") if self.action == "list" else tokens
        )

    @extend_schema(request=None, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def calls(self, request: Request, pk: str) -> Response:
        """Call this one, also again."""
        return self._act(services.call_token)

    @extend_schema(request=None, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def skips(self, request: Request, pk: str) -> Response:
        """Whoever was called did not come."""
        return self._act(services.skip_token)

    @extend_schema(request=AskedSeen, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def entries(self, request: Request, pk: str) -> Response:
        """The patient is in the room: called, walked in, or back after having been done."""
        return self._act(services.begin_token, **checked(ASKED_SEEN, request.data))

    @extend_schema(request=AskedTests, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def tests(self, request: Request, pk: str) -> Response:
        """From the room to the tests."""
        tests = checked(ASKED_TESTS, request.data)["tests"]
        return self._act(services.send_for_tests, tests=tests)

    @extend_schema(request=AskedSeen, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def returns(self, request: Request, pk: str) -> Response:
        """Back from tests, or here again: waits with the seniority of the first token."""
        return self._act(services.return_token, **checked(ASKED_SEEN, request.data))

    @extend_schema(request=AskedLeaving, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def departures(self, request: Request, pk: str) -> Response:
        """The patient left without being seen."""
        return self._act(services.leave_token, how=LeftHow(checked(ASKED_LEAVING, request.data)["how"]))

    @extend_schema(request=None, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def completions(self, request: Request, pk: str) -> Response:
        """Whoever was called has been seen."""
        return self._act(services.finish_token)

    @extend_schema(request=AskedMove, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def moves(self, request: Request, pk: str) -> Response:
        """Send somebody on to another unit of this hospital; answers with the token there."""
        token = self.get_object()
        units = Unit.objects.filter(facility=token.facility_id).select_related("room")
        unit = units.filter(pk=checked(ASKED_MOVE, request.data)["unit"]).first()
        if unit is None:
            raise Refusal(_("There is no such unit here."), field="unit")
        return self._act(services.move_token, unit=unit)

    @extend_schema(request=AskedCancellation, responses={201: CancellationSerializer})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """Cancel a slip of today whose patient was not called; its fee goes back the way it came."""
        asked = checked(ASKED_CANCELLATION, request.data)
        regret = Regret(CancelReason(asked["reason"]), asked["note"], asked["reference"])
        back = services.cancel_token(
            token=self.get_object(),
            regret=regret,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(_cancelled(back, request.user), status=201)

    def _act(self, service: Any, **more: Any) -> Response:
        token = service(
            token=self.get_object(),
            request_key=idempotency_key(self.request),
            actor=self.request.user,
            at=timezone.now(),
            **more,
        )
        return _token_answer(token, self.request.user)


def _token_answer(token: QueueToken, user: Any) -> Response:
    return Response(QueueTokenSerializer(tokens_of(user).get(pk=token.pk)).data, status=201)


def _cancelled(back: queries.Cancellation, user: Any) -> dict[str, Any]:
    """A cancellation as `CancellationSerializer` describes it."""
    return {
        "token": QueueTokenSerializer(tokens_of(user).get(pk=back.token.pk)).data,
        "credit_note": back.credit_note.number,
        "refunds": [_refund(one) for one in refunds_of(back.credit_note.invoice)],
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "number": refund.voucher_number,
        "amount": f"{refund.amount:.2f}",
        "mode": refund.mode,
        "reference": refund.reference,
        "url": paper_url(refund.paper) if refund.paper else None,
    }


class ClinicDaySerializer(serializers.Serializer[ClinicDay]):
    """One unit's queue of one day."""

    id = serializers.UUIDField()
    held_on = serializers.DateField()
    facility = serializers.CharField(source="facility.code")
    department = serializers.CharField(source="unit.department.code")
    unit = NamedUnitSerializer()
    room = serializers.CharField(source="unit.room.number", default=None, allow_null=True)
    waiting = serializers.IntegerField()
    done = serializers.IntegerField()
    current_token = serializers.IntegerField(allow_null=True, help_text="The one called last")
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_because = serializers.ChoiceField(choices=CloseReason.choices, allow_blank=True)
    closed_note = serializers.CharField(allow_blank=True)


class ClosureSerializer(ClinicDaySerializer):
    """A closed queue, and the tokens of those who were carried over."""

    carried = QueueTokenSerializer(many=True)


class ClinicDayFilter(filters.FilterSet):
    unit = filters.UUIDFilter(field_name="unit")
    department = filters.CharFilter(field_name="unit__department__code", help_text="Its code")
    held_on = filters.DateFilter(help_text="Today where it is left out")


class ClinicDayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """The queues of a day. POST to `calls/` calls whoever is next."""

    needed = {
        "list": permissions.VIEW_QUEUE,
        "retrieve": permissions.VIEW_QUEUE,
        "calls": permissions.CALL_PATIENTS,
        "closures": permissions.CLOSE_CLINIC,
        "openings": permissions.CLOSE_CLINIC,
    }
    queryset = ClinicDay.objects.none()
    serializer_class = ClinicDaySerializer
    filterset_class = ClinicDayFilter
    ordering_fields = ["held_on"]
    ordering = ["-held_on"]

    def get_queryset(self) -> Any:
        inside = QueueToken.objects.filter(clinic_day=OuterRef("pk"), status__in=INSIDE).order_by(
            "-called_at"
        )
        days = ClinicDay.objects.visible_to(self.request.user).select_related(
            "facility", "unit__department", "unit__room"
        )
        counted = days.annotate(
            waiting=Count("tokens", filter=queries.WAITING),
            done=Count("tokens", filter=Q(tokens__status=TokenStatus.DONE)),
            current_token=Subquery(inside.values("number")[:1]),
        )
        return on_the_day_asked(self.request, counted, "held_on") if self.action == "list" else counted

    @extend_schema(request=None, responses={201: QueueTokenSerializer})
    @action(detail=True, methods=["post"])
    def calls(self, request: Request, pk: str) -> Response:
        """Call whoever is next."""
        visible = ClinicDay.objects.visible_to(request.user)
        token = services.call_next(
            clinic_day=get_object_or_404(visible, pk=pk),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        if token is None:
            raise Refusal(_("Nobody waits."))
        return _token_answer(token, request.user)

    @extend_schema(request=AskedClosure, responses={201: ClosureSerializer})
    @action(detail=True, methods=["post"])
    def closures(self, request: Request, pk: str) -> Response:
        """Close this queue early; whoever waits is carried over and listed."""
        clinic_day = self.get_object()
        asked = checked(ASKED_CLOSURE, request.data)
        to = None
        if asked["to"]:
            to = Unit.objects.filter(facility=clinic_day.facility_id, pk=asked["to"]).first()
            if to is None:
                raise Refusal(_("There is no such unit here."), field="to")
        services.close_clinic(
            clinic_day=clinic_day,
            closing=Closing(CloseReason(asked["reason"]), asked["note"], to),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        shown_now = ClinicDaySerializer(self.get_queryset().get(pk=clinic_day.pk)).data
        carried = [one for one in queries.moved_on(clinic_day) if one.carried_over]
        return Response(shown_now | {"carried": QueueTokenSerializer(carried, many=True).data}, status=201)

    @extend_schema(request=None, responses={201: ClinicDaySerializer})
    @action(detail=True, methods=["post"])
    def openings(self, request: Request, pk: str) -> Response:
        """Open a queue again that was closed by mistake; whoever was carried over comes back."""
        clinic_day = self.get_object()
        services.open_clinic(
            clinic_day=clinic_day,
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(ClinicDaySerializer(self.get_queryset().get(pk=clinic_day.pk)).data, status=201)


# ── The hall's screens ──


class DisplaySerializer(serializers.Serializer[Display]):
    """A screen in a hall. Its address is answered once, when it is made or renewed."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    units = serializers.ListField(child=serializers.UUIDField(), source="unit_ids")
    key_given_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class HungSerializer(DisplaySerializer):
    """A screen with its address; null where it was answered before."""

    url = serializers.CharField(allow_null=True)


class DisplayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """The hospital's screens."""

    needed = dict.fromkeys(["list", "retrieve", "create", "keys", "revocations"], permissions.MANAGE_DISPLAYS)
    queryset = Display.objects.none()
    serializer_class = DisplaySerializer
    ordering_fields = ["name"]
    ordering = ["name"]

    def get_queryset(self) -> Any:
        return Display.objects.visible_to(self.request.user)

    @extend_schema(request=AskedDisplay, responses={201: HungSerializer})
    def create(self, request: Request) -> Response:
        """A screen; its address is in this answer only."""
        asked = checked(ASKED_DISPLAY, request.data)
        found = Unit.objects.visible_to(request.user).in_bulk(asked["units"])
        if len(found) < len(set(asked["units"])):
            raise Refusal(_("There is no such unit here."), field="units")
        return self._hung(
            services.make_display(
                names=(asked["name"], asked["name_hi"]),
                units=[found[one] for one in dict.fromkeys(asked["units"])],
                request_key=idempotency_key(request),
                actor=request.user,
                at=timezone.now(),
            )
        )

    @extend_schema(request=None, responses={201: HungSerializer})
    @action(detail=True, methods=["post"])
    def keys(self, request: Request, pk: str) -> Response:
        """A new address; the old one opens nothing from now on."""
        hung = services.renew_display_key(
            display=self.get_object(),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return self._hung(hung)

    @extend_schema(request=None, responses={201: DisplaySerializer})
    @action(detail=True, methods=["post"])
    def revocations(self, request: Request, pk: str) -> Response:
        """Switch the screen off at once, for good."""
        revoked = services.revoke_display(
            display=self.get_object(),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(DisplaySerializer(revoked).data, status=201)

    def _hung(self, hung: services.Hung) -> Response:
        url = settings.PUBLIC_URL + reverse("display", args=[hung.key]) if hung.key else None
        return Response(DisplaySerializer(hung.display).data | {"url": url}, status=201)
