"""Diagnoses while they are typed."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from hmis.kernel.access import requires
from patients import permissions, queries


@requires(permissions.WRITE_NOTES)
@require_GET
def code_list(request: HttpRequest) -> HttpResponseBase:
    """The diagnoses that ?q= means, to choose from at each keystroke; without it those used most."""
    typed = request.GET.get("q", "")
    found = queries.codes_for(request.user, typed, today=timezone.localdate())
    return render(request, "patients/_codes.html", {"codes": found, "typed": typed})
