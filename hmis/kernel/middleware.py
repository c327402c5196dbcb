"""Each request: its id, who is at work where, whether the screen is locked, and no copy in any cache."""

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_protect

from hmis.kernel import asking, health, kept, scope
from hmis.kernel.access import at_the_door, leading_back, signed_out
from hmis.kernel.asking import current_request_id, without_keys
from hmis.kernel.htmx import in_background

GetResponse = Callable[[HttpRequest], HttpResponseBase]
SEEN_AGAIN_AFTER = 30  # seconds between two notes of activity: a page costs no write


def request_id(get_response: GetResponse) -> GetResponse:
    """Names each request, for its log lines, its audit rows and whoever reports a fault.

    The web server writes its access log from the same environment, after the answer: it finds no key there.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        mark = asking.request_id.set(str(uuid4()))
        try:
            response = get_response(request)
            response["X-Request-ID"] = current_request_id()
            return response
        finally:
            asking.request_id.reset(mark)
            for name in {"PATH_INFO", "RAW_URI", "REQUEST_URI"} & request.META.keys():
                request.META[name] = without_keys(request.META[name])

    return middleware


class Sessions(SessionMiddleware):
    """Django's own; a session that was ended while its request ran is answered with the login page.

    The key of an ended login stays in its browser until another login: by it a form that comes late finds
    its person. It opens nothing.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        try:
            answer = super().process_response(request, response)
        except SessionInterrupted:
            return signed_out(request)
        session: Any = request.session
        if session.ended and session.is_empty():
            answer.cookies.pop(settings.SESSION_COOKIE_NAME, None)
        return answer


def health_first(get_response: GetResponse) -> GetResponse:
    """Asks for the health page whether the database answers, before anybody's session is read from it.

    Where it does not, the page is answered at once; where it does, its question counts as activity.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path != _health_page():
            return get_response(request)
        asked: Any = request
        asked.health = health.asked()
        if asked.health["database"]:
            return get_response(request)
        request.resolver_match = page = resolve(request.path)
        return page.func(request)  # type: ignore[no-any-return]

    return middleware


@cache
def _health_page() -> str:
    return reverse("healthz")


def at_work(get_response: GetResponse) -> GetResponse:
    """Sets the person's working posting, its reach and language; locks the screen after idle minutes.

    A page says in `X-Person` whose it is and of which posting: what somebody had typed is not sent in the
    name of the next one, who has logged in in another tab, nor at another hospital that was chosen there.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        with scope.within(scope.NOBODY):
            return answered(request)

    def answered(request: HttpRequest) -> HttpResponseBase:
        request.user = get_user(request)  # the person: behind Django's stand-in each question is asked twice
        if not request.user.is_authenticated:
            with translation.override(_language_of_a_stranger(request)):
                return get_response(request)
        person, _space, posting = request.headers.get("X-Person", "").strip().partition(" ")
        if person not in {"", str(request.user.pk)}:
            return HttpResponse(status=401, headers={"X-Locked": "other"})
        request.user.work_as(request.session.get("posting"))
        scope.settle(scope.reading(request.user))
        if is_locked(request) and not _may_pass_locked(request):
            return _locked(request)
        if posting not in {"", _working_posting(request)} and not _may_pass_locked(request):
            return HttpResponse(status=412)
        if request.user.must_choose_password and not _may_pass_unchosen(request):
            return _choose_first(request)
        with translation.override(request.user.language):
            request.LANGUAGE_CODE = request.user.language
            return get_response(request)

    return middleware


def _language_of_a_stranger(request: HttpRequest) -> str:
    """Hindi at every login page: counter PCs ask for English. Only the API listens to Accept-Language."""
    if request.path.startswith("/api/"):
        return translation.get_language_from_request(request)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def is_locked(request: HttpRequest) -> bool:
    """Whether the screen is locked, or has been idle too long and is locked now. Polling is no activity."""
    session: Any = request.session
    now = timezone.now().timestamp()
    if session.is_locked():
        return True
    seen = session.get("seen", now)
    if now - seen > settings.IDLE_LOCK_SECONDS:
        session.lock(timezone.now())
        return True
    if "X-Polling" not in request.headers and ("seen" not in session or now - seen > SEEN_AGAIN_AFTER):
        session["seen"] = now
    return False


def _working_posting(request: HttpRequest) -> str:
    user: Any = request.user
    return str(user.posting.pk) if user.posting else ""


def _may_pass_locked(request: HttpRequest) -> bool:
    """The API refuses a locked screen itself, with a problem document and no way to the unlock page."""
    named = {reverse(name) for name in ("unlock", "lock", "logout", "healthz")}
    return request.path in named or request.path.startswith("/api/")


def _locked(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST" and not in_background(request):
        return _ask_first(request)
    if request.headers.get("HX-Request") or request.method != "GET":
        return HttpResponse(status=401, headers={"X-Locked": "idle"})
    return redirect(leading_back("unlock", request))


@csrf_protect
def _ask_first(request: HttpRequest) -> HttpResponseBase:
    """The unlock page with what the form held. Only of a form of ours: it goes out with a token of ours."""
    user: Any = request.user
    sealed = kept.seal(request, person=user.pk, posting=user.posting and user.posting.pk)
    with translation.override(user.language):
        response = at_the_door("unlock", request, sealed)
    response["X-Locked"] = "idle"
    return response


def _may_pass_unchosen(request: HttpRequest) -> bool:
    """The API refuses by itself who still has a password given for one use."""
    named = ("password_new", "unlock", "lock", "logout", "language", "healthz")
    return request.path in {reverse(name) for name in named} or request.path.startswith("/api/")


def _choose_first(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("password_new")})
    return redirect("password_new")


def without_nul(get_response: GetResponse) -> GetResponse:
    """Takes NUL out of what pages are asked with: nobody types it, and PostgreSQL takes no text that has it.

    The API refuses such a text by itself.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/api/"):
            asked: Any = request
            asked.GET = _without_nul(request.GET)
            if request.method == "POST":
                asked.POST = _without_nul(request.POST)
        return get_response(request)

    return middleware


def _without_nul(sent: QueryDict) -> QueryDict:
    if not any("\0" in value for values in sent.lists() for value in (values[0], *values[1])):
        return sent
    plain = sent.copy()
    plain.clear()
    for name, values in sent.lists():
        plain.setlist(name.replace("\0", ""), [value.replace("\0", "") for value in values])
    return plain


def no_store(get_response: GetResponse) -> GetResponse:
    """Pages of signed-in people stay in no cache: the next person at this PC must not go back to them."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return middleware
