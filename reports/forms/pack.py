"""The month of a pack."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.said import month_said
from hmis.kernel.templatetags.ui import in_month

OFFERED = 60


class MonthForm(forms.Form):
    """A month that has begun: this one unless said otherwise. Five years are offered, any is taken."""

    # A browser's own box for months speaks the browser's language, and Firefox has none.
    month = forms.CharField(label=_("Month"), max_length=7, widget=forms.Select(attrs={"autofocus": True}))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["month"].widget.choices = [
            (f"{first:%Y-%m}", in_month(first)) for first in _back_from(timezone.localdate())
        ]

    def clean_month(self) -> str:
        text: str = self.cleaned_data["month"]
        first = month_said(text)
        if first is None:
            raise forms.ValidationError(_("A month is written like 2026-11."))
        if first > timezone.localdate():
            raise forms.ValidationError(_("This month lies ahead."))
        return text

    def asked(self) -> dict[str, Any]:
        """The month as a report keeps it."""
        return {"month": self.cleaned_data["month"]}


def _back_from(day: date) -> Iterator[date]:
    """The first days of the months, the day's own first."""
    for _month in range(OFFERED):
        first = day.replace(day=1)
        yield first
        day = first - timedelta(days=1)
