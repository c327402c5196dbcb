"""What every form of the administration does: ask a service once, say its refusal at the field."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from facilities.forms import Asked
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import show

R = TypeVar("R")


def asked_of(form: Asked, act: Callable[[], R]) -> R | None:
    """What the act answered; None where the form is not right, or the act refused and the form says why."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refusal as refusal:
        form.say(refusal)
        return None


def show_form(request: HttpRequest, page: str, form: Asked, **context: Any) -> HttpResponse:
    """The page around the form, or the form alone for HTMX; 422 where something is wrong."""
    status = 422 if request.method == "POST" else 200
    held = {"form": form, "action": request.path, **context}
    if request.method == "POST" and "rev" in held:
        held["rev"] = request.POST.get("rev", "")
    return show(request, page, held, fragment="facilities/_form.html", status=status)
