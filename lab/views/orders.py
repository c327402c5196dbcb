"""Tests are ordered by words: on the doctor's page, and at a counter from the paper that was brought."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing import permissions as billing_permissions
from facilities.roles import Role
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import show
from hmis.kernel.requests import key_of
from hmis.kernel.views import print_url, printable
from lab import codes, permissions, queries, services
from lab.codes import Part
from lab.forms import CancellationForm, OrderForm, PriorityForm
from lab.models import ServiceRequest, TestDefinition
from lab.services import ConsentNeeded, OrderedAlready, Wanted
from lab.states import CancelReason, Consent, OrderStatus, Priority
from patients import permissions as patient_permissions
from patients import services as patients
from patients.models import Encounter
from patients.views.charts import or_glass

PANEL = "lab/_orders.html"


# ── Whose ──


def encounter_here(request: HttpRequest, encounter_id: UUID) -> Encounter:
    """A contact at this hospital; whoever reads charts opens this patient's with it."""
    encounter = _encounter(request, encounter_id)
    open_to(request, encounter)
    return encounter


def _encounter(request: HttpRequest, encounter_id: UUID) -> Encounter:
    linked = Encounter.objects.visible_to(request.user).select_related("patient", "facility", "department")
    return get_object_or_404(linked, pk=encounter_id)


def open_to(request: HttpRequest, encounter: Encounter) -> None:
    if request.user.may(patient_permissions.VIEW_CHART):
        patients.open_chart(
            patient=encounter.patient,
            actor=request.user,
            at=timezone.now(),
            read=False,
        )


def _order(request: HttpRequest, order_id: UUID) -> ServiceRequest:
    visible = ServiceRequest.objects.visible_to(request.user)
    linked = visible.select_related("test", "encounter__patient", "encounter__facility")
    order = get_object_or_404(linked, pk=order_id)
    open_to(request, order.encounter)
    return order


# ── The panel ──


def panel_of(
    request: HttpRequest, encounter: Encounter, *, words: str = "", form: OrderForm | None = None, **said: Any
) -> dict[str, Any]:
    """What is ordered at a contact, and what may be: what the words say, or what is ordered most."""
    orders = queries.orders_of(encounter)
    standing = [one for one in orders if one.status != OrderStatus.CANCELLED]
    return {
        "encounter": encounter,
        "orders": standing,
        "cancelled": [one for one in orders if one.status == OrderStatus.CANCELLED],
        "last": next((one for one in reversed(standing) if one.status == OrderStatus.ORDERED), None),
        "words": words,
        "offers": _offers(request, encounter, words),
        "form": form,
        "names_doctor": request.user.posting.role != Role.DOCTOR,
        "doctor": form["requester_name"].value() or "" if form else _named_last(standing),
        "order_key": uuid4(),
        "act_key": uuid4(),
        "page_url": came_from(request, encounter),
        **said,
    }


def _named_last(standing: Sequence[ServiceRequest]) -> str:
    """The doctor of the paper that is being entered: it has more than one test."""
    return next((one.requester_name for one in reversed(standing) if one.requester_name), "")


def _offers(request: HttpRequest, encounter: Encounter, words: str) -> list[services.Offer]:
    now = timezone.now()
    tests = queries.tests_in_use()
    found = queries.tests_for(request.user, words, tests, today=timezone.localdate(now))
    return services.offers(encounter=encounter, tests=found, actor=request.user, at=now)


def came_from(request: HttpRequest, encounter: Encounter) -> str:
    """The page to go back to: the one that asked, else the contact's own page of orders."""
    said = request.POST.get("next", "") or request.GET.get("next", "")
    fits = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure())
    return said if fits else reverse("lab:order_new", args=[encounter.pk])


def _page(request: HttpRequest, encounter: Encounter, *, status: int = 200, **said: Any) -> HttpResponse:
    is_page = not request.headers.get("HX-Request")
    ordering = panel_of(request, encounter, **said)
    asks_doctor = ordering["names_doctor"] and not ordering["doctor"]
    # A part of another page that comes later takes nobody's cursor away.
    ordering["asks_doctor"] = is_page and asks_doctor and not said.get("is_answer")
    ordering["takes_cursor"] = said.get("is_answer") or (is_page and not asks_doctor)
    context = {"ordering": ordering, "encounter": encounter, "patient": encounter.patient}
    return show(request, "lab/order_new.html", context, fragment=PANEL, status=status)


def answered(request: HttpRequest, encounter: Encounter, error: str = "") -> HttpResponseBase:
    """The panel as it is now, or why not; without a script back to the page."""
    if not request.headers.get("HX-Request"):
        if error:
            messages.error(request, error)
        response = redirect(came_from(request, encounter))
        response.status_code = 303
        return response
    status = 422 if error else 200
    return _page(request, encounter, status=status, error=error, is_answer=True)


@requires(permissions.ORDER_TESTS)
@require_POST
def offer_list(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """The tests that `words` mean, with what they cost this patient, at each keystroke. No chart is read."""
    encounter = _encounter(request, encounter_id)
    words = request.POST.get("words", "")
    context = {"words": words, "offers": _offers(request, encounter, words)}
    return render(request, "lab/_offers.html", context)


# ── Ordering ──


@requires(permissions.ORDER_TESTS)
@require_POST
@or_glass
def order_edit(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """The panel as a part of another page, which has noted that it was seen; `words` stood in its box."""
    return _page(request, encounter_here(request, encounter_id), words=_typed(request))


def _typed(request: HttpRequest) -> str:
    return request.POST.get("words", "")[: codes.LONGEST_TYPED]


@requires(permissions.ORDER_TESTS)
@require_http_methods(["GET", "POST"])
@or_glass
def order_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Order what the words say, at once; what is not sure is asked, and nothing typed is lost."""
    encounter = encounter_here(request, encounter_id)
    if request.method == "GET":
        services.note_orders_seen(encounter=encounter, actor=request.user, at=timezone.now())
        return _page(request, encounter)
    form, words = OrderForm(request.POST), _typed(request)
    if not form.is_valid():
        said = " ".join(str(one) for errors in form.errors.values() for one in errors)
        return _page(request, encounter, words=words, form=form, error=said, is_answer=True, status=422)
    tests = queries.tests_in_use()
    parts = _parts(request, form, tests)
    unsure = [one for one in parts if not one.code]
    if unsure:
        return _asked_which(request, encounter, form, parts, unsure)
    by_code = {one.code: one for one in tests}
    wanted = [_wanted(one, by_code, form) for one in parts]
    try:
        services.order_tests(
            encounter=encounter,
            wanted=wanted,
            asking=form.asking(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _refused(request, encounter, form, wanted, refusal)
    return answered(request, encounter)


def _parts(request: HttpRequest, form: OrderForm, tests: Sequence[TestDefinition]) -> list[Part]:
    """What was typed, and the test that was chosen in the place of its last part."""
    words, chosen = form.cleaned_data["words"], form.cleaned_data["test"]
    liked = queries.favourite_tests(request.user, request.user.posting.department, today=timezone.localdate())
    parts = codes.read(words, queries.catalogue_of(tests), preferred=liked)
    if not any(one.code == chosen for one in tests):
        return parts
    typed = parts.pop() if codes.last_of(words) else None
    return [*parts, Part(chosen, chosen, bool(typed and typed.is_urgent))]


def _wanted(part: Part, by_code: dict[str, TestDefinition], form: OrderForm) -> Wanted:
    is_urgent = part.is_urgent or form.cleaned_data["urgent"]
    return Wanted(by_code[part.code], Priority.URGENT if is_urgent else Priority.ROUTINE)


def _asked_which(
    request: HttpRequest, encounter: Encounter, form: OrderForm, parts: list[Part], unsure: list[Part]
) -> HttpResponseBase:
    """What is not sure comes last, so that the list below says what it may mean."""
    in_order = [one for one in parts if one.code] + unsure
    words = ", ".join(one.text + "!" * one.is_urgent for one in in_order)
    error = _("Which test is “%(words)s”? Choose below, or write it in another way.") % {
        "words": unsure[-1].text
    }
    return _page(request, encounter, words=words, form=form, error=error, is_answer=True, status=422)


def _refused(
    request: HttpRequest, encounter: Encounter, form: OrderForm, wanted: list[Wanted], refusal: Refusal
) -> HttpResponseBase:
    """Why not; in the box stands what was meant by its codes, to be sent again as it was understood."""
    words = ", ".join(one.test.code + "!" * (one.priority == Priority.URGENT) for one in wanted)
    return _page(
        request,
        encounter,
        words=words,
        form=form,
        error=str(refusal),
        error_at=refusal.field,
        may_repeat=isinstance(refusal, OrderedAlready),
        consents=Consent if isinstance(refusal, ConsentNeeded) else (),
        is_answer=True,
        status=422,
    )


# ── After it ──


@requires(permissions.ORDER_TESTS)
@require_http_methods(["GET", "POST"])
@or_glass
def cancellation_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """Take an order back, with the reason."""
    order = _order(request, order_id)
    form = CancellationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.cancel_order(
                order=order,
                reason=CancelReason(form.cleaned_data["reason"]),
                note=form.cleaned_data["note"],
                request_key=form.cleaned_data["request_key"],
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            form.say(refusal)
        else:
            return answered(request, order.encounter)
    context = {
        "order": order,
        "form": form,
        "encounter": order.encounter,
        "patient": order.encounter.patient,
        "page_url": came_from(request, order.encounter),
    }
    status = 422 if request.method == "POST" else 200
    answer = show(
        request, "lab/cancellation_new.html", context, fragment="lab/_cancellation.html", status=status
    )
    if status == 422 and request.headers.get("HX-Request"):
        answer["HX-Retarget"], answer["HX-Reswap"] = "#order-cancel", "innerHTML"
    return answer


@requires(permissions.ORDER_TESTS)
@require_POST
@or_glass
def priority_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """Urgent, or routine again."""
    order, form = _order(request, order_id), PriorityForm(request.POST)
    error = ""
    if form.is_valid():
        try:
            services.set_priority(
                order=order,
                priority=Priority(form.cleaned_data["priority"]),
                request_key=form.cleaned_data["request_key"] or uuid4(),
                actor=request.user,
                at=timezone.now(),
            )
        except Refusal as refusal:
            error = str(refusal)
    return answered(request, order.encounter, error)


@requires(billing_permissions.TAKE_PAYMENT)
@require_POST
def charge_new(request: HttpRequest, order_id: UUID) -> HttpResponseBase:
    """Charge what had no price when it was ordered."""
    visible = ServiceRequest.objects.visible_to(request.user).select_related("encounter", "test")
    order = get_object_or_404(visible, pk=order_id)
    try:
        services.charge_order(order=order, request_key=uuid4(), actor=request.user, at=timezone.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(test)s is charged now.") % {"test": order.test})
    response = redirect("lab:order_list")
    response.status_code = 303
    return response


@requires(permissions.PRINT_SLIP)
@require_POST
def slip_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """The slip of what was ordered last at this contact; as it was printed before, a duplicate."""
    visible = Encounter.objects.visible_to(request.user)
    encounter = get_object_or_404(visible, pk=encounter_id)
    try:
        slip = services.print_slip(
            encounter=encounter, request_key=key_of(request), actor=request.user, at=timezone.now()
        )
    except Refusal as refusal:
        if request.headers.get("X-Fetch"):
            return HttpResponse(str(refusal), status=422)
        messages.error(request, str(refusal))
        return redirect("lab:order_list")
    return printable(request, print_url([slip], request.user))
