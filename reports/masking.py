"""Small numbers outside the hospital: what is about fewer than five people is masked. Pure (docs/adr/0396).

A masked number must not come back by subtraction: with it go others of its row and column, until every number
that is masked could also be another one, whatever is shown beside it. Nought is nobody, and is shown.

A table with its totals is a net: each row and each column, that of the totals too, is a knot whose numbers
balance each other. Another table that shows the same differs from ours along closed ways through the masked
numbers, one up and one down in turn. So a masked number is safe exactly if it lies on such a way on which no
number sinks below one; the cheapest way is sought, and what is not yet masked on it is masked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

# Fewer people than these can be recognised.
FEWEST = 5
# What stands for a masked number: it may be small, or give a small one away.
MASK = "*"

Shown = int | None


@dataclass(frozen=True)
class Table:
    """A table with its totals, as it may be shown; None is masked."""

    rows: list[list[Shown]]
    row_totals: list[Shown]
    column_totals: list[Shown]
    total: Shown


def masked_line(counts: Sequence[int]) -> tuple[list[Shown], Shown]:
    """One row of counts and its total, as they may be shown."""
    net = _Net(1, 1)
    for count in counts:
        net.add(0, 0, count, is_total=False)
    net.add(0, 0, sum(counts), is_total=True)
    *shown, total = net.shown()
    return shown, total


def masked_table(rows: Sequence[Sequence[int]]) -> Table:
    """Rows of counts, all equally long, as they may be shown with the totals of rows and columns.

    Hidden numbers stay hidden from somebody who sees this table alone: two tables of the same counts, told
    apart otherwise, must not go to the same reader.
    """
    height, width = len(rows), len(rows[0]) if rows else 0
    if any(len(row) != width for row in rows):
        raise ValueError("The rows of a table are equally long.")
    net = _Net(height + 1, width + 1)
    for r, row in enumerate(rows):
        for c, count in enumerate(row):
            net.add(r, c, count, is_total=False)
        net.add(r, width, sum(row), is_total=True)
    sums = [sum(row[c] for row in rows) for c in range(width)]
    for c, count in enumerate(sums):
        net.add(height, c, count, is_total=True)
    # Both the sum of the sums of rows and that of columns: it balances as a cell does.
    net.add(height, width, sum(sums), is_total=False)
    lines = iter(net.shown())
    shown = [[next(lines) for _ in range(width + 1)] for _ in range(height)]
    column_totals = [next(lines) for _ in range(width)]
    return Table([row[:-1] for row in shown], [row[-1] for row in shown], column_totals, next(lines))


def in_words(count: Shown) -> str:
    """How a count is written: a masked one without a number."""
    return MASK if count is None else str(count)


@dataclass
class _Number:
    """A number between its row and its column. A total weighs against the others: it grows with them."""

    row: int
    column: int
    count: int
    is_total: bool
    is_masked: bool = False
    is_safe: bool = False

    def may_go(self, up: bool) -> bool:
        """Whether another table can have it one lower or higher on this side of the balance."""
        return up != self.is_total or self.count >= 2

    @property
    def cost(self) -> int:
        return 0 if self.is_masked else self.count


@dataclass
class _Net:
    """The numbers of a table, each an edge between the knots of its row and its column."""

    rows: int
    columns: int
    numbers: list[_Number] = field(default_factory=list)

    def add(self, row: int, column: int, count: int, *, is_total: bool) -> None:
        small = 0 < count < FEWEST
        self.numbers.append(_Number(row, column, count, is_total, is_masked=small))

    def shown(self) -> list[Shown]:
        """The numbers in the order in which they came, those that must not be known as None."""
        at = self._at_knots()
        for number in self.numbers:
            if number.is_masked and not number.is_safe:
                for one in self._cheapest_way(number, at):
                    one.is_masked = one.is_safe = True
        return [None if one.is_masked else one.count for one in self.numbers]

    def _at_knots(self) -> list[list[_Number]]:
        """The numbers at each knot: the rows, then the columns. A nought never moves."""
        at: list[list[_Number]] = [[] for _ in range(self.rows + self.columns)]
        for number in self.numbers:
            if number.count:
                at[number.row].append(number)
                at[self.rows + number.column].append(number)
        return at

    def _cheapest_way(self, number: _Number, at: list[list[_Number]]) -> list[_Number]:
        """The closed way through this number that masks least. There is one: itself and its three totals."""
        ways = [
            (sum(one.cost for one in way), way)
            for up in (True, False)
            if number.may_go(up)
            for way in self._ways_back(number, up, at)
        ]
        return min(ways, key=lambda one: one[0])[1]

    def _ways_back(self, number: _Number, up: bool, at: list[list[_Number]]) -> Iterator[list[_Number]]:
        """The cheapest way from the number's column back to its row (Dijkstra), the number going `up`."""
        begin, end = self.rows + number.column, number.row
        best = {begin: 0}
        came: dict[int, tuple[_Number, int]] = {}
        heap = [(0, begin)]
        while heap:
            cost, knot = heappop(heap)
            if knot == end:
                yield [number, *self._walked(came, begin, end)]
                return
            if cost > best[knot]:
                continue
            from_column = knot >= self.rows
            for one in at[knot]:
                # Leaving a column it goes against the number, leaving a row with it.
                if one is number or not one.may_go(up != from_column):
                    continue
                there = one.row if from_column else self.rows + one.column
                if cost + one.cost < best.get(there, cost + one.cost + 1):
                    best[there] = cost + one.cost
                    came[there] = (one, knot)
                    heappush(heap, (best[there], there))

    @staticmethod
    def _walked(came: dict[int, tuple[_Number, int]], begin: int, end: int) -> Iterator[_Number]:
        knot = end
        while knot != begin:
            number, knot = came[knot]
            yield number
