"""Addresses of the laboratory's orders."""

from django.urls import path

from lab.views import form_f, handing, imaging, lists, orders, reports

app_name = "lab"

urlpatterns = [
    path("orders/", lists.order_list, name="order_list"),
    path("tests/", lists.test_list, name="test_list"),
    path("encounters/<uuid:encounter_id>/offers/", orders.offer_list, name="offer_list"),
    path("encounters/<uuid:encounter_id>/orders/new/", orders.order_new, name="order_new"),
    path("encounters/<uuid:encounter_id>/slips/new/", orders.slip_new, name="slip_new"),
    path("orders/<uuid:order_id>/cancellations/new/", orders.cancellation_new, name="cancellation_new"),
    path("orders/<uuid:order_id>/priorities/new/", orders.priority_new, name="priority_new"),
    path("orders/<uuid:order_id>/charges/new/", orders.charge_new, name="charge_new"),
    path("patients/<uuid:patient_id>/results/", reports.result_list, name="result_list"),
    path("patients/<uuid:patient_id>/results/summary/", reports.result_summary, name="result_summary"),
    path("patients/<uuid:patient_id>/reports/<uuid:report_id>/", reports.report_detail, name="report_detail"),
    path(
        "patients/<uuid:patient_id>/reports/<uuid:report_id>/papers/new/",
        reports.report_paper_new,
        name="report_paper_new",
    ),
    path("hand-outs/new/", handing.hand_out_new, name="hand_out_new"),
    path("examinations/", imaging.examination_list, name="examination_list"),
    path("orders/<uuid:order_id>/examinations/new/", imaging.examination_new, name="examination_new"),
    path("orders/<uuid:order_id>/findings/edit/", imaging.findings_edit, name="findings_edit"),
    path("form-f/", form_f.form_f_list, name="form_f_list"),
    path("form-f/<uuid:form_id>/papers/new/", form_f.form_f_paper_new, name="form_f_paper_new"),
    path("orders/<uuid:order_id>/form-f/", form_f.form_f_detail, name="form_f_detail"),
    path("orders/<uuid:order_id>/form-f/new/", form_f.form_f_new, name="form_f_new"),
]
