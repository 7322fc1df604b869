"""The boxes that a page's printed lines enclose.

    for box in enclosed_boxes(lines, piece, reach): ...

Notable choices:
- what tells a box from strokes is the patch of paper in it: nearly a rectangle, wide as compared with its thickest
  line, and each of its sides a line nearly from end to end. What curved strokes enclose is none;
- a patch's sides go through medians: strokes that hang on a side do not bend it;
- squared paper is no form: of what is enclosed, much runs out of the picture on all four sides.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.digit.ink import Mask
from digits.reading.fields.printed_lines import THICKEST, LinesBothWays

Floats = npt.NDArray[np.float64]

_STEEPEST = 8.0  # degrees
_FULL = 0.5  # of its rectangle: what a patch fills, with strokes that reach into it
_HULL = 0.9  # the same of its hull; of an ellipse it is 0.79
_SUPPORTED = 0.75  # of a side: what is a line
_WIDE = 4.5  # times the lines' thickness: a box's shorter side; the strokes of a blocky 0 enclose less
_LARGEST = 0.6  # of the picture: a larger box is a frame
_SHORTEST = 0.7  # pieces: a box's shorter side
_MOST = 1000  # boxes
_SQUARED = 40  # boxes from which on it may be squared paper


@dataclass(frozen=True, eq=False)
class PrintedBox:
    """A box between lines.

    Attributes:
        corners: float64 (4, 2), x and y of the inside's corners, from the upper left clockwise.
        border: the thickness of its lines, in pixels.
    """

    corners: Floats
    border: float

    @property
    def shorter(self) -> float:
        """Its shorter side."""
        return float(np.hypot(*(self.corners[:2] - self.corners[1:3]).T).min())

    def holds(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Which points lie in the upright box around it: float64 (n, 2) → bool (n,)."""
        inside = (points > self.corners.min(axis=0)) & (points < self.corners.max(axis=0))
        return np.asarray(inside.all(axis=1))

    def meets(self, other: "PrintedBox") -> bool:
        """Whether the middle of one lies in the other."""
        return any(one.holds(two.corners.mean(axis=0)[None])[0] for one, two in ((self, other), (other, self)))


def enclosed_boxes(lines: LinesBothWays, piece: int, reach: int) -> list[PrintedBox]:
    """The boxes that enclose no other, between lines that were found in such pieces.

    Args:
        lines: of the page.
        piece: pixels; what is shorter is no side of a box.
        reach: pixels that may be missing of a line where it meets another.
    """
    met = lines.that_meet(reach, _SHORTEST * piece)
    if met is None:
        return []
    across, down = met
    found = []
    for corners in _rectangles(across, down, piece, reach):
        box = _bordered(across, down, corners, round(THICKEST * piece) + 3)
        if box:
            found.append(box)
    middles = np.array([box.corners.mean(axis=0) for box in found]).reshape(-1, 2)
    return [box for box in found if box.holds(middles).sum() == 1]


def _rectangles(across: Mask, down: Mask, piece: int, reach: int) -> Iterator[Floats]:
    """The corners of the rectangular patches of paper between lines; none if it is squared paper."""
    bridged = cv2.max(
        cv2.dilate(across, np.ones((1, 2 * reach + 1), np.uint8)),
        cv2.dilate(down, np.ones((2 * reach + 1, 1), np.uint8)),
    )
    paper = 1 - cv2.dilate(bridged, np.ones((3, 3), np.uint8))
    height, width = paper.shape
    _, labels, table, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    left, top, wide, tall, area = table[1:].T
    cut = [left == 0, top == 0, left + wide == width, top + tall == height]
    large = (np.minimum(wide, tall) >= _SHORTEST * piece) & (area >= 0.3 * wide * tall)
    wanted = np.flatnonzero(~np.any(cut, axis=0) & large & (wide * tall <= _LARGEST * width * height)) + 1
    long = np.maximum(wide, tall) >= _SHORTEST * piece
    squared = len(wanted) >= _SQUARED and all((long & side).sum() > 4 for side in cut)
    if squared or len(wanted) > _MOST:
        return
    for number in wanted.tolist():
        x, y, wide, tall, _ = table[number]
        corners = _rectangle((labels[y : y + tall, x : x + wide] == number).astype(np.uint8))
        if corners is not None:
            yield corners + np.array([x, y])


def _rectangle(patch: Mask) -> Floats | None:
    """The corners of a patch that is nearly a rectangle, nearly level; from the upper left clockwise."""
    contours, _ = cv2.findContours(patch, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(max(contours, key=len))
    _, (width, height), _ = cv2.minAreaRect(hull)
    full, rim = (width + 1) * (height + 1), width + height + 1  # an outline runs through the middles of pixels
    if patch.sum() < _FULL * full or cv2.contourArea(hull) + rim < _HULL * full:
        return None
    above, slope = _side(patch)
    below, under = _side(patch[::-1])
    below, under = patch.shape[0] - 1 - below, -under
    before, lean = _side(patch.T)
    behind, tilt = _side(patch.T[::-1])
    behind, tilt = patch.shape[1] - 1 - behind, -tilt
    if np.rad2deg(np.arctan(max(abs(value) for value in (slope, under, lean, tilt)))) > _STEEPEST:
        return None
    upper, lower, left, right = (above, slope), (below, under), (before, lean), (behind, tilt)
    return np.array([_crossing(*pair) for pair in ((upper, left), (upper, right), (lower, right), (lower, left))])


def _side(patch: Mask) -> tuple[float, float]:
    """Where a patch begins from above, as y = offset + slope · x: through the medians of two halves of its columns.

    Strokes that hang on a side do not bend it, as long as they are less than half of it.
    """
    width = patch.shape[1]
    columns = np.arange(round(0.08 * width), max(round(0.92 * width), round(0.08 * width) + 2))
    columns = columns[columns < width]
    begins = patch[:, columns].argmax(axis=0)
    half = len(columns) // 2
    apart = float(columns[half:].mean() - columns[: len(columns) - half].mean())
    first, second = float(np.median(begins[: len(columns) - half])), float(np.median(begins[half:]))
    slope = (second - first) / max(apart, 1.0)
    return (first + second) / 2 - slope * float(columns.mean()), slope


def _crossing(level: tuple[float, float], upright: tuple[float, float]) -> tuple[float, float]:
    """Where y = offset + slope · x meets x = offset + slope · y: its x and y."""
    (down, slope), (aside, lean) = level, upright
    x = (aside + lean * down) / (1 - lean * slope)
    return x, down + slope * x


def _bordered(across: Mask, down: Mask, corners: Floats, reach: int) -> PrintedBox | None:
    """A box whose four sides are lines, each nearly from end to end, and thin; None if one is not."""
    height, width = across.shape
    thickness = []
    for side in range(4):
        start, end = corners[side], corners[(side + 1) % 4]
        along = (end - start) / max(1.0, float(np.hypot(*(end - start))))
        outwards = np.array([along[1], -along[0]])
        places = np.linspace(0.03, 0.97, max(8, round(float(np.hypot(*(end - start))) / 2)))
        steps = start + places[:, None, None] * (end - start) + np.arange(-1, reach)[:, None] * outwards
        x, y = np.rint(steps).astype(np.intp).transpose(2, 0, 1)
        lines = (down if side % 2 else across)[y.clip(0, height - 1), x.clip(0, width - 1)]
        met = lines.any(axis=1)
        if met.mean() < _SUPPORTED:
            return None
        run = np.cumprod(lines | (lines.cumsum(axis=1) == 0), axis=1) & lines
        thickness.append(float(np.median(run[met].sum(axis=1))))
    box = PrintedBox(corners, max(thickness))
    return box if box.shorter >= _WIDE * box.border else None
