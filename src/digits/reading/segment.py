"""Ink becomes digits: which of the marks in a picture belong to one, and which to none.

Notable choices:
- marks are connected components; what they are taken for follows from their size, their place and their contrast;
- a mark that lives in the picture's outermost band, or runs along it, is the edge of a page or of a cell; a digit that
  is cut off by the frame reaches further in;
- a stroke that a threshold or a dry pen has broken is joined again: what is near a digit, by the digit's own size,
  belongs to it.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.ink import Ink, Mask

_EDGE = 0.07  # of the longer side: the band in which page edges and cell borders live
_BARELY_INSIDE = 0.2  # a mark with less of its ink beyond that band is an edge
_AT_FRAME = (0.25, 0.03)  # what a mark that touches the frame weighs: alone, and beside a large one that does not
_LARGE = 0.2  # of the longer side: the extent of a mark that may well be a digit
_SPECK = 0.01  # of the largest mark's ink: smaller ones are dirt
WEAK = 0.25
"""Of the strongest ink: a mark that nowhere reaches it is a shadow or a stain."""

_STEEPEST = 0.25  # of its length: the most that a ruled line may descend or rise
_HOUGH_SIDE, _HALF = 600, 0.5  # pixels of the picture that slopes are looked for in; of its width, a line's length
_LINE_LENGTH = 0.7  # of the picture's side: what is as long, straight and thin is a ruled line


@dataclass(frozen=True, eq=False)
class Marks:
    """The connected components of a mask; all arrays have one entry a mark.

    Attributes:
        labels: int32 (height, width), 0 for paper, else the mark's number, counted from 1.
        boxes: int32 (n, 4), left, top, right, bottom; right and bottom lie just outside.
        area: float64 (n,), pixels of ink.
        strongest: float64 (n,), the highest contrast in it, 0 to 1.
    """

    labels: npt.NDArray[Any]
    boxes: npt.NDArray[np.int32]
    area: npt.NDArray[np.float64]
    strongest: npt.NDArray[np.float64]


def find_marks(ink: Ink, mask: Mask | None = None) -> Marks:
    """The marks in a picture's ink, or in another mask of its shape."""
    wanted = ink.mask if mask is None else mask
    count, labels, table, _ = cv2.connectedComponentsWithStatsWithAlgorithm(wanted, 8, cv2.CV_32S, cv2.CCL_GRANA)
    strongest = np.zeros(count, np.uint8)
    inked = wanted.view(bool)
    np.maximum.at(strongest, labels[inked], ink.contrast[inked])
    left, top, width, height, area = np.asarray(table[1:], np.int32).T
    boxes = np.stack([left, top, left + width, top + height], axis=1)
    return Marks(labels, boxes, area.astype(np.float64), strongest[1:] / 255.0)


def one_digit(ink: Ink, mask: Mask | None = None) -> Mask | None:
    """The strokes of the one digit that a picture holds, without dirt, edges and stains; None if nothing is left.

    Args:
        ink: the picture's ink.
        mask: another mask of its shape, such as that without ruled lines.
    """
    marks = find_marks(ink, mask)
    if not len(marks.area):
        return None
    usable = marks.strongest >= WEAK
    touches, edge = at_the_edge(marks)
    if (usable & ~edge).any():
        usable &= ~edge
    if not usable.any():
        return None
    weight = np.where(usable, marks.area * marks.strongest, 0.0)
    weight[touches] *= _AT_FRAME[bool((usable & ~touches & _is_large(marks)).any())]
    chosen = _joined(marks, weight, touches)
    kept = np.concatenate([[False], chosen]).astype(np.uint8)
    strokes: Mask = kept[marks.labels]
    return strokes


def without_ruled_lines(ink: Ink, *, down: bool = True) -> Mask | None:
    """The mask without long straight thin lines; None if there are none.

    Strokes that cross a line are mended where they were cut.

    Args:
        ink: the picture's ink.
        down: look for lines that run down, too: in a picture of a few digits, not where a 7 may be as tall as it.

    On a page, which may lie askew, look `without_tilted_lines`.
    """
    mask, found = ink.mask, False
    height, width = mask.shape
    _, _, across, tall = cv2.boundingRect(mask)
    if tall < _LINE_LENGTH * height and across < _LINE_LENGTH * width:
        return None
    for is_down in (False, True) if down else (False,):
        turned = mask.T if is_down else mask
        lines = _ruled_lines(np.ascontiguousarray(turned), ink.stroke_width)
        if lines is None:
            continue
        found = True
        rest: Mask = cv2.subtract(np.ascontiguousarray(turned), lines)
        thickness = round(2 * float(cv2.distanceTransform(lines, cv2.DIST_L2, cv2.DIST_MASK_3).max())) + 2
        mended: Mask = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((2 * thickness + 1, 1), np.uint8))
        turned = rest | (mended & lines)
        mask = np.ascontiguousarray(turned.T if is_down else turned)
    return mask if found else None


def without_tilted_lines(ink: Ink) -> Mask | None:
    """The mask without ruled lines that run across it, by up to `_STEEPEST` of their length askew; None if none do."""
    slope = _slope_of_lines(ink.mask)
    if abs(slope) * ink.mask.shape[1] < 1:
        return without_ruled_lines(ink, down=False)
    aside = int(abs(slope) * ink.mask.shape[1]) + 1
    level = np.array([[1.0, 0.0, 0.0], [-slope, 1.0, aside if slope > 0 else 0.0]])
    height, width = ink.mask.shape
    sheared: Mask = cv2.warpAffine(ink.mask, level, (width, height + aside), flags=cv2.INTER_NEAREST)
    rest = without_ruled_lines(replace(ink, mask=sheared), down=False)
    if rest is None:
        return None
    back: Mask = cv2.warpAffine(rest, level, (width, height), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    return back


def _slope_of_lines(mask: Mask) -> float:
    """By how much of their length the longest straight lines in a mask descend; 0 if there are none."""
    factor = min(1.0, _HOUGH_SIDE / max(mask.shape))
    size = tuple(max(1, round(side * factor)) for side in mask.shape[::-1])
    small = cv2.resize(255 * mask, size, interpolation=cv2.INTER_AREA)
    edges: Mask = (small > 60).astype(np.uint8)
    least = _HALF * edges.shape[1]
    gap = 0.03 * edges.shape[1]
    found = cv2.HoughLinesP(edges, 1, np.pi / 720, round(0.6 * least), minLineLength=least, maxLineGap=gap)
    if found is None:
        return 0.0
    x, y, to_x, to_y = found.reshape(-1, 4).T.astype(np.float64)
    slopes, lengths = (to_y - y) / np.maximum(to_x - x, 1), to_x - x
    across = np.abs(slopes) < _STEEPEST
    return float(slopes[across][lengths[across].argmax()]) if across.any() else 0.0


def at_the_edge(marks: Marks) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which marks touch the frame, and which are nothing but edges of a page or a cell: bool (n,) each."""
    height, width = marks.labels.shape
    band = max(2, round(_EDGE * max(height, width)))
    left, top, right, bottom = marks.boxes.T
    touches = (left <= 0) | (top <= 0) | (right >= width) | (bottom >= height)
    if not touches.any():
        return touches, touches
    inner = marks.labels[band : height - band, band : width - band]
    inside = np.bincount(inner.ravel(), minlength=len(marks.area) + 1)[1:]
    edge = touches & (inside < _BARELY_INSIDE * marks.area)
    return touches, edge


def _is_large(marks: Marks) -> npt.NDArray[np.bool_]:
    left, top, right, bottom = marks.boxes.T
    large: npt.NDArray[np.bool_] = np.maximum(right - left, bottom - top) >= _LARGE * max(marks.labels.shape)
    return large


def _joined(marks: Marks, weight: npt.NDArray[np.float64], touches: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The heaviest mark, and step by step all that lie near what is chosen already: bool (n,).

    What touches the frame, unless the heaviest does so itself, has to be nearer than a broken stroke elsewhere.
    """
    main = int(np.argmax(weight))
    chosen = np.zeros(len(weight), bool)
    chosen[main] = True
    box = marks.boxes[main].astype(np.float64)
    waiting = np.flatnonzero(weight >= _SPECK * weight[main])
    waiting = waiting[waiting != main]
    while len(waiting):
        boxes = marks.boxes[waiting]
        extent = max(box[2] - box[0], box[3] - box[1])
        sizes = np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
        gaps = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]).max(axis=1)
        reach = 0.12 * extent + 0.3 * np.minimum(sizes, 0.5 * extent)
        if not touches[main]:
            reach = np.where(touches[waiting], 0.04 * extent, reach)
        near = gaps <= reach
        if not near.any():
            break
        chosen[waiting[near]] = True
        box = np.concatenate(
            [np.minimum(box[:2], boxes[near, :2].min(axis=0)), np.maximum(box[2:], boxes[near, 2:].max(axis=0))]
        )
        waiting = waiting[~near]
    return chosen


def _ruled_lines(mask: Mask, stroke_width: float) -> Mask | None:
    """What belongs to long, thin, nearly level lines in a mask; None if there are none."""
    height, width = mask.shape
    thickest = max(3, round(0.05 * max(height, width)))
    piece = max(8, round(0.12 * width), round(4 * stroke_width))
    if piece >= width:
        return None
    spread = cv2.dilate(mask, np.ones((3, 1), np.uint8))  # a line that is a little tilted keeps long runs
    runs: Mask = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8)) & mask
    _, _, across, _ = cv2.boundingRect(runs)
    if not across or across + piece < _LINE_LENGTH * width:  # what is bridged reaches no further than to the frame
        return None
    solid = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))  # too thick for a line
    runs = cv2.subtract(runs, solid)
    if not runs.any():
        return None
    bridged = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((3, piece), np.uint8))
    count, labels, table, _ = cv2.connectedComponentsWithStatsWithAlgorithm(bridged, 8, cv2.CV_32S, cv2.CCL_GRANA)
    long_enough = table[:, 2] >= _LINE_LENGTH * width
    flat = table[:, 3] <= thickest + 0.1 * table[:, 2]
    wanted = long_enough & flat
    wanted[0] = False
    if count < 2 or not wanted.any():
        return None
    lines: Mask = wanted.astype(np.uint8)[labels] & runs
    return lines
