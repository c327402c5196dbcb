"""Clinical notes: begun, saved with the version they go out from, signed, countersigned, added to."""

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from hmis.kernel.api import Asked, Conflict, checked, idempotency_key
from hmis.kernel.errors import Refusal
from hmis.kernel.nouns import Noun
from patients import permissions, queries, services
from patients.api.charts import encounter_here, open_to
from patients.api.conditions import NARROWED_BY, NARROWING, narrowed
from patients.api.people import Words
from patients.documents import NOTE_SIZES
from patients.models import ClinicalNote, NoteAddendum, NoteKind, NoteSignature, NoteTemplate, NoteVersion
from patients.services import NoteConflict, Writing
from patients.states import NoteStatus


class NewNote(Asked):
    """At which encounter, by which template; by the department's own where none is named."""

    encounter = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=NoteKind.choices, default=NoteKind.CONSULTATION)
    template = serializers.CharField(max_length=16, required=False, help_text="The template's code")
    as_last_time = serializers.BooleanField(default=False)


class AskedBase(Asked):
    """The version that the caller has read."""

    version = serializers.IntegerField(min_value=0)


class AskedWriting(AskedBase):
    """The whole text, and the version it goes out from."""

    sections = serializers.DictField()


class AskedAddendum(Asked):
    """What is added, and why."""

    reason = Words(max_length=200)
    text = Words(max_length=4000)


class AskedSize(Asked):
    """The size of the paper."""

    size = serializers.ChoiceField(choices=[(one, one.upper()) for one in NOTE_SIZES], default="a4")


NEW_NOTE, ASKED_BASE, ASKED_WRITING = NewNote(), AskedBase(), AskedWriting()
ASKED_ADDENDUM, ASKED_SIZE = AskedAddendum(), AskedSize()


class TemplateSerializer(serializers.Serializer[NoteTemplate]):
    """The sections that a note has, in their order."""

    code = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=NoteKind.choices)
    name = serializers.CharField()
    name_hi = serializers.CharField()
    layout = serializers.JSONField()


class SignatureSerializer(serializers.Serializer[NoteSignature]):
    """Who signed, and how."""

    kind = serializers.CharField()
    grade = serializers.CharField()
    signed_by = serializers.CharField(source="signed_by.name")
    signed_at = serializers.DateTimeField()


class AddendumSerializer(serializers.Serializer[NoteAddendum]):
    """What was added after the signature."""

    number = serializers.IntegerField()
    reason = serializers.CharField()
    text = serializers.CharField()
    written_by = serializers.CharField(source="written_by.name")
    written_at = serializers.DateTimeField()


class ListedNoteSerializer(serializers.Serializer[ClinicalNote]):
    """A note in a list: whose and when, without its text."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=NoteKind.choices)
    status = serializers.ChoiceField(choices=NoteStatus.choices)
    version = serializers.IntegerField()
    encounter = serializers.UUIDField(source="encounter_id")
    patient = serializers.UUIDField(source="patient_id")
    department = serializers.CharField(source="department.code")
    author = serializers.CharField(source="author.name")
    begun_at = serializers.DateTimeField()
    saved_at = serializers.DateTimeField()
    signed_by = serializers.CharField(source="signed_by.name", allow_null=True, default=None)
    signed_at = serializers.DateTimeField(allow_null=True)
    needs_countersign = serializers.BooleanField()


class NoteSerializer(ListedNoteSerializer):
    """A note with its text, its signatures and what was added."""

    template = TemplateSerializer()
    sections = serializers.JSONField()
    diagnoses = serializers.JSONField()
    signatures = SignatureSerializer(many=True)
    addenda = AddendumSerializer(many=True)


class VersionSerializer(serializers.Serializer[NoteVersion]):
    """The text as it was saved once."""

    number = serializers.IntegerField()
    sections = serializers.JSONField()
    saved_by = serializers.CharField(source="saved_by.name")
    saved_at = serializers.DateTimeField()


class NotePaperSerializer(serializers.Serializer[Any]):
    """Where the paper lies."""

    url = serializers.CharField()


class NoteViewSet(Noun):
    """Notes: one's own, those that wait for a signature, and the signed ones of an open chart."""

    needed = {
        "list": permissions.VIEW_NOTES,
        "retrieve": permissions.VIEW_NOTES,
        "create": permissions.WRITE_NOTES,
        "partial_update": permissions.WRITE_NOTES,
        "versions": permissions.VIEW_NOTES,
        "repetitions": permissions.WRITE_NOTES,
        "submissions": permissions.WRITE_NOTES,
        "returns": permissions.WRITE_NOTES,
        "discards": permissions.WRITE_NOTES,
        "signatures": permissions.WRITE_NOTES,
        "countersignatures": permissions.WRITE_NOTES,
        "addenda": permissions.WRITE_NOTES,
        "papers": permissions.VIEW_NOTES,
    }
    once_by_nature = {"papers": "the paper as the note stands is one"}
    queryset = ClinicalNote.objects.none()
    serializer_class = NoteSerializer
    narrowed_by = (*NARROWED_BY, "waiting")

    def get_queryset(self) -> Any:
        if self.action == "returns":  # who gives it back sees it no longer, and may send that twice
            return queries.notes_of_all(self.request.user)
        return queries.notes_here(self.request.user)

    @extend_schema(
        parameters=[*NARROWING, OpenApiParameter("waiting", str, enum=["signature", "countersignature"])],
        responses={200: ListedNoteSerializer(many=True)},
    )
    def list(self, request: Request) -> Response:
        waiting = {
            "signature": queries.notes_awaiting,
            "countersignature": queries.notes_to_countersign,
        }.get(request.query_params.get("waiting", ""))
        asked = narrowed(request)
        listed = waiting or (queries.notes_charted if asked else queries.own_notes)
        found = listed(request.user)
        page = self.paginate_queryset(found.filter(**asked))
        return self.get_paginated_response(ListedNoteSerializer(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        note = get_object_or_404(queries.whole_notes_here(request.user), pk=pk)
        self._open(note)
        services.note_read(note=note, actor=request.user, at=timezone.now())
        return Response(NoteSerializer(note).data)

    @extend_schema(request=NewNote, responses={201: NoteSerializer})
    def create(self, request: Request) -> Response:
        """The caller's open note of this kind at this encounter, or a new draft."""
        asked = checked(NEW_NOTE, request.data)
        encounter = encounter_here(request, asked["encounter"])
        open_to(request, encounter.patient)
        offered = queries.templates_for(encounter.department, asked["kind"])
        named = [one for one in offered if one.code == asked.get("template", one.code)]
        if not named:
            raise Refusal(_("There is no such template for this department."), field="template")
        note = services.begin_note(
            encounter=encounter,
            template=named[0],
            as_last_time=asked["as_last_time"],
            request_key=idempotency_key(request),
            actor=request.user,
            at=timezone.now(),
        )
        return Response(self._shown(note), status=201)

    @extend_schema(request=AskedWriting, responses={200: NoteSerializer})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Save the text. 409 with both texts where another window saved it since."""
        return self._written(services.save_note, request, status=200)

    @extend_schema(responses={200: VersionSerializer(many=True)})
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, pk: str) -> Response:
        """Every text that was saved, the newest first."""
        note = self._open(self.get_object())
        services.note_read(note=note, actor=request.user, at=timezone.now())
        page = self.paginate_queryset(note.versions.select_related("saved_by"))
        return self.get_paginated_response(VersionSerializer(page, many=True).data)

    @extend_schema(request=AskedBase, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def repetitions(self, request: Request, pk: str) -> Response:
        """As last time: what is still empty is filled with the last signed note."""
        open_to(request, self.get_object().patient)
        return self._on_base(services.repeat_last_note, request)

    @extend_schema(request=AskedWriting, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def submissions(self, request: Request, pk: str) -> Response:
        """An intern's note is written and waits for a signature."""
        return self._written(services.submit_note, request)

    @extend_schema(request=None, responses={201: ListedNoteSerializer})
    @action(detail=True, methods=["post"])
    def returns(self, request: Request, pk: str) -> Response:
        """Back to its author."""
        note = services.return_note(note=self.get_object(), **self._asking(request))
        return Response(ListedNoteSerializer(note).data, status=201)

    @extend_schema(request=AskedBase, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def discards(self, request: Request, pk: str) -> Response:
        """The draft is thrown away."""
        return self._on_base(services.discard_note, request)

    @extend_schema(request=AskedWriting, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def signatures(self, request: Request, pk: str) -> Response:
        """Signed as it is sent; nothing of it changes from now on."""
        return self._written(services.sign_note, request)

    @extend_schema(request=None, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def countersignatures(self, request: Request, pk: str) -> Response:
        """A consultant's signature under a resident's."""
        note = self._open(self.get_object())
        return self._done(services.countersign_note, request, note=note)

    @extend_schema(request=AskedAddendum, responses={201: NoteSerializer})
    @action(detail=True, methods=["post"])
    def addenda(self, request: Request, pk: str) -> Response:
        """Something is added to a signed note."""
        note, asked = self._open(self.get_object()), checked(ASKED_ADDENDUM, request.data)
        services.add_addendum(note=note, **asked, **self._asking(request))
        return Response(self._shown(note), status=201)

    @extend_schema(request=AskedSize, responses={201: NotePaperSerializer})
    @action(detail=True, methods=["post"])
    def papers(self, request: Request, pk: str) -> Response:
        """The signed note on paper, as it stands with its addenda."""
        note, asked = self._open(self.get_object()), checked(ASKED_SIZE, request.data)
        paper = services.print_note(note=note, size=asked["size"], actor=request.user, at=timezone.now())
        return Response({"url": reverse("api-paper-detail", args=[paper.pk])}, status=201)

    def _open(self, note: ClinicalNote) -> ClinicalNote:
        """The note, where it is the caller's own, waits for a signature, or the chart is open."""
        if not queries.is_for_me(note, self.request.user):
            open_to(self.request, note.patient)
        return note

    def _written(self, service: Callable[..., ClinicalNote], request: Request, status: int = 201) -> Response:
        note, asked = self.get_object(), checked(ASKED_WRITING, request.data)
        writing = Writing(asked["version"], asked["sections"])
        return self._done(service, request, note=note, writing=writing, status=status)

    def _on_base(self, service: Callable[..., ClinicalNote], request: Request) -> Response:
        note, asked = self.get_object(), checked(ASKED_BASE, request.data)
        return self._done(service, request, note=note, base=asked["version"])

    def _done(
        self,
        service: Callable[..., ClinicalNote],
        request: Request,
        *,
        note: ClinicalNote | None = None,
        status: int = 201,
        **given: Any,
    ) -> Response:
        try:
            done = service(note=note or self.get_object(), **given, **self._asking(request))
        except NoteConflict as conflict:
            stands = NoteSerializer(conflict.note).data
            raise Conflict(str(conflict), stands=stands, sent=conflict.sections) from conflict
        return Response(self._shown(done), status=status)

    def _asking(self, request: Request) -> dict[str, Any]:
        return {
            "request_key": idempotency_key(request),
            "actor": request.user,
            "at": timezone.now(),
        }

    def _shown(self, note: ClinicalNote) -> Any:
        whole = queries.whole_notes_here(self.request.user).get(pk=note.pk)
        return NoteSerializer(whole).data
