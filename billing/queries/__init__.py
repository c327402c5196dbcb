"""Reads of money."""

from billing.queries.claims import BUCKETS, ageing, by_status, claims_of, give_days, owed_by_schemes
from billing.queries.covers import approvers_at, covers_of, covers_running, give_used
from billing.queries.dues import (
    DischargeAnswer,
    discharge_answer,
    dues_of,
    outstanding,
    outstanding_total,
    unbilled_of,
    with_owed,
)
from billing.queries.invariants import balance_faults, invoice_faults, number_faults, told_faults
from billing.queries.money import genuine_receipt, lines_of, payments_of, refunds_of
from billing.queries.tariffs import (
    price_of,
    prices_from,
    prices_of,
    services_offered,
    tariff_of,
    tariff_version,
    tax_of,
)

__all__ = [
    "BUCKETS",
    "DischargeAnswer",
    "ageing",
    "approvers_at",
    "balance_faults",
    "by_status",
    "claims_of",
    "covers_of",
    "covers_running",
    "discharge_answer",
    "dues_of",
    "genuine_receipt",
    "give_days",
    "give_used",
    "invoice_faults",
    "lines_of",
    "number_faults",
    "outstanding",
    "outstanding_total",
    "owed_by_schemes",
    "payments_of",
    "price_of",
    "prices_from",
    "prices_of",
    "refunds_of",
    "services_offered",
    "tariff_of",
    "tariff_version",
    "tax_of",
    "told_faults",
    "unbilled_of",
    "with_owed",
]
