"""Reads across the apps."""

from reports.queries.counting import NOTHING, Cell, Counts, counted, kept, midnight, sums, touched_cells
from reports.queries.reconciling import MOST, actless, uncharged
from reports.queries.review import (
    USUAL_DAYS,
    Review,
    Scope,
    beds_of_hospitals,
    days_of,
    diagnoses,
    live,
    lying_now,
    review,
    scope_of,
    weekly,
)

__all__ = [
    "MOST",
    "NOTHING",
    "USUAL_DAYS",
    "Cell",
    "Counts",
    "Review",
    "Scope",
    "actless",
    "beds_of_hospitals",
    "counted",
    "days_of",
    "diagnoses",
    "kept",
    "live",
    "lying_now",
    "midnight",
    "review",
    "scope_of",
    "sums",
    "touched_cells",
    "uncharged",
    "weekly",
]
