"""Every address of the house: who may go in, and that a stranger's record is not there at all."""

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpResponseForbidden, HttpResponseNotFound
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone, translation
from knox.models import AuthToken

from billing.models import ChargeItemDefinition, Scheme
from billing.services import Offer
from billing.states import PaymentMode
from facilities.roles import ROLES, Reach, Role
from hmis import urls
from hmis.kernel import access, api, exports, recent
from hmis.kernel.asking import without_keys
from hmis.kernel.models import AuditEntry, IssuedDocument
from lab.models import AnalyteDefinition, TestDefinition
from opd.models import ClinicDay
from opd.services import Coming, Visit, register_casualty, register_visit
from opd.states import Triage
from patients.models import CaseKind, IdentifierKind, Sex
from patients.services import CaseDetails, Newborn, Unknown, register_newborns
from tests.factories import sessions
from tests.factories.analysers import make_waiting
from tests.factories.audit import make_seal
from tests.factories.billing import make_invoice, make_scheme
from tests.factories.chart import make_allergy, make_observation
from tests.factories.facilities import (
    make_clerk,
    make_department,
    make_district,
    make_doctor,
    make_facility,
    make_nurse,
    make_person,
    make_sheet,
    make_state,
    make_unit,
)
from tests.factories.formulary import make_approval, make_formulary, medication
from tests.factories.gates import OF_THE_LAYOUT, asked, listening, names_read, turned_away
from tests.factories.ipd import admit, beds_in, begin_discharge, die, make_ward, sign_summary
from tests.factories.lab import (
    make_control_level,
    make_pathologist,
    make_technician,
    make_test,
    order,
    reported,
    run_controls,
)
from tests.factories.looking import says
from tests.factories.notes import make_condition, make_note
from tests.factories.opd import make_consultation, make_display, make_token
from tests.factories.outcomes import (
    certifying,
    check_key_of,
    make_admission_request,
    make_certificate,
    make_letter,
)
from tests.factories.patients import give_identifier, make_merge, make_patient
from tests.factories.prescribing import check_key_of_prescription, make_issue, make_line, make_set, sign
from tests.factories.registries import make_entry, make_registry_import
from tests.factories.reports import make_run
from tests.factories.results import make_form_f, order_scan
from tests.factories.rounds import ILL, make_ward_note, measure
from tests.factories.rounds import ask as ask_department
from tests.factories.shifts import keep_money
from tests.factories.tariffs import make_claim, make_cover, make_definition, make_price

pytestmark = pytest.mark.xdist_group("access")  # its stage is built once

PUBLIC, SIGNED_IN = "public", "signed in"

# Every URL name: the methods it answers and what they need. What is not here is red.
ACCESS = {
    "home": {"GET": SIGNED_IN},
    "login": {"GET": PUBLIC, "POST": PUBLIC},
    "logout": {"POST": SIGNED_IN},
    "lock": {"POST": SIGNED_IN},
    "unlock": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "language": {"POST": PUBLIC},
    "posting_choice": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "password_new": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "own_session_list": {"GET": SIGNED_IN},
    "other_sessions_end_new": {"POST": SIGNED_IN},
    "healthz": {"GET": PUBLIC},
    "metrics": {"GET": PUBLIC},
    "receipt_check": {"GET": PUBLIC},
    "certificate_check": {"GET": PUBLIC},
    "death_check": {"GET": PUBLIC},
    "display": {"GET": PUBLIC},
    "paper_list": {"GET": "kernel.print_paper"},
    "paper_detail": {"GET": "kernel.print_paper"},
    "paper_copy_new": {"POST": "kernel.print_paper"},
    "patients:patient_list": {"GET": "patients.search_patients", "POST": "patients.search_patients"},
    "patients:block_list": {"GET": "patients.search_patients"},
    "patients:patient_choice": {"GET": "patients.view_patient"},
    "patients:patient_detail": {"GET": "patients.view_patient"},
    "patients:patient_edit": {"GET": "patients.edit_patient", "POST": "patients.edit_patient"},
    "patients:identifier_new": {"POST": "patients.edit_patient"},
    "patients:identifier_end_new": {"POST": "patients.edit_patient"},
    "patients:card_new": {"POST": "patients.print_card"},
    "patients:labels_new": {"POST": "patients.print_card"},
    "opd:registration_list": {"GET": "opd.view_queue", "POST": "opd.view_queue"},
    "opd:registration_new": {"GET": "opd.register_visit", "POST": "opd.register_visit"},
    "opd:search_new": {"POST": "opd.register_visit"},
    "opd:scan_new": {"POST": "opd.register_visit"},
    "opd:choice_new": {"POST": "opd.register_visit"},
    "opd:duplicate_list": {"POST": "opd.register_visit"},
    "opd:estimate_new": {"POST": "opd.register_visit"},
    "opd:registration_detail": {"GET": "opd.view_queue"},
    "opd:registration_copy_new": {"POST": "opd.register_visit"},
    "opd:downtimesheet_list": {"GET": "opd.print_downtime_sheets"},
    "opd:downtimesheet_new": {"POST": "opd.print_downtime_sheets"},
    "opd:clinicday_list": {"GET": "opd.view_queue"},
    "opd:clinicday_detail": {"GET": "opd.view_queue"},
    "opd:call_new": {"POST": "opd.call_patients"},
    "opd:token_call_new": {"POST": "opd.call_patients"},
    "opd:skip_new": {"POST": "opd.call_patients"},
    "opd:completion_new": {"POST": "opd.call_patients"},
    "opd:entry_new": {"POST": "opd.call_patients"},
    "opd:tests_new": {"GET": "opd.call_patients", "POST": "opd.call_patients"},
    "opd:return_new": {"POST": "opd.call_patients"},
    "opd:token_departure_new": {"GET": "opd.call_patients", "POST": "opd.call_patients"},
    "opd:waiting_list": {"GET": "opd.view_waiting_times"},
    "opd:move_new": {"GET": "opd.move_token", "POST": "opd.move_token"},
    "opd:room_detail": {"GET": "opd.consult"},
    "opd:token_detail": {"GET": "opd.consult"},
    "opd:room_call_new": {"POST": "opd.consult"},
    "opd:room_skip_new": {"POST": "opd.consult"},
    "opd:consultation_new": {"POST": "opd.consult"},
    "opd:consultation_edit": {"GET": "opd.consult", "POST": "opd.consult"},
    "opd:signature_new": {"POST": "opd.consult"},
    "opd:repetition_new": {"POST": "opd.consult"},
    "opd:handback_new": {"POST": "opd.consult"},
    "opd:signature_list": {"GET": "opd.consult"},
    "patients:condition_new": {"POST": "patients.write_notes"},
    "patients:condition_edit": {"POST": "patients.write_notes"},
    "patients:note_detail": {"GET": "patients.view_notes"},
    "patients:addendum_new": {"GET": "patients.write_notes", "POST": "patients.write_notes"},
    "patients:countersignature_new": {"POST": "patients.write_notes"},
    "patients:note_paper_new": {"POST": "patients.view_notes"},
    "opd:vitals_list": {"GET": "patients.record_observations"},
    "opd:vitals_new": {"GET": "patients.record_observations", "POST": "patients.record_observations"},
    "patients:chart_detail": {"GET": "patients.view_chart"},
    "patients:vital_detail": {"GET": "patients.view_chart"},
    "patients:glass_new": {"GET": "patients.view_chart", "POST": "patients.view_chart"},
    "api-patient-openings": {"POST": "patients.break_glass"},
    "patients:error_new": {"GET": "patients.record_observations", "POST": "patients.record_observations"},
    "patients:refutation_new": {"GET": "patients.record_allergies", "POST": "patients.record_allergies"},
    "opd:casualty_list": {"GET": "opd.view_casualty"},
    "opd:casualty_new": {"GET": "opd.register_casualty", "POST": "opd.register_casualty"},
    "opd:casualty_search_new": {"POST": "opd.register_casualty"},
    "opd:casualty_detail": {"GET": "opd.view_casualty"},
    "opd:triage_new": {"POST": "opd.register_casualty"},
    "opd:bedstay_new": {"POST": "opd.register_casualty"},
    "opd:departure_new": {"POST": "opd.register_casualty"},
    "opd:arrival_cancellation_new": {"POST": "opd.register_casualty"},
    # The ward: the desk of admissions.
    "ipd:admission_list": {"GET": "ipd.view_inpatients"},
    "ipd:admission_new": {"GET": "ipd.admit_patients", "POST": "ipd.admit_patients"},
    "ipd:admission_search_new": {"POST": "ipd.admit_patients"},
    "ipd:duplicate_list": {"POST": "ipd.admit_patients"},
    "ipd:emergency_new": {"GET": "ipd.admit_patients", "POST": "ipd.admit_patients"},
    "ipd:admission_edit": {"GET": "ipd.admit_patients", "POST": "ipd.admit_patients"},
    "ipd:admission_cancellation_new": {"GET": "ipd.admit_patients", "POST": "ipd.admit_patients"},
    "ipd:admission_copy_new": {"POST": "ipd.print_papers"},
    "api-admission-list": {"GET": "ipd.view_inpatients", "POST": "ipd.admit_patients"},
    "api-admission-detail": {"GET": "ipd.view_inpatients"},
    "api-admission-cancellations": {"POST": "ipd.admit_patients"},
    "api-admission-teams": {"POST": "ipd.change_team"},
    "api-admission-leaves": {"POST": "ipd.move_patients"},
    "api-admission-returns": {"POST": "ipd.move_patients"},
    "api-admission-departures": {"POST": "ipd.move_patients"},
    # The ward, part A: places.
    "ipd:board": {"GET": "ipd.view_board"},
    "ipd:ward_detail": {"GET": "ipd.view_board"},
    "ipd:place_new": {"GET": "ipd.ready_beds", "POST": "ipd.ready_beds"},
    "ipd:bed_status_new": {"POST": "ipd.ready_beds"},
    "ipd:reservation_new": {"GET": "ipd.ready_beds", "POST": "ipd.ready_beds"},
    "ipd:release_new": {"POST": "ipd.ready_beds"},
    "ipd:transfer_new": {"GET": "ipd.move_patients", "POST": "ipd.move_patients"},
    "ipd:bed_search": {"GET": "ipd.view_free_beds"},
    "ipd:ward_list": {"GET": "ipd.manage_wards"},
    "ipd:ward_new": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "ipd:ward_edit": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "ipd:room_new": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "ipd:bed_new": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "ipd:bed_edit": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "ipd:bed_removal_new": {"POST": "ipd.manage_wards"},
    "ipd:inpatient_setting_edit": {"GET": "ipd.manage_wards", "POST": "ipd.manage_wards"},
    "api-ward-list": {"GET": "ipd.view_board"},
    "api-ward-detail": {"GET": "ipd.view_board"},
    "api-bed-list": {"GET": "ipd.view_board"},
    "api-bed-detail": {"GET": "ipd.view_board"},
    "api-bed-cleanings": {"POST": "ipd.ready_beds"},
    "api-bed-readyings": {"POST": "ipd.ready_beds"},
    "api-bed-closures": {"POST": "ipd.ready_beds"},
    "api-bed-reservations": {"POST": "ipd.ready_beds"},
    "api-bed-releases": {"POST": "ipd.ready_beds"},
    "api-transfer-list": {"POST": "ipd.move_patients"},
    "opd:name_new": {"GET": "opd.register_casualty", "POST": "opd.register_casualty"},
    "opd:casualty_copy_new": {"POST": "opd.register_casualty"},
    "patients:birth_edit": {"GET": "patients.register_newborn", "POST": "patients.register_newborn"},
    "patients:newborn_new": {"GET": "patients.register_newborn", "POST": "patients.register_newborn"},
    "patients:code_list": {"POST": "patients.write_notes"},
    "patients:case_list": {"GET": "patients.view_cases"},
    "patients:case_detail": {"GET": "patients.view_cases"},
    "patients:case_new": {"GET": "patients.open_case", "POST": "patients.open_case"},
    "patients:correction_new": {"POST": "patients.open_case"},
    "patients:intimation_new": {"POST": "patients.open_case"},
    "patients:outcome_list": {"GET": "patients.view_notes"},
    "patients:letter_new": {"GET": "patients.refer_patients", "POST": "patients.refer_patients"},
    "patients:referral_list": {"GET": "patients.view_referrals"},
    "patients:admission_request_new": {
        "GET": "patients.request_admission",
        "POST": "patients.request_admission",
    },
    "patients:admission_request_list": {"GET": "patients.view_admission_requests"},
    "patients:acceptance_new": {"POST": "patients.accept_admissions"},
    "patients:admission_cancellation_new": {
        "GET": "patients.accept_admissions",
        "POST": "patients.accept_admissions",
    },
    "patients:certificate_new": {"GET": "patients.issue_certificates", "POST": "patients.issue_certificates"},
    "patients:certificate_cancellation_new": {
        "GET": "patients.issue_certificates",
        "POST": "patients.issue_certificates",
    },
    "patients:death_withdrawal_new": {"GET": "patients.withdraw_deaths", "POST": "patients.withdraw_deaths"},
    "patients:merge_list": {"GET": "patients.merge_patients"},
    "patients:double_list": {"GET": "patients.merge_patients", "POST": "patients.merge_patients"},
    "patients:merge_new": {"GET": "patients.merge_patients", "POST": "patients.merge_patients"},
    "patients:merge_undoing_new": {"GET": "patients.merge_patients", "POST": "patients.merge_patients"},
    "patients:formulary_list": {"GET": "patients.view_formulary"},
    "patients:medication_detail": {"GET": "patients.view_formulary"},
    "patients:formulary_item_edit": {"POST": "patients.manage_formulary"},
    "patients:formulary_export": {"GET": "patients.view_formulary"},
    "patients:formulary_import_new": {
        "GET": "patients.manage_formulary",
        "POST": "patients.manage_formulary",
    },
    "patients:formulary_import_confirmation_new": {"POST": "patients.manage_formulary"},
    "patients:content_list": {"GET": "patients.view_formulary"},
    "patients:content_export": {"GET": "patients.view_formulary"},
    "patients:content_approval_new": {
        "GET": "patients.approve_formulary",
        "POST": "patients.approve_formulary",
    },
    "patients:approval_withdrawal_new": {"POST": "patients.approve_formulary"},
    "patients:content_import_new": {"GET": "patients.manage_content", "POST": "patients.manage_content"},
    "patients:content_import_confirmation_new": {"POST": "patients.manage_content"},
    "patients:alert_rule_list": {"GET": "patients.view_formulary"},
    "patients:alert_rule_edit": {"GET": "patients.approve_formulary", "POST": "patients.approve_formulary"},
    "patients:certificate_list": {"GET": "patients.view_certificates"},
    "patients:medicine_list": {"POST": "patients.prescribe"},
    "patients:allergen_list": {"POST": "patients.record_allergies"},
    "patients:medicine_new": {"POST": "patients.prescribe"},
    "patients:allergy_new": {"POST": "patients.prescribe"},
    "patients:medicine_repetition_new": {"POST": "patients.prescribe"},
    "patients:medicine_set_use_new": {"POST": "patients.prescribe"},
    "patients:medicine_set_new": {"POST": "patients.prescribe"},
    "patients:set_retirement_new": {"POST": "patients.prescribe"},
    "patients:medicine_removal_new": {"POST": "patients.prescribe"},
    "patients:medicine_reason_new": {"POST": "patients.prescribe"},
    "patients:medicine_stop_new": {"POST": "patients.prescribe"},
    "patients:issue_answer_new": {"POST": "patients.prescribe"},
    "patients:issue_measure_new": {"POST": "patients.prescribe"},
    "patients:medicine_edit": {"POST": "patients.prescribe"},
    "patients:prescription_edit": {"GET": "patients.prescribe"},
    "patients:medicine_change_new": {"POST": "patients.prescribe"},
    "patients:alert_list": {"GET": "patients.view_alerts"},
    "patients:prescription_list": {"GET": "patients.dispense", "POST": "patients.dispense"},
    "patients:shortage_list": {"GET": "patients.dispense"},
    "patients:h1_register": {"GET": "patients.dispense"},
    "patients:prescription_detail": {"GET": "patients.dispense"},
    "patients:dispense_new": {"POST": "patients.dispense"},
    "patients:prescription_paper_new": {"POST": "patients.view_notes"},
    "prescription_check": {"GET": PUBLIC},
    "report_check": {"GET": PUBLIC},
    "api-prescription-list": {"GET": "patients.view_prescriptions", "POST": "patients.prescribe"},
    "api-prescription-detail": {"GET": "patients.view_prescriptions"},
    "api-prescription-changes": {"POST": "patients.prescribe"},
    "api-prescription-removals": {"POST": "patients.prescribe"},
    "api-prescription-answers": {"POST": "patients.prescribe"},
    "api-prescription-explanations": {"POST": "patients.prescribe"},
    "api-prescription-stops": {"POST": "patients.prescribe"},
    "api-prescription-dispenses": {"POST": "patients.dispense"},
    "opd:referral_new": {"GET": "patients.refer_patients", "POST": "patients.refer_patients"},
    "opd:withdrawal_new": {"GET": "patients.refer_patients", "POST": "patients.refer_patients"},
    "opd:cancellation_new": {"GET": "opd.cancel_token", "POST": "opd.cancel_token"},
    "opd:closure_new": {"GET": "opd.close_clinic", "POST": "opd.close_clinic"},
    "opd:opening_new": {"POST": "opd.close_clinic"},
    "opd:carried_slip_list": {"GET": "opd.print_slip"},
    "opd:display_list": {"GET": "opd.manage_displays"},
    "opd:display_new": {"GET": "opd.manage_displays", "POST": "opd.manage_displays"},
    "opd:display_edit": {"GET": "opd.manage_displays", "POST": "opd.manage_displays"},
    "opd:display_key_new": {"POST": "opd.manage_displays"},
    "opd:display_revocation_new": {"POST": "opd.manage_displays"},
    "lab:order_list": {"GET": "lab.view_orders", "POST": "lab.view_orders"},
    "lab:test_list": {"GET": "lab.view_orders"},
    "lab:test_detail": {"GET": "lab.view_orders"},
    "lab:catalogue_list": {"GET": "lab.view_catalogue"},
    "lab:content_list": {"GET": "lab.view_catalogue"},
    "lab:content_export": {"GET": "lab.view_catalogue"},
    "lab:content_import_new": {"GET": "patients.manage_content", "POST": "patients.manage_content"},
    "lab:content_import_confirmation_new": {"POST": "patients.manage_content"},
    "lab:content_approval_new": {"GET": "lab.approve_catalogue", "POST": "lab.approve_catalogue"},
    "lab:approval_withdrawal_new": {"POST": "lab.approve_catalogue"},
    "lab:control_list": {"GET": "lab.run_controls", "POST": "lab.run_controls"},
    "lab:control_detail": {"GET": "lab.run_controls"},
    "lab:control_level_new": {"GET": "lab.answer_controls", "POST": "lab.answer_controls"},
    "lab:control_answer_new": {"GET": "lab.answer_controls", "POST": "lab.answer_controls"},
    # The ward: leaving.
    "ipd:discharge_list": {"GET": "ipd.view_inpatients"},
    "ipd:discharge_detail": {"GET": "ipd.view_inpatients"},
    "ipd:discharge_new": {"GET": "ipd.tick_discharge", "POST": "ipd.tick_discharge"},
    "ipd:recall_new": {"GET": "ipd.initiate_discharge", "POST": "ipd.initiate_discharge"},
    "ipd:step_new": {"POST": "ipd.tick_discharge"},
    "ipd:override_new": {"POST": "ipd.pass_over_discharge"},
    "ipd:bed_left_new": {"POST": "ipd.tick_discharge"},
    "ipd:completion_new": {"POST": "ipd.complete_discharge"},
    "ipd:final_bill_new": {"POST": "billing.view_invoice"},
    "ipd:summary_new": {"POST": "patients.write_notes"},
    "ipd:summary_edit": {"GET": "patients.write_notes", "POST": "patients.write_notes"},
    "ipd:summary_signature_new": {"POST": "patients.write_notes"},
    "ipd:summary_paper_new": {"POST": "patients.view_notes"},
    "ipd:death_new": {"GET": "ipd.certify_deaths", "POST": "ipd.certify_deaths"},
    "ipd:contact_death_new": {"GET": "ipd.certify_deaths", "POST": "ipd.certify_deaths"},
    "ipd:death_detail": {"GET": "ipd.view_registers"},
    "ipd:handover_new": {"POST": "ipd.hand_over_bodies"},
    "ipd:register_list": {"GET": "ipd.view_registers"},
    "ipd:register_detail": {"GET": "ipd.view_registers"},
    "ipd:registrar_list": {"GET": "ipd.report_to_registrar"},
    "ipd:birth_report_new": {"POST": "ipd.report_to_registrar"},
    "ipd:death_report_new": {"POST": "ipd.report_to_registrar"},
    "ipd:census_list": {"GET": "ipd.view_figures"},
    "ipd:figure_list": {"GET": "ipd.view_figures"},
    "api-discharge-list": {"GET": "ipd.view_inpatients", "POST": "ipd.tick_discharge"},
    "api-discharge-detail": {"GET": "ipd.view_inpatients"},
    "api-discharge-steps": {"POST": "ipd.tick_discharge"},
    "api-discharge-overrides": {"POST": "ipd.pass_over_discharge"},
    "api-discharge-beds-left": {"POST": "ipd.tick_discharge"},
    "api-discharge-recalls": {"POST": "ipd.initiate_discharge"},
    "api-discharge-completions": {"POST": "ipd.complete_discharge"},
    "api-death-list": {"GET": "ipd.view_registers", "POST": "ipd.certify_deaths"},
    "api-death-detail": {"GET": "ipd.view_registers"},
    "api-death-withdrawals": {"POST": "patients.withdraw_deaths"},
    "lab:figure_list": {"GET": "lab.view_figures"},
    "lab:notifiable_list": {"GET": "lab.view_figures"},
    "lab:offer_list": {"POST": "lab.order_tests"},
    "lab:order_new": {"GET": "lab.order_tests", "POST": "lab.order_tests"},
    "lab:order_edit": {"POST": "lab.order_tests"},
    "lab:slip_new": {"POST": "lab.print_slip"},
    "lab:cancellation_new": {"GET": "lab.order_tests", "POST": "lab.order_tests"},
    "lab:priority_new": {"POST": "lab.order_tests"},
    "lab:charge_new": {"POST": "billing.take_payment"},
    "lab:collection_list": {"GET": "lab.collect_specimens", "POST": "lab.collect_specimens"},
    "lab:collection_new": {"GET": "lab.collect_specimens", "POST": "lab.collect_specimens"},
    "lab:recollection_list": {"GET": "lab.view_orders"},
    "lab:label_new": {"POST": "lab.collect_specimens"},
    "lab:reception_list": {"GET": "lab.receive_specimens", "POST": "lab.receive_specimens"},
    "lab:rejection_new": {"GET": "lab.receive_specimens", "POST": "lab.receive_specimens"},
    "lab:laboratory_edit": {"GET": "lab.manage_laboratory", "POST": "lab.manage_laboratory"},
    "lab:worklist": {"GET": "lab.enter_results"},
    "lab:result_new": {"POST": "lab.enter_results"},
    "lab:result_detail": {"GET": "lab.enter_results", "POST": "lab.enter_results"},
    "lab:authorisation_list": {"GET": "lab.authorise_reports"},
    "lab:authorisation_new": {"GET": "lab.authorise_reports", "POST": "lab.authorise_reports"},
    # The ward: rounds.
    "ipd:inpatient_list": {"GET": "ipd.view_inpatients"},
    "ipd:admission_detail": {"GET": "patients.view_chart"},
    "ipd:vitals_new": {"GET": "patients.record_observations", "POST": "patients.record_observations"},
    "ipd:warning_list": {"GET": "ipd.answer_warnings"},
    "ipd:warning_alarm": {"GET": "ipd.answer_warnings"},
    "ipd:warning_answer_new": {"POST": "ipd.answer_warnings"},
    "ipd:scale2_new": {"GET": "ipd.order_scale2", "POST": "ipd.order_scale2"},
    "ipd:leave_new": {"GET": "ipd.move_patients", "POST": "ipd.move_patients"},
    "ipd:return_new": {"GET": "ipd.move_patients", "POST": "ipd.move_patients"},
    "ipd:team_new": {"GET": "ipd.change_team", "POST": "ipd.change_team"},
    "ipd:procedure_new": {"GET": "ipd.record_procedures", "POST": "ipd.record_procedures"},
    "ipd:hold_new": {"GET": "ipd.hold_medicines", "POST": "ipd.hold_medicines"},
    "ipd:stop_new": {"GET": "ipd.hold_medicines", "POST": "ipd.hold_medicines"},
    "ipd:resumption_new": {"POST": "ipd.hold_medicines"},
    "ipd:opinion_list": {"GET": "ipd.give_opinions"},
    "ipd:opinion_new": {"GET": "ipd.give_opinions", "POST": "ipd.give_opinions"},
    "ipd:opinion_answer_new": {"GET": "ipd.give_opinions", "POST": "ipd.give_opinions"},
    "ipd:opinion_withdrawal_new": {"POST": "ipd.give_opinions"},
    "ipd:note_new": {"POST": "patients.write_notes"},
    "ipd:note_edit": {"GET": "patients.write_notes", "POST": "patients.write_notes"},
    "ipd:note_signature_new": {"POST": "patients.write_notes"},
    "ipd:note_removal_new": {"POST": "patients.write_notes"},
    "lab:critical_list": {"GET": "lab.answer_criticals"},
    "lab:critical_alarm": {"GET": "lab.answer_criticals"},
    "lab:acknowledgement_new": {"POST": "lab.answer_criticals"},
    "lab:analyser_list": {"GET": "lab.manage_analysers"},
    "lab:analyser_new": {"GET": "lab.manage_analysers", "POST": "lab.manage_analysers"},
    "lab:analyser_detail": {"GET": "lab.manage_analysers"},
    "lab:analyser_edit": {"GET": "lab.manage_analysers", "POST": "lab.manage_analysers"},
    "lab:code_new": {"POST": "lab.manage_analysers"},
    "lab:removal_new": {"POST": "lab.manage_analysers"},
    "lab:tray": {"GET": "lab.enter_results"},
    "lab:match_new": {"POST": "lab.enter_results"},
    "lab:tray_detail": {"GET": "lab.enter_results"},
    "lab:assignment_new": {"POST": "lab.enter_results"},
    "lab:discard_new": {"POST": "lab.enter_results"},
    "lab:result_list": {"GET": "lab.view_results"},
    "lab:result_summary": {"GET": "lab.view_results"},
    "lab:report_detail": {"GET": "lab.view_results"},
    "lab:report_paper_new": {"POST": "lab.view_results"},
    "lab:hand_out_new": {"GET": "lab.hand_out_reports", "POST": "lab.hand_out_reports"},
    "lab:examination_list": {"GET": "lab.enter_results"},
    "lab:examination_new": {"POST": "lab.enter_results"},
    "lab:findings_edit": {"GET": "lab.enter_results", "POST": "lab.enter_results"},
    "lab:form_f_list": {"GET": "lab.authorise_reports"},
    "lab:form_f_new": {"GET": "lab.authorise_reports", "POST": "lab.authorise_reports"},
    "lab:form_f_detail": {"GET": "lab.authorise_reports", "POST": "lab.authorise_reports"},
    "lab:form_f_paper_new": {"POST": "lab.authorise_reports"},
    "billing:invoice_detail": {"GET": "billing.view_invoice"},
    "billing:payment_new": {"GET": "billing.take_payment", "POST": "billing.take_payment"},
    "facilities:facility_list": {"GET": "facilities.manage_places"},
    "facilities:facility_new": {"GET": "facilities.add_facility", "POST": "facilities.add_facility"},
    "facilities:facility_edit": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:small_facility_new": {"POST": "facilities.set_small_facility"},
    "facilities:department_list": {"GET": "facilities.manage_places"},
    "facilities:department_new": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:department_edit": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:department_place_new": {"POST": "facilities.manage_places"},
    "facilities:unit_new": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:unit_edit": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:room_list": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:room_edit": {"GET": "facilities.manage_places", "POST": "facilities.manage_places"},
    "facilities:person_list": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:person_new": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:person_detail": {"GET": "facilities.manage_staff"},
    "facilities:person_edit": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:posting_new": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:posting_edit": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:password_reset_new": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:disablement_new": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:enablement_new": {"POST": "facilities.manage_staff"},
    "facilities:session_list": {"GET": "facilities.manage_sessions"},
    "facilities:session_end_new": {"POST": "facilities.manage_sessions"},
    "facilities:tokens_end_new": {"POST": "facilities.manage_sessions"},
    "facilities:import_new": {"GET": "facilities.manage_staff", "POST": "facilities.manage_staff"},
    "facilities:import_template": {"GET": "facilities.manage_staff"},
    "facilities:import_detail": {"GET": "facilities.manage_staff"},
    "facilities:import_left_out": {"GET": "facilities.manage_staff"},
    "facilities:import_confirmation_new": {"POST": "facilities.manage_staff"},
    "facilities:import_password_new": {"POST": "facilities.manage_staff"},
    "billing:scheme_list": {"GET": "billing.view_schemes"},
    "billing:scheme_new": {"GET": "billing.manage_schemes", "POST": "billing.manage_schemes"},
    "billing:scheme_edit": {"GET": "billing.manage_schemes", "POST": "billing.manage_schemes"},
    "billing:bill_list": {"GET": "billing.view_invoice", "POST": "billing.view_invoice"},
    "billing:bill_paper_new": {"POST": "billing.view_invoice"},
    "billing:credit_new": {"GET": "billing.ask_refund", "POST": "billing.ask_refund"},
    "billing:account_detail": {"GET": "billing.view_invoice"},
    "billing:counter_new": {"GET": "billing.take_payment", "POST": "billing.take_payment"},
    "billing:invoice_new": {"POST": "billing.take_payment"},
    "billing:deposit_new": {"GET": "billing.take_payment", "POST": "billing.take_payment"},
    "billing:deposit_refund_new": {"GET": "billing.ask_refund", "POST": "billing.ask_refund"},
    "billing:payment_refund_new": {"GET": "billing.ask_refund", "POST": "billing.ask_refund"},
    "billing:refund_list": {"GET": "billing.ask_refund"},
    "billing:unreturned_deposit_list": {"GET": "billing.ask_refund"},
    "billing:reference_list": {"GET": "billing.pay_refund"},
    "billing:reference_new": {"GET": "billing.pay_refund", "POST": "billing.pay_refund"},
    "billing:refund_detail": {"GET": "billing.ask_refund"},
    "billing:decision_new": {"POST": "billing.approve_refund"},
    "billing:withdrawal_new": {"POST": "billing.ask_refund"},
    "billing:refund_payment_new": {"POST": "billing.pay_refund"},
    "billing:ledger_detail": {"GET": "billing.view_collections"},
    "billing:shift_list": {"GET": "billing.view_collections"},
    "billing:shift_own": {"GET": "billing.open_shift"},
    "billing:shift_new": {"POST": "billing.open_shift"},
    "billing:shift_closing_new": {"GET": "billing.open_shift", "POST": "billing.open_shift"},
    "billing:shift_detail": {"GET": "billing.view_collections"},
    "billing:forgotten_shift_new": {"POST": "billing.accept_shifts"},
    "billing:acceptance_new": {"POST": "billing.accept_shifts"},
    "billing:challan_list": {"GET": "billing.view_collections"},
    "billing:challan_new": {"GET": "billing.accept_shifts", "POST": "billing.accept_shifts"},
    "billing:daybook_list": {"GET": "billing.view_collections"},
    "billing:collection_list": {"GET": "billing.view_collections"},
    "billing:report_export_new": {"POST": "billing.view_collections"},
    "billing:unseen_upi_list": {"GET": "billing.reconcile"},
    "billing:settlement_new": {"GET": "billing.reconcile", "POST": "billing.reconcile"},
    "billing:settlement_detail": {"GET": "billing.reconcile"},
    "billing:settlement_application_new": {"POST": "billing.reconcile"},
    "billing:cheque_list": {"GET": "billing.reconcile"},
    "billing:correction_new": {"GET": "billing.reconcile", "POST": "billing.reconcile"},
    "billing:clearance_new": {"GET": "billing.reconcile", "POST": "billing.reconcile"},
    "billing:bounce_new": {"GET": "billing.reconcile", "POST": "billing.reconcile"},
    "billing:tariff_list": {"GET": "billing.view_tariffs"},
    "billing:tariff_detail": {"GET": "billing.view_tariffs"},
    "billing:tariff_export": {"GET": "billing.view_tariffs"},
    "billing:tariff_import_new": {"GET": "billing.manage_tariffs", "POST": "billing.manage_tariffs"},
    "billing:tariff_import_confirmation_new": {"POST": "billing.manage_tariffs"},
    "billing:service_new": {"GET": "billing.manage_services", "POST": "billing.manage_services"},
    "billing:service_edit": {"GET": "billing.manage_services", "POST": "billing.manage_services"},
    "billing:price_new": {"GET": "billing.manage_tariffs", "POST": "billing.manage_tariffs"},
    "billing:price_end_new": {"GET": "billing.manage_tariffs", "POST": "billing.manage_tariffs"},
    "billing:cover_list": {"GET": "billing.view_covers", "POST": "billing.view_covers"},
    "billing:cover_approval_list": {"GET": "billing.approve_covers"},
    "billing:encounter_cover_detail": {"GET": "billing.view_covers"},
    "billing:cover_new": {"GET": "billing.grant_covers", "POST": "billing.grant_covers"},
    "billing:cover_earlier_new": {"POST": "billing.grant_covers"},
    "billing:cover_end_new": {"GET": "billing.grant_covers", "POST": "billing.grant_covers"},
    "billing:enhancement_new": {"GET": "billing.grant_covers", "POST": "billing.grant_covers"},
    "billing:claim_list": {"GET": "billing.view_claims", "POST": "billing.view_claims"},
    "billing:claim_export_new": {"POST": "billing.view_claims"},
    "billing:claim_detail": {"GET": "billing.view_claims"},
    "billing:claim_submission_new": {"GET": "billing.manage_claims", "POST": "billing.manage_claims"},
    "billing:claim_query_new": {"GET": "billing.manage_claims", "POST": "billing.manage_claims"},
    "billing:claim_approval_new": {"GET": "billing.manage_claims", "POST": "billing.manage_claims"},
    "billing:claim_rejection_new": {"GET": "billing.manage_claims", "POST": "billing.manage_claims"},
    "billing:claim_settlement_new": {"GET": "billing.manage_claims", "POST": "billing.manage_claims"},
    "billing:due_list": {"GET": "billing.view_dues"},
    "billing:patient_due_detail": {"GET": "billing.view_dues"},
    "reports:review_detail": {"GET": "reports.view_review"},
    "reports:review_district": {"GET": "reports.view_districts"},
    "reports:review_facility": {"GET": "reports.view_review"},
    "reports:quality_list": {"GET": "reports.view_review"},
    "reports:number_list": {"GET": "reports.view_review"},
    "reports:outcome_list": {"GET": "reports.view_review"},
    "reports:figure_detail": {"GET": "reports.view_review"},
    "reports:reconciliation_list": {"GET": "reports.view_checks"},
    "reports:check_list": {"GET": "reports.view_checks"},
    # The roll-out.
    "reports:rollout_list": {"GET": "reports.view_rollout"},
    "reports:rollout_detail": {"GET": "reports.view_rollout"},
    "reports:link_detail": {"GET": "reports.view_rollout"},
    "reports:rollout_setting_edit": {"GET": "reports.manage_rollout", "POST": "reports.manage_rollout"},
    "reports:rollout_step_edit": {"GET": "reports.manage_rollout", "POST": "reports.manage_rollout"},
    "reports:linkreading_new": {"POST": SIGNED_IN},
    "api-rollout-list": {"GET": "reports.view_rollout"},
    "api-rollout-detail": {"GET": "reports.view_rollout"},
    "api-rollout-steps": {"POST": "reports.manage_rollout"},
    "reports:register_list": {"GET": "reports.view_idsp"},
    "reports:register_detail": {"GET": "reports.view_registers"},
    "reports:form_p_detail": {"GET": "reports.view_idsp"},
    "reports:run_list": {"GET": "reports.make_reports"},
    "reports:run_new": {"GET": "reports.make_reports", "POST": "reports.make_reports"},
    "reports:run_detail": {"GET": "reports.make_reports"},
    "reports:run_cancel_new": {"POST": "reports.make_reports"},
    "reports:run_file": {"GET": "reports.make_reports"},
    "api-register-list": {"GET": "reports.view_idsp"},
    "api-register-opd": {"GET": "reports.view_registers"},
    "api-register-idsp-p": {"GET": "reports.view_idsp"},
    # The review, part A: registries.
    "reports:registry_list": {"GET": "reports.view_registries"},
    "reports:registry_new": {"GET": "reports.manage_registries", "POST": "reports.manage_registries"},
    "reports:registry_entering_new": {"POST": "reports.manage_registries"},
    "reports:registry_detail": {"GET": "reports.view_registries"},
    "reports:registry_edit": {"GET": "reports.manage_registries", "POST": "reports.manage_registries"},
    "reports:registry_move_new": {"POST": "reports.manage_registries"},
    "reports:registry_import_new": {"GET": "reports.manage_registries", "POST": "reports.manage_registries"},
    "reports:registry_import_template": {"GET": "reports.manage_registries"},
    "reports:registry_import_detail": {"GET": "reports.manage_registries"},
    "reports:registry_import_left_out": {"GET": "reports.manage_registries"},
    "reports:registry_import_confirmation_new": {"POST": "reports.manage_registries"},
    "reports:hpr_list": {"GET": "reports.view_registries"},
    "reports:hpr_own": {"GET": SIGNED_IN, "POST": SIGNED_IN},
    "reports:hpr_confirmation_new": {"POST": "reports.confirm_hpr"},
    "reports:abha_list": {"GET": "reports.view_registries"},
    "api-registry-list": {"GET": "reports.view_registries", "POST": "reports.manage_registries"},
    "api-registry-detail": {"GET": "reports.view_registries"},
    "api-registry-moves": {"POST": "reports.manage_registries"},
    "api-registry-coverage": {"GET": "reports.view_registries"},
    "audit:entry_list": {"GET": "audit.view_entries"},
    "audit:entry_detail": {"GET": "audit.view_entries"},
    "audit:search_new": {"POST": "audit.view_entries"},
    "audit:export_new": {"POST": "audit.export_entries"},
    "audit:glass_list": {"GET": "audit.review_glass"},
    "audit:review_new": {"POST": "audit.review_glass"},
    "audit:seal_list": {"GET": "audit.view_seals"},
    "audit:seal_paper": {"GET": "audit.view_seals"},
    "audit:seal_export_new": {"POST": "audit.view_seals"},
    "audit:noted_seal_new": {"POST": "audit.view_seals"},
    "api-auth-token": {"POST": PUBLIC},
    "api-facility-list": {"GET": "facilities.view_places"},
    "api-facility-detail": {"GET": "facilities.view_places"},
    "api-department-list": {"GET": "facilities.view_places"},
    "api-department-detail": {"GET": "facilities.view_places"},
    "api-patient-list": {"GET": "patients.search_patients", "POST": "patients.register_patient"},
    "api-patient-detail": {"GET": "patients.view_patient", "PATCH": "patients.edit_patient"},
    "api-patient-identifiers": {"GET": "patients.view_patient", "POST": "patients.edit_patient"},
    "api-patient-cards": {"GET": "patients.print_card", "POST": "patients.print_card"},
    "api-patient-labels": {"POST": "patients.print_card"},
    "api-identifier-endings": {"POST": "patients.edit_patient"},
    "api-merge-list": {"GET": "patients.merge_patients", "POST": "patients.merge_patients"},
    "api-merge-detail": {"GET": "patients.merge_patients"},
    "api-merge-undoings": {"POST": "patients.merge_patients"},
    "api-observation-list": {"GET": "patients.view_observations", "POST": "patients.record_observations"},
    "api-observation-detail": {"GET": "patients.view_observations"},
    "api-observation-errors": {"POST": "patients.record_observations"},
    "api-allergy-list": {"GET": "patients.view_allergies", "POST": "patients.record_allergies"},
    "api-allergy-detail": {"GET": "patients.view_allergies"},
    "api-allergy-refutations": {"POST": "patients.record_allergies"},
    "api-registration-list": {"GET": "opd.view_queue", "POST": "opd.register_visit"},
    "api-registration-detail": {"GET": "opd.view_queue"},
    "api-token-list": {"GET": "opd.view_queue"},
    "api-token-detail": {"GET": "opd.view_queue"},
    "api-token-calls": {"POST": "opd.call_patients"},
    "api-token-skips": {"POST": "opd.call_patients"},
    "api-token-completions": {"POST": "opd.call_patients"},
    "api-token-entries": {"POST": "opd.call_patients"},
    "api-token-tests": {"POST": "opd.call_patients"},
    "api-token-returns": {"POST": "opd.call_patients"},
    "api-token-departures": {"POST": "opd.call_patients"},
    "api-encounter-list": {"GET": "patients.view_patient"},
    "api-encounter-detail": {"GET": "patients.view_patient"},
    "api-token-moves": {"POST": "opd.move_token"},
    "api-token-cancellations": {"POST": "opd.cancel_token"},
    "api-clinicday-list": {"GET": "opd.view_queue"},
    "api-clinicday-detail": {"GET": "opd.view_queue"},
    "api-clinicday-calls": {"POST": "opd.call_patients"},
    "api-casualty-list": {"GET": "opd.view_casualty", "POST": "opd.register_casualty"},
    "api-casualty-detail": {"GET": "opd.view_casualty"},
    "api-casualty-triages": {"POST": "opd.register_casualty"},
    "api-casualty-beds": {"POST": "opd.register_casualty"},
    "api-casualty-departures": {"POST": "opd.register_casualty"},
    "api-casualty-cancellations": {"POST": "opd.register_casualty"},
    "api-newborn-corrections": {"POST": "patients.register_newborn"},
    "api-newborn-list": {"POST": "patients.register_newborn"},
    "api-case-list": {"GET": "patients.view_cases", "POST": "patients.open_case"},
    "api-case-detail": {"GET": "patients.view_cases"},
    "api-case-corrections": {"POST": "patients.open_case"},
    "api-case-intimations": {"POST": "patients.open_case"},
    "api-condition-list": {"GET": "patients.view_notes", "POST": "patients.write_notes"},
    "api-condition-detail": {"GET": "patients.view_notes", "PATCH": "patients.write_notes"},
    "api-condition-judgements": {"POST": "patients.write_notes"},
    "api-condition-codes": {"GET": "patients.write_notes"},
    "api-condition-problems": {"GET": "patients.view_notes"},
    "api-note-list": {"GET": "patients.view_notes", "POST": "patients.write_notes"},
    "api-note-detail": {"GET": "patients.view_notes", "PATCH": "patients.write_notes"},
    "api-note-versions": {"GET": "patients.view_notes"},
    "api-note-repetitions": {"POST": "patients.write_notes"},
    "api-note-submissions": {"POST": "patients.write_notes"},
    "api-note-returns": {"POST": "patients.write_notes"},
    "api-note-discards": {"POST": "patients.write_notes"},
    "api-note-signatures": {"POST": "patients.write_notes"},
    "api-note-countersignatures": {"POST": "patients.write_notes"},
    "api-note-addenda": {"POST": "patients.write_notes"},
    "api-note-papers": {"POST": "patients.view_notes"},
    "api-consultation-list": {"GET": "patients.view_notes", "POST": "opd.consult"},
    "api-consultation-detail": {"GET": "patients.view_notes", "PATCH": "opd.consult"},
    "api-consultation-signature": {"POST": "opd.consult"},
    "api-consultation-submissions": {"POST": "opd.consult"},
    "api-referral-list": {"GET": "patients.view_referrals", "POST": "patients.refer_patients"},
    "api-referral-detail": {"GET": "patients.view_referrals"},
    "api-referral-withdrawals": {"POST": "patients.refer_patients"},
    "api-admissionrequest-list": {
        "GET": "patients.view_admission_requests",
        "POST": "patients.request_admission",
    },
    "api-admissionrequest-detail": {"GET": "patients.view_admission_requests"},
    "api-admissionrequest-acceptances": {"POST": "patients.accept_admissions"},
    "api-admissionrequest-cancellations": {"POST": "patients.accept_admissions"},
    "api-medication-list": {"GET": "patients.view_formulary"},
    "api-medication-detail": {"GET": "patients.view_formulary"},
    "api-certificate-list": {"GET": "patients.view_certificates", "POST": "patients.issue_certificates"},
    "api-certificate-detail": {"GET": "patients.view_certificates"},
    "api-certificate-cancellations": {"POST": "patients.issue_certificates"},
    "api-clinicday-closures": {"POST": "opd.close_clinic"},
    "api-clinicday-openings": {"POST": "opd.close_clinic"},
    "api-test-list": {"GET": "lab.view_orders"},
    "api-test-detail": {"GET": "lab.view_orders"},
    "api-servicerequest-list": {"GET": "lab.view_orders", "POST": "lab.order_tests"},
    "api-servicerequest-detail": {"GET": "lab.view_orders"},
    "api-servicerequest-cancellations": {"POST": "lab.order_tests"},
    "api-servicerequest-priorities": {"POST": "lab.order_tests"},
    "api-specimen-list": {"GET": "lab.view_orders", "POST": "lab.collect_specimens"},
    "api-specimen-detail": {"GET": "lab.view_orders"},
    "api-specimen-receipts": {"POST": "lab.receive_specimens"},
    "api-specimen-rejections": {"POST": "lab.receive_specimens"},
    "api-result-list": {"GET": "lab.view_results", "POST": "lab.enter_results"},
    "api-result-detail": {"GET": "lab.view_results"},
    "api-earlywarning-list": {"GET": "ipd.answer_warnings"},
    "api-earlywarning-answers": {"POST": "ipd.answer_warnings"},
    "api-result-acknowledgements": {"POST": "lab.answer_criticals"},
    "api-dashboard-list": {"GET": "reports.view_review"},
    "api-report-list": {"GET": "lab.view_results", "POST": "lab.authorise_reports"},
    "api-report-detail": {"GET": "lab.view_results"},
    "api-report-verifications": {"POST": "lab.verify_results"},
    "api-report-reopenings": {"POST": "lab.authorise_reports"},
    "api-display-list": {"GET": "opd.manage_displays", "POST": "opd.manage_displays"},
    "api-display-detail": {"GET": "opd.manage_displays"},
    "api-display-keys": {"POST": "opd.manage_displays"},
    "api-display-revocations": {"POST": "opd.manage_displays"},
    "api-invoice-list": {"GET": "billing.view_invoice", "POST": "billing.take_payment"},
    "api-invoice-detail": {"GET": "billing.view_invoice"},
    "api-invoice-payments": {"POST": "billing.take_payment"},
    "api-invoice-papers": {"POST": "billing.view_invoice"},
    "api-payment-list": {"GET": "billing.view_invoice"},
    "api-payment-detail": {"GET": "billing.view_invoice"},
    "api-refund-list": {"GET": "billing.ask_refund", "POST": "billing.ask_refund"},
    "api-refund-detail": {"GET": "billing.ask_refund"},
    "api-refund-decisions": {"POST": "billing.approve_refund"},
    "api-refund-withdrawals": {"POST": "billing.ask_refund"},
    "api-refund-payments": {"POST": "billing.pay_refund"},
    "api-voucher-list": {"GET": "billing.view_invoice"},
    "api-voucher-references": {"POST": "billing.pay_refund"},
    "api-deposit-list": {"GET": "billing.view_invoice", "POST": "billing.take_payment"},
    "api-deposit-detail": {"GET": "billing.view_invoice"},
    "api-deposit-payments": {"POST": "billing.take_payment"},
    "api-deposit-refunds": {"POST": "billing.ask_refund"},
    "api-account-detail": {"GET": "billing.view_invoice"},
    "api-account-discharge": {"GET": "billing.view_invoice"},
    "api-shift-list": {"GET": "billing.view_collections", "POST": "billing.open_shift"},
    "api-shift-detail": {"GET": "billing.view_collections"},
    "api-shift-current": {"GET": "billing.open_shift"},
    "api-shift-drawers": {"GET": "billing.open_shift"},
    "api-shift-closings": {"POST": "billing.open_shift"},
    "api-shift-acceptances": {"POST": "billing.accept_shifts"},
    "api-tariff-list": {"GET": "billing.view_tariffs", "POST": "billing.manage_tariffs"},
    "api-tariff-detail": {"GET": "billing.view_tariffs"},
    "api-tariff-endings": {"POST": "billing.manage_tariffs"},
    "api-scheme-list": {"GET": "billing.view_tariffs"},
    "api-scheme-detail": {"GET": "billing.view_tariffs"},
    "api-cover-list": {"GET": "billing.view_covers", "POST": "billing.grant_covers"},
    "api-cover-detail": {"GET": "billing.view_covers"},
    "api-cover-extensions": {"POST": "billing.grant_covers"},
    "api-cover-endings": {"POST": "billing.grant_covers"},
    "api-cover-enhancements": {"POST": "billing.grant_covers"},
    "api-claim-list": {"GET": "billing.view_claims"},
    "api-claim-detail": {"GET": "billing.view_claims"},
    "api-claim-submissions": {"POST": "billing.manage_claims"},
    "api-claim-queries": {"POST": "billing.manage_claims"},
    "api-claim-approvals": {"POST": "billing.manage_claims"},
    "api-claim-rejections": {"POST": "billing.manage_claims"},
    "api-claim-settlements": {"POST": "billing.manage_claims"},
    "api-paper-detail": {"GET": "kernel.print_paper"},
    "api-schema": {"GET": SIGNED_IN},
    "api-docs": {"GET": SIGNED_IN},
    "api-none": {},
}
GUARDED = {
    name: methods
    for name, methods in ACCESS.items()
    if methods and not {PUBLIC, SIGNED_IN} & set(methods.values())
}


def addresses(patterns=None, space="", path=""):
    """(name, view, its path) of everything that the resolver knows."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", one.callback, f"{path}{one.pattern}"
        else:
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from addresses(one.url_patterns, inner, f"{path}{one.pattern}")


def test_every_address_stands_in_the_table():
    assert {name for name, _, _ in addresses()} == set(ACCESS)


def test_no_log_holds_what_opens_an_address_by_itself():
    opens = [path for name, _, path in addresses() if PUBLIC in ACCESS[name].values() and "<" in path]
    keyed = [path for _, _, path in addresses() if re.search(r"_key\b", path)]

    assert {"display/<str:display_key>/", "r/<str:check_key>/"} <= set(opens)
    for path in {*opens, *keyed}:
        typed = re.sub(r"<[^>]+>", "K3y-0f-it", path)
        assert "K3y-0f-it" not in without_keys(f"GET /{typed} 200"), path


def declared(view):
    """What the view itself says it needs, by method."""
    nouns = getattr(view, "actions", None)
    if nouns:
        return {method.upper(): view.cls.needed[act] for method, act in nouns.items() if method != "head"}
    return getattr(view, "access", None)


def test_every_view_says_what_the_table_says():
    for name, view, _ in addresses():
        said = declared(view)
        if said is None:
            assert name in {"api-auth-token", "api-schema", "api-docs", "api-none"}
        elif isinstance(said, str):
            assert set(ACCESS[name].values()) == {said}, name
        else:
            assert said == ACCESS[name], name


# Pages about an order that has come to its report.
OF_REPORTED = {"lab:authorisation_new", "lab:result_new", "lab:result_detail"}
# What is done only once a discharge is begun.
OF_LEAVING = {
    f"ipd:{name}"
    for name in (
        *("discharge_detail", "recall_new", "step_new", "override_new", "bed_left_new"),
        *("completion_new", "final_bill_new", "summary_new"),
    )
}
# Pages that are told a word, and no key.
OF_WORDS = {
    "ipd:register_detail": "admissions",
    "reports:register_detail": "opd",
    "reports:run_new": "idsp_p_xlsx",
    "report_check": "no-key-of-any-report-1",
}
OF_IMAGING = ("lab:form_f_", "lab:findings_", "lab:examination_")


@dataclass(frozen=True)
class Records:
    """One of each thing that a hospital keeps, by the names that addresses give them."""

    made: object
    casualty: object
    invoice: object
    display: object
    facility: object
    person: object
    session: object
    sheet: object
    scheme: object
    price: object
    cover: object
    claim: object
    identifier: object
    money: object
    observation: object
    allergy: object
    condition: object
    note: object
    consultation: object
    referral: object
    admission_request: object
    certificate: object
    line: object
    issue: object
    medicine_set: object
    medication: object
    approval: object
    order: object
    report: object
    catalogue_approval: object
    control: object
    tray: object
    scan: object
    form: object
    admission: object
    ward_note: object
    warning: object
    opinion: object
    inpatient: object
    leaving: object
    summary: object
    death: object
    birth: object
    run: object
    registry: object
    registry_import: object
    entry: object
    seal: object
    merge: object

    def path_of(self, name, path):
        if name == "paper_list":
            return f"{reverse(name)}?p={self.made.slip.pk}"
        if "<" not in path or "(" in path:
            return reverse(name) if "(" not in path else "/api/v1/nowhere/"
        keys = [part.split(":")[1].split(">")[0] for part in path.split("<")[1:]]
        return reverse(name, args=[self.named(name, key) for key in keys])

    def named(self, name, key):
        if key == "pk":
            return self.of_the_api[name.split("-")[1]].pk
        if (name, key) in self.of_one_page:
            return self.of_one_page[name, key]
        if name.startswith("lab:") and key in {"kind", "approval_id"}:
            return "analyte" if key == "kind" else self.catalogue_approval.pk
        if name.startswith("ipd:summary_") and key == "note_id":
            return self.summary.pk
        if name in OF_WORDS:
            return OF_WORDS[name]
        if name.startswith(OF_IMAGING) and key == "order_id":
            return self.scan.pk
        if name.startswith("ipd:note_") and key == "note_id":
            return self.ward_note.pk
        return self.of_pages[key]

    @cached_property
    def of_one_page(self):
        """Keys that stand for something else there. Like the others they are read once, not by each test."""
        return {
            ("certificate_check", "check_key"): check_key_of(self.certificate),
            ("death_check", "check_key"): check_key_of(self.death),
            ("prescription_check", "check_key"): check_key_of_prescription(self.line),
            ("ipd:bed_new", "room_id"): self.inpatient.stay.bed.room_id,
            **{(name, "admission_id"): self.leaving.pk for name in OF_LEAVING},
            **{(name, "order_id"): self.report.order_id for name in OF_REPORTED},
        }

    @cached_property
    def of_the_api(self):
        """noun → what its addresses stand for."""
        return {
            "facility": self.facility,
            "rollout": self.facility,
            "department": self.made.encounter.department,
            "patient": self.made.encounter.patient,
            "observation": self.observation,
            "allergy": self.allergy,
            "identifier": self.identifier,
            "merge": self.merge,
            "registration": self.made.encounter,
            "encounter": self.made.encounter,
            "token": self.made.token,
            "clinicday": self.made.token.clinic_day,
            "casualty": self.casualty.arrival,
            "case": self.casualty.case,
            "condition": self.condition,
            "note": self.note,
            "consultation": self.consultation,
            "referral": self.referral,
            "admissionrequest": self.admission_request,
            "certificate": self.certificate,
            "medication": self.medication,
            "prescription": self.line,
            "test": self.order.test,
            "servicerequest": self.order,
            "specimen": self.report.order.specimen,
            "result": self.report.order.lines.first(),
            "report": self.report,
            "earlywarning": self.warning,
            "paper": self.made.slip,
            "display": self.display,
            "invoice": self.invoice,
            "payment": self.money.cheque,
            "refund": self.money.asked,
            "voucher": self.money.refund,
            "deposit": self.money.deposit,
            "account": self.made.encounter,
            "shift": self.money.shift,
            "tariff": self.price,
            "scheme": self.scheme,
            "cover": self.cover,
            "claim": self.claim,
            "ward": self.inpatient.stay.bed.room.ward,
            "bed": self.inpatient.stay.bed,
            "admission": self.admission,
            "discharge": self.leaving,
            "registry": self.registry,
            "death": self.death,
            "newborn": self.birth,
        }

    @cached_property
    def of_pages(self):
        """What the keys of pages stand for."""
        return {
            "admission_id": self.admission.pk,
            "warning_id": self.warning.pk,
            "opinion_id": self.opinion.pk,
            "ward_id": self.inpatient.stay.bed.room.ward_id,
            "bed_id": self.inpatient.stay.bed_id,
            "test_id": self.order.test_id,
            "level_id": self.control.level_id,
            "control_id": self.control.pk,
            "form_id": self.form.pk,
            "report_id": self.report.pk,
            "line_id": self.line.pk,
            "issue_id": self.issue.pk,
            "set_id": self.medicine_set.pk,
            "referral_id": self.referral.pk,
            "admission_request_id": self.admission_request.pk,
            "certificate_id": self.certificate.pk,
            "medication_id": self.medication.pk,
            "approval_id": self.approval.pk,
            "kind": "medication",
            "code": "interaction",
            "order_id": self.order.pk,
            "specimen_id": self.report.order.specimen_id,
            "critical_id": self.report.order.lines.first().pk,
            "result_id": self.tray.pk,
            "analyser_id": self.tray.message.analyser_id,
            "code_id": self.tray.message.analyser.codes.get().pk,
            "patient_id": self.made.encounter.patient_id,
            "vital": "pulse",
            "identifier_id": self.identifier.pk,
            "encounter_id": self.made.encounter.pk,
            "observation_id": self.observation.pk,
            "allergy_id": self.allergy.pk,
            "invoice_id": self.invoice.pk,
            "clinic_day_id": self.made.token.clinic_day_id,
            "token_id": self.made.token.pk,
            "arrival_id": self.casualty.arrival.pk,
            "case_id": self.casualty.case.pk,
            "consultation_id": self.consultation.pk,
            "condition_id": self.condition.pk,
            "note_id": self.note.pk,
            "display_id": self.display.pk,
            "display_key": "no-key-of-any-screen",
            "paper_id": self.made.slip.pk,
            "check_key": self.made.receipt.check_key,
            "facility_id": self.facility.pk,
            "district_id": self.facility.district_id,
            "measure": "visits",
            "run_id": self.run.pk,
            "step": "wifi",
            "department_id": self.made.encounter.department_id,
            "unit_id": self.made.token.clinic_day.unit_id,
            "room_id": self.made.token.clinic_day.unit.room_id,
            "person_id": self.person.pk,
            "posting_id": self.person.posting.pk,
            "session_id": self.session.pk,
            "import_id": self.sheet.pk,
            "scheme_id": self.scheme.pk,
            "shift_id": self.money.shift.pk,
            "payment_id": self.money.cheque.pk,
            "settlement_id": self.money.settlement.pk,
            "deposit_id": self.money.deposit.pk,
            "request_id": self.money.asked.pk,
            "refund_id": self.money.refund.pk,
            "definition_id": self.price.definition_id,
            "price_id": self.price.pk,
            "cover_id": self.cover.pk,
            "claim_id": self.claim.pk,
            "death_id": self.death.pk,
            "notice_id": self.death.notice_id,
            "merge_id": self.merge.pk,
            "other_id": self.merge.kept_id,
            "birth_id": self.birth.pk,
            "registry_entry_id": self.registry.pk,
            "registry_import_id": self.registry_import.pk,
            "entry_id": self.entry.pk,
            "seal_id": self.seal.pk,
        }


def keep(department, clerk):
    """A registration of today with its papers, somebody in casualty, and an invoice that is still owed."""
    facility = department.facility
    made = register_visit(
        patient=make_patient(facility, name=f"Patient of {facility.code}"),
        visit=Visit(department=department, offer=Offer(PaymentMode.CASH)),
        request_key=uuid4(),
        actor=clerk,
        at=timezone.now(),
    )
    # Rendered already, as far as anybody can tell: those who open it later render nothing either.
    IssuedDocument.objects.filter(pk=made.slip.pk).update(
        pdf=b"%PDF-1.7", sha256="0" * 64, rendered_at=timezone.now()
    )
    casualty = register_casualty(
        who=Unknown(Sex.MALE),
        coming=Coming(department=department, triage=Triage.RED, case=CaseDetails(CaseKind.ASSAULT)),
        request_key=uuid4(),
        actor=clerk,
        at=timezone.now(),
    )
    display = make_display([made.token.clinic_day.unit], clerk)
    nurse = make_nurse("Nurse", facility)
    Client().force_login(nurse)
    AuthToken.objects.create(nurse)
    sheet = make_sheet(facility, make_person("Admin", Role.FACILITY_ADMIN, facility))
    scheme = Scheme.objects.first() or make_scheme()
    session, invoice = nurse.login_sessions.get(), make_invoice(made.encounter, clerk)
    number = give_identifier(made.encounter.patient, IdentifierKind.OLD_NUMBER, f"{facility.code}/77")
    money = keep_money(made.encounter)
    price = make_price(ChargeItemDefinition.objects.first() or make_definition(), facility)
    cover = make_cover(made.encounter, clerk, scheme)
    claim = make_claim(made.encounter, clerk, scheme)
    encounter = made.encounter
    doctor = make_doctor("Author", facility)
    make_formulary(facility)
    allergy = make_allergy(encounter, nurse)
    draft = make_note(encounter, doctor)
    line = make_issue(make_line(draft, doctor)).request
    medicine_set = make_set(draft, doctor, is_shared=True)
    sign(draft, doctor)
    scan = order_scan(encounter, doctor)
    admission = admit(encounter.patient, beds_in(make_ward(department))[0], nurse).admission
    measure(admission, nurse, ILL)
    eye = make_department(facility, "WEYE", name="Eyes", name_hi="आँख")
    other = make_token(ClinicDay.objects.get(pk=made.token.clinic_day_id))
    beds = beds_in(make_ward(department))
    leaving = admit(make_patient(facility, name=f"Going {facility.code}"), beds[0], nurse).admission
    begin_discharge(leaving, doctor)
    dying = admit(make_patient(facility, name=f"Dying {facility.code}"), beds[1], nurse).admission
    return Records(
        entry=AuditEntry.objects.get(name="opd.visit_registered", facility_id=facility.pk),
        seal=make_seal(),
        merge=make_merge(make_patient(facility), make_patient(facility), nurse),
        run=make_run(facility),
        registry=make_entry(facility=facility),
        registry_import=make_registry_import(facility.district),
        leaving=leaving,
        summary=sign_summary(leaving, doctor),
        death=die(dying.encounter, doctor, died_at=dying.admitted_at),
        birth=register_newborns(
            mother=leaving.patient,
            babies=[Newborn(Sex.FEMALE, leaving.admitted_at)],
            request_key=uuid4(),
            actor=nurse,
            at=timezone.now(),
        )[0],
        observation=make_observation(encounter, nurse),
        allergy=allergy,
        made=made,
        casualty=casualty,
        invoice=invoice,
        display=display,
        facility=facility,
        person=nurse,
        session=session,
        sheet=sheet,
        scheme=scheme,
        price=price,
        cover=cover,
        claim=claim,
        identifier=number,
        money=money,
        condition=make_condition(made.encounter, doctor),
        note=line.note,
        line=line,
        issue=line.issues.get(),
        medicine_set=medicine_set,
        consultation=make_consultation(other, make_doctor("Reader", facility)),
        referral=make_letter(made.encounter, doctor),
        admission_request=make_admission_request(made.encounter, doctor),
        certificate=make_certificate(made.encounter, certifying(doctor)),
        medication=medication("Paracetamol"),
        approval=make_approval(medication("Paracetamol"), doctor),
        order=order(
            encounter,
            doctor,
            TestDefinition.objects.filter(code="CBC").first() or make_test(),
            again=True,
        )[0],
        report=reported(
            encounter,
            doctor,
            make_technician(facility),
            make_pathologist(facility),
            TestDefinition.objects.filter(code="HB").first() or make_test("HB", members=["HB"]),
            HB="5.1",
        ),
        catalogue_approval=make_approval(AnalyteDefinition.objects.get(code="HB"), doctor),
        control=run_controls(doctor, (make_control_level(facility, doctor), "160"))[0],
        tray=make_waiting(facility),
        scan=scan,
        form=make_form_f(scan, doctor),
        admission=admission,
        ward_note=make_ward_note(admission, doctor),
        warning=admission.warnings.get(),
        opinion=ask_department(admission, eye, doctor),
        inpatient=admit(
            make_patient(facility, name=f"Inpatient of {facility.code}"),
            beds_in(make_ward(department))[0],
            nurse,
        ),
    )


# ── What a walk over all addresses walks among ──


def raise_hospital(code, lgd_code):
    """A hospital in a district of its own, with something of each noun."""
    department = make_department(make_facility(code, make_district(f"District {lgd_code}", lgd_code)))
    make_unit(department)
    return keep(department, make_clerk("Clerk", department.facility))


HANDLER = Client().handler


def sign_in(facility):
    """role → somebody of it, at this hospital, in its district or in the state, and their cookies."""
    places = {Reach.FACILITY: facility, Reach.DISTRICT: facility.district, Reach.STATE: make_state()}

    def enter(role):
        person = make_person(role.title(), role, places[ROLES[role].reach])
        return person, sessions.signed_in(person).cookies

    return {role: enter(role) for role in Role}


def once_of_each(note_refused):
    """Writes the first refusal of each permission to each role."""
    written = set()

    def note(permission, *, actor):
        refusal = permission, actor.posting.role
        if refusal not in written:
            note_refused(permission, actor=actor)
            written.add(refusal)

    return note


def first_alone(workbook):
    """Writes the first workbook; of those that follow only the rows are gone through."""
    written = set()

    def write(name, head, rows):
        if not written:
            written.add(name)
            return workbook(name, head, rows)
        return b"".join(b"" for _row in rows)

    return write


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker):
    """Two hospitals and somebody of each role, made once for a file: each step is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        with translation.override("en"):
            here, there = raise_hospital("HERE", 9001), raise_hospital("YON", 9002)
            people = sign_in(here.facility)
        connection.check_constraints()  # once: the end of each test would look through all of the stage
        yield here, there, people, sessions.read_once(), once_of_each(access.note_refused)
        transaction.set_rollback(True)


@pytest.fixture
def here(stage, db):
    """The hospital whose people walk."""
    return stage[0]


@pytest.fixture
def there(stage, db):
    """Another hospital, in another district."""
    return stage[1]


@pytest.fixture
def signed_in(stage, db, monkeypatch):
    """role → a browser in which somebody of that role is signed in; who is turned away reads nothing.

    That somebody was turned away is written down once for each role and permission, not nine thousand times.
    """
    monkeypatch.setattr(urls, "handler403", lambda request, exception: HttpResponseForbidden(), raising=False)
    _, _, people, read_once, note_once = stage
    read_once(monkeypatch)
    for module in access, api:
        monkeypatch.setattr(module, "note_refused", note_once)
    clients = {role: Client() for role in people}
    for role, client in clients.items():
        client.handler = HANDLER  # its middleware is loaded once
        client.person, cookies = people[role]
        client.cookies.update(cookies)
    return clients


@contextmanager
def undone():
    """Begins with nothing in mind; whatever is done in here is undone."""
    recent.forget()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client, method, path):
    """The status of the answer; whatever the request did is undone."""
    with transaction.atomic():
        status = ask_in_vain(client, method, path)
        transaction.set_rollback(True)
    return status


def ask_in_vain(client, method, path):
    """The same of a request that is turned away: nothing of it need be undone before the walk goes on."""
    sent = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
    if method == "POST" and not path.startswith("/api/"):
        sent = {"data": {}}
    return getattr(client, method.lower())(path, **sent).status_code


WALK = [(name, path) for name, _, path in addresses()]
PASSED = {200, 201, 204, 302, 303, 400, 409, 415, 422}


@pytest.mark.parametrize(("name", "path"), WALK)
def test_an_address_opens_to_those_whom_its_table_names(name, path, here, request, monkeypatch):
    with undone():
        nobody_gets_in(name, path, here)
    if name not in GUARDED:
        return
    there, signed_in = map(request.getfixturevalue, ("there", "signed_in"))
    with undone(), monkeypatch.context() as patch:
        each_role_gets_in_where_its_duties_lead_and_a_stranger_finds_nothing(
            name, path, here, there, signed_in, patch
        )
    with undone():
        a_method_that_no_table_names_is_not_answered(name, path, here, signed_in)


def nobody_gets_in(name, path, here):
    client, address = Client(), here.path_of(name, path)
    client.handler = HANDLER
    is_public = PUBLIC in ACCESS[name].values()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        if is_public:
            assert ask(client, method, address) < 500
            continue
        is_sent = method in {"GET", "POST"}
        status = ask_in_vain(client, method, address) if is_sent else asked(address, method, AnonymousUser())
        assert status == 401 if path.startswith("api/") else status in {302, 405}, method


# The walk's paper is a slip: its kind asks for more than the address (tests/kernel/test_paper_kinds.py).
OF_ITS_KIND = dict.fromkeys(
    ("paper_list", "paper_detail", "paper_copy_new", "api-paper-detail"), "opd.print_slip"
)


# A hospital's report is for its own people: whoever looks after several finds none of it (docs/adr/0396).
OF_THE_PLACE = {"reports:run_detail", "reports:run_cancel_new", "reports:run_file"}


# The laboratory's work is not there for imaging, nor imaging's for the laboratory (docs/adr/0362).
OF_THE_LABORATORY = {*OF_REPORTED, "lab:tray_detail", "lab:assignment_new", "lab:discard_new"}
OF_THE_ROOMS = {"lab:findings_edit", "lab:form_f_new", "lab:form_f_detail", "lab:form_f_paper_new"}


def is_the_work_of_others(name, role):
    return name in (OF_THE_LABORATORY if role == Role.RADIOLOGIST else OF_THE_ROOMS)


def each_role_gets_in_where_its_duties_lead_and_a_stranger_finds_nothing(
    name, path, here, there, signed_in, patch
):
    # What the page of nothing says is looked at in tests/security/test_enumeration.py.
    patch.setattr(urls, "handler404", lambda request, exception: HttpResponseNotFound(), raising=False)
    patch.setattr(exports, "workbook", first_alone(exports.workbook))
    own, foreign = here.path_of(name, path), there.path_of(name, path)
    for method, permission in ACCESS[name].items():
        entering = [role for role in signed_in if permission in ROLES[role].permissions]
        who_may_not_is_turned_away(method, own, foreign, without(signed_in, entering))
        seen = []
        for role in entering:
            client = signed_in[role]
            is_elsewhere = name in OF_THE_PLACE and ROLES[role].reach != Reach.FACILITY
            if is_elsewhere or is_the_work_of_others(name, role):
                both = ask_in_vain(client, method, own), ask_in_vain(client, method, foreign)
                assert both == (404, 404), (role, method)
                continue
            # Who is to a page as somebody was before is asked at its gate alone.
            if any(told.fits(role) for told in seen):
                assert turned_away(own, method, client.person) is None, (role, method)
                assert turned_away(foreign, method, client.person) in {None, 404}, (role, method)
                continue
            with listening(role) as told:
                further = OF_ITS_KIND.get(name, permission)
                told.answers[further] = may = further in ROLES[role].permissions
                who_may_comes_in(role, method, own, foreign, client, may)
            seen.append(told)


def test_whose_alarm_rings_is_asked_by_the_layout_alone():
    asking = [
        one.name
        for one in (settings.BASE_DIR / "templates").rglob("*.html")
        if OF_THE_LAYOUT in one.read_text()
    ]

    assert asking == ["app.html"]


def without(signed_in, entering):
    return {role: client for role, client in signed_in.items() if role not in entering}


def who_may_not_is_turned_away(method, own, foreign, others):
    """One of them comes with a browser; before the others the same gate stands, whatever its record."""
    for number, (role, client) in enumerate(others.items()):
        for address in {own, foreign}:
            if number == 0:
                assert ask_in_vain(client, method, address) == 403, (role, method)
            assert turned_away(address, method, client.person) == 403, (role, method)


def who_may_comes_in(role, method, own, foreign, client, may):
    """To a record of theirs, if their papers are of its kind too; a stranger's is not there."""
    mine = (ask if may else ask_in_vain)(client, method, own)
    assert mine in PASSED if may else mine == 403, (role, method, mine)
    if own != foreign:
        sees_all = may and ROLES[role].reach == Reach.STATE
        strange = (ask if sees_all else ask_in_vain)(client, method, foreign)
        # A body that is refused before anything is looked up says nothing of the record.
        assert strange in (PASSED if sees_all else {404}) or strange == mine == 400, (role, method, strange)


def a_method_that_no_table_names_is_not_answered(name, path, here, signed_in):
    entering = next(role for role in Role if ROLES[role].permissions & set(ACCESS[name].values()))
    address, person = here.path_of(name, path), signed_in[entering].person
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(ACCESS[name]):
        assert asked(address, method, person) in {403, 405}, method


DAYS_ASKED = ("day", "begins", "ends", "first", "last", "week", "on")
WORDS_ASKED = (
    "q",
    "status",
    "scheme",
    "number",
    "rule",
    "section",
    "kind",
    "bucket",
    "place",
    "name",
    "language",
)


def test_no_day_is_too_far_and_no_word_too_strange(here, signed_in, monkeypatch):
    """The first and the last day have none before and after them, a "²" is a digit and no number, and NUL is
    text that PostgreSQL does not take: no page may stumble.
    """
    last, first = strange("9999-12-31"), strange("0001-01-01")
    read = names_read(monkeypatch)
    stumbled = []
    for name, path in WALK:
        for method in {"GET", "POST"} & set(GUARDED.get(name, ())):
            entering = next(role for role in Role if ACCESS[name][method] in ROLES[role].permissions)
            client, address = signed_in[entering], here.path_of(name, path)
            client.raise_request_exception = False
            read.clear()
            statuses = [send(client, method, address, last)]
            # What is sent is taken alike on both days, and so is a page that reads no day.
            if method == "GET" and read & {*DAYS_ASKED, "month"}:
                statuses.append(send(client, method, address, first))
            if max(statuses) >= 500:
                stumbled.append((method, name))

    assert stumbled == []


def strange(day):
    said = dict.fromkeys(DAYS_ASKED, day) | dict.fromkeys(WORDS_ASKED, "a\0") | {"month": day[:7]}
    return said | {"page": "9" * 30, "rev": "²"}


def send(client, method, address, said):
    """The status of the answer to all this; what the request did is undone."""
    with transaction.atomic():
        if method == "POST":
            answer = client.post(address, said)
        else:
            answer = client.get(f"{address}{'&' if '?' in address else '?'}{urlencode(said)}")
        transaction.set_rollback(True)
    return answer.status_code


def test_a_district_sees_its_own_hospitals_only(here, there, client):
    hari = make_person("Hari", Role.DISTRICT_ADMIN, there.facility.district)
    client.force_login(hari)
    clinic = "opd:clinicday_detail"

    assert client.get(reverse(clinic, args=[there.made.token.clinic_day_id])).status_code == 200
    assert client.get(reverse(clinic, args=[here.made.token.clinic_day_id])).status_code == 404
    assert hari.posting.district == there.facility.district != here.facility.district


# ── Ids where no address shows them ──


@pytest.fixture
def clerk(here):
    return make_clerk("Kavita", here.facility)


def desk(patient, department):
    return {
        "patient": patient.pk,
        "department": department.code,
        "lane": "normal",
        "payment": "cash",
        "request_key": uuid4(),
    }


def test_a_strangers_patient_in_a_hidden_field_is_not_there(here, there, clerk, client):
    client.force_login(clerk)
    stranger = there.made.encounter.patient

    for name in "opd:registration_new", "opd:estimate_new":
        sent = desk(stranger, here.made.encounter.department)
        assert client.post(reverse(name), sent).status_code == 404
    assert client.get(reverse("opd:registration_new"), {"patient": stranger.pk}).status_code == 404
    assert stranger.encounters.filter(encounter_class="ambulatory").count() == 1


def test_a_strangers_ids_in_a_body_are_refused(here, there, clerk, client):
    client.force_login(clerk)
    own, strange = here.made, there.made
    bodies = [
        {"patient": str(strange.encounter.patient_id), "department": "MED"},
        {"patient": str(own.encounter.patient_id), "department": str(strange.encounter.department_id)},
        {
            "patient": str(own.encounter.patient_id),
            "department": "MED",
            "unit": str(strange.token.clinic_day.unit_id),
        },
    ]
    for body in bodies:
        answer = client.post(reverse("api-registration-list"), body, content_type="application/json")
        assert answer.status_code in {400, 404, 422}, answer.content
    moved = client.post(
        reverse("api-token-moves", args=[own.token.pk]),
        {"unit": str(strange.token.clinic_day.unit_id)},
        content_type="application/json",
    )
    assert moved.status_code in {400, 404, 422}, moved.content


def test_a_strangers_paper_is_not_joined_to_ones_own(here, there, clerk, client):
    client.force_login(clerk)
    papers = [here.made.slip.pk, there.made.slip.pk]

    assert client.get(reverse("paper_list"), {"p": papers[:1]}).status_code == 200
    assert client.get(reverse("paper_list"), {"p": papers}).status_code == 404


def test_the_public_page_of_a_receipt_names_nobody(here, client):
    page = client.get(reverse("receipt_check", args=[here.made.receipt.check_key]))

    assert page.status_code == 200
    assert "5.00" in page.text or "₹5" in page.text
    for secret in "Patient of", here.made.encounter.patient.uhid, here.made.encounter.patient.phone:
        assert secret not in page.text


def test_the_public_page_of_a_certificate_names_nobody(here, client):
    page = client.get(reverse("certificate_check", args=[check_key_of(here.certificate)]))

    assert page.status_code == 200
    assert here.certificate.number in page.text
    patient = here.made.encounter.patient
    for secret in "Patient of", patient.uhid, patient.uhid_shown, patient.phone, "Author", "I10":
        assert not says(secret, page.text)


def test_the_public_page_of_a_death_names_nobody(here, client):
    page = client.get(reverse("death_check", args=[check_key_of(here.death)]))

    assert page.status_code == 200
    assert here.death.number in page.text
    patient = here.death.patient
    for secret in "Patient of", patient.uhid, patient.uhid_shown, here.death.immediate_cause:
        assert secret not in page.text


def test_the_public_page_of_a_prescription_names_neither_patient_nor_medicine(here, client):
    page = client.get(reverse("prescription_check", args=[check_key_of_prescription(here.line)]))

    assert page.status_code == 200
    patient = here.made.encounter.patient
    for secret in (
        "Patient of",
        patient.uhid,
        patient.uhid_shown,
        patient.phone,
        "Author",
        "aracetamol",
        "ARACET",
    ):
        assert secret not in page.text


def test_a_guessed_receipt_is_said_to_be_unknown(client, db):
    assert client.get(reverse("receipt_check", args=["A" * 24])).status_code in {200, 404}
