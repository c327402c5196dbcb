"""The registry of professionals: who lacks an ID, the confirmation, one's own ID."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

import facilities.services as places
from facilities.forms import HprForm
from facilities.models import Posting
from facilities.queries import NEEDS_HPR_ID, staff_visible_to
from facilities.views.asking import asked_of, show_form
from hmis.kernel import exports
from hmis.kernel.access import requires, signed_in
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from reports import permissions, queries, services
from reports.forms.registries import HprFilterForm
from reports.queries.hpr import UNCONFIRMED
from reports.views.registries import MOST_ON_PAPER, PDF, on_paper

PAGE = 50


@requires(permissions.VIEW_REGISTRIES)
@require_GET
def hpr_list(request: HttpRequest) -> HttpResponseBase:
    """Coverage by place and cadre, and who must be called; ?as= takes the list out of the house."""
    form = HprFilterForm(request.GET, actor=request.user)
    wanted, today = form.wanted(), timezone.localdate()
    found = queries.professionals(request.user, wanted, today)
    if request.GET.get("as"):
        return _call_list(request, found)
    paged = Paginator(found, PAGE)
    page = paged.get_page(request.GET.get("page"))
    whole, parts = queries.hpr_coverage(request.user, today, district=wanted.district)
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    context = {
        "form": form,
        "page": page,
        "count": paged.count,
        "whole": whole,
        "parts": parts if len(parts) > 1 else [],
        "by_district": bool(request.user.posting.state_id and not wanted.district),
        "cadres": queries.cadres(),
        "unconfirmed": UNCONFIRMED,
        "may_confirm": request.user.may(permissions.CONFIRM_HPR),
        "query": urlencode(kept),
        "previous_url": f"?{urlencode(kept | {'page': page.number - 1})}" if page.has_previous() else "",
        "next_url": f"?{urlencode(kept | {'page': page.number + 1})}" if page.has_next() else "",
        "page_label": f"{page.start_index()}–{page.end_index()} / {paged.count}",
    }
    return render(request, "reports/registries/hpr_list.html", context)


def _call_list(request: HttpRequest, found: Any) -> HttpResponseBase:
    form = request.GET["as"]
    if form not in {PDF, exports.CSV, exports.XLSX}:
        raise Http404
    people = list(found[:MOST_ON_PAPER]) if form == PDF else list(found)
    services.note_registry_exported(
        what="hpr", form=form, rows=len(people), actor=request.user, at=timezone.now()
    )
    if form == PDF:
        with translation.override("hi"):
            title = _("Healthcare Professionals Registry: to be called")
            return on_paper(request, title, _heads(), _cells(people))
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    return as_file(f"hpr-{timezone.localdate():%Y-%m-%d}", _heads(), _cells(people))


def _heads() -> list[str]:
    return [
        _("District"),
        _("Hospital"),
        _("Telephone"),
        _("Name"),
        _("Role"),
        _("Department"),
        _("Council registration number"),
        _("HPR ID"),
        _("Confirmed"),
    ]


def _cells(people: list[Posting]) -> list[list[str]]:
    return [
        [
            str(one.facility.district),
            str(one.facility),
            one.facility.phone,
            str(one.user),
            str(one.get_role_display()),
            str(one.department or ""),
            one.user.council_number,
            one.user.hpr_said,
            f"{timezone.localtime(one.user.hpr_confirmed_at):%d-%m-%Y}" if one.user.hpr_confirmed_at else "",
        ]
        for one in people
        if one.facility
    ]


@requires(permissions.CONFIRM_HPR)
@require_POST
def hpr_confirmation_new(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """The ID was seen to be this person's."""
    person = get_object_or_404(staff_visible_to(request.user), pk=person_id)
    try:
        places.confirm_hpr(
            person=person, said=request.POST.get("said", ""), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Confirmed."))
    return go(request, "reports:hpr_list", query={"state": UNCONFIRMED})


@signed_in
@require_http_methods(["GET", "POST"])
def hpr_own(request: HttpRequest) -> HttpResponseBase:
    """One's own HPR ID: written, corrected, and whether an administrator has confirmed it."""
    user = request.user
    form = HprForm(request.POST or None, initial={"hpr_id": user.hpr_id, "hpr_address": user.hpr_address})
    saved = asked_of(form, lambda: places.state_own_hpr(**form.details(), actor=user, at=timezone.now()))
    if saved:
        messages.success(request, _("Saved. Your administrator confirms it once."))
        return go(request, "reports:hpr_own")
    roles = {one.role for one in user.current_postings}
    context = {
        "title": _("My HPR ID"),
        "person": user,
        "is_asked": bool(roles & set(NEEDS_HPR_ID)),
        "back": "",
    }
    return show_form(request, "reports/registries/hpr_own.html", form, **context)
