"""npz, NumPy's own: one split as `images` and `labels`, or two with the keys of Keras's mnist.npz.

Notable choices:
- nothing is unpickled, and a header is compared with the size in the archive before an array is loaded;
- what is written is the same bytes for the same digits, which `np.savez_compressed` does not promise.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from digits.atomic import whole_file
from digits.data.dataset import IMAGE_SIZE, Dataset, Images, Labels, check_images, check_labels
from digits.data.guard import checked_size, unreadable
from digits.errors import DataError

_KEYS = {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")}


def npz_splits(path: Path) -> tuple[str, ...]:
    """The splits in an npz: `train` and `test` for Keras's keys, `train` alone for `images` and `labels`.

    Raises:
        DataError: it is no npz, or has other keys.
    """
    return tuple(_npz_keys(path))


def read_npz(path: Path, split: str = "train") -> tuple[Images, Labels]:
    """Read an npz with `images` and `labels`, or with `x_train`, `y_train`, `x_test`, `y_test` (as Keras's mnist.npz).

    Never unpickles. Images may be flat, (n, 784), or have a channel, (n, 28, 28, 1); numbers of any type must be whole.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink, and labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it is no npz, is damaged, has other keys, shapes or values, or holds pickled objects.
    """
    keys = _npz_keys(path)
    if split not in keys:
        raise DataError(f"{path} has no {split} digits; it has: {', '.join(keys)}")
    images, labels = (_read_npz_array(path, key) for key in keys[split])
    if images.ndim in (2, 4) and images.size == len(images) * IMAGE_SIZE**2:
        images = images.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    check_images(images, str(path))
    check_labels(labels, str(path))
    return images, labels


def write_npz(dataset: Dataset, path: Path) -> None:
    """Write an npz with `images` and `labels`.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    write_arrays(path, {"images": dataset.images, "labels": dataset.labels})


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Write arrays as a compressed npz; as `np.savez_compressed`, but equal arrays give equal bytes.

    Raises:
        StorageError: the disk is full, or the place is not writable.
    """
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(member, content.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=6)


def _npz_keys(path: Path) -> dict[str, tuple[str, str]]:
    """The keys of images and labels, by split."""
    with _opened(path) as archive:
        found = {name.removesuffix(".npy") for name in archive.namelist()}
    if {"images", "labels"} <= found:
        return {"train": ("images", "labels")}
    keys = {split: pair for split, pair in _KEYS.items() if set(pair) <= found}
    if not keys:
        raise DataError(
            f"{path} has the keys {', '.join(map(repr, sorted(found)[:8])) or '(none)'}; "
            "expected images and labels, or x_train, y_train, x_test and y_test"
        )
    return keys


def _read_npz_array(path: Path, key: str) -> npt.NDArray[np.uint8]:
    """One array of an npz, as uint8. Its header is compared with the size in the archive before it is loaded."""
    with _opened(path) as archive, archive.open(f"{key}.npy") as stream:
        version = np.lib.format.read_magic(stream)
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.kind not in "uifb":
            raise DataError(f"{path}: {key} holds {dtype} values, which are not loaded; expected numbers, uint8")
        promised = checked_size(shape, dtype.itemsize, path) + stream.tell()
        there = archive.getinfo(f"{key}.npy").file_size
        if promised != there:
            raise DataError(f"{path} is damaged: {key} promises {promised:,} bytes, {there:,} are there")
        stream.seek(0)
        array = np.lib.format.read_array(stream, allow_pickle=False)
    if array.dtype != np.uint8:
        whole = array.size == 0 or (array.min() >= 0 and array.max() <= 255 and np.array_equal(array, np.floor(array)))
        if not whole:
            raise DataError(f"{path}: {key} holds {array.dtype} values; expected whole numbers from 0 to 255")
    return array.astype(np.uint8, copy=False)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever goes wrong with it becomes a DataError."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # a damaged file makes zipfile, zlib and NumPy raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no npz file, or a damaged one: {reason}") from error
