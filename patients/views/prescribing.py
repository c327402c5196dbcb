"""Medicines while they are typed, written, answered for, changed, stopped and kept as sets."""

from collections.abc import Callable, Set
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from patients import permissions, queries, services
from patients.forms.notes import left_beside
from patients.models import ClinicalNote, DetectedIssue, MedicationRequest
from patients.queries import prescribing
from patients.services import Allergy, Typed, Vitals
from patients.states import MedicationStatus, NoteStatus
from patients.views.charts import or_glass
from patients.views.conditions import came_from
from patients.views.dispensing import amount_of, of_row

# What in the address of a note's page asks for this part of it where no script fetches it.
ASKS_FOR_PANEL = {"line", "edit", "changing", "substance"}


@requires(permissions.PRESCRIBE)
@require_POST
def medicine_list(request: HttpRequest) -> HttpResponseBase:
    """The lines that `line` may mean, read back in full at each keystroke; without it those used most."""
    typed = request.POST.get("line", "")
    options = prescribing.options_for(request.user, typed, today=timezone.localdate())
    return render(request, "patients/_medicines_found.html", {"options": options, "typed": typed})


@requires(permissions.PRESCRIBE)
@require_GET
@or_glass
def prescription_edit(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The panel of a note that is written."""
    return _answered(request, _note(request, note_id), is_answer=False)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Write the line that was chosen; or put it in the place of one that is not signed yet (?rewrites=)."""
    note = _note(request, note_id)
    chosen = request.POST.get("instead") or request.POST.get("chosen", "")
    medication_id, _bar, text = chosen.partition("|")
    try:
        before = _one_of(note, request.GET.get("rewrites") or request.POST.get("rewrites", ""))
        running = _running(request, note, request.POST.get("replaces", ""))
        typed = Typed(
            text.strip(),
            UUID(medication_id) if medication_id else None,
            running,
            request.POST.get("replaces_why", ""),
        )
    except ValueError:
        return _answered(request, note, error=_("Choose one of the lines."), typed=text)
    # Another medicine that an alert offers is not what stands in the box.
    takes = set() if request.POST.get("instead") else {"line"}
    if before:
        return _done(request, note, services.rewrite_line, text, takes=takes, line=before, typed=typed)
    return _done(request, note, services.prescribe, text, takes=takes, note=note, typed=typed)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_removal_new(request: HttpRequest, line_id: UUID) -> HttpResponseBase:
    """Take a line off that is not signed yet."""
    line = _line(request, line_id)
    return _done(request, line.note, services.remove_line, line=line)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_edit(request: HttpRequest, line_id: UUID) -> HttpResponseBase:
    """A line of this note is back in the box, to be written otherwise; ?with= another medicine."""
    line = _line(request, line_id)
    other = prescribing.medicine_of(line.facility_id, request.GET.get("with", ""))
    return _answered(request, line.note, typed=f"{other} " if other else line.line, rewriting=line)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_change_new(request: HttpRequest, note_id: UUID, line_id: UUID) -> HttpResponseBase:
    """A medicine that runs is in the box: what is written comes in its place when the note is signed."""
    note = _note(request, note_id)
    running = _running(request, note, str(line_id))
    why = of_row(request.POST, "why", line_id)
    return _answered(request, note, typed=running.line if running else "", changing=running, replaces_why=why)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_stop_new(request: HttpRequest, note_id: UUID, line_id: UUID) -> HttpResponseBase:
    """Stop a medicine that runs, with the reason, while this note is written."""
    note = _note(request, note_id)
    running = _running(request, note, str(line_id))
    why = of_row(request.POST, "why", line_id)
    return _done(request, note, services.stop_medicine, is_running_open=True, line=running, why=why)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_reason_new(request: HttpRequest, line_id: UUID) -> HttpResponseBase:
    """What a medicine is for, and with whom it was agreed."""
    line = _line(request, line_id)
    said = {"indication": of_row(request.POST, "indication", line_id)}
    said["authorised_by"] = of_row(request.POST, "authorised", line_id)
    return _done(request, line.note, services.explain_line, line=line, **said)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def issue_answer_new(request: HttpRequest, issue_id: UUID) -> HttpResponseBase:
    """The medicine is given in spite of an alert, with the reason."""
    issue = _issue(request, issue_id)
    reason = of_row(request.POST, "reason", issue_id)
    return _done(request, issue.request.note, services.answer_issue, issue=issue, reason=reason)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def issue_measure_new(request: HttpRequest, issue_id: UUID) -> HttpResponseBase:
    """What an alert asks for before anything else: a child's weight, or whether she is pregnant."""
    issue = _issue(request, issue_id)
    note = issue.request.note
    vitals = Vitals(
        weight=amount_of(of_row(request.POST, "weight", issue_id)),
        pregnant=request.POST.get("pregnant", "") if request.POST.get("pregnant") in ("yes", "no") else "",
    )
    return _done(request, note, services.record_vitals, encounter=note.encounter, vitals=vitals)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def allergy_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The doctor has asked: none known, or what the patient does not tolerate."""
    note = _note(request, note_id)
    allergy = Allergy(left_beside(request.POST).get("substance", "") if _is_listed(request) else "")
    if _is_listed(request) and not allergy.substance:
        return _answered(request, note, error=NO_SUBSTANCE)
    takes = {"substance"} if allergy.substance else set()
    return _done(
        request, note, services.record_allergy, takes=takes, encounter=note.encounter, allergy=allergy
    )


def asks_for_panel(request: HttpRequest) -> bool:
    """Whether the page's address asks for this part of it, or it was there when the note was sent."""
    was_there = request.POST.get("line") is not None or request.POST.get("substance") is not None
    return was_there or not ASKS_FOR_PANEL.isdisjoint(request.GET)


def still_open(request: HttpRequest) -> dict[str, str]:
    """The query of the page's address that keeps this part of it there after the note was saved by a key."""
    return {"line": ""} if asks_for_panel(request) else {}


def left_beside_saved(request: HttpRequest, note: ClinicalNote) -> dict[str, str]:
    """What stays in the boxes beside a note that was just saved by a key.

    Without a script the key of the allergy's box saves the note, too: what stands there is written down now.
    """
    left = left_beside(request.POST)
    if not _is_listed(request) or not request.user.may(permissions.PRESCRIBE):
        return left
    error, note = NO_SUBSTANCE, _note(request, note.pk)
    if "substance" in left:
        allergy, key = Allergy(left["substance"]), uuid5(key_of(request), "allergy")
        given = {"encounter": note.encounter, "allergy": allergy}
        error = _why_not(request, note, services.record_allergy, key, **given)
    if error:
        messages.error(request, error)
        return left | {"substance": left.get("substance", "")}
    del left["substance"]
    return left


def _is_listed(request: HttpRequest) -> bool:
    return request.POST.get("allergy") == "listed"


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_repetition_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The last prescription of this patient once more."""
    note = _note(request, note_id)
    return _done(request, note, services.repeat_last_medicines, note=note)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_set_use_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """The lines of a set."""
    note = _note(request, note_id)
    try:
        wanted = UUID(request.POST.get("set", ""))
    except ValueError:
        return _answered(request, note)
    of = get_object_or_404(prescribing.sets_of(request.user), pk=wanted)
    return _done(request, note, services.prescribe_set, note=note, of=of)


@requires(permissions.PRESCRIBE)
@require_POST
@or_glass
def medicine_set_new(request: HttpRequest, note_id: UUID) -> HttpResponseBase:
    """Keep the lines of this prescription under a name."""
    note = _note(request, note_id)
    name, is_shared = request.POST.get("set_name", ""), "is_shared" in request.POST
    return _done(request, note, services.keep_set, note=note, name=name, is_shared=is_shared)


@requires(permissions.PRESCRIBE)
@require_POST
def set_retirement_new(request: HttpRequest, set_id: UUID) -> HttpResponseBase:
    """Throw a set away."""
    of = get_object_or_404(prescribing.sets_of(request.user), pk=set_id)
    services.retire_set(of=of, actor=request.user, at=timezone.now())
    return _back(request)


@requires(permissions.VIEW_ALERTS)
@require_GET
def alert_list(request: HttpRequest) -> HttpResponseBase:
    """How often each rule spoke in the last days, and what became of it; by doctor with ?rule=."""
    today = timezone.localdate()
    rule = request.GET.get("rule", "")
    context = {
        "rules": prescribing.alerts_by_rule(request.user, today),
        "doctors": prescribing.alerts_by_doctor(request.user, today, rule) if rule else [],
        "rule": rule,
        "days": prescribing.COUNTED.days,
    }
    return render(request, "patients/alert_list.html", context)


# ── What they share ──

NO_SUBSTANCE = _("Write what the patient is allergic to.")


def _note(request: HttpRequest, note_id: UUID) -> ClinicalNote:
    """A note of this hospital whose chart is open to the doctor; whether it is written in, the acts say."""
    linked = queries.notes_here(request.user).select_related("encounter__department", "patient", "template")
    note = get_object_or_404(linked, pk=note_id)
    services.open_chart(patient=note.patient, actor=request.user, at=timezone.now(), read=False)
    return note


def _line(request: HttpRequest, line_id: UUID) -> MedicationRequest:
    line = get_object_or_404(MedicationRequest.objects.visible_to(request.user), pk=line_id)
    line.note = _note(request, line.note_id)
    return line


def _issue(request: HttpRequest, issue_id: UUID) -> DetectedIssue:
    linked = DetectedIssue.objects.visible_to(request.user).select_related("request")
    issue = get_object_or_404(linked, pk=issue_id)
    issue.request.note = _note(request, issue.request.note_id)
    return issue


def _one_of(note: ClinicalNote, line_id: str) -> MedicationRequest | None:
    """A line of this note; ValueError for a text that is no id."""
    return get_object_or_404(note.medicines.all(), pk=UUID(line_id)) if line_id else None


def _running(request: HttpRequest, note: ClinicalNote, line_id: str) -> MedicationRequest | None:
    """A medicine that this hospital prescribed to this patient; ValueError for a text that is no id."""
    if not line_id:
        return None
    own = MedicationRequest.objects.visible_to(request.user).filter(patient_id=note.patient_id)
    return get_object_or_404(own, pk=UUID(line_id))


def _done(
    request: HttpRequest,
    note: ClinicalNote,
    service: Callable[..., Any],
    typed: str = "",
    /,
    *,
    takes: Set[str] = frozenset(),
    is_running_open: bool = False,
    **given: Any,
) -> HttpResponseBase:
    """Ask the service; the panel as it is now, or why not, with what was typed.

    `takes`: the boxes whose text it writes down, so that they come back empty.
    """
    if error := _why_not(request, note, service, key_of(request), **given):
        return _answered(request, note, error=error, typed=typed, is_running_open=is_running_open)
    knows_more = service is services.record_allergy
    return _answered(request, note, taken=takes, is_running_open=is_running_open, knows_more=knows_more)


def _why_not(
    request: HttpRequest, note: ClinicalNote, service: Callable[..., Any], key: UUID, /, **given: Any
) -> str:
    """Why the service refused, or nothing: what is known now is held against the prescription."""
    try:
        service(request_key=key, actor=request.user, at=timezone.now(), **given)
    except (Refusal, ValidationError) as refusal:
        return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)
    if service in (services.record_allergy, services.record_vitals):
        services.review_prescription(note=note, actor=request.user, at=timezone.now())
    return ""


def _answered(
    request: HttpRequest,
    note: ClinicalNote,
    *,
    error: Any = "",
    typed: str = "",
    taken: Set[str] = frozenset(),
    **more: Any,
) -> HttpResponseBase:
    """The panel, where this doctor writes in the note; without a script back to the page.

    Whatever was typed beside what is answered stands there again: unseen, it would be signed away.
    """
    if not may_write(note, request.user):
        messages.error(request, error or _("Somebody else is writing this note, or it is signed."))
        return go(request, "patients:note_detail", note.pk)
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        return _back(request)
    left = {name: text for name, text in left_beside(request.POST).items() if name not in taken}
    box = {} if "line" in taken else _box(request, note)
    more = {"left": left, **box, **more, "typed": typed or left.get("line", "")}
    context = panel(request, note, page_url=came_from(request), **more)
    return render(
        request,
        "patients/_prescription.html",
        {"is_answer": True, "error": error} | context,
        status=422 if error else 200,
    )


def _box(request: HttpRequest, note: ClinicalNote) -> dict[str, Any]:
    """What the text in the box comes in the place of, as long as that still stands."""
    try:
        rewriting = _one_of(note, request.POST.get("rewrites", ""))
        changing = _running(request, note, request.POST.get("replaces", ""))
    except ValueError:
        return {}
    stands = rewriting and rewriting.status != MedicationStatus.REMOVED
    runs = changing and changing in prescribing.running_of(note.patient, timezone.localdate())
    return {
        "rewriting": rewriting if stands else None,
        "changing": changing if runs else None,
        "replaces_why": request.POST.get("replaces_why", ""),
    }


def _back(request: HttpRequest) -> HttpResponseBase:
    """To the page that led here. Without a script its boxes are the note's: no act of this panel has them."""
    response = redirect(came_from(request))
    response.status_code = 303
    return response


def asked_of(request: HttpRequest, note: ClinicalNote) -> dict[str, Any]:
    """What the page's address asks of the panel: a line to be written otherwise.

    What stood in its box when the note was sent is read, and stands there again.
    """
    if request.method == "POST":
        return _box(request, note) | {"typed": request.POST.get("line", "")}
    said = request.GET
    try:
        rewriting = _one_of(note, said.get("edit", ""))
        changing = _running(request, note, said.get("changing", ""))
    except ValueError:
        rewriting = changing = None
    before = rewriting or changing
    return {"typed": before.line if before else "", "rewriting": rewriting, "changing": changing}


def may_write(note: ClinicalNote, user: Any) -> bool:
    """Whether this doctor may still write in it: the own draft, and one that waits to be signed."""
    return note.is_open and (note.author_id == user.pk or note.status == NoteStatus.AWAITING)


def panel(
    request: HttpRequest,
    note: ClinicalNote,
    *,
    page_url: str,
    typed: str = "",
    is_running_open: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """What patients/_prescription.html needs."""
    desk = prescribing.desk_of(note, request.user, typed, today=timezone.localdate())
    return {
        "note": note,
        "desk": desk,
        "typed": typed,
        "page_url": page_url,
        "prescribe_key": uuid4(),
        "is_running_open": is_running_open,
        **more,
    }
