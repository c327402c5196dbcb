"""Two hospitals with something of each noun, a browser for each role: those of the walk over pages."""

from tests.architecture.test_access import logged_in, ours, theirs

__all__ = ["logged_in", "ours", "theirs"]
