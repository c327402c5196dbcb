"""What is done with orders of tests and imaging."""

from lab.services.orders import (
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
    set_priority,
)

__all__ = [
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
    "set_priority",
]
