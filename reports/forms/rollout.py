"""The forms of the roll-out, and what a PC tells of its link."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked, day
from facilities.models import District
from facilities.models.places import WEEKDAYS
from patients.identifiers import refuse_aadhaar
from reports.models import OPEN_DAYS, RolloutStep
from reports.services import Reading
from reports.states import ROLLOUT_MOVES, Module, RolloutStatus


class StepForm(Asked):
    """How far a step has come; only states that it can take from here are offered."""

    wide = ("responsible", "remarks")
    fixed = ("request_key", "state")

    state = forms.ChoiceField(label=_("How far"), choices=RolloutStatus)
    due_on = day(_("Due on"))
    done_on = day(_("Done on"), help_text=_("Empty: today, if it is done"))
    responsible = forms.CharField(
        label=_("Responsible officer"), max_length=120, required=False, validators=[refuse_aadhaar]
    )
    remarks = forms.CharField(label=_("Remarks"), max_length=200, required=False, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, held: RolloutStep | None, **options: Any) -> None:
        super().__init__(*args, **options)
        now = RolloutStatus(held.status) if held else RolloutStatus.PLANNED
        reached = {now, *ROLLOUT_MOVES[now]}
        self.fields["state"].choices = [one for one in RolloutStatus.choices if one[0] in reached]

    def to(self) -> RolloutStatus:
        """The state that is said."""
        return RolloutStatus(self.cleaned_data["state"])

    def say(self, refusal: Any) -> None:
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        at = {"rollout_step_due_names_who": "responsible", "rollout_step_done_says_when": "done_on"}
        refusal.field = refusal.field or at.get(getattr(rule, "constraint_name", ""))
        super().say(refusal)


def initial_of_step(held: RolloutStep | None) -> dict[str, Any]:
    """What the form of a step begins with."""
    if held is None:
        return {"state": RolloutStatus.PLANNED}
    names = ("due_on", "done_on", "responsible", "remarks")
    return {"state": held.status, **{name: getattr(held, name) for name in names}}


class ExpectationForm(Asked):
    """When a hospital is open, and what it should do with each module in a week."""

    fixed = ("request_key", *(f"a_week_{one.value}" for one in Module))

    opens_at = forms.IntegerField(label=_("Opens at (hour)"), min_value=0, max_value=23)
    closes_at = forms.IntegerField(
        label=_("Closes at (hour)"), min_value=1, max_value=24, help_text=_("Day and night: 0 to 24")
    )
    open_days = forms.TypedMultipleChoiceField(
        label=_("Open on"),
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=OPEN_DAYS,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["open_days"].width = "w4"
        for module in Module:
            field = forms.IntegerField(label=module.label, min_value=0, max_value=1_000_000, required=False)
            field.width = ""  # type: ignore[attr-defined]
            field.widget.attrs["autocomplete"] = "off"
            self.fields[f"a_week_{module.value}"] = field

    def a_week(self) -> Mapping[str, int | None]:
        """Module → how many transactions are expected in a week; None: nothing is said."""
        return {one.value: self.cleaned_data[f"a_week_{one.value}"] for one in Module}


class ListForm(forms.Form):
    """Of which district the list is; `call`: those alone that need a call."""

    district = forms.ModelChoiceField(
        label=_("District"), queryset=District.objects.none(), required=False, empty_label=_("all")
    )
    call = forms.BooleanField(label=_("only those to call"), required=False)

    def __init__(self, *args: Any, districts: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["district"].queryset = districts


class LinkForm(forms.Form):
    """How many days of a link are shown."""

    days = forms.TypedChoiceField(choices=[(7, "7"), (30, "30")], coerce=int, required=False, empty_value=7)


# "85:20,x:610": a round trip of 85 ms 20 seconds ago, and a failure ten minutes ago.
READINGS = r"\A(?:(?:[0-9]{1,5}|x):[0-9]{1,6}(?:,(?!\Z)|\Z)){0,200}\Z"


class ReadingsForm(forms.Form):
    """What a PC measured since it last could say so."""

    readings = forms.CharField(
        max_length=4000, required=False, validators=[RegexValidator(READINGS)], strip=True
    )

    def found(self) -> list[Reading]:
        """The readings, in the order in which they came."""
        said = [one.split(":") for one in self.cleaned_data["readings"].split(",") if one]
        return [Reading(timedelta(seconds=int(ago)), None if ms == "x" else int(ms)) for ms, ago in said]
