"""Puts load on a server of this machine: some connections at once, each waits for its answer."""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles
from threading import Thread

from benchmarks.places import HOST

CHUNK = 65536


@dataclass(frozen=True)
class Load:
    """What a run came to: answers by status, and how long each took."""

    seconds: float
    statuses: Counter[int]
    milliseconds: list[float]

    def per_second(self, status: int) -> float:
        """Answers with this status each second."""
        return self.statuses[status] / self.seconds

    @property
    def p50(self) -> float:
        return quantiles(self.milliseconds, n=100)[49]

    @property
    def p95(self) -> float:
        return quantiles(self.milliseconds, n=100)[94]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as it goes over the wire. Header names are written with underscores."""
    lines = {"Host": HOST, "Connection": "close", "Content-Length": str(len(body))}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def exchange(port: int, sent: bytes) -> bytes:
    """The whole answer, its head included. The connection is not kept: nor do sync workers keep it."""
    with socket.create_connection((HOST, port), timeout=30) as line:
        line.sendall(sent)
        received = []
        while chunk := line.recv(CHUNK):
            received.append(chunk)
    return b"".join(received)


def status_of(answer: bytes) -> int:
    return int(answer[9:12])


def drive(port: int, clerks: Sequence[Iterator[bytes]], *, seconds: float, warm_up: float = 3.0) -> Load:
    """Each clerk sends one request after the other, for so many seconds after an uncounted warm-up."""
    statuses: Counter[int] = Counter()
    milliseconds: list[float] = []
    begins = time.monotonic() + warm_up

    def work(requests: Iterator[bytes]) -> None:
        for sent in requests:
            began = time.monotonic()
            status = status_of(exchange(port, sent))
            ended = time.monotonic()
            if ended > begins + seconds:
                return
            if began >= begins:
                statuses[status] += 1
                milliseconds.append(1000 * (ended - began))

    all_at_once([lambda requests=requests: work(requests) for requests in clerks])  # type: ignore[misc]
    return Load(seconds, statuses, milliseconds)


def all_at_once(acts: Sequence[Callable[[], object]]) -> None:
    """Each act in a thread of its own; back when all are over."""
    threads = [Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
