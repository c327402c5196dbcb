"""Reads across the apps."""

from reports.queries.counting import NOTHING, Cell, Counts, counted, kept, midnight, sums, touched_cells
from reports.queries.listing import Line, Row, days_with, hospitals_of, parts_of, rows_of
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
    "Line",
    "Review",
    "Row",
    "Scope",
    "actless",
    "beds_of_hospitals",
    "counted",
    "days_of",
    "days_with",
    "diagnoses",
    "hospitals_of",
    "kept",
    "live",
    "lying_now",
    "midnight",
    "parts_of",
    "review",
    "rows_of",
    "scope_of",
    "sums",
    "touched_cells",
    "uncharged",
    "weekly",
]
