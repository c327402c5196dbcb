from django.urls import path

from opd import views

app_name = "opd"
urlpatterns = [
    path("registrations/", views.registration_list, name="registration_list"),
    path("registrations/new/", views.registration_new, name="registration_new"),
    path("registrations/searches/new/", views.search_new, name="search_new"),
    path("registrations/scans/new/", views.scan_new, name="scan_new"),
    path("registrations/duplicates/", views.duplicate_list, name="duplicate_list"),
    path("registrations/estimates/new/", views.estimate_new, name="estimate_new"),
    path("registrations/<uuid:encounter_id>/", views.registration_detail, name="registration_detail"),
    path(
        "registrations/<uuid:encounter_id>/copies/new/",
        views.registration_copy_new,
        name="registration_copy_new",
    ),
    path("clinic-days/", views.clinicday_list, name="clinicday_list"),
    path("clinic-days/<uuid:clinic_day_id>/", views.clinicday_detail, name="clinicday_detail"),
    path("clinic-days/<uuid:clinic_day_id>/calls/new/", views.call_new, name="call_new"),
    path("tokens/<uuid:token_id>/calls/new/", views.token_call_new, name="token_call_new"),
    path("tokens/<uuid:token_id>/skips/new/", views.skip_new, name="skip_new"),
    path("tokens/<uuid:token_id>/completions/new/", views.completion_new, name="completion_new"),
]
