"""Opinions: asked of another department, listed there, answered, taken back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from ipd import permissions, queries, services
from ipd.forms.rounds import OpinionAnswerForm, OpinionForm
from ipd.models import Opinion
from ipd.views.rounds import admission_here, asked
from patients import queries as patient_queries
from patients.views.charts import or_glass


@requires(permissions.GIVE_OPINIONS)
@require_http_methods(["GET", "POST"])
@or_glass
def opinion_new(request: HttpRequest, admission_id: UUID) -> HttpResponseBase:
    """Ask a department."""
    admission = admission_here(request, admission_id)
    now = queries.team_now(admission)
    every = patient_queries.departments_open(admission.facility_id)
    others = [one for one in every if now is None or one.pk != now.department_id]
    form = OpinionForm(request.POST or None, departments=others)

    def act(**given: Any) -> None:
        services.ask_opinion(admission=admission, **form.details(), **given)

    return asked(
        request, admission, form, act, title=_("Ask for an opinion"), save=_("Ask"), said=_("Asked.")
    )


@requires(permissions.GIVE_OPINIONS)
@require_GET
def opinion_list(request: HttpRequest) -> HttpResponseBase:
    """What my department is asked."""
    rows: list[Any] = list(queries.opinions_for(request.user)[: queries.MOST_WARNINGS])
    patient_queries.withhold_names(one.patient for one in rows)
    queries.with_places(one.admission for one in rows)
    for one in rows:
        one.stay = one.admission.lies
    return render(request, "ipd/opinion_list.html", {"rows": rows})


@requires(permissions.GIVE_OPINIONS)
@require_http_methods(["GET", "POST"])
@or_glass
def opinion_answer_new(request: HttpRequest, opinion_id: UUID) -> HttpResponseBase:
    """Write my department's opinion."""
    opinion = _opinion(request, opinion_id)
    admission = admission_here(request, opinion.admission_id)
    form = OpinionAnswerForm(request.POST or None)

    def act(**given: Any) -> None:
        services.answer_opinion(opinion=opinion, answer=form.cleaned_data["answer"], **given)

    return asked(
        request,
        admission,
        form,
        act,
        title=_("Opinion"),
        save=_("Give the opinion"),
        said=_("Given."),
        opinion=opinion,
    )


@requires(permissions.GIVE_OPINIONS)
@require_POST
@or_glass
def opinion_withdrawal_new(request: HttpRequest, opinion_id: UUID) -> HttpResponseBase:
    """The question is taken back."""
    opinion = _opinion(request, opinion_id)
    admission = admission_here(request, opinion.admission_id)
    try:
        services.withdraw_opinion(
            opinion=opinion, request_key=key_of(request), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return go(request, "ipd:admission_detail", admission.pk)


def _opinion(request: HttpRequest, opinion_id: UUID) -> Opinion:
    linked = Opinion.objects.visible_to(request.user).select_related("department", "asked_by")
    return get_object_or_404(linked, pk=opinion_id)
