"""Schemes, charges and invoices."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction

from billing.models import ChargeItem, Invoice, Scheme, Shift
from billing.services import Service, add_charge, bill_at_once
from hmis.kernel.rows import write

BILLED = datetime(2026, 7, 22, 4, 0, tzinfo=UTC)


def make_scheme(code="BPL", **changes):
    details = {
        "name": "BPL card",
        "name_hi": "बीपीएल कार्ड",
        "proof": "ration card",
        "proof_hi": "राशन कार्ड",
        "percent": Decimal(100),
    }
    return Scheme.objects.create(code=code, **details | changes)


def make_service(price, **changes):
    details = {"code": "XRAY", "description": "X-ray", "description_hi": "एक्स-रे", "source": "tests.order"}
    return Service(price=Decimal(price), **{"source_id": uuid4()} | details | changes)


def make_shift(cashier, *, opening_float="1000.00", at=BILLED, **changes) -> Shift:
    """This cashier's open shift, with money for change."""
    return Shift.objects.create(
        facility=cashier.posting.facility,
        cashier=cashier,
        opened_at=at,
        opening_float=Decimal(opening_float),
        **changes,
    )


def make_invoice(encounter, clerk, total="1000.00", *, at=BILLED) -> Invoice:
    """An issued one-line invoice of which nothing is paid."""
    with transaction.atomic():
        item, _ = add_charge(
            encounter=encounter, service=make_service(total), relief=None, actor=clerk, at=at
        )
        bill = bill_at_once(encounter=encounter, charges=[(item, None)], actor=clerk, at=at)
        write(item, *bill.rows)
    return bill.invoice


def make_charge(encounter, gross="10.00", *, at=BILLED, **changes) -> ChargeItem:
    details = {"code": "XRAY", "description": "X-ray", "description_hi": "एक्स-रे", "source": "tests.order"}
    return ChargeItem.objects.create(
        facility=encounter.facility,
        patient=encounter.patient,
        encounter=encounter,
        gross=Decimal(gross),
        raised_at=at,
        **{"source_id": uuid4()} | details | changes,
    )
