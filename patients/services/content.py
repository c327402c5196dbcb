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
    MEDICINES,
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
FILES: dict[str, Path] = {
    ContentKind.INGREDIENT: DATA / "ingredients.csv",
    ContentKind.MEDICATION: DATA / "medications.csv",
    ContentKind.INTERACTION: DATA / "interactions.csv",
    ContentKind.DOSE_LIMIT: DATA / "max_doses.csv",
    ContentKind.MEDICINE_SET: DATA / "sets.csv",
}

Read = Callable[[str], Any]


def one_of(choices: Any, *, fold: bool = True, empty: Any = "") -> Read:
    def read(text: str) -> Any:
        said = text.casefold() if fold else text
        if not said:
            return empty
        if said not in choices.values:
            raise Refusal(_("It is one of: %(choices)s."), choices=", ".join(choices.values))
        return said

    return read


def text_of(text: str) -> str:
    return text


def list_of(text: str) -> list[str]:
    return [one.strip() for one in text.split("|") if one.strip()]


def yes_or_no(text: str) -> bool:
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


def whole(text: str) -> int | None:
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
        ("ingredient", "name", text_of),
        ("name_hi", "name_hi", text_of),
        ("atc_code", "atc_code", text_of),
        ("class", "class_name", text_of),
        ("cross_reactivity_note", "cross_note", text_of),
    ],
    ContentKind.MEDICATION: [
        ("generic_name", "generic_name", text_of),
        ("strength", "strength", text_of),
        ("form", "form", text_of),
        ("route", "route", text_of),
        ("name_hi", "name_hi", text_of),
        ("atc_code", "atc_code", text_of),
        ("ingredients", "ingredients", list_of),
        ("pregnancy_flag", "pregnancy_flag", one_of(Flag, empty=Flag.UNKNOWN)),
        ("lactation_flag", "lactation_flag", one_of(Flag, empty=Flag.UNKNOWN)),
        ("flag_source", "flag_source", text_of),
        ("high_alert", "high_alert", yes_or_no),
        ("antibiotic_aware", "aware_group", one_of(Aware)),
        ("schedule", "schedule", one_of(Schedule, fold=False)),
        ("nlem_2022", "nlem_level", _level),
    ],
    ContentKind.INTERACTION: [
        ("a", "a", _term),
        ("b", "b", _term),
        ("severity", "severity", one_of(InteractionSeverity)),
        ("effect", "effect", text_of),
        ("what_to_do", "what_to_do", text_of),
    ],
    ContentKind.DOSE_LIMIT: [
        ("ingredient", "ingredient", text_of),
        ("population", "population", one_of(Population)),
        ("route", "route", text_of),
        ("min_age_or_weight", "band", _band),
        ("unit", "unit", text_of),
        ("members", "members", list_of),
        ("max_single", "max_single", _amount),
        ("max_daily", "max_daily", _amount),
        ("per_kg_single", "per_kg_single", _amount),
        ("per_kg_daily", "per_kg_daily", _amount),
        ("not_under", "not_under", _band),
        ("egfr_below", "egfr_below", whole),
        ("note", "note", text_of),
    ],
    ContentKind.MEDICINE_SET: [
        ("set", "set_name", text_of),
        ("line_no", "line_no", whole),
        ("drug", "drug", text_of),
        ("dose_text", "dose_text", text_of),
        ("frequency", "frequency", text_of),
        ("duration", "duration", text_of),
        ("note", "note", text_of),
    ],
}
OF_SOURCE: list[tuple[str, str, Read]] = [
    ("source", "source", text_of),
    ("edition_or_date", "edition", text_of),
]
KEY_LENGTH = {
    ContentKind.INGREDIENT: 1,
    ContentKind.MEDICATION: 4,
    ContentKind.INTERACTION: 2,
    ContentKind.DOSE_LIMIT: 5,
    ContentKind.MEDICINE_SET: 2,
}


# What no column can tell by itself, of kinds that are others' (`add_kind`).
CHECKS: dict[str, Callable[[Mapping[str, Any]], list[tuple[str, Any]]]] = {}


def add_kind(
    kind: str,
    columns: list[tuple[str, str, Read]],
    *,
    key_length: int,
    path: Path,
    check: Callable[[Mapping[str, Any]], list[tuple[str, Any]]] | None = None,
) -> None:
    """Another app's kind of rows: its sheets, editions and approvals are those of all clinical content."""
    COLUMNS[kind], KEY_LENGTH[ContentKind(kind)], FILES[kind] = columns, key_length, path
    if check:
        CHECKS[kind] = check


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
        longest = getattr(field_of, "max_length", None) if read is text_of else None
        try:
            if longest and len(text) > longest:
                raise Refusal(_("At most %(most)s letters."), most=longest)
            reading.fields[name] = read(text)
        except Refusal as refusal:
            reading.errors.append((column, refusal))
    if not row.get(key_columns(kind)[0], "").strip():
        reading.errors.append((key_columns(kind)[0], _("This is missing.")))
    if not row.get("source", "").strip():
        reading.errors.append(("source", _("A row without a source is not taken.")))
    reading.errors += _errors_of(kind, reading.fields, ingredients)
    return reading


def key_columns(kind: str) -> list[str]:
    return [column for column, _name, _read in COLUMNS[kind][: KEY_LENGTH[ContentKind(kind)]]]


def _errors_of(kind: str, said: Mapping[str, Any], ingredients: Collection[str]) -> list[tuple[str, Any]]:
    """What no column can tell by itself."""
    if kind not in MEDICINES:
        return CHECKS[kind](said) if kind in CHECKS else []
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
    path = FILES[kind]
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
