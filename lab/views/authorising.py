"""The pathologist's desk: what another has verified, one after the other, Enter authorises."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from facilities.queries import one_person_suffices
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, services
from lab.forms import AuthorisationForm, HoldForm, RepeatForm
from lab.models import ServiceRequest
from lab.states import CRITICAL_FLAGS, OrderStatus
from lab.views.worklists import sheets_of

MOST_LISTED = 100


def _waiting(request: HttpRequest) -> list[ServiceRequest]:
    """Verified orders, those with a critical value first; last what is held or waits for somebody else."""
    rows = list(queries.waiting_to_be_authorised(request.user)[:MOST_LISTED])
    suffices = one_person_suffices(request.user.posting.facility)
    for order in rows:
        order.has_critical = any(line.flag in CRITICAL_FLAGS for line in order.lines.all())
        order.is_anothers = not suffices and _verified_by_themselves(request, order)
    return sorted(rows, key=lambda one: (one.is_anothers, one.held_at is not None, not one.has_critical))


def _verified_by_themselves(request: HttpRequest, order: ServiceRequest) -> bool:
    """Whether this person verified a test, which then another authorises. Imaging they sign themselves."""
    return order.verified_by_id == request.user.pk and not order.test.is_imaging


@requires(permissions.AUTHORISE_REPORTS)
@require_GET
def authorisation_list(request: HttpRequest) -> HttpResponseBase:
    """What waits; the first one opens by itself."""
    waiting = _waiting(request)
    first = next((one for one in waiting if not one.held_at and not one.is_anothers), None)
    if first is not None:
        return go(request, "lab:authorisation_new", first.pk)
    return render(request, "lab/authorisation_list.html", {"waiting": waiting})


@requires(permissions.AUTHORISE_REPORTS)
@require_http_methods(["GET", "POST"])
def authorisation_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """One verified order: look, authorise, and the next one stands there."""
    waiting = _waiting(request)
    found = queries.in_hand(request.user, statuses=[OrderStatus.VERIFIED, OrderStatus.AUTHORISED])
    order = next((one for one in waiting if one.pk == order_id), None) or get_object_or_404(
        found, pk=order_id
    )
    form = AuthorisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.authorise_report(
                order=order,
                seen=form.cleaned_data["seen"],
                alone_note=form.cleaned_data["alone_note"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Authorised: %(test)s") % {"test": order.test})
            return go(request, "lab:authorisation_list")
    (sheet,) = sheets_of(request, [order])
    is_alone = order.status == OrderStatus.VERIFIED and _verified_by_themselves(request, order)
    suffices = is_alone and one_person_suffices(order.facility)
    context: dict[str, Any] = {
        "waiting": waiting,
        "order": order,
        "sheet": sheet,
        "form": form,
        "asks_alone": suffices,
        "is_anothers": is_alone and not suffices,
        "others": queries.others_who_authorise(request.user) if is_alone and not suffices else [],
        "hold_form": HoldForm(prefix="hold"),
        "repeat_form": RepeatForm(prefix="repeat"),
    }
    return render(
        request, "lab/authorisation_new.html", context, status=422 if request.method == "POST" else 200
    )
