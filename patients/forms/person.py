"""The form of a person, as the counter fills it: twelve fields at most, the rest folded away."""

from functools import partial
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from facilities.models import District, Facility
from facilities.queries import block_named, blocks_of, district_by_lgd, districts_near, facilities_by_name
from patients.ages import BirthSaid
from patients.forms.fields import words
from patients.identifiers import (
    LONGEST_IDENTIFIER,
    is_abha_address,
    normal_abha_number,
    normal_identifier,
    normal_phone,
    normal_pincode,
    plain_digits,
    refuse_aadhaar,
)
from patients.models import (
    ABHA_KINDS,
    OLD_KINDS,
    AbhaStatus,
    BirthPrecision,
    Category,
    GuardianRelation,
    IdentifierKind,
    NoPhone,
    Patient,
    PatientIdentifier,
    Sex,
)
from patients.names import clean_name, devanagari_from_latin, is_devanagari, latin_from_devanagari

AGE_UNITS = [("years", _("years")), ("months", _("months")), ("days", _("days")), ("date", _("birth date"))]
# "Linked" is nobody's answer: it follows from the number.
ABHA_ANSWERS = [
    ("", "—"),
    *((one.value, one.label) for one in (AbhaStatus.ASSISTED, AbhaStatus.DECLINED, AbhaStatus.NO_PHONE)),
]
OLD_CHOICES = [(kind.value, kind.label) for kind in OLD_KINDS]
# The order of the counter: most who come are women and men; "not known" is for casualty.
SEXES = [(sex.value, sex.label) for sex in (Sex.FEMALE, Sex.MALE, Sex.OTHER)]
# "Not asked" is nobody's answer: it stays where nobody has asked yet.
WHY_NO_PHONE = [(why.value, why.label) for why in NoPhone if why != NoPhone.NOT_ASKED]


class SearchForm(forms.Form):
    """The one search box: anything typed or scanned."""

    q = forms.CharField(label=_("Search or scan a patient"), max_length=600, required=False)


class DistrictField(forms.ModelChoiceField):
    """A district by its LGD code, found among those that the process remembers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(District.objects.all(), to_field_name="lgd_code", **options)

    def to_python(self, value: Any) -> District | None:
        if value in self.empty_values:
            return None
        code = str(value)
        found = district_by_lgd(int(code)) if code.isdecimal() else None
        if found is None:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return found


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
        label=_("No mobile"), choices=[("", _("has one")), *WHY_NO_PHONE], required=False
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category, required=False)
    village = words(_("Village or mohalla"), length=120)
    block_name = words(_("Block"), length=80)
    district = DistrictField(label=_("District"), required=False)
    abha = forms.CharField(label=_("ABHA, or why there is none"), max_length=64, required=False)
    abha_status = forms.ChoiceField(label=_("No ABHA, or help with it"), choices=ABHA_ANSWERS, required=False)
    abha_address = forms.CharField(label=_("ABHA address"), max_length=64, required=False)
    address = words(_("House, street"), length=160)
    pincode = forms.CharField(label=_("PIN code"), max_length=20, required=False)
    ration_card = forms.CharField(label=_("Ration card"), max_length=40, required=False)
    old_number_kind = forms.ChoiceField(
        label=_("Kind of the old number"), choices=OLD_CHOICES, initial=OLD_CHOICES[-1][0], required=False
    )
    old_number = forms.CharField(
        label=_("Old hospital number"), max_length=LONGEST_IDENTIFIER, required=False
    )
    old_number_issuer = forms.ModelChoiceField(
        label=_("Which hospital gave it"), queryset=Facility.objects.none(), required=False
    )
    occupation = words(_("Occupation"), length=80)
    religion = words(_("Religion"), length=40)

    def __init__(self, *args: Any, facility: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.facility = facility
        district = self.fields["district"]
        district.choices = partial(_districts, facility)
        district.initial = facility.district
        issuer = self.fields["old_number_issuer"]
        issuer.queryset = Facility.objects.all()
        issuer.choices = issuers
        self.fields["guardian_relation"].initial = GuardianRelation.FATHER
        if self.initial.get("no_phone_reason") == NoPhone.NOT_ASKED:
            self.fields["no_phone_reason"].choices = [("", _("has one")), *NoPhone.choices]
        if self.initial.get("sex") == Sex.UNKNOWN:
            self.fields["sex"].choices = [*SEXES, (Sex.UNKNOWN.value, Sex.UNKNOWN.label)]
        for name in ("age", "phone", "pincode"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["block_name"].widget.attrs["list"] = "blocks"
        self.fields["district"].widget.attrs |= {
            "hx-get": reverse_lazy("patients:block_list"),
            "hx-trigger": "change",
            "hx-target": "#blocks",
            "hx-swap": "innerHTML",
        }
        self.fields["name"].widget.attrs |= {"data-key": "F4", "data-key-label": _("new patient")}

    @cached_property
    def helper(self) -> FormHelper:
        """How it is drawn: made when it is, since most forms that are sent are never drawn again."""
        return person_layout()

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
        given = plain_digits(self.cleaned_data["abha"]).strip()
        if not given:
            return ""
        try:
            return normal_abha_number(given)
        except ValidationError:
            refuse_aadhaar(given)
        if is_abha_address(given):
            return given.lower()
        raise ValidationError(_("An ABHA number has 14 digits; an ABHA address looks like name@abdm."))

    def clean_abha_address(self) -> str:
        given = self.cleaned_data["abha_address"].strip()
        return normal_identifier(IdentifierKind.ABHA_ADDRESS, given) if given else ""

    def clean_pincode(self) -> str:
        given = self.cleaned_data["pincode"]
        return normal_pincode(given) if given else ""

    def clean_ration_card(self) -> str:
        given = self.cleaned_data["ration_card"].strip()
        return normal_identifier(IdentifierKind.RATION_CARD, given) if given else ""

    def clean_old_number(self) -> str:
        given = self.cleaned_data["old_number"].strip()
        return normal_identifier(IdentifierKind.OLD_NUMBER, given) if given else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("abha_address") and "@" in cleaned.get("abha", ""):
            self.add_error("abha_address", _("Two ABHA addresses are written. Leave the right one."))
        if not cleaned.get("phone") and not cleaned.get("no_phone_reason") and "phone" not in self.errors:
            self.add_error("phone", _("Write the mobile number, or say why there is none."))
        if cleaned.get("phone"):
            cleaned["no_phone_reason"] = ""
        if cleaned.get("age"):
            try:
                said = self._said(cleaned["age"].strip(), cleaned.get("age_unit") or "years")
                cleaned["birth"], cleaned["birth_said"] = said.on(timezone.localdate()), said
            except ValueError as wrong:
                self.add_error("age", str(wrong))
        self._keep_what_follows(cleaned)
        return cleaned

    def _keep_what_follows(self, cleaned: dict[str, Any]) -> None:
        """Of somebody on file: an age left as it was stays the same date; a name put right is spelt anew."""
        changed = set(self.changed_data)
        if "birth" in self.initial and not changed & {"age", "age_unit"}:
            cleaned["birth"] = self.initial["birth"]
            cleaned.pop("birth_said", None)
        if "name" in changed and "name_other" not in changed and self.initial.get("names_alike"):
            cleaned["name_other"] = ""

    def _said(self, said: str, unit: str) -> BirthSaid:
        """An age in a unit, or a date that is written out."""
        if unit == "date" or not said.isdigit() or len(said) == 4:
            return BirthSaid(written=said)
        return BirthSaid(**{unit: int(said)})

    def details(self) -> dict[str, Any]:
        """Patient's fields, the answer about the ABHA, and the other numbers, as the services take them."""
        cleaned = self.cleaned_data
        numbers = {"identifiers": self._identifiers(), "issuer": cleaned["old_number_issuer"]}
        return self.described() | numbers | {"abha_status": cleaned["abha_status"]}

    def described(self) -> dict[str, Any]:
        """Patient's fields, as they are written in the form."""
        cleaned = self.cleaned_data
        plain = (
            *("sex", "guardian_name", "phone", "no_phone_reason", "village", "block_name", "district"),
            *("address", "pincode", "occupation", "religion"),
        )
        details = {name: cleaned[name] for name in plain}
        details["block"] = block_named(cleaned["block_name"], cleaned["district"])
        details["category"] = cleaned["category"] or Category.GENERAL
        details["guardian_relation"] = cleaned["guardian_relation"] if cleaned["guardian_name"] else ""
        if "birth_said" in cleaned:
            details["birth"] = cleaned["birth_said"]
        else:
            details["birth_date"], details["birth_precision"] = cleaned["birth"]
        typed, other = cleaned["name"], cleaned["name_other"]
        names = ("name_hi", "name") if is_devanagari(typed) else ("name", "name_hi")
        details |= dict(zip(names, (typed, other), strict=True))
        if not details["name"]:
            details["name"] = latin_from_devanagari(typed)
        return details

    def _identifiers(self) -> dict[str, str]:
        """{kind: number}; a number that was on file and stands in the form no more is empty."""
        cleaned, abha = self.cleaned_data, self.cleaned_data["abha"]
        is_address = "@" in abha
        given = {
            IdentifierKind.ABHA_NUMBER: "" if is_address else abha,
            IdentifierKind.ABHA_ADDRESS: abha if is_address else cleaned["abha_address"],
            IdentifierKind.RATION_CARD: cleaned["ration_card"],
            cleaned["old_number_kind"] or IdentifierKind.OLD_NUMBER: cleaned["old_number"],
        }
        ended = dict.fromkeys(self.initial.get("identifier_kinds", []), "")
        return ended | {str(kind): value for kind, value in given.items() if value}


def _districts(facility: Facility) -> list[tuple[Any, Any]]:
    """Those near the hospital first."""
    return [("", "—"), *((one.lgd_code, str(one)) for one in districts_near(facility.district_id))]


def issuers() -> list[tuple[Any, Any]]:
    """Hospitals to choose from as the giver of an old number; most often it is not known."""
    return [("", _("not known")), *((one.pk, str(one)) for one in facilities_by_name())]


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
            Div(Pair("abha", "abha_status"), HTML('<div id="abha-note"></div>'), css_class="w2"),
            HTML(BLOCKS),
            More(
                *("name_other", "address", "pincode", "abha_address", "ration_card"),
                *("old_number_kind", "old_number", "old_number_issuer", "occupation", "religion"),
            ),
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
        opened = any(field.errors or form.initial.get(field.name) for field in bound)
        return context.template.engine.get_template(self.template).render(
            context.new(
                {
                    "bound": bound,
                    "opened": opened,
                    "legend": _("More: address, PIN code, ration card, old hospital number, occupation"),
                }
            )
        )


AGE_UNIT_OF = {"year": "years", "month": "months", "day": "days"}


def initial_of(patient: Patient) -> dict[str, Any]:
    """What the form shows of somebody on file, and what `clean()` holds an unchanged field to."""
    kept = list(patient.identifiers.filter(ended_at=None).order_by("pk"))
    held = {one.kind: one.value for one in kept}
    number, address = held.get(IdentifierKind.ABHA_NUMBER), held.get(IdentifierKind.ABHA_ADDRESS, "")
    old = next((one for one in reversed(kept) if one.kind in OLD_KINDS), None)
    first, other = (patient.name_hi, patient.name) if patient.name_hi else (patient.name, "")
    age, unit = _age_shown(patient)
    plain = (
        *("sex", "guardian_name", "phone", "no_phone_reason", "category", "village", "block_name"),
        *("district", "address", "pincode", "occupation", "religion"),
    )
    return {
        **{name: getattr(patient, name) for name in plain},
        # Where no guardian is on file, the list's first (a husband) would stand there.
        "guardian_relation": patient.guardian_relation or GuardianRelation.FATHER,
        "name": first,
        "name_other": other,
        "age": age,
        "age_unit": unit,
        "birth": (patient.birth_date, patient.birth_precision),
        "names_alike": patient.name == latin_from_devanagari(patient.name_hi)
        or patient.name_hi == devanagari_from_latin(patient.name),
        "abha": number or address,
        "abha_address": address if number else "",
        "abha_status": patient.abha_status if patient.abha_status in dict(ABHA_ANSWERS) else "",
        "ration_card": held.get(IdentifierKind.RATION_CARD, ""),
        **_old_shown(old),
        "identifier_kinds": [*(kind for kind in SHOWN_KINDS if kind in held), *([old.kind] if old else [])],
    }


# Of old numbers the form shows the newest, of whatever kind.
SHOWN_KINDS = [str(kind) for kind in (*ABHA_KINDS, IdentifierKind.RATION_CARD)]


def _old_shown(old: PatientIdentifier | None) -> dict[str, Any]:
    if old is None:
        return {}
    return {"old_number_kind": old.kind, "old_number": old.value, "old_number_issuer": old.issuer_id}


def _age_shown(patient: Patient) -> tuple[str, str]:
    """(age, unit): a birth date where it is known to the day, else the age that it was estimated from."""
    if patient.birth_date is None:
        return "", "years"
    age = patient.age_on(timezone.localdate())
    if patient.birth_precision == BirthPrecision.DAY or age is None:
        return patient.born, "date"
    return str(age.number), AGE_UNIT_OF[age.unit]
