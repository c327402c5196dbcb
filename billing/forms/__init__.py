"""The forms of money, one file a subject."""

from billing.forms.bank import BounceForm, ClearanceForm, CorrectionForm, SettlementForm
from billing.forms.collections import DaysForm, ExportForm
from billing.forms.counter import CounterForm
from billing.forms.money import (
    CreditForm,
    DecisionForm,
    DepositBackForm,
    DepositForm,
    FindForm,
    InvoiceForm,
    PayBackForm,
    PaymentForm,
    ReferenceForm,
)
from billing.forms.schemes import ClaimForm, EndForm, EnhancementForm, GrantForm, SchemeForm
from billing.forms.shifts import AcceptForm, ChallanForm, CloseShiftForm, OpenShiftForm
from billing.forms.tariffs import PriceEndForm, PriceForm, ServiceForm, SheetForm, TariffFilter

__all__ = [
    "AcceptForm",
    "BounceForm",
    "ChallanForm",
    "ClaimForm",
    "ClearanceForm",
    "CloseShiftForm",
    "CorrectionForm",
    "CounterForm",
    "CreditForm",
    "DaysForm",
    "DecisionForm",
    "DepositBackForm",
    "DepositForm",
    "EndForm",
    "EnhancementForm",
    "ExportForm",
    "FindForm",
    "GrantForm",
    "InvoiceForm",
    "OpenShiftForm",
    "PayBackForm",
    "PaymentForm",
    "PriceEndForm",
    "PriceForm",
    "ReferenceForm",
    "SchemeForm",
    "ServiceForm",
    "SettlementForm",
    "SheetForm",
    "TariffFilter",
]
