"""The patient's copy at the counter: found by slip, specimen or UHID, shown to be theirs, printed."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.requests import key_of
from hmis.kernel.views import print_url, printable
from lab import permissions, services
from lab.forms import HandingForm


@requires(permissions.HAND_OUT_REPORTS)
@require_http_methods(["GET", "POST"])
def hand_out_new(request: HttpRequest) -> HttpResponseBase:
    """Ask whose reports they are; show what may go over the counter; `slip` prints it. No address holds any
    of it."""
    form = HandingForm(request.POST or None)
    if not form.is_valid():
        return _page(request, form)
    asked = form.asked()
    try:
        found = services.find_to_hand_out(asked=asked, actor=request.user, at=timezone.now())
        slip = request.POST.get("slip", "")
        if slip and slip in found.slips:
            key, at = key_of(request), timezone.now()
            paper = services.hand_out(asked=asked, slip=slip, request_key=key, actor=request.user, at=at)
            return printable(request, print_url([paper], request.user))
    except Refusal as refusal:
        if request.headers.get("X-Fetch"):
            return HttpResponse(str(refusal), status=422)
        form.say(refusal)
        return _page(request, form)
    nothing = "" if found.slips else _("Nothing is ready to be handed out.")
    return _page(request, form, found=found, nothing=nothing, asked=asked)


def _page(request: HttpRequest, form: HandingForm, **found: Any) -> HttpResponse:
    if found:  # the cursor goes on to the button that prints
        form.fields["words"].widget.attrs.pop("autofocus", None)
    status = 200 if request.method == "GET" or found else 422
    return render(request, "lab/hand_out_new.html", {"form": form, **found}, status=status)
