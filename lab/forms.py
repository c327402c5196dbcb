"""What is typed when tests are ordered and taken back."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked
from lab import codes
from lab.services import Asking
from lab.states import CancelReason, OrderStatus, Priority, Section


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
