"""Addresses of the laboratory's orders."""

from django.urls import path

from lab.views import (
    authorising,
    collection,
    criticals,
    form_f,
    handing,
    imaging,
    lists,
    orders,
    reports,
    worklists,
)

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
    path("collection/", collection.collection_list, name="collection_list"),
    path("collection/again/", collection.recollection_list, name="recollection_list"),
    path("collection/<uuid:encounter_id>/specimens/new/", collection.collection_new, name="collection_new"),
    path("collection/specimens/<uuid:specimen_id>/labels/new/", collection.label_new, name="label_new"),
    path("reception/<uuid:specimen_id>/rejections/new/", collection.rejection_new, name="rejection_new"),
    path("reception/", collection.reception_list, name="reception_list"),
    path("worklist/", worklists.worklist, name="worklist"),
    path("worklist/<uuid:order_id>/results/new/", worklists.result_new, name="result_new"),
    path("worklist/<uuid:order_id>/", worklists.result_detail, name="result_detail"),
    path("authorisations/", authorising.authorisation_list, name="authorisation_list"),
    path("authorisations/<uuid:order_id>/new/", authorising.authorisation_new, name="authorisation_new"),
    path("criticals/", criticals.critical_list, name="critical_list"),
    path("criticals/alarm/", criticals.critical_alarm, name="critical_alarm"),
    path(
        "criticals/<uuid:line_id>/acknowledgements/new/",
        criticals.acknowledgement_new,
        name="acknowledgement_new",
    ),
]
