"""Analysers of a hospital: how each is known, what its codes mean; what it sends is kept before the answer.

Who sends is no person: facts of it have no actor. What is kept is matched by lab.services.tray.
"""

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from hmis.kernel import facts, requests, scope
from hmis.kernel.access import lock
from hmis.kernel.acts import act
from hmis.kernel.errors import Refusal, refusing
from hmis.kernel.rows import write
from hmis.kernel.transitions import move
from lab import queries
from lab.models import Analyser, AnalyserCode, AnalyserMessage
from lab.services.tray import READ, match_again
from lab.states import MESSAGE_MOVES, MessageStatus, WireProtocol
from lab.wire import e1394, oru
from lab.wire.lines import Verdict
from lab.wire.messages import NothingToKeep, OtherKind, WireError

log = logging.getLogger(__name__)

SENDER_OF = {WireProtocol.HL7: oru.sender_of, WireProtocol.ASTM: e1394.sender_of}


# ── Hearing: keep it, then answer ──


def hear(
    *, protocol: WireProtocol, raw: bytes, address: str | None, port: int, at: datetime
) -> tuple[Verdict, str]:
    """Keep a whole message of whoever sends, committed, and say what is answered. The listener's own call.

    Not kept are messages without results, of another kind, and of an unknown sender: those are logged.
    """
    error, control_id = "", ""
    try:
        control_id = READ[protocol](raw).control_id
    except NothingToKeep as nothing:
        return Verdict.KEPT, str(nothing)
    except OtherKind as other:
        return Verdict.REFUSED, str(other)
    except WireError as wrong:
        error = str(wrong)
    kept = _keep(protocol, raw, error, control_id=control_id, address=address, port=port, at=at)
    if not kept:
        return Verdict.REFUSED, "unknown sender"
    return (Verdict.WRONG if error else Verdict.KEPT), error


def note_broken(
    *, protocol: WireProtocol, raw: bytes, why: str, address: str | None, port: int, at: datetime
) -> bool:
    """Keep half a message, which nobody acknowledged, so that the page of its analyser tells of it."""
    return _keep(protocol, raw, why, control_id="", address=address, port=port, at=at)


def _keep(
    protocol: WireProtocol,
    raw: bytes,
    error: str,
    *,
    control_id: str,
    address: str | None,
    port: int,
    at: datetime,
) -> bool:
    sender = SENDER_OF[protocol](raw)
    with scope.within(scope.everywhere()):  # what it says of itself alone tells of which hospital it is
        analyser = queries.who_sends(protocol, sender=sender, address=address, port=port)
    if analyser is None:
        log.warning("Nobody's analyser: %s calls itself %r, from %s to %s.", protocol, sender, address, port)
        return False
    with scope.within(scope.at_hospitals(analyser.facility_id)):
        keep_message(
            analyser=analyser, raw=raw, error=error, control_id=control_id, address=address, actor=None, at=at
        )
    return True


@act
def keep_message(
    *,
    analyser: Analyser,
    raw: bytes,
    error: str = "",
    control_id: str = "",
    address: str | None = None,
    actor: None = None,
    at: datetime,
) -> AnalyserMessage:
    """The message as a row; the same bytes of the same analyser once more are the same row.

    Its control id does not tell it from others: many instruments begin again at 1 each morning.
    """
    digest = hashlib.sha256(raw).hexdigest()
    # One after the other, of one analyser: two of the same at once are one.
    lock(Analyser, analyser.pk)
    held: AnalyserMessage | None = (
        AnalyserMessage.objects.defer("raw").filter(analyser=analyser, sha256=digest).first()
    )
    if held is not None:
        held.times_received, held.last_received_at = held.times_received + 1, at
        held.save(update_fields=["times_received", "last_received_at"])
        return held
    message = AnalyserMessage(
        facility_id=analyser.facility_id,
        analyser=analyser,
        raw=raw,
        sha256=digest,
        control_id=control_id[:64],
        address=address,
        received_at=at,
        last_received_at=at,
    )
    if error:
        move(message, to=MessageStatus.REFUSED, allowed=MESSAGE_MOVES)
        message.error, message.processed_at = error[:200], at
    write(message)
    return message


# ── Setting up ──


@dataclass(frozen=True)
class Instrument:
    """How an analyser is known, as its form asks."""

    name: str
    section: str
    protocol: str
    sender: str = ""
    address: str | None = None
    port: int | None = None

    def claimed(self) -> list[Any]:
        return [self.name, self.section, self.protocol, self.sender, self.address, self.port]


@dataclass(frozen=True)
class Meaning:
    """What a code of an analyser means: results of ours, of which one is ordered; none: it is left out."""

    code: str
    analyte_codes: tuple[str, ...] = ()
    unit: str = ""
    factor: Decimal | None = None

    def claimed(self) -> list[Any]:
        return [self.code, self.analyte_codes, self.unit, self.factor]


@act
def add_analyser(*, instrument: Instrument, request_key: UUID, actor: Any, at: datetime) -> Analyser:
    """An instrument of the person's hospital. Refuses one that could not be told from another."""
    analyser_id, seen = requests.claim(
        request_key, "lab.add_analyser", actor=actor, body=instrument.claimed()
    )
    if seen:
        return Analyser.objects.get(pk=analyser_id)
    analyser = Analyser(id=analyser_id, facility=actor.posting.facility, **vars(instrument))
    write(analyser)
    _record("lab.analyser_added", analyser, actor=actor, at=at, protocol=analyser.protocol)
    return analyser


@act
def edit_analyser(
    *, analyser: Analyser, instrument: Instrument, is_active: bool, actor: Any, at: datetime
) -> Analyser:
    """How an instrument is known from now on; what is not in use is answered as an unknown sender is."""
    held: Analyser = lock(Analyser, analyser.pk)
    changes = {**vars(instrument), "is_active": is_active}
    for name, value in changes.items():
        setattr(held, name, value)
    with refusing(Analyser):
        held.save(update_fields=list(changes))
    _record("lab.analyser_edited", held, actor=actor, at=at, is_active=is_active)
    return held


@act
def set_code(
    *, analyser: Analyser, meaning: Meaning, request_key: UUID, actor: Any, at: datetime
) -> AnalyserCode:
    """Say what a code means, or say it anew; what waited in the tray for it is tried at once.

    Refuses a result that the state's list does not have.
    """
    code_id, seen = requests.claim(
        request_key, "lab.set_code", actor=actor, body=[analyser.pk, meaning.claimed()]
    )
    if seen:
        return AnalyserCode.objects.get(analyser=analyser, code=meaning.code, is_active=True)
    _refuse_unknown(meaning.analyte_codes, analyser)
    lock(Analyser, analyser.pk)
    held: AnalyserCode | None = queries.codes_of(analyser).filter(code=meaning.code).first()
    said = {"analyte_codes": list(meaning.analyte_codes), "unit": meaning.unit, "factor": meaning.factor}
    if held is None:
        held = AnalyserCode(
            id=code_id, facility_id=analyser.facility_id, analyser=analyser, code=meaning.code, **said
        )
        write(held)
    else:
        for name, value in said.items():
            setattr(held, name, value)
        with refusing(AnalyserCode):
            held.save(update_fields=list(said))
    _record("lab.analyser_code_set", held, actor=actor, at=at, code=held.code, means=held.analyte_codes)
    match_again(facility_id=analyser.facility_id, analyser=analyser, actor=actor, at=at)
    return held


def _refuse_unknown(analyte_codes: Iterable[str], analyser: Analyser) -> None:
    known = queries.analytes_at(analyser.facility_id).by_code
    for code in analyte_codes:
        if code not in known:
            raise Refusal(_("The state's list has no result %(code)s."), field="also", code=code)


@act
def remove_code(*, code: AnalyserCode, actor: Any, at: datetime) -> AnalyserCode:
    """The code means nothing any more: its values come to the tray."""
    held: AnalyserCode = lock(AnalyserCode, code.pk)
    if held.is_active:
        held.is_active = False
        held.save(update_fields=["is_active"])
        _record("lab.analyser_code_removed", held, actor=actor, at=at, code=held.code)
    return held


def _record(name: str, about: Any, *, actor: Any, at: datetime, **detail: Any) -> None:
    facts.record(name, about=about, actor=actor, at=at, facility_id=about.facility_id, **detail)
