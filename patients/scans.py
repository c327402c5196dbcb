"""What a scanned ABHA card says of a person. Read tolerantly: what is unknown, odd or long is passed over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from patients.ages import BirthSaid, birth_shown
from patients.identifiers import (
    ADDRESS_KEYS,
    NUMBER_KEYS,
    card_fields,
    is_abha_address,
    looks_like_aadhaar,
    normal_abha_number,
    normal_phone,
    normal_pincode,
)
from patients.names import clean_name

JHARKHAND = {"20", "jharkhand", "झारखंड", "झारखण्ड"}  # its LGD code, its names
PHONE_KEYS = ("mobile", "mobileno", "mobilenumber", "phone")
SEXES = {"m": "male", "f": "female", "o": "other", "t": "other"}  # by the first letter


@dataclass(frozen=True)
class AbhaCard:
    """What the card says; "" where it says nothing. `left_out`: an Aadhaar number stood in a field."""

    abha_number: str = ""
    abha_address: str = ""
    name: str = ""
    sex: str = ""
    birth: str = ""  # as much of the date as is known: 23-11-1992, 11-1992, 1992
    phone: str = ""
    address: str = ""
    pincode: str = ""
    district: str = ""
    district_lgd: int | None = None
    is_of_jharkhand: bool = True
    left_out: bool = False


def abha_card(scanned: str) -> AbhaCard | None:
    """The card that this JSON is, or None for anything that names no ABHA."""
    fields = card_fields(scanned.strip()) or {}
    number = _normal(normal_abha_number, _first(fields, *NUMBER_KEYS))
    address = next((one.lower() for one in map(fields.get, ADDRESS_KEYS) if one and is_abha_address(one)), "")
    if not number and not address:
        return None
    phone = _normal(normal_phone, _first(fields, *PHONE_KEYS))
    shaped = {*NUMBER_KEYS, *(PHONE_KEYS if phone else ())}
    hidden = {key for key, value in fields.items() if key not in shaped and looks_like_aadhaar(value)}
    known = {key: value for key, value in fields.items() if key not in hidden}
    return AbhaCard(
        abha_number=number,
        abha_address=address if not looks_like_aadhaar(address) else "",
        name=_normal(clean_name, _first(known, "name", "fullname")[:120]),
        sex=SEXES.get(_first(known, "gender", "sex")[:1].lower(), ""),
        birth=_birth(_first(known, "dob", "dateofbirth", "birthdate", "yearofbirth", "yob")),
        phone=phone,
        address=_first(known, "address")[:160],
        pincode=_normal(normal_pincode, _first(known, "pincode", "pin")),
        left_out=bool(hidden),
        **_place(known),
    )


def _first(fields: dict[str, str], *keys: str) -> str:
    return next((fields[key] for key in keys if fields.get(key)), "")


def _normal(clean: Callable[[str], str], said: str) -> str:
    """What was said in its normal form, or "" where it has none."""
    try:
        return clean(said) if said else ""
    except ValidationError:
        return ""


def _birth(said: str) -> str:
    try:
        return birth_shown(*BirthSaid(written=said).on(timezone.localdate()))
    except ValueError:
        return ""


def _place(fields: dict[str, str]) -> dict[str, Any]:
    """The district by its LGD code and name, and whether it is one of ours."""
    code = _first(fields, "distlgd", "districtlgd", "distlgdcode", "districtcode")
    states = [_first(fields, "statelgd", "statecode", "statelgdcode"), _first(fields, "statename", "state")]
    return {
        "district": _first(fields, "distname", "districtname", "district"),
        "district_lgd": int(code) if code.isdecimal() and len(code) < 6 else None,
        "is_of_jharkhand": all(state.casefold() in JHARKHAND for state in states if state),
    }
