"""The papers of money."""

from billing.documents.bills import issue_bill, issue_credit_note
from billing.documents.receipts import issue_deposit_receipt, issue_receipt, issue_voucher
from billing.documents.shifts import issue_closing_sheet

__all__ = [
    "issue_bill",
    "issue_closing_sheet",
    "issue_credit_note",
    "issue_deposit_receipt",
    "issue_receipt",
    "issue_voucher",
]
