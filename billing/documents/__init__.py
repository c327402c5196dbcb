"""The papers of money."""

from billing.documents.receipts import issue_receipt, issue_voucher
from billing.documents.shifts import issue_closing_sheet

__all__ = ["issue_closing_sheet", "issue_receipt", "issue_voucher"]
