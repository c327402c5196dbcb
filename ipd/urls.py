"""Addresses of the wards."""

from typing import Any

from django.urls import path

from ipd.views import admissions as desk
from ipd.views import notes, opinions, warnings
from ipd.views import rounds as round_views

app_name = "ipd"

# Wards, rooms, beds and the board.
places: list[Any] = []

# To be admitted, admitted.
admissions: list[Any] = [
    path("admissions/", desk.admission_list, name="admission_list"),
    path("admissions/new/", desk.admission_new, name="admission_new"),
    path("admissions/searches/new/", desk.admission_search_new, name="admission_search_new"),
    path("admissions/emergencies/new/", desk.emergency_new, name="emergency_new"),
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
leaving: list[Any] = []

urlpatterns = [*places, *admissions, *rounds, *leaving]
