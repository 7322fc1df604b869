"""Which column of a table is the label, which are pixels, and in which order: from their names, or from their values.

Notable choices:
- without names, the label is the first of 785 columns (Kaggle's and EMNIST's way) or the last (OpenML's, and that of
  `np.savetxt` of [X, y]): the values say which, and where they do not, the file is refused. A corner's pixel is the
  same in nearly all digits; a label is not;
- columns whose names count from 0 or from 1 (`pixel0`, `pixel1`, `0`) are put in that order; other names, such as `1x1`
  to `28x28`, keep the file's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.arrays import PIXELS, Tell
from digits.errors import DataError

LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
"""What people call the column of labels."""

INDEX_NAMES = ("", "index", "unnamed: 0", "id", "imageid", "image_id")
"""What people, pandas and Kaggle call a column that counts the rows."""

LABEL_VARIES = 0.5
"""The share of rows without the commonest value in a column of labels, at least: of MNIST's labels it is 89 %."""

PIXEL_VARIES = 0.1
"""The share of rows without the commonest value in a corner pixel's column, at most: of MNIST's it is 0 %."""

_COUNTED = re.compile(r"(?:pixel|pix|px|p|x|col|column)?[ _-]?0*(\d+)")


@dataclass(frozen=True)
class Columns:
    """Where in a table everything is.

    Attributes:
        count: how many columns there are.
        pixels: the 784 columns of pixels, in reading order.
        label: the column of labels; None if there is none.
        index: a column that counts the rows, which is left out; None if there is none.
    """

    count: int
    pixels: tuple[int, ...]
    label: int | None
    index: int | None = None


def named(names: Sequence[str], where: str) -> Columns:
    """The columns of a table by their names, whatever their case.

    Raises:
        DataError: it has neither 784 columns of pixels and one of labels, nor 784 columns.
    """
    lower = [name.strip().lower() for name in names]
    labels = [number for number, name in enumerate(lower) if name in LABEL_NAMES]
    index = next((number for number, name in enumerate(lower) if name in INDEX_NAMES), None)
    label = labels[0] if len(labels) == 1 else None
    pixels = [number for number in range(len(lower)) if number not in (label, index)]
    if len(pixels) != PIXELS:
        many = {0: "none", 1: "one"}.get(len(labels), str(len(labels)))
        raise DataError(
            f"{where} has {len(lower):,} columns, {many} of them named label; expected 785 with one named label "
            f"({', '.join(LABEL_NAMES[1:])} will do), or 784 without label"
        )
    return Columns(len(lower), _in_order(pixels, lower, where), label, index)


def unnamed(table: npt.NDArray[Any], where: str, tell: Tell) -> Columns:
    """The columns of a table without names, by its values.

    Args:
        table: numbers, (n, columns).
        where: names the table in messages.
        tell: told what the values say.

    Raises:
        DataError: there are other than 784 columns, one of labels and one that counts the rows; or the values do not
            say which is which.
    """
    count = table.shape[1]
    first = 0
    if count in (PIXELS + 1, PIXELS + 2) and _counts_rows(table[:, 0]):
        tell("the first column counts the rows, and is left out")
        first = 1
    left = count - first
    if left not in (PIXELS, PIXELS + 1):
        raise DataError(f"{where} has {count:,} columns; expected 785 with a label, or 784 without label")
    label = _label_column(table, first, where) if left == PIXELS + 1 else None
    if label == count - 1:
        tell("its labels are in the last column: the first holds one pixel, as its values say")
    pixels = tuple(number for number in range(first, count) if number != label)
    return Columns(count, pixels, label, 0 if first else None)


def _label_column(table: npt.NDArray[Any], first: int, where: str) -> int:
    """The first or the last column, whichever holds labels."""
    last = table.shape[1] - 1
    digits = [number for number in (first, last) if _are_digits(table[:, number])]
    if len(digits) == 1:
        return digits[0]
    if len(digits) == 2:
        varies = {number: _variation(table[:, number]) for number in digits}
        least, most = sorted(digits, key=lambda number: varies[number])
        if varies[most] >= LABEL_VARIES and varies[least] <= PIXEL_VARIES:
            return most
        constant = {number: table[0, number] for number in digits if varies[number] == 0}
        if len(constant) == 2 and sum(value != 0 for value in constant.values()) == 1:  # all of one digit
            return next(number for number, value in constant.items() if value != 0)
    what = "both hold" if digits else "neither holds only"
    raise DataError(
        f"{where} has 785 columns without names, and its values do not say whether the first or the last is the label: "
        f"{what} whole numbers from 0 to 9; give it a first line that names the column: label"
    )


def _are_digits(column: npt.NDArray[Any]) -> bool:
    return bool(np.isin(column, np.arange(10)).all())


def _variation(column: npt.NDArray[Any]) -> float:
    """The share of rows that do not have the commonest value."""
    return 1 - float(np.unique(column, return_counts=True)[1].max() / len(column))


def _counts_rows(column: npt.NDArray[Any]) -> bool:
    """Whether a column is 0, 1, 2 … or 1, 2, 3 …, beyond what digits could be by accident."""
    return len(column) > 10 and any(np.array_equal(column, np.arange(start, start + len(column))) for start in (0, 1))


def _in_order(pixels: list[int], names: Sequence[str], where: str) -> tuple[int, ...]:
    """The columns of pixels by the numbers in their names, if these count; else as they are."""
    matches = [_COUNTED.fullmatch(names[column]) for column in pixels]
    counted = [int(match[1]) for match in matches if match]
    if len(counted) != PIXELS:
        return tuple(pixels)
    start = 0 if 0 in counted else 1
    missing = sorted(set(range(start, start + PIXELS)) - set(counted))
    if missing:
        raise DataError(f"{where} has no column pixel{missing[0]}; expected pixel{start} to pixel{start + PIXELS - 1}")
    return tuple(column for _, column in sorted(zip(counted, pixels, strict=True)))
