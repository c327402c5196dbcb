"""Addresses of the wards."""

from typing import Any

app_name = "ipd"

# Wards, rooms, beds and the board.
places: list[Any] = []

# To be admitted, admitted.
admissions: list[Any] = []

# The inpatient's page, rounds, vital signs and warnings.
rounds: list[Any] = []

# Discharge, deaths, registers, figures.
leaving: list[Any] = []

urlpatterns = [*places, *admissions, *rounds, *leaving]
