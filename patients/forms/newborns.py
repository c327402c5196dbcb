"""A delivery and its children."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel.said import DayField
from patients.forms.fields import DAY_AND_HOUR, DAYS, HOUR, HOURS, SAY_WHEN, Moment, words
from patients.forms.outcomes import EndingForm
from patients.models import Birth, Sex
from patients.services import Newborn

BABY_SEXES = [
    (Sex.FEMALE.value, _("girl")),
    (Sex.MALE.value, _("boy")),
    (Sex.UNKNOWN.value, _("not clear yet")),
]


class BabyForm(forms.Form):
    """One child of a delivery; a row without a sex is no child."""

    sex = forms.ChoiceField(label=_("Sex"), choices=BABY_SEXES, widget=forms.RadioSelect, required=False)
    time = forms.TimeField(
        label=_("Born at"),
        input_formats=HOURS,
        error_messages={"invalid": SAY_WHEN},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": HOUR, "autocomplete": "off"}),
        required=False,
    )
    weight = forms.IntegerField(
        label=_("Weight (grams)"),
        min_value=1,
        max_value=20_000,
        required=False,
        error_messages={"invalid": _("Write the weight in grams: 2800.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("sex") and not cleaned.get("time") and "time" not in self.errors:
            self.add_error("time", _("Write when the baby was born."))
        if (cleaned.get("time") or cleaned.get("weight")) and not cleaned.get("sex"):
            self.add_error("sex", _("Choose the sex, even if it is not clear yet."))
        return cleaned


class DeliveryForm(forms.Form):
    """The day of a delivery, and its children: one row each."""

    born_on = DayField(
        label=_("Day of birth"),
        input_formats=DAYS,
        widget=forms.DateInput(attrs={"inputmode": "numeric", "autocomplete": "off"}, format="%d-%m-%Y"),
    )
    confirm_another = forms.BooleanField(label=_("This is another baby"), required=False)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, data: Any = None, *, rows: int = 4, **options: Any) -> None:
        now = timezone.localtime()
        super().__init__(data, initial={"born_on": now.date()}, use_required_attribute=False, **options)
        self.babies = [
            BabyForm(data, prefix=f"baby{n}", initial={"time": f"{now:%H:%M}"} if n == 1 else None)
            for n in range(1, rows + 1)
        ]
        self.babies[0].fields["sex"].widget.attrs["autofocus"] = True

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(baby.is_valid() for baby in self.babies)])

    @property
    def has_twins(self) -> bool:
        """Whether something is written of a second child."""
        return self.is_bound and any(baby.has_changed() for baby in self.babies[1:])

    def newborns(self) -> list[Newborn]:
        """What the service takes."""
        day = self.cleaned_data["born_on"]
        return [
            Newborn(
                Sex(said["sex"]),
                timezone.make_aware(datetime.combine(day, said["time"])),
                said["weight"],
            )
            for said in (baby.cleaned_data for baby in self.babies)
            if said["sex"]
        ]


class BirthForm(EndingForm):
    """What is put right of a birth, and why."""

    sex = forms.ChoiceField(label=_("Sex"), choices=BABY_SEXES, widget=forms.RadioSelect)
    born_at = Moment(label=_("Born at"), shape=DAY_AND_HOUR)
    weight = BabyForm.base_fields["weight"]
    why = words(_("Why it is put right"), length=160, required=True)
    rev = forms.IntegerField(widget=forms.HiddenInput)
    widest = ("why",)

    def __init__(self, *args: Any, birth: Birth, **options: Any) -> None:
        born_at = f"{timezone.localtime(birth.born_at):%d-%m-%Y %H:%M}"
        now = {"sex": birth.baby.sex, "born_at": born_at, "weight": birth.weight_grams, "rev": birth.rev}
        super().__init__(*args, initial=now, **options)
        self.birth = birth

    def clean_born_at(self) -> datetime:
        """The hour that was written; the one that stood there, to its second, where it was left."""
        said = self.cleaned_data["born_at"]
        if not isinstance(said, datetime):
            raise forms.ValidationError(_("Write the day and the hour of birth."))
        was = self.birth.born_at
        return was if said == was.replace(second=0, microsecond=0) else said

    def details(self) -> dict[str, Any]:
        said = self.cleaned_data
        newborn = Newborn(Sex(said["sex"]), said["born_at"], said["weight"])
        return {"newborn": newborn} | {name: said[name] for name in ("why", "rev", "request_key")}
