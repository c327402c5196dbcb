"""How a consultation ends, and what is taken back."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from facilities.forms import Asked
from facilities.forms import day as day_field
from facilities.models import Department, Facility
from patients.forms.fields import paragraph, words
from patients.models import LONGEST_REST, Certificate, Patient
from patients.services import Certified, Letter, Wish
from patients.states import CertificateKind, Escort, Transport, Urgency, WardKind

FIELD_OF_OUTCOME_RULE = {
    "referral_goes_to_one_place": "to_name",
    "referral_says_why": "reason",
    "patient_is_referred_once_a_day_to_a_department": "department",
    "admission_request_says_why": "reason",
    "admission_request_names_a_diagnosis": "diagnosis",
}


class EndingForm(Asked):
    """A form at the end of a consultation. The database's rules speak at their fields."""

    widest: tuple[str, ...] = ()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, use_required_attribute=False, **options)
        for name in self.widest:
            self.fields[name].width = "w4"

    def say(self, refusal: Any) -> None:
        rule = getattr(getattr(refusal.__cause__, "__cause__", None), "diag", None)
        field = refusal.field or FIELD_OF_OUTCOME_RULE.get(getattr(rule, "constraint_name", ""))
        self.add_error(field if field in self.fields else None, str(refusal))


class LetterForm(EndingForm):
    """To which other hospital, and what its doctor is told."""

    to_facility = forms.ModelChoiceField(
        label=_("Hospital of the state"),
        queryset=Facility.objects.none(),
        required=False,
        empty_label=_("another, written beside"),
    )
    to_name = words(_("Another hospital, and its town"), length=160)
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Urgency)
    transport = forms.ChoiceField(label=_("Goes by"), choices=[("", "—"), *Transport.choices])
    escort = forms.ChoiceField(label=_("Who goes along"), choices=[("", "—"), *Escort.choices])
    reason = paragraph(_("Why, and what is asked"), length=400, required=True)
    findings = paragraph(_("Findings"), length=1200)
    done = paragraph(_("What was done and given"), length=1200)
    wide = ("to_facility", "to_name")
    widest = ("reason", "findings", "done")

    def __init__(self, *args: Any, here: Facility, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to_facility"].queryset = Facility.objects.exclude(pk=here.pk).order_by("name")

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("to_facility") and not said.get("to_name") and not self.errors.get("to_name"):
            self.add_error("to_name", _("Name the hospital."))
        if said.get("to_facility") and said.get("to_name"):
            self.add_error("to_name", _("Choose a hospital or write one, not both."))
        return said

    def letter(self) -> Letter:
        """What the service takes."""
        said = self.details()
        transport, escort = Transport(said.pop("transport")), Escort(said.pop("escort"))
        return Letter(**said | {"urgency": Urgency(said["urgency"])}, transport=transport, escort=escort)


class WishForm(EndingForm):
    """What is asked of a ward."""

    department = forms.ModelChoiceField(
        label=_("Department"), queryset=Department.objects.none(), empty_label=None
    )
    ward_kind = forms.ChoiceField(label=_("Ward wanted"), choices=WardKind)
    urgency = forms.ChoiceField(label=_("How urgent"), choices=Urgency)
    diagnosis = paragraph(_("Provisional diagnosis"), length=300, required=True)
    reason = paragraph(_("Why the patient is to be admitted"), length=300, required=True)
    wide = ("department",)
    widest = ("diagnosis", "reason")

    def __init__(self, *args: Any, departments: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["department"].queryset = departments

    def wish(self) -> Wish:
        """What the service takes."""
        said = self.details()
        kinds = {"ward_kind": WardKind(said["ward_kind"]), "urgency": Urgency(said["urgency"])}
        return Wish(**said | kinds)


class SickForm(EndingForm):
    """Rest: from which day, for how many days or until which; the diagnosis if the patient agrees."""

    kind = CertificateKind.SICK
    from_on = day_field(_("From"), required=True)
    days = forms.IntegerField(label=_("Days of rest"), min_value=1, max_value=LONGEST_REST, required=False)
    to_on = day_field(_("or until"))
    agrees = forms.BooleanField(label=_("The patient agrees that the diagnosis is named"), required=False)
    diagnosis = words(_("Diagnosis on the certificate"), length=200)
    backdated_why = words(_("Why it begins earlier, if it does"), length=200)
    wide = ("agrees", "diagnosis", "backdated_why")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["days"].widget.attrs["autofocus"] = True
        del self.fields["from_on"].widget.attrs["autofocus"]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        begins, days, ends = said.get("from_on"), said.get("days"), said.get("to_on")
        if begins and days:
            counted = begins + timedelta(days=days - 1)
            if ends and ends != counted:
                self.add_error(
                    "to_on", _("%(days)s days end on %(day)s.") % {"days": days, "day": f"{counted:%d-%m-%Y}"}
                )
            said["to_on"] = counted
        elif not ends and not {"days", "to_on"} & set(self.errors):
            self.add_error("days", _("Say for how many days, or until which day."))
        if said.get("agrees") and not said.get("diagnosis"):
            self.add_error("diagnosis", _("Write the diagnosis that is to be named."))
        return said

    def certified(self) -> Certified:
        """What the service takes; a diagnosis to which nobody agreed is not kept."""
        said = self.cleaned_data
        named = said["diagnosis"] if said["agrees"] else ""
        return Certified(
            CertificateKind.SICK,
            said["from_on"],
            said["to_on"],
            diagnosis=named,
            backdated_why=said["backdated_why"],
        )


class FitnessForm(EndingForm):
    """Fit: from which day, for what; the sick certificate that ends with it, if there was one here."""

    kind = CertificateKind.FITNESS
    fit_for = words(_("Fit for"), length=120, required=True)
    from_on = day_field(_("From"), required=True)
    ends = forms.ModelChoiceField(
        label=_("Ends the sick certificate"),
        queryset=Certificate.objects.none(),
        required=False,
        empty_label=_("none of this hospital"),
    )
    backdated_why = words(_("Why it begins earlier, if it does"), length=200)
    wide = ("fit_for", "backdated_why", "ends")

    def __init__(self, *args: Any, given: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["ends"].queryset = given
        self.fields["fit_for"].widget.attrs["placeholder"] = _("work, school, sport, travel")

    def certified(self) -> Certified:
        """What the service takes."""
        return Certified(CertificateKind.FITNESS, **self.details())


class WhyForm(EndingForm):
    """Why something that was given is taken back."""

    why = words(_("Why"), length=160, required=True)
    widest = ("why",)


class DeathWithdrawalForm(WhyForm):
    """Why a death is taken back; `alone`: by who has written it down, which asks why one person does both."""

    alone_note = words(_("Why you do both"), length=160)
    widest = ("why", "alone_note")

    def __init__(self, *args: Any, alone: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not alone:
            del self.fields["alone_note"]


class MergeForm(WhyForm):
    """Which of two records of one person goes on, and why they are one person's."""

    kept = forms.ChoiceField(label=_("Goes on under"), widget=forms.RadioSelect)
    field_order = ("kept", "why")

    def __init__(self, *args: Any, records: tuple[Patient, Patient], **options: Any) -> None:
        """The older card is the one that most people know."""
        super().__init__(*args, **options)
        self.records = sorted(records, key=lambda one: one.registered_at)
        self.fields["why"].label = _("Why it is one person")
        self.fields["kept"].choices = [(one.uhid, one.uhid_shown) for one in self.records]
        self.fields["kept"].initial = self.records[0].uhid

    def records_said(self) -> dict[str, Patient]:
        """`kept` goes on, `patient` is given up."""
        older, newer = self.records
        is_older = self.cleaned_data["kept"] == older.uhid
        return {"kept": older, "patient": newer} if is_older else {"kept": newer, "patient": older}


class PeriodForm(forms.Form):
    """From a day until a day."""

    begins = day_field(_("From"))
    ends = day_field(_("Until"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        today = timezone.localdate()
        begins = said.get("begins") or (said.get("ends") or today).replace(day=1)
        ends = said.get("ends") or max(today, begins)
        if ends < begins:
            self.add_error("ends", _("The last day is before the first."))
        return said | {"begins": begins, "ends": ends}
