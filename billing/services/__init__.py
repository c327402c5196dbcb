"""What is done with money: charged, billed, received, taken back."""

from billing.services.bank import (
    apply_settlement,
    bounce_cheque,
    clear_cheque,
    match_payment,
    match_settlement,
    prepare_settlement,
)
from billing.services.charges import Relief, Service, add_charge, relief_by, reverse_charge
from billing.services.collections import note_export
from billing.services.invoices import (
    Bill,
    bill_at_once,
    issue_invoice,
    note_account_seen,
    note_searched,
    note_seen,
    print_bill,
    unbilled,
)
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
from billing.services.shifts import accept_shift, close_shift, open_shift, record_challan

__all__ = [
    "Ask",
    "Bill",
    "Offer",
    "Relief",
    "Service",
    "TakenBack",
    "Why",
    "accept_shift",
    "add_charge",
    "add_scheme",
    "apply_settlement",
    "ask_refund",
    "bill_at_once",
    "bounce_cheque",
    "clear_cheque",
    "close_shift",
    "decide_refund",
    "drawer_of",
    "edit_scheme",
    "issue_invoice",
    "match_payment",
    "match_settlement",
    "note_account_seen",
    "note_export",
    "note_searched",
    "note_seen",
    "open_shift",
    "pay_refund",
    "prepare_settlement",
    "print_bill",
    "record_challan",
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
