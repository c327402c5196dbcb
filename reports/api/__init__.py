"""The nouns of the reviews."""

from reports.api.rollout import RolloutViewSet

__all__ = ["RolloutViewSet"]
