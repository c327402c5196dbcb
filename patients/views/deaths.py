"""A death that was written down on the wrong chart is taken back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hmis.kernel.access import requires
from hmis.kernel.htmx import go
from hmis.kernel.templatetags.ui import when
from patients import permissions, services
from patients.forms.outcomes import DeathWithdrawalForm
from patients.models import DeathNotice
from patients.views.outcomes import asked, given


@requires(permissions.WITHDRAW_DEATHS)
@require_http_methods(["GET", "POST"])
def death_withdrawal_new(request: HttpRequest, notice_id: UUID) -> HttpResponseBase:
    """Take a death back, and why: by another than who has written it down."""
    linked = ("encounter__patient__district", "encounter__department")
    visible = DeathNotice.objects.visible_to(request.user).select_related(*linked)
    notice = get_object_or_404(visible, pk=notice_id)
    form = DeathWithdrawalForm(request.POST or None, alone=notice.said_by_id == request.user.pk)
    row = given(
        form,
        lambda: services.withdraw_death(
            notice=notice, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if row:
        messages.success(request, _("The death is taken back. The patient is alive on record."))
        return go(request, "patients:patient_detail", notice.patient_id)
    title = _("Take the death back")
    told = _(
        "For a death that was written down on the wrong chart. A certificate stays in the register as"
        " cancelled, its papers are not printed again, and their code says that they are not valid. A patient"
        " still in the bed stays there; if the bed was left, finish that discharge and admit the patient"
        " again. If the registrar was told, write to the registrar."
    )
    return asked(
        request,
        notice.encounter,
        form,
        title=title,
        save=title,
        note=when(notice.died_at),
        told=told,
        back=reverse("patients:patient_detail", args=[notice.patient_id]),
    )
