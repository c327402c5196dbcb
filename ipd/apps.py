"""Inpatients: wards, beds, admissions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IpdConfig(AppConfig):
    name = "ipd"
    verbose_name = _("Inpatients")

    def ready(self) -> None:
        from ipd import documents, permissions, tasks  # noqa: F401
