"""Notes of a round: begun, saved by themselves, with diagnoses, medicines and tests beside them, signed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from hmis.kernel.templatetags.ui import clock
from ipd.models import Admission
from ipd.views.rounds import ROUND_NOTES, admission_here, head_of, is_intern
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.forms.notes import NoteForm, left_beside
from patients.models import ClinicalNote, NoteKind
from patients.services import AlertsOpen, NoteConflict
from patients.states import NoteStatus
from patients.views.charts import or_glass
from patients.views.prescribing import (
    asked_of,
    asks_for_panel,
    left_beside_saved,
    may_write,
    panel,
    still_open,
)


@requires(patient_permissions.WRITE_NOTES)
@require_POST
@or_glass
def note_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Begin a note of the kind that is sent, or go on with the own one that is open."""
    admission = admission_here(request, admission_id)
    kind = request.POST.get("kind", "")
    if kind not in [str(one) for one in ROUND_NOTES]:
        return go(request, "ipd:admission_detail", admission.pk)
    templates = patient_queries.templates_for(admission.encounter.department, kind)
    try:
        if not templates:
            raise Refusal(_("There is no template for such a note."))
        note = patients.begin_note(
            encounter=admission.encounter,
            template=templates[0],
            request_key=key_of(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "ipd:admission_detail", admission.pk)
    return go(request, "ipd:note_edit", note.pk)


def _note(request: HttpRequest, note_id: UUID) -> tuple[ClinicalNote, Admission]:
    """A note of an inpatient's stay here."""
    held = patient_queries.notes_here(request.user).select_related("encounter__admission", "patient")
    note = get_object_or_404(held, pk=note_id, encounter__admission__isnull=False)
    return note, admission_here(request, note.encounter.admission.pk)


@requires(patient_permissions.WRITE_NOTES)
@require_http_methods(["GET", "POST"])
@or_glass
def note_edit(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The note that is written; POST keeps it: by itself while it is typed (in JSON), or by the button."""
    note, admission = _note(request, note_id)
    if note.kind == NoteKind.DISCHARGE:  # which has a page of its own, with what it demands
        return go(request, "ipd:summary_edit", note.pk)
    if request.method == "GET":
        if not may_write(note, request.user):
            return go(request, "patients:note_detail", note.pk)
        return _page(request, note, admission)
    by_itself = bool(request.headers.get("X-Fetch"))
    form = NoteForm(request.POST, note=note)
    kept = _kept(request, form, note, patients.save_note)
    if isinstance(kept, ClinicalNote):
        if by_itself:
            return JsonResponse(_saved(kept))
        messages.success(request, _("Saved."))
        if left := left_beside_saved(request, kept):
            # Shown at once: a redirect would put it into an address.
            return _page(request, _note(request, note.pk)[0], admission, left=left)
        return go(request, "ipd:note_edit", note.pk, query=still_open(request))
    if not by_itself:
        return _page(request, note, admission, form=form, met=kept)
    if kept is None:
        errors = {name: " ".join(map(str, said)) for name, said in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    html = render_to_string("patients/_conflict.html", _conflicting(form, kept), request)
    return JsonResponse(_saved(kept.note) | {"html": html}, status=409)


def _saved(note: ClinicalNote) -> dict[str, Any]:
    return {"version": note.version, "saved_at": clock(note.saved_at), "follow_up": "", "come_again": ""}


def _conflicting(form: NoteForm, conflict: NoteConflict) -> dict[str, Any]:
    """Both texts, for the person to choose."""
    address = reverse("ipd:note_edit", args=[conflict.note.pk])
    return {
        "differences": form.differences(conflict.note),
        "is_met": True,
        "saved_at": conflict.note.saved_at,
        "saved_by": conflict.note.saved_by,
        "keep_action": address,
        "page_url": address,
    }


def _kept(
    request: HttpRequest, form: NoteForm, note: ClinicalNote, service: Any
) -> ClinicalNote | NoteConflict | None:
    """The note as the service leaves it; else what it met, or None where the form says why not."""
    if not form.is_valid():
        return None
    try:
        kept: ClinicalNote = service(
            note=note,
            writing=form.writing(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except NoteConflict as conflict:
        return conflict
    except AlertsOpen as waiting:  # what has become known since the line was written is asked now
        patients.review_prescription(note=note, actor=request.user, at=timezone.now())
        form.add_error(None, str(waiting))
        return None
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None
    return kept


@requires(patient_permissions.WRITE_NOTES)
@require_POST
@or_glass
def note_signature_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Sign it; an intern's is sent for signing."""
    note, admission = _note(request, note_id)
    if note.kind == NoteKind.DISCHARGE:
        return go(request, "ipd:summary_edit", note.pk)
    form = NoteForm(request.POST, note=note)
    form.refuse_what_is_left()
    sends = is_intern(request.user)
    kept = _kept(request, form, note, patients.submit_note if sends else patients.sign_note)
    if not isinstance(kept, ClinicalNote):
        return _page(request, note, admission, form=form, met=kept)
    messages.success(request, _("Sent. A doctor signs it.") if sends else _("Signed."))
    return go(request, "ipd:admission_detail", admission.pk)


@requires(patient_permissions.WRITE_NOTES)
@require_POST
@or_glass
def note_removal_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Throw the own draft away."""
    note, admission = _note(request, note_id)
    try:
        patients.discard_note(
            note=note,
            base=note.version,
            request_key=key_of(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "ipd:note_edit", note.pk)
    messages.success(request, _("Thrown away."))
    return go(request, "ipd:admission_detail", admission.pk)


def _page(
    request: HttpRequest,
    note: ClinicalNote,
    admission: Admission,
    *,
    form: NoteForm | None = None,
    met: NoteConflict | None = None,
    left: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """The note as it is written; diagnoses, medicines and tests stand among its fields.

    `left`: what stands in the boxes beside it, where that is not all that was sent.
    """
    address = reverse("ipd:note_edit", args=[note.pk])
    refused = form is not None
    shown = form or NoteForm(note=note)
    first = next(name for name in shown.fields if name not in ("version", "request_key"))
    shown.fields[first].widget.attrs["autofocus"] = not refused
    context = head_of(admission) | {
        "note": note,
        "form": shown,
        "sends": is_intern(request.user),
        "is_sent": note.status == NoteStatus.AWAITING,
        "page_url": address,
        "keep_key": salted_hmac("ipd.note", f"{request.user.pk}:{note.pk}", algorithm="sha256").hexdigest(),
        "removal_key": uuid4(),
    }
    if met:
        context |= _conflicting(shown, met)
        shown.goes_out_from(met.note.version)
    left = left_beside(request.POST) if left is None else left
    typed = left.get("q", "")
    context |= {
        "left": left,
        "is_refused": refused,
        "diagnoses": patient_queries.conditions_of(note.encounter_id),
        "codes": patient_queries.codes_for(request.user, typed, today=timezone.localdate()),
        "searched": typed,
        "condition_key": uuid4(),
    }
    asks = refused or asks_for_panel(request)
    if asks and request.user.may(patient_permissions.PRESCRIBE):
        wanted = asked_of(request, note) | {"is_asked_now": refused and not left}
        context |= panel(request, note, page_url=address, **wanted)
    is_swap = bool(request.headers.get("HX-Request"))
    template = "ipd/_note_writing.html" if is_swap else "ipd/note_edit.html"
    return render(request, template, context, status=422 if refused else 200)
