"""The forms of the tariff."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Scheme, TaxRule
from billing.states import ServiceKind, WardClass
from facilities.forms import Asked, SheetField, capitals
from facilities.forms import day as day_field
from facilities.models import Facility
from hmis.kernel import sheets


class TariffFilter(forms.Form):
    """What of the tariff is shown, and whose."""

    q = forms.CharField(
        label=_("Code or name"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "data-key": "F2", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("all")), *ServiceKind.choices])
    only = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[
            ("", _("all in use")),
            ("priced", _("with a price today")),
            ("unpriced", _("without a price")),
            ("idle", _("no longer in use")),
        ],
    )

    def __init__(self, *args: Any, hospitals: list[Facility], **options: Any) -> None:
        super().__init__(*args, **options)
        if hospitals:
            choices = [(one.code, str(one)) for one in hospitals]
            self.fields["hospital"] = forms.ChoiceField(label=_("Hospital"), required=False, choices=choices)


class ServiceForm(Asked):
    """Something that hospitals charge for, in both languages."""

    wide = ("name", "name_hi")

    code = capitals(_("Code"), 24, help_text=_("Capitals, digits, hyphen: XRAY-CHEST"))
    name = forms.CharField(label=_("Name in English"), max_length=160, widget=forms.TextInput({"lang": "en"}))
    name_hi = forms.CharField(label=_("Name in Hindi"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=ServiceKind)
    unit = forms.CharField(
        label=_("Charged per"), max_length=20, required=False, help_text=_("day, km, page; empty: once")
    )
    sac_hsn = forms.CharField(
        label=_("SAC or HSN code"),
        max_length=8,
        required=False,
        widget=forms.TextInput({"inputmode": "numeric"}),
        help_text=_("Four to eight digits: 999312"),
    )
    tax_rule = forms.ModelChoiceField(
        label=_("Tax rule"),
        queryset=TaxRule.objects.all(),
        required=False,
        empty_label=_("exempt, as care is"),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not is_new:
            del self.fields["code"]
            self.fields["name"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].upper()
        if not re.fullmatch(r"[A-Z0-9][A-Z0-9._-]{1,23}", code):
            raise forms.ValidationError(_("A service's code has capital letters, digits and - : XRAY-CHEST."))
        return code

    def clean_sac_hsn(self) -> str:
        digits: str = self.cleaned_data["sac_hsn"]
        if digits and not re.fullmatch(r"[0-9]{4,8}", digits):
            raise forms.ValidationError(_("A SAC or HSN code has four to eight digits."))
        return digits


class PriceForm(Asked):
    """What a service costs from a day."""

    price = forms.DecimalField(
        label=_("Price in ₹"),
        max_digits=10,
        decimal_places=2,
        min_value=0,
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    day = day_field(_("From"), required=True)
    until = day_field(_("Until"), help_text=_("Empty: until further notice"))
    scheme = forms.ModelChoiceField(
        label=_("Only for the scheme"),
        queryset=Scheme.objects.filter(is_active=True),
        required=False,
        empty_label=_("for everybody"),
    )
    ward_class = forms.ChoiceField(label=_("Only in"), choices=WardClass, required=False)


class PriceEndForm(Asked):
    """The last day of a price."""

    day = day_field(_("Last day"), required=True)


class SheetForm(Asked):
    """A sheet of prices."""

    file = SheetField()
    day = day_field(
        _("Prices hold from"),
        help_text=_("For rows without a day of their own, or with a past one. Empty: today"),
    )

    def content(self) -> bytes:
        """The sheet as it came."""
        return sheets.content_of(self.cleaned_data["file"])
