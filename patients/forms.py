"""The form of a person, as the counter fills it: twelve fields at most, the rest folded away."""

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.models import District, Facility
from facilities.queries import block_named, blocks_of, districts_near
from patients.ages import birth_from_age, could_be_born_on
from patients.identifiers import is_abha_address, is_abha_number, normal_phone, refuse_aadhaar
from patients.models import (
    BirthPrecision,
    Category,
    GuardianRelation,
    IdentifierKind,
    NoPhone,
    Patient,
    Sex,
)
from patients.names import clean_name, devanagari_from_latin, is_devanagari, latin_from_devanagari

AGE_UNITS = [("years", _("years")), ("months", _("months")), ("days", _("days")), ("date", _("birth date"))]
# The order of the counter: most who come are women and men; "not known" is for casualty.
SEXES = [(sex.value, sex.label) for sex in (Sex.FEMALE, Sex.MALE, Sex.OTHER)]


def words(label: Any, *, length: int, required: bool = False) -> forms.CharField:
    """A field of free words that never takes an Aadhaar number."""
    return forms.CharField(label=label, max_length=length, required=required, validators=[refuse_aadhaar])


class SearchForm(forms.Form):
    """The one search box: anything typed or scanned."""

    q = forms.CharField(label=_("Search or scan a patient"), max_length=600, required=False)


class PatientForm(forms.Form):
    """Whoever stands at the counter. `details()` is what the services take."""

    name = words(_("Name"), length=120, required=True)
    name_other = words(_("Name in the other script"), length=120)
    sex = forms.ChoiceField(label=_("Sex"), choices=SEXES, widget=forms.RadioSelect)
    age = forms.CharField(label=_("Age or birth date"), max_length=10)
    age_unit = forms.ChoiceField(
        label=_("Unit of the age"), choices=AGE_UNITS, initial="years", required=False
    )
    guardian_relation = forms.ChoiceField(label=_("Relation"), choices=GuardianRelation, required=False)
    guardian_name = words(_("Guardian"), length=120)
    phone = forms.CharField(label=_("Mobile"), max_length=20, required=False)
    no_phone_reason = forms.ChoiceField(
        label=_("No mobile"), choices=[("", _("has one")), *NoPhone.choices], required=False
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category, required=False)
    village = words(_("Village or mohalla"), length=120)
    block_name = words(_("Block"), length=80)
    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), to_field_name="lgd_code", required=False
    )
    abha = forms.CharField(label=_("ABHA (if any)"), max_length=64, required=False)
    address = words(_("House, street"), length=160)
    pincode = forms.RegexField(
        r"^[1-9][0-9]{5}$",
        label=_("PIN code"),
        required=False,
        error_messages={"invalid": _("A PIN code has 6 digits.")},
    )
    ration_card = forms.CharField(label=_("Ration card"), max_length=40, required=False)
    old_number = forms.CharField(label=_("Old hospital number"), max_length=40, required=False)
    occupation = words(_("Occupation"), length=80)
    religion = words(_("Religion"), length=40)

    def __init__(self, *args: Any, facility: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.facility = facility
        district = self.fields["district"]
        district.queryset = District.objects.all()
        near = districts_near(facility.district_id)
        district.choices = [("", "—"), *((one.lgd_code, str(one)) for one in near)]
        district.initial = facility.district
        self.fields["guardian_relation"].initial = GuardianRelation.FATHER
        for name in ("age", "phone", "pincode"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["block_name"].widget.attrs["list"] = "blocks"
        self.fields["district"].widget.attrs |= {
            "hx-get": reverse("patients:block_list"),
            "hx-trigger": "change",
            "hx-target": "#blocks",
            "hx-swap": "innerHTML",
        }
        self.fields["name"].widget.attrs |= {"data-key": "F4", "data-key-label": _("new patient")}
        self.helper = person_layout()

    def blocks(self) -> Any:
        """The blocks of the district that the form shows; none before the directory is imported."""
        return blocks_of(str(self.fields["district"].prepare_value(self["district"].value()) or ""))

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_name_other(self) -> str:
        other = self.cleaned_data["name_other"]
        return clean_name(other) if other else ""

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        return normal_phone(phone) if phone else ""

    def clean_abha(self) -> str:
        given = self.cleaned_data["abha"].strip()
        digits = given.replace("-", "").replace(" ", "")
        if not given or is_abha_number(digits):
            return digits if given else ""
        refuse_aadhaar(given)
        if is_abha_address(given):
            return given.lower()
        raise ValidationError(_("An ABHA number has 14 digits; an ABHA address looks like name@abdm."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("phone") and not cleaned.get("no_phone_reason") and "phone" not in self.errors:
            self.add_error("phone", _("Write the mobile number, or say why there is none."))
        if cleaned.get("phone"):
            cleaned["no_phone_reason"] = ""
        if cleaned.get("age"):
            try:
                cleaned["birth"] = self._birth(cleaned["age"].strip(), cleaned.get("age_unit") or "years")
            except (ValueError, ValidationError):
                self.add_error("age", _("Write the age as a number, or the birth date as 23-11-1992."))
        self._keep_what_follows(cleaned)
        return cleaned

    def _keep_what_follows(self, cleaned: dict[str, Any]) -> None:
        """Of somebody on file: an age left as it was stays the same date; a name put right is spelt anew."""
        changed = set(self.changed_data)
        if "birth" in self.initial and not changed & {"age", "age_unit"}:
            cleaned["birth"] = self.initial["birth"]
        if "name" in changed and "name_other" not in changed and self.initial.get("names_alike"):
            cleaned["name_other"] = ""

    def _birth(self, said: str, unit: str) -> tuple[date, str]:
        """(birth date, precision) from an age in a unit, or from a date that is written out."""
        today = timezone.localdate()
        if unit == "date" or not said.isdigit():
            born = forms.DateField(input_formats=["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"]).clean(said)
            if not could_be_born_on(born, today=today):
                raise ValueError
            return born, BirthPrecision.DAY
        return birth_from_age(**{unit: int(said)}, today=today)

    def details(self) -> dict[str, Any]:
        """Patient's fields and `identifiers`, as the services take them."""
        cleaned = self.cleaned_data
        plain = (
            *("sex", "guardian_name", "phone", "no_phone_reason", "village", "block_name", "district"),
            *("address", "pincode", "occupation", "religion"),
        )
        details = {name: cleaned[name] for name in plain}
        details["block"] = block_named(cleaned["block_name"], cleaned["district"])
        details["category"] = cleaned["category"] or Category.GENERAL
        details["guardian_relation"] = cleaned["guardian_relation"] if cleaned["guardian_name"] else ""
        details["birth_date"], details["birth_precision"] = cleaned["birth"]
        typed, other = cleaned["name"], cleaned["name_other"]
        names = ("name_hi", "name") if is_devanagari(typed) else ("name", "name_hi")
        details |= dict(zip(names, (typed, other), strict=True))
        if not details["name"]:
            details["name"] = latin_from_devanagari(typed)
        details["identifiers"] = self._identifiers()
        return details

    def _identifiers(self) -> dict[str, str]:
        """{kind: number}; a number that was on file and stands in the form no more is empty."""
        cleaned = self.cleaned_data
        given = {
            _abha_kind(cleaned["abha"]): cleaned["abha"],
            IdentifierKind.RATION_CARD: cleaned["ration_card"].strip(),
            IdentifierKind.OLD_NUMBER: cleaned["old_number"].strip(),
        }
        ended = dict.fromkeys(self.initial.get("identifier_kinds", []), "")
        return ended | {kind.value: value for kind, value in given.items() if value}


def _abha_kind(abha: str) -> IdentifierKind:
    return IdentifierKind.ABHA_ADDRESS if "@" in abha else IdentifierKind.ABHA_NUMBER


BLOCKS = '<datalist id="blocks">{% include "patients/_blocks.html" with blocks=form.blocks %}</datalist>'


def person_layout() -> FormHelper:
    """One screen, in reading order; what is seldom asked is folded."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(
        Div(
            Div(
                Field("name", template="components/plain_field.html"),
                HTML('<div id="name-other"></div>'),
                css_class="w2",
            ),
            Field("sex", template="components/seg.html"),
            Pair("age", "age_unit"),
            Pair("guardian_relation", "guardian_name", css_class="w2", label="guardian_name"),
            Pair("phone", "no_phone_reason", css_class="w2"),
            Field("village", template="components/plain_field.html"),
            Field("block_name", template="components/plain_field.html"),
            Field("district", template="components/plain_field.html"),
            Field("category", template="components/plain_field.html"),
            Div(
                Field("abha", template="components/plain_field.html"),
                HTML('<div id="abha-note"></div>'),
                css_class="w2",
            ),
            HTML(BLOCKS),
            More("name_other", "address", "pincode", "ration_card", "old_number", "occupation", "religion"),
            css_class="panel-body fields",
        )
    )
    return helper


class Pair(Div):
    """Two controls that are one question, under one label."""

    template = "components/pair.html"

    def __init__(self, *fields: str, label: str = "", **options: Any) -> None:
        super().__init__(*fields, **options)
        self.label = label or fields[0]

    def render(self, form: Any, context: Any, template_pack: Any = None, **kwargs: Any) -> str:
        bound = [form[name] for name in self.fields]
        return context.template.engine.get_template(self.template).render(
            context.new({"bound": bound, "labelled": form[self.label], "css_class": self.css_class})
        )


class More(Div):
    """The folded rest; it opens by itself when a field inside has an error."""

    template = "components/more.html"

    def render(self, form: Any, context: Any, template_pack: Any = None, **kwargs: Any) -> str:
        bound = [form[name] for name in self.fields]
        opened = any(field.errors or field.initial for field in bound)
        return context.template.engine.get_template(self.template).render(
            context.new(
                {
                    "bound": bound,
                    "opened": opened,
                    "legend": _("More: address, PIN code, ration card, occupation, religion"),
                }
            )
        )


AGE_UNIT_OF = {"year": "years", "month": "months", "day": "days"}


def initial_of(patient: Patient) -> dict[str, Any]:
    """What the form shows of somebody on file, and what `clean()` holds an unchanged field to."""
    held = {one.kind: one.value for one in patient.identifiers.filter(ended_at=None)}
    abha = held.get(IdentifierKind.ABHA_NUMBER) or held.get(IdentifierKind.ABHA_ADDRESS, "")
    shown = {_abha_kind(abha): abha} | {
        kind: held.get(kind, "") for kind in (IdentifierKind.RATION_CARD, IdentifierKind.OLD_NUMBER)
    }
    first, other = (patient.name_hi, patient.name) if patient.name_hi else (patient.name, "")
    age, unit = _age_shown(patient)
    plain = (
        *("sex", "guardian_relation", "guardian_name", "phone", "no_phone_reason", "category", "village"),
        *("block_name", "district", "address", "pincode", "occupation", "religion"),
    )
    return {
        **{name: getattr(patient, name) for name in plain},
        "name": first,
        "name_other": other,
        "age": age,
        "age_unit": unit,
        "birth": (patient.birth_date, patient.birth_precision),
        "names_alike": patient.name == latin_from_devanagari(patient.name_hi)
        or patient.name_hi == devanagari_from_latin(patient.name),
        "abha": abha,
        "ration_card": shown[IdentifierKind.RATION_CARD],
        "old_number": shown[IdentifierKind.OLD_NUMBER],
        "identifier_kinds": [kind.value for kind, value in shown.items() if value],
    }


def _age_shown(patient: Patient) -> tuple[str, str]:
    """(age, unit): a birth date where it is known to the day, else the age that it was estimated from."""
    if patient.birth_date is None:
        return "", "years"
    age = patient.age_on(timezone.localdate())
    if patient.birth_precision == BirthPrecision.DAY or age is None:
        return f"{patient.birth_date:%d-%m-%Y}", "date"
    return str(age.number), AGE_UNIT_OF[age.unit]
