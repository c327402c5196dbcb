"""Which history a restore follows if there are several: the one that holds that second, or the one named."""

from datetime import UTC, datetime, timedelta

import pytest

from hmis.ops.restore import way
from hmis.ops.shelf import Shelf, ShelfError
from hmis.ops.timelines import Fork, forks_of
from hmis.ops.vault import Key
from tests.ops.test_shelf import add_base, put, segment, with_another_key

FORK = datetime(2026, 11, 25, 10, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KNOWN = f"1\t0/5000028\tbefore {FORK}\n"


@pytest.fixture
def shelf(tmp_path):
    """A backup of half past ten, left in segment 5 a minute later, and segment 6 of the time after that."""
    shelf = Shelf(tmp_path / "shelf", Key(b"k" * 32))
    add_base(shelf, FORK - MINUTE, first=4)
    for name in segment(4), segment(5), segment(6):
        put(shelf, tmp_path, name)
    return shelf


@pytest.fixture
def restored(shelf, tmp_path):
    def restored(history=KNOWN, timeline=2):
        put(shelf, tmp_path, f"{timeline:08X}.history", history.encode())
        return shelf

    return restored


def followed(shelf, to, timeline=None):
    backup, along = way(shelf, to, timeline)
    return backup.first_segment, along


def test_a_second_is_had_from_the_only_history(shelf):
    assert followed(shelf, FORK + MINUTE) == followed(shelf, None) == (segment(4), 1)


def test_a_second_before_the_fork_is_had_as_always(restored):
    assert followed(restored(), FORK - MINUTE) == (segment(4), 1)


def test_a_second_after_the_fork_is_had_only_from_the_history_that_is_named(restored):
    shelf = restored()
    said = r"2 left timeline 1 before its change of 2026-11-25 10:31:00\+00:00.*--timeline 1 or --timeline 2"
    with pytest.raises(ShelfError, match=said):
        way(shelf, FORK + MINUTE, None)
    for timeline in 1, 2:
        assert followed(shelf, FORK + MINUTE, timeline) == (segment(4), timeline)
    with pytest.raises(ShelfError, match="No backup leads to timeline 3"):
        way(shelf, FORK + MINUTE, 3)


@pytest.mark.parametrize("place", ["0/5000028", "0/6000028"])
def test_a_fork_that_names_no_time_is_asked_about_if_something_was_left_behind(restored, place):
    with pytest.raises(ShelfError, match=r"timeline 2 left timeline 1\)"):
        way(restored(f"1\t{place}\tno recovery target specified\n"), FORK - MINUTE, None)


def test_a_fork_at_the_end_of_all_that_was_kept_is_followed(restored, tmp_path):
    shelf = restored("1\t0/7000000\tno recovery target specified\n")
    put(shelf, tmp_path, segment(7, timeline=2))
    assert followed(shelf, FORK + MINUTE) == (segment(4), 2)


def test_a_change_that_was_left_behind_in_the_spool_is_asked_about_too(restored):
    with pytest.raises(ShelfError, match="Several histories"):
        way(restored(f"1\t0/7000028\tbefore {FORK}\n"), FORK + MINUTE, None)


def test_a_backup_after_a_fork_that_names_no_time_is_of_what_was_left(restored):
    shelf = restored("1\t0/5000028\tno recovery target specified\n")
    add_base(shelf, FORK + MINUTE, first=6)
    assert followed(shelf, FORK + 2 * MINUTE) == (segment(6), 1)


def test_a_history_of_another_key_is_none(shelf, tmp_path):
    put(with_another_key(shelf), tmp_path, "00000002.history", KNOWN.encode())
    assert followed(shelf, FORK + MINUTE) == followed(shelf, None) == (segment(4), 1)


def test_a_backup_of_the_restored_server_ends_the_question(restored):
    shelf = restored()
    add_base(shelf, FORK + 10 * MINUTE, first=5, timeline=2)
    assert followed(shelf, FORK + 11 * MINUTE) == (segment(5, timeline=2), 2)
    with pytest.raises(ShelfError, match="Several histories"):
        way(shelf, FORK + 9 * MINUTE, None)


def test_a_backup_of_what_was_left_behind_leads_to_itself_alone(restored):
    shelf = restored()
    add_base(shelf, FORK + MINUTE, first=5)
    assert followed(shelf, FORK + 2 * MINUTE) == (segment(5), 1)
    assert followed(shelf, None) == followed(shelf, FORK + 2 * MINUTE, 2) == (segment(4), 2)
    restored(f"{KNOWN}2\t0/6000028\tbefore {FORK + 9 * MINUTE}\n", timeline=3)
    assert followed(shelf, None) == (segment(4), 3)


def test_restored_twice_from_the_same_minute_both_are_offered(restored):
    restored()
    shelf = restored(f"1\t0/5000128\tbefore {FORK + MINUTE}\n", timeline=3)
    with pytest.raises(ShelfError, match="--timeline 1 or --timeline 2 or --timeline 3"):
        way(shelf, FORK + 2 * MINUTE, None)
    assert followed(shelf, None) == (segment(4), 3)


def test_a_history_is_read_as_the_server_writes_it():
    written = (
        "1\t0/3019E70\tbefore 2026-11-25 10:31:02.1+05:30\n\n2\t1/A000028\tbefore transaction 771\n"
        "4\t2/28\tbefore 2026-11-26 00:00:00+00\n"
    )
    assert forks_of(written) == [
        Fork(1, 0x3019E70, datetime.fromisoformat("2026-11-25T10:31:02.100+05:30")),
        Fork(2, 0x1_0A000028, None),
        Fork(4, 0x2_00000028, datetime(2026, 11, 26, tzinfo=UTC)),
    ]
