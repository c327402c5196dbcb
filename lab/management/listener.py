"""The ear for analysers: sockets on one side, `services.hear` on the other. No thread but for the database.

Whatever a connection sends, it can only fill its own bounded buffer, and stays silent only so long.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from secrets import token_hex
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from lab import services
from lab.states import WireProtocol
from lab.wire import oru
from lab.wire.lines import LONGEST_FRAME, Astm, Dropped, Line, Received, Reply, Verdict, line_for

log = logging.getLogger(__name__)
T = TypeVar("T")

AT_ONCE = 65536
MOST_CONNECTIONS = 200
DATABASE_THREADS = 4
# E1381: so long may a sender pause within a transmission.
PAUSE_SECONDS = 30.0
# So long may a connection say nothing between messages; an instrument opens another.
IDLE_SECONDS = 6 * 3600.0
# So long may a sender leave our answer unread.
UNREAD_SECONDS = 30.0
# How often what was kept and not looked at is looked for, besides after each message.
ROUND_SECONDS = 20.0
NOT_NOW = "not now, send it once more"


@dataclass
class Listener:
    """Listens on some ports for HL7 and ASTM alike: the first byte of a connection tells which."""

    host: str
    ports: list[int]
    longest_frame: int = LONGEST_FRAME
    pause: float = PAUSE_SECONDS
    idle: float = IDLE_SECONDS
    # Called now and then while all is well: a container's sign of life.
    alive: Callable[[], object] = field(default=lambda: None)
    open: set["asyncio.Task[None]"] = field(default_factory=set)

    def run(self) -> None:
        """Listen until SIGTERM or SIGINT."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        stop, self.came = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self.threads = ThreadPoolExecutor(DATABASE_THREADS, "database")
        servers = [
            await asyncio.start_server(partial(self._serve, port), self.host, port) for port in self.ports
        ]
        log.info("Listening for analysers on %s.", ", ".join(f"{self.host}:{port}" for port in self.ports))
        matching = asyncio.create_task(self._match())
        await stop.wait()
        for server in servers:
            server.close()
        for task in self.open:
            task.cancel()
        matching.cancel()
        await asyncio.gather(*self.open, matching, return_exceptions=True)
        # What is being kept just now is finished; it is not acknowledged any more and comes again.
        self.threads.shutdown(wait=True)

    # ── One connection ──

    async def _serve(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.open) >= MOST_CONNECTIONS:
            log.warning("More than %s connections of analysers: one is refused.", MOST_CONNECTIONS)
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        talk = _Talk(self, port, reader, writer)
        try:
            await talk.hold()
        except (ConnectionError, TimeoutError) as error:
            log.info("An analyser at %s went away: %s.", talk.address, type(error).__name__)
        finally:
            self.open.discard(task)
            writer.close()

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Something with the database, in a thread that has a connection of its own."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, _with_fresh_connection, work)

    # ── Matching ──

    async def _match(self) -> None:
        """Look at what was kept: what an earlier run left, then after each message, and now and then."""
        while True:
            self.came.clear()
            try:
                while await self.in_thread(services.take_messages):
                    pass
            except (OperationalError, InterfaceError):
                log.warning("The database does not answer; what was kept is matched later.")
            except Exception:
                log.exception("What was kept could not be matched now.")
            self.alive()
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await self.came.wait()
            except TimeoutError:
                continue


def _with_fresh_connection(work: Callable[[], T]) -> T:
    # A connection that the server has ended since is not asked.
    close_old_connections()
    try:
        return work()
    except (OperationalError, InterfaceError):
        connections.close_all()
        raise


@dataclass
class _Talk:
    """One connection and what was said on it."""

    listener: Listener
    port: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    line: Line | None = None

    @property
    def address(self) -> str | None:
        peer = self.writer.get_extra_info("peername")
        return str(peer[0]).removeprefix("::ffff:").partition("%")[0] if peer else None

    @property
    def protocol(self) -> WireProtocol:
        return WireProtocol.ASTM if isinstance(self.line, Astm) else WireProtocol.HL7

    async def hold(self) -> None:
        """Hear until the sender hangs up, is silent for too long, or says what is no message."""
        while True:
            try:
                data = await asyncio.wait_for(self.reader.read(AT_ONCE), self._patience())
            except TimeoutError:
                if self.line is None or not self.line.is_busy:
                    return
                await self._give_up()
                continue
            if not data:
                await self._give_up()
                return
            if not await self._take(data):
                return

    def _patience(self) -> float:
        begun = self.line is not None and self.line.is_busy
        return self.listener.pause if begun else self.listener.idle

    async def _give_up(self) -> None:
        event = self.line.give_up() if self.line is not None else None
        if isinstance(event, Dropped):
            await self._note(event)

    async def _take(self, data: bytes) -> bool:
        """What came means this; false where the connection is to end."""
        if self.line is None:
            data = data.lstrip(b"\r\n\x04")
            if not data:
                return True
            self.line = line_for(data[0], self._acknowledge, longest=self.listener.longest_frame)
            if self.line is None:
                log.warning("%s speaks neither HL7 nor ASTM at %s.", self.address, self.port)
                return False
        self.line.feed(data)
        while (event := self.line.next_event()) is not None:
            if isinstance(event, Reply):
                await self._say(event.data)
            elif isinstance(event, Received):
                await self._say(self.line.answer(*await self._keep(event.raw)))
            else:
                await self._note(event)
                if event.fatal:
                    return False
        return True

    async def _keep(self, raw: bytes) -> tuple[Verdict, str]:
        """The message is committed when this returns that it is kept."""
        try:
            answer = await self.listener.in_thread(
                partial(
                    services.hear,
                    protocol=self.protocol,
                    raw=raw,
                    address=self.address,
                    port=self.port,
                    at=timezone.now(),
                )
            )
        except (OperationalError, InterfaceError) as error:
            log.warning("A message could not be kept (%s); it is asked for again.", type(error).__name__)
            return Verdict.AGAIN, NOT_NOW
        except Exception:
            log.exception("A message could not be kept.")
            return Verdict.AGAIN, NOT_NOW
        self.listener.came.set()
        return answer

    async def _note(self, dropped: Dropped) -> None:
        log.warning("%s at %s sent %s (%s bytes).", self.address, self.port, dropped.why, len(dropped.raw))
        if dropped.raw:
            try:
                await self.listener.in_thread(
                    partial(
                        services.note_broken,
                        protocol=self.protocol,
                        raw=dropped.raw,
                        why=dropped.why,
                        address=self.address,
                        port=self.port,
                        at=timezone.now(),
                    )
                )
            except (OperationalError, InterfaceError):
                log.warning("It could not be noted: the database does not answer.")

    def _acknowledge(self, raw: bytes, verdict: Verdict, words: str) -> bytes:
        at = timezone.localtime()
        return oru.acknowledge(raw, verdict, words, at=at, number=token_hex(8))

    async def _say(self, data: bytes) -> None:
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), UNREAD_SECONDS)
