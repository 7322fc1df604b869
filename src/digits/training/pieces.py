"""Pieces of digits, and digits that are joined: what cutting a number into digits leaves, beside the digits.

A row of digits is cut into more pieces than it has digits, and the network says which of them, alone or put together,
are digits (LeCun, Bottou, Bengio & Haffner 1998, section VII). So it has to know those that are none.

Notable choices:
- what can pass for a digit is left out: the right half of an 8 is a 3, that of a 2 a 7; what is as slender as a 1; two
  1s that touch are a 4, a 1 with a 0 low at its side is a 6, a 1 with a piece of anything is nearly any digit;
- less than a third of a neighbour that hangs on a digit is clutter, which a digit may have (`wear.py`);
- the digits of a pair share one pen, and are joined at the size at which they were written.
"""

from collections.abc import Callable, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.training.drawings import SIDE, Canvas, Random

Digits = Mapping[int, npt.NDArray[Any]]
"""Images of each digit, uint8 (n, 28, 28)."""

SLENDER = 0.33
"""Width by length: what is narrower may be a 1."""

_LEFT_PARTS, _RIGHT_PARTS = (0, 2, 3, 4, 5, 6, 7, 8, 9), (0, 6)  # those that are no digit themselves
_UPPER_HALVES, _LOWER_HALVES = (0, 5), (0, 2)

_NO_ONE = (0, 2, 3, 4, 5, 6, 7, 8, 9)
_RIGHT_OF_IT = (0, 2, 3, 4, 5, 6, 8, 9)  # the bar of a 7 makes a 0 a 6
_LEFT_OF_THREE = (0, 2, 3, 5, 6, 8)  # an upright stroke makes a 3 an 8

_TRIES = 20


def part(digits: Digits, random: Random) -> Canvas:
    """The left or the right part of a digit, 25 to 45 % of its width, cut straight through or a little aslant."""

    def one() -> Canvas:
        left = random.random() < 0.8
        ink = ink_box(_picked(digits, _LEFT_PARTS if left else _RIGHT_PARTS, random))
        return _beside(ink, random.uniform(0.25, 0.45), random, left=left)

    return _fitted(_none_slender(one))


def half(digits: Digits, random: Random) -> Canvas:
    """The upper or the lower half of a digit, 40 to 55 % of its height."""

    def one() -> Canvas:
        upper = random.random() < 0.5
        ink = ink_box(_picked(digits, _UPPER_HALVES if upper else _LOWER_HALVES, random))
        kept = round(random.uniform(0.4, 0.55) * len(ink))
        return ink_box(ink[:kept] if upper else ink[len(ink) - kept :])

    return _fitted(_none_slender(one))


def pair(digits: Digits, random: Random) -> Canvas:
    """Two digits, at times three: side by side, touching or overlapping, of different heights, by one pen."""
    wanted = [int(digit) for digit in random.integers(0, 10, 3 if random.random() < 0.2 else 2)]
    if wanted.count(1) == len(wanted):
        wanted[0] = int(random.choice([0, 2, 3, 5, 6, 8, 9]))
    uneven, closest = (0.03, 0.0) if 1 in wanted else (0.15, -0.25)
    canvas = _sized(_picked(digits, (wanted[0],), random), random, uneven)
    for digit in wanted[1:]:
        other = _sized(_picked(digits, (digit,), random), random, uneven)
        canvas = _joined(canvas, other, random.uniform(closest, 0.25), round(random.normal(0, uneven * SIDE / 2)))
    return _penned(_fitted(canvas), random)


def attached(digits: Digits, random: Random) -> Canvas:
    """A digit with a piece of its neighbour, a third to 70 % of the neighbour's width, at its left or its right."""
    left = random.random() < 0.5
    whole = int(random.choice(_NO_ONE))
    others = _RIGHT_OF_IT if not left else _LEFT_OF_THREE if whole == 3 else _NO_ONE
    canvas = _sized(_picked(digits, (whole,), random), random, 0.1)
    for _ in range(_TRIES):
        neighbour = _sized(_picked(digits, others, random), random, 0.1)
        piece = _beside(neighbour, random.uniform(0.33, 0.7), random, left=not left)
        if len(piece) > 0.5 * len(canvas):
            break
    near = random.uniform(-0.1, 0.1)
    down = round(random.normal(0, 0.04 * SIDE))
    joined = _joined(piece, canvas, near, down) if left else _joined(canvas, piece, near, down)
    return _penned(_fitted(joined), random)


def _picked(digits: Digits, wanted: tuple[int, ...], random: Random) -> Canvas:
    """One of the wanted digits, enlarged to a canvas."""
    images = digits[wanted[random.integers(len(wanted))]]
    canvas: Canvas = cv2.resize(images[random.integers(len(images))], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return canvas


def ink_box(canvas: Canvas) -> Canvas:
    """What holds all ink; the whole canvas if there is none."""
    left, top, width, height = cv2.boundingRect((canvas > 24).astype(np.uint8))
    return canvas[top : top + height, left : left + width] if width else canvas


def _beside(ink: Canvas, kept: float, random: Random, *, left: bool) -> Canvas:
    """The left or right part of a digit's ink, this share of its width; the cut leans by up to 12 degrees."""
    height, width = ink.shape
    lean = np.tan(np.deg2rad(random.uniform(-12, 12)))
    cut = kept * width + lean * (np.arange(height)[:, None] - height / 2)
    columns = np.arange(width) if left else np.arange(width)[::-1]
    return ink_box(np.where(columns < cut, ink, 0).astype(np.uint8))


def _none_slender(draw: Callable[[], Canvas]) -> Canvas:
    """The first of some drawings that is no mere stroke."""
    for _ in range(_TRIES):
        ink = draw()
        if not is_slender(ink):
            break
    return ink


def is_slender(ink: Canvas) -> bool:
    """Whether ink lies along one straight stroke, at any slant."""
    places = cv2.findNonZero((ink > 64).astype(np.uint8))
    if places is None:
        return True
    shorter, longer = sorted(cv2.minAreaRect(places)[1])
    return shorter + 1 < SLENDER * (longer + 1)


def _sized(canvas: Canvas, random: Random, uneven: float) -> Canvas:
    """A digit's ink at a height of 72 pixels, give or take, and a width that differs a little, too."""
    ink = ink_box(canvas)
    height = max(24, round(72 * (1 + random.uniform(-uneven, uneven))))
    width = max(8, round(height * ink.shape[1] / ink.shape[0] * random.uniform(0.8, 1.1)))
    resized: Canvas = cv2.resize(ink, (width, height), interpolation=cv2.INTER_LINEAR)
    return resized


def _joined(left: Canvas, right: Canvas, gap: float, down: int) -> Canvas:
    """Two inks side by side, their middles level but for `down`.

    The gap, in widths of the narrower, is counted where they come nearest: at 0 they touch, below it they overlap.
    """
    height = max(len(left), len(right)) + 2 * abs(down)
    first, second = (np.zeros((height, ink.shape[1]), np.uint8) for ink in (left, right))
    for place, ink, by in ((first, left, 0), (second, right, down)):
        top = (height - len(ink)) // 2 + by
        place[top : top + len(ink)] = ink
    width = first.shape[1]
    ends = np.where(first.max(axis=1) > 64, width - np.argmax(first[:, ::-1] > 64, axis=1), -SIDE)
    starts = np.where(second.max(axis=1) > 64, np.argmax(second > 64, axis=1), SIDE)
    nearest = int(min(width // 2, np.min(width - ends + starts)))
    column = max(0, width - nearest + round(gap * min(width, second.shape[1])))
    beyond = column + second.shape[1]
    joined = np.zeros((height, max(width, beyond)), np.uint8)
    joined[:, :width] = first
    np.maximum(joined[:, column:beyond], second, out=joined[:, column:beyond])
    return ink_box(joined)


def _fitted(ink: Canvas) -> Canvas:
    """Ink in the middle of a canvas, its longer side 80 pixels."""
    scale = 80 / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    canvas[top : top + height, left : left + width] = cv2.resize(ink, (width, height), interpolation=cv2.INTER_LINEAR)
    return canvas


def _penned(canvas: Canvas, random: Random) -> Canvas:
    """By another pen: thinner, as it is, or thicker."""
    kind, size = random.integers(4), int(random.integers(3, 6))
    round_pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    changed: Canvas = canvas
    if kind == 0:
        changed = cv2.erode(canvas, round_pen[:3, :3] if size == 5 else round_pen)
    elif kind == 1:
        changed = cv2.dilate(canvas, round_pen)
    return changed if changed.max() > 100 else canvas
