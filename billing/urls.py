from django.urls import path

from billing.views import money, schemes

app_name = "billing"
urlpatterns = [
    path("schemes/", schemes.scheme_list, name="scheme_list"),
    path("schemes/new/", schemes.scheme_new, name="scheme_new"),
    path("schemes/<uuid:scheme_id>/", schemes.scheme_edit, name="scheme_edit"),
    path("invoices/<uuid:invoice_id>/", money.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:invoice_id>/payments/new/", money.payment_new, name="payment_new"),
]
