"""One include per app, the API, health and papers."""

from django.urls import include, path

from billing.views.money import receipt_check
from hmis import api
from hmis.kernel import views
from hmis.ops.views import metrics_page
from ipd.views.deaths import death_check
from lab.views.reports import report_check
from opd.views.displays import display
from patients.views.outcomes import certificate_check, prescription_check

urlpatterns = [
    path("patients/", include("patients.urls")),
    path("opd/", include("opd.urls")),
    path("billing/", include("billing.urls")),
    path("lab/", include("lab.urls")),
    path("ipd/", include("ipd.urls")),
    path("audit/", include("audit.urls")),
    path("reports/", include("reports.urls")),
    path("papers/", views.paper_list, name="paper_list"),
    path("papers/<uuid:paper_id>/", views.paper_detail, name="paper_detail"),
    path("papers/<uuid:paper_id>/copies/new/", views.paper_copy_new, name="paper_copy_new"),
    path("r/<str:check_key>/", receipt_check, name="receipt_check"),
    path("c/<str:check_key>/", certificate_check, name="certificate_check"),
    path("d/<str:check_key>/", death_check, name="death_check"),
    path("p/<str:check_key>/", prescription_check, name="prescription_check"),
    path("l/<str:check_key>/", report_check, name="report_check"),
    path("display/<str:display_key>/", display, name="display"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", metrics_page, name="metrics"),
    path("api/", include(api.urlpatterns)),
    path("", include("facilities.urls")),  # each of its addresses is tried: last
]

handler500 = views.fault
