"""The monthly pack: what the figures say of the state, each district and each hospital, and what changed.

A PDF in both languages, a page for the whole and one for each district; and the same figures as XLSX and CSV.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from facilities.models import Facility
from hmis.kernel import exports, pdf
from hmis.kernel.templatetags.ui import in_month
from reports import indicators, permissions, queries
from reports.forms.pack import MonthForm
from reports.indicators import Indicator, Sums, total, wait
from reports.kinds import Making, ReportKind, offer
from reports.masking import MASK, Shown
from reports.measures import MEASURES
from reports.queries import KINDS, Outcomes, Review, Scope

# The figures of each place, as counts.
COUNTED = ("visits", "arrivals", "admissions", "discharges", "tests", "collected", "exempted")


@dataclass(frozen=True)
class Told:
    """A word in both languages."""

    hi: str
    en: str


def told(words: Any) -> Told:
    """These words in Hindi and in English."""
    said = {}
    for language in ("hi", "en"):
        with translation.override(language):
            said[language] = str(words)
    return Told(**said)


@dataclass(frozen=True)
class Cell:
    """A share of a place, and by how many points it changed since the month before."""

    share: int | None
    change: int | None
    is_low: bool


@dataclass(frozen=True)
class Line:
    """A place in a table: its counts, its median wait, its shares."""

    place: Told
    code: str
    counts: Sequence[Decimal | Shown]
    wait: int | None
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Page:
    """A page of the pack: a place, the places in it by e-prescriptions, and what changed most."""

    place: Told
    whole: Line
    lines: Sequence[Line]
    outcomes: Sequence[tuple[Told, Shown]]
    better: Sequence[tuple[Told, Told, int]]
    worse: Sequence[tuple[Told, Told, int]]

    @property
    def counted(self) -> list[tuple[Told, Decimal | Shown]]:
        """Its counts with their words."""
        words = [told(MEASURES[one].label) for one in COUNTED]
        return list(zip(words, self.whole.counts, strict=True))


def month_said(asked: Mapping[str, Any]) -> str:
    """The month in the reader's words."""
    return in_month(_first(asked))


def _first(asked: Mapping[str, Any]) -> date:
    return date.fromisoformat(f"{asked['month']}-01")


def review_of(making: Making) -> Review:
    """The review of the widest place of whoever asked, for the month that is asked for."""
    scope = queries.scope_of(making.actor)
    if scope is None:
        raise LookupError("Nobody without a place asks for a pack.")
    return queries.review(
        scope,
        indicators.ALL[0],
        _first(making.asked),
        timezone.now(),
        asked=(*queries.OF_A_MONTH, *COUNTED),
    )


def pages_of(found: Review, making: Making) -> Iterator[Page]:
    """The whole, then each of its districts; a place without parts is one page."""
    ends = _ends(found, making)
    yield _page(found, ends, found.scope, found.scope.parts())
    if found.scope.kind != "state":
        return
    districts = found.scope.by_district()
    for done, (district, its) in enumerate(districts.items()):
        making.tell(done, len(districts))
        there = Scope(district, its)
        yield _page(found, ends, there, there.parts())


def _ends(found: Review, making: Making) -> Outcomes:
    """How stays ended, masked for whoever asks from outside the hospitals: one table for all pages."""
    is_outside = making.actor.posting.facility_id is None
    return queries.outcomes(found.scope, found.month, is_outside=is_outside)


def _page(found: Review, ends: Outcomes, scope: Scope, parts: Mapping[Any, Sequence[Facility]]) -> Page:
    lines = [_line(found, ends, Scope(one, its)) for one, its in parts.items()]
    lines.sort(key=lambda one: (one.cells[0].share is None, -(one.cells[0].share or 0), one.place.en))
    changes = [
        (line.place, told(indicator.label), cell.change)
        for line in lines
        for indicator, cell in zip(indicators.ALL, line.cells, strict=True)
        if cell.change
    ]
    changes.sort(key=lambda one: (-one[2], one[0].en))
    ended = ends.of(scope)
    return Page(
        _named(scope.place),
        _line(found, ends, scope),
        lines if len(lines) > 1 else [],
        [(told(kind.label), ended[kind]) for kind in KINDS],
        [one for one in changes if one[2] > 0][:3],
        [one for one in reversed(changes) if one[2] < 0][:3],
    )


def _line(found: Review, ends: Outcomes, scope: Scope) -> Line:
    ids = set(scope.ids)
    counts = {one: total(found.month, one, None, ids) for one in COUNTED}
    return Line(
        _named(scope.place),
        getattr(scope.place, "code", ""),
        [ends.sum_of(scope) if one == "discharges" else number for one, number in counts.items()],
        wait(found.month, ids),
        [_cell(one, found.month, found.before, ids) for one in indicators.ALL],
    )


def _cell(by: Indicator, month: Sums, before: Sums, ids: set[Any]) -> Cell:
    share, was = by.share(month, ids), by.share(before, ids)
    change = None if share is None or was is None else share - was
    return Cell(share, change, by.is_low(share))


def _named(place: Any) -> Told:
    return Told(place.name_hi or place.name, place.name)


# ── As a paper and as sheets ──


def _as_pdf(making: Making) -> bytes:
    found = review_of(making)
    context = {
        "pages": list(pages_of(found, making)),
        "indicators": [(told(one.label), one.goal) for one in indicators.ALL],
        "first": found.first,
        "last": found.last,
        "title": Told(*(_titled(language, found.first) for language in ("hi", "en"))),
        "printed_by": making.actor,
        "printed_at": found.at,
    }
    return pdf.pressed(render_to_string("reports/documents/pack.html", context))


def _titled(language: str, first: date) -> str:
    with translation.override(language):
        month = month_said({"month": f"{first:%Y-%m}"})
        return str(_("Monthly review: %(month)s") % {"month": month})


def head() -> list[str]:
    """The heads of the sheet."""
    counted = [str(MEASURES[one].label) for one in COUNTED]
    shares = [f"{one.label} %" for one in indicators.ALL]
    return [str(_("District")), str(_("Hospital")), *counted, str(_("Median wait, minutes")), *shares]


def rows_of(making: Making) -> Iterator[list[Any]]:
    """A row for each hospital, and one for the whole."""
    found = review_of(making)
    ends = _ends(found, making)
    hospitals = sorted(found.scope.facilities, key=lambda one: (str(one.district), one.code))
    for done, one in enumerate(hospitals):
        making.tell(done, len(hospitals))
        yield [str(one.district), str(one), *_values(_line(found, ends, Scope(one, [one])))]
    yield [str(found.scope.place), str(_("Total")), *_values(_line(found, ends, found.scope))]


def _values(line: Line) -> list[Any]:
    shares = ["" if one.share is None else one.share for one in line.cells]
    counts = [
        MASK if value is None else value if MEASURES[name].is_money else f"{value:.0f}"
        for name, value in zip(COUNTED, line.counts, strict=True)
    ]
    return [*counts, "" if line.wait is None else line.wait, *shares]


def _as_xlsx(making: Making) -> bytes:
    return exports.workbook("review", head(), rows_of(making))


def _as_csv(making: Making) -> bytes:
    return "".join(exports.csv_lines(head(), rows_of(making))).encode()


def _kind(ending: str, title: Any, make: Callable[[Making], bytes], content_type: str) -> ReportKind:
    return ReportKind(
        f"monthly_pack_{ending}",
        title,
        permissions.VIEW_REVIEW,
        MonthForm,
        make,
        ending,
        content_type,
        month_said,
    )


offer(
    _kind("pdf", _("Monthly review, PDF"), _as_pdf, "application/pdf"),
    _kind("xlsx", _("Figures of the monthly review, XLSX"), _as_xlsx, exports.XLSX_TYPE),
    _kind("csv", _("Figures of the monthly review, CSV"), _as_csv, exports.CSV_TYPE),
)
