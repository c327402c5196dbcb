"""What is said on a connection before and after each message: MLLP of HL7, and ASTM E1381 (LIS1-A).

A line is given bytes as they come (`feed`) and asked what they mean (`next_event`). A message that has come
whole waits for `answer`: only then is it acknowledged, so that whoever answers can keep it first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

VT, FS, CR, LF = 0x0B, 0x1C, 0x0D, 0x0A
STX, ETX, EOT, ENQ, ACK, NAK, ETB = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x17
MOST_BYTES = 1_000_000
# ASTM E1381-95: at most 240 characters between frame number and ETB or ETX. LIS1-A2 allows 63,993.
LONGEST_FRAME = 240
# What surrounds a frame's text up to its LF: number, ETB or ETX, two digits, CR.
AROUND = 5
# A sender gives up after six; one that does not is no sender.
MOST_NAKS = 20
# Bytes outside of any message before a connection is taken for something else.
MOST_NOISE = 4096


class Verdict(Enum):
    """What became of a message: kept; kept though it cannot be read; not taken; not taken just now."""

    KEPT = "kept"
    WRONG = "wrong"
    REFUSED = "refused"
    AGAIN = "again"


@dataclass(frozen=True)
class Reply:
    """Bytes to send back now."""

    data: bytes


@dataclass(frozen=True)
class Received:
    """A whole message, without what framed it. It waits for `Line.answer`."""

    raw: bytes


@dataclass(frozen=True)
class Dropped:
    """What came and is no message: half of one, more than is taken, noise. `fatal` ends the connection."""

    raw: bytes
    why: str
    fatal: bool = False


Event = Reply | Received | Dropped


class Line(Protocol):
    """One connection's protocol."""

    # Whether silence now is a fault of the sender (else it may be silent for hours).
    is_busy: bool

    def feed(self, data: bytes) -> None: ...

    def next_event(self) -> Event | None: ...

    def answer(self, verdict: Verdict, words: str = "") -> bytes: ...

    def give_up(self) -> Event | None: ...


Acknowledge = Callable[[bytes, Verdict, str], bytes]


class Mllp:
    """HL7's minimal lower layer: VT, the message, FS, CR. What stands between two blocks is no message.

    `acknowledge` writes the answer to a message; it is framed here.
    """

    def __init__(self, acknowledge: Acknowledge, *, most: int = MOST_BYTES) -> None:
        self.acknowledge, self.most = acknowledge, most
        self.pending = bytearray()
        self.waiting: bytes | None = None
        self.is_busy = False
        self.noise = 0

    def feed(self, data: bytes) -> None:
        self.pending += data

    def next_event(self) -> Event | None:
        assert self.waiting is None, "the last message was not answered"
        self._pass_over()
        if self.noise > MOST_NOISE:
            return Dropped(b"", "nothing of it is a message", fatal=True)
        end = self.pending.find(bytes([FS, CR]))
        # A sender that broke off begins anew with another VT; there is none within a message.
        again = self.pending.find(VT, 1, end if end >= 0 else len(self.pending))
        whole = again if again >= 0 else end if end >= 0 else len(self.pending) - 1
        if whole > self.most:
            self.pending.clear()
            return Dropped(b"", "longer than is taken", fatal=True)
        self.is_busy = bool(self.pending)
        if again < 0 and end < 0:
            return None
        raw = bytes(self.pending[1:whole])
        if again >= 0:
            del self.pending[:again]
            return Dropped(raw, "half a message")
        del self.pending[: end + 2]
        self.waiting, self.is_busy, self.noise = raw, False, 0
        return Received(raw)

    def _pass_over(self) -> None:
        """What stands before a block's beginning; the end of a line between two is usual."""
        begin = self.pending.find(VT)
        before = self.pending[: begin if begin >= 0 else len(self.pending)]
        self.noise += len(before.translate(None, b"\r\n"))
        del self.pending[: len(before)]

    def answer(self, verdict: Verdict, words: str = "") -> bytes:
        assert self.waiting is not None
        raw, self.waiting = self.waiting, None
        return bytes([VT]) + self.acknowledge(raw, verdict, words) + bytes([FS, CR])

    def give_up(self) -> Event | None:
        half, self.is_busy = bytes(self.pending[1:]), False
        self.pending.clear()
        return Dropped(half, "half a message") if half else None


class Astm:
    """The receiving side of ASTM E1381: ENQ, frames of at most 240 characters, EOT.

    A frame is STX, its number modulo 8, text, ETB or ETX, two hexadecimal digits of the sum of all from the
    number to ETB or ETX, CR, LF. A good one is acknowledged; one that came before is acknowledged and not
    taken twice; any other is asked for once more. A message is whole when a frame with ETX has ended its
    terminator record (L), and is acknowledged by the answer to that very frame.
    """

    def __init__(self, *, longest: int = LONGEST_FRAME, most: int = MOST_BYTES) -> None:
        self.longest, self.most = longest, most
        self.pending = bytearray()
        self.frame: bytearray | None = None
        self.text = bytearray()
        self.is_busy = False
        self.expected = 1
        self.last: int | None = None
        self.naks = self.noise = 0
        self.waiting: tuple[int, bytes] | None = None

    def feed(self, data: bytes) -> None:
        self.pending += data

    def next_event(self) -> Event | None:
        assert self.waiting is None, "the last message was not answered"
        while self.pending:
            if self.pending[0] == ENQ and self.text:
                return self.give_up()  # and the inquiry is answered next
            byte = self.pending.pop(0)
            event = self._take(byte)
            if event is not None:
                return event
        return None

    def _take(self, byte: int) -> Event | None:
        if byte == ENQ:
            # Also in the midst: a sender that has not heard us asks again and sends all anew.
            self.frame, self.is_busy, self.expected, self.last, self.naks = None, True, 1, None, 0
            return Reply(bytes([ACK]))
        if self.is_busy and byte == EOT:
            return self.give_up()
        if self.is_busy and byte == STX:
            self.frame = bytearray()
        elif self.is_busy and self.frame is not None:
            if byte == LF:  # never within a text: it ends the frame, right or wrong
                whole, self.frame = bytes(self.frame), None
                return self._judge(whole)
            if len(self.frame) <= self.longest + AROUND:  # one more than is right is enough to know it
                self.frame.append(byte)
        elif byte not in {CR, LF, EOT}:
            self.noise += 1
            if self.noise > MOST_NOISE:
                return Dropped(b"", "nothing of it is a message", fatal=True)
        return None

    def _judge(self, frame: bytes) -> Event:
        number = _number_of(frame, self.longest)
        if number is None or number not in {self.expected, self.last}:
            return self._ask_again()
        if number == self.last:
            return Reply(bytes([ACK]))
        text = self.text + frame[1:-4]
        if len(text) > self.most:
            self.text.clear()
            return Dropped(b"", "longer than is taken", fatal=True)
        if frame[-4] == ETX and not text.endswith(b"\r"):
            text += b"\r"
        if frame[-4] == ETX and _is_ended(text):
            self.waiting = (number, bytes(text))
            return Received(bytes(text))
        self._accept(number, text)
        return Reply(bytes([ACK]))

    def _accept(self, number: int, text: bytearray) -> None:
        self.text, self.last, self.expected = text, number, (number + 1) % 8
        self.naks = self.noise = 0

    def _ask_again(self) -> Event:
        self.naks += 1
        if self.naks > MOST_NAKS:
            return Dropped(b"", "no frame was right", fatal=True)
        return Reply(bytes([NAK]))

    def answer(self, verdict: Verdict, words: str = "") -> bytes:
        assert self.waiting is not None
        (number, _raw), self.waiting = self.waiting, None
        if verdict in {Verdict.REFUSED, Verdict.AGAIN}:
            self.naks += 1
            return bytes([NAK])
        # The line cannot say that a content is wrong; sent once more it would be no better.
        self._accept(number, bytearray())
        return bytes([ACK])

    def give_up(self) -> Event | None:
        """The transmission is over, in order or not. What has no terminator is half a message."""
        half = bytes(self.text)
        self.text.clear()
        self.frame, self.is_busy = None, False
        return Dropped(half, "half a message") if half else None


def checksum(frame: bytes) -> bytes:
    """Two digits for what stands from a frame's number to its ETB or ETX."""
    return b"%02X" % (sum(frame) % 256)


def _number_of(frame: bytes, longest: int) -> int | None:
    """The number of a frame (without STX and LF) that is right in itself."""
    if not AROUND <= len(frame) <= longest + AROUND or frame[-1] != CR or frame[-4] not in {ETB, ETX}:
        return None
    if checksum(frame[:-3]) != frame[-3:-1].upper() or not 0x30 <= frame[0] <= 0x37:
        return None
    return frame[0] - 0x30


def _is_ended(text: bytes | bytearray) -> bool:
    """Whether the last record is the terminator."""
    return bytes(text[:-1]).rpartition(b"\r")[2].lstrip()[:1].upper() == b"L"


def line_for(first: int, acknowledge: Acknowledge, *, longest: int = LONGEST_FRAME) -> Line | None:
    """The protocol that begins with this byte, if one does."""
    if first == VT:
        return Mllp(acknowledge)
    return Astm(longest=longest) if first == ENQ else None
