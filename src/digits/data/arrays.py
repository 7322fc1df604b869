"""Arrays as people save them → images and labels: any usual shape, type and range, each of which can be told for sure.

Notable choices:
- a range is never stretched: pixels are 0 to 255, or all of them lie from 0 to 1; anything else is refused;
- what is changed is told; what only looks different (another shape, another type) is not.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from digits.data.dataset import CLASSES, IMAGE_SIZE, Images, Labels, check_images, check_labels
from digits.errors import DataError

Tell = Callable[[str], None]
"""Is told, in a few words each, what was found and put right."""

PIXELS = IMAGE_SIZE * IMAGE_SIZE

UNIT = "its pixels, 0 to 1, are taken as 0 to 255"

_TEXT = "US"  # NumPy's kinds of text


def ignore(_: str) -> None:
    """A Tell that nobody listens to."""


def as_images(array: npt.NDArray[Any], where: str, tell: Tell = ignore) -> Images:
    """An array as images.

    Args:
        array: numbers, whole from 0 to 255 or all from 0 to 1; (n, 28, 28), (n, 784), either way round, with a channel
            or without; (28, 28) is one image.
        where: names the array in messages.
        tell: told if the range was changed.

    Returns:
        Images, uint8 (n, 28, 28).

    Raises:
        DataError: it has another shape, type or range, or no image.
    """
    if array.dtype.kind not in "uifb":
        raise DataError(f"{where} holds {array.dtype} values, which are not loaded; expected numbers, uint8")
    images = _bytes(_in_rows(array), where, tell)
    check_images(images, where)
    return images


def as_labels(array: npt.NDArray[Any], where: str) -> Labels:
    """An array as labels.

    Args:
        array: whole numbers of any type or text, 0 to 9, (n,), (n, 1) or (1, n); or one-hot, (n, 10).
        where: names the array in messages.

    Returns:
        Labels, uint8 (n,), 0 to 9.

    Raises:
        DataError: it has another shape, type or range.
    """
    if array.dtype.kind in _TEXT:
        array = _numbers_of_text(array, where)
    if array.dtype.kind not in "uifb":
        raise DataError(f"{where} holds {array.dtype} values, which are not loaded; expected labels as numbers")
    if array.ndim == 2 and array.shape[1] == CLASSES and len(array) > 0 and _is_one_hot(array):
        array = array.argmax(axis=1)
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.dtype != np.uint8:
        _refuse_unless_whole(array, where)
    labels = array.astype(np.uint8, copy=False)
    check_labels(labels, where)
    return labels


def _in_rows(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array with one image after the other, (n, 28, 28), if its shape is one of those that are known."""
    side = (IMAGE_SIZE, IMAGE_SIZE)
    if array.shape == side:
        return array[np.newaxis]
    if array.ndim == 2 and PIXELS in array.shape:
        return (array if array.shape[1] == PIXELS else array.T).reshape(-1, *side)
    if array.ndim == 4 and (array.shape[1:] == (*side, 1) or array.shape[1:] == (1, *side)):
        return array.reshape(-1, *side)
    return array


def _bytes(array: npt.NDArray[Any], where: str, tell: Tell) -> npt.NDArray[Any]:
    if array.dtype == np.uint8 or array.size == 0:
        return array.astype(np.uint8, copy=False)
    if array.dtype.kind == "b":
        tell(UNIT)
        return array * np.uint8(255)
    low, high = array.min(), array.max()
    if low >= 0 and high <= 1 and array.dtype.kind == "f" and not np.array_equal(array, np.floor(array)):
        tell(UNIT)
        return np.round(array * 255).astype(np.uint8)
    _refuse_unless_whole(array, where)
    return array.astype(np.uint8)


def _refuse_unless_whole(array: npt.NDArray[Any], where: str) -> None:
    """A DataError unless all are whole numbers from 0 to 255; NaN is none."""
    if array.size == 0:
        return
    low, high = array.min(), array.max()
    if not (low >= 0 and high <= 255 and np.array_equal(array, np.floor(array))):
        raise DataError(
            f"{where} holds {array.dtype} values from {low:g} to {high:g}; "
            "expected whole numbers from 0 to 255, or pixels from 0 to 1"
        )


def _is_one_hot(array: npt.NDArray[Any]) -> bool:
    return bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())


def _numbers_of_text(array: npt.NDArray[Any], where: str) -> npt.NDArray[np.float64]:
    try:
        return array.astype(np.float64)
    except ValueError as error:
        wrong = next(str(value)[:20] for value in array.ravel().tolist() if not _is_number(value))
        raise DataError(f"{where} holds {wrong!r}; expected labels from 0 to 9") from error


def _is_number(text: str | bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
