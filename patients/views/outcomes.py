"""How a consultation ended: letters, requests to admit, certificates; their lists, and the public check."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel import throttling
from hmis.kernel.access import public, requires
from hmis.kernel.callers import client_address
from hmis.kernel.errors import Refusal, sentences
from hmis.kernel.htmx import go, show
from hmis.kernel.views import print_url
from patients import permissions, queries, services
from patients.forms.outcomes import (
    EndingForm,
    FitnessForm,
    LetterForm,
    PeriodForm,
    SickForm,
    WhyForm,
    WishForm,
)
from patients.models import AdmissionRequest, Certificate, Encounter
from patients.queries import chart
from patients.states import CertificateKind, CertificateStatus
from patients.views.charts import or_glass
from patients.views.conditions import came_from

A_PAGE = 50


# ── What one contact came to ──


@requires(permissions.VIEW_NOTES)
@require_GET
@or_glass
def outcome_list(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Referrals, requests to admit and certificates of one contact; ?now= the one that was just given."""
    encounter = encounter_opened(request, encounter_id)
    services.note_outcomes_seen(encounter=encounter, actor=request.user, at=timezone.now())
    found = queries.outcomes_of(encounter, request.user)
    rows = [*found.referrals, *found.admission_requests, *found.certificates]
    now = next((one for one in rows if one.paper and str(one.pk) == request.GET.get("now")), None)
    context = {
        "encounter": encounter,
        "patient": encounter.patient,
        "outcomes": found,
        "way_back": way_back(request),
        "just_printed": print_url([now.paper], request.user) if now else "",
    }
    return render(request, "patients/outcome_list.html", context)


def encounter_here(request: HttpRequest, encounter_id: UUID) -> Encounter:
    """An encounter of the person's hospital, with what its pages show; a stranger's is not there."""
    linked = ("patient__district", "facility", "department")
    visible = Encounter.objects.visible_to(request.user).select_related(*linked)
    return get_object_or_404(visible, pk=encounter_id)


def encounter_opened(request: HttpRequest, encounter_id: UUID) -> Encounter:
    """The same, of a chart that is open to the person."""
    encounter = encounter_here(request, encounter_id)
    services.open_chart(patient=encounter.patient, actor=request.user, at=timezone.now(), read=False)
    return encounter


def way_back(request: HttpRequest) -> str:
    """The page of ours, the note above all, from which one came here (?next=); or nothing."""
    said = came_from(request)
    return said if said != "/" else ""


def to_list(request: HttpRequest, encounter_id: UUID, **query: str) -> HttpResponse:
    """To what the contact came to, and on from there to where one came from."""
    back = way_back(request)
    return go(request, "patients:outcome_list", encounter_id, query=query | ({"next": back} if back else {}))


def given(form: EndingForm, act: Callable[[], Any]) -> Any:
    """What the act gave; None where the form is not right, or the act refused and the form says why."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refusal as refusal:
        form.say(refusal)
    except ValidationError as refusal:
        form.add_error(None, sentences(refusal))
    return None


def asked(
    request: HttpRequest, encounter: Encounter, form: EndingForm | None, **context: Any
) -> HttpResponse:
    """A form at the end of a consultation, as a page or alone; 422 where something is wrong."""
    back = way_back(request)
    for way in context.get("ways", []) if back else []:
        way["url"] += f"{'&' if '?' in way['url'] else '?'}{urlencode({'next': back})}"
    shown = {
        "encounter": encounter,
        "patient": encounter.patient,
        "form": form,
        "action": request.get_full_path(),
        "back": back or reverse("patients:outcome_list", args=[encounter.pk]),
        **context,
    }
    status = 422 if request.method == "POST" else 200
    return show(
        request, "patients/outcome_new.html", shown, fragment="patients/_outcome_form.html", status=status
    )


def given_back(request: HttpRequest, encounter_id: UUID, row: Any) -> HttpResponse:
    """To what the contact came to; the paper of what was just given prints itself."""
    return to_list(request, encounter_id, now=str(row.pk))


# ── A letter to another hospital ──


def ways_to_refer(encounter: Encounter, current: str) -> list[dict[str, Any]]:
    """To a department here, or to another hospital."""
    pages = [
        ("opd:referral_new", _("To a department here")),
        ("patients:letter_new", _("To another hospital")),
    ]
    return [
        {"url": reverse(name, args=[encounter.pk]), "label": label, "current": name == current}
        for name, label in pages
    ]


@requires(permissions.REFER_PATIENTS)
@require_http_methods(["GET", "POST"])
@or_glass
def letter_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Refer the patient to another hospital by letter."""
    encounter = encounter_opened(request, encounter_id)
    initial = {"findings": measured_said(encounter)} if request.method == "GET" else {}
    form = LetterForm(request.POST or None, here=encounter.facility, initial=initial)
    row = given(
        form,
        lambda: services.write_letter(
            encounter=encounter,
            letter=form.letter(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if row:
        messages.success(request, _("The letter to %(hospital)s is written.") % {"hospital": row})
        return given_back(request, encounter.pk, row)
    return asked(
        request,
        encounter,
        form,
        title=_("Refer the patient"),
        save=_("Write the letter"),
        ways=ways_to_refer(encounter, "patients:letter_new"),
        note=_("Diagnoses and allergies go into the letter by themselves."),
    )


def measured_said(encounter: Encounter) -> str:
    """The last vital signs of this contact in a line: BP 120/80 mmHg, pulse 88 /min."""
    newest: dict[str, str] = {}
    for one in queries.measured_in(encounter):
        if one.wrong_at is None:
            newest.setdefault(one.code, f"{one} {one.unit_shown}".strip())
    return ", ".join(newest.values())


@requires(permissions.VIEW_REFERRALS)
@require_GET
def referral_list(request: HttpRequest) -> HttpResponseBase:
    """Every referral of the hospital, newest first; ?before= one, for those before it."""
    context = paged(request, queries.referrals_here(request.user), "referred_at")
    return render(request, "patients/referral_list.html", context)


# ── Requests to admit ──


@requires(permissions.REQUEST_ADMISSION)
@require_http_methods(["GET", "POST"])
@or_glass
def admission_request_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Ask that the patient be admitted."""
    encounter = encounter_opened(request, encounter_id)
    initial = {"department": encounter.department_id, "diagnosis": diagnoses_said(encounter, 300)}
    form = WishForm(
        request.POST or None,
        departments=queries.departments_open(encounter.facility_id),
        initial=initial,
    )
    row = given(
        form,
        lambda: services.request_admission(
            encounter=encounter,
            wish=form.wish(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if row:
        messages.success(request, _("The request to admit is on the list."))
        return given_back(request, encounter.pk, row)
    return asked(request, encounter, form, title=_("Request to admit"), save=_("Request and print the slip"))


def diagnoses_said(encounter: Encounter, length: int) -> str:
    """The diagnoses of this contact in a line, the main one first, as many as it holds."""
    found = sorted(queries.conditions_of(encounter.pk), key=lambda one: not one.is_main)
    said = ""
    for one in found:
        longer = f"{said}; {one.code} {one.words or one.title}".removeprefix("; ")
        said = longer if len(longer) <= length else said
    return said


@requires(permissions.VIEW_ADMISSION_REQUESTS)
@require_GET
def admission_request_list(request: HttpRequest) -> HttpResponseBase:
    """Those whom a ward waits for, the most urgent first; ?show=all for every request, newest first."""
    shows_all = request.GET.get("show") == "all"
    if shows_all:
        context = paged(request, queries.admission_requests_here(request.user), "requested_at", show="all")
    else:
        context = shown_here(list(queries.requests_waiting(request.user)[:200]))
    queries.give_papers(context["rows"])
    for one in context["rows"]:
        one.print_url = print_url([one.paper], request.user) if one.paper else ""
    url = reverse("patients:admission_request_list")
    context["tabs"] = [
        {"url": url, "label": _("Waiting"), "current": not shows_all},
        {"url": f"{url}?show=all", "label": _("All"), "current": shows_all},
    ]
    return render(request, "patients/admission_request_list.html", context)


@requires(permissions.ACCEPT_ADMISSIONS)
@require_POST
def acceptance_new(request: HttpRequest, admission_request_id: UUID) -> HttpResponseBase:
    """The ward takes the patient."""
    wish = _wish(request, admission_request_id)
    try:
        services.accept_admission(asked=wish, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Accepted."))
    return go(request, "patients:admission_request_list")


@requires(permissions.ACCEPT_ADMISSIONS)
@require_http_methods(["GET", "POST"])
def admission_cancellation_new(request: HttpRequest, admission_request_id: UUID) -> HttpResponseBase:
    """The patient is not admitted after all, and why."""
    wish = _wish(request, admission_request_id)
    form = WhyForm(request.POST or None)
    row = given(
        form,
        lambda: services.cancel_admission_request(
            asked=wish, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if row:
        messages.success(request, _("The request is cancelled."))
        return go(request, "patients:admission_request_list")
    title = _("Cancel the request to admit")
    back = reverse("patients:admission_request_list")
    return asked(request, wish.encounter, form, title=title, save=title, note=str(wish), back=back)


def _wish(request: HttpRequest, asked_id: UUID) -> AdmissionRequest:
    linked = ("encounter__patient__district", "encounter__department")
    visible = queries.admission_requests_here(request.user).select_related(*linked)
    return get_object_or_404(visible, pk=asked_id)


# ── Certificates ──


@requires(permissions.ISSUE_CERTIFICATES)
@require_http_methods(["GET", "POST"])
def certificate_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Give a sick certificate; ?kind=fitness a fitness certificate."""
    encounter = encounter_here(request, encounter_id)
    fitness = request.GET.get("kind") == CertificateKind.FITNESS
    form = _certificate_form(request, encounter, fitness=fitness)
    row = given(
        form,
        lambda: services.issue_certificate(
            encounter=encounter,
            certified=form.certified(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if row:
        messages.success(request, _("Certificate %(number)s is given.") % {"number": row})
        return given_back(request, encounter.pk, row)
    url = reverse("patients:certificate_new", args=[encounter.pk])
    ways = [
        {"url": url, "label": _("Sick"), "current": not fitness},
        {"url": f"{url}?kind={CertificateKind.FITNESS.value}", "label": _("Fit"), "current": fitness},
    ]
    said = {
        "title": _("Fitness certificate") if fitness else _("Sick certificate"),
        "save": _("Give and print it"),
    }
    return asked(request, encounter, form, ways=ways, refused=_why_not(request.user), **said)


def _certificate_form(request: HttpRequest, encounter: Encounter, *, fitness: bool) -> Any:
    opened = chart.opening(request.user, encounter.patient_id, timezone.now())
    diagnosis = diagnoses_said(encounter, 200) if opened else ""  # given also to whoever has gone
    initial = {"from_on": timezone.localdate(), "diagnosis": diagnosis}
    if fitness:
        held = queries.sick_certificates_of(encounter.patient, encounter.facility_id)
        return FitnessForm(request.POST or None, given=held, initial=initial)
    return SickForm(request.POST or None, initial=initial)


def _why_not(user: Any) -> str:
    """Why this person gives no certificates, if so."""
    try:
        services.refuse_uncertified(user)
    except Refusal as refusal:
        return str(refusal)
    return ""


@requires(permissions.ISSUE_CERTIFICATES)
@require_http_methods(["GET", "POST"])
def certificate_cancellation_new(request: HttpRequest, certificate_id: UUID) -> HttpResponseBase:
    """Take a certificate back, and why."""
    linked = ("encounter__patient__district", "encounter__department")
    visible = queries.certificates_here(request.user).select_related(*linked)
    certificate: Certificate = get_object_or_404(visible, pk=certificate_id)
    form = WhyForm(request.POST or None)
    row = given(
        form,
        lambda: services.cancel_certificate(
            certificate=certificate, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if row:
        messages.success(request, _("Certificate %(number)s is cancelled.") % {"number": row})
        return to_list(request, certificate.encounter_id)
    title = _("Cancel the certificate")
    note = f"{certificate} · {certificate.get_kind_display()}"
    return asked(request, certificate.encounter, form, title=title, save=title, note=note)


@requires(permissions.VIEW_CERTIFICATES)
@require_GET
def certificate_list(request: HttpRequest) -> HttpResponseBase:
    """The register of a period, this month's unless said otherwise, newest first."""
    form = PeriodForm(request.GET)
    found, said = queries.certificates_here(request.user), {}
    if form.is_valid():
        begins, ends = form.cleaned_data["begins"], form.cleaned_data["ends"]
        found = found.filter(issued_on__range=(begins, ends))
        said = {"begins": begins.isoformat(), "ends": ends.isoformat()}
        form = PeriodForm(initial={"begins": begins, "ends": ends})
    else:
        found = found.none()
    context = paged(request, found, "issued_at", **said)
    return render(request, "patients/certificate_list.html", context | {"form": form, "count": found.count()})


@public
@never_cache
@require_GET
def certificate_check(request: HttpRequest, check_key: str) -> HttpResponseBase:
    """Whether a certificate is genuine: number, kind, days and hospital, and nobody's name."""
    certificate, wait, status = guessed(request, "certificate_check", queries.genuine_certificate, check_key)
    stands = certificate is not None and certificate.status == CertificateStatus.ISSUED
    context = {"paper": certificate, "stands": stands, "wait": wait}
    return render(request, "patients/certificate_check.html", context, status=status)


def guessed(
    request: HttpRequest, page: str, find: Callable[[str], Any], check_key: str
) -> tuple[Any, bool, int]:
    """(what bears this key, whether to wait, the status): a paper asked by its code, guesses counted."""
    guesses, window = (page, client_address(request)), settings.LOGIN_WINDOW_SECONDS
    wait = throttling.count(*guesses, window=window, weight=0) >= settings.CERTIFICATE_GUESSES
    found = None if wait else find(check_key)
    if not wait and found is None:
        throttling.count(*guesses, window=window)
    return found, wait, 429 if wait else 200 if found else 404


@public
@never_cache
@require_GET
def prescription_check(request: HttpRequest, check_key: str) -> HttpResponseBase:
    """Whether a prescription is genuine: number, day, hospital and how many medicines; no name of either."""
    paper, wait, status = guessed(request, "prescription_check", queries.genuine_prescription, check_key)
    return render(request, "patients/prescription_check.html", {"paper": paper, "wait": wait}, status=status)


# ── Lists ──


def paged(request: HttpRequest, rows: QuerySet[Any], by: str, **said: str) -> dict[str, Any]:
    """A page of rows, newest first by this time; ?before= the last row of the page before."""
    try:
        last = rows.filter(pk=UUID(request.GET["before"])).first() if "before" in request.GET else None
    except ValueError:
        last = None
    if last:
        when = getattr(last, by)
        rows = rows.filter(**{f"{by}__lte": when}).exclude(**{by: when, "pk__gte": last.pk})
    found = list(rows[: A_PAGE + 1])
    context = shown_here(found[:A_PAGE])
    kept = "".join(f"&{name}={value}" for name, value in said.items())
    context["following"] = f"?before={found[A_PAGE - 1].pk}{kept}" if len(found) > A_PAGE else ""
    context["newest"] = f"?{kept.removeprefix('&')}" if last else ""
    return context


def shown_here(rows: list[Any]) -> dict[str, Any]:
    """Rows of a list, whose names are withheld where they must be."""
    queries.withhold_names(row.patient for row in rows)
    return {"rows": rows, "following": "", "newest": ""}
