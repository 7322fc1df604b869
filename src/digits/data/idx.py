"""IDX, the format that MNIST's makers invented: a magic number, the lengths, the values.

Notable choices:
- a header is believed only after it was compared with the bytes that are there: nothing is allocated on the word of a
  damaged or hostile file;
- whether a file is gzip is decided by its first two bytes, never by its name: browsers unpack what they download;
- QMNIST's labels are a table of eight numbers a digit (its class, then who wrote it and where): the class is taken;
- what is written is the same bytes for the same digits: no time stamp, no file name.
"""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import numpy as np
import numpy.typing as npt

from digits.atomic import write_whole
from digits.data.arrays import as_labels
from digits.data.dataset import Dataset, check_images, check_labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import checked_size, refuse_existing, unreadable
from digits.errors import DataError

IDX_NAMES = {3: "images", 1: "labels"}
"""What an IDX file of unsigned bytes holds, by its number of dimensions."""

_KINDS = {0x0803: ("images", "u1", 3), 0x0801: ("labels", "u1", 1), 0x0C02: ("labels", ">i4", 2)}
"""What a magic number stands for: content, type of the values, number of dimensions. The last is QMNIST's table."""

_GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: Path, dimensions: int | None = None, *, member: str | None = None) -> npt.NDArray[np.uint8]:
    """Read an IDX file, gzipped or not.

    Args:
        path: the file.
        dimensions: 3 if it has to hold images, 1 if labels; by default either will do.
        member: where `path` is a ZIP archive, the name of the IDX file in it.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink; or labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it cannot be read, is no IDX file, is truncated or damaged, or holds something else.
    """
    where = f"{path}: {member}" if member else str(path)
    wanted = IDX_NAMES.get(dimensions or 0, "images or labels")
    if member is None:
        refuse_foreign(path)
    try:
        with _open_unzipped(path, member) as stream:
            what, kind, shape = _read_idx_header(stream, where, wanted)
            if what not in wanted:
                raise DataError(f"{where} holds {what}; expected IDX {wanted}")
            size = checked_size(shape, kind.itemsize, path)
            content = _read_up_to(stream, size + 1)  # one more, to notice what is too much
    except EOFError as error:
        raise DataError(f"{where} is truncated: the gzip stream ends too early; get the file again") from error
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{where} is damaged: {error}; get the file again") from error
    except (KeyError, NotImplementedError, RuntimeError) as error:  # as zipfile says that it is not there, or locked
        raise DataError(f"{path} is not the archive that was expected: {error.args[0]}") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) != size:
        came = f"only {len(content):,}" if len(content) < size else "more"
        raise DataError(f"{where} is damaged: its header promises {size:,} bytes, {came} came; get the file again")
    array = np.frombuffer(content, dtype=kind).reshape(shape)
    if array.ndim == 2:  # QMNIST's table
        return as_labels(array[:, 0], where)
    if array.ndim == 3:
        check_images(array, where)
    else:
        check_labels(array, where)
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


@contextmanager
def _open_unzipped(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    """The bytes of a file, or of one in an archive, without gzip."""
    with ExitStack() as stack:
        if member is None:
            stream: IO[bytes] = stack.enter_context(path.open("rb"))
        else:
            stream = stack.enter_context(stack.enter_context(zipfile.ZipFile(path)).open(member))
        zipped = stream.read(2) == _GZIP_MAGIC
        stream.seek(0)
        yield cast(IO[bytes], gzip.GzipFile(fileobj=stream)) if zipped else stream


def _read_idx_header(stream: IO[bytes], where: str, wanted: str) -> tuple[str, np.dtype[np.generic], tuple[int, ...]]:
    """What an IDX header states: the content, the type of its values, the shape."""
    magic = stream.read(4)
    number = int.from_bytes(magic, "big")
    if len(magic) < 4 or number not in _KINDS:
        raise DataError(
            f"{where} is not IDX {wanted}: expected magic number 2051 (images) or 2049 (labels), got {number}"
        )
    what, kind, dimensions = _KINDS[number]
    header = stream.read(4 * dimensions)
    if len(header) < 4 * dimensions:
        raise DataError(f"{where} is truncated: it ends inside its header; get the file again")
    shape = tuple(np.frombuffer(header, dtype=">u4").tolist())
    if dimensions == 2 and shape[1] == 0:
        raise DataError(f"{where} has no column; expected the class in the first")
    return what, np.dtype(kind), shape


def _read_up_to(stream: IO[bytes], size: int) -> bytes:
    """Read `size` bytes, or what there is. In pieces: `read(size)` would allocate on the word of the header."""
    content = bytearray()
    while len(content) < size and (piece := stream.read(min(1 << 20, size - len(content)))):
        content += piece
    return bytes(content)
