"""What may be done with money."""

VIEW_INVOICE = "billing.view_invoice"
TAKE_PAYMENT = "billing.take_payment"
