"""The month of a pack."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.said import month_said


class MonthForm(forms.Form):
    """A month that has begun: this one unless said otherwise."""

    month = forms.CharField(
        label=_("Month"), max_length=7, widget=forms.TextInput(attrs={"type": "month", "autofocus": True})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["month"].initial = f"{timezone.localdate():%Y-%m}"

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
