"""What the reports keep."""

from reports.models.figures import DailyFigure

__all__ = ["DailyFigure"]
