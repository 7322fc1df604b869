"""What is written outside of a form's fields: the page without them, and its numbers beside theirs.

    rest = without_fields(picture, fields, smallest=12)
    form = Form.of(fields, inside, outside, picture.scale)

Notable choices:
- a field is painted over with its own paper, the median around each place: it follows shadow and grain, and leaves no
  edge that could be taken for ink;
- thin straight lines as long as a box is high are painted over, too: borders of boxes that were not found are no 1;
- captions, lower than the digits and far from them, are painted over, too: rows are found by what most marks are like;
- what is ink is asked of the whole page: on the emptied one the paper's grain is the darkest thing left;
- fields and what stands beside them are put into rows together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.fields import Field, Floats, rows_of, upright_box
from digits.reading.ink import Mask
from digits.reading.lines import page_ink
from digits.reading.picture import Picture
from digits.reading.results import Box, Number

_REACH = 0.6  # of a field's shorter side: how far around a place its paper is looked for
_LARGEST = 120  # pixels: the shorter side of the copy of a field in which that is done
_NEAR, _STROKE = 0.5, 0.35  # of the smallest digit: what is farther from all digits is none's part; a caption's stroke
_SHORTEST = 0.8  # of the fields' shorter sides: a thin straight line that long is a border


@dataclass(frozen=True, eq=False)
class Form:
    """A page that is read by its boxes.

    Attributes:
        fields: in their order.
        inside: what stands in each.
        outside: further numbers, in reading order.
        numbers: all of them in reading order, as a Reading has them.
    """

    fields: tuple[Field, ...]
    inside: tuple[Number, ...]
    outside: tuple[Number, ...]
    numbers: tuple[Number, ...]

    @classmethod
    def of(cls, fields: Sequence[Field], inside: Sequence[Number], outside: Sequence[Number], scale: float) -> "Form":
        """A form with its numbers' lines: rows of fields and of what stands beside them.

        Args:
            fields: its fields.
            inside: a number for each.
            outside: further ones; without any, fields stay in their order.
            scale: pixels of the picture's file for one of `Picture.pixels`.
        """
        if not outside:
            return cls(tuple(fields), tuple(inside), (), tuple(inside))
        right = np.array([field.corners[1] - field.corners[0] for field in fields])
        turn = float(np.median(np.arctan2(right[:, 1], right[:, 0])))
        places = [*fields, *(Field(_corners(number.box, turn) / scale, 0) for number in outside)]
        rows, along = rows_of(places)
        numbers = [replace(one, line=int(row)) for one, row in zip([*inside, *outside], rows, strict=True)]
        order, count = np.lexsort((along, rows)), len(fields)
        others = tuple(numbers[at] for at in order if at >= count)
        return cls(tuple(fields), tuple(numbers[:count]), others, tuple(numbers[at] for at in order))


def without_fields(picture: Picture, fields: Sequence[Field], smallest: float) -> Picture | None:
    """A page with paper where its fields were, and other printed lines; None if nothing was written beside them.

    Args:
        picture: the page.
        fields: its fields; at least one.
        smallest: pixels of `Picture.pixels`: the height of the smallest thing that may be a digit.
    """
    light = sum(bool(field.light) for field in fields) > len(fields) / 2
    ink = page_ink(picture, light)
    if ink is None:
        return None
    left = ink.mask.copy()
    for field in fields:
        _fill(left, field, ink.scale, 0)
    across, down = _borders(left, fields, ink.scale)
    left[(across | down) > 0] = 0
    captions = _captions(left, smallest * ink.scale)
    if captions is None:
        return None
    pixels = picture.pixels.copy()
    for field in fields:
        _paint_over(pixels, picture.pixels, field)
    border, stroke = 2 * max(_rim(field) for field in fields) + 1, round(_STROKE * smallest) | 1
    for mask, size in ((across, (border, 1)), (down, (1, border)), (captions, (stroke, stroke))):
        _wipe(pixels, mask, size, light=light)
    pixels.flags.writeable = False
    return replace(picture, pixels=pixels)


def _rim(field: Field) -> int:
    """How far around a field's inside its border reaches, in pixels."""
    return round(1.25 * field.border) + 2


def _fill(mask: Mask, field: Field, scale: float, value: int) -> None:
    """Set a field, with its border, in a mask that has `scale` pixels for one of the picture."""
    corners = np.rint(field.corners * scale).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, value)
    cv2.polylines(mask, [corners], True, value, thickness=2 * max(1, round(_rim(field) * scale)) + 1)


def _captions(mask: Mask, smallest: float) -> Mask | None:
    """The ink of what is lower than digits and not near to anything as high: uint8 (height, width), 0 or 1.

    None if nothing is as high, but for what runs out of the page.
    """
    _, labels, table, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, area = table.T
    whole = (left > 0) & (top > 0) & (left + width < mask.shape[1]) & (top + height < mask.shape[0])
    high = height >= smallest
    if not (high & whole)[1:].any():
        return None
    high[0] = False
    reach = round(_NEAR * smallest) * 2 + 1
    near = cv2.dilate(high[labels].astype(np.uint8), np.ones((reach, reach), np.uint8))
    far = ~high & (np.bincount(labels[near > 0], minlength=len(table)) == 0) & (area > 0)
    far[0] = False
    return np.asarray(far[labels], np.uint8)


def _borders(mask: Mask, fields: Sequence[Field], scale: float) -> tuple[Mask, Mask]:
    """What are lines like a form's borders in the ink of its page, across and down: uint8 (height, width), 0 or 1."""
    shortest = round(_SHORTEST * scale * float(np.median([min(field.size) for field in fields])))
    thickest = round(1.5 * scale * float(np.median([field.border for field in fields]))) + 2
    turned = np.asarray(cv2.transpose(mask), np.uint8)
    across, down = (_straight(one, shortest, thickest) for one in (mask, turned))
    return across, np.asarray(cv2.transpose(down), np.uint8)


def _straight(mask: Mask, shortest: int, thickest: int) -> Mask:
    """The ink of straight, thin lines across that are at least so long: uint8 (height, width), 0 or 1."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))
    thin = cv2.subtract(mask, thick)
    spread = cv2.dilate(thin, np.ones((3, 1), np.uint8))  # a line that is a little tilted keeps long runs
    runs = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((1, max(3, shortest)), np.uint8))
    _, labels, table, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    beside = np.bincount(labels[cv2.dilate(thick, np.ones((5, 1), np.uint8)) > 0], minlength=len(table))
    wanted = beside < 0.5 * table[:, cv2.CC_STAT_AREA]  # else it is the edge of something thick, such as the sheet
    wanted[0] = False
    return np.asarray(thin * wanted[labels], np.uint8)


def _paint_over(pixels: npt.NDArray[Any], original: npt.NDArray[Any], field: Field) -> None:
    """Replace a field, with its border, by paper."""
    side, rim = min(field.size), _rim(field)
    reach = round(_REACH * side)
    left, top, across, down = upright_box(field.corners, 1.0)
    left, top = max(0, left - rim - reach), max(0, top - rim - reach)
    part = original[top : top + down + 2 * (rim + reach), left : left + across + 2 * (rim + reach)]
    factor = min(1.0, _LARGEST / side)
    small = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else part
    paper = cv2.medianBlur(np.ascontiguousarray(small), 2 * max(1, round(factor * reach)) + 1)
    paper = cv2.resize(paper, part.shape[1::-1], interpolation=cv2.INTER_LINEAR) if factor < 1 else paper
    where = np.zeros(part.shape[:2], np.uint8)
    _fill(where, replace(field, corners=field.corners - (left, top)), 1.0, 1)
    pixels[top : top + part.shape[0], left : left + part.shape[1]][where > 0] = paper[where > 0]


def _wipe(pixels: npt.NDArray[Any], mask: Mask, size: tuple[int, int], *, light: bool) -> None:
    """Replace ink by the paper within so many rows and columns: strokes that cross a line stay whole."""
    if mask.any():
        wide = cv2.dilate(mask, np.ones((3, 3), np.uint8))
        where = cv2.resize(wide, pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
        how = cv2.MORPH_OPEN if light else cv2.MORPH_CLOSE
        pixels[where > 0] = cv2.morphologyEx(pixels, how, np.ones(size, np.uint8))[where > 0]


def _corners(box: Box, turn: float) -> Floats:
    """The corners of a box that is turned around its middle by so many radians, as a field has them."""
    left, top, width, height = box
    across, down = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    middle = np.array([left + width / 2, top + height / 2])
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([middle + x * width / 2 * across + y * height / 2 * down for x, y in signs])
