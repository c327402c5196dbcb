"""What analysers send: messages, frames, and an instrument that speaks over a socket."""

import socket
from contextlib import suppress

from lab.wire.lines import ACK, CR, ENQ, EOT, ETB, ETX, FS, LF, NAK, STX, VT, checksum

HEAD = r"H|\^&|||XN-550^1.0|||||||P|E1394-97|20260722115900"


def astm(*results, number="Y260000123", sender=HEAD, ends="L|1|N"):
    """One message of (code, value, unit) about one sample, as its text."""
    records = [sender, "P|1", f"O|1||2^1^{number}^B|^^^^CBC||20260722115500|||||N"]
    for place, (code, value, unit) in enumerate(results, start=1):
        records.append(f"R|{place}|^^^^{code}^1|{value}|{unit}||N||F||||20260722115900")
    return "".join(f"{one}\r" for one in (*records, *([ends] if ends else []))).encode()


def hl7(*results, number="Y260000123", sender="BS-240", control_id="1", kind="ORU^R01"):
    """The same as an ORU."""
    segments = [
        rf"MSH|^~\&|{sender}|Lab|||20260722115900||{kind}|{control_id}|P|2.3.1",
        "PID|1||||||||",
        f"OBR|1|{number}|17|^BS|||20260722115500",
    ]
    for place, (code, value, unit) in enumerate(results, start=1):
        segments.append(f"OBX|{place}|NM|{code}^{code}||{value}|{unit}|||||F|||20260722115800")
    return "".join(f"{one}\r" for one in segments).encode()


def block(message):
    """A message in MLLP."""
    return bytes([VT]) + message + bytes([FS, CR])


def frame(number, text, end=ETX):
    """One frame of E1381."""
    body = str(number % 8).encode() + text + bytes([end])
    return bytes([STX]) + body + checksum(body) + bytes([CR, LF])


def frames(message, longest=240, first=1):
    """A message's frames: a record each, a long one in several."""
    made, number = [], first
    for record in message.split(b"\r")[:-1]:
        text = record + b"\r"
        while len(text) > longest:
            made.append(frame(number, text[:longest], ETB))
            text, number = text[longest:], number + 1
        made.append(frame(number, text))
        number += 1
    return made


class Instrument:
    """An analyser's socket. `say` and `hear` are bytes; `send_hl7` and `send_astm` whole messages."""

    def __init__(self, port, timeout=20.0):
        self.line = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()

    def hang_up(self):
        with suppress(OSError):
            self.line.close()

    def say(self, data):
        self.line.sendall(data)

    def hear(self, count=1):
        heard = b""
        while len(heard) < count and (more := self.line.recv(count - len(heard))):
            heard += more
        return heard

    def hear_block(self):
        heard = b""
        while not heard.endswith(bytes([FS, CR])) and (more := self.line.recv(4096)):
            heard += more
        return heard[1:-2].decode()

    def send_hl7(self, message):
        """The answer's MSA as a list."""
        self.say(block(message))
        answer = self.hear_block()
        return answer.split("\r")[1].split("|") if answer else []

    def send_astm(self, message):
        """What was answered to the last frame."""
        self.say(bytes([ENQ]))
        answer = self.hear()
        if answer != bytes([ACK]):
            return answer
        for one in frames(message):
            self.say(one)
            answer = self.hear()
            if answer != bytes([ACK]):
                break
        with suppress(OSError):
            self.say(bytes([EOT]))
        return answer


GOOD, BAD = bytes([ACK]), bytes([NAK])
