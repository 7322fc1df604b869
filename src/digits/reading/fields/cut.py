"""A field, cut out of its page: upright, on clean paper, without its borders and what its neighbours wrote.

    cut = cut_field(picture, field)

Notable choices:
- some paper around a field is cut out with it, its borders bridged from side to side: strokes that cross them stay
  whole;
- what has most of its ink outside belongs to a neighbour.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Grey, Mask, find_ink, polarities
from digits.reading.fields.fields import Field, upright_box
from digits.reading.pictures.picture import Picture
from digits.reading.results import Box

Floats = npt.NDArray[np.float64]

_AROUND = 0.25  # of a field's shorter side: the paper around it that is cut out with it
_RIM = 0.06  # of a field's shorter side: what lies within that of the border is a rest of it
_STROKE = 0.15  # of a field's shorter side: the extent of the smallest thing that was written
_VISIBLE = 0.08  # of the paper's brightness: what a pen takes away at least


@dataclass(frozen=True, eq=False)
class FieldCut:
    """What is in a field.

    Attributes:
        picture: the inside of the box, upright, with paper around it and without its borders.
        to_picture: float64 (3, 3), the homography that takes a place in it to one in the whole picture's own pixels.
        is_empty: whether nothing was written there.
    """

    picture: Picture
    to_picture: Floats
    is_empty: bool

    def box(self, box: Box) -> Box:
        """Where in the whole picture a box of the cut is, in the picture's own pixels."""
        left, top, width, height = box
        x, y = np.array([left, left + width, left + width, left]), np.array([top, top, top + height, top + height])
        places = self.to_picture @ np.stack([x, y, np.ones(4)])
        return upright_box((places[:2] / places[2]).T, 1.0)


def cut_field(picture: Picture, field: Field) -> FieldCut:
    """What is in a field of a page, on clean paper."""
    width, height = (max(4, round(side)) for side in field.size)
    around = round(_AROUND * min(width, height)) + round(2 * field.border) if field.border else 0
    inside = around, around, around + width, around + height
    left, top, right, bottom = inside
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float32)
    matrix = cv2.getPerspectiveTransform(field.corners.astype(np.float32), corners).astype(np.float64)
    size = width + 2 * around, height + 2 * around
    pixels: npt.NDArray[Any] = cv2.warpPerspective(
        picture.pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if field.border:
        _bridge(pixels, inside, round(1.25 * field.border) + 2)
    light = polarities(picture.pixels)[0] if field.light is None else field.light
    written = _clean(pixels, inside, light)
    pixels.flags.writeable = False
    back = np.diag([picture.scale, picture.scale, 1.0]) @ np.linalg.inv(matrix)
    return FieldCut(Picture(picture.name, picture.page, pixels), back, not written)


def _bridge(pixels: npt.NDArray[Any], inside: tuple[int, int, int, int], border: int) -> None:
    """Replace the lines around the inside by what lies on both sides of them, blended: strokes that cross go on."""
    left, top, right, bottom = inside
    for turned, bands in ((pixels, ((top - border, top), (bottom, bottom + border))), (pixels.swapaxes(0, 1), None)):
        for begin, stop in bands or ((left - border, left), (right, right + border)):
            start, end = max(1, begin), min(turned.shape[0] - 1, stop + 1)
            share = np.linspace(0, 1, end - start + 2)[1:-1].reshape(-1, *[1] * (turned.ndim - 1))
            blended = (1 - share) * turned[start - 1] + share * turned[end]
            turned[start:end] = np.rint(blended).astype(np.uint8)


def _clean(pixels: npt.NDArray[Any], inside: tuple[int, int, int, int], light: bool) -> bool:
    """Take away what does not belong to a field; gives whether anything does that a pen wrote."""
    ink = find_ink(pixels, light=light)
    if ink is None:
        return False
    mask = cv2.resize(
        ink.mask, pixels.shape[1::-1], interpolation=cv2.INTER_AREA if ink.scale > 1 else cv2.INTER_LINEAR
    )
    left, top, right, bottom = inside
    side = min(right - left, bottom - top)
    rim = round(_RIM * side)
    within, core = np.zeros_like(mask), np.zeros_like(mask)
    within[top:bottom, left:right] = 1
    core[top + rim : bottom - rim, left + rim : right - rim] = 1
    _, labels, table, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    foreign = _counted(labels, within, len(table)) < 0.5 * table[:, 4]
    _, labels, table, _ = cv2.connectedComponentsWithStats(mask & (within | ~foreign[labels]), connectivity=8)
    ours = _counted(labels, core, len(table)) > 0.3 * table[:, 4]
    ours[0] = False
    others = (~ours[labels] & (mask > 0)).astype(np.uint8)
    if others.any():
        others = cv2.dilate(others, np.ones((5, 5), np.uint8)) & ~ours[labels].astype(np.uint8)
        paper = np.median(pixels[top:bottom, left:right][mask[top:bottom, left:right] == 0], axis=0)
        if not np.isnan(paper).any():
            pixels[others > 0] = paper.astype(np.uint8)
    grey = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return _is_written(255 - grey if light else grey, labels, ours & (table[:, 2:4].max(axis=1) >= _STROKE * side))


def _counted(labels: npt.NDArray[Any], where: Mask, count: int) -> npt.NDArray[np.intp]:
    """How many pixels of each mark lie there: intp (count,)."""
    return np.bincount(labels[where > 0].ravel(), minlength=count)


def _is_written(grey: Grey, labels: npt.NDArray[Any], large: npt.NDArray[np.bool_]) -> bool:
    """Whether one of the large marks is as dark as what a pen writes."""
    paper = grey[labels == 0]
    if not large.any() or not len(paper):
        return False
    level, scatter = float(np.median(paper)), float(np.median(np.abs(paper - np.median(paper))))
    darkest = level - np.array([float(np.quantile(grey[labels == one], 0.25)) for one in np.flatnonzero(large)])
    return bool(darkest.max() > max(_VISIBLE * level, 4 * scatter))
