"""Forms of login, working place and administration."""

from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from facilities import permissions, queries
from facilities.models import (
    Department,
    District,
    Facility,
    FacilityKind,
    Posting,
    ReceiptPaper,
    Room,
    State,
    Unit,
    User,
    WhyDisabled,
    WhyReset,
)
from facilities.models.places import WEEKDAYS
from facilities.roles import ROLES, Grade, Reach, Role, may_be_given_by
from hmis.kernel.errors import Refusal
from hmis.kernel.said import DayField, day_said


class LoginForm(forms.Form):
    """User name and password."""

    username = forms.CharField(label=_("User name"), max_length=64)
    password = forms.CharField(label=_("Password"), max_length=128, strip=False, widget=forms.PasswordInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "lang": "en"}
        self.fields["password"].widget.attrs |= {"autocomplete": "current-password"}
        # After a refusal the user name stands there already.
        here = "password" if self.data.get("username") else "username"
        self.fields[here].widget.attrs["autofocus"] = True


class UnlockForm(forms.Form):
    """The password again, by the same person."""

    password = forms.CharField(
        label=_("Password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autofocus": True, "autocomplete": "current-password"}),
    )


# At which field a broken rule of the database is said.
FIELD_OF_RULE = {
    "facility_code_is_unique": "code",
    "facility_code_is_two_to_four_capitals": "code",
    "facility_hfr_id_is_unique": "hfr_id",
    "facility_hfr_id_is_in_and_ten_digits": "hfr_id",
    "facility_gstin_has_its_form": "gstin",
    "facility_upi_address_has_its_form": "upi_address",
    "department_code_is_unique_here": "code",
    "department_code_is_capitals": "code",
    "unit_name_is_unique_in_department": "name",
    "room_number_is_unique_here": "number",
    "user_name_is_unique": "username",
    "hpr_id_is_unique": "hpr_id",
    "hpr_id_has_fourteen_digits": "hpr_id",
    "hpr_address_is_unique": "hpr_address",
    "hpr_address_is_a_name_at_hpr_or_dr": "hpr_address",
    "posting_ends_after_it_starts": "ends_on",
    "scheme_code_is_unique": "code",
    "scheme_ends_after_it_starts": "valid_to",
}


class Asked(forms.Form):
    """What an administrator fills in. `details()` is what the services take; `say()` takes their refusal."""

    wide: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ("request_key",)

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.width = "w2" if name in self.wide else ""
            field.widget.attrs.setdefault("autocomplete", "off")
        first = next(field for field in self.fields.values() if not field.widget.is_hidden)
        first.widget.attrs["autofocus"] = True

    def details(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.fixed}

    def say(self, refusal: Refusal) -> None:
        """At the field that the refusal, or the rule that it words, belongs to; else above the form."""
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        field = refusal.field or FIELD_OF_RULE.get(getattr(rule, "constraint_name", ""))
        self.add_error(field if field in self.fields else None, str(refusal))


def capitals(label: Any, length: int, **options: Any) -> forms.CharField:
    """A short code: typed small, it becomes capitals."""
    return forms.CharField(
        label=label, max_length=length, widget=forms.TextInput(attrs={"lang": "en"}), **options
    )


class _FileInput(forms.FileInput):
    """With a button that speaks the reader's language: the browser's own speaks the browser's."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        control = super().render(name, value, attrs, renderer)
        return render_to_string("components/file.html", {"control": control, "id": (attrs or {}).get("id")})


class SheetField(forms.FileField):
    """A sheet to be looked through: CSV or XLSX. An empty one is refused by whoever reads it, in words."""

    def __init__(self) -> None:
        widget = _FileInput(attrs={"accept": ".csv,.xlsx"})
        super().__init__(label=_("CSV or XLSX file"), widget=widget, allow_empty_file=True)


class _DayInput(forms.DateInput):
    """A day as people here write it, also where an address has said it as machines do."""

    def format_value(self, value: Any) -> str | None:
        return super().format_value((isinstance(value, str) and day_said(value)) or value)


def day(label: Any, *, required: bool = False, **options: Any) -> DayField:
    """A day as people here write it; a browser's own box would ask in its maker's order."""
    widget = _DayInput(format="%d-%m-%Y", attrs={"inputmode": "numeric", "placeholder": _("DD-MM-YYYY")})
    written = ["%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"]
    return DayField(label=label, required=required, widget=widget, input_formats=written, **options)


def fee(**options: Any) -> forms.DecimalField:
    return forms.DecimalField(label=_("OPD fee in ₹"), max_digits=8, decimal_places=2, min_value=0, **options)


def days_valid(**options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=_("Slip valid for days"), min_value=0, max_value=365, **options)


class FacilityForm(Asked):
    """A hospital's details. What only the state decides is asked only there."""

    wide = ("name", "name_hi", "address", "district", "kind")

    code = capitals(_("Short code"), 4, help_text=_("Begins every number on every paper: RIMS/R26/0000123"))
    name = forms.CharField(label=_("Name in English"), max_length=160)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=FacilityKind)
    district = forms.ModelChoiceField(label=_("District"), queryset=District.objects.none())
    hfr_id = capitals(_("HFR ID"), 12, required=False, help_text=_("IN and ten digits"))
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=15,
        required=False,
        validators=[RegexValidator(r"^[0-9+() -]{6,15}\Z", _("A telephone number has digits, + and -."))],
    )
    opd_fee = fee()
    opd_validity_days = days_valid()
    receipt_paper = forms.ChoiceField(label=_("Receipts are printed on"), choices=ReceiptPaper)
    gstin = capitals(_("GSTIN"), 15, required=False, help_text=_("Printed on every bill"))
    upi_address = forms.CharField(
        label=_("UPI address"),
        max_length=80,
        required=False,
        help_text=_("name@bank: the counter then shows a QR code for payment"),
    )

    def __init__(self, *args: Any, actor: Any, hospital: Facility | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = District.objects.filter(state=actor.posting.state_id)
        if not actor.may(permissions.ADD_FACILITY):
            del self.fields["district"], self.fields["kind"]
        if hospital and options.get("initial", {}).get("code_stays"):
            self.fields["code"].disabled = True
            self.fields["code"].help_text = _("Numbers with this code have been given: it cannot change.")

    def clean_code(self) -> str:
        return self.cleaned_data["code"].upper()

    def clean_gstin(self) -> str:
        return self.cleaned_data["gstin"].upper().replace(" ", "")

    def clean_hfr_id(self) -> str:
        return self.cleaned_data["hfr_id"].upper().replace(" ", "")


class DepartmentForm(Asked):
    """A department; without a fee of its own the hospital's holds."""

    wide = ("name", "name_hi")

    code = capitals(_("Code"), 6, help_text=_("Two to six letters: MED"))
    name = forms.CharField(label=_("Name in English"), max_length=160)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160)
    opd_fee = fee(required=False, help_text=_("Empty: same as the hospital"))
    opd_validity_days = days_valid(required=False, help_text=_("Empty: same as the hospital"))
    is_active = forms.BooleanField(
        label=_("Open"), required=False, help_text=_("Closed: no new tokens. Tokens already given go on.")
    )

    def __init__(self, *args: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["is_active" if is_new else "code"]

    def clean_code(self) -> str:
        return self.cleaned_data["code"].upper()


class UnitForm(Asked):
    """A unit: room, doctor, clinic days."""

    name = forms.CharField(label=_("Name in English"), max_length=160)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160)
    room = forms.ModelChoiceField(label=_("Room"), queryset=Room.objects.none(), required=False)
    doctor = forms.ModelChoiceField(label=_("Doctor"), queryset=User.objects.none(), required=False)
    clinic_days = forms.TypedMultipleChoiceField(
        label=_("Clinic days"),
        coerce=int,
        required=False,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
    )
    is_active = forms.BooleanField(
        label=_("Open"), required=False, help_text=_("Closed: no new tokens. Tokens already given go on.")
    )

    def __init__(self, *args: Any, hospital: Facility, unit: Unit | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["room"].queryset = hospital.rooms.order_by("number")
        doctors = queries.doctors_of(hospital)
        if unit and unit.doctor_id:
            doctors = User.objects.filter(pk__in=[*doctors.values_list("pk", flat=True), unit.doctor_id])
        self.fields["doctor"].queryset = doctors
        self.fields["doctor"].choices = [
            ("", "—"),
            *((one.pk, one.told) for one in queries.told_apart(doctors, hospital)),
        ]
        self.fields["clinic_days"].width = "w4"
        if unit is None:
            del self.fields["is_active"]


class RoomForm(Asked):
    """A room's number, as it stands on its door and on the slip."""

    number = forms.CharField(label=_("Room number"), max_length=12)


def hpr_id() -> forms.CharField:
    """The number of the Healthcare Professionals Registry."""
    return forms.CharField(
        label=_("HPR ID"),
        max_length=20,
        required=False,
        help_text=_("14 digits, for doctors and nurses"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "lang": "en"}),
    )


def hpr_address() -> forms.CharField:
    """The address of the Healthcare Professionals Registry."""
    return forms.CharField(
        label=_("HPR address"),
        max_length=64,
        required=False,
        help_text=_("name@hpr.abdm or name@dr.abdm; the number or the address is enough"),
        widget=forms.TextInput(attrs={"lang": "en", "autocapitalize": "none", "spellcheck": "false"}),
    )


def plain_hpr_id(typed: str) -> str:
    """The digits of an HPR ID, however they were grouped."""
    return "".join(typed.replace("-", "").split())


def plain_hpr_address(typed: str) -> str:
    """An HPR address as it is kept: small letters, no gaps."""
    return "".join(typed.lower().split())


class HprForm(Asked):
    """One's own entry in the Healthcare Professionals Registry."""

    wide = ("hpr_id", "hpr_address")

    hpr_id = hpr_id()
    hpr_address = hpr_address()

    def clean_hpr_id(self) -> str:
        return plain_hpr_id(self.cleaned_data["hpr_id"])

    def clean_hpr_address(self) -> str:
        return plain_hpr_address(self.cleaned_data["hpr_address"])


class PersonForm(Asked):
    """A staff member."""

    wide = ("name", "name_hi")

    name = forms.CharField(label=_("Name in English"), max_length=120)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=120, required=False)
    username = forms.CharField(
        label=_("User name"),
        max_length=64,
        widget=forms.TextInput(attrs={"lang": "en"}),
        help_text=_("Small letters, digits, dot: sunita.rims"),
    )
    hpr_id = hpr_id()
    hpr_address = hpr_address()
    council_number = forms.CharField(label=_("Council registration number"), max_length=40, required=False)

    def clean_username(self) -> str:
        username = self.cleaned_data["username"].lower()
        User._meta.get_field("username").run_validators(username)
        return username

    def clean_hpr_id(self) -> str:
        return plain_hpr_id(self.cleaned_data["hpr_id"])

    def clean_hpr_address(self) -> str:
        return plain_hpr_address(self.cleaned_data["hpr_address"])


def _places(actor: Any) -> list[tuple[str, str]]:
    """What the actor's posting reaches, as choices: hospitals, districts, the state."""
    hospitals = Facility.objects.visible_to(actor).order_by("code")
    choices = [(f"facility:{one.pk}", f"{one.code} · {one}") for one in hospitals]
    posting = actor.posting
    districts = District.objects.none()
    if posting.district_id:
        districts = District.objects.filter(pk=posting.district_id)
    if posting.state_id:
        districts = District.objects.filter(state_id=posting.state_id)
    choices += [(f"district:{one.pk}", str(_("District: %(name)s") % {"name": one})) for one in districts]
    if posting.state_id:
        choices.append((f"state:{posting.state_id}", str(posting.state)))
    return choices


class PostingForm(Asked):
    """A duty: as what, where, from when until when."""

    role = forms.ChoiceField(label=_("Role"))
    place = forms.ChoiceField(label=_("Place of work"))
    department = forms.CharField(label=_("Department"), max_length=6, required=False)
    counter = forms.CharField(label=_("Counter"), max_length=20, required=False)
    grade = forms.ChoiceField(
        label=_("Grade"),
        choices=[("", "—"), *Grade.choices],
        required=False,
        help_text=_("Of doctors only: an intern's note waits for a signature, a resident's for another one"),
    )
    starts_on = day(_("From"), required=True, initial=timezone.localdate)
    ends_on = day(_("Until"), help_text=_("The last day of work; empty: until further notice"))

    def __init__(self, *args: Any, actor: Any, posting: Posting | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor, self.posting = actor, posting
        self.fields["role"].choices = [
            ("", "—"),
            *((one.value, one.label) for one in may_be_given_by(actor.posting.role)),
        ]
        places = _places(actor)
        self.fields["place"].choices = places if len(places) == 1 else [("", "—"), *places]
        self.fields["place"].width = "w2"
        hospital = posting.facility if posting else actor.posting.facility
        if hospital:
            open_here = Department.objects.filter(facility=hospital, is_active=True)
            choices = [("", "—"), *((one.code, str(one)) for one in open_here)]
            self.fields["department"] = forms.ChoiceField(
                label=_("Department"), choices=choices, required=False
            )
            self.fields["department"].width = ""
        else:
            self.fields["department"].help_text = _("The department's code: MED")
        if posting:
            for name in ("role", "place", "starts_on"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        hospital = self._hospital(cleaned)
        code = str(cleaned.get("department") or "").upper()
        cleaned["department"] = None
        if code:
            found = Department.objects.filter(facility=hospital, code=code).first() if hospital else None
            if found is None:
                self.add_error("department", _("The hospital has no department with this code."))
            cleaned["department"] = found
        starts_on = self.posting.starts_on if self.posting else cleaned.get("starts_on")
        if starts_on and cleaned.get("ends_on") and cleaned["ends_on"] < starts_on:
            self.add_error("ends_on", _("A posting ends after it starts."))
        return cleaned

    def _hospital(self, cleaned: dict[str, Any]) -> Facility | None:
        """Resolves the place, and refuses one that does not fit the role."""
        if self.posting:
            return self.posting.facility
        kind, _colon, key = cleaned.pop("place", "").partition(":")
        if not kind:
            return None
        model = {"facility": Facility, "district": District, "state": State}[kind]
        cleaned[kind] = model._default_manager.get(pk=key)
        role = cleaned.get("role")
        if role and ROLES[role].reach != kind:
            needed = {
                Reach.FACILITY: _("This role works for one hospital: choose it."),
                Reach.DISTRICT: _("This role works for a district: choose it."),
                Reach.STATE: _("This role works for the state: choose it."),
            }
            self.add_error("place", needed[ROLES[role].reach])
        return cleaned[kind] if kind == "facility" else None


class NewPersonForm(PersonForm, PostingForm):
    """A staff member with the first duty."""

    field_order = [*PersonForm.base_fields, *PostingForm.base_fields]

    def person(self) -> dict[str, Any]:
        return {name: value for name, value in self.details().items() if name in PersonForm.base_fields}

    def duty(self) -> dict[str, Any]:
        return {name: value for name, value in self.details().items() if name not in PersonForm.base_fields}


class ResetForm(Asked):
    """Why a password is given anew."""

    because = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *WhyReset.choices])


class DisableForm(Asked):
    """Why a login is shut."""

    because = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *WhyDisabled.choices])


class PasswordForm(Asked):
    """One's own new password, twice; the present one too, unless it was given for one use."""

    present = forms.CharField(
        label=_("Your present password"), max_length=128, strip=False, widget=forms.PasswordInput
    )
    password = forms.CharField(
        label=_("New password"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters. Use three words that only you would put together."),
    )
    again = forms.CharField(
        label=_("The new password once more"),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.fields["present"].widget.attrs["autocomplete"] = "current-password"
        if user.must_choose_password:
            del self.fields["present"]
            self.fields["password"].widget.attrs["autofocus"] = True

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("password"):
            raise ValidationError(_("The two are not the same. Type the new password once more."))
        return self.cleaned_data["again"]


STATES = [
    ("", _("at work")),
    (queries.NEVER_CAME, _("never logged in")),
    (queries.NO_HPR_ID, _("without HPR ID")),
    (queries.SHUT, _("login shut")),
    (queries.LEFT, _("worked here before")),
]


class StaffFilterForm(forms.Form):
    """What the list of staff is narrowed to."""

    q = forms.CharField(label=_("Name or user name"), max_length=80, required=False)
    facility = forms.ModelChoiceField(label=_("Hospital"), queryset=Facility.objects.none(), required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("all")), *Role.choices])
    department = forms.CharField(label=_("Department"), max_length=6, required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor
        self.fields["facility"].queryset = Facility.objects.visible_to(actor)
        self.fields["facility"].empty_label = _("all")
        if actor.posting.facility_id:
            del self.fields["facility"]
            here = actor.posting.facility.departments.all()
            choices = [("", _("all")), *((one.code, str(one)) for one in here)]
            self.fields["department"] = forms.ChoiceField(
                label=_("Department"), choices=choices, required=False
            )

    def wanted(self) -> queries.StaffFilter:
        """What was understood; a department is looked for at the hospital that is named."""
        if not self.is_valid():
            return queries.StaffFilter()
        said = self.cleaned_data
        hospital = said.get("facility") or self.actor.posting.facility
        department = None
        if said["department"] and hospital:
            department = hospital.departments.filter(code=said["department"].upper()).first()
        return queries.StaffFilter(
            said["q"].strip(), said.get("facility"), said["role"], department, said["state"]
        )


class UploadForm(Asked):
    """A sheet of staff."""

    file = SheetField()
