"""What is done with money: charged, billed, received, taken back."""

from billing.services.charges import Relief, Service, add_charge, relief_by, reverse_charge
from billing.services.invoices import Bill, bill_at_once, issue_invoice, note_seen, print_bill, unbilled
from billing.services.payments import Offer, shift_at_hand, take_deposit, take_payment, take_payments
from billing.services.refunds import (
    Ask,
    TakenBack,
    Why,
    ask_refund,
    decide_refund,
    drawer_of,
    pay_refund,
    take_back,
    withdraw_refund,
)
from billing.services.schemes import add_scheme, edit_scheme

__all__ = [
    "Ask",
    "Bill",
    "Offer",
    "Relief",
    "Service",
    "TakenBack",
    "Why",
    "add_charge",
    "add_scheme",
    "ask_refund",
    "bill_at_once",
    "decide_refund",
    "drawer_of",
    "edit_scheme",
    "issue_invoice",
    "note_seen",
    "pay_refund",
    "print_bill",
    "relief_by",
    "reverse_charge",
    "shift_at_hand",
    "take_back",
    "take_deposit",
    "take_payment",
    "take_payments",
    "unbilled",
    "withdraw_refund",
]
