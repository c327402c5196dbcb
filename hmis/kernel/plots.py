"""Small curves of measured values: from numbers at moments to the path of an SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

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
