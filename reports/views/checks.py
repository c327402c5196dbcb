"""What a supervisor looks after: charges held against acts, and the rules of money."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from billing.views.collections import days_asked, days_page, tabs
from hmis.kernel import verifying
from hmis.kernel.access import requires
from patients.queries import withhold_names
from reports import permissions, queries


@requires(permissions.VIEW_CHECKS)
@require_GET
def reconciliation_list(request: HttpRequest) -> HttpResponseBase:
    """Acts of some days without a charge, and charges without an act."""
    form, facility, days = days_asked(request)
    acts = queries.uncharged(facility, days.begins, days.ends) if facility else []
    charges = queries.actless(facility, days.begins, days.ends) if facility else []
    withhold_names([one.encounter.patient for one in acts] + [one.patient for one in charges])
    context = {"acts": acts, "charges": charges, "most": queries.MOST, "asked_of": facility}
    return days_page(
        request, "reports/reconciliation_list.html", "reports:reconciliation_list", form, days, context
    )


@requires(permissions.VIEW_CHECKS)
@require_GET
def check_list(request: HttpRequest) -> HttpResponseBase:
    """Every rule of `manage.py verify`, as it was last asked: at one's own hospital, or in all."""
    context = {
        "checks": verifying.standing(request.user.posting.facility_id),
        "tabs": tabs(request, "reports:check_list"),
    }
    return render(request, "reports/check_list.html", context)
