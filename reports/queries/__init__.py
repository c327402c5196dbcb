"""Reads across the apps."""

from reports.queries.link import Link, LinkDay, last_heard, link_days, links_of, median_of
from reports.queries.reconciling import MOST, actless, uncharged
from reports.queries.rollout import (
    Line,
    Use,
    Why,
    expectations_of,
    hospitals_of,
    lines_for,
    rollout_of,
    screens_now,
    setting_of,
)
from reports.queries.use import acts_of, latest_use, module_of

__all__ = [
    "MOST",
    "Line",
    "Link",
    "LinkDay",
    "Use",
    "Why",
    "actless",
    "acts_of",
    "expectations_of",
    "hospitals_of",
    "last_heard",
    "latest_use",
    "lines_for",
    "link_days",
    "links_of",
    "median_of",
    "module_of",
    "rollout_of",
    "screens_now",
    "setting_of",
    "uncharged",
]
