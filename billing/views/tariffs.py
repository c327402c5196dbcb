"""The tariff: what is charged, what it costs, and the whole of it as a sheet."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import permissions, queries, services
from billing.forms import PriceEndForm, PriceForm, ServiceForm, SheetForm, TariffFilter
from billing.models import ChargeItemDefinition, TariffPrice
from billing.services.tariff_sheets import (
    CHANGE,
    ERROR,
    EXPLAINED,
    LABELS,
    NEEDED,
    NEW,
    SAME,
    named_rows,
    sheet_rows,
    unsealed,
)
from billing.views.places import hospital_of, hospitals_of
from facilities.models import Facility
from facilities.views.asking import asked_of, show_form
from hmis.kernel import exports
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.history import changes_of, version_of
from hmis.kernel.htmx import go
from hmis.kernel.said import rev_said

PAGE = 50
ROWS_A_PAGE = 100
KINDS = {
    ERROR: gettext_lazy("wrong"),
    NEW: gettext_lazy("new"),
    CHANGE: gettext_lazy("changed"),
    SAME: gettext_lazy("the same"),
}


@requires(permissions.VIEW_TARIFFS)
@require_GET
def tariff_list(request: HttpRequest) -> HttpResponseBase:
    """Every service with its price of today at one hospital."""
    hospitals = hospitals_of(request)
    facility = hospital_of(request, hospitals)
    form = TariffFilter(request.GET or None, hospitals=hospitals)
    asked = form.cleaned_data if form.is_valid() else {}
    found = ChargeItemDefinition.objects.none()
    if facility:
        found = queries.tariff_of(
            facility,
            timezone.localdate(),
            words=asked.get("q", ""),
            kind=asked.get("kind", ""),
            only=asked.get("only", ""),
        )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    kept = {name: value for name, value in request.GET.items() if name != "page" and value}
    context = {
        "filter_form": form,
        "of": facility,
        "page": page,
        "previous_url": _turned(kept, page.number - 1) if page.has_previous() else "",
        "next_url": _turned(kept, page.number + 1) if page.has_next() else "",
        "hospital_query": f"?{urlencode({'hospital': facility.code})}" if hospitals and facility else "",
        **_may(request),
    }
    return render(request, "billing/tariff_list.html", context)


def _turned(kept: dict[str, str], number: int) -> str:
    return f"?{urlencode(kept | {'page': str(number)})}"


def _may(request: HttpRequest) -> dict[str, bool]:
    return {
        "may_manage_tariffs": request.user.may(permissions.MANAGE_TARIFFS),
        "may_manage_services": request.user.may(permissions.MANAGE_SERVICES),
    }


@requires(permissions.VIEW_TARIFFS)
@require_GET
def tariff_detail(request: HttpRequest, definition_id: UUID) -> HttpResponseBase:
    """One service: how it is taxed, what it costs and has cost here."""
    definition = _definition(definition_id)
    hospitals = hospitals_of(request)
    facility = hospital_of(request, hospitals)
    today = timezone.localdate()
    context = {
        "definition": definition,
        "of": facility,
        "hospitals": hospitals,
        "prices": queries.prices_of(definition, facility) if facility else [],
        "today": today,
        "changes": changes_of(definition, most=20),
        **_may(request),
    }
    return render(request, "billing/tariff_detail.html", context)


def _definition(definition_id: UUID) -> ChargeItemDefinition:
    return get_object_or_404(ChargeItemDefinition.objects.select_related("tax_rule"), pk=definition_id)


# ── The state's list ──


@requires(permissions.MANAGE_SERVICES)
@require_http_methods(["GET", "POST"])
def service_new(request: HttpRequest) -> HttpResponseBase:
    form = ServiceForm(request.POST or None, is_new=True)
    made = asked_of(
        form,
        lambda: services.add_definition(
            details=form.details(),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Saved. Each hospital sets its own price."))
        return go(request, "billing:tariff_detail", made.pk)
    context = {"title": _("New service"), "back": reverse("billing:tariff_list")}
    return show_form(request, "billing/tariff_form_page.html", form, **context)


@requires(permissions.MANAGE_SERVICES)
@require_http_methods(["GET", "POST"])
def service_edit(request: HttpRequest, definition_id: UUID) -> HttpResponseBase:
    definition = _definition(definition_id)
    initial = {name: getattr(definition, name) for name in ServiceForm.base_fields if name != "request_key"}
    form = ServiceForm(request.POST or None, is_new=False, initial=initial)
    saved = asked_of(
        form,
        lambda: services.edit_definition(
            definition=definition,
            details=form.details(),
            version=rev_said(request),
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if saved:
        messages.success(request, _("Saved. What was charged stays as it was."))
        return go(request, "billing:tariff_detail", definition.pk)
    context = {
        "title": str(definition),
        "note": definition.code,
        "rev": version_of(definition),
        "back": reverse("billing:tariff_detail", args=[definition.pk]),
        "changes": changes_of(definition),
    }
    return show_form(request, "billing/tariff_form_page.html", form, **context)


# ── A hospital's prices ──


@requires(permissions.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def price_new(request: HttpRequest, definition_id: UUID) -> HttpResponseBase:
    """A price from a day; the one before it ends the day before."""
    definition, facility = _definition(definition_id), _own(request)
    form = PriceForm(request.POST or None, initial={"day": timezone.localdate()})
    made = asked_of(
        form,
        lambda: services.set_price(
            facility=facility,
            tag=services.Tag(definition, **form.details()),
            version=rev_said(request),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if made:
        messages.success(request, _("Saved. What was charged stays as it was."))
        return go(request, "billing:tariff_detail", definition.pk)
    context = {
        "title": _("New price: %(service)s") % {"service": definition},
        "note": definition.code,
        "said": _("The price that holds until then ends the day before."),
        "rev": queries.tariff_version(facility, definition),
        "back": reverse("billing:tariff_detail", args=[definition.pk]),
    }
    return show_form(request, "billing/tariff_form_page.html", form, **context)


def _own(request: HttpRequest) -> Facility:
    """The hospital where the person works: only there prices are set."""
    facility: Facility = request.user.posting.facility
    return facility


@requires(permissions.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def price_end_new(request: HttpRequest, price_id: UUID) -> HttpResponseBase:
    """The last day of a price."""
    visible = TariffPrice.objects.visible_to(request.user).select_related("definition", "facility", "scheme")
    price = get_object_or_404(visible, pk=price_id)
    form = PriceEndForm(request.POST or None, initial={"day": timezone.localdate()})
    ended = asked_of(
        form,
        lambda: services.end_price(
            price=price,
            day=form.cleaned_data["day"],
            version=rev_said(request),
            request_key=form.cleaned_data["request_key"],
            actor=request.user,
            at=timezone.now(),
        ),
    )
    if ended:
        messages.success(request, _("The price ends on %(day)s.") % {"day": f"{ended.valid_to:%d-%m-%Y}"})
        return go(request, "billing:tariff_detail", price.definition_id)
    context = {
        "title": _("End of a price: %(service)s") % {"service": price.definition},
        "note": f"₹{price.price}",
        "said": _("Afterwards the counters cannot bill it at this price."),
        "rev": price.rev,
        "save": _("End the price"),
        "back": reverse("billing:tariff_detail", args=[price.definition_id]),
    }
    return show_form(request, "billing/tariff_form_page.html", form, **context)


# ── The whole of it as a sheet ──


@requires(permissions.VIEW_TARIFFS)
@require_GET
def tariff_export(request: HttpRequest) -> HttpResponseBase:
    """The prices of now and to come, as a sheet that may be sent back."""
    facility = hospital_of(request, hospitals_of(request))
    if facility is None:
        raise Http404
    services.note_tariff_export(facility=facility, actor=request.user, at=timezone.now())
    rows = sheet_rows(queries.prices_from(facility, timezone.localdate()))
    kind = exports.as_csv if request.GET.get("as") == exports.CSV else exports.as_xlsx
    return kind(f"tariff-{facility.code}", list(LABELS), rows)


@requires(permissions.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def tariff_import_new(request: HttpRequest) -> HttpResponseBase:
    """Upload a sheet and look through what it would change; nothing of it holds before it is confirmed."""
    facility = _own(request)
    if "sealed" in request.POST:
        return _look_again(request, facility)
    form = SheetForm(request.POST or None, request.FILES or None)
    look = asked_of(form, lambda: _look(facility, form))
    if look:
        return _show_look(request, look)
    return _ask_sheet(request, form)


def _look(facility: Facility, form: SheetForm) -> services.TariffLook:
    today = timezone.localdate()
    texts = named_rows(form.content())
    return services.TariffLook(texts, facility, day=form.cleaned_data["day"] or today, today=today)


def _ask_sheet(request: HttpRequest, form: SheetForm, said: str = "") -> HttpResponseBase:
    columns = [(name, name in NEEDED, meaning) for name, meaning in EXPLAINED.items()]
    context = {"form": form, "said": said, "columns": columns}
    status = 422 if request.method == "POST" else 200
    return render(request, "billing/tariff_import_new.html", context, status=status)


def _look_again(request: HttpRequest, facility: Facility, said: str = "") -> HttpResponseBase:
    """The same sheet beside the tariff as it is now: another kind of rows, or another page of them."""
    try:
        _version, day, texts = unsealed(request.POST.get("sealed", ""), facility)
    except Refusal as refusal:
        return _ask_sheet(request, SheetForm(), said=str(refusal))
    look = services.TariffLook(texts, facility, day=day, today=timezone.localdate())
    return _show_look(request, look, said=said)


def _show_look(request: HttpRequest, look: services.TariffLook, said: str = "") -> HttpResponseBase:
    asked = request.POST.get("kind", "")
    first = next((kind for kind in KINDS if look.counts[kind]), NEW)
    kind = asked if asked in KINDS else first
    page = Paginator(look.of_kind(kind), ROWS_A_PAGE).get_page(request.POST.get("page"))
    context: dict[str, Any] = {
        "look": look,
        "sealed": look.sealed(),
        "request_key": uuid4(),
        "kind": kind,
        "kinds": [(one, label, look.counts[one]) for one, label in KINDS.items()],
        "page": page,
        "said": said,
    }
    return render(request, "billing/tariff_look.html", context, status=422 if said else 200)


@requires(permissions.MANAGE_TARIFFS)
@require_POST
def tariff_import_confirmation_new(request: HttpRequest) -> HttpResponseBase:
    """Take over what was looked through; what was changed meanwhile is looked at once more."""
    facility = _own(request)
    sealed = request.POST.get("sealed", "")
    try:
        count = services.import_tariff(
            facility=facility,
            sealed=sealed,
            request_key=_key(request),
            actor=request.user,
            at=timezone.now(),
        )
    except Refusal as refusal:
        return _look_again(request, facility, said=str(refusal))
    messages.success(request, _("%(count)s prices are set.") % {"count": count})
    return go(request, "billing:tariff_list")


def _key(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("request_key", ""))
    except ValueError:
        return uuid4()
