"""The supervisor: what it reads, how it brings children back, how it ends."""

import signal
import stat
import time
from pathlib import Path

import pytest

from hmis import embedded, supervisor
from hmis.supervisor import Child, Site, end_together

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


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_an_address_may_come_from_a_file(name, tmp_path):
    (tmp_path / "address").write_text("scheme://me@there/0\n")
    site = Site.read({"VAR_DIR": str(tmp_path), f"{name}_FILE": str(tmp_path / "address")})
    assert site.environ[name] == "scheme://me@there/0"
    assert f"{name}_FILE" not in site.environ


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


def ending(script, tmp_path):
    """A child of the shell that does this when it is told to end; it is ready once its file is there."""
    waits = f"trap '{script}; exit 0' TERM; touch $$.ready; while :; do sleep 0.05; done"
    child = Child(
        "ends", lambda: embedded.launch(["sh", "-c", f"cd {tmp_path}; {waits}"], log=tmp_path / "log")
    )
    child.run()
    while not (tmp_path / f"{child.process.pid}.ready").exists():
        time.sleep(0.01)
    return child


def test_all_are_told_to_end_before_any_is_waited_for(tmp_path):
    first = ending("while [ ! -e second-was-told ]; do sleep 0.05; done", tmp_path)
    second = ending("touch second-was-told", tmp_path)

    end_together([first, second])

    assert (first.process.returncode, second.process.returncode) == (0, 0)


def test_who_does_not_end_in_time_is_killed(tmp_path):
    stubborn = ending("while :; do sleep 0.05; done", tmp_path)
    stubborn.patience = 0.2

    end_together([stubborn])

    assert stubborn.process.returncode == -signal.SIGKILL
