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

__all__ = [
    "MOST_AT_ONCE",
    "Asking",
    "Offer",
    "OrderedAlready",
    "Wanted",
    "cancel_order",
    "charge_order",
    "note_orders_searched",
    "note_orders_seen",
    "offers",
    "order_tests",
    "print_slip",
    "set_priority",
]
