"""The form of a person, as the counter fills it: twelve fields at most, the rest folded away."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

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
    CaseKind,
    Category,
    GuardianRelation,
    IdentifierKind,
    NoPhone,
    Patient,
    Sex,
)
from patients.names import clean_name, devanagari_from_latin, is_devanagari, latin_from_devanagari
from patients.services import CaseDetails, Intimation, Newborn

DAYS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"]
HALF_A_DAY = timedelta(hours=12)
HOURS = ["%H:%M", "%H.%M", "%H%M"]
SAY_WHEN = _("Write the time as 10:42, or the day and the time as 23-11-2026 10:42.")
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
        if self.initial.get("sex") == Sex.UNKNOWN:
            self.fields["sex"].choices = [*SEXES, (Sex.UNKNOWN.value, Sex.UNKNOWN.label)]
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
            born = forms.DateField(input_formats=DAYS).clean(said)
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


class Moment(forms.CharField):
    """An hour of today, or shortly after midnight of yesterday; or a day with its hour. Empty means now."""

    def __init__(self, *, label: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "10:42"})
        super().__init__(label=label, required=False, max_length=20, widget=widget)

    def clean(self, value: Any) -> datetime | None:
        said = super().clean(value)
        return moment(said) if said else None


def moment(said: str) -> datetime:
    """`10:42`, or `23-11-2026 10:42`; a ValidationError where it is neither."""
    now = timezone.localtime()
    day, _space, hour = said.rpartition(" ")
    at = forms.TimeField(input_formats=HOURS, error_messages={"invalid": SAY_WHEN}).clean(hour)
    if day:
        on = forms.DateField(input_formats=DAYS, error_messages={"invalid": SAY_WHEN}).clean(day.strip())
        return timezone.make_aware(datetime.combine(on, at))
    found = timezone.make_aware(datetime.combine(now.date(), at))
    return found - timedelta(days=1) if found - now > HALF_A_DAY else found


class IntimationForm(forms.Form):
    """Which police station was told, when, and who took it down there."""

    station = words(_("Police station"), length=120, required=True)
    informed_at = Moment(label=_("Informed at (empty: now)"))
    officer = words(_("Taken down by (name, number)"), length=120)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def intimation(self, at: datetime) -> Intimation | None:
        """What the service takes; None where no station is named."""
        said = self.cleaned_data
        if not said["station"]:
            return None
        return Intimation(said["station"], said["informed_at"] or at, said["officer"])


class CaseForm(IntimationForm):
    """A medico-legal case, and the police if they were told already."""

    kind = forms.ChoiceField(label=_("Kind of case"), choices=CaseKind)
    particulars = words(_("What is said to have happened"), length=400)
    brought_by = words(_("Brought by"), length=240)
    field_order = ["kind", "brought_by", "particulars", "station", "informed_at", "officer"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["station"].required = False

    def case(self, at: datetime) -> CaseDetails:
        """What the service takes."""
        said = self.cleaned_data
        return CaseDetails(
            CaseKind(said["kind"]), said["particulars"], said["brought_by"], self.intimation(at)
        )


BABY_SEXES = [
    (Sex.FEMALE.value, _("girl")),
    (Sex.MALE.value, _("boy")),
    (Sex.UNKNOWN.value, _("cannot be told yet")),
]


class BabyForm(forms.Form):
    """One child of a delivery; a row without a sex is no child."""

    sex = forms.ChoiceField(label=_("Sex"), choices=BABY_SEXES, widget=forms.RadioSelect, required=False)
    time = forms.TimeField(
        label=_("Born at"),
        input_formats=HOURS,
        error_messages={"invalid": SAY_WHEN},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "10:42", "autocomplete": "off"}),
        required=False,
    )
    weight = forms.IntegerField(label=_("Weight (grams)"), min_value=1, max_value=20_000, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sex") and not cleaned.get("time") and "time" not in self.errors:
            self.add_error("time", _("Write when the baby was born."))
        if (cleaned.get("time") or cleaned.get("weight")) and not cleaned.get("sex"):
            self.add_error("sex", _("Choose the sex, also if it cannot be told yet."))
        return cleaned


class DeliveryForm(forms.Form):
    """The day of a delivery, and its children: one row each."""

    born_on = forms.DateField(
        label=_("Day of birth"),
        input_formats=DAYS,
        widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}, format="%d-%m-%Y"),
    )
    confirm_another = forms.BooleanField(label=_("This is another baby"), required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None, *, rows: int = 4, **options: Any) -> None:
        now = timezone.localtime()
        super().__init__(data, initial={"born_on": now.date()}, use_required_attribute=False, **options)
        self.babies = [
            BabyForm(data, prefix=f"baby{n}", initial={"time": f"{now:%H:%M}"} if n == 1 else None)
            for n in range(1, rows + 1)
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(baby.is_valid() for baby in self.babies)])

    def newborns(self) -> list[Newborn]:
        """What the service takes."""
        day = self.cleaned_data["born_on"]
        return [
            Newborn(
                Sex(said["sex"]),
                timezone.make_aware(datetime.combine(day, said["time"])),
                said["weight"],
            )
            for said in (baby.cleaned_data for baby in self.babies)
            if said["sex"]
        ]


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
