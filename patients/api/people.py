"""Patients: found, registered, put right."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from facilities.models import Block, Facility
from facilities.queries import district_by_lgd
from hmis.kernel.api import Asked, Conflict, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.models import IssuedDocument
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.ages import OLDEST, BirthSaid, could_be_born_on
from patients.identifiers import (
    ABHA_DOUBTFUL,
    abha_doubtful,
    normal_abha_number,
    normal_identifier,
    normal_phone,
    normal_pincode,
    refuse_aadhaar,
)
from patients.models import (
    AbhaStatus,
    BirthPrecision,
    Category,
    GuardianRelation,
    IdentifierKind,
    NoPhone,
    Patient,
    PatientIdentifier,
    Sex,
)
from patients.names import clean_name, is_devanagari, latin_from_devanagari
from patients.queries import Candidate, PrintedCard
from patients.queries.chart import Opened
from patients.services import MOST_LABELS
from patients.states import CardReason

LONGEST_QUERY = 600
LARGEST_INTEGER = 2**31 - 1
NAMES = {"name": "name_hi", "name_hi": "name"}
AS_THEY_ARE = (
    *("sex", "guardian_name", "guardian_relation", "address", "village", "pincode", "category"),
    *("occupation", "religion", "abha_status"),
)


# ── What is sent ──


class Words(serializers.CharField):
    """Free words that never take an Aadhaar number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators.append(refuse_aadhaar)


class Name(Words):
    """A person's name in either script."""

    def run_validation(self, data: Any = serializers.empty) -> str:
        name: str = super().run_validation(data)
        return clean_name(name) if name else ""


class Phone(serializers.CharField):
    """A mobile number as people write it."""

    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        return normal_phone(typed) if typed else ""


class AbhaNumber(serializers.CharField):
    """Fourteen digits, with or without hyphens."""

    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        return normal_abha_number(typed) if typed else ""


class AbhaAddress(serializers.CharField):
    """`name@abdm`."""

    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        return normal_identifier(IdentifierKind.ABHA_ADDRESS, typed) if typed else ""


class Pincode(serializers.CharField):
    """Six digits."""

    def to_internal_value(self, data: Any) -> str:
        typed = super().to_internal_value(data)
        return normal_pincode(typed) if typed else ""


class AskedAge(Asked):
    """How old somebody is, as people say it."""

    years = serializers.IntegerField(min_value=0, max_value=OLDEST, required=False)
    months = serializers.IntegerField(min_value=0, max_value=OLDEST * 12, required=False)
    days = serializers.IntegerField(min_value=0, max_value=OLDEST * 366, required=False)

    def validate(self, attrs: dict[str, int]) -> BirthSaid:  # type: ignore[override]
        if not attrs:
            raise serializers.ValidationError(_("Write the age in years, months or days."), code="age")
        said = BirthSaid(**attrs)
        try:
            said.on(timezone.localdate())
        except ValueError as error:
            raise serializers.ValidationError(str(error), code="age") from error
        return said


def possible_birth(born: date) -> None:
    """A validator: not tomorrow, and not before anybody who lives."""
    if not could_be_born_on(born, today=timezone.localdate()):
        raise ValidationError(_("Nobody was born on this day."), code="birth_date")


def optional(field: type[serializers.CharField], length: int, **options: Any) -> Any:
    return field(max_length=length, required=False, allow_blank=True, **options)


def choice(choices: Any) -> Any:
    return serializers.ChoiceField(choices=choices.choices, required=False, allow_blank=True)


class PatientFields(Asked):
    """What is known of a person; `details_of` makes of it what the services take."""

    name_hi = optional(Name, 120)
    birth_date = serializers.DateField(required=False, validators=[possible_birth])
    age = AskedAge(required=False)
    phone = optional(Phone, 20)
    no_phone_reason = choice(NoPhone)
    guardian_name = optional(Words, 120)
    guardian_relation = choice(GuardianRelation)
    address = optional(Words, 160)
    village = optional(Words, 120)
    block = optional(Words, 80, help_text="Its name, or its LGD code")
    district = serializers.IntegerField(
        min_value=1, max_value=LARGEST_INTEGER, required=False, help_text="LGD code"
    )
    pincode = optional(Pincode, 6)
    category = serializers.ChoiceField(choices=Category.choices, required=False)
    occupation = optional(Words, 80)
    religion = optional(Words, 40)
    abha_number = optional(AbhaNumber, 24)
    abha_address = optional(AbhaAddress, 64)
    abha_status = choice(AbhaStatus)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "birth_date" in attrs and "age" in attrs:
            raise serializers.ValidationError({"age": [_("Send the birth date or the age, not both.")]})
        return attrs


class NewPatient(PatientFields):
    """Somebody who is registered for the first time."""

    asks_age = True
    name = Name(max_length=120)
    sex = serializers.ChoiceField(choices=Sex.choices)
    confirm_new = serializers.BooleanField(required=False, help_text="Though somebody on file seems the same")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("phone") and not attrs.get("no_phone_reason"):
            raise serializers.ValidationError(
                {"phone": [_("Write the mobile number, or say why there is none.")]}
            )
        if self.asks_age and "birth_date" not in attrs and "age" not in attrs:
            raise serializers.ValidationError({"age": [_("Send the age or the birth date.")]})
        return super().validate(attrs)


class Comer(NewPatient):
    """Somebody new at a door where not everybody can be asked."""

    asks_age = False


class ChangedPatient(PatientFields):
    """What is put right; `rev` as it was read, so that nobody overwrites what they have not seen."""

    name = Name(max_length=120, required=False)
    sex = serializers.ChoiceField(choices=Sex.choices, required=False)
    rev = serializers.IntegerField(min_value=0, max_value=LARGEST_INTEGER)


class NewIdentifier(Asked):
    """One more number that a patient is known by; an old hospital number with the hospital that gave it."""

    kind = serializers.ChoiceField(choices=IdentifierKind.choices)
    value = serializers.CharField(max_length=64)
    issuer = optional(serializers.CharField, 4, help_text="The hospital's code")


class AskedCard(Asked):
    """From the second card on: why it is printed once more."""

    reason = choice(CardReason)


class AskedLabels(Asked):
    """How many labels."""

    count = serializers.IntegerField(min_value=1, max_value=MOST_LABELS, default=6)


class Query(serializers.Serializer[Any]):
    """What would stand in the search box; a scan of an ABHA card is long."""

    q = serializers.CharField(max_length=LONGEST_QUERY)


NEW_PATIENT, COMER, CHANGED_PATIENT, QUERY = NewPatient(), Comer(), ChangedPatient(), Query()
NEW_IDENTIFIER, ASKED_CARD, ASKED_LABELS = NewIdentifier(), AskedCard(), AskedLabels()
AADHAAR = _("This looks like an Aadhaar number. Aadhaar is not kept here, so nobody is found by it.")


def details_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Patient's fields and `identifiers`, as the services take them."""
    details = {name: asked[name] for name in AS_THEY_ARE if name in asked}
    details |= _names(asked) | _birth(asked) | _phone(asked) | _place(asked)
    kinds = (IdentifierKind.ABHA_NUMBER, IdentifierKind.ABHA_ADDRESS)
    details["identifiers"] = {kind.value: asked[kind] for kind in kinds if asked.get(kind)}
    return details


def _names(asked: Mapping[str, Any]) -> dict[str, str]:
    """Each script's name in its field. Of a new name the other spelling is made anew."""
    given = {field: asked[field] for field in NAMES if asked.get(field)}
    if "name" in given and "name_hi" not in given and is_devanagari(given["name"]):
        return {"name": latin_from_devanagari(given["name"]), "name_hi": given["name"]}
    return {"name_hi": "", **given} if "name" in given else given


def _birth(asked: Mapping[str, Any]) -> dict[str, Any]:
    if "birth_date" in asked:
        return {"birth_date": asked["birth_date"], "birth_precision": BirthPrecision.DAY}
    if "age" in asked:
        return {"birth": asked["age"]}
    return {}


def _phone(asked: Mapping[str, Any]) -> dict[str, str]:
    """A number and a reason for having none exclude each other; whichever is sent takes the other's place."""
    if asked.get("phone"):
        return {"phone": asked["phone"], "no_phone_reason": ""}
    if asked.get("no_phone_reason"):
        return {"phone": "", "no_phone_reason": asked["no_phone_reason"]}
    return {name: asked[name] for name in ("phone", "no_phone_reason") if name in asked}


def _place(asked: Mapping[str, Any]) -> dict[str, Any]:
    place: dict[str, Any] = {}
    if "district" in asked:
        place["district"] = district_by_lgd(asked["district"])
        if place["district"] is None:
            raise serializers.ValidationError({"district": [_("There is no district with this LGD code.")]})
    if "block" in asked:
        place |= _block(asked["block"])
    return place


def _block(said: str) -> dict[str, Any]:
    if not said.isdecimal():
        return {"block": None, "block_name": said}
    # A longer number is no LGD code, and no integer of the database either.
    block = Block.objects.filter(lgd_code=said).first() if len(said) < 10 else None
    if block is None:
        raise serializers.ValidationError({"block": [_("There is no block with this LGD code.")]})
    return {"block": block, "block_name": block.name}


def warnings_of(asked: Mapping[str, Any]) -> list[dict[str, str]]:
    """What may be mistyped and is kept nevertheless."""
    if not abha_doubtful(asked.get("abha_number") or ""):
        return []
    return [{"field": "abha_number", "detail": str(ABHA_DOUBTFUL)}]


# ── What is answered ──


class AgeSerializer(serializers.Serializer[Any]):
    """One of the three, as people say it."""

    years = serializers.IntegerField(required=False)
    months = serializers.IntegerField(required=False)
    days = serializers.IntegerField(required=False)


class WarningSerializer(serializers.Serializer[Any]):
    """A doubt about what was sent and is kept nevertheless."""

    field = serializers.CharField()
    detail = serializers.CharField()


class PersonSerializer(serializers.Serializer[Patient]):
    """A patient in a list."""

    id = serializers.UUIDField()
    uhid = serializers.CharField()
    name = serializers.CharField()
    name_hi = serializers.CharField()
    sex = serializers.CharField()
    age = serializers.SerializerMethodField()
    guardian_name = serializers.CharField()
    village = serializers.CharField()

    def to_representation(self, patient: Patient) -> dict[str, Any]:
        """Names where the list may show them (`queries.withhold_names`)."""
        withheld = {"name": patient.listed_name, "name_hi": patient.listed_name, "guardian_name": ""}
        return super().to_representation(patient) | (withheld if patient.is_withheld else {})

    @extend_schema_field(AgeSerializer(allow_null=True))
    def get_age(self, patient: Patient) -> dict[str, int] | None:
        age = patient.age_on(timezone.localdate())
        return {f"{age.unit}s": age.number} if age else None


class FoundSerializer(PersonSerializer):
    """Somebody whom the search found; when and where they came last, at this hospital."""

    phone_ends = serializers.SerializerMethodField(help_text="The last four digits")
    last_seen_at = serializers.DateTimeField(allow_null=True)
    last_department = serializers.CharField(allow_null=True)

    def get_phone_ends(self, patient: Patient) -> str:
        return patient.phone[-4:]


@extend_schema_serializer(many=False)
class FoundPageSerializer(serializers.Serializer[Any]):
    """Those found first; more of the name, or a number, finds who is not among them."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    more = serializers.BooleanField(help_text="Whether there are more than these")
    results = FoundSerializer(many=True)


class PatientSerializer(PersonSerializer):
    """All that the counter knows of a patient."""

    birth_date = serializers.DateField(allow_null=True)
    birth_precision = serializers.CharField()
    phone = serializers.CharField()
    no_phone_reason = serializers.CharField()
    guardian_relation = serializers.CharField()
    address = serializers.CharField()
    block = serializers.CharField(source="block_name")
    district = serializers.IntegerField(source="district.lgd_code", default=None, allow_null=True)
    pincode = serializers.CharField()
    category = serializers.CharField()
    occupation = serializers.CharField()
    religion = serializers.CharField()
    abha_number = serializers.SerializerMethodField()
    abha_address = serializers.SerializerMethodField()
    abha_status = serializers.CharField()
    facility = serializers.CharField(source="facility.code", help_text="Where the UHID was issued")
    registered_at = serializers.DateTimeField()
    rev = serializers.IntegerField()
    warnings = WarningSerializer(many=True, required=False)

    def get_abha_number(self, patient: Patient) -> str:
        return _held(patient, IdentifierKind.ABHA_NUMBER)

    def get_abha_address(self, patient: Patient) -> str:
        return _held(patient, IdentifierKind.ABHA_ADDRESS)


def _held(patient: Patient, kind: IdentifierKind) -> str:
    """The number of this kind that the patient bears now; of several, the newest."""
    held = [one for one in patient.identifiers.all() if one.kind == kind and one.ended_at is None]
    return max(held, key=lambda one: one.pk).value if held else ""


class IdentifierSerializer(serializers.Serializer[PatientIdentifier]):
    """A number that a patient is or was known by."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    value = serializers.CharField()
    issuer = serializers.CharField(source="issuer.code", default=None, allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class CardSerializer(serializers.Serializer[Any]):
    """A printed paper: which copy, why, and where its PDF is."""

    id = serializers.UUIDField()
    copy = serializers.IntegerField(help_text="0 is the original")
    reason = serializers.CharField(allow_blank=True)
    issued_at = serializers.DateTimeField()
    url = serializers.CharField()


def _card(paper: IssuedDocument) -> dict[str, Any]:
    return {
        "id": paper.pk,
        "copy": paper.copy,
        "reason": paper.context.get("reason", ""),
        "issued_at": timezone.localtime(paper.issued_at),
        "url": reverse("paper_detail", args=[paper.pk]),
    }


@contextmanager
def offering_candidates() -> Iterator[None]:
    """Answer a very likely duplicate with 409 and those whom it may be."""
    try:
        yield
    except services.LikelyDuplicate as refusal:
        raise Conflict(str(refusal), candidates=[_offered(one) for one in refusal.candidates]) from refusal


def _offered(candidate: Candidate) -> dict[str, Any]:
    patient = candidate.patient
    return {
        **PersonSerializer(patient).data,
        "phone_ends": patient.phone[-4:],
        "matched": asdict(candidate.match),
    }


class AskedGlass(Asked):
    """Why the chart of somebody who is not treated here must be read now."""

    reason = Words(min_length=services.SHORTEST_REASON, max_length=services.LONGEST_REASON)


ASKED_GLASS = AskedGlass()


class OpenedSerializer(serializers.Serializer[Opened]):
    """By what right the chart is open, and until when."""

    opening = serializers.CharField(source="how")
    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


def _reachable(request: Request, pk: str) -> Patient:
    """This patient, visible here or just found by an exact number; a stranger's is not there."""
    try:
        wanted = UUID(pk)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(queries.reachable_by(request.user, wanted))


class PatientViewSet(Noun):
    """Patients. `?q=` finds by exact number in the whole state, by name or mobile at one's own."""

    needed = {
        "list": permissions.SEARCH_PATIENTS,
        "retrieve": permissions.VIEW_PATIENT,
        "create": permissions.REGISTER_PATIENT,
        "partial_update": permissions.EDIT_PATIENT,
        "identifiers": permissions.VIEW_PATIENT,
        "add_identifier": permissions.EDIT_PATIENT,
        "cards": permissions.PRINT_CARD,
        "add_card": permissions.PRINT_CARD,
        "labels": permissions.PRINT_CARD,
        "openings": permissions.BREAK_GLASS,
    }
    queryset = Patient.objects.none()
    serializer_class = PatientSerializer
    narrowed_by = ("q",)
    filter_backends = ()

    @extend_schema(
        parameters=[OpenApiParameter("q", str, required=True, description="UHID, ABHA, mobile or name")],
        responses=FoundPageSerializer,
    )
    def list(self, request: Request) -> Response:
        """At most twenty, the nearest first; `more` says whether there are others."""
        text = checked(QUERY, request.query_params.dict())["q"]
        found = services.find_patients(text=text, actor=request.user, at=timezone.now())
        if found.term.kind == "aadhaar":
            raise serializers.ValidationError({"q": [AADHAAR]})
        people = FoundSerializer(found.patients, many=True).data
        return Response({"next": None, "previous": None, "more": found.more, "results": people})

    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(PatientSerializer(self._seen(pk)).data)

    @extend_schema(request=NewPatient, responses={201: PatientSerializer})
    def create(self, request: Request) -> Response:
        asked = checked(NEW_PATIENT, request.data)
        with offering_candidates():
            patient = services.register_patient(
                details=details_of(asked),
                request_key=idempotency_key(request),
                actor=request.user,
                at=timezone.now(),
                confirm_new=asked.get("confirm_new", False),
            )
        return Response(_answer(patient, asked), status=201)

    @extend_schema(request=ChangedPatient, responses=PatientSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        asked = checked(CHANGED_PATIENT, request.data)
        patient = services.edit_patient(
            patient=self._visible(pk),
            details=details_of(asked),
            rev=asked["rev"],
            actor=request.user,
            at=timezone.now(),
        )
        return Response(_answer(patient, asked))

    @extend_schema(request=AskedGlass, responses={201: OpenedSerializer})
    @action(detail=True, methods=["post"])
    def openings(self, request: Request, pk: str) -> Response:
        """In an emergency: the chart of somebody who is not treated here is open for an hour."""
        opened = services.break_glass(
            patient=_reachable(request, pk),
            reason=checked(ASKED_GLASS, request.data)["reason"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(OpenedSerializer(opened).data, status=201)

    @extend_schema(responses=IdentifierSerializer(many=True))
    @action(detail=True, methods=["get"])
    def identifiers(self, request: Request, pk: str) -> Response:
        """All numbers of the patient, those that have ended last."""
        numbers = queries.identifiers_of(self._seen(pk))
        return _whole(IdentifierSerializer(numbers, many=True).data)

    @extend_schema(request=NewIdentifier, responses={201: IdentifierSerializer})
    @identifiers.mapping.post
    def add_identifier(self, request: Request, pk: str) -> Response:
        asked = checked(NEW_IDENTIFIER, request.data)
        kept = services.add_identifier(
            patient=self._visible(pk),
            kind=asked["kind"],
            value=asked["value"],
            issuer=_issuer(asked.get("issuer", "")),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(IdentifierSerializer(kept).data, status=201)

    @extend_schema(responses=CardSerializer(many=True))
    @action(detail=True, methods=["get"])
    def cards(self, request: Request, pk: str) -> Response:
        """The cards that the caller's hospital has printed, newest first."""
        printed: list[PrintedCard] = queries.cards_of(self._seen(pk), request.user)
        return _whole([_card(one.paper) for one in printed])

    @extend_schema(request=AskedCard, responses={201: CardSerializer})
    @cards.mapping.post
    def add_card(self, request: Request, pk: str) -> Response:
        asked = checked(ASKED_CARD, request.data)
        card = services.print_card(
            patient=self._visible(pk),
            reason=asked.get("reason", ""),
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(_card(card), status=201)

    @extend_schema(request=AskedLabels, responses={201: CardSerializer})
    @action(detail=True, methods=["post"])
    def labels(self, request: Request, pk: str) -> Response:
        asked = checked(ASKED_LABELS, request.data)
        labels = services.print_labels(
            patient=self._visible(pk),
            count=asked["count"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(_card(labels), status=201)

    def _seen(self, pk: str) -> Patient:
        """This patient; the look is written down."""
        patient = self._visible(pk)
        services.note_seen(patient=patient, actor=self.request.user, at=timezone.now())
        return patient

    def _visible(self, pk: str) -> Patient:
        visible = Patient.objects.visible_to(self.request.user).select_related("district", "facility")
        return get_object_or_404(visible.prefetch_related("identifiers"), pk=pk)


def _answer(patient: Patient, asked: Mapping[str, Any]) -> dict[str, Any]:
    warnings = warnings_of(asked)
    return {**PatientSerializer(patient).data, **({"warnings": warnings} if warnings else {})}


def _whole(results: Any) -> Response:
    """A short list in the form of a page."""
    return Response({"next": None, "previous": None, "results": results})


def _issuer(code: str) -> Facility | None:
    if not code:
        return None
    issuer = Facility.objects.filter(code=code.upper()).first()
    if issuer is None:
        raise Refusal(_("There is no hospital with this code."), field="issuer")
    return issuer


class IdentifierViewSet(Noun):
    """A number of a patient: ended where it is no longer theirs. New ones are added at the patient."""

    needed = {"endings": permissions.EDIT_PATIENT}
    once_by_nature = {"endings": "what has ended stays ended, and says when"}
    queryset = PatientIdentifier.objects.none()
    serializer_class = IdentifierSerializer

    @extend_schema(request=None, responses={201: IdentifierSerializer})
    @action(detail=True, methods=["post"])
    def endings(self, request: Request, pk: str) -> Response:
        identifier = get_object_or_404(queries.identifiers_within_reach(request.user), pk=pk)
        ended = services.end_identifier(identifier=identifier, actor=request.user, at=timezone.now())
        return Response(IdentifierSerializer(ended).data, status=201)
