"""Tariff, schemes, charges, invoices, payments, shifts, the ledger."""

from billing.models.charges import ChargeItem, ChargeReversal, Exemption
from billing.models.invoices import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.models.ledger import LedgerEntry
from billing.models.payments import (
    Bounce,
    Clearance,
    DepositAccount,
    Payment,
    Refund,
    RefundRequest,
    Settlement,
    SettlementLine,
)
from billing.models.schemes import Claim, Scheme, SchemeCover
from billing.models.shifts import Shift, TreasuryDeposit
from billing.models.tariff import ChargeItemDefinition, TariffPrice, TaxRule

__all__ = [
    "Bounce",
    "ChargeItem",
    "ChargeItemDefinition",
    "ChargeReversal",
    "Claim",
    "Clearance",
    "CreditNote",
    "CreditNoteLine",
    "DepositAccount",
    "Exemption",
    "Invoice",
    "InvoiceLine",
    "LedgerEntry",
    "Payment",
    "Refund",
    "RefundRequest",
    "Scheme",
    "SchemeCover",
    "Settlement",
    "SettlementLine",
    "Shift",
    "TariffPrice",
    "TaxRule",
    "TreasuryDeposit",
]
