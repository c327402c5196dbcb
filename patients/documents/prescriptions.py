"""What a prescription says: in capitals for the counter, in pictures and their own words for the patient."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from patients.prescribing.forms import label
from patients.prescribing.frequencies import SLOTS
from patients.prescribing.lines import SEPARATOR, Line, number, shown, shown_amount
from patients.prescribing.medicines import Medicine
from patients.prescribing.quantities import quantity
from patients.prescribing.telling import times, told, told_seldom

RESERVE, DUPLICATED = "reserve", "X"
# What the Drugs Rules 1945 ask to be said of a schedule, and what a hospital says besides, in both languages.
SCHEDULES = {"G": "G", "H": "H Rx", "H1": "H1 Rx", "X": "X XRx"}
SIGNS = {
    "G": ("डॉक्टर की देखरेख में ही लें", "Schedule G: take only under a doctor's supervision"),
    "H Rx": ("डॉक्टर की पर्ची पर ही मिलेगी", "Schedule H: sold on prescription only"),
    "H1 Rx": (
        "डॉक्टर की पर्ची पर ही मिलेगी; काउंटर इसे H1 रजिस्टर में चढ़ाता है",
        "Schedule H1: sold on prescription only; entered in the counter's H1 register",
    ),
    "X XRx": (
        "दो प्रतियों वाली पर्ची पर ही मिलेगी; काउंटर एक प्रति दो साल रखता है",
        "Schedule X: on a prescription in duplicate; the counter keeps one copy for two years",
    ),
    "RESERVE": ("आख़िरी सहारे की एंटीबायोटिक", "Reserve group: an antibiotic of last resort"),
    "!": ("मात्रा दोबारा जाँचें", "high alert: check the dose twice"),
    "*": ("दवा समिति से अभी मंज़ूर नहीं", "entry not yet approved by the hospital"),
}
_COPIES = (("मरीज़ की प्रति", "Patient's copy"), ("काउंटर की प्रति", "Counter's copy"))
_WEEKDAYS_HI = ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार")


@dataclass(frozen=True)
class Signer:
    """Who signs a prescription, as the law and the registry know them."""

    name: str
    name_hi: str = ""
    council_number: str = ""
    hpr_id: str = ""
    grade: str = ""
    grade_hi: str = ""


@dataclass(frozen=True)
class AllergiesSaid:
    """What papers say of allergies: a list, that none is known since a day, or that nobody has asked."""

    is_asked: bool = False
    asked_at: datetime | None = None
    listed: Sequence[str] = ()
    unchecked: Sequence[str] = ()  # those of them that no medicine is checked against

    def frozen(self) -> dict[str, Any]:
        return {
            "is_asked": self.is_asked,
            "asked_at": self.asked_at.isoformat() if self.asked_at else "",
            "listed": list(self.listed),
            "unchecked": list(self.unchecked),
        }


@dataclass(frozen=True)
class PrescribedLine:
    """One line as it was signed; a Reserve antibiotic says what for, and who agreed to it."""

    line: Line
    indication: str = ""
    approved_by: Signer | None = None


@dataclass(frozen=True)
class PrescriptionPaper:
    """Everything that a prescription's paper says, whatever models it comes from."""

    number: str
    at: datetime
    check_url: str
    facility: dict[str, str]  # facilities.documents.heading, with its address and phone
    person: dict[str, Any]  # patients.documents.person
    department: str
    department_hi: str
    doctor: Signer
    lines: Sequence[PrescribedLine]
    countersigned_by: Signer | None = None
    awaits_countersign: bool = False
    weight: str = ""
    diagnoses: Sequence[dict[str, Any]] = ()  # as a note's paper has them
    complaints: Sequence[str] = ()
    vitals: Sequence[tuple[str, str]] = ()
    allergies: AllergiesSaid = AllergiesSaid()
    advice: str = ""
    follow_up_on: date | None = None


def prescription_words(paper: PrescriptionPaper) -> dict[str, Any]:
    """The context of a prescription, as it is frozen in the act."""
    needs_two = any(one.line.medicine.schedule == DUPLICATED for one in paper.lines)
    return {
        "facility": paper.facility,
        **paper.person,
        "number": paper.number,
        "at": paper.at.isoformat(),
        "check_url": paper.check_url,
        "department": paper.department,
        "department_hi": paper.department_hi,
        "weight": paper.weight,
        "doctor": _signed(paper.doctor),
        "countersigned_by": _signed(paper.countersigned_by),
        "awaits_countersign": paper.awaits_countersign,
        "diagnoses": list(paper.diagnoses),
        "complaints": list(paper.complaints),
        "vitals": [{"name": name, "value": value} for name, value in paper.vitals],
        "allergies": paper.allergies.frozen(),
        "lines": [_prescribed(one) for one in paper.lines],
        "legend": _legend([one.line.medicine for one in paper.lines]),
        "advice": paper.advice,
        "follow_up_on": paper.follow_up_on.isoformat() if paper.follow_up_on else "",
        "follow_up_day_hi": _WEEKDAYS_HI[paper.follow_up_on.weekday()] if paper.follow_up_on else "",
        "leaves": [{"hi": hindi, "en": english} for hindi, english in _COPIES] if needs_two else [{}],
    }


def _signed(signer: Signer | None) -> dict[str, str] | None:
    return vars(signer).copy() if signer else None


def _prescribed(one: PrescribedLine) -> dict[str, Any]:
    """A line for the counter in its own words, and for the patient in theirs."""
    line, medicine = one.line, one.line.medicine
    counted = quantity(line)
    return {
        "label": label(medicine),
        "dose": _dose_shown(line),
        "note": line.note,
        "quantity": shown_amount(counted.given_out, counted.unit) if counted else "",
        "told_hi": told(line, "hi"),
        "told": told(line, "en"),
        "pictures": _pictures(line),
        "seldom_hi": told_seldom(line, hindi=True),
        "signs": _signs(medicine),
        "is_duplicated": medicine.schedule == DUPLICATED,
        "is_reserve": medicine.aware_group == RESERVE,
        "indication": one.indication,
        "approved_by": _signed(one.approved_by),
        # None: the counter has not said.
        "is_at_counter": medicine.available if medicine.listed else False,
    }


def _dose_shown(line: Line) -> str:
    """The line as it reads itself, without the label and the note that stand beside it."""
    text = shown(replace(line, note=""))
    return text.removeprefix(label(line.medicine)).removeprefix(SEPARATOR)


def _pictures(line: Line) -> list[dict[str, str]]:
    """The sun and the moon with what is taken then; of a taper one amount after the other."""
    unit, taken = line.stages[0].dose_unit, dict(times(line))
    if not taken:
        return []
    return [
        {"slot": slot, "amount": ", ".join(number(amount, unit) for amount in taken.get(slot, ()))}
        for slot in SLOTS
    ]


def _signs(medicine: Medicine) -> list[str]:
    """What is to be known before it is given out; each sign is explained below the medicines."""
    said = {
        SCHEDULES.get(medicine.schedule, ""): medicine.schedule in SCHEDULES,
        "RESERVE": medicine.aware_group == RESERVE,
        "!": medicine.high_alert,
        "*": not medicine.approved,
    }
    return [sign for sign, is_said in said.items() if is_said]


def _legend(medicines: Sequence[Medicine]) -> list[dict[str, str]]:
    used = {sign for medicine in medicines for sign in _signs(medicine)}
    return [{"sign": sign, "hi": words[0], "en": words[1]} for sign, words in SIGNS.items() if sign in used]
