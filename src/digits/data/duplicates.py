"""Digits that occur more than once: within a Dataset, or in two of them. Equal means all 784 pixels, by hash."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset, Labels, image_hashes

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Duplicates:
    """Digits of one Dataset that occur more than once.

    Attributes:
        groups: the rows of equal images, each int64 (2 or more,), ascending; the groups by their first row.
        conflicting: those of the groups whose labels differ.
        extra: how many digits could be left out without losing a picture.
    """

    groups: tuple[Rows, ...]
    conflicting: tuple[Rows, ...]
    extra: int

    def to_json(self) -> dict[str, Any]:
        """Rows as lists, counted from 0."""
        return {
            "extra": self.extra,
            "groups": [group.tolist() for group in self.groups],
            "conflicting": [group.tolist() for group in self.conflicting],
        }


@dataclass(frozen=True, eq=False, kw_only=True)
class Overlap:
    """Digits that occur in both of two Datasets.

    Attributes:
        images: how many different images both have.
        first_rows: the rows of the first Dataset that the second has, too; int64 (k,), ascending.
        second_rows: the rows of the second that the first has, too; int64 (m,), ascending.
        conflicting: how many of the shared images have more than one label.
    """

    images: int
    first_rows: Rows
    second_rows: Rows
    conflicting: int

    def to_json(self) -> dict[str, Any]:
        """Counts and rows, counted from 0."""
        return {
            "images": self.images,
            "conflicting": self.conflicting,
            "first_rows": self.first_rows.tolist(),
            "second_rows": self.second_rows.tolist(),
        }


def find_duplicates(dataset: Dataset) -> Duplicates:
    """Which digits of a Dataset have equal pixels, and which of these have different labels."""
    groups = _equal_rows(image_hashes(dataset.images))
    return Duplicates(
        groups=groups,
        conflicting=tuple(rows for rows in groups if _differ(dataset.labels[rows])),
        extra=sum(len(rows) - 1 for rows in groups),
    )


def overlap(first: Dataset, second: Dataset) -> Overlap:
    """Which digits two Datasets have in common, such as the training and the test digits of one source."""
    hashes = np.concatenate([image_hashes(first.images), image_hashes(second.images)])
    labels = np.concatenate([first.labels, second.labels])
    groups = [rows for rows in _equal_rows(hashes) if rows[0] < len(first) <= rows[-1]]
    rows = np.sort(np.concatenate([np.empty(0, np.int64), *groups]))
    return Overlap(
        images=len(groups),
        first_rows=rows[rows < len(first)],
        second_rows=rows[rows >= len(first)] - len(first),
        conflicting=sum(_differ(labels[group]) for group in groups),
    )


def _equal_rows(hashes: npt.NDArray[np.uint64]) -> tuple[Rows, ...]:
    """The rows (2 or more, ascending) of each hash that occurs more than once, by the first row."""
    order = np.argsort(hashes, kind="stable").astype(np.int64)
    ascending = hashes[order]
    starts = np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]]))
    sizes = np.diff(starts, append=len(hashes))
    several = sizes > 1
    groups = [order[start : start + size] for start, size in zip(starts[several], sizes[several], strict=True)]
    return tuple(sorted(groups, key=lambda rows: int(rows[0])))


def _differ(labels: Labels) -> bool:
    return bool((labels != labels[0]).any())
