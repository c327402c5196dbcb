"""The days of a register, and the week of a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import day
from ipd.forms.leaving import DaysForm


class RegisterDaysForm(DaysForm):
    """The days of a register: this month unless said otherwise, at most a year."""

    def asked(self) -> dict[str, Any]:
        """The days as a report keeps them."""
        days = self.cleaned_data["days"]
        return {"begins": days.begins.isoformat(), "ends": days.ends.isoformat()}


class WeekForm(forms.Form):
    """A day of the week that is meant; this week where nothing is said."""

    day = day(_("Week of"))
