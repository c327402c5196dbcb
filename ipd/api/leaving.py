"""Discharges: begun, ticked off, completed; deaths. The same services as the pages."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from ipd import permissions, queries, services
from ipd.models import Admission, Death
from ipd.services import Causes, Ending
from ipd.states import AdmissionStatus, DischargeItem, DischargeType, MannerOfDeath
from lab.models import ServiceRequest
from lab.states import OrderStatus
from patients.api.charts import encounter_here
from patients.api.coming import bed_of
from patients.api.people import Words, optional
from patients.permissions import WITHDRAW_DEATHS
from patients.queries import withhold_names
from patients.services import withdraw_death

TYPES = [("", "—"), *DischargeType.choices]


class NewDischarge(Asked):
    """The doctor's word that an inpatient goes, and how; who absconded, a nurse may write down."""

    admission = serializers.UUIDField()
    discharge_type = serializers.ChoiceField(choices=DischargeType.choices)
    referred_to = optional(Words, 160)
    lama_name = optional(Words, 120)
    lama_relation = optional(Words, 40)


class AskedStep(Asked):
    """A point of the list that is ticked off; with a reason, it is passed over."""

    item = serializers.ChoiceField(choices=DischargeItem.choices)
    why = optional(Words, 200)


class AskedRecall(Asked):
    """The bed and the reason, where the bed was left already. An unlikely bed is refused unless confirmed."""

    bed = serializers.UUIDField(required=False, allow_null=True)
    why = optional(Words, 160)
    confirm_bed = serializers.BooleanField(required=False)


NEW_DISCHARGE, ASKED_STEP, ASKED_RECALL = NewDischarge(), AskedStep(), AskedRecall()


class PointSerializer(serializers.Serializer[queries.Point]):
    """A point of the list: done, passed over, or held up by whom since when."""

    item = serializers.ChoiceField(choices=DischargeItem.choices)
    is_done = serializers.BooleanField()
    is_passed_over = serializers.BooleanField()
    holds_up = serializers.BooleanField()
    holder = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    said = serializers.CharField()


class DischargeOfAdmission(serializers.Serializer[Admission]):
    """How a stay ends. Its id is the admission's."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    status = serializers.ChoiceField(choices=AdmissionStatus.choices)
    discharge_type = serializers.ChoiceField(choices=TYPES)
    referred_to = serializers.CharField()
    initiated_at = serializers.DateTimeField(allow_null=True)
    left_at = serializers.DateTimeField(allow_null=True)
    discharge_number = serializers.CharField()
    discharged_at = serializers.DateTimeField(allow_null=True)


class AwaitedTestSerializer(serializers.Serializer[ServiceRequest]):
    """A test that had no report when the summary was signed, or has none now."""

    order = serializers.UUIDField(source="pk")
    test = serializers.CharField(source="test.code")
    name = serializers.CharField(source="test.name")
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    ordered_at = serializers.DateTimeField()


class InpatientDischargeSerializer(DischargeOfAdmission):
    """One discharge, with its list and the tests that the summary names as awaited."""

    points = serializers.SerializerMethodField()
    awaited_tests = serializers.SerializerMethodField()

    @extend_schema(responses=PointSerializer(many=True))
    def get_points(self, admission: Admission) -> list[dict[str, Any]]:
        points = queries.checklist(admission).points if admission.discharge_type else []
        return list(PointSerializer(points, many=True).data)

    @extend_schema(responses=AwaitedTestSerializer(many=True))
    def get_awaited_tests(self, admission: Admission) -> list[dict[str, Any]]:
        awaited = queries.awaited_of(admission, queries.summary_of(admission), timezone.now())
        return list(AwaitedTestSerializer(awaited, many=True).data)


class ListedDischarge(DischargeOfAdmission):
    """A line of those who wait; the name is withheld where lists withhold it."""

    name = serializers.CharField(source="patient.listed_name")
    waits_for = serializers.ListField(child=serializers.ChoiceField(choices=DischargeItem.choices))


class DischargeViewSet(Noun):
    """Discharges at the caller's hospital: who waits for what, the longest waiting first."""

    needed = {
        "list": permissions.VIEW_INPATIENTS,
        "retrieve": permissions.VIEW_INPATIENTS,
        "create": permissions.TICK_DISCHARGE,
        "steps": permissions.TICK_DISCHARGE,
        "overrides": permissions.PASS_OVER_DISCHARGE,
        "beds_left": permissions.TICK_DISCHARGE,
        "recalls": permissions.INITIATE_DISCHARGE,
        "completions": permissions.COMPLETE_DISCHARGE,
    }
    queryset = Admission.objects.none()
    serializer_class = InpatientDischargeSerializer
    ordering_fields = ["initiated_at"]
    ordering = ["initiated_at"]

    def get_queryset(self) -> Any:
        visible = Admission.objects.visible_to(self.request.user)
        return visible.select_related("patient", "facility", "encounter__department", "initiated_by")

    @extend_schema(responses=ListedDischarge(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(queries.discharges_begun(request.user))
        queries.give_waiting(page or [])
        withhold_names([one.patient for one in page or []])
        services.note_discharges_seen(found=len(page or []), actor=request.user, at=timezone.now())
        return self.get_paginated_response(ListedDischarge(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        admission = self.get_object()
        services.note_discharge_seen(admission=admission, actor=request.user, at=timezone.now())
        return Response(InpatientDischargeSerializer(admission).data)

    @extend_schema(request=NewDischarge, responses={201: InpatientDischargeSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_DISCHARGE, request.data)
        admission = get_object_or_404(self.get_queryset(), pk=asked["admission"])
        said = (asked.get(name, "") for name in ("referred_to", "lama_name", "lama_relation"))
        begun = services.initiate_discharge(
            admission=admission,
            ending=Ending(DischargeType(asked["discharge_type"]), *said),
            **self._said(request),
        )
        return Response(InpatientDischargeSerializer(begun).data, status=201)

    @extend_schema(request=AskedStep, responses={201: InpatientDischargeSerializer})
    @action(detail=True, methods=["post"])
    def steps(self, request: Request, pk: str) -> Response:
        """Tick off what only a person knows."""
        asked, admission = checked(ASKED_STEP, request.data), self.get_object()
        services.tick_step(admission=admission, item=DischargeItem(asked["item"]), **self._said(request))
        return self._again(admission)

    @extend_schema(request=AskedStep, responses={201: InpatientDischargeSerializer})
    @action(detail=True, methods=["post"])
    def overrides(self, request: Request, pk: str) -> Response:
        """Pass a point over, with its reason."""
        asked, admission = checked(ASKED_STEP, request.data), self.get_object()
        item, why = DischargeItem(asked["item"]), asked.get("why", "")
        services.pass_over_step(admission=admission, item=item, why=why, **self._said(request))
        return self._again(admission)

    @extend_schema(request=None, responses={201: InpatientDischargeSerializer})
    @action(detail=True, methods=["post"], url_path="beds-left")
    def beds_left(self, request: Request, pk: str) -> Response:
        """The patient has left the bed."""
        admission = self.get_object()
        services.leave_bed(admission=admission, **self._said(request))
        return self._again(admission)

    @extend_schema(request=AskedRecall, responses={201: InpatientDischargeSerializer})
    @action(detail=True, methods=["post"])
    def recalls(self, request: Request, pk: str) -> Response:
        """The doctor keeps the patient after all."""
        admission, asked = self.get_object(), checked(ASKED_RECALL, request.data)
        key = asked.pop("bed", None)
        bed = bed_of(key, request.user.posting.facility) if key else None
        services.recall_discharge(admission=admission, bed=bed, **asked, **self._said(request))
        return self._again(admission)

    @extend_schema(request=None, responses={201: InpatientDischargeSerializer})
    @action(detail=True, methods=["post"])
    def completions(self, request: Request, pk: str) -> Response:
        """The gate: refused while anything holds it up."""
        admission = self.get_object()
        services.complete_discharge(admission=admission, **self._said(request))
        return self._again(admission)

    def _said(self, request: Request) -> dict[str, Any]:
        return {"request_key": idempotency_key(request), "actor": request.user, "at": timezone.now()}

    def _again(self, admission: Admission) -> Response:
        return Response(
            InpatientDischargeSerializer(self.get_queryset().get(pk=admission.pk)).data, status=201
        )


# ── Deaths ──


class NewDeath(Asked):
    """What Form 4 asks of a death. A medico-legal one without post-mortem is refused unless confirmed, and so
    is an hour before the entry."""

    encounter = serializers.UUIDField()
    died_at = serializers.DateTimeField()
    immediate_cause = Words(max_length=200)
    immediate_interval = optional(Words, 40)
    antecedent_cause = optional(Words, 200)
    antecedent_interval = optional(Words, 40)
    underlying_cause = optional(Words, 200)
    underlying_interval = optional(Words, 40)
    other_conditions = optional(Words, 300)
    manner = serializers.ChoiceField(choices=MannerOfDeath.choices, default=MannerOfDeath.NATURAL)
    how_injured = optional(Words, 200)
    was_pregnant = serializers.BooleanField(allow_null=True, default=None, help_text="Null: not known")
    was_delivered = serializers.BooleanField(allow_null=True, default=None, help_text="Null: not known")
    goes_to_post_mortem = serializers.BooleanField(default=False)
    confirm_no_post_mortem = serializers.BooleanField(default=False)
    confirm_early = serializers.BooleanField(default=False)


NEW_DEATH = NewDeath()


class DeathSerializer(serializers.Serializer[Death]):
    """A line of the death register."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    died_at = serializers.DateTimeField()
    immediate_cause = serializers.CharField()
    manner = serializers.ChoiceField(choices=MannerOfDeath.choices)
    goes_to_post_mortem = serializers.BooleanField()
    handed_at = serializers.DateTimeField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(
        source="notice.withdrawn_at", allow_null=True, help_text="Taken back: the certificate does not hold"
    )


class NewWithdrawal(Asked):
    """Why a death is taken back; a note where one person does both, in a small facility."""

    why = Words(max_length=160)
    alone_note = optional(Words, 160)


NEW_WITHDRAWAL = NewWithdrawal()


class DeathViewSet(Noun):
    """Deaths at the caller's hospital, the last first."""

    needed = {
        "list": permissions.VIEW_REGISTERS,
        "retrieve": permissions.VIEW_REGISTERS,
        "create": permissions.CERTIFY_DEATHS,
        "withdrawals": WITHDRAW_DEATHS,
    }
    queryset = Death.objects.none()
    serializer_class = DeathSerializer

    def get_queryset(self) -> Any:
        return queries.deaths_here(self.request.user)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        today = timezone.localdate()
        services.note_register_seen(
            code="deaths", begins=today, ends=today, actor=request.user, at=timezone.now()
        )
        return self.get_paginated_response(DeathSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        death = self.get_object()
        services.note_death_seen(death=death, actor=request.user, at=timezone.now())
        return Response(DeathSerializer(death).data)

    @extend_schema(request=NewDeath, responses={201: DeathSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_DEATH, request.data)
        said = {name: asked[name] for name in Causes.__dataclass_fields__ if name in asked}
        death = services.record_death(
            encounter=encounter_here(request, asked["encounter"]),
            causes=Causes(**said | {"manner": MannerOfDeath(asked["manner"])}),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
            confirm_no_post_mortem=asked["confirm_no_post_mortem"],
            confirm_early=asked["confirm_early"],
        )
        return Response(DeathSerializer(death).data, status=201)

    @extend_schema(request=NewWithdrawal, responses={201: DeathSerializer})
    @action(detail=True, methods=["post"])
    def withdrawals(self, request: Request, pk: str) -> Response:
        """Take a death back that was certified on the wrong chart: by another doctor than the certifier."""
        death, asked = self.get_object(), checked(NEW_WITHDRAWAL, request.data)
        death.notice = withdraw_death(
            notice=death.notice,
            why=asked["why"],
            alone_note=asked.get("alone_note", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(DeathSerializer(death).data, status=201)
