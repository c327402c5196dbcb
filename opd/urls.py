from django.urls import path

from opd.views import casualty
from opd.views import desk as views

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
    path("downtime-sheets/", views.downtimesheet_list, name="downtimesheet_list"),
    path("downtime-sheets/new/", views.downtimesheet_new, name="downtimesheet_new"),
    path("clinic-days/", views.clinicday_list, name="clinicday_list"),
    path("clinic-days/<uuid:clinic_day_id>/", views.clinicday_detail, name="clinicday_detail"),
    path("clinic-days/<uuid:clinic_day_id>/calls/new/", views.call_new, name="call_new"),
    path("clinic-days/<uuid:clinic_day_id>/closures/new/", views.closure_new, name="closure_new"),
    path("clinic-days/<uuid:clinic_day_id>/openings/new/", views.opening_new, name="opening_new"),
    path("clinic-days/<uuid:clinic_day_id>/slips/", views.carried_slip_list, name="carried_slip_list"),
    path("displays/", views.display_list, name="display_list"),
    path("displays/new/", views.display_new, name="display_new"),
    path("displays/<uuid:display_id>/", views.display_edit, name="display_edit"),
    path("displays/<uuid:display_id>/keys/new/", views.display_key_new, name="display_key_new"),
    path(
        "displays/<uuid:display_id>/revocations/new/",
        views.display_revocation_new,
        name="display_revocation_new",
    ),
    path("tokens/<uuid:token_id>/moves/new/", views.move_new, name="move_new"),
    path("tokens/<uuid:token_id>/cancellations/new/", views.cancellation_new, name="cancellation_new"),
    path("tokens/<uuid:token_id>/calls/new/", views.token_call_new, name="token_call_new"),
    path("tokens/<uuid:token_id>/skips/new/", views.skip_new, name="skip_new"),
    path("tokens/<uuid:token_id>/moves/new/", views.move_new, name="move_new"),
    path("tokens/<uuid:token_id>/completions/new/", views.completion_new, name="completion_new"),
    path("casualty/", casualty.casualty_list, name="casualty_list"),
    path("casualty/new/", casualty.casualty_new, name="casualty_new"),
    path("casualty/searches/new/", casualty.casualty_search_new, name="casualty_search_new"),
    path("casualty/<uuid:arrival_id>/", casualty.casualty_detail, name="casualty_detail"),
    path("casualty/<uuid:arrival_id>/triage/new/", casualty.triage_new, name="triage_new"),
    path("casualty/<uuid:arrival_id>/beds/new/", casualty.bedstay_new, name="bedstay_new"),
    path("casualty/<uuid:arrival_id>/departures/new/", casualty.departure_new, name="departure_new"),
    path("casualty/<uuid:arrival_id>/names/new/", casualty.name_new, name="name_new"),
    path("casualty/<uuid:arrival_id>/copies/new/", casualty.casualty_copy_new, name="casualty_copy_new"),
]
