"""The analysers of a hospital with their codes, and the tray of what they sent and found no place."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, services
from lab.forms import AnalyserEditForm, AnalyserForm, AssignmentForm, CodeForm, DiscardForm
from lab.models import Analyser, AnalyserCode, AnalyteDefinition, UnmatchedResult
from lab.states import DiscardReason, WhyInTray

A_PAGE = 50


# ── Analysers ──


@requires(permissions.MANAGE_ANALYSERS)
@require_GET
def analyser_list(request: HttpRequest) -> HttpResponseBase:
    """The hospital's analysers: when each was last heard, what waits of it."""
    context = {"analysers": list(queries.analysers_of(request.user)), "may_add": _works_here(request)}
    return render(request, "lab/analyser_list.html", context)


def _works_here(request: HttpRequest) -> bool:
    """Whether the person works at one hospital: only such a one has instruments to add."""
    return request.user.posting.facility_id is not None


@requires(permissions.MANAGE_ANALYSERS)
@require_http_methods(["GET", "POST"])
def analyser_new(request: HttpRequest) -> HttpResponseBase:
    """One instrument more."""
    form = AnalyserForm(request.POST or None)
    if form.is_valid():
        try:
            analyser = services.add_analyser(
                instrument=form.instrument(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return go(request, "lab:analyser_detail", analyser.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "lab/analyser_form.html", {"form": form}, status=status)


def _analyser(request: HttpRequest, analyser_id: UUID) -> Analyser:
    return get_object_or_404(Analyser.objects.visible_to(request.user), pk=analyser_id)


@requires(permissions.MANAGE_ANALYSERS)
@require_http_methods(["GET", "POST"])
def analyser_edit(request: HttpRequest, analyser_id: UUID) -> HttpResponseBase:
    """How an instrument is known, and whether it is in use."""
    analyser = _analyser(request, analyser_id)
    names = ("name", "section", "protocol", "sender", "address", "port", "is_active")
    initial = {name: getattr(analyser, name) for name in names}
    form = AnalyserEditForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            services.edit_analyser(
                analyser=analyser,
                instrument=form.instrument(),
                is_active=form.cleaned_data["is_active"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return go(request, "lab:analyser_detail", analyser.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "lab/analyser_form.html", {"form": form, "analyser": analyser}, status=status)


@requires(permissions.MANAGE_ANALYSERS)
@require_GET
def analyser_detail(request: HttpRequest, analyser_id: UUID) -> HttpResponseBase:
    """What the codes of an instrument mean, and what it sent last."""
    return _detail(request, _analyser(request, analyser_id))


def _detail(
    request: HttpRequest, analyser: Analyser, form: CodeForm | None = None, status: int = 200
) -> HttpResponseBase:
    analytes = _analytes(analyser.facility_id)
    names = {one.code: one for one in analytes}
    codes = list(queries.codes_of(analyser))
    for one in codes:
        one.means = [names[code] for code in one.analyte_codes if code in names]
    asked = next((one for one in codes if one.code == request.GET.get("code")), None)
    initial: dict[str, Any] = {"code": request.GET.get("code", "")[:40]}
    if asked is not None:
        first, *also = asked.analyte_codes or [""]
        initial |= {"analyte_code": first, "also": " ".join(also), "unit": asked.unit, "factor": asked.factor}
    context = {
        "analyser": analyser,
        "codes": codes,
        "unknown": queries.unknown_codes(analyser),
        "sent": queries.messages_of(analyser),
        "form": form or CodeForm(initial=initial, analytes=analytes),
    }
    return render(request, "lab/analyser_detail.html", context, status=status)


def _analytes(facility_id: UUID) -> list[AnalyteDefinition]:
    return [one.row for one in queries.analytes_at(facility_id).by_code.values()]


@requires(permissions.MANAGE_ANALYSERS)
@require_POST
def code_new(request: HttpRequest, analyser_id: UUID) -> HttpResponseBase:
    """Say what a code means, or say it anew."""
    analyser = _analyser(request, analyser_id)
    form = CodeForm(request.POST, analytes=_analytes(analyser.facility_id))
    if form.is_valid():
        try:
            services.set_code(
                analyser=analyser,
                meaning=form.meaning(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return go(request, "lab:analyser_detail", analyser.pk)
    return _detail(request, analyser, form, 422)


@requires(permissions.MANAGE_ANALYSERS)
@require_POST
def removal_new(request: HttpRequest, code_id: UUID) -> HttpResponseBase:
    """A code means nothing any more."""
    code = get_object_or_404(AnalyserCode.objects.visible_to(request.user), pk=code_id)
    services.remove_code(code=code, actor=request.user, at=timezone.now())
    return go(request, "lab:analyser_detail", code.analyser_id)


# ── The tray ──


@requires(permissions.ENTER_RESULTS)
@require_GET
def tray(request: HttpRequest) -> HttpResponseBase:
    """What analysers sent and found no place, the newest first, each with why."""
    waiting, is_unasked = queries.tray_of(request.user), request.GET.get("only") == "unasked"
    unasked = waiting.filter(queries.UNASKED)
    shown = unasked if is_unasked else waiting.exclude(queries.UNASKED)
    context = {
        "page": Paginator(shown, A_PAGE).get_page(request.GET.get("page")),
        "is_unasked": is_unasked,
        "unasked": 0 if is_unasked else unasked.count(),
        "may_match": _works_here(request),
    }
    return render(request, "lab/tray.html", context)


@requires(permissions.ENTER_RESULTS)
@require_POST
def match_new(request: HttpRequest) -> HttpResponseBase:
    """Try all of the tray once more: tubes were received meanwhile, lists put right."""
    matched = 0
    if _works_here(request):
        matched = services.match_again(
            facility_id=request.user.posting.facility_id, actor=request.user, at=timezone.now()
        )
    if matched:
        messages.success(request, _("%(count)s matched.") % {"count": matched})
    else:
        messages.info(request, _("Nothing matched."))
    return go(request, "lab:tray")


def _result(request: HttpRequest, result_id: UUID) -> UnmatchedResult:
    return get_object_or_404(queries.tray_of(request.user), pk=result_id)


@requires(permissions.ENTER_RESULTS)
@require_GET
def tray_detail(request: HttpRequest, result_id: UUID) -> HttpResponseBase:
    """One value of the tray: to which tube it belongs, or why it is put away."""
    return _answer(request, _result(request, result_id))


def _answer(
    request: HttpRequest,
    result: UnmatchedResult,
    *,
    assignment: AssignmentForm | None = None,
    discard: DiscardForm | None = None,
) -> HttpResponseBase:
    status = 422 if assignment or discard else 200
    context = {
        "result": result,
        "assignment": assignment or _assignment(request, result),
        "discard": discard or DiscardForm(initial=_usual_reason(result), prefix="discard"),
    }
    return render(request, "lab/tray_detail.html", context, status=status)


def _assignment(request: HttpRequest, result: UnmatchedResult, data: Any = None) -> AssignmentForm:
    number = data.get("accession_number", "") if data else result.accession_number
    specimen = queries.specimen_by_number(request.user, number)
    first = {code for order in queries.orders_on(specimen) for code in order.test.members} if specimen else ()
    code = queries.codes_of(result.message.analyser).filter(code=result.code).first()
    meant = code.analyte_codes if code else []
    initial = {
        "accession_number": result.accession_number if specimen else "",
        "analyte_code": next((one for one in meant if one in first), next(iter(meant), "")),
    }
    return AssignmentForm(data, initial=initial, analytes=_analytes(result.facility_id), first=first)


def _usual_reason(result: UnmatchedResult) -> dict[str, str]:
    return {"reason": DiscardReason.CONTROL} if result.why == WhyInTray.CONTROL else {}


@requires(permissions.ENTER_RESULTS)
@require_POST
def assignment_new(request: HttpRequest, result_id: UUID) -> HttpResponseBase:
    """Enter a value of the tray into the orders of a tube."""
    result = _result(request, result_id)
    form = _assignment(request, result, request.POST)
    if form.is_valid():
        try:
            services.assign_result(
                result=result,
                accession_number=form.cleaned_data["accession_number"],
                analyte_code=form.cleaned_data["analyte_code"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Entered: %(value)s.") % {"value": result.value})
            return go(request, "lab:tray")
    return _answer(request, result, assignment=form)


@requires(permissions.ENTER_RESULTS)
@require_POST
def discard_new(request: HttpRequest, result_id: UUID) -> HttpResponseBase:
    """Put a value of the tray away with a reason."""
    result = _result(request, result_id)
    form = DiscardForm(request.POST, prefix="discard")
    if form.is_valid():
        try:
            services.discard_result(
                result=result,
                reason=DiscardReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return go(request, "lab:tray")
    return _answer(request, result, discard=form)
