"""The counter bill: anything on the tariff, by the beginnings of its name and Enter."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing import permissions, queries, services
from billing.forms import CounterForm
from billing.forms.counter import with_one_more
from billing.services import Offer, Wanted
from billing.states import PaymentMode
from hmis.kernel.access import requires
from hmis.kernel.errors import Refusal
from hmis.kernel.htmx import go, show
from hmis.kernel.templatetags.ui import rupees
from patients.models import Encounter

CASH, LATER, ACCOUNT = "cash", "later", "account"


@requires(permissions.TAKE_PAYMENT)
@require_http_methods(["GET", "POST"])
def counter_new(request: HttpRequest, encounter_id: UUID) -> HttpResponseBase:
    """Services are added one by one, nothing is written; `settle` makes the bill of them."""
    visible = Encounter.objects.visible_to(request.user).select_related("patient", "facility", "department")
    encounter = get_object_or_404(visible, pk=encounter_id)
    form = CounterForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        services.note_account_seen(encounter=encounter, actor=request.user, at=timezone.now())
        return _desk(request, encounter, form, [])
    is_right = form.is_valid()
    wanted = form.cleaned_data.get("wanted", [])
    settle = request.POST.get("settle")
    words = (form["words"].value() or "").strip()
    if is_right and settle:
        try:
            return _settled(request, encounter, form, wanted, settle)
        except Refusal as refusal:
            form.say(refusal)
        return _desk(request, encounter, form, wanted, words=words)
    found, chosen = _chosen(request, encounter, form, wanted)
    if chosen != wanted:
        words = ""  # they have found what they were typed for
    ready = not (form.errors or words or "drop" in request.POST or chosen != wanted)
    return _desk(request, encounter, form, chosen, found=found, words=words, ready=ready)


def _chosen(
    request: HttpRequest, encounter: Encounter, form: CounterForm, wanted: list[Wanted]
) -> tuple[list[Any], list[Wanted]]:
    """What the words found, if there is more than one to choose from; and what is chosen by now."""
    added = request.POST.get("add")
    words = form.cleaned_data.get("words", "").strip()
    if "drop" in request.POST or not (added or words):
        return [], wanted
    today = timezone.localdate()
    found = queries.services_offered(encounter.facility, words, today)
    if added:
        found = [one for one in found if str(one.pk) == added]
    sure = [one for one in found if one.code.casefold() == words.casefold()] or found
    if len(sure) == 1:
        return [], with_one_more(wanted, sure[0].pk)
    if not found:
        form.add_error("words", _("No service with a price here begins like this."))
    return found, wanted


def _settled(
    request: HttpRequest, encounter: Encounter, form: CounterForm, wanted: list[Wanted], settle: str
) -> HttpResponseBase:
    said = {
        "encounter": encounter,
        "wanted": wanted,
        "request_key": form.cleaned_data["request_key"],
        "actor": request.user,
        "at": timezone.now(),
    }
    if settle == ACCOUNT:
        items = services.charge_account(**said)
        messages.success(request, _("%(count)s charged to the account.") % {"count": len(items)})
        return go(request, "billing:account_detail", encounter.pk)
    if settle == LATER:
        invoice = services.bill_counter(**said)
        messages.success(request, _("Bill %(number)s is issued.") % {"number": invoice})
        page = "billing:payment_new" if invoice.balance() else "billing:invoice_detail"
        return go(request, page, invoice.pk)
    shown, tendered = form.cleaned_data["shown"], form.cleaned_data["tendered"]
    invoice = services.bill_counter(**said, offers=[Offer(PaymentMode.CASH, "", shown, tendered)])
    payment = invoice.payments.first()
    messages.success(request, _("Receipt %(number)s is issued.") % {"number": payment or invoice})
    if tendered and payment and tendered > payment.amount:
        messages.info(request, _("Give back %(change)s.") % {"change": rupees(tendered - payment.amount)})
    query = {"taken": payment.pk} if payment else None
    return go(request, "billing:invoice_detail", invoice.pk, query=query)


def _desk(
    request: HttpRequest,
    encounter: Encounter,
    form: CounterForm,
    wanted: list[Wanted],
    *,
    found: Any = (),
    words: str = "",
    ready: bool = False,
) -> HttpResponseBase:
    """The page with what is chosen, as its bill would say it; what has no price any more is left out.

    `ready`: nothing is left to be looked for, Enter takes the money.
    """
    asked = {"encounter": encounter, "actor": request.user, "at": timezone.now()}
    try:
        lines = services.charges_wanted(wanted=wanted, **asked)
    except Refusal as refusal:
        form.say(refusal)
        ids = [one.definition_id for one in wanted]
        sold = queries.prices_for(ids, encounter.facility, day=timezone.localdate())
        left = [
            one
            for one in wanted
            if one.definition_id in sold and sold[one.definition_id].definition.is_active
        ]
        lines = services.charges_wanted(wanted=left, **asked)
    context = {
        "encounter": encounter,
        "form": form,
        "lines": [(item, why, form.miscounted.get(item.definition_id, item.quantity)) for item, why in lines],
        "found": found,
        "words": words,
        "ready": ready,
        "cover": queries.cover_with(encounter, lines) if lines else None,
        "total": sum(item.net for item, _why in lines),
        "has_shift": queries.open_shift_of(request.user) is not None,
    }
    fragment = "billing/_counter_form.html"
    return show(
        request, "billing/counter_new.html", context, fragment=fragment, status=422 if form.errors else 200
    )
