"""Addresses of the wards."""

from typing import Any

from django.urls import path

from ipd.views import deaths, registers, summary
from ipd.views import leaving as leaving_views

app_name = "ipd"

# Wards, rooms, beds and the board.
places: list[Any] = []

# To be admitted, admitted.
admissions: list[Any] = []

# The inpatient's page, rounds, vital signs and warnings.
rounds: list[Any] = []

# Discharge, deaths, registers, figures.
leaving: list[Any] = [
    path("discharges/", leaving_views.discharge_list, name="discharge_list"),
    path(
        "admissions/<uuid:admission_id>/discharge/", leaving_views.discharge_detail, name="discharge_detail"
    ),
    path("admissions/<uuid:admission_id>/discharges/new/", leaving_views.discharge_new, name="discharge_new"),
    path("admissions/<uuid:admission_id>/recalls/new/", leaving_views.recall_new, name="recall_new"),
    path("admissions/<uuid:admission_id>/steps/new/", leaving_views.step_new, name="step_new"),
    path("admissions/<uuid:admission_id>/overrides/new/", leaving_views.override_new, name="override_new"),
    path("admissions/<uuid:admission_id>/beds-left/new/", leaving_views.bed_left_new, name="bed_left_new"),
    path(
        "admissions/<uuid:admission_id>/completions/new/", leaving_views.completion_new, name="completion_new"
    ),
    path(
        "admissions/<uuid:admission_id>/final-bills/new/", leaving_views.final_bill_new, name="final_bill_new"
    ),
    path("admissions/<uuid:admission_id>/summaries/new/", summary.summary_new, name="summary_new"),
    path("summaries/<uuid:note_id>/", summary.summary_edit, name="summary_edit"),
    path(
        "summaries/<uuid:note_id>/signatures/new/",
        summary.summary_signature_new,
        name="summary_signature_new",
    ),
    path("summaries/<uuid:note_id>/papers/new/", summary.summary_paper_new, name="summary_paper_new"),
    path("admissions/<uuid:admission_id>/deaths/new/", deaths.death_new, name="death_new"),
    path("contacts/<uuid:encounter_id>/deaths/new/", deaths.contact_death_new, name="contact_death_new"),
    path("deaths/<uuid:death_id>/", deaths.death_detail, name="death_detail"),
    path("deaths/<uuid:death_id>/handovers/new/", deaths.handover_new, name="handover_new"),
    path("registers/", registers.register_list, name="register_list"),
    path("registers/<slug:code>/", registers.register_detail, name="register_detail"),
    path("registrar/", registers.registrar_list, name="registrar_list"),
    path("registrar/births/<uuid:birth_id>/new/", registers.birth_report_new, name="birth_report_new"),
    path("registrar/deaths/<uuid:death_id>/new/", registers.death_report_new, name="death_report_new"),
    path("census/", registers.census_list, name="census_list"),
    path("figures/", registers.figure_list, name="figure_list"),
]

urlpatterns = [*places, *admissions, *rounds, *leaving]
