from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("review/", views.review_detail, name="review_detail"),
    path("review/districts/<uuid:district_id>/", views.review_district, name="review_district"),
    path("review/facilities/<uuid:facility_id>/", views.review_facility, name="review_facility"),
    path("outcomes/", views.outcome_list, name="outcome_list"),
    path("numbers/", views.number_list, name="number_list"),
    path("quality/", views.quality_list, name="quality_list"),
    path("figures/<slug:measure>/", views.figure_detail, name="figure_detail"),
    path("reconciliation/", views.reconciliation_list, name="reconciliation_list"),
    path("checks/", views.check_list, name="check_list"),
    # The roll-out.
    path("rollout/", views.rollout_list, name="rollout_list"),
    path("rollout/<uuid:facility_id>/", views.rollout_detail, name="rollout_detail"),
    path("rollout/<uuid:facility_id>/link/", views.link_detail, name="link_detail"),
    path("rollout/<uuid:facility_id>/expected/", views.rollout_setting_edit, name="rollout_setting_edit"),
    path("rollout/<uuid:facility_id>/steps/<str:step>/", views.rollout_step_edit, name="rollout_step_edit"),
    path("link/", views.linkreading_new, name="linkreading_new"),
    # Registers, and reports that are made in the background.
    path("registers/", views.register_list, name="register_list"),
    path("registers/idsp-p/", views.form_p_detail, name="form_p_detail"),
    path("registers/<slug:code>/", views.register_detail, name="register_detail"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/new/<slug:kind>/", views.run_new, name="run_new"),
    path("runs/<uuid:run_id>/", views.run_detail, name="run_detail"),
    path("runs/<uuid:run_id>/cancel/", views.run_cancel_new, name="run_cancel_new"),
    path("runs/<uuid:run_id>/file/", views.run_file, name="run_file"),
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
