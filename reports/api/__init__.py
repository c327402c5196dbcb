"""The reports' nouns."""

from reports.api.registers import RegisterViewSet

__all__ = ["RegisterViewSet"]
