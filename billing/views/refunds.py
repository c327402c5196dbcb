"""What is still to go back when a stay is over, and the UTR of what has gone back without one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from billing import permissions, queries, services
from billing.forms import ReferenceForm
from billing.models import Refund
from billing.views.lists import paged
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.htmx import go
from hmis.kernel.templatetags.ui import rupees
from patients.queries import withhold_names


def refund_parts(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of money that goes back that this person may open."""
    pages = [
        (permissions.ASK_REFUND, "billing:refund_list", _("Asked back")),
        (permissions.ASK_REFUND, "billing:unreturned_deposit_list", _("Deposits to give back")),
        (permissions.PAY_REFUND, "billing:reference_list", _("Paid back without a UTR")),
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


@requires(permissions.PAY_REFUND)
@require_GET
def reference_list(request: HttpRequest) -> HttpResponseBase:
    """What went back by UPI, card or bank and has no number yet, the oldest first."""
    listed = paged(request, queries.unreferenced(request.user))
    withhold_names([one.taken_from.patient for one in listed["page"]])
    context = listed | {"parts": refund_parts(request, "billing:reference_list")}
    return render(request, "billing/reference_list.html", context)


@requires(permissions.PAY_REFUND)
@require_http_methods(["GET", "POST"])
def reference_new(request: HttpRequest, refund_id: UUID) -> HttpResponseBase:
    """The UTR or number is written down, once."""
    linked = ("payment__invoice__patient", "payment__deposit__patient")
    refund = get_object_or_404(Refund.objects.visible_to(request.user).select_related(*linked), pk=refund_id)
    form = ReferenceForm(request.POST or None)
    written = asked_of(
        form,
        lambda: services.write_reference(
            refund=refund, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if written:
        messages.success(request, _("%(voucher)s: the number is written down.") % {"voucher": written})
        return go(request, "billing:reference_list")
    context = {
        "title": _("UTR of what was paid back"),
        "note": " · ".join(
            [str(refund), str(refund.taken_from.patient), rupees(refund.amount), refund.get_mode_display()]
        ),
        "back": reverse("billing:reference_list"),
    }
    return show_form(request, "billing/form_page.html", form, **context)
