from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "lab"
    verbose_name = _("Laboratory")

    def ready(self) -> None:
        from lab import content, tasks  # noqa: F401  (content adds its kinds to the clinical content)
