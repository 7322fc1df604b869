"""Digits as people have them, looked at by a network that ships before anything is done with them.

What a file holds, `digits.data` says without any network: its layout, its columns, its range, which side is ink.
What it cannot know is whether the digits stand upright (EMNIST's files have each digit's rows as columns), and how
to bring a
photograph of a digit into MNIST's form. Both take a network, and `data` knows nobody: so the two rooms meet here.

Notable choices:
- the labels say which way is up: the way in which the shipped network agrees with them. A few hundred digits tell;
- a set is turned only if the network agrees with most of its labels one way and with few of them as it came. Otherwise
  it stays as it is, and what the network thinks is told: it may be letters, or other people's numerals;
- the named sources are verified and upright, and are not looked at.
"""

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data import sources
from digits.data.dataset import Dataset, Images
from digits.data.download import OnProgress
from digits.data.sources import SOURCES, Part
from digits.errors import DataError, InputError
from digits.locate import DEFAULT_MODEL, shipped_models

LOOKED_AT = 200
"""Digits of a set that the network is asked about, spread evenly: 0.04 s; a share is known to ± 7 % at the worst."""

FEWEST = 10
"""From so few digits on, the network's verdict counts: by chance it agrees with 8 of 10 labels once in 3 million."""

UPRIGHT = 0.5
"""The share of labels that the network agrees with in a set that stands upright; with those of MNIST's digits on their
side, as EMNIST has them, it agrees in 0.11."""

TURNED = 0.75
"""The share that it must agree with another way before a set is turned."""

Turn = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]

TURNS: dict[str, Turn] = {
    "on their side and mirrored, rows for columns, as EMNIST has them": lambda images: images.swapaxes(1, 2),
    "upside down": lambda images: np.rot90(images, 2, axes=(1, 2)),
    "turned to the left": lambda images: np.rot90(images, 3, axes=(1, 2)),
    "turned to the right": lambda images: np.rot90(images, 1, axes=(1, 2)),
    "mirrored": lambda images: images[:, :, ::-1],
    "upside down and mirrored": lambda images: images[:, ::-1],
    "on their side, mirrored and upside down": lambda images: np.rot90(images, 2, axes=(1, 2)).swapaxes(1, 2),
    "dark on a light ground": lambda images: 255 - images,
}
"""How digits may have come, and what puts them right."""


def load_dataset(
    source: str | Path,
    split: Part = "train",
    *,
    data_dir: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> Dataset:
    """Load labelled digits from a named source or a path, upright and with light ink, whichever way they came.

    What was found out and put right is warned of, and stands in the Dataset's `notes`.

    Args:
        source: a name (`sample`, `mnist` …) or a path (docs/data.md lists the names, and what may be there).
        split: `train`, `test`, or `all`: both, training digits first. What is not divided is `train`.
        data_dir: where a named source's files are already; by default `$DIGITS_DATA_DIR`, else they are downloaded
            into the user's cache.
        on_progress: called with (file, bytes that have come, bytes in all) while a file is downloaded.

    Returns:
        A Dataset: images uint8 (n, 28, 28), 0 background to 255 ink; labels uint8 (n,), 0 to 9.

    Raises:
        DataError: there is no such source or split, a file is damaged, or what should be MNIST is not.
        DownloadError: no mirror could deliver.
        StorageError: the cache cannot be written.
    """
    dataset = take_in(source, split, data_dir=data_dir, on_progress=on_progress)
    for note in dataset.notes:
        warnings.warn(f"{source}: {note}", stacklevel=2)
    return dataset


def take_in(
    source: str | Path,
    split: Part = "train",
    *,
    data_dir: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> Dataset:
    """As `load_dataset`, but what was found out stands in the Dataset's `notes` alone."""
    if isinstance(source, str) and source in SOURCES:
        return sources.load_dataset(source, split, data_dir=data_dir, on_progress=on_progress)
    if split == "all":  # each split may have come another way
        there = sources.available_splits(source)
        parts: tuple[Part, ...] = ("train", "test")
        return sources.joined([take_in(source, part) for part in parts if part in there])
    return upright(sources.load_dataset(source, split, to_form=form_of_picture))


def upright(dataset: Dataset) -> Dataset:
    """The Dataset with its digits upright; itself if they are, or if that cannot be told, which is noted."""
    if len(dataset) < FEWEST or DEFAULT_MODEL not in shipped_models():
        return dataset
    chosen = np.unique(np.linspace(0, len(dataset) - 1, num=min(len(dataset), LOOKED_AT)).astype(int))
    images, labels = dataset.images[chosen], dataset.labels[chosen]
    agreed = _agreement(images, labels)
    if agreed >= UPRIGHT:
        return dataset
    ways = {name: _agreement(turn(images), labels) for name, turn in TURNS.items()}
    best = max(ways, key=lambda name: ways[name])
    shares = f"the shipped network agrees with {100 * agreed:.0f} % of the labels as they came"
    if ways[best] < TURNED:
        note = f"{shares}, and no other way with many more: are these handwritten digits, and are the labels theirs?"
        return replace(dataset, notes=(*dataset.notes, note))
    note = f"the digits came {best}, and were put right: {shares}, {100 * ways[best]:.0f} % now"
    return replace(dataset, images=np.ascontiguousarray(TURNS[best](dataset.images)), notes=(*dataset.notes, note))


def form_of_picture(path: Path) -> Images:
    """The digit in any picture in MNIST's form, uint8 (28, 28), as the reader sees it.

    Raises:
        DataError: the picture cannot be read, or there is no digit in it.
    """
    from digits.reading.pictures.picture import open_pictures  # noqa: PLC0415  (nothing of reading where nothing is read)
    from digits.reading.reader import Reader  # noqa: PLC0415

    try:
        reading = Reader(_network(), layout="digit").read_page(next(open_pictures(path)))
    except InputError as error:
        raise DataError(str(error)) from error
    found = [digit for number in reading.numbers for digit in number.digits]
    if len(found) != 1:
        raise DataError(f"{path}: no digit was found in it; expected a picture of one digit")
    return found[0].image


def _agreement(images: npt.NDArray[Any], labels: npt.NDArray[np.uint8]) -> float:
    """The share of images that the shipped network names as their labels do."""
    return float((_network().predict(np.ascontiguousarray(images)) == labels).mean())


@cache
def _network() -> Any:  # noqa: ANN401  (Classifier, whose library is not loaded before it is needed)
    """The shipped network."""
    from digits.reading.networks.classifier import Classifier  # noqa: PLC0415

    return Classifier.load(shipped_models()[DEFAULT_MODEL])
