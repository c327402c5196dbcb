"""What the desk of admissions asks: which bed, under whom, with whose consent."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from facilities.models import Bed, Department, Facility, User
from facilities.queries import doctors_of, told_apart
from facilities.states import BedStatus, WardKind
from ipd import queries
from ipd.forms.beds import BedChoice
from ipd.models import Admission
from ipd.services import SOURCES, Admitting, Attendant
from ipd.states import Consent, Source
from patients.forms.comers import ComerForm
from patients.forms.fields import words
from patients.forms.legal import SAY_KIND, CaseForm
from patients.forms.outcomes import EndingForm
from patients.identifiers import normal_phone
from patients.models import AdmissionRequest, CaseKind, Encounter, EncounterClass, Patient
from patients.queries import Candidate
from patients.services import CaseDetails

# Where somebody who comes with no name and no time is laid first.
FOR_EMERGENCIES = (WardKind.EMERGENCY, WardKind.ICU, WardKind.HDU)


class _BedForm(CaseForm):
    """A bed, whether it is meant although it seems wrong, and a case where there is one."""

    bed = BedChoice(label=_("Bed"), error_messages={"required": _("Choose the bed.")})
    confirm_bed = forms.BooleanField(label=_("Yes, this bed"), required=False)
    is_case = forms.BooleanField(label=_("Medico-legal case (MLC)"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        self.fields["kind"].required = False
        # What the act asked back, to be answered on the same page.
        self.doubts: list[Any] = []
        self.candidates: list[Candidate] = []
        # Why nobody was admitted, said beside those who may be this person.
        self.duplicate = ""
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")

    say = EndingForm.say

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("is_case") and not said.get("kind") and "kind" not in self.errors:
            self.ask_kind()
        return said

    def ask_kind(self) -> None:
        """A case is ticked that is of no kind."""
        self.add_error("kind", SAY_KIND)

    def case_marked(self) -> CaseDetails | None:
        """The case that is marked with the admission."""
        return self.case() if self.cleaned_data["is_case"] else None


class AdmissionForm(_BedForm):
    """Somebody on file, for whom a doctor asked, who comes from casualty, or who comes directly."""

    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), empty_label=None
    )
    consultant = forms.ModelChoiceField(
        label=_("Under which doctor"), queryset=User.objects.none(), required=False, empty_label="—"
    )
    diagnosis = words(_("Provisional diagnosis"), length=300)
    attendant_name = words(_("Attendant"), length=120)
    attendant_relation = words(_("Relation"), length=40)
    attendant_phone = forms.CharField(label=_("Mobile of the attendant"), max_length=20, required=False)
    consent = forms.ChoiceField(
        label=_("Who agreed"),
        choices=Consent,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose who agreed.")},
    )
    consent_name = words(_("Name of who agreed"), length=120)
    asked = ("bed", "department", "consultant", "diagnosis")
    attended = ("attendant_name", "attendant_relation", "attendant_phone")

    def __init__(
        self, *args: Any, facility: Facility, beds: Sequence[Bed], mother: Admission | None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.mother = mother
        self.fields["bed"].offer(facility, beds, beside=mother is not None)
        self.fields["bed"].initial = first_ready(beds)
        self.fields["bed"].widget.attrs["autofocus"] = True
        self.fields["department"].queryset = queries.open_departments(facility)
        doctors = doctors_of(facility)
        self.fields["consultant"].queryset = doctors
        named = [(one.pk, one.told) for one in told_apart(doctors, facility)]
        self.fields["consultant"].choices = [("", "—"), *named]
        self.fields["attendant_phone"].widget.attrs["inputmode"] = "numeric"

    def clean_attendant_phone(self) -> str:
        typed = self.cleaned_data["attendant_phone"]
        return normal_phone(typed) if typed else ""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("consent") == Consent.RELATIVE and not said.get("consent_name"):
            self.add_error("consent_name", ValidationError(_("Write the name of the relative who agreed.")))
        return said

    def admitting(self, *, request: AdmissionRequest | None, came_from: Encounter | None) -> Admitting:
        """What the service takes."""
        said = self.cleaned_data
        here = SOURCES.get(EncounterClass(came_from.encounter_class)) if came_from else None
        beside = self.mother if said["bed"] is None else None
        return Admitting(
            department=said["department"],
            bed=said["bed"],
            beside=beside,
            consultant=said["consultant"],
            source=here or (Source.BORN_HERE if beside else Source.DIRECT),
            request=request,
            came_from=came_from,
            diagnosis=said["diagnosis"],
            attendant=Attendant(said["attendant_name"], said["attendant_relation"], said["attendant_phone"]),
            consent=Consent(said["consent"]),
            consent_name=said["consent_name"],
            case=self.case_marked(),
        )


class EmergencyForm(ComerForm, _BedForm):
    """Somebody who is laid down before anybody asks more: unknown by one button, or the fewest fields."""

    def __init__(self, *args: Any, facility: Facility, beds: Sequence[Bed], **options: Any) -> None:
        super().__init__(*args, facility=facility, **options)
        self.fields["bed"].offer(facility, beds)
        self.fields["bed"].initial = first_ready(beds)

    def ask_kind(self) -> None:
        """Whoever nobody knows is a case of that kind by the button alone."""
        if not self.cleaned_data.get("unknown"):
            super().ask_kind()

    def is_for(self, patient: Patient | None = None) -> bool:
        """Whether the form says enough of whoever it is about."""
        if not self.is_valid():
            return False
        self.ask_who(patient)
        return not self.errors

    def case_marked(self) -> CaseDetails | None:
        """Whoever nobody knows is one without a tick, as the page says; the others where it is ticked."""
        said = self.cleaned_data
        if not said["unknown"]:
            return super().case_marked()
        said["kind"] = said["kind"] or CaseKind.UNKNOWN_UNCONSCIOUS
        return self.case()

    def admitting(self) -> Admitting:
        """What the service takes: nobody could be asked, and nobody waits for money."""
        bed = self.cleaned_data["bed"]
        return Admitting(
            department=bed.room.ward.department or queries.open_departments(self.facility).first(),
            bed=bed,
            source=Source.DIRECT,
            consent=Consent.EMERGENCY,
            case=self.case_marked(),
        )


def first_ready(beds: Sequence[Bed]) -> str | None:
    """The first place in which somebody can lie down at once, as its choice says it."""
    ready = (str(bed.pk) for bed in beds if bed.status == BedStatus.VACANT and not bed.is_kept)  # type: ignore[attr-defined]
    return next(ready, None)


class AttendantForm(EndingForm):
    """Who stays with the patient, and the diagnosis as it is known by now."""

    diagnosis = words(_("Provisional diagnosis"), length=300)
    attendant_name = words(_("Attendant"), length=120)
    attendant_relation = words(_("Relation"), length=40)
    attendant_phone = forms.CharField(label=_("Mobile of the attendant"), max_length=20, required=False)
    rev = forms.IntegerField(widget=forms.HiddenInput)
    widest = ("diagnosis",)
    fixed = ("request_key", "rev")

    def clean_attendant_phone(self) -> str:
        typed = self.cleaned_data["attendant_phone"]
        return normal_phone(typed) if typed else ""
