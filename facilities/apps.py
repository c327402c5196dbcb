from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FacilitiesConfig(AppConfig):
    name = "facilities"
    verbose_name = _("Places and people")

    def ready(self) -> None:
        from facilities.models.people import WhyDisabled, WhyRefused, WhyReset
        from facilities.models.places import BedKind
        from facilities.roles import Role
        from facilities.states import BedStatus
        from hmis.kernel import facts

        facts.explain(
            {
                "role": Role,
                "facilities.beds_added kind": BedKind,
                "facilities.login_refused why": WhyRefused,
                "facilities.password_reset because": WhyReset,
                "facilities.person_disabled because": WhyDisabled,
                "ipd.bed_state_changed now": BedStatus,
                "ipd.bed_state_changed was": BedStatus,
            }
        )
