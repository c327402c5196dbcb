"""What the laboratory of this hospital asks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hmis.kernel.access import requires
from hmis.kernel.edits import version_shown
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, services
from lab.forms import LaboratoryForm


@requires(permissions.MANAGE_LABORATORY)
@require_http_methods(["GET", "POST"])
def laboratory_edit(request: HttpRequest) -> HttpResponseBase:
    """Money first or later, minutes for a critical value, ISI of the thromboplastin in use."""
    facility = request.user.posting.facility
    setting = queries.settings_of(facility.pk)
    initial = {name: getattr(setting, name) for name in services.SAID_OF_LABORATORY}
    initial["version"] = version_shown(setting)
    form = LaboratoryForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_laboratory(
                facility=facility,
                said=form.details(),
                version=form.cleaned_data["version"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Saved."))
            return go(request, "lab:laboratory_edit")
    status = 422 if request.method == "POST" else 200
    return render(request, "lab/laboratory_edit.html", {"form": form}, status=status)
