"""What was scanned, in the form of a new person."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from facilities.queries import district_by_lgd, district_named
from patients.forms.person import PatientForm
from patients.identifiers import show_abha
from patients.models import ABHA_KINDS
from patients.queries import Found
from patients.scans import AbhaCard

TOLD = {"abha": _("ABHA")}
# Parts of a question that is told by its other part.
UNTOLD = {"age_unit", "old_number_kind"}


class FilledForm:
    """A new patient's form with what a card or an old number says, beside whatever was typed before it.

    What a person typed stays: `otherwise` says where the card differs. `cursor` is the id of the control
    where the clerk goes on: the first that must be filled and is not, else the department.
    """

    def __init__(self, said: Mapping[str, Any], typed: Mapping[str, Any], *, facility: Facility) -> None:
        blank = PatientForm(facility=facility)
        shown = {name: str(blank[name].value() or "") for name in blank.fields}
        touched = {name: typed[name] for name in shown if typed.get(name, "") not in ("", shown[name])}
        unit = () if "age" in touched else ("age_unit",)
        fill = {
            name: value
            for name, value in said.items()
            if value and name not in touched and (name != "age_unit" or unit)
        }
        # Somebody from another state: our own district, which stands there unasked, would be a lie.
        cleared = {"district": ""} if said.get("district", "") is None else {}
        self.form = PatientForm(facility=facility, initial=cleared | touched | fill)
        self.filled = [TOLD.get(name, self.form[name].label) for name in fill if name not in UNTOLD]
        self.otherwise = [
            (self.form[name], value, self._words(name, value))
            for name, value in said.items()
            if value and name in touched and name not in UNTOLD and not _alike(touched[name], value)
        ]
        for name in fill:
            self.form.fields[name].widget.attrs["data-filled"] = ""
        self.cursor = self._cursor(touched | fill)
        self.is_whole = self.cursor == "id_department"

    def _words(self, name: str, value: str) -> str:
        choices = {str(key): label for key, label in getattr(self.form.fields[name], "choices", ())}
        return str(choices.get(value, value))

    def _cursor(self, known: Mapping[str, Any]) -> str:
        wanted = {"name": "id_name", "sex": "id_sex_0", "age": "id_age", "phone": "id_phone"}
        answered = {**known, "phone": known.get("phone") or known.get("no_phone_reason")}
        missing = next((name for name in wanted if not answered.get(name)), None)
        if missing is None:
            return "id_department"
        self.form.fields[missing].widget.attrs["autofocus"] = True
        return wanted[missing]


def _alike(typed: Any, said: Any) -> bool:
    first, second = (re.sub(r"[\s-]", "", str(one)).casefold() for one in (typed, said))
    return first == second


def said_by(card: AbhaCard) -> dict[str, Any]:
    """The card's words by the form's fields. A district of another state stays readable in the address."""
    district = None
    if card.is_of_jharkhand:
        district = district_by_lgd(card.district_lgd) if card.district_lgd else None
        district = district or district_named(card.district)
    address = card.address
    if card.district and district is None and card.district.casefold() not in address.casefold():
        address = f"{address}, {card.district}".lstrip(", ")[:160]
    return {
        "name": card.name,
        "sex": card.sex,
        "age": card.birth,
        "age_unit": "date" if card.birth else "",
        "phone": card.phone,
        "district": str(district.lgd_code) if district else "" if card.is_of_jharkhand else None,
        "abha": show_abha(card.abha_number) if card.abha_number else card.abha_address,
        "abha_address": card.abha_address if card.abha_number else "",
        "address": address,
        "pincode": card.pincode,
    }


def said_by_number(found: Found) -> dict[str, str]:
    """A number that nobody bears yet, by the form's fields: an ABHA that was typed, or an old number."""
    (kind, value), *_ = found.identifiers.items()
    if kind in ABHA_KINDS:
        return {"abha": value}
    return {"old_number_kind": kind, "old_number": value}
