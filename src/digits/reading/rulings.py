"""The lines between the numbers of a column, drawn by hand or printed: how many stand above each number.

    rulings_above(page, column)      [0, 0, 1]: a line above the fourth of four numbers

Where numbers stand, the networks have said; what is asked here is only what lies between two of them.

Notable choices:
- they are looked for in a small copy in which numbers have always the same height: a line's thickness, tilt and length
  are then shares of what was written beside it;
- a line is as dark as what was written, and goes on unbroken for longer than any foot of a digit. Faint rulings of the
  paper are none; those that are seen all the same stand above every number.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.fields.printed_lines import Lines
from digits.reading.tables import Place

Pixels = npt.NDArray[np.uint8]

HEIGHT = 24
"""Pixels of a number's height in the copy that is searched: a pen's line is two pixels thick there."""

THICKEST = 11
"""Pixels of the copy: what is thicker is no line."""

LONG = 36
"""Pixels of the copy: lines are no shorter. The foot of a 2 has 15, those of two that touch have 30."""

LINK = 6
"""Pixels of the copy: pieces that are up to twice as far apart, where a digit crosses them, are one line."""

AS_DARK = 0.35
"""The share of the writing's contrast that a line has at least; by eye: half of a pen's, blurred."""

COVERED = 0.7
"""The share of the lower number's width that a line goes along; by eye."""


def rulings_above(page: Pixels, column: Sequence[Place]) -> list[int]:
    """How many lines stand between each number of a column and the one above it: one count fewer than numbers.

    Args:
        page: uint8 (height, width), its lines of numbers running level.
        column: numbers from the top, in its pixels.
    """
    scale = HEIGHT / max(1.0, float(np.median([place.height for place in column])))
    beside = HEIGHT / scale
    left = max(0, int(min(place.left for place in column) - beside))
    right = int(max(place.right for place in column) + beside)
    top, bottom = (max(0, int(edge)) for edge in (column[0].top, column[-1].bottom + 1))
    cut = page[top:bottom, left:right]
    contrast = _contrast(page, column)
    if not cut.size or not contrast:
        return [0] * (len(column) - 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(cut if contrast > 0 else 255 - cut, None, fx=scale, fy=scale, interpolation=how)
    around = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((THICKEST, 1), np.uint8))
    dark = np.asarray(cv2.subtract(around, small) > AS_DARK * abs(contrast), np.uint8)
    spread = cv2.dilate(dark, np.ones((3, 1), np.uint8))  # a line that is a little tilted is a long run all the same
    runs = cv2.morphologyEx(spread, cv2.MORPH_OPEN, np.ones((1, LONG), np.uint8))
    if not runs.any():
        return [0] * (len(column) - 1)
    lines = Lines.of(np.asarray(runs, np.uint8), LINK)
    each = [(lines.x[own] / scale + left, lines.y[own] / scale + top) for own in _each(lines.number)]
    return [sum(_is_between(above, below, *line) for line in each) for above, below in pairwise(column)]


def _each(number: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Which pixels each line has, by the number of the line that each pixel belongs to."""
    order = np.argsort(number, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(number[order])) + 1)


def _is_between(above: Place, below: Place, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> bool:
    """Whether a line with pixels at these places runs between two numbers, along most of the lower one."""
    along = (x >= below.left) & (x <= below.right)
    if not along.any() or np.ptp(x[along]) < COVERED * (below.right - below.left):
        return False
    middles = [(place.top + place.bottom) / 2 for place in (above, below)]
    return bool(middles[0] < y[along].mean() < middles[1])


def _contrast(page: Pixels, column: Sequence[Place]) -> float:
    """How much darker numbers are than what they stand on, in levels; below zero if they are lighter."""
    darker = []
    for place in column:
        box = page[max(0, int(place.top)) : int(place.bottom) + 1, max(0, int(place.left)) : int(place.right) + 1]
        least, usual, most = np.percentile(box, (2, 50, 98)) if box.size else (0, 0, 0)
        darker.append(max(usual - least, usual - most, key=abs))
    return float(np.median(darker))
