"""Small curves of measured values, and charts of controls: from numbers at moments to the paths of an SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 96, 28, 3

Point = tuple[datetime, float]


@dataclass(frozen=True)
class Line:
    """One curve: its path, and where its last value lies."""

    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Plot:
    """Curves that share their measure, as an SVG of this size; `said` is read to who cannot see it."""

    lines: tuple[Line, ...]
    said: str
    width: int = WIDTH
    height: int = HEIGHT


def plot(*curves: Sequence[Point], said: str) -> Plot | None:
    """Curves over time, the earliest at the left; None where no curve has two values."""
    points = [point for curve in curves for point in curve]
    if max((len(curve) for curve in curves), default=0) < 2:
        return None
    times, values = [at.timestamp() for at, _value in points], [value for _at, value in points]
    across = _scale(min(times), max(times), MARGIN, WIDTH - MARGIN)
    upward = _scale(min(values), max(values), HEIGHT - MARGIN, MARGIN)
    drawn = [[(across(at.timestamp()), upward(value)) for at, value in curve] for curve in curves if curve]
    return Plot(tuple(Line(_path(one), *one[-1]) for one in drawn), said)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """From a value to a place; what never changes lies in the middle."""

    def place(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(start + share * (end - start), 1)

    return place


def _path(places: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places)


# ── Controls: how far each lies from its mean ──

CHART_WIDTH, CHART_HEIGHT = 760, 230
CHART_LEFT, CHART_RIGHT, CHART_EDGE = 112, 16, 14
# What lies further out is drawn at the edge.
FURTHEST = 4.0
SIZE = 4.5
LINES = ("mean", "near", "wide", "far")


@dataclass(frozen=True)
class Mark:
    """One control: where it lies, and its shape as a path; `kind` is dot, warn or reject."""

    path: str
    kind: str


@dataclass(frozen=True)
class Guide:
    """A level line: mean, near, wide or far; its height, and what stands beside it."""

    kind: str
    y: float
    label: str


@dataclass(frozen=True)
class ControlChart:
    """Controls in their order from left to right, on lines at the mean and 1, 2, 3 SD beside it."""

    guides: tuple[Guide, ...]
    path: str
    marks: tuple[Mark, ...]
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT
    left: int = CHART_LEFT
    right: int = CHART_WIDTH - CHART_RIGHT


def control_chart(
    points: Sequence[tuple[datetime, float, str]], *, mean: Decimal, sd: Decimal
) -> ControlChart | None:
    """A Levey–Jennings plot of (moment, SD from the mean, kind of mark), the earliest first."""
    if not points:
        return None
    upward = _scale(-FURTHEST, FURTHEST, CHART_HEIGHT - CHART_EDGE, CHART_EDGE)
    across = _scale(0, len(points) - 1, CHART_LEFT + 12, CHART_WIDTH - CHART_RIGHT - 12)
    inside = [max(-FURTHEST, min(FURTHEST, z)) for _at, z, _kind in points]
    places = [(across(place), upward(z)) for place, z in enumerate(inside)]
    kinds = [kind for _at, _z, kind in points]
    marks = [Mark(_shape(x, y, kind), kind) for (x, y), kind in zip(places, kinds, strict=True)]
    guides = [Guide(LINES[abs(step)], upward(step), _beside(step, mean, sd)) for step in range(3, -4, -1)]
    return ControlChart(tuple(guides), _path(places), tuple(marks))


def _beside(step: int, mean: Decimal, sd: Decimal) -> str:
    value = f"{(mean + step * sd).normalize():f}"
    return f"{value}  {step:+d} SD".replace("-", "−") if step else value


def _shape(x: float, y: float, kind: str) -> str:
    """A dot, a triangle or a square around this place."""
    left, right, top, foot = (round(one, 1) for one in (x - SIZE, x + SIZE, y - SIZE, y + SIZE))
    if kind == "reject":
        return f"M{left:g} {top:g}H{right:g}V{foot:g}H{left:g}Z"
    if kind == "warn":
        return f"M{x:g} {top:g}L{right:g} {foot:g}H{left:g}Z"
    return f"M{left:g} {y:g}a{SIZE} {SIZE} 0 1 0 {2 * SIZE:g} 0a{SIZE} {SIZE} 0 1 0 {-2 * SIZE:g} 0Z"
