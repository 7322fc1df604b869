"""The numbers of a page in rows and columns, as they stand there.

    for row in table_of(reading.numbers): ...        a Number or None for each column

Notable choices:
- a row is a line of the page; a column is made of numbers of different rows that begin, end or have their middle at the
  same place, the best aligned ones first; two of one row are never in the same column, and columns never cross;
- numbers of one row that are above each other in part stand in one cell, as they are written;
- nothing is known of what is printed: a table without lines is one, too.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digits.reading.results import Number

Row = tuple[Number | None, ...]

NEAR = 0.6
"""Heights of a number by which the edges of two may differ that have no place above each other in common; by eye."""


def table_of(numbers: Sequence[Number]) -> tuple[Row, ...]:
    """Rows of numbers, all with as many columns; None where a column has none. Empty fields are left out."""
    written = _apart_from_each_other([number for number in numbers if number.text])
    columns = columns_of(written)
    column_of = {place: column for column, places in enumerate(columns) for place in places}
    rows: dict[int, list[Number | None]] = {}
    for place, number in enumerate(written):
        row = rows.setdefault(number.line, [None] * len(columns))
        row[column_of[place]] = number
    return tuple(tuple(rows[line]) for line in sorted(rows))


def _apart_from_each_other(numbers: Sequence[Number]) -> list[Number]:
    """The numbers, those of a row that share columns of pixels as one: they cannot stand in two columns."""
    found: list[Number] = []
    for number in numbers:
        last = found[-1] if found else None
        if last is None or last.line != number.line or _overlap(last, number) <= 0:
            found.append(number)
            continue
        left, top = min(last.box[0], number.box[0]), min(last.box[1], number.box[1])
        right = max(last.box[0] + last.box[2], number.box[0] + number.box[2])
        bottom = max(last.box[1] + last.box[3], number.box[1] + number.box[3])
        both = f"{last.text} {number.text}"
        box = left, top, right - left, bottom - top
        found[-1] = replace(last, text=both, marks=last.marks + number.marks, box=box, value=None)
    return found


def columns_of(numbers: Sequence[Number]) -> list[list[int]]:
    """Which numbers stand below each other: their places, from the top; the columns from left to right."""
    columns = [_Column([place], {number.line: _middle(number)}) for place, number in enumerate(numbers)]
    of = {place: column for place, column in enumerate(columns)}
    for one, other in _aligned(numbers):
        first, second = of[one], of[other]
        if first is not second and first.can_be_joined(second, columns):
            first.join(second)
            columns.remove(second)
            of.update(dict.fromkeys(second.places, first))
    columns.sort(key=lambda column: float(np.mean(list(column.middles.values()))))
    return [sorted(column.places, key=lambda place: numbers[place].line) for column in columns]


class _Column:
    """Numbers below each other: their places, and by row where the middle of each is."""

    def __init__(self, places: list[int], middles: dict[int, float]) -> None:
        self.places = places
        self.middles = middles

    def is_before(self, other: "_Column") -> bool:
        """Whether it is left of another in a row that both have."""
        return any(middle < other.middles.get(line, -np.inf) for line, middle in self.middles.items())

    def can_be_joined(self, other: "_Column", columns: Sequence["_Column"]) -> bool:
        """Whether it has no row in common with another, and no column stands between both or across."""
        if self.middles.keys() & other.middles.keys():
            return False
        third = [column for column in columns if column not in {self, other}]
        return not any(
            (one.is_before(column) and column.is_before(two))
            for column in third
            for one, two in ((self, other), (other, self))
        )

    def join(self, other: "_Column") -> None:
        """Take in another's numbers."""
        self.places = self.places + other.places
        self.middles = self.middles | other.middles


def _aligned(numbers: Sequence[Number]) -> list[tuple[int, int]]:
    """Pairs of numbers of different rows that may stand in one column, the best aligned and nearest first."""
    pairs = []
    for one, first in enumerate(numbers):
        for other, second in enumerate(numbers[:one]):
            height = max(first.box[3], second.box[3])
            apart = _apart(first, second)
            if first.line != second.line and (apart <= NEAR * height or _overlap(first, second) > 0):
                pairs.append((round(4 * apart / height), abs(first.line - second.line), apart, other, one))
    return [(other, one) for *_, other, one in sorted(pairs)]


def _apart(one: Number, other: Number) -> float:
    """Pixels between where two numbers begin, end, or have their middles: the least of the three."""
    ends = (number.box[0] + number.box[2] for number in (one, other))
    begins = (number.box[0] for number in (one, other))
    middles = (_middle(number) for number in (one, other))
    return min(abs(float(np.subtract(*pair))) for pair in (tuple(ends), tuple(begins), tuple(middles)))


def _overlap(one: Number, other: Number) -> float:
    right = min(one.box[0] + one.box[2], other.box[0] + other.box[2])
    return right - max(one.box[0], other.box[0])


def _middle(number: Number) -> float:
    return number.box[0] + number.box[2] / 2
