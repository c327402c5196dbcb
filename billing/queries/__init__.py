"""Reads of money."""

from billing.queries.invariants import balance_faults, invoice_faults, number_faults, told_faults
from billing.queries.money import (
    charge_on,
    charges_on,
    genuine_receipt,
    lines_of,
    lines_on,
    payments_of,
    refunds_of,
)

__all__ = [
    "balance_faults",
    "charge_on",
    "charges_on",
    "genuine_receipt",
    "invoice_faults",
    "lines_of",
    "lines_on",
    "number_faults",
    "payments_of",
    "refunds_of",
    "told_faults",
]
