"""What is masked cannot be computed from what is shown beside it."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.masking import FEWEST, MASK, in_words, masked_line, masked_table

COUNTS = st.one_of(st.just(0), st.integers(0, FEWEST + 1), st.integers(0, 60))


def tables(height, width):
    """Tables of up to so many rows and columns."""

    def wide(columns):
        row = st.lists(COUNTS, min_size=columns, max_size=columns)
        return st.lists(row, min_size=1, max_size=height)

    return st.integers(1, width).flatmap(wide)


def whole(rows):
    """The table with its totals, as one list: cells and the row's total row by row, then the columns'."""
    sums = [sum(column) for column in zip(*rows, strict=True)]
    return [one for row in rows for one in [*row, sum(row)]] + [*sums, sum(sums)]


def shown_of(table):
    rows = [one for row, total in zip(table.rows, table.row_totals, strict=True) for one in [*row, total]]
    return [*rows, *table.column_totals, table.total]


def others_like(rows, shown):
    """Tables next to this one that would show the same: masked numbers at least one, noughts seen as such."""
    width = len(rows[0])
    flat = [count for row in rows for count in row]
    places = [(r, c) for r in range(len(rows)) for c in range(width)]
    steps = [(-1, 0, 1) if shown[r * (width + 1) + c] is None else (0,) for r, c in places]
    for step in product(*steps):
        other = [count + by for count, by in zip(flat, step, strict=True)]
        made = whole([other[start : start + width] for start in range(0, len(other), width)])
        if all(one >= 1 if seen is None else one == seen for one, seen in zip(made, shown, strict=True)):
            yield made


@given(tables(3, 3))
def test_every_masked_number_could_be_another_one(rows):
    true, shown = whole(rows), shown_of(masked_table(rows))
    unknown = {place for place, one in enumerate(shown) if one is None}
    for other in others_like(rows, shown):
        unknown -= {place for place in unknown if other[place] != true[place]}
        if not unknown:
            break
    assert not unknown


@given(tables(7, 7))
def test_no_sum_of_shown_numbers_gives_a_masked_one(rows):
    shown = shown_of(masked_table(rows))
    assert not determined(len(rows), len(rows[0]), shown)


@given(tables(7, 7))
def test_what_is_shown_is_true_and_small_numbers_are_not_shown(rows):
    true, shown = whole(rows), shown_of(masked_table(rows))
    assert all(one in (None, truth) for one, truth in zip(shown, true, strict=True))
    assert not any(one is not None and 0 < one < FEWEST for one in shown)
    assert all(one == 0 for one, truth in zip(shown, true, strict=True) if truth == 0)


@given(st.lists(st.integers(0, 60).filter(lambda one: one == 0 or one >= FEWEST), min_size=1, max_size=9))
def test_without_small_numbers_all_is_shown(counts):
    assert masked_line(counts) == (counts, sum(counts))
    assert masked_table([counts]).rows == [counts]


@given(st.lists(COUNTS, min_size=1, max_size=9))
def test_in_a_line_the_masked_numbers_could_be_others(counts):
    shown, total = masked_line(counts)
    masked = [count for count, one in zip(counts, shown, strict=True) if one is None]
    assert not any(one is not None and 0 < one < FEWEST for one in [*shown, total])
    if masked and total is not None:
        # At least one can sink while another rises: for each of them one way round or the other.
        assert len(masked) >= 2
        assert sum(masked) > len(masked)


def determined(height, width, shown):
    """The places of masked numbers that the balances of rows and columns give away (Gauss, exactly)."""
    at = {(r, c): shown[r * (width + 1) + c] for r in range(height + 1) for c in range(width + 1)}
    masked = [place for place, one in at.items() if one is None]
    lines = [[(r, c) for c in range(width + 1)] for r in range(height + 1)]
    lines += [[(r, c) for r in range(height + 1)] for c in range(width + 1)]
    rows = [
        [Fraction(0 if one not in line else -1 if one == line[-1] else 1) for one in masked] for line in lines
    ]
    return {
        masked[next(place for place, x in enumerate(row) if x)]
        for row in reduced(rows)
        if sum(1 for x in row if x) == 1
    }


def reduced(rows):
    """The reduced row echelon form."""
    done, rest = [], [row for row in rows if any(row)]
    while rest:
        lead = min(next(place for place, x in enumerate(row) if x) for row in rest)
        pivot = next(row for row in rest if row[lead])
        rest.remove(pivot)
        pivot = [x / pivot[lead] for x in pivot]
        clear = [[x - row[lead] * p for x, p in zip(row, pivot, strict=True)] for row in [*done, *rest]]
        done, rest = [*clear[: len(done)], pivot], [row for row in clear[len(done) :] if any(row)]
    return done


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([3], ([None], None)),
        ([0, 0], ([0, 0], 0)),
        ([3, 5], ([None, None], 8)),
        ([2, 30, 40], ([None, None, 40], 72)),
        # Two ones that sum to two would be known to be ones.
        ([1, 1, 20], ([None, None, None], 22)),
    ],
)
def test_the_cheapest_neighbour_goes_with_a_small_number(counts, shown):
    assert masked_line(counts) == shown


def test_a_small_cell_takes_a_square_with_it():
    table = masked_table([[3, 20, 30], [10, 0, 40], [7, 8, 9]])
    assert table.rows == [[None, None, 30], [10, 0, 40], [None, None, 9]]
    assert (table.row_totals, table.column_totals, table.total) == ([53, 50, 24], [20, 28, 79], 127)


def test_a_table_without_places():
    assert masked_table([]).total == 0


def test_rows_are_equally_long():
    with pytest.raises(ValueError, match="equally long"):
        masked_table([[1], [1, 2]])


def test_a_masked_number_is_written_as_a_mark():
    assert (in_words(None), in_words(0), in_words(7)) == (MASK, "0", "7")
