"""Numbers of somebody on file, and what is printed of them."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from patients.forms.person import issuers
from patients.identifiers import normal_identifier
from patients.models import IdentifierKind, Patient
from patients.permissions import PRINT_CARD
from patients.queries import cards_of
from patients.services import MOST_LABELS
from patients.states import CardReason


class IdentifierForm(forms.Form):
    """One more number of somebody on file."""

    kind = forms.ChoiceField(label=_("Kind"), choices=IdentifierKind)
    value = forms.CharField(label=_("Number"), max_length=64)
    issuer = forms.ModelChoiceField(
        label=_("Which hospital gave it"), queryset=Facility.objects.none(), required=False
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "identifier_%s"} | options)
        issuer = self.fields["issuer"]
        issuer.queryset = Facility.objects.all()
        issuer.choices = issuers
        self.fields["value"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") and cleaned.get("value"):
            try:
                cleaned["value"] = normal_identifier(cleaned["kind"], cleaned["value"])
            except ValidationError as error:
                self.add_error("value", error)
        return cleaned


class PrintForm(forms.Form):
    """A paper to be printed; several such forms stand on one page."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{type(self).__name__.lower()}_%s"} | options)


class PrintCardForm(PrintForm):
    """A card, and from the second on why."""

    reason = forms.ChoiceField(
        label=_("Why once more"), choices=[("", "—"), *CardReason.choices], required=False
    )


class PrintLabelsForm(PrintForm):
    """How many labels."""

    count = forms.IntegerField(label=_("How many labels"), min_value=1, max_value=MOST_LABELS, initial=6)


def papers_to_print(patient: Patient, user: Any) -> dict[str, Any]:
    """What patients/_papers.html shows: the cards printed so far, and the forms for one more."""
    cards = cards_of(patient, user) if user.may(PRINT_CARD) else []
    return {"cards": cards, "card_form": PrintCardForm(), "labels_form": PrintLabelsForm()}
