"""The day book and what was collected: on the screen, on paper, as a sheet."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from billing import permissions, queries, services
from billing.forms import DaysForm, ExportForm
from billing.forms.collections import CHALLANS, COLLECTIONS, DAYBOOK, PDF
from billing.queries import Days, Moved
from facilities.documents import heading
from facilities.models import Facility
from hmis.kernel import pdf, verifying
from hmis.kernel.access import requires
from hmis.kernel.exports import as_xlsx
from hmis.kernel.said import page_said
from hmis.kernel.templatetags.ui import on_day, paper_date, paper_time
from hmis.kernel.views import as_pdf

PAGE = 100
MOST_ON_PAPER, MOST_IN_SHEET = 1_500, 20_000


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The pages of collected money that this person may open."""
    pages = [
        (permissions.VIEW_COLLECTIONS, "billing:shift_list", _("Shifts")),
        (permissions.VIEW_COLLECTIONS, "billing:daybook_list", _("Day book")),
        (permissions.VIEW_COLLECTIONS, "billing:collection_list", _("Collections")),
        (permissions.VIEW_COLLECTIONS, "billing:challan_list", _("Challans")),
        (permissions.VIEW_COLLECTIONS, "billing:ledger_detail", _("Ledger")),
        (permissions.RECONCILE, "billing:unseen_upi_list", _("UPI at the bank")),
        (permissions.RECONCILE, "billing:cheque_list", _("Cheques")),
        # The reports' own: they may look into every app.
        ("reports.view_checks", "reports:reconciliation_list", _("Charges and acts")),
        ("reports.view_checks", "reports:check_list", _("Checks")),
    ]
    return [
        {"url": reverse(name), "label": label, "current": name == current, "alarm": _alarm(name, request)}
        for permission, name, label in pages
        if request.user.may(permission)
    ]


def _alarm(name: str, request: HttpRequest) -> int:
    """How many rules are broken here, at the tab that says which."""
    return verifying.broken_at(request.user.posting.facility_id) if name == "reports:check_list" else 0


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def collection_list(request: HttpRequest) -> HttpResponseBase:
    """What some days came to: by head, department, way of payment, cashier, day."""
    form, facility, days = days_asked(request)
    summed = queries.collections(facility, days) if facility and form.is_valid() else None
    context = {"summed": summed, "parts": list(summed.parts()) if summed else []}
    return days_page(request, "billing/collection_list.html", "billing:collection_list", form, days, context)


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def daybook_list(request: HttpRequest) -> HttpResponseBase:
    """Every receipt, refund and cancellation of a day, in the order in which it happened."""
    form, facility, days = days_asked(request)
    day = Days(days.begins, days.begins)
    number = page_said(request)
    lines: list[Moved] = []
    count, totals = 0, None
    if facility and form.is_valid():
        count, totals = queries.daybook_count(facility, day.begins), queries.collections(facility, day)
        number = min(number, max(1, -(-count // PAGE)))
        lines = queries.daybook(facility, day.begins, first=PAGE * (number - 1), most=PAGE)
    said = {"begins": day.begins.isoformat()} | ({"hospital": facility.code} if facility else {})
    context = {
        "lines": lines,
        "count": count,
        "totals": totals,
        "previous_url": f"?{urlencode(said | {'page': number - 1})}" if number > 1 else "",
        "next_url": f"?{urlencode(said | {'page': number + 1})}" if count > PAGE * number else "",
    }
    return days_page(request, "billing/daybook_list.html", "billing:daybook_list", form, day, context)


def days_asked(request: HttpRequest) -> tuple[DaysForm, Facility | None, Days]:
    """The days and the hospital that a page of collections is about; None where the form is not right."""
    form = DaysForm(request.GET, user=request.user)
    if form.is_valid():
        return form, form.cleaned_data["facility"], form.cleaned_data["days"]
    today = timezone.localdate()
    return form, None, Days(today, today)


def days_page(
    request: HttpRequest, page: str, name: str, form: DaysForm, days: Days, context: dict[str, Any]
) -> HttpResponse:
    """A page of collections with its form of days and its tabs."""
    shared = {
        "form": form,
        "days": days,
        "shown": DaysForm(
            initial={"begins": days.begins, "ends": days.ends, "hospital": form.data.get("hospital")},
            user=request.user,
        ),
        "hospital": form.data.get("hospital", ""),
        "tabs": tabs(request, name),
    }
    return render(request, page, shared | context, status=200 if form.is_valid() else 422)


# ── Out of the house ──


@requires(permissions.VIEW_COLLECTIONS)
@require_POST
def report_export_new(request: HttpRequest) -> HttpResponseBase:
    """A report as A4 PDF or XLSX; that it left the house is written down."""
    form = ExportForm(request.POST, user=request.user)
    if not form.is_valid() or form.cleaned_data["facility"] is None:
        return days_page(
            request, "billing/collection_list.html", "billing:collection_list", form, _today(), {"parts": []}
        )
    facility, days, report = (form.cleaned_data[name] for name in ("facility", "days", "report"))
    is_pdf = form.cleaned_data["form"] == PDF
    if report == DAYBOOK:
        days = Days(days.begins, days.begins)
        most = MOST_ON_PAPER if is_pdf else MOST_IN_SHEET
        if queries.daybook_count(facility, days.begins) > most:
            form.add_error(None, _("This day has more lines than fit on paper: take it as XLSX."))
            return days_page(
                request, "billing/daybook_list.html", "billing:daybook_list", form, days, {"lines": []}
            )
    services.note_export(
        report=report,
        form=form.cleaned_data["form"],
        facility=facility,
        begins=days.begins,
        ends=days.ends,
        actor=request.user,
        at=timezone.now(),
    )
    if is_pdf:
        return _on_paper(request, report, facility, days)
    name = f"{report}-{facility.code}-{days.begins:%Y-%m-%d}"
    return as_xlsx(name, *SHEETS[report](request, facility, days))


def _today() -> Days:
    return Days(timezone.localdate(), timezone.localdate())


def _on_paper(request: HttpRequest, report: str, facility: Facility, days: Days) -> HttpResponse:
    """Both languages stand on it, whoever prints it."""
    with translation.override("hi"):
        context = PAPERS[report](request, facility, days) | {
            "facility": heading(facility),
            "days": days,
            "printed_by": request.user,
            "printed_at": timezone.now(),
        }
        return as_pdf(pdf.pressed(render_to_string(f"billing/documents/{report}.html", context)))


def _daybook_paper(_request: HttpRequest, facility: Facility, days: Days) -> dict[str, Any]:
    lines = queries.daybook(facility, days.begins, most=MOST_ON_PAPER)
    return {"lines": lines, "totals": queries.daybook_totals(facility, days.begins)}


def _collections_paper(_request: HttpRequest, facility: Facility, days: Days) -> dict[str, Any]:
    summed = queries.collections(facility, days)
    return {"summed": summed, "parts": list(summed.parts())}


def _challans_paper(request: HttpRequest, facility: Facility, days: Days) -> dict[str, Any]:
    found = list(_challans(request, facility, days))
    return {"challans": found, "total": sum((one.amount for one in found), Decimal("0.00"))}


def _challans(request: HttpRequest, facility: Facility, days: Days) -> Any:
    found = queries.challans(request.user).filter(
        facility=facility, deposited_on__gte=days.begins, deposited_on__lte=days.ends
    )
    return found.prefetch_related("shifts__cashier").order_by("deposited_on", "pk")


Sheet = tuple[list[Any], Iterator[Sequence[Any]]]


def _daybook_sheet(_request: HttpRequest, facility: Facility, days: Days) -> Sheet:
    head = [_("Time"), _("What"), _("Number"), _("Bill"), _("UHID"), _("Name"), _("Paid by"), _("Reference")]
    lines = queries.daybook(facility, days.begins, most=MOST_IN_SHEET)
    # What moves no money, a credit note or what is drawn from a deposit, would make the sum wrong.
    return [*head, _("Cashier"), _("Amount in ₹"), _("Not in the sum, in ₹")], (
        (
            paper_time(one.at),
            one.what_label,
            one.number,
            one.bill,
            one.patient.uhid if one.patient else "",
            one.patient.listed_name if one.patient else "",
            one.mode_label,
            one.reference,
            one.person or "",
            *((one.amount, "") if one.is_money else ("", one.amount)),
        )
        for one in lines
    )


def _collections_sheet(_request: HttpRequest, facility: Facility, days: Days) -> Sheet:
    head = [_("Report"), _("Head"), _("Receipts"), _("Received in ₹"), _("Paid back in ₹"), _("Remains in ₹")]
    summed = queries.collections(facility, days)
    parts = [*summed.parts(), (_("Total"), [summed.total])]
    return head, (
        (title, label_of(line.label), line.receipts, line.came, line.back, line.net)
        for title, lines in parts
        for line in lines
    )


def label_of(label: Any) -> str:
    """A head in words; a day as people write it."""
    return on_day(label) if hasattr(label, "isoformat") else str(label)


def _challans_sheet(request: HttpRequest, facility: Facility, days: Days) -> Sheet:
    head = [_("Paid in on"), _("Challan number"), _("Shifts"), _("Recorded by"), _("Amount in ₹")]
    return head, (
        (paper_date(one.deposited_on), one.challan_number, one.shift_count, one.recorded_by, one.amount)
        for one in _challans(request, facility, days)
    )


SHEETS = {DAYBOOK: _daybook_sheet, COLLECTIONS: _collections_sheet, CHALLANS: _challans_sheet}
PAPERS = {DAYBOOK: _daybook_paper, COLLECTIONS: _collections_paper, CHALLANS: _challans_paper}
