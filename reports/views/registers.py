"""The registers that offices ask for: the OPD register, the weekly form P; and the way to all others."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from billing.queries import Days
from facilities.documents import heading
from hmis.kernel import exports, pdf
from hmis.kernel.access import requires
from hmis.kernel.said import page_said
from hmis.kernel.views import as_pdf
from ipd.queries import REGISTERS, lines_of, said, said_with_heads
from lab.queries.notifying import week_of
from reports import idsp, masking, permissions, queries, services
from reports.forms.registers import RegisterDaysForm, WeekForm
from reports.queries import OPD, FormP

A_PAGE = 50
# What is longer is made in the background: a sheet that nobody waits for, and no paper of a thousand pages.
MOST_IN_SHEET, MOST_ON_PAPER = 5_000, 1_000
PDF = "pdf"

# (permission, address, arguments, title): whatever app keeps it.
ELSEWHERE: list[tuple[str, str, tuple[str, ...], Any]] = [
    *(
        ("ipd.view_registers", "ipd:register_detail", (code,), register.title)
        for code, register in REGISTERS.items()
    ),
    ("ipd.view_figures", "ipd:census_list", (), gettext_lazy("Census")),
    ("billing.view_collections", "billing:collection_list", (), gettext_lazy("Collection register")),
    ("billing.view_collections", "billing:daybook_list", (), gettext_lazy("Day book")),
    ("lab.view_figures", "lab:notifiable_list", (), gettext_lazy("Notifiable results, IDSP form L")),
]


@requires(permissions.VIEW_IDSP)
@require_GET
def register_list(request: HttpRequest) -> HttpResponseBase:
    """Every register that this person may open, whichever app keeps it."""
    own = [
        (permissions.VIEW_REGISTERS, "reports:register_detail", (OPD.code,), OPD.title),
        (permissions.VIEW_IDSP, "reports:form_p_detail", (), _("Presumptive cases, IDSP form P")),
    ]
    found = [
        {"url": reverse(name, args=arguments), "title": title}
        for permission, name, arguments, title in [*own, *ELSEWHERE]
        if request.user.may(permission)
    ]
    return render(request, "reports/register_list.html", {"registers": found})


@requires(permissions.VIEW_REGISTERS)
@require_GET
def register_detail(request: HttpRequest, code: str) -> HttpResponseBase:
    """The OPD register of some days; ?as= takes it out of the house as PDF, XLSX or CSV."""
    if code != OPD.code:
        raise Http404
    form = RegisterDaysForm(request.GET)
    if not form.is_valid():
        context = {"register": OPD, "form": form}
        return render(request, "reports/register_detail.html", context, status=422)
    days: Days = form.cleaned_data["days"]
    wanted = request.GET.get("as", "")
    if wanted and wanted not in {PDF, exports.CSV, exports.XLSX}:
        raise Http404
    too_long = wanted and _is_too_long(request, days, wanted)
    if wanted and not too_long:
        return _taken_out(request, days, wanted)
    return _shown(request, days, refused=wanted)


def _is_too_long(request: HttpRequest, days: Days, wanted: str) -> bool:
    """A CSV is sent while it is read: it may be as long as it likes."""
    most = {PDF: MOST_ON_PAPER, exports.XLSX: MOST_IN_SHEET}.get(wanted)
    return most is not None and queries.exceeds(OPD, request.user, days, most)


def _shown(request: HttpRequest, days: Days, *, refused: str) -> HttpResponseBase:
    number = page_said(request)
    begins = A_PAGE * (number - 1)
    page = list(lines_of(OPD, request.user, days)[begins : begins + A_PAGE + 1])
    services.note_register_seen(code=OPD.code, days=days, actor=request.user, at=timezone.now())
    asked = {"begins": days.begins.isoformat(), "ends": days.ends.isoformat()}
    context = {
        "register": OPD,
        "form": RegisterDaysForm(initial={"begins": days.begins, "ends": days.ends}),
        "days": days,
        "query": urlencode(asked),
        "rows": said_with_heads(OPD, page[:A_PAGE], request.user),
        "previous_url": f"?{urlencode(asked | {'page': number - 1})}" if number > 1 else "",
        "next_url": f"?{urlencode(asked | {'page': number + 1})}" if len(page) > A_PAGE else "",
        "refused": refused,
        "most": MOST_ON_PAPER if refused == PDF else MOST_IN_SHEET,
        "may_make": request.user.may(permissions.MAKE_REPORTS),
    }
    return render(request, "reports/register_detail.html", context, status=422 if refused else 200)


def _taken_out(request: HttpRequest, days: Days, form: str) -> HttpResponseBase:
    services.note_register_seen(code=OPD.code, days=days, form=form, actor=request.user, at=timezone.now())
    if form == PDF:
        return _on_paper(request, days)
    name = f"{OPD.code}-{days.begins:%Y-%m-%d}-{days.ends:%Y-%m-%d}"
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    heads = [str(head) for head in OPD.heads]
    return as_file(name, heads, queries.streamed(OPD, request.user, days))


def _on_paper(request: HttpRequest, days: Days) -> HttpResponseBase:
    """Both languages stand in its head, whoever prints it; its columns are in Hindi."""
    title, title_hi = pdf.both(OPD.title)
    with translation.override("hi"):
        context = {
            "facility": _heading(request.user),
            "title": title,
            "title_hi": title_hi,
            "days": days,
            "heads": OPD.heads,
            "rows": said(OPD, list(lines_of(OPD, request.user, days))),
            "printed_by": request.user,
            "printed_at": timezone.now(),
        }
        return as_pdf(pdf.pressed(render_to_string("ipd/documents/register.html", context)))


def _heading(user: Any) -> Any:
    """Whose paper it is: a hospital's, a district's, the state's."""
    posting = user.posting
    if posting.facility:
        return heading(posting.facility)
    place = posting.place()
    return {"name_hi": place.name_hi, "name": place.name}


# ── IDSP form P ──


@requires(permissions.VIEW_IDSP)
@require_GET
def form_p_detail(request: HttpRequest) -> HttpResponseBase:
    """Form P of a week, masked outside the hospital; ?line= who is behind a line, at the hospital alone."""
    form = WeekForm(request.GET)
    today = timezone.localdate()
    week = week_of((form.cleaned_data["day"] if form.is_valid() else None) or today)
    counted = queries.form_p(request.user, week)
    may_list = bool(request.user.posting.facility_id) and request.user.may(permissions.VIEW_REGISTERS)
    if wanted := request.GET.get("as"):
        return _form_out(request, counted, wanted)
    opened = _opened(request) if may_list else None
    context = {
        "form": form if form.errors else WeekForm(initial={"day": week.begins}),
        "counted": counted,
        "week": week,
        "before": week.begins - timedelta(days=7),
        "after": week.begins + timedelta(days=7) if week.ends < today else None,
        "is_running": week.ends >= today,
        "may_list": may_list,
        "opened": opened,
        "cases": queries.cases_of(request.user, week, opened) if opened else [],
        "mask": masking.MASK,
    }
    code = f"idsp-p-{opened.line}" if opened else "idsp-p"
    services.note_register_seen(code=code, days=week, actor=request.user, at=timezone.now())
    return render(request, "reports/form_p_detail.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest) -> idsp.Syndrome | None:
    asked = request.GET.get("line", "")
    return next((one for one in idsp.syndromes() if str(one.line) == asked), None)


def _form_out(request: HttpRequest, counted: FormP, form: str) -> HttpResponseBase:
    if form not in {PDF, exports.CSV, exports.XLSX}:
        raise Http404
    week = counted.week
    services.note_register_seen(code="idsp-p", days=week, form=form, actor=request.user, at=timezone.now())
    if form == PDF:
        return _form_on_paper(request, counted)
    as_file = exports.as_csv if form == exports.CSV else exports.as_xlsx
    return as_file(f"idsp-p-{week.begins}", _form_head(counted), _form_rows(counted))


def _form_head(counted: FormP) -> list[str]:
    places = counted.places if counted.is_masked else []
    return [_("Line"), _("Disease or syndrome"), _("Cases"), *places]


def _form_rows(counted: FormP) -> Iterable[list[Any]]:
    for one in counted.lines:
        shown = [one.total, *(one.counts if counted.is_masked else [])]
        cells = [] if one.is_by_hand else [masking.in_words(count) for count in shown]
        yield [one.syndrome.line, one.syndrome.name, *cells]
    totals = [counted.total, *(counted.totals if counted.is_masked else [])]
    yield ["", _("Total"), *(masking.in_words(count) for count in totals)]


def _form_on_paper(request: HttpRequest, counted: FormP) -> HttpResponseBase:
    with translation.override("hi"):
        context = {
            "facility": _heading(request.user),
            "title": "IDSP form P, presumptive cases of the week",
            "title_hi": "आई.डी.एस.पी. फ़ॉर्म P, सप्ताह के संभावित रोगी",
            "days": counted.week,
            "counted": counted,
            "mask": masking.MASK,
            "printed_by": request.user,
            "printed_at": timezone.now(),
        }
        return as_pdf(pdf.pressed(render_to_string("reports/documents/form_p.html", context)))
