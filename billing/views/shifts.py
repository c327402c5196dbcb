"""Shifts: one's own, those that a supervisor accepts, and the challans that pay their cash in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import AcceptForm, ChallanForm, CloseShiftForm, OpenShiftForm
from billing.models import Shift
from billing.queries.shifts import ALL, ALONE, DIFFERENT, OPEN, WAITING
from billing.views.collections import tabs
from facilities.views.asking import asked_of
from hmis.kernel.access import requires
from hmis.kernel.htmx import go

PAGE = 50
KINDS = {
    ALL: gettext_lazy("all"),
    WAITING: gettext_lazy("to accept"),
    DIFFERENT: gettext_lazy("with a difference"),
    OPEN: gettext_lazy("open"),
    ALONE: gettext_lazy("accepted by one person"),
}

# ── One's own ──


@requires(permissions.OPEN_SHIFT)
@require_GET
def shift_own(request: HttpRequest) -> HttpResponseBase:
    """The own shift: to open, or what it took so far, and the count that closes it."""
    return _own(request)


def _own(request: HttpRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    shift = queries.open_shift_of(request.user)
    if shift is None:
        last = queries.last_shift_of(request.user)
        form = forms.get("form") or OpenShiftForm(actor=request.user)
        context = {"form": form, "last": last, "sheet": last and queries.closing_sheet_of(last)}
        return render(request, "billing/shift_new.html", context, status=status)
    context = _at_hand(shift) | {"form": forms.get("form") or CloseShiftForm()}
    return render(request, "billing/shift_own.html", context, status=status)


def _at_hand(shift: Shift) -> dict[str, Any]:
    taken = queries.taken_in(shift)
    return {"shift": shift, "taken": taken, "expected": shift.opening_float + taken[0].net}


@requires(permissions.OPEN_SHIFT)
@require_POST
def shift_new(request: HttpRequest) -> HttpResponseBase:
    """Open the own shift; `next` is the page whose work waits for it. Opened twice it is open once."""
    form = OpenShiftForm(request.POST, actor=request.user)
    made = asked_of(
        form, lambda: services.open_shift(actor=request.user, at=timezone.now(), **form.cleaned_data)
    )
    shift = made or queries.open_shift_of(request.user)
    if shift is None:
        return _own(request, status=422, form=form) if not _is_fragment(request) else _needed(request, form)
    if _is_fragment(request):
        return render(request, "billing/_shift_open.html", {"shift": shift})
    messages.success(request, _("Your shift is open."))
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return redirect(wanted)
    return go(request, "billing:shift_own")


def _is_fragment(request: HttpRequest) -> bool:
    return bool(request.headers.get("HX-Request")) and "inline" in request.POST


def _needed(request: HttpRequest, form: OpenShiftForm) -> HttpResponse:
    return render(request, "billing/_shift_needed.html", {"open_form": form}, status=422)


@requires(permissions.OPEN_SHIFT)
@require_http_methods(["GET", "POST"])
def shift_closing_new(request: HttpRequest) -> HttpResponseBase:
    """Close the own shift by its count; the sheet is printed at once."""
    shift = queries.open_shift_of(request.user)
    if request.method == "GET" or shift is None:
        return go(request, "billing:shift_own")
    form = CloseShiftForm(request.POST)
    closed = _closed(request, shift, form)
    if closed is None:
        return _own(request, status=422, form=form)
    messages.success(request, _("The shift is closed. Sign the sheet together with the supervisor."))
    return go(request, "billing:shift_own", query={"closed": closed.pk})


def _closed(request: HttpRequest, shift: Shift, form: CloseShiftForm) -> Shift | None:
    return asked_of(
        form,
        lambda: services.close_shift(shift=shift, actor=request.user, at=timezone.now(), **form.details()),
    )


# ── The supervisor's ──


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def shift_list(request: HttpRequest) -> HttpResponseBase:
    """Shifts: those to be accepted first, the largest difference before all."""
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else ALL
    counts = queries.counts_by_kind(request.user)
    page = Paginator(queries.shifts(request.user, kind), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "kinds": [
            {"url": f"?kind={one}", "label": f"{label} {counts.get(one, '')}", "current": one == kind}
            for one, label in KINDS.items()
        ],
        "previous_url": f"?kind={kind}&page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?kind={kind}&page={page.number + 1}" if page.has_next() else "",
        "tabs": tabs(request, "billing:shift_list"),
        "hospitals": request.user.posting.facility_id is None,
    }
    return render(request, "billing/shift_list.html", context)


def _held(request: HttpRequest, shift_id: UUID) -> Shift:
    linked = ("cashier", "facility", "accepted_by", "treasury_deposit", "taken_over_from__cashier")
    return get_object_or_404(Shift.objects.visible_to(request.user).select_related(*linked), pk=shift_id)


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def shift_detail(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    return _detail(request, _held(request, shift_id))


def _detail(
    request: HttpRequest, shift: Shift, form: AcceptForm | None = None, count: CloseShiftForm | None = None
) -> HttpResponse:
    may = request.user.may(permissions.ACCEPT_SHIFTS)
    context = _at_hand(shift) | {
        "form": form or AcceptForm(),
        "count_form": (count or CloseShiftForm()) if may and shift.closed_at is None else None,
        "counted": [
            (worth, shift.count[str(worth)]) for worth in queries.DENOMINATIONS if str(worth) in shift.count
        ],
        "paise": shift.count.get(queries.PAISE, 0),
        "sheet": queries.closing_sheet_of(shift),
        "may_accept": may and shift.status == "closed",
        "own": shift.cashier_id == request.user.pk,
        "tabs": tabs(request, "billing:shift_list"),
    }
    status = 422 if form or count else 200
    return render(request, "billing/shift_detail.html", context, status=status)


@requires(permissions.ACCEPT_SHIFTS)
@require_POST
def acceptance_new(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    shift = _held(request, shift_id)
    form = AcceptForm(request.POST)
    accepted = asked_of(
        form,
        lambda: services.accept_shift(
            shift=shift, actor=request.user, at=timezone.now(), **form.cleaned_data
        ),
    )
    if accepted is None:
        return _detail(request, shift, form=form)
    messages.success(request, _("The shift of %(cashier)s is accepted.") % {"cashier": shift.cashier})
    return go(request, "billing:shift_list")


@requires(permissions.ACCEPT_SHIFTS)
@require_POST
def forgotten_shift_new(request: HttpRequest, shift_id: UUID) -> HttpResponseBase:
    """A supervisor counts and closes a shift whose cashier does not."""
    shift = _held(request, shift_id)
    form = CloseShiftForm(request.POST)
    closed = _closed(request, shift, form)
    if closed is None:
        return _detail(request, shift, count=form)
    return go(request, "billing:shift_detail", shift.pk)


# ── Challans ──


@requires(permissions.VIEW_COLLECTIONS)
@require_GET
def challan_list(request: HttpRequest) -> HttpResponseBase:
    """What was paid in at the treasury, and how much waits in the safe."""
    page = Paginator(queries.challans(request.user), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "previous_url": f"?page={page.number - 1}" if page.has_previous() else "",
        "next_url": f"?page={page.number + 1}" if page.has_next() else "",
        "in_safe": queries.in_safe(request.user),
        "may_record": request.user.may(permissions.ACCEPT_SHIFTS),
        "hospitals": request.user.posting.facility_id is None,
        "tabs": tabs(request, "billing:challan_list"),
        "today": timezone.localdate(),
    }
    return render(request, "billing/challan_list.html", context)


@requires(permissions.ACCEPT_SHIFTS)
@require_http_methods(["GET", "POST"])
def challan_new(request: HttpRequest) -> HttpResponseBase:
    """Choose accepted shifts and write down the challan that paid their cash in."""
    form = ChallanForm(request.POST or None, actor=request.user)
    made = asked_of(
        form,
        lambda: services.record_challan(actor=request.user, at=timezone.now(), **form.cleaned_data),
    )
    if made:
        messages.success(request, _("Challan %(number)s is recorded.") % {"number": made})
        return go(request, "billing:challan_list")
    context = {
        "form": form,
        "waiting": list(queries.to_pay_in(request.user)),
        "chosen": form.chosen(),
        "tabs": tabs(request, "billing:challan_list"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/challan_new.html", context, status=status)
