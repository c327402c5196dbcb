"""The forms of the registries: facilities, professionals, the days of the ABHA coverage."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked, SheetField, capitals, day
from facilities.models import District, Facility
from facilities.queries import NEEDS_HPR_ID
from facilities.roles import Role
from hmis.kernel.errors import Refusal
from reports import queries
from reports.models import RegistryEntry
from reports.queries import hpr, registries
from reports.states import OF_THE_STATE, REGISTRY_MOVES, Ownership, RegistryKind, RegistryStatus

LONGEST = timedelta(days=366)
DUE = [
    (registries.OPEN, _("to be called")),
    (registries.DUE_LATE, _("late")),
    (registries.DUE_SOON, _("within a week")),
    (registries.NO_DAY, _("no day set")),
]
# At which field a broken rule of the database is said.
FIELD_OF_RULE = {
    "hfr_id_is_in_registry_once": "hfr_id",
    "registry_hfr_id_is_in_and_ten_digits": "hfr_id",
    "facility_hfr_id_is_unique": "hfr_id",
    "facility_hfr_id_is_in_and_ten_digits": "hfr_id",
    "verified_facility_has_an_hfr_id": "hfr_id",
    "sent_back_or_struck_off_says_why": "remarks",
}


class RegistryAsked(Asked):
    """A form about one facility's line: a broken rule is said at its field."""

    def say(self, refusal: Refusal) -> None:
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        refusal.field = refusal.field or FIELD_OF_RULE.get(getattr(rule, "constraint_name", ""))
        super().say(refusal)


def plain_hfr_id(typed: str) -> str:
    """An HFR ID as it is kept: capitals, no gaps."""
    return "".join(typed.upper().replace("-", "").split())


class EntryForm(RegistryAsked):
    """A facility of the list. A hospital of ours describes itself: of it only the pursuit is asked."""

    wide = ("name", "name_hi", "kind", "address", "owner", "remarks")
    fixed = ("request_key", "confirm_new")

    name = forms.CharField(label=_("Name in English"), max_length=160)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), *RegistryKind.choices])
    ownership = forms.ChoiceField(
        label=_("Run by"),
        choices=[("", "—"), *Ownership.choices],
        required=False,
        help_text=_("Empty only where the kind says it"),
    )
    district = forms.ModelChoiceField(label=_("District"), queryset=District.objects.none(), empty_label="—")
    block = forms.CharField(label=_("Block"), max_length=80, required=False)
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    phone = forms.CharField(
        label=_("Telephone"),
        max_length=15,
        required=False,
        validators=RegistryEntry._meta.get_field("phone").validators[:1],
    )
    hfr_id = capitals(_("HFR ID"), 14, required=False, help_text=_("IN and ten digits, once there is one"))
    owner = forms.CharField(
        label=_("Responsible officer"),
        max_length=120,
        required=False,
        help_text=_("Who will do it: name, office, number"),
    )
    due_on = day(_("Due on"))
    remarks = forms.CharField(label=_("Remarks"), max_length=300, required=False)
    confirm_new = forms.BooleanField(
        label=_("It is a different facility"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, actor: Any, entry: RegistryEntry | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        districts = queries.districts_of(actor)
        self.fields["district"].queryset = districts
        if len(districts) == 1:
            self.fields["district"].empty_label = None
        if entry is not None:
            for name in ("hfr_id", "confirm_new"):
                del self.fields[name]
        if entry is not None and entry.facility_id:
            for name in ("name", "name_hi", "kind", "ownership", "district", "address", "phone"):
                del self.fields[name]
            self.fields["block"].widget.attrs["autofocus"] = True

    def clean_hfr_id(self) -> str:
        return plain_hfr_id(self.cleaned_data["hfr_id"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if "ownership" in self.fields and not said.get("ownership"):
            if said.get("kind") in OF_THE_STATE:
                said["ownership"] = Ownership.GOVERNMENT.value
            elif said.get("kind"):
                self.add_error("ownership", _("Write government or private."))
        return said

    def say(self, refusal: Refusal) -> None:
        """What looks like a double is asked once: the box to say that it is another one appears."""
        if refusal.field == "confirm_new":
            self.fields["confirm_new"].widget = forms.CheckboxInput()
        super().say(refusal)


class MoveForm(RegistryAsked):
    """The next step of a facility in the HFR."""

    wide = ("to", "remarks")

    to = forms.ChoiceField(label=_("Status now"))
    hfr_id = capitals(_("HFR ID"), 14, required=False, help_text=_("IN and ten digits"))
    remarks = forms.CharField(
        label=_("Remarks"),
        max_length=300,
        required=False,
        help_text=_("Why, where it was sent back or struck off"),
    )

    def __init__(self, *args: Any, entry: RegistryEntry, **options: Any) -> None:
        super().__init__(*args, prefix="move", **options)
        following = REGISTRY_MOVES[RegistryStatus(entry.status)]
        self.fields["to"].choices = [(one.value, one.label) for one in RegistryStatus if one in following]
        self.fields["to"].widget.attrs.pop("autofocus", None)

    def clean_hfr_id(self) -> str:
        return plain_hfr_id(self.cleaned_data["hfr_id"])

    def clean_to(self) -> RegistryStatus:
        return RegistryStatus(self.cleaned_data["to"])


class RegistryFilterForm(forms.Form):
    """What the list of facilities is narrowed to."""

    q = forms.CharField(label=_("Name or HFR ID"), max_length=80, required=False)
    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), required=False, empty_label=_("all")
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("all")), *RegistryStatus.choices]
    )
    ownership = forms.ChoiceField(
        label=_("Run by"), required=False, choices=[("", _("all")), *Ownership.choices]
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *RegistryKind.choices])
    due = forms.ChoiceField(
        label=_("Due"),
        required=False,
        choices=[("", _("all")), *DUE],
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        districts = queries.districts_of(actor)
        self.fields["district"].queryset = districts
        if not actor.posting.state_id:
            del self.fields["district"]

    def wanted(self) -> queries.RegistryFilter:
        """What was understood; nothing of a form that is not right."""
        if not self.is_valid():
            return queries.RegistryFilter()
        said = self.cleaned_data
        return queries.RegistryFilter(
            said["q"].strip(),
            said.get("district"),
            said["status"],
            said["ownership"],
            said["kind"],
            said["due"],
        )


class HprFilterForm(forms.Form):
    """What the list of professionals is narrowed to."""

    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), required=False, empty_label=_("all")
    )
    facility = forms.ModelChoiceField(
        label=_("Hospital"), queryset=Facility.objects.none(), required=False, empty_label=_("all")
    )
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("all")), *((role.value, Role(role).label) for role in NEEDS_HPR_ID)],
    )
    state = forms.ChoiceField(
        label=_("HPR ID"),
        required=False,
        choices=[
            (hpr.MISSING, _("missing")),
            (hpr.UNCONFIRMED, _("waits to be confirmed")),
            (hpr.CONFIRMED, _("confirmed")),
            ("all", _("all")),
        ],
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = queries.districts_of(actor)
        self.fields["facility"].queryset = Facility.objects.visible_to(actor)
        if not actor.posting.state_id:
            del self.fields["district"]
        if actor.posting.facility_id:
            del self.fields["facility"]

    def wanted(self) -> queries.HprFilter:
        """What was understood: who lacks an ID, unless something else is asked for."""
        if not self.is_valid():
            return queries.HprFilter()
        said = self.cleaned_data
        return queries.HprFilter(
            said.get("district"), said.get("facility"), said["role"], said["state"] or hpr.MISSING
        )


class AbhaForm(forms.Form):
    """Of which days and where: this month unless said otherwise, at most a year."""

    begins = day(_("From"))
    ends = day(_("Until"))
    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), required=False, empty_label=_("all")
    )

    def __init__(self, *args: Any, actor: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = queries.districts_of(actor)
        if not actor.posting.state_id:
            del self.fields["district"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        today = timezone.localdate()
        ends = said.get("ends") or max(today, said.get("begins") or today)
        begins = said.get("begins") or ends.replace(day=1)
        if ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        elif ends - begins > LONGEST:
            self.add_error("ends", _("At most a year at once."))
        return said | {"begins": begins, "ends": ends}


class SheetForm(Asked):
    """A sheet of facilities."""

    file = SheetField()
