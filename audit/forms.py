"""What is asked of the audit: filter, export, review."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.queries import Wanted
from audit.states import Verdict
from audit.words import Kind
from facilities.forms import day
from facilities.models import Facility
from hmis.kernel.exports import CSV, XLSX
from patients.identifiers import refuse_aadhaar


class FilterForm(forms.Form):
    """Of whom, by whom, where, when, what. UHID and name are only ever posted; ids stand in the address."""

    uhid = forms.CharField(label=_("UHID of the patient"), max_length=40, required=False)
    who = forms.CharField(label=_("User name or name of the person"), max_length=120, required=False)
    facility = forms.ModelChoiceField(
        label=_("Hospital"), queryset=Facility.objects.none(), required=False, empty_label=_("all")
    )
    kind = forms.ChoiceField(
        label=_("What was done"), choices=[("", _("everything")), *Kind.choices], required=False
    )
    begins = day(_("From"))
    ends = day(_("Until"))
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput)
    person = forms.UUIDField(required=False, widget=forms.HiddenInput)
    unreviewed = forms.BooleanField(label=_("Only what nobody has reviewed"), required=False)

    def __init__(self, *args: Any, user: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["facility"].queryset = Facility.objects.visible_to(user)
        self.fields["uhid"].widget.attrs |= {"inputmode": "numeric", "autocomplete": "off", "data-key": "F2"}
        self.fields["who"].widget.attrs |= {"autocomplete": "off"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("begins"), cleaned.get("ends")
        if begins and ends and ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        return cleaned

    def wanted(self) -> Wanted:
        """What the queries take. Two letters typed where an id belongs ask for nothing."""
        of = self.cleaned_data
        return Wanted(
            patient=of.get("patient"),
            person=of.get("person"),
            facility=of["facility"].pk if of.get("facility") else None,
            begins=of.get("begins"),
            ends=of.get("ends"),
            kind=of.get("kind", ""),
            unreviewed=of.get("unreviewed", False),
        )


class ExportForm(FilterForm):
    """The same, and as which file."""

    form = forms.ChoiceField(choices=[(CSV, "CSV"), (XLSX, "XLSX")])


class ReviewForm(forms.Form):
    """What somebody found."""

    verdict = forms.ChoiceField(label=_("Verdict"), choices=Verdict.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("What you found"), max_length=500, validators=[refuse_aadhaar],
                           widget=forms.Textarea(attrs={"rows": 3}))  # fmt: skip
    request_key = forms.UUIDField(widget=forms.HiddenInput)
