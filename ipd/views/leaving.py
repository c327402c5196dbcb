"""Who is being discharged, what each discharge waits for, and the gate."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions as billing_permissions
from facilities.roles import Role
from hmis.kernel import pdf
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go
from hmis.kernel.models import IssuedDocument
from hmis.kernel.views import print_url
from ipd import documents, permissions, queries, services
from ipd.forms.leaving import DischargeForm, KeyForm, StepForm
from ipd.forms.rounds import StayForm
from ipd.models import Admission
from ipd.states import AdmissionStatus, DischargeItem, DischargeType
from ipd.views.rounds import admission_here, into_bed
from patients.permissions import WRITE_NOTES
from patients.queries import withhold_names
from patients.states import NoteStatus
from patients.views.charts import or_glass


def admission_of(request: HttpRequest, admission_id: UUID) -> Admission:
    """An inpatient of the hospital, or 404."""
    found = queries.stay_here(admission_id, request.user)
    if found is None:
        raise Http404
    return found


@requires(permissions.VIEW_INPATIENTS)
@require_GET
def discharge_list(request: HttpRequest) -> HttpResponseBase:
    """Everybody whose discharge is begun, and what each waits for; the longest waiting first."""
    begun = list(queries.discharges_begun(request.user)[: queries.MOST_BEGUN])
    queries.give_waiting(begun)
    withhold_names([one.patient for one in begun])
    services.note_discharges_seen(found=len(begun), actor=request.user, at=timezone.now())
    return render(request, "ipd/discharge_list.html", {"begun": begun})


@requires(permissions.TICK_DISCHARGE)
@require_http_methods(["GET", "POST"])
def discharge_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The doctor's word that the patient goes; who absconded, a nurse may write down.

    ?gone=1: also of whom a doctor was letting go, whose discharge has its own page.
    """
    admission = admission_of(request, admission_id)
    is_begun = admission.status != AdmissionStatus.ADMITTED
    asks_gone = "gone" in request.GET and queries.may_be_gone(admission)
    if request.method == "GET" and is_begun and not asks_gone:
        return go(request, "ipd:discharge_detail", admission.pk)
    only_gone = is_begun or request.user.posting.role != Role.DOCTOR
    form = DischargeForm(request.POST or None, only_gone=only_gone)
    if form.is_valid():
        try:
            services.initiate_discharge(
                admission=admission,
                ending=form.ending(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except (Refusal, ValidationError) as refusal:
            _say(form, refusal)
        else:
            said = _("Written down. The bed is free.") if only_gone else _("The discharge is begun.")
            messages.success(request, said)
            return go(request, "ipd:discharge_detail", admission.pk)
    context = {"admission": admission, "patient": admission.patient, "form": form, "only_gone": only_gone}
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/discharge_new.html", context, status=status)


def _say(form: Any, refusal: Refusal | ValidationError) -> None:
    if isinstance(refusal, Refusal):
        form.say(refusal)
    else:
        form.add_error(None, sentences(refusal))


@requires(permissions.VIEW_INPATIENTS)
@require_GET
def discharge_detail(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """One discharge: each point, who holds it up since when, and what the person here can do about it."""
    return _detail(request, admission_of(request, admission_id))


def _detail(request: HttpRequest, admission: Admission, refused: StepForm | None = None) -> HttpResponseBase:
    services.note_discharge_seen(admission=admission, actor=request.user, at=timezone.now())
    user = request.user
    is_begun = admission.status == AdmissionStatus.DISCHARGE_INITIATED
    has_list = bool(admission.discharge_type)
    checklist = queries.checklist(admission) if has_list else None
    summary = checklist.summary if checklist else queries.summary_of(admission)
    is_signed = bool(summary and summary.status == NoteStatus.SIGNED)
    papers = _papers(admission, user)
    gate_pass = next((paper for _name, paper in papers if paper.template == documents.GATE_PASS), None)
    context = {
        "admission": admission,
        "patient": admission.patient,
        "checklist": checklist,
        "is_begun": is_begun,
        "stay": queries.stay_now(admission),
        "team": checklist.team if checklist else queries.team_now(admission),
        "death": queries.death_of(admission.encounter_id),
        "taken_back": queries.death_taken_back(admission),
        "case_to_tell": queries.case_to_tell(admission),
        "summary": summary,
        "awaited": queries.awaited_of(admission, summary, timezone.now()),
        "is_signed": is_signed,
        "form": refused or StepForm(),
        "may_write": user.may(WRITE_NOTES) and not is_signed,
        "may_begin": user.may(permissions.TICK_DISCHARGE) and admission.status == AdmissionStatus.ADMITTED,
        "may_tick": is_begun and user.may(permissions.TICK_DISCHARGE),
        "may_be_gone": user.may(permissions.TICK_DISCHARGE) and queries.may_be_gone(admission),
        "may_pass": is_begun and user.may(permissions.PASS_OVER_DISCHARGE),
        "may_recall": is_begun
        and user.may(permissions.INITIATE_DISCHARGE)
        and queries.may_return(admission, timezone.now()),
        "may_complete": is_begun and user.may(permissions.COMPLETE_DISCHARGE),
        "may_certify": user.may(permissions.CERTIFY_DEATHS)
        and (not admission.discharged_at or admission.discharge_type == DischargeType.WITHDRAWN),
        "may_bill": user.may(billing_permissions.VIEW_INVOICE),
        "papers": papers,
        "gate_pass": gate_pass,
        "just_printed": print_url([gate_pass], user) if gate_pass and "now" in request.GET else "",
    }
    status = 422 if refused else 200
    return render(request, "ipd/discharge_detail.html", context, status=status)


def _papers(admission: Admission, user: Any) -> list[tuple[Any, IssuedDocument]]:
    """What of this discharge can be printed, with its name."""
    names = {documents.LAMA_FORM: _("LAMA form"), documents.GATE_PASS: _("Gate pass")}
    if not user.may(permissions.PRINT_PAPERS):
        return []
    issued = pdf.originals(admission.pk).filter(template__in=names)
    newest = {one.template: one for one in issued.order_by("pk")}
    return [(names[template], newest[template]) for template in names if template in newest]


# ── What is done about it ──


def _done(
    request: HttpRequest,
    admission_id: UUID,
    service: Callable[..., Any],
    said: Any,
    query: dict[str, str] | None = None,
) -> HttpResponseBase:
    """One button of the page: the act, its sentence, the page again with `query`."""
    admission, form = admission_of(request, admission_id), KeyForm(request.POST)
    if form.is_valid():
        try:
            service(
                admission=admission,
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, said)
            return go(request, "ipd:discharge_detail", admission.pk, query=query)
    return go(request, "ipd:discharge_detail", admission.pk)


@requires(permissions.INITIATE_DISCHARGE)
@require_http_methods(["GET", "POST"])
@or_glass
def recall_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The doctor keeps the patient after all; of whom the bed was left, asks for a bed and why."""
    said = _("The patient stays.")
    if admission_of(request, admission_id).left_at is None and "bed" not in request.POST:
        return _done(request, admission_id, services.recall_discharge, said)
    admission = admission_here(request, admission_id)
    last = queries.stay_last(admission)
    beds = queries.free_places(admission.facility, department_id=admission.encounter.department_id)
    initial = {"bed": last.bed_id if last else None}
    form = StayForm(request.POST or None, facility=admission.facility, beds=beds, initial=initial)
    save = _("The patient stays after all")
    return into_bed(request, admission, form, services.recall_discharge, title=save, save=save, said=said)


@requires(permissions.TICK_DISCHARGE)
@require_POST
def bed_left_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The patient has left the bed."""
    return _done(request, admission_id, services.leave_bed, _("The bed is free."))


@requires(permissions.COMPLETE_DISCHARGE)
@require_POST
def completion_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The gate; its pass prints itself."""
    said = _("The discharge is complete.")
    return _done(request, admission_id, services.complete_discharge, said, {"now": "1"})


@requires(permissions.TICK_DISCHARGE)
@require_POST
def step_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """A point is ticked off."""
    return _step(request, admission_id, passes_over=False)


@requires(permissions.PASS_OVER_DISCHARGE)
@require_POST
def override_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """A point is passed over, with its reason."""
    return _step(request, admission_id, passes_over=True)


def _step(request: HttpRequest, admission_id: UUID, *, passes_over: bool) -> HttpResponseBase:
    admission, form = admission_of(request, admission_id), StepForm(request.POST)
    if form.is_valid():
        item, key = DischargeItem(form.cleaned_data["item"]), form.cleaned_data["request_key"]
        said: dict[str, Any] = {"admission": admission, "item": item, "request_key": key}
        said |= {"actor": request.user, "at": timezone.now()}
        try:
            if passes_over:
                services.pass_over_step(**said, why=form.cleaned_data["why"])
            else:
                services.tick_step(**said)
        except Refusal as refusal:
            form.add_error("why" if refusal.field == "why" else None, str(refusal))
        except ValidationError as refusal:
            form.add_error("why", sentences(refusal))
        else:
            return go(request, "ipd:discharge_detail", admission.pk)
    return _detail(request, admission, form)


@requires(billing_permissions.VIEW_INVOICE)
@require_POST
def final_bill_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The final bill is asked for: bed-days are counted until now; the account shows what is owed."""
    admission = admission_of(request, admission_id)
    services.charge_bed_days(admission=admission, actor=request.user, at=timezone.now())
    return go(request, "billing:account_detail", admission.encounter_id)
