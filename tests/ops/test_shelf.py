"""The shelf keeps what it was given, says what is missing, and lets go of nothing that is still needed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hmis.ops import restore
from hmis.ops.restore import chosen, try_out
from hmis.ops.shelf import (
    BASE,
    MANIFEST,
    SEALED_WAL,
    Backup,
    Shelf,
    ShelfError,
    segment_name,
    segment_number,
)
from hmis.ops.vault import Key

SEGMENT_BYTES = 16 << 20


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path / "shelf", Key(b"k" * 32))


def segment(number, timeline=1):
    return f"{timeline:08X}{segment_name(number, SEGMENT_BYTES)}"


def with_another_key(shelf):
    return Shelf(shelf.folder, Key(b"o" * 32))


def add_base(shelf, ended, first=2, *, timeline=1, verified=False):
    name = ended.strftime("%Y%m%dT%H%M%SZ")
    backup = Backup(
        name, ended.isoformat(), ended.isoformat(), "7", "18.6", "", segment(first, timeline), SEGMENT_BYTES,
        1, "0", shelf.key.fingerprint,
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
    name, at = shelf.last_wal()
    assert name == segment(2)
    assert datetime.now(UTC) - at < timedelta(minutes=1)
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


def take_one_more(shelf):
    with shelf.new_base() as draft:
        (draft / BASE).write_bytes(b"second")


def test_a_second_backup_at_once_is_refused_and_the_first_one_stays_whole(shelf):
    with shelf.new_base() as draft:
        (draft / BASE).write_bytes(b"first")
        with pytest.raises(ShelfError, match="is being taken"):
            take_one_more(shelf)

    (whole,) = shelf.bases.iterdir()
    assert (whole / BASE).read_bytes() == b"first"


def test_what_a_killed_backup_has_left_goes_with_the_next(shelf):
    (shelf.bases / "20261125T213000Z.draft").mkdir(parents=True)
    take_one_more(shelf)

    assert [path.name for path in shelf.bases.glob("*.draft")] == []


def test_a_second_trial_at_once_is_refused_and_the_first_one_keeps_its_files(shelf, tmp_path, monkeypatch):
    backup, room = add_base(shelf, NOW), tmp_path / "trial"
    (room / "trial-of-a-killed-one").mkdir(parents=True)
    drafts = []

    def unpack(shelf, backup, draft):
        drafts.append(draft)
        if len(drafts) == 1:
            (draft / "PG_VERSION").touch()
            with pytest.raises(ShelfError, match="is being tried out"):
                try_out(shelf, backup, room)
            assert [path.name for path in room.rglob("*")] == [draft.name, "PG_VERSION"]
        raise OSError("full")

    monkeypatch.setattr(restore, "unpack", unpack)
    with pytest.raises(OSError, match="full"):
        try_out(shelf, backup, room)
    assert list(room.iterdir()) == []


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


def test_a_restore_from_anothers_copies_says_both_fingerprints(shelf):
    add_base(shelf, NOW)
    other = with_another_key(shelf)

    with pytest.raises(
        ShelfError, match=f"Sealed with the key {shelf.key.fingerprint}.*{other.key.fingerprint}"
    ):
        chosen(other, None)


def test_an_old_one_that_was_tried_out_keeps_itself_but_no_wal_and_is_had_by_its_name(shelf, tmp_path):
    tried = add_base(shelf, NOW - timedelta(days=90), first=2, verified=True)
    within, newest = (add_base(shelf, NOW - timedelta(days=n), first=first) for n, first in ((20, 4), (1, 6)))
    for number in range(2, 8):
        put(shelf, tmp_path, segment(number))

    for _ in range(2):
        shelf.prune(timedelta(days=35))
        assert shelf.backups() == [tried, within, newest]
        assert shelf.wal_names() == [segment(n) for n in (4, 5, 6, 7)]
    assert [shelf.is_alone(one) for one in shelf.backups()] == [True, False, False]
    assert shelf.wal_from(tried) == []
    assert chosen(shelf, within.ended) == within
    with pytest.raises(ShelfError, match=f"nothing earlier can be had.*--base {tried.name}"):
        chosen(shelf, within.ended - timedelta(seconds=1))


def test_old_ones_among_the_last_two_keep_their_wal(shelf, tmp_path):
    """The archive stood still for months: what there is can be had to its last second."""
    backups = [add_base(shelf, NOW - timedelta(days=n), first=92 - n, verified=True) for n in (90, 89)]
    for number in 2, 3, 4:
        put(shelf, tmp_path, segment(number))
    shelf.prune(timedelta(days=35))

    assert not any(shelf.is_alone(one) for one in backups)
    assert shelf.wal_from(backups[0]) == [segment(n) for n in (2, 3, 4)]


# ── After a change of the key ──


def test_each_key_has_its_own_copies_and_is_told_of_the_others(shelf):
    old = add_base(shelf, NOW - timedelta(days=1))
    now = with_another_key(shelf)
    new = add_base(now, NOW)

    assert (shelf.backups(), shelf.sealed_by_others()) == ([old], [new])
    assert (now.backups(), now.sealed_by_others()) == ([new], [old])
    assert (chosen(shelf, None), chosen(now, None)) == (old, new)


def test_each_key_has_its_own_wal(shelf, tmp_path):
    old = add_base(shelf, NOW - timedelta(days=1))
    now = with_another_key(shelf)
    new = add_base(now, NOW, first=4)
    for number in 2, 3, 4:
        put(shelf, tmp_path, segment(number))
    for number in 5, 6:
        put(now, tmp_path, segment(number))

    assert shelf.wal_from(old) == [segment(n) for n in (2, 3, 4)]
    assert now.wal_from(new) == [segment(n) for n in (5, 6)]
    put(shelf, tmp_path, segment(7))
    with pytest.raises(ShelfError, match=f"{segment(5)[8:]} is missing"):
        shelf.wal_from(old)


def test_what_another_key_has_sealed_is_sealed_once_more_and_neither_is_written_over(shelf, tmp_path):
    """The server sends its timeline's history again at each start of the archive."""
    now = with_another_key(shelf)
    for one in shelf, now, now:
        put(one, tmp_path, "00000002.history", b"the same")
    with pytest.raises(ShelfError, match="two servers share a shelf"):
        put(now, tmp_path, "00000002.history", b"another")

    assert shelf.get_wal("00000002.history") == now.get_wal("00000002.history") == b"the same"
    assert shelf.wal_names() == now.wal_names() == ["00000002.history"]
    assert now.wal_from(add_base(now, NOW)) == ["00000002.history"]
    (shelf.wal / f"00000002.history{SEALED_WAL}").unlink()  # somebody threw the old key's copies away
    assert now.get_wal("00000002.history") == b"the same"


def test_a_segment_that_is_no_sealed_file_is_refused(shelf, tmp_path):
    backup = add_base(shelf, NOW)
    put(shelf, tmp_path, segment(2))
    (shelf.wal / f"{segment(2)}{SEALED_WAL}").write_bytes(b"")

    with pytest.raises(ShelfError, match=f"{segment(2)}.*no sealed file"):
        shelf.wal_from(backup)


def test_copies_of_another_key_go_after_the_same_days_once_there_are_two_new_ones(shelf, tmp_path):
    add_base(shelf, NOW - timedelta(days=60), first=2)
    younger = add_base(shelf, NOW - timedelta(days=20), first=4)
    now = with_another_key(shelf)
    add_base(now, NOW - timedelta(days=1), first=6)
    for number in range(2, 6):
        put(shelf, tmp_path, segment(number))
    put(now, tmp_path, segment(3))
    put(now, tmp_path, segment(6))

    assert now.prune(timedelta(days=35)) == []
    add_base(now, NOW, first=6)
    assert len(now.prune(timedelta(days=35))) == 1
    assert now.sealed_by_others() == [younger]
    assert {path.name[:24] for path in shelf.wal.iterdir()} == {segment(n) for n in (4, 5, 6)}


def test_the_last_one_tried_out_stays_under_another_key_until_a_new_one_is(shelf):
    tried = add_base(shelf, NOW - timedelta(days=60), verified=True)
    now = with_another_key(shelf)
    add_base(now, NOW - timedelta(days=1))
    newest = add_base(now, NOW)

    assert now.prune(timedelta(days=35)) == []
    now.write_verified(newest, {"rows": 1})
    assert now.prune(timedelta(days=35)) == [tried.name]


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


def test_what_a_restored_server_needs_stays_though_it_is_earlier_in_the_wal(shelf, tmp_path):
    add_base(shelf, NOW - timedelta(days=3), first=6)
    restored = add_base(shelf, NOW - timedelta(days=2), first=4, timeline=2)
    add_base(shelf, NOW - timedelta(days=1), first=7, timeline=2)
    for number in range(3, 8):
        put(shelf, tmp_path, segment(number, timeline=2))
    shelf.prune(timedelta(days=35))

    assert shelf.wal_from(restored) == [segment(n, timeline=2) for n in (4, 5, 6, 7)]
    assert not shelf.has_wal(segment(3, timeline=2))


def test_the_last_two_and_the_last_one_tried_out_stay_however_old(shelf):
    tried = add_base(shelf, NOW - timedelta(days=90), verified=True)
    add_base(shelf, NOW - timedelta(days=80))
    last = [add_base(shelf, NOW - timedelta(days=70)), add_base(shelf, NOW - timedelta(days=60))]

    shelf.prune(timedelta(days=35))

    assert shelf.backups() == [tried, *last]
