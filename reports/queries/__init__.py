"""Reads across the apps."""

from reports.queries.counting import NOTHING, Cell, Counts, counted, kept, midnight, sums, touched_cells
from reports.queries.reconciling import MOST, actless, uncharged

__all__ = [
    "MOST",
    "NOTHING",
    "Cell",
    "Counts",
    "actless",
    "counted",
    "kept",
    "midnight",
    "sums",
    "touched_cells",
    "uncharged",
]
