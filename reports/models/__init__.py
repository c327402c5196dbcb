"""What the reports keep."""

from reports.models.figures import (
    DailyFigure,
)
from reports.models.rollout import (
    BUCKETS,
    CLOSES_AT,
    MEANWHILE,
    OPEN_DAYS,
    OPENS_AT,
    LinkHour,
    ModuleExpectation,
    ModuleUse,
    RolloutSetting,
    RolloutStep,
)
from reports.models.runs import (
    ReportRun,
)

__all__ = [
    "BUCKETS",
    "CLOSES_AT",
    "MEANWHILE",
    "OPENS_AT",
    "OPEN_DAYS",
    "DailyFigure",
    "LinkHour",
    "ModuleExpectation",
    "ModuleUse",
    "ReportRun",
    "RolloutSetting",
    "RolloutStep",
]
