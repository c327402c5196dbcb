from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("reconciliation/", views.reconciliation_list, name="reconciliation_list"),
    path("checks/", views.check_list, name="check_list"),
]
