"""CSV as Kaggle's digit-recognizer has it: a row per digit, 784 pixels, with a label or without.

Notable choices:
- numbers are read strictly: whole, 0 to 255. A fast way reads them (`np.loadtxt`, 42,000 rows in 0.5 s), and only when
  it fails a slow one looks for the line to blame;
- columns named pixel0 to pixel783 are put in that order; other names, such as `1x1` to `28x28`, keep the file's.
"""

from itertools import chain
from pathlib import Path

import numpy as np

from digits.atomic import whole_file
from digits.data.dataset import IMAGE_SIZE, Dataset, Images, Labels, check_labels
from digits.data.guard import unreadable
from digits.errors import DataError

PIXELS = IMAGE_SIZE * IMAGE_SIZE


def read_csv(path: Path) -> tuple[Images, Labels | None]:
    """Read Kaggle's CSV: a row per digit, 784 pixels, with or without a label.

    With a header, the label is the column of that name, wherever it stands, and columns named pixel0 to pixel783 are
    put in that order (others keep theirs). Without one, the label is the first of 785 columns.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink; labels, uint8 (n,), 0 to 9, or None for 784 columns.

    Raises:
        DataError: a column is missing, or a value is not a whole number from 0 to 255 (the label: 0 to 9).
    """
    header, label, pixels = _csv_columns(path)
    columns = len(pixels) + (label is not None)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if header:
                stream.readline()
            rows = (line for line in stream if not line.isspace())
            first = next(rows, None)
            if first is None:
                raise DataError(f"{path} has no row of digits")
            table = np.loadtxt(chain([first], rows), np.uint8, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:
        raise _csv_fault(path, header, columns) or DataError(f"{path} cannot be read as CSV: {error}") from error
    if table.shape[1] != columns:
        raise _csv_fault(path, header, columns) or DataError(f"{path} has {table.shape[1]} columns, not {columns}")
    images = table[:, pixels].reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    if label is None:
        return images, None
    check_labels(table[:, label], str(path))
    return images, table[:, label].copy()


def csv_has_labels(path: Path) -> bool:
    """Whether a CSV has a column of labels; reads its first line only.

    Raises:
        DataError: it has neither 785 columns with a label, nor 784 without.
    """
    return _csv_columns(path)[1] is not None


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


def _csv_columns(path: Path) -> tuple[list[str] | None, int | None, list[int]]:
    """The header if there is one, the index of the label column or None, and the indices of the 784 pixel columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            fields = _fields(stream.readline(1 << 16))
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file; expected CSV with 785 columns, or 784 without label") from error
    named = not all(_is_number(field) for field in fields)
    names = [field.lower() for field in fields] if named else []
    labelled = names.count("label") == 1 if named else len(fields) == PIXELS + 1
    if len(fields) != PIXELS + labelled:
        label = f", {'one' if labelled else 'none'} of them named label" if named else ""
        raise DataError(
            f"{path} has {len(fields)} columns{label}; expected 785 with one named label, or 784 without label"
        )
    label_column = (names.index("label") if named else 0) if labelled else None
    pixels = [column for column in range(len(fields)) if column != label_column]
    if named and all(names[column].startswith("pixel") for column in pixels):
        columns = {name: column for column, name in enumerate(names)}
        missing = [number for number in range(PIXELS) if f"pixel{number}" not in columns]
        if missing:
            raise DataError(f"{path} has no column pixel{missing[0]}; expected pixel0 to pixel783")
        pixels = [columns[f"pixel{number}"] for number in range(PIXELS)]
    return (fields if named else None), label_column, pixels


def _csv_fault(path: Path, header: list[str] | None, columns: int) -> DataError | None:
    """Look for the first line that is wrong: slow, and only done when the fast way has failed."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if (header and number == 1) or line.isspace():
                continue
            row = _fields(line)
            if len(row) != columns:
                return DataError(f"{path}, line {number} has {len(row)} columns; expected {columns}")
            for column, value in enumerate(row):
                if not _is_byte(value):
                    name = header[column] if header else str(column + 1)
                    came = repr(value[:20]) if value else "nothing"
                    return DataError(
                        f"{path}, line {number}, column {name}: expected a whole number from 0 to 255, got {came}"
                    )
    return None


def _fields(line: str) -> list[str]:
    return [field.strip().strip('"') for field in line.split(",")]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_byte(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text.lstrip("0")) <= 3 and int(text) <= 255
