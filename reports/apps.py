from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = _("Reports")

    def ready(self) -> None:
        from hmis.kernel import facts
        from reports import pack, registers, states, tasks  # noqa: F401
        from reports.kinds import KINDS
        from reports.measures import MEASURES
        from reports.queries.registers import OPD

        def register(code: str) -> Any:
            return OPD.title if code == OPD.code else _("IDSP form P")

        facts.explain(
            {
                "measure": lambda key: MEASURES[key].label if key in MEASURES else key,
                "report": lambda code: KINDS[code].title if code in KINDS else code,
                "reports.register_exported register": register,
                "reports.register_viewed register": register,
                "reports.registry_entry_moved to": states.RegistryStatus,
                "reports.registry_entry_moved was": states.RegistryStatus,
                "reports.rollout_step_set status": states.RolloutStatus,
                "reports.rollout_step_set step": states.StepKind,
            }
        )
