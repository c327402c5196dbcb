"""The whole hospital with parts of it killed: nothing acknowledged is lost, and nothing happens twice."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from uuid import uuid4

import psutil
import psycopg2
import pytest

from hmis import embedded
from hmis.supervisor import DEMO_PASSWORD
from tests.factories.ports import free_port
from tests.runway.hospital import WORDS, Hospital, hospital

# A first start on a busy machine has taken 210 seconds.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("hospital")]

BASE = Path(__file__).resolve().parents[2]
CLERKS = 6
CASHIERS = ("cashier.rims", "clerk.rims", "billing_supervisor.rims")
BILLS = 16
_phones = count(7_000_000_000 + os.getpid() * 1000)


@pytest.fixture(scope="module")
def run(var) -> Iterator[Hospital]:
    with hospital(var) as opened:
        opened.children()
        at_first = waiting(opened)
        deadline = time.monotonic() + 90
        while waiting(opened) == at_first > 0 and time.monotonic() < deadline:
            time.sleep(0.2)  # the worker gives way to the web and so comes last
        yield opened
        assert opened.ends_by(signal.SIGINT)


@dataclass
class Counter:
    """A clerk of RIMS at the API, who notes what was acknowledged and what was not."""

    port: int
    answers = (201,)
    token: str = ""
    acknowledged: dict[str, dict] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    bodies: dict[str, dict] = field(default_factory=dict)
    slowest: float = 0.0
    noting: Lock = field(default_factory=Lock)

    def ask(self, method, path, body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        head = {"Content-Type": "application/json", **headers}
        if self.token:
            head["Authorization"] = f"Token {self.token}"
        try:
            line.request(method, path, json.dumps(body) if body is not None else None, head)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def log_in(self, username="clerk.rims"):
        body = {"username": username, "password": DEMO_PASSWORD}
        status, content = self.ask("POST", "/api/v1/auth/token/", body)
        assert status in {200, 201}, content
        self.token = json.loads(content)["token"]
        return self

    def register(self, key=None, **more):
        """Send a registration."""
        key = key or str(uuid4())
        with self.noting:
            self.bodies.setdefault(key, somebody(f"{next(_phones)}"[-10:], **more))
        return self.send(key)

    serve = register  # what this counter does for each who comes

    def path_of(self, key):
        return "/api/v1/opd-registrations/"

    def send(self, key):
        """Send what this key stands for; whatever is no answer of ours counts as unanswered."""
        body, began = self.bodies[key], time.monotonic()
        try:
            status, content = self.ask("POST", self.path_of(key), body, **{"Idempotency-Key": key})
        except (OSError, http.client.HTTPException):
            status, content = 0, b""
        with self.noting:
            self.slowest = max(self.slowest, time.monotonic() - began)
            if status == 201:
                self.acknowledged[key] = json.loads(content)
            if status in self.answers:
                self.unanswered.discard(key)
            elif key not in self.acknowledged:
                self.unanswered.add(key)
        return status

    def send_again(self, seconds=30):
        """Send what was not answered until it is, as a counter's program does."""
        deadline = time.monotonic() + seconds
        while self.unanswered:
            assert time.monotonic() < deadline, len(self.unanswered)
            for key in list(self.unanswered):
                self.send(key)


@dataclass
class Cashier(Counter):
    """Somebody of RIMS who takes money for unpaid bills. Where nothing is owed any more: 422."""

    answers = (201, 422)
    bills: Sequence[str] = ()
    bill_of: dict[str, str] = field(default_factory=dict)
    comes: Iterator[int] = field(default_factory=count)

    def serve(self):
        """What was not answered is sent again; else five paise of a bill, now and then all that is owed."""
        with self.noting:
            waits = next(iter(self.unanswered), None)
        return self.send(waits or self._next())

    def _next(self):
        key = str(uuid4())
        with self.noting:
            number = next(self.comes)
            self.bill_of[key] = self.bills[number % len(self.bills)]
            part = {} if number % 20 == 19 else {"amount": "0.05"}
            self.bodies[key] = {"payments": [{"mode": "cash", **part}]}
        return key

    def path_of(self, key):
        return f"/api/v1/invoices/{self.bill_of[key]}/payments/"


def somebody(phone, **more):
    return {
        "patient": {"name": "Budhni Oraon", "sex": "female", "age": {"years": 34}, "phone": phone},
        "department": "MED",
        "payment": {"mode": "cash"},
        "confirm_new": True,
    } | more


def whole(run, seconds=40):
    """Wait until every part runs again and the health page says so."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            run.children()
            break
        except psutil.Error:  # one is just on its way out
            assert time.monotonic() < deadline
            time.sleep(0.1)
    run.opens(seconds)


@pytest.fixture
def desk(run):
    return Counter(run.port).log_in()


@pytest.fixture(autouse=True)
def _nothing_waits(run):
    """The demo and each load leave hundreds of papers to the worker: they are let go."""
    whole(run)
    ask_database(
        run, "WITH left_over AS (DELETE FROM kernel_delivery RETURNING 1) SELECT count(*) FROM left_over"
    )


@pytest.fixture
def tills(run, desk):
    """Cashiers, and some bills of which nothing is paid."""
    with ThreadPoolExecutor(CLERKS) as pool:
        assert set(pool.map(lambda _: desk.register(payment=None), range(BILLS))) == {201}
    encounters = [made["id"] for made in desk.acknowledged.values()]
    unpaid = "SELECT id::text FROM billing_invoice WHERE encounter_id = ANY(%s::uuid[]) AND status = 'issued'"
    bills = [row[0] for row in ask_database(run, unpaid, encounters)]
    assert len(bills) == BILLS
    return [Cashier(run.port, bills=bills).log_in(username) for username in CASHIERS]


@contextmanager
def crowd(*desks):
    """Clerks who serve one after the other for as long as the block lasts."""
    closed = Event()

    def work(desk):
        while not closed.is_set():
            if desk.serve() not in desk.answers:
                time.sleep(0.1)

    clerks = [Thread(target=work, args=[desk]) for desk, _ in zip(cycle(desks), range(CLERKS), strict=False)]
    for clerk in clerks:
        clerk.start()
    try:
        yield
    finally:
        closed.set()
        for clerk in clerks:
            clerk.join()


def ask_database(run, question, *values):
    addresses = embedded.postgres_addresses(embedded.Memory(run.var))
    line = psycopg2.connect(addresses["DATABASE_OWNER_URL"])
    try:
        with line, line.cursor() as cursor:
            cursor.execute("SET hmis.reach = 'all'")
            cursor.execute(question, values)
            return cursor.fetchall()
    finally:
        line.close()


def once_each(run, desk):
    """Every acknowledged registration is there once, every key led to one patient, no number is missing."""
    encounters = [made["id"] for made in desk.acknowledged.values()]
    assert len(set(encounters)) == len(encounters)
    phones = [body["patient"]["phone"] for body in desk.bodies.values()]
    held = ask_database(run, "SELECT phone, id FROM patients_patient WHERE phone = ANY(%s)", phones)
    assert sorted(phone for phone, _ in held) == sorted(phones)
    kept = ask_database(
        run,
        "SELECT i.encounter_id::text, p.receipt_number FROM billing_invoice i"
        " JOIN billing_payment p ON p.invoice_id = i.id WHERE i.encounter_id = ANY(%s::uuid[])",
        encounters,
    )
    receipts = {made["id"]: made["receipt"]["number"] for made in desk.acknowledged.values()}
    assert dict(kept) == receipts
    assert len(kept) == len(encounters)
    assert gaps(run) == []


GAPS = """
    SELECT 'receipts', count(*), max(right(receipt_number, 7)::int) FROM billing_payment
    GROUP BY left(receipt_number, -7)
    UNION ALL SELECT 'invoices', count(*), max(right(number, 7)::int) FROM billing_invoice
    GROUP BY left(number, -7)
    UNION ALL SELECT 'tokens', count(*), max(number) FROM opd_queuetoken GROUP BY clinic_day_id
"""


def gaps(run):
    return [row for row in ask_database(run, GAPS) if row[1] != row[2]]


def web_workers(run):
    return run.children()["gunicorn hmis"].children()


# As a screen asks: whose it is would be read from the database.
SCREEN = {"Cookie": f"hmis_session={'who'.rjust(32, 'x')}"}


def health(run, **headers):
    """The quickest of three answers: what the machine does beside it is not the hospital's."""
    return min((_health(run, headers) for _ in range(3)), key=lambda answer: answer[2])


def _health(run, headers):
    began = time.monotonic()
    status, body = Counter(run.port).ask("GET", "/healthz", **headers)
    return status, json.loads(body), time.monotonic() - began


@contextmanager
def without(run, word):
    """This server is killed and not brought back before the block is over."""
    server = run.children()[word]
    supervisor = psutil.Process(run.process.pid)
    supervisor.suspend()
    try:
        server.kill()
        gone = time.monotonic() + 10
        while server.status() != psutil.STATUS_ZOMBIE and time.monotonic() < gone:
            time.sleep(0.02)
        yield
    finally:
        supervisor.resume()
        whole(run)


@contextmanager
def hanging(run, word):
    """This server still accepts, and never says a word."""
    server = run.children()[word]
    everyone = [server, *server.children(recursive=True)]
    for one in everyone:
        with suppress(psutil.NoSuchProcess):  # a line that was being closed as it came to be listed
            one.suspend()
    try:
        yield
    finally:
        for one in everyone:
            with suppress(psutil.NoSuchProcess):
                one.resume()


def waiting(run):
    """How many deliveries wait."""
    return ask_database(run, "SELECT count(*) FROM kernel_delivery")[0][0]


def all_delivered(run, seconds=180):
    """The worker gives way to the web and to whatever else runs on this machine."""
    deadline = time.monotonic() + seconds
    while (left := waiting(run)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left == 0


# ── One that is open ──


def test_what_dies_comes_back(run):
    for word in WORDS:
        dead = run.children()[word]
        dead.kill()
        dead.wait(5)
        assert run.children()[word].pid != dead.pid
        run.opens(30)


def test_papers_give_way_to_the_web_and_reports_to_both(run):
    nice = {word: child.nice() for word, child in run.children().items()}

    assert nice["gunicorn hmis"] < nice["-Q celery"] < nice["-Q reports"] == nice["hmis beat"]


def test_a_second_run_from_the_same_folder_says_so(run, var):
    second = subprocess.run(
        [sys.executable, "-m", "hmis.supervisor"],
        env=os.environ | {"VAR_DIR": str(var), "PORT": str(free_port())},
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert f"in use by process {run.process.pid}" in second.stderr


def test_the_access_log_names_nobody(run, var):
    line = http.client.HTTPConnection("127.0.0.1", run.port)
    line.request("GET", "/healthz?q=9876543210", headers={"User-Agent": "who"})
    assert line.getresponse().status == 200
    text = (var / "log" / "access.log").read_text()
    assert "GET healthz 200" in text
    assert "9876543210" not in text
    assert "who" not in text


def test_kill_9_of_the_database_under_load_loses_and_doubles_nothing(run, desk):
    workers = {worker.pid for worker in web_workers(run)}
    with crowd(desk):
        go_on([desk], "before")
        run.children()["postgres -D"].send_signal(signal.SIGKILL)
        go_on([desk], "after")

    assert desk.unanswered
    whole(run, 90)
    desk.send_again()
    once_each(run, desk)
    assert {worker.pid for worker in web_workers(run)} == workers  # none had to be started again


def test_kill_9_of_a_web_worker_under_load_loses_and_doubles_nothing(run, desk):
    with crowd(desk):
        go_on([desk], "before")
        dead = web_workers(run)[0]
        dead.send_signal(signal.SIGKILL)
        go_on([desk], "after")

    desk.send_again()
    once_each(run, desk)
    assert dead.pid not in {worker.pid for worker in web_workers(run)}
    assert len(web_workers(run)) == 2


def test_what_was_acknowledged_is_answered_alike_when_it_is_sent_again(run, desk):
    key = str(uuid4())
    assert desk.register(key) == 201
    first = desk.acknowledged[key]

    assert desk.register(key) == 201
    assert desk.acknowledged[key] == first
    once_each(run, desk)


@pytest.mark.parametrize("broker", [without, hanging])
def test_without_a_broker_patients_are_registered_and_papers_come_later(run, desk, broker):
    assert [desk.register() for _ in range(6)] == [201] * 6
    usual, desk.slowest = desk.slowest, 0
    with broker(run, "valkey-server"):
        assert [desk.register() for _ in range(6)] == [201] * 6
        assert desk.slowest < usual + 1
        status, body, took = health(run)
        assert (status, body["database"], body["broker"]) == (200, True, False)
        assert took < 0.5

    assert all_delivered(run)
    once_each(run, desk)


def test_without_a_database_the_health_page_says_so_and_recovers(run, desk):
    with without(run, "postgres -D"):
        status, body, took = health(run, **SCREEN)
        assert (status, body["database"]) == (503, False)
        assert took < 0.5
        assert desk.register() == 503

    assert health(run)[0] == 200
    desk.send_again()
    once_each(run, desk)


@pytest.mark.parametrize("headers", [{}, SCREEN], ids=["nobody", "a screen"])
def test_while_the_database_hangs_the_health_page_says_so_and_recovers(run, headers):
    with hanging(run, "postgres -D"):
        status, body, took = health(run, **headers)
        assert (status, body["database"], body["waiting"]) == (503, False, None)
        assert took < 0.5

    assert health(run, **headers)[0] == 200


def test_kill_9_of_the_celery_worker_delays_papers_and_loses_none(run, desk):
    run.children()["-Q celery"].send_signal(signal.SIGKILL)

    assert desk.register() == 201
    assert all_delivered(run)
    (made,) = desk.acknowledged.values()
    slip = "SELECT pdf IS NOT NULL FROM kernel_issueddocument WHERE about_id = %s::uuid"
    assert ask_database(run, slip, made["id"]) == [(True,)]


# ── A load of payments ──

KILLED = {
    "the database": lambda run: run.children()["postgres -D"],
    "a web worker": lambda run: web_workers(run)[0],
    "the Celery worker": lambda run: run.children()["-Q celery"],
    "the broker": lambda run: run.children()["valkey-server"],
}
PAID = "SELECT id::text, receipt_number, amount::text FROM billing_payment WHERE invoice_id = ANY(%s::uuid[])"
WRONGLY_PAID = """
    SELECT i.number FROM billing_invoice i JOIN billing_payment p ON p.invoice_id = i.id
    WHERE i.id = ANY(%s::uuid[]) GROUP BY i.id
    HAVING sum(p.amount) > i.total
        OR i.status <> CASE WHEN sum(p.amount) = i.total THEN 'paid' ELSE 'part_paid' END
"""


def go_on(desks, part, more=15, seconds=40):
    """Wait until so many more of theirs are acknowledged."""
    enough = _acknowledged(desks) + more
    deadline = time.monotonic() + seconds
    while _acknowledged(desks) < enough:
        assert time.monotonic() < deadline, part
        time.sleep(0.05)


def _acknowledged(desks):
    return sum(len(desk.acknowledged) for desk in desks)


def paid_once_each(run, tills):
    """Every acknowledged payment is there once as it was said, no other is, no bill is paid too much."""
    answers = [made["payments"] for till in tills for made in till.acknowledged.values()]
    told = [(one["id"], one["receipt"]["number"], one["amount"]) for made in answers for one in made]
    bills = tills[0].bills
    assert sorted(ask_database(run, PAID, bills)) == sorted(told)
    assert len(told) == len(answers) == len({receipt for _, receipt, _ in told})
    assert ask_database(run, WRONGLY_PAID, bills) == []
    assert gaps(run) == []


def verified(run):
    """What `manage.py verify` says, and whether it found nothing."""
    environ = run.environ | embedded.postgres_addresses(embedded.Memory(run.var)) | {"SECRET_KEY": "none"}
    command = [sys.executable, "manage.py", "verify"]
    proof = subprocess.run(command, cwd=BASE, env=environ, capture_output=True, text=True)
    return proof.stdout + proof.stderr, proof.returncode == 0


def test_kill_9_of_each_part_under_a_load_of_payments_loses_and_doubles_nothing(run, tills):
    for part, of in KILLED.items():
        with crowd(*tills):
            go_on(tills, part)
            of(run).send_signal(signal.SIGKILL)
            go_on(tills, part)
        whole(run, 90)
        for till in tills:
            till.send_again()
        paid_once_each(run, tills)

    for till in tills:
        key, first = next(iter(till.acknowledged.items()))
        assert till.send(key) == 201
        assert till.acknowledged[key] == first
    paid_once_each(run, tills)
    said, is_clean = verified(run)
    assert is_clean, said


# ── A doctor writes ──

WRITTEN = """
    SELECT number, sections -> 'plan' ->> 'advice' FROM patients_noteversion
    WHERE note_id = %s ORDER BY number
"""


@dataclass
class Writer(Counter):
    """A doctor whose page saves a note line by line, each from the version before, until it is answered."""

    consultation: str = ""
    version: int = 0
    saved: list[tuple[int, str]] = field(default_factory=list)

    def begin(self, token):
        status, content = self.insist("POST", "/api/v1/consultations/", {"token": token})
        assert status == 201, content
        made = json.loads(content)
        self.consultation, self.version = made["id"], made["note"]["version"]
        return made["note"]["id"]

    def write(self, text):
        body = {"version": self.version, "sections": {"plan": {"advice": text}}}
        status, content = self.insist("PATCH", f"/api/v1/consultations/{self.consultation}/", body)
        assert status == 200, content
        self.version = json.loads(content)["note"]["version"]
        self.saved.append((self.version, text))

    def insist(self, method, path, body, seconds=40):
        """The same save with the same key until somebody answers."""
        key, deadline = str(uuid4()), time.monotonic() + seconds
        while True:
            try:
                status, content = self.ask(method, path, body, **{"Idempotency-Key": key})
            except (OSError, http.client.HTTPException):
                status, content = 0, b""
            if 0 < status < 500:
                return status, content
            assert time.monotonic() < deadline, (method, path, status)
            time.sleep(0.05)


def test_kill_9_while_a_note_is_written_loses_and_doubles_no_saved_line(run, desk):
    desk.register()
    (made,) = desk.acknowledged.values()
    ((token,),) = ask_database(run, "SELECT id::text FROM opd_queuetoken WHERE encounter_id = %s", made["id"])
    doctor = Writer(run.port).log_in("doctor.rims")
    note = doctor.begin(token)
    for turn, part in enumerate(("a web worker", "the database", "a web worker")):
        dead = KILLED[part](run)
        Timer(0.15, dead.send_signal, [signal.SIGKILL]).start()
        for line in range(16):
            doctor.write(f"{turn}: {part}, line {line}")
        dead.wait(10)
    whole(run, 90)

    assert ask_database(run, WRITTEN, note) == doctor.saved
    assert [number for number, _text in doctor.saved] == list(range(1, len(doctor.saved) + 1))
