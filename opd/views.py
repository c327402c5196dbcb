"""The front desk and the queues."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.services import relief_by
from facilities.models import Department, Facility
from hmis.kernel import pdf
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.models import IssuedDocument
from hmis.kernel.recent import recent
from hmis.kernel.views import papers_of
from opd import permissions, queries, services
from opd.forms import VisitForm, meant
from opd.models import ClinicDay, QueueToken
from opd.queries import Registration
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
from patients.permissions import EDIT_PATIENT
from patients.scans import AbhaCard
from patients.services import LikelyDuplicate, edit_patient, find_patients

FAVOURITES = 6


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
            "visit_form": visit_form,
            "favourites": [one for one in departments if one.units_today][:FAVOURITES],
            "candidates": self.candidates,
            "last": self.last,
            "papers": papers_to_print(self.last.encounter.patient, self.request.user) if self.last else None,
            "error": self.error,
            "search_form": SearchForm(),
            **estimate(self.request, visit_form, self.patient),
        }
        return show(
            self.request, "opd/registration_new.html", context, fragment="opd/_desk.html", status=status
        )

    def _blank_person(self) -> str:
        return blank_person(self.request.user.posting.facility_id, get_language())

    def _expected(self, departments: list[Department]) -> dict[str, Any]:
        """A returning patient most often comes to the department of the last time."""
        last = getattr(self.patient, "last_department_id", None)
        return {"department": next((one.code for one in departments if one.pk == last), "")}


@recent
def blank_person(facility_id: UUID, language: str) -> str:
    """The empty form of a new patient, drawn: it is the same for every clerk, and costly to draw."""
    form = PatientForm(facility=Facility.objects.get(pk=facility_id))
    return render_to_string("opd/_person.html", {"person_form": form})


def open_departments(request: HttpRequest) -> list[Department]:
    return queries.open_departments(request.user.posting.facility)


@requires(permissions.REGISTER_VISIT)
@require_http_methods(["GET", "POST"])
def registration_new(request: HttpRequest) -> HttpResponseBase:
    """The front desk. GET with ?patient= takes up somebody who was found."""
    patient = _chosen(request)
    if request.method == "GET":
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
        "units": [(unit, counts.get(unit.pk, 0)) for unit in department.units_today] if department else [],
        "follows": follows,
        "valid_till": follows.valid_till if follows else _valid_till(department, today),
        "fee": _fee(form, department, follows),
    }


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
        relief = relief_by(chosen, "asked later")
        return department.fee() * (100 - relief.percent) / 100
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
            details={"identifiers": found.identifiers},
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
    candidates = patient_queries.likely_duplicates(described, request.user) if len(name) > 2 else []
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
    papers = [made.slip] + ([made.receipt] if made.receipt else [])
    made.encounter.print_url = print_url(papers)
    return made


def print_url(papers: Iterable[IssuedDocument]) -> str:
    return f"{reverse('paper_list')}?{urlencode([('p', paper.pk) for paper in papers])}"


@requires(permissions.VIEW_QUEUE)
@require_GET
def registration_list(request: HttpRequest) -> HttpResponseBase:
    """Today's slips, newest first."""
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tokens = queries.todays_registrations(request.user, begins, begins + timedelta(days=1))
    return render(request, "opd/registration_list.html", {"tokens": tokens[:200], "count": tokens.count()})


@requires(permissions.VIEW_QUEUE)
@require_GET
def registration_detail(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """One registration: token, bill, papers."""
    made = with_papers(_registered(request, encounter_id))
    return render(request, "opd/registration_detail.html", {"made": made, "patient": made.encounter.patient})


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
        for paper in (made.slip, made.receipt)
        if paper and papers_of(request.user).filter(pk=paper.pk).exists()
    ]
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
        "unit__department", "unit__room", "unit__doctor"
    )
    return get_object_or_404(linked, pk=clinic_day_id)


def _queue(request: HttpRequest, clinic: ClinicDay, error: str = "") -> HttpResponse:
    tokens = queries.queue_of(clinic)
    groups: dict[str, list[QueueToken]] = {"inside": [], "waiting": [], "aside": []}
    for token in tokens:
        where = {"called": "inside", "in_consultation": "inside", "waiting": "waiting"}.get(
            token.status, "aside"
        )
        groups[where].append(token)
    may_call = request.user.may(permissions.CALL_PATIENTS)
    context = {"clinic": clinic, "error": error, "may_call": may_call, "request_key": uuid4(), **groups}
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
