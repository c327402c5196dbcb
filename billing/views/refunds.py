"""What is still to go back when a stay is over."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing import permissions, queries
from billing.views.lists import paged
from hmis.kernel.access import requires
from patients.queries import withhold_names


def refund_parts(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of money that goes back that this person may open."""
    pages = [
        (permissions.ASK_REFUND, "billing:refund_list", _("Asked back")),
        (permissions.ASK_REFUND, "billing:unreturned_deposit_list", _("Deposits to give back")),
    ]
    return [
        {"url": reverse(name), "label": label, "current": name == current}
        for permission, name, label in pages
        if request.user.may(permission)
    ]


@requires(permissions.ASK_REFUND)
@require_GET
def unreturned_deposit_list(request: HttpRequest) -> HttpResponseBase:
    """The deposits of stays that are over, the one that ended first before all, and what they come to."""
    facility = request.user.posting.facility
    waiting = queries.deposits_to_return(facility) if facility else []
    listed = paged(request, waiting)
    rows = queries.deposits_listed([one.deposit_id for one in listed["page"]])
    withhold_names([one.patient for one in rows])
    context = listed | {
        "rows": rows,
        "total": sum(one.held for one in waiting),
        "parts": refund_parts(request, "billing:unreturned_deposit_list"),
    }
    return render(request, "billing/unreturned_deposit_list.html", context)
