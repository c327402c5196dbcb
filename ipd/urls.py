"""Addresses of the wards."""

from typing import Any

from django.urls import path

from ipd.views import admissions as desk

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
rounds: list[Any] = []

# Discharge, deaths, registers, figures.
leaving: list[Any] = []

urlpatterns = [*places, *admissions, *rounds, *leaving]
