"""The hall's screens, and what they show."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.models import Unit
from hmis.kernel import scope, throttling
from hmis.kernel.access import public, requires
from hmis.kernel.callers import client_address
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from opd import permissions, queries, services
from opd.forms import (
    DisplayForm,
)
from opd.models import Display
from opd.views.queues import say_in


@requires(permissions.MANAGE_DISPLAYS)
@require_GET
def display_list(request: HttpRequest) -> HttpResponseBase:
    """The hospital's screens."""
    return render(
        request, "opd/display_list.html", {"displays": queries.displays_of(request.user, timezone.now())}
    )


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
            say_in(form, refusal)
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
            say_in(form, refusal)
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
    context = {"displays": queries.displays_of(request.user, timezone.now()), "error": sentence}
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
        scope.settle(scope.at_hospitals(shown.facility_id))
        context = {"display": shown, "board": queries.board(shown, at), "at": at}
        response = show(request, "opd/display.html", context, fragment="opd/_board.html")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
