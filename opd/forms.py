"""The front desk's forms: where to, in which lane, and how it is paid."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Scheme
from billing.services import Offer
from billing.states import PaymentMode
from facilities.models import Department, Unit
from opd.complaints import Choice, departments_for
from opd.services import MOST_SHEETS, Visit
from opd.states import Lane

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
    exact = by_code.get(text.strip().upper())
    if exact:
        return [Meant(exact)]
    choices = [Choice(one.code, one.name, one.name_hi) for one in departments]
    found = departments_for(text, choices) if text else []
    return [Meant(by_code[one.code], one.red_flag) for one in found if one.code in by_code]
