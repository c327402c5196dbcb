"""A line as the patient is told it, in Hindi and English, and the amounts beside the sun and the moon.

Wording by the compiler of the frequency table: a Hindi-speaking pharmacist reads it aloud before it is used.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import get_language

from patients.prescribing.frequencies import AS_NEEDED, EVERY, FREQUENCIES, SLOTS, TWICE_A_WEEK
from patients.prescribing.lines import WEEKDAYS, Line, Stage, number, shown_amount, shown_days
from patients.prescribing.phrases import folded

BETWEEN = " — "
# A cream is put on; nobody counts "1 application".
APPLIED = "application"
_UNITS_HI = {
    "tablet": "गोली",
    "capsule": "कैप्सूल",
    "mL": "मि.ली.",
    "mg": "मि.ग्रा.",
    "g": "ग्राम",
    "mcg": "माइक्रोग्राम",
    "unit": "यूनिट",
    "drop": "बूँद",
    "puff": "पफ़",
    "spray": "स्प्रे",
    "sachet": "पैकेट",
    "application": "बार लगाएँ",
    "suppository": "बत्ती",
    "pessary": "बत्ती",
    "vial": "शीशी",
    "ampoule": "एम्प्यूल",
    "dose": "ख़ुराक",
    "piece": "नग",
    "strip": "पट्टी",
}
# Halves as they are said: nobody takes "0.5 tablets".
_HALVES_HI = {Decimal("0.5"): "आधी (½)", Decimal("1.5"): "डेढ़ (1½)", Decimal("2.5"): "ढाई (2½)"}
_SLOTS_HI = {"morning": "सुबह", "noon": "दोपहर", "evening": "शाम", "night": "रात"}
_SLOTS_EN = {
    "morning": "in the morning",
    "noon": "at noon",
    "evening": "in the evening",
    "night": "at night",
}
_FOODS = {
    "before": ("खाने से पहले", "before food"),
    "after": ("खाने के बाद", "after food"),
    "with": ("खाने के साथ", "with food"),
    "empty": ("ख़ाली पेट", "on an empty stomach"),
}
_ROUTES = {
    "oral": ("", ""),
    "sublingual": ("जीभ के नीचे रखें", "under the tongue"),
    "parenteral": ("सुई से", "as an injection"),
    "iv": ("नस में सुई से", "as an injection into a vein"),
    "im": ("मांसपेशी में सुई से", "as an injection into a muscle"),
    "sc": ("चमड़ी के नीचे सुई से", "as an injection under the skin"),
    "id": ("चमड़ी में सुई से", "as an injection into the skin"),
    "topical": ("चमड़ी पर", "on the skin"),
    "ophthalmic": ("आँख में", "in the eye"),
    "otic": ("कान में", "in the ear"),
    "nasal": ("नाक में", "in the nose"),
    "inhalation": ("साँस से खींचें", "breathed in"),
    "rectal": ("मलद्वार में रखें", "into the rectum"),
    "vaginal": ("योनि में रखें", "into the vagina"),
    "vaginal/cervical": ("योनि में रखें", "into the vagina"),
}
_ELSE = ("जैसे डॉक्टर ने बताया", "as the doctor said")
_WEEKDAYS_HI = ("सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार")
# The commonest reasons that doctors write in English.
_REASONS_HI = {
    "fever": "बुखार",
    "pain": "दर्द",
    "headache": "सिर दर्द",
    "body ache": "बदन दर्द",
    "cough": "खाँसी",
    "cold": "सर्दी",
    "vomiting": "उल्टी",
    "nausea": "जी मिचलाने",
    "itching": "खुजली",
    "acidity": "गैस और जलन",
    "loose motion": "दस्त",
    "loose motions": "दस्त",
    "sleep": "नींद",
    "breathlessness": "साँस फूलने",
    "chest pain": "सीने में दर्द",
    "bp": "बी.पी.",
    "sugar": "शुगर",
    "allergy": "एलर्जी",
    "stomach pain": "पेट दर्द",
    "pain abdomen": "पेट दर्द",
    "constipation": "क़ब्ज़",
}
_LATIN = re.compile(r"[A-Za-z]")


def told(line: Line, language: str) -> str:
    """1 गोली सुबह, 1 दोपहर, 1 रात — खाने के बाद — 5 दिन; the same in English for "en"."""
    hindi = language == "hi"
    parts = [told_steps(line, hindi=hindi), _of(_ROUTES.get(line.route, _ELSE), hindi)]
    if line.food:
        parts.append(_of(_FOODS[line.food], hindi))
    if len(line.stages) == 1:
        parts.append(_days(line.stages[0].days, hindi))
    parts.append(_reason(line.note) if hindi else line.note)
    return BETWEEN.join(part for part in parts if part)


def told_steps(line: Line, *, hindi: bool) -> str:
    """What is taken when; of a taper one step after the other, each with its days."""
    if len(line.stages) == 1:
        return _stage(line.stages[0], hindi)
    steps = []
    for nth, stage in enumerate(line.stages):
        first = ("पहले" if hindi else "first") if nth == 0 else ("फिर" if hindi else "then")
        days = _days(stage.days, hindi)
        steps.append(f"{first} {days}: {_stage(stage, hindi)}" if days else f"{first} {_stage(stage, hindi)}")
    return "; ".join(steps)


def times(line: Line) -> tuple[tuple[str, tuple[Decimal, ...]], ...]:
    """(morning, amounts by stage) …: only the times of the day at which something is taken."""
    by_stage = [slots_of(stage) for stage in line.stages]
    if any(slots is None for slots in by_stage):
        return ()
    known = [slots for slots in by_stage if slots is not None]
    found = [(name, tuple(slots[nth] for slots in known)) for nth, name in enumerate(SLOTS)]
    return tuple((name, amounts) for name, amounts in found if any(amounts))


def told_seldom(line: Line, *, hindi: bool) -> str:
    """What stands large in place of the pictures, where it is not taken every day: सिर्फ़ सोमवार को."""
    if not any(stage.frequency in {*EVERY, TWICE_A_WEEK} for stage in line.stages):
        return ""
    often = dict.fromkeys(_seldom(stage, hindi) for stage in line.stages)
    return ("; फिर " if hindi else "; then ").join(often)


def _seldom(stage: Stage, hindi: bool) -> str:
    if stage.slots:
        return _slots(stage, hindi)
    if stage.weekdays:
        return f"{'सिर्फ़' if hindi else 'only'} {_weekdays(stage, hindi)}"
    return _often(stage, hindi)


def slots_of(stage: Stage) -> tuple[Decimal, ...] | None:
    """The amounts at morning, noon, evening and night; None where the times are not those of the day."""
    if stage.slots:
        return stage.slots
    given = FREQUENCIES[stage.frequency].slots
    if not given or stage.dose is None or stage.as_needed:
        return None
    return tuple(stage.dose if slot in given else Decimal(0) for slot in SLOTS)


def amount_told(amount: Decimal, unit: str, *, hindi: bool) -> str:
    """आधी (½) गोली, 5 मि.ली."""
    if unit == APPLIED and amount == 1:
        return "लगाएँ" if hindi else "apply"
    if not hindi:
        return shown_amount(amount, unit)
    return f"{_count(amount, unit)} {_UNITS_HI[unit]}"


def amount_shown(amount: Decimal, unit: str) -> str:
    """1 tablet, 15 tablets; 15 गोली on a Hindi screen; the number alone where nobody said of what."""
    if not unit:
        return number(amount, unit)
    return amount_told(amount, unit, hindi=get_language() == "hi")


def _count(amount: Decimal, unit: str) -> str:
    spoken = _HALVES_HI.get(amount) if unit in {"tablet", "capsule"} else None
    return spoken or number(amount, unit)


def _of(pair: Sequence[str], hindi: bool) -> str:
    return pair[0] if hindi else pair[1]


def _days(days: int | None, hindi: bool) -> str:
    if days is None:
        return ""
    return f"{days} दिन" if hindi else shown_days(days)


def _stage(stage: Stage, hindi: bool) -> str:
    frequency = FREQUENCIES.get(stage.frequency)
    by_slots = stage.slots or (frequency and len(frequency.slots) > 1 and stage.dose is not None)
    if by_slots:
        said = _slots(stage, hindi)
    else:
        dose = "" if stage.dose is None else amount_told(stage.dose, stage.dose_unit, hindi=hindi)
        words = (dose, _often(stage, hindi))
        if hindi and stage.dose_unit == APPLIED:
            words = words[::-1]  # the verb stands last
        said = " ".join(one for one in words if one)
    return said + _at_need(stage, hindi)


def _slots(stage: Stage, hindi: bool) -> str:
    """1 गोली सुबह, 1 दोपहर, 1 रात: the unit once."""
    if stage.slots:
        slots: Sequence[Decimal] = stage.slots
    else:
        given, dose = FREQUENCIES[stage.frequency].slots, stage.dose or Decimal(0)
        slots = [dose if name in given else Decimal(0) for name in SLOTS]
    names = _SLOTS_HI if hindi else _SLOTS_EN
    taken = [(name, amount) for name, amount in zip(SLOTS, slots, strict=True) if amount]
    if stage.dose_unit == APPLIED and all(amount == 1 for _name, amount in taken):
        when = ", ".join(names[name] for name, _amount in taken)
        return f"{when} लगाएँ" if hindi else f"apply {when}"
    (first, amount), *later = taken
    words = [f"{amount_told(amount, stage.dose_unit, hindi=hindi)} {names[first]}"]
    words += [f"{_again(amount, stage, hindi)} {names[name]}" for name, amount in later]
    return ", ".join(words)


def _again(amount: Decimal, stage: Stage, hindi: bool) -> str:
    return _count(amount, stage.dose_unit) if hindi else number(amount, stage.dose_unit)


def _often(stage: Stage, hindi: bool) -> str:
    """The table's own words; "once a week" says aloud that it is not daily."""
    frequency = FREQUENCIES[stage.frequency]
    if stage.frequency == AS_NEEDED:
        return "ज़रूरत पड़ने पर ही लें" if hindi else "only when needed"
    if stage.frequency == "WEEKLY":
        days = _weekdays(stage, hindi)
        if hindi:
            return f"हफ़्ते में सिर्फ़ एक बार, {days or 'हर बार एक ही दिन'}, रोज़ नहीं"
        return f"only once a week, {days or 'always on the same day'}, not daily"
    if stage.frequency == TWICE_A_WEEK and stage.weekdays:
        return f"{_of((frequency.hindi, frequency.english), hindi)}, {_weekdays(stage, hindi)}"
    if stage.frequency.startswith("q"):
        hours = stage.frequency[1:-1]
        if hours == "1":
            return "हर घंटे" if hindi else "every hour"
        return f"हर {hours} घंटे पर" if hindi else f"every {hours} hours"
    return frequency.hindi if hindi else frequency.english


def _weekdays(stage: Stage, hindi: bool) -> str:
    if not stage.weekdays:
        return ""
    if hindi:
        return " और ".join(_WEEKDAYS_HI[day] for day in stage.weekdays) + " को"
    return "on " + " and ".join(WEEKDAYS[day] for day in stage.weekdays)


def _at_need(stage: Stage, hindi: bool) -> str:
    said = ""
    if stage.as_needed and stage.frequency != AS_NEEDED:
        said += ", ज़रूरत पड़ने पर ही" if hindi else ", only when needed"
    if stage.most:
        said += f", दिन में ज़्यादा से ज़्यादा {stage.most} बार" if hindi else f", at most {stage.most} times a day"
    return said


def _reason(note: str) -> str:
    """The doctor's note, if it is Hindi or a usual reason; other English stays on the doctor's line."""
    if note and not _LATIN.search(note):
        return note
    begun, _space, reason = note.partition(" ")
    reason_hi = _REASONS_HI.get(" ".join(folded(word) for word in reason.split()))
    if not reason_hi or begun.lower() not in {"for", "if", "when"}:
        return ""
    return f"{reason_hi} के लिए" if begun.lower() == "for" else f"{reason_hi} होने पर"
