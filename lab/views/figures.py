"""Figures of the laboratory over some days, the weekly form L of IDSP; both as sheets."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from billing.queries import Days
from hmis.kernel import exports
from hmis.kernel.access import requires
from lab import permissions, services
from lab.forms import PeriodForm, WeekForm
from lab.queries import figures, notifying
from lab.states import RejectReason

MONTH = timedelta(days=29)
TURNAROUND, REJECTIONS, WORK = "turnaround", "rejections", "work"


@requires(permissions.VIEW_FIGURES)
@require_GET
def figure_list(request: HttpRequest) -> HttpResponseBase:
    """How long reports took, what was rejected, who did how much; of the last month unless said."""
    form = PeriodForm(request.GET or None)
    today = timezone.localdate()
    days = form.cleaned_data["days"] if form.is_valid() else Days(today - MONTH, today)
    if form.is_valid() and request.GET.get("as"):
        return _sheet(request, days)
    rejections = figures.rejections(request.user, days)
    context = {
        "form": form if form.is_bound else PeriodForm(initial={"begins": days.begins, "ends": days.ends}),
        "days": days,
        "sections": figures.turnaround_of_sections(request.user, days),
        "tests": figures.turnaround_of_tests(request.user, days),
        "rejections": rejections,
        "answers": figures.answers(request.user, days),
        "alone": figures.signed_alone(request.user, days),
        "reasons": [
            (label, count)
            for place, label in enumerate(RejectReason.labels)
            if (count := sum(one.by_reason[place] for one in rejections))
        ],
        "work": [
            (_("Section"), figures.work_of_sections(request.user, days)),
            (_("Technician"), figures.work_of_people(request.user, days)),
            (_("Hour"), figures.work_of_hours(request.user, days)),
        ],
    }
    return render(request, "lab/figure_list.html", context, status=422 if form.errors else 200)


def _sheet(request: HttpRequest, days: Days) -> HttpResponseBase:
    made = {TURNAROUND: _turnaround, REJECTIONS: _rejections, WORK: _work}.get(request.GET.get("of", ""))
    if made is None:
        raise Http404
    of = request.GET["of"]
    head, rows = made(request.user, days)
    services.note_figures_exported(of=of, days=days, actor=request.user, at=timezone.now())
    as_file = exports.as_csv if request.GET["as"] == exports.CSV else exports.as_xlsx
    return as_file(f"lab-{of}-{days.begins}-{days.ends}", head, rows)


def _turnaround(user: Any, days: Days) -> tuple[Sequence[str], Iterator[list[Any]]]:
    head = [_("Section"), _("Test"), _("How urgent"), _("Reports"), _("Median, minutes")]
    rows = (
        [one.section_label, one.name, one.priority_label, one.count, one.median, one.ninth, _share(one)]
        for one in figures.turnaround_of_tests(user, days)
    )
    return [*head, _("9 of 10 within, minutes"), _("Within the target, %")], rows


def _share(one: figures.Turnaround) -> Any:
    return "" if one.share is None else one.share


def _rejections(user: Any, days: Days) -> tuple[Sequence[str], Iterator[list[Any]]]:
    head = [_("Department"), _("Collected"), _("Rejected"), "%", *map(str, RejectReason.labels)]
    rows = (
        [one.department, one.collected, one.count, one.share, *one.by_reason]
        for one in figures.rejections(user, days)
    )
    return head, rows


def _work(user: Any, days: Days) -> tuple[Sequence[str], Iterator[list[Any]]]:
    by = (
        (_("Section"), figures.work_of_sections),
        (_("Technician"), figures.work_of_people),
        (_("Hour"), figures.work_of_hours),
    )
    rows = ([label, one.label, one.results, one.orders] for label, read in by for one in read(user, days))
    return [_("By"), "", _("Results"), _("Orders")], rows


# ── Notifiable results ──


@requires(permissions.VIEW_FIGURES)
@require_GET
def notifiable_list(request: HttpRequest) -> HttpResponseBase:
    """Form L of a week; who may read results sees the positive ones by person."""
    form = WeekForm(request.GET or None)
    today = timezone.localdate()
    week = notifying.week_of(form.cleaned_data["day"] if form.is_valid() else today)
    counted = notifying.form_l(request.user, week)
    may_list = request.user.may(permissions.VIEW_RESULTS)
    listed = notifying.line_list(counted) if may_list else []
    asked = request.GET.get("of", "")
    if asked:
        return _form_out(request, week, asked, counted, listed if may_list else None)
    if listed:
        services.note_notifiable_seen(days=week, found=len(listed), actor=request.user, at=timezone.now())
    context = {
        "form": form if form.is_bound else WeekForm(initial={"day": today}),
        "week": week,
        "before": week.begins - timedelta(days=7),
        "after": week.begins + timedelta(days=7) if week.ends < today else None,
        "counted": counted,
        "listed": listed,
        "may_list": may_list,
    }
    return render(request, "lab/notifiable_list.html", context, status=422 if form.errors else 200)


def _form_out(
    request: HttpRequest, week: Days, asked: str, counted: Sequence[notifying.Counted], listed: Any
) -> HttpResponseBase:
    """The counts, or the list of persons, as a sheet."""
    if asked not in {"counts", "persons"} or (asked == "persons" and listed is None):
        raise Http404
    services.note_notifiable_exported(of=asked, days=week, actor=request.user, at=timezone.now())
    made = exports.as_csv if request.GET.get("as") == exports.CSV else exports.as_xlsx
    name = f"idsp-l-{asked}-{week.begins}"
    if asked == "persons":
        head = [_("Disease"), _("Sample"), _("Name"), _("Age"), _("Sex"), _("Village"), _("Department")]
        return made(name, [*head, _("Collected"), _("Result")], notifying.list_rows(listed))
    head = [_("Line"), _("Disease"), _("Samples tested"), _("Positive"), _("To be read")]
    rows = ([one.disease.line, one.disease.name, one.tested, one.positive, one.to_read] for one in counted)
    return made(name, head, rows)
