"""Sums: does a column of numbers add up to its last one, and which doubtful digit would make it?

A column's last number is taken for its total, and says in its note what was found. Nothing is changed by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from digits.reading.results import Digit, Number
from digits.reading.tables import columns_of, places_of
from digits.reading.values.meaning import value_of
from digits.reading.values.value import Value

FEWEST = 3
"""Numbers of a column that may have a total: two and their sum."""

DOUBTFUL = 0.01
"""The probability from which on another digit is considered in the place of the one that was read; by eye."""


def with_sums(numbers: Sequence[Number], *, locale: str | None = None, type: str | None = None) -> tuple[Number, ...]:
    """The numbers of a page; each column's last one has a note that says whether those above it make it.

    Args:
        numbers: of one page.
        locale: as for `value_of`.
        type: likewise.
    """
    written = [place for place, number in enumerate(numbers) if number.marks]
    noted = list(numbers)
    for column in columns_of(places_of([numbers[place] for place in written])):
        places = [written[place] for place in column]
        if len(places) >= FEWEST:
            said = said_of_sum([numbers[place] for place in places], locale=locale, type=type)
            noted[places[-1]] = replace(numbers[places[-1]], note=said)
    return tuple(noted)


def said_of_sum(column: Sequence[Number], *, locale: str | None = None, type: str | None = None) -> str:
    """What is to be said of a column's total, which stands last, with the best guess of each digit."""
    texts = ["".join(mark.text for mark in number.marks) for number in column]
    sizes = []
    for text in texts:
        size = _size(value_of(text, locale=locale, type=type))
        if size is None:
            return f"whether the {len(column) - 1} numbers above make it is not known: {text} cannot be added"
        sizes.append(size)
    made, total = sum(sizes[:-1], Decimal(0)), sizes[-1]
    if made == total:
        return f"the {len(column) - 1} numbers above make it"
    said = f"the {len(column) - 1} numbers above make {made:f}, not {total:f}"
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
