"""Administration of places: hospitals, departments, units, rooms."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities import permissions, queries, services
from facilities.forms import DepartmentForm, FacilityForm, RoomForm, UnitForm
from facilities.models import Department, Facility, Room, Unit
from facilities.services.places import numbers_are_out
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from hmis.kernel.said import rev_said


def _initial(row: Any, form: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in form.base_fields if name != "request_key"}


def _said_saved(request: HttpRequest) -> None:
    messages.success(request, _("Saved. The counters use it within a few seconds."))


@requires(permissions.MANAGE_PLACES)
@require_GET
def facility_list(request: HttpRequest) -> HttpResponseBase:
    """The hospitals within reach; whoever works in one goes straight to it."""
    if request.user.posting.facility_id:
        return redirect("facilities:facility_edit", request.user.posting.facility_id)
    found = list(queries.facilities_of(request.user))
    may_add = request.user.may(permissions.ADD_FACILITY)
    return render(request, "facilities/facility_list.html", {"hospitals": found, "may_add": may_add})


@requires(permissions.ADD_FACILITY)
@require_http_methods(["GET", "POST"])
def facility_new(request: HttpRequest) -> HttpResponseBase:
    standard = {"opd_fee": "5.00", "opd_validity_days": 15}
    form = FacilityForm(request.POST or None, actor=request.user, hospital=None, initial=standard)
    made = asked_of(
        form,
        lambda: services.add_facility(
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        _said_saved(request)
        return go(request, "facilities:facility_edit", made.pk)
    context = {"title": _("New hospital"), "back": reverse("facilities:facility_list")}
    return show_form(request, "facilities/form_page.html", form, **context)


def _hospital(request: HttpRequest, facility_id: UUID) -> Facility:
    visible = Facility.objects.visible_to(request.user).select_related("district")
    return get_object_or_404(visible, pk=facility_id)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def facility_edit(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    hospital = _hospital(request, facility_id)
    initial = _initial(hospital, FacilityForm) | {"code_stays": numbers_are_out(hospital)}
    form = FacilityForm(request.POST or None, actor=request.user, hospital=hospital, initial=initial)
    saved = asked_of(
        form,
        lambda: services.edit_facility(
            facility=hospital,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        _said_saved(request)
        return go(request, "facilities:facility_edit", hospital.pk)
    context = {"hospital": hospital, "part": "details", "title": _("Details"), "rev": hospital.rev}
    return show_form(request, "facilities/facility_edit.html", form, changes=changes_of(hospital), **context)


@requires(permissions.SET_SMALL_FACILITY)
@require_POST
def small_facility_new(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """The small-facility mode, on (`small`) or off."""
    hospital = _hospital(request, facility_id)
    services.set_small_facility(
        facility=hospital, small="small" in request.POST, actor=request.user, at=timezone.now()
    )
    messages.success(request, _("Saved. The earlier details are under Changes."))
    return go(request, "facilities:facility_edit", hospital.pk)


@requires(permissions.MANAGE_PLACES)
@require_GET
def department_list(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    hospital = _hospital(request, facility_id)
    context = {"hospital": hospital, "part": "departments", "departments": queries.departments_of(hospital)}
    return render(request, "facilities/department_list.html", context)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def department_new(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    hospital = _hospital(request, facility_id)
    form = DepartmentForm(request.POST or None, is_new=True)
    made = asked_of(
        form,
        lambda: services.add_department(
            facility=hospital,
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        _said_saved(request)
        return go(request, "facilities:department_edit", made.pk)
    context = {"hospital": hospital, "part": "departments", "title": _("New department")}
    back = reverse("facilities:department_list", args=[hospital.pk])
    return show_form(request, "facilities/form_page.html", form, back=back, **context)


def _department(request: HttpRequest, department_id: UUID) -> Department:
    visible = Department.objects.visible_to(request.user).select_related("facility__district")
    return get_object_or_404(visible, pk=department_id)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def department_edit(request: HttpRequest, department_id: UUID) -> HttpResponseBase:
    department = _department(request, department_id)
    form = DepartmentForm(request.POST or None, is_new=False, initial=_initial(department, DepartmentForm))
    saved = asked_of(
        form,
        lambda: services.edit_department(
            department=department,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        _said_saved(request)
        return go(request, "facilities:department_list", department.facility_id)
    context = {
        "hospital": department.facility,
        "part": "departments",
        "department": department,
        "units": department.units.select_related("room", "doctor").order_by("name"),
        "title": str(department),
        "rev": department.rev,
        "back": reverse("facilities:department_list", args=[department.facility_id]),
    }
    return show_form(
        request, "facilities/department_edit.html", form, changes=changes_of(department), **context
    )


@requires(permissions.MANAGE_PLACES)
@require_POST
def department_place_new(request: HttpRequest, department_id: UUID) -> HttpResponseBase:
    """Where the department stands in the counter's list: `place` counts from 1."""
    department = _department(request, department_id)
    place = request.POST.get("place", "")
    if place.isascii() and place.isdigit():
        services.place_department(
            department=department, place=int(place[:4]), actor=request.user, at=timezone.now()
        )
    return go(request, "facilities:department_list", department.facility_id)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def unit_new(request: HttpRequest, department_id: UUID) -> HttpResponseBase:
    department = _department(request, department_id)
    weekly = {"clinic_days": [0, 1, 2, 3, 4, 5]}
    form = UnitForm(request.POST or None, hospital=department.facility, initial=weekly)
    made = asked_of(
        form,
        lambda: services.add_unit(
            department=department,
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        _said_saved(request)
        return go(request, "facilities:department_edit", department.pk)
    context = {"hospital": department.facility, "part": "departments", "note": str(department)}
    back = reverse("facilities:department_edit", args=[department.pk])
    return show_form(request, "facilities/form_page.html", form, back=back, title=_("New unit"), **context)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def unit_edit(request: HttpRequest, unit_id: UUID) -> HttpResponseBase:
    visible = Unit.objects.visible_to(request.user).select_related("facility__district", "department")
    unit = get_object_or_404(visible, pk=unit_id)
    form = UnitForm(request.POST or None, hospital=unit.facility, unit=unit, initial=_initial(unit, UnitForm))
    saved = asked_of(
        form,
        lambda: services.edit_unit(
            unit=unit,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        _said_saved(request)
        return go(request, "facilities:department_edit", unit.department_id)
    context = {
        "hospital": unit.facility,
        "part": "departments",
        "title": str(unit),
        "note": str(unit.department),
        "rev": unit.rev,
        "back": reverse("facilities:department_edit", args=[unit.department_id]),
    }
    return show_form(request, "facilities/form_page.html", form, changes=changes_of(unit), **context)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def room_list(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """The rooms, and a box that adds one: the cursor stays there for the next."""
    hospital = _hospital(request, facility_id)
    form = RoomForm(request.POST or None)
    made = asked_of(
        form,
        lambda: services.add_room(
            facility=hospital,
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        return go(request, "facilities:room_list", hospital.pk)
    context = {
        "hospital": hospital,
        "part": "rooms",
        "title": _("New room"),
        "rooms": list(queries.rooms_of(hospital)),
    }
    return show_form(request, "facilities/room_list.html", form, **context)


@requires(permissions.MANAGE_PLACES)
@require_http_methods(["GET", "POST"])
def room_edit(request: HttpRequest, room_id: UUID) -> HttpResponseBase:
    visible = Room.objects.visible_to(request.user).select_related("facility__district")
    room = get_object_or_404(visible, pk=room_id)
    form = RoomForm(request.POST or None, initial=_initial(room, RoomForm))
    saved = asked_of(
        form,
        lambda: services.edit_room(
            room=room,
            details=form.details(),
            rev=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        _said_saved(request)
        return go(request, "facilities:room_list", room.facility_id)
    context = {
        "hospital": room.facility,
        "part": "rooms",
        "title": _("Room %(number)s") % {"number": room},
        "rev": room.rev,
        "back": reverse("facilities:room_list", args=[room.facility_id]),
    }
    return show_form(request, "facilities/form_page.html", form, changes=changes_of(room), **context)
