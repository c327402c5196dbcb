from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "lab"
    verbose_name = _("Laboratory")

    def ready(self) -> None:
        # The first adds its kinds to the clinical content; papers name their kinds; reports tell the eGFR.
        from lab import content, permissions, tasks  # noqa: F401
        from lab.documents import form_f, reports  # noqa: F401
        from patients.queries import above

        above.add_part(_("Results"), page="lab:result_summary", permission=permissions.VIEW_RESULTS)
