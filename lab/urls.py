"""Addresses of the laboratory's orders."""

from django.urls import path

from lab.views import (
    authorising,
    catalogue,
    collection,
    criticals,
    figures,
    lists,
    orders,
    quality,
    worklists,
)

app_name = "lab"

urlpatterns = [
    path("orders/", lists.order_list, name="order_list"),
    path("tests/", lists.test_list, name="test_list"),
    path("tests/<uuid:test_id>/", catalogue.test_detail, name="test_detail"),
    path("catalogue/", catalogue.catalogue_list, name="catalogue_list"),
    path("catalogue/<slug:kind>/", catalogue.content_list, name="content_list"),
    path("catalogue/<slug:kind>/export/", catalogue.content_export, name="content_export"),
    path("catalogue/<slug:kind>/approvals/new/", catalogue.content_approval_new, name="content_approval_new"),
    path("catalogue/<slug:kind>/imports/new/", catalogue.content_import_new, name="content_import_new"),
    path(
        "catalogue/<slug:kind>/imports/confirmations/new/",
        catalogue.content_import_confirmation_new,
        name="content_import_confirmation_new",
    ),
    path(
        "approvals/<uuid:approval_id>/withdrawals/new/",
        catalogue.approval_withdrawal_new,
        name="approval_withdrawal_new",
    ),
    path("figures/", figures.figure_list, name="figure_list"),
    path("notifiable/", figures.notifiable_list, name="notifiable_list"),
    path("controls/", quality.control_list, name="control_list"),
    path("controls/levels/new/", quality.control_level_new, name="control_level_new"),
    path("controls/levels/<uuid:level_id>/", quality.control_detail, name="control_detail"),
    path("controls/<uuid:control_id>/answers/new/", quality.control_answer_new, name="control_answer_new"),
    path("encounters/<uuid:encounter_id>/offers/", orders.offer_list, name="offer_list"),
    path("encounters/<uuid:encounter_id>/orders/new/", orders.order_new, name="order_new"),
    path("encounters/<uuid:encounter_id>/slips/new/", orders.slip_new, name="slip_new"),
    path("orders/<uuid:order_id>/cancellations/new/", orders.cancellation_new, name="cancellation_new"),
    path("orders/<uuid:order_id>/priorities/new/", orders.priority_new, name="priority_new"),
    path("orders/<uuid:order_id>/charges/new/", orders.charge_new, name="charge_new"),
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
        "criticals/<uuid:result_id>/acknowledgements/new/",
        criticals.acknowledgement_new,
        name="acknowledgement_new",
    ),
]
