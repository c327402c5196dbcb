"""The forms of money, one file a subject."""

from billing.forms.bank import BounceForm, ClearanceForm, SettlementForm
from billing.forms.collections import DaysForm, ExportForm
from billing.forms.money import (
    CreditForm,
    DecisionForm,
    DepositBackForm,
    DepositForm,
    FindForm,
    InvoiceForm,
    PayBackForm,
    PaymentForm,
)
from billing.forms.schemes import SchemeForm
from billing.forms.shifts import AcceptForm, ChallanForm, CloseShiftForm, OpenShiftForm

__all__ = [
    "AcceptForm",
    "BounceForm",
    "ChallanForm",
    "ClearanceForm",
    "CloseShiftForm",
    "CreditForm",
    "DaysForm",
    "DecisionForm",
    "DepositBackForm",
    "DepositForm",
    "ExportForm",
    "FindForm",
    "InvoiceForm",
    "OpenShiftForm",
    "PayBackForm",
    "PaymentForm",
    "SchemeForm",
    "SettlementForm",
]
