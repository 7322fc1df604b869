"""Digits of a Dataset as one hand would write them: lines of ink, not yet on paper.

MNIST's digits come from hundreds of people. What makes those of one line look foreign to each other is taken from them:
slant, height and stroke width become the hand's own, with some unevenness.

Notable choices:
- a digit's own slant is what its moments say, as is usual for MNIST ("deskewing"); most of it is taken away, so that a
  hand's digits still differ;
- strokes are made wider by their distance from the ink, and thinner down to their middle lines but never broken, which
  thinning finds (Zhang & Suen 1984); what is written with one pen is of one width then;
- neighbours keep a distance between their inks, row by row, not between their boxes: the foot of a 2 goes under a 7;
- the tail of a 7 or 9, sometimes of a 4, may be drawn out below the line; a 0 may be small: both are common where
  people write numbers fast.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from digits.data.dataset import Dataset
from digits.reading.digit.mnist_form import stroke_width

Random = np.random.Generator
Range = tuple[float, float]
Ink = npt.NDArray[np.float32]
"""float32 (height, width): 0 none to 1 all of the pen's ink."""

FINER = 4
"""Pixels of the working image for one of the Dataset's."""

DESKEWED = 0.75
"""The share of a digit's own slant that is taken away."""

TAILS = {"9": 1.0, "7": 1.0, "4": 0.4}
"""How likely, beside the likeliest, the tail of a digit is drawn out."""

CONTACT = 0.25
"""The share of the height in which overlapping neighbours meet at the most."""

_WIDEST = 1.05  # a digit's width, as a share of its height: a wide 2 is made lower, not as high as the others


@dataclass(frozen=True)
class Hand:
    """What one writer's digits have in common.

    Attributes:
        height: of a digit, in pixels.
        stroke: width of the pen's line, in pixels.
        slant: by how much of its height a digit leans to the right.
        breadth: what widths are multiplied by.
        unevenness: standard deviation of heights, and of the place above or below the line, as shares of the height.
        tails: share of the 7s and 9s that reach below the line.
        small_zeros: whether the 0 of this hand is about two thirds of the height.
    """

    height: float
    stroke: float
    slant: float
    breadth: float = 1.0
    unevenness: float = 0.05
    tails: float = 0.0
    small_zeros: bool = False


@dataclass(frozen=True)
class Glyph:
    """A written digit: its ink, and how many of its rows are below the line."""

    ink: Ink
    below: int


@dataclass(frozen=True, eq=False)
class Written:
    """A line of digits.

    Attributes:
        text: what it says.
        ink: float32 (height, width), cut to the ink.
        baseline: the row of `ink` on which the line stands.
        boxes: of each digit: left, top, width, height in `ink`.
        owner: int16 as `ink`: whose most of a pixel's ink is, 1 for the first digit; 0 where there is none.
    """

    text: str
    ink: Ink
    baseline: int
    boxes: tuple[tuple[int, int, int, int], ...]
    owner: npt.NDArray[np.int16]


def draw_digits(labels: str | int, dataset: Dataset, random: Random) -> tuple[str, list[npt.NDArray[np.uint8]]]:
    """A text and an image for each of its digits: those of `labels`, or so many at random.

    Raises:
        ValueError: the Dataset has none of a digit that is asked for.
    """
    if isinstance(labels, int):
        chosen = random.integers(0, len(dataset), labels)
    else:
        places = {digit: np.flatnonzero(dataset.labels == int(digit)) for digit in set(labels)}
        if missing := sorted(digit for digit, found in places.items() if not len(found)):
            raise ValueError(f"{dataset.name} has no digit {', '.join(missing)}; got {len(dataset):,} digits")
        chosen = np.array([random.choice(places[digit]) for digit in labels], int)
    return "".join(str(label) for label in dataset.labels[chosen]), list(dataset.images[chosen])


def write_line(
    text: str, images: Sequence[npt.NDArray[np.uint8]], hand: Hand, gaps: Sequence[float], random: Random
) -> Written:
    """Digits side by side.

    Args:
        text: what the images show, a digit each.
        images: uint8 (28, 28), light on dark.
        hand: who writes.
        gaps: between each digit and the next, in pixels, at their inks' nearest rows; negative where they overlap.
        random: what sizes and places are drawn from.
    """
    glyphs = [write_digit(image, digit, hand, random) for digit, image in zip(text, images, strict=True)]
    places: list[tuple[int, int]] = []  # left and top, the line at row 0
    for number, glyph in enumerate(glyphs):
        top = glyph.below - len(glyph.ink) + round(random.normal(0, hand.unevenness) * hand.height)
        left = 0
        if number:
            (before, above), last = places[-1], glyphs[number - 1].ink
            left = before + _place(last, above, glyph.ink, top, gaps[number - 1], hand.height)
        places.append((left, top))
    first, highest = min(left for left, _ in places), min(top for _, top in places)
    sizes = [glyph.ink.shape for glyph in glyphs]
    right = max(left + width for (left, _), (_, width) in zip(places, sizes, strict=True))
    lowest = max(top + height for (_, top), (height, _) in zip(places, sizes, strict=True))
    ink, owner = (np.zeros((lowest - highest, right - first), kind) for kind in (np.float32, np.int16))
    boxes = []
    for number, ((left, top), glyph) in enumerate(zip(places, glyphs, strict=True), 1):
        height, width = glyph.ink.shape
        place = slice(top - highest, top - highest + height), slice(left - first, left - first + width)
        owner[place][glyph.ink > ink[place]] = number
        lay(ink, glyph.ink, top - highest, left - first)
        boxes.append((left - first, top - highest, width, height))
    return Written(text, ink, -highest, tuple(boxes), owner)


def write_digit(image: npt.NDArray[np.uint8], digit: str, hand: Hand, random: Random) -> Glyph:
    """One digit, from an image, uint8 (28, 28), light on dark."""
    mask = _upright(image, hand.slant + random.normal(0, 0.03), hand.breadth * random.normal(1, 0.04))
    height = hand.height * max(0.6, random.normal(1, hand.unevenness))
    if digit == "0" and hand.small_zeros:
        height *= random.uniform(0.42, 0.8)
    height = min(height, _WIDEST * height * mask.shape[0] / mask.shape[1])
    stretched = 1.0
    if random.random() < hand.tails * TAILS.get(digit, 0):
        stretched = random.uniform(1.15, 2.0)
        mask = cv2.resize(mask, (mask.shape[1], round(stretched * mask.shape[0])), interpolation=cv2.INTER_NEAREST)
    ink = _with_pen(mask, hand.stroke, stretched * height / len(mask))
    below = round((stretched - 1) * height * random.uniform(0.7, 1))
    return Glyph(ink, min(below, len(ink) - 1))


def lay(sheet: Ink, ink: Ink, top: int, left: int) -> None:
    """Put ink on a sheet, in place, at a row and column from 0 on; what would be outside is cut off."""
    view = sheet[top:, left:][: ink.shape[0], : ink.shape[1]]
    np.maximum(view, ink[: view.shape[0], : view.shape[1]], out=view)


def own_slant(image: npt.NDArray[np.uint8]) -> float:
    """By how much of its height a digit, uint8 (28, 28), leans to the right, from its moments."""
    moments = cv2.moments(image)
    return -moments["mu11"] / moments["mu02"] if moments["mu02"] > 0 else 0.0


def _upright(image: npt.NDArray[np.uint8], slant: float, breadth: float) -> npt.NDArray[np.uint8]:
    """The digit as a mask, uint8, `FINER` times as large, leaning by `slant`, cut to its ink."""
    lean = slant - DESKEWED * float(np.clip(own_slant(image), -0.7, 0.7))
    side, middle = 28 * FINER, 13.5
    move = FINER * np.array([[breadth, -lean, (lean - breadth) * middle], [0, 1, -middle]], np.float32)
    move[:, 2] += side  # the middle of the image becomes that of a canvas twice as large
    grey = cv2.warpAffine(image, move, (2 * side, 2 * side), flags=cv2.INTER_CUBIC)
    return _cropped(_without_specks((grey >= 128).astype(np.uint8)))


def _without_specks(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The mask without parts below a twelfth of its ink: what a scanner left beside a digit."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    large = areas >= areas[1:].sum() / 12
    large[0] = False
    return large[labels].astype(np.uint8)


def _with_pen(mask: npt.NDArray[np.uint8], stroke: float, scale: float) -> Ink:
    """The ink of a mask that is made `scale` times as large and written with a pen of `stroke` pixels."""
    wanted = stroke / scale
    margin = int(wanted) + 2
    mask = np.pad(mask, margin)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_5)
    change = (wanted - stroke_width(mask)) / 2
    edge = inside - outside + change  # above 0 within the ink
    if change < 0:
        middle = cv2.distanceTransform(1 - thinned(mask), cv2.DIST_L2, cv2.DIST_MASK_5)
        edge = np.maximum(edge, wanted / 2 - middle)
    edge = cv2.GaussianBlur(edge, (0, 0), 0.3 * FINER)  # MNIST's few pixels leave rough edges
    size = tuple(max(1, round(side * scale)) for side in edge.shape[::-1])
    edge = cv2.resize(edge, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR) * scale
    ink: Ink = np.clip(edge + 0.5, 0, 1).astype(np.float32)
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.2), np.flatnonzero(ink.max(axis=0) > 0.2)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else np.ones((1, 1), np.float32)


def thinned(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The middle lines of a mask's strokes, one pixel wide; the mask's outermost pixels must be 0.

    Zhang & Suen, "A fast parallel algorithm for thinning digital patterns" (1984).
    """
    thin = mask.astype(bool)
    while True:
        before = int(thin.sum())
        for south_east in (True, False):
            around = [np.roll(thin, shift, (0, 1)) for shift in _AROUND]
            north, _, east, _, south, _, west, _ = around
            neighbours = sum(one.astype(np.int8) for one in around)
            pairs = zip(around, around[1:] + around[:1], strict=True)
            steps = sum((~one & following).astype(np.int8) for one, following in pairs)
            if south_east:
                open_side = ~(north & east & south) & ~(east & south & west)
            else:
                open_side = ~(north & east & west) & ~(north & south & west)
            thin &= ~((neighbours >= 2) & (neighbours <= 6) & (steps == 1) & open_side)
        if int(thin.sum()) == before:
            return thin.astype(np.uint8)


_AROUND = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
"""By how much to roll a mask so that each pixel meets its neighbour in the north, north-east, east …"""


def _place(left: Ink, left_top: int, right: Ink, right_top: int, gap: float, height: float) -> int:
    """How far right of `left`'s left edge `right` has to begin so that `gap` pixels are between their inks.

    Rows count as neighbours that are less than a twelfth of the height apart: a digit does not slip under another one's
    bar. Where the inks overlap, they do so in `CONTACT` of the height at the most: two 1s are not laid on each other.
    """
    reach = max(1, round(height / 12))
    top = min(left_top, right_top) - reach
    rows = max(left_top + len(left), right_top + len(right)) + reach - top
    ends, begins = np.full(rows, -1e6), np.full(rows, 1e6)
    for number, row in enumerate(left > 0.3):
        if row.any():
            ends[left_top - top + number] = np.flatnonzero(row)[-1]
    for number, row in enumerate(right > 0.3):
        if row.any():
            begins[right_top - top + number] = np.flatnonzero(row)[0]
    widened = cv2.dilate(ends.astype(np.float32)[:, None], np.ones((2 * reach + 1, 1), np.uint8))[:, 0]
    touched_at = np.sort(widened - begins)[::-1] + 1  # where each row's inks come to touch, the first row first
    if touched_at[0] < -1e5:
        return left.shape[1]
    contact = min(len(touched_at) - 1, round(CONTACT * height))
    return round(max(touched_at[0] + gap, touched_at[contact]))


def _cropped(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else np.ones((1, 1), np.uint8)
