"""Reads of money."""

from billing.queries.invariants import balance_faults, invoice_faults, number_faults, told_faults
from billing.queries.money import genuine_receipt, lines_of, payments_of, refunds_of

__all__ = [
    "balance_faults",
    "genuine_receipt",
    "invoice_faults",
    "lines_of",
    "number_faults",
    "payments_of",
    "refunds_of",
    "told_faults",
]
