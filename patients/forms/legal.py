"""Medico-legal cases, and what the police were told."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from patients.forms.fields import Moment, words
from patients.models import CaseKind
from patients.services import CaseDetails, Intimation

SAY_KIND = _("Choose the kind of case.")


class IntimationForm(forms.Form):
    """Which police station was told, when, and who took it down there."""

    station = words(_("Police station"), length=120, required=True)
    informed_at = Moment(label=_("Informed at (empty: now)"))
    officer = words(_("Taken down by (name, number)"), length=120)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def intimation(self) -> Intimation | None:
        """What the service takes; None where no station is named."""
        said = self.cleaned_data
        if not said["station"]:
            return None
        return Intimation(said["station"], said["informed_at"], said["officer"])


class CaseForm(IntimationForm):
    """A medico-legal case, and the police if they were told already. Nobody's answer stands there before."""

    kind = forms.ChoiceField(
        label=_("Kind of case"),
        choices=[("", "—"), *CaseKind.choices],
        error_messages={"required": SAY_KIND},
    )
    particulars = words(_("What is said to have happened"), length=400)
    brought_by = words(_("Brought by"), length=240)
    field_order = ["kind", "brought_by", "particulars", "station", "informed_at", "officer"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["station"].required = False

    def case(self) -> CaseDetails:
        """What the service takes."""
        said = self.cleaned_data
        return CaseDetails(CaseKind(said["kind"]), said["particulars"], said["brought_by"], self.intimation())


class CorrectionForm(forms.Form):
    """What a case turned out to be."""

    kind = forms.ChoiceField(label=_("Kind of case"), choices=CaseKind)
    why = words(_("Why it is put right"), length=200)
    rev = forms.IntegerField(widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
