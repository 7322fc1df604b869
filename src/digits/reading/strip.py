"""A row of a page becomes a strip: level, its digits of one height, its ink found anew from the picture's own pixels.

What a page's ink is good for is finding rows; digits of 20 pixels in a large photo deserve better. A strip is cut out
of the picture as it came, at a size at which strokes can be followed, and only what belongs to the row stays in it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Mask, find_ink, labelled
from digits.reading.layout import Layout, Row
from digits.reading.picture import Picture
from digits.reading.results import Box

HEIGHT = 64.0
"""Pixels of a digit's height in a strip."""

_MARGIN = 0.5  # of the height: paper around the row
_REACH = 1.2  # of the height: how far the paper's brightness reaches across ink
_NEAR = 0.08  # of the height: how far the ink of the strip may lie from the page's
_DIGIT = (0.5, 1.6)  # of the height: what is as tall, and not as wide, says how the hand slants
_CAREFUL = 1.5  # digits that are taken to stand upright, besides those that are there
_SLANTED, _MOST_SLANTED = 0.08, 0.6  # of the height: less is left as it is, more is not believed
_MOST_PIXELS = 3_000_000


@dataclass(frozen=True, eq=False)
class Strip:
    """A row, cut out and made level.

    Attributes:
        mask: uint8 (height, width), 1 where there is ink of this row.
        stroke_width: in pixels of the mask.
        to_picture: float64 (2, 3), which takes a place in the mask to one in the picture's own pixels.
        size: width and height of the picture, in its own pixels.
    """

    mask: Mask
    stroke_width: float
    to_picture: npt.NDArray[np.float64]
    size: tuple[int, int]

    def box(self, corners: tuple[int, int, int, int]) -> Box:
        """Where in the picture a part of the strip is, given its left, top, right and bottom."""
        left, top, right, bottom = corners
        places = np.array([(left, top, 1), (right, top, 1), (left, bottom, 1), (right, bottom, 1)]) @ self.to_picture.T
        (x, y), (to_x, to_y) = np.floor(places.min(axis=0)), np.ceil(places.max(axis=0))
        x, y = (min(max(0, int(at)), side - 1) for at, side in zip((x, y), self.size, strict=True))
        to_x, to_y = (min(int(at), side) for at, side in zip((to_x, to_y), self.size, strict=True))
        return x, y, max(1, to_x - x), max(1, to_y - y)


def cut_strip(
    picture: Picture,
    layout: Layout,
    row: Row,
    scale: float,
    *,
    light: bool,
    level: bool = True,
    anew: bool = True,
) -> Strip | None:
    """The strip of a row; None if nothing is left in it, or if it would be too large.

    Args:
        picture: the page.
        layout: its marks.
        row: one of its rows.
        scale: pixels of the layout for one of `picture.pixels`.
        light: whether the ink is lighter than its ground.
        level: turn the row; else only its digits are brought to one height.
        anew: find its ink in the picture's own pixels; else it is the page's, as it was laid out.
    """
    is_own = np.zeros(len(layout.boxes) + 1, bool)
    is_own[row.marks] = True
    boxes = layout.boxes[row.marks - 1]
    (first, highest), (last, lowest) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    rows, columns = np.nonzero(is_own[layout.labels[highest:lowest, first:last]])
    rows, columns = rows + highest, columns + first
    turn = np.deg2rad(row.angle) if level else 0.0
    factor = HEIGHT / row.height
    rotate = factor * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    x, y = rotate @ np.stack([columns, rows])
    margin = _MARGIN * HEIGHT
    width, height = int(np.ptp(x) + 2 * margin) + 1, int(np.ptp(y) + 2 * margin) + 1
    if width * height > _MOST_PIXELS:
        return None
    from_layout = np.hstack([rotate, [[margin - x.min()], [margin - y.min()]]])
    crop = _warped(picture.pixels, from_layout @ np.diag([scale, scale, 1]), (width, height))
    ink = find_ink(crop, light=light, reach=min(0.6, _REACH * HEIGHT / max(width, height)))
    if ink is None:
        return None
    near = 2 * max(1, round(_NEAR * HEIGHT)) + 1
    window, matrix = _window(from_layout, (width, height), layout.labels.shape)
    labels, no_writing = layout.labels[window], layout.no_writing[window]
    own = is_own[labels]
    not_ours = ((labels > 0) | cv2.dilate(no_writing, np.ones((3, 3), np.uint8)).view(bool)) & ~own
    ours, others = (
        cv2.warpAffine(255 * which.astype(np.uint8), matrix, (width, height)) > 60 for which in (own, not_ours)
    )
    mask: Mask = ours.astype(np.uint8)
    if anew:
        found = cv2.resize(ink.mask, (width, height), interpolation=cv2.INTER_AREA)
        mask = (found * cv2.dilate(mask, np.ones((near, near), np.uint8)) * ~others).astype(np.uint8)
    if not mask.any():
        return None
    back = cv2.invertAffineTransform(from_layout).astype(np.float64) * (picture.scale / scale)
    upright, to_mask = made_upright(mask)
    size = picture.pixels.shape[1] * picture.scale, picture.pixels.shape[0] * picture.scale
    return Strip(upright, ink.stroke_width / ink.scale, back @ to_mask, size)


def made_upright(mask: Mask) -> tuple[Mask, npt.NDArray[np.float64]]:
    """A strip's mask without the slant of its hand, and the matrix, float64 (3, 3), that takes a place in it back."""
    slant, (height, width) = slant_of(mask), mask.shape
    if abs(slant) < _SLANTED:
        return mask, np.eye(3)
    aside = round(abs(slant) * height / 2) + 1
    shear = np.array([[1.0, slant, aside - slant * height / 2], [0.0, 1.0, 0.0]])
    upright: Mask = cv2.warpAffine(255 * mask, shear, (width + 2 * aside, height))
    return (upright > 127).astype(np.uint8), np.vstack([cv2.invertAffineTransform(shear), [0, 0, 1]])


def slant_of(mask: Mask) -> float:
    """By how much of their height a strip's digits lean to the right, from the moments of each; careful with few.

    Moments know no digits: a 4 and a 7 lean by themselves, but not all digits of a line do.
    """
    x, y, wide, high = cv2.boundingRect(mask)
    if not wide:
        return 0.0
    labels, table = labelled(mask[y : y + high, x : x + wide])
    across = down = 0.0
    digits = 0
    for number in range(1, len(table)):
        left, top, width, height, _ = table[number].tolist()
        if _DIGIT[0] * HEIGHT <= height <= _DIGIT[1] * HEIGHT and width <= height:
            shape = labels[top : top + height, left : left + width] == number
            moments = cv2.moments(shape.astype(np.uint8), binaryImage=True)
            across, down, digits = across - moments["mu11"], down + moments["mu02"], digits + 1
    slant = across / down * digits / (digits + _CAREFUL) if down else 0.0
    return float(np.clip(slant, -_MOST_SLANTED, _MOST_SLANTED))


def _warped(pixels: npt.NDArray[Any], matrix: npt.NDArray[np.float64], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Pixels moved by an affine matrix; what is made much smaller is averaged first."""
    factor = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if factor < 0.67:
        left, top, right, bottom = _source(matrix, size, pixels.shape)
        part = pixels[top:bottom, left:right]
        small = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        across, down = small.shape[1] / part.shape[1], small.shape[0] / part.shape[0]
        back = np.array([[1 / across, 0, left], [0, 1 / down, top], [0, 0, 1]])
        pixels, matrix = small, matrix @ back
    flags, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    warped: npt.NDArray[Any] = cv2.warpAffine(pixels, matrix[:2], size, flags=flags, borderMode=border)
    return warped


def _window(
    matrix: npt.NDArray[np.float64], size: tuple[int, int], shape: tuple[int, ...]
) -> tuple[tuple[slice, slice], npt.NDArray[np.float64]]:
    """The part of a layout that a crop of this size shows, and the matrix that takes that part there."""
    left, top, right, bottom = _source(matrix, size, shape)
    return (slice(top, bottom), slice(left, right)), matrix @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])


def _source(
    matrix: npt.NDArray[np.float64], size: tuple[int, int], shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the pixels that a crop of this size shows."""
    width, height = size
    back = cv2.invertAffineTransform(matrix[:2])
    corners = np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)]) @ back.T
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)) - 2, np.ceil(corners.max(axis=0)) + 3
    left, top = min(max(0, int(left)), shape[1] - 1), min(max(0, int(top)), shape[0] - 1)
    return left, top, min(max(left + 1, int(right)), shape[1]), min(max(top + 1, int(bottom)), shape[0])
