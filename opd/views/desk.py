"""The front desk, the queues, and the hall's screens."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import reduce
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import pricing
from billing.queries import payments_of, refunds_of
from billing.states import PaymentMode
from facilities.models import Department, Facility, Unit
from hmis.kernel import pdf, throttling
from hmis.kernel import permissions as kernel_permissions
from hmis.kernel.access import public, requires
from hmis.kernel.callers import client_address
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.models import IssuedDocument
from hmis.kernel.recent import recent
from hmis.kernel.templatetags.ui import on_day
from hmis.kernel.views import MOST_AT_ONCE, papers_of
from opd import permissions, queries, services
from opd.forms import (
    CancellationForm,
    ClosureForm,
    DisplayForm,
    DowntimeSheetsForm,
    MoveForm,
    VisitForm,
    meant,
)
from opd.models import ClinicDay, Display, QueueToken
from opd.queries import Registration
from opd.states import TOKEN_MOVES, TokenStatus
from patients import queries as patient_queries
from patients.forms import (
    FilledForm,
    PatientForm,
    SearchForm,
    papers_to_print,
    said_by,
    said_by_number,
)
from patients.identifiers import abha_check_digit_fits, is_abha_number
from patients.models import Patient
from patients.names import devanagari_from_latin, is_devanagari, latin_from_devanagari
from patients.permissions import EDIT_PATIENT, PRINT_CARD
from patients.scans import AbhaCard
from patients.services import (
    LikelyDuplicate,
    edit_patient,
    find_patients,
    note_seen,
    offer_duplicates,
)

FAVOURITES = 6
MOVABLE = [status for status, to in TOKEN_MOVES.items() if TokenStatus.MOVED in to]


@dataclass
class Desk:
    """What the front desk shows: whom, where to, and what was just done."""

    request: HttpRequest
    patient: Patient | None = None
    person_form: PatientForm | None = None
    visit_form: VisitForm | None = None
    candidates: list[patient_queries.Candidate] = field(default_factory=list)
    last: Registration | None = None
    error: str = ""
    filled: FilledForm | None = None
    card: AbhaCard | None = None

    def show(self, status: int = 200) -> HttpResponse:
        if not (self.patient or self.visit_form) and self.request.headers.get("HX-Request"):
            return self._show_blank()
        departments = self.visit_form.departments if self.visit_form else open_departments(self.request)
        visit_form = self.visit_form or VisitForm(
            departments=departments, initial=self._expected(departments)
        )
        person_form = self.filled.form if self.filled else self.person_form
        context = {
            "patient": self.patient,
            "person_form": person_form,
            "filled": self.filled,
            "card": self.card,
            "blank_person": "" if person_form or self.patient else self._blank_person(),
            "at_name": self._at_name(),
            "visit_form": visit_form,
            "favourites": favourites(departments),
            "candidates": self.candidates,
            "last_saved": self._last_saved(),
            "error": self.error,
            "search_form": SearchForm(),
            **estimate(self.request, visit_form, self.patient),
        }
        return show(
            self.request, "opd/registration_new.html", context, fragment="opd/_desk.html", status=status
        )

    def _show_blank(self) -> HttpResponse:
        """The desk as it is for whoever comes next, under what was just saved."""
        drawn = blank_desk(self.request.user.posting.facility_id, get_language(), self._at_name())
        own = {CSRF: get_token(self.request), KEY: str(uuid4()), LAST: self._last_saved()}
        return HttpResponse(reduce(lambda text, place: text.replace(place, own[place]), own, drawn))

    def _last_saved(self) -> str:
        """What was just saved, with this clerk's own buttons."""
        if self.last is None:
            return ""
        user, patient = self.request.user, self.last.encounter.patient
        context = {"last": self.last, "csrf_token": get_token(self.request)}
        if user.may(PRINT_CARD):
            context |= {"may_print_card": True, "papers": papers_to_print(patient, user)}
        return render_to_string("opd/_last.html", context)

    def _blank_person(self) -> str:
        return blank_person(self.request.user.posting.facility_id, get_language(), self._at_name())

    def _at_name(self) -> bool:
        """Whether somebody new was asked for (F4, ?new=1): then the cursor stands in the name."""
        return "new" in self.request.GET and self.patient is None

    def _expected(self, departments: list[Department]) -> dict[str, Any]:
        """A returning patient most often comes to the department of the last time."""
        last = getattr(self.patient, "last_department_id", None)
        return {"department": next((one.code for one in departments if one.pk == last), "")}


# Where a drawn desk is filled in for its clerk; no text that anybody types holds these signs.
CSRF, KEY, LAST = "\ue000csrf\ue000", "\ue000key\ue000", "\ue000last\ue000"


@recent
def blank_desk(facility_id: UUID, language: str, at_name: bool) -> str:
    """The desk before anybody is taken up, drawn: it is the same for every clerk but for three places."""
    departments = queries.open_departments(Facility.objects.get(pk=facility_id))
    visit_form = VisitForm(departments=departments, initial={"request_key": KEY})
    context = {
        "blank_person": blank_person(facility_id, language, at_name),
        "at_name": at_name,
        "visit_form": visit_form,
        "favourites": favourites(departments),
        "search_form": SearchForm(),
        "last_saved": LAST,
        "csrf_token": CSRF,
    }
    return render_to_string("opd/_desk.html", context)


@recent
def blank_person(facility_id: UUID, language: str, at_name: bool) -> str:
    """The empty form of a new patient, drawn: it is the same for every clerk, and costly to draw."""
    form = PatientForm(facility=Facility.objects.get(pk=facility_id))
    if at_name:
        form.fields["name"].widget.attrs["autofocus"] = True
    return render_to_string("opd/_person.html", {"person_form": form})


def favourites(departments: list[Department]) -> list[Department]:
    return [one for one in departments if one.units_today][:FAVOURITES]


def open_departments(request: HttpRequest) -> list[Department]:
    return queries.open_departments(request.user.posting.facility)


@requires(permissions.REGISTER_VISIT)
@require_http_methods(["GET", "POST"])
def registration_new(request: HttpRequest) -> HttpResponseBase:
    """The front desk. GET with ?patient= takes up somebody who was found."""
    patient = _chosen(request)
    if request.method == "GET":
        if patient:
            note_seen(patient=patient, actor=request.user, at=timezone.now())
        return Desk(request, patient=patient).show()
    departments = open_departments(request)
    visit_form = VisitForm(request.POST, departments=departments)
    person_form = None if patient else PatientForm(request.POST, facility=request.user.posting.facility)
    desk = Desk(request, patient, person_form, visit_form)
    if not _all_valid(visit_form, person_form):
        return desk.show(422)
    try:
        made = services.register_visit(
            patient=patient or person_form.details(),
            visit=visit_form.visit(),
            confirm_new=visit_form.cleaned_data["confirm_new"],
            request_key=visit_form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except LikelyDuplicate as refusal:
        desk.candidates, desk.error = refusal.candidates, str(refusal)
        return desk.show(422)
    except (Refusal, ValidationError) as refusal:
        _say(refusal, desk, visit_form, person_form)
        return desk.show(422)
    if not request.headers.get("HX-Request"):
        return go(request, "opd:registration_detail", made.encounter.pk)
    return Desk(request, last=with_papers(made)).show()


def _chosen(request: HttpRequest) -> Patient | None:
    """The patient that the page or the form names; 404 for one that this person has not found."""
    chosen = request.POST.get("patient") or request.GET.get("patient")
    if not chosen:
        return None
    try:
        reachable = patient_queries.reachable_by(request.user).filter(pk=UUID(chosen))
    except ValueError:
        reachable = Patient.objects.none()
    found = patient_queries.with_last_visit(reachable, request.user)
    return found[0] if found else get_object_or_404(reachable)


def _all_valid(*forms: Any) -> bool:
    """Whether all are; each is asked, so that every field says its sentence at once."""
    return not [form for form in forms if form is not None and not form.is_valid()]


def _say(refusal: Refusal | ValidationError, desk: Desk, *forms: Any) -> None:
    """A refusal at its field where it has one, else above the button."""
    if isinstance(refusal, ValidationError):
        desk.error = sentences(refusal)
        return
    named = {"abha_number": "abha", "abha_address": "abha"}.get(str(refusal.field or ""), refusal.field)
    for form in forms:
        if form is not None and named in form.fields:
            form.add_error(named, str(refusal))
            return
    desk.error = str(refusal)


def estimate(request: HttpRequest, form: VisitForm, patient: Patient | None) -> dict[str, Any]:
    """What the slip will be: department, unit, queue, fee or why none; nothing is written."""
    typed = form["department"].value() or ""
    found = meant(str(typed), form.departments)
    department = found[0].department if found else None
    today = timezone.localdate()
    counts = queries.waiting_counts(request.user.posting.facility, today) if department else {}
    follows = queries.followed(patient, department, today) if patient and department else None
    return {
        "department": department,
        "red_flag": bool(found) and found[0].red_flag,
        "others": [one.department for one in found[1:4]],
        "units": _units(form, department, counts) if department else [],
        "unit_asked": str(form["unit"].value() or ""),
        "follows": follows,
        "valid_till": follows.valid_till if follows else _valid_till(department, today),
        "fee": _fee(form, department, follows),
    }


def _units(
    form: VisitForm, department: Department, counts: dict[UUID, int | None]
) -> list[tuple[Any, int | None]]:
    """The department's units of today; first the one that is chosen, or will be."""
    chosen = str(form["unit"].value() or "")
    ordered = queries.by_queue(department.units_today or [], counts)
    ordered.sort(key=lambda unit: str(unit.pk) != chosen)
    return [(unit, counts.get(unit.pk, 0)) for unit in ordered]


def _valid_till(department: Department | None, today: Any) -> Any:
    return today + timedelta(days=department.validity_days()) if department else None


def _fee(form: VisitForm, department: Department | None, follows: Any) -> Any:
    if department is None:
        return None
    scheme = form["scheme"].value()
    chosen = form.fields["scheme"].queryset.filter(code=scheme).first() if scheme else None
    if follows:
        return 0
    if chosen:
        return pricing.line(department.fee(), percent_off=chosen.percent).net
    return department.fee()


@requires(permissions.REGISTER_VISIT)
@require_POST
def estimate_new(request: HttpRequest) -> HttpResponseBase:
    """The department as it is typed, with its queue and fee."""
    form = VisitForm(request.POST, departments=open_departments(request))
    context = {"visit_form": form, "patient": _chosen(request), **estimate(request, form, _chosen(request))}
    return render(request, "opd/_estimate.html", context)


@requires(permissions.REGISTER_VISIT)
@require_POST
def search_new(request: HttpRequest) -> HttpResponseBase:
    """The search box. An exact number takes the person up at once: one key less."""
    form = SearchForm(request.POST)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = find_patients(text=text, actor=request.user, at=timezone.now())
    at_desk = _at_desk(request) if found.to_keep else None
    desk = None
    if found.only:
        note_seen(patient=found.only, actor=request.user, at=timezone.now())
        desk = Desk(request, patient=found.only)
    elif found.card and found.to_keep and not at_desk:
        desk = _filled_desk(request, found)
    if desk:
        response = desk.show()
        response["HX-Retarget"], response["HX-Reswap"] = "#main", "innerHTML"
        return response
    context = {
        "found": found,
        "choose": reverse("opd:registration_new"),
        "search_form": form,
        "typed": text,
        "at_desk": at_desk,
        "keep_at": reverse("opd:scan_new"),
    }
    return show(request, "opd/search.html", context, fragment="patients/_found.html")


def _at_desk(request: HttpRequest) -> Patient | None:
    """Whoever is taken up at the desk while something is scanned."""
    try:
        return _chosen(request)
    except Http404:
        return None


def _filled_desk(request: HttpRequest, found: patient_queries.Found) -> Desk:
    """A new patient's form, filled with what was scanned; what was typed before stays in it."""
    said = said_by(found.card) if found.card else said_by_number(found)
    facility, departments = request.user.posting.facility, open_departments(request)
    visit = {name: request.POST[name] for name in VisitForm.base_fields if request.POST.get(name)}
    return Desk(
        request,
        visit_form=VisitForm(departments=departments, initial=visit),
        filled=FilledForm(said, request.POST, facility=facility),
        card=found.card,
    )


@requires(permissions.REGISTER_VISIT)
@require_POST
def scan_new(request: HttpRequest) -> HttpResponseBase:
    """A scanned number that nobody bears: kept with the patient at the desk, or in a new one's form."""
    form = SearchForm(request.POST)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = find_patients(text=text, actor=request.user, at=timezone.now())
    if not found.to_keep:
        return Desk(request, patient=found.only).show()
    if request.POST.get("to") != "patient":
        return _filled_desk(request, found).show()
    if not request.user.may(EDIT_PATIENT):
        raise PermissionDenied(_("Your role does not include this."))
    patient = _chosen(request)
    desk = Desk(request, patient=patient)
    try:
        edit_patient(
            patient=patient,
            details={"further": found.identifiers},
            rev=patient.rev,
            actor=request.user,
            at=timezone.now(),
        )
    except (Refusal, ValidationError) as refusal:
        _say(refusal, desk)
        return desk.show(422)
    return desk.show()


@requires(permissions.REGISTER_VISIT)
@require_POST
def duplicate_list(request: HttpRequest) -> HttpResponseBase:
    """Who on file this may be, while the form is filled; and the name in the other script."""
    name = request.POST.get("name", "").strip()
    described = _described(request, name)
    candidates = (
        offer_duplicates(described=described, actor=request.user, at=timezone.now()) if len(name) > 2 else []
    )
    other = described.name if is_devanagari(name) else described.name_hi
    context = {
        "candidates": candidates,
        "other_script": other,
        "abha_doubtful": abha_doubtful(request.POST.get("abha", "")),
        "live": True,
    }
    return render(request, "opd/_same.html", context)


def _described(request: HttpRequest, name: str) -> Any:
    """What the half-filled form says of the person; anything in it may still be missing or wrong."""
    form = PatientForm(request.POST, facility=request.user.posting.facility)
    form.is_valid()
    cleaned = form.cleaned_data
    hindi = is_devanagari(name)
    birth = cleaned.get("birth")
    return patient_queries.Person(
        name=latin_from_devanagari(name) if hindi else name,
        name_hi=name if hindi else devanagari_from_latin(name),
        sex=cleaned.get("sex", ""),
        birth_year=birth[0].year if birth else None,
        phone=cleaned.get("phone", ""),
        guardian_name=cleaned.get("guardian_name", ""),
        village=cleaned.get("village", ""),
        district=str(cleaned["district"].pk) if cleaned.get("district") else "",
        abha="",
    )


def abha_doubtful(typed: str) -> bool:
    """Whether an ABHA number's last digit does not fit: said, never refused."""
    digits = typed.replace("-", "").replace(" ", "")
    return is_abha_number(digits) and not abha_check_digit_fits(digits)


def with_papers(made: Registration) -> Registration:
    """The registration with the address that prints its papers in one go."""
    made.encounter.print_url = print_url(papers_now(made))
    return made


def papers_now(made: Registration) -> list[IssuedDocument]:
    """What the patient holds: slip and receipt; of a cancelled slip the vouchers of what was paid back."""
    if made.token.status == TokenStatus.CANCELLED:
        return [one.paper for one in refunds_of(made.invoice) if one.paper]
    return [made.slip] + ([made.receipt] if made.receipt else [])


def print_url(papers: Iterable[IssuedDocument]) -> str:
    return f"{reverse('paper_list')}?{urlencode([('p', paper.pk) for paper in papers])}"


@requires(permissions.VIEW_QUEUE)
@require_GET
def registration_list(request: HttpRequest) -> HttpResponseBase:
    """Today's slips, newest first."""
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tokens = queries.todays_registrations(request.user, begins, begins + timedelta(days=1))
    listed = list(tokens[:200])
    patient_queries.withhold_names(token.patient for token in listed)
    return render(request, "opd/registration_list.html", {"tokens": listed, "count": tokens.count()})


@requires(permissions.VIEW_QUEUE)
@require_GET
def registration_detail(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """One registration: token, bill, papers."""
    made = with_papers(_registered(request, encounter_id))
    services.note_seen(encounter=made.encounter, actor=request.user, at=timezone.now())
    cancelled = made.token.status == TokenStatus.CANCELLED
    sent_on = made.token.moved_from_id is not None and not cancelled
    context = {
        "made": made,
        "patient": made.encounter.patient,
        "cancelled": cancelled,
        "refunds": refunds_of(made.invoice) if cancelled else [],
        "is_open": made.token.status in MOVABLE,
        # What was just written prints itself, once.
        "just_printed": request.GET.get("now")
        and (print_url([made.slip]) if sent_on else made.encounter.print_url),
    }
    return render(request, "opd/registration_detail.html", context)


def _registered(request: HttpRequest, encounter_id: UUID) -> Registration:
    """The registration of this encounter; somebody who was sent on has more than one token."""
    if not QueueToken.objects.visible_to(request.user).filter(encounter_id=encounter_id).exists():
        raise Http404
    return queries.registration(encounter_id)


@requires(permissions.REGISTER_VISIT)
@require_POST
def registration_copy_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Print again: a DUPLICATE of slip and receipt, each counted."""
    made, at = _registered(request, encounter_id), timezone.now()
    copies = [
        pdf.reprint(paper, actor=request.user, at=at)
        for paper in papers_now(made)
        if papers_of(request.user).filter(pk=paper.pk).exists()
    ]
    if not copies:
        raise Http404
    url = print_url(copies)
    return JsonResponse({"url": url}, status=201) if request.headers.get("X-Fetch") else redirect(url)


@requires(permissions.VIEW_QUEUE)
@require_GET
def clinicday_list(request: HttpRequest) -> HttpResponseBase:
    """Every queue of today."""
    clinics = queries.todays_clinics(request.user, timezone.localdate())
    return show(request, "opd/clinicday_list.html", {"clinics": clinics}, fragment="opd/_clinics.html")


@requires(permissions.VIEW_QUEUE)
@require_GET
def clinicday_detail(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """The queue of one room."""
    return _queue(request, _clinic_day(request, clinic_day_id))


def _clinic_day(request: HttpRequest, clinic_day_id: UUID) -> ClinicDay:
    linked = ClinicDay.objects.visible_to(request.user).select_related(
        "unit__department", "unit__room", "unit__doctor", "unit__facility", "closed_by"
    )
    return get_object_or_404(linked, pk=clinic_day_id)


def _queue(request: HttpRequest, clinic: ClinicDay, error: str = "") -> HttpResponse:
    tokens = queries.queue_of(clinic)
    patient_queries.withhold_names(token.patient for token in tokens)
    groups: dict[str, list[QueueToken]] = {"inside": [], "waiting": [], "aside": []}
    for token in tokens:
        where = {"called": "inside", "in_consultation": "inside", "waiting": "waiting"}.get(
            token.status, "aside"
        )
        groups[where].append(token)
    may_call = request.user.may(permissions.CALL_PATIENTS)
    context = {
        "clinic": clinic,
        "error": error,
        "may_call": may_call,
        "request_key": uuid4(),
        "moved": queries.moved_on(clinic),
        **groups,
    }
    status = 422 if error else 200
    return show(request, "opd/clinicday_detail.html", context, fragment="opd/_queue.html", status=status)


@requires(permissions.CALL_PATIENTS)
@require_POST
def call_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Call whoever is next."""
    clinic = _clinic_day(request, clinic_day_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        return _queue(request, clinic, error=str(_("Open the page again.")))
    services.call_next(clinic_day=clinic, request_key=key, actor=request.user, at=timezone.now())
    return _after(request, clinic)


def _after(request: HttpRequest, clinic: ClinicDay) -> HttpResponse:
    return (
        _queue(request, clinic)
        if request.headers.get("HX-Request")
        else go(request, "opd:clinicday_detail", clinic.pk)
    )


def _token_act(service: Any) -> Any:
    """A view that does one thing with one token and shows its queue."""

    @requires(permissions.CALL_PATIENTS)
    @require_POST
    def view(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
        token = get_object_or_404(QueueToken.objects.visible_to(request.user), pk=token_id)
        clinic = _clinic_day(request, token.clinic_day_id)
        try:
            service(token=token, actor=request.user, at=timezone.now())
        except Refusal as refusal:
            return _queue(request, clinic, error=str(refusal))
        return _after(request, clinic)

    return view


token_call_new = _token_act(services.call_token)
skip_new = _token_act(services.skip_token)
completion_new = _token_act(services.finish_token)


# ── A token sent on, or cancelled ──


def _token(request: HttpRequest, token_id: UUID) -> QueueToken:
    linked = ("patient__district", "encounter__department", "encounter__facility")
    visible = QueueToken.objects.visible_to(request.user).select_related(
        *linked, "clinic_day__unit__room", "clinic_day__unit__department"
    )
    return get_object_or_404(visible, pk=token_id)


def _say_in(form: Any, refusal: Refusal) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


@requires(permissions.MOVE_TOKEN)
@require_http_methods(["GET", "POST"])
def move_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Send somebody on to the right unit."""
    token = _token(request, token_id)
    here = token.clinic_day.unit
    sitting = queries.sitting_units(token.encounter.facility, timezone.localdate())
    units = sorted(
        ((unit, waiting) for unit, waiting in sitting if unit.pk != here.pk and waiting is not None),
        key=lambda one: (one[0].department_id != here.department_id, one[0].department.position, one[0].name),
    )
    form = MoveForm(request.POST or None, units=units)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            moved = services.move_token(token=token, actor=request.user, at=timezone.now(), **cleaned)
        except Refusal as refusal:
            _say_in(form, refusal)
        else:
            return _sent_on(request, token, moved)
    context = {"token": token, "patient": token.patient, "form": form, "units": units}
    return render(request, "opd/move_new.html", context, status=422 if request.method == "POST" else 200)


def _sent_on(request: HttpRequest, token: QueueToken, moved: QueueToken) -> HttpResponseBase:
    """To the new slip, where this person prints; else back to the queue."""
    unit = moved.clinic_day.unit
    said = str(_("Token %(number)s: %(unit)s, room %(room)s."))
    words = {"number": moved.number, "unit": unit, "room": unit.room or "—"}
    messages.success(request, said % words)
    if request.user.may(kernel_permissions.PRINT_PAPER):
        return _to_slip(token)
    return go(request, "opd:clinicday_detail", token.clinic_day_id)


def _to_slip(token: QueueToken) -> HttpResponseBase:
    response = redirect(f"{reverse('opd:registration_detail', args=[token.encounter_id])}?now=1")
    response.status_code = 303
    return response


@requires(permissions.CANCEL_TOKEN)
@require_http_methods(["GET", "POST"])
def cancellation_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Cancel a slip of today; the fee goes back."""
    token = _token(request, token_id)
    invoice = token.encounter.invoices.order_by("pk").first()
    payments = payments_of(invoice) if invoice else []
    in_cash = all(one.mode == PaymentMode.CASH for one in payments)
    form = CancellationForm(request.POST or None, in_cash=in_cash)
    if form.is_valid():
        try:
            services.cancel_token(
                token=token,
                regret=form.regret(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            _say_in(form, refusal)
        else:
            messages.success(request, str(_("The slip is cancelled.")))
            return _to_slip(token)
    context = {
        "token": token,
        "patient": token.patient,
        "form": form,
        "payments": payments,
        "in_cash": in_cash,
        "goes_back": sum(one.amount for one in payments),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "opd/cancellation_new.html", context, status=status)


# ── A queue closed early, and opened again ──


@requires(permissions.CLOSE_CLINIC)
@require_http_methods(["GET", "POST"])
def closure_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Close a queue; whoever waits is listed before and carried over."""
    clinic = _clinic_day(request, clinic_day_id)
    affected = list(queries.to_carry(clinic).select_related("patient"))
    later = queries.next_clinic(clinic.unit, clinic.held_on)
    others = queries.other_units(clinic.unit, clinic.held_on)
    form = ClosureForm(
        request.POST or None, units=others, next_day=on_day(later) if later else "", carries=bool(affected)
    )
    if form.is_valid():
        try:
            services.close_clinic(
                clinic_day=clinic,
                closing=form.closing(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            _say_in(form, refusal)
        else:
            return go(request, "opd:clinicday_detail", clinic.pk)
    context = {"clinic": clinic, "affected": affected, "form": form, "nowhere": not (later or others)}
    return render(request, "opd/closure_new.html", context, status=422 if request.method == "POST" else 200)


@requires(permissions.CLOSE_CLINIC)
@require_POST
def opening_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Open a queue again that was closed by mistake."""
    clinic = _clinic_day(request, clinic_day_id)
    try:
        services.open_clinic(clinic_day=clinic, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return _queue(request, clinic, error=str(refusal))
    return go(request, "opd:clinicday_detail", clinic.pk)


@requires(kernel_permissions.PRINT_PAPER)
@require_GET
def carried_slip_list(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """The new slips of those who left this queue, ten to a print."""
    clinic = _clinic_day(request, clinic_day_id)
    slips = queries.slips_of(queries.moved_on(clinic))
    return render(
        request, "opd/carried_slip_list.html", {"clinic": clinic, "prints": _tens(list(slips.values()))}
    )


def _tens(slips: list[IssuedDocument]) -> list[dict[str, Any]]:
    parts = [slips[begin : begin + MOST_AT_ONCE] for begin in range(0, len(slips), MOST_AT_ONCE)]
    return [
        {"first": n * MOST_AT_ONCE + 1, "last": n * MOST_AT_ONCE + len(part), "url": print_url(part)}
        for n, part in enumerate(parts)
    ]


# ── The hall's screens ──


@requires(permissions.MANAGE_DISPLAYS)
@require_GET
def display_list(request: HttpRequest) -> HttpResponseBase:
    """The hospital's screens."""
    return render(request, "opd/display_list.html", {"displays": queries.displays_of(request.user)})


@requires(permissions.MANAGE_DISPLAYS)
@require_http_methods(["GET", "POST"])
def display_new(request: HttpRequest) -> HttpResponseBase:
    """A screen, whose address is shown once: in the answer itself, and kept nowhere."""
    form = _display_form(request)
    if form.is_valid():
        try:
            hung = services.make_display(
                names=form.names(),
                units=form.cleaned_data["units"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            _say_in(form, refusal)
        else:
            return _address(request, hung)
    status = 422 if request.method == "POST" else 200
    return render(request, "opd/display_new.html", {"form": form}, status=status)


def _display_form(request: HttpRequest, initial: dict[str, Any] | None = None) -> DisplayForm:
    linked = ("department", "room")
    units = Unit.objects.visible_to(request.user).filter(is_active=True, department__is_active=True)
    listed = list(units.select_related(*linked).order_by("department__position", "name"))
    return DisplayForm(request.POST or None, units=listed, initial=initial)


def _address(request: HttpRequest, hung: services.Hung) -> HttpResponseBase:
    url = settings.PUBLIC_URL + reverse("display", args=[hung.key]) if hung.key else ""
    return render(request, "opd/display_address.html", {"display": hung.display, "address": url})


def _display(request: HttpRequest, display_id: UUID) -> Display:
    return get_object_or_404(Display.objects.visible_to(request.user), pk=display_id)


@requires(permissions.MANAGE_DISPLAYS)
@require_http_methods(["GET", "POST"])
def display_edit(request: HttpRequest, display_id: UUID) -> HttpResponseBase:
    """Other rooms or another name; and the way to a new address, or to switch it off."""
    display = _display(request, display_id)
    if display.revoked_at:
        raise Http404
    initial = {
        "name": display.name,
        "name_hi": display.name_hi,
        "units": [str(one) for one in display.unit_ids],
    }
    form = _display_form(request, initial)
    if form.is_valid():
        try:
            services.edit_display(
                display=display,
                names=form.names(),
                units=form.cleaned_data["units"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            _say_in(form, refusal)
        else:
            return go(request, "opd:display_list")
    context = {"display": display, "form": form, "request_key": uuid4()}
    return render(request, "opd/display_edit.html", context, status=422 if request.method == "POST" else 200)


@requires(permissions.MANAGE_DISPLAYS)
@require_POST
def display_key_new(request: HttpRequest, display_id: UUID) -> HttpResponseBase:
    """A new address; the old one opens nothing from now on."""
    display = _display(request, display_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
        hung = services.renew_display_key(
            display=display, request_key=key, actor=request.user, at=timezone.now()
        )
    except ValueError:
        return _refused(request, str(_("Open the page again.")))
    except Refusal as refusal:
        return _refused(request, str(refusal))
    return _address(request, hung)


@requires(permissions.MANAGE_DISPLAYS)
@require_POST
def display_revocation_new(request: HttpRequest, display_id: UUID) -> HttpResponseBase:
    """Switch a screen off at once, for good."""
    try:
        services.revoke_display(display=_display(request, display_id), actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return _refused(request, str(refusal))
    return go(request, "opd:display_list")


def _refused(request: HttpRequest, sentence: str) -> HttpResponseBase:
    context = {"displays": queries.displays_of(request.user), "error": sentence}
    return render(request, "opd/display_list.html", context, status=422)


WRONG_KEYS_A_MINUTE, ASKED_A_MINUTE = 60, 600


@public
@require_GET
def display(request: HttpRequest, display_key: str) -> HttpResponseBase:
    """What the hall sees: numbers, rooms, departments, nobody's name. Its key opens nothing else."""
    at = timezone.now()
    shown = services.display_with(display_key, at=at)
    bucket = ("display", str(shown.pk)) if shown else ("display", client_address(request))
    asked = throttling.count(*bucket, window=60)
    if asked > (ASKED_A_MINUTE if shown else WRONG_KEYS_A_MINUTE):
        response = HttpResponse(status=429, headers={"Retry-After": "60"})
    elif shown is None:
        response = render(request, "opd/display_gone.html", status=404)
    else:
        context = {"display": shown, "board": queries.board(shown, at), "at": at}
        response = show(request, "opd/display.html", context, fragment="opd/_board.html")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@requires(permissions.PRINT_DOWNTIME_SHEETS)
@require_GET
def downtimesheet_list(request: HttpRequest) -> HttpResponseBase:
    """The sheets printed for days without the system, newest first, and a form for more."""
    return _downtime_sheets(request, DowntimeSheetsForm(departments=_departments_here(request)))


@requires(permissions.PRINT_DOWNTIME_SHEETS)
@require_POST
def downtimesheet_new(request: HttpRequest) -> HttpResponseBase:
    """Print more sheets: their numbers are given here and never again."""
    form = DowntimeSheetsForm(request.POST, departments=_departments_here(request))
    if form.is_valid():
        try:
            paper = services.print_downtime_sheets(actor=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field, str(refusal))
        else:
            messages.success(
                request, _("The sheets %(numbers)s are ready to print.") % {"numbers": paper.number}
            )
            return go(request, "opd:downtimesheet_list")
    return _downtime_sheets(request, form, status=422)


def _departments_here(request: HttpRequest) -> Any:
    return Department.objects.visible_to(request.user).filter(is_active=True).select_related("facility")


def _downtime_sheets(request: HttpRequest, form: DowntimeSheetsForm, status: int = 200) -> HttpResponse:
    papers = papers_of(request.user).filter(template=queries.DOWNTIME_SHEETS, copy=0)
    context = {"form": form, "papers": papers.defer("pdf").select_related("issued_by").order_by("-pk")[:20]}
    return render(request, "opd/downtimesheet_list.html", context, status=status)
