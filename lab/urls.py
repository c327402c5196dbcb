"""Addresses of the laboratory's orders."""

from django.urls import path

from lab.views import analysers, authorising, collection, criticals, lists, orders, worklists

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
    path("analysers/", analysers.analyser_list, name="analyser_list"),
    path("analysers/new/", analysers.analyser_new, name="analyser_new"),
    path("analysers/<uuid:analyser_id>/", analysers.analyser_detail, name="analyser_detail"),
    path("analysers/<uuid:analyser_id>/edit/", analysers.analyser_edit, name="analyser_edit"),
    path("analysers/<uuid:analyser_id>/codes/new/", analysers.code_new, name="code_new"),
    path("analysers/codes/<uuid:code_id>/removals/new/", analysers.removal_new, name="removal_new"),
    path("tray/", analysers.tray, name="tray"),
    path("tray/matches/new/", analysers.match_new, name="match_new"),
    path("tray/<uuid:result_id>/", analysers.tray_detail, name="tray_detail"),
    path("tray/<uuid:result_id>/assignments/new/", analysers.assignment_new, name="assignment_new"),
    path("tray/<uuid:result_id>/discards/new/", analysers.discard_new, name="discard_new"),
]
