"""Services, prices, covers and claims, written past the services."""

from datetime import date
from decimal import Decimal

from billing.models import ChargeItemDefinition, Claim, Exemption, SchemeCover, TariffPrice, TaxRule
from billing.states import ServiceKind
from tests.factories.billing import BILLED, make_charge, make_invoice, make_scheme
from tests.factories.facilities import written

LONG_AGO = date(2026, 1, 1)


def make_definition(code="XRAY", **changes):
    details = {"name": "X-ray chest", "name_hi": "एक्स-रे छाती", "kind": ServiceKind.IMAGING}
    return ChargeItemDefinition.objects.create(code=code, **details | changes)


def make_tax_rule(code="ROOM", **changes):
    details = {"name": "Room", "name_hi": "कमरा", "percent": Decimal(5), "source": "a rule"}
    return TaxRule.objects.create(code=code, **details | changes)


def new_price(definition, facility, price="100.00", **changes):
    details = {"valid_from": LONG_AGO, "price": Decimal(price)}
    return TariffPrice(definition=definition, facility=facility, **details | changes)


def make_price(definition, facility, price="100.00", **changes):
    return written(new_price(definition, facility, price, **changes))


def make_payer(code="PMJAY", **changes):
    """A scheme whose payer pays, once it has pre-authorised a package."""
    details = {
        "name": "PM-JAY",
        "name_hi": "आयुष्मान भारत",
        "is_claimed": True,
        "needs_approval": True,
        "package_code_form": "BM001A",
        "kinds": [ServiceKind.IMAGING, ServiceKind.LABORATORY, ServiceKind.BED_DAY],
    }
    return make_scheme(code, **details | changes)


def make_cover(encounter, granter, scheme=None, **changes):
    details = {
        "proof_number": "P-1",
        "package_code": "BM001A",
        "preauth_number": "PA/1",
        "preauth_amount": Decimal("5000.00"),
        "granted_at": BILLED,
    }
    return SchemeCover.objects.create(
        facility=encounter.facility,
        encounter=encounter,
        scheme=scheme or make_payer(),
        granted_by=granter,
        **details | changes,
    )


def make_exempted(encounter, granter, scheme, amount="400.00", **changes):
    """A charge that this scheme lets off whole, and why."""
    item = make_charge(encounter, amount, discount=Decimal(amount), **changes)
    exemption = Exemption.objects.create(
        facility=encounter.facility,
        charge_item=item,
        scheme=scheme,
        reason=scheme.name,
        reason_hi=scheme.name_hi,
        amount=Decimal(amount),
        is_claimed=scheme.is_claimed,
        granted_by=granter,
        granted_at=BILLED,
    )
    return item, exemption


def make_claim(encounter, clerk, scheme=None, amount="400.00", *, at=BILLED, **changes):
    """A claim that its bill has just opened."""
    invoice = make_invoice(encounter, clerk, "0.00", at=at)
    return Claim.objects.create(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        invoice=invoice,
        scheme=scheme or make_payer(),
        amount=Decimal(amount),
        opened_at=at,
        **changes,
    )
