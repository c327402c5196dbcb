"""The discharge summary: drafted from what is known, edited as a note, signed, printed."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from facilities.roles import Grade
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go
from hmis.kernel.views import printable
from ipd import queries, services
from ipd.forms.leaving import KeyForm, SummaryForm
from ipd.models import Admission
from ipd.views.leaving import admission_of
from patients import queries as patient_queries
from patients import services as patients
from patients.models import ClinicalNote, NoteKind
from patients.permissions import VIEW_NOTES, WRITE_NOTES
from patients.services import NoteConflict
from patients.views.charts import or_glass
from patients.views.prescribing import may_write


@requires(WRITE_NOTES)
@require_POST
@or_glass
def summary_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """A summary is begun with what is known; the one that was begun goes on."""
    admission, form = admission_of(request, admission_id), KeyForm(request.POST)
    if not form.is_valid():
        return go(request, "ipd:discharge_detail", admission.pk)
    try:
        note = services.draft_summary(
            admission=admission,
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "ipd:discharge_detail", admission.pk)
    return go(request, "ipd:summary_edit", note.pk)


def _note(request: HttpRequest, note_id: UUID) -> tuple[ClinicalNote, Admission]:
    """A summary that this person may read, and its stay; else 404."""
    whole = patient_queries.whole_notes_here(request.user).filter(kind=NoteKind.DISCHARGE)
    note = get_object_or_404(whole.select_related("patient__district", "encounter", "template"), pk=note_id)
    visible = Admission.objects.visible_to(request.user)
    admission = get_object_or_404(visible.select_related("facility"), encounter=note.encounter_id)
    if not patient_queries.is_for_me(note, request.user):
        patients.open_chart(patient=note.patient, actor=request.user, at=timezone.now(), read=False)
    return note, admission


@requires(WRITE_NOTES)
@require_http_methods(["GET", "POST"])
@or_glass
def summary_edit(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The text of a summary; POST keeps it."""
    note, admission = _note(request, note_id)
    if not note.is_open:
        return go(request, "patients:note_detail", note.pk)
    form = SummaryForm(request.POST or None, note=note)
    if form.is_valid() and _kept(request, form, note, patients.save_note):
        messages.success(request, _("Saved."))
        return go(request, "ipd:summary_edit", note.pk)
    return _shown(request, note, admission, form)


@requires(WRITE_NOTES)
@require_POST
@or_glass
def summary_signature_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Signed: from now on nothing of it changes, and its paper is there. An intern's goes to a doctor."""
    note, admission = _note(request, note_id)
    form = SummaryForm(request.POST, note=note)
    is_intern = request.user.posting.grade == Grade.INTERN
    service = patients.submit_note if is_intern else patients.sign_note
    if form.is_valid():
        more = {} if is_intern else {"come_again": form.cleaned_data["come_again"]}
        kept = _kept(request, form, note, service, **more)
        if kept and is_intern:
            messages.success(request, _("Sent. A doctor signs it."))
            return go(request, "ipd:discharge_detail", admission.pk)
        if kept:
            services.print_summary(note=note, actor=request.user, at=timezone.now())
            messages.success(request, _("The summary is signed."))
            return go(request, "ipd:discharge_detail", admission.pk)
    return _shown(request, note, admission, form)


def _kept(request: HttpRequest, form: SummaryForm, note: ClinicalNote, service: Any, **more: Any) -> bool:
    try:
        service(
            note=note,
            writing=form.writing(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
            **more,
        )
    except NoteConflict as conflict:
        form.met = conflict.note
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    except ValidationError as error:
        form.add_error(None, sentences(error))
    else:
        return True
    return False


def _shown(
    request: HttpRequest, note: ClinicalNote, admission: Admission, form: SummaryForm
) -> HttpResponseBase:
    context: dict[str, Any] = {"note": note, "patient": note.patient, "admission": admission, "form": form}
    context["awaited"] = queries.awaited_of(admission, note, timezone.now())
    if form.met:
        # Whoever keeps this text has seen both: it goes out from the version as it stands now.
        differences = form.differences(form.met)
        form.goes_out_from(form.met.version, request_key=str(uuid4()))
        context |= {
            "is_met": True,
            "differences": differences,
            "saved_at": form.met.saved_at,
            "saved_by": form.met.saved_by,
            "keep_action": reverse("ipd:summary_edit", args=[note.pk]),
            "page_url": reverse("ipd:summary_edit", args=[note.pk]),
        }
    if may_write(note, request.user):
        context["removal_key"] = uuid4()
    context["is_intern"] = request.user.posting.grade == Grade.INTERN
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/summary_edit.html", context, status=status)


@requires(VIEW_NOTES)
@require_POST
@or_glass
def summary_paper_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The summary on paper as it stands; answers with its address."""
    note, admission = _note(request, note_id)
    try:
        paper = services.print_summary(note=note, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "ipd:discharge_detail", admission.pk)
    return printable(request, reverse("paper_detail", args=[paper.pk]))
