from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reconciliation/", views.reconciliation_list, name="reconciliation_list"),
    path("checks/", views.check_list, name="check_list"),
    # The registries: facilities (HFR), professionals (HPR), ABHA.
    path("registry/", views.registry_list, name="registry_list"),
    path("registry/new/", views.registry_new, name="registry_new"),
    path("registry/hospitals/new/", views.registry_entering_new, name="registry_entering_new"),
    path("registry/<uuid:registry_entry_id>/", views.registry_detail, name="registry_detail"),
    path("registry/<uuid:registry_entry_id>/edit/", views.registry_edit, name="registry_edit"),
    path("registry/<uuid:registry_entry_id>/moves/new/", views.registry_move_new, name="registry_move_new"),
    path("registry/imports/new/", views.registry_import_new, name="registry_import_new"),
    path("registry/imports/template/", views.registry_import_template, name="registry_import_template"),
    path(
        "registry/imports/<uuid:registry_import_id>/",
        views.registry_import_detail,
        name="registry_import_detail",
    ),
    path(
        "registry/imports/<uuid:registry_import_id>/left-out/",
        views.registry_import_left_out,
        name="registry_import_left_out",
    ),
    path(
        "registry/imports/<uuid:registry_import_id>/confirmation/new/",
        views.registry_import_confirmation_new,
        name="registry_import_confirmation_new",
    ),
    path("hpr/", views.hpr_list, name="hpr_list"),
    path("hpr/own/", views.hpr_own, name="hpr_own"),
    path(
        "hpr/<uuid:person_id>/confirmation/new/",
        views.hpr_confirmation_new,
        name="hpr_confirmation_new",
    ),
    path("abha/", views.abha_list, name="abha_list"),
]
