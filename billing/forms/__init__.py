"""What is asked about money, one file a subject."""

from billing.forms.money import PaymentForm
from billing.forms.schemes import ClaimForm, EndForm, EnhancementForm, GrantForm, SchemeForm
from billing.forms.tariffs import PriceEndForm, PriceForm, ServiceForm, SheetForm, TariffFilter

__all__ = [
    "ClaimForm",
    "EndForm",
    "EnhancementForm",
    "GrantForm",
    "PaymentForm",
    "PriceEndForm",
    "PriceForm",
    "SchemeForm",
    "ServiceForm",
    "SheetForm",
    "TariffFilter",
]
