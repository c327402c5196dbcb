from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reconciliation/", views.reconciliation_list, name="reconciliation_list"),
    path("checks/", views.check_list, name="check_list"),
    # Registers, and reports that are made in the background.
    path("registers/", views.register_list, name="register_list"),
    path("registers/idsp-p/", views.form_p_detail, name="form_p_detail"),
    path("registers/<slug:code>/", views.register_detail, name="register_detail"),
    path("runs/", views.run_list, name="run_list"),
    path("runs/new/<slug:kind>/", views.run_new, name="run_new"),
    path("runs/<uuid:run_id>/", views.run_detail, name="run_detail"),
    path("runs/<uuid:run_id>/cancel/", views.run_cancel_new, name="run_cancel_new"),
    path("runs/<uuid:run_id>/file/", views.run_file, name="run_file"),
]
