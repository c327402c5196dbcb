"""What is typed when tests are ordered and taken back."""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.queries import Days
from facilities.forms import Asked, day
from hmis.kernel.said import DayField
from hmis.kernel.units import unit_shown
from lab import codes
from lab.models import AnalyteDefinition, ResultLine
from lab.models.analysers import SPOKEN_OF
from lab.queries.imaging import WAITING
from lab.services import Asking, Handing, Heard, Instrument, Lot, Meaning, box_of
from lab.states import (
    CancelReason,
    Consent,
    DiscardReason,
    HoldReason,
    Indication,
    Modality,
    OrderStatus,
    Pregnancy,
    Priority,
    Proof,
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
    consent = forms.ChoiceField(choices=[("", ""), *Consent.choices], required=False)
    note = forms.CharField(label=_("why, or what to look for"), max_length=200, required=False)
    requester_name = forms.CharField(
        label=_("Doctor who asks for it, as on the paper"), max_length=80, required=False
    )

    def asking(self) -> Asking:
        said = self.cleaned_data
        return Asking(said["note"], said["requester_name"], said["again"], said["consent"])


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

    day = DayField(required=False)
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
    note = forms.CharField(label=_("in words"), max_length=120, required=False, validators=[refuse_aadhaar])


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
    # The comment that this one was written from.
    base = forms.CharField(required=False, widget=forms.HiddenInput)


class AddOnForm(Asked):
    """One test more from the same specimen."""

    test = forms.CharField(label=_("Test"), max_length=80)
    consent = forms.ChoiceField(
        label=_("Who agreed, if the test asks for consent (HIV)"),
        choices=[("", "—"), *Consent.choices],
        required=False,
    )


class AuthorisationForm(Asked):
    """What was looked at is authorised; alone only with a reason."""

    wide = ("alone_note",)

    seen = forms.CharField(max_length=16, widget=forms.HiddenInput)
    alone_note = forms.CharField(
        label=_("why alone"), max_length=160, required=False, validators=[refuse_aadhaar]
    )


class LaboratoryForm(Asked):
    """What the laboratory of a hospital asks."""

    fixed = ("request_key", "version")

    critical_minutes = forms.IntegerField(
        label=_("minutes to answer a critical value"), min_value=5, max_value=240
    )
    isi = forms.DecimalField(
        label=_("ISI of the reagent"),
        max_digits=4,
        decimal_places=2,
        min_value=Decimal("0.5"),
        max_value=Decimal(3),
        required=False,
    )
    pays_first = forms.BooleanField(label=_("paid before it is collected"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class AcknowledgementForm(forms.Form):
    """One call about one patient: who has heard it, and each value as it was read back. A box that is left
    empty answers nothing; one at least is filled."""

    request_key = forms.UUIDField()
    told_to = forms.CharField(max_length=80, required=False)
    action = forms.CharField(max_length=160, required=False)

    def __init__(self, *args: Any, lines: Sequence[ResultLine], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lines = {box_of(line): line for line in lines}
        for box in self.lines:
            self.fields[box] = forms.CharField(max_length=240, required=False)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not any(said[box] for box in self.lines):
            box = next(iter(self.lines), None)
            self.add_error(box, _("Write the value as it was read back."))
        return said

    def heard(self) -> list[Heard]:
        said = ((line, self.cleaned_data[box]) for box, line in self.lines.items())
        return [Heard(line, read_back) for line, read_back in said if read_back]


# ── Controls ──

WITH_CONTROLS = [(value, label) for value, label in Section.choices if value != Section.IMAGING]


class SectionForm(forms.Form):
    """Whose controls are shown."""

    section = forms.ChoiceField(choices=[("", _("every section")), *WITH_CONTROLS], required=False)


class ControlsForm(forms.Form):
    """What goes with the row of boxes."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    comment = forms.CharField(label=_("Comment"), max_length=160, required=False, validators=[refuse_aadhaar])


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
    return " · ".join(part for part in (one.code, str(one), unit_shown(one.unit)) if part)


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
        help_text=_("Our number = its number × this."),
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


# ── Reports, imaging, Form F ──


class HandingForm(Asked):
    """Whose reports they are: what is scanned, and by what that is known."""

    fixed = ("request_key",)

    words = forms.CharField(label=_("Slip number, accession number or UHID"), max_length=40)
    proof = forms.ChoiceField(
        label=_("How do you know that it is theirs?"),
        choices=Proof,
        initial=Proof.SLIP,
        widget=forms.RadioSelect,
    )
    digits = forms.CharField(
        label=_("Last four digits of the phone"),
        max_length=4,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "lang": "en"}),
    )

    def asked(self) -> Handing:
        said = self.cleaned_data
        return Handing(said["words"], Proof(said["proof"]), said["digits"])


class ImagingForm(forms.Form):
    """What the list of examinations is narrowed to."""

    modality = forms.ChoiceField(choices=[("", _("every modality")), *Modality.choices], required=False)
    status = forms.ChoiceField(
        choices=[("", _("every state")), *((one.value, one.label) for one in WAITING)], required=False
    )


class FindingsForm(Asked):
    """The report of an examination; the two `rev` say which texts were seen when it was opened."""

    wide = ("findings", "impression")

    findings = forms.CharField(
        label=_("Findings"), max_length=4000, widget=forms.Textarea(attrs={"rows": 12, "lang": "en"})
    )
    impression = forms.CharField(
        label=_("Impression"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4, "lang": "en"})
    )
    findings_rev = forms.IntegerField(required=False, widget=forms.HiddenInput)
    impression_rev = forms.IntegerField(required=False, widget=forms.HiddenInput)


class FormFForm(Asked):
    """Form F before the examination, in the order of its items."""

    wide = ("address", "referred_by", "indications", "referral_says", "why_corrected")

    centre_registration = forms.CharField(
        label=_("2. Registration of the centre under the Act"), max_length=60
    )
    living_sons = forms.IntegerField(label=_("4. Living sons"), min_value=0, max_value=30, initial=0)
    ages_of_sons = forms.CharField(label=_("Age of each son"), max_length=80, required=False)
    living_daughters = forms.IntegerField(
        label=_("4. Living daughters"), min_value=0, max_value=30, initial=0
    )
    ages_of_daughters = forms.CharField(label=_("Age of each daughter"), max_length=80, required=False)
    relative_name = forms.CharField(label=_("5. Name of husband, father or mother"), max_length=80)
    phone = forms.CharField(label=_("6. Telephone"), max_length=15, required=False)
    address = forms.CharField(label=_("6. Full postal address"), max_length=240)
    referred_by = forms.CharField(
        label=_("7. Referred by: full name and address of the doctor"), max_length=240, required=False
    )
    is_self_referral = forms.BooleanField(label=_("Self-referral by the doctor who examines"), required=False)
    last_period_on = day(_("8. Last menstrual period"))
    weeks = forms.IntegerField(label=_("or weeks of pregnancy"), min_value=0, max_value=60, required=False)
    indications = forms.TypedMultipleChoiceField(
        label=_("10. Indication"), choices=Indication, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    referral_says = forms.CharField(label=_("as the referral says"), max_length=200, required=False)
    other_procedure = forms.CharField(
        label=_("11. Other procedure than ultrasound"), max_length=80, required=False
    )
    declared_on = day(_("12. The woman's declaration, of"), required=True)
    is_by_thumb = forms.BooleanField(label=_("by her thumb, with a witness"), required=False)
    why_corrected = forms.CharField(label=_("Why is the form put right?"), max_length=160)

    def __init__(self, *args: Any, is_correction: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_correction:
            del self.fields["why_corrected"]


class FormFResultForm(Asked):
    """Form F after the examination."""

    wide = ("result", "mtp_indication")

    examined_on = day(_("13. Examined on"), required=True)
    result = forms.CharField(label=_("14. Result in brief"), max_length=500)
    conveyed_to = forms.CharField(label=_("15. Conveyed to"), max_length=80)
    conveyed_on = day(_("15. Conveyed on"), required=True)
    mtp_indication = forms.CharField(
        label=_("16. Indication for MTP, if the findings give one"), max_length=200, required=False
    )
