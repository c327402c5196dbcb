"""The formulary, its content, and the lists of the drug counter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import SheetField
from facilities.forms import day as day_field
from hmis.kernel import sheets
from patients.forms.fields import SearchWords
from patients.identifiers import refuse_aadhaar


class SpanForm(forms.Form):
    """Of which days a list of the drug counter is."""

    first = day_field(_("from"))
    last = day_field(_("to"))


class FormularyFilter(forms.Form):
    """Which medicines are shown."""

    q = SearchWords(_("Medicine or ATC code"))
    only = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[
            ("", _("all of the state's list")),
            ("listed", _("in the list")),
            ("unlisted", _("not in the list")),
            ("available", _("at the free-drug counter")),
            ("missing", _("not at the counter")),
            ("unsaid", _("the counter has not said")),
            ("waiting", _("not yet approved here")),
            ("high_alert", _("high alert")),
            ("access", _("AWaRe: Access")),
            ("watch", _("AWaRe: Watch")),
            ("reserve", _("AWaRe: Reserve")),
            ("h1", _("Schedule H1 and X")),
        ],
    )


class ContentFilter(forms.Form):
    """Which rows of content are shown."""

    q = SearchWords(_("Words"))
    only = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[
            ("", _("all")),
            ("waiting", _("not yet approved here")),
            ("approved", _("approved here")),
        ],
    )


class SheetForm(forms.Form):
    """A sheet of the formulary or its content."""

    file = SheetField()

    def content(self) -> bytes:
        """The sheet as it came."""
        return sheets.content_of(self.cleaned_data["file"])


class RuleForm(forms.Form):
    """What becomes of a rule, and why."""

    becomes = forms.ChoiceField(choices=[("retired", ""), ("holds", "")], widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        validators=[refuse_aadhaar],
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
