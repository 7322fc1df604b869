"""The grain of a picture that was taken in little light: measured, and smoothed where it is coarse beside the ink.

    picture = without_grain(picture)

What finds ink expects a paper whose brightness hardly changes from one pixel to the next; in much noise every speck is
a mark. A little blur costs strokes nothing and takes most of such noise away; it is left out where there is none.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Grey, reduced
from digits.reading.picture import Picture

_SMALLEST = 64  # pixels of a picture's longer side: of a smaller one, strokes are not much wider than grain
_COARSE = 0.02  # of the brightness that the picture spans
_BLUR = 1.0  # pixels, the standard deviation
_MEASURED = 640  # pixels a side, in the middle, are enough to measure grain
_OVERVIEW = 128  # pixels of the longer side of a copy that has no grain
_CURVED = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)  # no brightness that changes evenly counts
_MEDIAN_OF_NORMAL = 0.6745  # the median of the absolute value, in standard deviations


def without_grain(picture: Picture) -> Picture:
    """The picture, smoothed if its grain is coarse; else the same."""
    grey = picture.grey
    if max(grey.shape) < _SMALLEST:
        return picture
    span = float(np.ptp(reduced(grey, _OVERVIEW)))
    if not span or noise_of(grey) < _COARSE * span:
        return picture
    smooth = np.asarray(cv2.GaussianBlur(picture.pixels, (0, 0), _BLUR), np.uint8)
    smooth.flags.writeable = False
    return replace(picture, pixels=smooth)


def noise_of(grey: Grey) -> float:
    """The standard deviation of the noise in a picture's middle, uint8 (height, width).

    Immerkær, "Fast noise variance estimation" (1996), with the median, which strokes leave alone, in place of the mean.
    """
    top, left = (max(0, (side - _MEASURED) // 2) for side in grey.shape)
    part = grey[top : top + _MEASURED, left : left + _MEASURED]
    curved: npt.NDArray[np.float32] = np.asarray(cv2.filter2D(part, cv2.CV_32F, _CURVED), np.float32)
    return float(np.median(np.abs(curved[::2, ::2]))) / _MEDIAN_OF_NORMAL / float(np.linalg.norm(_CURVED))
