"""Controls: which still lack a run today, what they gave, their plot, and the answer to a broken rule."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from facilities.views.asking import asked_of, show_form
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from lab import permissions, services
from lab.forms import ControlAnswerForm, ControlLevelForm, ControlsForm, SectionForm
from lab.models import ControlLevel, QualityControlRun
from lab.queries import quality
from lab.services import Reading


@requires(permissions.RUN_CONTROLS)
@require_http_methods(["GET", "POST"])
def control_list(request: HttpRequest) -> HttpResponseBase:
    """The levels of a section with what they gave today; the row of boxes takes the next run."""
    form = SectionForm(request.POST if request.method == "POST" else request.GET)
    section = form.cleaned_data["section"] if form.is_valid() else ""
    rows = quality.levels_today(request.user, timezone.localdate(), section=section)
    asked = ControlsForm(request.POST or None)
    typed: dict[UUID, str] = {}
    said: dict[UUID, Any] = {}
    error: Any = ""
    if request.method == "POST":
        typed = _typed([one.level.pk for one in rows], request.POST)
        readings, said = _readings(typed)
        if not said and asked.is_valid():
            try:
                controls = services.enter_controls(
                    readings=readings,
                    comment=asked.cleaned_data["comment"],
                    request_key=asked.cleaned_data["request_key"],
                    actor=request.user,
                    at=timezone.now(),
                )
            except Refusal as refusal:
                at = next((one for one in typed if str(one) == refusal.field), None)
                said, error = ({at: refusal}, "") if at else ({}, refusal)
            else:
                _tell(request, controls)
                return go(request, "lab:control_list", query={"section": section} if section else None)
    lacking = [one.level.pk for one in rows if not one.runs and not one.is_expired]
    blocked = quality.blocked_analytes(request.user.posting.facility_id)
    context = {
        "form": form,
        "asked": asked,
        "section": section,
        "rows": [(one, typed.get(one.level.pk, ""), said.get(one.level.pk, "")) for one in rows],
        "lacking": len(lacking),
        # The cursor waits at what is wrong, else at the first level that still lacks its run.
        "first": next(iter([*said, *lacking, *(one.level.pk for one in rows)]), None),
        "blocked": list(blocked.values()),
        "waiting": quality.waiting_for(request.user, list(blocked)),
        "error": error,
        "may_answer": request.user.may(permissions.ANSWER_CONTROLS),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "lab/control_list.html", context, status=status)


def _typed(levels: Sequence[UUID], said: QueryDict) -> dict[UUID, str]:
    """What stands in the box of each level."""
    return {one: said.get(f"v-{one}", "").strip() for one in levels}


def _readings(typed: dict[UUID, str]) -> tuple[list[Reading], dict[UUID, Any]]:
    """The boxes that were filled, and what is wrong with some."""
    readings, said = [], {}
    for level_id, text in typed.items():
        if not text:
            continue
        try:
            value = Decimal(text).quantize(Decimal("0.0001"))
        except InvalidOperation:
            said[level_id] = _("Write a number in digits.")
        else:
            readings.append(Reading(level_id, value))
    return readings, said


def _tell(request: HttpRequest, controls: list[QualityControlRun]) -> None:
    rejected = sum(one.is_rejected for one in controls)
    count = len(controls)
    said = ngettext("%(count)s control is written.", "%(count)s controls are written.", count)
    messages.success(request, said % {"count": count})
    if rejected:
        said = ngettext(
            "%(count)s breaks a rule: no report of it is authorised until a pathologist answers.",
            "%(count)s break a rule: no report of them is authorised until a pathologist answers.",
            rejected,
        )
        messages.error(request, said % {"count": rejected})


@requires(permissions.RUN_CONTROLS)
@require_GET
def control_detail(request: HttpRequest, level_id: UUID) -> HttpResponseBase:
    """One level: its plot, and its controls with what was done about them."""
    level = _level(request, level_id)
    controls = quality.controls_of(level)
    context = {
        "level": level,
        "controls": [(one, getattr(one, "answer", None)) for one in controls],
        "chart": quality.chart_of(level, controls),
        "may_answer": request.user.may(permissions.ANSWER_CONTROLS),
        "is_expired": level.valid_till < timezone.localdate(),
    }
    return render(request, "lab/control_detail.html", context)


def _level(request: HttpRequest, level_id: UUID) -> ControlLevel:
    visible = ControlLevel.objects.visible_to(request.user).select_related("analyte", "set_by")
    return get_object_or_404(visible, pk=level_id)


@requires(permissions.ANSWER_CONTROLS)
@require_http_methods(["GET", "POST"])
def control_answer_new(request: HttpRequest, control_id: UUID) -> HttpResponseBase:
    """Say what was done about a control that broke a rule."""
    visible = QualityControlRun.objects.visible_to(request.user).filter(is_rejected=True)
    control = get_object_or_404(visible.select_related("level__analyte", "by"), pk=control_id)
    form = ControlAnswerForm(request.POST or None)
    answer = asked_of(
        form,
        lambda: services.answer_control(
            control=control,
            done=form.cleaned_data["done"],
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if answer:
        messages.success(request, _("Written. Its results may be authorised again."))
        return go(request, "lab:control_detail", control.level_id)
    return show_form(request, "lab/control_answer_new.html", form, control=control)


@requires(permissions.ANSWER_CONTROLS)
@require_http_methods(["GET", "POST"])
def control_level_new(request: HttpRequest) -> HttpResponseBase:
    """Take a lot into use; from `like` what it has in common with the one before."""
    facility = request.user.posting.facility
    if facility is None:
        raise Http404
    form = ControlLevelForm(request.POST or None, initial=_like(request))
    made = asked_of(
        form,
        lambda: services.set_control_level(
            facility=facility,
            analyte=form.cleaned_data["analyte"],
            lot=form.stated(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("%(lot)s is in use.") % {"lot": made.lot})
        return go(request, "lab:control_detail", made.pk)
    return show_form(request, "lab/control_level_new.html", form)


def _like(request: HttpRequest) -> dict[str, Any]:
    """What the next lot of a level begins with."""
    like: dict[str, Any] = {"valid_from": timezone.localdate(), "request_key": key_of(request)}
    try:
        level = _level(request, UUID(request.GET["like"]))
    except (KeyError, ValueError):
        return like
    shared = ("section", "analyser", "material", "level")
    return like | {"analyte": level.analyte.code} | {name: getattr(level, name) for name in shared}
