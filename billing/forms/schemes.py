"""The forms of schemes."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked, day


class SchemeForm(Asked):
    """A reason to pay less, in both languages."""

    wide = ("name", "name_hi", "proof", "proof_hi")

    code = forms.CharField(
        label=_("Code"),
        max_length=16,
        widget=forms.TextInput(attrs={"lang": "en"}),
        help_text=_("Capitals: BPL"),
    )
    name = forms.CharField(label=_("Name in English"), max_length=120)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=120)
    percent = forms.DecimalField(
        label=_("Percent let off"),
        max_digits=5,
        decimal_places=2,
        min_value=Decimal("0.01"),
        max_value=100,
        help_text=_("100: free"),
    )
    needs_proof = forms.BooleanField(label=_("Needs a proof's number"), required=False)
    proof = forms.CharField(label=_("Proof, in English"), max_length=120, required=False)
    proof_hi = forms.CharField(label=_("Proof, in Hindi"), max_length=120, required=False)
    is_confidential = forms.BooleanField(
        label=_("The paper does not name it"),
        required=False,
        help_text=_("For survivors of violence: the slip only says that the law exempts."),
    )
    valid_from = day(_("In force from"))
    valid_to = day(_("Until"), help_text=_("Empty: until further notice"))
    is_active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["code"]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].upper()
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{1,15}", code):
            raise forms.ValidationError(_("A scheme's code has capital letters and digits: BPL."))
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("needs_proof") and not cleaned.get("proof"):
            self.add_error("proof", _("Say which proof is asked for."))
        if (
            cleaned.get("valid_from")
            and cleaned.get("valid_to")
            and cleaned["valid_to"] < cleaned["valid_from"]
        ):
            self.add_error("valid_to", _("A scheme ends after it starts."))
        return cleaned
