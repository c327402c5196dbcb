"""The doctor's room: the queue at the left, the patient's page, the note that saves itself, the signature."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.roles import Grade
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.templatetags.ui import clock, on_day
from hmis.kernel.views import print_url
from opd import permissions, queries, services
from opd.forms import ConsultationForm
from opd.models import ClinicDay, Consultation, QueueToken
from opd.states import TokenStatus
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.documents import NOTE_SIZES, PRESCRIPTION_SIZES
from patients.forms.notes import left_beside
from patients.queries import chart, prescribing
from patients.sections import told
from patients.services import AlertsOpen, NoteConflict
from patients.states import NoteStatus
from patients.views.charts import or_glass
from patients.views.prescribing import asked_of, asks_for_panel, left_beside_saved, panel, still_open

ROOM, SIZE = "room", "note_size"
# What is told before the click, by the grade of whoever signs.
SIGNING = {
    Grade.INTERN: _(
        "An intern's note waits for a doctor's signature: it is sent there, and nothing is printed yet."
    ),
    Grade.RESIDENT: _("You sign. A consultant countersigns later; the paper says that this is awaited."),
}
SIGNS_ALONE = _("After signing nothing in it can change; later changes go into an addendum.")


# ── The room ──


@requires(permissions.CONSULT)
@require_GET
def room_detail(request: HttpRequest) -> HttpResponseBase:
    """My room: its queue; whoever is inside is one key away."""
    if "unit" in request.GET:
        request.session[ROOM] = request.GET["unit"]
        if not request.headers.get("HX-Request"):
            return go(request, "opd:room_detail")
    room = _room(request, request.GET.get("at", ""))
    if request.headers.get("HX-Request"):
        return render(request, "opd/_room_queue.html", room)
    return render(request, "opd/room_detail.html", room | _awaiting(request))


def _room(request: HttpRequest, at: str = "") -> dict[str, Any]:
    """The queue; `at` is the token whose page stands beside it."""
    today = timezone.localdate()
    units = queries.room_units(request.user, today)
    unit = queries.own_unit(units, request.user, request.session.get(ROOM, ""))
    queue = queries.room_queue(units, unit, today)
    patient_queries.withhold_names(one.patient for one in queue.shown)
    return {"queue": queue, "call_key": uuid4(), "at": at}


def _awaiting(request: HttpRequest) -> dict[str, Any]:
    """How many notes wait for this doctor's signature."""
    if _is_intern(request.user) or request.user.posting.grade == Grade.RESIDENT:
        return {}
    return {"to_countersign": patient_queries.notes_to_countersign(request.user)[:99].count()}


@requires(permissions.CONSULT)
@require_POST
def room_call_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Call whoever is next, and show their page while they come."""
    clinic = get_object_or_404(ClinicDay.objects.visible_to(request.user), pk=clinic_day_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        return go(request, "opd:room_detail")
    token = services.call_next(clinic_day=clinic, request_key=key, actor=request.user, at=timezone.now())
    if token:
        return go(request, "opd:token_detail", token.pk)
    messages.info(request, _("Nobody waits."))
    return go(request, "opd:room_detail")


# ── The patient's page ──


@requires(permissions.CONSULT)
@require_GET
@or_glass
def token_detail(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """The page of one patient of the queue."""
    token = _token(request, token_id)
    context = _room(request, str(token.pk)) | _chart(request, token)
    services.note_room_seen(token=token, actor=request.user, at=timezone.now())
    context |= _desk(request, token, wanted=request.GET.get("of", ""))
    return render(request, "opd/token_detail.html", context)


def _token(request: HttpRequest, token_id: UUID) -> QueueToken:
    linked = ("patient__district", "encounter__department", "encounter__facility")
    came_by = ("encounter__came_by__from_department", "encounter__came_by__referred_by")
    visible = QueueToken.objects.visible_to(request.user).select_related(
        *linked, *came_by, "clinic_day__unit__department", "clinic_day__unit__room"
    )
    return get_object_or_404(visible, pk=token_id)


def _chart(request: HttpRequest, token: QueueToken) -> dict[str, Any]:
    """What is known of the patient: what can hurt, what was measured, what was before."""
    patient, encounter = token.patient, token.encounter
    # That it was read is written down with the page (note_room_seen).
    opened = patients.open_chart(patient=patient, actor=request.user, at=timezone.now(), read=False)
    made = patient_queries.diagnosed(patient.pk)
    vitals = chart.curves_of(patient)
    visits = chart.contacts_of(opened).exclude(pk=encounter.pk)[:8]
    last = patient_queries.last_note_before(encounter, request.user)
    return {
        "token": token,
        "patient": patient,
        "encounter": encounter,
        "allergies": patient_queries.allergies_of(patient),
        "problems": [one for one in made if one.is_problem and one.resolved_on is None],
        "readings": patient_queries.readings(patient, vitals, encounter),
        "body_mass": patient_queries.body_mass(vitals),
        "visits": [(one, [c for c in made if c.encounter_id == one.pk][:3]) for one in visits],
        "last_note": last,
        "last_told": _told(last) if last else [],
    }


def _told(note: Any) -> list[dict[str, Any]]:
    return told(note.sections, note.layout(), in_hindi=get_language() == "hi")


def _desk(
    request: HttpRequest,
    token: QueueToken,
    *,
    wanted: str = "",
    form: ConsultationForm | None = None,
    left: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The right half: the consultation that this doctor writes, signs or reads, and those of others.

    `left`: what stands in the boxes beside it, where that is not all that was sent.
    """
    left = left_beside(request.POST) if left is None else left
    every = queries.consultations_of(token.encounter, request.user)
    mine = _of_this_doctor(every, request.user, wanted)
    context: dict[str, Any] = {
        "token": token,
        "encounter": token.encounter,
        "consultation": mine,
        "others": [one for one in every if one != mine],
        "start_key": uuid4(),
        "is_gone": token.status in (TokenStatus.MOVED, TokenStatus.LEFT, TokenStatus.CANCELLED),
        "page_url": reverse("opd:token_detail", args=[token.pk]),
    }
    if mine is None:
        return context
    if _writes(mine, request.user):
        return (
            context
            | _writing(request, mine, form)
            | {"left": left}
            | _diagnoses(request, token.encounter, left.get("q", ""))
            | _medicines(request, mine, context["page_url"], form, left)
        )
    # What is typed into a note that is closed by now is shown: it may belong into an addendum.
    over = {"errors": form.non_field_errors(), "left_over": form.differences(mine.note)} if form else {}
    return (
        context
        | over
        | {
            "told": _told(mine.note),
            "medicines": prescribing.signed_lines(mine.note),
            "just_printed": _just_printed(request, mine),
        }
    )


def _of_this_doctor(every: list[Consultation], user: Any, wanted: str) -> Consultation | None:
    """The one asked for; else the own one; else an intern's that waits for this doctor's signature."""
    readable = [one for one in every if one.doctor_id == user.pk or one.note.status != NoteStatus.DRAFT]
    asked = [one for one in readable if str(one.pk) == wanted]
    own = [one for one in readable if one.doctor_id == user.pk]
    waiting = [one for one in readable if _writes(one, user)]
    return next(iter([*asked, *own, *waiting]), None)


def _writes(consultation: Consultation, user: Any) -> bool:
    """Whether this doctor may still write in it: the own draft, and an intern's that waits to be signed."""
    note = consultation.note
    if not note.is_open:
        return False
    return note.author_id == user.pk or (note.status == NoteStatus.AWAITING and not _is_intern(user))


def _is_intern(user: Any) -> bool:
    return bool(user.posting.grade == Grade.INTERN)


def _writing(request: HttpRequest, mine: Consultation, form: ConsultationForm | None) -> dict[str, Any]:
    user = request.user
    return {
        "form": form or ConsultationForm(consultation=mine, size=request.session.get(SIZE, "a4")),
        "signing": SIGNING.get(user.posting.grade, SIGNS_ALONE),
        "is_intern": _is_intern(user),
        "is_sent": mine.note.status == NoteStatus.AWAITING,
        "is_refused": form is not None,
        # Opens what this browser kept while the line was down; of no use to anybody else (static/js/room.js).
        "keep_key": salted_hmac("opd.room", f"{user.pk}:{mine.note_id}", algorithm="sha256").hexdigest(),
    }


def _diagnoses(request: HttpRequest, encounter: Any, typed: str) -> dict[str, Any]:
    """The diagnoses of a contact, and those to choose from: what is typed, or what is used most."""
    return {
        "diagnoses": patient_queries.conditions_of(encounter.pk),
        "codes": patient_queries.codes_for(request.user, typed, today=timezone.localdate()),
        "searched": typed,
        "condition_key": uuid4(),
    }


def _medicines(
    request: HttpRequest,
    mine: Consultation,
    page_url: str,
    form: ConsultationForm | None,
    left: Mapping[str, str],
) -> dict[str, Any]:
    """The part where medicines are written comes by itself, once the page is there. With a form that was
    refused it comes at once; so without a script, where the page's address asks for it or it was there."""
    asks = form is not None or asks_for_panel(request)
    if not asks or not request.user.may(patient_permissions.PRESCRIBE):
        return {}
    asked = asked_of(request, mine.note) | {"is_asked_now": form is not None and not left}
    return panel(request, mine.note, page_url=page_url, **asked)


def _just_printed(request: HttpRequest, consultation: Consultation) -> str:
    """The address of the paper of a note that was signed a moment ago."""
    if "now" not in request.GET or consultation.note.status != NoteStatus.SIGNED:
        return ""
    papers, size = patient_queries.papers_of_note(consultation.note), request.session.get(SIZE, "a4")
    # The prescription goes home with the patient; where nothing is prescribed, the note.
    wanted = papers.get(PRESCRIPTION_SIZES[size]) or papers.get(NOTE_SIZES[size])
    return print_url([wanted], request.user) if wanted else ""


# ── What is done with it ──


@requires(permissions.CONSULT)
@require_POST
@or_glass
def consultation_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """The patient is here: the consultation begins."""
    token = _token(request, token_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        return go(request, "opd:token_detail", token.pk)
    try:
        services.start_consultation(token=token, request_key=key, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "opd:token_detail", token.pk)


@requires(permissions.CONSULT)
@require_POST
def room_skip_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Whoever was called did not come; back to the room."""
    token = _token(request, token_id)
    try:
        services.skip_token(token=token, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "opd:room_detail")


def _consultation(request: HttpRequest, consultation_id: UUID) -> Consultation:
    here = queries.consultations_here(request.user)
    return get_object_or_404(here, pk=consultation_id)


@requires(permissions.CONSULT)
@require_http_methods(["GET", "POST"])
@or_glass
def consultation_edit(request: HttpRequest, consultation_id: UUID) -> HttpResponseBase:
    """Keep the draft: by itself while it is typed (answered in JSON), or by the button."""
    consultation = _consultation(request, consultation_id)
    if request.method == "GET":
        return _to_page(request, consultation)
    by_itself = bool(request.headers.get("X-Fetch"))
    form = ConsultationForm(request.POST, consultation=consultation)
    kept = _kept(request, form, consultation, services.save_consultation)
    if isinstance(kept, Consultation):
        if by_itself:
            return JsonResponse(_saved(kept))
        messages.success(request, _("Saved."))
        left = left_beside_saved(request, kept.note)
        if left:
            return _shown_again(request, kept, left=left)
        return _to_page(request, kept, **still_open(request))
    if by_itself:
        return _not_saved(request, form, consultation)
    return _shown_again(request, consultation, form)


def _saved(kept: Consultation) -> dict[str, Any]:
    day = kept.follow_up_on
    return {
        "version": kept.note.version,
        "saved_at": clock(kept.note.saved_at),
        "follow_up": day.isoformat() if day else "",
        "come_again": on_day(day) if day else "",
    }


def _not_saved(request: HttpRequest, form: ConsultationForm, consultation: Consultation) -> HttpResponseBase:
    if form.met is None:
        errors = {name: " ".join(map(str, said)) for name, said in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    stands = _consultation(request, consultation.pk)
    page_url = reverse("opd:token_detail", args=[stands.token_id])
    context = _conflicting(form, stands) | {"page_url": page_url}
    html = render_to_string("patients/_conflict.html", context, request)
    return JsonResponse(_saved(stands) | {"html": html}, status=409)


def _conflicting(form: ConsultationForm, stands: Consultation) -> dict[str, Any]:
    """Both texts, for the person to choose."""
    return {
        "differences": form.conflict_with,
        "is_met": True,
        "saved_at": stands.note.saved_at,
        "saved_by": stands.note.saved_by,
        "keep_action": reverse("opd:consultation_edit", args=[stands.pk]),
    }


def _kept(
    request: HttpRequest, form: ConsultationForm, consultation: Consultation, service: Any
) -> Consultation | NoteConflict | None:
    """The consultation as the service leaves it; else what it met, or None where the form says why not."""
    if not form.is_valid():
        return None
    try:
        kept: Consultation = service(
            consultation=consultation,
            writing=form.writing(),
            come_again=form.come_again(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except NoteConflict as conflict:
        form.meet(conflict.note)
        return conflict
    except AlertsOpen as waiting:  # what has become known since the line was written is asked now
        patients.review_prescription(note=consultation.note, actor=request.user, at=timezone.now())
        form.add_error(None, str(waiting))
        return None
    except Refusal as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return None
    return kept


def _to_page(request: HttpRequest, consultation: Consultation, **query: Any) -> HttpResponse:
    return go(request, "opd:token_detail", consultation.token_id, query=query or None)


def _shown_again(
    request: HttpRequest,
    consultation: Consultation,
    form: ConsultationForm | None = None,
    *,
    left: Mapping[str, str] | None = None,
) -> HttpResponseBase:
    """The form with all that was typed, and why it was not taken; or saved, with what is `left` beside it: a
    redirect would put that into an address."""
    token = _token(request, consultation.token_id)
    stands = _consultation(request, consultation.pk)
    if form and form.met:
        form.goes_on(stands)
    desk = _desk(request, token, wanted=str(consultation.pk), form=form, left=left)
    desk |= _conflicting(form, stands) if form and form.met else {}
    if request.headers.get("HX-Request"):
        return render(request, "opd/_consultation.html", desk, status=422)
    context = _room(request, str(token.pk)) | _chart(request, token) | desk
    return render(request, "opd/token_detail.html", context, status=422 if form else 200)


@requires(permissions.CONSULT)
@require_POST
@or_glass
def signature_new(request: HttpRequest, consultation_id: UUID) -> HttpResponseBase:
    """Sign and print; an intern's note is sent for signing."""
    consultation = _consultation(request, consultation_id)
    form = ConsultationForm(request.POST, consultation=consultation)
    is_intern = _is_intern(request.user)
    form.refuse_what_is_left()
    service = services.submit_consultation if is_intern else services.sign_consultation
    kept = _kept(request, form, consultation, service)
    if not isinstance(kept, Consultation):
        return _shown_again(request, consultation, form)
    if is_intern:
        messages.success(request, _("Sent. A doctor signs it."))
        return _to_page(request, kept)
    size = request.session[SIZE] = form.cleaned_data["size"] or "a4"
    if size != "a4":
        patients.print_note(note=kept.note, size=size, actor=request.user, at=timezone.now())
    return _to_page(request, kept, now=1, of=kept.pk)


@requires(permissions.CONSULT)
@require_POST
@or_glass
def repetition_new(request: HttpRequest, consultation_id: UUID) -> HttpResponseBase:
    """As last time: what was typed is kept, and what is empty is filled with the last signed note."""
    consultation = _consultation(request, consultation_id)
    form = ConsultationForm(request.POST, consultation=consultation)
    kept = _kept(request, form, consultation, services.save_consultation)
    if not isinstance(kept, Consultation):
        return _shown_again(request, consultation, form)
    try:
        patients.repeat_last_note(
            note=kept.note,
            base=kept.note.version,
            request_key=uuid4(),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        form.goes_on(kept)
        return _shown_again(request, consultation, form)
    with suppress(Refusal):  # nothing was prescribed then, or it stands here already
        patients.repeat_last_medicines(
            note=kept.note, request_key=uuid4(), actor=request.user, at=timezone.now()
        )
    if not request.headers.get("HX-Request"):
        return _to_page(request, kept)
    token = _token(request, kept.token_id)
    return render(request, "opd/_consultation.html", _desk(request, token, wanted=str(kept.pk)))


@requires(permissions.CONSULT)
@require_POST
def handback_new(request: HttpRequest, consultation_id: UUID) -> HttpResponseBase:
    """A note that waits for a signature goes back to its author."""
    consultation = _consultation(request, consultation_id)
    try:
        patients.return_note(
            note=consultation.note, request_key=uuid4(), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Back with %(doctor)s.") % {"doctor": consultation.doctor})
    return _to_page(request, consultation)


@requires(permissions.CONSULT)
@require_GET
def signature_list(request: HttpRequest) -> HttpResponseBase:
    """What waits for my signature, and what waits for a countersignature."""
    is_intern, is_resident = _is_intern(request.user), request.user.posting.grade == Grade.RESIDENT
    residents = patient_queries.notes_to_countersign(request.user).select_related("patient")
    context = {
        "to_sign": [] if is_intern else queries.to_sign(request.user),
        "to_countersign": [] if is_intern or is_resident else list(residents[: queries.MOST_SHOWN]),
    }
    patient_queries.withhold_names(
        [one.encounter.patient for one in context["to_sign"]]
        + [one.patient for one in context["to_countersign"]]
    )
    return render(request, "opd/signature_list.html", context)
