"""Addresses of the laboratory's orders."""

from django.urls import path

from lab.views import lists, orders

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
]
