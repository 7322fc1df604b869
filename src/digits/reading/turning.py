"""A page that lies on its side or upside down: turned by quarters, and what is found there brought back.

Which way is up is decided by what can be read: what nobody is sure of is read the other ways, too.
"""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.deciding import Judge
from digits.reading.finding import Found
from digits.reading.lines import ReadLine

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]

Searched = tuple[tuple[Found, ...], tuple[ReadLine, ...]]
"""Where numbers stand on a page, and what was read there."""

MANY = 6
"""Digits that are found on a page, from which on it may be worth turning; by eye: fewer are seldom a page."""

DOUBTFUL = 0.5
"""The mean sureness of what is found, below which a page is read turned, too; by eye."""

SURER = 1.5
"""Times as sure in sum as upright: then a page is taken to be turned; by eye."""

QUARTERS = (1, 3, 2)
"""Quarters of a turn, against the clock, by which a page is turned when it is not read upright: most often one."""


def upright(search: Callable[[Pixels], Searched], judge: Judge, page: Pixels) -> Searched:
    """What is read on a page, or on the page turned where that is much surer, at its places on the page.

    Args:
        search: finds and reads numbers on a page as it stands.
        judge: says how sure they are.
        page: uint8 (height, width).
    """
    best = search(page)
    found = sum(int((one.digits >= 0.5).sum()) for one in best[0])
    sure, read = _read_surely(judge, best)
    if found < MANY or sure >= DOUBTFUL * max(read, found / 2):
        return best
    most = max(MANY / 2, SURER * sure)
    for quarters in QUARTERS:
        turned, back = turn(page, quarters)
        searched = search(turned)
        sure, _ = _read_surely(judge, searched)
        if sure > most:
            pairs = [brought_back(place, line, back) for place, line in zip(*searched, strict=True)]
            best, most = (tuple(one for one, _ in pairs), tuple(one for _, one in pairs)), sure
    return best


def _read_surely(judge: Judge, searched: Searched) -> tuple[float, int]:
    """How many digits beside another one are read in sum, each as sure as its number; and how many in all.

    A digit alone counts nothing: lying on its side, many a mark is a sure 0 or 1.
    """
    each = [(judge.confidence(line, one), max(0, line.digits - 1)) for one, line in zip(*searched, strict=True)]
    return sum(sure * more for sure, more in each), sum(more for _, more in each)


def turn(page: Pixels, quarters: int) -> tuple[Pixels, Floats]:
    """A page, uint8 (height, width), turned against the clock; and the matrix, float64 (3, 3), from it to the page."""
    height, width = page.shape
    back = {
        0: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        1: [[0, -1, width], [1, 0, 0], [0, 0, 1]],
        2: [[-1, 0, width], [0, -1, height], [0, 0, 1]],
        3: [[0, 1, 0], [-1, 0, height], [0, 0, 1]],
    }[quarters % 4]
    return np.ascontiguousarray(np.rot90(page, quarters)), np.array(back, np.float64)


def brought_back(found: Found, line: ReadLine, back: Floats) -> tuple[Found, ReadLine]:
    """What was found and read on a turned page, at its places on the page itself."""
    corners = cv2.perspectiveTransform(found.corners[None], back)[0]
    left, top, right, bottom = found.marks.reshape(-1, 4).T
    around = np.stack([np.stack([left, top], 1), np.stack([right, bottom], 1)], axis=1)  # (n, 2, 2)
    marks = found.marks
    if len(around):
        moved: Floats = np.asarray(cv2.perspectiveTransform(around, back), np.float64)
        marks = np.concatenate([moved.min(axis=1), moved.max(axis=1)], axis=1)
    crop = replace(line.crop, to_page=back @ line.crop.to_page)
    return replace(found, corners=np.asarray(corners, np.float64), marks=marks), replace(line, crop=crop)
