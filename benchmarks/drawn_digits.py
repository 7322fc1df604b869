"""1s, 4s and 7s drawn stroke by stroke, as hands write them that MNIST's writers did not have.

In a great part of the world a 1 has an up-stroke, at times as long as its stem and close to it; the 4 is open, its bar
one curve with its left stroke; the 7 has a bar through its stem. `training/hands.py` adds such strokes to MNIST's
digits; here the whole digit is drawn, so that what tells a 1 from a 7, and from two 1s, is learned from their shapes: a
1's up-stroke falls off steeply, however long it is, and the bar of a 7 does not.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from digits.reading.mnist_form import SIDE, centred

Random = np.random.Generator
Point = tuple[float, float]
"""Right and down, as shares of the digit's height; the stem begins at height 0 and ends at 1."""

Stroke = list[Point]

BOX, _FINER = 20, 8


def draw(digit: int, random: Random) -> npt.NDArray[np.uint8]:
    """A 1, 4 or 7, uint8 (28, 28), light on dark, in MNIST's form."""
    strokes = DRAW[digit](random)
    lean, breadth = random.normal(0.1, 0.12), random.uniform(0.8, 1.2)
    points = [np.array([(breadth * x + lean * (0.5 - y), y) for x, y in stroke]) for stroke in strokes]
    low = np.min([stroke.min(axis=0) for stroke in points], axis=0)
    size = np.max([stroke.max(axis=0) for stroke in points], axis=0) - low
    pen = random.uniform(0.06, 0.15)
    scale = BOX * _FINER / (float(size.max()) + pen)
    sheet = np.zeros((SIDE * _FINER, SIDE * _FINER), np.uint8)
    for stroke in points:
        pixels = np.round((stroke - low + pen / 2) * scale).astype(np.int32)
        cv2.polylines(sheet, [pixels], False, 255, max(1, round(pen * scale)), cv2.LINE_AA)
    small = cv2.resize(sheet, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    rows, columns = np.flatnonzero(small.max(axis=1)), np.flatnonzero(small.max(axis=0))
    return centred(small[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32))


def _one(random: Random) -> list[Stroke]:
    """A stem, an up-stroke from short to as long as the stem, at times a foot."""
    long = bool(random.random() < 0.5)
    length = random.uniform(0.5, 1.0) if long else random.uniform(0.15, 0.5)
    off = np.deg2rad(random.uniform(12, 40) if long else random.uniform(25, 55))
    start = (-length * np.sin(off), length * np.cos(off))
    apex, end = (0.0, 0.0), (random.normal(0, 0.04), 1.0)
    stroke = _curve(start, apex, random.normal(0.03, 0.06)) + _curve(apex, end, random.normal(0, 0.03))
    if not long and random.random() < 0.35:
        left, right = random.uniform(0.1, 0.35, 2)
        return [stroke, [(end[0] - left, 1 + random.normal(0, 0.02)), (end[0] + right, 1 + random.normal(0, 0.02))]]
    return [stroke]


def _four(random: Random) -> list[Stroke]:
    """Open: down, then right, with a corner or as one curve, and a stem across or beside."""
    corner = (random.uniform(-0.5, -0.25), random.uniform(0.5, 0.75))
    upper = (random.uniform(-0.02, 0.25), random.uniform(-0.05, 0.45))
    top = (min(corner[0] + random.uniform(0, 0.3), upper[0] - 0.2), random.uniform(-0.1, 0.2))
    bar_end = (random.uniform(0.02, 0.35), corner[1] + random.normal(0, 0.06))
    if random.random() < 0.5:
        bar = _through(top, (2 * corner[0] - (top[0] + bar_end[0]) / 2, corner[1] + random.uniform(0, 0.15)), bar_end)
    else:
        bar = [*_curve(top, corner, random.normal(0, 0.05)), bar_end]
    return [bar, _curve(upper, (random.normal(0, 0.05), 1.0), random.normal(0, 0.04))]


def _seven(random: Random) -> list[Stroke]:
    """A level bar, often with a hook at its beginning, a stem, and often a bar through it."""
    width, rise = random.uniform(0.45, 0.75), random.normal(0, 0.05)
    corner, end = (0.0, rise), (random.uniform(-0.4, -0.02), 1.0)
    begin = (-width, -rise)
    stroke = _curve(begin, corner, random.normal(0, 0.05)) + _curve(corner, end, random.normal(0.02, 0.07))
    if random.random() < 0.35:
        stroke = [(begin[0] - random.uniform(-0.03, 0.06), begin[1] + random.uniform(0.08, 0.22)), *stroke]
    if random.random() < 0.55:
        height, reach = random.uniform(0.4, 0.62), random.uniform(0.14, 0.32)
        across, slope = end[0] * height, random.uniform(-0.25, 0.1) * reach
        return [stroke, [(across - reach, height - slope), (across + reach, height + slope)]]
    return [stroke]


DRAW = {1: _one, 4: _four, 7: _seven}


def _curve(start: Point, end: Point, bulge: float) -> Stroke:
    """From one point to another, bent to the side by a share of the way."""
    across = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    down, right = end[1] - start[1], end[0] - start[0]
    return _through(start, (across[0] + 2 * bulge * down, across[1] - 2 * bulge * right), end)


def _through(start: Point, control: Point, end: Point) -> Stroke:
    """A quadratic Bézier curve."""
    points: Sequence[npt.NDArray[np.float64]] = [np.array(point) for point in (start, control, end)]
    shares = np.linspace(0, 1, 12)[:, None]
    curve = (1 - shares) ** 2 * points[0] + 2 * shares * (1 - shares) * points[1] + shares**2 * points[2]
    return [(float(x), float(y)) for x, y in curve]
