"""What may be done with patients."""

SEARCH_PATIENTS = "patients.search_patients"
VIEW_PATIENT = "patients.view_patient"
REGISTER_PATIENT = "patients.register_patient"
EDIT_PATIENT = "patients.edit_patient"
PRINT_CARD = "patients.print_card"
