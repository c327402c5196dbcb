"""A note, by its template; and why a closed chart is opened."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.forms.fields import words
from patients.identifiers import refuse_aadhaar
from patients.models import ClinicalNote
from patients.sections import (
    COMPLAINTS,
    LONGEST,
    Sections,
    complaints_from,
    complaints_said,
    fitted,
    is_folded,
    value_of,
)
from patients.services import Writing


class GlassForm(forms.Form):
    """Why a closed chart must be opened now."""

    reason = words(_("Why must you see this chart now?"), length=200, required=True)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].widget.attrs |= {"autofocus": True, "autocomplete": "off"}


class ComplaintsField(forms.CharField):
    """A complaint a line, with how long it has lasted at its end."""

    def clean(self, value: Any) -> list[dict[str, Any]]:
        """The complaints as a note keeps them."""
        said = complaints_from(super().clean(value))
        kept: Sections = fitted({COMPLAINTS: said}, [{"code": COMPLAINTS}])
        return kept.get(COMPLAINTS, [])


class WrittenField(forms.CharField):
    """One field of a template: a line or a text."""

    def __init__(self, *, asked: Mapping[str, Any], **options: Any) -> None:
        super().__init__(**options)
        self.asked = asked

    def clean(self, value: Any) -> str | bool:
        """What the note keeps of it."""
        return value_of(super().clean(value).replace("\r\n", "\n"), self.asked)


def _asked_for(field: Mapping[str, Any], name: str) -> forms.Field:
    label, kind = field[name], field["kind"]
    if kind == "check":
        return forms.BooleanField(label=label, required=False)
    if kind == "choice":
        choices = [("", "—"), *((one["code"], one[name]) for one in field["choices"])]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    attrs = {"maxlength": LONGEST[kind], "lang": "en", "autocomplete": "off"}
    lines = forms.Textarea({**attrs, "rows": 2}) if kind == "text" else forms.TextInput(attrs)
    return WrittenField(label=label, required=False, widget=lines, asked=field)


class Box(NamedTuple):
    """A box beside a note, whose text goes nowhere before it is chosen or sent."""

    id: str
    words: Any  # why the note is not signed while something stands in it


# By the name under which the note's form sends it along.
BOXES_BESIDE = {
    "substance": Box(
        "allergic-to", _("You typed an allergy that is not written down. Write it down or delete it.")
    ),
    "q": Box(
        "diagnosis", _("You typed a diagnosis that is not added. Choose it from the list or delete it.")
    ),
    "line": Box(
        "medicine", _("You typed a medicine that is not added. Choose it from the list or delete it.")
    ),
    "words": Box("tests-words", _("You typed a test that is not ordered. Order it or delete it.")),
}


# In the place of which line, or of which medicine that runs, the text in the box of medicines comes.
PLACE_OF_MEDICINE = "[name='rewrites'], [name^='replaces']"


def left_beside(data: Mapping[str, str]) -> dict[str, str]:
    """{name of the box: what was typed into it}, as a window sends it along with its note."""
    said = {name: data.get(name, "").strip() for name in BOXES_BESIDE}
    return {name: text for name, text in said.items() if text}


class NoteForm(forms.Form):
    """A note as its template asks for it. Its fields name their form, so that others may stand among them."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(
        self, data: Any = None, *, note: ClinicalNote, initial: dict[str, Any] | None = None
    ) -> None:
        said = {"version": note.version, **_initial(note), **(initial or {})}
        super().__init__(data, initial=said)
        name = "name_hi" if get_language() == "hi" else "name"
        self.note, self.parts = note, []
        for section in note.layout():
            part = {"code": section["code"], "name": section[name], "shown": [], "folded": []}
            if section["code"] == COMPLAINTS:
                self.fields[COMPLAINTS] = ComplaintsField(
                    label=section[name],
                    required=False,
                    widget=forms.Textarea({"rows": 2, "lang": "en", "autofocus": True}),
                    help_text=_("One in each line, with how long at the end: fever 4d"),
                )
                part["shown"].append(COMPLAINTS)
            for place, field in enumerate(section.get("fields", [])):
                key = f"{section['code']}-{field['code']}"
                self.fields[key] = _asked_for(field, name)
                part["folded" if is_folded(section["code"], place, field) else "shown"].append(key)
            self.parts.append(part)
        for field in self.fields.values():
            field.widget.attrs["form"] = "note"

    def shown(self) -> dict[str, list[forms.BoundField]]:
        """{section: what is asked at once}."""
        return {part["code"]: [self[name] for name in part["shown"]] for part in self.parts}

    def folded(self) -> list[forms.BoundField]:
        """What is asked when it is opened."""
        return [self[name] for part in self.parts for name in part["folded"]]

    def is_unfolded(self) -> bool:
        """Whether something is written in it, or wrong."""
        return any(field.value() or field.errors for field in self.folded())

    def writing(self) -> Writing:
        """What the services take."""
        written: Sections = {}
        for part in self.parts:
            names = [*part["shown"], *part["folded"]]
            if part["code"] == COMPLAINTS:
                written[COMPLAINTS] = self.cleaned_data[COMPLAINTS]
            else:
                written[part["code"]] = {
                    name.partition("-")[2]: self.cleaned_data[name]
                    for name in names
                    if self.cleaned_data[name]
                }
        return Writing(self.cleaned_data["version"], written)

    def refuse_what_is_left(self) -> None:
        """Refuse a signature while something typed beside the note is not added: it would be lost unsaid."""
        for name in left_beside(self.data):
            self.add_error(None, BOXES_BESIDE[name].words)

    @staticmethod
    def boxes() -> str:
        """{id of the box: why nothing is signed while it is not empty}, for the page's script."""
        return json.dumps({box.id: str(box.words) for box in BOXES_BESIDE.values()})

    @staticmethod
    def box_ids() -> str:
        """The selector of what the page sends along."""
        return ", ".join([*(f"#{box.id}" for box in BOXES_BESIDE.values()), PLACE_OF_MEDICINE])

    def goes_out_from(self, version: int, **more: str) -> None:
        """Shown again with what was typed, it is about this version now: whoever chose has seen both."""
        self.data = MultiValueDict(
            {name: [value] for name, value in {**self.data, "version": str(version), **more}.items()}
        )

    def differences(self, note: ClinicalNote) -> list[dict[str, str]]:
        """Each field that says something else here than in the note as another window has saved it."""
        stands = _initial(note)
        found = []
        for name in (name for part in self.parts for name in (*part["shown"], *part["folded"])):
            mine, theirs = _plainly(self[name].value()), _plainly(stands.get(name))
            if mine != theirs:
                found.append({"label": str(self[name].label), "mine": mine, "theirs": theirs})
        return found


def _initial(note: ClinicalNote) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for code, written in note.sections.items():
        if code == COMPLAINTS:
            said[COMPLAINTS] = complaints_said(written)
        else:
            said |= {f"{code}-{name}": value for name, value in written.items()}
    return said


def _plainly(value: Any) -> str:
    if value in (True, "on"):
        return str(_("yes"))
    return str(value or "").replace("\r\n", "\n").strip()


class AddendumForm(forms.Form):
    """What is added to a signed note, and why."""

    reason = words(_("Why something is added"), length=200, required=True)
    text = forms.CharField(
        label=_("What is added"),
        max_length=4000,
        validators=[refuse_aadhaar],
        widget=forms.Textarea({"rows": 4}),
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].widget.attrs["autofocus"] = True
