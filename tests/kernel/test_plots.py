"""Small curves: earliest at the left, highest on top; nothing where there is no curve."""

from datetime import datetime, timedelta
from decimal import Decimal

from hmis.kernel.plots import CHART_EDGE, CHART_HEIGHT, HEIGHT, MARGIN, WIDTH, control_chart, plot

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


def test_controls_stand_on_lines_at_the_mean_and_beside_it():
    chart = control_chart(
        [(NOON, 0.0, "dot"), (LATER, 2.5, "warn"), (LATER, -9.0, "reject")], mean=Decimal(140), sd=Decimal(2)
    )
    labels = [one.label for one in chart.guides]
    assert labels == [
        "146  +3 SD",
        "144  +2 SD",
        "142  +1 SD",
        "140",
        "138  −1 SD",
        "136  −2 SD",
        "134  −3 SD",
    ]
    assert chart.guides[3].y == CHART_HEIGHT / 2
    assert [one.kind for one in chart.marks] == ["dot", "warn", "reject"]
    assert len({one.path[-4:] for one in chart.marks}) == 3
    # What lies outside is drawn at the edge.
    assert chart.path.endswith(f" {CHART_HEIGHT - CHART_EDGE}")


def test_one_control_is_a_chart_and_none_is_not():
    assert control_chart([], mean=Decimal(1), sd=Decimal(1)) is None
    assert len(control_chart([(NOON, 0.0, "dot")], mean=Decimal(1), sd=Decimal(1)).marks) == 1
