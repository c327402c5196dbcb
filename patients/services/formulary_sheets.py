"""The formulary and its content as sheets: what each row would change is said first, then written.

Nothing is kept in between (docs/adr/0180): the page carries the sheet's rows, sealed, and the version of what
they were looked at beside. If that changed meanwhile, the look is shown anew.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import facts, requests, sheets
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.models import AuditEntry
from patients.models import CONTENT, ContentEdition, FormularyItem, Medication
from patients.prescribing.medicines import Formulary
from patients.queries.formulary import listed_by_level
from patients.services.content import columns, key_columns, known_ingredients, new_row, note_edition, read_row
from patients.services.formulary import lock_list

NEW, CHANGE, SAME, ERROR = "new", "change", "same", "error"
LIST = "list"
SALT = "patients.formulary_sheet"
SEAL_HOLDS = 24 * 60 * 60
MOST_LETTERS = 240
SAID = ("listed", "available")
LIST_COLUMNS = ("generic_name", "strength", "form", "route", *SAID)
TOLD = {True: "yes", False: "no", None: ""}
ANSWERS = {"yes": True, "no": False, "हाँ": True, "नहीं": False}


def heads(kind: str) -> list[str]:
    """The columns of a sheet of this kind."""
    return list(LIST_COLUMNS) if kind == LIST else [column for column, _name, _read in columns(kind)]


# ── Out ──


def list_rows(formulary: Formulary) -> Iterator[list[Any]]:
    """What a hospital says of each medicine, to be sent back changed."""
    for one in formulary.medicines:
        yield [one.generic_name, one.strength, one.form, one.route, TOLD[one.listed], TOLD[one.available]]


def content_rows(kind: str) -> Iterator[list[Any]]:
    """The state's rows of a kind, as they may be sent back."""
    names = [name for _column, name, _read in columns(kind)]
    for row in CONTENT[kind]._default_manager.filter(is_withdrawn=False).order_by("key"):
        yield [_told(getattr(row, name)) for name in names]


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "|".join(value)
    if isinstance(value, bool):
        return TOLD[value]
    return "" if value is None else str(value)


# ── In ──


def named_rows(kind: str, content: bytes) -> list[dict[str, str]]:
    """Each row as {column: text} with its `row` number. Refuses a head that lacks a needed column."""
    rows = sheets.read(content)
    if len(rows) < 2:
        raise Refusal(_("The sheet has no rows below its head."), field="file")
    found = [head.strip(" *").casefold() for head in rows[0][1]]
    needed = LIST_COLUMNS[:4] if kind == LIST else (*key_columns(kind), "source")
    missing = [name for name in needed if name not in found]
    if missing:
        raise Refusal(
            _("These columns are missing in the first row: %(missing)s. Start from the list as a sheet."),
            field="file",
            missing=", ".join(missing),
        )
    return [
        {
            "row": str(line),
            **{
                head: _unguarded(cell)[:MOST_LETTERS]
                for head, cell in zip(found, cells, strict=False)
                if head and cell and not sheets.is_formula(cell)
            },
        }
        for line, cells in rows[1:]
    ]


def _unguarded(cell: str) -> str:
    """Without the sign that our own sheets put before what a spreadsheet might run."""
    return cell[1:] if sheets.guarded(cell[1:]) == cell else cell


@dataclass
class Row:
    """One row as it would be taken over: new, a change, the same, or wrong and why."""

    number: str
    title: str
    kind: str = SAME
    # (column, as it is, as it would be)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    # What is written: the row held, or none, and its fields.
    held: Any = None
    key: str = ""
    said: dict[str, Any] = field(default_factory=dict)

    def settle(self) -> None:
        if self.errors:
            self.kind = ERROR
        elif self.changes:
            self.kind = CHANGE if self.held else NEW


class SheetLook:
    """A sheet held against what is there: a hospital's list, or the state's rows of a kind."""

    def __init__(self, kind: str, texts: list[dict[str, str]], facility: Facility | None) -> None:
        self.kind, self.texts, self.facility = kind, texts, facility
        self.version = _version(kind, facility)
        seen: set[str] = set()
        self.rows = list(self._list_rows(seen) if kind == LIST else self._content_rows(seen))
        self.counts = Counter(row.kind for row in self.rows)

    def of_kind(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def right(self) -> int:
        """How many rows it would write."""
        return self.counts[NEW] + self.counts[CHANGE]

    def sealed(self) -> str:
        """The look as a word that the page carries and nobody else can make."""
        return signing.dumps(
            [self.kind, _of(self.facility), self.version, self.texts], salt=SALT, compress=True
        )

    def _list_rows(self, seen: set[str]) -> Iterator[Row]:
        assert self.facility
        medications = {one.key: one for one in Medication.objects.filter(is_withdrawn=False)}
        items = {one.medication_id: one for one in FormularyItem.objects.filter(facility=self.facility)}
        for text in self.texts:
            key = "|".join(text.get(name, "") for name in LIST_COLUMNS[:4])
            row = Row(text["row"], " ".join(key.split("|")[:3]).strip(), key=key)
            medication = medications.get(key)
            if medication is None:
                row.errors.append(("generic_name", str(_("The state's list has no such medicine."))))
            elif key in seen:
                row.errors.append(("generic_name", str(_("This row is in the sheet twice."))))
            else:
                self._compare_item(row, text, medication, items.get(medication.pk))
            seen.add(key)
            row.settle()
            yield row

    def _compare_item(self, row: Row, text: dict[str, str], medication: Medication, item: Any) -> None:
        assert self.facility
        listed = item.is_listed if item else listed_by_level(medication.nlem_level, self.facility.kind)
        now = {"listed": listed, "available": item.is_available if item else None}
        row.held = medication
        for name in SAID:
            told = text.get(name, "").casefold()
            if told and told not in ANSWERS:
                row.errors.append((name, str(_("Write yes or no."))))
            elif told and ANSWERS[told] != now[name]:
                row.changes.append((name, TOLD[now[name]], TOLD[ANSWERS[told]]))
                row.said[f"is_{name}"] = ANSWERS[told]

    def _content_rows(self, seen: set[str]) -> Iterator[Row]:
        held = {one.key: one for one in CONTENT[self.kind]._default_manager.all()}
        known = known_ingredients()
        for text in self.texts:
            reading = read_row(self.kind, text, ingredients=known)
            row = Row(text["row"], reading.key.replace("|", " · "), key=reading.key, said=reading.fields)
            row.errors = [(column, str(sentence)) for column, sentence in reading.errors]
            if reading.key in seen:
                row.errors.append((key_columns(self.kind)[0], str(_("This row is in the sheet twice."))))
            seen.add(reading.key)
            row.held = held.get(reading.key)
            row.changes = [] if row.errors else list(_differences(self.kind, row))
            row.settle()
            yield row


def _differences(kind: str, row: Row) -> Iterator[tuple[str, str, str]]:
    for column, name, _read in columns(kind):
        was = _told(getattr(row.held, name)) if row.held else ""
        will = _told(row.said[name])
        if was != will:
            yield column, was, will
    if row.held and row.held.is_withdrawn:
        yield "", str(_("no longer in the list")), str(_("in the list"))


def _of(facility: Facility | None) -> str:
    return str(facility.pk) if facility else ""


def _version(kind: str, facility: Facility | None) -> int:
    """Grows with every change of what a sheet of this kind is held against."""
    if kind == LIST:
        revs: Iterable[int] = FormularyItem.objects.filter(facility=facility).values_list("rev", flat=True)
        return sum(rev + 1 for rev in revs)
    return sum(ContentEdition.objects.filter(kind=kind).values_list("rev", flat=True))


def unsealed(word: str, kind: str, facility: Facility | None) -> tuple[int, list[dict[str, str]]]:
    """The version and the rows of a look. Refuses one that is too old, altered, or of something else."""
    try:
        of_kind, of, version, texts = signing.loads(word, salt=SALT, max_age=SEAL_HOLDS)
    except signing.BadSignature:
        of_kind = of = version = texts = None
    if of_kind != kind or of != _of(facility):
        raise Refusal(_("This look at the sheet is out of date. Send the sheet again."))
    return version, texts


@act
def import_sheet(
    *, kind: str, facility: Facility | None, sealed: str, request_key: UUID, actor: Any, at: datetime
) -> int:
    """Write what a sheet that was looked through says; how many rows. Rows that are wrong are left out.

    Refuses when what it was held against changed since the look. A row that is not on the sheet stays.
    """
    version, texts = unsealed(sealed, kind, facility)
    import_id, seen = requests.claim(
        request_key, "patients.import_sheet", actor=actor, body=[kind, _of(facility), texts]
    )
    if seen:
        told = AuditEntry.objects.get(pk=import_id).detail
        return int(told["added"]) + int(told["changed"])
    if facility:
        lock_list(facility)
    else:
        list(ContentEdition.objects.select_for_update().order_by("pk"))
    look = SheetLook(kind, texts, facility)
    refuse_changed(
        look.version, version, _("The list was changed meanwhile. Check the rows again, then import.")
    )
    _write_list(look) if kind == LIST else _write_content(look, at)
    facts.record(
        "patients.formulary_imported",
        about=facility or actor,
        actor=actor,
        at=at,
        fact_id=import_id,
        kind=kind,
        added=look.counts[NEW],
        changed=look.counts[CHANGE],
        left_out=look.counts[ERROR],
    )
    return look.right


def _write_list(look: SheetLook) -> None:
    assert look.facility
    items = {one.medication_id: one for one in FormularyItem.objects.filter(facility=look.facility)}
    new: list[FormularyItem] = []
    changed: list[FormularyItem] = []
    for row in look.of_kind(CHANGE):
        item = items.get(row.held.pk)
        listed = listed_by_level(row.held.nlem_level, look.facility.kind)
        (changed if item else new).append(
            item := item or FormularyItem(facility=look.facility, medication=row.held, is_listed=listed)
        )
        for name, value in row.said.items():
            setattr(item, name, value)
    with refusing(FormularyItem):
        FormularyItem.objects.bulk_create(new, batch_size=500)
        FormularyItem.objects.bulk_update(changed, ["is_listed", "is_available"], batch_size=500)


def _write_content(look: SheetLook, at: datetime) -> None:
    """Rows that are put right here are left as they are by the project's next edition."""
    model = CONTENT[look.kind]
    new = [new_row(look.kind, row.key, {**row.said, "is_put_right": True}) for row in look.of_kind(NEW)]
    changed = []
    for row in look.of_kind(CHANGE):
        for name, value in {**row.said, "is_put_right": True, "is_withdrawn": False}.items():
            setattr(row.held, name, value)
        changed.append(row.held)
    names = [name for _column, name, _read in columns(look.kind)]
    with refusing(model):
        model._default_manager.bulk_create(new, batch_size=500)
        model._default_manager.bulk_update(changed, [*names, "is_put_right", "is_withdrawn"], batch_size=200)
    if look.right:
        note_edition(look.kind, at=at)
