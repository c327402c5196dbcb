"""Each role and what it may do: one table to read aloud. A test checks that each permission exists."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CLERK = "clerk", _("clerk")
    NURSE = "nurse", _("nurse")
    DOCTOR = "doctor", _("doctor")
    LAB_TECHNICIAN = "lab_technician", _("lab technician")
    PATHOLOGIST = "pathologist", _("pathologist")
    RADIOLOGIST = "radiologist", _("radiologist")
    PHARMACIST = "pharmacist", _("pharmacist")
    CASHIER = "cashier", _("cashier")
    BILLING_SUPERVISOR = "billing_supervisor", _("billing supervisor")
    RECORDS_OFFICER = "records_officer", _("records officer")
    FACILITY_ADMIN = "facility_admin", _("facility administrator")
    DISTRICT_ADMIN = "district_admin", _("district administrator")
    STATE_ADMIN = "state_admin", _("state administrator")
    AUDITOR = "auditor", _("auditor")


class Grade(models.TextChoices):
    """What a doctor may sign alone; a medical officer without a grade signs as a consultant does."""

    CONSULTANT = "consultant", _("consultant")
    RESIDENT = "resident", _("resident")
    INTERN = "intern", _("intern")


class Reach(models.TextChoices):
    """How far a posting sees."""

    FACILITY = "facility", _("one hospital")
    DISTRICT = "district", _("one district")
    STATE = "state", _("the state")


@dataclass(frozen=True)
class Duties:
    """What a role reaches and what it may do."""

    reach: Reach
    permissions: frozenset[str]


def _duties(reach: Reach, *permissions: str) -> Duties:
    return Duties(reach, frozenset(permissions))


# What every administrator does, each within the reach of the posting.
ADMINISTRATION = ("facilities.manage_places", "facilities.manage_staff", "facilities.manage_sessions")

ROLES: dict[str, Duties] = {
    Role.CLERK: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "patients.register_patient",
        "patients.edit_patient",
        "patients.print_card",
        "opd.register_visit",
        "opd.view_queue",
        "opd.move_token",
        "opd.cancel_token",
        "opd.close_clinic",
        "billing.view_invoice",
        "billing.take_payment",
        "billing.ask_refund",
        "billing.pay_refund",
        "opd.print_slip",
        "kernel.print_paper",
        "opd.register_casualty",
        "opd.view_casualty",
        "patients.register_newborn",
        "patients.open_case",
        "patients.view_cases",
        "billing.open_shift",
        "billing.view_tariffs",
        "billing.view_covers",
        "billing.grant_covers",
        "patients.view_referrals",
        "patients.view_admission_requests",
        "patients.accept_admissions",
        "lab.view_orders",
        "lab.print_slip",
        "lab.order_tests",
        "lab.hand_out_reports",
    ),
    Role.NURSE: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.view_prescriptions",
        "patients.search_patients",
        "patients.view_patient",
        "opd.view_queue",
        "opd.call_patients",
        "opd.view_waiting_times",
        "opd.move_token",
        "opd.register_casualty",
        "opd.view_casualty",
        "patients.register_newborn",
        "patients.open_case",
        "patients.view_cases",
        "opd.print_slip",
        "kernel.print_paper",
        "patients.view_observations",
        "patients.record_observations",
        "patients.view_allergies",
        "patients.record_allergies",
        "opd.close_clinic",
        "patients.view_notes",
        "patients.view_chart",
        "patients.view_formulary",
        "patients.view_referrals",
        "patients.view_admission_requests",
        "patients.accept_admissions",
        "lab.view_orders",
        "lab.print_slip",
        "lab.order_tests",
        "lab.collect_specimens",
        "lab.view_results",
        "lab.answer_criticals",
    ),
    Role.DOCTOR: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.prescribe",
        "patients.view_prescriptions",
        "patients.view_alerts",
        "patients.search_patients",
        "patients.view_patient",
        "opd.view_queue",
        "opd.call_patients",
        "opd.view_waiting_times",
        "opd.move_token",
        "opd.register_casualty",
        "opd.view_casualty",
        "patients.register_newborn",
        "patients.open_case",
        "patients.view_cases",
        "opd.print_slip",
        "kernel.print_paper",
        "patients.view_observations",
        "patients.record_observations",
        "patients.view_allergies",
        "patients.record_allergies",
        "opd.close_clinic",
        "patients.view_chart",
        "patients.break_glass",
        "patients.view_notes",
        "patients.write_notes",
        "patients.view_formulary",
        # Whether the doctor's grade suffices, the act asks: only a consultant approves.
        "patients.approve_formulary",
        "opd.consult",
        "patients.refer_patients",
        "patients.view_referrals",
        "patients.request_admission",
        "patients.view_admission_requests",
        "patients.accept_admissions",
        "patients.issue_certificates",
        "patients.view_certificates",
        "lab.view_orders",
        "lab.print_slip",
        "lab.order_tests",
        "lab.collect_specimens",
        "lab.view_results",
        "lab.answer_criticals",
    ),
    Role.LAB_TECHNICIAN: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "kernel.print_paper",
        "lab.view_orders",
        "lab.print_slip",
        "lab.order_tests",
        "lab.collect_specimens",
        "lab.receive_specimens",
        "lab.enter_results",
        "lab.verify_results",
        "lab.view_results",
        "lab.answer_criticals",
        "lab.hand_out_reports",
        "lab.run_controls",
        "lab.view_catalogue",
    ),
    Role.PATHOLOGIST: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "kernel.print_paper",
        "lab.view_orders",
        "lab.print_slip",
        "lab.receive_specimens",
        "lab.enter_results",
        "lab.verify_results",
        "lab.authorise_reports",
        "lab.view_results",
        "lab.answer_criticals",
        "lab.run_controls",
        "lab.answer_controls",
        "lab.view_catalogue",
        "lab.approve_catalogue",
        "lab.manage_analysers",
        "lab.manage_laboratory",
        "lab.view_figures",
    ),
    Role.RADIOLOGIST: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "kernel.print_paper",
        "lab.view_orders",
        "lab.print_slip",
        "lab.enter_results",
        "lab.verify_results",
        "lab.authorise_reports",
        "lab.view_results",
        "lab.answer_criticals",
        "lab.view_catalogue",
        "lab.approve_catalogue",
    ),
    Role.PHARMACIST: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_prescriptions",
        "patients.dispense",
        "patients.view_formulary",
        "patients.manage_formulary",
    ),
    Role.CASHIER: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "billing.view_invoice",
        "billing.take_payment",
        "billing.ask_refund",
        "billing.pay_refund",
        "kernel.print_paper",
        "billing.open_shift",
        "billing.view_tariffs",
        "billing.view_covers",
        "billing.grant_covers",
        "lab.view_orders",
        "lab.print_slip",
    ),
    Role.BILLING_SUPERVISOR: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "opd.view_queue",
        "opd.cancel_token",
        "opd.print_downtime_sheets",
        "billing.view_invoice",
        "billing.take_payment",
        "billing.ask_refund",
        "billing.pay_refund",
        "opd.print_slip",
        "kernel.print_paper",
        "billing.open_shift",
        "billing.accept_shifts",
        "billing.approve_refund",
        "billing.view_collections",
        "reports.view_checks",
        "billing.reconcile",
        "billing.view_tariffs",
        "billing.view_covers",
        "billing.grant_covers",
        "billing.approve_covers",
        "billing.view_claims",
        "billing.manage_claims",
        "billing.view_dues",
        "lab.view_orders",
        "lab.print_slip",
    ),
    Role.RECORDS_OFFICER: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.search_patients",
        "patients.view_patient",
        "patients.register_patient",
        "patients.edit_patient",
        "patients.print_card",
        "opd.view_queue",
        "billing.view_invoice",
        "opd.print_slip",
        "kernel.print_paper",
        "opd.view_casualty",
        "patients.register_newborn",
        "patients.view_cases",
        "patients.view_referrals",
        "patients.view_admission_requests",
        "patients.view_certificates",
    ),
    Role.FACILITY_ADMIN: _duties(
        Reach.FACILITY,
        "facilities.view_places",
        "patients.view_alerts",
        "patients.search_patients",
        "patients.view_patient",
        "patients.print_card",
        "opd.view_queue",
        "opd.view_waiting_times",
        "opd.move_token",
        "opd.close_clinic",
        "opd.manage_displays",
        "opd.print_downtime_sheets",
        "billing.view_invoice",
        "billing.view_schemes",
        "opd.print_slip",
        "kernel.print_paper",
        "opd.view_casualty",
        "patients.view_cases",
        "audit.view_entries",
        "audit.review_glass",
        "billing.view_collections",
        "reports.view_checks",
        "billing.view_tariffs",
        "billing.manage_tariffs",
        "billing.view_covers",
        "billing.approve_covers",
        "billing.view_claims",
        "billing.view_dues",
        "patients.view_referrals",
        "patients.view_admission_requests",
        "patients.view_certificates",
        "patients.view_formulary",
        "patients.manage_formulary",
        "lab.view_orders",
        "lab.print_slip",
        "lab.manage_analysers",
        "lab.manage_laboratory",
        "lab.view_catalogue",
        "lab.view_figures",
        *ADMINISTRATION,
    ),
    Role.DISTRICT_ADMIN: _duties(
        Reach.DISTRICT,
        "facilities.view_places",
        "facilities.set_small_facility",
        "opd.view_queue",
        "billing.view_schemes",
        *ADMINISTRATION,
    ),
    Role.STATE_ADMIN: _duties(
        Reach.STATE,
        "facilities.view_places",
        "facilities.set_small_facility",
        "facilities.add_facility",
        "opd.view_queue",
        "billing.view_schemes",
        "billing.manage_schemes",
        "billing.view_tariffs",
        "billing.manage_services",
        "patients.view_formulary",
        "patients.manage_content",
        "lab.view_catalogue",
        *ADMINISTRATION,
    ),
    Role.AUDITOR: _duties(
        Reach.STATE,
        "facilities.view_places",
        "patients.view_patient",
        "billing.view_invoice",
        "audit.view_entries",
        "audit.export_entries",
        "audit.review_glass",
        "audit.view_seals",
        "billing.view_collections",
        "reports.view_checks",
        "billing.view_tariffs",
        "billing.view_covers",
        "billing.view_claims",
        "billing.view_dues",
        "lab.view_orders",
    ),
}


_WIDTH = {Reach.FACILITY: 1, Reach.DISTRICT: 2, Reach.STATE: 3}


def may_be_given_by(giver: str) -> list[Role]:
    """The roles that somebody in this role may give: none that reaches further than the giver's own."""
    most = _WIDTH[ROLES[giver].reach]
    return [role for role in Role if _WIDTH[ROLES[role].reach] <= most]
