"""Addresses of the wards."""

from typing import Any

from django.urls import path

from ipd.views import admissions as desk
from ipd.views import beds, deaths, notes, opinions, registers, summary, warnings
from ipd.views import board as boards
from ipd.views import leaving as leaving_views
from ipd.views import places as wards
from ipd.views import rounds as round_views

app_name = "ipd"

# Wards, rooms, beds and the board.
places: list[Any] = [
    path("board/", boards.board, name="board"),
    path("board/<uuid:ward_id>/", boards.ward_detail, name="ward_detail"),
    path("board/<uuid:ward_id>/places/new/", beds.place_new, name="place_new"),
    path("beds/<uuid:bed_id>/states/new/", beds.bed_status_new, name="bed_status_new"),
    path("beds/<uuid:bed_id>/reservations/new/", beds.reservation_new, name="reservation_new"),
    path("beds/<uuid:bed_id>/releases/new/", beds.release_new, name="release_new"),
    path("admissions/<uuid:admission_id>/transfers/new/", beds.transfer_new, name="transfer_new"),
    path("find/", boards.bed_search, name="bed_search"),
    path("wards/", wards.ward_list, name="ward_list"),
    path("wards/new/", wards.ward_new, name="ward_new"),
    path("wards/<uuid:ward_id>/edit/", wards.ward_edit, name="ward_edit"),
    path("wards/<uuid:ward_id>/rooms/new/", wards.room_new, name="room_new"),
    path("rooms/<uuid:room_id>/beds/new/", wards.bed_new, name="bed_new"),
    path("beds/<uuid:bed_id>/edit/", wards.bed_edit, name="bed_edit"),
    path("beds/<uuid:bed_id>/removals/new/", wards.bed_removal_new, name="bed_removal_new"),
    path("settings/", wards.inpatient_setting_edit, name="inpatient_setting_edit"),
]

# To be admitted, admitted.
admissions: list[Any] = [
    path("admissions/", desk.admission_list, name="admission_list"),
    path("admissions/new/", desk.admission_new, name="admission_new"),
    path("admissions/searches/new/", desk.admission_search_new, name="admission_search_new"),
    path("admissions/emergencies/new/", desk.emergency_new, name="emergency_new"),
    path("admissions/emergencies/duplicates/", desk.duplicate_list, name="duplicate_list"),
    path("admissions/<uuid:admission_id>/edit/", desk.admission_edit, name="admission_edit"),
    path(
        "admissions/<uuid:admission_id>/cancellations/new/",
        desk.admission_cancellation_new,
        name="admission_cancellation_new",
    ),
    path("admissions/<uuid:admission_id>/copies/new/", desk.admission_copy_new, name="admission_copy_new"),
]

# The inpatient's page, rounds, vital signs and warnings.
rounds: list[Any] = [
    path("inpatients/", round_views.inpatient_list, name="inpatient_list"),
    path("admissions/<uuid:admission_id>/", round_views.admission_detail, name="admission_detail"),
    path("admissions/<uuid:admission_id>/vitals/new/", warnings.vitals_new, name="vitals_new"),
    path("warnings/", warnings.warning_list, name="warning_list"),
    path("warnings/alarm/", warnings.warning_alarm, name="warning_alarm"),
    path("warnings/<uuid:warning_id>/answers/new/", warnings.warning_answer_new, name="warning_answer_new"),
    path("admissions/<uuid:admission_id>/scale2/new/", round_views.scale2_new, name="scale2_new"),
    path("admissions/<uuid:admission_id>/leaves/new/", round_views.leave_new, name="leave_new"),
    path("admissions/<uuid:admission_id>/returns/new/", round_views.return_new, name="return_new"),
    path("admissions/<uuid:admission_id>/teams/new/", round_views.team_new, name="team_new"),
    path("admissions/<uuid:admission_id>/procedures/new/", round_views.procedure_new, name="procedure_new"),
    path(
        "admissions/<uuid:admission_id>/medicines/<uuid:line_id>/holds/new/",
        round_views.hold_new,
        name="hold_new",
    ),
    path(
        "admissions/<uuid:admission_id>/medicines/<uuid:line_id>/resumptions/new/",
        round_views.resumption_new,
        name="resumption_new",
    ),
    path(
        "admissions/<uuid:admission_id>/medicines/<uuid:line_id>/stops/new/",
        round_views.stop_new,
        name="stop_new",
    ),
    path("opinions/", opinions.opinion_list, name="opinion_list"),
    path("admissions/<uuid:admission_id>/opinions/new/", opinions.opinion_new, name="opinion_new"),
    path("opinions/<uuid:opinion_id>/answers/new/", opinions.opinion_answer_new, name="opinion_answer_new"),
    path(
        "opinions/<uuid:opinion_id>/withdrawals/new/",
        opinions.opinion_withdrawal_new,
        name="opinion_withdrawal_new",
    ),
    path("admissions/<uuid:admission_id>/notes/new/", notes.note_new, name="note_new"),
    path("notes/<uuid:note_id>/edit/", notes.note_edit, name="note_edit"),
    path("notes/<uuid:note_id>/signatures/new/", notes.note_signature_new, name="note_signature_new"),
    path("notes/<uuid:note_id>/removals/new/", notes.note_removal_new, name="note_removal_new"),
]

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
