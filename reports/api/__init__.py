"""The nouns of the review."""

from reports.api.registries import RegistryViewSet

__all__ = ["RegistryViewSet"]
