"""What the readers and writers of all formats watch over: sizes, reasons, and what is there already."""

from pathlib import Path

from digits.errors import DataError

MAX_BYTES = 2 * 1024**3
"""No array may be larger: 2.7 million digits, 38 times MNIST. It bounds what a small file can unpack to."""


def checked_size(shape: tuple[int, ...], itemsize: int, path: Path) -> int:
    """The bytes that an array takes; a DataError if a header in `path` claims more than MAX_BYTES."""
    size = itemsize
    for length in shape:
        size *= length
    if size > MAX_BYTES:
        raise DataError(f"{path} claims to hold {size:,} bytes; expected at most {MAX_BYTES:,}")
    return size


def unreadable(path: Path, error: OSError) -> DataError:
    """The error for a file that the operating system does not give."""
    return DataError(f"cannot read {path}: {(error.strerror or str(error)).lower()}")


def refuse_existing(path: Path) -> None:
    """A DataError if there is a file, or a directory that is not empty: writing would replace it."""
    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise DataError(f"{path} exists already; choose another place, or remove it first")
