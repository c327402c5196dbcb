"""What may be done with money."""

VIEW_INVOICE = "billing.view_invoice"
TAKE_PAYMENT = "billing.take_payment"
VIEW_SCHEMES = "billing.view_schemes"
MANAGE_SCHEMES = "billing.manage_schemes"
