"""Images of no digit, for a network to learn what a digit is not: drawn ones, and ones made of the training digits.

What is drawn are letters, signs, scribbles (`drawings.py`) and clothes (`clothes.py`); what is made of digits are
pieces and pairs of them (`pieces.py`), and here those mirrored, turned, of two halves, or one upon the other.

Drawn large, warped a little, and brought into MNIST's form: half of them by the very code that reads pictures, as ink
or paper; others with their grey levels; a part is left filling its frame, as other collections of 28×28 images do.

Notable choices:
- what can pass for a digit is left out, of the drawings as of the made ones: a mirrored 8, 0 or 1, the mirrored 2 that
  is a 5 (and the other way round), a quarter turn of 6 or 9, a 4 across a 9;
- a reader finds ink where a picture is darker than its surroundings: a dark coat on white paper may leave its outline
  alone, or its collar. Some of the drawings come so; what is made of digits does not, for its remains may be digits;
- a digit in a box or a circle, or with a line through it, is a digit;
- all follows from the seed and the training digits, one random generator after the other: nothing of it has to be kept.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.reading.digit import mnist_form
from digits.training import clothes, drawings, pieces
from digits.training.drawings import SIDE, Canvas, Draw, Random

STREAM = 0xD1
"""Keeps these random numbers apart from any others that are drawn from the same seed."""

FORM = mnist_form.SIDE

AS_READ, FILLING = 0.5, 0.2
"""Shares that come as a reader would see them, and that fill their frame; the rest is in MNIST's form, but grey."""

LOCALLY = 0.25
"""Share of what comes as a reader would see it whose ink is what is brighter than its surroundings."""

DRAWN: dict[Draw, float] = {
    drawings.letter: 0.28,
    drawings.sign: 0.05,
    drawings.scribble: 0.06,
    drawings.lines: 0.05,
    drawings.shape: 0.05,
    clothes.garment: 0.17,
    drawings.texture: 0.03,
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
        images[number] = _presented(canvas, random, drawn=functions[kind] in DRAWN)
        if random.random() < 0.06:
            images[number] = 255 - images[number]
    return images


def _presented(canvas: Canvas, random: Random, *, drawn: bool) -> npt.NDArray[np.uint8]:
    """The canvas as an image: as a reader would see it, filling its frame, or in MNIST's form.

    What is made of digits never fills its frame, nor loses a part: stretched, or without it, it could be a digit.
    """
    way = random.random()
    if way < AS_READ:
        ink = _inked(canvas, random) if drawn else canvas >= random.uniform(0.2, 0.5) * max(1, int(canvas.max()))
        if ink.any():
            return mnist_form.to_form(ink.astype(np.uint8)).image
    return _frame_filling(canvas, random) if drawn and way > 1 - FILLING else to_form(canvas)


def _inked(canvas: Canvas, random: Random) -> Canvas:
    """Where a reader would find ink, 0 or 1: above a level, or (a part) brighter than the surroundings.

    Of the latter, at times only the largest piece is left; if that is no more than a stroke, the level decides.
    """
    brightest = max(1, int(canvas.max()))
    if random.random() < LOCALLY:
        around = cv2.GaussianBlur(canvas, (0, 0), random.uniform(6, 20)).astype(np.int16)
        ink = (canvas - around > random.uniform(0.02, 0.2) * brightest).astype(np.uint8)
        count, labels, table, _ = cv2.connectedComponentsWithStats(ink)
        if count > 1 and random.random() < 0.5:
            ink = (labels == 1 + np.argmax(table[1:, cv2.CC_STAT_AREA])).astype(np.uint8)
        if not pieces.is_slender(255 * ink):
            return ink
    return (canvas >= random.uniform(0.2, 0.7) * brightest).astype(np.uint8)


def to_form(canvas: Canvas) -> npt.NDArray[np.uint8]:
    """Bring a canvas into MNIST's form, uint8 (28, 28): its ink's box scaled to 20 pixels, its mass in the middle."""
    box = pieces.ink_box(canvas)
    scale = mnist_form.BOX / max(box.shape)
    size = tuple(max(1, round(side * scale)) for side in box.shape[::-1])
    small = cv2.resize(box, size, interpolation=cv2.INTER_AREA)
    return mnist_form.centred(small) if small.any() else np.zeros((FORM, FORM), np.uint8)


def _frame_filling(canvas: Canvas, random: Random) -> npt.NDArray[np.uint8]:
    """The ink's box (or the canvas as it is) stretched over the frame, but for a margin of 0 to 3 pixels."""
    box = canvas if random.random() < 0.3 else pieces.ink_box(canvas)
    margin = int(random.integers(0, 4))
    image = np.zeros((FORM, FORM), np.uint8)
    side = FORM - 2 * margin
    width = side if random.random() < 0.6 else max(6, min(side, round(side * box.shape[1] / box.shape[0])))
    left = (FORM - width) // 2
    image[margin : margin + side, left : left + width] = cv2.resize(box, (width, side), interpolation=cv2.INTER_AREA)
    return image


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


def _makers(digits: Dataset) -> dict[Draw, float]:
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

    def two_halves(random: Random) -> Canvas:
        left, right = random.permutation([2, 4, 5, 7])[0], random.permutation([0, 2, 5, 6, 8])
        other = int(right[0] if right[0] != left else right[1])
        return np.hstack([pick(random, int(left))[:, : SIDE // 2], pick(random, other)[:, SIDE // 2 :]])

    def overlaid(random: Random) -> Canvas:
        first, second = _OVERLAID[random.integers(len(_OVERLAID))]
        return np.maximum(pick(random, first), pick(random, second))

    def of_pieces(draw: Callable[[pieces.Digits, Random], Canvas]) -> Draw:
        return lambda random: draw(of_digit, random)

    made: dict[Draw, float] = {mirrored: 0.03, turned: 0.04, two_halves: 0.02, overlaid: 0.03}
    parts = {pieces.part: 0.05, pieces.half: 0.02, pieces.pair: 0.09, pieces.attached: 0.06}
    made |= {of_pieces(draw): share for draw, share in parts.items()}
    return {**DRAWN, **(made if len(of_digit) == 10 else {})}


_OVERLAID = ((2, 4), (2, 5), (4, 5), (4, 7), (5, 7), (4, 6), (2, 6), (3, 4), (0, 4), (0, 2), (3, 2), (7, 6), (7, 5))
