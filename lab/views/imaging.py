"""The rooms of imaging: what waits, what was examined, and the report in words."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from lab import permissions, queries, services
from lab.forms import FindingsForm, ImagingForm
from lab.models import ServiceRequest
from lab.queries import confidential, imaging
from lab.queries import form_f as forms
from lab.sections import skeleton
from lab.services import Findings
from lab.states import FINDINGS, IMPRESSION, OrderStatus
from lab.views.reports import order_here, work_here
from patients.queries import withhold_names

A_PAGE = 100


@requires(permissions.ENTER_RESULTS)
@require_GET
def examination_list(request: HttpRequest) -> HttpResponseBase:
    """What is ordered of imaging and not yet authorised, by modality and state."""
    form = ImagingForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    found = imaging.examinations_here(
        request.user,
        modality=asked.get("modality", ""),
        status=asked.get("status", ""),
        today=timezone.localdate(),
    )
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    rows = queries.give_owing(list(page.object_list))
    withhold_names(one.patient for one in rows)
    beds = queries.beds_of(one.encounter_id for one in rows)
    for one in rows:
        one.bed = beds.get(one.encounter_id)  # type: ignore[attr-defined]
        one.waits_for_form = imaging.needs_form_f(one)  # type: ignore[attr-defined]
    may_tell = confidential.is_of_imaging(request.user)
    kept = request.GET.copy()
    kept.pop("page", None)
    context = {
        "form": form,
        "rows": rows,
        "page": page,
        "narrowed": kept.urlencode(),
        "examine_key": uuid4(),
        "may_tell": may_tell,
        "may_form_f": may_tell and request.user.may(permissions.AUTHORISE_REPORTS),
    }
    return render(request, "lab/examination_list.html", context)


@requires(permissions.ENTER_RESULTS)
@require_POST
def examination_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """The examination was made; on to its report."""
    order = order_here(request, order_id)
    try:
        services.examine(order=order, request_key=_key(request), actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return go(request, "lab:examination_list")
    messages.success(request, _("%(test)s: examined.") % {"test": order.test})
    if not confidential.does_the_work(request.user, order):
        return go(request, "lab:examination_list")
    return go(request, "lab:findings_edit", order.pk)


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()


@requires(permissions.ENTER_RESULTS)
@require_http_methods(["GET", "POST"])
def findings_edit(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """What was seen and what it means; it begins with the headings of this examination."""
    order = work_here(request, order_id)
    if order.test.needs_form_f and forms.form_of(order) is None:
        messages.error(request, _("Form F is filled and signed before this examination."))
        response = redirect("lab:form_f_new", order.pk)
        response.status_code = 303
        return response
    held = {one.analyte.code: one for one in order.lines.select_related("analyte")}
    if request.method == "GET":
        services.note_orders_seen(encounter=order.encounter, actor=request.user, at=timezone.now())
    form = FindingsForm(request.POST or None, initial=_initial(order, held))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        revs = {FINDINGS: said["findings_rev"], IMPRESSION: said["impression_rev"]}
        signs = bool(request.POST.get("sign")) and request.user.may(permissions.AUTHORISE_REPORTS)
        write = services.sign_findings if signs else services.write_findings
        try:
            write(
                order=order,
                told=Findings(said["findings"], said["impression"], revs),
                request_key=said["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            told = _("Signed: the report is on the chart.") if signs else _("Written. It is to be signed.")
            messages.success(request, told)
            return go(request, "lab:examination_list")
    return _written(request, order, form)


def _initial(order: ServiceRequest, held: dict[str, Any]) -> dict[str, Any]:
    findings, impression = held.get(FINDINGS), held.get(IMPRESSION)
    return {
        # Taken back, it is empty: it begins anew.
        "findings": (findings and findings.value) or skeleton(order.test.code),
        "impression": impression.value if impression else "",
        "findings_rev": findings.rev if findings else None,
        "impression_rev": impression.rev if impression else None,
    }


def _written(request: HttpRequest, order: ServiceRequest, form: FindingsForm) -> HttpResponse:
    context = {
        "order": order,
        "patient": order.patient,
        "encounter": order.encounter,
        "form": form,
        "is_open": order.status in (OrderStatus.ORDERED, OrderStatus.RECEIVED, OrderStatus.RESULTED),
        "may_sign": request.user.may(permissions.AUTHORISE_REPORTS),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "lab/findings_edit.html", context, status=status)
