"""The inpatient's page, and what a round does beside notes: leave, team, scale 2, procedures, medicines."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.queries import doctors_of, told_apart
from facilities.roles import Grade, Role
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from ipd import news, permissions, queries, services
from ipd.forms import rounds as forms
from ipd.models import Admission
from ipd.states import OPEN_ADMISSIONS, AdmissionStatus
from patients import permissions as patient_permissions
from patients import queries as patient_queries
from patients import services as patients
from patients.models import MedicationRequest, NoteKind, Observation, Patient
from patients.queries import chart
from patients.queries.merging import same_person
from patients.sections import told
from patients.services import DoubtfulBed
from patients.states import NoteStatus
from patients.views.charts import or_glass

# What a round writes; the summary of a discharge has its own page.
ROUND_NOTES = (NoteKind.PROGRESS, NoteKind.ADMISSION, NoteKind.OPERATION, NoteKind.OPINION)


# ── Whose ──


def admission_here(request: HttpRequest, admission_id: UUID) -> Admission:
    """An inpatient of this hospital whose chart is open to whoever asks; else 404, or the way to open it."""
    admission = queries.inpatient(admission_id, request.user)
    if admission is None:
        raise Http404
    if request.user.may(patient_permissions.VIEW_CHART):
        patients.open_chart(
            patient=admission.patient,
            actor=request.user,
            at=timezone.now(),
            read=False,
        )
    return admission


# ── The page ──


@requires(patient_permissions.VIEW_CHART)
@require_GET
@or_glass
def admission_detail(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """One inpatient: what is known, measured, given, done and asked; and the way to all that is done here."""
    admission = admission_here(request, admission_id)
    now = timezone.now()
    services.note_inpatient_seen(admission=admission, actor=request.user, at=now)
    context = head_of(admission) | _measured(admission) | _written(request, admission)
    context |= {
        "neighbours": queries.neighbours_of(context["stay"]),
        "medicines": queries.medicines_of(admission, timezone.localdate(now)),
        "procedures": queries.procedures_of(admission),
        "opinions": queries.opinions_of(admission),
        "page_url": reverse("ipd:admission_detail", args=[admission.pk]),
    }
    return render(request, "ipd/admission_detail.html", context)


def head_of(admission: Admission) -> dict[str, Any]:
    """What stands above every page about an inpatient."""
    now = timezone.now()
    days = (timezone.localdate(admission.left_at or now) - timezone.localdate(admission.admitted_at)).days
    teams = queries.teams_of(admission)
    return {
        "admission": admission,
        "patient": admission.patient,
        "encounter": admission.encounter,
        "stay": queries.stay_now(admission),
        "team": teams[0] if teams else None,
        "teams": teams,
        "day": days + 1,
        "is_open": admission.status in OPEN_ADMISSIONS,
        "is_leaving": admission.status == AdmissionStatus.DISCHARGE_INITIATED,
        "allergies": patient_queries.allergies_of(admission.patient),
    }


def _measured(admission: Admission) -> dict[str, Any]:
    now = timezone.now()
    patient = admission.patient
    curves = chart.curves_of(patient)
    return {
        "scores": queries.scores_of(admission, now),
        "has_news": has_news(patient, curves),
        "is_approved": news.IS_APPROVED,
        "readings": patient_queries.readings(patient, curves, admission.encounter),
        "tables": tables_of(curves),
    }


def has_news(patient: Patient, curves: Mapping[str, list[Observation]]) -> bool:
    """Whether NEWS2 is meant for this patient, as far as is known now."""
    months = patient_queries.months_old(patient, timezone.localdate())
    pregnant = any(one.finding == "yes" for one in curves.get("pregnant", [])[-1:])
    return news.applies(months=months, pregnant=pregnant)


def tables_of(curves: Mapping[str, list[Observation]]) -> list[dict[str, Any]]:
    """The plotted values once more as a table: a row for each time, newest first, a column for each vital."""
    shown = [vital for vital in news.VITALS if vital in curves]
    times = sorted({one.taken_at for vital in shown for one in curves[vital]}, reverse=True)
    found: dict[Any, dict[str, str]] = {}
    for vital in shown:
        for one in curves[vital]:
            found.setdefault(one.taken_at, {})[vital] = one.shown
    heads = [curves[vital][-1].get_code_display() for vital in shown]
    rows = [{"at": at, "cells": [found[at].get(vital, "") for vital in shown]} for at in times[:12]]
    return [{"heads": heads, "rows": rows}] if rows else []


def _written(request: HttpRequest, admission: Admission) -> dict[str, Any]:
    notes = queries.notes_of_stay(admission, request.user)
    for note in notes:
        note.told = told(note.sections, note.layout(), in_hindi=get_language() == "hi")
    writes = request.user.may(patient_permissions.WRITE_NOTES)
    drafts = [one for one in notes if one.status == NoteStatus.DRAFT]
    return {
        "notes": [one for one in notes if one not in drafts],
        "drafts": drafts,
        "kinds": [(one.value, one.label) for one in ROUND_NOTES] if writes else [],
        "writes": writes,
    }


@requires(permissions.VIEW_INPATIENTS)
@require_GET
def inpatient_list(request: HttpRequest) -> HttpResponseBase:
    """Those whom I care for, bed by bed: score, day, and the way to each; ?all= everybody's here."""
    whole = "all" in request.GET
    rows = queries.inpatients_of(request.user, whole=whole)
    scores = queries.latest_warnings([one.pk for one in rows])
    patient_queries.withhold_names(one.patient for one in rows)
    today = timezone.localdate()
    for one in rows:
        one.score = scores.get(one.pk)
        one.day = (today - timezone.localdate(one.admitted_at)).days + 1
    posting = request.user.posting
    context = {
        "rows": rows,
        "is_whole": whole,
        "opens": request.user.may(patient_permissions.VIEW_CHART),
        "has_no_department": posting.role == Role.DOCTOR and not posting.department_id,
    }
    return render(request, "ipd/inpatient_list.html", context)


# ── One form, one act ──


def asked(
    request: HttpRequest,
    admission: Admission,
    form: Any,
    act: Callable[..., Any],
    *,
    title: Any,
    save: Any,
    said: Any = "",
    **more: Any,
) -> HttpResponseBase:
    """Show a form about an inpatient, or do what it asks for and go back to their page."""
    if form.is_valid():
        try:
            act(request_key=form.cleaned_data["request_key"], actor=request.user, at=timezone.now())
        except (Refusal, ValidationError) as refusal:
            _say(form, refusal)
        else:
            if said:
                messages.success(request, said)
            return go(request, "ipd:admission_detail", admission.pk)
    context = head_of(admission) | {"form": form, "title": title, "save": save} | more
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/act_new.html", context, status=status)


def _say(form: Any, refusal: Refusal | ValidationError) -> None:
    if isinstance(refusal, ValidationError):
        for name, said in getattr(refusal, "message_dict", {"": refusal.messages}).items():
            form.add_error(name if name in form.fields else None, said)
    else:
        form.say(refusal)


@requires(permissions.MOVE_PATIENTS)
@require_http_methods(["GET", "POST"])
@or_glass
def leave_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """An inpatient goes out for a while."""
    admission = admission_here(request, admission_id)
    form = forms.LeaveForm(request.POST or None)

    def act(**given: Any) -> None:
        services.begin_leave(admission=admission, **form.details(), **given)

    said = _("On leave.")
    return asked(request, admission, form, act, title=_("Leave"), save=_("Let go"), said=said)


@requires(permissions.MOVE_PATIENTS)
@require_http_methods(["GET", "POST"])
@or_glass
def return_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The inpatient is back; a bed is chosen where the old one was given up."""
    admission = admission_here(request, admission_id)
    lies = queries.stay_now(admission)
    beds = (
        None
        if lies
        else queries.free_places(admission.facility, department_id=admission.encounter.department_id)
    )
    form = forms.ReturnForm(request.POST or None, facility=admission.facility, beds=beds)
    words = {"title": _("Back from leave"), "save": _("Is back"), "said": _("Back in the ward.")}
    return into_bed(request, admission, form, services.end_leave, **words)


def into_bed(
    request: HttpRequest, admission: Admission, form: Any, service: Callable[..., Any], **words: Any
) -> HttpResponseBase:
    """As `asked`, of an act that lays the inpatient into a bed: an unlikely one is asked about once."""
    doubts: list[str] = []

    def act(**given: Any) -> None:
        try:
            service(admission=admission, **form.details(), **given)
        except DoubtfulBed as doubt:
            doubts.append(str(doubt))
            raise

    return asked(request, admission, form, act, doubts=doubts, **words)


@requires(permissions.CHANGE_TEAM)
@require_http_methods(["GET", "POST"])
@or_glass
def team_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Another department or consultant answers."""
    admission = admission_here(request, admission_id)
    now = queries.team_now(admission)
    initial = {"department": now and now.department_id, "consultant": now and now.consultant_id}
    form = forms.TeamForm(
        request.POST or None,
        initial=initial,
        departments=list(patient_queries.departments_open(admission.facility_id)),
        doctors=told_apart(doctors_of(admission.facility), admission.facility),
    )

    def act(**given: Any) -> None:
        services.change_team(admission=admission, **form.details(), **given)

    said = _("Changed.")
    return asked(
        request, admission, form, act, title=_("Consultant, department"), save=_("Change"), said=said
    )


@requires(permissions.ORDER_SCALE2)
@require_http_methods(["GET", "POST"])
@or_glass
def scale2_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """SpO₂ on scale 2, or on scale 1 again."""
    admission = admission_here(request, admission_id)
    ends = admission.scale2_at is not None
    form = forms.Scale2Form(request.POST or None)
    if ends:
        form.fields["why"].widget = form.fields["why"].hidden_widget()

    def act(**given: Any) -> None:
        services.order_scale2(admission=admission, why="" if ends else form.cleaned_data["why"], **given)

    return asked(
        request,
        admission,
        form,
        act,
        title=_("SpO₂ scale 1 again") if ends else _("SpO₂ scale 2"),
        save=_("Use this scale"),
        said=_("Ordered. It is used from the next measurement."),
        hint="" if ends else _("For confirmed hypercapnic respiratory failure only (RCP, NEWS2, 2017)."),
    )


@requires(permissions.RECORD_PROCEDURES)
@require_http_methods(["GET", "POST"])
@or_glass
def procedure_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """What was done; an operation takes its number."""
    admission = admission_here(request, admission_id)
    doctors = told_apart(doctors_of(admission.facility), admission.facility)
    form = forms.ProcedureForm(
        request.POST or None, doctors=doctors, initial={"performed_by": request.user.pk}
    )

    def act(**given: Any) -> None:
        early = form.cleaned_data["confirm_early"]
        services.record_procedure(
            admission=admission, performed=form.performed(), confirm_early=early, **given
        )

    return asked(
        request,
        admission,
        form,
        act,
        title=_("Procedure or operation"),
        save=_("Write down"),
        said=_("Written down."),
        hint=_("If you write no time, it is now."),
    )


# ── Medicines ──


def _line(request: HttpRequest, admission: Admission, line_id: UUID) -> MedicationRequest:
    """A medicine of this patient, on whatever record, that this hospital prescribed."""
    own = MedicationRequest.objects.visible_to(request.user)
    own = own.filter(patient__in=same_person(admission.patient_id))
    return get_object_or_404(own.select_related("medication"), pk=line_id)


@requires(permissions.HOLD_MEDICINES)
@require_http_methods(["GET", "POST"])
@or_glass
def hold_new(request: HttpRequest, admission_id: UUID, line_id: UUID) -> HttpResponseBase:
    """Hold a medicine for a while, with the reason."""
    admission = admission_here(request, admission_id)
    line, form = _line(request, admission, line_id), forms.WhyForm(request.POST or None)

    def act(**given: Any) -> None:
        patients.hold_medicine(line=line, why=form.cleaned_data["why"], **given)

    return asked(
        request, admission, form, act, title=_("Hold a medicine"), save=_("Hold"), said=_("Held."), what=line
    )


@requires(permissions.HOLD_MEDICINES)
@require_http_methods(["GET", "POST"])
@or_glass
def stop_new(request: HttpRequest, admission_id: UUID, line_id: UUID) -> HttpResponseBase:
    """Stop a medicine for good, with the reason."""
    admission = admission_here(request, admission_id)
    line, form = _line(request, admission, line_id), forms.WhyForm(request.POST or None)

    def act(**given: Any) -> None:
        patients.stop_medicine(line=line, why=form.cleaned_data["why"], **given)

    return asked(
        request,
        admission,
        form,
        act,
        title=_("Stop a medicine"),
        save=_("Stop"),
        said=_("Stopped."),
        what=line,
    )


@requires(permissions.HOLD_MEDICINES)
@require_POST
@or_glass
def resumption_new(request: HttpRequest, admission_id: UUID, line_id: UUID) -> HttpResponseBase:
    """A held medicine is given again."""
    admission = admission_here(request, admission_id)
    try:
        patients.resume_medicine(
            line=_line(request, admission, line_id),
            request_key=key_of(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "ipd:admission_detail", admission.pk)


def is_intern(user: Any) -> bool:
    """Interns decide nothing by themselves."""
    return bool(user.posting.grade == Grade.INTERN)
