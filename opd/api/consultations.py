"""Consultations: begun with a token, kept with a version, signed once."""

from typing import Any

from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, Conflict, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from opd import permissions, queries, services
from opd.models import Consultation, QueueToken
from opd.services import ComeAgain
from opd.states import ConsultationStatus
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.api.charts import open_to
from patients.api.conditions import NARROWED_BY, NARROWING, narrowed
from patients.api.notes import AskedWriting, NoteSerializer
from patients.models import NoteAddendum, NoteSignature
from patients.services import NoteConflict, Writing
from patients.states import NoteStatus


class NewConsultation(Asked):
    """Whose turn it is."""

    token = serializers.UUIDField()


class AskedConsultation(AskedWriting):
    """The whole text, the version it goes out from, and when to come again; left out, that day stays."""

    follow_up_on = serializers.DateField(required=False, allow_null=True)


NEW_CONSULTATION, ASKED_CONSULTATION = NewConsultation(), AskedConsultation()


class ListedConsultationSerializer(serializers.Serializer[Consultation]):
    """A consultation in a list, without what is written."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=ConsultationStatus.choices)
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="encounter.patient_id")
    token = serializers.UUIDField(source="token_id")
    doctor = serializers.CharField(source="doctor.name")
    started_at = serializers.DateTimeField()
    signed_at = serializers.DateTimeField(allow_null=True)
    follow_up_on = serializers.DateField(allow_null=True)


class ConsultationSerializer(ListedConsultationSerializer):
    """A consultation with its note."""

    note = NoteSerializer()


class ConsultationViewSet(Noun):
    """Consultations of the hospital, newest first: what is signed or waits for it, and the own drafts."""

    needed = {
        "list": patient_permissions.VIEW_NOTES,
        "retrieve": patient_permissions.VIEW_NOTES,
        "create": permissions.CONSULT,
        "partial_update": permissions.CONSULT,
        "signature": permissions.CONSULT,
        "submissions": permissions.CONSULT,
    }
    queryset = Consultation.objects.none()
    serializer_class = ConsultationSerializer
    narrowed_by = NARROWED_BY

    def get_queryset(self) -> Any:
        user = self.request.user
        shown = Q(doctor=user) | Q(note__status__in=[NoteStatus.AWAITING, NoteStatus.SIGNED])
        return queries.consultations_here(user).filter(shown)

    @extend_schema(parameters=NARROWING, responses={200: ListedConsultationSerializer(many=True)})
    def list(self, request: Request) -> Response:
        """Of a patient or a contact whose chart is open, or the caller's own; without their texts."""
        asked = narrowed(request) or {"doctor": request.user}
        if "patient__in" in asked:
            asked["encounter__patient__in"] = asked.pop("patient__in")
        page = self.paginate_queryset(self.get_queryset().filter(**asked))
        return self.get_paginated_response(ListedConsultationSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One with its note; that it was read is written down."""
        consultation = self.get_object()
        if not patient_queries.is_for_me(consultation.note, request.user):
            open_to(request, consultation.encounter.patient)
        patients.note_read(note=consultation.note, actor=request.user, at=timezone.now())
        return Response(self._shown(consultation))

    @extend_schema(request=NewConsultation, responses={201: ConsultationSerializer})
    def create(self, request: Request) -> Response:
        """The patient of this token is with the caller: the caller's consultation, begun or gone on with."""
        asked = checked(NEW_CONSULTATION, request.data)
        visible = QueueToken.objects.visible_to(request.user).select_related("encounter")
        token = visible.filter(pk=asked["token"]).first()
        if token is None:
            raise Refusal(_("There is no such token here."), field="token")
        consultation = services.start_consultation(
            token=token, request_key=idempotency_key(request), actor=request.user, at=timezone.now()
        )
        return Response(self._shown(consultation), status=201)

    @extend_schema(request=AskedConsultation, responses={200: ConsultationSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Keep the draft. 409 with both texts where it was saved elsewhere since."""
        return self._written(services.save_consultation, status=200)

    @extend_schema(request=AskedConsultation, responses={201: ConsultationSerializer})
    @action(detail=True, methods=["post"])
    def signature(self, request: Request, pk: str) -> Response:
        """Signed as it is sent: nothing of it changes from now on, and the patient may go."""
        return self._written(services.sign_consultation)

    @extend_schema(request=AskedConsultation, responses={201: ConsultationSerializer})
    @action(detail=True, methods=["post"])
    def submissions(self, request: Request, pk: str) -> Response:
        """An intern's consultation waits for a doctor's signature."""
        return self._written(services.submit_consultation)

    def _written(self, service: Any, status: int = 201) -> Response:
        consultation, asked = self.get_object(), checked(ASKED_CONSULTATION, self.request.data)
        said = "follow_up_on" in asked
        again = ComeAgain(asked["follow_up_on"], consultation.follow_up_on) if said else None
        try:
            written = service(
                consultation=consultation,
                writing=Writing(asked["version"], asked["sections"]),
                come_again=again,
                request_key=idempotency_key(self.request),
                actor=self.request.user,
                at=timezone.now(),
            )
        except NoteConflict as conflict:
            stands = self._shown(consultation)
            raise Conflict(str(conflict), stands=stands, sent=conflict.sections) from conflict
        return Response(self._shown(written), status=status)

    def _shown(self, consultation: Consultation) -> Any:
        addenda = NoteAddendum.objects.select_related("written_by").order_by("number")
        signatures = NoteSignature.objects.select_related("signed_by").order_by("pk")
        whole = queries.consultations_here(self.request.user)
        whole = whole.prefetch_related(Prefetch("note__addenda", addenda))
        whole = whole.prefetch_related(Prefetch("note__signatures", signatures))
        return ConsultationSerializer(whole.get(pk=consultation.pk)).data
