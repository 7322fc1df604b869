"""The numbers of a page in rows and columns, as they stand there.

    for row in table_of(reading.numbers): ...        a Number or None for each column

Notable choices:
- a row is a line of the page; a column is made of numbers of different rows that begin, end or have their middle at the
  same place, the best aligned ones first; two of one row are never in the same column, and columns never cross;
- numbers of one row that are above each other in part stand in one cell, as they are written;
- a page that lies on its side or stands on its head is laid out as its lines run, by quarters of a turn;
- nothing is known of what is printed: a table without lines is one, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digits.reading.results import Box, Number

Row = tuple[Number | None, ...]

NEAR = 0.6
"""Heights of a number by which the edges of two may differ that have no place above each other in common; by eye."""


@dataclass(frozen=True)
class Place:
    """Where a number stands, its page turned so that its lines run from left to right.

    Attributes:
        line: which line of the page it stands in.
        left: of the box around it, in pixels, as are `top`, `right` and `bottom`.
        top: above `bottom`.
        right: behind `left`.
        bottom: below `top`.
    """

    line: int
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Between left and right."""
        return (self.left + self.right) / 2


def table_of(numbers: Sequence[Number]) -> tuple[Row, ...]:
    """Rows of numbers, all with as many columns; None where a column has none. Empty fields are left out."""
    written = _apart_from_each_other([number for number in numbers if number.text])
    columns = columns_of(places_of(written))
    column_of = {place: column for column, places in enumerate(columns) for place in places}
    rows: dict[int, list[Number | None]] = {}
    for place, number in enumerate(written):
        row = rows.setdefault(number.line, [None] * len(columns))
        row[column_of[place]] = number
    return tuple(tuple(rows[line]) for line in sorted(rows))


def places_of(numbers: Sequence[Number]) -> list[Place]:
    """Where the numbers of a page stand, the page turned about its origin so that its lines run level."""
    quarters = quarters_of(numbers)
    return [place_of(number.box, number.line, quarters) for number in numbers]


def quarters_of(numbers: Sequence[Number]) -> int:
    """By how many quarters, clockwise, a page lies turned: its lines run to the right (0), down, to the left or up."""
    lines = [np.subtract(number.corners[1], number.corners[0]) for number in numbers if number.corners]
    across, down = np.sum(lines, axis=0) if lines else (1.0, 0.0)
    return round(float(np.arctan2(down, across)) / (np.pi / 2)) % 4


def place_of(box: Box, line: int, quarters: int) -> Place:
    """A box of a page that lies turned by so many quarters, turned back about the picture's origin."""
    left, top, width, height = box
    corners = np.array([(left, top), (left + width, top + height)]) @ _ALONG_AND_BELOW[quarters].T
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return Place(line, float(left), float(top), float(right), float(bottom))


_ALONG_AND_BELOW = np.array([[(1, 0), (0, 1)], [(0, 1), (-1, 0)], [(-1, 0), (0, -1)], [(0, -1), (1, 0)]])
"""By quarters: the page's directions along a line, and to the line below."""


def _apart_from_each_other(numbers: Sequence[Number]) -> list[Number]:
    """The numbers, those of a row that share columns of pixels as one: they cannot stand in two columns."""
    found: list[Number] = []
    ends: list[Place] = []
    for number, place in zip(numbers, places_of(numbers), strict=True):
        if not ends or ends[-1].line != place.line or _overlap(ends[-1], place) <= 0:
            found.append(number)
            ends.append(place)
            continue
        last, end = found[-1], ends[-1]
        left, top = min(last.box[0], number.box[0]), min(last.box[1], number.box[1])
        right = max(last.box[0] + last.box[2], number.box[0] + number.box[2])
        bottom = max(last.box[1] + last.box[3], number.box[1] + number.box[3])
        both = f"{last.text} {number.text}"
        box = left, top, right - left, bottom - top
        found[-1] = replace(last, text=both, marks=last.marks + number.marks, box=box, value=None)
        ends[-1] = replace(end, left=min(end.left, place.left), right=max(end.right, place.right))
    return found


def columns_of(numbers: Sequence[Place]) -> list[list[int]]:
    """Which numbers stand below each other: their places in the sequence, from the top; columns from left to right."""
    columns = [_Column([place], {number.line: number.middle}) for place, number in enumerate(numbers)]
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


def _aligned(numbers: Sequence[Place]) -> list[tuple[int, int]]:
    """Pairs of numbers of different rows that may stand in one column, the best aligned and nearest first."""
    pairs = []
    for one, first in enumerate(numbers):
        for other, second in enumerate(numbers[:one]):
            height = max(first.height, second.height)
            apart = _apart(first, second)
            if first.line != second.line and (apart <= NEAR * height or _overlap(first, second) > 0):
                pairs.append((round(4 * apart / height), abs(first.line - second.line), apart, other, one))
    return [(other, one) for *_, other, one in sorted(pairs)]


def _apart(one: Place, other: Place) -> float:
    """Pixels between where two numbers begin, end, or have their middles: the least of the three."""
    return min(abs(one.left - other.left), abs(one.right - other.right), abs(one.middle - other.middle))


def _overlap(one: Place, other: Place) -> float:
    return min(one.right, other.right) - max(one.left, other.left)
