"""Addresses of the wards."""

from typing import Any

from django.urls import path

from ipd.views import beds
from ipd.views import board as boards
from ipd.views import places as wards

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
admissions: list[Any] = []

# The inpatient's page, rounds, vital signs and warnings.
rounds: list[Any] = []

# Discharge, deaths, registers, figures.
leaving: list[Any] = []

urlpatterns = [*places, *admissions, *rounds, *leaving]
