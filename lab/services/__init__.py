"""What is done with orders of tests and imaging."""

from lab.services.orders import (
    MOST_AT_ONCE,
    Asking,
    Offer,
    OrderedAlready,
    Wanted,
    cancel_order,
    charge_order,
    note_orders_searched,
    note_orders_seen,
    offers,
    order_tests,
    print_slip,
    set_priority,
)
from lab.services.quality import Lot, Reading, answer_control, enter_controls, set_control_level

__all__ = [
    "MOST_AT_ONCE",
    "Asking",
    "Lot",
    "Offer",
    "OrderedAlready",
    "Reading",
    "Wanted",
    "answer_control",
    "cancel_order",
    "charge_order",
    "enter_controls",
    "note_orders_searched",
    "note_orders_seen",
    "offers",
    "order_tests",
    "print_slip",
    "set_control_level",
    "set_priority",
]
