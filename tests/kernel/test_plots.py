"""Small curves: earliest at the left, highest on top; nothing where there is no curve."""

from datetime import datetime, timedelta

from hmis.kernel.plots import HEIGHT, MARGIN, WIDTH, plot

NOON = datetime(2026, 7, 22, 12, 0)
LATER = NOON + timedelta(hours=1)


def test_a_curve_goes_from_left_to_right_and_up():
    (line,) = plot([(NOON, 60.0), (LATER, 80.0)], said="60, 80").lines
    assert line.path == "M3 25L93 3"
    assert (line.x, line.y) == (WIDTH - MARGIN, MARGIN)


def test_two_curves_share_their_measure():
    upper, lower = plot([(NOON, 120.0), (LATER, 140.0)], [(NOON, 80.0), (LATER, 80.0)], said="").lines
    assert (upper.y, lower.y) == (MARGIN, HEIGHT - MARGIN)


def test_what_never_changes_lies_in_the_middle():
    (line,) = plot([(NOON, 72.0), (LATER, 72.0)], said="").lines
    assert line.y == HEIGHT / 2
    (same,) = plot([(NOON, 72.0), (NOON, 80.0)], said="").lines
    assert same.x == WIDTH / 2


def test_one_value_is_no_curve():
    assert plot([(NOON, 72.0)], said="") is None
    assert plot(said="") is None
