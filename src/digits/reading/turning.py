"""A page that lies on its side or upside down: turned by quarters, and what is found there brought back.

Which way is up is decided by what can be read (`reader.py`): what nobody is sure of is read the other ways, too.
"""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.finding import Found
from digits.reading.lines import ReadLine

Floats = npt.NDArray[np.float64]

QUARTERS = (1, 3, 2)
"""Quarters of a turn, against the clock, by which a page is turned when it is not read upright: most often one."""


def turn(page: npt.NDArray[np.uint8], quarters: int) -> tuple[npt.NDArray[np.uint8], Floats]:
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
