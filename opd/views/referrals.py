"""Referrals to a department of this hospital, and what takes a referral back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hmis.kernel.access import requires
from opd import queries, services
from opd.forms import SendingForm
from patients.forms.outcomes import WhyForm
from patients.permissions import REFER_PATIENTS
from patients.queries import referrals_here
from patients.views.outcomes import asked, encounter_here, given, given_back, to_list, ways_to_refer


@requires(REFER_PATIENTS)
@require_http_methods(["GET", "POST"])
def referral_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Send the patient to another department: its token at once."""
    encounter = encounter_here(request, encounter_id)
    form = SendingForm(request.POST or None, departments=queries.others_sitting(encounter))
    made = given(
        form,
        lambda: services.refer_to_department(
            encounter=encounter,
            sending=form.sending(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        unit = made.token.clinic_day.unit
        words = {"number": made.token.number, "unit": f"{unit.department} · {unit}", "room": unit.room or "—"}
        messages.success(request, _("Token %(number)s: %(unit)s, room %(room)s.") % words)
        return given_back(request, encounter.pk, made.encounter.came_by)
    return asked(
        request,
        encounter,
        form,
        title=_("Refer the patient"),
        save=_("Refer and print the slip"),
        ways=ways_to_refer(encounter, "opd:referral_new"),
        note=_("The patient gets a token there at once and pays nothing."),
    )


@requires(REFER_PATIENTS)
@require_http_methods(["GET", "POST"])
def withdrawal_new(request: HttpRequest, referral_id: UUID) -> HttpResponseBase:
    """Take a referral back, and why."""
    linked = ("encounter__patient__district", "encounter__department", "led_to")
    referral = get_object_or_404(referrals_here(request.user).select_related(*linked), pk=referral_id)
    form = WhyForm(request.POST or None)
    row = given(
        form,
        lambda: services.withdraw_referral(
            referral=referral, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if row:
        messages.success(request, _("The referral is withdrawn."))
        return to_list(request, referral.encounter_id)
    title = _("Withdraw the referral")
    return asked(request, referral.encounter, form, title=title, save=title, note=str(referral))
