"""How far the system has come at each hospital: the list, one hospital, its steps, its link."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from facilities.models import District, Facility
from facilities.views.asking import asked_of, show_form
from hmis.kernel import exports, throttling
from hmis.kernel.access import requires, signed_in
from hmis.kernel.history import changes_of
from hmis.kernel.htmx import go
from hmis.kernel.said import page_said, rev_said
from reports import permissions, queries, services
from reports.forms.rollout import (
    ExpectationForm,
    LinkForm,
    ListForm,
    ReadingsForm,
    StepForm,
    initial_of_step,
)
from reports.models import CLOSES_AT, OPEN_DAYS, OPENS_AT, RolloutStep
from reports.states import StepKind

A_PAGE = 50
# Tellings of one person's screens in an hour: six, and some after each time the link was down.
MOST_TELLINGS, AN_HOUR = 60, 3600


# ── The list ──


@requires(permissions.VIEW_ROLLOUT)
@require_GET
def rollout_list(request: HttpRequest) -> HttpResponseBase:
    """Every hospital within reach, a line each, the one that most needs a call first."""
    at = timezone.now()
    reached = District.objects.filter(facilities__in=queries.hospitals_of(request.user)).distinct()
    form = ListForm(request.GET, districts=reached)
    if not form.is_valid():
        raise Http404
    district, only = form.cleaned_data["district"], form.cleaned_data["call"]
    lines = queries.rollout_of(request.user, at, district.pk if district else None)
    to_call = sum(one.needs_call for one in lines)
    found = [one for one in lines if one.needs_call] if only else lines
    if request.GET.get("as"):
        return _taken_out(request, found, request.GET["as"])
    number = page_said(request)
    said = {name: request.GET[name] for name in ("district", "call") if request.GET.get(name)}
    context = {
        "form": form,
        "lines": found[A_PAGE * (number - 1) : A_PAGE * number],
        "count": len(lines),
        "to_call": to_call,
        "live": sum(bool(one.used) for one in lines),
        "at": at,
        "query": urlencode(said),
        "previous_url": f"?{urlencode(said | {'page': number - 1})}" if number > 1 else "",
        "next_url": f"?{urlencode(said | {'page': number + 1})}" if len(found) > A_PAGE * number else "",
    }
    return render(request, "reports/rollout_list.html", context)


def _taken_out(request: HttpRequest, lines: list[queries.Line], form: str) -> HttpResponseBase:
    """The same list as a file."""
    if form not in {exports.CSV, exports.XLSX}:
        raise Http404
    services.note_rollout_exported(form=form, lines=len(lines), actor=request.user, at=timezone.now())
    heads = [
        *(_("District"), _("Hospital"), _("Code"), _("Telephone"), _("Call about"), _("Modules in use")),
        *(_("Modules needed"), _("Transactions in 7 days"), _("Open hours"), _("without contact")),
        *(_("Median (ms)"), _("Steps done"), _("Steps"), _("Late")),
    ]
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    return as_file("rollout", heads, [_row(one) for one in lines])


def _row(line: queries.Line) -> list[Any]:
    facility, link = line.facility, line.link
    return [
        *(facility.district, facility, facility.code, facility.phone),
        "; ".join(one.text for one in line.calls) if line.needs_call else "",
        *(len(line.used), line.needed, line.transactions_7, link.open_hours, link.lost),
        *("" if link.median is None else link.median, line.done, line.to_do, len(line.late)),
    ]


# ── One hospital ──


def _hospital(request: HttpRequest, facility_id: UUID) -> Facility:
    found: Facility = get_object_or_404(queries.hospitals_of(request.user), pk=facility_id)
    return found


@requires(permissions.VIEW_ROLLOUT)
@require_GET
def rollout_detail(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """One hospital: why to call it, its modules, its steps, its link."""
    facility, at = _hospital(request, facility_id), timezone.now()
    (line,) = queries.lines_for([facility], at)
    context = {
        "line": line,
        "screens": queries.screens_now(facility, at),
        "may_manage": request.user.may(permissions.MANAGE_ROLLOUT),
        "days": queries.link_days(facility, line.setting, at, 7),
        "heard": queries.last_heard(facility),
    }
    return render(request, "reports/rollout_detail.html", context)


@requires(permissions.VIEW_ROLLOUT)
@require_GET
def link_detail(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """The link of one hospital, hour by hour."""
    facility, at = _hospital(request, facility_id), timezone.now()
    form = LinkForm(request.GET)
    if not form.is_valid():
        raise Http404
    count = form.cleaned_data["days"]
    setting = queries.setting_of(facility)
    settings = {facility.pk: setting} if setting else {}
    context = {
        "hospital": facility,
        "count": count,
        "other": 30 if count == 7 else 7,
        "link": queries.links_of([facility], settings, at, count)[facility.pk],
        "days": queries.link_days(facility, setting, at, count),
        "heard": queries.last_heard(facility),
    }
    return render(request, "reports/link_detail.html", context)


@requires(permissions.MANAGE_ROLLOUT)
@require_http_methods(["GET", "POST"])
def rollout_step_edit(request: HttpRequest, facility_id: UUID, step: str) -> HttpResponseBase:
    """Plan a step, or say how far it has come."""
    if step not in StepKind:
        raise Http404
    facility, kind = _hospital(request, facility_id), StepKind(step)
    held = RolloutStep.objects.visible_to(request.user).filter(facility=facility, kind=kind).first()
    form = StepForm(request.POST or None, held=held, initial=initial_of_step(held))
    saved = asked_of(
        form,
        lambda: services.set_step(
            facility=facility,
            kind=kind,
            to=form.to(),
            details=form.details(),
            rev=rev_said(request),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are in the history."))
        return go(request, "reports:rollout_detail", facility.pk)
    context = {
        "title": str(kind.label).capitalize(),
        "note": str(facility),
        "rev": held.rev if held else "",
        "back": reverse("reports:rollout_detail", args=[facility.pk]),
        "changes": changes_of(held) if held else None,
    }
    return show_form(request, "reports/form_page.html", form, **context)


@requires(permissions.MANAGE_ROLLOUT)
@require_http_methods(["GET", "POST"])
def rollout_setting_edit(request: HttpRequest, facility_id: UUID) -> HttpResponseBase:
    """When the hospital is open, and what is expected of it."""
    facility = _hospital(request, facility_id)
    held = queries.setting_of(facility)
    expected = queries.expectations_of(facility)
    initial = {
        "opens_at": held.opens_at if held else OPENS_AT,
        "closes_at": held.closes_at if held else CLOSES_AT,
        "open_days": held.open_days if held else OPEN_DAYS,
        **{f"a_week_{module}": count for module, count in expected.items()},
    }
    form = ExpectationForm(request.POST or None, initial=initial)
    saved = asked_of(
        form,
        lambda: services.set_expectations(
            facility=facility,
            details=form.details(),
            a_week=form.a_week(),
            rev=rev_said(request),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The earlier details are in the history."))
        return go(request, "reports:rollout_detail", facility.pk)
    context = {
        "title": _("Open hours, and what is expected in a week"),
        "note": str(facility),
        "said": _("Transactions in a week, module by module. 0: it is not needed here. Empty: not said."),
        "rev": held.rev if held else "",
        "back": reverse("reports:rollout_detail", args=[facility.pk]),
        "changes": changes_of(held) if held else None,
    }
    return show_form(request, "reports/form_page.html", form, **context)


# ── What PCs tell ──


@signed_in
@require_POST
def linkreading_new(request: HttpRequest) -> HttpResponseBase:
    """What this PC measured of its link. Whose it is, is not kept; who works at no hospital tells nothing."""
    if throttling.count("link", str(request.user.pk), window=AN_HOUR) > MOST_TELLINGS:
        return HttpResponse(status=429)
    form = ReadingsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    posting = request.user.posting
    if posting and posting.facility_id:
        services.note_link(facility_id=posting.facility_id, readings=form.found(), at=timezone.now())
    return HttpResponse(status=204)
