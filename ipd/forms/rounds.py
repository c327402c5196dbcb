"""What is typed on a round: vital signs, answers to warnings, procedures, opinions, leave, team, holds."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked
from facilities.models import Bed, Department, Facility, User
from hmis.kernel.errors import Refusal
from ipd.forms.beds import BedChoice
from ipd.models import Procedure
from ipd.services import Performed
from ipd.states import Anaesthesia, Response
from patients.forms.fields import DAY_AND_HOUR, Moment, paragraph, words
from patients.forms.observations import VitalsForm
from patients.models import Patient

SIDES: list[Any] = list(Procedure._meta.get_field("side").choices or ())


class WardVitalsForm(VitalsForm):
    """One row at the bedside: what NEWS2 asks for first, the rest beneath."""

    taken_at = Moment(label=_("measured at"))

    OF_NEWS = (
        "respiratory_rate",
        "spo2",
        "oxygen",
        "oxygen_flow",
        "systolic",
        "diastolic",
        "pulse",
        "consciousness",
        "temperature",
    )
    OTHERS = ("glucose", "pain", "weight", "height", "arm")

    def __init__(self, *args: Any, patient: Patient, **options: Any) -> None:
        super().__init__(*args, patient=patient, **options)
        self.fields["systolic"].widget.attrs.pop("autofocus", None)
        if not self.is_bound:
            self.fields["respiratory_rate"].widget.attrs["autofocus"] = True


class WarningAnswerForm(forms.Form):
    """What was done about a warning score, and who was told."""

    response = forms.ChoiceField(label=_("what was done"), choices=[("", "—"), *Response.choices])
    told = words(_("who was told"), length=120)
    note = words(_("note"), length=300)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, is_first: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_first:
            self.fields["response"].widget.attrs["autofocus"] = True


class WhyForm(Asked):
    """The reason of something that is one click otherwise."""

    wide = ("why",)
    why = words(_("why"), length=160, required=True)


class Scale2Form(Asked):
    """Why SpO₂ is scored on scale 2; nothing ends it."""

    wide = ("why",)
    why = words(_("why"), length=160)


class LeaveForm(Asked):
    """Why an inpatient goes out, until when, and whether the bed is kept."""

    wide = ("why",)
    why = words(_("why"), length=160, required=True)
    due_at = Moment(label=_("is to be back"), shape=DAY_AND_HOUR)
    keeps_bed = forms.BooleanField(label=_("the bed is kept"), required=False, initial=True)

    def clean_due_at(self) -> Any:
        said = self.cleaned_data["due_at"]
        if said is None:
            raise forms.ValidationError(_("When is the patient to be back?"))
        return said


class ReturnForm(Asked):
    """The patient is back; into which bed, where the old one was given up."""

    bed = BedChoice(label=_("bed"), error_messages={"required": _("The bed was given up. Choose one.")})
    confirm_bed = forms.BooleanField(label=_("yes, this bed"), required=False, widget=forms.HiddenInput)
    wide = ("bed",)

    def __init__(self, *args: Any, facility: Facility, beds: Sequence[Bed] | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if beds is None:  # it was kept
            del self.fields["bed"]
        else:
            self.fields["bed"].offer(facility, beds)


class StayForm(ReturnForm):
    """Who has left the bed is kept after all: into which bed, and why."""

    why = words(_("why"), length=160, required=True)
    wide = ("bed", "why")


class TeamForm(Asked):
    """Who answers for an inpatient from now on, and why."""

    wide = ("department", "consultant", "why")
    department = forms.ChoiceField(label=_("department"))
    consultant = forms.ChoiceField(label=_("consultant"), required=False)
    why = words(_("why"), length=160, required=True)

    def __init__(
        self, *args: Any, departments: list[Department], doctors: list[User], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.departments = {str(one.pk): one for one in departments}
        self.doctors = {str(one.pk): one for one in doctors}
        self.fields["department"].choices = [(pk, str(one)) for pk, one in self.departments.items()]
        self.fields["consultant"].choices = [
            ("", "—"),
            *((pk, one.told) for pk, one in self.doctors.items()),
        ]

    def details(self) -> dict[str, Any]:
        said = super().details()
        return said | {
            "department": self.departments[said["department"]],
            "consultant": self.doctors.get(said["consultant"]),
        }


class ProcedureForm(Asked):
    """What was done, when, by whom, in which anaesthesia, and what was found."""

    wide = ("name", "performed_by", "assisted_by", "anaesthetist")
    name = words(_("what was done"), length=200, required=True)
    is_operation = forms.BooleanField(
        label=_("an operation"), help_text=_("It has a number in the register of operations."), required=False
    )
    side = forms.ChoiceField(label=_("side"), choices=[("", "—"), *SIDES], required=False)
    began_at = Moment(label=_("begun"))
    ended_at = Moment(label=_("ended"))
    performed_by = forms.ChoiceField(label=_("surgeon"), error_messages={"required": _("Choose who did it.")})
    assisted_by = words(_("assistants"), length=200)
    anaesthesia = forms.ChoiceField(label=_("anaesthesia"), choices=Anaesthesia)
    anaesthetist = words(_("anaesthetist"), length=120)
    place = words(_("theatre"), length=60)
    findings = paragraph(_("findings"), length=1200)
    confirm_early = forms.BooleanField(required=False, widget=forms.HiddenInput)
    fixed = ("request_key", "confirm_early")

    def __init__(self, *args: Any, doctors: list[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.doctors = {str(one.pk): one for one in doctors}
        self.fields["performed_by"].choices = [
            ("", "—"),
            *((pk, one.told) for pk, one in self.doctors.items()),
        ]
        self.fields["findings"].width = "w4"

    def performed(self) -> Performed:
        """What the service takes."""
        said = self.details()
        return Performed(**said | {"performed_by": self.doctors[said["performed_by"]]})


class OpinionForm(Asked):
    """Which department is asked what, and how urgently."""

    wide = ("department",)
    department = forms.ChoiceField(label=_("department"))
    is_urgent = forms.BooleanField(label=_("urgent"), required=False)
    question = paragraph(_("question"), length=400, required=True)

    def __init__(self, *args: Any, departments: list[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        self.departments = {str(one.pk): one for one in departments}
        self.fields["department"].choices = [(pk, str(one)) for pk, one in self.departments.items()]
        self.fields["question"].width = "w4"

    def details(self) -> dict[str, Any]:
        said = super().details()
        return said | {"department": self.departments[said["department"]]}


class OpinionAnswerForm(Asked):
    """What the department thinks."""

    answer = paragraph(_("opinion"), length=1600, required=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["answer"].width = "w4"
        self.fields["answer"].widget.attrs["rows"] = 5


def say(form: Any, refusal: Refusal) -> None:
    """A refusal at its field where it has one; else above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
