"""The shelf keeps what it was given, says what is missing, and lets go of nothing that is still needed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hmis.ops.restore import chosen
from hmis.ops.shelf import BASE, MANIFEST, Backup, Shelf, ShelfError, segment_name, segment_number
from hmis.ops.vault import Key

SEGMENT_BYTES = 16 << 20


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", Key(b"k" * 32))


def segment(number, timeline=1):
    return f"{timeline:08X}{segment_name(number, SEGMENT_BYTES)}"


def add_base(shelf, ended, first=2, *, verified=False):
    name = ended.strftime("%Y%m%dT%H%M%SZ")
    backup = Backup(
        name, ended.isoformat(), ended.isoformat(), "7", "18.6", "", segment(first), SEGMENT_BYTES, 1, "0",
        shelf.key.fingerprint,
    )  # fmt: skip
    folder = shelf.bases / name
    folder.mkdir(parents=True)
    (folder / BASE).write_bytes(b"x")
    shelf.write_manifest(folder, backup)
    if verified:
        shelf.write_verified(backup, {"rows": 1})
    return backup


def put(shelf, tmp_path, name, contents=b"wal"):
    path = tmp_path / name
    path.write_bytes(contents)
    shelf.put_wal(path)


NOW = datetime.now(UTC).replace(microsecond=0)


def test_a_segment_comes_back_and_lies_there_sealed(shelf, tmp_path):
    put(shelf, tmp_path, segment(2), b"Sunita" * 1000)

    assert shelf.get_wal(segment(2)) == b"Sunita" * 1000
    assert shelf.wal_names() == [segment(2)]
    assert b"Sunita" not in b"".join(path.read_bytes() for path in shelf.wal.iterdir())


def test_the_same_segment_again_is_no_matter_and_another_is_refused(shelf, tmp_path):
    put(shelf, tmp_path, segment(2), b"one")
    put(shelf, tmp_path, segment(2), b"one")
    with pytest.raises(ShelfError, match="two servers share a shelf"):
        put(shelf, tmp_path, segment(2), b"another")
    assert shelf.get_wal(segment(2)) == b"one"


def test_a_broken_off_sealing_leaves_nothing_that_counts(shelf, tmp_path):
    put(shelf, tmp_path, segment(2))
    (shelf.wal / f"{segment(3)}.gz.draft").write_bytes(b"half")

    assert shelf.wal_names() == [segment(2)]
    put(shelf, tmp_path, segment(3), b"whole")
    assert shelf.get_wal(segment(3)) == b"whole"


def test_a_base_that_fails_leaves_nothing(shelf):
    def half_a_base():
        with shelf.new_base() as draft:
            (draft / BASE).write_bytes(b"half")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        half_a_base()

    assert list(shelf.bases.iterdir()) == []
    assert shelf.backups() == []


def test_a_gap_in_the_wal_is_named(shelf, tmp_path):
    backup = add_base(shelf, NOW)
    for number in 2, 3, 5:
        put(shelf, tmp_path, segment(number))

    with pytest.raises(ShelfError, match=segment_name(4, SEGMENT_BYTES)):
        shelf.wal_from(backup)
    put(shelf, tmp_path, segment(4))
    assert shelf.wal_from(backup) == [segment(n) for n in (2, 3, 4, 5)]


def test_segments_go_on_over_the_edge_of_a_log_and_on_another_timeline(shelf, tmp_path):
    backup = add_base(shelf, NOW, first=254)
    names = [segment(254), segment(255), segment(256, timeline=2), "00000002.history"]
    for name in names:
        put(shelf, tmp_path, name)

    assert segment(256).endswith("0000000100000000")
    assert shelf.wal_from(backup) == [names[3], *names[:3]]


def test_numbers_and_names_of_segments_agree():
    for number in 0, 1, 255, 256, 70000:
        assert segment_number(segment(number), SEGMENT_BYTES) == number


def test_a_manifest_that_somebody_changed_is_refused(shelf):
    backup = add_base(shelf, NOW)
    path = shelf.bases / backup.name / MANIFEST
    held = json.loads(path.read_text())
    path.write_text(json.dumps({**held, "first_segment": segment(9)}))

    with pytest.raises(ShelfError, match="was changed"):
        shelf.backups()


def test_another_key_is_said_by_its_fingerprint(shelf):
    add_base(shelf, NOW)
    other = Shelf(shelf.folder, Key(b"o" * 32))

    with pytest.raises(ShelfError, match=f"{shelf.key.fingerprint}.*{other.key.fingerprint}"):
        other.backups()


def test_bytes_that_are_not_those_written_are_refused_before_they_are_read(shelf):
    backup = add_base(shelf, NOW)
    with pytest.raises(ShelfError, match="SHA-256 differs"):
        shelf.open_base(backup)


def test_a_restore_begins_from_the_newest_backup_that_had_ended(shelf):
    old, new = add_base(shelf, NOW - timedelta(days=2)), add_base(shelf, NOW - timedelta(days=1))

    assert chosen(shelf, None) == new
    assert chosen(shelf, new.ended) == new
    assert chosen(shelf, new.ended - timedelta(seconds=1)) == old
    with pytest.raises(ShelfError, match="nothing earlier can be had"):
        chosen(shelf, old.ended - timedelta(seconds=1))


def test_an_empty_shelf_says_so(shelf):
    with pytest.raises(ShelfError, match="There is no backup"):
        chosen(shelf, None)


def test_old_copies_go_with_the_wal_that_only_they_needed(shelf, tmp_path):
    add_base(shelf, NOW - timedelta(days=60), first=2)
    add_base(shelf, NOW - timedelta(days=20), first=4)
    add_base(shelf, NOW - timedelta(days=1), first=6)
    for number in range(2, 8):
        put(shelf, tmp_path, segment(number))

    assert len(shelf.prune(timedelta(days=35))) == 1
    assert [b.first_segment for b in shelf.backups()] == [segment(4), segment(6)]
    assert shelf.wal_names() == [segment(n) for n in (4, 5, 6, 7)]


def test_the_last_two_and_the_last_one_tried_out_stay_however_old(shelf):
    tried = add_base(shelf, NOW - timedelta(days=90), verified=True)
    add_base(shelf, NOW - timedelta(days=80))
    last = [add_base(shelf, NOW - timedelta(days=70)), add_base(shelf, NOW - timedelta(days=60))]

    shelf.prune(timedelta(days=35))

    assert shelf.backups() == [tried, *last]
