"""The forms of the bank's word."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked, UploadForm, day
from patients.identifiers import refuse_aadhaar


class SettlementForm(UploadForm):
    """A file of the bank."""


class ClearanceForm(Asked):
    """The bank has honoured a cheque."""

    cleared_on = day(_("Honoured on"), required=True, initial=timezone.localdate)


class BounceForm(Asked):
    """The bank has returned a cheque."""

    bounced_on = day(_("Returned on"), required=True, initial=timezone.localdate)
    reason = forms.CharField(label=_("What the bank wrote"), max_length=160, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].width = "w2"
        # The day is most often today.
        self.fields["reason"].widget.attrs["autofocus"] = self.fields["bounced_on"].widget.attrs.pop(
            "autofocus"
        )


class CorrectionForm(Asked):
    """The UTR or number as it should have been typed, and why it was not."""

    wide = ("reason",)

    reference = forms.CharField(label=_("UTR or number"), max_length=64)
    reason = forms.CharField(label=_("Why"), max_length=160, validators=[refuse_aadhaar])
