"""Pages of places and people: the doors of the house, and its administration."""

from facilities.views.doors import FIRST_PAGES

__all__ = ["FIRST_PAGES"]
