"""The queues: called, in the room, at tests and back, gone; sent on, cancelled, closed early."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.queries import payments_of
from billing.states import PaymentMode
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from hmis.kernel.models import IssuedDocument
from hmis.kernel.templatetags.ui import on_day
from hmis.kernel.views import MOST_AT_ONCE, print_url
from opd import permissions, queries, services
from opd.forms import (
    CancellationForm,
    ClosureForm,
    LeavingForm,
    MoveForm,
    TestsForm,
)
from opd.models import ClinicDay, QueueToken
from opd.states import LeftHow
from patients import queries as patient_queries


@requires(permissions.VIEW_QUEUE)
@require_GET
def clinicday_list(request: HttpRequest) -> HttpResponseBase:
    """Every queue of today."""
    clinics = queries.todays_clinics(request.user, timezone.localdate())
    return show(request, "opd/clinicday_list.html", {"clinics": clinics}, fragment="opd/_clinics.html")


@requires(permissions.VIEW_QUEUE)
@require_GET
def clinicday_detail(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """The queue of one room."""
    return _queue(request, _clinic_day(request, clinic_day_id), seen=request.GET.get("seen", ""))


def _clinic_day(request: HttpRequest, clinic_day_id: UUID) -> ClinicDay:
    linked = ClinicDay.objects.visible_to(request.user).select_related(
        "unit__department", "unit__room", "unit__doctor", "unit__facility", "closed_by"
    )
    return get_object_or_404(linked, pk=clinic_day_id)


ALL = "all"  # of whoever was seen


def _queue(request: HttpRequest, clinic: ClinicDay, error: str = "", seen: str = "") -> HttpResponse:
    """The queue. Of those who were seen `seen` names all, or the one that was finished just now by its id."""
    tokens, left = queries.queue_of(clinic), queries.left_of(clinic)
    done = queries.done_of(clinic)
    shown = [one for one in done[: queries.MOST_SHOWN] if seen in (ALL, str(one.pk))] if seen else []
    moved = queries.moved_on(clinic)
    patient_queries.withhold_names(token.patient for token in [*tokens, *left, *shown, *moved])
    groups: dict[str, list[QueueToken]] = {"inside": [], "waiting": [], "aside": [], "left": left}
    for token in tokens:
        where = {"called": "inside", "in_consultation": "inside", "waiting": "waiting"}.get(
            token.status, "aside"
        )
        groups[where].append(token)
    queries.with_last_steps(clinic, [*groups["aside"], *left])
    may_call = request.user.may(permissions.CALL_PATIENTS)
    context = {
        "clinic": clinic,
        "error": error,
        "may_call": may_call,
        "request_key": uuid4(),
        "moved": moved,
        "done": shown,
        "done_count": done.count(),
        "seen": seen if shown else "",
        **groups,
    }
    status = 422 if error else 200
    return show(request, "opd/clinicday_detail.html", context, fragment="opd/_queue.html", status=status)


@requires(permissions.CALL_PATIENTS)
@require_POST
def call_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Call whoever is next."""
    clinic = _clinic_day(request, clinic_day_id)
    try:
        key = UUID(request.POST.get("request_key", ""))
    except ValueError:
        return _queue(request, clinic, error=str(_("Open the page again.")))
    services.call_next(clinic_day=clinic, request_key=key, actor=request.user, at=timezone.now())
    return _after(request, clinic)


def _after(request: HttpRequest, clinic: ClinicDay, seen: str = "") -> HttpResponse:
    if request.headers.get("HX-Request"):
        return _queue(request, clinic, seen=seen)
    return go(request, "opd:clinicday_detail", clinic.pk, query={"seen": seen} if seen else None)


def _token_act(service: Any, *, is_shown: bool = False, asks_what_was_seen: bool = False) -> Any:
    """A view that does one thing with one token and shows its queue; `is_shown`: a token that is done too.

    `asks_what_was_seen`: the act is told the token's status on the page that was pressed.
    """

    @requires(permissions.CALL_PATIENTS)
    @require_POST
    def view(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
        token = get_object_or_404(QueueToken.objects.visible_to(request.user), pk=token_id)
        clinic = _clinic_day(request, token.clinic_day_id)
        seen = {"saw": request.POST.get("saw", "")} if asks_what_was_seen else {}
        try:
            service(token=token, actor=request.user, at=timezone.now(), **seen)
        except Refusal as refusal:
            return _queue(request, clinic, error=str(refusal), seen=str(token.pk))
        return _after(request, clinic, str(token.pk) if is_shown else "")

    return view


token_call_new = _token_act(services.call_token)
skip_new = _token_act(services.skip_token)
entry_new = _token_act(services.begin_token, asks_what_was_seen=True)
return_new = _token_act(services.return_token, asks_what_was_seen=True)
completion_new = _token_act(services.finish_token, is_shown=True)


# ── A token sent for tests, gone, sent on, or cancelled ──


def _token(request: HttpRequest, token_id: UUID) -> QueueToken:
    linked = ("patient__district", "encounter__department", "encounter__facility")
    visible = QueueToken.objects.visible_to(request.user).select_related(
        *linked, "clinic_day__unit__room", "clinic_day__unit__department"
    )
    return get_object_or_404(visible, pk=token_id)


def say_in(form: Any, refusal: Refusal) -> None:
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


@requires(permissions.CALL_PATIENTS)
@require_http_methods(["GET", "POST"])
def tests_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Send somebody from the room to the tests."""
    token = _token(request, token_id)
    form = TestsForm(request.POST or None)
    if form.is_valid():
        try:
            services.send_for_tests(token=token, actor=request.user, at=timezone.now(), **form.cleaned_data)
        except Refusal as refusal:
            say_in(form, refusal)
        else:
            if "room" in request.GET:  # on to the next there
                return go(request, "opd:room_detail")
            return go(request, "opd:clinicday_detail", token.clinic_day_id)
    context = {"token": token, "patient": token.patient, "form": form}
    return render(request, "opd/tests_new.html", context, status=422 if request.method == "POST" else 200)


@requires(permissions.CALL_PATIENTS)
@require_http_methods(["GET", "POST"])
def token_departure_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Somebody left without being seen: how that is known."""
    token = _token(request, token_id)
    form = LeavingForm(request.POST or None)
    if form.is_valid():
        how = LeftHow(form.cleaned_data["how"])
        try:
            services.leave_token(token=token, how=how, actor=request.user, at=timezone.now())
        except Refusal as refusal:
            say_in(form, refusal)
        else:
            return go(request, "opd:clinicday_detail", token.clinic_day_id)
    context = {"token": token, "patient": token.patient, "form": form}
    status = 422 if request.method == "POST" else 200
    return render(request, "opd/token_departure_new.html", context, status=status)


@requires(permissions.MOVE_TOKEN)
@require_http_methods(["GET", "POST"])
def move_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Send somebody on to the right unit."""
    token = _token(request, token_id)
    here = token.clinic_day.unit
    sitting = queries.sitting_units(token.encounter.facility, timezone.localdate())
    units = sorted(
        ((unit, waiting) for unit, waiting in sitting if unit.pk != here.pk and waiting is not None),
        key=lambda one: (one[0].department_id != here.department_id, one[0].department.position, one[0].name),
    )
    form = MoveForm(request.POST or None, units=units)
    if form.is_valid():
        cleaned = form.cleaned_data
        try:
            moved = services.move_token(token=token, actor=request.user, at=timezone.now(), **cleaned)
        except Refusal as refusal:
            say_in(form, refusal)
        else:
            return _sent_on(request, token, moved)
    context = {"token": token, "patient": token.patient, "form": form, "units": units}
    return render(request, "opd/move_new.html", context, status=422 if request.method == "POST" else 200)


def _sent_on(request: HttpRequest, token: QueueToken, moved: QueueToken) -> HttpResponseBase:
    """To the new slip, where this person prints; else back to the queue."""
    unit = moved.clinic_day.unit
    said = str(_("Token %(number)s: %(unit)s, room %(room)s."))
    words = {"number": moved.number, "unit": unit, "room": unit.room or "—"}
    messages.success(request, said % words)
    if request.user.may(permissions.PRINT_SLIP):
        return _to_slip(token)
    return go(request, "opd:clinicday_detail", token.clinic_day_id)


def _to_slip(token: QueueToken) -> HttpResponseBase:
    response = redirect(f"{reverse('opd:registration_detail', args=[token.encounter_id])}?now=1")
    response.status_code = 303
    return response


@requires(permissions.CANCEL_TOKEN)
@require_http_methods(["GET", "POST"])
def cancellation_new(request: HttpRequest, token_id: UUID) -> HttpResponseBase:
    """Cancel a slip of today; the fee goes back."""
    token = _token(request, token_id)
    invoice = token.encounter.invoices.order_by("pk").first()
    payments = payments_of(invoice) if invoice else []
    in_cash = all(one.mode == PaymentMode.CASH for one in payments)
    form = CancellationForm(request.POST or None, in_cash=in_cash)
    if form.is_valid():
        try:
            services.cancel_token(
                token=token,
                regret=form.regret(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            say_in(form, refusal)
        else:
            messages.success(request, str(_("The slip is cancelled.")))
            return _to_slip(token)
    context = {
        "token": token,
        "patient": token.patient,
        "form": form,
        "payments": payments,
        "in_cash": in_cash,
        "goes_back": sum(one.amount for one in payments),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "opd/cancellation_new.html", context, status=status)


# ── A queue closed early, and opened again ──


@requires(permissions.CLOSE_CLINIC)
@require_http_methods(["GET", "POST"])
def closure_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Close a queue; whoever waits is listed before and carried over."""
    clinic = _clinic_day(request, clinic_day_id)
    affected = list(queries.to_carry(clinic).select_related("patient"))
    patient_queries.withhold_names(token.patient for token in affected)
    later = queries.next_clinic(clinic.unit, clinic.held_on)
    others = queries.other_units(clinic.unit, clinic.held_on)
    form = ClosureForm(
        request.POST or None, units=others, next_day=on_day(later) if later else "", carries=bool(affected)
    )
    if form.is_valid():
        try:
            services.close_clinic(
                clinic_day=clinic,
                closing=form.closing(),
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            say_in(form, refusal)
        else:
            return go(request, "opd:clinicday_detail", clinic.pk)
    context = {"clinic": clinic, "affected": affected, "form": form, "nowhere": not (later or others)}
    return render(request, "opd/closure_new.html", context, status=422 if request.method == "POST" else 200)


@requires(permissions.CLOSE_CLINIC)
@require_POST
def opening_new(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """Open a queue again that was closed by mistake."""
    clinic = _clinic_day(request, clinic_day_id)
    try:
        services.open_clinic(clinic_day=clinic, actor=request.user, at=timezone.now())
    except Refusal as refusal:
        return _queue(request, clinic, error=str(refusal))
    return go(request, "opd:clinicday_detail", clinic.pk)


@requires(permissions.PRINT_SLIP)
@require_GET
def carried_slip_list(request: HttpRequest, clinic_day_id: UUID) -> HttpResponseBase:
    """The new slips of those who left this queue, ten to a print."""
    clinic = _clinic_day(request, clinic_day_id)
    slips = queries.slips_of(queries.moved_on(clinic))
    prints = _tens(list(slips.values()), request.user)
    return render(request, "opd/carried_slip_list.html", {"clinic": clinic, "prints": prints})


def _tens(slips: list[IssuedDocument], user: Any) -> list[dict[str, Any]]:
    parts = [slips[begin : begin + MOST_AT_ONCE] for begin in range(0, len(slips), MOST_AT_ONCE)]
    return [
        {"first": n * MOST_AT_ONCE + 1, "last": n * MOST_AT_ONCE + len(part), "url": print_url(part, user)}
        for n, part in enumerate(parts)
    ]
