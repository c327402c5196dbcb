"""The desk of admissions: who is to be admitted, who comes with no time to ask, the form of an admission."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.queries import in_advance
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.templatetags.ui import rupees
from hmis.kernel.views import copied, print_url
from ipd import documents, permissions, queries, services
from ipd.forms.admission import FOR_EMERGENCIES, AdmissionForm, AttendantForm, EmergencyForm
from ipd.forms.beds import uuid_or_none
from ipd.models import Admission
from ipd.queries import Admitted
from ipd.states import OPEN_ADMISSIONS
from patients import queries as patients
from patients.forms.outcomes import WhyForm
from patients.forms.person import SearchForm
from patients.models import AdmissionRequest, Encounter, Patient
from patients.queries.merging import same_person
from patients.services import DoubtfulBed, LikelyDuplicate
from patients.views.likely import alike, comer_described, found_by, offered

MOST = 60


@requires(permissions.VIEW_INPATIENTS)
@require_GET
def admission_list(request: HttpRequest) -> HttpResponseBase:
    """Who is to be admitted, and whom the wards have; ?now= whom the desk has just admitted."""
    here = queries.admissions_here(request.user)
    key = uuid_or_none(request.GET.get("now"))
    now = here.filter(pk=key).first() if key else None
    listed = queries.with_places(here.filter(status__in=OPEN_ADMISSIONS)[:MOST])
    waiting = list(patients.requests_waiting(request.user)[:MOST])
    patients.withhold_names([one.patient for one in (*listed, *waiting)])
    context = {
        "waiting": waiting if request.user.may(permissions.ADMIT_PATIENTS) else [],
        "admissions": listed,
        "count": here.filter(status__in=OPEN_ADMISSIONS).count(),
        "now": queries.with_places([now])[0] if now else None,
        "just_printed": print_url(documents.papers_of(now), request.user) if now else "",
        "search_form": SearchForm(),
    }
    return render(request, "ipd/admission_list.html", context)


@dataclass(frozen=True)
class Comer:
    """Whom the desk admits, and how they come."""

    patient: Patient
    request: AdmissionRequest | None = None
    came_from: Encounter | None = None

    @property
    def address(self) -> str:
        """What the page's address says of them."""
        if self.request:
            return f"?request={self.request.pk}"
        return f"?encounter={self.came_from.pk}" if self.came_from else f"?patient={self.patient.pk}"


def _comer(request: HttpRequest) -> Comer | None:
    """Whom the address or the form names; 404 for somebody of another hospital."""
    said = {
        "request": request.POST.get("request") or request.GET.get("request"),
        "encounter": request.POST.get("encounter") or request.GET.get("encounter"),
        "patient": request.POST.get("patient") or request.GET.get("patient"),
    }
    keys = {name: _key(value) for name, value in said.items()}
    if keys["request"]:
        asked = get_object_or_404(
            AdmissionRequest.objects.visible_to(request.user).select_related(
                "patient__district", "encounter", "department"
            ),
            pk=keys["request"],
        )
        return Comer(asked.patient, asked, asked.encounter)
    if keys["encounter"]:
        visible = Encounter.objects.visible_to(request.user).select_related("patient__district", "department")
        contact = get_object_or_404(visible, pk=keys["encounter"])
        return Comer(contact.patient, None, contact)
    if keys["patient"]:
        reachable = patients.reachable_by(request.user, keys["patient"])
        patient = get_object_or_404(reachable.select_related("district", "facility"))
        # The slip or card was scanned: whom a doctor has asked for is admitted on that request. What goes on
        # under another record of the same person goes on there.
        own = same_person(patient.pk)
        open_one = patients.requests_waiting(request.user).filter(patient__in=own)
        asked = open_one.select_related("patient__district", "encounter", "department").first()
        if asked:
            return Comer(asked.patient, asked, asked.encounter)
        contact = queries.contact_before(patient, request.user.posting.facility_id, timezone.now())
        return Comer(contact.patient if contact else patient, None, contact)
    return None


def _key(said: str | None) -> UUID | None:
    """The key that is said; 404 for what is none."""
    key = uuid_or_none(said)
    if said and key is None:
        raise Http404
    return key


@requires(permissions.ADMIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def admission_new(request: HttpRequest) -> HttpResponseBase:
    """Admit somebody: ?request= whom a doctor asked for, ?encounter= from casualty, ?patient= directly."""
    comer = _comer(request)
    if comer is None:
        return go(request, "ipd:admission_list")
    form = _form(request, comer)
    if request.method == "POST" and form.is_valid():
        admitting = form.admitting(request=comer.request, came_from=comer.came_from)
        done = _admitted(request, form, comer.patient, admitting)
        if done:
            return _to_desk(request, done)
    return _form_page(request, comer, form)


def _form(request: HttpRequest, comer: Comer) -> AdmissionForm:
    asked, facility = comer.request, request.user.posting.facility
    contact = comer.came_from
    department_id = asked.department_id if asked else contact.department_id if contact else None
    kind = asked.ward_kind if asked else ""
    beds = queries.free_places(facility, kind=kind, department_id=department_id)
    initial = {
        "department": department_id,
        "diagnosis": asked.diagnosis if asked else "",
        "consultant": request.user.pk if request.user.may(permissions.INITIATE_DISCHARGE) else None,
        "attendant_name": comer.patient.guardian_name,
    }
    if request.GET.get("bed"):
        initial["bed"] = request.GET["bed"]
    mother = queries.mother_of(comer.patient)
    if mother:
        initial |= {"bed": "beside", "consent_name": mother.patient.name}
    return AdmissionForm(request.POST or None, facility=facility, beds=beds, mother=mother, initial=initial)


def _admitted(request: HttpRequest, form: Any, who: Any, admitting: Any) -> Admitted | None:
    """What was done; None where the form says what stands in the way."""
    try:
        return services.admit_patient(
            who=who,
            admitting=admitting,
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
            confirm_bed=form.cleaned_data["confirm_bed"],
            confirm_new=form.cleaned_data.get("confirm_new", False),
        )
    except LikelyDuplicate as refusal:
        form.candidates, form.duplicate = refusal.candidates, str(refusal)
    except DoubtfulBed as refusal:
        form.doubts = refusal.doubts
    except Refusal as refusal:
        form.say(refusal)
    except ValidationError as refusal:
        form.add_error(None, sentences(refusal))
    return None


def _to_desk(request: HttpRequest, done: Admitted) -> HttpResponseBase:
    return go(request, "ipd:admission_list", query={"now": str(done.admission.pk)})


def _form_page(request: HttpRequest, comer: Comer, form: AdmissionForm) -> HttpResponse:
    case = patients.case_of(comer.came_from) if comer.came_from else None
    death, merge = patients.standing_against(comer.patient)
    context = {
        "comer": comer,
        "patient": comer.patient,
        "asked": comer.request,
        "case": case,
        "already": _already(request, comer.patient),
        "death": death,
        "merge": None if comer.came_from else merge,
        "form": form,
        "doubts": form.doubts,
    }
    status = 422 if request.method == "POST" else 200
    return show(
        request, "ipd/admission_new.html", context, fragment="ipd/_admission_form.html", status=status
    )


def _already(request: HttpRequest, patient: Patient) -> Admission | None:
    """The stay that the patient is in, told before the form is filled in vain."""
    here = queries.admissions_here(request.user).filter(status__in=OPEN_ADMISSIONS)
    here = here.filter(patient__in=same_person(patient.pk))
    return next(iter(queries.with_places(here[:1])), None)


@requires(permissions.ADMIT_PATIENTS)
@require_POST
def admission_search_new(request: HttpRequest) -> HttpResponseBase:
    """The search box of the desk: who is on file is admitted from here."""
    form = SearchForm(request.POST)
    found = found_by(request, form)
    context = {"found": found, "choose": reverse("ipd:admission_new"), "search_form": form}
    return show(request, "ipd/admission_search.html", context, fragment="patients/_found.html")


@requires(permissions.ADMIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def emergency_new(request: HttpRequest) -> HttpResponseBase:
    """Somebody who is laid down at once: unknown by one button, or by the fewest fields; ?bed= where."""
    facility = request.user.posting.facility
    beds = _emergency_places(request)
    form = EmergencyForm(request.POST or None, facility=facility, beds=beds)
    if request.GET.get("bed"):
        form.initial["bed"] = request.GET["bed"]
    if request.method == "POST" and form.is_for():
        done = _admitted(request, form, form.who(None), form.admitting())
        if done:
            return _to_desk(request, done)
    context = {
        "form": form,
        "doubts": form.doubts,
        **_alike(request, form),
        "duplicate": form.duplicate,
    }
    status = 422 if request.method == "POST" else 200
    return show(
        request, "ipd/emergency_new.html", context, fragment="ipd/_emergency_form.html", status=status
    )


@requires(permissions.ADMIT_PATIENTS)
@require_POST
def duplicate_list(request: HttpRequest) -> HttpResponseBase:
    """Who on file this may be, while the form of an emergency is filled."""
    form = EmergencyForm(request.POST, facility=request.user.posting.facility, beds=[])
    form.is_valid()
    return render(request, "ipd/_same.html", _alike(request, form))


def _alike(request: HttpRequest, form: EmergencyForm) -> dict[str, Any]:
    """Whom the form may mean: what stood in the way, else whoever its fields fit so far."""
    found = form.candidates
    if form.is_bound and not found and not form.cleaned_data.get("unknown"):
        found = offered(request, comer_described(form))
    return alike(found, request.POST.get("confirm_new", ""))


def _emergency_places(request: HttpRequest) -> list[Any]:
    """Emergency wards first, then intensive care, then wherever somebody can lie."""
    beds = queries.free_places(request.user.posting.facility)
    rank = {kind: n for n, kind in enumerate(FOR_EMERGENCIES)}
    return sorted(beds, key=lambda bed: rank.get(bed.room.ward.kind, len(rank)))


def admission_here(request: HttpRequest, admission_id: UUID) -> Admission:
    """A stay of the person's hospital; a stranger's is not there."""
    return get_object_or_404(queries.admissions_here(request.user), pk=admission_id)


@requires(permissions.ADMIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def admission_edit(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """The attendant, and the diagnosis of the admission, put right."""
    admission = admission_here(request, admission_id)
    names = ("diagnosis", "attendant_name", "attendant_relation", "attendant_phone", "rev")
    form = AttendantForm(request.POST or None, initial={name: getattr(admission, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_admission(
                admission=admission,
                details=form.details(),
                rev=form.cleaned_data["rev"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Saved."))
            return go(request, "ipd:admission_list")
    return _ask(request, admission, form, title=_("Attendant and diagnosis"), save=_("Save"))


@requires(permissions.ADMIT_PATIENTS)
@require_http_methods(["GET", "POST"])
def admission_cancellation_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """An admission that was a mistake is taken back."""
    admission = admission_here(request, admission_id)
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_admission(
                admission=admission,
                why=form.cleaned_data["why"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("The admission is taken back. The bed is free."))
            _say_what_goes_back(request, admission)
            return go(request, "ipd:admission_list")
    return _ask(request, admission, form, title=_("Take the admission back"), save=_("Take it back"))


def _say_what_goes_back(request: HttpRequest, admission: Admission) -> None:
    """A deposit of a stay that never was: whoever paid it is sent to the cashier."""
    if paid := in_advance(admission.encounter):
        said = _("%(amount)s was paid in advance: the cashier gives it back. Send the family there.")
        messages.warning(request, said % {"amount": rupees(paid)})


def _ask(request: HttpRequest, admission: Admission, form: Any, **words: str) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    context = {
        "admission": admission,
        "patient": admission.patient,
        "encounter": admission.encounter,
        "form": form,
        "action": request.path,
        "back": reverse("ipd:admission_list"),
        **words,
    }
    return show(
        request, "patients/outcome_new.html", context, fragment="patients/_outcome_form.html", status=status
    )


@requires(permissions.PRINT_PAPERS)
@require_POST
def admission_copy_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Print again: the face sheet and the wrist band, as counted copies."""
    return copied(request, documents.papers_of(admission_here(request, admission_id)))
