"""What a counter charges from the tariff: on a bill at once, or onto the account of a stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import queries
from billing.models import ChargeItem, Invoice
from billing.services.charges import ChargeLine, add_charge, refuse_too_much, service_at
from billing.services.covers import standing_of
from billing.services.invoices import bill_at_once
from billing.services.payments import Offer, shift_at_hand
from billing.states import COUNTER, InvoiceKind
from hmis.kernel import facts, requests
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal
from patients import services as patients
from patients.models import Encounter
from patients.states import EncounterStatus

MOST_AT_ONCE = 40
MOST_OF_ONE = 9999


@dataclass(frozen=True)
class Wanted:
    """A service of the tariff, and how many of it."""

    definition_id: UUID
    quantity: int = 1


def charges_wanted(
    *, encounter: Encounter, wanted: Sequence[Wanted], ids: Sequence[UUID] = (), actor: Any, at: datetime
) -> list[ChargeLine]:
    """What these services cost this encounter now, what is let off and why: rows that nobody has written.

    `ids`: what the charges arise from. Refuses what is not on the tariff here.
    """
    today = timezone.localdate(at)
    standing = standing_of(encounter, today)
    prices = queries.prices_for(
        [one.definition_id for one in wanted], encounter.facility, scheme=standing.granted, day=today
    )
    lines = []
    for one, source_id in zip(wanted, ids or [one.definition_id for one in wanted], strict=True):
        price = prices.get(one.definition_id)
        if price is None or not price.definition.is_active:
            raise Refusal(_("One of these services has no price here any more."), field="words")
        service = service_at(price, source=COUNTER, source_id=source_id, quantity=one.quantity)
        relief = standing.relief_on(service.kind)
        lines.append(add_charge(encounter=encounter, service=service, relief=relief, actor=actor, at=at))
    return lines


@act
def bill_counter(
    *,
    encounter: Encounter,
    wanted: Sequence[Wanted],
    offers: Sequence[Offer] = (),
    request_key: UUID,
    actor: Any,
    at: datetime,
) -> Invoice:
    """A bill of these services, and its payment and receipt where money was given.

    Refuses nothing to bill, a cancelled visit, what has no price here, offers that do not come to the bill,
    and cash without an open shift.
    """
    body = [encounter.pk, _said(wanted), [one.claimed() for one in offers]]
    invoice_id, seen = requests.claim(request_key, "billing.bill_counter", actor=actor, body=body)
    if seen:
        return Invoice.objects.get(pk=invoice_id)
    shift_id = shift_at_hand(actor) if offers else None
    held, charges = _charge(encounter, wanted, invoice_id, actor=actor, at=at)
    bill = bill_at_once(
        encounter=held,
        charges=charges,
        offers=offers,
        shift_id=shift_id,
        kind=InvoiceKind.COUNTER,
        invoice_id=invoice_id,
        actor=actor,
        at=at,
    )
    facts.record(
        "billing.invoice_issued",
        about=bill.invoice,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=bill.rows,
        amount=bill.invoice.total,
        kind=InvoiceKind.COUNTER,
    )
    return bill.invoice


@act
def charge_account(
    *, encounter: Encounter, wanted: Sequence[Wanted], request_key: UUID, actor: Any, at: datetime
) -> list[ChargeItem]:
    """These services stand on the account of the visit or stay; its next bill asks for them.

    Refuses what `bill_counter` refuses.
    """
    body = [encounter.pk, _said(wanted)]
    first, seen = requests.claim(request_key, "billing.charge_account", actor=actor, body=body)
    if seen:
        kept = ChargeItem.objects.filter(source=COUNTER, source_id__in=requests.following(first, len(wanted)))
        return list(kept.order_by("raised_at", "pk"))
    _held, charges = _charge(encounter, wanted, first, actor=actor, at=at)
    return [item for item, _why in charges]


def _charge(
    encounter: Encounter, wanted: Sequence[Wanted], first: UUID, *, actor: Any, at: datetime
) -> tuple[Encounter, list[ChargeLine]]:
    """The encounter, locked, and its new charges, written."""
    if not wanted:
        raise Refusal(_("Nothing is chosen yet."), field="words")
    if len(wanted) > MOST_AT_ONCE:
        raise Refusal(_("At most %(most)s on one bill."), field="words", most=MOST_AT_ONCE)
    held = patients.lock_encounter(encounter)
    if held.status == EncounterStatus.CANCELLED:
        raise Refusal(_("This visit was cancelled."))
    ids = requests.following(first, len(wanted))
    charges = charges_wanted(encounter=held, wanted=wanted, ids=ids, actor=actor, at=at)
    refuse_too_much(charges)
    facts.record(
        "billing.services_charged",
        about=held,
        actor=actor,
        at=at,
        patient_id=held.patient_id,
        new=[row for line in charges for row in line],
        codes=[item.code for item, _why in charges],
    )
    return held, charges


def _said(wanted: Sequence[Wanted]) -> list[Any]:
    return [[one.definition_id, one.quantity] for one in wanted]
