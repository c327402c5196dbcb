from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("review/", views.review_detail, name="review_detail"),
    path("review/districts/<uuid:district_id>/", views.review_district, name="review_district"),
    path("review/facilities/<uuid:facility_id>/", views.review_facility, name="review_facility"),
    path("figures/<slug:measure>/", views.figure_detail, name="figure_detail"),
    path("reconciliation/", views.reconciliation_list, name="reconciliation_list"),
    path("checks/", views.check_list, name="check_list"),
]
