"""Ink becomes digits: which of the marks in a picture belong to one, and which to none.

Notable choices:
- marks are connected components; what they are taken for follows from their size, their place and their contrast;
- a mark that lives in the picture's outermost band, or runs along it, is the edge of a page or of a cell; a digit that
  is cut off by the frame reaches further in;
- a stroke that a threshold or a dry pen has broken is joined again: what is near a digit, by the digit's own size,
  belongs to it.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Ink, Mask, labelled

_EDGE = 0.07  # of the longer side: the band in which page edges and cell borders live
_BARELY_INSIDE = 0.2  # a mark with less of its ink beyond that band is an edge
_AT_FRAME = (0.25, 0.03)  # what a mark that touches the frame weighs: alone, and beside a large one that does not
_LARGE = 0.2  # of the longer side: the extent of a mark that may well be a digit
_SPECK = 0.01  # of the largest mark's ink: smaller ones are dirt
WEAK = 0.25
"""Of the strongest ink: a mark that nowhere reaches it is a shadow or a stain."""

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
    labels, table = labelled(wanted)
    strongest = np.zeros(len(table), np.uint8)
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


def without_ruled_lines(ink: Ink) -> Mask | None:
    """The mask of one digit's picture without long straight thin lines, across or down; None if there are none.

    Strokes that cross a line are mended where they were cut.
    """
    mask, found = ink.mask, False
    height, width = mask.shape
    _, _, across, tall = cv2.boundingRect(mask)
    if tall < _LINE_LENGTH * height and across < _LINE_LENGTH * width:
        return None
    for is_down in (False, True):
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
    labels, table = labelled(bridged)
    long_enough = table[:, 2] >= _LINE_LENGTH * width
    flat = table[:, 3] <= thickest + 0.1 * table[:, 2]
    wanted = long_enough & flat
    wanted[0] = False
    if not wanted.any():
        return None
    lines: Mask = wanted.astype(np.uint8)[labels] & runs
    return lines
