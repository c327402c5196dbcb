"""Reads of the laboratory: what can be ordered, what was ordered, where it is, what was found."""

from lab.queries.approvals import AnalyteSaid, Told, analytes_of, approved_here
from lab.queries.orders import (
    BILLED_LATER,
    LINKED,
    MOST_SHOWN,
    SLIP,
    catalogue_of,
    favourite_tests,
    give_owing,
    last_slip_of,
    open_encounters_of,
    orders_by_slip,
    orders_here,
    orders_of,
    orders_of_patient,
    tests_for,
    tests_in_use,
    with_money,
)

__all__ = [
    "BILLED_LATER",
    "LINKED",
    "MOST_SHOWN",
    "SLIP",
    "AnalyteSaid",
    "Told",
    "analytes_of",
    "approved_here",
    "catalogue_of",
    "favourite_tests",
    "give_owing",
    "last_slip_of",
    "open_encounters_of",
    "orders_by_slip",
    "orders_here",
    "orders_of",
    "orders_of_patient",
    "tests_for",
    "tests_in_use",
    "with_money",
]
