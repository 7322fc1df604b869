"""npz and npy, NumPy's own: images and labels under any usual keys, one split or two; or images alone.

Notable choices:
- nothing is unpickled, and a header is compared with the size of the file before an array is loaded;
- what is written is the same bytes for the same digits, which `np.savez_compressed` does not promise.
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from digits.atomic import whole_file
from digits.data.arrays import Tell, as_images, as_labels, ignore
from digits.data.dataset import Dataset, Images, Labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import checked_size, unreadable
from digits.errors import DataError

_NAMES = (
    ("images", "labels"),
    ("x", "y"),
    ("data", "target"),
    ("data", "labels"),
    ("data", "label"),
    ("features", "labels"),
)
"""What people call images and labels, in the order in which they are looked for; capitals do not matter."""

_SPLITS = {"train": ("train", "training"), "test": ("test", "testing")}


def npz_splits(path: Path) -> tuple[str, ...]:
    """The splits in an npz: `train` and `test` for keys such as Keras's, `train` alone for `images` and `labels`.

    Raises:
        DataError: it is no npz, or has other keys.
    """
    return tuple(_npz_keys(path))


def read_npz(path: Path, split: str = "train", tell: Tell = ignore) -> tuple[Images, Labels]:
    """Read an npz with images and labels: `images` and `labels`, `X` and `y`, `x_train` …, `train_images` …

    Never unpickles. What shapes, types and ranges are understood, `arrays.py` says.

    Args:
        path: the file.
        split: `train` or `test`.
        tell: told what was changed.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came, and labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it is no npz, is damaged, has other keys, shapes or values, or holds pickled objects.
    """
    keys = _npz_keys(path)
    if split not in keys:
        raise DataError(f"{path} has no {split} digits; it has: {', '.join(keys)}")
    images, labels = (_read_npz_array(path, key) for key in keys[split])
    images_key, labels_key = keys[split]
    return as_images(images, f"{path}: {images_key}", tell), as_labels(labels, f"{path}: {labels_key}")


def read_npz_images(path: Path, tell: Tell = ignore) -> Images:
    """The images of an npz's first split, or of its only array; as `read_npz`, but there need be no labels."""
    names = _npz_names(path)
    key = names[0] if len(names) == 1 else next(iter(_npz_keys(path).values()))[0]
    return as_images(_read_npz_array(path, key), f"{path}: {key}", tell)


def read_npy(path: Path) -> npt.NDArray[np.generic]:
    """The array of an npy: numbers or text. Never unpickles.

    Raises:
        DataError: it is no npy, is damaged, or holds pickled objects.
    """
    refuse_foreign(path)
    with _faults_named(path, "npy"), path.open("rb") as stream:
        return _read_array(stream, path.stat().st_size, str(path), path)


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


def _npz_names(path: Path) -> list[str]:
    """The names of an npz's arrays, sorted."""
    refuse_foreign(path)
    with _opened(path) as archive:
        return sorted(name.removesuffix(".npy") for name in archive.namelist())


def _npz_keys(path: Path) -> dict[str, tuple[str, str]]:
    """The keys of images and labels, by split."""
    names = _npz_names(path)
    found = {name.lower(): name for name in names}
    for pair in _NAMES:
        if set(pair) <= found.keys():
            return {"train": (found[pair[0]], found[pair[1]])}
    divided = {split: keys for split in _SPLITS if (keys := _split_keys(found, split))}
    if not divided:
        raise DataError(
            f"{path} has the keys {', '.join(map(repr, names[:8])) or '(none)'}; "
            "expected images and labels, or x_train, y_train, x_test and y_test"
        )
    return divided


def _split_keys(found: Mapping[str, str], split: str) -> tuple[str, str] | None:
    """The keys of one split, as `x_train` and `y_train` or `train_images` and `train_labels`."""
    for word in _SPLITS[split]:
        for images, labels in _NAMES:
            for pair in ((f"{images}_{word}", f"{labels}_{word}"), (f"{word}_{images}", f"{word}_{labels}")):
                if set(pair) <= found.keys():
                    return found[pair[0]], found[pair[1]]
    return None


def _read_npz_array(path: Path, key: str) -> npt.NDArray[np.generic]:
    """One array of an npz: numbers or text."""
    with _opened(path) as archive, archive.open(f"{key}.npy") as stream:
        return _read_array(stream, archive.getinfo(f"{key}.npy").file_size, f"{path}: {key}", path)


def _read_array(stream: IO[bytes], there: int, where: str, path: Path) -> npt.NDArray[np.generic]:
    """An array in NumPy's format. Its header is compared with the bytes that are there before it is loaded."""
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read_header(stream)
    if dtype.kind not in "uifbUS":
        way_out = "; save it with .astype('uint8') before" if dtype.kind == "O" else ""
        raise DataError(f"{where} holds {dtype} values, which are not loaded; expected numbers, uint8{way_out}")
    promised = checked_size(shape, dtype.itemsize, path) + stream.tell()
    if promised != there:
        raise DataError(f"{where} is damaged: it promises {promised:,} bytes, {there:,} are there")
    stream.seek(0)
    array: npt.NDArray[np.generic] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever goes wrong with it becomes a DataError."""
    with _faults_named(path, "npz"), zipfile.ZipFile(path) as archive:
        yield archive


@contextmanager
def _faults_named(path: Path, kind: str) -> Iterator[None]:
    """Within, whatever goes wrong becomes a DataError."""
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # a damaged file makes zipfile, zlib and NumPy raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no {kind} file, or a damaged one: {reason}") from error
