"""What several forms ask alike: free words, days, hours."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.moments import Said
from hmis.kernel.said import DayField
from patients.identifiers import refuse_aadhaar

DAYS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"]
HOURS = ["%H:%M", "%H.%M", "%H%M"]
HOUR, DAY_AND_HOUR = _("hh:mm"), _("dd-mm-yyyy hh:mm")
SAY_WHEN = _("Write the time as 10:42, or the day and the time as 23-11-2026 10:42.")


def words(label: Any, *, length: int, required: bool = False) -> forms.CharField:
    """A field of free words that never takes an Aadhaar number."""
    return forms.CharField(label=label, max_length=length, required=required, validators=[refuse_aadhaar])


class Moment(forms.CharField):
    """An hour, or a day with its hour. Empty means now. Which day's hour it is, the act says.

    The box shows the `shape` of what is written there: an example looks like an hour that was filled in.
    """

    def __init__(self, *, label: Any, shape: Any = HOUR) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": shape})
        super().__init__(label=label, required=False, max_length=20, widget=widget)

    def clean(self, value: Any) -> Said:
        said = super().clean(value)
        return moment(said) if said else None


def moment(said: str) -> datetime | time:
    """`10:42`, or `23-11-2026 10:42`; a ValidationError where it is neither."""
    day, _space, hour = said.rpartition(" ")
    at: time = forms.TimeField(input_formats=HOURS, error_messages={"invalid": SAY_WHEN}).clean(hour)
    if not day:
        return at
    on = DayField(input_formats=DAYS, error_messages={"invalid": SAY_WHEN}).clean(day.strip())
    return timezone.make_aware(datetime.combine(on, at))


class WrittenDay(DayField):
    """A day as the ward writes it: 02-07-2026."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "02-07-2026"})
        super().__init__(input_formats=DAYS, required=False, widget=widget, **options)
        self.error_messages["invalid"] = _("Write the day as 02-07-2026.")


def paragraph(label: Any, *, length: int, required: bool = False, **options: Any) -> Any:
    """Some lines of free words that never take an Aadhaar number."""
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        validators=[refuse_aadhaar],
        widget=forms.Textarea(attrs={"rows": 2}),
        **options,
    )


class SearchWords(forms.CharField):
    """The words of a list's search."""

    def __init__(self, label: Any) -> None:
        widget = forms.TextInput(attrs={"type": "search", "data-key": "F2", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=60, widget=widget)
