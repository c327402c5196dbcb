"""What the reports keep."""

from reports.models.figures import DailyFigure
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

__all__ = [
    "DONE",
    "LATE",
    "LATER",
    "REMINDED",
    "SETTLED",
    "SOON",
    "DailyFigure",
    "RegistryEntry",
    "RegistryImport",
]
