"""Images of no digit, for a network to learn what a digit is not: drawn ones, and ones made of the training digits.

Drawn large, warped a little, and brought into MNIST's form: half of them by the very code that reads pictures, as ink
or paper; others with their grey levels; a part is left filling its frame, as other collections of 28×28 images do.

Notable choices:
- what can pass for a digit is left out, of the drawings (`drawings.py`) as of the made ones: a mirrored 8, 0 or 1, the
  mirrored 2 that is a 5 (and the other way round), a quarter turn of 6 or 9, the right half of an 8, a 4 across a 9;
- a digit in a box or a circle, or with a line through it, is a digit;
- all follows from the seed and the training digits, one random generator after the other: nothing of it has to be kept.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.reading import mnist_form
from digits.training import drawings
from digits.training.drawings import SIDE, Canvas, Draw, Random

STREAM = 0xD1
"""Keeps these random numbers apart from any others that are drawn from the same seed."""

FORM = mnist_form.SIDE

AS_READ, FILLING = 0.5, 0.2
"""Shares that come as a reader would see them, and that fill their frame; the rest is in MNIST's form, but grey."""

DRAWN: dict[Draw, float] = {
    drawings.letter: 0.34,
    drawings.sign: 0.06,
    drawings.scribble: 0.08,
    drawings.lines: 0.06,
    drawings.shape: 0.06,
    drawings.garment: 0.12,
    drawings.texture: 0.04,
    drawings.blank: 0.03,
}
"""What is drawn, and its share of all; the rest is made of digits."""

_FIELDS = 64  # elastic distortions drawn for a batch, and used again and again


def draw(count: int, digits: Dataset, seed: int) -> npt.NDArray[np.uint8]:
    """Draw images of no digit.

    Args:
        count: how many.
        digits: digits that some of them are made of.
        seed: the same seed, digits and version of OpenCV and Pillow give the same images.

    Returns:
        uint8 (count, 28, 28), 0 background to 255 ink, in random order.
    """
    random = np.random.default_rng([seed, STREAM])
    makers = _makers(digits)
    functions, shares = list(makers), np.array(list(makers.values()))
    fields = np.stack([_elastic_field(random) for _ in range(_FIELDS)])
    images = np.empty((count, FORM, FORM), np.uint8)
    for number, kind in enumerate(random.choice(len(functions), count, p=shares / shares.sum())):
        canvas = functions[kind](random)
        if functions[kind] not in (drawings.texture, drawings.blank):
            canvas = _warped(canvas, fields[random.integers(_FIELDS)], random)
        images[number] = _presented(canvas, random)
        if random.random() < 0.06:
            images[number] = 255 - images[number]
    return images


def _presented(canvas: Canvas, random: Random) -> npt.NDArray[np.uint8]:
    """The canvas as an image: as a reader would see it, filling its frame, or in MNIST's form."""
    way = random.random()
    if way < AS_READ:
        ink = canvas >= random.uniform(0.2, 0.7) * max(1, int(canvas.max()))
        if ink.any():
            return mnist_form.to_form(ink.astype(np.uint8)).image
    return _frame_filling(canvas, random) if way > 1 - FILLING else to_form(canvas)


def to_form(canvas: Canvas) -> npt.NDArray[np.uint8]:
    """Bring a canvas into MNIST's form, uint8 (28, 28): its ink's box scaled to 20 pixels, its mass in the middle."""
    box = _ink_box(canvas)
    scale = mnist_form.BOX / max(box.shape)
    size = tuple(max(1, round(side * scale)) for side in box.shape[::-1])
    small = cv2.resize(box, size, interpolation=cv2.INTER_AREA)
    return mnist_form.centred(small) if small.any() else np.zeros((FORM, FORM), np.uint8)


def _frame_filling(canvas: Canvas, random: Random) -> npt.NDArray[np.uint8]:
    """The ink's box (or the canvas as it is) stretched over the frame, but for a margin of 0 to 3 pixels."""
    box = canvas if random.random() < 0.3 else _ink_box(canvas)
    margin = int(random.integers(0, 4))
    image = np.zeros((FORM, FORM), np.uint8)
    side = FORM - 2 * margin
    width = side if random.random() < 0.6 else max(6, min(side, round(side * box.shape[1] / box.shape[0])))
    left = (FORM - width) // 2
    image[margin : margin + side, left : left + width] = cv2.resize(box, (width, side), interpolation=cv2.INTER_AREA)
    return image


def _ink_box(canvas: Canvas) -> Canvas:
    """What holds all ink; the whole canvas if there is none."""
    left, top, width, height = cv2.boundingRect((canvas > 24).astype(np.uint8))
    return canvas[top : top + height, left : left + width] if width else canvas


def _elastic_field(random: Random) -> npt.NDArray[np.float32]:
    """Where each pixel of a slightly distorted canvas comes from: columns and rows, float32 (2, 96, 96)."""
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    strength = np.float32(random.uniform(0, 3))
    offsets = [
        cv2.resize(random.normal(size=(5, 5)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    ]
    return np.stack([columns + strength * offsets[0], rows + strength * offsets[1]])


def _warped(canvas: Canvas, field: npt.NDArray[np.float32], random: Random) -> Canvas:
    """Turned by up to 12 degrees, seen a little from the side, and distorted."""
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), random.uniform(-12, 12), random.uniform(0.75, 0.95))
    matrix = np.vstack([turn, [*random.uniform(-8e-4, 8e-4, 2), 1]])
    warped = cv2.warpPerspective(canvas, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    return cv2.remap(warped, field[0], field[1], cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _makers(digits: Dataset) -> dict[Callable[[Random], Canvas], float]:
    """All that draws or makes an image, and its share of all; what needs a digit that is not there is left out."""
    of_digit = {digit: digits.images[digits.labels == digit] for digit in np.unique(digits.labels).tolist()}

    def pick(random: Random, digit: int) -> Canvas:
        image: Canvas = of_digit[digit][random.integers(len(of_digit[digit]))]
        return cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)

    def one_of(random: Random, wanted: tuple[int, ...]) -> Canvas:
        return pick(random, wanted[random.integers(len(wanted))])

    def mirrored(random: Random) -> Canvas:
        return np.ascontiguousarray(one_of(random, (3, 4, 6, 7, 9))[:, ::-1])

    def turned(random: Random) -> Canvas:
        return np.ascontiguousarray(np.rot90(one_of(random, (2, 3, 4, 5, 7)), random.choice([1, 3])))

    def half(random: Random) -> Canvas:
        digit, keep = _HALVES[random.integers(len(_HALVES))]
        canvas, middle = pick(random, digit), int(random.integers(42, 52))
        keep(canvas, middle)[:] = 0
        return canvas

    def two_halves(random: Random) -> Canvas:
        left, right = random.permutation([2, 4, 5, 7])[0], random.permutation([0, 2, 5, 6, 8])
        other = int(right[0] if right[0] != left else right[1])
        return np.hstack([pick(random, int(left))[:, : SIDE // 2], pick(random, other)[:, SIDE // 2 :]])

    def overlaid(random: Random) -> Canvas:
        first, second = _OVERLAID[random.integers(len(_OVERLAID))]
        return np.maximum(pick(random, first), pick(random, second))

    def side_by_side(random: Random) -> Canvas:
        count, height, gap = int(random.integers(2, 4)), int(random.integers(30, 90)), int(random.integers(-3, 6))
        canvas, left = np.zeros((SIDE, SIDE), np.uint8), 4
        for _ in range(count):
            part = _ink_box(one_of(random, tuple(of_digit)))
            width = max(6, min(80 // count, round(height * part.shape[1] / part.shape[0])))
            place = canvas[3 : 3 + height, left : left + width]
            np.maximum(place, cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), out=place)
            left += width + gap
        return canvas

    made = {mirrored: 0.04, turned: 0.05, half: 0.03, two_halves: 0.03, overlaid: 0.03, side_by_side: 0.05}
    return {**DRAWN, **(made if len(of_digit) == 10 else {})}


_HALVES: tuple[tuple[int, Callable[[Canvas, int], Canvas]], ...] = (
    (2, lambda canvas, middle: canvas[:middle]),
    *((digit, lambda canvas, middle: canvas[:, middle:]) for digit in (2, 3, 4, 5, 7, 8, 9)),
    (6, lambda canvas, middle: canvas[:, :middle]),
    (4, lambda canvas, middle: canvas[middle:]),
)
"""A digit, and what of it is wiped out."""

_OVERLAID = ((2, 4), (2, 5), (4, 5), (4, 7), (5, 7), (4, 6), (2, 6), (3, 4), (0, 4), (0, 2), (3, 2), (7, 6), (7, 5))
