"""Admissions: laid into a bed in one act, on leave and back, handed over, taken back."""

from collections.abc import Mapping
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

from facilities.models import Department, User
from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from ipd import documents, permissions, queries, services
from ipd.models import Admission
from ipd.services import Admitting, Attendant
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus, Consent, DischargeType, Source
from patients import queries as patients
from patients.api.coming import (
    AskedCase,
    AskedUnknown,
    BedSerializer,
    ComerOrId,
    PaperSerializer,
    RegisteredPatientSerializer,
    bed_of,
    case_of,
    paper_url,
    who_of,
)
from patients.api.people import Phone, Words, offering_candidates, optional
from patients.models import AdmissionRequest, Encounter

DISCHARGE_TYPES = [("", "—"), *DischargeType.choices]


# ── What is sent ──


class AskedAttendant(Asked):
    """Who stays with the patient, or is told."""

    name = optional(Words, 120)
    relation = optional(Words, 40)
    phone = optional(Phone, 20)


class NewAdmission(Asked):
    """Who is laid into which bed; a newborn `beside` its mother's stay, in a cradle, without a bed."""

    patient = ComerOrId(required=False)
    unknown = AskedUnknown(required=False)
    department = serializers.CharField(max_length=36, help_text="Its code or id, at the caller's hospital")
    bed = serializers.UUIDField(required=False, allow_null=True)
    beside = serializers.UUIDField(required=False, allow_null=True, help_text="The mother's admission")
    consultant = serializers.UUIDField(required=False, allow_null=True)
    request = serializers.UUIDField(required=False, allow_null=True, help_text="The request that is answered")
    came_from = serializers.UUIDField(
        required=False, allow_null=True, help_text="The encounter that led here"
    )
    source = serializers.ChoiceField(choices=Source.choices, default=Source.DIRECT.value)
    diagnosis = optional(Words, 300)
    attendant = AskedAttendant(required=False)
    consent = serializers.ChoiceField(choices=Consent.choices)
    consent_name = optional(Words, 120)
    medico_legal_case = AskedCase(required=False, allow_null=True)
    confirm_new = serializers.BooleanField(required=False)
    confirm_bed = serializers.BooleanField(
        required=False, help_text="The bed is meant although the ward takes others, or it is being cleaned"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("patient" in attrs) == ("unknown" in attrs):
            raise serializers.ValidationError({"patient": [_("Send either the patient or unknown.")]})
        return attrs


class AskedTeam(Asked):
    """Who answers from now on, and why."""

    department = serializers.CharField(max_length=36)
    consultant = serializers.UUIDField(required=False, allow_null=True)
    why = Words(max_length=160)


class AskedLeave(Asked):
    """Why the patient goes out, until when, and whether the bed is kept."""

    why = Words(max_length=160)
    due_at = serializers.DateTimeField()
    keeps_bed = serializers.BooleanField(default=True)


class AskedReturn(Asked):
    """The bed, where the old one was given up."""

    bed = serializers.UUIDField(required=False, allow_null=True)
    confirm_bed = serializers.BooleanField(required=False)


class AskedTakingBack(Asked):
    """Why."""

    why = Words(max_length=160)


NEW_ADMISSION, ASKED_TEAM, ASKED_LEAVE = NewAdmission(), AskedTeam(), AskedLeave()
ASKED_RETURN, ASKED_TAKING_BACK = AskedReturn(), AskedTakingBack()


def department_of(said: str, user: Any) -> Department:
    """A department of the caller's hospital, by its code or id."""
    here = Department.objects.filter(facility=user.posting.facility, is_active=True)
    found = [one for one in here if said in (one.code, str(one.pk))]
    if not found:
        raise Refusal(_("There is no such department here."), field="department")
    return found[0]


def consultant_of(key: Any) -> User | None:
    """Somebody with a login; whether they are a doctor here, the act asks."""
    if key is None:
        return None
    found = User.objects.filter(pk=key).first()
    if found is None:
        raise Refusal(_("There is no such doctor here."), field="consultant")
    return found


def _named(model: Any, key: Any, user: Any, field: str) -> Any:
    """A row within the caller's reach; None where none is named."""
    if key is None:
        return None
    found = model.objects.visible_to(user).filter(pk=key).first()
    if found is None:
        raise Refusal(_("There is no such thing here."), field=field)
    return found


def admitting_of(asked: Mapping[str, Any], user: Any) -> Admitting:
    """What the service takes, of the caller's own hospital."""
    attendant = asked.get("attendant") or {}
    bed = asked.get("bed")
    return Admitting(
        department=department_of(asked["department"], user),
        bed=bed_of(bed, user.posting.facility) if bed else None,
        beside=_named(Admission, asked.get("beside"), user, "beside"),
        consultant=consultant_of(asked.get("consultant")),
        source=Source(asked["source"]),
        request=_named(AdmissionRequest, asked.get("request"), user, "request"),
        came_from=_named(Encounter, asked.get("came_from"), user, "came_from"),
        diagnosis=asked.get("diagnosis", ""),
        attendant=Attendant(
            attendant.get("name", ""), attendant.get("relation", ""), attendant.get("phone", "")
        ),
        consent=Consent(asked["consent"]),
        consent_name=asked.get("consent_name", ""),
        case=case_of(asked.get("medico_legal_case")),
    )


# ── What is answered ──


class AdmissionSerializer(serializers.Serializer[Any]):
    """A stay. In a list the names of minors and survivors in legal cases are withheld."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    encounter = serializers.UUIDField()
    status = serializers.ChoiceField(choices=AdmissionStatus.choices)
    source = serializers.ChoiceField(choices=Source.choices)
    patient = RegisteredPatientSerializer()
    is_name_withheld = serializers.BooleanField()
    department = serializers.CharField(allow_null=True)
    consultant = serializers.UUIDField(allow_null=True)
    bed = BedSerializer(allow_null=True)
    diagnosis = serializers.CharField()
    admitted_at = serializers.DateTimeField()
    discharge_type = serializers.ChoiceField(choices=DISCHARGE_TYPES)
    left_at = serializers.DateTimeField(allow_null=True)
    discharged_at = serializers.DateTimeField(allow_null=True)


class NewlyAdmittedSerializer(AdmissionSerializer):
    """What an admission came to: its face sheet and its wrist band."""

    papers = PaperSerializer(many=True)


def shown(admission: Admission) -> dict[str, Any]:
    """A stay of `queries.with_places`, as `AdmissionSerializer` describes it."""
    patient, lies, team = admission.patient, admission.lies, admission.team
    withheld = patient.listed_name if patient.is_withheld else ""
    plain = ("number", "status", "source", "diagnosis", "admitted_at", "discharge_type", "left_at")
    return {name: getattr(admission, name) for name in plain} | {
        "id": admission.pk,
        "encounter": admission.encounter_id,
        "discharged_at": admission.discharged_at,
        "is_name_withheld": patient.is_withheld,
        "patient": {
            "id": patient.pk,
            "uhid": patient.uhid,
            "name": withheld or patient.name,
            "name_hi": withheld or patient.name_hi,
        },
        "department": team.department.code if team else None,
        "consultant": team.consultant_id if team else None,
        "bed": {"id": lies.bed_id, "room": lies.bed.room.number, "number": lies.bed.number} if lies else None,
    }


class AdmissionFilter(filters.FilterSet):
    here = filters.BooleanFilter(method="is_here", help_text="Only inpatients of now, or only those gone")

    class Meta:
        model = Admission
        fields = ["status", "patient"]

    def is_here(self, admissions: Any, name: str, value: bool) -> Any:
        going_on = {"status__in": OPEN_ADMISSIONS}
        return admissions.filter(**going_on) if value else admissions.exclude(**going_on)


class AdmissionViewSet(Noun):
    """Stays, the newest first. POST writes encounter, bed, team, case and papers in one act."""

    needed = {
        "list": permissions.VIEW_INPATIENTS,
        "retrieve": permissions.VIEW_INPATIENTS,
        "create": permissions.ADMIT_PATIENTS,
        "cancellations": permissions.ADMIT_PATIENTS,
        "teams": permissions.CHANGE_TEAM,
        "leaves": permissions.MOVE_PATIENTS,
        "returns": permissions.MOVE_PATIENTS,
        "departures": permissions.MOVE_PATIENTS,
    }
    queryset = Admission.objects.none()
    serializer_class = AdmissionSerializer
    ordering_fields = ["admitted_at"]
    ordering = ["-admitted_at"]
    filterset_class = AdmissionFilter

    def get_queryset(self) -> Any:
        return queries.admissions_here(self.request.user)

    def list(self, request: Request) -> Response:
        page = queries.with_places(self.paginate_queryset(self.filter_queryset(self.get_queryset())))
        patients.withhold_names(one.patient for one in page)
        return self.get_paginated_response([shown(one) for one in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self._shown(get_object_or_404(self.get_queryset(), pk=pk)))

    @extend_schema(request=NewAdmission, responses={201: NewlyAdmittedSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_ADMISSION, request.data)
        person = asked.get("patient")
        described = person if isinstance(person, Mapping) else {}
        with offering_candidates():
            done = services.admit_patient(
                who=who_of(asked, request.user),
                admitting=admitting_of(asked, request.user),
                request_key=idempotency_key(request),
                actor=request.user,
                at=timezone.now(),
                confirm_new=asked.get("confirm_new", False) or described.get("confirm_new", False),
                confirm_bed=asked.get("confirm_bed", False),
            )
        papers = [{"url": paper_url(paper)} for paper in documents.papers_of(done.admission)]
        return Response(self._shown(done.admission) | {"papers": papers}, status=201)

    @extend_schema(request=AskedTakingBack, responses={201: AdmissionSerializer})
    @action(detail=True, methods=["post"])
    def cancellations(self, request: Request, pk: str) -> Response:
        """A mistaken admission is taken back; the bed is free."""
        why = checked(ASKED_TAKING_BACK, request.data)["why"]
        return self._act(services.cancel_admission, why=why)

    @extend_schema(request=AskedTeam, responses={201: AdmissionSerializer})
    @action(detail=True, methods=["post"])
    def teams(self, request: Request, pk: str) -> Response:
        """Another department or consultant answers from now on."""
        asked = checked(ASKED_TEAM, request.data)
        department = department_of(asked["department"], request.user)
        consultant = consultant_of(asked.get("consultant"))
        return self._act(services.change_team, department=department, consultant=consultant, why=asked["why"])

    @extend_schema(request=AskedLeave, responses={201: AdmissionSerializer})
    @action(detail=True, methods=["post"])
    def leaves(self, request: Request, pk: str) -> Response:
        """The patient goes out for a while."""
        return self._act(services.begin_leave, **checked(ASKED_LEAVE, request.data))

    @extend_schema(request=AskedReturn, responses={201: AdmissionSerializer})
    @action(detail=True, methods=["post"])
    def returns(self, request: Request, pk: str) -> Response:
        """The patient is back."""
        asked = checked(ASKED_RETURN, request.data)
        key = asked.get("bed")
        bed = bed_of(key, request.user.posting.facility) if key else None
        return self._act(services.end_leave, bed=bed, confirm_bed=asked.get("confirm_bed", False))

    @extend_schema(request=None, responses={201: AdmissionSerializer})
    @action(detail=True, methods=["post"])
    def departures(self, request: Request, pk: str) -> Response:
        """The patient has left the bed on the way out."""
        return self._act(services.leave_bed)

    def _act(self, service: Any, **more: Any) -> Response:
        admission = self.get_object()
        service(
            admission=admission,
            request_key=idempotency_key(self.request),
            actor=self.request.user,
            at=timezone.now(),
            **more,
        )
        return Response(self._shown(self.get_queryset().get(pk=admission.pk)), status=201)

    def _shown(self, admission: Admission) -> dict[str, Any]:
        return shown(queries.with_places([admission])[0])
