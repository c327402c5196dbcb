"""What something costs, raised when it happens: by this one function, whichever app it happens in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing import pricing, queries
from billing.models import (
    ChargeItem,
    ChargeItemDefinition,
    ChargeReversal,
    Exemption,
    InvoiceLine,
    Scheme,
    TariffPrice,
)
from billing.postings import Sale
from billing.pricing import Tax
from billing.states import ServiceKind
from hmis.kernel import facts
from hmis.kernel.errors import Refusal, at_field
from hmis.kernel.money import LARGEST, NOTHING
from hmis.kernel.rows import write
from patients.identifiers import refuse_aadhaar
from patients.models import Encounter, EncounterClass

# A charge and why it asks less, if it does.
ChargeLine = tuple[ChargeItem, Exemption | None]


@dataclass(frozen=True)
class Service:
    """What is charged: its code and name, its price in ₹, and the row that it arose from."""

    code: str
    description: str
    description_hi: str
    price: Decimal
    source: str
    source_id: UUID
    kind: ServiceKind = ServiceKind.REGISTRATION
    quantity: int = 1
    definition: ChargeItemDefinition | None = None
    tax: Tax | None = None
    is_intensive: bool = False


def service_at(price: TariffPrice, *, source: str, source_id: UUID, quantity: int = 1) -> Service:
    """A line of the tariff at the price that holds, with its definition and tax (`queries.prices_for`)."""
    definition = price.definition
    return Service(
        code=definition.code,
        description=definition.name,
        description_hi=definition.name_hi,
        price=price.price,
        source=source,
        source_id=source_id,
        kind=ServiceKind(definition.kind),
        quantity=quantity,
        definition=definition,
        tax=queries.tax_of(definition),
    )


@dataclass(frozen=True)
class Relief:
    """Why less is asked: a scheme with its proof, or a reason of its own (a follow-up)."""

    percent: Decimal
    reason: str
    reason_hi: str
    scheme: Scheme | None = None
    proof_number: str = ""


def refuse_proof(scheme: Scheme, number: str) -> None:
    """Refuses a proof that is asked for and has no number, and an Aadhaar number (domain rule).

    Ration cards have as many digits as an Aadhaar: by chance one in ten looks like it.
    """
    if scheme.needs_proof and not number:
        raise Refusal(
            _("Write the number of the proof: %(proof)s."), field="proof_number", proof=scheme.proof_asked()
        )
    if "ration card" in scheme.proof.casefold():
        return
    with at_field("proof_number"):
        refuse_aadhaar(number)


def relief_by(scheme: Scheme, proof_number: str) -> Relief:
    """The relief a scheme gives. Refuses a proof that will not do."""
    refuse_proof(scheme, proof_number)
    return Relief(scheme.percent, scheme.on_paper("en"), scheme.on_paper("hi"), scheme, proof_number)


def add_charge(
    *, encounter: Encounter, service: Service, relief: Relief | None, actor: Any, at: datetime
) -> ChargeLine:
    """The part of an act that raises a charge, and says why it asks less: rows for it to write.

    Once per source, or the database refuses. The price is copied and never looked up again.
    """
    tax = _tax_percent(encounter, service)
    priced = pricing.line(
        service.price,
        service.quantity,
        percent_off=relief.percent if relief else Decimal(0),
        tax_percent=tax,
    )
    item = ChargeItem(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        source=service.source,
        source_id=service.source_id,
        code=service.code,
        description=service.description,
        description_hi=service.description_hi,
        kind=service.kind,
        definition=service.definition,
        sac_hsn=service.definition.sac_hsn if service.definition else "",
        quantity=service.quantity,
        unit_price=service.price,
        gross=priced.gross,
        discount=priced.discount,
        tax_percent=tax,
        tax=priced.tax,
        raised_at=at,
    )
    return item, _exempt(item, relief, actor=actor, at=at) if relief else None


def _tax_percent(encounter: Encounter, service: Service) -> Decimal:
    if service.tax is None:
        return NOTHING
    outside = encounter.encounter_class in {EncounterClass.AMBULATORY, EncounterClass.EMERGENCY}
    return service.tax.on(service.price, is_outpatient=outside, is_intensive=service.is_intensive)


def _exempt(item: ChargeItem, relief: Relief, *, actor: Any, at: datetime) -> Exemption:
    return Exemption(
        facility=item.facility,
        charge_item=item,
        scheme=relief.scheme,
        reason=relief.reason,
        reason_hi=relief.reason_hi,
        proof_number=relief.proof_number,
        amount=item.discount,
        is_claimed=bool(relief.scheme and relief.scheme.is_claimed),
        granted_by=actor,
        granted_at=at,
    )


def let_off_later(item: ChargeItem, relief: Relief, *, actor: Any, at: datetime) -> Exemption:
    """The part of an act that lets something off a charge that is on no bill; it writes both rows.

    Its price stays the one that was copied. The act has locked the encounter.
    """
    priced = pricing.line(item.gross, percent_off=relief.percent, tax_percent=item.tax_percent)
    item.discount, item.tax = priced.discount, priced.tax
    return _exempt(item, relief, actor=actor, at=at)


def sale_of(lines: Sequence[ChargeLine]) -> Sale:
    """What these charges say together to the ledger."""
    items = [item for item, _ in lines]
    return Sale(
        asked=sum((item.gross - item.discount for item in items), NOTHING),
        tax=sum((item.tax for item in items), NOTHING),
        let_off=tuple((one.amount, one.is_claimed, one.pk) for _, one in lines if one),
    )


def refuse_too_much(lines: Sequence[ChargeLine]) -> None:
    """Refuses charges that no bill can hold together: the database would only stumble over them."""
    if sum((item.gross + item.tax for item, _ in lines), NOTHING) > LARGEST:
        raise Refusal(_("This comes to more than a bill can hold."))


def reverse_charge(*, item: ChargeItem, reason: str, actor: Any, at: datetime) -> ChargeReversal:
    """The part of an act that takes back a charge which was not billed yet: its order was cancelled.

    The act has locked the encounter. Refuses one that was billed: its bill is taken back by a credit note.
    """
    if InvoiceLine.objects.filter(charge_item=item).exists():
        raise Refusal(_("%(item)s is on a bill already. Ask for a credit note."), item=item)
    reversal = ChargeReversal(
        facility_id=item.facility_id, charge_item=item, reason=reason, reversed_by=actor, reversed_at=at
    )
    write(reversal)
    facts.record(
        "billing.charge_reversed",
        about=item,
        actor=actor,
        at=at,
        patient_id=item.patient_id,
        amount=item.net,
        code=item.code,
    )
    return reversal
