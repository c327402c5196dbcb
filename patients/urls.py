from django.urls import path

from patients.views import people as views

app_name = "patients"
urlpatterns = [
    path("", views.patient_list, name="patient_list"),
    path("blocks/", views.block_list, name="block_list"),
    path("chosen/", views.patient_choice, name="patient_choice"),
    path("<uuid:patient_id>/", views.patient_detail, name="patient_detail"),
    path("<uuid:patient_id>/edit/", views.patient_edit, name="patient_edit"),
]
