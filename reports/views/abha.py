"""The ABHA coverage of registrations."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from facilities.roles import Reach
from hmis.kernel.access import requires
from reports import permissions, queries
from reports.forms.registries import AbhaForm
from reports.queries.abha import IN_ORDER


@requires(permissions.VIEW_REGISTRIES)
@require_GET
def abha_list(request: HttpRequest) -> HttpResponseBase:
    """How many of those registered have an ABHA, and why the others have none; the lowest share first."""
    form = AbhaForm(request.GET, actor=request.user)
    today = timezone.localdate()
    first, last, district = today.replace(day=1), today, None
    if form.is_valid():
        first, last = form.cleaned_data["begins"], form.cleaned_data["ends"]
        district = form.cleaned_data.get("district")
        form = AbhaForm(initial={"begins": first, "ends": last, "district": district}, actor=request.user)
    whole, parts = queries.abha_coverage(request.user, first, last, district=district)
    outside = request.user.posting.span.reach != Reach.FACILITY
    shown, lines = queries.abha_shown(
        whole, parts, outside=outside, is_deeper=bool(district and request.user.posting.state_id)
    )
    context: dict[str, Any] = {
        "form": form,
        "first": first,
        "last": last,
        "heads": [one.label for one in IN_ORDER],
        "whole": shown,
        "parts": lines if len(lines) > 1 else [],
        "by_district": bool(request.user.posting.state_id and not district),
    }
    page = "reports/registries/abha_list.html"
    return render(request, page, context, status=422 if form.is_bound and form.errors else 200)
