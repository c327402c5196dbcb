"""What is asked about money, one file a subject."""

from billing.forms.money import PaymentForm
from billing.forms.schemes import SchemeForm

__all__ = ["PaymentForm", "SchemeForm"]
