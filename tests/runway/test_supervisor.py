"""The supervisor: what it reads, how it brings children back, how it ends."""

import contextlib
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hmis import embedded, supervisor
from hmis.supervisor import Child, Site

ADDRESSES = {
    "DATABASE_URL": "postgresql://hmis_app:a@127.0.0.1:1/hmis",
    "DATABASE_OWNER_URL": "postgresql://hmis_owner:o@127.0.0.1:1/hmis",
    "DATABASE_BACKUP_URL": "postgresql://hmis_backup:b@127.0.0.1:1/hmis",
}

pytestmark = pytest.mark.xdist_group("runway")  # each starts servers of its own


def test_a_bare_environment_is_a_demo_on_this_machine_only(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path)})
    assert (site.mode, site.host, site.port) == ("demo", "127.0.0.1", 8000)
    assert site.environ["PUBLIC_URL"] == "http://127.0.0.1:8000"


def test_port_and_public_name_are_honoured(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path), "PORT": "8123", "PUBLIC_URL": "https://hmis.example"})
    assert site.port == 8123
    assert "hmis.example" in site.environ["ALLOWED_HOSTS"].split(",")


def test_only_prepare_works_as_the_owner(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path)})
    site.use(ADDRESSES)
    assert site.for_owner()["DATABASE_URL"] == ADDRESSES["DATABASE_OWNER_URL"]
    assert "DATABASE_OWNER_URL" not in site.for_children()
    assert site.for_children()["DATABASE_APP_ROLE"] == "hmis_app"


def test_only_the_archive_can_copy_the_server_and_seal(tmp_path):
    given = {"VAR_DIR": str(tmp_path), "BACKUP_DIR": "/backups", "BACKUP_KEY_FILE": "/key"}
    site = Site.read(given)
    site.use(ADDRESSES)
    assert not {"DATABASE_BACKUP_URL", "BACKUP_KEY_FILE"} & site.for_children().keys()
    archive = site.for_archive()
    assert archive["DATABASE_URL"] == archive["DATABASE_BACKUP_URL"] == ADDRESSES["DATABASE_BACKUP_URL"]
    assert archive["BACKUP_KEY_FILE"] == "/key"
    assert "DATABASE_OWNER_URL" not in archive


def test_where_nobody_is_named_for_copying_the_owner_copies(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path)} | {k: v for k, v in ADDRESSES.items() if "BACKUP" not in k})
    site.use({})
    assert site.for_archive()["DATABASE_BACKUP_URL"] == ADDRESSES["DATABASE_OWNER_URL"]


def test_one_given_address_serves_as_the_owners_too(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://me@db/hmis"})
    site.use({})
    assert site.for_owner()["DATABASE_URL"] == "postgresql://me@db/hmis"


def test_changed_code_is_prepared_again(tmp_path, monkeypatch):
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "models.py").write_text("a = 1")
    monkeypatch.setattr(supervisor, "BASE", tmp_path / "code")
    site = Site.read({"VAR_DIR": str(tmp_path)} | ADDRESSES)
    assert not site.was_prepared()
    site.remember_prepared()
    assert site.was_prepared()
    (tmp_path / "code" / "models.py").write_text("a = 12")
    assert not site.was_prepared()


def test_another_database_is_prepared_again(tmp_path):
    Site.read({"VAR_DIR": str(tmp_path)} | ADDRESSES).remember_prepared()
    other = ADDRESSES | {"DATABASE_URL": "postgresql://hmis_app:a@elsewhere/hmis"}
    assert not Site.read({"VAR_DIR": str(tmp_path)} | other).was_prepared()


def test_an_address_may_come_from_a_file(tmp_path):
    (tmp_path / "address").write_text("postgresql://me@db/hmis\n")
    site = Site.read({"VAR_DIR": str(tmp_path), "DATABASE_URL_FILE": str(tmp_path / "address")})
    assert site.environ["DATABASE_URL"] == "postgresql://me@db/hmis"
    assert "DATABASE_URL_FILE" not in site.environ


def test_the_secret_key_is_made_once_and_ours_alone(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path)})
    site.use(ADDRESSES)
    path = Path(site.environ["SECRET_KEY_FILE"])
    key = path.read_text()
    site.use(ADDRESSES)
    assert path.read_text() == key
    assert len(key) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_given_secret_key_is_kept(tmp_path):
    site = Site.read({"VAR_DIR": str(tmp_path), "SECRET_KEY": "given"})
    site.use(ADDRESSES)
    assert "SECRET_KEY_FILE" not in site.environ


def test_a_child_that_keeps_dying_is_brought_back_ever_more_slowly(tmp_path, monkeypatch):
    clock = iter(float(second) for second in range(100))
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: next(clock))
    child = Child("short-lived", lambda: embedded.launch(["false"], log=tmp_path / "log"))
    child.run()
    for _ in range(20):
        child.process.wait()
        child.look_after()
    assert child.pause == supervisor.LONGEST_PAUSE


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


WORDS = ("postgres -D", "valkey-server", "gunicorn hmis", "-Q celery", "-Q reports", "hmis beat")


class Hospital:
    """A whole hospital on a free port, as `make run` starts it."""

    def __init__(self, var: Path, command: list[str]) -> None:
        self.var, self.port = var, free_port()
        given = {"PORT": str(self.port), "VAR_DIR": str(var), "WEB_CONCURRENCY": "2", "HMIS_MODE": "demo"}
        left_out = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
        self.environ = {name: value for name, value in os.environ.items() if name not in left_out} | given
        self.started = time.monotonic()
        self.process = subprocess.Popen(command, env=self.environ)
        self.site = Site.read(given)

    def opens(self, seconds: float) -> float:
        """Wait until /healthz answers 200; returns how long it took since the start."""
        deadline = time.monotonic() + seconds
        while not self.site.is_healthy():
            assert self.process.poll() is None, "the supervisor ended"
            assert time.monotonic() < deadline, f"not open: {sorted((self.var / 'log').iterdir())}"
            time.sleep(0.05)
        return time.monotonic() - self.started

    def children(self) -> dict[str, psutil.Process]:
        """The supervisor's own children by a word of their command; waits until all are there."""
        supervisor = psutil.Process(self.process.pid)
        if supervisor.name() == "make":
            (supervisor,) = supervisor.children()
        deadline = time.monotonic() + 20
        while True:
            lines = {_line_of(child): child for child in supervisor.children()}
            found = {word: child for word in WORDS for line, child in lines.items() if word in line}
            if len(found) == len(WORDS):
                return found
            assert time.monotonic() < deadline, f"only {', '.join(found)} came"
            time.sleep(0.1)

    def everyone(self) -> list[psutil.Process]:
        """Every process below ours, once all children are there."""
        self.children()
        return psutil.Process(self.process.pid).children(recursive=True)


def _line_of(child: psutil.Process) -> str:
    """The command of a child; "" of one that has just ended."""
    try:
        return " ".join(child.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hospital") / "var"


@contextlib.contextmanager
def hospital(var: Path, *command: str) -> Iterator[Hospital]:
    run = Hospital(var, list(command) or [sys.executable, "-m", "hmis.supervisor"])
    try:
        run.opens(240)
        yield run
    finally:
        run.process.terminate()
        run.process.wait(20)


def all_gone(processes: list[psutil.Process], seconds: float) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def start_again(var: Path) -> float:
    """The seconds from `make run` to the first healthy answer."""
    run = Hospital(var, ["make", "run"])
    try:
        return run.opens(240)
    finally:
        run.process.terminate()
        run.process.wait(20)


def import_seconds() -> float:
    """How long this machine takes, busy as it is, to import what the web serves."""
    before = time.monotonic()
    environ = os.environ | {"HMIS_MODE": "demo", "SECRET_KEY": "none"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", "import hmis.wsgi"], env=environ, check=True)
    return time.monotonic() - before


@pytest.mark.slow
@pytest.mark.xdist_group("hospital")
class TestTheWholeHospital:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    def test_a_signal_ends_every_process(self, var, number):
        with hospital(var) as run:
            everyone = run.everyone()
            run.process.send_signal(number)
            run.process.wait(12)
            assert all_gone(everyone, 12)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_make_takes_everything_down_with_it(self, var, number):
        with hospital(var, "make", "run") as run:
            everyone = run.everyone()
            run.process.send_signal(number)  # to `make` alone
            run.process.wait(12)
            assert all_gone(everyone, 12)

    def test_what_dies_comes_back(self, var):
        with hospital(var) as run:
            for word in WORDS:
                dead = run.children()[word]
                dead.kill()
                dead.wait(5)
                assert run.children()[word].pid != dead.pid
                run.opens(30)

    def test_a_second_run_from_the_same_folder_says_so(self, var):
        with hospital(var) as run:
            second = subprocess.run(
                [sys.executable, "-m", "hmis.supervisor"],
                env=os.environ | {"VAR_DIR": str(var), "PORT": str(free_port())},
                capture_output=True,
                text=True,
            )
            assert second.returncode == 1
            assert f"in use by process {run.process.pid}" in second.stderr

    def test_the_second_start_takes_five_seconds_at_most(self, var):
        with hospital(var):
            pass
        # Other tests may run beside this one: then a bare import takes longer too, and so does luck.
        assert any(start_again(var) <= max(5, 2.5 * import_seconds()) for _ in range(3))

    def test_the_access_log_names_nobody(self, var):
        with hospital(var) as run:
            line = http.client.HTTPConnection("127.0.0.1", run.port)
            line.request("GET", "/healthz?q=9876543210", headers={"User-Agent": "who"})
            assert line.getresponse().status == 200
        text = (var / "log" / "access.log").read_text()
        assert "GET healthz 200" in text
        assert "9876543210" not in text
        assert "who" not in text
