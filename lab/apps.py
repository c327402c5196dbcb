from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabConfig(AppConfig):
    name = "lab"
    verbose_name = _("Laboratory")

    def ready(self) -> None:
        from hmis.kernel import facts

        # The first adds its kinds to the clinical content; papers name their kinds; reports tell the eGFR.
        from lab import content, permissions, states, tasks  # noqa: F401
        from lab.documents import form_f, reports  # noqa: F401
        from patients.queries import above

        above.add_part(_("Results"), page="lab:result_summary", permission=permissions.VIEW_RESULTS)
        facts.explain(
            {
                "origin": states.ResultOrigin,
                "priority": states.Priority,
                "proof": states.Proof,
                "protocol": states.WireProtocol,
                "lab.order_cancelled reason": states.CancelReason,
                "lab.result_held reason": states.HoldReason,
                "lab.specimen_rejected reason": states.RejectReason,
                "lab.tray_result_discarded reason": states.DiscardReason,
                "lab.tray_result_entered why": states.WhyInTray,
                "lab.figures_exported of": states.Sheet,
                "lab.notifiable_exported of": states.Sheet,
            }
        )
