"""What is typed when tests are ordered and taken back."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked
from lab import codes
from lab.services import Asking
from lab.states import CancelReason, HoldReason, OrderStatus, Pregnancy, Priority, RejectReason, Section


class OrderForm(forms.Form):
    """Tests by words, or the one that was chosen; with why, and whose paper asks for them."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    words = forms.CharField(max_length=codes.LONGEST_TYPED, required=False)
    test = forms.CharField(max_length=16, required=False)
    urgent = forms.BooleanField(required=False)
    again = forms.BooleanField(required=False)
    note = forms.CharField(label=_("why, or what to look for"), max_length=200, required=False)
    requester_name = forms.CharField(
        label=_("Doctor who asks for it, as on the paper"), max_length=80, required=False
    )

    def asking(self) -> Asking:
        said = self.cleaned_data
        return Asking(note=said["note"], requester_name=said["requester_name"], again=said["again"])


class CancellationForm(Asked):
    """Why an order is taken back."""

    wide = ("note",)

    reason = forms.ChoiceField(
        label=_("why cancelled"),
        choices=CancelReason,
        initial=CancelReason.MISTAKE,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(choices=Priority)
    request_key = forms.UUIDField(required=False)


class ListForm(forms.Form):
    """What a list of orders is narrowed to."""

    day = forms.DateField(required=False)
    section = forms.ChoiceField(choices=[("", _("every section")), *Section.choices], required=False)
    status = forms.ChoiceField(choices=[("", _("every state")), *OrderStatus.choices], required=False)


class FindForm(forms.Form):
    """A UHID or the number of a slip, scanned or typed."""

    words = forms.CharField(max_length=40)


# ── In the laboratory ──


class OrdersField(forms.Field):
    """The ids of the orders that were marked."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        try:
            return [UUID(one) for one in value or []]
        except ValueError as error:
            raise forms.ValidationError(_("Mark what you collect.")) from error


class CollectionForm(forms.Form):
    """Which orders are collected now."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    orders = OrdersField(required=False)
    pregnancy = forms.ChoiceField(choices=[("", ""), *Pregnancy.choices], required=False)


class RejectionForm(Asked):
    """Why a specimen cannot be used."""

    wide = ("note",)

    reason = forms.ChoiceField(label=_("why rejected"), choices=RejectReason, widget=forms.RadioSelect)
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class HoldForm(Asked):
    """Why a result waits."""

    wide = ("note",)

    reason = forms.ChoiceField(label=_("why held"), choices=HoldReason)
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class RepeatForm(Asked):
    """Why a result is opened once more."""

    wide = ("reason",)

    reason = forms.CharField(label=_("why"), max_length=160)


class CommentForm(Asked):
    """The laboratory's comment on the whole."""

    wide = ("comment",)

    comment = forms.CharField(
        label=_("comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AddOnForm(Asked):
    """One test more from the same specimen."""

    test = forms.CharField(label=_("Test"), max_length=80)


class AuthorisationForm(Asked):
    """What was looked at is authorised; alone only with a reason."""

    wide = ("alone_note",)

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    alone_note = forms.CharField(label=_("why alone"), max_length=160, required=False)


class AcknowledgementForm(forms.Form):
    """A critical value, as it was read back."""

    request_key = forms.UUIDField()
    read_back = forms.CharField(max_length=240)
    told_to = forms.CharField(max_length=80, required=False)
    action = forms.CharField(max_length=160, required=False)
