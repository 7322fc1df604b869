"""MATLAB's .mat, as old MNISTs come in it: `data` and `label`, `X` and `y`, or EMNIST's `dataset`. SciPy reads it.

A MATLAB array has its columns one after the other: EMNIST's digits lie on their side in it, which is found out where a
network is asked (`digits.intake`).
"""

from pathlib import Path
from typing import Any

import numpy as np

from digits.data.arrays import PIXELS, Tell, as_images, as_labels
from digits.data.dataset import Images, Labels
from digits.data.foreign import refuse_foreign
from digits.data.guard import checked_size, unreadable
from digits.errors import DataError, MissingExtraError

_NAMES = (("data", "label"), ("data", "labels"), ("images", "labels"), ("X", "y"), ("x", "y"))
"""What the variables of images and labels are called."""

_EMNIST = "dataset"
"""EMNIST's one variable, a struct: `dataset.train.images` …"""


def mat_splits(path: Path) -> tuple[str, ...]:
    """`train`, and `test` where the file is EMNIST's."""
    return ("train", "test") if _EMNIST in _sizes(path) else ("train",)


def read_mat(path: Path, split: str, tell: Tell) -> tuple[Images, Labels]:
    """Read a .mat with digits.

    Args:
        path: the file, of MATLAB 4 to 7.2.
        split: `train`, or `test` of EMNIST's.
        tell: told what was changed.

    Returns:
        Images, uint8 (n, 28, 28), as bright as they came, and labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it is no such file, is damaged, or has other variables, shapes or values.
        MissingExtraError: SciPy is not installed.
    """
    sizes = _sizes(path)
    if _EMNIST in sizes:
        images, labels = _emnist(path, split)
        return as_images(images, str(path), tell), as_labels(labels, str(path))
    pair = next((pair for pair in _NAMES if set(pair) <= sizes.keys()), None)
    if pair is None:
        raise DataError(
            f"{path} has the variables {', '.join(map(repr, sorted(sizes)[:8])) or '(none)'}; "
            "expected data and label, X and y, or images and labels"
        )
    variables = _loaded(path, *pair)
    images, labels = (np.asarray(variables[name]) for name in pair)
    if images.ndim == 3 and images.shape[0] == images.shape[1] and images.shape[2] == labels.size:
        images = np.moveaxis(images, 2, 0)  # MATLAB's (28, 28, n)
    elif images.ndim == 2 and images.shape[0] == PIXELS == images.shape[1] and labels.shape[0] == 1:
        images = images.T  # 784 digits, one a column
    return as_images(images, f"{path}: {pair[0]}", tell), as_labels(labels, f"{path}: {pair[1]}")


def _emnist(path: Path, split: str) -> tuple[Any, Any]:
    try:
        part = _loaded(path, _EMNIST)[_EMNIST][split].item()
        return part["images"].item(), part["labels"].item()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path} has a dataset, but not as EMNIST's: expected images and labels in it") from error


def _sizes(path: Path) -> dict[str, tuple[int, ...]]:
    """The variables of the file with their shapes; none is loaded."""
    refuse_foreign(path)
    found = {name: shape for name, shape, _ in _asked(path, "whosmat")}
    for shape in found.values():
        checked_size(shape, 1, path)
    return found


def _loaded(path: Path, *names: str) -> dict[str, Any]:
    variables: dict[str, Any] = _asked(path, "loadmat", variable_names=list(names))
    return variables


def _asked(path: Path, function: str, **options: Any) -> Any:  # noqa: ANN401  (what SciPy's functions take and give)
    """What a function of `scipy.io` says of the file; whatever goes wrong becomes a DataError."""
    try:
        import scipy.io  # noqa: PLC0415  (it takes a while, and comes with an extra)
    except ImportError as error:
        raise MissingExtraError(
            f"reading {path} needs SciPy ({error}); install it with: pip install 'handwritten-digits[train]'"
        ) from error
    try:
        return getattr(scipy.io, function)(str(path), appendmat=False, **options)
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # a damaged file makes SciPy and zlib raise anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path} is no .mat file of MATLAB 4 to 7.2, or a damaged one: {reason}") from error
