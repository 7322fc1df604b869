"""What is in a Dataset: shape, classes, pixels, duplicates, the mean digit, where ink falls. Numbers only, no drawing.

Notable choices:
- all statistics of pixels come from one table, how often each value occurs at each pixel (784 × 256 whole numbers):
  it is filled in one pass over bytes, and mean, deviation and quartiles follow from it exactly;
- what pandas' `describe` would say of the same rows is what stands here: quartiles interpolated between neighbours,
  the standard deviation of a sample (n - 1).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES, IMAGE_SIZE, Dataset, Images
from digits.data.duplicates import Duplicates, find_duplicates

PIXELS = IMAGE_SIZE**2
"""Pixels of an image; pixel 0 is at the top left, pixel 27 at the top right, as in Kaggle's columns."""

STATISTICS = ("count", "mean", "std", "min", "25%", "50%", "75%", "max")
"""The columns of `Statistics.columns`, under the names that pandas gives them."""

_IMAGES_AT_ONCE = 1_000
"""Images counted in one step: some 6 MB of indices, which is fastest."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Statistics:
    """Statistics of grey values, 0 background to 255 ink: one number each (all pixels), or (784,) (each pixel).

    Attributes:
        count: how many values, int64.
        mean, std: float64; the deviation of a sample (n - 1), 0 for a single value.
        minimum, maximum: int64, 0 to 255.
        lower_quartile, median, upper_quartile: float64, interpolated between neighbouring values.
    """

    count: npt.NDArray[np.int64]
    mean: Floats
    std: Floats
    minimum: npt.NDArray[np.int64]
    lower_quartile: Floats
    median: Floats
    upper_quartile: Floats
    maximum: npt.NDArray[np.int64]

    @property
    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """The arrays under pandas' names, as `STATISTICS` lists them."""
        return dict(zip(STATISTICS, vars(self).values(), strict=True))

    def to_json(self) -> dict[str, Any]:
        """Numbers, or lists of 784 numbers, under pandas' names."""
        return {name: column.tolist() for name, column in self.columns.items()}


@dataclass(frozen=True, eq=False, kw_only=True)
class Exploration:
    """What is in a Dataset.

    Attributes:
        name, split, origin, hash: the Dataset's own.
        shape: of the images, (n, 28, 28).
        dtype: of the images, `uint8`.
        class_counts: how many digits of each class, int64 (10,).
        all_pixels: statistics over all pixels of all images, one number each.
        each_pixel: statistics of each pixel, (784,) each.
        ink_share: which share of all pixels has ink (is above 0), 0 to 1.
        ink: in which share of the digits each pixel has ink, float64 (28, 28), 0 to 1.
        mean_digits: the mean of each class, float64 (10, 28, 28), 0 to 255; zeros for a class that is missing.
        duplicates: digits that occur more than once.
    """

    name: str
    split: str
    origin: str
    hash: str
    shape: tuple[int, ...]
    dtype: str
    class_counts: npt.NDArray[np.int64]
    all_pixels: Statistics
    each_pixel: Statistics
    ink_share: float
    ink: Floats
    mean_digits: Floats
    duplicates: Duplicates

    def __len__(self) -> int:
        return self.shape[0]

    @cached_property
    def empty(self) -> npt.NDArray[np.bool_]:
        """Which pixels never have ink, bool (28, 28)."""
        never: npt.NDArray[np.bool_] = self.ink == 0
        return never

    def to_json(self, *, pixels: bool = False) -> dict[str, Any]:
        """What was found, for `json.dumps`: with `pixels`, each pixel's statistics, too. Pictures are left out."""
        found = {
            "name": self.name,
            "split": self.split,
            "origin": self.origin,
            "hash": self.hash,
            "n": len(self),
            "shape": list(self.shape),
            "dtype": self.dtype,
            "class_counts": self.class_counts.tolist(),
            "all_pixels": self.all_pixels.to_json(),
            "ink_share": self.ink_share,
            "empty_pixels": np.flatnonzero(self.empty).tolist(),
            "duplicates": self.duplicates.to_json(),
        }
        return found | ({"each_pixel": self.each_pixel.to_json()} if pixels else {})


def explore(dataset: Dataset) -> Exploration:
    """Look at all digits of a Dataset: about a second for MNIST's 60,000, and a few megabytes beside them."""
    counts = _value_counts(dataset.images)
    ink = 1 - counts[:, 0] / len(dataset)
    return Exploration(
        name=dataset.name,
        split=dataset.split,
        origin=dataset.origin,
        hash=dataset.hash,
        shape=dataset.images.shape,
        dtype=str(dataset.images.dtype),
        class_counts=dataset.class_counts,
        all_pixels=_statistics(counts.sum(axis=0)),
        each_pixel=_statistics(counts),
        ink_share=float(ink.mean()),
        ink=ink.reshape(IMAGE_SIZE, IMAGE_SIZE),
        mean_digits=_mean_digits(dataset),
        duplicates=find_duplicates(dataset),
    )


def _value_counts(images: Images) -> npt.NDArray[np.int64]:
    """How often each value occurs at each pixel, int64 (784, 256)."""
    counts = np.zeros(PIXELS * 256, np.int64)
    first_cell = np.arange(PIXELS) * 256
    for start in range(0, len(images), _IMAGES_AT_ONCE):
        rows = images[start : start + _IMAGES_AT_ONCE].reshape(-1, PIXELS)
        counts += np.bincount((rows + first_cell).ravel(), minlength=len(counts))
    return counts.reshape(PIXELS, 256)


def _statistics(counts: npt.NDArray[np.int64]) -> Statistics:
    """Statistics of values that are given as counts, int64 (…, 256): how often each value occurs."""
    values = np.arange(256)
    n = counts.sum(axis=-1)
    up_to = counts.cumsum(axis=-1)
    mean = (counts * values).sum(axis=-1) / n
    squares = (counts * (values - mean[..., np.newaxis]) ** 2).sum(axis=-1)

    def quantile(share: float) -> Floats:
        place = share * (n - 1)
        below, above = ((up_to > np.floor(place + step)[..., np.newaxis]).argmax(axis=-1) for step in (0, 1))
        part = place % 1
        return np.asarray(np.where(part == 0, below, below + (above - below) * part), np.float64)

    return Statistics(
        count=n,
        mean=mean,
        std=np.sqrt(squares / np.maximum(n - 1, 1)),
        minimum=(counts > 0).argmax(axis=-1),
        lower_quartile=quantile(0.25),
        median=quantile(0.5),
        upper_quartile=quantile(0.75),
        maximum=255 - (counts[..., ::-1] > 0).argmax(axis=-1),
    )


def _mean_digits(dataset: Dataset) -> Floats:
    means = np.zeros((CLASSES, IMAGE_SIZE, IMAGE_SIZE))
    for digit in np.flatnonzero(dataset.class_counts):
        means[digit] = dataset.images[dataset.labels == digit].mean(axis=0)
    return means
