"""Which days a report of money is of, and how it leaves the house."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from facilities.forms import day
from facilities.models import Facility

LONGEST = timedelta(days=366)
PDF, XLSX = "pdf", "xlsx"
DAYBOOK, COLLECTIONS, CHALLANS = "daybook", "collections", "challans"


class DaysForm(forms.Form):
    """From a day until a day, at a hospital within reach: today and the own one unless said otherwise."""

    begins = day(_("From"))
    ends = day(_("Until"))
    hospital = forms.ModelChoiceField(
        label=_("Hospital"), queryset=Facility.objects.none(), to_field_name="code", required=False
    )

    def __init__(self, data: Any = None, *, user: Any, **options: Any) -> None:
        super().__init__(data, **options)
        self.own = user.posting.facility
        visible = Facility.objects.visible_to(user).order_by("code")
        self.fields["hospital"].queryset = visible
        if self.own:
            del self.fields["hospital"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        today = timezone.localdate()
        begins = cleaned.get("begins") or today
        ends = cleaned.get("ends") or max(begins, today if not cleaned.get("begins") else begins)
        if ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        elif ends - begins > LONGEST:
            self.add_error("ends", _("At most a year at once."))
        cleaned["days"] = Days(begins, ends)
        cleaned["facility"] = self.own or cleaned.get("hospital")
        return cleaned


class ExportForm(DaysForm):
    """Which report, and as what."""

    report = forms.ChoiceField(choices=[(one, one) for one in (DAYBOOK, COLLECTIONS, CHALLANS)])
    form = forms.ChoiceField(choices=[(PDF, "PDF"), (XLSX, "XLSX")])
