"""IDX, the format that MNIST's makers invented: a magic number, the lengths, the bytes.

Notable choices:
- a header is believed only after it was compared with the bytes that are there: nothing is allocated on the word of a
  damaged or hostile file;
- whether a file is gzip is decided by its first two bytes, never by its name: browsers unpack what they download;
- what is written is the same bytes for the same digits: no time stamp, no file name.
"""

import gzip
import io
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digits.atomic import write_whole
from digits.data.dataset import Dataset, check_images, check_labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import checked_size, refuse_existing, unreadable
from digits.errors import DataError

IDX_NAMES = {3: "images", 1: "labels"}
"""What an IDX file holds, by its number of dimensions; its magic number is 0x0800 (unsigned bytes) plus that number."""

_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, dimensions: int | None = None) -> npt.NDArray[np.uint8]:
    """Read an IDX file, gzipped or not.

    Args:
        path: the file.
        dimensions: 3 if it has to hold images, 1 if labels; by default either will do.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink; or labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it cannot be read, is no IDX file, is truncated or damaged, or holds something else.
    """
    wanted = IDX_NAMES.get(dimensions or 0, "images or labels")
    refuse_foreign(path)
    try:
        with _open_unzipped(path) as stream:
            found = _read_idx_header(stream, path, wanted)
            if dimensions not in (None, len(found)):
                raise DataError(f"{path} holds {IDX_NAMES[len(found)]}; expected IDX {wanted}")
            size = checked_size(found, 1, path)
            content = _read_up_to(stream, size + 1)  # one more, to notice what is too much
    except EOFError as error:
        raise DataError(f"{path} is truncated: the gzip stream ends too early; get the file again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged: {error}; get the file again") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) != size:
        came = f"only {len(content):,}" if len(content) < size else "more"
        raise DataError(f"{path} is damaged: its header promises {size:,} bytes, {came} came; get the file again")
    array = np.frombuffer(content, dtype=np.uint8).reshape(found)
    if len(found) == 3:
        check_images(array, str(path))
    else:
        check_labels(array, str(path))
    return array


def write_idx(dataset: Dataset, directory: Path) -> None:
    """Write the pair of gzipped IDX files, under MNIST's own names, into `directory` (made if missing).

    `t10k-images-idx3-ubyte.gz` and `t10k-labels-idx1-ubyte.gz` for a test split, `train-…` for any other.

    Raises:
        DataError: one of the files is there already.
        StorageError: the disk is full, or the place is not writable.
    """
    prefix = "t10k" if dataset.split == "test" else "train"
    parts = {
        directory / f"{prefix}-{IDX_NAMES[a.ndim]}-idx{a.ndim}-ubyte.gz": a for a in (dataset.images, dataset.labels)
    }
    for path in parts:  # a new file beside an old one would make a pair that does not belong together
        refuse_existing(path)
    for path, array in parts.items():
        header = np.array([0x0800 + array.ndim, *array.shape], dtype=">u4").tobytes()
        write_whole(path, gzip.compress(header + array.tobytes(), 6, mtime=0))


def _open_unzipped(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as stream:
        zipped = stream.read(2) == _GZIP_MAGIC
    return gzip.open(path) if zipped else path.open("rb")


def _read_idx_header(stream: io.BufferedIOBase, path: Path, wanted: str) -> tuple[int, ...]:
    """The shape that an IDX header states."""
    magic = stream.read(4)
    number = int.from_bytes(magic, "big")
    if len(magic) < 4 or number not in {0x0800 + dimensions for dimensions in IDX_NAMES}:
        raise DataError(
            f"{path} is not IDX {wanted}: expected magic number 2051 (images) or 2049 (labels), got {number}"
        )
    dimensions = number - 0x0800
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise DataError(f"{path} is truncated: it ends inside its header; get the file again")
    return tuple(np.frombuffer(header, dtype=">u4").tolist())


def _read_up_to(stream: io.BufferedIOBase, size: int) -> bytes:
    """Read `size` bytes, or what there is. In pieces: `read(size)` would allocate on the word of the header."""
    content = bytearray()
    while len(content) < size and (piece := stream.read(min(1 << 20, size - len(content)))):
        content += piece
    return bytes(content)
