"""A page or its fragment, a redirect either way."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse


def in_background(request: HttpRequest) -> bool:
    """Whether a script asked: its page stays, and wants a word instead of another page."""
    return bool({"HX-Request", "X-Fetch", "X-Polling"} & request.headers.keys())


def show(
    request: HttpRequest,
    page: str,
    context: dict[str, Any],
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or only the fragment that HTMX asked for."""
    wanted = fragment if fragment and request.headers.get("HX-Request") else page
    return render(request, wanted, context, status=status)


def go(request: HttpRequest, name: str, *args: Any, query: dict[str, Any] | None = None) -> HttpResponse:
    """Send the browser on: 303 without JavaScript, HX-Redirect with it."""
    url = reverse(name, args=args, query=query)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    response = redirect(url)
    response.status_code = 303
    return response
