"""What is done with money: charged, billed, received, taken back."""

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

__all__ = [
    "Bill",
    "Offer",
    "Relief",
    "Service",
    "TakenBack",
    "Why",
    "add_charge",
    "add_scheme",
    "bill_at_once",
    "edit_scheme",
    "note_seen",
    "relief_by",
    "take_back",
    "take_payment",
]
