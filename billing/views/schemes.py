"""The reasons to pay less."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from billing import permissions, services
from billing.forms import SchemeForm
from billing.models import Scheme
from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.history import changes_of, version_of
from hmis.kernel.htmx import go
from hmis.kernel.said import rev_said


@requires(permissions.VIEW_SCHEMES)
@require_GET
def scheme_list(request: HttpRequest) -> HttpResponseBase:
    """The reasons to pay less, for every hospital of the state."""
    context = {"schemes": Scheme.objects.all(), "may_change": request.user.may(permissions.MANAGE_SCHEMES)}
    return render(request, "billing/scheme_list.html", context)


@requires(permissions.MANAGE_SCHEMES)
@require_http_methods(["GET", "POST"])
def scheme_new(request: HttpRequest) -> HttpResponseBase:
    form = SchemeForm(request.POST or None, is_new=True)
    made = asked_of(
        form,
        lambda: services.add_scheme(
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Saved. The counters use it within a few seconds."))
        return go(request, "billing:scheme_list")
    context = {"title": _("New exemption"), "back": reverse("billing:scheme_list")}
    return show_form(request, "facilities/form_page.html", form, **context)


@requires(permissions.MANAGE_SCHEMES)
@require_http_methods(["GET", "POST"])
def scheme_edit(request: HttpRequest, scheme_id: UUID) -> HttpResponseBase:
    scheme = get_object_or_404(Scheme, pk=scheme_id)
    initial = {name: getattr(scheme, name) for name in SchemeForm.base_fields if name != "request_key"}
    form = SchemeForm(request.POST or None, is_new=False, initial=initial)
    saved = asked_of(
        form,
        lambda: services.edit_scheme(
            scheme=scheme,
            details=form.details(),
            version=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. The counters use it within a few seconds."))
        return go(request, "billing:scheme_list")
    context = {
        "title": str(scheme),
        "note": scheme.code,
        "rev": version_of(scheme),
        "back": reverse("billing:scheme_list"),
        "changes": changes_of(scheme),
    }
    return show_form(request, "facilities/form_page.html", form, **context)
