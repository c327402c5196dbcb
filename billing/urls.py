from django.urls import path

from billing.views import bank, collections, money, schemes, shifts

app_name = "billing"
urlpatterns = [
    path("schemes/", schemes.scheme_list, name="scheme_list"),
    path("schemes/new/", schemes.scheme_new, name="scheme_new"),
    path("schemes/<uuid:scheme_id>/", schemes.scheme_edit, name="scheme_edit"),
    path("invoices/<uuid:invoice_id>/", money.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:invoice_id>/payments/new/", money.payment_new, name="payment_new"),
    path("shifts/", shifts.shift_list, name="shift_list"),
    path("shifts/own/", shifts.shift_own, name="shift_own"),
    path("shifts/new/", shifts.shift_new, name="shift_new"),
    path("shifts/own/closing/", shifts.shift_closing_new, name="shift_closing_new"),
    path("shifts/<uuid:shift_id>/", shifts.shift_detail, name="shift_detail"),
    path("shifts/<uuid:shift_id>/closing/", shifts.forgotten_shift_new, name="forgotten_shift_new"),
    path("shifts/<uuid:shift_id>/acceptance/", shifts.acceptance_new, name="acceptance_new"),
    path("challans/", shifts.challan_list, name="challan_list"),
    path("challans/new/", shifts.challan_new, name="challan_new"),
    path("daybook/", collections.daybook_list, name="daybook_list"),
    path("collections/", collections.collection_list, name="collection_list"),
    path("collections/exports/", collections.report_export_new, name="report_export_new"),
    path("upi/", bank.unseen_upi_list, name="unseen_upi_list"),
    path("settlements/new/", bank.settlement_new, name="settlement_new"),
    path("settlements/<uuid:settlement_id>/", bank.settlement_detail, name="settlement_detail"),
    path(
        "settlements/<uuid:settlement_id>/application/",
        bank.settlement_application_new,
        name="settlement_application_new",
    ),
    path("cheques/", bank.cheque_list, name="cheque_list"),
    path("cheques/<uuid:payment_id>/clearance/", bank.clearance_new, name="clearance_new"),
    path("cheques/<uuid:payment_id>/bounce/", bank.bounce_new, name="bounce_new"),
]
