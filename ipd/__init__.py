"""Inpatients: wards, beds, admissions."""
