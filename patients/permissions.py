"""What may be done with patients."""

SEARCH_PATIENTS = "patients.search_patients"
VIEW_PATIENT = "patients.view_patient"
REGISTER_PATIENT = "patients.register_patient"
EDIT_PATIENT = "patients.edit_patient"
REGISTER_NEWBORN = "patients.register_newborn"
OPEN_CASE = "patients.open_case"
VIEW_CASES = "patients.view_cases"
