"""The laboratory's nouns."""

from lab.api.orders import OrderViewSet, TestViewSet
from lab.api.results import ReportViewSet, ResultViewSet, SpecimenViewSet

__all__ = ["OrderViewSet", "ReportViewSet", "ResultViewSet", "SpecimenViewSet", "TestViewSet"]
