"""The forms of the front desk (where to, in which lane, how it is paid), the doctor's room and casualty."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Scheme
from billing.services import Offer
from billing.states import WAYS, PaymentMode, ServiceKind
from facilities.forms import day
from facilities.models import Bed, Department, Facility, Unit
from hmis.kernel.recent import recent
from hmis.kernel.said import DayField
from opd.complaints import Choice, departments_for
from opd.models import Consultation
from opd.services import MOST_SHEETS, After, Closing, ComeAgain, Coming, Escort, Regret, Sending, Visit
from opd.states import (
    LEAVINGS,
    SENIOR_AGE,
    BroughtBy,
    CancelReason,
    CloseReason,
    Lane,
    LeftHow,
    Triage,
)
from patients.ages import age_on
from patients.forms.comers import ComerForm, Others
from patients.forms.fields import Moment, paragraph, words
from patients.forms.legal import SAY_KIND, CaseForm
from patients.forms.notes import NoteForm
from patients.forms.outcomes import EndingForm
from patients.forms.person import PatientForm
from patients.identifiers import normal_phone, refuse_aadhaar, search_kind
from patients.models import CaseKind, Category, ClinicalNote, Patient
from patients.queries import free_beds, places
from patients.sections import UNITS_BY_WORD, DurationUnit
from patients.services import CaseDetails
from patients.states import Urgency

LANES = [lane for lane in Lane if lane != Lane.BACK_FROM_TESTS]


# Who is named here has this lane, whatever their age.
LANE_OF_CATEGORY: dict[str, Lane] = {Category.DISABLED: Lane.DISABLED, Category.SENIOR: Lane.ELDERLY}


class VisitForm(forms.Form):
    """Today's slip. The department is typed: two letters, its name, or the complaint."""

    department = forms.CharField(label=_("Department or complaint"), max_length=160)
    unit = forms.ModelChoiceField(label=_("Unit"), queryset=Unit.objects.none(), required=False)
    lane = forms.ChoiceField(label=_("Lane"), required=False)
    scheme = forms.ModelChoiceField(
        label=_("Exemption"),
        queryset=Scheme.objects.none(),
        to_field_name="code",
        required=False,
    )
    proof_number = forms.CharField(label=_("Number of the proof"), max_length=64, required=False)
    mode = forms.ChoiceField(label=_("Paid by"), required=False)
    reference = forms.CharField(label=_("UTR or number"), max_length=64, required=False)
    confirm_new = Others(label=_("No, this person is new"))
    confirm_again = forms.BooleanField(label=_("Another token anyway"), required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, departments: list[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        self.departments = departments
        self.fields["unit"].queryset = _units_of(*departments)
        self.fields["scheme"].queryset = _granted(timezone.localdate())
        self.fields["scheme"].empty_label = _("none")
        self.fields["lane"].choices = [(lane.value, lane.label) for lane in reversed(LANES)]
        unpaid = ("", _("not yet paid"))
        self.fields["mode"].choices = [*WAYS, unpaid]
        self.fields["mode"].initial = PaymentMode.CASH
        for field in self.fields.values():
            field.widget.attrs |= {"autocomplete": "off", "form": "desk-form"}
        self.fields["reference"].widget.attrs["placeholder"] = self.fields["reference"].label

    def payment(self) -> list[forms.BoundField]:
        """How it is paid, and the number that shows it: one question."""
        return [self["mode"], self["reference"]]

    @property
    def way_in(self) -> str:
        """The lane and the exemption that are chosen, in words; nothing of an ordinary patient."""
        chosen = [one for one in (self["lane"], self["scheme"]) if one.value() not in (None, "", Lane.NORMAL)]
        said = (dict(one.field.choices).get(one.value(), "") for one in chosen)
        return " · ".join(str(one) for one in said if one)

    def suggested(self, category: str, born: date | None) -> dict[str, str]:
        """{lane, scheme} that follow from somebody's age and category; the clerk may choose otherwise.

        A category is a reason to pay less where a scheme that is granted here bears its name.
        """
        lane = Lane.ELDERLY if is_senior(born, timezone.localdate()) else Lane.NORMAL
        granted = self.fields["scheme"].queryset.filter(code=category.upper())
        is_granted = category not in ("", Category.GENERAL) and granted.exists()
        return {
            "lane": LANE_OF_CATEGORY.get(category, lane).value,
            "scheme": category.upper() if is_granted else "",
        }

    def clean_department(self) -> Department:
        found = meant(self.cleaned_data["department"], self.departments)
        if not found:
            raise ValidationError(
                _("No department matches this. Write its first two letters, or the complaint.")
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


@recent
def _units_of(*departments: Department) -> QuerySet[Unit]:
    """Composed once: the form asks it only where a unit was typed."""
    return Unit.objects.filter(department__in=departments)


@recent
def _granted(day: date) -> QuerySet[Scheme]:
    """The schemes that somebody may ask for at the desk on this day."""
    return Scheme.objects.in_force(day).serving(ServiceKind.REGISTRATION).asked_for()


def is_senior(born: date | None, day: date) -> bool:
    """Whether somebody born then is a senior citizen on this day; not where nobody knows."""
    age = age_on(born, day) if born else None
    return age is not None and age.unit == "year" and age.number >= SENIOR_AGE


class DowntimeSheetsForm(forms.Form):
    """How many empty slips, for which department."""

    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.none())
    count = forms.IntegerField(label=_("Sheets"), initial=20)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, departments: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments
        self.fields["department"].empty_label = None
        self.fields["count"].widget.attrs |= {
            "min": 1,
            "max": MOST_SHEETS,
            "inputmode": "numeric",
            "autofocus": True,
        }
        self.helper = FormHelper()
        self.helper.form_tag = False


@dataclass(frozen=True)
class Meant:
    """A department that the typed text may mean, and whether the complaint cannot wait."""

    department: Department
    red_flag: bool = False


def meant(text: str, departments: list[Department]) -> list[Meant]:
    """The departments that two letters, a name or a complaint mean, the likeliest first."""
    by_code = {department.code: department for department in departments}
    said = text.strip()
    named = [one for one in departments if said in (one.name, one.name_hi)]
    exact = [by_code[said.upper()]] if said.upper() in by_code else named
    if exact:
        return [Meant(one) for one in exact]
    choices = [Choice(one.code, one.name, one.name_hi) for one in departments]
    found = departments_for(text, choices) if text else []
    return [Meant(by_code[one.code], one.red_flag) for one in found if one.code in by_code]


def words_for(department: Department, departments: list[Department]) -> str:
    """What to type for this department: its name, or its code where the name means another one, too."""
    by_name = [one.department for one in meant(str(department), departments)]
    return str(department) if by_name == [department] else department.code


class CasualtyForm(ComerForm, CaseForm):
    """Whoever comes to casualty: a button for somebody unknown, else the fewest fields that say who it is."""

    triage = forms.ChoiceField(label=_("Triage"), choices=Triage, widget=forms.RadioSelect, required=False)
    came_with = forms.ChoiceField(label=_("Brought by"), choices=BroughtBy, initial=BroughtBy.NOT_KNOWN)
    escort_name = words(_("Name of who brought"), length=120)
    escort_phone = forms.CharField(label=_("Mobile of who brought"), max_length=20, required=False)
    escort_place = words(_("Police station, vehicle or place"), length=120)
    complaint = words(_("Complaint"), length=160)
    is_dead = forms.BooleanField(label=_("Brought dead"), required=False)
    declared_dead_at = Moment(label=_("Declared dead at (empty: now)"))
    is_case = forms.BooleanField(label=_("Medico-legal case (MLC)"), required=False)
    bed = forms.ModelChoiceField(label=_("Observation bed"), queryset=Bed.objects.none(), required=False)

    def __init__(self, *args: Any, facility: Facility, department: Department | None, **options: Any) -> None:
        super().__init__(*args, facility=facility, use_required_attribute=False, **options)
        self.department = department
        self.fields["kind"].required = self.fields["came_with"].required = False
        self.fields["bed"].empty_label = _("none")
        if department:
            _offer_beds(self.fields["bed"], facility, department)
        self.fields["escort_phone"].widget.attrs["inputmode"] = "numeric"
        for field in self.fields.values():
            field.widget.attrs |= {"autocomplete": "off", "form": "casualty-form"}

    def clean_escort_phone(self) -> str:
        typed = self.cleaned_data["escort_phone"]
        return normal_phone(typed) if typed else ""

    def is_for(self, patient: Patient | None) -> bool:
        """Whether the form says enough of whoever it is about."""
        if not self.is_valid() or self.department is None:
            return False
        said = self.cleaned_data
        self.ask_who(patient)
        if not said["triage"] and not said["unknown"] and not said["is_dead"]:
            self.add_error("triage", _("Choose the colour."))
        if said["is_case"] and not said["kind"] and not said["is_dead"]:
            self.add_error("kind", SAY_KIND)
        return not self.errors

    def coming(self) -> Coming:
        """What the service takes."""
        said = self.cleaned_data
        triage = Triage.BLACK if said["is_dead"] else Triage(said["triage"] or Triage.RED)
        by = BroughtBy(said["came_with"] or BroughtBy.NOT_KNOWN)
        escort = Escort(by, said["escort_name"], said["escort_phone"], said["escort_place"])
        return Coming(
            department=self.department,
            triage=triage,
            escort=escort,
            complaint=said["complaint"],
            declared_dead_at=said["declared_dead_at"] if said["is_dead"] else None,
            declared_dead_now=said["is_dead"],
            case=self._case(escort) if said["is_case"] else None,
            bed=said["bed"],
        )

    def _case(self, escort: Escort) -> CaseDetails:
        said = self.cleaned_data
        return CaseDetails(
            kind=CaseKind(said["kind"] or CaseKind.BROUGHT_DEAD),
            particulars=said["particulars"] or said["complaint"],
            brought_by=escort.in_words(),
            intimation=self.intimation(),
        )


class TriageForm(forms.Form):
    """Another colour."""

    triage = forms.ChoiceField(label=_("Triage"), choices=Triage)


class BedForm(forms.Form):
    """An observation bed that is free."""

    bed = forms.ModelChoiceField(label=_("Observation bed"), queryset=Bed.objects.none(), empty_label="—")
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, facility: Facility, department: Department, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer_beds(self.fields["bed"], facility, department)


def _offer_beds(field: Any, facility: Facility, department: Department) -> None:
    """Offer the department's free beds.

    One that is free no more goes to the act all the same: the same form sent again has taken it itself, and
    of another's the act says that somebody lies there.
    """
    field.queryset = places(facility, department)
    none = ("", field.empty_label)
    field.choices = lambda: [none, *((one.pk, one.in_house) for one in free_beds(facility, department))]


class OutcomeForm(forms.Form):
    """How somebody leaves casualty."""

    outcome = forms.ChoiceField(
        label=_("How did they leave?"),
        choices=[("", "—"), *((one.value, one.label) for one in LEAVINGS)],
        error_messages={"required": _("Choose how the patient left.")},
    )
    # The outcome about which was asked back; for the service, whether that was answered.
    confirm = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        answered, chosen = said.get("confirm", ""), said.get("outcome")
        if answered and chosen and answered != chosen:
            raise ValidationError(
                _("Choose again how the patient left: the question was about another answer.")
            )
        return said | {"confirm": bool(answered)}


class NameForm(PatientForm):
    """The name of somebody who came without one, and the UHID of an earlier entry where there is one."""

    same_as = forms.CharField(
        label=_("UHID of the earlier entry, if they are on file already"), max_length=16, required=False
    )

    def clean_same_as(self) -> Patient | None:
        typed = self.cleaned_data["same_as"]
        if not typed:
            return None
        term = search_kind(typed)
        found = Patient.objects.filter(uhid=term.value).first() if term.kind == "uhid" else None
        if found is None:
            raise ValidationError(_("Nobody has this UHID. Look at it again."))
        return found


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


class TestsForm(forms.Form):
    """To which tests somebody is sent, in a few words or none."""

    tests = forms.CharField(
        label=_("Which tests?"),
        max_length=120,
        required=False,
        validators=[refuse_aadhaar],
        help_text=_("Empty, if the slip says it"),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["tests"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}


# The day's end says the third one.
HOWS = (LeftHow.NOT_THERE, LeftHow.SAID_SO)


class LeavingForm(forms.Form):
    """How it is known that somebody left."""

    how = forms.ChoiceField(choices=[(one.value, one.label) for one in HOWS])


class DayForm(forms.Form):
    """Which day is shown."""

    day = day(_("Day"), required=True)


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


# ── The doctor's room ──

AFTER = re.compile(r"([0-9]{1,3})\s*([^\W\d_][^\s\d]*)?\.?")
ON = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})(?:[-/.]([0-9]{2}|[0-9]{4}))?")
NOT_AGAIN = {"", "-", "—", "0", "no", "none", "nil", "नहीं", "nahi"}


def day_to_come(text: str, today: date) -> date | After | None:
    """What "5 दिन", "5", "2 hafte", "1m", "28-11" or a date means; None for none. Else ValueError."""
    said = " ".join(text.lower().split())
    if said in NOT_AGAIN:
        return None
    if after := AFTER.fullmatch(said):
        unit = UNITS_BY_WORD.get(after[2] or "d")
        if unit is None or unit == DurationUnit.HOUR:
            raise ValueError(text)
        return After(int(after[1]), unit)
    if on := ON.fullmatch(said):
        year = int(on[3]) if on[3] else today.year
        day = date(year + 2000 if year < 100 else year, int(on[2]), int(on[1]))
        # "5-1" said in December is of January next.
        return day if on[3] or day >= today else day.replace(year=day.year + 1)
    return date.fromisoformat(said)


class ComeAgainField(forms.CharField):
    """When the patient is to come again."""

    def clean(self, value: Any) -> date | After | None:
        """The day, or how many days from now."""
        try:
            return day_to_come(super().clean(value), timezone.localdate())
        except ValueError:
            raise ValidationError(_("Write 5 days, 2 weeks or a date.")) from None


class ConsultationForm(NoteForm):
    """A consultation: its note, when to come again, and on which paper it is printed."""

    follow_up = ComeAgainField(
        label=_("Come again"),
        required=False,
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "placeholder": _("5 days, 2 weeks, a date")}),
    )
    # The day as this window read it.
    follow_up_was = DayField(required=False, widget=forms.HiddenInput)
    size = forms.ChoiceField(label=_("Paper"), choices=[("a4", "A4"), ("a5", "A5")], required=False)

    def __init__(self, data: Any = None, *, consultation: Consultation, size: str = "a4") -> None:
        day = consultation.follow_up_on
        was = {"follow_up": f"{day:%d-%m-%Y}" if day else "", "follow_up_was": day, "size": size}
        super().__init__(data, note=consultation.note, initial=was)
        # The note as it was met when another window had saved it since, and where it says something else.
        self.met: ClinicalNote | None = None
        self.conflict_with: list[dict[str, str]] = []

    def meet(self, note: ClinicalNote) -> None:
        """Another window has saved this note since: both texts are shown."""
        self.met, self.conflict_with = note, self.differences(note)

    def come_again(self) -> ComeAgain:
        """What the services take."""
        return ComeAgain(self.cleaned_data["follow_up"], self.cleaned_data["follow_up_was"])

    def goes_on(self, consultation: Consultation) -> None:
        """Shown again with what was typed, it goes out from how the consultation stands now."""
        day = consultation.follow_up_on
        self.goes_out_from(consultation.note.version, follow_up_was=day.isoformat() if day else "")


class SendingForm(EndingForm):
    """To which department of this hospital, how urgently, and why."""

    department = forms.ChoiceField(label=_("Department"))
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Urgency)
    reason = paragraph(_("Why, and what is asked"), length=400, required=True)
    wide = ("department", "urgency")
    widest = ("reason",)

    def __init__(self, *args: Any, departments: list[Department], **options: Any) -> None:
        super().__init__(*args, **options)
        self.departments = {one.code: one for one in departments}
        self.fields["department"].choices = [("", "—"), *((one.code, str(one)) for one in departments)]

    def sending(self) -> Sending:
        """What the service takes."""
        said = self.cleaned_data
        return Sending(self.departments[said["department"]], said["reason"], Urgency(said["urgency"]))
