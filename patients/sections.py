"""What a note consists of: a template's sections, and whether a text fits them.

A template is a list of sections in their order. The section `complaints` is a list of complaints with their
duration; every other one has fields. Both are plain JSON, so that a template can be edited like other rows.
"""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from patients.identifiers import refuse_aadhaar

COMPLAINTS = "complaints"
# The order of a note, whatever its department: one looks for the plan at its end.
SECTIONS = (
    "diagnosis",
    COMPLAINTS,
    "history",
    "examination",
    "assessment",
    "course",
    "condition",
    "plan",
)
FIELD_KINDS = ("line", "text", "choice", "check")
LONGEST = {"line": 200, "text": 4000}
MOST_COMPLAINTS, LONGEST_DURATION = 20, 999
# What is no letter, but a line's end or a tab.
_UNSEEN = {*range(32), 127} - {9, 10, 13}

Layout = list[dict[str, Any]]
Sections = dict[str, Any]


class DurationUnit(models.TextChoices):
    """In what a complaint's duration is counted."""

    HOUR = "hour", _("hours")
    DAY = "day", _("days")
    WEEK = "week", _("weeks")
    MONTH = "month", _("months")
    YEAR = "year", _("years")


def sound_layout(layout: Any) -> None:
    """Refuse a template that no note could be written by."""
    try:
        codes = [section["code"] for section in layout]
        fits = codes == [code for code in SECTIONS if code in codes] and bool(codes)
        fits = fits and all(_is_named(section) for section in layout)
        fits = fits and all(_are_fields(section) for section in layout if section["code"] != COMPLAINTS)
    except (TypeError, KeyError, AttributeError):
        fits = False
    if not fits:
        raise ValidationError(_("The template's sections do not have the form of a note."))


def _is_named(part: Mapping[str, Any]) -> bool:
    return all(isinstance(part[name], str) and part[name] for name in ("code", "name", "name_hi"))


def _are_fields(section: Mapping[str, Any]) -> bool:
    fields = section["fields"]
    codes = [field["code"] for field in fields]
    sound = all(_is_named(one) and one["kind"] in FIELD_KINDS for one in fields)
    choices = (one["choices"] for one in fields if one["kind"] == "choice")
    return (
        bool(codes) and len(set(codes)) == len(codes) and sound and all(_are_choices(one) for one in choices)
    )


def _are_choices(choices: Any) -> bool:
    return bool(choices) and all(_is_named(one) for one in choices)


def fitted(sections: Any, layout: Layout) -> Sections:
    """The text as it is kept: tidy, without what is empty. Refuses what the template does not ask for."""
    if not isinstance(sections, Mapping):
        raise ValidationError(_("A note is written in sections."))
    known = {section["code"]: section for section in layout}
    if set(sections) - set(known):
        raise ValidationError(_("The template of this note has no such section."))
    kept: Sections = {}
    for code, section in known.items():
        if code in sections:
            said = _complaints(sections[code]) if code == COMPLAINTS else _fields(sections[code], section)
            kept |= {code: said} if said else {}
    return kept


def _complaints(said: Any) -> list[dict[str, Any]]:
    if not isinstance(said, list) or len(said) > MOST_COMPLAINTS:
        raise ValidationError(_("Write the complaints as a list, at most twenty."))
    return [one for one in map(_complaint, said) if one]


def _complaint(said: Any) -> dict[str, Any]:
    if not isinstance(said, Mapping) or set(said) - {"text", "duration", "unit"}:
        raise ValidationError(_("A complaint has its words, and how long it has lasted."))
    words, duration, unit = _words(said.get("text", ""), "line"), said.get("duration"), said.get("unit")
    if not words:
        if duration or unit:
            raise ValidationError(_("Write which complaint has lasted so long."))
        return {}
    if duration is None and not unit:
        return {"text": words}
    if not isinstance(duration, int) or isinstance(duration, bool) or not 0 < duration <= LONGEST_DURATION:
        raise ValidationError(_("Write how long: a number from 1 to 999."))
    if unit not in DurationUnit.values:
        raise ValidationError(_("Say whether these are hours, days, weeks, months or years."))
    return {"text": words, "duration": duration, "unit": str(unit)}


def _fields(said: Any, section: Mapping[str, Any]) -> dict[str, Any]:
    known = {field["code"]: field for field in section["fields"]}
    if not isinstance(said, Mapping) or set(said) - set(known):
        raise ValidationError(_("The template of this note has no such field."))
    values = {code: _value(said[code], field) for code, field in known.items() if code in said}
    return {code: value for code, value in values.items() if value}


def _value(said: Any, field: Mapping[str, Any]) -> str | bool:
    if field["kind"] == "check":
        if not isinstance(said, bool):
            raise ValidationError(_("This is either so or not."))
        return said
    if field["kind"] == "choice":
        if said not in ("", *(one["code"] for one in field["choices"])):
            raise ValidationError(_("This is not one of the choices."))
        return str(said)
    return _words(said, field["kind"])


def _words(said: Any, kind: str) -> str:
    if not isinstance(said, str) or not _UNSEEN.isdisjoint(map(ord, said)):
        raise ValidationError(_("This does not have the right form."))
    words = said.strip() if kind == "text" else " ".join(said.split())
    if len(words) > LONGEST[kind]:
        raise ValidationError(_("At most %(most)s letters."), params={"most": LONGEST[kind]})
    refuse_aadhaar(words)
    return words


def filled(sections: Sections, former: Sections, layout: Layout) -> Sections:
    """The text with what is empty taken from a former note, as far as this template asks for it."""
    known = {section["code"]: section for section in layout}
    whole = dict(sections)
    for code in (code for code in known if code in former):
        if code == COMPLAINTS:
            whole.setdefault(code, former[code])
        else:
            asked = {field["code"]: field for field in known[code]["fields"]}
            old = {name: value for name, value in former[code].items() if _still_fits(value, asked.get(name))}
            both = old | whole.get(code, {})
            whole |= {code: both} if both else {}
    return whole


def _still_fits(value: Any, field: Mapping[str, Any] | None) -> bool:
    try:
        return field is not None and bool(_value(value, field))
    except ValidationError:
        return False


# How a duration is written at the end of a line: "fever 4d", "bukhar 4 din", "खाँसी 2 हफ़्ते".
_UNIT_WORDS = {
    DurationUnit.HOUR: "h hr hrs hour hours ghanta ghante घंटा घंटे",
    DurationUnit.DAY: "d day days din दिन",
    DurationUnit.WEEK: "w wk wks week weeks hafta hafte हफ़्ता हफ़्ते हफ्ता हफ्ते सप्ताह",
    DurationUnit.MONTH: "m mo month months mahina mahine महीना महीने माह",
    DurationUnit.YEAR: "y yr yrs year years sal saal साल वर्ष",
}
UNITS_BY_WORD = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}
_LASTS = re.compile(r"^(?P<text>.+?)[\s,:·-]+(?P<duration>[0-9]{1,3})\s*(?P<unit>[^\W\d_][^\s\d]*)\.?$")


def complaints_from(lines: str) -> list[dict[str, Any]]:
    """A complaint a line (or between semicolons), with how long it has lasted at its end."""
    return [_complaint_from(one) for one in re.split(r"[\n;]", lines) if one.strip()]


def _complaint_from(line: str) -> dict[str, Any]:
    words = " ".join(line.split())
    found = _LASTS.match(words)
    unit = found and UNITS_BY_WORD.get(found["unit"].lower())
    if not found or not unit or not int(found["duration"]):
        return {"text": words}
    return {"text": found["text"], "duration": int(found["duration"]), "unit": unit.value}


def complaints_said(complaints: Iterable[Mapping[str, Any]]) -> str:
    """The complaints as `complaints_from` takes them, in the reader's language."""
    return "\n".join(map(_complaint_said, complaints))


def _complaint_said(one: Mapping[str, Any]) -> str:
    if "duration" not in one:
        return str(one["text"])
    return f"{one['text']} {one['duration']} {DurationUnit(one['unit']).label}"


def value_of(said: Any, field: Mapping[str, Any]) -> str | bool:
    """One field's text as it is kept; refuses what does not fit it."""
    return _value(said, field)


def is_folded(section: str, place: int, field: Mapping[str, Any]) -> bool:
    """Whether a form asks for it only when it is opened: what a routine consultation leaves empty."""
    if section == "history":
        return place > 0
    return section == "assessment" or (section == "plan" and field["kind"] == "line")


def told(sections: Sections, layout: Layout, *, in_hindi: bool) -> list[dict[str, Any]]:
    """What is written, in the template's order, with the headings of one language, for a page."""
    name = "name_hi" if in_hindi else "name"
    read = []
    for section in (one for one in layout if one["code"] in sections):
        written = sections[section["code"]]
        if section["code"] == COMPLAINTS:
            lines = [{"name": "", "text": _complaint_said(one)} for one in written]
        else:
            fields = [one for one in section["fields"] if one["code"] in written]
            lines = [{"name": one[name], "text": _said(one, written[one["code"]], name)} for one in fields]
        read.append({"name": section[name], "lines": lines})
    return read


def _said(field: Mapping[str, Any], value: Any, name: str) -> str:
    if field["kind"] == "check":
        return str(_("yes"))
    if field["kind"] == "choice":
        return {one["code"]: str(one[name]) for one in field["choices"]}.get(value, str(value))
    return str(value)


def gist_of(sections: Sections) -> str:
    """What a list says of a note: its complaints in a line."""
    return ", ".join(one["text"] for one in sections.get(COMPLAINTS, []))


def digest(sections: Sections, diagnoses: Iterable[Mapping[str, Any]]) -> str:
    """What a signature stands for: the whole text and the diagnoses, in one spelling."""
    text = json.dumps([sections, list(diagnoses)], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
