"""The forms of schemes, of what is granted under them, and of what is claimed from them."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import permissions, queries
from billing.models import Scheme
from billing.services import Grant
from billing.states import ServiceKind
from facilities.forms import Asked, day
from facilities.models import Facility, User
from hmis.kernel.errors import Refusal


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
    kinds = forms.MultipleChoiceField(
        label=_("For these services"),
        choices=ServiceKind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: for all"),
    )
    is_claimed = forms.BooleanField(
        label=_("The scheme pays"),
        required=False,
        help_text=_("What it lets off is claimed from its payer; the patient pays nothing."),
    )
    needs_approval = forms.BooleanField(
        label=_("Somebody must approve it"),
        required=False,
        help_text=_("A second person; where the scheme pays, its payer by a pre-authorisation."),
    )
    package_code_form = forms.CharField(
        label=_("Package codes look like"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"lang": "en"}),
        help_text=_("BM001A; empty: no packages"),
    )
    is_for_all = forms.BooleanField(
        label=_("For everybody"),
        required=False,
        help_text=_("Free medicines, free tests: nobody has to ask for it."),
    )
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
        kinds: Any = self.fields["kinds"]
        kinds.width = "w4"
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
        if cleaned.get("is_claimed") and cleaned.get("percent") not in {None, Decimal(100)}:
            self.add_error("percent", _("Where the scheme pays, the patient pays nothing: 100."))
        if cleaned.get("is_for_all"):
            for name in "is_claimed", "needs_approval", "needs_proof":
                if cleaned.get(name):
                    self.add_error(name, _("What holds for everybody asks for no proof, approval or payer."))
        return cleaned


def _rupees(label: Any, **options: Any) -> forms.DecimalField:
    widget = forms.TextInput({"inputmode": "decimal"})
    return forms.DecimalField(
        label=label, max_digits=12, decimal_places=2, min_value=0, widget=widget, **options
    )


class SchemeChoice(forms.ModelChoiceField):
    """A scheme, and what proves it."""

    def label_from_instance(self, scheme: Scheme) -> str:
        proof = scheme.proof_asked()
        return f"{scheme} ({scheme.code}){f' · {proof}' if proof else ''}"


class GrantForm(Asked):
    """A scheme for one visit."""

    wide = ("scheme", "approval_note")

    scheme = SchemeChoice(label=_("Scheme"), queryset=Scheme.objects.none(), empty_label=_("choose"))
    proof_number = forms.CharField(label=_("Number of the proof"), max_length=64, required=False)
    package_code = forms.CharField(
        label=_("Package"),
        max_length=12,
        required=False,
        widget=forms.TextInput(attrs={"lang": "en"}),
        help_text=_("BM001A, where the scheme pays"),
    )
    preauth_number = forms.CharField(
        label=_("Pre-authorisation number"),
        max_length=40,
        required=False,
        help_text=_("From the payer's portal"),
    )
    preauth_amount = _rupees(_("Approved up to ₹"), required=False)
    approver = forms.ModelChoiceField(
        label=_("Approved by"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("no one"),
        help_text=_("Where a second person must approve"),
    )
    approval_note = forms.CharField(
        label=_("On whose word"), max_length=160, required=False, help_text=_("Order number, or the reason")
    )

    def __init__(self, *args: Any, facility: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        granted = Scheme.objects.in_force(timezone.localdate()).filter(is_for_all=False)
        offered: dict[str, Any] = self.fields
        offered["scheme"].queryset = granted.order_by("name")
        offered["approver"].queryset = queries.approvers_at(facility, permissions.APPROVE_COVERS)

    def clean_package_code(self) -> str:
        code: str = self.cleaned_data["package_code"].upper()
        if code and not re.fullmatch(r"[A-Z]{2}[0-9]{3}[A-Z]", code):
            raise forms.ValidationError(_("A package's code looks like BM001A."))
        return code

    def grant(self) -> Grant:
        return Grant(**self.details())


class EndForm(forms.Form):
    """Nothing but that it was meant, once."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def say(self, refusal: Refusal) -> None:
        self.add_error(None, str(refusal))


class EnhancementForm(Asked):
    """More that the payer approves."""

    preauth_amount = _rupees(_("Approved up to ₹"))
    preauth_number = forms.CharField(
        label=_("Pre-authorisation number"),
        max_length=40,
        required=False,
        help_text=_("Empty: the same as before"),
    )


class ClaimForm(Asked):
    """One step of a claim; `asks` names what it needs."""

    wide = ("note",)

    reference = forms.CharField(label=_("The payer's claim number"), max_length=40, required=False)
    amount = _rupees(_("Approved ₹"), required=False)
    paid = _rupees(_("Paid ₹"), required=False)
    bank_reference = forms.CharField(label=_("Bank's number (UTR)"), max_length=40, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, asks: tuple[str, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        for name in [name for name in self.fields if name not in {*asks, "request_key"}]:
            del self.fields[name]
        for name in {"amount", "paid"} & set(asks):
            self.fields[name].required = True
        self.fields[asks[0]].widget.attrs["autofocus"] = True
