"""The listener as it runs, against instruments on real sockets: good, bad, half, doubled, many, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection

from hmis.kernel.models import AuditEntry
from lab.models import AnalyserMessage, ResultLine, UnmatchedResult
from lab.states import MessageStatus, OrderStatus, WhyInTray
from lab.wire.lines import ACK, ENQ, EOT, NAK
from tests.factories.analysers import make_analyser, make_chemistry
from tests.factories.lab import received
from tests.factories.ports import free_port, free_ports
from tests.factories.wire import BAD, GOOD, Instrument, astm, block, frame, frames, hl7
from tests.ops.serving import production

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("listener")]


@dataclass
class Ear:
    """`manage.py analyser_listen` on ports of its own, as the application's role."""

    folder: Path
    options: tuple[str, ...] = ()
    ports: list[int] = field(default_factory=lambda: [free_port()])
    process: "subprocess.Popen | Life | None" = None

    def start(self):
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *self.arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=self.environ, stdout=log, stderr=log)
        until(self.answers)
        return self

    @property
    def arguments(self):
        ports = [word for port in self.ports for word in ("--port", str(port))]
        return ["analyser_listen", *self.options, *ports]

    @property
    def environ(self):
        return production(self.folder, ALIVE_FILE=str(self.folder / "alive"))

    @property
    def log(self):
        return self.folder / "listener.log"

    @property
    def port(self):
        return self.ports[0]

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(15)

    def instrument(self, **options):
        return Instrument(self.port, **options)


# Forks a listener for each line it reads, says its number, and what it ended with once it has.
LIVES = """
import os, sys, django
django.setup()
from hmis.kernel import scope
from lab.management.commands.analyser_listen import Command
for line in sys.stdin:
    if not (child := os.fork()):
        with scope.within(scope.everywhere()):
            Command().run_from_argv(["manage.py", *line.split()])
        sys.exit()
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Lives(Ear):
    """An ear that is killed and started again: each life is forked from a process that has loaded all."""

    def __enter__(self):
        command = [sys.executable, "-c", LIVES]
        with self.log.open("ab") as log:
            self.source = subprocess.Popen(
                command,
                cwd=settings.BASE_DIR,
                env=self.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self.start()

    def start(self):
        self.process = Life(self.source, self.arguments)
        until(self.answers)
        return self

    def end(self):
        """As `kill -9` ends it."""
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL

    def __exit__(self, *_raised):
        if self.process.poll() is None:
            self.process.kill()
        with self.source:
            self.source.kill()


class Life:
    """One listener of those; what the test asks of a Popen."""

    def __init__(self, source, arguments):
        self.source = source
        source.stdin.write(" ".join(arguments) + "\n")
        source.stdin.flush()
        self.pid = int(source.stdout.readline())

    def poll(self):
        return None if psutil.pid_exists(self.pid) else 0

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)

    def wait(self):
        return int(self.source.stdout.readline())


def until(holds, seconds=20):
    """Wait until this holds; what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


@contextmanager
def listening(folder, *options, ports=1):
    ear = Ear(folder, options, free_ports(ports)).start()
    try:
        yield ear
    finally:
        ear.process.kill()
        ear.process.wait()


@pytest.fixture(scope="module")
def ear(tmp_path_factory, django_db_setup):
    with listening(tmp_path_factory.mktemp("listener"), "--pause", "1") as ear:
        yield ear


@pytest.fixture(scope="module")
def second_ear(tmp_path_factory, django_db_setup):
    """It listens at two ports, and to long frames."""
    folder = tmp_path_factory.mktemp("second listener")
    with listening(folder, "--longest-frame", "63993", ports=2) as ear:
        yield ear


@pytest.fixture(autouse=True)
def _all_looked_at(transactional_db):
    """No test ends while the listener is still at its messages."""
    yield
    until(lambda: not AnalyserMessage.objects.filter(status=MessageStatus.STORED).exists())


@pytest.fixture
def counter(rims):
    return make_analyser(rims)


@pytest.fixture
def chemistry(rims):
    return make_chemistry(rims)


@pytest.fixture
def cbc(encounter, bose, rajesh, tests, counter):
    return received(encounter, bose, rajesh, tests["CBC"])[0]


@pytest.fixture
def glucose(encounter, bose, rajesh, tests, chemistry):
    return received(encounter, bose, rajesh, tests["GLU_R"])[0]


def number(one):
    return one.specimen.accession_number


def values_of(one):
    lines = ResultLine.objects.filter(order=one).exclude(value="")
    return dict(lines.values_list("analyte__code", "value"))


def looked_at(count=1):
    """Wait until so many messages are there, and none of them waits to be looked at."""
    until(
        lambda: (
            AnalyserMessage.objects.exclude(status=MessageStatus.STORED).count() == count
            and AnalyserMessage.objects.count() == count
        )
    )


# ── Good ──


def test_a_cell_counter_sends_and_its_order_has_the_results(ear, cbc):
    with ear.instrument() as counter:
        sent = counter.send_astm(astm(("HGB", "12.4", "g/dL"), ("WBC", "7.2", "10*3/uL"), number=number(cbc)))
    assert sent == GOOD
    looked_at()
    assert values_of(cbc) == {"HB": "12.4", "TLC": "7.20"}
    cbc.refresh_from_db()
    assert (cbc.status, cbc.verified_by) == (OrderStatus.RESULTED, None)


def test_a_chemistry_analyser_sends_one_message_after_another(ear, glucose):
    with ear.instrument() as chemistry:
        first = chemistry.send_hl7(hl7(("GLU", "126", "mg/dL"), number=number(glucose), control_id="A7"))
        second = chemistry.send_hl7(hl7(("K", "4.1", "mmol/L"), number=number(glucose), control_id="A8"))
    assert (first, second) == (["MSA", "AA", "A7"], ["MSA", "AA", "A8"])
    looked_at(2)
    assert values_of(glucose) == {"GLU_R": "126"}
    assert UnmatchedResult.objects.get().why == WhyInTray.NOT_ORDERED


def test_two_protocols_at_once_on_one_port(ear, cbc, glucose):
    with ear.instrument() as counter, ear.instrument() as chemistry:
        counter.say(bytes([ENQ]))
        assert counter.hear() == GOOD
        parts = frames(astm(("HGB", "12.4", "g/dL"), number=number(cbc)))
        for place, one in enumerate(parts):
            counter.say(one)
            assert counter.hear() == GOOD
            if place == 1:
                answer = chemistry.send_hl7(hl7(("GLU", "126", "mg/dL"), number=number(glucose)))
                assert answer[1] == "AA"
    looked_at(2)
    assert values_of(cbc) | values_of(glucose) == {"HB": "12.4", "GLU_R": "126"}


def test_bytes_that_come_one_by_one_are_understood(ear, glucose):
    with ear.instrument() as chemistry:
        for byte in block(hl7(("GLU", "126", "mg/dL"), number=number(glucose), control_id="9")):
            chemistry.say(bytes([byte]))
        assert "MSA|AA|9" in chemistry.hear_block()


# ── Bad ──


def test_a_bad_frame_is_asked_for_again(ear, cbc):
    parts = frames(astm(("HGB", "12.4", "g/dL"), number=number(cbc)))
    with ear.instrument() as counter:
        counter.say(bytes([ENQ]))
        assert counter.hear() == GOOD
        for one in parts:
            counter.say(one[:-4] + b"00\r\n")
            assert counter.hear() == BAD
            counter.say(one)
            assert counter.hear() == GOOD
            counter.say(one)  # our answer was lost
            assert counter.hear() == GOOD
        counter.say(bytes([EOT]))
    looked_at()
    assert values_of(cbc) == {"HB": "12.4"}


def test_what_cannot_be_read_is_answered_with_the_fault(ear, chemistry):
    bad = hl7(("GLU", "1", ""), control_id="B1").replace(b"OBR|", b"NTE|")
    with ear.instrument() as sender:
        assert sender.send_hl7(bad) == ["MSA", "AE", "B1", "a result (OBX) before its order (OBR)"]
        assert sender.send_hl7(hl7(kind="ADT^A01", control_id="B2"))[1:3] == ["AR", "B2"]
        assert sender.send_hl7(hl7(("GLU", "1", ""), sender="WHO", control_id="B3")) == [
            "MSA",
            "AR",
            "B3",
            "unknown sender",
        ]
        assert sender.send_hl7(b"MSH")[:2] == ["MSA", "AR"]
    assert AnalyserMessage.objects.get().status == MessageStatus.REFUSED


def test_an_unknown_counter_is_not_acknowledged(ear):
    with ear.instrument() as counter:
        assert counter.send_astm(astm(("HGB", "1", ""))) == bytes([NAK])
    assert not AnalyserMessage.objects.exists()


NOISE = {
    "a browser": b"GET / HTTP/1.1\r\n\r\n",
    "nothing": b"\x00" * 70000,
    "all bytes": bytes(range(12, 256)) * 9,
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE)
def test_noise_is_hung_up_on(ear, noise):
    with ear.instrument() as stranger, suppress(OSError):
        stranger.say(b"G" + noise)
        assert stranger.hear() == b""
    assert ear.answers()


def test_what_is_too_long_is_hung_up_on_and_nothing_is_kept(ear, chemistry):
    with ear.instrument() as sender, suppress(OSError):
        for _ in range(40):
            sender.say(b"\x0b" + b"MSH|^~\\&|BS-240" + b"x" * 100_000)
            sender.say(b"x" * 1_100_000)
        assert sender.hear() == b""
    with ear.instrument() as sender:
        assert sender.send_hl7(hl7(control_id="1"))[1] == "AA"
    assert not AnalyserMessage.objects.filter(status=MessageStatus.STORED).exists()


# ── Half, doubled, again ──


def test_half_a_message_is_not_entered_and_comes_whole_on_the_next_line(ear, cbc):
    raw = astm(("HGB", "12.4", "g/dL"), ("WBC", "7.2", ""), number=number(cbc))
    with ear.instrument() as counter:
        counter.say(bytes([ENQ]))
        counter.hear()
        for one in frames(raw)[:-1]:
            counter.say(one)
            assert counter.hear() == GOOD
    looked_at()
    assert AnalyserMessage.objects.get().error == "half a message"
    assert not values_of(cbc)

    with ear.instrument() as counter:
        assert counter.send_astm(raw) == GOOD
    looked_at(2)
    assert values_of(cbc) == {"HB": "12.4", "TLC": "7.20"}


def test_half_a_block_is_not_entered(ear, glucose):
    raw = block(hl7(("GLU", "126", "mg/dL"), number=number(glucose)))
    with ear.instrument() as sender:
        sender.say(raw[:-20])
    with ear.instrument() as sender:
        sender.say(raw[:60])
        sender.say(raw)
        assert "MSA|AA" in sender.hear_block()
    looked_at(3)
    assert values_of(glucose) == {"GLU_R": "126"}


def test_silence_within_a_transmission_frees_the_line(ear, cbc):
    raw = astm(("HGB", "12.4", "g/dL"), number=number(cbc))
    with ear.instrument() as counter:
        counter.say(bytes([ENQ]) + frames(raw)[0] + b"\x022O|")
        assert counter.hear(2) == GOOD * 2
        looked_at()
        counter.say(frame(2, b"L|1|N\r"))  # nobody asked: no answer
        assert counter.send_astm(raw) == GOOD
    looked_at(2)
    assert values_of(cbc) == {"HB": "12.4"}


def test_a_thousand_times_the_same_message_counts_once(ear, glucose):
    raw = block(hl7(("GLU", "126", "mg/dL"), ("K", "4", ""), number=number(glucose), control_id="7"))

    def send(_):
        with ear.instrument() as sender:
            for _unused in range(250):
                sender.say(raw)
                assert "MSA|AA|7" in sender.hear_block()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))

    looked_at()
    assert AnalyserMessage.objects.get().times_received == 1000
    assert values_of(glucose) == {"GLU_R": "126"}
    assert UnmatchedResult.objects.count() == 1
    assert AuditEntry.objects.filter(name="lab.results_entered").count() == 1


def test_a_thousand_results_in_one_message_are_all_there(ear, cbc):
    raw = astm(("HGB", "12.4", "g/dL"), *[(f"T{n}", str(n), "") for n in range(999)], number=number(cbc))
    with ear.instrument() as counter:
        assert counter.send_astm(raw) == GOOD
    looked_at()
    assert values_of(cbc) == {"HB": "12.4"}
    assert UnmatchedResult.objects.count() == 999


def test_many_connections_are_served_and_come_again(ear, cbc, glucose):
    tubes = number(cbc), number(glucose)

    def send(n):
        with ear.instrument() as sender:
            if n % 2:
                return sender.send_astm(astm((f"T{n}", "1", ""), number=tubes[0])) == GOOD
            return sender.send_hl7(hl7((f"T{n}", "1", ""), number=tubes[1]))[1] == "AA"

    silent = [ear.instrument() for _ in range(60)]
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(send, range(60)))
    for one in silent:
        one.hang_up()
    looked_at(60)
    assert UnmatchedResult.objects.count() == 60


# ── Started, stopped, killed ──


def test_it_stops_at_once_and_in_order_and_shows_its_life(tmp_path, counter):
    with listening(tmp_path, "--idle", "60", ports=2) as ear:
        until((tmp_path / "alive").exists)
        with ear.instrument() as busy:
            busy.say(bytes([ENQ]))
            assert busy.hear() == GOOD
            began = time.monotonic()
            assert ear.stop() == 0
            assert time.monotonic() - began < 5
            assert busy.hear() == b""
    assert "Traceback" not in ear.log.read_text()


def test_a_silent_connection_is_ended_and_a_taken_port_is_said(tmp_path):
    with listening(tmp_path, "--idle", "0.5") as ear:
        with ear.instrument() as silent:
            assert silent.hear() == b""
        second = Ear(tmp_path, ports=ear.ports)
        command = [sys.executable, "manage.py", "analyser_listen", "--port", str(ear.port)]
        run = subprocess.run(
            command, cwd=settings.BASE_DIR, env=production(second.folder), capture_output=True, check=False
        )
        assert run.returncode == 1
        assert b"127.0.0.1" in run.stderr


def test_an_analyser_is_known_by_its_port(second_ear, rims):
    first, second = second_ear.ports
    make_analyser(rims, sender="", port=second)
    with Instrument(first) as wrong, Instrument(second) as right:
        assert wrong.send_astm(astm(("HGB", "1", ""))) == BAD
        assert right.send_astm(astm(("HGB", "1", ""))) == GOOD
    looked_at()


def test_long_frames_where_they_are_allowed(second_ear, cbc):
    raw = astm(*[(f"T{n}", str(n), "") for n in range(50)], number=number(cbc))
    with second_ear.instrument() as counter:
        counter.say(bytes([ENQ]) + frame(1, raw))
        assert counter.hear(2) == bytes([ACK, ACK])
        looked_at()


@pytest.mark.slow
def test_killed_at_once_after_an_acknowledgement_nothing_is_lost_and_nothing_twice(tmp_path, cbc, glucose):
    """Four times: a message of each protocol is acknowledged, and the listener is killed in that moment."""
    codes = [f"{protocol}{n}" for n in range(4) for protocol in "AH"]

    def send(sender, code):
        if code.startswith("H"):
            results = (code, code[1], ""), ("GLU", "126", "mg/dL")
            assert sender.send_hl7(hl7(*results, number=number(glucose), control_id=code))[1] == "AA"
        else:
            results = (code, code[1], ""), ("HGB", "12.4", "g/dL")
            assert sender.send_astm(astm(*results, number=number(cbc))) == GOOD

    with Lives(tmp_path) as ear:
        for n in range(4):
            with ear.instrument() as one, ear.instrument() as other:
                # Each protocol is the last one before the end in turn.
                send(one, f"A{n}" if n % 2 else f"H{n}")
                send(other, f"H{n}" if n % 2 else f"A{n}")
                ear.end()
            ear.start()
        looked_at(len(codes))
        with ear.instrument() as one, ear.instrument() as other:
            send(one, "A3")  # the instruments are not sure and send their last ones again
            send(other, "H3")
    assert sorted(UnmatchedResult.objects.values_list("code", flat=True)) == sorted(codes)
    assert values_of(glucose)
    assert values_of(cbc)
    assert AuditEntry.objects.filter(name="lab.results_entered").count() == 2
    assert AuditEntry.objects.filter(name="lab.analyser_message_taken").count() == len(codes)


@pytest.mark.slow
def test_killed_while_many_send_whatever_was_acknowledged_is_there_once(tmp_path, cbc, glucose):
    """What was not acknowledged is sent again after the restart, as instruments do."""
    acknowledged, sent = set(), set()
    tubes = number(cbc), number(glucose)

    def send(n):
        """Until it is acknowledged."""
        for _ in range(200):
            with suppress(OSError, AssertionError), ear.instrument(timeout=3) as sender:
                sent.add(n)
                if n % 2:
                    good = sender.send_astm(astm((f"T{n}", str(n), ""), number=tubes[0])) == GOOD
                else:
                    good = sender.send_hl7(hl7((f"T{n}", str(n), ""), number=tubes[1]))[1:2] == ["AA"]
                if good:
                    acknowledged.add(n)
                    return
            time.sleep(0.1)

    with Lives(tmp_path) as ear, ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(send, n) for n in range(120)]
        for enough in 30, 60, 90:  # each time while they send
            until(lambda enough=enough: len(acknowledged) >= enough)
            ear.end()
            ear.start()
        for one in waiting:
            one.result()
        assert acknowledged == sent == set(range(120))
        looked_at(120)
    assert sorted(UnmatchedResult.objects.values_list("code", flat=True)) == sorted(
        f"T{n}" for n in range(120)
    )


def test_while_the_database_refuses_nothing_is_acknowledged(second_ear, glucose):
    raw = hl7(("GLU", "126", "mg/dL"), number=number(glucose), control_id="5")
    with second_ear.instrument() as sender:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE lab_analysermessage RENAME TO lab_away")
        try:
            assert sender.send_hl7(raw) == ["MSA", "AR", "5", "not now, send it once more"]
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE lab_away RENAME TO lab_analysermessage")
        assert sender.send_hl7(raw)[1] == "AA"
        looked_at()
    assert values_of(glucose) == {"GLU_R": "126"}
