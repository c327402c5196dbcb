"""May this person? Every view says whom it serves; every load starts with `visible_to`."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, Self, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, kept
from hmis.kernel.acts import act
from hmis.kernel.composed import Composed
from hmis.kernel.htmx import in_background

View = Callable[..., HttpResponseBase]
M = TypeVar("M", bound=models.Model)


class ScopedQuerySet(models.QuerySet[M]):
    """Rows of facilities. `facility_path` leads from the row to its facility."""

    facility_path = "facility"

    def visible_to(self, user: Any) -> Self:
        """The rows that this person's working posting reaches; none without a posting."""
        posting = getattr(user, "posting", None)
        return self.filter(posting.sees(self.facility_path)) if posting else self.none()

    def locked(self) -> Self:
        """The rows, locked until the transaction ends, always in the same order."""
        return self.select_for_update(of=("self",)).order_by("pk")


def lock(model: type[M], pk: UUID, *linked: str) -> M:
    """This row, locked until the act ends, with those that it points to by these names.

    Raises DoesNotExist where there is none within reach.
    """
    return _locked.get(pk, model=model, linked=linked)


@Composed
def _locked(pk: UUID, *, model: Any, linked: tuple[str, ...]) -> models.QuerySet[Any]:
    rows = model.objects.locked().filter(pk=pk)
    return rows.select_related(*linked) if linked else rows


def requires(permission: str) -> Callable[[View], View]:
    """For people at work whose role holds `permission`: others get 403, nobody gets the login."""

    def wear(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_login(request)
            if not request.user.may(permission):
                turn_away(request.user, permission)
            return view(request, *args, **kwargs)

        guarded.access = permission  # type: ignore[attr-defined]
        return guarded

    return wear


def turn_away(user: Any, permission: str) -> NoReturn:
    """403 for what this person's role does not include; that it was tried is written down."""
    note_refused(permission, actor=user)
    raise PermissionDenied(_("Your role does not include this."))


@act
def note_refused(permission: str, *, actor: Any) -> None:
    """Write down that somebody tried what their role does not include."""
    facts.record("kernel.access_refused", about=actor, actor=actor, at=timezone.now(), permission=permission)


def signed_in(view: View) -> View:
    """For everybody who has logged in, whatever the role."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_login(request)

    guarded.access = "signed in"  # type: ignore[attr-defined]
    return guarded


def public(view: View) -> View:
    """For anybody: login, the health page, the check of a receipt."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def to_login(request: HttpRequest) -> HttpResponseBase:
    """The way in. A form that was sent when the login was over is kept for its person, if that is known."""
    if request.method != "POST" or in_background(request):
        return signed_out(request)
    session: Any = request.session
    was = session.ended
    is_known = was is not None and was.user_id is not None
    sealed = kept.seal(request, person=was.user_id, posting=was.posting_id) if is_known else ""
    return at_the_door("login", request, sealed) if sealed else signed_out(request)


def signed_out(request: HttpRequest) -> HttpResponseBase:
    """The login page afterwards leads back here; a script is told in a word."""
    if in_background(request):
        return HttpResponse(status=401, headers={"X-Locked": "signed-out"})
    return redirect(leading_back("login", request))


def leading_back(door: str, request: HttpRequest) -> str:
    """The address of a door that leads back to this page as it was asked for; from a door, where it leads."""
    is_door = request.path in {reverse(name) for name in kept.DOORS}
    here = request.GET.get("next", "") if is_door else request.get_full_path()
    return f"{reverse(door)}?{urlencode({'next': here})}" if here else reverse(door)


def at_the_door(name: str, request: HttpRequest, sealed: str) -> HttpResponseBase:
    """The page of this name, in place of what a form was sent to."""
    page: View = resolve(reverse(name)).func
    return page(request, met=sealed)
