"""The Local Government Directory's lists of blocks and villages, as they are downloaded."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from facilities.models import Block, District, State, Village
from hmis.kernel.ids import uuid_everywhere

LONGEST_NAME = 160
# What a column's head is called once case, spaces and signs are gone; the download's pages differ. Blocks
# come before sub-districts: some lists of villages name both.
BLOCKS = ("block", "developmentblock", "blockdevelopmentblock", "subdistrict")
LOCAL = ("inlocal", "inlocallanguage", "local", "inhindi")
HEADS = {
    "state": ("statecode", "statelgdcode"),
    "district": ("districtcode", "districtlgdcode", "lgddistrictcode"),
    "block": tuple(f"{block}{code}" for block in BLOCKS for code in ("code", "lgdcode")),
    "block_name": tuple(f"{block}name{script}" for block in BLOCKS for script in ("", "inenglish")),
    "block_name_hi": tuple(f"{block}name{script}" for block in BLOCKS for script in LOCAL),
    "village": ("villagecode", "villagelgdcode"),
    "village_name": ("villagename", "villagenameinenglish"),
    "village_name_hi": tuple(f"villagename{script}" for script in LOCAL),
}


class NotALGDFile(Exception):
    """The file is not a list of blocks or villages; the message says what is missing."""


@dataclass(frozen=True)
class Place:
    """One row of the file: a block of a district, or a village of a block."""

    code: int
    name: str
    name_hi: str
    parent: int


@dataclass
class Outcome:
    """What an import came to, and its errors as sentences."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    elsewhere: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Listing:
    """A file as it was read: which column holds what, and its rows with their line numbers."""

    columns: dict[str, int]
    rows: list[tuple[int, list[str]]]

    @property
    def is_of_villages(self) -> bool:
        return "village" in self.columns

    def value(self, row: Sequence[str], name: str) -> str:
        """The cell of that name, "" where the file has none."""
        at = self.columns.get(name)
        return " ".join(row[at].split()) if at is not None and at < len(row) else ""


def read(path: Path) -> Listing:
    """The file's rows below the first line that has the heads we need. Raises NotALGDFile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except UnicodeDecodeError as error:
        raise NotALGDFile("This file is not in UTF-8. Save it as CSV UTF-8.") from error
    for at, line in enumerate(lines):
        columns = _columns(line)
        if _is_enough(columns):
            body = [(number, row) for number, row in enumerate(lines[at + 1 :], start=at + 2) if any(row)]
            return Listing(columns, body)
    raise NotALGDFile(
        "No line of heads was found. A list of blocks needs District Code, Block Code and Block Name; "
        "a list of villages Block Code, Village Code and Village Name."
    )


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """{what: column} of the heads that we know."""
    letters = [re.sub(r"[^a-z]", "", head.lower()) for head in heads]
    found = {what: [name for name in names if name in letters] for what, names in HEADS.items()}
    return {what: letters.index(names[0]) for what, names in found.items() if names}


def _is_enough(columns: dict[str, int]) -> bool:
    names = columns.keys()
    return names >= {"block", "village", "village_name"} or names >= {"district", "block", "block_name"}


def take_over(listing: Listing) -> Outcome:
    """Add and put right what the file lists of our districts; a row with an error is left out and named."""
    outcome = Outcome()
    if listing.is_of_villages:
        _take_villages(listing, outcome)
    else:
        _take_blocks(listing, outcome)
    return outcome


def _take_blocks(listing: Listing, outcome: Outcome) -> None:
    districts = {one.lgd_code: one for one in District.objects.all()}
    places = _places(listing, "block", "district", districts, outcome)
    _put(Block, "district", districts, places, outcome)


def _take_villages(listing: Listing, outcome: Outcome) -> None:
    """A village belongs to its block: load the blocks first. Blocks of other states are passed over."""
    blocks = {one.lgd_code: one for one in Block.objects.all()}
    places = _places(listing, "village", "block", blocks, outcome)
    _put(Village, "block", blocks, places, outcome)


def _places(
    listing: Listing, what: str, parent: str, parents: dict[int, Any], outcome: Outcome
) -> Iterator[Place]:
    states, districts = _codes(State), _codes(District)
    seen: dict[int, int] = {}
    for line, row in listing.rows:
        state, district = listing.value(row, "state"), listing.value(row, "district")
        if state not in states if state else district.isdecimal() and district not in districts:
            outcome.elsewhere += 1
            continue
        place, error = _place(listing, row, what, parent, parents)
        if place and place.code in seen:
            error = f"the {what} {place.code} stands already in line {seen[place.code]}."
        if error:
            outcome.errors.append(f"Line {line}: {error}")
        elif place:
            seen[place.code] = line
            yield place


def _codes(model: type[State] | type[District]) -> set[str]:
    return {str(code) for code in model._default_manager.values_list("lgd_code", flat=True)}


def _place(
    listing: Listing, row: list[str], what: str, parent: str, parents: dict[int, Any]
) -> tuple[Place | None, str]:
    """The place of a row, or what is wrong with it."""
    code, above = listing.value(row, what), listing.value(row, parent)
    name, name_hi = listing.value(row, f"{what}_name"), listing.value(row, f"{what}_name_hi")
    for said, word in ((code, what), (above, parent)):
        if not re.fullmatch(r"[0-9]{1,9}", said):
            return None, f"the {word}'s code {said!r} is not a number."
    if not name:
        return None, f"the {what} {code} has no name."
    if max(len(name), len(name_hi)) > LONGEST_NAME:
        return None, f"the name of the {what} {code} is longer than {LONGEST_NAME} letters."
    if int(above) not in parents:
        return None, f"the {parent} {above} of {name} is not known. Load the {parent}s first."
    return Place(int(code), name, name_hi or name, int(above)), ""


def _put(
    model: type[Block] | type[Village],
    parent: str,
    parents: dict[int, Any],
    places: Iterator[Place],
    outcome: Outcome,
) -> None:
    """Write the places. Keys follow from codes, so that all nodes that import have the same rows."""
    rows: Any = model._default_manager
    held = {one.lgd_code: one for one in rows.all()}
    kind, new, changed = model._meta.label_lower, [], []
    for place in places:
        fields = {"name": place.name, "name_hi": place.name_hi, f"{parent}_id": parents[place.parent].pk}
        row = held.get(place.code)
        if row is None:
            new.append(model(id=uuid_everywhere(kind, place.code), lgd_code=place.code, **fields))
        elif any(getattr(row, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(row, name, value)
            changed.append(row)
        else:
            outcome.unchanged += 1
    rows.bulk_create(new, batch_size=2000)
    rows.bulk_update(changed, ["name", "name_hi", parent], batch_size=1000)
    outcome.new, outcome.changed = len(new), len(changed)
