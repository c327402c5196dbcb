"""What every page of a signed-in person shows: where they work, and the way to their pages."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

# (permission, URL name, words, key): in this order in the bar.
PAGES = [
    ("opd.register_visit", "opd:registration_new", _("Front desk")),
    ("opd.register_casualty", "opd:casualty_new", _("Casualty")),
    ("opd.view_queue", "opd:clinicday_list", _("Queues")),
    ("patients.search_patients", "patients:patient_list", _("Patients")),
    ("opd.view_queue", "opd:registration_list", _("Today's slips")),
    ("patients.view_cases", "patients:case_list", _("MLC register")),
    ("opd.manage_displays", "opd:display_list", _("Screens")),
]

# Buttons that only some roles see; the view behind each asks again.
BUTTONS = {
    "may_register": "opd.register_visit",
    "may_edit": "patients.edit_patient",
    "may_move": "opd.move_token",
    "may_cancel": "opd.cancel_token",
    "may_close": "opd.close_clinic",
    "may_print_card": "patients.print_card",
    "may_take_payment": "billing.take_payment",
    "may_print": "kernel.print_paper",
    "may_register_casualty": "opd.register_casualty",
    "may_view_casualty": "opd.view_casualty",
    "may_register_newborn": "patients.register_newborn",
    "may_open_case": "patients.open_case",
    "may_view_cases": "patients.view_cases",
}


def workplace(request: HttpRequest) -> dict[str, Any]:
    """`posting`, `facility`, `nav` and `idle_seconds` for the layout."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    posting = user.posting
    nav = [
        {"url": reverse(name), "label": label, "current": request.path == reverse(name)}
        for permission, name, label in PAGES
        if user.may(permission)
    ]
    return {
        "posting": posting,
        "facility": posting.facility if posting else None,
        "nav": nav,
        **{name: user.may(permission) for name, permission in BUTTONS.items()},
        "idle_seconds": settings.IDLE_LOCK_SECONDS,
    }
