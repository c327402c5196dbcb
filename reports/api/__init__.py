"""The reports' nouns."""

from reports.api.dashboards import (
    DashboardViewSet,
)
from reports.api.registers import (
    RegisterViewSet,
)
from reports.api.registries import (
    RegistryViewSet,
)
from reports.api.rollout import (
    RolloutViewSet,
)

__all__ = [
    "DashboardViewSet",
    "RegisterViewSet",
    "RegistryViewSet",
    "RolloutViewSet",
]
