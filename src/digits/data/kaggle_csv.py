"""CSV as Kaggle's digit-recognizer has it, and as others write it: a row per digit, 784 pixels, a label or none.

Notable choices:
- commas, semicolons, tabs or spaces; whole numbers, with `.0` or without, or pixels from 0 to 1; with a column that
  counts the rows or without. What a column is, `columns.py` says;
- numbers are read strictly. A fast way reads bytes (`np.loadtxt`, 42,000 rows in 0.5 s), a slower one any numbers, and
  only when both fail a third looks for the line to blame.
"""

import warnings
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.atomic import whole_file
from digits.data import columns
from digits.data.arrays import PIXELS, Tell, as_images, as_labels, ignore
from digits.data.columns import Columns
from digits.data.dataset import Dataset, Images, Labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import unreadable
from digits.errors import DataError

SEPARATORS = (",", ";", "\t", " ")
"""What may stand between two values; the one that a file's first line has most of."""

_FIRST_LINE = 1 << 16  # bytes of it that are read: 785 names have 9,000


@dataclass(frozen=True)
class Head:
    """What a CSV's first line says.

    Attributes:
        separator: one of SEPARATORS.
        fields: what stands in it.
        named: whether these are names, and no digit.
    """

    separator: str
    fields: tuple[str, ...]
    named: bool


def read_csv(path: Path, tell: Tell = ignore) -> tuple[Images, Labels | None]:
    """Read a CSV of digits: a row per digit, 784 pixels, with or without a label.

    Args:
        path: the file.
        tell: told what was found out and changed.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came; labels, uint8 (n,), 0 to 9, or None if there are none.

    Raises:
        DataError: a column is missing, a value is no pixel (whole, 0 to 255; or all of them 0 to 1) or no label, or it
            cannot be told which column holds the labels.
    """
    head = read_head(path)
    found = _named_columns(head, path)
    table = _read_table(path, head, found)
    found = found or columns.unnamed(table, str(path), tell)
    try:
        images = as_images(table[:, found.pixels], str(path), tell)
        labels = None if found.label is None else as_labels(table[:, found.label], str(path))
    except DataError as error:
        raise _fault(path, head, found, fractions=False) or error from error
    return images, labels


def read_head(path: Path) -> Head:
    """A CSV's first line.

    Raises:
        DataError: the file cannot be read, or is no text.
    """
    refuse_foreign(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            line = stream.readline(_FIRST_LINE)
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file; expected CSV with 785 columns, or 784 without label") from error
    separator = max(SEPARATORS, key=line.count)
    fields = tuple(_fields(line, separator))
    return Head(separator, fields, not all(map(_is_number, fields)) or _only_counts(fields))


def csv_has_labels(path: Path) -> bool:
    """Whether a CSV has a column of labels; reads its first line only.

    Raises:
        DataError: it has neither 785 columns with a label, nor 784 without.
    """
    head = read_head(path)
    found = _named_columns(head, path)
    if found:
        return found.label is not None
    _refuse_count(head, path)
    return len(head.fields) > PIXELS


def write_csv(dataset: Dataset, path: Path) -> None:
    """Write Kaggle's CSV: the header `label,pixel0,…,pixel783`, then a row per digit.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    numerals = [str(value) for value in range(256)]
    rows = zip(dataset.labels.tolist(), dataset.images.reshape(-1, PIXELS), strict=True)
    with whole_file(path) as temporary, temporary.open("w", encoding="ascii", newline="") as stream:
        stream.write(",".join(["label", *(f"pixel{number}" for number in range(PIXELS))]) + "\n")
        for label, row in rows:
            stream.write(",".join([numerals[label], *map(numerals.__getitem__, row.tolist())]) + "\n")


def _named_columns(head: Head, path: Path) -> Columns | None:
    """The columns if the first line names them; None if the values have to say."""
    counts = _only_counts(head.fields) and len(head.fields) != PIXELS + (head.fields[0] == "")
    return columns.named(head.fields, str(path)) if head.named and not counts else None


def _only_counts(fields: tuple[str, ...]) -> bool:
    """Whether a line is what pandas writes of columns without names: 0, 1, 2 …, an empty field before them perhaps."""
    counted = fields[1:] if fields[0] == "" else fields
    return len(counted) > 10 and list(counted) == [str(number) for number in range(len(counted))]


def _refuse_count(head: Head, path: Path) -> None:
    if len(head.fields) not in (PIXELS, PIXELS + 1, PIXELS + 2):
        raise DataError(
            f"{path} has {len(head.fields):,} columns; expected 785 with one named label, or 784 without label"
        )


def _read_table(path: Path, head: Head, found: Columns | None) -> npt.NDArray[Any]:
    """All rows, uint8 or float32 (n, columns)."""
    if not found:
        _refuse_count(head, path)
    try:
        table = _loaded(path, head, np.uint8)
    except ValueError:
        try:
            table = _loaded(path, head, np.float32)  # exact for whole numbers up to 16 million
        except ValueError as error:
            reason = DataError(f"{path} cannot be read as CSV: {error}")
            raise _fault(path, head, found, fractions=True) or reason from error
    if table.shape[1] != len(head.fields):
        wrong = DataError(f"{path} has {table.shape[1]} columns, not {len(head.fields)}")
        raise _fault(path, head, found, fractions=True) or wrong
    return table


def _loaded(path: Path, head: Head, dtype: type) -> npt.NDArray[Any]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if head.named:
                stream.readline()
            rows = (line for line in stream if not line.isspace())
            first = next(rows, None)
            if first is None:
                raise DataError(f"{path} has no row of digits")
            separator = None if head.separator == " " else head.separator
            with warnings.catch_warnings():  # in NumPy 2.0, 256 becomes 0 with no more than a warning
                warnings.simplefilter("error", DeprecationWarning)
                return np.loadtxt(
                    chain([first], rows), dtype, delimiter=separator, comments=None, quotechar='"', ndmin=2
                )
    except OSError as error:
        raise unreadable(path, error) from error
    except DeprecationWarning as error:
        raise ValueError(str(error)) from error


def _fault(path: Path, head: Head, found: Columns | None, *, fractions: bool) -> DataError | None:
    """Look for the first line that is wrong: slow, and only done when the fast ways have failed.

    `fractions`: whether pixels from 0 to 1 may be what they all are, and are not to blame.
    """
    ignored = found.index if found else None
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if (head.named and number == 1) or line.isspace():
                continue
            row = _fields(line, head.separator)
            if len(row) != len(head.fields):
                return DataError(f"{path}, line {number} has {len(row)} columns; expected {len(head.fields)}")
            for column, value in enumerate(row):
                if column != ignored and not _is_byte(value, fractions):
                    name = head.fields[column] if head.named else str(column + 1)
                    came = repr(value[:20]) if value else "nothing"
                    return DataError(
                        f"{path}, line {number}, column {name}: expected a whole number from 0 to 255, got {came}"
                    )
    return None


def _fields(line: str, separator: str) -> list[str]:
    parts = line.split() if separator == " " else line.split(separator)
    return [field.strip().strip('"') for field in parts]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_byte(text: str, fractions: bool) -> bool:
    """Whether a text is a whole number from 0 to 255, as `5`, `5.0` or `5e0`; or, with `fractions`, any from 0 to 1."""
    if not (text.isascii() and _is_number(text)):
        return False
    value = float(text)
    return 0 <= value <= 255 and (value.is_integer() or (fractions and value <= 1))
