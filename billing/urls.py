from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("schemes/", views.scheme_list, name="scheme_list"),
    path("schemes/new/", views.scheme_new, name="scheme_new"),
    path("schemes/<uuid:scheme_id>/", views.scheme_edit, name="scheme_edit"),
    path("invoices/<uuid:invoice_id>/", views.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:invoice_id>/payments/new/", views.payment_new, name="payment_new"),
]
