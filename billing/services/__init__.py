"""What is done with money: charged, billed, received, taken back."""

from billing.services.bank import (
    apply_settlement,
    bounce_cheque,
    clear_cheque,
    match_payment,
    match_settlement,
    prepare_settlement,
)
from billing.services.collections import note_export
from billing.services.invoices import (
    Bill,
    Offer,
    Relief,
    Service,
    TakenBack,
    Why,
    add_charge,
    bill_at_once,
    note_seen,
    relief_by,
    take_back,
    take_payment,
)
from billing.services.schemes import add_scheme, edit_scheme
from billing.services.shifts import accept_shift, close_shift, open_shift, record_challan

__all__ = [
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
    "bill_at_once",
    "bounce_cheque",
    "clear_cheque",
    "close_shift",
    "edit_scheme",
    "match_payment",
    "match_settlement",
    "note_export",
    "note_seen",
    "open_shift",
    "prepare_settlement",
    "record_challan",
    "relief_by",
    "take_back",
    "take_payment",
]
