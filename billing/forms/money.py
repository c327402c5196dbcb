"""The forms of payments, deposits and refunds."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.services import Offer
from billing.states import WAYS, InvoiceKind, PaymentMode
from facilities.forms import Asked
from hmis.kernel.errors import Refusal
from patients.identifiers import is_uhid, refuse_aadhaar


def refuse_uhid(amount: Decimal) -> None:
    """The next patient's slip, scanned while the cursor stands where money is typed, is no amount.

    Raises: ValidationError.
    """
    if amount == int(amount) and is_uhid(str(int(amount))):
        raise ValidationError(_("This is a UHID, not an amount."))


def rupees(label: Any, **options: Any) -> forms.DecimalField:
    """A box for money, up to ten thousand crore; a UHID that a scanner typed into it is refused."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.DecimalField(
        label=label, max_digits=13, decimal_places=2, widget=widget, validators=[refuse_uhid], **options
    )


class PaymentForm(forms.Form):
    """Money received for one invoice, in one way or two; for cash, what was laid on the counter."""

    amount = rupees(_("Amount in ₹"))
    tendered = rupees(_("Cash given, for the change"), required=False, min_value=Decimal(0))
    mode = forms.ChoiceField(label=_("Paid by"), choices=WAYS, initial=PaymentMode.CASH)
    reference = forms.CharField(label=_("UTR or number"), max_length=64, required=False)
    second_amount = rupees(_("And in ₹"), required=False, min_value=Decimal("0.01"))
    second_mode = forms.ChoiceField(
        label=_("Second way of payment"), choices=WAYS, required=False, initial=PaymentMode.UPI
    )
    second_reference = forms.CharField(label=_("Its UTR or number"), max_length=64, required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, deposit: Decimal = Decimal(0), **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("reference", "second_reference"):
            self.fields[name].widget.attrs["autocomplete"] = "off"
        # Most pay the whole in cash: only what they gave is left to type.
        self.fields["tendered"].widget.attrs["autofocus"] = True
        # The first sending may have emptied the deposit: the second must reach the act, which knows its key.
        if deposit or PaymentMode.DEPOSIT in (self.data.get("mode"), self.data.get("second_mode")):
            ways = [*WAYS, (PaymentMode.DEPOSIT.value, PaymentMode.DEPOSIT.label)]
            self.fields["mode"].choices = self.fields["second_mode"].choices = ways

    def offers(self) -> list[Offer]:
        """How it is paid."""
        said = self.cleaned_data
        first = Offer(PaymentMode(said["mode"]), said["reference"], said["amount"], said["tendered"] or None)
        if not said["second_amount"]:
            return [first]
        second = PaymentMode(said["second_mode"] or PaymentMode.CASH)
        return [first, Offer(second, said["second_reference"], said["second_amount"])]

    def say(self, refusal: Refusal) -> None:
        """At its field; of two numbers nobody says which one is meant."""
        is_doubtful = refusal.field == "reference" and self.cleaned_data["second_amount"]
        field = refusal.field if refusal.field in self.fields and not is_doubtful else None
        self.add_error(field, str(refusal))


class DepositForm(Asked):
    """Money in advance for a stay."""

    amount = rupees(_("Amount in ₹"), min_value=Decimal("0.01"))
    mode = forms.ChoiceField(label=_("Paid by"), choices=WAYS, initial=PaymentMode.CASH)
    reference = forms.CharField(label=_("UTR or number"), max_length=64, required=False)

    def offer(self) -> Offer:
        """How it is paid."""
        said = self.cleaned_data
        return Offer(PaymentMode(said["mode"]), said["reference"], said["amount"])


class InvoiceForm(Asked):
    """Everything that no bill has yet."""

    kind = forms.ChoiceField(
        label=_("Bill"),
        choices=[(one.value, one.label) for one in (InvoiceKind.FINAL, InvoiceKind.INTERIM)],
        # Enter issues it; the arrows choose.
        widget=forms.Select(attrs={"data-enter": "#issue-bill"}),
    )


class CreditForm(Asked):
    """Which lines of a bill are taken back, and why."""

    lines = forms.MultipleChoiceField(label=_("What is taken back"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=_("Why"), max_length=160, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, lines: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        # Every line is ticked at first: only the reason is left to type.
        self.fields["reason"].widget.attrs["autofocus"] = True
        self.fields["lines"].width, self.fields["reason"].width = "w4", "w2"
        self.fields["lines"].choices = lines
        self.fields["lines"].initial = [pk for pk, _said in lines]


class DepositBackForm(Asked):
    """How much of a deposit or a payment goes back, and why."""

    amount = rupees(_("Amount in ₹"), min_value=Decimal("0.01"))
    reason = forms.CharField(label=_("Why"), max_length=160, validators=[refuse_aadhaar])


class DecisionForm(Asked):
    """Yes or no to what somebody asked."""

    note = forms.CharField(label=_("Note"), max_length=160, required=False, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The page is read first: Enter, which has opened it, answers nothing.
        del self.fields["note"].widget.attrs["autofocus"]
        self.fields["note"].widget.attrs |= {"data-key": "F7", "data-key-label": _("Note")}


class PayBackForm(Asked):
    """The number of what UPI or the bank did, where it is known."""

    reference = forms.CharField(label=_("UTR or number, if known"), max_length=64, required=False)


class ReferenceForm(Asked):
    """The number that UPI, card or bank gave afterwards."""

    reference = forms.CharField(label=_("UTR or number"), max_length=64)


class FindForm(forms.Form):
    """A receipt's or bill's number, a slip's, a name, UHID, mobile, UTR or an amount."""

    words = forms.CharField(label=_("Receipt, bill, slip, name, UHID, mobile, UTR or amount"), max_length=40)
