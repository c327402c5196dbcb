"""The numbers that people are known by, told apart by their shape, and the one that is never kept."""

import json
import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from stdnum import luhn, verhoeff

LOWEST_NODE, HIGHEST_NODE, HIGHEST_SERIAL = 100, 999, 9_999_999

# ABHA addresses as the ABDM gateway accepts them: letters or digits at both ends, three characters at least.
_ABHA_ADDRESS = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.\-!]+[a-zA-Z0-9]@(?:abdm|sbx)")
_ABHA_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{2}-?[0-9]{4}-?[0-9]{4}-?[0-9]{4}(?![0-9])")
_DIGITS_AND_GAPS = re.compile(r"[0-9](?:[\s\-]{0,3}[0-9])*")
_GAPS = re.compile(r"[\s\-]+")
_MOBILE = re.compile(r"[6-9][0-9]{9}")
_DIALLED = re.compile(r"(?:\+91|0091|0?91|0)?([6-9][0-9]{9})")
_BETWEEN_DIGITS = re.compile(r"[\s\-().]+")
# The code on an Aadhaar letter is one number of many hundred digits; on older ones it is XML of these words.
_AADHAAR_CODE_DIGITS = 200
_AADHAAR_LETTER = re.compile(
    r"<\s*(?:PrintLetterBarcodeData|QPD[AB]|OKY|OfflinePaperlessKyc)\b", re.IGNORECASE
)
# What stands before an old number, by hand or in its bar code; MRD belongs to the number itself.
_CALLED_MRD = re.compile(r"(MRD\b[A-Z0-9 ./:#-]{1,37})", re.IGNORECASE)
_CALLED_CR = re.compile(
    r"CR(?:\s*(?:NO|NUMBER)\b\.?|\b)\s*[:.#/-]?\s*([A-Z0-9][A-Z0-9/-]{3,39})", re.IGNORECASE
)
_CALLED_EHOSPITAL = re.compile(
    r"(?:E-?HOSPITAL|EH|NIC)\b\s*[:.#/-]?\s*([A-Z0-9][A-Z0-9/-]{3,39})", re.IGNORECASE
)
_CALLED = ((_CALLED_CR, "cr_number"), (_CALLED_EHOSPITAL, "ehospital_uhid"), (_CALLED_MRD, "old_number"))
_HAS_DIGIT = re.compile(r"[0-9]")
LONGEST_IDENTIFIER = 40

# The names of cards' fields, in small letters without gaps: they differ from issuer to issuer.
NUMBER_KEYS = ("hidn", "healthidnumber", "abhanumber")
ADDRESS_KEYS = ("hid", "phr", "healthid", "phraddress", "abhaaddress")
_LONGEST_FIELD = 200

hfr_id = RegexValidator(r"\AIN[0-9]{10}\Z", _("An HFR ID is IN and 10 digits, such as IN2010000001."))
hpr_number = RegexValidator(
    r"\A[1-9][0-9]{13}\Z", _("An HPR number has 14 digits and does not begin with 0.")
)
hpr_id = RegexValidator(
    r"\A[a-zA-Z0-9][a-zA-Z0-9_.]+[a-zA-Z0-9]@(?:dr\.abdm|hpr\.abdm)\Z",
    _("An HPR ID is a name followed by @hpr.abdm or @dr.abdm."),
)
pincode = RegexValidator(r"\A[1-9][0-9]{5}\Z", _("A PIN code has 6 digits and does not begin with 0."))


def plain_digits(text: str) -> str:
    """The text with every script's digits as 0–9, plain dashes and spaces, and no unseen marks."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(sign: str) -> str:
    if sign.isdecimal():
        return str(unicodedata.decimal(sign))
    kind = unicodedata.category(sign)
    return {"Pd": "-", "Zs": " ", "Cf": ""}.get(kind, sign)


# The hospital's own number


def make_uhid(node: int, serial: int) -> str:
    """The UHID of an issuing node's serial: `NNN SSSSSSS C`, C by Verhoeff over the first ten."""
    if not (LOWEST_NODE <= node <= HIGHEST_NODE and 0 <= serial <= HIGHEST_SERIAL):
        raise ValueError(f"No UHID for node {node}, serial {serial}.")
    body = f"{node}{serial:07d}"
    return body + verhoeff.calc_check_digit(body)


def is_uhid(text: str) -> bool:
    """Eleven digits, the first not 0, with a fitting check digit."""
    return re.fullmatch(r"[1-9][0-9]{10}", text) is not None and verhoeff.is_valid(text)


def show_uhid(uhid: str) -> str:
    """`12100001232` as people read it: 121-0000-1232."""
    return f"{uhid[:3]}-{uhid[3:7]}-{uhid[7:]}"


# ABHA


def is_abha_number(text: str) -> bool:
    """Fourteen digits. Older numbers do not begin with 91, so nothing is asked of the first two."""
    return re.fullmatch(r"[0-9]{14}", text) is not None


# Warned of, never refused: every real sample fits, and no document says that it must.
ABHA_DOUBTFUL = _("The last digit of this ABHA number does not fit. Compare it with the card.")


def abha_check_digit_fits(number: str) -> bool:
    """Whether the last digit is Luhn's. Every real sample fits, no document says so: only warn."""
    return is_abha_number(number) and luhn.is_valid(number)


def abha_doubtful(typed: str) -> bool:
    """Whether an ABHA number's last digit does not fit: said, never refused."""
    digits = _GAPS.sub("", plain_digits(typed))
    return is_abha_number(digits) and not abha_check_digit_fits(digits)


def is_abha_address(text: str) -> bool:
    """`name@abdm`, or `@sbx` in the sandbox of the national gateway."""
    return _ABHA_ADDRESS.fullmatch(text) is not None


def show_abha(number: str) -> str:
    """`91100000000016` as the card prints it: 91-1000-0000-0016."""
    return f"{number[:2]}-{number[2:6]}-{number[6:10]}-{number[10:]}"


def normal_abha_number(text: str) -> str:
    """Fourteen digits out of what was typed, or a ValidationError."""
    number = _GAPS.sub("", plain_digits(text).strip())
    if not is_abha_number(number):
        raise ValidationError(
            _("An ABHA number has 14 digits. Read it again from the card."), code="abha_number"
        )
    return number


# Aadhaar


def looks_like_aadhaar(text: str) -> bool:
    """Whether an Aadhaar number stands in the text: 12 digits from 2 on with a fitting Verhoeff digit.

    Spaces and hyphens between the digits do not hide it; a longer number is another number.
    """
    return any(_hides_aadhaar(run.group()) for run in _DIGITS_AND_GAPS.finditer(plain_digits(text)))


def _hides_aadhaar(run: str) -> bool:
    groups = _GAPS.split(run)
    sizes = [len(group) for group in groups]
    wholes = ["".join(groups)]
    if sizes != [2, 4, 4, 4]:  # so is an ABHA number written
        wholes += [
            "".join(groups[at : at + 3]) for at in range(len(groups)) if sizes[at : at + 3] == [4, 4, 4]
        ]
    return any(_is_aadhaar(number) for number in wholes + groups)


def _is_aadhaar(number: str) -> bool:
    return len(number) == 12 and number[0] in "23456789" and verhoeff.is_valid(number)


def refuse_aadhaar(value: str) -> None:
    """A validator for whatever is written freely: the Aadhaar number is never stored (domain rule)."""
    if looks_like_aadhaar(value):
        raise ValidationError(
            _(
                "This looks like an Aadhaar number. Aadhaar is not kept here. "
                "Take the number out and save again."
            ),
            code="aadhaar",
        )


# Other numbers


def normal_identifier(kind: str, text: str) -> str:
    """A number of this kind as it is kept, or a ValidationError.

    Ration cards and old numbers have shapes of their own: by chance one in ten looks like an Aadhaar.
    """
    typed = " ".join(plain_digits(text).split())
    if kind == "abha_number":
        return normal_abha_number(typed)
    if kind == "abha_address":
        refuse_aadhaar(typed)
        if not is_abha_address(typed):
            raise ValidationError(_("An ABHA address looks like name@abdm."), code="abha_address")
        return typed.lower()
    if kind == "pmjay":
        refuse_aadhaar(typed)
    if not typed or len(typed) > LONGEST_IDENTIFIER or not _HAS_DIGIT.search(typed):
        raise ValidationError(
            _("Write the number as it stands on the paper: at most 40 letters and digits."), code="identifier"
        )
    return typed


# Mobile


def normal_phone(text: str) -> str:
    """Ten digits out of a mobile number as people write it: +91, 91, 0, spaces, hyphens, Hindi digits."""
    dialled = _DIALLED.fullmatch(_BETWEEN_DIGITS.sub("", plain_digits(text)))
    if dialled is None:
        raise ValidationError(
            _(
                "A mobile number has 10 digits and begins with 6, 7, 8 or 9. "
                "Ask for it again, or say there is none."
            ),
            code="phone",
        )
    return dialled[1]


# PIN code


def normal_pincode(text: str) -> str:
    """Six digits out of a PIN code as people write it: in Hindi digits, with a gap."""
    code = _GAPS.sub("", plain_digits(text))
    pincode(code)
    return code


# The search box


@dataclass(frozen=True)
class SearchTerm:
    """What was typed or scanned: its `kind`, and the `value` to look up.

    Kinds: uhid, mistyped_uhid, phone, abha_number, abha_address, name, token, aadhaar, identifier,
    unreadable (a code that says nothing to us), empty.
    A name has its `words`, and in `digits` the end of a mobile number where one was typed with it.
    `old_kind` is what an old hospital number probably is. `written` is the whole text, where words stand
    beside a number: that may be one as well. A code that was not read whole is `torn`.
    An Aadhaar number is not carried along: its `value` is empty.
    """

    kind: str
    value: str = ""
    words: tuple[str, ...] = ()
    digits: str = ""
    old_kind: str = ""
    written: str = ""
    torn: bool = False


def search_kind(text: str) -> SearchTerm:
    """Tell from its shape what stands in the search box: a number, a name in either script, a scan."""
    typed = " ".join(plain_digits(text).split())
    if not typed:
        return SearchTerm("empty")
    if typed.startswith("{"):
        return _card(typed)
    if typed.startswith("<"):
        return _letter(typed)
    if is_abha_address(typed):
        return SearchTerm("abha_address", typed.lower())
    if re.fullmatch(r"\+?[0-9][0-9 \-]*", typed):
        return _number(typed)
    if looks_like_aadhaar(typed):
        return SearchTerm("aadhaar")
    return _called(typed) or _name(typed)


def card_fields(scanned: str) -> dict[str, str] | None:
    """The plain fields of a card's JSON by their names in small letters without gaps; None if it is none.

    Whatever else the code holds (lists, objects, what has no value) is passed over, and nothing is long.
    """
    try:
        said = json.loads(scanned)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    plain = {key: value for key, value in said.items() if type(value) in (str, int)}
    return {
        re.sub(r"[^a-z]", "", key.lower()): " ".join(str(value).split())[:_LONGEST_FIELD]
        for key, value in plain.items()
    }


def _card(scanned: str) -> SearchTerm:
    """An ABHA card's QR is JSON; of a torn one the number or the address is still looked for."""
    fields = card_fields(scanned)
    torn = fields is None
    named = [(fields or {}).get(key, "") for key in (*NUMBER_KEYS, *ADDRESS_KEYS)]
    for value in [*named, *_ABHA_IN_TEXT.findall(scanned)]:
        if is_abha_number(number := _GAPS.sub("", value)):
            return SearchTerm("abha_number", number, torn=torn)
    address = next(filter(is_abha_address, named), "") or _found(_ABHA_ADDRESS, scanned)
    if address:
        return SearchTerm("abha_address", address.lower(), torn=torn)
    return SearchTerm("aadhaar" if looks_like_aadhaar(scanned) else "unreadable", torn=torn)


def _letter(scanned: str) -> SearchTerm:
    """XML stands on Aadhaar letters; of other XML nothing is known."""
    is_aadhaar = _AADHAAR_LETTER.search(scanned) or looks_like_aadhaar(scanned)
    return SearchTerm("aadhaar" if is_aadhaar else "unreadable")


def _called(typed: str) -> SearchTerm | None:
    """An old number with its kind before it: "CR No. 331012600012345"."""
    for pattern, kind in _CALLED:
        called = pattern.fullmatch(typed)
        if called and _HAS_DIGIT.search(called[1]):
            return SearchTerm("identifier", called[1].upper(), old_kind=kind, written=typed)
    return None


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group() if found else ""


def _number(typed: str) -> SearchTerm:
    number = re.sub(r"[^0-9]", "", typed)
    if (_is_aadhaar(number) and typed[0] != "+") or len(number) > _AADHAAR_CODE_DIGITS:
        return SearchTerm("aadhaar")
    if mobile := _DIALLED.fullmatch(typed[0] * (typed[0] == "+") + number):
        return SearchTerm("phone", mobile[1], digits=mobile[1])
    if len(number) == 11 and number[0] != "0":
        return _eleven(number)
    if len(number) == 14:
        return SearchTerm("abha_number", number, digits=number)
    if len(number) < 4:
        return SearchTerm("token", number, digits=number)
    # C-DAC's hospital systems give CR numbers of fifteen digits.
    old_kind = "cr_number" if len(number) == 15 else "old_number"
    return SearchTerm("identifier", typed, digits=number, old_kind=old_kind)


def _eleven(number: str) -> SearchTerm:
    """A UHID. e-Hospital's numbers have eleven digits too, the year first: no node of ours begins with 20."""
    if is_uhid(number):
        return SearchTerm("uhid", number, digits=number, old_kind="ehospital_uhid")
    if number.startswith("20"):
        return SearchTerm("identifier", number, digits=number, old_kind="ehospital_uhid")
    return SearchTerm("mistyped_uhid", number, digits=number)


def _name(typed: str) -> SearchTerm:
    """Words, with the end of a mobile number among them; letters and digits in one word are an old number."""
    words = tuple(word for word in typed.split() if not any(sign.isdigit() for sign in word))
    numbers = [_GAPS.sub("", word) for word in typed.split() if re.fullmatch(r"[0-9\-]+", word)]
    if not words or len(words) + len(numbers) < len(typed.split()):
        return SearchTerm("identifier", typed, old_kind="old_number")
    digits = "".join(numbers)
    end = digits if 4 <= len(digits) <= 10 else ""
    return SearchTerm("name", " ".join(words), words, end, written=typed if numbers else "")
