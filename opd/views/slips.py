"""Today's slips, and each one."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.queries import refunds_of
from hmis.kernel.access import requires
from hmis.kernel.htmx import go
from hmis.kernel.models import IssuedDocument
from hmis.kernel.views import copied, papers_of, print_url
from opd import permissions, queries, services
from opd.models import QueueToken
from opd.queries import Registration
from opd.states import TOKEN_MOVES, TokenStatus
from patients import queries as patient_queries
from patients.forms.person import SearchForm
from patients.identifiers import search_kind

A_PAGE = 200
MOVABLE = [status for status, to in TOKEN_MOVES.items() if TokenStatus.MOVED in to]


def with_papers(made: Registration, user: Any) -> Registration:
    """The registration with the address that prints its papers in one go: those that this person opens."""
    made.encounter.print_url = print_url(papers_now(made), user)
    return made


def papers_now(made: Registration) -> list[IssuedDocument]:
    """What the patient holds: slip and receipt; of a cancelled slip the vouchers of what was paid back."""
    if made.token.status == TokenStatus.CANCELLED:
        return [one.paper for one in refunds_of(made.invoice) if one.paper]
    return [made.slip] + ([made.receipt] if made.receipt else [])


@requires(permissions.VIEW_QUEUE)
@require_http_methods(["GET", "POST"])
def registration_list(request: HttpRequest) -> HttpResponseBase:
    """Today's slips, newest first; ?before= a slip's token, for those made before it.

    A search is a POST, so that no name stands in an address.
    """
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    tokens = queries.todays_registrations(request.user, begins, begins + timedelta(days=1))
    if request.method == "POST":
        return _found(request, tokens)
    listed, last = tokens, None
    if "before" in request.GET:
        asked = _key(request.GET["before"])
        last = tokens.filter(pk=asked).first() if asked else None
        if last is None:
            return go(request, "opd:registration_list")
        listed = queries.made_before(tokens, last)
    shown = list(listed[: A_PAGE + 1])
    patient_queries.withhold_names(token.patient for token in shown)
    context = {
        "tokens": shown[:A_PAGE],
        "count": tokens.count(),
        "following": f"?before={shown[A_PAGE - 1].pk}" if len(shown) > A_PAGE else "",
        "newest": "?" if last else "",
    }
    return render(request, "opd/registration_list.html", context)


# What a list shows even of whom it does not name: no other search may tell who they are.
SHOWN_OF_ALL = {"token", "uhid"}


def _found(request: HttpRequest, tokens: QuerySet[QueueToken]) -> HttpResponseBase:
    """Those of today's slips that are searched for; that somebody searched is written down, not for what."""
    form = SearchForm(request.POST)
    typed = form.cleaned_data["q"].strip() if form.is_valid() else ""
    term = search_kind(typed)
    if term.kind == "empty":
        return go(request, "opd:registration_list")
    shown = list(queries.slips_meant(tokens, term)[:A_PAGE])
    patient_queries.withhold_names(token.patient for token in shown)
    if term.kind not in SHOWN_OF_ALL:
        shown = [token for token in shown if not token.patient.is_withheld]
    services.note_slips_searched(found=len(shown), actor=request.user, at=timezone.now())
    context = {"tokens": shown, "count": len(shown), "typed": typed}
    return render(request, "opd/registration_list.html", context)


def _key(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


@requires(permissions.VIEW_QUEUE)
@require_GET
def registration_detail(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """One registration: token, bill, papers. Whoever came by casualty instead has their page there."""
    if not _has_token(request, encounter_id):
        arrival = get_object_or_404(queries.arrivals(request.user), encounter=encounter_id)
        return go(request, "opd:casualty_detail", arrival.pk)
    made = with_papers(queries.registration(encounter_id), request.user)
    services.note_seen(encounter=made.encounter, actor=request.user, at=timezone.now())
    cancelled = made.token.status == TokenStatus.CANCELLED
    sent_on = made.token.moved_from_id is not None and not cancelled
    context = {
        "made": made,
        "patient": made.encounter.patient,
        "cancelled": cancelled,
        "refunds": refunds_of(made.invoice) if cancelled else [],
        "is_open": made.token.status in MOVABLE,
        "may_go_back": made.token.may_be_cancelled and queries.is_of_today(made.encounter, at=timezone.now()),
        # What was just written prints itself, once.
        "just_printed": request.GET.get("now")
        and (print_url([made.slip], request.user) if sent_on else made.encounter.print_url),
    }
    return render(request, "opd/registration_detail.html", context)


def _has_token(request: HttpRequest, encounter_id: UUID) -> bool:
    """Whether this encounter was registered at the OPD; somebody who was sent on has more than one token."""
    return QueueToken.objects.visible_to(request.user).filter(encounter_id=encounter_id).exists()


@requires(permissions.REGISTER_VISIT)
@require_POST
def registration_copy_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Print again: a counted DUPLICATE of slip and receipt; a new slip where details were put right."""
    if not _has_token(request, encounter_id):
        raise Http404
    made, here = queries.registration(encounter_id), papers_of(request.user)
    papers = [paper for paper in papers_now(made) if here.filter(pk=paper.pk).exists()]
    if not papers:
        raise Http404
    return copied(request, papers, partial(services.print_again, encounter=made.encounter))
