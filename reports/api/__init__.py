"""The reports' nouns."""

from reports.api.dashboards import DashboardViewSet

__all__ = ["DashboardViewSet"]
