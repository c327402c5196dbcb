"""Two hospitals with something of each noun, a browser for each role: those of the walk over pages."""

from tests.architecture.test_access import here, ours, signed_in, stage, theirs, there

__all__ = ["here", "ours", "signed_in", "stage", "theirs", "there"]
