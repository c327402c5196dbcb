"""Whoever comes, at whatever door: on file, new or unknown, with a case or none; and what a door answers."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from facilities.models import Bed, Facility
from hmis.kernel.api import Asked
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from patients.ages import BirthSaid
from patients.api.legal import AskedIntimation, intimation_of
from patients.api.people import COMER, NEW_PATIENT, AskedAge, NewPatient, Words, details_of, optional
from patients.models import CaseKind, Patient, Sex
from patients.queries import reachable_by
from patients.services import CaseDetails, Unknown
from patients.states import BAND_AGE, AgeBand


class PatientOrId(serializers.Field[Any, Any, Any, Any]):
    """Somebody new, described, or the id of somebody on file."""

    an_id = serializers.UUIDField()
    somebody_new: NewPatient = NEW_PATIENT

    def to_internal_value(self, data: Any) -> Any:
        return (self.somebody_new if isinstance(data, Mapping) else self.an_id).run_validation(data)


class ComerOrId(PatientOrId):
    """As at casualty and in the ward: of whoever is new, the age may be unknown."""

    somebody_new = COMER


class PatientOrIdScheme(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = PatientOrId
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described = auto_schema.resolve_serializer(NewPatient, direction)
        return {"oneOf": [described.ref, {"type": "string", "format": "uuid"}]}


class AskedUnknown(Asked):
    """What can be seen of somebody who cannot say who they are."""

    sex = serializers.ChoiceField(choices=Sex.choices)
    age_band = serializers.ChoiceField(choices=AgeBand.choices, required=False)
    age = AskedAge(required=False)


class AskedCase(Asked):
    """A medico-legal case, and the police if they were told already."""

    kind = serializers.ChoiceField(choices=CaseKind.choices)
    particulars = optional(Words, 400)
    police = AskedIntimation(required=False, allow_null=True)


def patient_of(asked: Any, user: Any) -> Patient | Mapping[str, Any]:
    """Somebody on file whom the caller may register, or the details of somebody new."""
    if isinstance(asked, Mapping):
        return details_of(asked)
    known = reachable_by(user, asked).select_related("district").first()
    if known is None:
        raise Refusal(_("There is no such patient here. Search by UHID or ABHA first."), field="patient")
    return known


def who_of(asked: Mapping[str, Any], user: Any) -> Patient | Unknown | Mapping[str, Any]:
    """Whom the service takes."""
    if "patient" in asked:
        return patient_of(asked["patient"], user)
    said = asked["unknown"]
    band = said.get("age_band")
    looked = BirthSaid(**BAND_AGE[AgeBand(band)]) if band else None
    return Unknown(Sex(said["sex"]), said.get("age") or looked)


def case_of(said: Mapping[str, Any] | None, *, brought_by: str = "") -> CaseDetails | None:
    """What the service takes, of a case that is marked at the door."""
    if not said:
        return None
    police = said.get("police")
    return CaseDetails(
        CaseKind(said["kind"]),
        said.get("particulars", ""),
        brought_by,
        intimation_of(police) if police else None,
    )


def bed_of(bed_id: Any, facility: Facility) -> Bed:
    """A bed of the caller's hospital."""
    bed = Bed.objects.filter(facility=facility, pk=bed_id).first()
    if bed is None:
        raise Refusal(_("There is no such bed here."), field="bed")
    return bed


class RegisteredPatientSerializer(serializers.Serializer[Patient]):
    """Who was registered."""

    id = serializers.UUIDField()
    uhid = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()


class BedSerializer(serializers.Serializer[Any]):
    """Where a patient lies."""

    id = serializers.UUIDField()
    room = serializers.CharField()
    number = serializers.CharField()


class CaseNumberSerializer(serializers.Serializer[Any]):
    """The medico-legal case."""

    id = serializers.UUIDField()
    number = serializers.CharField()


class PaperSerializer(serializers.Serializer[Any]):
    """Where a paper's PDF is."""

    url = serializers.CharField()


def paper_url(paper: IssuedDocument) -> str:
    return reverse("api-paper-detail", args=[paper.pk])
