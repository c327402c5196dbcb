"""Encounters: contacts of patients with the caller's hospital. Other nouns' acts begin and end them."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django_filters import rest_framework as filters
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.people import PersonSerializer
from patients.models import Encounter, EncounterClass
from patients.states import EncounterStatus


class EncounterSerializer(serializers.Serializer[Encounter]):
    """One contact of one patient with one hospital."""

    id = serializers.UUIDField()
    facility = serializers.CharField(source="facility.code")
    department = serializers.CharField(source="department.code")
    encounter_class = serializers.ChoiceField(choices=EncounterClass.choices)
    status = serializers.ChoiceField(choices=EncounterStatus.choices)
    patient = PersonSerializer()
    follows = serializers.UUIDField(
        source="follows_id", allow_null=True, help_text="The encounter whose slip this one leans on"
    )
    valid_till = serializers.DateField(allow_null=True)
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class EncounterFilter(filters.FilterSet):
    patient = filters.UUIDFilter(field_name="patient", help_text="Their id")
    day = filters.DateFilter(method="begun_on", help_text="When it began, by the hospital's clock")
    status = filters.MultipleChoiceFilter(choices=EncounterStatus.choices)
    encounter_class = filters.MultipleChoiceFilter(choices=EncounterClass.choices)

    def begun_on(self, encounters: Any, name: str, day: date) -> Any:
        here = timezone.get_current_timezone()
        begins, ends = (datetime.combine(day, hour, tzinfo=here) for hour in (time.min, time.max))
        return encounters.filter(started_at__gte=begins, started_at__lte=ends)


class EncounterViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Noun):
    """Encounters at the hospitals that the caller's posting reaches, newest first."""

    needed = {"list": permissions.VIEW_PATIENT, "retrieve": permissions.VIEW_PATIENT}
    queryset = Encounter.objects.none()
    serializer_class = EncounterSerializer
    filterset_class = EncounterFilter
    ordering_fields = ["started_at"]
    ordering = ["-started_at"]

    def get_queryset(self) -> Any:
        linked = ("patient", "facility", "department")
        return Encounter.objects.visible_to(self.request.user).select_related(*linked)

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page; that somebody looked through one patient's contacts is written down."""
        page = super().paginate_queryset(queryset)
        queries.withhold_names(one.patient for one in page)
        if page and self.request.query_params.get("patient"):
            services.note_seen(patient=page[0].patient, actor=self.request.user, at=timezone.now())
        return page

    def retrieve(self, request: Request, pk: str) -> Response:
        encounter = self.get_object()
        services.note_encounter_seen(encounter=encounter, actor=request.user, at=timezone.now())
        return Response(EncounterSerializer(encounter).data)
