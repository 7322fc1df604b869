"""Sums: does a column of numbers add up to its total, and which doubtful digit would make it?

A total stands below a line, or, where a column has no line of its own, last. It says in its note what was found.
Nothing is changed by it.

Notable choices:
- on ruled paper there is a line above every number: what counts is that there are more than usual;
- below a total a column goes on with it: a subtotal and the tax make the total;
- below a line with one number above it a column begins: that was its heading.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from digits.reading.pictures.picture import Picture
from digits.reading.results import Digit, Number
from digits.reading.rulings import rulings_above
from digits.reading.tables import Place, columns_of, place_of, places_of, quarters_of
from digits.reading.turning import turn
from digits.reading.values.meaning import value_of
from digits.reading.values.value import Value

FEWEST = 2
"""Numbers that may have a total."""

DOUBTFUL = 0.01
"""The probability from which on another digit is considered in the place of the one that was read; by eye."""


def with_sums(
    numbers: Sequence[Number], picture: Picture | None = None, *, locale: str | None = None, type: str | None = None
) -> tuple[Number, ...]:
    """The numbers of a page; each total has a note that says whether the numbers above make it.

    Args:
        numbers: of one page.
        picture: the page, for its lines; None where all is known but these.
        locale: as for `value_of`.
        type: likewise.
    """
    written = [place for place, number in enumerate(numbers) if number.marks]
    noted = list(numbers)
    places = places_of([numbers[place] for place in written])
    for column in columns_of(places):
        lines = _rulings(picture, numbers, [places[one] for one in column])
        for first, total in totals(lines):
            added = [numbers[written[one]] for one in column[first : total + 1]]
            said = said_of_sum(added, locale=locale, type=type, below_a_line=lines[total - 1] > _usual(lines))
            noted[written[column[total]]] = replace(added[-1], note=said)
    return tuple(noted)


def _rulings(picture: Picture | None, numbers: Sequence[Number], column: Sequence[Place]) -> list[int]:
    """How many lines stand above each number of a column but the first."""
    if picture is None or len(column) <= FEWEST:
        return [0] * (len(column) - 1)
    quarters = quarters_of(numbers)
    page, _ = turn(picture.grey, quarters)
    height, width = (side * picture.scale for side in picture.grey.shape)
    whole = place_of((0, 0, width, height), 0, quarters)
    moved = [np.subtract((one.left, one.top, one.right, one.bottom), (whole.left, whole.top) * 2) for one in column]
    return rulings_above(page, [Place(0, *map(float, box / picture.scale)) for box in moved])


def totals(lines: Sequence[int]) -> list[tuple[int, int]]:
    """Which numbers of a column are totals: for each the first one that it counts, and its own place.

    Args:
        lines: how many lines stand above each number but the first.
    """
    found, first = [], 0
    for place, count in enumerate(lines, 1):
        if count > _usual(lines):
            if place - first >= FEWEST:
                found.append((first, place))
            first = place
    if not found and len(lines) - first >= FEWEST:
        found.append((first, len(lines)))
    return found


def _usual(lines: Sequence[int]) -> int:
    """How many lines stand between most numbers of a column; of several such counts the least."""
    counts = Counter(lines)
    return min(counts, key=lambda count: (-counts[count], count))


def said_of_sum(
    column: Sequence[Number], *, locale: str | None = None, type: str | None = None, below_a_line: bool = False
) -> str:
    """What is to be said of a column's total, which stands last, with the best guess of each digit."""
    above = f"the {len(column) - 1} numbers above{' its line' if below_a_line else ''}"
    texts = ["".join(mark.text for mark in number.marks) for number in column]
    sizes = []
    for text in texts:
        size = _size(value_of(text, locale=locale, type=type))
        if size is None:
            return f"whether {above} make it is not known: {text} cannot be added"
        sizes.append(size)
    made, total = sum(sizes[:-1], Decimal(0)), sizes[-1]
    if made == total:
        return f"{above} make it"
    said = f"{above} make {made:f}, not {total:f}"
    changes = list(_changes(column, texts, sizes, locale, type))
    return f"{said}; {' or '.join(changes)} would make it" if changes else said


def _changes(
    column: Sequence[Number], texts: Sequence[str], sizes: Sequence[Decimal], locale: str | None, type: str | None
) -> Iterator[str]:
    """The single doubtful digits with which a column adds up."""
    missing = sizes[-1] - sum(sizes[:-1], Decimal(0))
    for place, number in enumerate(column):
        wanted = sizes[place] + (missing if place < len(column) - 1 else -missing)
        for at, mark in enumerate(number.marks):
            others = mark.alternatives if isinstance(mark, Digit) else ()
            for other, probability in others:
                text = texts[place][:at] + other + texts[place][at + 1 :]
                if probability >= DOUBTFUL and _size(value_of(text, locale=locale, type=type)) == wanted:
                    yield f"{text} for {texts[place]} (line {number.line + 1})"


def _size(value: Value) -> Decimal | None:
    """What a value adds to a sum; None if it cannot be added."""
    if value.kind in {"integer", "decimal", "amount"} and isinstance(value.value, int | Decimal):
        return Decimal(value.value)
    return None
