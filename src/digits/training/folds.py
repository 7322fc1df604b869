"""Which digits are judged together: folds, each class in proportion, equal pictures in one."""

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES, Dataset, image_hashes
from digits.errors import DataError


def assign_folds(dataset: Dataset, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """The fold of each digit, int64 (n,), 0 to `folds` - 1: each class dealt out evenly, equal pictures to one fold.

    Raises:
        DataError: fewer than two folds, or more than there are different pictures.
    """
    hashes = image_hashes(dataset.images)
    _, first, picture = np.unique(hashes, return_index=True, return_inverse=True)  # (m,), (m,), (n,)
    if not 2 <= folds <= len(first):
        raise DataError(
            f"{dataset.name}: cannot divide {len(first):,} different digits into {folds} folds; "
            f"choose 2 to {len(first):,} folds"
        )
    random = np.random.default_rng(seed)
    fold_of_picture = np.empty(len(first), np.int64)
    dealt = 0  # a class goes on dealing where the last one stopped: the folds are of one size
    for digit in range(CLASSES):
        members = random.permutation(np.flatnonzero(dataset.labels[first] == digit))
        fold_of_picture[members] = (dealt + np.arange(len(members))) % folds
        dealt += len(members)
    return fold_of_picture[picture]
