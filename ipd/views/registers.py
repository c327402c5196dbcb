"""Registers, what the registrar must be told, the census and the figures."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing.queries import Days
from facilities.documents import heading
from hmis.kernel import exports, pdf
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.said import page_said
from hmis.kernel.views import as_pdf
from ipd import permissions, queries, services
from ipd.forms.leaving import CensusForm, DaysForm, RegistrarForm
from ipd.models import Death
from ipd.queries import REGISTERS, Register
from patients.models import Birth

A_PAGE, MOST_IN_FILE = 50, 5000
PDF = "pdf"


@requires(permissions.VIEW_REGISTERS)
@require_GET
def register_list(request: HttpRequest) -> HttpResponseBase:
    """The registers of the hospital, and what is due at the registrar."""
    may_report = request.user.may(permissions.REPORT_TO_REGISTRAR)
    due = queries.due_at_registrar(request.user, timezone.localdate()) if may_report else []
    context = {
        "registers": list(REGISTERS.values()),
        "due": len(due),
        "late": sum(one.is_late for one in due),
        "may_report": may_report,
        "may_view_figures": request.user.may(permissions.VIEW_FIGURES),
    }
    return render(request, "ipd/register_list.html", context)


@requires(permissions.VIEW_REGISTERS)
@require_GET
def register_detail(request: HttpRequest, code: str) -> HttpResponseBase:
    """One register of some days; ?as= takes it out of the house as PDF, XLSX or CSV."""
    register = REGISTERS.get(code)
    if register is None:
        raise Http404
    form = DaysForm(request.GET)
    if not form.is_valid():
        today = timezone.localdate()
        context = {"register": register, "form": form, "rows": [], "days": Days(today, today)}
        return render(request, "ipd/register_detail.html", context, status=422)
    days: Days = form.cleaned_data["days"]
    if request.GET.get("as"):
        return _taken_out(request, register, days, request.GET["as"])
    lines = queries.lines_of(register, request.user, days)
    number = page_said(request)
    begins = A_PAGE * (number - 1)
    page = list(lines[begins : begins + A_PAGE + 1])
    services.note_register_seen(
        code=code, begins=days.begins, ends=days.ends, actor=request.user, at=timezone.now()
    )
    said = {"begins": days.begins.isoformat(), "ends": days.ends.isoformat()}
    context = {
        "register": register,
        "form": DaysForm(initial={"begins": days.begins, "ends": days.ends}),
        "days": days,
        "query": urlencode(said),
        "rows": queries.said_with_heads(register, page[:A_PAGE], request.user),
        "previous_url": f"?{urlencode(said | {'page': number - 1})}" if number > 1 else "",
        "next_url": f"?{urlencode(said | {'page': number + 1})}" if len(page) > A_PAGE else "",
    }
    return render(request, "ipd/register_detail.html", context)


def _taken_out(request: HttpRequest, register: Register, days: Days, form: str) -> HttpResponseBase:
    if form not in {PDF, exports.CSV, exports.XLSX}:
        raise Http404
    lines = list(queries.lines_of(register, request.user, days)[:MOST_IN_FILE])
    services.note_register_seen(
        code=register.code,
        begins=days.begins,
        ends=days.ends,
        form=form,
        actor=request.user,
        at=timezone.now(),
    )
    if form == PDF:
        return _on_paper(request, register, days, lines)
    name = f"{register.code}-{days.begins:%Y-%m-%d}-{days.ends:%Y-%m-%d}"
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    return as_file(name, [str(head) for head in register.heads], queries.said(register, lines))


def _on_paper(request: HttpRequest, register: Register, days: Days, lines: list[Any]) -> HttpResponseBase:
    """Both languages stand in its head, whoever prints it; its columns are in Hindi."""
    facility = request.user.posting.facility
    title, title_hi = pdf.both(register.title)
    with translation.override("hi"):
        context = {
            "facility": heading(facility) if facility else {"name_hi": "झारखंड", "name": "Jharkhand"},
            "title": title,
            "title_hi": title_hi,
            "days": days,
            "heads": register.heads,
            "rows": queries.said(register, lines),
            "printed_by": request.user,
            "printed_at": timezone.now(),
        }
        return as_pdf(pdf.pressed(render_to_string("ipd/documents/register.html", context)))


# ── The registrar ──


@requires(permissions.REPORT_TO_REGISTRAR)
@require_GET
def registrar_list(request: HttpRequest) -> HttpResponseBase:
    """Births and deaths that the registrar does not know of yet; what is late is marked."""
    return _due(request)


def _due(request: HttpRequest, *, form: RegistrarForm | None = None, failed: UUID | None = None) -> Any:
    today = timezone.localdate()
    due: list[Any] = queries.due_at_registrar(request.user, today)
    rows = [(one, form if one.row.pk == failed and form else _blank(today)) for one in due]
    context = {"rows": rows, "late": sum(one.is_late for one in due)}
    return render(request, "ipd/registrar_list.html", context, status=422 if form else 200)


def _blank(today: date) -> RegistrarForm:
    form = RegistrarForm(initial={"reported_on": today, "request_key": uuid4()}, auto_id=False)
    form.fields["reported_on"].widget.attrs.pop("autofocus", None)
    return form


@requires(permissions.REPORT_TO_REGISTRAR)
@require_POST
def birth_report_new(request: HttpRequest, birth_id: UUID) -> HttpResponseBase:
    """The registrar was told of a birth."""
    birth = get_object_or_404(Birth.objects.visible_to(request.user), pk=birth_id)
    return _report(request, birth.pk, birth=birth)


@requires(permissions.REPORT_TO_REGISTRAR)
@require_POST
def death_report_new(request: HttpRequest, death_id: UUID) -> HttpResponseBase:
    """The registrar was told of a death."""
    death = get_object_or_404(Death.objects.visible_to(request.user), pk=death_id)
    return _report(request, death.pk, death=death)


def _report(request: HttpRequest, row_id: UUID, **about: Any) -> HttpResponseBase:
    form = RegistrarForm(request.POST)
    if form.is_valid():
        try:
            services.report_to_registrar(
                **about,
                reported_on=form.cleaned_data["reported_on"],
                registration_number=form.cleaned_data["registration_number"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Written down."))
            return go(request, "ipd:registrar_list")
    return _due(request, form=form, failed=row_id)


# ── Census and figures ──


@requires(permissions.VIEW_FIGURES)
@require_GET
def census_list(request: HttpRequest) -> HttpResponseBase:
    """The census of a day, ward by ward, and the days of its month."""
    form = CensusForm(request.GET or None)
    today = timezone.localdate()
    asked = form.cleaned_data["day"] if form.is_valid() else None
    day = asked or today - timedelta(days=1)
    wards = list(queries.censuses(request.user, day))
    total = {name: sum(getattr(one, name) for one in wards) for name in queries.COUNTED}
    first = day.replace(day=1)
    context = {
        "form": form if form.errors else CensusForm(initial={"day": day}),
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1) if day < today - timedelta(days=1) else None,
        "wards": wards,
        "total": total,
        "month": queries.month_of(request.user, first, min(_last(first), today)),
    }
    return render(request, "ipd/census_list.html", context, status=422 if form.errors else 200)


def _over(days: Days) -> Days:
    """Without today: its midnight is still to come."""
    yesterday = timezone.localdate() - timedelta(days=1)
    return Days(min(days.begins, yesterday), min(days.ends, yesterday))


def _last(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@requires(permissions.VIEW_FIGURES)
@require_GET
def figure_list(request: HttpRequest) -> HttpResponseBase:
    """Occupancy, length of stay, turnover and death rates of some days."""
    facility = request.user.posting.facility
    form = DaysForm(request.GET)
    found, days = None, None
    if form.is_valid():
        days = _over(form.cleaned_data["days"])
        found = queries.figures_of(facility, days.begins, days.ends) if facility else None
    initial = {"begins": days.begins, "ends": days.ends} if days else {}
    context = {
        "form": DaysForm(initial=initial) if days else form,
        "days": days,
        "found": found,
    }
    return render(request, "ipd/figure_list.html", context, status=422 if form.errors else 200)
