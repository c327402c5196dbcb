"""What the reports keep."""

from reports.models.figures import (
    DailyFigure,
    WeeklyFigure,
)
from reports.models.registries import (
    DONE,
    LATE,
    LATER,
    REMINDED,
    SETTLED,
    SOON,
    RegistryEntry,
    RegistryImport,
)
from reports.models.rollout import (
    BUCKETS,
    CLOSES_AT,
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
    "DONE",
    "LATE",
    "LATER",
    "OPENS_AT",
    "OPEN_DAYS",
    "REMINDED",
    "SETTLED",
    "SOON",
    "DailyFigure",
    "LinkHour",
    "ModuleExpectation",
    "ModuleUse",
    "RegistryEntry",
    "RegistryImport",
    "ReportRun",
    "RolloutSetting",
    "RolloutStep",
    "WeeklyFigure",
]
