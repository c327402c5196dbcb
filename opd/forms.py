"""The OPD's forms: a registration; a token moved or cancelled; a queue closed; a screen in the hall."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Scheme
from billing.services import Offer
from billing.states import PaymentMode
from facilities.models import Department, Unit
from opd.complaints import Choice, departments_for
from opd.services import Closing, Regret, Visit
from opd.states import CancelReason, CloseReason, Lane
from patients.identifiers import refuse_aadhaar

LANES = [lane for lane in Lane if lane != Lane.BACK_FROM_TESTS]


class VisitForm(forms.Form):
    """Today's slip. The department is typed: two letters, its name, or the complaint."""

    department = forms.CharField(label=_("Department or complaint"), max_length=80)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)
    lane = forms.ChoiceField(label=_("Lane"), required=False)
    scheme = forms.ModelChoiceField(
        label=_("Exemption"),
        queryset=Scheme.objects.filter(is_active=True),
        to_field_name="code",
        required=False,
    )
    proof_number = forms.CharField(label=_("Number of the proof"), max_length=64, required=False)
    mode = forms.ChoiceField(label=_("Paid by"), required=False)
    reference = forms.CharField(label=_("UTR or number"), max_length=64, required=False)
    confirm_new = forms.BooleanField(label=_("No, this person is new"), required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, departments: list[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        self.departments = departments
        self.fields["unit"].queryset = Unit.objects.filter(department__in=departments)
        self.fields["unit"].empty_label = _("shortest queue")
        self.fields["scheme"].empty_label = _("none")
        self.fields["lane"].choices = [(lane.value, lane.label) for lane in reversed(LANES)]
        unpaid = ("", _("not yet paid"))
        self.fields["mode"].choices = [*PaymentMode.choices, unpaid]
        self.fields["mode"].initial = PaymentMode.CASH
        for field in self.fields.values():
            field.widget.attrs |= {"autocomplete": "off", "form": "desk-form"}
        self.fields["reference"].widget.attrs["placeholder"] = self.fields["reference"].label

    def payment(self) -> list[forms.BoundField]:
        """How it is paid, and the number that shows it: one question."""
        return [self["mode"], self["reference"]]

    def clean_department(self) -> Department:
        found = meant(self.cleaned_data["department"], self.departments)
        if not found:
            raise ValidationError(
                _("No department is found by this. Write two letters of it, or the complaint.")
            )
        return found[0].department

    def clean_mode(self) -> str:
        # A form that says nothing of the payment has not been paid.
        return self.cleaned_data["mode"] or ""

    def visit(self) -> Visit:
        """What the service takes."""
        cleaned = self.cleaned_data
        mode = cleaned["mode"]
        return Visit(
            department=cleaned["department"],
            unit=cleaned["unit"],
            lane=Lane(cleaned["lane"] or Lane.NORMAL),
            scheme=cleaned["scheme"],
            proof_number=cleaned["proof_number"].strip(),
            offer=Offer(PaymentMode(mode), cleaned["reference"].strip()) if mode else None,
        )


@dataclass(frozen=True)
class Meant:
    """A department that the typed text may mean, and whether the complaint cannot wait."""

    department: Department
    red_flag: bool = False


def meant(text: str, departments: list[Department]) -> list[Meant]:
    """The departments that two letters, a name or a complaint mean, the likeliest first."""
    by_code = {department.code: department for department in departments}
    exact = by_code.get(text.strip().upper())
    if exact:
        return [Meant(exact)]
    choices = [Choice(one.code, one.name, one.name_hi) for one in departments]
    found = departments_for(text, choices) if text else []
    return [Meant(by_code[one.code], one.red_flag) for one in found if one.code in by_code]


def place(unit: Unit, waiting: int | None) -> str:
    """A unit as a choice: where it is, and how many wait."""
    room = _("room %(room)s") % {"room": unit.room} if unit.room else ""
    queue = _("closed") if waiting is None else _("%(count)s waiting") % {"count": waiting}
    return " · ".join(str(part) for part in (unit.department, unit, room, queue) if part)


class MoveForm(forms.Form):
    """To which unit somebody is sent on: those that sit today, the same department's first."""

    unit = forms.ChoiceField(label=_("Unit"))
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, units: list[tuple[Unit, int | None]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.units = {str(unit.pk): unit for unit, _waiting in units}
        self.fields["unit"].choices = [(str(unit.pk), place(unit, waiting)) for unit, waiting in units]
        self.fields["unit"].widget.attrs["autofocus"] = True

    def clean_unit(self) -> Unit:
        return self.units[self.cleaned_data["unit"]]


class ReasonForm(forms.Form):
    """Why: one of a list, or in one's own words."""

    because = forms.ChoiceField(label=_("Reason"))
    note = forms.CharField(
        label=_("In your words"), max_length=160, required=False, validators=[refuse_aadhaar]
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, reasons: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.other = reasons.OTHER
        self.fields["because"].choices = [("", "—"), *reasons.choices]
        self.fields["because"].widget.attrs["autofocus"] = True
        self.fields["note"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("because") == self.other and not cleaned.get("note"):
            self.add_error("note", _("Say the reason in a few words."))
        return cleaned


class CancellationForm(ReasonForm):
    """Why a slip is cancelled; the number of the refund where UPI or a card gave one."""

    reference = forms.CharField(
        label=_("UTR or number of the refund"),
        max_length=64,
        required=False,
        help_text=_("Empty, if the bank has not given it yet"),
    )

    def __init__(self, *args: Any, in_cash: bool, **options: Any) -> None:
        super().__init__(*args, reasons=CancelReason, **options)
        if in_cash:
            del self.fields["reference"]

    def regret(self) -> Regret:
        """What the service takes."""
        cleaned = self.cleaned_data
        because = CancelReason(cleaned["because"])
        return Regret(because, cleaned["note"].strip(), cleaned.get("reference", "").strip())


class ClosureForm(ReasonForm):
    """Why a queue is closed, and who takes those who wait."""

    to = forms.ChoiceField(label=_("Those who wait go to"), required=False)

    def __init__(
        self, *args: Any, units: list[tuple[Unit, int]], next_day: str, carries: bool, **options: Any
    ) -> None:
        super().__init__(*args, reasons=CloseReason, **options)
        self.units = {str(unit.pk): unit for unit, _waiting in units}
        later = [("", _("the first places of this unit on %(day)s") % {"day": next_day})] if next_day else []
        choices = [(str(unit.pk), place(unit, waiting)) for unit, waiting in units] + later
        self.fields["to"].choices = choices
        self.fields["to"].initial = choices[0][0] if choices else ""
        if not carries:
            del self.fields["to"]

    def closing(self) -> Closing:
        """What the service takes."""
        cleaned = self.cleaned_data
        to = self.units.get(cleaned.get("to", ""))
        return Closing(CloseReason(cleaned["because"]), cleaned["note"].strip(), to)


class DisplayForm(forms.Form):
    """A screen: what it is called, and the rooms that it shows."""

    name = forms.CharField(label=_("Name in English"), max_length=60)
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=60)
    units = forms.MultipleChoiceField(label=_("Rooms"), widget=forms.CheckboxSelectMultiple)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    MOST = 12

    def __init__(self, *args: Any, units: list[Unit], **options: Any) -> None:
        super().__init__(*args, **options)
        self.units = {str(unit.pk): unit for unit in units}
        self.fields["units"].choices = [(key, _room(unit)) for key, unit in self.units.items()]
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "lang": "en"}
        self.fields["name_hi"].widget.attrs |= {"autofocus": True, "autocomplete": "off", "lang": "hi"}

    def clean_units(self) -> list[Unit]:
        chosen = [unit for key, unit in self.units.items() if key in self.cleaned_data["units"]]
        if len(chosen) > self.MOST:
            raise ValidationError(
                _("One screen holds %(most)s rooms. Make a second screen.") % {"most": self.MOST}
            )
        return chosen

    def names(self) -> tuple[str, str]:
        return self.cleaned_data["name"].strip(), self.cleaned_data["name_hi"].strip()


def _room(unit: Unit) -> str:
    room = _("room %(room)s") % {"room": unit.room} if unit.room else ""
    return " · ".join(str(part) for part in (unit.department, unit, room) if part)
