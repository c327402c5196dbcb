"""The front desk."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST

from billing import pricing
from billing.queries import open_shift_of
from facilities.models import Department, Facility
from hmis.kernel.access import requires, turn_away
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.recent import recent
from opd import permissions, queries, services
from opd.forms import (
    VisitForm,
    meant,
    words_for,
)
from opd.queries import Registration
from opd.views.slips import with_papers
from patients import queries as patient_queries
from patients.forms.cards import PrintCardForm, PrintLabelsForm, papers_to_print
from patients.forms.person import PatientForm, SearchForm
from patients.forms.scanned import FilledForm, said_by, said_by_number
from patients.identifiers import abha_doubtful
from patients.matching import Person
from patients.models import Category, Patient
from patients.names import is_devanagari
from patients.permissions import EDIT_PATIENT, PRINT_CARD
from patients.scans import AbhaCard
from patients.services import (
    LikelyDuplicate,
    edit_patient,
    note_seen,
)
from patients.views.likely import alike, found_by, half_described, offered

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
    # That what was just saved made the patient, who has no card yet.
    is_new: bool = False
    error: str = ""
    # Why nothing was saved, said beside those who may be this person.
    duplicate: str = ""
    filled: FilledForm | None = None
    card: AbhaCard | None = None
    # The UHID that was typed, where its record is joined to this one.
    given_up: str = ""
    # What was typed of the visit before this patient was taken up.
    carried: dict[str, str] = field(default_factory=dict)

    def show(self, status: int = 200) -> HttpResponse:
        if not (self.patient or self.visit_form) and self.request.headers.get("HX-Request"):
            return self._show_blank()
        departments = self.visit_form.departments if self.visit_form else open_departments(self.request)
        visit_form = self.visit_form or VisitForm(
            departments=departments, initial=self._expected(departments) | self.carried
        )
        person_form = self.filled.form if self.filled else self.person_form
        suggested = self._suggested(visit_form)
        if self.patient and not visit_form.is_bound:
            visit_form.initial = {**suggested, **visit_form.initial}
        death, merge = patient_queries.standing_against(self.patient) if self.patient else (None, None)
        context = {
            "patient": self.patient,
            "given_up": self.given_up,
            "death": death,
            "merge": merge,
            "person_form": person_form,
            "filled": self.filled,
            "card": self.card,
            "blank_person": "" if person_form or self.patient else self._blank_person(),
            "at_name": self._at_name(),
            "visit_form": visit_form,
            "suggested": suggested,
            "favourites": favourites(departments),
            **alike(self.candidates, self.request.POST.get("confirm_new", "")),
            "duplicate": self.duplicate,
            "last_saved": self._last_saved(),
            "error": self.error,
            "search_form": SearchForm(),
            "has_shift": self._has_shift(),
            **estimate(self.request, visit_form, self.patient),
        }
        return show(
            self.request, "opd/registration_new.html", context, fragment="opd/_desk.html", status=status
        )

    def refused(self) -> HttpResponse:
        """The form with what is wrong; beside it still whom it may be, and what was said of them."""
        if self.person_form and not self.candidates:
            self.candidates = offered(self.request, person_in(self.request, half_filled(self.request)))
        return self.show(422)

    def _show_blank(self) -> HttpResponse:
        """The desk as it is for whoever comes next, under what was just saved."""
        drawn = blank_desk(self.request.user.posting.facility_id, get_language(), self._at_name())
        own = {CSRF: get_token(self.request), KEY: str(uuid4()), LAST: self._last_saved()}
        return HttpResponse(_filled_in(drawn, own))

    def _last_saved(self) -> str:
        """What was just saved, with this clerk's own buttons."""
        if self.last is None:
            return ""
        return render_to_string("opd/_last.html", {"last": self.last, "papers": self._papers()})

    def _papers(self) -> str:
        """The forms for card and labels of whoever was just saved, where this person may print them."""
        user, patient = self.request.user, self.last.encounter.patient
        if not user.may(PRINT_CARD):
            return ""
        if not self.is_new:
            context = {"patient": patient, "csrf_token": get_token(self.request)}
            return render_to_string("patients/_papers.html", context | papers_to_print(patient, user))
        own = {CSRF: get_token(self.request), str(SOMEBODY): str(patient.pk)}
        own |= {key: str(uuid4()) for key in (KEY, SECOND_KEY)}
        return SafeString(_filled_in(papers_of_somebody_new(get_language()), own))

    def _blank_person(self) -> str:
        return blank_person(self.request.user.posting.facility_id, get_language(), self._at_name())

    def _has_shift(self) -> bool:
        """Whether cash can be taken: asked when the whole page comes, not with each patient."""
        if self.request.headers.get("HX-Request"):
            return True
        return open_shift_of(self.request.user) is not None

    def _at_name(self) -> bool:
        """Whether somebody new was asked for (F4, ?new=1): then the cursor stands in the name."""
        return "new" in self.request.GET and self.patient is None

    def _suggested(self, visit_form: VisitForm) -> dict[str, str]:
        """What follows from the age and category of whoever is at the desk."""
        if self.patient:
            return visit_form.suggested(self.patient.category, self.patient.birth_date)
        return visit_form.suggested(*category_and_birth(self.person_form))

    def _expected(self, departments: list[Department]) -> dict[str, Any]:
        """A returning patient most often comes to the department of the last time."""
        last = getattr(self.patient, "last_department_id", None)
        words = (words_for(one, departments) for one in departments if one.pk == last)
        return {"department": next(words, "")}


# Where a drawn desk is filled in for its clerk; no text that anybody types holds these signs.
CSRF, KEY, LAST = "\ue000csrf\ue000", "\ue000key\ue000", "\ue000last\ue000"
SECOND_KEY, SOMEBODY = "\ue000key2\ue000", UUID(int=0)


def _filled_in(drawn: str, own: dict[str, str]) -> str:
    return reduce(lambda text, place: text.replace(place, own[place]), own, drawn)


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


@recent
def papers_of_somebody_new(language: str) -> str:
    """The forms for card and labels, drawn: of whoever has none yet the same but for keys and address."""
    forms = {
        "card_form": PrintCardForm(initial={"request_key": KEY}),
        "labels_form": PrintLabelsForm(initial={"request_key": SECOND_KEY}),
    }
    context = {"patient": Patient(id=SOMEBODY), "csrf_token": CSRF, **forms}
    return render_to_string("patients/_papers.html", context)


def favourites(departments: list[Department]) -> list[tuple[Department, str]]:
    """Each with what its button fills in."""
    sitting = [one for one in departments if one.units_today][:FAVOURITES]
    return [(one, words_for(one, departments)) for one in sitting]


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
        return desk.refused()
    at = timezone.now()
    try:
        made = services.register_visit(
            patient=patient or person_form.details(),
            visit=visit_form.visit(),
            confirm_new=visit_form.cleaned_data["confirm_new"],
            confirm_again=visit_form.cleaned_data["confirm_again"],
            request_key=visit_form.cleaned_data["request_key"],
            actor=request.user,
            at=at,
        )
    except LikelyDuplicate as refusal:
        desk.candidates, desk.duplicate = refusal.candidates, str(refusal)
        return desk.refused()
    except (Refusal, ValidationError) as refusal:
        _say(refusal, desk, visit_form, person_form)
        return desk.refused()
    if not request.headers.get("HX-Request"):
        return go(request, "opd:registration_detail", made.encounter.pk)
    is_new = made.encounter.patient.registered_at == at
    return Desk(request, last=with_papers(made, request.user), is_new=is_new).show()


def _chosen(request: HttpRequest) -> Patient | None:
    """The patient that the page or the form names; 404 for one that this person has not found."""
    chosen = request.POST.get("patient") or request.GET.get("patient")
    return _reached(request, chosen) if chosen else None


def _reached(request: HttpRequest, chosen: str) -> Patient:
    try:
        reachable = patient_queries.reachable_by(request.user, UUID(chosen))
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
    returns = patient is not None and department is not None
    follows = queries.followed(patient, department, today) if returns else None
    return {
        "department": department,
        "red_flag": bool(found) and found[0].red_flag,
        "others": [one.department for one in found[1:4]],
        "units": _units(form, department, counts) if department else [],
        "unit_asked": str(form["unit"].value() or ""),
        "held": queries.waiting_in(patient.pk, department, today) if returns else None,
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
def choice_new(request: HttpRequest, patient_id: UUID) -> HttpResponseBase:
    """Somebody on file is taken up; what was typed of the visit goes along."""
    return _taken_up(request, _reached(request, str(patient_id))).show()


def _taken_up(request: HttpRequest, patient: Patient) -> Desk:
    note_seen(patient=patient, actor=request.user, at=timezone.now())
    return Desk(request, patient=patient, carried=_carried(request, patient))


VISIT = ("department", "unit", "lane", "scheme", "proof_number", "mode", "reference")


def _typed(request: HttpRequest, names: tuple[str, ...] = VISIT) -> dict[str, str]:
    """What was typed of the visit."""
    form = VisitForm(request.POST, departments=[])
    return {name: sent for name in names if (sent := form[name].data) is not None}


def _carried(request: HttpRequest, patient: Patient | None) -> dict[str, str]:
    """What was typed of the visit, for somebody new or this very patient: another's is no business of theirs.

    A lane or exemption that only followed from the person typed gives way to what follows from the patient on
    file, if no proof was typed.
    """
    typed, at_desk = _typed(request), request.POST.get("patient", "")
    if not typed or patient is None or at_desk not in ("", str(patient.pk)):
        return {}
    followed = {"department": ""}
    if not at_desk:
        followed |= VisitForm(departments=[]).suggested(*category_and_birth(half_filled(request)))
    if typed.get("proof_number"):
        followed.pop("scheme", None)
    return {name: value for name, value in typed.items() if value != followed.get(name)}


def _is_half_typed(request: HttpRequest) -> bool:
    """Whether more of somebody new is typed than the one name or mobile that the search fills in."""
    if request.POST.get("patient"):
        return False
    form = half_filled(request)
    typed = {name for name in form.changed_data if form[name].data not in (None, "", Category.GENERAL)}
    return len(typed) > 1 or not typed <= {"name", "phone"}


@requires(permissions.REGISTER_VISIT)
@require_POST
def search_new(request: HttpRequest) -> HttpResponseBase:
    """The search box. An exact number takes the person up at once, if that wipes nobody half typed away."""
    form = SearchForm(request.POST)
    found = found_by(request, form)
    at_desk = _at_desk(request) if found.to_keep else None
    desk = None
    half_typed = bool(found.only) and _is_half_typed(request)
    if found.only and not half_typed:
        desk = _taken_up(request, found.only)
        desk.given_up = found.given_up
    elif found.card and found.to_keep and not at_desk:
        desk = _filled_desk(request, found)
    if desk:
        response = desk.show()
        response["HX-Retarget"], response["HX-Reswap"] = "#main", "innerHTML"
        return response
    context = {
        "found": found,
        "choose": reverse("opd:registration_new"),
        "take_up": "opd:choice_new",
        "half_typed": half_typed,
        "search_form": form,
        "typed": form.cleaned_data.get("q", ""),
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
    return Desk(
        request,
        visit_form=VisitForm(departments=departments, initial=_typed(request, (*VISIT, "request_key"))),
        filled=FilledForm(said, request.POST, facility=facility),
        card=found.card,
    )


@requires(permissions.REGISTER_VISIT)
@require_POST
def scan_new(request: HttpRequest) -> HttpResponseBase:
    """A scanned number that nobody bears: kept with the patient at the desk, or in a new one's form."""
    form = SearchForm(request.POST)
    found = found_by(request, form)
    if found.refused:
        context = {"found": found, "choose": reverse("opd:registration_new"), "search_form": form}
        response = show(request, "opd/search.html", context, fragment="patients/_found.html")
        response["HX-Retarget"] = "#found"
        return response
    if not found.to_keep:
        return Desk(request, patient=found.only, carried=_carried(request, found.only)).show()
    if request.POST.get("to") != "patient":
        return _filled_desk(request, found).show()
    if not request.user.may(EDIT_PATIENT):
        turn_away(request.user, EDIT_PATIENT)
    patient = _chosen(request)
    desk = Desk(request, patient=patient, carried=_carried(request, patient))
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
    form = half_filled(request)
    described = person_in(request, form)
    is_hindi = is_devanagari(request.POST.get("name", ""))
    context = {
        **alike(offered(request, described), request.POST.get("confirm_new", "")),
        "other_script": described.name if is_hindi else described.name_hi,
        "abha_doubtful": abha_doubtful(request.POST.get("abha", "")),
        "suggested": VisitForm(departments=[]).suggested(*category_and_birth(form)),
        "live": True,
    }
    return render(request, "opd/_same.html", context)


def half_filled(request: HttpRequest) -> PatientForm:
    """The form as far as it is filled: anything in it may still be missing or wrong."""
    form = PatientForm(request.POST, facility=request.user.posting.facility)
    form.is_valid()
    return form


def category_and_birth(form: PatientForm | None) -> tuple[str, date | None]:
    """(category, birth date) that a form says; "" and None where it says neither."""
    said = getattr(form, "cleaned_data", {})
    return said.get("category", ""), said["birth"][0] if "birth" in said else None


def person_in(request: HttpRequest, form: PatientForm) -> Person:
    """What the half-filled form says of the person."""
    _category, born = category_and_birth(form)
    name = request.POST.get("name", "").strip()
    return half_described(name, form.cleaned_data, born.year if born else None)
