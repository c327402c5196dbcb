"""Reads across the apps."""

from reports.queries.reconciling import MOST, actless, uncharged

__all__ = ["MOST", "actless", "uncharged"]
