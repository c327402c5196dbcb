"""Specimens are taken, arrive, and are sent back: scan, look, Enter."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from hmis.kernel.views import print_url, printable
from lab import labels, permissions, queries, services
from lab.forms import CollectionForm, FindForm, RejectionForm
from lab.models import Specimen
from lab.states import Pregnancy, RejectReason
from lab.tubes import shown
from patients.models import Encounter, Patient
from patients.models.person import Sex
from patients.queries import bearer_here, withhold_names

# ── Collecting ──


@requires(permissions.COLLECT_SPECIMENS)
@require_http_methods(["GET", "POST"])
def collection_list(request: HttpRequest) -> HttpResponseBase:
    """Who waits for a needle; a scan of slip or UHID opens that patient."""
    if request.method == "POST":
        return _scanned(request)
    return _waiting_page(request)


def _waiting_page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    now = timezone.now()
    people = queries.people_waiting(request.user, now)
    withhold_names(one["patient"] for one in people)
    printed = _printed(request)
    context = {
        "people": people,
        "printed": printed,
        "wards": queries.by_beds(people) if _by(request) else None,
        "by_ward": bool(_by(request)),
        "error": error,
        "print_url": _labels_url(request, printed),
    }
    return render(request, "lab/collection_list.html", context, status=status)


def _printed(request: HttpRequest) -> Specimen | None:
    """What was collected last, if this page comes after it."""
    said = request.GET.get("labels", "")
    try:
        return queries.specimens_here(request.user).filter(pk=UUID(said)).first() if said else None
    except ValueError:
        return None


def _labels_url(request: HttpRequest, specimen: Specimen | None) -> str:
    """The labels of what was collected last, printed as the page arrives."""
    paper = labels.paper_of(specimen) if specimen else None
    return print_url([paper], request.user) if paper else ""


def _scanned(request: HttpRequest) -> HttpResponseBase:
    form = FindForm(request.POST)
    words = form.cleaned_data["words"] if form.is_valid() else ""
    encounter = _meant(request, words)
    services.note_orders_searched(
        patient_id=encounter.patient_id if encounter else None,
        found=int(encounter is not None),
        actor=request.user,
        at=timezone.now(),
    )
    if encounter is None:
        error = _("There is no specimen to collect for this. Scan the slip or the UHID.")
        return _waiting_page(request, error=error, status=422)
    return go(request, "lab:collection_new", encounter.pk, query=_by(request) or None)


def _meant(request: HttpRequest, words: str) -> Encounter | None:
    number = words.strip().upper()
    if "/S" in number:
        rows = queries.orders_by_slip(request.user, number)
        return rows[0].encounter if rows else None
    patient = bearer_here(words, request.user)
    return queries.encounter_to_collect(request.user, patient) if patient else None


def _by(request: HttpRequest) -> dict[str, Any]:
    """What leads back to the list that was left: the ward round, or the counter."""
    return {"by": "ward"} if request.GET.get("by") == "ward" else {}


@requires(permissions.COLLECT_SPECIMENS)
@require_http_methods(["GET", "POST"])
def collection_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """One patient's tubes: which, from which vein of paper, and whether they may be taken yet."""
    visible = Encounter.objects.visible_to(request.user).select_related("patient", "facility", "department")
    encounter = get_object_or_404(visible, pk=encounter_id)
    orders = queries.collectable(encounter)
    form = CollectionForm(request.POST or None)
    error = ""
    if request.method == "POST" and form.is_valid():
        wanted = set(form.cleaned_data["orders"])
        try:
            specimens = services.collect_specimens(
                encounter=encounter,
                orders=[one for one in orders if one.pk in wanted] or _sent(wanted, encounter),
                pregnancy=Pregnancy(form.cleaned_data["pregnancy"] or Pregnancy.ANY),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            error = str(refusal)
        else:
            names = ", ".join(f"{one.accession_number} {shown(one.specimen)}" for one in specimens)
            messages.success(request, _("Collected: %(specimens)s") % {"specimens": names})
            return go(request, "lab:collection_list", query=_by(request) | {"labels": specimens[0].pk})
    elif request.method == "POST":
        error = " ".join(str(one) for errors in form.errors.values() for one in errors)
    tubes = services.tubes_of(orders)
    patient, now = encounter.patient, timezone.now()
    pays_first = queries.settings_of(encounter.facility_id).pays_first
    context = {
        "encounter": encounter,
        "patient": patient,
        "tubes": [_tube(one, pays_first) for one in tubes],
        "is_any_free": any(not one.is_stuck for tube in tubes for one in tube),
        "asks_pregnancy": _may_be_pregnant(patient, now),
        "pregnancy": queries.pregnancy_of(patient, now),
        "pregnancies": [Pregnancy.NO, Pregnancy.YES],
        "request_key": form["request_key"].value() if error else uuid4(),
        "error": error,
        "bed": queries.beds_of([encounter.pk]).get(encounter.pk),
        "by": urlencode(_by(request)),
    }
    return show(request, "lab/collection_new.html", context, status=422 if error else 200)


def _sent(ids: set[UUID], encounter: Encounter) -> list[Any]:
    """What was marked and is no longer to be collected: the act says why, or that it was sent before."""
    return list(encounter.orders.filter(pk__in=ids))


def _tube(orders: list[Any], pays_first: bool) -> dict[str, Any]:
    for one in orders:
        one.is_stuck = queries.is_stuck(one, pays_first=pays_first)
    return {
        "test": orders[0].test,
        "labels": services.labels_for(orders[0].test.container),
        "orders": orders,
        "again": next((one.specimen.why_rejected for one in orders if one.specimen), ""),
    }


def _may_be_pregnant(patient: Patient, now: datetime) -> bool:
    return patient.sex == Sex.FEMALE and patient.may_be_pregnant(timezone.localdate(now))


@requires(permissions.COLLECT_SPECIMENS)
@require_POST
def label_new(request: HttpRequest, specimen_id: UUID) -> HttpResponseBase:
    """The label of one tube once more."""
    specimen = get_object_or_404(queries.specimens_here(request.user), pk=specimen_id)
    paper = services.reprint_labels(specimen=specimen, actor=request.user, at=timezone.now())
    return printable(request, print_url([paper], request.user))


# ── Receiving ──


@requires(permissions.RECEIVE_SPECIMENS)
@require_http_methods(["GET", "POST"])
def reception_list(request: HttpRequest) -> HttpResponseBase:
    """Tubes arrive: each scan receives one, and the cursor waits for the next."""
    error, came = "", None
    if request.method == "POST":
        form = FindForm(request.POST)
        number = form.cleaned_data["words"] if form.is_valid() else ""
        specimen = queries.specimen_by_number(request.user, number)
        if specimen is None:
            error = _("No specimen here has the number %(number)s.") % {"number": number[:12]}
        else:
            error, came = _received(request, specimen)
    ways = list(queries.on_their_way(request.user)[:100])
    withhold_names(one.patient for one in [*ways, *([came] if came else [])])
    context = {"ways": ways, "came": came, "error": error, "now": timezone.now()}
    return render(request, "lab/reception_list.html", context, status=422 if error else 200)


def _received(request: HttpRequest, specimen: Specimen) -> tuple[str, Specimen | None]:
    try:
        services.receive_specimens(specimens=[specimen], actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return str(refusal), None
    return "", queries.specimens_here(request.user).get(pk=specimen.pk)


@requires(permissions.RECEIVE_SPECIMENS)
@require_http_methods(["GET", "POST"])
def rejection_new(request: HttpRequest, specimen_id: UUID) -> HttpResponseBase:
    """Reject a specimen with the reason; its orders are to be collected anew."""
    specimen = get_object_or_404(queries.specimens_here(request.user), pk=specimen_id)
    form = RejectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.reject_specimen(
                specimen=specimen,
                reason=RejectReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Rejected. Collect it again: the ward can see this."))
            return go(request, "lab:reception_list")
    context = {"specimen": specimen, "form": form, "back": reverse("lab:reception_list")}
    return show(request, "lab/rejection_new.html", context, status=422 if request.method == "POST" else 200)


@requires(permissions.VIEW_ORDERS)
@require_GET
def recollection_list(request: HttpRequest) -> HttpResponseBase:
    """What the laboratory has rejected and nobody has taken anew: for wards and for the counter."""
    rows = queries.to_be_collected_again(request.user, timezone.now())
    withhold_names(one.patient for one in rows)
    return render(request, "lab/recollection_list.html", {"rows": rows})
