"""Schemes granted for visits."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import EndForm, EnhancementForm, GrantForm
from billing.models import SchemeCover
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from patients.models import Encounter, EncounterClass
from patients.queries import withhold_names
from patients.states import EncounterStatus

PAGE = 50


@requires(permissions.VIEW_COVERS)
@require_http_methods(["GET", "POST"])
def cover_list(request: HttpRequest) -> HttpResponseBase:
    """The schemes that hold now. What is looked for is sent, so that no number stands in an address."""
    words = request.POST.get("q", "").strip()[:60]
    found = queries.covers_running(request.user, words=words)
    context = {"title": _("Schemes granted"), "q": words, "searches": True}
    return _show(request, found, context)


@requires(permissions.APPROVE_COVERS)
@require_GET
def cover_approval_list(request: HttpRequest) -> HttpResponseBase:
    """What was approved in this person's name, and what one person granted alone."""
    found = queries.covers_running(request.user, approved_by=request.user)
    return _show(request, found, {"title": _("Approved in my name, or by one person alone")})


def _show(request: HttpRequest, found: Any, context: dict[str, Any]) -> HttpResponseBase:
    number = request.POST.get("page") or request.GET.get("page")
    page = Paginator(found, PAGE).get_page(number)
    covers = list(page.object_list)
    queries.give_used(covers)
    withhold_names([one.encounter.patient for one in covers])
    return render(request, "billing/cover_list.html", context | {"page": page, "covers": covers})


def full_price(request: HttpRequest, encounter: Encounter) -> dict[str, Any]:
    """What `billing/_full_price.html` needs: the scheme that holds, and what was charged without it."""
    cover = queries.running_cover(encounter)
    charges = queries.at_full_price(encounter, cover) if cover else []
    return {
        "cover": cover,
        "full_price": charges,
        "full_price_sum": sum(one.net for one in charges),
        "may_grant": request.user.may(permissions.GRANT_COVERS),
        "earlier_key": uuid4(),
    }


def _encounter(request: HttpRequest, encounter_id: UUID) -> Encounter:
    visible = Encounter.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("patient__district", "facility", "department"), pk=encounter_id
    )


@requires(permissions.VIEW_COVERS)
@require_GET
def encounter_cover_detail(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """The schemes of one visit, and what its account says."""
    encounter = _encounter(request, encounter_id)
    services.note_covers_seen(encounter=encounter, actor=request.user, at=timezone.now())
    covers = queries.covers_of(encounter)
    context = {
        "encounter": encounter,
        "covers": covers,
        "running": next((one for one in covers if one.ended_at is None), None),
        "answer": queries.discharge_answer(encounter),
        "is_stay_open": encounter.encounter_class != EncounterClass.AMBULATORY
        and encounter.status == EncounterStatus.IN_PROGRESS,
    }
    context |= full_price(request, encounter)
    return render(request, "billing/encounter_cover_detail.html", context)


@requires(permissions.GRANT_COVERS)
@require_http_methods(["GET", "POST"])
def cover_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Grant a scheme for this visit."""
    encounter = _encounter(request, encounter_id)
    form = GrantForm(request.POST or None, facility=encounter.facility)
    made = asked_of(
        form,
        lambda: services.grant_cover(
            encounter=encounter,
            grant=form.grant(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Granted. What is charged from now on asks less."))
        return go(request, "billing:encounter_cover_detail", encounter.pk)
    return show_form(request, "billing/cover_form.html", form, **_around(encounter, _("Grant a scheme")))


def _around(encounter: Encounter, title: str, **more: Any) -> dict[str, Any]:
    back = reverse("billing:encounter_cover_detail", args=[encounter.pk])
    return {"title": title, "encounter": encounter, "patient": encounter.patient, "back": back, **more}


def _cover(request: HttpRequest, cover_id: UUID) -> SchemeCover:
    visible = SchemeCover.objects.visible_to(request.user)
    linked = (
        "scheme",
        "facility",
        "encounter__patient__district",
        "encounter__facility",
        "encounter__department",
    )
    return get_object_or_404(visible.select_related(*linked), pk=cover_id)


@requires(permissions.GRANT_COVERS)
@require_POST
def cover_earlier_new(request: HttpRequest, cover_id: UUID) -> HttpResponseBase:
    """What was charged before the scheme was granted asks less by it, too."""
    cover = _cover(request, cover_id)
    try:
        services.cover_earlier(
            cover=cover, request_key=key_of(request), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("What was charged before asks less now, too."))
    return go(request, "billing:encounter_cover_detail", cover.encounter_id)


@requires(permissions.GRANT_COVERS)
@require_http_methods(["GET", "POST"])
def cover_end_new(request: HttpRequest, cover_id: UUID) -> HttpResponseBase:
    """The scheme holds no longer: what comes is charged in full."""
    cover = _cover(request, cover_id)
    form = EndForm(request.POST or None)
    ended = asked_of(
        form,
        lambda: services.end_cover(
            cover=cover,
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if ended:
        messages.success(request, _("Ended. What was let off stays."))
        return go(request, "billing:encounter_cover_detail", cover.encounter_id)
    said = _("What was let off stays; what is charged from now on asks the full price.")
    around = _around(cover.encounter, _("End: %(scheme)s") % {"scheme": cover}, said=said, save=_("End it"))
    return show_form(request, "billing/cover_form.html", form, **around)


@requires(permissions.GRANT_COVERS)
@require_http_methods(["GET", "POST"])
def enhancement_new(request: HttpRequest, cover_id: UUID) -> HttpResponseBase:
    """The payer approves more."""
    cover = _cover(request, cover_id)
    form = EnhancementForm(request.POST or None)
    made = asked_of(
        form,
        lambda: services.enhance_cover(
            cover=cover,
            preauth_number=form.cleaned_data["preauth_number"],
            preauth_amount=form.cleaned_data["preauth_amount"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("The higher approval is written down."))
        return go(request, "billing:encounter_cover_detail", cover.encounter_id)
    around = _around(cover.encounter, _("Enhancement: %(scheme)s") % {"scheme": cover})
    return show_form(request, "billing/cover_form.html", form, **around)
