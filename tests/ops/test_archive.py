"""The archive's rounds: what goes wrong with one copy keeps no other from being taken."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from hmis.ops import backup
from hmis.ops.archive import Archive, Keeper, Night, trial_on
from hmis.ops.shelf import MANIFEST, Shelf, ShelfError
from hmis.ops.vault import Key
from tests.ops.test_shelf import add_base, with_another_key

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", Key(b"k" * 32))


@pytest.fixture
def keeper_of(tmp_path, monkeypatch, settings):
    """A keeper whose server sends nothing, and whose backups only stand on the shelf."""
    settings.BACKUP_STATUS = tmp_path / "backup.json"
    monkeypatch.setattr(Archive, "step", lambda archive: [])
    monkeypatch.setattr(backup, "take", lambda shelf, address: add_base(shelf, NOW))

    def keeper_of(shelf):
        an_hour_ago = timezone.localtime(NOW - timedelta(hours=1)).time()
        night = Night(an_hour_ago, timedelta(days=35), trial_on("never"))
        return Keeper(Archive(shelf, {}, tmp_path / "wal"), night, tmp_path)

    return keeper_of


def look(keeper):
    """One round, and the night's work that it may have begun; whether it did."""
    keeper.look()
    if keeper.busy:
        keeper.busy.join(10)
    return keeper.busy is not None


def test_the_first_start_with_another_key_takes_a_backup_at_once(shelf, keeper_of):
    add_base(shelf, NOW - timedelta(minutes=1))
    now = with_another_key(shelf)

    assert look(keeper_of(now))
    assert len(now.backups()) == 1


def test_a_backup_of_before_the_slot_is_not_enough_also_after_a_restart(shelf, keeper_of, tmp_path):
    add_base(shelf, NOW - timedelta(minutes=2))
    keeper_of(shelf).archive.since.write_text((NOW - timedelta(minutes=1)).isoformat())

    assert look(keeper_of(shelf))
    assert not look(keeper_of(shelf))


def test_a_bad_manifest_keeps_no_backup_from_being_taken_nor_one_from_being_enough(shelf, keeper_of):
    bad = add_base(shelf, NOW - timedelta(minutes=1))
    (shelf.bases / bad.name / MANIFEST).write_text("{}")

    assert look(keeper_of(shelf))
    assert shelf.newest().began_at == NOW.isoformat()
    assert not look(keeper_of(shelf))


def test_a_shelf_that_cannot_be_read_ends_no_archive(shelf, keeper_of, monkeypatch, caplog):
    def unreadable(shelf):
        raise ShelfError("not now")

    keeper = keeper_of(shelf)
    monkeypatch.setattr(Shelf, "newest", unreadable)
    monkeypatch.setattr(keeper.stopping, "wait", lambda seconds: True)
    assert not look(keeper)
    assert "cannot be read: ShelfError" in caplog.text
