"""Inpatients: wards, beds, admissions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IpdConfig(AppConfig):
    name = "ipd"
    verbose_name = _("Inpatients")

    def ready(self) -> None:
        from hmis.kernel import facts
        from ipd import documents, permissions, states, tasks  # noqa: F401
        from ipd.queries.registers import REGISTERS

        def _title(code: str) -> str:
            return str(REGISTERS[code].title) if code in REGISTERS else code

        facts.explain(
            {
                "item": states.DischargeItem,
                "response": states.Response,
                "source": states.Source,
                "ipd.discharge_begun kind": states.DischargeType,
                "ipd.discharge_put_right kind": states.DischargeType,
                "ipd.patient_discharged kind": states.DischargeType,
                "ipd.register_exported register": _title,
                "ipd.register_viewed register": _title,
            }
        )
