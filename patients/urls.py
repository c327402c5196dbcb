from django.urls import path

from patients.views import (
    charts,
    conditions,
    deaths,
    dispensing,
    formulary,
    legal,
    merging,
    newborns,
    notes,
    observations,
    outcomes,
    prescribing,
)
from patients.views import people as views

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="patient_list"),
    path("blocks/", views.block_list, name="block_list"),
    path("chosen/", views.patient_choice, name="patient_choice"),
    path("<uuid:patient_id>/", views.patient_detail, name="patient_detail"),
    path("<uuid:patient_id>/edit/", views.patient_edit, name="patient_edit"),
    path("births/<uuid:birth_id>/edit/", newborns.birth_edit, name="birth_edit"),
    path("<uuid:patient_id>/newborns/new/", newborns.newborn_new, name="newborn_new"),
    path("<uuid:patient_id>/chart/", charts.chart_detail, name="chart_detail"),
    path("<uuid:patient_id>/chart/openings/new/", charts.glass_new, name="glass_new"),
    path("<uuid:patient_id>/chart/<slug:vital>/", charts.vital_detail, name="vital_detail"),
    path("codes/", conditions.code_list, name="code_list"),
    path("encounters/<uuid:encounter_id>/conditions/new/", conditions.condition_new, name="condition_new"),
    path("conditions/<uuid:condition_id>/edit/", conditions.condition_edit, name="condition_edit"),
    path("allergens/", observations.allergen_list, name="allergen_list"),
    path("medicines/", prescribing.medicine_list, name="medicine_list"),
    path("notes/<uuid:note_id>/medicines/new/", prescribing.medicine_new, name="medicine_new"),
    path("notes/<uuid:note_id>/allergies/new/", prescribing.allergy_new, name="allergy_new"),
    path(
        "notes/<uuid:note_id>/medicines/repetitions/new/",
        prescribing.medicine_repetition_new,
        name="medicine_repetition_new",
    ),
    path(
        "notes/<uuid:note_id>/medicines/sets/new/",
        prescribing.medicine_set_use_new,
        name="medicine_set_use_new",
    ),
    path("notes/<uuid:note_id>/medicine-sets/new/", prescribing.medicine_set_new, name="medicine_set_new"),
    path(
        "medicine-sets/<uuid:set_id>/retirements/new/",
        prescribing.set_retirement_new,
        name="set_retirement_new",
    ),
    path("medicines/<uuid:line_id>/edit/", prescribing.medicine_edit, name="medicine_edit"),
    path(
        "medicines/<uuid:line_id>/removals/new/",
        prescribing.medicine_removal_new,
        name="medicine_removal_new",
    ),
    path(
        "medicines/<uuid:line_id>/reasons/new/", prescribing.medicine_reason_new, name="medicine_reason_new"
    ),
    path(
        "notes/<uuid:note_id>/medicines/<uuid:line_id>/changes/new/",
        prescribing.medicine_change_new,
        name="medicine_change_new",
    ),
    path(
        "notes/<uuid:note_id>/medicines/<uuid:line_id>/stops/new/",
        prescribing.medicine_stop_new,
        name="medicine_stop_new",
    ),
    path("notes/<uuid:note_id>/medicines/", prescribing.prescription_edit, name="prescription_edit"),
    path("alerts/", prescribing.alert_list, name="alert_list"),
    path("alerts/<uuid:issue_id>/answers/new/", prescribing.issue_answer_new, name="issue_answer_new"),
    path("alerts/<uuid:issue_id>/measures/new/", prescribing.issue_measure_new, name="issue_measure_new"),
    path("dispensing/", dispensing.prescription_list, name="prescription_list"),
    path("dispensing/shortages/", dispensing.shortage_list, name="shortage_list"),
    path("dispensing/schedule-h1/", dispensing.h1_register, name="h1_register"),
    path("dispensing/<uuid:note_id>/", dispensing.prescription_detail, name="prescription_detail"),
    path("medicines/<uuid:line_id>/dispenses/new/", dispensing.dispense_new, name="dispense_new"),
    path("notes/<uuid:note_id>/", notes.note_detail, name="note_detail"),
    path("notes/<uuid:note_id>/addenda/new/", notes.addendum_new, name="addendum_new"),
    path(
        "notes/<uuid:note_id>/countersignatures/new/",
        notes.countersignature_new,
        name="countersignature_new",
    ),
    path("notes/<uuid:note_id>/papers/new/", notes.note_paper_new, name="note_paper_new"),
    path(
        "notes/<uuid:note_id>/prescription-papers/new/",
        notes.prescription_paper_new,
        name="prescription_paper_new",
    ),
    path("cases/", legal.case_list, name="case_list"),
    path("cases/<uuid:case_id>/", legal.case_detail, name="case_detail"),
    path("cases/<uuid:case_id>/corrections/new/", legal.correction_new, name="correction_new"),
    path("cases/<uuid:case_id>/intimations/new/", legal.intimation_new, name="intimation_new"),
    path("encounters/<uuid:encounter_id>/cases/new/", legal.case_new, name="case_new"),
    path("encounters/<uuid:encounter_id>/outcomes/", outcomes.outcome_list, name="outcome_list"),
    path("encounters/<uuid:encounter_id>/letters/new/", outcomes.letter_new, name="letter_new"),
    path(
        "encounters/<uuid:encounter_id>/admission-requests/new/",
        outcomes.admission_request_new,
        name="admission_request_new",
    ),
    path(
        "encounters/<uuid:encounter_id>/certificates/new/", outcomes.certificate_new, name="certificate_new"
    ),
    path("referrals/", outcomes.referral_list, name="referral_list"),
    path("admission-requests/", outcomes.admission_request_list, name="admission_request_list"),
    path(
        "admission-requests/<uuid:admission_request_id>/acceptances/new/",
        outcomes.acceptance_new,
        name="acceptance_new",
    ),
    path(
        "admission-requests/<uuid:admission_request_id>/cancellations/new/",
        outcomes.admission_cancellation_new,
        name="admission_cancellation_new",
    ),
    path("certificates/", outcomes.certificate_list, name="certificate_list"),
    path(
        "certificates/<uuid:certificate_id>/cancellations/new/",
        outcomes.certificate_cancellation_new,
        name="certificate_cancellation_new",
    ),
    path(
        "deaths/<uuid:notice_id>/withdrawals/new/", deaths.death_withdrawal_new, name="death_withdrawal_new"
    ),
    path("merges/", merging.merge_list, name="merge_list"),
    path("merges/<uuid:merge_id>/undoings/new/", merging.merge_undoing_new, name="merge_undoing_new"),
    path("<uuid:patient_id>/doubles/", merging.double_list, name="double_list"),
    path("<uuid:patient_id>/doubles/<uuid:other_id>/merges/new/", merging.merge_new, name="merge_new"),
    path("formulary/", formulary.formulary_list, name="formulary_list"),
    path("formulary/export/", formulary.formulary_export, name="formulary_export"),
    path("formulary/imports/new/", formulary.formulary_import_new, name="formulary_import_new"),
    path(
        "formulary/imports/confirmations/new/",
        formulary.formulary_import_confirmation_new,
        name="formulary_import_confirmation_new",
    ),
    path("formulary/rules/", formulary.alert_rule_list, name="alert_rule_list"),
    path("formulary/rules/<slug:code>/edit/", formulary.alert_rule_edit, name="alert_rule_edit"),
    path(
        "formulary/approvals/<uuid:approval_id>/withdrawals/new/",
        formulary.approval_withdrawal_new,
        name="approval_withdrawal_new",
    ),
    path("formulary/content/<slug:kind>/", formulary.content_list, name="content_list"),
    path("formulary/content/<slug:kind>/export/", formulary.content_export, name="content_export"),
    path(
        "formulary/content/<slug:kind>/approvals/new/",
        formulary.content_approval_new,
        name="content_approval_new",
    ),
    path(
        "formulary/content/<slug:kind>/imports/new/", formulary.content_import_new, name="content_import_new"
    ),
    path(
        "formulary/content/<slug:kind>/imports/confirmations/new/",
        formulary.content_import_confirmation_new,
        name="content_import_confirmation_new",
    ),
    path("formulary/<uuid:medication_id>/", formulary.medication_detail, name="medication_detail"),
    path("formulary/<uuid:medication_id>/edit/", formulary.formulary_item_edit, name="formulary_item_edit"),
    path("<uuid:patient_id>/identifiers/new/", views.identifier_new, name="identifier_new"),
    path(
        "identifiers/<uuid:identifier_id>/endings/new/", views.identifier_end_new, name="identifier_end_new"
    ),
    path("observations/<uuid:observation_id>/errors/new/", observations.error_new, name="error_new"),
    path("allergies/<uuid:allergy_id>/refutations/new/", observations.refutation_new, name="refutation_new"),
    path("<uuid:patient_id>/cards/new/", views.card_new, name="card_new"),
    path("<uuid:patient_id>/labels/new/", views.labels_new, name="labels_new"),
]
