"""The form of MNIST's digits, and how to measure a digit against it.

MNIST's makers scaled each digit to fit a 20×20 box, kept its aspect, and put its centre of mass at the centre of a
28×28 image (LeCun, Bottou, Bengio & Haffner 1998, section III.A). A digit of another size, place or stroke width looks
foreign to a network trained on these; a bundle keeps the percentiles of its own training digits, to compare with.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

CENTRE = 14.0
"""Row and column, counted from 0, of the pixel at which MNIST's digits have their centre of mass.

Measured on the sample: mean 13.99 and 14.00, standard deviation 0.29 in both, which is that of rounding to a pixel.
"""

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)

INK = 128
"""A pixel at or above this value counts as ink."""

MEASURED_DIGITS = 1000
"""Digits measured for percentiles, spread evenly over all: enough for the 1st and the 99th."""

_FINER = 4  # stroke widths are measured on an image enlarged this often: MNIST's strokes are 2 to 3 pixels wide


def measure(image: npt.NDArray[np.uint8]) -> dict[str, float] | None:
    """Size, offset and stroke width, in pixels, of the digit in an image, uint8 (28, 28); None if there is no ink.

    `size` is the longer side of the ink's box; `offset` is the distance of the ink's centre of mass from where MNIST's
    digits have it; `stroke_width` is twice the mean distance from the strokes' middle lines to their edges.
    """
    ink = image >= INK
    if not ink.any():
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    weights = image.astype(np.float64)
    mass = np.array([weights.sum(axis=1) @ np.arange(image.shape[0]), weights.sum(axis=0) @ np.arange(image.shape[1])])
    finer = cv2.resize(image, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_CUBIC)
    to_edge = cv2.distanceTransform((finer >= INK).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    middle = (to_edge > 0) & (to_edge >= cv2.dilate(to_edge, np.ones((3, 3), np.uint8)))
    return {
        "size": float(max(np.ptp(rows), np.ptp(columns)) + 1),
        "offset": float(np.hypot(*(mass / weights.sum() - CENTRE))),
        "stroke_width": float(2 * to_edge[middle].mean() / _FINER),
    }


def percentiles(images: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """Percentiles of size, offset and stroke width over images, uint8 (n, 28, 28): a JSON object.

    Of a large set, 1,000 evenly spread digits are measured.
    """
    chosen = np.unique(np.linspace(0, len(images) - 1, num=min(len(images), MEASURED_DIGITS)).astype(int))
    measures = [found for image in images[chosen] if (found := measure(image))]
    return {
        "percentiles": list(PERCENTILES),
        **{
            key: np.percentile([found[key] for found in measures], PERCENTILES).round(2).tolist()
            for key in ("size", "offset", "stroke_width")
            if measures
        },
    }
