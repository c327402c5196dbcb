from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("invoices/<uuid:invoice_id>/", views.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:invoice_id>/payments/new/", views.payment_new, name="payment_new"),
]
