"""The form of MNIST's digits: how to bring a digit into it, and how to measure one against it.

MNIST's makers scaled each digit, which was black or white, to fit a 20×20 box, kept its aspect, and put its centre of
mass at the centre of a 28×28 image (LeCun, Bottou, Bengio & Haffner 1998, section III.A). A digit of another size,
place or stroke width looks foreign to a network trained on these; a bundle keeps the percentiles of its own training
digits, to compare with.

Notable choices:
- a digit comes as a mask at its own size, and grey levels arise from averaging it down, as MNIST's did;
- strokes thinner or thicker than nearly all of MNIST's are brought to its range before that: a hairline would fade to
  nothing, a felt pen would fill its loops;
- an image that is in the form already is left as it is (`in_form`).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

CENTRE = 14.0
"""Row and column, counted from 0, of the pixel at which MNIST's digits have their centre of mass.

Measured on the sample: mean 13.99 and 14.00, standard deviation 0.29 in both, which is that of rounding to a pixel.
"""

BOX = 20
"""Pixels of the longer side of a digit's ink."""

SIDE = 28

STROKES = (0.10, 0.20)
"""Stroke widths, as shares of a digit's longer side, that are left as they are: 2 to 4 pixels of 20, as in MNIST."""

PERCENTILES = (1, 5, 25, 50, 75, 95, 99)

INK = 128
"""A pixel at or above this value counts as ink."""

MEASURED_DIGITS = 1000
"""Digits measured for percentiles, spread evenly over all: enough for the 1st and the 99th."""

_WORKING_SIDE = 96  # pixels of the longer side at which strokes are smoothed and their width is changed

_FINER = 4  # stroke widths are measured on an image enlarged this often: MNIST's strokes are 2 to 3 pixels wide


_AROUND = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, eq=False)
class Form:
    """A digit in MNIST's form.

    Attributes:
        image: uint8 (28, 28), 0 background to 255 ink.
        stroke_width: as a share of the longer side, as the digit came.
        corrected: what the stroke width was multiplied by; 1 if it was left as it was.
    """

    image: npt.NDArray[np.uint8]
    stroke_width: float
    corrected: float


def to_form(mask: npt.NDArray[np.uint8], strokes: tuple[float, float] | None = STROKES) -> Form:
    """Bring a digit into MNIST's form.

    Args:
        mask: uint8 (height, width), 1 where the digit's ink is; there must be some.
        strokes: the range that stroke widths are brought into; None leaves them alone.
    """
    mask = _cropped(mask)
    width, corrected = _relative_width(mask), 1.0
    if width > 1.5 / _WORKING_SIDE:  # smooth what scanners and rough pens do to edges; a hairline has none to spare
        mask = _smooth(mask, width)
        width = _relative_width(mask)
    if strokes:
        low, high = strokes
        wanted = min(max(width, low), high)
        if wanted != width:
            mask = _with_width(mask, width, wanted)
            corrected = wanted / width
    height, across = mask.shape
    factor = BOX / max(height, across)
    size = (max(1, round(across * factor)), max(1, round(height * factor)))
    return Form(centred(cv2.resize(mask * np.float32(255), size, interpolation=cv2.INTER_AREA)), width, corrected)


def centred(digit: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Put a digit, float32 (height, width) up to 28 a side, 0 to 255, into an image, its mass where MNIST has it."""
    height, width = digit.shape
    total = digit.sum()
    row, column = (digit.sum(axis=1) @ np.arange(height)) / total, (digit.sum(axis=0) @ np.arange(width)) / total
    top, left = (min(max(round(CENTRE - at), 0), SIDE - side) for at, side in ((row, height), (column, width)))
    image = np.zeros((SIDE, SIDE), np.uint8)
    image[top : top + height, left : left + width] = np.round(digit)
    return image


def in_form(image: npt.NDArray[np.uint8]) -> bool:
    """Whether an image, uint8 (28, 28), has the size, the place and the black ground of MNIST's digits."""
    if image.shape != (SIDE, SIDE) or image.max() < INK:
        return False
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    return bool(abs(longer - BOX) <= 1 and np.hypot(*_off_centre(image)) <= 1.5)


def measure(image: npt.NDArray[np.uint8]) -> dict[str, float] | None:
    """Size, offset and stroke width, in pixels, of the digit in an image, uint8 (28, 28); None if there is no ink.

    `size` is the longer side of the ink's box; `offset` is the distance of the ink's centre of mass from where MNIST's
    digits have it; `stroke_width` is twice the mean distance from the strokes' middle lines to their edges.
    """
    ink = image >= INK
    if not ink.any():
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    finer = cv2.resize(image, None, fx=_FINER, fy=_FINER, interpolation=cv2.INTER_CUBIC)
    to_edge = cv2.distanceTransform((finer >= INK).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    middle = (to_edge > 0) & (to_edge >= cv2.dilate(to_edge, _AROUND))
    return {
        "size": float(max(np.ptp(rows), np.ptp(columns)) + 1),
        "offset": float(np.hypot(*_off_centre(image))),
        "stroke_width": float(2 * to_edge[middle].mean() / _FINER) if middle.any() else 1.0,
    }


def _off_centre(image: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """How far down and right of MNIST's centre the ink's centre of mass is, in pixels."""
    rows, columns = image.sum(axis=1, dtype=np.float64), image.sum(axis=0, dtype=np.float64)
    total = rows.sum()
    return rows @ np.arange(len(rows)) / total - CENTRE, columns @ np.arange(len(columns)) / total - CENTRE


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


def stroke_width(mask: npt.NDArray[np.uint8]) -> float:
    """The width of a mask's strokes, in its pixels: twice the distance from their middle lines to their edges.

    Middle pixels count by their own distance, so that the roughness of an edge does not pass for thin strokes.
    """
    to_edge = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    middle = to_edge[(to_edge >= cv2.dilate(to_edge, _AROUND)) & (mask > 0)]
    return max(1.0, 2 * float(np.square(middle).sum() / middle.sum()) - 0.5) if middle.size else 1.0


def _cropped(mask: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    left, top, width, height = cv2.boundingRect(mask)
    return mask[top : top + height, left : left + width]


def _padded(pixels: npt.NDArray[Any], margin: int) -> npt.NDArray[Any]:
    """As `np.pad`, which takes longer than what follows."""
    return cv2.copyMakeBorder(pixels, margin, margin, margin, margin, cv2.BORDER_CONSTANT)


def _relative_width(mask: npt.NDArray[np.uint8]) -> float:
    """The stroke width as a share of the longer side of a cropped mask."""
    longer: int = max(mask.shape)
    return stroke_width(_padded(mask, 1)) / longer


def _smooth(mask: npt.NDArray[np.uint8], width: float) -> npt.NDArray[np.uint8]:
    """The mask at the working size, its edges smoothed by a Gaussian narrower than its strokes."""
    factor = _WORKING_SIDE / max(mask.shape)
    interpolation = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    size = tuple(max(1, round(side * factor)) for side in mask.shape[::-1])
    grey = _padded(cv2.resize(mask.astype(np.float32), size, interpolation=interpolation), 6)
    blurred = cv2.GaussianBlur(grey, (0, 0), max(0.3, min(1.5, 0.15 * width * _WORKING_SIDE)))
    smooth = (blurred >= 0.5).astype(np.uint8)
    return _cropped(smooth) if smooth.any() else _cropped((grey >= 0.3 * grey.max()).astype(np.uint8))


def _with_width(mask: npt.NDArray[np.uint8], width: float, wanted: float) -> npt.NDArray[np.uint8]:
    """The mask with strokes of `wanted` instead of `width`, both shares of the longer side."""
    longer = max(mask.shape)
    # a margin on both sides of every stroke changes the digit's size as well
    margin = longer * (wanted - width) / (2 * (1 - wanted))
    if margin > 0:
        away = cv2.distanceTransform(1 - _padded(mask, int(margin) + 2), cv2.DIST_L2, cv2.DIST_MASK_5)
        return _cropped((away <= margin + 0.25).astype(np.uint8))
    inside = cv2.distanceTransform(_padded(mask, 1), cv2.DIST_L2, cv2.DIST_MASK_5)
    thinner = (inside > min(-margin, 0.3 * width * longer)).astype(np.uint8)
    return _cropped(thinner) if thinner.any() else mask
