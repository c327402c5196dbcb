from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit import tasks  # noqa: F401
        from audit.states import Verdict
        from audit.words import Kind, permission_words
        from hmis.kernel import facts

        facts.explain(
            {
                "kinds": Kind,
                "verdict": Verdict,
                "permission": permission_words,
            }
        )
