"""Prescribed medicines: written in one line, answered for, stopped, and what the counter gave of them."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.charts import open_to, patient_asked
from patients.api.people import Words, optional
from patients.models import DetectedIssue, MedicationDispense, MedicationRequest
from patients.queries import prescribing
from patients.queries.merging import same_person
from patients.services import Typed
from patients.states import DispenseOutcome, IssueAnswer, MedicationStatus


class AskedLine(Asked):
    """A line as it is typed; `medication` where one of several medicines is meant."""

    line = Words(max_length=200)
    medication = serializers.UUIDField(required=False, allow_null=True, default=None)


class NewPrescription(AskedLine):
    """The line, and the open note it belongs to. `replaces` a running medicine, and why."""

    note = serializers.UUIDField()
    replaces = serializers.UUIDField(required=False, allow_null=True, default=None)
    replaces_why = optional(Words, 200)


class AskedAnswer(Asked):
    """Why it is given in spite of the alert."""

    issue = serializers.UUIDField()
    reason = Words(max_length=200)


class AskedStop(Asked):
    """Why it is stopped."""

    why = Words(max_length=200)


class AskedExplanation(Asked):
    """What it is for, and with whom it was agreed."""

    indication = Words(max_length=200)
    authorised_by = optional(Words, 80)


class AskedDispense(Asked):
    """What the counter did; `corrects` the answer that stands."""

    outcome = serializers.ChoiceField(choices=DispenseOutcome.choices)
    quantity = serializers.DecimalField(
        max_digits=9, decimal_places=2, required=False, allow_null=True, default=None
    )
    corrects = serializers.UUIDField(required=False, allow_null=True, default=None)


ASKED_LINE, NEW_PRESCRIPTION, ASKED_ANSWER = AskedLine(), NewPrescription(), AskedAnswer()
ASKED_STOP, ASKED_EXPLANATION, ASKED_DISPENSE = AskedStop(), AskedExplanation(), AskedDispense()


class IssueSerializer(serializers.Serializer[DetectedIssue]):
    """An alert, and what was answered."""

    id = serializers.UUIDField()
    rule = serializers.CharField()
    severity = serializers.CharField()
    about = serializers.JSONField()
    raised_at = serializers.DateTimeField()
    answer = serializers.ChoiceField(choices=IssueAnswer.choices, allow_blank=True)
    reason = serializers.CharField()


class DispenseSerializer(serializers.Serializer[MedicationDispense]):
    """What the counter did about a line."""

    id = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=DispenseOutcome.choices)
    quantity = serializers.DecimalField(max_digits=9, decimal_places=2, allow_null=True)
    given_by = serializers.CharField(source="given_by.name")
    given_at = serializers.DateTimeField()
    corrects = serializers.UUIDField(source="corrects_id", allow_null=True)


class PrescriptionSerializer(serializers.Serializer[MedicationRequest]):
    """One prescribed medicine (FHIR MedicationRequest); `dosage` is a list of FHIR Dosage."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    status = serializers.ChoiceField(choices=MedicationStatus.choices)
    note = serializers.UUIDField(source="note_id")
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    medication = serializers.UUIDField(source="medication_id")
    line = serializers.CharField()
    dosage = serializers.JSONField()
    days = serializers.IntegerField(allow_null=True)
    quantity = serializers.DecimalField(max_digits=9, decimal_places=2, allow_null=True)
    quantity_unit = serializers.CharField()
    indication = serializers.CharField()
    authorised_by = serializers.CharField()
    replaces = serializers.UUIDField(source="replaces_id", allow_null=True)
    written_by = serializers.CharField(source="written_by.name")
    written_at = serializers.DateTimeField()
    signed_by = serializers.CharField(source="signed_by.name", allow_null=True, default=None)
    signed_at = serializers.DateTimeField(allow_null=True)
    starts_on = serializers.DateField(allow_null=True)
    ends_on = serializers.DateField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    stopped_why = serializers.CharField()
    issues = IssueSerializer(many=True)
    dispenses = DispenseSerializer(many=True)


class PrescriptionViewSet(Noun):
    """Prescribed medicines of one patient (`?patient=`), newest first; those of this hospital by their id."""

    needed = {
        "list": permissions.VIEW_PRESCRIPTIONS,
        "retrieve": permissions.VIEW_PRESCRIPTIONS,
        "create": permissions.PRESCRIBE,
        "changes": permissions.PRESCRIBE,
        "removals": permissions.PRESCRIBE,
        "answers": permissions.PRESCRIBE,
        "explanations": permissions.PRESCRIBE,
        "stops": permissions.PRESCRIBE,
        "dispenses": permissions.DISPENSE,
    }
    queryset = MedicationRequest.objects.none()
    serializer_class = PrescriptionSerializer
    narrowed_by = ("patient",)

    def get_queryset(self) -> Any:
        return prescribing.whole_lines(self.request.user)

    def get_object(self) -> Any:
        """A line of somebody whose chart is open; the counter gives to whoever brings the slip."""
        line = super().get_object()
        if not self.request.user.may(permissions.DISPENSE):
            open_to(self.request, line.patient)
        return line

    @extend_schema(parameters=[OpenApiParameter("patient", str, required=True)])
    def list(self, request: Request) -> Response:
        patient = patient_asked(request)
        open_to(request, patient, read=True)
        found = prescribing.charted_lines(request.user).filter(patient__in=same_person(patient.pk))
        return self.get_paginated_response(
            PrescriptionSerializer(self.paginate_queryset(found), many=True).data
        )

    def retrieve(self, request: Request, pk: str) -> Response:
        line = self.get_object()
        services.note_prescriptions_seen(patient=line.patient, actor=request.user, at=timezone.now())
        return Response(PrescriptionSerializer(line).data)

    @extend_schema(request=NewPrescription, responses={201: PrescriptionSerializer})
    def create(self, request: Request) -> Response:
        """A line of an open note; the alerts it raises stand in `issues` and are answered before signing."""
        said = checked(NEW_PRESCRIPTION, request.data)
        note = get_object_or_404(queries.notes_here(request.user), pk=said["note"])
        before = said["replaces"] and get_object_or_404(
            self.get_queryset().filter(patient_id=note.patient_id), pk=said["replaces"]
        )
        typed = Typed(said["line"], said["medication"], before or None, said.get("replaces_why", ""))
        return self._done(services.prescribe, request, note=note, typed=typed)

    @extend_schema(request=AskedLine, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def changes(self, request: Request, pk: str) -> Response:
        """A line that is not signed yet, written otherwise: a new one in its place."""
        line, said = self.get_object(), checked(ASKED_LINE, request.data)
        typed = Typed(said["line"], said["medication"])
        return self._done(services.rewrite_line, request, line=line, typed=typed)

    @extend_schema(request=None, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def removals(self, request: Request, pk: str) -> Response:
        """A line that is not signed yet is taken off."""
        return self._done(services.remove_line, request, line=self.get_object())

    @extend_schema(request=AskedAnswer, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, pk: str) -> Response:
        """The medicine is given in spite of an alert, with the reason."""
        line, said = self.get_object(), checked(ASKED_ANSWER, request.data)
        issue = get_object_or_404(line.issues.select_related("request__note__encounter"), pk=said["issue"])
        services.answer_issue(issue=issue, reason=said["reason"], **self._asking(request))
        return self._shown(line.pk)

    @extend_schema(request=AskedExplanation, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def explanations(self, request: Request, pk: str) -> Response:
        """What it is for, and with whom it was agreed."""
        said = checked(ASKED_EXPLANATION, request.data)
        return self._done(services.explain_line, request, line=self.get_object(), **said)

    @extend_schema(request=AskedStop, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def stops(self, request: Request, pk: str) -> Response:
        """A medicine that runs is stopped."""
        line, said = self.get_object(), checked(ASKED_STOP, request.data)
        return self._done(services.stop_medicine, request, line=line, why=said["why"])

    @extend_schema(request=AskedDispense, responses={201: PrescriptionSerializer})
    @action(detail=True, methods=["post"])
    def dispenses(self, request: Request, pk: str) -> Response:
        """What the free-drug counter did about it."""
        line, said = self.get_object(), checked(ASKED_DISPENSE, request.data)
        said["outcome"] = DispenseOutcome(said["outcome"])
        services.dispense(line=line, **said, **self._asking(request))
        return self._shown(line.pk)

    def _done(self, service: Callable[..., MedicationRequest], request: Request, **given: Any) -> Response:
        return self._shown(service(**given, **self._asking(request)).pk)

    def _shown(self, pk: Any) -> Response:
        return Response(PrescriptionSerializer(self.get_queryset().get(pk=pk)).data, status=201)

    def _asking(self, request: Request) -> dict[str, Any]:
        return {"request_key": idempotency_key(request), "actor": request.user, "at": timezone.now()}
