from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    verbose_name = _("Billing")

    def ready(self) -> None:
        from billing import tasks  # noqa: F401
        from billing.states import InvoiceKind, PaymentMode, RefundKind, WardClass
        from hmis.kernel import facts

        facts.explain(
            {
                "mode": PaymentMode,
                "billing.invoice_issued kind": InvoiceKind,
                "billing.price_set ward": WardClass,
                "billing.refund_asked kind": RefundKind,
            }
        )
