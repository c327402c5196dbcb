"""The form of a person, as the counter fills it: twelve fields at most, the rest folded away."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked, SheetField
from facilities.forms import day as day_field
from facilities.models import Department, District, Facility
from facilities.queries import (
    block_named,
    blocks_of,
    district_by_lgd,
    district_named,
    districts_near,
    facilities_by_name,
)
from hmis.kernel import sheets
from hmis.kernel.moments import Said
from hmis.kernel.said import DayField
from hmis.kernel.templatetags.ui import normal
from patients.ages import OLDEST, BirthSaid
from patients.identifiers import (
    LONGEST_IDENTIFIER,
    is_abha_address,
    normal_abha_number,
    normal_identifier,
    normal_phone,
    normal_pincode,
    plain_digits,
    refuse_aadhaar,
    show_abha,
)
from patients.models import (
    ABHA_KINDS,
    LONGEST_REST,
    OLD_KINDS,
    AbhaStatus,
    Birth,
    BirthPrecision,
    CaseKind,
    Category,
    Certificate,
    ClinicalNote,
    Finding,
    GuardianRelation,
    IdentifierKind,
    NoPhone,
    Patient,
    PatientIdentifier,
    Severity,
    Sex,
    ToldBy,
    Vital,
)
from patients.names import clean_name, devanagari_from_latin, is_devanagari, latin_from_devanagari
from patients.permissions import PRINT_CARD
from patients.queries import Found, cards_of, months_old
from patients.ranges import MEASURES, celsius_of
from patients.scans import AbhaCard
from patients.sections import (
    COMPLAINTS,
    LONGEST,
    Sections,
    complaints_from,
    complaints_said,
    fitted,
    is_folded,
    value_of,
)
from patients.services import (
    MOST_LABELS,
    Allergy,
    CaseDetails,
    Certified,
    Intimation,
    Letter,
    Newborn,
    Unknown,
    Vitals,
    Who,
    Wish,
    Writing,
    named,
)
from patients.states import (
    BAND_AGE,
    AgeBand,
    CardReason,
    CertificateKind,
    Escort,
    Transport,
    Urgency,
    WardKind,
)

DAYS = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"]
HOURS = ["%H:%M", "%H.%M", "%H%M"]
HOUR, DAY_AND_HOUR = _("hh:mm"), _("dd-mm-yyyy hh:mm")
SAY_KIND = _("Choose the kind of case.")
SAY_WHEN = _("Write the time as 10:42, or the day and the time as 23-11-2026 10:42.")
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
        label=_("No mobile"), choices=[("", _("has one")), *WHY_NO_PHONE], required=False
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category, required=False)
    village = words(_("Village or mohalla"), length=120)
    block_name = words(_("Block"), length=80)
    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), to_field_name="lgd_code", required=False
    )
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
        district.queryset = District.objects.all()
        near = districts_near(facility.district_id)
        district.choices = [("", "—"), *((one.lgd_code, str(one)) for one in near)]
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


def issuers() -> list[tuple[Any, Any]]:
    """Hospitals to choose from as the giver of an old number; most often it is not known."""
    return [("", _("not known")), *((one.pk, str(one)) for one in facilities_by_name())]


class Moment(forms.CharField):
    """An hour, or a day with its hour. Empty means now. Which day's hour it is, the act says.

    The box shows the `shape` of what is written there: an example looks like an hour that was filled in.
    """

    def __init__(self, *, label: Any, shape: Any = HOUR) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": shape})
        super().__init__(label=label, required=False, max_length=20, widget=widget)

    def clean(self, value: Any) -> Said:
        said = super().clean(value)
        return moment(said) if said else None


def moment(said: str) -> datetime | time:
    """`10:42`, or `23-11-2026 10:42`; a ValidationError where it is neither."""
    day, _space, hour = said.rpartition(" ")
    at: time = forms.TimeField(input_formats=HOURS, error_messages={"invalid": SAY_WHEN}).clean(hour)
    if not day:
        return at
    on = DayField(input_formats=DAYS, error_messages={"invalid": SAY_WHEN}).clean(day.strip())
    return timezone.make_aware(datetime.combine(on, at))


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
        label=_("Looks about"), choices=AgeBand, widget=forms.RadioSelect, required=False
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


class CorrectionForm(forms.Form):
    """What a case turned out to be."""

    kind = forms.ChoiceField(label=_("Kind of case"), choices=CaseKind)
    why = words(_("Why it is put right"), length=200)
    rev = forms.IntegerField(widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


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
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": HOUR, "autocomplete": "off"}),
        required=False,
    )
    weight = forms.IntegerField(
        label=_("Weight (grams)"),
        min_value=1,
        max_value=20_000,
        required=False,
        error_messages={"invalid": _("Write the weight in grams: 2800.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sex") and not cleaned.get("time") and "time" not in self.errors:
            self.add_error("time", _("Write when the baby was born."))
        if (cleaned.get("time") or cleaned.get("weight")) and not cleaned.get("sex"):
            self.add_error("sex", _("Choose the sex, also if it cannot be told yet."))
        return cleaned


class DeliveryForm(forms.Form):
    """The day of a delivery, and its children: one row each."""

    born_on = DayField(
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
        self.babies[0].fields["sex"].widget.attrs["autofocus"] = True

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(baby.is_valid() for baby in self.babies)])

    @property
    def has_twins(self) -> bool:
        """Whether something is written of a second child."""
        return self.is_bound and any(baby.has_changed() for baby in self.babies[1:])

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


# ── What was scanned ──

TOLD = {"abha": _("ABHA")}
# Parts of a question that is told by its other part.
UNTOLD = {"age_unit", "old_number_kind"}


class FilledForm:
    """A new patient's form with what a card or an old number says, beside whatever was typed before it.

    What a person typed stays: `otherwise` says where the card differs. `cursor` is the id of the control
    where the clerk goes on: the first that must be filled and is not, else the department.
    """

    def __init__(self, said: Mapping[str, Any], typed: Mapping[str, Any], *, facility: Facility) -> None:
        blank = PatientForm(facility=facility)
        shown = {name: str(blank[name].value() or "") for name in blank.fields}
        touched = {name: typed[name] for name in shown if typed.get(name, "") not in ("", shown[name])}
        unit = () if "age" in touched else ("age_unit",)
        fill = {
            name: value
            for name, value in said.items()
            if value and name not in touched and (name != "age_unit" or unit)
        }
        # Somebody from another state: our own district, which stands there unasked, would be a lie.
        cleared = {"district": ""} if said.get("district", "") is None else {}
        self.form = PatientForm(facility=facility, initial=cleared | touched | fill)
        self.filled = [TOLD.get(name, self.form[name].label) for name in fill if name not in UNTOLD]
        self.otherwise = [
            (self.form[name], value, self._words(name, value))
            for name, value in said.items()
            if value and name in touched and name not in UNTOLD and not _alike(touched[name], value)
        ]
        for name in fill:
            self.form.fields[name].widget.attrs["data-filled"] = ""
        self.cursor = self._cursor(touched | fill)
        self.is_whole = self.cursor == "id_department"

    def _words(self, name: str, value: str) -> str:
        choices = {str(key): label for key, label in getattr(self.form.fields[name], "choices", ())}
        return str(choices.get(value, value))

    def _cursor(self, known: Mapping[str, Any]) -> str:
        wanted = {"name": "id_name", "sex": "id_sex_0", "age": "id_age", "phone": "id_phone"}
        answered = {**known, "phone": known.get("phone") or known.get("no_phone_reason")}
        missing = next((name for name in wanted if not answered.get(name)), None)
        if missing is None:
            return "id_department"
        self.form.fields[missing].widget.attrs["autofocus"] = True
        return wanted[missing]


def _alike(typed: Any, said: Any) -> bool:
    first, second = (re.sub(r"[\s-]", "", str(one)).casefold() for one in (typed, said))
    return first == second


def said_by(card: AbhaCard) -> dict[str, Any]:
    """The card's words by the form's fields. A district of another state stays readable in the address."""
    district = None
    if card.is_of_jharkhand:
        district = district_by_lgd(card.district_lgd) if card.district_lgd else None
        district = district or district_named(card.district)
    address = card.address
    if card.district and district is None and card.district.casefold() not in address.casefold():
        address = f"{address}, {card.district}".lstrip(", ")[:160]
    return {
        "name": card.name,
        "sex": card.sex,
        "age": card.birth,
        "age_unit": "date" if card.birth else "",
        "phone": card.phone,
        "district": str(district.lgd_code) if district else "" if card.is_of_jharkhand else None,
        "abha": show_abha(card.abha_number) if card.abha_number else card.abha_address,
        "abha_address": card.abha_address if card.abha_number else "",
        "address": address,
        "pincode": card.pincode,
    }


def said_by_number(found: Found) -> dict[str, str]:
    """A number that nobody bears yet, by the form's fields: an ABHA that was typed, or an old number."""
    (kind, value), *_ = found.identifiers.items()
    if kind in ABHA_KINDS:
        return {"abha": value}
    return {"old_number_kind": kind, "old_number": value}


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


class SpanForm(forms.Form):
    """Of which days a list of the drug counter is."""

    first = day_field(_("from"))
    last = day_field(_("to"))


# ── What is measured, and asked of allergies ──


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
    cannot_be = _("This value cannot be.")
    field.error_messages["invalid"] = _("Write a number.")
    for rule in field.validators:
        if hasattr(rule, "limit_value"):
            rule.message = cannot_be
    return field


def found(name: str, label: Any) -> forms.ChoiceField:
    """A choice of what was seen or said of this vital; nothing where nobody looked."""
    choices = [(choice, Finding(choice).label) for choice in MEASURES[name].choices]
    return forms.ChoiceField(label=label, choices=[("", "—"), *choices], required=False)


class WrittenDay(DayField):
    """A day as the ward writes it: 02-07-2026."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "02-07-2026"})
        super().__init__(input_formats=DAYS, required=False, widget=widget, **options)
        self.error_messages["invalid"] = _("Write the day as 02-07-2026.")


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


class GlassForm(forms.Form):
    """Why a closed chart must be opened now."""

    reason = words(_("Why must you see this chart now?"), length=200, required=True)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}


# ── A note, by its template ──


class ComplaintsField(forms.CharField):
    """A complaint a line, with how long it has lasted at its end."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """The complaints as a note keeps them."""
        said = complaints_from(super().clean(value))
        kept: Sections = fitted({COMPLAINTS: said}, [{"code": COMPLAINTS}])
        return kept.get(COMPLAINTS, [])


class WrittenField(forms.CharField):
    """One field of a template: a line or a text."""

    def __init__(self, *, asked: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.asked = asked

    def clean(self, value: Any) -> str | bool:
        """What the note keeps of it."""
        return value_of(super().clean(value).replace("\r\n", "\n"), self.asked)


def _asked_for(field: Mapping[str, Any], name: str) -> forms.Field:
    label, kind = field[name], field["kind"]
    if kind == "check":
        return forms.BooleanField(label=label, required=False)
    if kind == "choice":
        choices = [("", "—"), *((one["code"], one[name]) for one in field["choices"])]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    attrs = {"maxlength": LONGEST[kind], "lang": "en", "autocomplete": "off"}
    lines = forms.Textarea({**attrs, "rows": 2}) if kind == "text" else forms.TextInput(attrs)
    return WrittenField(label=label, required=False, widget=lines, asked=field)


class Box(NamedTuple):
    """A box beside a note, whose text goes nowhere before it is chosen or sent."""

    id: str
    words: Any  # why the note is not signed while something stands in it


# By the name under which the note's form sends it along.
BOXES_BESIDE = {
    "substance": Box(
        "allergic-to", _("You typed an allergy that is not written down. Write it down or delete it.")
    ),
    "q": Box(
        "diagnosis", _("You typed a diagnosis that is not added. Choose it from the list or delete it.")
    ),
    "line": Box(
        "medicine", _("You typed a medicine that is not added. Choose it from the list or delete it.")
    ),
    "words": Box("tests-words", _("You typed a test that is not ordered. Order it or delete it.")),
}


# In the place of which line, or of which medicine that runs, the text in the box of medicines comes.
PLACE_OF_MEDICINE = "[name='rewrites'], [name^='replaces']"


def left_beside(data: Mapping[str, str]) -> dict[str, str]:
    """{name of the box: what was typed into it}, as a window sends it along with its note."""
    said = {name: data.get(name, "").strip() for name in BOXES_BESIDE}
    return {name: text for name, text in said.items() if text}


class NoteForm(forms.Form):
    """A note as its template asks for it. Its fields name their form, so that others may stand among them."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self, data: Any = None, *, note: ClinicalNote, initial: dict[str, Any] | None = None
    ) -> None:
        said = {"version": note.version, **_initial(note), **(initial or {})}
        super().__init__(data, initial=said)
        name = "name_hi" if get_language() == "hi" else "name"
        self.note, self.parts = note, []
        for section in note.layout():
            part = {"code": section["code"], "name": section[name], "shown": [], "folded": []}
            if section["code"] == COMPLAINTS:
                self.fields[COMPLAINTS] = ComplaintsField(
                    label=section[name],
                    required=False,
                    widget=forms.Textarea({"rows": 2, "lang": "en", "autofocus": True}),
                    help_text=_("One a line, how long at its end: fever 4d"),
                )
                part["shown"].append(COMPLAINTS)
            for place, field in enumerate(section.get("fields", [])):
                key = f"{section['code']}-{field['code']}"
                self.fields[key] = _asked_for(field, name)
                part["folded" if is_folded(section["code"], place, field) else "shown"].append(key)
            self.parts.append(part)
        for field in self.fields.values():
            field.widget.attrs["form"] = "note"

    def shown(self) -> dict[str, list[forms.BoundField]]:
        """{section: what is asked at once}."""
        return {part["code"]: [self[name] for name in part["shown"]] for part in self.parts}

    def folded(self) -> list[forms.BoundField]:
        """What is asked when it is opened."""
        return [self[name] for part in self.parts for name in part["folded"]]

    def is_unfolded(self) -> bool:
        """Whether something is written in it, or wrong."""
        return any(field.value() or field.errors for field in self.folded())

    def writing(self) -> Writing:
        """What the services take."""
        written: Sections = {}
        for part in self.parts:
            names = [*part["shown"], *part["folded"]]
            if part["code"] == COMPLAINTS:
                written[COMPLAINTS] = self.cleaned_data[COMPLAINTS]
            else:
                written[part["code"]] = {
                    name.partition("-")[2]: self.cleaned_data[name]
                    for name in names
                    if self.cleaned_data[name]
                }
        return Writing(self.cleaned_data["version"], written)

    def refuse_what_is_left(self) -> None:
        """Refuse a signature while something typed beside the note is not added: it would be lost unsaid."""
        for name in left_beside(self.data):
            self.add_error(None, BOXES_BESIDE[name].words)

    @staticmethod
    def boxes() -> str:
        """{id of the box: why nothing is signed while it is not empty}, for the page's script."""
        return json.dumps({box.id: str(box.words) for box in BOXES_BESIDE.values()})

    @staticmethod
    def box_ids() -> str:
        """The selector of what the page sends along."""
        return ", ".join([*(f"#{box.id}" for box in BOXES_BESIDE.values()), PLACE_OF_MEDICINE])

    def goes_out_from(self, version: int, **more: str) -> None:
        """Shown again with what was typed, it is about this version now: whoever chose has seen both."""
        self.data = MultiValueDict(
            {name: [value] for name, value in {**self.data, "version": str(version), **more}.items()}
        )

    def differences(self, note: ClinicalNote) -> list[dict[str, str]]:
        """Each field that says something else here than in the note as another window has saved it."""
        stands = _initial(note)
        found = []
        for name in (name for part in self.parts for name in (*part["shown"], *part["folded"])):
            mine, theirs = _plainly(self[name].value()), _plainly(stands.get(name))
            if mine != theirs:
                found.append({"label": str(self[name].label), "mine": mine, "theirs": theirs})
        return found


def _initial(note: ClinicalNote) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for code, written in note.sections.items():
        if code == COMPLAINTS:
            said[COMPLAINTS] = complaints_said(written)
        else:
            said |= {f"{code}-{name}": value for name, value in written.items()}
    return said


def _plainly(value: Any) -> str:
    if value in (True, "on"):
        return str(_("yes"))
    return str(value or "").replace("\r\n", "\n").strip()


class AddendumForm(forms.Form):
    """What is added to a signed note, and why."""

    reason = words(_("Why something is added"), length=200, required=True)
    text = forms.CharField(
        label=_("What is added"),
        max_length=4000,
        validators=[refuse_aadhaar],
        widget=forms.Textarea({"rows": 4}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].widget.attrs["autofocus"] = True


# ── How a consultation ends ──

FIELD_OF_OUTCOME_RULE = {
    "referral_goes_to_one_place": "to_name",
    "referral_says_why": "reason",
    "patient_is_referred_once_a_day_to_a_department": "department",
    "admission_request_says_why": "reason",
    "admission_request_names_a_diagnosis": "diagnosis",
}


def paragraph(label: Any, *, length: int, required: bool = False, **options: Any) -> Any:
    """Some lines of free words that never take an Aadhaar number."""
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        validators=[refuse_aadhaar],
        widget=forms.Textarea(attrs={"rows": 2}),
        **options,
    )


class EndingForm(Asked):
    """A form at the end of a consultation. The database's rules speak at their fields."""

    widest: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        for name in self.widest:
            self.fields[name].width = "w4"

    def say(self, refusal: Any) -> None:
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        field = refusal.field or FIELD_OF_OUTCOME_RULE.get(getattr(rule, "constraint_name", ""))
        self.add_error(field if field in self.fields else None, str(refusal))


class LetterForm(EndingForm):
    """To which other hospital, and what its doctor is told."""

    to_facility = forms.ModelChoiceField(
        label=_("Hospital of the state"),
        queryset=Facility.objects.none(),
        required=False,
        empty_label=_("another, written beside"),
    )
    to_name = words(_("Another hospital, and its town"), length=160)
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Urgency)
    transport = forms.ChoiceField(label=_("Goes by"), choices=[("", "—"), *Transport.choices])
    escort = forms.ChoiceField(label=_("Who goes along"), choices=[("", "—"), *Escort.choices])
    reason = paragraph(_("Why, and what is asked"), length=400, required=True)
    findings = paragraph(_("Findings"), length=1200)
    done = paragraph(_("What was done and given"), length=1200)
    wide = ("to_facility", "to_name")
    widest = ("reason", "findings", "done")

    def __init__(self, *args: Any, here: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to_facility"].queryset = Facility.objects.exclude(pk=here.pk).order_by("name")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("to_facility") and not said.get("to_name") and not self.errors.get("to_name"):
            self.add_error("to_name", _("Name the hospital."))
        if said.get("to_facility") and said.get("to_name"):
            self.add_error("to_name", _("Choose a hospital or write one, not both."))
        return said

    def letter(self) -> Letter:
        """What the service takes."""
        said = self.details()
        transport, escort = Transport(said.pop("transport")), Escort(said.pop("escort"))
        return Letter(**said | {"urgency": Urgency(said["urgency"])}, transport=transport, escort=escort)


class WishForm(EndingForm):
    """What is asked of a ward."""

    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), empty_label=None
    )
    ward_kind = forms.ChoiceField(label=_("Ward wished"), choices=WardKind)
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Urgency)
    diagnosis = paragraph(_("Provisional diagnosis"), length=300, required=True)
    reason = paragraph(_("Why the patient is to be admitted"), length=300, required=True)
    wide = ("department",)
    widest = ("diagnosis", "reason")

    def __init__(self, *args: Any, departments: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments

    def wish(self) -> Wish:
        """What the service takes."""
        said = self.details()
        kinds = {"ward_kind": WardKind(said["ward_kind"]), "urgency": Urgency(said["urgency"])}
        return Wish(**said | kinds)


class SickForm(EndingForm):
    """Rest: from which day, for how many days or until which; the diagnosis if the patient agrees."""

    kind = CertificateKind.SICK
    from_on = day_field(_("From"), required=True)
    days = forms.IntegerField(label=_("Days of rest"), min_value=1, max_value=LONGEST_REST, required=False)
    to_on = day_field(_("or until"))
    agrees = forms.BooleanField(label=_("The patient agrees that the diagnosis is named"), required=False)
    diagnosis = words(_("Diagnosis on the certificate"), length=200)
    backdated_why = words(_("Why it begins earlier, if it does"), length=200)
    wide = ("agrees", "diagnosis", "backdated_why")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["days"].widget.attrs["autofocus"] = True
        del self.fields["from_on"].widget.attrs["autofocus"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begins, days, ends = said.get("from_on"), said.get("days"), said.get("to_on")
        if begins and days:
            counted = begins + timedelta(days=days - 1)
            if ends and ends != counted:
                self.add_error(
                    "to_on", _("%(days)s days end on %(day)s.") % {"days": days, "day": f"{counted:%d-%m-%Y}"}
                )
            said["to_on"] = counted
        elif not ends and not {"days", "to_on"} & set(self.errors):
            self.add_error("days", _("Say for how many days, or until which day."))
        if said.get("agrees") and not said.get("diagnosis"):
            self.add_error("diagnosis", _("Write the diagnosis that is to be named."))
        return said

    def certified(self) -> Certified:
        """What the service takes; a diagnosis to which nobody agreed is not kept."""
        said = self.cleaned_data
        named = said["diagnosis"] if said["agrees"] else ""
        return Certified(
            CertificateKind.SICK,
            said["from_on"],
            said["to_on"],
            diagnosis=named,
            backdated_why=said["backdated_why"],
        )


class FitnessForm(EndingForm):
    """Fit: from which day, for what; the sick certificate that ends with it, if there was one here."""

    kind = CertificateKind.FITNESS
    fit_for = words(_("Fit for"), length=120, required=True)
    from_on = day_field(_("From"), required=True)
    ends = forms.ModelChoiceField(
        label=_("Ends the sick certificate"),
        queryset=Certificate.objects.none(),
        required=False,
        empty_label=_("none of this hospital"),
    )
    backdated_why = words(_("Why it begins earlier, if it does"), length=200)
    wide = ("fit_for", "backdated_why", "ends")

    def __init__(self, *args: Any, given: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends"].queryset = given
        self.fields["fit_for"].widget.attrs["placeholder"] = _("work, school, sport, travel")

    def certified(self) -> Certified:
        """What the service takes."""
        return Certified(CertificateKind.FITNESS, **self.details())


class WhyForm(EndingForm):
    """Why something that was given is taken back."""

    why = words(_("Why"), length=160, required=True)
    widest = ("why",)


class BirthForm(EndingForm):
    """What is put right of a birth, and why."""

    sex = forms.ChoiceField(label=_("Sex"), choices=BABY_SEXES, widget=forms.RadioSelect)
    born_at = Moment(label=_("Born at"), shape=DAY_AND_HOUR)
    weight = BabyForm.base_fields["weight"]
    why = words(_("Why it is put right"), length=160, required=True)
    rev = forms.IntegerField(widget=forms.HiddenInput)
    widest = ("why",)

    def __init__(self, *args: Any, birth: Birth, **options: Any) -> None:
        born_at = f"{timezone.localtime(birth.born_at):%d-%m-%Y %H:%M}"
        now = {"sex": birth.baby.sex, "born_at": born_at, "weight": birth.weight_grams, "rev": birth.rev}
        super().__init__(*args, initial=now, **options)
        self.birth = birth

    def clean_born_at(self) -> datetime:
        """The hour that was written; the one that stood there, to its second, where it was left."""
        said = self.cleaned_data["born_at"]
        if not isinstance(said, datetime):
            raise forms.ValidationError(_("Write the day and the hour of birth."))
        was = self.birth.born_at
        return was if said == was.replace(second=0, microsecond=0) else said

    def details(self) -> dict[str, Any]:
        said = self.cleaned_data
        newborn = Newborn(Sex(said["sex"]), said["born_at"], said["weight"])
        return {"newborn": newborn} | {name: said[name] for name in ("why", "rev", "request_key")}


class DeathWithdrawalForm(WhyForm):
    """Why a death is taken back; `alone`: by who has written it down, which asks why one person does both."""

    alone_note = words(_("Why you do both"), length=160)
    widest = ("why", "alone_note")

    def __init__(self, *args: Any, alone: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not alone:
            del self.fields["alone_note"]


class PeriodForm(forms.Form):
    """From a day until a day."""

    begins = day_field(_("From"))
    ends = day_field(_("Until"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        today = timezone.localdate()
        begins = said.get("begins") or (said.get("ends") or today).replace(day=1)
        ends = said.get("ends") or max(today, begins)
        if ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        return said | {"begins": begins, "ends": ends}


# ── The formulary ──


class SearchWords(forms.CharField):
    """The words of a list's search."""

    def __init__(self, label: Any) -> None:
        widget = forms.TextInput(attrs={"type": "search", "data-key": "F2", "autocomplete": "off"})
        super().__init__(label=label, required=False, max_length=60, widget=widget)


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
