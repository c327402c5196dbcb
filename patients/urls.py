from django.urls import path

from patients.views import charts, conditions, legal, newborns, notes, observations, outcomes
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
    path("<uuid:patient_id>/identifiers/new/", views.identifier_new, name="identifier_new"),
    path(
        "identifiers/<uuid:identifier_id>/endings/new/", views.identifier_end_new, name="identifier_end_new"
    ),
    path("observations/<uuid:observation_id>/errors/new/", observations.error_new, name="error_new"),
    path("allergies/<uuid:allergy_id>/refutations/new/", observations.refutation_new, name="refutation_new"),
    path("<uuid:patient_id>/cards/new/", views.card_new, name="card_new"),
    path("<uuid:patient_id>/labels/new/", views.labels_new, name="labels_new"),
]
