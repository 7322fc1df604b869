"""Parquet: a column a pixel, as a data frame has them, or a column of pictures, as Hugging Face's data sets have them.

pyarrow reads it: the format's own library. It is large, and comes with an extra of its own.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from digits.data import columns
from digits.data.arrays import Tell, as_images, as_labels
from digits.data.dataset import IMAGE_SIZE, Images, Labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import checked_size, unreadable
from digits.data.picture import read_picture
from digits.errors import DataError, MissingExtraError

PICTURE_NAMES = ("image", "img", "picture")
"""What a column of pictures is called. It holds a PNG's bytes, or a struct that has them as `bytes`."""


def read_parquet(path: Path, tell: Tell) -> tuple[Images, Labels | None]:
    """Read a Parquet file of digits, with or without labels.

    Args:
        path: the file.
        tell: told what was changed.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came; labels, uint8 (n,), 0 to 9, or None if there are none.

    Raises:
        DataError: it is no Parquet file, is damaged, or has other columns or values.
        MissingExtraError: pyarrow is not installed.
    """
    refuse_foreign(path)
    file = _opened(path)
    checked_size((file.metadata.num_rows, IMAGE_SIZE, IMAGE_SIZE), 1, path)
    names = list(file.schema_arrow.names)
    pictures = next((name for name in names if name.lower() in PICTURE_NAMES), None)
    if pictures is None:
        found = columns.named(names, str(path))
        table = _loaded(file, path, names)
        values = np.stack([_numbers(table, column, path) for column in found.pixels], axis=1)  # (n, 784)
        label = found.label
        return as_images(values, str(path), tell), None if label is None else _labels(table, label, path)
    labels = next((name for name in names if name.lower() in columns.LABEL_NAMES), None)
    table = _loaded(file, path, [pictures, *([labels] if labels else [])])
    images = [_decoded(value, f"{path}, row {row}") for row, value in enumerate(table.column(0).to_pylist(), 1)]
    if not images:
        raise DataError(f"{path} has no row of digits")
    return np.stack(images), _labels(table, 1, path) if labels else None


def _labels(table: Any, column: int, path: Path) -> Labels:  # noqa: ANN401  (pyarrow.Table)
    values = np.asarray(table.column(column).to_pylist())
    return as_labels(values, f"{path}, column {table.column_names[column]}")


def _numbers(table: Any, column: int, path: Path) -> Any:  # noqa: ANN401
    """A column of numbers, float32 (n,); a missing value is NaN."""
    try:
        return table.column(column).to_numpy().astype(np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}, column {table.column_names[column]}: expected numbers") from error


def _decoded(value: Any, where: str) -> Images:  # noqa: ANN401  (whatever is in a row)
    content = value.get("bytes") if isinstance(value, dict) else value
    if not isinstance(content, bytes):
        raise DataError(f"{where}: expected the bytes of a picture, got {type(content).__name__}")
    return read_picture(BytesIO(content), where)


def _opened(path: Path) -> Any:  # noqa: ANN401  (pyarrow.parquet.ParquetFile)
    try:
        import pyarrow.parquet  # noqa: PLC0415  (large, and comes with an extra)
    except ImportError as error:
        raise MissingExtraError(
            f"reading {path} needs pyarrow ({error}); install it with: pip install 'handwritten-digits[parquet]'"
        ) from error
    try:
        return pyarrow.parquet.ParquetFile(path)
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:
        raise _damaged(path, error) from error


def _loaded(file: Any, path: Path, names: list[str]) -> Any:  # noqa: ANN401
    """These columns of an opened file, in this order."""
    try:
        return file.read(columns=names).select(names)
    except Exception as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    return DataError(f"{path} is no Parquet file, or a damaged one: {' '.join(str(error).split())[:200]}")
