"""What is typed when somebody leaves: how, who signs, the causes of a death, to whom a body goes."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from facilities.forms import day
from ipd.services import Causes, Ending, Taker
from ipd.states import DischargeItem, DischargeType, MannerOfDeath
from patients.forms.fields import Moment, words
from patients.forms.notes import NoteForm
from patients.forms.outcomes import EndingForm
from patients.models import ClinicalNote

LONGEST = timedelta(days=366)
# A death has an act of its own, and that it is taken back as well.
NO_WAYS = (DischargeType.DIED, DischargeType.WITHDRAWN)
DOCTORS_WAYS = [(way.value, way.label) for way in DischargeType if way not in NO_WAYS]


class DischargeForm(EndingForm):
    """How the patient goes; or only that they have absconded, for a nurse and once a discharge is begun."""

    discharge_type = forms.ChoiceField(label=_("How"), widget=forms.RadioSelect, choices=DOCTORS_WAYS)
    referred_to = words(_("To which hospital (when referred)"), length=160)
    lama_name = words(_("Who signs (LAMA, on request)"), length=120)
    lama_relation = words(_("Relation"), length=40)
    wide = ("referred_to", "lama_name")
    widest = ("discharge_type",)

    def __init__(self, *args: Any, only_gone: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if only_gone:
            absconded = DischargeType.ABSCONDED
            self.fields["discharge_type"].choices = [(absconded.value, absconded.label)]

    def ending(self) -> Ending:
        """What the service takes."""
        said = self.cleaned_data
        return Ending(
            DischargeType(said["discharge_type"]),
            said["referred_to"],
            said["lama_name"],
            said["lama_relation"],
        )


class StepForm(forms.Form):
    """A point of the list, ticked off or passed over."""

    item = forms.ChoiceField(choices=DischargeItem)
    why = words(_("Why it is skipped"), length=200)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class KeyForm(forms.Form):
    """A button: only the key by which its second sending is known."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class SummaryForm(NoteForm):
    """A discharge summary, and the day on which to come again, which is asked at the signature."""

    come_again = day(_("Come again on"))

    def clean_come_again(self) -> date | None:
        """A day to come."""
        said: date | None = self.cleaned_data["come_again"]
        if said and said < timezone.localdate():
            raise forms.ValidationError(_("This day is over."))
        return said

    def __init__(self, data: Any = None, *, note: ClinicalNote) -> None:
        super().__init__(data, note=note)
        self.met: ClinicalNote | None = None
        for name, field in self.fields.items():
            if name.startswith("plan-") and name != "plan-medicines":
                field.widget.attrs["lang"] = "hi"
            if isinstance(field.widget, forms.Textarea):
                said = str(self.initial.get(name, ""))
                field.widget.attrs["rows"] = min(10, max(2, said.count("\n") + 1))

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """(heading, fields) in the order of the paper."""
        return [
            (part["name"], [self[name] for name in part["shown"] + part["folded"]]) for part in self.parts
        ]


def known(label: Any) -> forms.TypedChoiceField:
    """Yes, no or not known (None); nobody's answer stands there before."""
    answers = {"yes": True, "no": False, "unknown": None}
    return forms.TypedChoiceField(
        label=label,
        choices=[("", "—"), ("yes", _("yes")), ("no", _("no")), ("unknown", _("not known"))],
        coerce=answers.__getitem__,
        error_messages={"required": _("Choose one, even if it is not known.")},
    )


class DeathForm(EndingForm):
    """The fields of Form 4."""

    died_at = Moment(label=_("Died at (empty: now)"))
    immediate_cause = words(_("I (a) Immediate cause"), length=200, required=True)
    immediate_interval = words(_("Interval"), length=40)
    antecedent_cause = words(_("(b) Due to"), length=200)
    antecedent_interval = words(_("Interval"), length=40)
    underlying_cause = words(_("(c) Underlying cause"), length=200)
    underlying_interval = words(_("Interval"), length=40)
    other_conditions = words(_("II Other significant conditions"), length=300)
    manner = forms.ChoiceField(label=_("Manner of death"), choices=[("", "—"), *MannerOfDeath.choices])
    how_injured = words(_("How the injury occurred"), length=200)
    was_pregnant = known(_("Pregnant, or within six weeks after pregnancy"))
    was_delivered = known(_("Was there a delivery?"))
    goes_to_post_mortem = forms.BooleanField(label=_("Goes to post-mortem"), required=False)
    confirm_no_post_mortem = forms.BooleanField(label=_("The police want no post-mortem"), required=False)
    confirm_early = forms.BooleanField(required=False, widget=forms.HiddenInput)
    wide = ("how_injured",)
    widest = ("other_conditions",)

    def __init__(self, *args: Any, asks_pregnancy: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("immediate", "antecedent", "underlying"):
            self.fields[f"{name}_cause"].width = "w2"
            self.fields[f"{name}_interval"].widget.attrs["placeholder"] = _("2 hours, 3 days")
        if not asks_pregnancy:
            del self.fields["was_pregnant"], self.fields["was_delivered"]

    def causes(self) -> Causes:
        """What the service takes."""
        said = self.cleaned_data | {"manner": MannerOfDeath(self.cleaned_data["manner"])}
        return Causes(**{name: said[name] for name in Causes.__dataclass_fields__ if name in said})


class BodyForm(EndingForm):
    """To whom a body goes, on what proof."""

    name = words(_("Who takes the body"), length=120, required=True)
    relation = words(_("Relation"), length=40)
    proof = words(_("Proof of identity"), length=80, required=True)
    phone = forms.RegexField(
        r"^[0-9+][0-9 -]{9,14}$",
        label=_("Telephone"),
        required=False,
        max_length=15,
        error_messages={"invalid": _("A telephone number has at least 10 digits.")},
    )
    wide = ("name", "proof")

    def taker(self) -> Taker:
        """What the service takes."""
        said = self.cleaned_data
        return Taker(said["name"], said["relation"], said["proof"], said["phone"])


class DaysForm(forms.Form):
    """From a day until a day: this month unless said otherwise, at most a year."""

    begins = day(_("From"))
    ends = day(_("Until"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        today = timezone.localdate()
        ends = said.get("ends") or max(today, said.get("begins") or today)
        begins = said.get("begins") or ends.replace(day=1)
        if ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        elif ends - begins > LONGEST:
            self.add_error("ends", _("At most a year at once."))
        return said | {"days": Days(begins, ends)}


class RegistrarForm(EndingForm):
    """When the registrar was told, and the number that came back."""

    reported_on = day(_("Told on"), required=True)
    registration_number = words(_("Registrar's number"), length=40)


class CensusForm(forms.Form):
    """Of which day."""

    day = day(_("Day"))
