"""What every page of a signed-in person shows: where they work, and the way to their pages."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.translation import gettext_lazy as _

from hmis.kernel import alarms

# (permission, URL name, words, key): in this order in the bar.
PAGES = [
    ("reports.view_review", "reports:review_detail", _("Reviews")),
    ("opd.register_visit", "opd:registration_new", _("Front desk")),
    ("opd.consult", "opd:room_detail", _("My room")),
    ("opd.register_casualty", "opd:casualty_new", _("Casualty")),
    ("opd.view_queue", "opd:clinicday_list", _("Queues")),
    ("patients.record_observations", "opd:vitals_list", _("Triage")),
    ("patients.search_patients", "patients:patient_list", _("Patients")),
    ("opd.view_queue", "opd:registration_list", _("Slips")),
    ("lab.view_orders", "lab:order_list", _("Tests")),
    ("lab.hand_out_reports", "lab:hand_out_new", _("Hand out")),
    ("lab.enter_results", "lab:examination_list", _("Imaging")),
    ("ipd.view_board", "ipd:board", _("Wards")),
    # Who looks after several hospitals sees no ward's board.
    ("facilities.set_small_facility", "ipd:bed_search", _("Find a bed")),
    ("patients.view_cases", "patients:case_list", _("MLC")),
    ("patients.merge_patients", "patients:merge_list", _("Duplicate records")),
    ("patients.view_admission_requests", "patients:admission_request_list", _("To admit")),
    ("billing.view_invoice", "billing:bill_list", _("Bills")),
    ("billing.open_shift", "billing:shift_own", _("My shift")),
    ("billing.ask_refund", "billing:refund_list", _("Refunds")),
    ("billing.view_collections", "billing:shift_list", _("Collections")),
    ("opd.manage_displays", "opd:display_list", _("Screens")),
    ("opd.print_downtime_sheets", "opd:downtimesheet_list", _("Down-time")),
    ("billing.view_tariffs", "billing:tariff_list", _("Tariff, schemes")),
    ("patients.dispense", "patients:prescription_list", _("Counter")),
    ("patients.view_formulary", "patients:formulary_list", _("Medicines")),
    # Who manages the state's content sees no orders.
    ("patients.manage_content", "lab:catalogue_list", _("Laboratory")),
    ("facilities.manage_places", "facilities:facility_list", _("Administration")),
    ("audit.view_entries", "audit:entry_list", _("Audit")),
]

# Where else an entry of the bar leads: what lies below these addresses belongs to it.
BELOW = {
    "opd:clinicday_list": ("/opd/clinic-days/", "/opd/tokens/", "/opd/waiting/"),
    "reports:review_detail": ("/reports/",),
    "opd:room_detail": ("/opd/room/", "/opd/consultations/"),
    "opd:vitals_list": ("/opd/triage/",),
    "patients:admission_request_list": ("/patients/admission-requests/",),
    "ipd:board": ("/ipd/",),
    "patients:prescription_list": ("/patients/dispensing/",),
    "patients:formulary_list": ("/patients/formulary/", "/patients/alerts/"),
    "lab:order_list": ("/lab/",),
    "lab:catalogue_list": ("/lab/catalogue/",),
    "lab:hand_out_new": ("/lab/hand-outs/",),
    "lab:examination_list": ("/lab/examinations/", "/lab/form-f/"),
    "billing:bill_list": (
        "/billing/invoices/",
        "/billing/encounters/",
        "/billing/deposits/",
        "/billing/payments/",
    ),
    "billing:shift_own": ("/billing/shifts/own/", "/billing/shifts/new/"),
    "billing:refund_list": ("/billing/refunds/",),
    "billing:shift_list": (
        "/billing/shifts/",
        "/billing/daybook/",
        "/billing/collections/",
        "/billing/challans/",
        "/billing/ledger/",
        "/billing/upi/",
        "/billing/settlements/",
        "/billing/cheques/",
        "/reports/reconciliation/",
        "/reports/checks/",
    ),
}

# The parts of the administration; the bar's own entry stands for all of them.
AREA = "facilities:facility_list"
PARTS = [
    ("facilities.manage_places", "facilities:facility_list", _("Hospitals"), "/administration/"),
    ("facilities.manage_staff", "facilities:person_list", _("Staff"), "/administration/staff/"),
    ("facilities.manage_staff", "facilities:import_new", _("Staff by the sheet"), "/administration/imports/"),
    (
        "facilities.manage_sessions",
        "facilities:session_list",
        _("Logged in now"),
        "/administration/sessions/",
    ),
    ("billing.view_schemes", "billing:scheme_list", _("Exemptions"), "/billing/schemes/"),
]

# What stands beside the tariff: who pays instead, what is claimed, what is owed.
TARIFF_AREA = "billing:tariff_list"
TARIFF_PARTS = [
    ("billing.view_tariffs", "billing:tariff_list", _("Tariff"), "/billing/tariff/"),
    ("billing.view_covers", "billing:cover_list", _("Schemes granted"), "/billing/covers/"),
    ("billing.approve_covers", "billing:cover_approval_list", _("In my name"), "/billing/covers/approvals/"),
    ("billing.view_claims", "billing:claim_list", _("Claims"), "/billing/claims/"),
    ("billing.view_dues", "billing:due_list", _("Dues"), "/billing/dues/"),
]

# What is known of medicines, beside the list of them.
CONTENT = "/patients/formulary/content/"
FORMULARY_PARTS = [
    ("patients.view_formulary", "patients:formulary_list", _("Medicines"), "/patients/formulary/"),
    *(
        (
            "patients.view_formulary",
            f"patients:content_list:{kind}",
            label,
            f"/patients/formulary/content/{kind}/",
        )
        for kind, label in (
            ("medication", _("Rows of medicines")),
            ("ingredient", _("Ingredients")),
            ("interaction", _("Interactions")),
            ("dose_limit", _("Highest doses")),
            ("medicine_set", _("Sets")),
        )
    ),
    ("patients.view_formulary", "patients:alert_rule_list", _("Rules"), "/patients/formulary/rules/"),
    ("patients.view_alerts", "patients:alert_list", _("Alerts"), "/patients/alerts/"),
]

# The laboratory, from the needle to the report.
LAB_PARTS = [
    ("lab.view_orders", "lab:order_list", _("Orders"), "/lab/orders/"),
    ("lab.collect_specimens", "lab:collection_list", _("Collection"), "/lab/collection/"),
    ("lab.receive_specimens", "lab:reception_list", _("Receiving"), "/lab/reception/"),
    ("lab.enter_results", "lab:worklist", _("Worklist"), "/lab/worklist/"),
    ("lab.authorise_reports", "lab:authorisation_list", _("To authorise"), "/lab/authorisations/"),
    ("lab.answer_criticals", "lab:critical_list", _("Critical values"), "/lab/criticals/"),
    ("lab.run_controls", "lab:control_list", _("Controls"), "/lab/controls/"),
    ("lab.view_figures", "lab:figure_list", _("Figures"), "/lab/figures/"),
    ("lab.view_figures", "lab:notifiable_list", _("Notifiable"), "/lab/notifiable/"),
    ("lab.view_orders", "lab:test_list", _("List of tests"), "/lab/tests/"),
    ("lab.view_catalogue", "lab:catalogue_list", _("Ranges and approval"), "/lab/catalogue/"),
    ("lab.enter_results", "lab:tray", _("Tray"), "/lab/tray/"),
    ("lab.manage_analysers", "lab:analyser_list", _("Analysers"), "/lab/analysers/"),
    ("lab.manage_laboratory", "lab:laboratory_edit", _("Settings"), "/lab/settings/"),
]

# The wards: beds, admissions, rounds, discharges, registers. One line each, in the order of the day.
IPD_PARTS: list[tuple[str, str, Any, str]] = [
    # Places: wards, rooms, beds and the board.
    ("ipd.view_board", "ipd:board", _("Bed board"), "/ipd/board/"),
    ("ipd.view_free_beds", "ipd:bed_search", _("Find a bed"), "/ipd/find/"),
    ("ipd.manage_wards", "ipd:ward_list", _("Wards and beds"), "/ipd/wards/"),
    ("ipd.manage_wards", "ipd:inpatient_setting_edit", _("Bed-days"), "/ipd/settings/"),
    # Admissions.
    ("ipd.view_inpatients", "ipd:admission_list", _("Admissions"), "/ipd/admissions/"),
    # Rounds: the inpatient's page, vital signs and warnings.
    ("ipd.view_inpatients", "ipd:inpatient_list", _("My inpatients"), "/ipd/inpatients/"),
    ("ipd.answer_warnings", "ipd:warning_list", _("Warning scores"), "/ipd/warnings/"),
    ("ipd.give_opinions", "ipd:opinion_list", _("Opinions asked"), "/ipd/opinions/"),
    # Leaving: discharges, deaths, registers, figures.
    ("ipd.view_inpatients", "ipd:discharge_list", _("Discharges"), "/ipd/discharges/"),
    ("ipd.view_registers", "ipd:register_list", _("Registers"), "/ipd/registers/"),
    ("ipd.report_to_registrar", "ipd:registrar_list", _("Registrar"), "/ipd/registrar/"),
    ("ipd.view_figures", "ipd:census_list", _("Census"), "/ipd/census/"),
    ("ipd.view_figures", "ipd:figure_list", _("Figures"), "/ipd/figures/"),
]

# The review: what is counted from the work of the hospitals, and the registries.
# What stands beneath the review's page lights its tab too.
OF_THE_REVIEW = "/reports/review/", "/reports/figures/", "/reports/outcomes/", "/reports/numbers/"
REVIEW_PARTS: list[tuple[str, str, Any, str | tuple[str, ...]]] = [
    ("reports.view_review", "reports:review_detail", _("Reviews"), OF_THE_REVIEW),
    ("reports.view_review", "reports:quality_list", _("Data quality"), "/reports/quality/"),
    # How far the system has come at each hospital.
    ("reports.view_rollout", "reports:rollout_list", _("Roll-out"), "/reports/rollout/"),
    ("reports.view_idsp", "reports:register_list", _("Registers"), "/reports/registers/"),
    ("reports.view_idsp", "reports:form_p_detail", _("IDSP form P"), "/reports/registers/idsp-p/"),
    ("reports.make_reports", "reports:run_list", _("Reports"), "/reports/runs/"),
    ("reports.view_registries", "reports:registry_list", _("Facilities (HFR)"), "/reports/registry/"),
    ("reports.view_registries", "reports:hpr_list", _("Professionals (HPR)"), "/reports/hpr/"),
    ("reports.view_registries", "reports:abha_list", "ABHA", "/reports/abha/"),
]

# Buttons that only some roles see; the view behind each asks again.
BUTTONS = {
    "may_register": "opd.register_visit",
    "may_view_queue": "opd.view_queue",
    "may_search_patients": "patients.search_patients",
    "may_edit": "patients.edit_patient",
    "may_move": "opd.move_token",
    "may_cancel": "opd.cancel_token",
    "may_close": "opd.close_clinic",
    "may_view_waiting_times": "opd.view_waiting_times",
    "may_print_card": "patients.print_card",
    "may_take_payment": "billing.take_payment",
    "may_open_shift": "billing.open_shift",
    "may_ask_refund": "billing.ask_refund",
    "may_pay_refund": "billing.pay_refund",
    "may_print": "kernel.print_paper",
    "may_print_slip": "opd.print_slip",
    "may_register_casualty": "opd.register_casualty",
    "may_view_casualty": "opd.view_casualty",
    "may_register_newborn": "patients.register_newborn",
    "may_open_case": "patients.open_case",
    "may_certify_deaths": "ipd.certify_deaths",
    "may_withdraw_deaths": "patients.withdraw_deaths",
    "may_merge": "patients.merge_patients",
    "may_view_cases": "patients.view_cases",
    "may_set_small": "facilities.set_small_facility",
    "may_refer": "patients.refer_patients",
    "may_view_referrals": "patients.view_referrals",
    "may_request_admission": "patients.request_admission",
    "may_view_admission_requests": "patients.view_admission_requests",
    "may_accept_admissions": "patients.accept_admissions",
    "may_certify": "patients.issue_certificates",
    "may_view_certificates": "patients.view_certificates",
    "may_view_notes": "patients.view_notes",
    "may_order_tests": "lab.order_tests",
    "may_print_tests": "lab.print_slip",
    "may_view_invoice": "billing.view_invoice",
    "may_view_collections": "billing.view_collections",
    "may_reconcile": "billing.reconcile",
    "may_view_covers": "billing.view_covers",
    "may_view_claims": "billing.view_claims",
    "may_view_chart": "patients.view_chart",
    "may_prescribe": "patients.prescribe",
    "may_answer_criticals": "lab.answer_criticals",
    "may_verify": "lab.verify_results",
    "may_reject": "lab.receive_specimens",
    "may_collect": "lab.collect_specimens",
    "may_admit": "ipd.admit_patients",
    "may_view_inpatients": "ipd.view_inpatients",
    "may_initiate_discharge": "ipd.initiate_discharge",
    "may_move_patients": "ipd.move_patients",
    "may_print_ward_papers": "ipd.print_papers",
    "may_answer_warnings": "ipd.answer_warnings",
    "may_record_vitals": "patients.record_observations",
    "may_change_team": "ipd.change_team",
    "may_record_procedures": "ipd.record_procedures",
    "may_give_opinions": "ipd.give_opinions",
    "may_order_scale2": "ipd.order_scale2",
    "may_hold_medicines": "ipd.hold_medicines",
}


def workplace(request: HttpRequest) -> dict[str, Any]:
    """`posting`, `facility`, `nav` and `idle_seconds` for the layout."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": []}
    posting = user.posting
    parts, tariff_parts = _parts(request, user, PARTS), _parts(request, user, TARIFF_PARTS)
    areas = {AREA: parts, TARIFF_AREA: tariff_parts}
    entered = {area for area, its in areas.items() if any(part["current"] for part in its)}
    entered |= _entered(request, user)
    nav = [
        {
            "url": (url := _address(name)),
            "label": label,
            "current": request.path == url or name in entered,
            "alarm": alarms.count(name, user),
        }
        for permission, name, label in PAGES
        if user.may(permission)
    ]
    return {
        "posting": posting,
        "facility": posting.facility if posting else None,
        "nav": nav,
        "parts": parts,
        "tariff_parts": tariff_parts,
        "formulary_parts": _parts(request, user, FORMULARY_PARTS),
        "lab_parts": _parts(request, user, LAB_PARTS),
        "ipd_parts": _parts(request, user, IPD_PARTS),
        "review_parts": _parts(request, user, REVIEW_PARTS),
        **{name: user.may(permission) for name, permission in BUTTONS.items()},
        "idle_seconds": settings.IDLE_LOCK_SECONDS,
    }


def _entered(request: HttpRequest, user: Any) -> set[str]:
    """The entry of the bar below which this page lies, told by the longest address."""
    mine = {name for permission, name, _label in PAGES if user.may(permission)}
    below = [(under, name) for name in BELOW.keys() & mine for under in BELOW[name]]
    fitting = [(under, name) for under, name in below if request.path.startswith(under)]
    return {max(fitting, key=lambda one: len(one[0]))[1]} if fitting else set()


def _parts(request: HttpRequest, user: Any, area: list[Any]) -> list[dict[str, Any]]:
    """The parts of an area that this person may enter; the longest fitting address is current."""
    mine = [part for part in area if user.may(part[0])]
    best = max((_fits(request.path, part[3]) for part in mine), default=0)
    own = user.posting and user.posting.facility_id
    return [
        {
            "url": _address(part[1]),
            "label": _("Hospital") if own and part[1] == AREA else part[2],
            "current": 0 < best == _fits(request.path, part[3]),
        }
        for part in mine
    ]


def _fits(path: str, under: str | tuple[str, ...]) -> int:
    """How much of a page's address these name, at most; 0 where it lies elsewhere."""
    names = [under] if isinstance(under, str) else under
    return max((len(one) for one in names if path.startswith(one)), default=0)


def _address(name: str) -> str:
    """`app:page`, or `app:page:word` for a page that is told which of its kinds it shows."""
    return _address_below(get_script_prefix(), name)


@cache
def _address_below(_prefix: str, name: str) -> str:
    """Looked up once: every page asks for some fifty of them."""
    page, _colon, word = name.partition("_list:")
    return reverse(f"{page}_list", args=[word]) if word else reverse(name)
