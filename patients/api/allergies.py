"""Allergies: a list, "none known", or nobody has asked; refuted with a reason."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.charts import WHOSE, encounter_here, patient_asked
from patients.api.observations import ASKED_REASON, AskedReason
from patients.api.people import Words, choice, optional
from patients.models import AllergyIntolerance, Severity, ToldBy
from patients.services import Allergy


class NewAllergy(Asked):
    """What somebody does not tolerate, or that they were asked and none is known."""

    encounter = serializers.UUIDField()
    none_known = serializers.BooleanField(required=False, default=False)
    substance = optional(Words, 80)
    reaction = optional(Words, 120)
    severity = choice(Severity)
    told_by = serializers.ChoiceField(choices=ToldBy.choices, required=False, default=ToldBy.PATIENT)


NEW_ALLERGY = NewAllergy()


class AllergySerializer(serializers.Serializer[AllergyIntolerance]):
    """One allergy, or one statement that none is known."""

    id = serializers.UUIDField()
    rev = serializers.IntegerField()
    patient = serializers.UUIDField(source="patient_id")
    encounter = serializers.UUIDField(source="encounter_id")
    is_none_known = serializers.BooleanField()
    substance = serializers.CharField()
    ingredient = serializers.CharField(help_text="As the list of ingredients writes it, where it knows it")
    atc_code = serializers.CharField()
    is_checked = serializers.BooleanField(
        help_text="False: the list does not know what this is, and no medicine is checked against it"
    )
    reaction = serializers.CharField()
    severity = serializers.CharField()
    told_by = serializers.ChoiceField(choices=ToldBy.choices)
    recorded_at = serializers.DateTimeField()
    recorded_by = serializers.CharField(source="recorded_by.name")
    refuted_because = serializers.CharField()
    refuted_at = serializers.DateTimeField(allow_null=True)


class KnownAllergies(serializers.Serializer[Any]):
    """What is known of one patient: `status` is `not_asked`, `none_known` or `listed`."""

    status = serializers.ChoiceField(choices=["not_asked", "none_known", "listed"])
    asked_at = serializers.DateTimeField(allow_null=True)
    results = AllergySerializer(many=True)


class AllergyViewSet(Noun):
    """Allergies of one patient, from whatever hospital. POST writes one down, or that none is known."""

    needed = {
        "list": permissions.VIEW_ALLERGIES,
        "retrieve": permissions.VIEW_ALLERGIES,
        "create": permissions.RECORD_ALLERGIES,
        "refutations": permissions.RECORD_ALLERGIES,
    }
    queryset = AllergyIntolerance.objects.none()
    serializer_class = AllergySerializer
    narrowed_by = ("patient",)
    pagination_class = None
    filter_backends = ()

    def get_object(self) -> Any:
        try:
            wanted = UUID(self.kwargs["pk"])
        except ValueError:
            raise Http404 from None
        reached = queries.in_reach(AllergyIntolerance, self.request.user, wanted)
        return get_object_or_404(reached.select_related("recorded_by", "facility", "patient"))

    @extend_schema(parameters=[WHOSE], responses=KnownAllergies)
    def list(self, request: Request) -> Response:
        patient = patient_asked(request)
        known = queries.allergies_of(patient)
        services.note_allergies_seen(patient=patient, actor=request.user, at=timezone.now())
        said = known.listed or ([known.none_known] if known.none_known else [])
        status = "listed" if known.listed else "none_known" if known.none_known else "not_asked"
        asked_at = max((one.recorded_at for one in said), default=None)
        return Response(KnownAllergies({"status": status, "asked_at": asked_at, "results": said}).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        found = self.get_object()
        services.note_allergies_seen(patient=found.patient, actor=request.user, at=timezone.now())
        return Response(AllergySerializer(found).data)

    @extend_schema(request=NewAllergy, responses={201: AllergySerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_ALLERGY, request.data)
        said = {name: asked.get(name, "") for name in ("substance", "reaction", "severity")}
        if asked["none_known"] == bool(said["substance"]):
            sentence = _("Write what the patient is allergic to, or that none is known.")
            raise Refusal(sentence, field="substance")
        row = services.record_allergy(
            encounter=encounter_here(request, asked["encounter"]),
            allergy=Allergy(**said, told_by=ToldBy(asked["told_by"])),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(AllergySerializer(row).data, status=201)

    @extend_schema(request=AskedReason, responses={201: AllergySerializer})
    @action(detail=True, methods=["post"])
    def refutations(self, request: Request, pk: str) -> Response:
        """It is no allergy, or the statement was a mistake."""
        row = services.refute_allergy(
            allergy=self.get_object(),
            because=checked(ASKED_REASON, request.data)["because"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(AllergySerializer(row).data, status=201)
