"""What is done with beds from the board: states, whom they are kept for, places laid down, transfers."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from facilities import services as facilities
from facilities.models import Bed, BedKind, Ward
from facilities.states import BedStatus
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from ipd import permissions, queries, services
from ipd.forms.places import PlaceForm, ReservationForm, StateForm, TransferForm
from ipd.models import Admission
from ipd.views.board import rights
from patients.queries import withhold_names
from patients.services import DoubtfulBed


def _bed(request: HttpRequest, bed_id: UUID) -> Bed:
    return get_object_or_404(Bed.objects.visible_to(request.user).select_related("room__ward"), pk=bed_id)


def _to_board(request: HttpRequest, bed: Bed) -> HttpResponseBase:
    return go(request, "ipd:ward_detail", bed.room.ward_id, query={"bed": bed.pk})


@requires(permissions.READY_BEDS)
@require_POST
def bed_status_new(request: HttpRequest, bed_id: UUID) -> HttpResponseBase:
    """`to`: being cleaned, ready, or out of service with the reason `why`."""
    bed, form = _bed(request, bed_id), StateForm(request.POST)
    said: dict[str, Any] = {"bed": bed, "actor": request.user, "at": timezone.now()}
    if not form.is_valid():
        return _refused(request, bed, _("Choose the state of the bed from now on."))
    try:
        if form.cleaned_data["to"] == BedStatus.OUT_OF_SERVICE:
            services.take_out_of_service(why=form.cleaned_data["why"], **said)
        elif form.cleaned_data["to"] == BedStatus.CLEANING:
            services.start_cleaning(**said)
        else:
            services.ready_bed(**said)
    except Refusal as refusal:
        return _refused(request, bed, str(refusal), why=request.POST.get("why", ""))
    return _to_board(request, bed)


@requires(permissions.READY_BEDS)
@require_POST
def release_new(request: HttpRequest, bed_id: UUID) -> HttpResponseBase:
    """The bed is kept for nobody any more."""
    bed = _bed(request, bed_id)
    try:
        services.release_bed(bed=bed, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return _refused(request, bed, str(refusal))
    return _to_board(request, bed)


def _refused(request: HttpRequest, bed: Bed, error: str, why: str = "") -> HttpResponseBase:
    """The bed as it stands, and what was in the way."""
    board = queries.board_of(bed.room.ward, timezone.now())
    context = {"bed": bed, "ward": bed.room.ward, "picked": board.tile_of(bed.pk), "error": error, "why": why}
    return render(request, "ipd/bed_refused.html", context | rights(request.user), status=422)


@requires(permissions.READY_BEDS)
@require_http_methods(["GET", "POST"])
def reservation_new(request: HttpRequest, bed_id: UUID) -> HttpResponseBase:
    """Keep an empty bed for somebody who is on the way."""
    bed = _bed(request, bed_id)
    form = ReservationForm(request.POST or None, actor=request.user)
    kept = asked_of(
        form,
        lambda: services.reserve_bed(
            bed=bed,
            patient=form.cleaned_data["uhid"],
            for_whom=form.cleaned_data["for_whom"],
            until=form.until(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if kept:
        return _to_board(request, bed)
    back = reverse("ipd:ward_detail", args=[bed.room.ward_id], query={"bed": bed.pk})
    note = bed.in_ward
    return show_form(request, "ipd/form_page.html", form, title=_("Keep a bed"), note=note, back=back)


@requires(permissions.READY_BEDS)
@require_http_methods(["GET", "POST"])
def place_new(request: HttpRequest, ward_id: UUID) -> HttpResponseBase:
    """A mattress on the floor or a trolley, on the spot: Enter, and it stands on the board."""
    ward = get_object_or_404(Ward.objects.visible_to(request.user), pk=ward_id)
    rooms = ward.rooms.order_by("number")
    extra = rooms.filter(beds__kind__in=[BedKind.FLOOR, BedKind.TROLLEY]).first()
    form = PlaceForm(request.POST or None, rooms=rooms, initial={"room": extra or rooms.last()})
    laid = asked_of(
        form,
        lambda: facilities.add_place(
            room=form.cleaned_data["room"],
            kind=BedKind(form.cleaned_data["kind"]),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if laid:
        return go(request, "ipd:ward_detail", ward.pk, query={"bed": laid.pk})
    status = 422 if request.method == "POST" else 200
    return render(request, "ipd/place_new.html", {"form": form, "ward": ward}, status=status)


# ── Transfers ──


@requires(permissions.MOVE_PATIENTS)
@require_http_methods(["GET", "POST"])
def transfer_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Another bed for an inpatient: this ward's first, another's by ?ward=; ?bed= is chosen already."""
    admission = get_object_or_404(queries.admission_here(request.user), pk=admission_id)
    asked = {"bed": request.GET.get("bed")}
    form = TransferForm(request.POST or None, actor=request.user, initial=asked)
    doubts: list[Any] = []
    if form.is_valid():
        try:
            stay = services.transfer_bed(
                admission=admission,
                bed=form.cleaned_data["bed"],
                why=form.cleaned_data["why"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
                confirm_bed=form.cleaned_data["confirm_bed"],
            )
        except DoubtfulBed as doubtful:
            doubts = doubtful.doubts
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Moved to %(place)s.") % {"place": stay.bed.in_ward})
            return go(request, "ipd:ward_detail", stay.bed.room.ward_id, query={"bed": stay.bed_id})
    context = {"form": form, "doubts": doubts, "admission": admission} | _where_to(request, admission, form)
    return render(request, "ipd/transfer_new.html", context, status=422 if request.method == "POST" else 200)


def _where_to(request: HttpRequest, admission: Admission, form: TransferForm) -> dict[str, Any]:
    """The ward that is shown, its places, and the other wards with how many are free."""
    withhold_names([admission.patient])
    at, stay = timezone.now(), queries.stay_now(admission)
    wards = queries.fills(queries.wards_here(request.user).filter(facility=admission.facility_id), at)
    named = queries.named(wards, request.GET.get("words", "")) if request.GET.get("words") else []
    chosen = request.POST.get("bed") or request.GET.get("bed")
    ward = None
    if named:
        ward = named[0].ward
    elif request.GET.get("ward") or request.POST.get("ward"):
        asked = request.GET.get("ward") or request.POST.get("ward")
        ward = next((one.ward for one in wards if str(one.ward.pk) == asked), None)
    elif chosen:
        bed = form.fields["bed"].queryset.filter(pk__in=_ids(chosen)).first()
        ward = bed.room.ward if bed else None
    own = stay.bed.room.ward if stay else None
    ward = ward or own or (wards[0].ward if wards else None)
    beds = queries.beds_to_offer(ward, at) if ward else []
    withhold_names([one.patient for bed in beds for one in bed.kept if one.patient])
    return {
        "stay": stay,
        "here": stay and stay.bed.in_ward,
        "ward": ward,
        "own": own,
        "places": [(bed, bed.in_ward) for bed in beds],
        "wards": wards,
        # Nobody is moved by one untouched press: a bed is chosen here or was on the board.
        "chosen": str(chosen or ""),
    }


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []
