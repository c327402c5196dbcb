"""Casualty: the desk, who is here, one arrival and what becomes of it."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.said import rev_said
from hmis.kernel.views import copied, papers_of, print_url
from opd import permissions, queries, services
from opd.forms import BedForm, CasualtyForm, NameForm, OutcomeForm, TriageForm
from opd.models import CasualtyArrival
from opd.queries import Casualty
from opd.states import LEAVINGS, Outcome
from opd.views.desk import person_in
from patients import queries as patient_queries
from patients import services as patients
from patients.forms.outcomes import WhyForm
from patients.forms.person import SearchForm, initial_of
from patients.models import Patient
from patients.queries.merging import same_person
from patients.services import LikelyDuplicate
from patients.views.likely import alike, comer_described, found_by, offered
from patients.views.revisions import revision


@dataclass
class Desk:
    """What the casualty desk shows: whom, and what was just done."""

    request: HttpRequest
    patient: Patient | None = None
    form: CasualtyForm | None = None
    candidates: list[patient_queries.Candidate] = field(default_factory=list)
    last: Casualty | None = None
    error: str = ""
    # The UHID that was typed, where its record is joined to this one.
    given_up: str = ""
    # Why nothing was saved, said beside those who may be this person.
    duplicate: str = ""

    def show(self, status: int = 200) -> HttpResponse:
        death, merge = patient_queries.standing_against(self.patient) if self.patient else (None, None)
        context = {
            "patient": self.patient,
            "given_up": self.given_up,
            "already_here": self._already_here(),
            "death": death,
            "merge": merge,
            "form": self.form or blank(self.request),
            **alike(self.candidates, self.request.POST.get("confirm_new", "")),
            "duplicate": self.duplicate,
            "last": self.last,
            "print_url": papers_to_print(self.last, self.request.user) if self.last else "",
            "error": self.error,
            "search_form": SearchForm(),
        }
        return show(
            self.request, "opd/casualty_new.html", context, fragment="opd/_casualty_desk.html", status=status
        )

    def refused(self) -> HttpResponse:
        """The form with what is wrong; beside it still whom it may be, and what was said of them."""
        if self.form and not self.patient and not self.candidates:
            self.candidates = offered(self.request, comer_described(self.form))
        return self.show(422)

    def _already_here(self) -> CasualtyArrival | None:
        if self.patient is None:
            return None
        return queries.in_casualty(self.request.user).filter(patient__in=same_person(self.patient.pk)).first()


def blank(request: HttpRequest, data: Any = None) -> CasualtyForm:
    facility = request.user.posting.facility
    return CasualtyForm(data, facility=facility, department=queries.emergency_department(facility))


def papers_to_print(made: Casualty, user: Any) -> str:
    return print_url([paper for paper in (made.slip, made.intimation) if paper], user)


@requires(permissions.REGISTER_CASUALTY)
@require_http_methods(["GET", "POST"])
def casualty_new(request: HttpRequest) -> HttpResponseBase:
    """The casualty desk. GET with ?patient= takes up somebody who was found."""
    patient = _chosen(request)
    if request.method == "GET":
        return Desk(request, patient).show()
    form = blank(request, request.POST)
    desk = Desk(request, patient, form)
    if not form.is_for(patient):
        return desk.refused()
    try:
        made = services.register_casualty(
            who=form.who(patient),
            coming=form.coming(),
            confirm_new=form.cleaned_data["confirm_new"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except LikelyDuplicate as refusal:
        desk.candidates, desk.duplicate = refusal.candidates, str(refusal)
        return desk.refused()
    except (Refusal, ValidationError) as refusal:
        desk.error = said(refusal, form)
        return desk.refused()
    if not request.headers.get("HX-Request"):
        return go(request, "opd:casualty_detail", made.arrival.pk)
    return Desk(request, last=made).show()


def said(refusal: Refusal | ValidationError, form: Any) -> str:
    """A refusal at its field where it has one; what is left to be said above the button."""
    if isinstance(refusal, ValidationError):
        return sentences(refusal)
    if refusal.field in form.fields:
        form.add_error(refusal.field, str(refusal))
        return ""
    return str(refusal)


def _chosen(request: HttpRequest) -> Patient | None:
    """The patient that the page or the form names; 404 for one that this person has not found."""
    chosen = request.POST.get("patient") or request.GET.get("patient")
    if not chosen:
        return None
    try:
        reachable = patient_queries.reachable_by(request.user, UUID(chosen))
    except ValueError:
        reachable = Patient.objects.none()
    return get_object_or_404(reachable.select_related("district", "facility"))


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def casualty_search_new(request: HttpRequest) -> HttpResponseBase:
    """The search box of the casualty desk."""
    form = SearchForm(request.POST)
    found = found_by(request, form)
    if found.only:
        response = Desk(request, patient=found.only, given_up=found.given_up).show()
        response["HX-Retarget"], response["HX-Reswap"] = "#main", "innerHTML"
        return response
    context = {
        "found": found,
        "choose": reverse("opd:casualty_new"),
        "search_form": form,
        "is_beside_new": True,
    }
    return show(request, "opd/casualty_search.html", context, fragment="patients/_found.html")


@requires(permissions.VIEW_CASUALTY)
@require_GET
def casualty_list(request: HttpRequest) -> HttpResponseBase:
    """Who is in casualty now, the most urgent first."""
    here = list(queries.in_casualty(request.user)[:200])
    patient_queries.withhold_names(arrival.patient for arrival in here)
    context = {"arrivals": here}
    return show(request, "opd/casualty_list.html", context, fragment="opd/_casualty_board.html")


@requires(permissions.VIEW_CASUALTY)
@require_GET
def casualty_detail(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """One arrival: how urgent, brought by whom, bed, case, papers, and what can be done."""
    arrival = _arrival(request, arrival_id)
    patients.note_seen(patient=arrival.patient, actor=request.user, at=timezone.now())
    return _detail(request, arrival)


def _arrival(request: HttpRequest, arrival_id: UUID) -> CasualtyArrival:
    return get_object_or_404(queries.arrivals(request.user), pk=arrival_id)


def _detail(
    request: HttpRequest, arrival: CasualtyArrival, error: str = "", asking: str = ""
) -> HttpResponse:
    """The page; after a refusal with its sentence, or with what is asked back at the departure."""
    made = queries.casualty(arrival.encounter_id)
    outcomes = [Outcome.MORTUARY] if made.arrival.declared_dead_at else LEAVINGS[:-1]
    choices = [("", "—"), *((one.value, one.label) for one in outcomes)]
    leave = OutcomeForm(initial={"outcome": request.POST.get("outcome", "")})
    leave.fields["outcome"].choices = choices
    context = {
        "made": made,
        "arrival": made.arrival,
        "patient": made.arrival.patient,
        "print_url": papers_to_print(made, request.user),
        "triage_form": TriageForm(initial={"triage": made.arrival.triage}),
        "bed_form": _bed_form(made.arrival),
        "outcome_form": leave,
        "why_form": None if made.case else _mistake_form(request),
        "error": error,
        "asking": asking,
    }
    return show(request, "opd/casualty_detail.html", context, status=422 if error or asking else 200)


def _mistake_form(request: HttpRequest) -> WhyForm:
    """Why the entry was a mistake: nothing that a scanner types on arriving here may land in it."""
    form = WhyForm(request.POST if "why" in request.POST else None)
    del form.fields["why"].widget.attrs["autofocus"]
    return form


def _bed_form(arrival: CasualtyArrival, data: Any = None) -> BedForm:
    return BedForm(data, facility=arrival.facility, department=arrival.encounter.department)


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def triage_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Another colour."""
    return _act(request, arrival_id, TriageForm(request.POST), services.change_triage)


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def bedstay_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Into an observation bed, or to another one."""
    form = _bed_form(_arrival(request, arrival_id), request.POST)
    return _act(request, arrival_id, form, services.give_bed)


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def departure_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """The patient leaves casualty."""
    return _act(request, arrival_id, OutcomeForm(request.POST), services.see_off)


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def arrival_cancellation_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """The entry was a mistake."""
    return _act(request, arrival_id, WhyForm(request.POST), services.cancel_arrival)


def _act(request: HttpRequest, arrival_id: UUID, form: Any, service: Any) -> HttpResponseBase:
    """Do one thing with one arrival and show it again."""
    arrival = _arrival(request, arrival_id)
    if not form.is_valid():
        return _detail(request, arrival, error=sentences(ValidationError(list(form.errors.values()))))
    try:
        service(arrival=arrival, actor=request.user, at=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        said = {"asking" if refusal.field == "confirm" else "error": str(refusal)}
        return _detail(request, arrival, **said)
    return go(request, "opd:casualty_detail", arrival.pk)


@requires(permissions.REGISTER_CASUALTY)
@require_http_methods(["GET", "POST"])
def name_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Name somebody who came without a name; whoever is on file already is shown before."""
    arrival = _arrival(request, arrival_id)
    patient = arrival.patient
    facility = request.user.posting.facility
    form = NameForm(request.POST or None, facility=facility, initial=_known_of(patient))
    candidates: list[patient_queries.Candidate] = []
    if form.is_bound:
        candidates = [one for one in _candidates(request, form) if one.patient.pk != patient.pk]
    like = alike(candidates, request.POST.get("confirm_new", ""))
    asked = form.is_valid() and (form.cleaned_data["same_as"] or like["is_new"] or not candidates)
    if asked and _name(request, arrival, form):
        return go(request, "opd:casualty_detail", arrival.pk)
    context = {"arrival": arrival, "patient": patient, "form": form, **like}
    context |= revision(request, patient, was_asked=bool(asked))
    status = 422 if request.method == "POST" else 200
    return show(request, "opd/casualty_name.html", context, status=status)


def _known_of(patient: Patient) -> dict[str, Any]:
    """What the form of a name begins with: not the stand-in, and for the rest what most answer."""
    asked = {name: value for name, value in initial_of(patient).items() if value}
    if not patient.birth_date:
        asked.pop("age_unit", None)
    # Now they can be asked for the mobile, too.
    return asked | {"name": "", "name_other": "", "no_phone_reason": ""}


def _candidates(request: HttpRequest, form: NameForm) -> list[patient_queries.Candidate]:
    """Those on file like the one in the form; while something in it is wrong, by what is not."""
    if not form.is_valid():
        return offered(request, person_in(request, form))
    described = patients.described(Patient(**patients.born(form.described(), timezone.localdate())))
    return patient_queries.likely_duplicates(patient_queries.person_of(described), request.user)


def _name(request: HttpRequest, arrival: CasualtyArrival, form: NameForm) -> bool:
    """Whether it was done; a refusal stands in the form."""
    try:
        services.name_patient(
            arrival=arrival,
            details=form.details(),
            rev=rev_said(request),
            probably_same_as=form.cleaned_data["same_as"],
            actor=request.user,
            at=timezone.now(),
        )
    except (Refusal, ValidationError) as refusal:
        left = said(refusal, form)
        if left:
            form.add_error(None, left)
        return False
    return True


@requires(permissions.REGISTER_CASUALTY)
@require_POST
def casualty_copy_new(request: HttpRequest, arrival_id: UUID) -> HttpResponseBase:
    """Print again: a DUPLICATE of the emergency slip, counted."""
    made = queries.casualty(_arrival(request, arrival_id).encounter_id)
    paper = get_object_or_404(papers_of(request.user), pk=made.slip.pk)
    return copied(request, [paper])
