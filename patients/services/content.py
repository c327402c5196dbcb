"""Clinical content as sheets: what each column says, and rows taken over from one. No source, no row."""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from hmis.kernel.errors import Refusal
from hmis.kernel.ids import uuid_everywhere
from patients.models import (
    CONTENT,
    Aware,
    Content,
    ContentEdition,
    ContentKind,
    Flag,
    Ingredient,
    InteractionSeverity,
    Population,
    Schedule,
)
from patients.prescribing.limits import band_of
from patients.prescribing.terms import term

DATA = Path(__file__).parents[1] / "data"
FILES = {
    ContentKind.INGREDIENT: "ingredients.csv",
    ContentKind.MEDICATION: "medications.csv",
    ContentKind.INTERACTION: "interactions.csv",
    ContentKind.DOSE_LIMIT: "max_doses.csv",
    ContentKind.MEDICINE_SET: "sets.csv",
}

Read = Callable[[str], Any]


def _one_of(choices: Any, *, fold: bool = True, empty: Any = "") -> Read:
    def read(text: str) -> Any:
        said = text.casefold() if fold else text
        if not said:
            return empty
        if said not in choices.values:
            raise Refusal(_("It is one of: %(choices)s."), choices=", ".join(choices.values))
        return said

    return read


def _text(text: str) -> str:
    return text


def _list(text: str) -> list[str]:
    return [one.strip() for one in text.split("|") if one.strip()]


def _yes(text: str) -> bool:
    if text.casefold() not in {"yes", "no", ""}:
        raise Refusal(_("Write yes or no."))
    return text.casefold() == "yes"


def _amount(text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal(0)
    if not 0 < amount < 1_000_000_000:
        raise Refusal(_("Write an amount above nothing, in digits."))
    return amount.quantize(Decimal("0.001"))


def _whole(text: str) -> int | None:
    if text and not re.fullmatch(r"[0-9]{1,4}", text):
        raise Refusal(_("Write a whole number."))
    return int(text) if text else None


def _level(text: str) -> str:
    if text not in {"", "P/S/T", "S/T", "T"}:
        raise Refusal(_("It is one of: %(choices)s."), choices="P/S/T, S/T, T")
    return text


def _band(text: str) -> str:
    band_of(text)
    return text


def _term(text: str) -> str:
    if term(text) is None:
        raise Refusal(_("The list of terms does not say which ingredients this means."))
    return text


# For each kind: the column of a sheet, the field, and how its text is read. The first ones make the key.
COLUMNS: dict[str, list[tuple[str, str, Read]]] = {
    ContentKind.INGREDIENT: [
        ("ingredient", "name", _text),
        ("name_hi", "name_hi", _text),
        ("atc_code", "atc_code", _text),
        ("class", "class_name", _text),
        ("cross_reactivity_note", "cross_note", _text),
    ],
    ContentKind.MEDICATION: [
        ("generic_name", "generic_name", _text),
        ("strength", "strength", _text),
        ("form", "form", _text),
        ("route", "route", _text),
        ("name_hi", "name_hi", _text),
        ("atc_code", "atc_code", _text),
        ("ingredients", "ingredients", _list),
        ("pregnancy_flag", "pregnancy_flag", _one_of(Flag, empty=Flag.UNKNOWN)),
        ("lactation_flag", "lactation_flag", _one_of(Flag, empty=Flag.UNKNOWN)),
        ("flag_source", "flag_source", _text),
        ("high_alert", "high_alert", _yes),
        ("antibiotic_aware", "aware_group", _one_of(Aware)),
        ("schedule", "schedule", _one_of(Schedule, fold=False)),
        ("nlem_2022", "nlem_level", _level),
    ],
    ContentKind.INTERACTION: [
        ("a", "a", _term),
        ("b", "b", _term),
        ("severity", "severity", _one_of(InteractionSeverity)),
        ("effect", "effect", _text),
        ("what_to_do", "what_to_do", _text),
    ],
    ContentKind.DOSE_LIMIT: [
        ("ingredient", "ingredient", _text),
        ("population", "population", _one_of(Population)),
        ("route", "route", _text),
        ("min_age_or_weight", "band", _band),
        ("unit", "unit", _text),
        ("members", "members", _list),
        ("max_single", "max_single", _amount),
        ("max_daily", "max_daily", _amount),
        ("per_kg_single", "per_kg_single", _amount),
        ("per_kg_daily", "per_kg_daily", _amount),
        ("not_under", "not_under", _band),
        ("egfr_below", "egfr_below", _whole),
        ("note", "note", _text),
    ],
    ContentKind.MEDICINE_SET: [
        ("set", "set_name", _text),
        ("line_no", "line_no", _whole),
        ("drug", "drug", _text),
        ("dose_text", "dose_text", _text),
        ("frequency", "frequency", _text),
        ("duration", "duration", _text),
        ("note", "note", _text),
    ],
}
OF_SOURCE: list[tuple[str, str, Read]] = [("source", "source", _text), ("edition_or_date", "edition", _text)]
KEY_LENGTH = {
    ContentKind.INGREDIENT: 1,
    ContentKind.MEDICATION: 4,
    ContentKind.INTERACTION: 2,
    ContentKind.DOSE_LIMIT: 5,
    ContentKind.MEDICINE_SET: 2,
}


def columns(kind: str) -> list[tuple[str, str, Read]]:
    """The columns of a sheet of this kind, its source and edition last."""
    return [*COLUMNS[kind], *OF_SOURCE]


@dataclass
class Reading:
    """One row of a sheet as it was read: its key and fields, and what is wrong with it, column by column."""

    key: str
    fields: dict[str, Any]
    errors: list[tuple[str, Any]] = field(default_factory=list)


def read_row(kind: str, row: Mapping[str, str], *, ingredients: Collection[str]) -> Reading:
    """A row of a sheet. It is wrong without its key, its source, or with an ingredient nobody knows."""
    reading = Reading("|".join(row.get(column, "").strip() for column in key_columns(kind)), {})
    for column, name, read in columns(kind):
        text = row.get(column, "").strip()
        field_of = CONTENT[kind]._meta.get_field(name)
        longest = getattr(field_of, "max_length", None) if read is _text else None
        try:
            if longest and len(text) > longest:
                raise Refusal(_("At most %(most)s letters."), most=longest)
            reading.fields[name] = read(text)
        except Refusal as refusal:
            reading.errors.append((column, refusal))
    if not row.get(key_columns(kind)[0], "").strip():
        reading.errors.append((key_columns(kind)[0], _("This is missing.")))
    if not row.get("source", "").strip():
        reading.errors.append(("source", _("No source, no row.")))
    reading.errors += _errors_of(kind, reading.fields, ingredients)
    return reading


def key_columns(kind: str) -> list[str]:
    return [column for column, _name, _read in COLUMNS[kind][: KEY_LENGTH[ContentKind(kind)]]]


def _errors_of(kind: str, said: Mapping[str, Any], ingredients: Collection[str]) -> list[tuple[str, Any]]:
    """What no column can tell by itself."""
    errors: list[tuple[str, Any]] = []
    for column in ("ingredients", "members"):
        unknown = [one for one in said.get(column, ()) if one not in ingredients]
        if unknown:
            sentence = Refusal(_("No such ingredient: %(names)s."), names=", ".join(unknown))
            errors.append((column, sentence))
    if kind == ContentKind.MEDICATION:
        if not said.get("ingredients"):
            errors.append(("ingredients", _("A medicine has at least one ingredient of the list.")))
        known = {said.get("pregnancy_flag"), said.get("lactation_flag")} - {Flag.UNKNOWN}
        if known and not said.get("flag_source"):
            errors.append(("flag_source", _("A flag that is known names its source.")))
    if kind == ContentKind.DOSE_LIMIT and not any(
        said.get(name) for name in ("max_single", "max_daily", "per_kg_single", "per_kg_daily")
    ):
        errors.append(("max_single", _("A highest dose says at least one amount.")))
    if kind in {ContentKind.INTERACTION, ContentKind.DOSE_LIMIT}:
        missing = [one for one in ("severity", "effect", "population") if said.get(one) == ""]
        errors += [(one, _("This is missing.")) for one in missing]
    return errors


# ── The project's own files ──


def load_edition(kind: str, *, at: datetime) -> int:
    """The project's file of one kind, if it is another than the last one loaded; how many rows changed.

    What the file no longer has is withdrawn; what was put right in the product stays as it is.
    """
    path = DATA / FILES[ContentKind(kind)]
    digest = sha256(path.read_bytes()).hexdigest()
    edition = ContentEdition.objects.filter(kind=kind).first()
    if edition and edition.digest == digest:
        return 0
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    ingredients = (
        {row["ingredient"] for row in rows} if kind == ContentKind.INGREDIENT else known_ingredients()
    )
    readings = [read_row(kind, row, ingredients=ingredients) for row in rows]
    wrong = [(one.key, one.errors) for one in readings if one.errors]
    if wrong:
        raise ValueError(f"{path.name}: {wrong[:3]}")
    changed = _bring_up(kind, readings)
    note_edition(kind, at=at, digest=digest)
    return changed


def known_ingredients() -> set[str]:
    """The names that a medicine's ingredients may have."""
    return set(Ingredient.objects.values_list("name", flat=True))


def note_edition(kind: str, *, at: datetime, digest: str | None = None) -> None:
    """Rows of this kind changed: what processes hold of them is old."""
    made, is_new = ContentEdition.objects.get_or_create(
        kind=kind,
        defaults={
            "id": uuid_everywhere("patients.contentedition", kind),
            "digest": digest or "",
            "loaded_at": at,
        },
    )
    if not is_new:
        said = {"rev": F("rev") + 1, "loaded_at": at, **({"digest": digest} if digest else {})}
        ContentEdition.objects.filter(pk=made.pk).update(**said)


def _bring_up(kind: str, readings: Iterable[Reading]) -> int:
    model = CONTENT[kind]
    held = {one.key: one for one in model._default_manager.all()}
    stated = {one.key: one.fields for one in readings}
    new = [new_row(kind, key, fields) for key, fields in stated.items() if key not in held]
    changed = [one for one in held.values() if not one.is_put_right and _differs(one, stated.get(one.key))]
    model._default_manager.bulk_create(new, batch_size=500)
    names = [name for _column, name, _read in columns(kind)]
    model._default_manager.bulk_update(changed, [*names, "is_withdrawn"], batch_size=200)
    return len(new) + len(changed)


def new_row(kind: str, key: str, fields: Mapping[str, Any]) -> Content:
    """A row of content; its key is the same at every node."""
    model = CONTENT[kind]
    return model(id=uuid_everywhere(model._meta.label_lower, key), key=key, **fields)


def _differs(row: Content, said: Mapping[str, Any] | None) -> bool:
    """Put what the sheet says into the row; whether that changes anything."""
    before = [row.is_withdrawn, *(getattr(row, name) for name in said or ())]
    row.is_withdrawn = said is None
    for name, value in (said or {}).items():
        setattr(row, name, value)
    return before != [row.is_withdrawn, *(said or {}).values()]
