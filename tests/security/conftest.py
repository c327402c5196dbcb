"""Two hospitals with something of each noun, a browser for each role: those of the walk over pages."""

from tests.architecture.test_access import here, signed_in, stage, there

__all__ = ["here", "signed_in", "stage", "there"]
