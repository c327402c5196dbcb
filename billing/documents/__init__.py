"""The papers of money."""

from billing.documents.receipts import issue_receipt, issue_voucher

__all__ = ["issue_receipt", "issue_voucher"]
