"""Form F: filled and signed before an obstetric ultrasound, finished after it, listed for the authority."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hmis.kernel import exports
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go
from hmis.kernel.requests import key_of
from hmis.kernel.said import month_said
from hmis.kernel.views import print_url, printable
from lab import permissions, services
from lab.documents.form_f import month_head, month_rows
from lab.forms import FormFForm, FormFResultForm
from lab.models import FormF, ServiceRequest
from lab.queries import form_f as forms
from lab.states import IMPRESSION, OrderStatus
from lab.views.reports import work_here
from patients.queries import withhold_names


@requires(permissions.AUTHORISE_REPORTS)
@require_http_methods(["GET", "POST"])
def form_f_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """Sections A and B before the examination; a second time puts the first right."""
    order = _obstetric(request, order_id)
    last = forms.form_of(order)
    form = FormFForm(request.POST or None, initial=_initial(order, last), is_correction=last is not None)
    if request.method == "POST" and form.is_valid():
        try:
            services.sign_form_f(
                order=order,
                details=form.details(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Form F is signed. Print it for her signature or thumb."))
            return go(request, "lab:form_f_detail", order.pk)
    return _page(request, "lab/form_f_new.html", order, form, last)


def _obstetric(request: HttpRequest, order_id: UUID) -> ServiceRequest:
    order = work_here(request, order_id)
    if not order.test.needs_form_f:
        raise Http404
    return order


def _initial(order: ServiceRequest, last: FormF | None) -> dict[str, Any]:
    """What is known already: the form before, else the patient, the doctor who orders, the centre."""
    if last:
        return {name: getattr(last, name) for name in FormFForm.base_fields if hasattr(last, name)}
    patient = order.patient
    return {
        "centre_registration": forms.last_registration(order.facility_id),
        "relative_name": patient.guardian_name,
        "address": ", ".join(one for one in (patient.address, str(patient.place)) if one)[:240],
        "phone": patient.phone,
        "referred_by": f"{order.ordered_by}, {order.facility}"[:240],
        "referral_says": order.note,
        "declared_on": timezone.localdate(),
    }


def _page(
    request: HttpRequest, page: str, order: ServiceRequest, form: Any, last: FormF | None
) -> HttpResponse:
    context = {
        "order": order,
        "patient": order.patient,
        "encounter": order.encounter,
        "form": form,
        "last": last,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, page, context, status=status)


@requires(permissions.AUTHORISE_REPORTS)
@require_http_methods(["GET", "POST"])
def form_f_detail(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """The signed form: printed, and finished after the examination."""
    order = _obstetric(request, order_id)
    last = forms.form_of(order)
    if last is None:
        return go(request, "lab:form_f_new", order.pk)
    done = forms.result_of(order)
    impression = order.lines.filter(analyte__code=IMPRESSION).values_list("value", flat=True).first()
    known = {"result": (impression or "")[:500], "examined_on": timezone.localdate()}
    form = FormFResultForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            services.finish_form_f(
                order=order,
                details=form.details(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return go(request, "lab:form_f_detail", order.pk)
    if request.method == "GET":
        services.note_orders_seen(encounter=order.encounter, actor=request.user, at=timezone.now())
    response = _page(request, "lab/form_f_detail.html", order, form, last)
    if done or order.status == OrderStatus.ORDERED:
        shown = {"order": order, "patient": order.patient, "encounter": order.encounter, "last": last}
        return render(request, "lab/form_f_detail.html", shown | {"done": done})
    return response


@requires(permissions.AUTHORISE_REPORTS)
@require_POST
def form_f_paper_new(request: HttpRequest, form_id: UUID) -> HttpResponseBase:
    """The form on paper once more."""
    form = get_object_or_404(forms.forms_here(request.user), pk=form_id)
    paper = services.print_form_f(
        form=form, request_key=key_of(request), actor=request.user, at=timezone.now()
    )
    return printable(request, print_url([paper], request.user))


@requires(permissions.AUTHORISE_REPORTS)
@require_GET
def form_f_list(request: HttpRequest) -> HttpResponseBase:
    """A month's forms for the appropriate authority; `?as=xlsx` as a sheet."""
    today = timezone.localdate()
    month = _month(request.GET.get("month", ""), today)
    rows = list(forms.forms_of_month(request.user, month))
    if request.GET.get("as") == exports.XLSX:
        services.note_forms_exported(month=month, count=len(rows), actor=request.user, at=timezone.now())
        return exports.as_xlsx(f"form-f-{month:%Y-%m}", month_head(), month_rows(rows))
    withhold_names(one.patient for one in rows)
    due = forms.due_on(month)
    context = {
        "month": month,
        "before": forms.month_before(month),
        "after": forms.next_month(month) if forms.next_month(month) <= today else None,
        "rows": rows,
        "due": due,
        "is_late": today > due,
        "unfinished": sum(getattr(one.order, "form_f_result", None) is None for one in rows),
    }
    return render(request, "lab/form_f_list.html", context)


def _month(said: str, today: date) -> date:
    """The month of ?month=2026-11; this one where it says none."""
    return month_said(said) or today.replace(day=1)
