"""What is typed when tests are ordered and taken back."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from facilities.forms import Asked, day
from lab import codes
from lab.models import AnalyteDefinition
from lab.models.analysers import SPOKEN_OF
from lab.services import Asking, Instrument, Lot, Meaning
from lab.states import (
    CancelReason,
    DiscardReason,
    HoldReason,
    OrderStatus,
    Pregnancy,
    Priority,
    RejectReason,
    Section,
    ValueType,
    WireProtocol,
)
from patients.identifiers import refuse_aadhaar


class OrderForm(forms.Form):
    """Tests by words, or the one that was chosen; with why, and whose paper asks for them."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    words = forms.CharField(max_length=codes.LONGEST_TYPED, required=False)
    test = forms.CharField(max_length=16, required=False)
    urgent = forms.BooleanField(required=False)
    again = forms.BooleanField(required=False)
    note = forms.CharField(label=_("why, or what to look for"), max_length=200, required=False)
    requester_name = forms.CharField(
        label=_("Doctor who asks for it, as on the paper"), max_length=80, required=False
    )

    def asking(self) -> Asking:
        said = self.cleaned_data
        return Asking(note=said["note"], requester_name=said["requester_name"], again=said["again"])


class CancellationForm(Asked):
    """Why an order is taken back."""

    wide = ("note",)

    reason = forms.ChoiceField(
        label=_("why cancelled"),
        choices=CancelReason,
        initial=CancelReason.MISTAKE,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class PriorityForm(forms.Form):
    priority = forms.ChoiceField(choices=Priority)
    request_key = forms.UUIDField(required=False)


class ListForm(forms.Form):
    """What a list of orders is narrowed to."""

    day = forms.DateField(required=False)
    section = forms.ChoiceField(choices=[("", _("every section")), *Section.choices], required=False)
    status = forms.ChoiceField(choices=[("", _("every state")), *OrderStatus.choices], required=False)


class FindForm(forms.Form):
    """A UHID or the number of a slip, scanned or typed."""

    words = forms.CharField(max_length=40)


# ── In the laboratory ──


class OrdersField(forms.Field):
    """The ids of the orders that were marked."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[UUID]:
        try:
            return [UUID(one) for one in value or []]
        except ValueError as error:
            raise forms.ValidationError(_("Mark what you collect.")) from error


class CollectionForm(forms.Form):
    """Which orders are collected now."""

    request_key = forms.UUIDField(widget=forms.HiddenInput)
    orders = OrdersField(required=False)
    pregnancy = forms.ChoiceField(choices=[("", ""), *Pregnancy.choices], required=False)


class RejectionForm(Asked):
    """Why a specimen cannot be used."""

    wide = ("note",)

    reason = forms.ChoiceField(label=_("why rejected"), choices=RejectReason, widget=forms.RadioSelect)
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class HoldForm(Asked):
    """Why a result waits."""

    wide = ("note",)

    reason = forms.ChoiceField(label=_("why held"), choices=HoldReason)
    note = forms.CharField(label=_("in words"), max_length=120, required=False)


class RepeatForm(Asked):
    """Why a result is opened once more."""

    wide = ("reason",)

    reason = forms.CharField(label=_("why"), max_length=160)


class CommentForm(Asked):
    """The laboratory's comment on the whole."""

    wide = ("comment",)

    comment = forms.CharField(
        label=_("comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AddOnForm(Asked):
    """One test more from the same specimen."""

    test = forms.CharField(label=_("Test"), max_length=80)


class AuthorisationForm(Asked):
    """What was looked at is authorised; alone only with a reason."""

    wide = ("alone_note",)

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    alone_note = forms.CharField(label=_("why alone"), max_length=160, required=False)


class AcknowledgementForm(forms.Form):
    """A critical value, as it was read back."""

    request_key = forms.UUIDField()
    read_back = forms.CharField(max_length=240)
    told_to = forms.CharField(max_length=80, required=False)
    action = forms.CharField(max_length=160, required=False)


# ── Controls ──

WITH_CONTROLS = [(value, label) for value, label in Section.choices if value != Section.IMAGING]


class SectionForm(forms.Form):
    """Whose controls are shown."""

    section = forms.ChoiceField(choices=[("", _("every section")), *WITH_CONTROLS], required=False)


class ControlsForm(forms.Form):
    """What goes with the row of boxes."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    comment = forms.CharField(label=_("Comment"), max_length=160, required=False)


class ControlAnswerForm(Asked):
    """What was done about a broken rule."""

    wide = ("done",)

    done = forms.CharField(label=_("What was done"), max_length=240)


class ControlLevelForm(Asked):
    """A level of a lot, as its leaflet or the laboratory's own runs state it."""

    wide = ("analyte", "material")

    analyte = forms.ModelChoiceField(
        label=_("Result"), queryset=AnalyteDefinition.objects.none(), to_field_name="code"
    )
    section = forms.ChoiceField(label=_("Section"), choices=WITH_CONTROLS)
    analyser = forms.CharField(label=_("Analyser, if there are several"), max_length=40, required=False)
    material = forms.CharField(label=_("Control material"), max_length=80)
    level = forms.TypedChoiceField(
        label=_("Level"), coerce=int, choices=[(1, _("level 1")), (2, _("level 2")), (3, _("level 3"))]
    )
    lot = forms.CharField(label=_("Lot"), max_length=40)
    mean = forms.DecimalField(label=_("Mean"), max_digits=12, decimal_places=4)
    sd = forms.DecimalField(label=_("SD"), max_digits=12, decimal_places=4)
    valid_from = day(_("In use from"), required=True)
    valid_till = day(_("Expires"), required=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        numbers = AnalyteDefinition.objects.filter(value_type=ValueType.NUMBER, is_withdrawn=False)
        self.fields["analyte"].queryset = numbers  # type: ignore[attr-defined]

    def stated(self) -> Lot:
        """What the service takes."""
        return Lot(**{name: value for name, value in self.details().items() if name != "analyte"})


# ── Figures ──

LONGEST = timedelta(days=92)


class PeriodForm(forms.Form):
    """From a day until a day: at most a quarter."""

    begins = day(_("From"), required=True)
    ends = day(_("Until"), required=True)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begins, ends = said.get("begins"), said.get("ends")
        if begins and ends:
            if ends < begins:
                self.add_error("ends", _("The last day is before the first."))
            elif ends - begins > LONGEST:
                self.add_error("ends", _("At most three months at once."))
            said["days"] = Days(begins, ends)
        return said


class WeekForm(forms.Form):
    """A day of the week that is meant."""

    day = day(_("Week of"), required=True)


# ── Analysers ──


class AnalyserForm(Asked):
    """How an instrument is known, and which part of the laboratory it stands in."""

    name = forms.CharField(label=_("name"), max_length=60)
    section = forms.ChoiceField(
        label=_("section"), choices=[one for one in Section.choices if one[0] != Section.IMAGING]
    )
    protocol = forms.ChoiceField(label=_("speaks"), choices=WireProtocol)
    sender = forms.CharField(
        label=_("calls itself"),
        max_length=60,
        required=False,
        validators=[SPOKEN_OF],
        help_text=_("HL7: MSH-3. ASTM: H-5, the first part."),
    )
    address = forms.GenericIPAddressField(
        label=_("sends from the address"), required=False, help_text=_("Empty: from any.")
    )
    port = forms.IntegerField(
        label=_("sends to the port"),
        required=False,
        min_value=1024,
        max_value=65535,
        help_text=_("Empty: to any that is listened to."),
    )

    def instrument(self) -> Instrument:
        said = self.cleaned_data
        return Instrument(
            said["name"],
            said["section"],
            said["protocol"],
            said["sender"].strip(),
            said["address"] or None,
            said["port"],
        )


class AnalyserEditForm(AnalyserForm):
    is_active = forms.BooleanField(label=_("in use"), required=False)


class AnalytesForm(Asked):
    """Asks for a result of the state's list: first those that come from this tube, where one is known."""

    wide = ("analyte_code",)

    analyte_code = forms.ChoiceField(label=_("result"))

    def __init__(
        self,
        *args: Any,
        analytes: Iterable[AnalyteDefinition],
        first: Collection[str] = (),
        empty: Any = "—",
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        named = [(one.code, _named(one)) for one in analytes]
        near = [one for one in named if one[0] in first]
        choices: list[Any] = [("", empty)]
        choices += [(_("ordered from this tube"), near), (_("all"), named)] if near else named
        cast(forms.ChoiceField, self.fields["analyte_code"]).choices = choices


def _named(one: AnalyteDefinition) -> str:
    return " · ".join(part for part in (one.code, str(one), one.unit) if part)


class CodeForm(AnalytesForm):
    """What a code of an analyser means here."""

    field_order = ("code", "analyte_code", "also", "unit", "factor")

    code = forms.CharField(label=_("code of the analyser"), max_length=40)
    also = forms.CharField(
        label=_("or, if that is ordered"),
        max_length=120,
        required=False,
        help_text=_("Codes of other results that it may be: GLU_F GLU_PP"),
    )
    unit = forms.CharField(
        label=_("unit of the analyser"), max_length=24, required=False, help_text=_("Empty: as ours.")
    )
    factor = forms.DecimalField(
        label=_("factor"),
        max_digits=16,
        decimal_places=8,
        required=False,
        help_text=_("Its number times this is ours."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, empty=_("— left out —"), **options)
        self.fields["analyte_code"].required = False

    def meaning(self) -> Meaning:
        said = self.cleaned_data
        meant = [said["analyte_code"], *said["also"].upper().replace(",", " ").split()]
        codes = tuple(dict.fromkeys(one for one in meant if one))
        return Meaning(said["code"].strip(), codes, said["unit"].strip(), said["factor"])


class AssignmentForm(AnalytesForm):
    """Which tube a value of the tray is of, and what it is."""

    field_order = ("accession_number", "analyte_code")

    accession_number = forms.CharField(label=_("Number on the tube"), max_length=40)


class DiscardForm(Asked):
    """Why a value of the tray is put away."""

    wide = ("note",)

    reason = forms.ChoiceField(label=_("why put away"), choices=DiscardReason, widget=forms.RadioSelect)
    note = forms.CharField(label=_("in words"), max_length=120, required=False, validators=[refuse_aadhaar])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # The cursor is in the form beside it.
        del self.fields["reason"].widget.attrs["autofocus"]
