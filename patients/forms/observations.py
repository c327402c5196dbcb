"""What is measured, and asked of allergies."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.templatetags.ui import normal
from patients.forms.fields import WrittenDay, words
from patients.models import Finding, Patient, Severity, Sex, ToldBy, Vital
from patients.queries import months_old
from patients.ranges import MEASURES, celsius_of
from patients.services import Allergy, Vitals

# The box for an allergy: words that medicines are checked against are offered below it (_allergens.html).
ALLERGEN_BOX = {
    "role": "combobox",
    "aria-expanded": "true",
    "aria-controls": "allergens",
    "autocomplete": "off",
    "spellcheck": "false",
    "data-looks": "",
    "hx-post": reverse_lazy("patients:allergen_list"),
    "hx-params": "substance",
    "hx-trigger": "input changed delay:120ms",
    "hx-target": "#allergens",
    "hx-swap": "outerHTML",
    "hx-sync": "this:replace",
}


class Thermometer(forms.DecimalField):
    """Degrees Celsius; of what is plainly Fahrenheit it says how many those are."""

    def run_validators(self, value: Any) -> None:
        celsius = celsius_of(value) if value is not None else None
        if celsius is not None:
            params = {"fahrenheit": normal(value), "celsius": celsius}
            raise ValidationError(
                _("Is this °F? %(fahrenheit)s °F is %(celsius)s °C: write that."), params=params
            )
        super().run_validators(value)


def measured(name: str, label: Any, *, of: str = "") -> forms.DecimalField:
    """A box for one number, with as many decimals as this vital has, between what can be."""
    measure = MEASURES[of or name]
    kind = Thermometer if measure.unit == "Cel" else forms.DecimalField
    field = kind(
        label=label,
        required=False,
        min_value=measure.low,
        max_value=measure.high,
        max_digits=6,
        decimal_places=measure.decimals,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": 8}),
    )
    cannot_be = _("This value is not possible.")
    field.error_messages["invalid"] = _("Write a number.")
    for rule in field.validators:
        if hasattr(rule, "limit_value"):
            rule.message = cannot_be
    return field


def found(name: str, label: Any) -> forms.ChoiceField:
    """A choice of what was seen or said of this vital; nothing where nobody looked."""
    choices = [(choice, Finding(choice).label) for choice in MEASURES[name].choices]
    return forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)


NOT_ASKED, NONE_KNOWN, LISTED = "", "none", "yes"


class VitalsForm(forms.Form):
    """One row of vital signs, and the question for allergies. What is left empty was not measured."""

    systolic = measured("systolic", _("BP upper"))
    diastolic = measured("diastolic", _("lower"))
    pulse = measured("pulse", Vital.PULSE.label)
    respiratory_rate = measured("respiratory_rate", Vital.RESPIRATORY_RATE.label)
    spo2 = measured("spo2", _("SpO₂ %"))
    temperature = measured("temperature", _("temp. °C"))
    weight = measured("weight", _("weight kg"))
    height = measured("height", _("height cm"))
    glucose = measured("glucose", _("sugar mg/dL"))
    pain = measured("pain", _("pain 0–10"))
    arm = measured("arm", _("arm cm"))
    oxygen = found("oxygen", Vital.OXYGEN.label)
    oxygen_flow = measured("oxygen_flow", _("flow L/min"), of="oxygen")
    consciousness = found("consciousness", Vital.CONSCIOUSNESS.label)
    pregnant = found("pregnant", Vital.PREGNANT.label)
    breast_feeding = found("breast_feeding", Vital.BREAST_FEEDING.label)
    last_period = WrittenDay(label=Vital.LAST_PERIOD.label)
    allergy = forms.ChoiceField(
        label=_("Allergies"),
        choices=[(NOT_ASKED, _("not asked")), (NONE_KNOWN, _("none known")), (LISTED, _("yes: to"))],
        required=False,
    )
    substance = words(_("allergic to"), length=80)
    substance.widget.attrs |= ALLERGEN_BOX
    reaction = words(_("what happened"), length=120)
    severity = forms.ChoiceField(label=_("how bad"), choices=[("", "—"), *Severity.choices], required=False)
    told_by = forms.ChoiceField(
        label=_("who says so"), choices=ToldBy, required=False, initial=ToldBy.PATIENT
    )
    confirm = forms.BooleanField(required=False, widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    NUMBERS = ("pulse", "respiratory_rate", "spo2", "temperature", "weight", "height", "glucose", "pain")
    OF_WOMEN = ("pregnant", "breast_feeding", "last_period")
    OF_ALLERGY = ("substance", "reaction", "severity", "told_by")

    def __init__(self, *args: Any, patient: Patient, **options: Any) -> None:
        super().__init__(*args, **options)
        if not self.is_bound:
            self.fields["systolic"].widget.attrs["autofocus"] = True
        months = months_old(patient, timezone.localdate())
        if months is not None and months >= LAST_ARM:
            del self.fields["arm"]
        if patient.sex == Sex.MALE or (months is not None and months < FIRST_PERIOD):
            for name in self.OF_WOMEN:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("allergy") == LISTED
            and not cleaned.get("substance")
            and "substance" not in self.errors
        ):
            self.add_error("substance", _("Write what the patient is allergic to."))
        if cleaned.get("substance") and cleaned.get("allergy") == NONE_KNOWN:
            self.add_error("allergy", _("None known, or this one? Choose."))
        return cleaned

    def ask_again(self) -> None:
        """The patient was asked before: nothing chosen says that nothing is new."""
        first, *others = self.fields["allergy"].choices
        self.fields["allergy"].choices = [(first[0], _("nothing new")), *others]

    def vitals(self) -> Vitals:
        """What the service takes."""
        named = self.cleaned_data.keys() & Vitals.__dataclass_fields__.keys()
        said = {name: self.cleaned_data[name] for name in named}
        return Vitals(**{name: value for name, value in said.items() if value not in (None, "")})

    def allergy_said(self) -> Allergy | None:
        """What was answered; None where nobody was asked. A substance is an answer by itself."""
        said = self.cleaned_data
        if not said["substance"] and said["allergy"] == NOT_ASKED:
            return None
        return Allergy(
            said["substance"], said["reaction"], said["severity"], ToldBy(said["told_by"] or ToldBy.PATIENT)
        )


# The arm is measured of children under five, periods are asked of from ten on: WHO's own age groups.
LAST_ARM, FIRST_PERIOD = 5 * 12, 10 * 12


class BecauseForm(forms.Form):
    """Why something that was written down is struck out."""

    because = words(_("Why"), length=200, required=True)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["because"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}
