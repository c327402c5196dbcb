"""The forms of shifts and challans."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing import queries
from billing.models import Shift
from billing.queries import DENOMINATIONS, PAISE
from facilities.forms import Asked, day
from hmis.kernel.templatetags.ui import rupees
from patients.identifiers import refuse_aadhaar


def in_rupees(label: Any, **options: Any) -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.DecimalField(
        label=label, max_digits=9, decimal_places=2, min_value=0, widget=widget, **options
    )


class _Drawer(forms.ModelChoiceField):
    def label_from_instance(self, shift: Any) -> str:
        return f"{shift.cashier} · {rupees(shift.left_in_drawer)}"


class OpenShiftForm(Asked):
    """A float out of the safe, or the drawer that somebody left."""

    opening_float = in_rupees(_("Float from the safe in ₹"), initial=Decimal(0), required=False)
    taken_over_from = _Drawer(
        label=_("Or take over the drawer of"),
        queryset=Shift.objects.none(),
        required=False,
        empty_label=_("nobody"),
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["request_key"].required = False
        drawers = queries.drawers_waiting(actor)
        self.fields["taken_over_from"].queryset = drawers
        self.fields["taken_over_from"].width = "w2"
        # A drawer that has gone meanwhile is refused by the service, at its field.
        if not self.is_bound and not drawers.exists():
            del self.fields["taken_over_from"]

    def clean_request_key(self) -> Any:
        return self.cleaned_data["request_key"] or uuid4()

    def clean_opening_float(self) -> Decimal:
        return self.cleaned_data["opening_float"] or Decimal(0)


class CloseShiftForm(Asked):
    """The count of the drawer by notes and coins, the largest first."""

    left_in_drawer = in_rupees(
        _("Left in the drawer for the next cashier in ₹"), initial=Decimal(0), required=False
    )
    explanation = forms.CharField(
        label=_("Why it differs, as far as you know"),
        max_length=200,
        required=False,
        validators=[refuse_aadhaar],
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for worth in DENOMINATIONS:
            widget = forms.TextInput(
                attrs={"inputmode": "numeric", "autocomplete": "off", "data-worth": worth, "maxlength": 5}
            )
            self.fields[f"n{worth}"] = forms.IntegerField(
                label=f"₹{worth}", required=False, min_value=0, max_value=99_999, widget=widget
            )
        paise = forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "data-worth": "0.01", "maxlength": 5}
        )
        self.fields[PAISE] = forms.IntegerField(
            label=_("paise"), required=False, min_value=0, max_value=99_999, widget=paise
        )
        self.fields["left_in_drawer"].widget.attrs.pop("autofocus", None)
        self.fields[f"n{DENOMINATIONS[0]}"].widget.attrs["autofocus"] = True

    def lines(self) -> Iterator[tuple[BoundField, Decimal | None]]:
        """Each box with what its notes come to, once they were sent."""
        data = getattr(self, "cleaned_data", {})
        for worth in DENOMINATIONS:
            number = data.get(f"n{worth}")
            yield self[f"n{worth}"], Decimal(worth * number) if number else None
        yield self[PAISE], Decimal(data[PAISE]) / 100 if data.get(PAISE) else None

    def sum(self) -> Decimal:
        """₹ of what was sent."""
        return queries.sum_of(self.count())

    def count(self) -> dict[str, int]:
        data = self.cleaned_data
        notes = {str(worth): data.get(f"n{worth}") or 0 for worth in DENOMINATIONS}
        return notes | {PAISE: data.get(PAISE) or 0}

    def details(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "count": self.count(),
            "explanation": data["explanation"],
            "left_in_drawer": data["left_in_drawer"] or Decimal(0),
            "request_key": data["request_key"],
        }


class AcceptForm(Asked):
    """A supervisor has seen the count."""

    note = forms.CharField(label=_("Note"), max_length=200, required=False, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The button has the cursor: Enter accepts.
        del self.fields["request_key"], self.fields["note"].widget.attrs["autofocus"]
        self.fields["note"].width = "w2"


class ChallanForm(Asked):
    """Which shifts' cash was paid in, by which challan."""

    challan_number = forms.CharField(label=_("Challan number"), max_length=40)
    deposited_on = day(_("Paid in on"), required=True, initial=timezone.localdate)
    shifts = forms.ModelMultipleChoiceField(
        label=_("Shifts"), queryset=Shift.objects.none(), error_messages={"required": _("Choose a shift.")}
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The first sending paid these shifts in: the second must reach the act, which knows its key.
        self.fields["shifts"].queryset = (
            queries.accepted(actor) if self.is_bound else queries.to_pay_in(actor)
        )

    def chosen(self) -> set[str]:
        """The ids that are ticked: at first all."""
        if self.is_bound:
            return set(self.data.getlist("shifts"))
        return {str(one.pk) for one in self.fields["shifts"].queryset}
