"""Who calls the API, from which facility, in which language, and how often."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework import exceptions
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from hmis.kernel import scope, throttling
from hmis.kernel.middleware import is_locked


def client_address(request: HttpRequest | Request) -> str:
    """The address that the nearest proxy saw; the socket's own where there is no proxy."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.TRUST_PROXY else ""
    return str(forwarded.split(",")[-1].strip() or request.META.get("REMOTE_ADDR", ""))


class StaffBackend(ModelBackend):
    """Django's own; the person of a session comes with their postings, in one read."""

    def get_user(self, user_id: Any) -> Any:
        return get_user_model().of_session(user_id)  # type: ignore[attr-defined]


BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Linux": "Linux"}


def client_device(request: HttpRequest) -> str:
    """`Firefox · Windows`: the families alone, to tell the counter's PC from a phone."""
    said = request.headers.get("User-Agent", "")
    found = [
        next((name for mark, name in known.items() if mark in said), "") for known in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(name for name in found if name)


def _at_work(request: Request, user: Any) -> None:
    """Take up the posting that `X-Facility: RIMS` names; a facility without a posting is refused."""
    code = request.headers.get("X-Facility", "")
    if not user.work_as(code=code) and code:
        raise exceptions.PermissionDenied(_("You have no posting at this facility."))
    scope.settle(scope.reading(user))


def refuse_one_time(user: Any) -> None:
    """Who still has a password given for one use comes in by the browser first, and chooses their own."""
    if user.must_choose_password:
        raise exceptions.AuthenticationFailed(
            _("Log in with the browser and choose your own password first.")
        )


class StaffTokenAuthentication(TokenAuthentication):
    """`Authorization: Token …` of a staff member."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found:
            _at_work(request, found[0])
            if "Accept-Language" not in request.headers:
                # Until the response is made: the middleware puts back what was spoken before.
                translation.activate(found[0].language)
        return found

    def authenticate_credentials(self, token: bytes) -> Any:
        """The token's person and postings in one read; Knox would read all of the person's tokens."""
        digest = hash_token(token.decode("ascii", errors="replace"))
        user = get_user_model().of_token(digest, timezone.now())  # type: ignore[attr-defined]
        if user is None:
            raise exceptions.AuthenticationFailed(_("This token is no longer valid. Log in again."))
        refuse_one_time(user)
        return user, digest


class StaffSessionAuthentication(SessionAuthentication):
    """The browser's own session, with its CSRF token; a locked screen is locked here too."""

    def authenticate(self, request: Request) -> Any:
        found = super().authenticate(request)
        if found and is_locked(request._request):
            raise exceptions.NotAuthenticated(_("This screen is locked."))
        if found:
            refuse_one_time(found[0])
        return found

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            said = _("The page's CSRF token is missing or too old. Open the page again.")
            raise exceptions.PermissionDenied(said) from error

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class StaffTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = StaffTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token …"}


class StaffSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = StaffSessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class PersonThrottle(BaseThrottle):
    """3,000 requests a minute for each person, counted in PostgreSQL."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return True
        limit = settings.API_REQUESTS_PER_MINUTE
        return throttling.count_in_steps("api", str(request.user.pk), window=60, limit=limit) <= limit

    def wait(self) -> float:
        return 60.0
