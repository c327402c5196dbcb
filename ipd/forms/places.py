"""The forms of wards, rooms and beds."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import ChargeItemDefinition
from billing.states import ServiceKind, WardClass
from facilities.forms import Asked, capitals
from facilities.models import Bed, BedKind, Department, Facility, Room, Ward
from facilities.states import WardKind, WardTakes
from hmis.kernel.errors import Refusal
from ipd.models import DayTariff
from ipd.services import KEPT_AT_MOST, DayPrice
from ipd.states import BedDayRule
from ipd.tariffs import day_code, ward_class
from patients.identifiers import refuse_aadhaar
from patients.models import Patient
from patients.queries import bearer_here

BY_KIND, NOTHING = "kind", "nothing"
PRICE = ("charged_as", "ward_class")


def years(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=120, required=False)


class WardForm(Asked):
    """A ward: what it is for, whom it takes, and by which line of the tariff a day in it is charged."""

    wide = ("name", "name_hi", "kind", "department", "storey", "charged_as", "ward_class")
    fixed = ("request_key", *PRICE)

    code = capitals(_("Code"), 8, required=False, help_text=_("As on its door: D1"))
    name = forms.CharField(label=_("Name in English"), max_length=160)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=WardKind)
    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), required=False, empty_label="—"
    )
    takes = forms.ChoiceField(label=_("Admits"), choices=WardTakes)
    youngest = forms.IntegerField(
        label=_("from the age of (years)"), min_value=0, max_value=120, required=False
    )
    oldest = forms.IntegerField(
        label=_("up to the age of (years)"), min_value=0, max_value=120, required=False
    )
    storey = forms.CharField(label=_("Where it is"), max_length=60, required=False)
    position = forms.IntegerField(label=_("Place in the list"), min_value=1, max_value=99)
    charged_as = forms.ChoiceField(label=_("Charge for a day"))
    ward_class = forms.ChoiceField(label=_("Class"), choices=WardClass, required=False)
    is_active = forms.BooleanField(label=_("Open"), required=False)

    def __init__(self, *args: Any, hospital: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = hospital.departments.all()
        self.lines = {
            one.code: one
            for one in ChargeItemDefinition.objects.filter(kind=ServiceKind.BED_DAY, is_active=True)
        }
        self.fields["charged_as"].choices = [
            (BY_KIND, _("by the ward's kind")),
            *((code, f"{code} · {one}") for code, one in self.lines.items()),
            (NOTHING, _("nothing: a day here is free")),
        ]

    def details(self) -> dict[str, Any]:
        said = super().details()
        return said | {"code": said["code"].upper()}

    def price(self) -> DayPrice:
        """What a day is charged by."""
        said = self.cleaned_data["charged_as"]
        if said == BY_KIND:
            return DayPrice()
        return DayPrice(True, self.lines.get(said), self.cleaned_data["ward_class"])

    def say(self, refusal: Refusal) -> None:
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        at = {"ward_code_is_unique_here": "code", "ward_takes_the_young_to_the_old": "oldest"}
        refusal.field = refusal.field or at.get(getattr(rule, "constraint_name", ""))
        super().say(refusal)


def initial_of_ward(ward: Ward, price: DayTariff | None) -> dict[str, Any]:
    """What the form of a ward begins with."""
    fields = {name: getattr(ward, name) for name in WardForm.base_fields if hasattr(ward, name)}
    by_kind = (day_code(ward.kind), ward_class(ward.kind))
    if price is None or (price.definition and (price.definition.code, price.ward_class) == by_kind):
        return fields | {"charged_as": BY_KIND, "ward_class": by_kind[1]}
    said = price.definition.code if price.definition else NOTHING
    return fields | {"charged_as": said, "ward_class": price.ward_class}


class WardRoomForm(Asked):
    """One more room of a ward."""

    number = forms.CharField(
        label=_("Room, bay or corridor"), max_length=12, help_text=_("Used only once in the hospital")
    )


class BedsForm(Asked):
    """So many places in a room, from a number on."""

    kind = forms.ChoiceField(label=_("Kind"), choices=BedKind)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=100)
    first = forms.IntegerField(label=_("From the number"), min_value=1, max_value=9999)


class BedForm(Asked):
    """One place put right."""

    number = forms.CharField(label=_("Number"), max_length=12)
    kind = forms.ChoiceField(label=_("Kind"), choices=BedKind)


class PlaceForm(Asked):
    """A mattress on the floor or a trolley, as it is laid down."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(one.value, one.label) for one in (BedKind.FLOOR, BedKind.TROLLEY)]
    )
    room = forms.ModelChoiceField(label=_("Room"), queryset=Room.objects.none(), empty_label=None)

    def __init__(self, *args: Any, rooms: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["room"].queryset = rooms
        # The buttons say the kind: the first of them has the cursor.
        del self.fields["kind"].widget.attrs["autofocus"]


class StateForm(forms.Form):
    """How an empty bed stands from now on."""

    to = forms.ChoiceField(choices=[("cleaning", ""), ("vacant", ""), ("out_of_service", "")])
    why = forms.CharField(max_length=120, required=False)


HOURS = [(2, _("2 hours")), (1, _("1 hour")), (4, _("4 hours")), (8, _("8 hours")), (24, _("24 hours"))]


class ReservationForm(Asked):
    """For whom a bed is kept: somebody on file, by the UHID, or in words; and how long."""

    wide = ("for_whom",)

    for_whom = forms.CharField(
        label=_("For whom"),
        max_length=120,
        required=False,
        validators=[refuse_aadhaar],
        help_text=_("Who, and from where they come"),
    )
    uhid = forms.CharField(label="UHID", max_length=24, required=False, help_text=_("If they are on file"))
    hours = forms.TypedChoiceField(label=_("How long"), choices=HOURS, coerce=int, initial=2)

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.actor = actor

    def clean_uhid(self) -> Patient | None:
        """Whom the UHID names."""
        said = self.cleaned_data["uhid"]
        if not said.strip():
            return None
        found = bearer_here(said, self.actor)
        if found is None:
            raise forms.ValidationError(_("Nobody on file has this UHID."))
        return found

    def until(self) -> timedelta:
        return min(timedelta(hours=self.cleaned_data["hours"]), KEPT_AT_MOST)


class TransferForm(Asked):
    """Another bed for an inpatient. `confirm_bed`: the doubts about it were read."""

    fixed = ("request_key",)

    bed = forms.ModelChoiceField(queryset=Bed.objects.none(), widget=forms.RadioSelect, empty_label=None)
    why = forms.CharField(
        label=_("Why"),
        max_length=160,
        required=False,
        validators=[refuse_aadhaar],
        help_text=_("Needed where the ward changes"),
    )
    confirm_bed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        beds = Bed.objects.visible_to(actor).filter(is_active=True).select_related("room__ward")
        self.fields["bed"].queryset = beds
        self.fields["bed"].error_messages["required"] = _("Choose the bed.")


class SettingForm(Asked):
    """How a hospital counts its bed-days and readies its beds."""

    wide = ("bed_day_rule",)
    fixed = ("request_key",)

    bed_day_rule = forms.ChoiceField(label=_("A bed-day is"), choices=BedDayRule)
    charges_leave = forms.BooleanField(
        label=_("bed-days on leave are charged while the bed is kept"), required=False
    )
    cleans_beds = forms.BooleanField(
        label=_("a bed that was left is cleaned before the next patient"), required=False
    )


class SearchBedsForm(forms.Form):
    """Beds of which kind are looked for."""

    kind = forms.ChoiceField(label=_("Kind of ward"), choices=WardKind, required=False)
