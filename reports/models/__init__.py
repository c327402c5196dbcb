"""What the reports keep."""

from reports.models.figures import DailyFigure
from reports.models.runs import ReportRun

__all__ = ["DailyFigure", "ReportRun"]
