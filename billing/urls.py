from django.urls import path

from billing.views import claims, covers, money, schemes, tariffs

app_name = "billing"
urlpatterns = [
    path("schemes/", schemes.scheme_list, name="scheme_list"),
    path("schemes/new/", schemes.scheme_new, name="scheme_new"),
    path("schemes/<uuid:scheme_id>/", schemes.scheme_edit, name="scheme_edit"),
    path("invoices/<uuid:invoice_id>/", money.invoice_detail, name="invoice_detail"),
    path("invoices/<uuid:invoice_id>/payments/new/", money.payment_new, name="payment_new"),
    path("tariff/", tariffs.tariff_list, name="tariff_list"),
    path("tariff/export/", tariffs.tariff_export, name="tariff_export"),
    path("tariff/imports/new/", tariffs.tariff_import_new, name="tariff_import_new"),
    path(
        "tariff/imports/confirmations/new/",
        tariffs.tariff_import_confirmation_new,
        name="tariff_import_confirmation_new",
    ),
    path("tariff/new/", tariffs.service_new, name="service_new"),
    path("tariff/<uuid:definition_id>/", tariffs.tariff_detail, name="tariff_detail"),
    path("tariff/<uuid:definition_id>/edit/", tariffs.service_edit, name="service_edit"),
    path("tariff/<uuid:definition_id>/prices/new/", tariffs.price_new, name="price_new"),
    path("tariff/prices/<uuid:price_id>/end/", tariffs.price_end_new, name="price_end_new"),
    path("covers/", covers.cover_list, name="cover_list"),
    path("covers/approvals/", covers.cover_approval_list, name="cover_approval_list"),
    path("covers/<uuid:cover_id>/end/", covers.cover_end_new, name="cover_end_new"),
    path("covers/<uuid:cover_id>/enhancements/new/", covers.enhancement_new, name="enhancement_new"),
    path(
        "covers/encounters/<uuid:encounter_id>/",
        covers.encounter_cover_detail,
        name="encounter_cover_detail",
    ),
    path("covers/encounters/<uuid:encounter_id>/new/", covers.cover_new, name="cover_new"),
    path("claims/", claims.claim_list, name="claim_list"),
    path("claims/export/", claims.claim_export_new, name="claim_export_new"),
    path("claims/<uuid:claim_id>/", claims.claim_detail, name="claim_detail"),
    *[
        path(
            f"claims/<uuid:claim_id>/{step}/new/",
            claims.claim_step_new,
            {"step": step},
            name=f"claim_{step}_new",
        )
        for step in claims.STEPS
    ],
    path("dues/", claims.due_list, name="due_list"),
    path("dues/<uuid:patient_id>/", claims.patient_due_detail, name="patient_due_detail"),
]
