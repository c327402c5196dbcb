"""The kernel's own pages: is the hospital up, and its papers."""

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template import loader
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from hmis.kernel import api, facts, pdf, permissions
from hmis.kernel.access import public, requires, turn_away
from hmis.kernel.errors import Refusal, is_away
from hmis.kernel.models import IssuedDocument
from hmis.kernel.requests import key_of

BACK_IN = 5  # seconds: what a restart of PostgreSQL takes
MOST_AT_ONCE = 10


def fault(request: HttpRequest) -> HttpResponse:
    """What no view expected: 500, or 503 where only the database is away.

    A 503 may be sent again as it is: screens keep their form for it.
    """
    code = 503 if is_away(sys.exception()) else 500
    if request.path.startswith("/api/"):
        said = _("The database cannot be reached. Send this again, with the same key.")
        answer: HttpResponse = api.document(
            code, str(said if code == 503 else _("The server could not do this."))
        )
    else:
        answer = HttpResponse(loader.get_template(f"{code}.html").render(), status=code)
    if code == 503:
        answer["Retry-After"] = str(BACK_IN)
    return answer


@public
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """200 exactly when the database answers; the rest is said in the body, within half a second."""
    found = vars(request)["health"]
    response = JsonResponse(found, status=200 if found["database"] else 503)
    response["Cache-Control"] = "no-store"
    return response


@requires(permissions.PRINT_PAPER)
@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})
def paper_detail(request: HttpRequest, paper_id: UUID) -> HttpResponseBase:
    """The paper's PDF, to be printed by a frame of our own pages."""
    return as_pdf(open_paper(paper_for(request.user, paper_id), actor=request.user))


@requires(permissions.PRINT_PAPER)
@require_GET
@xframe_options_sameorigin
@csp_replace({"frame-ancestors": ["'self'"]})
def paper_list(request: HttpRequest) -> HttpResponseBase:
    """Several papers (`?p=…&p=…`) as one PDF, so that slip and receipt come out by one key."""
    asked = request.GET.getlist("p")[:MOST_AT_ONCE]
    try:
        wanted = [UUID(one) for one in asked]
    except ValueError:
        raise Http404 from None
    found = papers_of(request.user).in_bulk(wanted)
    if not wanted or len(found) < len(set(wanted)):
        raise Http404
    for paper in found.values():
        refuse_other_kinds(request.user, paper)
    return as_pdf(pdf.joined([open_paper(found[one], actor=request.user) for one in wanted]))


@requires(permissions.PRINT_PAPER)
@require_POST
def paper_copy_new(request: HttpRequest, paper_id: UUID) -> HttpResponseBase:
    """Print again: a DUPLICATE of its own; answers with its address.

    What is copied for a reason alone is refused with the way to the page that asks for the reason.
    """
    paper = paper_for(request.user, paper_id)
    if page := pdf.KINDS[paper.template].copied_on:
        why = _("This paper is printed once more on the patient's page, where the reason is asked.")
        url = reverse(page, args=[paper.patient_id])
        if request.headers.get("X-Fetch"):
            return JsonResponse({"error": str(why), "url": url}, status=422)
        messages.error(request, why)
        return redirect(url)
    return copied(request, [paper])


def copied(
    request: HttpRequest, papers: Sequence[IssuedDocument], act: Callable[..., Any] = pdf.print_again
) -> HttpResponseBase:
    """Each of these papers again, once for a press however often it is sent; where they are.

    `act` makes them: a DUPLICATE of each, where the app knows nothing better.
    """
    key, user, at = key_of(request), request.user, timezone.now()
    try:
        copies = act(papers=papers, request_key=key, actor=user, at=at)
    except Refusal as refusal:
        if request.headers.get("X-Fetch"):
            return JsonResponse({"error": str(refusal)}, status=refusal.status)
        messages.error(request, str(refusal))
        return redirect("home")
    if len(copies) > 1:
        return printable(request, print_url(copies, user))
    return printable(request, reverse("paper_detail", args=[copies[0].pk]), copy=copies[0].copy)


def printable(request: HttpRequest, url: str, **said: Any) -> HttpResponseBase:
    """The address of a paper for the script that prints it; without one, the paper itself."""
    asked = request.headers.get("X-Fetch")
    return JsonResponse({"url": url, **said}, status=201) if asked else redirect(url)


def print_url(papers: Iterable[IssuedDocument], user: Any) -> str:
    """The address of those papers that this person's role opens; "" where it opens none."""
    asked = [("p", paper.pk) for paper in papers if pdf.may_open(user, paper)]
    return f"{reverse('paper_list')}?{urlencode(asked)}" if asked else ""


def open_paper(paper: IssuedDocument, *, actor: Any) -> bytes:
    """The paper's bytes; that somebody opened it is written down, and which bytes they were.

    An ORIGINAL about money that was printed before comes as a view of it: printing again is a DUPLICATE.
    """
    at = timezone.now()
    seen = pdf.was_printed(paper, at=at)
    content = pdf.render(paper, seen=True) if seen else pdf.bytes_of(paper)
    said = {"seen": True} if seen else {"sha256": hashlib.sha256(content).hexdigest()}
    facts.record(
        "kernel.paper_opened",
        about=paper,
        actor=actor,
        at=at,
        patient_id=paper.patient_id,
        copy=paper.copy,
        **said,
    )
    return content


def paper_for(user: Any, paper_id: UUID) -> IssuedDocument:
    """A paper of this person's hospital: a stranger's is not there, one of another desk is refused."""
    paper: IssuedDocument = get_object_or_404(papers_of(user), pk=paper_id)
    refuse_other_kinds(user, paper)
    return paper


def refuse_other_kinds(user: Any, paper: IssuedDocument) -> None:
    """403 for a kind of paper that this person's role does not open; the try is written down."""
    if not pdf.may_open(user, paper):
        kind = pdf.KINDS.get(paper.template)
        turn_away(user, kind.opened_by if kind else permissions.PRINT_PAPER)


def papers_of(user: Any) -> Any:
    """The papers of the hospital that this person works at, of every kind."""
    return IssuedDocument.objects.filter(facility_id=user.posting.facility_id)


def as_pdf(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = "inline"
    response["Cache-Control"] = "private, no-store"
    return response
