from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpdConfig(AppConfig):
    name = "opd"
    verbose_name = _("OPD")

    def ready(self) -> None:
        from hmis.kernel import facts
        from opd import states, tasks  # noqa: F401

        facts.explain(
            {
                "triage": states.Triage,
                "opd.casualty_left outcome": states.Outcome,
                "opd.casualty_triaged now": states.Triage,
                "opd.casualty_triaged was": states.Triage,
                "opd.clinic_closed because": states.CloseReason,
                "opd.token_cancelled because": states.CancelReason,
                "opd.token_left how": states.LeftHow,
                "opd.token_returned was": states.TokenStatus,
            }
        )
