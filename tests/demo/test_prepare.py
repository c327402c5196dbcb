"""What every start does first, and does not do twice."""

import os

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from facilities.models import District
from hmis.demo.management.commands import prepare


@pytest.fixture
def _own_folder(tmp_path, monkeypatch, settings):
    settings.STATIC_ROOT = tmp_path / "static"
    monkeypatch.setattr(prepare, "STAMP", tmp_path / "static.stamp")


@pytest.fixture
def calls(monkeypatch):
    """The commands that prepare ran."""
    ran = []
    monkeypatch.setattr(prepare, "call_command", lambda name, **options: ran.append((name, options)))
    return ran


@pytest.mark.usefixtures("_own_folder", "durable_line")
def test_production_gets_places_and_no_demo(settings, calls):
    settings.PRODUCTION = True

    call_command("prepare")

    assert {"load_jharkhand", "load_schemes"} <= {name for name, _ in calls}
    assert "seed_demo" not in {name for name, _ in calls}


@pytest.mark.usefixtures("_own_folder")
def test_a_database_that_is_up_to_date_is_not_migrated(db, calls):
    prepare.migrate()

    assert calls == []


def test_an_old_postgresql_is_refused_in_a_sentence(db, monkeypatch):
    monkeypatch.setitem(connection.__dict__, "pg_version", 170004)

    with pytest.raises(CommandError, match="This is PostgreSQL 17; 18 or newer is needed"):
        call_command("prepare")
    assert not District.objects.exists()


def test_a_server_that_may_lose_what_it_acknowledged_is_refused(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    with pytest.raises(CommandError, match="synchronous_commit = on"):
        prepare.refuse_unfit_database()


@pytest.mark.usefixtures("_own_folder")
def test_static_files_are_collected_once_and_again_when_one_changes(settings, monkeypatch):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    ran = []

    def collect(name, **options):
        ran.append(name)
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        (settings.STATIC_ROOT / "staticfiles.json").touch()

    monkeypatch.setattr(prepare, "call_command", collect)
    prepare.collect_static()
    prepare.collect_static()
    assert ran == ["collectstatic"]

    monkeypatch.setattr(prepare, "static_stamp", lambda: "another")
    prepare.collect_static()
    assert ran == ["collectstatic"] * 2


def test_a_catalogue_is_compiled_only_when_it_is_newer(tmp_path, settings, calls, monkeypatch):
    monkeypatch.setattr(prepare.shutil, "which", lambda name: f"/usr/bin/{name}")
    settings.LOCALE_PATHS = [tmp_path]
    po = tmp_path / "hi" / "LC_MESSAGES" / "django.po"
    po.parent.mkdir(parents=True)
    po.touch()
    po.with_suffix(".mo").touch()
    os.utime(po, (1, 1))

    prepare.compile_messages()
    assert calls == []

    os.utime(po.with_suffix(".mo"), (0, 0))
    prepare.compile_messages()
    assert calls == [("compilemessages", {"locale": ["hi"], "verbosity": 0})]
