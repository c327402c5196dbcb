"""Who comes to a door: named, or known to nobody."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from patients.ages import OLDEST, BirthSaid
from patients.forms.fields import words
from patients.forms.person import AGE_UNITS, WHY_NO_PHONE
from patients.identifiers import normal_phone
from patients.models import Patient, Sex
from patients.names import clean_name
from patients.services import Unknown, Who, named
from patients.states import BAND_AGE, AgeBand

SEXES = [(sex.value, sex.label) for sex in (Sex.MALE, Sex.FEMALE, Sex.OTHER, Sex.UNKNOWN)]
SIMPLE_UNITS = AGE_UNITS[:3]


class Others(forms.Field):
    """The box that those who were shown are others: the ids of these, as the page wrote them into it."""

    widget = forms.HiddenInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def to_python(self, value: Any) -> frozenset[str]:
        return frozenset(str(value or "").split())


class ComerForm(forms.Form):
    """Who comes to a door: a button for somebody unknown, else the fewest fields that say who it is."""

    name = words(_("Name"), length=120)
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, widget=forms.RadioSelect, required=False)
    age = forms.IntegerField(label=_("Age"), min_value=0, max_value=OLDEST, required=False)
    age_unit = forms.ChoiceField(label=_("Unit of the age"), choices=SIMPLE_UNITS, required=False)
    age_band = forms.ChoiceField(
        label=_("Looks about how old"), choices=AgeBand, widget=forms.RadioSelect, required=False
    )
    phone = forms.CharField(label=_("Mobile"), max_length=20, required=False)
    no_phone_reason = forms.ChoiceField(
        label=_("No mobile"), choices=[("", "—"), *WHY_NO_PHONE], required=False
    )
    village = words(_("Village or mohalla"), length=120)
    confirm_new = Others(label=_("No, this person is new"))
    # The button that was pressed says the sex of somebody nobody knows.
    unknown = forms.ChoiceField(choices=SEXES, required=False)

    def __init__(self, *args: Any, facility: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.facility = facility
        for name in ("age", "phone"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        self.fields["name"].widget.attrs |= {"data-key": "F4", "data-key-label": _("name")}

    def ages(self) -> list[forms.BoundField]:
        """The age and its unit: one question."""
        return [self["age"], self["age_unit"]]

    def phones(self) -> list[forms.BoundField]:
        """The mobile, or why there is none: one question."""
        return [self["phone"], self["no_phone_reason"]]

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        return normal_phone(self.cleaned_data["phone"]) if self.cleaned_data["phone"] else ""

    def ask_who(self, patient: Patient | None) -> None:
        """What is missing of somebody who is neither on file nor unknown, said at its field."""
        said = self.cleaned_data
        if patient is not None or said["unknown"]:
            return
        if not said["name"]:
            self.add_error("name", _("Write the name, or press one of the buttons for an unknown patient."))
        if not said["sex"]:
            self.add_error("sex", _("Choose the sex."))

    def who(self, patient: Patient | None) -> Who:
        """Somebody on file, somebody nobody knows, or the details of somebody new."""
        said = self.cleaned_data
        if patient is not None:
            return patient
        if said["unknown"]:
            return Unknown(Sex(said["unknown"]), self.birth_said())
        return named(
            name=said["name"],
            sex=said["sex"],
            birth=self.birth_said(),
            phone=said["phone"],
            no_phone_reason=said["no_phone_reason"],
            village=said["village"],
            district=self.facility.district if said["village"] else None,
        )

    def birth_said(self) -> BirthSaid | None:
        """How old they are said to be, or look; None where nobody has said, or nobody understands it."""
        said = self.cleaned_data
        if said.get("age") is not None:
            return BirthSaid(**{said.get("age_unit") or "years": said["age"]})
        return BirthSaid(**BAND_AGE[AgeBand(said["age_band"])]) if said.get("age_band") else None
