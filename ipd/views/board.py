"""The bed board: all wards, one ward, and beds of the whole state."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from facilities.models import Ward
from facilities.states import WardKind
from hmis.kernel.access import requires
from hmis.kernel.htmx import go
from ipd import permissions, queries
from ipd.forms.places import SearchBedsForm
from patients.models import Encounter

UNCHANGED = 204


@requires(permissions.VIEW_BOARD)
@require_GET
def board(request: HttpRequest) -> HttpResponseBase:
    """All wards with their counts; ?words= leads straight to the one that it means.

    A page that looks again sends the `seal` of what it shows: while nothing has moved, the answer is empty.
    """
    rows = queries.fills(queries.wards_here(request.user), timezone.now())
    seal = queries.fills_seal(rows)
    is_live = bool(request.headers.get("HX-Request"))
    if is_live and request.GET.get("seal") == seal:
        return HttpResponse(status=UNCHANGED)
    words = request.GET.get("words", "")
    shown = queries.named(rows, words)
    if words and not is_live and len(shown) == 1:
        return go(request, "ipd:ward_detail", shown[0].ward.pk)
    whole = {name: sum(getattr(one, name) for one in rows) for name in queries.COUNTS}
    context = {"rows": shown, "whole": whole, "words": words, "seal": seal}
    return render(request, "ipd/_board.html" if is_live else "ipd/board.html", context)


@requires(permissions.VIEW_BOARD)
@require_GET
def ward_detail(request: HttpRequest, ward_id: UUID) -> HttpResponseBase:
    """One ward as it is built; ?bed= picks a place, about which the side panel says more."""
    visible = Ward.objects.visible_to(request.user).select_related("department")
    ward, at = get_object_or_404(visible, pk=ward_id), timezone.now()
    seal = queries.seal_of(ward, at)
    is_live = bool(request.headers.get("HX-Request"))
    asks_panel = is_live and request.headers.get("HX-Target") == "picked"
    if is_live and not asks_panel and request.GET.get("seal") == seal:
        return HttpResponse(status=UNCHANGED)
    standing = queries.board_of(ward, at, seal=seal)
    context = {
        "board": standing,
        "ward": ward,
        "picked": standing.tile_of(request.GET.get("bed")),
        "is_live": is_live,
        **rights(request.user),
    }
    page = "ipd/ward_detail.html"
    if is_live:
        page = "ipd/_picked.html" if asks_panel else "ipd/_ward_live.html"
    return render(request, page, context)


def rights(user: Any) -> dict[str, bool]:
    """What the buttons of a board ask; the view behind each asks again."""
    return {
        "may_ready": user.may(permissions.READY_BEDS),
        "may_transfer": user.may(permissions.MOVE_PATIENTS),
        "may_admit": user.may(permissions.ADMIT_PATIENTS),
        "may_end": user.may(permissions.TICK_DISCHARGE),
        # A doctor says how somebody goes; others may only write down that somebody has gone.
        "may_discharge": user.may(permissions.INITIATE_DISCHARGE),
        "may_find": user.may(permissions.VIEW_FREE_BEDS),
    }


@requires(permissions.VIEW_FREE_BEDS)
@require_GET
def bed_search(request: HttpRequest) -> HttpResponseBase:
    """Free beds of a kind in all hospitals, the nearest first: numbers, and nobody's name.

    ?encounter= is for whom: the letter of referral is written from here.
    """
    form = SearchBedsForm(request.GET)
    form.is_valid()
    kind = form.cleaned_data.get("kind") or WardKind.ICU
    posting = request.user.posting
    own = posting.facility
    near = own.district if own else posting.district
    context = {
        "form": SearchBedsForm(initial={"kind": kind}),
        "kind": WardKind(kind),
        "offers": queries.find_beds(kind, timezone.now(), near=near, but=own and own.pk),
        "near": near,
        "encounter": _encounter(request),
    }
    return render(request, "ipd/bed_search.html", context)


def _encounter(request: HttpRequest) -> Encounter | None:
    try:
        asked = UUID(request.GET.get("encounter", ""))
    except ValueError:
        return None
    visible = Encounter.objects.visible_to(request.user).select_related("patient")
    return get_object_or_404(visible, pk=asked)
