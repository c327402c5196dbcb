"""The wards' nouns."""

from ipd.api.leaving import DeathViewSet, DischargeViewSet

__all__ = ["DeathViewSet", "DischargeViewSet"]
