"""A note to read: its text, diagnoses, signatures, what was added; and its paper."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.roles import Grade
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.views import printable
from patients import permissions, queries, services
from patients.documents import NOTE_SIZES
from patients.forms.notes import AddendumForm
from patients.models import ClinicalNote, SignatureKind
from patients.queries import prescribing
from patients.sections import told
from patients.states import NoteStatus
from patients.views.charts import or_glass


@requires(permissions.VIEW_NOTES)
@require_GET
@or_glass
def note_detail(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """One note, with its diagnoses, signatures and addenda."""
    note = _note(request, note_id)
    services.note_read(note=note, actor=request.user, at=timezone.now())
    return render(request, "patients/note_detail.html", _shown(request, note))


def _note(request: HttpRequest, note_id: UUID) -> ClinicalNote:
    """One's own, one that waits for a signature, or of a chart that is open."""
    whole = queries.whole_notes_here(request.user).select_related("patient__district", "encounter")
    note = get_object_or_404(whole, pk=note_id)
    if not queries.is_for_me(note, request.user):
        services.open_chart(patient=note.patient, actor=request.user, at=timezone.now(), read=False)
    return note


def _shown(request: HttpRequest, note: ClinicalNote, form: AddendumForm | None = None) -> dict[str, Any]:
    signed = note.status == NoteStatus.SIGNED
    writes = signed and request.user.may(permissions.WRITE_NOTES)
    grade = request.user.posting.grade
    countersigned = any(one.kind == SignatureKind.COUNTERSIGNED for one in note.signatures.all())
    return {
        "note": note,
        "patient": note.patient,
        "told": told(note.sections, note.layout(), in_hindi=get_language() == "hi"),
        "signed": signed,
        "may_add": writes and grade != Grade.INTERN,
        "may_countersign": writes
        and not countersigned
        and grade not in (Grade.INTERN, Grade.RESIDENT)
        and note.signed_by_id != request.user.pk
        and note.needs_countersign,
        "awaits_countersign": note.needs_countersign and not countersigned,
        "form": form or AddendumForm(),
        "countersign_key": uuid4(),
        "medicines": prescribing.signed_lines(note),
    }


@requires(permissions.WRITE_NOTES)
@require_http_methods(["GET", "POST"])
@or_glass
def addendum_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Add something to a signed note, and say why."""
    note = _note(request, note_id)
    form = AddendumForm(request.POST or None)
    if form.is_valid():
        try:
            services.add_addendum(note=note, actor=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added. The paper says it from now on."))
            return go(request, "patients:note_detail", note.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/addendum_new.html", _shown(request, note, form), status=status)


@requires(permissions.WRITE_NOTES)
@require_POST
@or_glass
def countersignature_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """A consultant's signature under a resident's."""
    note = _note(request, note_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        key = uuid4()
    try:
        services.countersign_note(note=note, request_key=key, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Countersigned."))
    return go(request, "patients:note_detail", note.pk)


@requires(permissions.VIEW_NOTES)
@require_POST
@or_glass
def note_paper_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The signed note on paper, A4 unless ?size= says otherwise; answers with its address."""
    return _printed(request, note_id, services.print_note)


@requires(permissions.VIEW_NOTES)
@require_POST
@or_glass
def prescription_paper_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The medicines of a signed note on paper, in the same sizes."""
    return _printed(request, note_id, services.print_prescription)


def _printed(request: HttpRequest, note_id: UUID, service: Any) -> HttpResponseBase:
    note, size = _note(request, note_id), request.GET.get("size", "")
    wanted = size if size in NOTE_SIZES else "a4"
    try:
        paper = service(note=note, size=wanted, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "patients:note_detail", note.pk)
    return printable(request, reverse("paper_detail", args=[paper.pk]))
