"""Where a log line was written: the request at hand by its route, who works where by ids."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import empty

request_at_hand: ContextVar[HttpRequest | None] = ContextVar("request_at_hand", default=None)
METHODS = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"}
STATIC, NOWHERE = "(static)", "(nowhere)"


@dataclass(frozen=True)
class Place:
    """A request as logs and figures may name it."""

    method: str = ""
    route: str = ""
    status: int | None = None
    ms: float | None = None
    user: str = ""
    facility: str = ""


def place_of(request: HttpRequest, status: int | None = None, ms: float | None = None) -> Place:
    return Place(_method(request), _route(request), status, ms, *_who(request))


def current_place() -> Place | None:
    """The place of a line that is written while a request is answered."""
    request = request_at_hand.get()
    return place_of(request) if request else None


def _method(request: HttpRequest) -> str:
    """The method, if it is one: any word may be sent as a method."""
    return request.method if request.method in METHODS else "OTHER"


def _route(request: HttpRequest) -> str:
    """The route as urls.py writes it: without the ids, and without an address that leads nowhere."""
    match = request.resolver_match
    if match is not None:
        return str(match.route)
    return STATIC if request.path_info.startswith(settings.STATIC_URL) else NOWHERE


def _who(request: HttpRequest) -> tuple[str, str]:
    """The ids of the person and the facility, if the request has asked for them itself: no query is made."""
    user: Any = getattr(request, "user", None)
    user = getattr(user, "_wrapped", user)
    if user is empty or not getattr(user, "is_authenticated", False):
        return "", ""
    posting = vars(user).get("posting")
    facility = posting._state.fields_cache.get("facility") if posting else None
    return str(user.pk), facility.code if facility else ""
