from django.urls import path

from patients.views import charts, conditions, formulary, legal, newborns, notes, observations, outcomes
from patients.views import people as views

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="patient_list"),
    path("blocks/", views.block_list, name="block_list"),
    path("chosen/", views.patient_choice, name="patient_choice"),
    path("<uuid:patient_id>/", views.patient_detail, name="patient_detail"),
    path("<uuid:patient_id>/edit/", views.patient_edit, name="patient_edit"),
    path("<uuid:patient_id>/newborns/new/", newborns.newborn_new, name="newborn_new"),
    path("<uuid:patient_id>/chart/", charts.chart_detail, name="chart_detail"),
    path("<uuid:patient_id>/chart/openings/new/", charts.glass_new, name="glass_new"),
    path("<uuid:patient_id>/chart/<slug:vital>/", charts.vital_detail, name="vital_detail"),
    path("codes/", conditions.code_list, name="code_list"),
    path("encounters/<uuid:encounter_id>/conditions/new/", conditions.condition_new, name="condition_new"),
    path("conditions/<uuid:condition_id>/edit/", conditions.condition_edit, name="condition_edit"),
    path("notes/<uuid:note_id>/", notes.note_detail, name="note_detail"),
    path("notes/<uuid:note_id>/addenda/new/", notes.addendum_new, name="addendum_new"),
    path(
        "notes/<uuid:note_id>/countersignatures/new/",
        notes.countersignature_new,
        name="countersignature_new",
    ),
    path("notes/<uuid:note_id>/papers/new/", notes.note_paper_new, name="note_paper_new"),
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
