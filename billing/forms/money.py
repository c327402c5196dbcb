"""The form of a payment."""

from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from billing.states import PaymentMode


class PaymentForm(forms.Form):
    """Money received for one invoice."""

    amount = forms.DecimalField(label=_("Amount in ₹"), max_digits=13, decimal_places=2)
    mode = forms.ChoiceField(label=_("Paid by"), choices=PaymentMode, initial=PaymentMode.CASH)
    reference = forms.CharField(label=_("UTR or number"), max_length=64, required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = FormHelper()
        self.helper.form_tag = False
