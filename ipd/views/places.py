"""Administration of wards, their rooms and beds, and of how bed-days are counted."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import services as facilities
from facilities.models import Bed, BedKind, Facility, Room, Ward
from facilities.states import WardTakes
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.edits import version_shown
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from hmis.kernel.said import rev_said
from ipd import permissions, queries, services
from ipd.forms.places import BedForm, BedsForm, SettingForm, WardForm, WardRoomForm, initial_of_ward


def _ward(request: HttpRequest, ward_id: UUID) -> Ward:
    visible = Ward.objects.visible_to(request.user).select_related("facility", "department")
    return get_object_or_404(visible, pk=ward_id)


@requires(permissions.MANAGE_WARDS)
@require_GET
def ward_list(request: HttpRequest) -> HttpResponseBase:
    """The wards of the hospital, closed ones too."""
    return render(request, "ipd/ward_list.html", {"wards": queries.wards_with_beds(request.user)})


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def ward_new(request: HttpRequest) -> HttpResponseBase:
    hospital = request.user.posting.facility
    most = {"is_active": True, "takes": WardTakes.ANYBODY, "position": _last(hospital)}
    form = WardForm(request.POST or None, hospital=hospital, initial=most)
    made = asked_of(
        form,
        lambda: services.open_ward(
            facility=hospital,
            details=form.details(),
            price=form.price(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Saved. Now its rooms and beds."))
        return go(request, "ipd:ward_edit", made.pk)
    back = reverse("ipd:ward_list")
    return show_form(request, "ipd/form_page.html", form, title=_("New ward"), back=back)


def _last(hospital: Facility) -> int:
    return min(99, Ward.objects.filter(facility=hospital).count() + 1)


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def ward_edit(request: HttpRequest, ward_id: UUID) -> HttpResponseBase:
    """A ward's details and price, its rooms and their beds."""
    ward = _ward(request, ward_id)
    initial = initial_of_ward(ward, queries.price_of(ward))
    form = WardForm(request.POST or None, hospital=ward.facility, initial=initial)
    saved = asked_of(
        form,
        lambda: services.change_ward(
            ward=ward,
            details=form.details(),
            price=form.price(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are under Changes."))
        return go(request, "ipd:ward_edit", ward.pk)
    context = {
        "ward": ward,
        "title": str(ward),
        "note": ward.code,
        "rev": ward.rev,
        "back": reverse("ipd:ward_list"),
        "rooms": queries.rooms_of(ward),
        "changes": changes_of(ward),
    }
    return show_form(request, "ipd/ward_edit.html", form, **context)


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def room_new(request: HttpRequest, ward_id: UUID) -> HttpResponseBase:
    ward = _ward(request, ward_id)
    form = WardRoomForm(request.POST or None)
    made = asked_of(
        form,
        lambda: facilities.add_ward_room(
            ward=ward,
            number=form.cleaned_data["number"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        return go(request, "ipd:bed_new", made.pk)
    back = reverse("ipd:ward_edit", args=[ward.pk])
    return show_form(request, "ipd/form_page.html", form, title=_("New room"), note=str(ward), back=back)


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def bed_new(request: HttpRequest, room_id: UUID) -> HttpResponseBase:
    """Beds in a room of a ward, as many as there are, numbered from one on."""
    visible = Room.objects.visible_to(request.user).filter(ward__isnull=False).select_related("ward")
    room = get_object_or_404(visible, pk=room_id)
    free = 1 + max([int(one.number) for one in room.beds.all() if one.number.isdecimal()], default=0)
    form = BedsForm(request.POST or None, initial={"count": 4, "first": free})
    made = asked_of(
        form,
        lambda: facilities.add_beds(
            room=room,
            kind=BedKind(form.cleaned_data["kind"]),
            first=form.cleaned_data["first"],
            count=form.cleaned_data["count"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(
            request, _("%(count)s places are now in %(room)s.") % {"count": len(made), "room": room}
        )
        return go(request, "ipd:ward_edit", room.ward_id)
    note = f"{room.ward} · {room}"
    back = reverse("ipd:ward_edit", args=[room.ward_id])
    return show_form(request, "ipd/form_page.html", form, title=_("New beds"), note=note, back=back)


def _bed(request: HttpRequest, bed_id: UUID) -> Bed:
    visible = Bed.objects.visible_to(request.user).filter(room__ward__isnull=False)
    return get_object_or_404(visible.select_related("room__ward"), pk=bed_id)


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def bed_edit(request: HttpRequest, bed_id: UUID) -> HttpResponseBase:
    bed = _bed(request, bed_id)
    form = BedForm(request.POST or None, initial={"number": bed.number, "kind": bed.kind})
    saved = asked_of(
        form,
        lambda: facilities.edit_bed(
            bed=bed, details=form.details(), rev=rev_said(request), actor=request.user, at=timezone.now()
        ),
    )
    if saved:
        return go(request, "ipd:ward_edit", bed.room.ward_id)
    return _show_bed(request, bed, form)


def _show_bed(request: HttpRequest, bed: Bed, form: BedForm, error: str = "") -> HttpResponseBase:
    context = {
        "bed": bed,
        "title": bed.in_ward,
        "note": str(bed.room.ward),
        "rev": bed.rev,
        "back": reverse("ipd:ward_edit", args=[bed.room.ward_id]),
        "changes": changes_of(bed),
        "error": error,
    }
    return show_form(request, "ipd/bed_edit.html", form, **context)


@requires(permissions.MANAGE_WARDS)
@require_POST
def bed_removal_new(request: HttpRequest, bed_id: UUID) -> HttpResponseBase:
    """Put a place away, or (`back`) up again."""
    bed = _bed(request, bed_id)
    act = services.put_bed_back if "back" in request.POST else services.put_bed_away
    try:
        act(bed=bed, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        form = BedForm(initial={"number": bed.number, "kind": bed.kind})
        return _show_bed(request, bed, form, str(refusal))
    return go(request, "ipd:ward_edit", bed.room.ward_id)


@requires(permissions.MANAGE_WARDS)
@require_http_methods(["GET", "POST"])
def inpatient_setting_edit(request: HttpRequest) -> HttpResponseBase:
    """What a bed-day is here, and whether beds are cleaned between patients."""
    hospital = request.user.posting.facility
    held = queries.setting(hospital.pk)
    initial = {name: getattr(held, name) for name in SettingForm.base_fields if name != "request_key"}
    form = SettingForm(request.POST or None, initial=initial)
    saved = asked_of(
        form,
        lambda: services.set_inpatients(
            facility=hospital,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are under Changes."))
        return go(request, "ipd:inpatient_setting_edit")
    context = {
        "title": _("How bed-days are counted"),
        "rev": version_shown(held),
        "changes": [] if held._state.adding else changes_of(held),
    }
    return show_form(request, "ipd/form_page.html", form, **context)
