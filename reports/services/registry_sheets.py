"""Facilities by the sheet: looked through row by row, written in one act once it is confirmed."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from facilities.models import District
from facilities.queries import district_by_lgd, district_named
from facilities.services.imports import Column, day_of, named_rows
from hmis.kernel import facts, requests, sheets
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from reports import naming
from reports.models import RegistryEntry, RegistryImport
from reports.services.registries import (
    DESCRIBED,
    PURSUED,
    enter,
    names_of,
    refuse_beyond,
    step,
    take_turns,
    way,
    write_hfr_id,
)
from reports.states import OF_THE_STATE, Ownership, RegistryKind, RegistryStatus

COLUMNS = (
    Column("name", True, gettext_lazy("name"), gettext_lazy("As on its board, in Latin letters")),
    Column("name_hi", False, gettext_lazy("name in Hindi"), gettext_lazy("The same name in Devanagari")),
    Column("kind", True, gettext_lazy("kind"), gettext_lazy("One of: %(kinds)s")),
    Column(
        "ownership",
        False,
        gettext_lazy("run by"),
        gettext_lazy("government or private. Empty only where the kind says it: CHC, PHC, sadar hospital"),
    ),
    Column("district", True, gettext_lazy("district"), gettext_lazy("Its name, or its LGD code")),
    Column("block", False, gettext_lazy("block"), gettext_lazy("Its name")),
    Column("address", False, gettext_lazy("address"), gettext_lazy("Street and place")),
    Column("phone", False, gettext_lazy("telephone"), gettext_lazy("One phone number")),
    Column("hfr_id", False, gettext_lazy("HFR ID"), gettext_lazy("IN and ten digits")),
    Column("status", False, gettext_lazy("status"), gettext_lazy("One of: %(statuses)s")),
    Column(
        "owner",
        False,
        gettext_lazy("responsible officer"),
        gettext_lazy("Who will do it: name, office, number"),
    ),
    Column("due_on", False, gettext_lazy("due on"), gettext_lazy("By which day: 01-12-2026")),
    Column("remarks", False, gettext_lazy("remarks"), gettext_lazy("Anything else to know")),
)
NEW, DOUBLE, CHANGE, SAME, ERROR = "new", "double", "change", "same", "error"
IMPORT_KEPT = timedelta(days=30)


def registry_template_rows() -> list[list[str]]:
    """The head of the sheet, and what each column means in the reader's language."""
    words = {
        "kinds": ", ".join(RegistryKind.values),
        "statuses": ", ".join(RegistryStatus.values),
    }
    said = [f"{one.label}{' *' if one.is_needed else ''}: {str(one.explanation) % words}" for one in COLUMNS]
    return [[one.name for one in COLUMNS], said]


@act
def prepare_registry_import(
    *, content: bytes, filename: str, request_key: UUID, actor: Any, at: datetime
) -> RegistryImport:
    """Keep an uploaded sheet, to be looked through. Refuses what is no sheet or lacks a column.

    The hospitals of ours are entered first, so that a row about one of them finds its line.
    """
    rows = named_rows(sheets.read(content), COLUMNS)
    import_id, seen = requests.claim(
        request_key, "reports.prepare_registry_import", actor=actor, body=[filename, rows]
    )
    if seen:
        return RegistryImport.objects.get(pk=import_id)
    take_turns()
    enter(actor=actor, at=at)
    RegistryImport.objects.filter(confirmed_at=None, uploaded_at__lt=at - IMPORT_KEPT).delete()
    held = RegistryImport(
        id=import_id,
        district=actor.posting.district,
        state=actor.posting.state,
        filename=filename[-120:],
        rows=rows,
        uploaded_by=actor,
        uploaded_at=at,
    )
    facts.record(
        "reports.registry_sheet_uploaded", about=held, actor=actor, at=at, new=[held], rows=len(rows)
    )
    return held


# ── Looking through ──


@dataclass
class RegistryRow:
    """One row as it would be taken over: new, perhaps a double, a change, the same, or wrong and why."""

    number: int
    text: dict[str, str]
    kind: str = NEW
    errors: list[tuple[str, str]] = field(default_factory=list)  # (column, sentence)
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # (column, from, to)
    entry: RegistryEntry | None = None
    alike: list[RegistryEntry] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    hfr_id: str = ""
    stands: str = ""
    # The two lists above with their columns in words, where a page has put them.
    said_errors: list[Any] = field(default_factory=list)
    said_changes: list[Any] = field(default_factory=list)

    def refuse(self, column: str, sentence: str) -> None:
        self.kind = ERROR
        self.errors.append((column, sentence))


class RegistryLook:
    """A sheet beside the list as it stands now, in a handful of queries whatever its length."""

    def __init__(self, held: RegistryImport, actor: Any) -> None:
        self.actor = actor
        self.kinds, self.owners = _words(RegistryKind), _words(Ownership)
        self.statuses = _words(RegistryStatus)
        # Thousands of rows name a few districts: each is looked for once.
        self.districts: dict[str, District | None] = {}
        entries = list(RegistryEntry.objects.visible_to(actor).described())
        self.by_id = {one.number: one for one in entries if one.number}
        self.by_name = {
            (one.place.pk, naming.key(name)): one for one in entries for name in names_of(one) if name
        }
        self.names = naming.Names(
            (one.place.pk, one.pk, name) for one in entries for name in names_of(one) if name
        )
        self.entries = {one.pk: one for one in entries}
        # Beyond reach: that an ID is taken is said, by whom is not.
        self.taken = set(
            RegistryEntry.objects.filter(hfr_id__in=[one.get("hfr_id", "") for one in held.rows])
            .exclude(hfr_id="")
            .values_list("hfr_id", flat=True)
        )
        self.rows = [self._read(RegistryRow(int(text["row"]), text)) for text in held.rows]
        self._refuse_twice()
        for row in self.rows:
            if row.kind != ERROR:
                self._compare(row)

    @cached_property
    def counts(self) -> dict[str, int]:
        counted = Counter(row.kind for row in self.rows)
        return {kind: counted[kind] for kind in (NEW, DOUBLE, CHANGE, SAME, ERROR)}

    def of_kind(self, *kinds: str) -> list[RegistryRow]:
        return [row for row in self.rows if row.kind in kinds]

    # ── One row ──

    def _read(self, row: RegistryRow) -> RegistryRow:
        for column in COLUMNS:
            cell = row.text.get(column.name, "")
            if sheets.is_formula(cell):
                row.refuse(column.name, _("There is a formula in this cell. Paste its value."))
            elif column.is_needed and not cell:
                row.refuse(column.name, _("This must be filled in."))
        if row.kind == ERROR:
            return row
        text = row.text
        row.hfr_id = text.get("hfr_id", "").upper().replace(" ", "").replace("-", "")
        row.stands = self._word(row, "status", self.statuses, _("There is no such status."))
        kind = self._word(row, "kind", self.kinds, _("There is no such kind. The template lists them."))
        row.details = {
            "name": text["name"],
            "name_hi": text.get("name_hi", ""),
            "kind": kind,
            "ownership": self._ownership(row, kind),
            "district": self._district(row),
            "block": text.get("block", ""),
            "address": text.get("address", ""),
            "phone": text.get("phone", ""),
            "owner": text.get("owner", ""),
            "due_on": self._day(row),
            "remarks": text.get("remarks", ""),
        }
        if row.kind != ERROR:
            self._check(row)
        return row

    def _word(self, row: RegistryRow, column: str, words: dict[str, str], sentence: str) -> str:
        said = row.text.get(column, "").casefold()
        if said and said not in words:
            row.refuse(column, sentence)
        return words.get(said, "")

    def _ownership(self, row: RegistryRow, kind: str) -> str:
        said = self._word(row, "ownership", self.owners, _("Write government or private."))
        if said or row.text.get("ownership"):
            return said
        if kind in OF_THE_STATE:
            return Ownership.GOVERNMENT
        row.refuse("ownership", _("Write government or private."))
        return ""

    def _district(self, row: RegistryRow) -> District | None:
        said = row.text["district"]
        if said not in self.districts:
            self.districts[said] = _district_said(said)
        found = self.districts[said]
        if found is None:
            row.refuse("district", _("There is no such district."))
            return None
        try:
            refuse_beyond(self.actor, found)
        except Refusal as refusal:
            row.refuse("district", str(refusal))
        return found

    def _day(self, row: RegistryRow) -> date | None:
        said = row.text.get("due_on", "")
        day = day_of(said) if said else None
        if said and (day is None or not 2020 <= day.year <= 2100):
            row.refuse("due_on", _("Write the day as 01-12-2026."))
            return None
        return day

    def _check(self, row: RegistryRow) -> None:
        described = RegistryEntry(**row.details, hfr_id=row.hfr_id[:12])
        try:
            # Not the district: it was looked up, and would be asked for once a row.
            described.clean_fields(exclude=["id", "rev", "origin_node", "status", "facility", "district"])
        except ValidationError as error:
            for column, sentences in error.message_dict.items():
                row.refuse(column, " ".join(sentences))
        if row.hfr_id and not (
            len(row.hfr_id) == 12
            and row.hfr_id.startswith("IN")
            and row.hfr_id[2:].isascii()
            and row.hfr_id[2:].isdigit()
        ):
            row.refuse("hfr_id", _("An HFR ID is IN and ten digits."))
        if row.stands in {RegistryStatus.RETURNED, RegistryStatus.STRUCK} and not row.details["remarks"]:
            row.refuse("remarks", _("Say why in the remarks."))

    def _refuse_twice(self) -> None:
        """Within the sheet: a facility once, an HFR ID for one facility."""
        first: dict[Any, RegistryRow] = {}
        for row in self.rows:
            if row.kind == ERROR:
                continue
            same_name = first.setdefault((row.details["district"], naming.key(row.details["name"])), row)
            same_id = first.setdefault(row.hfr_id, row) if row.hfr_id else row
            if same_id is not row:
                row.refuse("hfr_id", _("Row %(row)s has this HFR ID.") % {"row": same_id.number})
            elif same_name is not row:
                row.refuse("name", _("Row %(row)s names this facility already.") % {"row": same_name.number})

    # ── Beside the list ──

    def _compare(self, row: RegistryRow) -> None:
        district = row.details["district"]
        named = self.by_name.get((district.pk, naming.key(row.details["name"])))
        row.entry = self.by_id.get(row.hfr_id) if row.hfr_id else named
        if row.hfr_id and row.entry is None:
            row.entry = named
            if named and named.number:
                row.refuse(
                    "hfr_id",
                    _("This facility is on the list with the HFR ID %(number)s.") % {"number": named.number},
                )
            elif row.hfr_id in self.taken:
                row.refuse("hfr_id", _("Another facility has this HFR ID."))
        elif row.entry and row.hfr_id and not self._is_the_same(row, row.entry):
            row.refuse(
                "hfr_id",
                _("This is the HFR ID of %(other)s.") % {"other": f"{row.entry} ({row.entry.place})"},
            )
        if row.kind == ERROR:
            return
        if row.entry:
            self._compare_entry(row, row.entry)
            return
        if (row.stands or self._first_status(row)) == RegistryStatus.VERIFIED and not row.hfr_id:
            row.refuse("hfr_id", _("Who is verified has an HFR ID: write it."))
            return
        alike = self.names.like(district.pk, row.details["name"])
        row.alike = [self.entries[key] for key in alike]
        row.kind = DOUBLE if row.alike else NEW

    def _is_the_same(self, row: RegistryRow, entry: RegistryEntry) -> bool:
        """Whether what bears this ID is what the row tells of: its district, and a name that shares much."""
        wanted = naming.grams(row.details["name"])
        alike = max(naming.likeness(wanted, naming.grams(name)) for name in names_of(entry) if name)
        return entry.place.pk == row.details["district"].pk and alike >= naming.ALIKE / 2

    def _first_status(self, row: RegistryRow) -> str:
        return RegistryStatus.APPLIED if row.hfr_id else RegistryStatus.NOT_STARTED

    def _compare_entry(self, row: RegistryRow, entry: RegistryEntry) -> None:
        """An empty cell leaves what is on the list; what a hospital of ours says of itself, too."""
        told = PURSUED if entry.facility else (*DESCRIBED, *PURSUED)
        for name in told:
            now, wanted = getattr(entry, name), row.details[name]
            if wanted and wanted != now:
                row.changes.append((name, _shown(entry, name, now), _shown(entry, name, wanted)))
        if row.hfr_id and row.hfr_id != entry.number:
            row.changes.append(("hfr_id", entry.number, row.hfr_id))
        if row.stands and row.stands != entry.status:
            if row.stands == RegistryStatus.VERIFIED and not (row.hfr_id or entry.number):
                row.refuse("hfr_id", _("Who is verified has an HFR ID: write it."))
                return
            wanted = str(RegistryStatus(row.stands).label)
            row.changes.append(("status", entry.get_status_display(), wanted))
        row.kind = CHANGE if row.changes else SAME


def _district_said(said: str) -> District | None:
    """The district of this LGD code or of this name in either language."""
    return district_by_lgd(int(said)) if said.isdecimal() and len(said) < 7 else district_named(said)


def _shown(entry: RegistryEntry, name: str, value: Any) -> str:
    choices = dict(getattr(entry._meta.get_field(name), "flatchoices", ()))
    if isinstance(value, date):
        return f"{value:%d-%m-%Y}"
    return "" if value is None else str(choices.get(value, value))


def _words(choices: Any) -> dict[str, str]:
    """A word by its code, or by its label in either language."""
    words = {one.value: one.value for one in choices}
    for language in ("hi", "en"):
        with override(language):
            words |= {str(one.label).casefold(): one.value for one in choices}
    return words


# ── Taking over ──


@act
def confirm_registry_import(
    *, held: RegistryImport, also: Collection[int] = (), actor: Any, at: datetime
) -> RegistryImport:
    """Take over the rows that are right, in one act; of those that look like doubles only the numbers `also`.

    Confirmed twice, also by two people at once, it counts once. The sheet is looked through once more
    first: what changed since it was shown is seen.
    """
    take_turns()
    held = RegistryImport.objects.select_for_update(of=("self",)).get(pk=held.pk)
    if held.confirmed_at:
        return held
    look = RegistryLook(held, actor)
    news = [row for row in look.of_kind(NEW, DOUBLE) if row.kind == NEW or row.number in also]
    if not news and not look.of_kind(CHANGE):
        raise Refusal(gettext_lazy("There is nothing to import in this sheet."))
    with refusing(RegistryEntry):
        RegistryEntry.objects.bulk_create([_made(row, at) for row in news], batch_size=500)
        for row in look.of_kind(CHANGE):
            _put_right(row, actor=actor, at=at)
    passed_over = [row for row in look.of_kind(DOUBLE) if row.number not in also]
    held.confirmed_at = at
    held.outcome = {
        "counts": {
            NEW: len(news),
            DOUBLE: len(passed_over),
            CHANGE: look.counts[CHANGE],
            SAME: look.counts[SAME],
            ERROR: look.counts[ERROR],
        },
        "left_out": [
            *({"row": row.number, "errors": row.errors} for row in look.of_kind(ERROR)),
            *({"row": row.number, "errors": [("name", _double(row))]} for row in passed_over),
        ],
    }
    held.save(update_fields=["confirmed_at", "outcome"])
    facts.record(
        "reports.registry_sheet_taken_over", about=held, actor=actor, at=at, counts=held.outcome["counts"]
    )
    return held


def _double(row: RegistryRow) -> str:
    return _("Looks like one on the list: %(names)s") % {"names": ", ".join(map(str, row.alike))}


def _made(row: RegistryRow, at: datetime) -> RegistryEntry:
    """The new line, taken through every step to where the sheet says it stands."""
    entry = RegistryEntry(**row.details, hfr_id=row.hfr_id)
    begins = RegistryStatus.APPLIED if row.hfr_id else RegistryStatus.NOT_STARTED
    for following in way(entry.status, row.stands or begins):
        step(entry, following, at=at)
    return entry


def _put_right(row: RegistryRow, *, actor: Any, at: datetime) -> None:
    """What the row changes of its line, in one UPDATE with its first step."""
    assert row.entry
    held = RegistryEntry.objects.locked().select_related("facility").get(pk=row.entry.pk)
    also = write_hfr_id(held, row.hfr_id, actor=actor, at=at)
    for name, _was, _now in row.changes:
        if name not in {"status", "hfr_id"}:
            setattr(held, name, row.details[name])
            also.append(name)
    steps = way(held.status, row.stands) if row.stands else []
    if not steps and also:
        held.save(update_fields=also)
    for following in steps:
        step(held, following, at=at, also=also)
    facts.record(
        "reports.registry_entry_edited",
        about=held,
        actor=actor,
        at=at,
        facility_id=held.facility_id,
        fields=[name for name, *_values in row.changes],
    )
