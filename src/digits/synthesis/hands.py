"""Hands: what one writer's digits and signs have in common, and each mark as this hand writes it.

    glyphs = Glyphs(dataset)                          where digits come from: MNIST's, strokes, fonts
    hand = draw_hand(random, fonts=len(glyphs.fonts))
    mark = write_mark("7", hand, glyphs, random)      its ink, and where it stands beside the line

MNIST's digits come from hundreds of people. What makes those of one line look foreign to each other is taken from them:
slant, height and stroke width become the hand's own, with some unevenness.

Notable choices:
- a digit's own slant is what its moments say, as is usual for MNIST ("deskewing"); most of it is taken away, so that a
  hand's digits still differ;
- slant, turn and breadth are one warp of the source; the bend is one remapping of the whole number (`numbers.py`);
- the pen is a level of the grey ink: the higher, the thinner the strokes, and a stroke never breaks before its middle
  line does; a wide pen dilates first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.synthesis import strokes
from digits.synthesis.fonts import Font

Random = np.random.Generator
Ink = npt.NDArray[Any]
"""float32 (height, width): 0 none to 1 all of the pen's ink."""

HEIGHT = 48
"""Pixels of a digit's height in what is written here; pages and strips make it smaller or larger."""

DESKEWED = 0.75
"""The share of a digit's own slant that is taken away."""

TAILS = {"9": 1.0, "7": 1.0, "4": 0.4, "1": 0.3}
"""How likely, beside the likeliest, the tail of a digit is drawn out below the line."""


@dataclass(frozen=True)
class Hand:
    """What one writer's marks have in common; lengths are shares of a digit's height.

    Attributes:
        pen: how wide strokes are, from -1, thinned to a hairline, by 0, as the source's, to 1, a felt pen.
        slant: by how much of its height a digit leans to the right.
        breadth: what widths are multiplied by.
        gap: between neighbours' inks; below 0 they overlap.
        gap_spread: standard deviation of the gaps.
        unevenness: standard deviation of heights, and of places above or below the line.
        bend: how far a mark's strokes are bent.
        tails: share of the 7s and 9s that reach below the line.
        zero: the height of a 0.
        drawn: the digits that are drawn as strokes.
        font: which of the fonts writes all marks; None for none.
        broken: how faint the pen gets in places, 0 to 1.
    """

    pen: float
    slant: float
    breadth: float
    gap: float
    gap_spread: float
    unevenness: float
    bend: float
    tails: float = 0.0
    zero: float = 1.0
    drawn: frozenset[str] = frozenset()
    font: int | None = None
    broken: float = 0.0


@dataclass(frozen=True, eq=False)
class Mark:
    """A digit or sign as a hand writes it.

    Attributes:
        ink: float32 (height, width), cut to the ink.
        top: row of the ink's first row, counted from the top of a digit of `HEIGHT` pixels; a comma's is large.
    """

    ink: Ink
    top: int


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Where the shapes of marks come from.

    Attributes:
        dataset: digits, uint8 (n, 28, 28).
        fonts: handwriting fonts; may be empty.
        places: for each digit, where in the Dataset it is.
    """

    dataset: Dataset
    fonts: Sequence[Font] = ()
    places: dict[str, npt.NDArray[np.int64]] = field(init=False)

    def __post_init__(self) -> None:
        found = {str(digit): np.flatnonzero(self.dataset.labels == digit) for digit in range(10)}
        object.__setattr__(self, "places", found)


def draw_hand(random: Random, fonts: int = 0) -> Hand:
    """A hand; the ranges are by eye, from forms, cheques and notes.

    Args:
        random: what it is drawn from.
        fonts: how many fonts there are; with some, a quarter of the hands writes with one.
    """
    u = random.uniform
    tight = random.random()
    gap = u(-0.15, 0.02) if tight < 0.25 else u(0.02, 0.25) if tight < 0.8 else u(0.25, 1.0)
    drawn = {digit for digit in strokes.DIGITS if random.random() < (0.4 if digit in "12479" else 0.2)}
    return Hand(
        pen=u(-1, 0.1) if random.random() < 0.8 else u(0, 0.9),
        slant=u(-0.2, 0.5),
        breadth=u(0.75, 1.3),
        gap=gap,
        gap_spread=u(0.02, 0.12) if random.random() < 0.8 else u(0.12, 0.3),
        unevenness=u(0.01, 0.12),
        bend=u(0, 0.05),
        tails=u(0, 0.6) if random.random() < 0.4 else 0.0,
        zero=u(0.45, 0.85) if random.random() < 0.2 else 1.0,
        drawn=frozenset(drawn),
        font=int(random.integers(fonts)) if fonts and random.random() < 0.25 else None,
        broken=u(0.2, 0.8) if random.random() < 0.15 else 0.0,
    )


def write_mark(mark: str, hand: Hand, glyphs: Glyphs, random: Random) -> Mark:
    """One digit or sign as the hand writes it, at a digit's height of `HEIGHT` pixels."""
    source, square = _source(mark, hand, glyphs, random)
    height = max(0.6, random.normal(1, hand.unevenness)) * (hand.zero if mark == "0" else 1.0)
    tall = height * (random.uniform(1.15, 1.8) if random.random() < hand.tails * TAILS.get(mark, 0) else 1.0)
    lean = hand.slant + random.normal(0, 0.04)
    if isinstance(square, float):  # a digit of MNIST: its own slant is known
        lean, square = lean - square, _box(source)
    ink, above = _remapped(source, square, lean, hand.breadth * random.normal(1, 0.06), tall, random)
    ink = _with_pen(ink, hand.pen + random.normal(0, 0.08))
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    if not len(rows):
        return Mark(np.ones((2, 2), np.float32), HEIGHT // 2)
    shift = (1 - height) * HEIGHT if mark.isdigit() else 0.0  # a small digit stands on the line, too
    shift += random.normal(0, hand.unevenness) * HEIGHT * 0.7
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if hand.broken:
        ink = ink * faintness(ink.shape, hand.broken, random)
    return Mark(ink, round(rows[0] - above + shift))


_AROUND = HEIGHT // 4  # pixels around a mark before it is cut to its ink: it may be turned, or its pen wide
_WIDEST = 1.2  # a digit's width, as a share of its height
_TURN = 5.0  # degrees, the standard deviation

_Box = tuple[float, float, float, float]  # left, top, width, height


def _source(mark: str, hand: Hand, glyphs: Glyphs, random: Random) -> tuple[npt.NDArray[np.uint8], float | _Box]:
    """A mark's grey picture, and the digit's square in it; or, of MNIST's digits, how they lean."""
    if hand.font is not None and mark in glyphs.fonts[hand.font].marks:
        grey, box = glyphs.fonts[hand.font].marks[mark]
        return grey, box
    if mark not in glyphs.places or (mark in hand.drawn and random.random() < 0.85):
        pen = random.uniform(0.06, 0.14)
        canvas = strokes.draw(strokes.strokes_of(mark, random), pen)
        around = strokes.MARGIN
        return canvas, (around, around, strokes.CANVAS, strokes.CANVAS)
    image = glyphs.dataset.images[random.choice(glyphs.places[mark])]
    moments = cv2.moments(image)
    own = -moments["mu11"] / moments["mu02"] if moments["mu02"] > 0 else 0.0
    return image, DESKEWED * float(np.clip(own, -0.7, 0.7))


def _box(image: npt.NDArray[np.uint8]) -> _Box:
    """Where a digit's ink is."""
    left, top, width, height = cv2.boundingRect((image > 60).astype(np.uint8))
    return float(left), float(top), float(max(1, width)), float(max(1, height))


def _remapped(
    source: npt.NDArray[np.uint8], square: _Box, lean: float, breadth: float, tall: float, random: Random
) -> tuple[Ink, int]:
    """The mark at `HEIGHT`, leaning and turned: its grey, 0 to 1, and the row at which a digit's top would be."""
    _, top, across, down = square
    scale = down / HEIGHT  # source pixels for one of ours
    if across > _WIDEST * down:  # a wide digit is made lower, not wider than it is high
        scale = across / (_WIDEST * HEIGHT)
    first, highest, wide, high = _box(source)
    above = _AROUND + max(0, round((top - highest) / scale * tall))
    rows = above + round((highest + high - top) / scale * tall) + _AROUND
    columns = round(wide / scale * breadth + abs(lean) * rows) + 2 * _AROUND
    # from a place in the mark to one in the source: the last step first
    to_source = np.array([[scale / breadth, 0, first + wide / 2], [0, scale, top + down / 2], [0, 0, 1]])
    turn = np.deg2rad(random.normal(0, _TURN))
    turned = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    leaning = np.array([[1, lean, 0], [0, 1, 0], [0, 0, 1]])
    upright = np.array([[1, 0, -columns / 2], [0, 1 / tall, -above / tall - down / scale / 2], [0, 0, 1]])
    move = (to_source @ turned @ leaning @ upright)[:2]
    grey = cv2.warpAffine(source, move, (columns, rows), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    return grey.astype(np.float32) / 255, above


def _with_pen(grey: Ink, pen: float) -> Ink:
    """The ink that a pen of this width leaves of a grey mark: a level of it, soft over a fifth of the range."""
    if pen > 0:
        grey = cv2.dilate(grey, _disc(1 + 2 * round(pen * 3))) if pen > 1 / 6 else grey
        level = 0.45
    else:
        level = 0.45 - 0.33 * max(pen, -1.0)
    return np.clip((grey - level) / 0.2 + 0.5, 0, 1).astype(np.float32)


def _disc(side: int) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def faintness(shape: tuple[int, ...], broken: float, random: Random) -> Ink:
    """How much ink flows: 1 in most places, less where the pen runs dry."""
    coarse = random.uniform(1 - broken, 1.4, (max(2, shape[0] // 8), max(2, shape[1] // 8))).astype(np.float32)
    return np.clip(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), 0.15, 1)
