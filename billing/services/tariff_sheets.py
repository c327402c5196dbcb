"""The tariff as a sheet: what each row would change is said first, and written in one act once confirmed.

Nothing is kept in between: the page carries the sheet's rows, sealed by our key, and the version of the
tariff that they were looked at beside. If a price was set meanwhile, the look is shown anew.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing import queries
from billing.models import ChargeItemDefinition, Scheme, TariffPrice
from billing.services.tariffs import Shelf, Tag, lock_tariff, refuse_unfit, shelves, write_shelves
from billing.states import WardClass
from facilities.models import Facility
from hmis.kernel import facts, requests, sheets
from hmis.kernel.acts import act
from hmis.kernel.edits import refuse_changed
from hmis.kernel.errors import Refusal
from hmis.kernel.models import AuditEntry

NEW, CHANGE, SAME, ERROR = "new", "change", "same", "error"
LABELS = {
    "code": gettext_lazy("code"),
    "name": gettext_lazy("service"),
    "scheme": gettext_lazy("scheme"),
    "ward": gettext_lazy("ward"),
    "price": gettext_lazy("price"),
    "from": gettext_lazy("from"),
    "until": gettext_lazy("until"),
}
EXPLAINED = {
    "code": gettext_lazy("The service's code in the state's list: XRCH"),
    "name": gettext_lazy("For reading only"),
    "scheme": gettext_lazy("The scheme's code; empty: for everybody"),
    "ward": gettext_lazy("general, semi_private, private, intensive; empty: every ward"),
    "price": gettext_lazy("In rupees: 1,250.00"),
    "from": gettext_lazy("First day: 01-12-2026"),
    "until": gettext_lazy("Last day; empty: until further notice"),
}
NEEDED = ("code", "price")
MOST_LETTERS = 60
SALT = "billing.tariff_sheet"
SEAL_HOLDS = 24 * 60 * 60
PRICE = re.compile(r"₹?\s*(\d{1,3}(?:,\d{2,3})*|\d+)(\.\d{1,2})?")


# ── Out ──


def sheet_rows(prices: Iterable[TariffPrice]) -> Iterator[list[Any]]:
    """The tariff as rows that may be sent back, below `LABELS` as their head."""
    for one in prices:
        yield [
            one.definition.code,
            str(one.definition),
            one.scheme.code if one.scheme else "",
            one.ward_class,
            one.price,
            f"{one.valid_from:%d-%m-%Y}",
            f"{one.valid_to:%d-%m-%Y}" if one.valid_to else "",
        ]


# ── In ──


def named_rows(content: bytes) -> list[dict[str, str]]:
    """Each row as {column: text} with its `row` number. Refuses a head that lacks a needed column."""
    rows = sheets.read(content)
    if len(rows) < 2:
        raise Refusal(gettext_lazy("The sheet has no rows below its head."), field="file")
    known = _known_heads()
    heads = [known.get(head.strip(" *").casefold(), "") for head in rows[0][1]]
    missing = [name for name in NEEDED if name not in heads]
    if missing:
        raise Refusal(
            gettext_lazy("The head lacks these columns: %(missing)s. Begin with the tariff as a sheet."),
            field="file",
            missing=", ".join(missing),
        )
    return [
        {
            "row": str(line),
            **{head: cell[:MOST_LETTERS] for head, cell in zip(heads, cells, strict=False) if head and cell},
        }
        for line, cells in rows[1:]
    ]


def _known_heads() -> dict[str, str]:
    heads = {name: name for name in LABELS}
    for language in ("hi", "en"):
        with override(language):
            heads |= {str(label).casefold(): name for name, label in LABELS.items()}
    return heads


@dataclass
class Row:
    """One row as it would be taken over: new, a change, the same, or wrong and why."""

    number: int
    text: dict[str, str]
    kind: str = NEW
    errors: list[tuple[Any, str]] = field(default_factory=list)  # (column in words, sentence)
    definition: ChargeItemDefinition | None = None
    tag: Tag | None = None
    was: Decimal | None = None

    def refuse(self, column: str, sentence: str) -> None:
        self.kind = ERROR
        self.errors.append((LABELS[column], sentence))

    @property
    def ward(self) -> str:
        return str(WardClass(self.tag.ward_class).label) if self.tag and self.tag.ward_class else ""


class TariffLook:
    """A sheet beside the tariff as it is now, in few queries whatever its length."""

    def __init__(self, texts: list[dict[str, str]], facility: Facility, *, day: date, today: date) -> None:
        self.texts, self.facility, self.day, self.today = texts, facility, max(day, today), today
        self.version = queries.tariff_version(facility)
        codes = {text.get("code", "").upper() for text in texts}
        self.definitions = {one.code: one for one in ChargeItemDefinition.objects.filter(code__in=codes)}
        self.schemes = {one.code: one for one in Scheme.objects.all()}
        self.wards = _ward_words()
        self.rows = [self._read(text) for text in texts]
        tags = [row.tag for row in self.rows if row.tag]
        self.shelves: dict[Any, Shelf] = shelves(facility, tags, today)
        self._put()
        counted = Counter(row.kind for row in self.rows)
        self.counts = {kind: counted[kind] for kind in (ERROR, NEW, CHANGE, SAME)}

    def of_kind(self, kind: str) -> list[Row]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def right(self) -> int:
        """How many prices it would set."""
        return self.counts[NEW] + self.counts[CHANGE]

    def sealed(self) -> str:
        """The look as a word that the page carries and nobody else can make."""
        body = [str(self.facility.pk), self.version, self.day.isoformat(), self.texts]
        return signing.dumps(body, salt=SALT, compress=True)

    # ── One row ──

    def _read(self, text: dict[str, str]) -> Row:
        row = Row(int(text["row"]), text)
        for name in LABELS:
            cell = text.get(name, "")
            if sheets.is_formula(cell):
                row.refuse(name, _("There is a formula in this cell. Paste its value."))
            elif name in NEEDED and not cell:
                row.refuse(name, _("This must be filled in."))
        if row.kind != ERROR:
            self._tag(row)
        return row

    def _tag(self, row: Row) -> None:
        text = row.text
        row.definition = self.definitions.get(text["code"].upper())
        if row.definition is None:
            row.refuse("code", _("The state's list has no service with this code."))
        scheme = self.schemes.get(text.get("scheme", "").upper())
        if text.get("scheme") and scheme is None:
            row.refuse("scheme", _("There is no such scheme."))
        ward = self.wards.get(text.get("ward", "").casefold())
        if ward is None:
            row.refuse(
                "ward", _("There is no such class of ward: general, semi_private, private, intensive.")
            )
        price = _price(text["price"])
        if price is None:
            row.refuse("price", _("Write the price in rupees: 1,250.00"))
        day, until = self._day(row, "from"), self._day(row, "until")
        if row.kind == ERROR or row.definition is None or price is None or ward is None:
            return
        # A sheet that went out says since when a price holds; one that is past begins on the chosen day.
        day = day if day and day >= self.today else self.day
        tag = Tag(row.definition, price, day, scheme, ward, until)
        try:
            refuse_unfit(tag, self.today)
        except Refusal as refusal:
            row.refuse({"day": "from"}.get(refusal.field or "", refusal.field or "price"), str(refusal))
        else:
            row.tag = tag

    def _day(self, row: Row, column: str) -> date | None:
        text = row.text.get(column, "")
        if not text:
            return None
        for form in ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d"):
            try:
                found = datetime.strptime(text, form).date()
            except ValueError:
                continue
            if 1950 <= found.year <= 2100:
                return found
        row.refuse(column, _("Write the day as 01-12-2026."))
        return None

    # ── Beside the tariff ──

    def _put(self) -> None:
        """Each row beside what holds on its day; what differs is put there, the earlier days first."""
        first: dict[Any, Row] = {}
        for row in sorted(self.rows, key=lambda one: (one.tag.day if one.tag else date.min, one.number)):
            if row.tag is None:
                continue
            same = first.setdefault((row.tag.shelf, row.tag.day), row)
            if same is not row:
                row.tag = None
                row.refuse("code", _("Row %(row)s says this price already.") % {"row": same.number})
                continue
            self._compare(row, row.tag)

    def _compare(self, row: Row, tag: Tag) -> None:
        shelf = self.shelves[tag.shelf]
        held = shelf.on(tag.day)
        row.was = held.price if held else None
        if held and held.price == tag.price and (tag.until is None or tag.until == held.valid_to):
            row.kind = SAME
            return
        row.kind = CHANGE if held else NEW
        shelf.put(tag, self.facility)


def _price(text: str) -> Decimal | None:
    found = PRICE.fullmatch(text)
    return Decimal(found[1].replace(",", "") + (found[2] or "")) if found else None


def _ward_words() -> dict[str, str]:
    words = {ward.value: ward.value for ward in WardClass}
    for language in ("hi", "en"):
        with override(language):
            words |= {str(ward.label).casefold(): ward.value for ward in WardClass}
    return words


def unsealed(word: str, facility: Facility) -> tuple[int, date, list[dict[str, str]]]:
    """The version, the day and the rows of a look. Refuses one that is too old, altered or of elsewhere."""
    try:
        of, version, day, texts = signing.loads(word, salt=SALT, max_age=SEAL_HOLDS)
    except signing.BadSignature:
        of = None
    if of != str(facility.pk):
        raise Refusal(gettext_lazy("This look at the sheet is out of date. Send the sheet again."))
    return version, date.fromisoformat(day), texts


@act
def import_tariff(*, facility: Facility, sealed: str, request_key: UUID, actor: Any, at: datetime) -> int:
    """Set every price of a sheet that was looked through; how many. Rows that are wrong are left out.

    Refuses when the tariff was changed since the look.
    """
    version, day, texts = unsealed(sealed, facility)
    body = [texts, str(day)]
    import_id, seen = requests.claim(request_key, "billing.import_tariff", actor=actor, body=body)
    if seen:
        told = AuditEntry.objects.get(pk=import_id).detail
        return int(told["added"]) + int(told["changed"])
    lock_tariff(facility)
    look = TariffLook(texts, facility, day=day, today=timezone.localdate(at))
    refuse_changed(
        look.version,
        version,
        gettext_lazy("The tariff was changed meanwhile. Look through the rows once more, then take over."),
    )
    write_shelves(look.shelves)
    facts.record(
        "billing.tariff_imported",
        about=facility,
        actor=actor,
        at=at,
        facility_id=facility.pk,
        fact_id=import_id,
        added=look.counts[NEW],
        changed=look.counts[CHANGE],
        left_out=look.counts[ERROR],
    )
    return look.right
