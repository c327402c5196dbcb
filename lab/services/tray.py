"""What analysers have sent is matched to its orders, message by message; the rest waits in the tray.

Nothing of it is ever verified or authorised here.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, scope
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from hmis.kernel.units import unit_shown
from lab import queries, ranges
from lab.models import (
    Analyser,
    AnalyserCode,
    AnalyserMessage,
    AnalyteDefinition,
    ResultLine,
    ServiceRequest,
    Specimen,
    UnmatchedResult,
)
from lab.services.results import Entered, Entry, enter_results
from lab.states import (
    MESSAGE_MOVES,
    TRAY_MOVES,
    DiscardReason,
    MessageStatus,
    OrderStatus,
    ResultOrigin,
    SpecimenStatus,
    TrayStatus,
    ValueType,
    WhyInTray,
    WireProtocol,
)
from lab.wire import e1394, oru
from lab.wire.messages import Message, Result, WireError

log = logging.getLogger(__name__)

READ = {WireProtocol.HL7: oru.read, WireProtocol.ASTM: e1394.read}
OPEN = (OrderStatus.RECEIVED, OrderStatus.RESULTED)
DONE = (OrderStatus.VERIFIED, OrderStatus.AUTHORISED)
# What may find its place by itself later: the tube is received, the list put right.
MAY_STILL_FIT = (
    WhyInTray.NO_NUMBER,
    WhyInTray.NOT_RECEIVED,
    WhyInTray.NO_CODE,
    WhyInTray.NOT_ORDERED,
    WhyInTray.AMBIGUOUS,
    WhyInTray.OTHER_UNIT,
    WhyInTray.UNREADABLE,
)
TRIED_FOR = timedelta(days=3)
NUMBER = re.compile(r"([<>≤≥]?)\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\Z")
FOUR_PLACES = Decimal("0.0001")


# ── Matching ──


def take_messages(*, most: int = 200) -> int:
    """Match what was kept and not yet looked at, message by message; how many were looked at.

    What cannot be looked at at all is put aside as not readable; while the database is away it stays.
    """
    with scope.within(scope.everywhere()):
        waiting = queries.messages_to_look_at(most)
    taken = 0
    for message_id, facility_id in waiting:
        with scope.within(scope.at_hospitals(facility_id)):
            try:
                taken += take_message(message_id=message_id, actor=None, at=timezone.now()) is not None
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                log.exception("Message %s of an analyser could not be matched.", message_id)
                put_aside(message_id=message_id, error=type(error).__name__, actor=None, at=timezone.now())
                taken += 1
    return taken


@act
def take_message(*, message_id: UUID, actor: None = None, at: datetime) -> AnalyserMessage | None:
    """Enter what one message brings, and put the rest into the tray; None where another is at it."""
    message = _to_look_at(message_id)
    if message is None:
        return None
    protocol = WireProtocol(message.analyser.protocol)
    try:
        read: Message = READ[protocol](bytes(message.raw))
    except WireError as error:
        _close(message, MessageStatus.REFUSED, at=at, error=str(error)[:200])
        return message
    placed = _Bench(message.analyser, read.results).place(at=at)
    misfits = [
        _unmatched(message, position, result, misfit)
        for position, (result, misfit) in enumerate(zip(read.results, placed.misfits, strict=True))
        if misfit is not None
    ]
    write(*misfits)
    message.samples = sorted({one.accession_number[:40] for one in read.results})
    message.entered_count, message.tray_count = placed.entered, len(misfits)
    status = MessageStatus.MATCHED if not misfits else MessageStatus.PARTLY
    if misfits and not placed.entered:
        status = MessageStatus.TRAY
    _close(message, status, at=at, also=["samples", "entered_count", "tray_count"])
    facts.record(
        "lab.analyser_message_taken",
        about=message,
        actor=None,
        at=at,
        facility_id=message.facility_id,
        entered=placed.entered,
        tray=len(misfits),
    )
    return message


@act
def put_aside(*, message_id: UUID, error: str, actor: None = None, at: datetime) -> None:
    """A message at which the matching itself failed: it stays, and holds up no other."""
    message = _to_look_at(message_id)
    if message is not None:
        _close(message, MessageStatus.REFUSED, at=at, error=f"could not be matched: {error}"[:200])


def _to_look_at(message_id: UUID) -> AnalyserMessage | None:
    stored = AnalyserMessage.objects.filter(pk=message_id, status=MessageStatus.STORED)
    held: AnalyserMessage | None = (
        stored.select_for_update(of=("self",), skip_locked=True).select_related("analyser").first()
    )
    return held


def _close(
    message: AnalyserMessage,
    status: MessageStatus,
    *,
    at: datetime,
    error: str = "",
    also: Sequence[str] = (),
) -> None:
    message.processed_at, message.error = at, error
    move(message, to=status, allowed=MESSAGE_MOVES, also=["processed_at", "error", *also])


@dataclass(frozen=True)
class _Misfit:
    """Why a value was not entered."""

    why: WhyInTray
    words: str = ""


@dataclass
class _Placed:
    """What became of each result: entered into these orders, or why not. Left out is neither."""

    misfits: list[_Misfit | None]
    orders: list[list[UUID]]
    entered: int = 0


def _unmatched(message: AnalyserMessage, position: int, result: Result, misfit: _Misfit) -> UnmatchedResult:
    return UnmatchedResult(
        facility_id=message.facility_id,
        message=message,
        position=position,
        accession_number=result.accession_number[:40],
        code=result.code[:40],
        value=result.value[:240],
        unit=result.unit[:24],
        flag=result.flag[:16],
        measured_at=result.measured_at,
        received_at=message.received_at,
        why=misfit.why,
        words=misfit.words[:200],
    )


class _Bench:
    """The results of one analyser with the tubes, orders and codes that they speak of: four questions."""

    def __init__(self, analyser: Analyser, results: Sequence[Result]) -> None:
        self.analyser, self.results = analyser, results
        self.codes: Mapping[str, AnalyserCode] = {one.code: one for one in queries.codes_of(analyser)}
        self.analytes = queries.analytes_at(analyser.facility_id).by_code
        numbers = {one.accession_number for one in results}
        tubes = Specimen.objects.filter(facility=analyser.facility_id, accession_number__in=numbers)
        self.specimens = {one.accession_number: one for one in tubes}
        self.orders: dict[UUID, list[ServiceRequest]] = {}
        done_from = ServiceRequest.objects.filter(specimen__in=tubes).standing()
        for order in done_from.select_related("test").order_by("pk"):
            if order.specimen_id:
                self.orders.setdefault(order.specimen_id, []).append(order)

    def place(self, *, at: datetime) -> _Placed:
        """Enter all that has its place."""
        sought = [self._seek(one) for one in self.results]
        entries: dict[tuple[UUID, str], Entry] = {}
        placed = _Placed([], [])
        for found in sought:
            if isinstance(found, list):
                # Twice in one message: the first stands, and another value beside it is asked about.
                taken = [entries.setdefault((one.order_id, one.analyte_code), one) for one in found]
                found = _Misfit(WhyInTray.OTHER_VALUE) if taken != found else found
            placed.misfits.append(found if isinstance(found, _Misfit) else None)
            placed.orders.append([one.order_id for one in found] if isinstance(found, list) else [])
        before = self._standing(entries)
        done = (
            enter_results(entries=list(entries.values()), origin=ResultOrigin.ANALYSER, actor=None, at=at)
            if entries
            else Entered()
        )
        for place, found in enumerate(sought):
            if isinstance(found, list) and placed.misfits[place] is None:
                placed.misfits[place] = _refused(found, done.refused, before)
                placed.entered += placed.misfits[place] is None
        return placed

    def _standing(self, keys: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], str]:
        """The values that stand where these are to be entered."""
        orders = {order_id for order_id, _code in keys}
        lines = ResultLine.objects.filter(order__in=orders).exclude(value="")
        return {
            (order_id, code): value
            for order_id, code, value in lines.values_list("order", "analyte__code", "value")
        }

    def _seek(self, result: Result) -> list[Entry] | _Misfit | None:
        """Where a result belongs; None where its code is left out knowingly."""
        code = self.codes.get(result.code)
        if code is not None and not code.analyte_codes:
            return None
        early = _misfit_in_itself(result)
        if early is not None:
            return early
        if code is None:
            return _Misfit(WhyInTray.NO_CODE)
        meant = self._meant(result.accession_number, code)
        if isinstance(meant, _Misfit):
            return meant
        entries = []
        for order, analyte_code in meant:
            value = self._value(result, code, analyte_code)
            if isinstance(value, _Misfit):
                return value
            entries.append(Entry(order.pk, analyte_code, value))
        return entries

    def _meant(self, number: str, code: AnalyserCode) -> list[tuple[ServiceRequest, str]] | _Misfit:
        """The orders of a tube that wait for this code, with the result of each that it is.

        One value may serve two orders (LFT and bilirubin); of one order it is one result.
        """
        specimen = self.specimens.get(number)
        if specimen is None:
            return _Misfit(WhyInTray.NO_NUMBER)
        if specimen.status == SpecimenStatus.REJECTED:
            return _Misfit(WhyInTray.REJECTED)
        orders = self.orders.get(specimen.pk, ())
        asked = [(one, [each for each in code.analyte_codes if each in one.test.members]) for one in orders]
        asked = [(one, results) for one, results in asked if results]
        if not asked:
            return _Misfit(WhyInTray.NOT_ORDERED)
        still_open = [(one, results) for one, results in asked if one.status in OPEN]
        if any(len(results) > 1 for _one, results in still_open):
            return _Misfit(WhyInTray.AMBIGUOUS)
        if still_open:
            return [(one, results[0]) for one, results in still_open]
        too_late = any(one.status in DONE for one, _results in asked)
        return _Misfit(WhyInTray.TOO_LATE if too_late else WhyInTray.NOT_RECEIVED)

    def _value(self, result: Result, code: AnalyserCode, analyte_code: str) -> str | _Misfit:
        analyte = self.analytes.get(analyte_code)
        if analyte is None:
            return _Misfit(WhyInTray.NO_CODE, analyte_code)
        expected = code.unit or analyte.row.unit
        if not _same_unit(result.unit, expected):
            return _Misfit(WhyInTray.OTHER_UNIT, expected)
        value = converted(result.value, analyte.row, code.factor)
        return _Misfit(WhyInTray.UNREADABLE) if value is None else value


def _misfit_in_itself(result: Result) -> _Misfit | None:
    if result.is_control:
        return _Misfit(WhyInTray.CONTROL)
    if not result.is_final:
        return _Misfit(WhyInTray.NOT_FINAL)
    return None if result.value.strip() else _Misfit(WhyInTray.UNREADABLE)


def _refused(
    entries: Sequence[Entry],
    refused: Mapping[tuple[UUID, str], str],
    before: Mapping[tuple[UUID, str], str],
) -> _Misfit | None:
    """Why one of these was not entered: most often a person, or an earlier run, said another value."""
    for one in entries:
        key = one.order_id, one.analyte_code
        if key in refused:
            if key in before:
                return _Misfit(WhyInTray.OTHER_VALUE, before[key])
            return _Misfit(WhyInTray.REFUSED, refused[key])
    return None


def _same_unit(theirs: str, ours: str) -> bool:
    """Whether a unit is the one expected, however it is written: 10^3/uL, 10*3/µL. None is said: it is."""

    def plain(unit: str) -> str:
        return unit.casefold().replace("^", "*").replace("µ", "u").replace("μ", "u").replace(" ", "")

    return not theirs.strip() or plain(theirs) == plain(ours)


def converted(said: str, row: AnalyteDefinition, factor: Decimal | None) -> str | None:
    """The value as it is entered here, times its factor; None where it is none of this analyte.

    A choice is a word: an analyser's 1 is not our first choice.
    """
    value = said.strip()
    if row.value_type == ValueType.NUMBER:
        found = NUMBER.match(value)
        if not found:
            return None
        number = (Decimal(found[2]) * (factor or 1)).quantize(FOUR_PLACES)
        value = found[1] + f"{number.normalize():f}"
    elif factor is not None or (row.value_type == ValueType.CHOICE and value.isdigit()):
        return None
    try:
        ranges.read_value(value, value_type=row.value_type, decimals=row.decimals, choices=row.choices)
    except ranges.Unreadable:
        return None
    return value


# ── The tray ──


@act
def match_again(
    *, facility_id: UUID, analyser: Analyser | None = None, actor: Any = None, at: datetime
) -> int:
    """Try once more what waits in the tray and may fit now; how many values found their place.

    What its list leaves out by now is put away in the name of the person who asks.
    """
    waiting = UnmatchedResult.objects.select_for_update(of=("self",), skip_locked=True).filter(
        facility=facility_id,
        status=TrayStatus.WAITING,
        why__in=MAY_STILL_FIT,
        received_at__gt=at - TRIED_FOR,
    )
    if analyser is not None:
        waiting = waiting.filter(message__analyser=analyser)
    by_analyser: dict[Analyser, list[UnmatchedResult]] = {}
    for row in waiting.select_related("message__analyser").order_by("received_at", "pk"):
        by_analyser.setdefault(row.message.analyser, []).append(row)
    return sum(_match_rows(one, rows, actor, at) for one, rows in by_analyser.items())


def _match_rows(analyser: Analyser, rows: Sequence[UnmatchedResult], actor: Any, at: datetime) -> int:
    placed = _Bench(analyser, [_as_sent(row) for row in rows]).place(at=at)
    matched = 0
    for row, misfit, orders in zip(rows, placed.misfits, placed.orders, strict=True):
        if misfit is not None:
            if (row.why, row.words) != (misfit.why, misfit.words[:200]):
                row.why, row.words = misfit.why, misfit.words[:200]
                row.save(update_fields=["why", "words"])
        elif orders:
            _assign(row, orders[0], actor=None, at=at)
            matched += 1
        elif actor is not None:
            _discard(row, DiscardReason.NOT_NEEDED, "", actor=actor, at=at)
    return matched


def _as_sent(row: UnmatchedResult) -> Result:
    return Result(row.accession_number, row.code, row.value, row.unit, row.flag, row.measured_at)


@act
def assign_result(
    *, result: UnmatchedResult, accession_number: str, analyte_code: str, actor: Any, at: datetime
) -> UnmatchedResult:
    """Enter a value of the tray into the orders of a tube, in the name of the person who says so.

    It takes the place of what stands there. Refuses an unknown tube, what is not ordered from it, what is
    verified already, a unit that nobody has converted, and what somebody else has answered meanwhile.
    """
    held = _waiting(result)
    specimen = queries.specimen_by_number(actor, accession_number)
    if specimen is None:
        raise Refusal(WhyInTray.NO_NUMBER.label, field="accession_number")
    orders = [one for one in queries.orders_on(specimen) if analyte_code in one.test.members]
    if not orders:
        raise Refusal(_("This test is not ordered for this tube."), field="analyte_code")
    value = _value_for(held, analyte_code)
    revs = dict(
        ResultLine.objects.filter(order__in=orders, analyte__code=analyte_code).values_list("order", "rev")
    )
    entries = [Entry(one.pk, analyte_code, value, revs.get(one.pk)) for one in orders]
    done = enter_results(entries=entries, origin=ResultOrigin.ANALYSER, actor=actor, at=at)
    if done.refused:
        raise Refusal("%(why)s", why=next(iter(done.refused.values())))
    _assign(held, orders[0].pk, actor=actor, at=at)
    return held


def _value_for(held: UnmatchedResult, analyte_code: str) -> str:
    analyser = held.message.analyser
    analyte = queries.analytes_at(held.facility_id).by_code.get(analyte_code)
    if analyte is None:
        raise Refusal(_("The state's list has no result %(code)s."), field="analyte_code", code=analyte_code)
    row = analyte.row
    code = queries.codes_of(analyser).filter(code=held.code, analyte_codes__contains=[analyte_code]).first()
    expected = (code.unit if code else "") or row.unit
    if not _same_unit(held.unit, expected):
        raise Refusal(
            _("The analyser sent %(theirs)s, %(name)s is in %(ours)s. Put its code and factor right first."),
            theirs=unit_shown(held.unit),
            name=row,
            ours=unit_shown(expected) or "—",
        )
    value = converted(held.value, row, code.factor if code else None)
    if value is None:
        raise Refusal(_("%(value)s cannot be a result of %(name)s."), value=held.value or "—", name=row)
    return value


@act
def discard_result(
    *, result: UnmatchedResult, reason: DiscardReason, note: str = "", actor: Any, at: datetime
) -> UnmatchedResult:
    """Put a value of the tray away with a reason. Refuses what somebody else has answered meanwhile."""
    held = _waiting(result)
    with refusing(UnmatchedResult):
        _discard(held, reason, note, actor=actor, at=at)
    return held


def _waiting(result: UnmatchedResult) -> UnmatchedResult:
    held: UnmatchedResult = lock(UnmatchedResult, result.pk, "message__analyser")
    if held.status != TrayStatus.WAITING:
        raise Refusal(_("Somebody else has answered this meanwhile."))
    return held


def _assign(row: UnmatchedResult, order_id: UUID, *, actor: Any, at: datetime) -> None:
    row.order_id, row.answered_by, row.answered_at = order_id, actor, at
    move(row, to=TrayStatus.ASSIGNED, allowed=TRAY_MOVES, also=["order", "answered_by", "answered_at"])
    _record("lab.tray_result_entered", row, actor=actor, at=at, why=row.why)


def _discard(row: UnmatchedResult, reason: DiscardReason, note: str, *, actor: Any, at: datetime) -> None:
    row.discard_reason, row.discard_note = reason, note
    row.answered_by, row.answered_at = actor, at
    also = ["discard_reason", "discard_note", "answered_by", "answered_at"]
    move(row, to=TrayStatus.DISCARDED, allowed=TRAY_MOVES, also=also)
    _record("lab.tray_result_discarded", row, actor=actor, at=at, reason=reason)


def _record(name: str, about: Any, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=about, actor=actor, at=at, facility_id=about.facility_id, **detail)
