"""Prices of the demo's hospitals: made up, so that a counter has something to bill. No hospital has them."""

from datetime import date
from decimal import Decimal
from zlib import crc32

from billing.models import ChargeItemDefinition, TariffPrice
from billing.states import ServiceKind, WardClass
from facilities.models import Facility

# ₹, by the kind of service; each service of a kind gets one of them by its code.
STEPS = {
    ServiceKind.REGISTRATION: (20, 50),
    ServiceKind.LABORATORY: (30, 60, 100, 150, 250),
    ServiceKind.IMAGING: (100, 150, 300, 800),
    ServiceKind.PROCEDURE: (20, 50, 100, 500),
    ServiceKind.CERTIFICATE: (20, 50, 100),
    ServiceKind.OTHER: (20, 50, 200),
}
BEDS = {"BED-GEN": 20, "BED-SEMI": 400, "BED-PVT": 1500, "BED-ICU": 2000, "BED-NICU": 1000, "BED-OBS": 50}
# The one room of the demo that GST is charged on.
DEAR_ROOM = (WardClass.PRIVATE, "BED-PVT", Decimal("5500.00"))


def price_everything(facility: Facility, day: date) -> None:
    """A price for everybody, once. Medicines and packages have no fixed one."""
    if TariffPrice.objects.filter(facility=facility).exists():
        return
    services = {one.code: one for one in ChargeItemDefinition.objects.filter(is_active=True)}
    priced = {code: _price(one) for code, one in services.items()}
    prices = [
        TariffPrice(facility=facility, definition=services[code], price=Decimal(price), valid_from=day)
        for code, price in priced.items()
        if price
    ]
    ward_class, code, price = DEAR_ROOM
    if code in services:
        dear = TariffPrice(definition=services[code], ward_class=ward_class, price=price, valid_from=day)
        dear.facility = facility
        prices.append(dear)
    TariffPrice.objects.bulk_create(prices)


def _price(service: ChargeItemDefinition) -> int:
    if service.code in BEDS:
        return BEDS[service.code]
    steps = STEPS.get(ServiceKind(service.kind), ())
    return steps[crc32(service.code.encode()) % len(steps)] if steps else 0
